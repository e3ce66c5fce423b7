"""Answers in JSON: points, boxes, lists of them, fenced or not, intact or slightly broken."""

from __future__ import annotations

from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format, pair
from pointbench.replies.json_points import Points
from pointbench.replies.json_text import json_values


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - closed brackets are whole
    return json_answers(text, clicks_only=False)


def json_answers(text: str, *, clicks_only: bool) -> Iterator[Answer]:
    """Every JSON value that contains points or states that there are none, last one first.

    With ``clicks_only``, a text that holds only other actions is one answer that neither points nor
    declines.
    """
    answered = acted = False
    for match in json_values(text):
        points = Points(match.value, repaired=match.repaired, clicks_only=clicks_only)
        acted = acted or points.other_action
        if points.coordinates or points.declines:
            answered = True
            yield Answer(tuple(points.coordinates), match.start, match.end, match.repaired)
    if acted and not answered:
        yield Answer((), 0, len(text), declines=False)


def _write_point(point: Point, order: str) -> str:
    return '{{"point": [{}, {}]}}'.format(*pair(point, order))


def _write_gemini(point: Point, order: str) -> str:
    return '```json\n[\n  {{"point": [{}, {}], "label": "target"}}\n]\n```'.format(
        *pair(point, order)
    )


def _write_moondream(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return '{{"points": [{{"x": {}, "y": {}}}]}}'.format(*pair(point, "xy"))


JSON_POINT = Format("json-point", find, _write_point)
"""``{"point": [x, y]}``, ``{"x": .., "y": ..}``, ``point_2d``, ``bbox_2d``, ``[x, y]`` ..."""
GEMINI = Format("gemini", find, _write_gemini)
"""``[{"point": [y, x], "label": ..}]`` and ``box_2d``; the profile declares the order ``yx``."""
MOONDREAM = Format("moondream", find, _write_moondream)
"""``{"points": [{"x": .., "y": ..}]}`` and ``{"objects": [{"x_min": ..}]}``."""
