"""Tests on the public logs are collected only where POINTBENCH_PUBLIC_LOGS names their folder."""

from __future__ import annotations

import os

# Not skipped but not there: a run without the public files says nothing about them.
collect_ignore_glob = [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["test_public_*.py"]
