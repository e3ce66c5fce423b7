"""Tests on the public logs are collected only if POINTBENCH_PUBLIC_LOGS names their folder."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["test_public_*.py"]
