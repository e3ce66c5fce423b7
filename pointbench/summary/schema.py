"""The JSON Schema of summary.json."""

from __future__ import annotations

from typing import Any


def summary_schema() -> dict[str, Any]:
    return {}
