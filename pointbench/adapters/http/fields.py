"""Reads fields of a decoded body whatever their types are.

An answer is paid for: an id that is a number or a usage that is a list must not lose it. So bodies are
decoded without types, and a field of an unusable type counts as missing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pointbench.adapters.http.bodies import JsonObject

_LARGEST_COUNT = 2**53
_DEEPEST = 6
_LONGEST_TYPE = 100
_REASON_KEYS = ("type", "reason", "name", "value", "finish_reason")
_REASONING_TYPE = re.compile("think|thought|reason|analysis", re.IGNORECASE)
_REASONING_KEYS = ("text", "thinking", "reasoning", "reasoning_content", "content", "summary")


def as_object(value: object) -> JsonObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[JsonObject]:
    """The objects of a list; a single object that is not empty counts as a list of one."""
    if isinstance(value, dict):
        return [value] if value else []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """The value if it is text; a whole number, such as an id, as its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:  # thousands of digits
            return None
    return None


def as_count(value: object) -> int | None:
    """The value as a count, also one written as ``12.0`` or ``"12"``; None if it is none."""
    amount = as_amount(value)
    if amount is None or not amount.is_integer() or amount > _LARGEST_COUNT:
        return None
    return int(amount)


def as_amount(value: object) -> float | None:
    """The value as a finite number of at least 0, also one written as text; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if 0 <= amount < math.inf else None


def first_count(fields: Mapping[str, object], *names: str) -> int | None:
    """The first of these fields that is a count; ``a.b`` is a field of the object ``a``."""
    for name in names:
        outer, dot, inner = name.partition(".")
        value = as_object(fields.get(outer)).get(inner) if dot else fields.get(outer)
        count = as_count(value)
        if count is not None:
            return count
    return None


def finish_word(value: object) -> str | None:
    """A finish reason: text, an object that names it (``{"type": "stop"}``), or a list of one of these."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        words = (as_text(value.get(key)) for key in _REASON_KEYS)
        return next((word for word in words if word), None)
    return as_text(value)


def first_by_index(value: object) -> JsonObject | None:
    """The first choice or candidate with the lowest ``index``; a missing one is 0, which Gemini omits."""
    return min(objects(value), key=lambda choice: as_count(choice.get("index")) or 0, default=None)


def is_reasoning(part: JsonObject) -> bool:
    """True for a part of an answer that its type, or a mark such as Gemini's, calls reasoning."""
    kind = part.get("type")
    named = isinstance(kind, str) and _REASONING_TYPE.search(kind[:_LONGEST_TYPE])
    return bool(named) or part.get("thought") is True


def reasoning_text(*values: object) -> str | None:
    """The text of the first of these reasoning fields that has any; None if none has.

    A field is text, an object, or a list of parts; servers often send one text in several fields.
    """
    for value in values:
        text = "".join(_pieces(value, 0))
        if text.strip():
            return text
    return None


def _pieces(value: object, depth: int) -> list[str]:
    if isinstance(value, str):
        return [value]
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [piece for part in value for piece in _pieces(part, depth + 1)]
    if isinstance(value, dict):
        for key in _REASONING_KEYS:
            pieces = _pieces(value.get(key), depth + 1)
            if pieces:
                return pieces
    return []


class WrittenCall(NamedTuple):
    """A tool call as the text of a reply."""

    text: str
    empty: bool
    """True if it has no arguments."""


def written_call(name: object, arguments: object) -> WrittenCall:
    """A tool call as ``{"name": NAME, "arguments": {...}}``, its arguments as the model wrote them.

    Arguments that are not valid JSON stay a string. A call without a name is its arguments alone.
    """
    called = as_text(name)
    written, empty = _written_arguments(arguments)
    if not called:
        alone = arguments if isinstance(arguments, str) else written
        return WrittenCall("" if empty else alone, empty)
    return WrittenCall(f'{{"name": {json.dumps(called)}, "arguments": {written}}}', empty)


def _written_arguments(arguments: object) -> tuple[str, bool]:
    if not isinstance(arguments, str):
        value, written = arguments, json.dumps(arguments)
    else:
        written = arguments.strip()
        try:
            value = json.loads(written)
        except (ValueError, RecursionError):
            value, written = written, json.dumps(arguments)
    # Not null, which as an answer means that nothing was found.
    return ('""', True) if value is None else (written, value in ({}, [], ""))


def with_calls(text: str, calls: Sequence[WrittenCall]) -> str:
    """The text of an answer with tool calls: the calls, one a line.

    Text beside them is kept, before them, only where no call has arguments: then it is the answer.
    """
    lines = "\n".join(call.text for call in calls)
    if not text or not all(call.empty for call in calls):
        return lines
    return f"{text}\n{lines}"
