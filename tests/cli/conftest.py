"""Tests on the public logs are collected only if POINTBENCH_PUBLIC_LOGS names their folder."""

from __future__ import annotations

import os

# Not collected, instead of skipped: a run without the public files does not mention them.
collect_ignore_glob = [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["test_public_*.py"]
