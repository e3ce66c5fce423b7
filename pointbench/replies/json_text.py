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
MOST_REPEATS = 16
"""How often a key of one object is read."""
DEEPEST = 6
"""Levels that are searched if the outer ones are not JSON."""

_OPEN = re.compile(r"[{\[]")
# An unclosed string ends with its line, so no text is searched twice.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|[{}\[\]]')
_NUMBERS_ONLY = re.compile(r"[\[\]\s\d.,+\-eE]*")
_TRAILING_COMMA = re.compile(r",\s*+([}\]])")
# A click without its "y", the most common break of one family: {"action":"click","x":955,28}
_LOST_Y = re.compile(r'("x"\s*+:\s*+[-+\d.]++\s*+,)(\s*+[-+\d.]++\s*+[,}])')
_PLACE_KEY = re.compile(
    r"\b(?:x|y|point|points|position|center|(?:point|coord|bbox|box)\w{0,12})[\"']?\s?[:=]",
    re.IGNORECASE,
)


class Repeated(dict[str, JsonValue]):
    """A JSON object that gives some keys more than once; it holds the first value of each.

    ``others`` are the objects that the second, third ... values of those keys make.
    """

    others: list[dict[str, JsonValue]]


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    last = dict(pairs)
    if len(last) == len(pairs):
        return last
    given: dict[str, list[JsonValue]] = {}
    for key, value in pairs:
        given.setdefault(key, []).append(value)
    first = Repeated((key, values[0]) for key, values in given.items())
    # Bounded, and what is nested is in one object only, so that reading them all stays linear.
    times = min(max(map(len, given.values())), MOST_REPEATS)
    first.others = [
        {
            key: values[turn] if turn < len(values) else values[-1]
            for key, values in given.items()
            if turn < len(values) or not _is_nested(values[-1])
        }
        for turn in range(1, times)
    ]
    return first


def _is_nested(value: JsonValue) -> bool:
    if isinstance(value, list):
        return len(value) > 4 or any(isinstance(part, dict | list) for part in value)
    return isinstance(value, dict) or (isinstance(value, str) and len(value) > LONGEST_REPAIR)


_decode_at = json.JSONDecoder(strict=False).raw_decode
_decode_repeated = json.JSONDecoder(strict=False, object_pairs_hook=_object).decode
_COLON = re.compile(r'"\s*+:')


def _decode(fragment: str) -> JsonValue:
    """The value of a JSON text; ValueError or RecursionError if it is none."""
    value, end = _decode_at(fragment, 0)
    if end != len(fragment):
        raise ValueError("more than one value")
    return _with_repeats(value, fragment)


def _with_repeats(value: JsonValue, fragment: str) -> JsonValue:
    """The decoded value, decoded again if it lacks keys of its text: those given twice.

    Only then, because the decoder is slower with a hook.
    """
    keys = len(value) if isinstance(value, dict) else 0
    if keys >= fragment.count('":') and '" ' not in fragment:
        return value
    colons = len(_COLON.findall(fragment))
    if colons <= keys:
        return value
    waiting: list[JsonValue] = [value]
    keys = 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            keys += len(part)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return value if colons <= keys else _decode_repeated(fragment)


class JsonMatch(NamedTuple):
    """A JSON value and its position in the text.

    ``broken`` marks an object with coordinates by name that could not be decoded; its value is None.
    """

    value: JsonValue
    start: int
    end: int
    repaired: bool = False
    broken: bool = False


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
    if end == right and not _OPEN.search(text, right):
        yield JsonMatch(_with_repeats(value, text[left:right]), left, right)
        return
    yield from _values(text, 0, len(text), 0, [MOST_REPAIRS])


def unescaped(text: str) -> str:
    """The text of JSON that was written into a string: ``{\\"x\\": 512}`` without its back slashes."""
    if '\\"' not in text:
        return text
    inside = text.strip()
    if inside[:1] == '"' and inside[-1:] == '"' and inside[-2:-1] != "\\":
        inside = inside[1:-1]
    if inside.count('"') != inside.count('\\"'):
        return text
    return inside.replace('\\"', '"').replace("\\n", "\n")


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
        elif _is_broken_object(text, tail, end) and not (closed and closed[-1][0] > tail):
            yield JsonMatch(None, tail, end, broken=True)
    for left, right in reversed(closed):
        fragment = text[left:right]
        try:
            yield JsonMatch(_decode(fragment), left, right)
            continue
        except (ValueError, RecursionError):
            repaired_value = _repaired(fragment, repairs)
        if repaired_value is not None:
            yield JsonMatch(repaired_value, left, right, repaired=True)
            continue
        inside = False
        if level < DEEPEST:
            for match in _values(text, left + 1, right - 1, level + 1, repairs):
                inside = True
                yield match
        if not inside and _is_broken_object(text, left, right):
            yield JsonMatch(None, left, right, broken=True)


def _is_broken_object(text: str, start: int, end: int) -> bool:
    return text[start] == "{" and _PLACE_KEY.search(text, start, end) is not None


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
    with suppress(ValueError, RecursionError):
        return _decode(_TRAILING_COMMA.sub(r"\1", fragment))
    if '"y"' not in fragment:
        fragment = _LOST_Y.sub(r'\1 "y":\2', fragment)
    import json_repair

    try:
        value: JsonValue = json_repair.loads(fragment, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value
