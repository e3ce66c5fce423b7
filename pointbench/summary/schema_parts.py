"""The pieces that the JSON Schema of summary.json is put together from."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def obj(properties: dict[str, Schema], **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def number(description: str, **more: Any) -> Schema:
    return {"type": ["number", "null"], "description": description, **more}


def share(description: str) -> Schema:
    return number(description, minimum=0, maximum=1)


def count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def text(description: str) -> Schema:
    return {"type": "string", "description": description}


def estimates(description: str, names: tuple[str, ...] | None = None) -> Schema:
    found: Schema = {
        "type": "object",
        "description": description,
        "additionalProperties": estimate("An estimate."),
    }
    if names is not None:
        found["propertyNames"] = {"enum": list(names)}
    return found


def estimate(description: str) -> Schema:
    return {"$ref": "#/$defs/estimate", "description": description}
