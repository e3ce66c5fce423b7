"""Parses the text of a model's reply into the point that it means."""

from __future__ import annotations

from pointbench.replies.finish import BLOCKED, CUT_OFF
from pointbench.replies.formats import FORMATS
from pointbench.replies.parse import parse, render
from pointbench.replies.parsed import Parsed

__all__ = ["BLOCKED", "CUT_OFF", "FORMATS", "Parsed", "parse", "render"]
