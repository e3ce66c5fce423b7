"""Each model's color and marker shape, the same in every overlay and on the page.

The colors are Okabe and Ito's, which color-blind readers can tell apart; shapes tell models apart
without any color. A filled marker is a correct answer, a hollow one a wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7d5ba6",
    "#6b6b6b",
)
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus", "wedge", "pentagon")


@dataclass(frozen=True)
class Marker:
    """A color of `COLORS` and a shape of `SHAPES`, both by their number."""

    color_number: int
    shape_number: int

    @property
    def color(self) -> str:
        return COLORS[self.color_number]

    @property
    def shape(self) -> str:
        return SHAPES[self.shape_number]


Markers = Mapping[str, Marker]
"""Label -> marker."""


def markers_for(labels: Iterable[str]) -> dict[str, Marker]:
    """A marker for each label, in their order; up to 64 labels differ in color or shape."""
    markers = {}
    for number, label in enumerate(dict.fromkeys(labels)):
        color, turn = number % len(COLORS), number // len(COLORS)
        markers[label] = Marker(color, (color + turn) % len(SHAPES))
    return markers


def corners(shape: str, x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """The outline of a shape centered on (x, y), to be closed; all shapes look equally large."""
    return [(x + radius * dx, y + radius * dy) for dx, dy in _UNIT[shape]]


def _regular(sides: int, radius: float, turn: float) -> list[tuple[float, float]]:
    angles = [turn + 2 * math.pi * corner / sides for corner in range(sides)]
    return [(radius * math.sin(angle), -radius * math.cos(angle)) for angle in angles]


def _plus(arm: float, half: float) -> list[tuple[float, float]]:
    quarter = [(-half, -half), (-half, -arm), (half, -arm)]
    outline = []
    for _ in range(4):
        outline += quarter
        quarter = [(-dy, dx) for dx, dy in quarter]
    return outline


def _turned(outline: list[tuple[float, float]], angle: float) -> list[tuple[float, float]]:
    cos, sin = math.cos(angle), math.sin(angle)
    return [(dx * cos - dy * sin, dx * sin + dy * cos) for dx, dy in outline]


_UNIT = {
    "circle": _regular(24, 0.92, 0.0),
    "square": _regular(4, 1.15, math.pi / 4),
    "triangle": _regular(3, 1.25, 0.0),
    "diamond": _regular(4, 1.2, 0.0),
    "cross": _turned(_plus(1.15, 0.46), math.pi / 4),
    "plus": _plus(1.15, 0.46),
    "wedge": _regular(3, 1.25, math.pi),
    "pentagon": _regular(5, 1.08, 0.0),
}
