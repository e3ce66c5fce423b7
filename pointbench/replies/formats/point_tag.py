"""A point between tags: ``<point>x y</point>``, ``<point>[[x, y]]</point>``, ``<click>x, y</click>``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import COMMA_OR_SPACE, NUMBER, coordinates_pattern, values

_TAG = re.compile(
    r"<\|?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_start|_begin)?\|?>\s*+"
    rf"{coordinates_pattern(COMMA_OR_SPACE)}\s*+"
    # A server may treat the closing tag as its stop sequence and drop it.
    r"(?:<\|?/?(?:points?|click|coordinates?|coords?|position|bbox|box)(?:_end)?\|?>|\Z)",
    re.IGNORECASE,
)

# <point mention="save"> (512,300) </point> and <point_box mention="save"> (502,290) (522,310) </point_box>
_PAIR = rf"\(\s?({NUMBER})\s?,\s?({NUMBER})\s?\)"
_CORNER = rf"\(\s?{NUMBER}\s?,\s?{NUMBER}\s?\)"
_PERCEPTRON = re.compile(
    rf"<(?:point_box\b[^<>]{{0,200}}+>\s*+{_PAIR}\s*+,?\s*+{_PAIR}\s*+</point_box>"
    rf"|point\b[^<>]{{0,200}}+>\s*+{_PAIR}\s*+</point>"
    rf"|polygon\b[^<>]{{0,200}}+>(?P<corners>(?:\s*+,?\s*+{_CORNER}){{3,200}}+)\s*+</polygon>)",
    re.IGNORECASE,
)
_PAIRS = re.compile(_PAIR, re.IGNORECASE)


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - the end is trimmed before
    if "<" not in text:
        return iter(())
    answers = list(perceptron(text)) or [
        Answer((Coordinates(values(m), percent="%" in m[0]),), m.start(), m.end())
        for m in _TAG.finditer(text)
    ]
    return reversed(answers)


def perceptron(text: str) -> Iterator[Answer]:
    """Perceptron's tags, in their order: a box is two corners, each in its own brackets, a polygon more.

    A ``<collection>`` of them is one answer, because only its tags stand between them.
    """
    if "<point" not in text and "<polygon" not in text:
        return
    for match in _PERCEPTRON.finditer(text):
        if match["corners"]:
            pairs = [values(corner) for corner in _PAIRS.finditer(match["corners"])]
            across, down = zip(*pairs, strict=True)
            numbers: tuple[float, ...] = (min(across), min(down), max(across), max(down))
            if any(map(math.isnan, across + down)):
                numbers = (math.nan, math.nan)
        else:
            numbers = values(match)
        yield Answer((Coordinates(numbers),), match.start(), match.end())


def _write(point: Point, order: str) -> str:
    return "<point>{} {}</point>".format(*pair(point, order))


POINT_TAG = Format("point-tag", find, _write, marked=True)
