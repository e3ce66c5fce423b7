"""Reduces the values of a row to JSON-compatible ones, for a target's ``extra``."""

from __future__ import annotations

from collections.abc import Mapping

MAX_DEPTH = 6
"""Maximum depth of nesting that is kept."""
MAX_ITEMS = 10_000
"""Maximum number of items in a list that is kept."""


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """A row's JSON-compatible values, without picture bytes, NaN and infinities."""
    simple = {}
    for key, value in values.items():
        item = _plain(value)
        if item is not None:
            simple[str(key)] = item
    return simple


def _plain(value: object, depth: int = 0) -> object:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        # A JSON reader with doubles only would round larger integers.
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
