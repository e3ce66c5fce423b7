"""Molmo: ``<point x= y= alt=>`` and ``<points x1= y1= x2= ..>`` in percent of the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.formats import point_tag
from pointbench.replies.numbers import COMMA_OR_SPACE, NUMBER, number

_QUOTE = r"[\"'“”]?"
_ATTRIBUTES = re.compile(
    rf"\bx(?P<index>\d{{0,4}})\s?=\s?{_QUOTE}\s?({NUMBER})\s?%?{_QUOTE}(?:\s*+,\s*+|\s++)"
    rf"y(?P=index)\s?=\s?{_QUOTE}\s?({NUMBER})\s?%?(?=[\s,/>)\"'“”]|$)"
)
_TAG_REST = re.compile(
    r"[^<>]{0,400}+>(?:[^<>]{0,400}+</points?>)?"
)  # bounded: linear for any text
_CALL = re.compile(rf"(?:\bClick\s?)?\(\s?({NUMBER}){COMMA_OR_SPACE}({NUMBER})\s?\)", re.IGNORECASE)
_TENTHS = re.compile(r"\bp\s?=\s?(\d{3}),\s?(\d{3})\b")


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - a closed quote is whole
    answers = list(_tagged(text))
    if not answers:
        answers = (
            list(point_tag.perceptron(text))
            or [
                Answer((Coordinates((number(m[1]), number(m[2]))),), m.start(), m.end())
                for m in _CALL.finditer(text)
            ]
            or [_tenths(m) for m in _TENTHS.finditer(text)]
        )
    return reversed(answers)


def _tagged(text: str) -> Iterator[Answer]:
    """One answer per tag, however many points it holds; bare attributes count without a tag, too."""
    end = 0
    points: list[Coordinates] = []
    start = 0
    for match in _ATTRIBUTES.finditer(text):
        point = Coordinates((number(match[2]), number(match[3])), keyed=True)
        between = text[end : match.start()]
        if points and between.strip(" \t\r\n\"'“”,"):
            if text[start] == "<" and ">" not in between:
                # Still inside the tag: the numbers are part of its label.
                continue
            yield Answer(tuple(points), start, tag_end(text, end))
            points = []
        if not points:
            start = max(text.rfind("<", end, match.start()), end)
        points.append(point)
        end = match.end()
    if points:
        yield Answer(tuple(points), start, tag_end(text, end))


def tag_end(text: str, position: int) -> int:
    """End position of the tag around ``position``, its text and closing tag included."""
    rest = _TAG_REST.match(text, position)
    return rest.end() if rest else position


def _tenths(match: re.Match[str]) -> Answer:
    """Molmo's oldest spelling, ``p=123, 456``: tenths of a percent."""
    written = (number(match[1]), number(match[2]))
    values = (written[0] / 10, written[1] / 10)
    return Answer((Coordinates(values, keyed=True, raw=written),), match.start(), match.end())


def _write(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return ' <point x="{}" y="{}" alt="target">target</point>'.format(*pair(point, "xy"))


MOLMO = Format("molmo", find, _write)
