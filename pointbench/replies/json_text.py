"""JSON values inside a reply: found, decoded, and mended where they are slightly broken.

Every step is linear in the text. Brackets are matched by one pass without recursion; the standard
decoder then sees whole fragments only, and the repair library only few and short ones, because
its own time is not linear.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

LONGEST_REPAIR = 2000
"""Characters of a broken fragment that is still mended."""
MOST_BRACKETS = 64
"""Brackets in such a fragment: nesting is what makes repair slow."""
MOST_REPAIRS = 8
"""Broken fragments mended in one reply."""
DEEPEST = 6
"""Levels that are looked into where the outer ones are not JSON."""

_OPEN = re.compile(r"[{\[]")
# An unclosed string ends with its line, so that no text is looked at twice.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|[{}\[\]]')
_NUMBERS_ONLY = re.compile(r"[\[\]\s\d.,+\-eE]*")
# A click without its "y", the commonest break of one family: {"action":"click","x":955,28}
_LOST_Y = re.compile(r'("x"\s*+:\s*+[-+\d.]++\s*+,)(\s*+[-+\d.]++\s*+[,}])')
_DECODER = json.JSONDecoder(strict=False)
_decode, _decode_at = _DECODER.decode, _DECODER.raw_decode


class Found(NamedTuple):
    """A JSON value and where it stands in the text."""

    value: Any
    start: int
    end: int
    repaired: bool = False


def json_values(text: str) -> Iterator[Found]:
    """The outermost JSON objects and lists of a text, the last one first."""
    first = _OPEN.search(text)
    if first is None:
        yield from _prefilled(text)
        return
    # Most replies hold one value, with a fence or a word around it.
    left, right = first.start(), max(text.rfind("}"), text.rfind("]")) + 1
    try:
        value, end = _decode_at(text, left)
    except (ValueError, RecursionError):
        end = -1
    if end == right:
        yield Found(value, left, right)
        return
    yield from _values(text, 0, len(text), 0, [MOST_REPAIRS])


def _prefilled(text: str) -> Iterator[Found]:
    """The rest of an object whose first bracket was put into the model's mouth."""
    end = text.rfind("}") + 1
    if end and text.lstrip()[:1] == '"':
        with suppress(ValueError, RecursionError):
            yield Found(_decode("{" + text[:end]), 0, end, repaired=True)


def _values(text: str, start: int, end: int, level: int, repairs: list[int]) -> Iterator[Found]:
    closed, tail = _spans(text, start, end)
    if tail is not None:
        mended = _mended(text[tail:end], repairs)
        if mended is not None:
            yield Found(mended, tail, end, repaired=True)
            closed = [span for span in closed if span[1] <= tail]
    for left, right in reversed(closed):
        fragment = text[left:right]
        try:
            yield Found(_decode(fragment), left, right)
            continue
        except (ValueError, RecursionError):
            mended = _mended(fragment, repairs)
        if mended is not None:
            yield Found(mended, left, right, repaired=True)
        elif level < DEEPEST:
            yield from _values(text, left + 1, right - 1, level + 1, repairs)


def _spans(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], int | None]:
    """The outermost closed brackets, in order, and where an unclosed one begins."""
    stack: list[int] = []
    waiting = {"{": 0, "[": 0}
    closed: list[tuple[int, int]] = []
    position = start
    while True:
        # Outside brackets a quotation mark is prose (5" screen), inside it begins a string.
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


def _mended(fragment: str, repairs: list[int]) -> Any:
    """The value of a broken fragment, or None where it is not worth mending."""
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
        return json_repair.loads(fragment, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
