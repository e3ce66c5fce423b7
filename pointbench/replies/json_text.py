"""Finds JSON values in a reply, decodes them, and repairs those that are slightly broken.

Every step takes time linear in the text. One pass without recursion matches the brackets; the
standard decoder then sees complete fragments only, and the repair library, which is not linear,
only a few short ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from pointbench.jsontypes import JsonValue

LONGEST_REPAIR = 2000
"""Length in characters of the longest broken fragment that is repaired."""
MOST_BRACKETS = 64
"""Maximum number of brackets in such a fragment: nesting is what makes repair slow."""
MOST_REPAIRS = 8
"""Maximum number of broken fragments that are repaired in one reply."""
DEEPEST = 6
"""Levels that are searched if the outer ones are not JSON."""

_OPEN = re.compile(r"[{\[]")
# An unclosed string ends with its line, so no text is searched twice.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|[{}\[\]]')
_NUMBERS_ONLY = re.compile(r"[\[\]\s\d.,+\-eE]*")
# A click without its "y", the most common break of one family: {"action":"click","x":955,28}
_LOST_Y = re.compile(r'("x"\s*+:\s*+[-+\d.]++\s*+,)(\s*+[-+\d.]++\s*+[,}])')
_DECODER = json.JSONDecoder(strict=False)
_decode, _decode_at = _DECODER.decode, _DECODER.raw_decode


class JsonMatch(NamedTuple):
    """A JSON value and its position in the text."""

    value: JsonValue
    start: int
    end: int
    repaired: bool = False


def json_values(text: str) -> Iterator[JsonMatch]:
    """The outermost JSON objects and lists of a text, last one first."""
    first = _OPEN.search(text)
    if first is None:
        yield from _prefilled(text)
        return
    # Most replies hold one value, with a fence or a word around it: decode that directly.
    left, right = first.start(), max(text.rfind("}"), text.rfind("]")) + 1
    try:
        value, end = _decode_at(text, left)
    except (ValueError, RecursionError):
        end = -1
    if end == right:
        yield JsonMatch(value, left, right)
        return
    yield from _values(text, 0, len(text), 0, [MOST_REPAIRS])


def _prefilled(text: str) -> Iterator[JsonMatch]:
    """The rest of an object whose first bracket was prefilled in the prompt."""
    end = text.rfind("}") + 1
    if end and text.lstrip()[:1] == '"':
        with suppress(ValueError, RecursionError):
            yield JsonMatch(_decode("{" + text[:end]), 0, end, repaired=True)


def _values(text: str, start: int, end: int, level: int, repairs: list[int]) -> Iterator[JsonMatch]:
    closed, tail = _spans(text, start, end)
    if tail is not None:
        repaired_value = _repaired(text[tail:end], repairs)
        if repaired_value is not None:
            yield JsonMatch(repaired_value, tail, end, repaired=True)
            closed = [span for span in closed if span[1] <= tail]
    for left, right in reversed(closed):
        fragment = text[left:right]
        try:
            yield JsonMatch(_decode(fragment), left, right)
            continue
        except (ValueError, RecursionError):
            repaired_value = _repaired(fragment, repairs)
        if repaired_value is not None:
            yield JsonMatch(repaired_value, left, right, repaired=True)
        elif level < DEEPEST:
            yield from _values(text, left + 1, right - 1, level + 1, repairs)


def _spans(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], int | None]:
    """The spans of the outermost closed brackets, in order, and the start of an unclosed one."""
    stack: list[int] = []
    waiting = {"{": 0, "[": 0}
    closed: list[tuple[int, int]] = []
    position = start
    while True:
        # Outside brackets a quotation mark is prose (5" screen); inside, it begins a string.
        token = (_TOKEN if stack else _OPEN).search(text, position, end)
        if token is None:
            return closed, stack[0] if stack else None
        position = token.end()
        sign = text[token.start()]
        if sign in waiting:
            stack.append(token.start())
            waiting[sign] += 1
        elif sign != '"':
            partner = "{" if sign == "}" else "["
            if not waiting[partner]:
                continue
            opened = stack.pop()
            waiting[text[opened]] -= 1
            while text[opened] != partner:
                opened = stack.pop()
                waiting[text[opened]] -= 1
            while closed and closed[-1][0] > opened:
                closed.pop()
            closed.append((opened, position))


def _repaired(fragment: str, repairs: list[int]) -> JsonValue:
    """The value of a broken fragment, or None if it is not repaired."""
    brackets = fragment.count("{") + fragment.count("[")
    if not repairs[0] or len(fragment) > LONGEST_REPAIR or brackets > MOST_BRACKETS:
        return None
    # A list of anything but bare numbers or objects is prose in brackets.
    if "{" not in fragment and not _NUMBERS_ONLY.fullmatch(fragment):
        return None
    repairs[0] -= 1
    if '"y"' not in fragment:
        fragment = _LOST_Y.sub(r'\1 "y":\2', fragment)
    import json_repair

    try:
        value: JsonValue = json_repair.loads(fragment, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value
