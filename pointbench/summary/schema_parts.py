"""Building blocks of the JSON Schema of summary.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]
"""A JSON Schema, or a part of one, as JSON."""


def obj(properties: dict[str, Schema], **more: object) -> Schema:
    """An object that has exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def number(description: str, **more: object) -> Schema:
    """A number, or null if unknown."""
    return {"type": ["number", "null"], "description": description, **more}


def share(description: str) -> Schema:
    """A number from 0 to 1, or null if unknown."""
    return number(description, minimum=0, maximum=1)


def count(description: str) -> Schema:
    """A non-negative integer."""
    return {"type": "integer", "minimum": 0, "description": description}


def text(description: str) -> Schema:
    """A string."""
    return {"type": "string", "description": description}


def estimates(description: str, names: Iterable[object] | None = None) -> Schema:
    """An object of estimates by name; ``names`` lists the allowed names."""
    schema: Schema = {
        "type": "object",
        "description": description,
        "additionalProperties": estimate("An estimate."),
    }
    if names is not None:
        schema["propertyNames"] = {"enum": [str(name) for name in names]}
    return schema


def estimate(description: str) -> Schema:
    """An `EstimateBlock`, or one of the blocks that extend it."""
    return {"$ref": "#/$defs/estimate", "description": description}
