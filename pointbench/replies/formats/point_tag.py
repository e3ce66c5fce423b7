"""A point between tags: ``<point>x y</point>``, ``<point>[[x, y]]</point>``, ``<click>x, y</click>``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import COMMA_OR_SPACE, coordinates, values

_TAG = re.compile(
    r"<\|?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_start|_begin)?\|?>\s*+"
    rf"{coordinates(COMMA_OR_SPACE)}\s*+"
    # A serving stack may take the closing tag for its stop sequence.
    r"(?:<\|?/?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_end)?\|?>|\Z)",
    re.IGNORECASE,
)


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - the end is trimmed before
    if "<" not in text:
        return iter(())
    found = [Answer((Coordinates(values(m)),), m.start(), m.end()) for m in _TAG.finditer(text)]
    return reversed(found)


def _write(point: Point, order: str) -> str:
    return "<point>{} {}</point>".format(*pair(point, order))


POINT_TAG = Format("point-tag", find, _write, marked=True)
