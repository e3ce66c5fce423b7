"""Values of annotation files as JSON can hold them, for ``extra`` and for files we write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 6
MAX_ITEMS = 10_000


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it, without the bytes of pictures and numbers that are none."""
    kept = {}
    for key, value in values.items():
        simple = _plain(value)
        if simple is not None:
            kept[str(key)] = simple
    return kept


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        # Larger numbers do not survive a reader that knows only doubles.
        return value if abs(value) < 1 << 53 else str(value)[:40]
    if isinstance(value, float):
        return value if value - value == 0 else None
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, dict):
        items = {str(key): _plain(item, depth + 1) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None} or None
    if isinstance(value, list | tuple) and len(value) <= MAX_ITEMS:
        return [_plain(item, depth + 1) for item in value]
    return None
