"""Answers in JSON: points, boxes, lists of them, fenced or not, intact or slightly broken."""

from __future__ import annotations

from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format, pair
from pointbench.replies.calls import (
    Part,
    clicked,
    name_before,
    parts_of,
    tagged_calls,
    without_code,
)
from pointbench.replies.json_points import Points
from pointbench.replies.json_text import json_values
from pointbench.replies.verbs import action_named


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - closed brackets are whole
    """Every call, else every JSON value, that contains points or states that there are none."""
    if calls := tagged_calls(text):
        answers = list(clicked(parts_of(calls), len(text)))
        if answers:
            return iter(answers)
    return clicked(json_parts(text), len(text))


def json_parts(text: str) -> Iterator[Part]:
    """The points of every JSON value, last one first."""
    text = without_code(text)
    for match in json_values(text):
        value = match.value
        if match.start and (name := name_before(text, match.start)) and action_named(name):
            value = {"name": name, "arguments": value}
        points = Points(value, repaired=match.repaired)
        yield Part(points, match.start, match.end, points.repaired)


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
