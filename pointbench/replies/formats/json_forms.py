"""Answers in JSON: points, boxes, lists of them, fenced or not, intact or slightly broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.jsontypes import JsonValue
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.calls import (
    Part,
    clicked,
    name_before,
    parts_of,
    tagged_calls,
    without_code,
)
from pointbench.replies.formats import tuples
from pointbench.replies.json_points import Points
from pointbench.replies.json_text import JsonMatch, json_values
from pointbench.replies.verbs import action_named


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - closed brackets are whole
    """Every call, else every JSON value, that contains points or states that there are none."""
    if one := one_object(text):
        return iter((one,))
    if calls := tagged_calls(text):
        answers = list(clicked(parts_of(calls), len(text)))
        if answers:
            return iter(answers)
    return clicked(json_parts(text), len(text))


_PAIR = r"\[\s?(\d{1,6}),\s?(\d{1,6})\s?\]"
_ONE_OBJECT = re.compile(
    rf'\s*+(?:```json\s*+)?((\[\s?)?\{{\s?"(?:point|point_2d|coordinates?)":\s?{_PAIR}'
    r'(,\s?"label":\s?"[^"\\\n]{0,80}+")?\s?\}(?(2)\s?\]))\s*+(?:```\s*+)?'
    r'|\s*+<tool_call>\s*+(\{"name": "(?:computer_use|mobile_use)", "arguments": '
    rf'\{{"action": "(?:left_)?click", "coordinate": {_PAIR}\}}\}})\s*+</tool_call>\s*+'
)


def one_object(text: str) -> Answer | None:
    """The answer of a text that is one plain object or call, as most are; None for any other.

    It says what the general way would say, and sooner.
    """
    match = _ONE_OBJECT.fullmatch(text) if len(text) < 300 else None
    if match is None:
        return None
    if match[1]:
        x, y = int(match[3]), int(match[4])
        # With zeros, the label may say that there is nothing.
        whole = 1 if not match[5] or x or y else None
    else:
        x, y, whole = int(match[7]), int(match[8]), 6
    if whole is None:
        return None
    return Answer((Coordinates((x, y)),), match.start(whole), match.end(whole))


def json_parts(text: str) -> Iterator[Part]:
    """The points of every JSON value, last one first.

    A bare list counts only if no object has coordinates, not even broken ones, and nothing else is
    done: beside an object it belongs to an explanation.
    """
    text = without_code(text)
    lists: list[Part] = []
    answered = False
    for match in json_values(text):
        value = match.value
        if match.start and (name := name_before(text, match.start)) and action_named(name):
            value = {"name": name, "arguments": value}
        points = Points(value, repaired=match.repaired)
        if match.broken or (points.attempted and match.repaired and not points.coordinates):
            points.coordinates = _named(text, match)
            points.repaired = points.attempted = True
        part = Part(points, match.start, match.end, points.repaired)
        if isinstance(value, list) and not _holds_objects(value):
            lists.append(part)
            continue
        answered = answered or bool(
            points.coordinates or points.declines or points.other_action or points.attempted
        )
        yield part
    if not answered:
        yield from lists or _whole(text)


def unread_place(text: str) -> int:
    """Where the last object begins that names a place and gives none; -1 if there is no such object."""
    parts = json_parts(text) if "{" in text else ()
    starts = [p.start for p in parts if p.points.attempted and not p.points.coordinates]
    return max(starts, default=-1)


def _holds_objects(value: list[JsonValue]) -> bool:
    """True if a list, or a list in it, holds an object."""
    parts = value
    for _ in range(4):
        if any(isinstance(part, dict) for part in parts):
            return True
        parts = [inner for part in parts if isinstance(part, list) for inner in part]
    return False


def _named(text: str, match: JsonMatch) -> list[Coordinates]:
    """The x and y that a broken object names, in whatever signs: ``{"x": 907, "y="499"}``."""
    found = tuples.named_pair(text, match.start, match.end)
    return list(found.coordinates) if found else []


def _whole(text: str) -> Iterator[Part]:
    """A pair in round brackets that is the whole answer: a tuple, which is no JSON."""
    if len(text) < 80 and text.strip(_AROUND)[:1] == "(":
        for answer in tuples.find(text, False):
            if text[answer.start : answer.end] == text.strip(_AROUND):
                points = Points(None)
                points.coordinates = list(answer.coordinates)
                yield Part(points, answer.start, answer.end)


_AROUND = " \t\r\n.*`"


def _write_point(point: Point, order: str) -> str:
    return '{{"point": [{}, {}]}}'.format(*pair(point, order))


def _write_gemini(point: Point, order: str) -> str:
    return '```json\n[\n  {{"point": [{}, {}], "label": "target"}}\n]\n```'.format(
        *pair(point, order)
    )


def _write_moondream(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return '{{"points": [{{"x": {}, "y": {}}}]}}'.format(*pair(point, "xy"))


JSON_POINT = Format("json-point", find, _write_point, reads_calls=True)
"""``{"point": [x, y]}``, ``{"x": .., "y": ..}``, ``point_2d``, ``bbox_2d``, ``[x, y]`` ..."""
GEMINI = Format("gemini", find, _write_gemini, reads_calls=True)
"""``[{"point": [y, x], "label": ..}]`` and ``box_2d``; the profile declares the order ``yx``."""
MOONDREAM = Format("moondream", find, _write_moondream, reads_calls=True)
"""``{"points": [{"x": .., "y": ..}]}`` and ``{"objects": [{"x_min": ..}]}``."""
