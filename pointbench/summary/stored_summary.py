"""Whether a stored summary.json has the shape that a report can rely on.

A run's folder may come from elsewhere, or from another version. A summary of any other shape is made
again from the trials, as if it were missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

LARGEST = 1e15
"""No figure of a report is larger; a number of more digits is no count that a float can hold."""

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: _number(value) and float(value).is_integer(),
    "number": lambda value: _number(value),
}

_ALL_TYPES = tuple(_TYPES)


def is_sound(summary: object) -> bool:
    """Whether the value is a summary as `pointbench.summary.schema.summary_schema` describes it."""
    return _fits(summary, _schema())


@cache
def _schema() -> Mapping[str, Any]:
    from pointbench.summary.schema import summary_schema

    return summary_schema()


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a decoded JSON value fits the part of JSON Schema that the summary's uses."""
    if "$ref" in schema:
        return _fits(value, _schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return any(_fits(value, each) for each in schema["anyOf"])
    if "const" in schema:
        return value == schema["const"] and type(value) is type(schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    types = schema.get("type", _ALL_TYPES)
    if isinstance(types, str):
        if not _TYPES[types](value):
            return False
    elif not any(_TYPES[name](value) for name in types):
        return False
    if isinstance(value, dict):
        return _object_fits(value, schema)
    if isinstance(value, list):
        few, many = schema.get("minItems", 0), schema.get("maxItems", len(value))
        items = schema.get("items", {})
        return few <= len(value) <= many and all(_fits(item, items) for item in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(schema.get("minimum", -LARGEST) <= value <= schema.get("maximum", LARGEST))
    return True


def _object_fits(value: Mapping[str, object], schema: Mapping[str, Any]) -> bool:
    properties: Mapping[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    names = schema.get("propertyNames", {})
    if not set(schema.get("required", ())) <= set(value):
        return False
    for name, item in value.items():
        if names and not _fits(name, names):
            return False
        if name in properties:
            if not _fits(item, properties[name]):
                return False
        elif others is False or (others is not True and not _fits(item, others)):
            return False
    return True


def _number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= LARGEST and math.isfinite(value)
