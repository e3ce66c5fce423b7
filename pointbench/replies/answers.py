"""Building blocks of reply formats: coordinates, answers, and the format itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pointbench.geometry import Point
from pointbench.replies.numbers import written


class Coordinates(NamedTuple):
    """One point or box of an answer: two or four numbers in frame units, in the model's order.

    A box is one corner, then the opposite one. ``keyed`` is True if x and y are named: the
    declared order does not apply then, and x comes first. ``raw`` holds the numbers as written
    if they differ from the values (bin numbers, for example). ``percent`` is True if they are
    written with a percent sign. ``sized`` is True for a box that was given as a corner and a size:
    if that is the size of the whole picture, the corner alone is the point.
    """

    numbers: tuple[float, ...]
    keyed: bool = False
    raw: tuple[float, ...] = ()
    percent: bool = False
    sized: bool = False

    def located(self, order: str) -> Point:
        """The point, x first; for a box, its center."""
        if len(self.numbers) == 4:
            left, top, right, bottom = self.numbers
            first, second = (left + right) / 2, (top + bottom) / 2
        else:
            first, second = self.numbers
        if self.keyed or order == "xy":
            return Point(float(first), float(second))
        return Point(float(second), float(first))

    @property
    def corner(self) -> Coordinates:
        """The first corner of a box, as a point."""
        return Coordinates(self.numbers[:2], self.keyed, percent=self.percent)

    @property
    def is_reversed(self) -> bool:
        """True for a box that gives its far corner first, on either axis."""
        n = self.numbers
        return len(n) == 4 and (n[2] < n[0] or n[3] < n[1])


class Answer(NamedTuple):
    """One complete answer and its position in the text.

    An answer without coordinates states that there is no target; if ``declines`` is False, it is
    an action other than a click.
    """

    coordinates: tuple[Coordinates, ...]
    start: int
    end: int
    repaired: bool = False
    format: str | None = None
    """Name of the format that found it; None for the declared one."""
    declines: bool = True


@dataclass(frozen=True, slots=True)
class Format:
    """A reply format: how to find the answers in a text, and how to write one.

    ``find(text, cut_off)`` yields the answers, last one first; ``cut_off`` means that the text ends
    because the tokens ran out. ``write(point, order)`` is the inverse for one point, x first.
    """

    name: str
    find: Callable[[str, bool], Iterable[Answer]]
    write: Callable[[Point, str], str]
    step: float = 0.0
    """Frame units between neighboring values that can be written; 0 if any number can."""
    marked: bool = False
    """True if only the text after an ``Answer:`` at the start of a line counts."""
    reads_calls: bool = False
    """True if it tells clicks from other actions itself; else it is not shown what others hold."""


def pair(point: Point, order: str) -> tuple[str, str]:
    """The two numbers as text, in the order the model writes them."""
    x, y = written(float(point.x)), written(float(point.y))
    return (x, y) if order == "xy" else (y, x)


_JOINT = re.compile(
    r"\s*(?:</tool_call>\s*<tool_call>)?[\s,;|&]*(?:(?:and|und|et|y)\b|和|及)?[\s,;]*"
    r"(?:\n[ \t]*(?:\d{1,3}[.)]|[-*•]))?\s*"
)
_WIDEST_JOINT = 32


def joined(text: str, end: int, start: int) -> bool:
    """True if only a list's punctuation separates two answers, so they are one answer."""
    return start - end <= _WIDEST_JOINT and _JOINT.fullmatch(text, end, start) is not None


def answer_groups(answers: Iterable[Answer], text: str) -> Iterator[Answer]:
    """The answers, last one first, each merged with earlier ones that are part of the same list."""
    group: list[Answer] = []
    for answer in answers:
        if group and not joined(text, answer.end, group[-1].start):
            yield _merged(group)
            group = []
        group.append(answer)
    if group:
        yield _merged(group)


def _merged(group: list[Answer]) -> Answer:
    last = group[0]
    if len(group) == 1:
        return last
    coordinates = tuple(place for answer in reversed(group) for place in answer.coordinates)
    repaired = any(answer.repaired for answer in group)
    return Answer(coordinates, group[-1].start, last.end, repaired, last.format)
