"""The JSON schema of a click, for vendors that hold answers to one."""

from __future__ import annotations

from typing import Any

_COORDINATE: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "null"}]}

CLICK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"x": _COORDINATE, "y": _COORDINATE},
    "required": ["x", "y"],
    "additionalProperties": False,
}
"""``{"x": .., "y": ..}``; both null where what is asked for is not in the picture."""
