"""Types of decoded JSON, and cleanup of numbers before they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""Any value that ``json.loads`` returns."""
JsonObject: TypeAlias = Mapping[str, JsonValue]


def whole_numbers(value: object) -> object:
    """A copy in which every whole float is an int: 12.0 becomes 12, and -0.0 becomes 0."""
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def finite_numbers(value: object) -> object:
    """A copy in which NaN and the infinities, which JSON cannot hold, are None."""
    if isinstance(value, dict):
        return {key: finite_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite_numbers(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
