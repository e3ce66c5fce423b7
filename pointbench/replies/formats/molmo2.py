"""Molmo2: ``<points coords="1 1 500 250">``, integers of 0-1000 in triples id, x, y."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format
from pointbench.replies.formats import molmo
from pointbench.replies.numbers import number

_COORDS = re.compile(r"\bcoords\s?=\s?[\"'“]([\d\s:;,.]*+)[\"'”]")
_FRAMES = re.compile(r"[\t:;,]")


def find(text: str, cut_off: bool) -> Iterator[Answer]:
    answers: list[Answer] = []
    for match in _COORDS.finditer(text):
        points = tuple(
            point for frame in _FRAMES.split(match[1]) for point in _points(frame.split())
        )
        end = molmo.tag_end(text, match.end())
        answers.append(Answer(points, match.start(), end))
    if answers:
        return reversed(answers)
    return molmo.find(text, cut_off)


def _points(words: list[str]) -> Iterator[Coordinates]:
    """The points of one picture: the picture's index, which may be missing, then id, x, y per point."""
    numbers = [number(word) for word in words if _is_number(word)]
    if len(numbers) == 2:
        yield Coordinates((numbers[0], numbers[1]), keyed=True)
        return
    # Told apart by position, because ids and small coordinates look alike.
    triples = numbers[1:] if len(numbers) % 3 == 1 else numbers
    for at in range(0, len(triples) - 2, 3):
        yield Coordinates((triples[at + 1], triples[at + 2]), keyed=True)


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdecimal()


def _write(point: Point, order: str) -> str:  # noqa: ARG001 - x always comes first
    return f'<points coords="1 1 {round(point.x):03d} {round(point.y):03d}">target</points>'


MOLMO2 = Format("molmo2", find, _write, step=1.0)
