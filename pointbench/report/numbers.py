"""The number rule of `pointbench.numbers`, by the name that reports use."""

from pointbench.numbers import *  # noqa: F403
