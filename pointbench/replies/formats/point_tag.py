"""A point between tags: ``<point>x y</point>``, ``<point>[[x, y]]</point>``, ``<click>x, y</click>``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import COMMA_OR_SPACE, coordinates_pattern, values

_TAG = re.compile(
    r"<\|?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_start|_begin)?\|?>\s*+"
    rf"{coordinates_pattern(COMMA_OR_SPACE)}\s*+"
    # A server may treat the closing tag as its stop sequence and drop it.
    r"(?:<\|?/?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_end)?\|?>|\Z)",
    re.IGNORECASE,
)


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - the end is trimmed before
    if "<" not in text:
        return iter(())
    answers = [Answer((Coordinates(values(m)),), m.start(), m.end()) for m in _TAG.finditer(text)]
    return reversed(answers)


def _write(point: Point, order: str) -> str:
    return "<point>{} {}</point>".format(*pair(point, order))


POINT_TAG = Format("point-tag", find, _write, marked=True)
