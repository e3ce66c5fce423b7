"""Each model's color and marker shape: the same in every run, on every page, figure and overlay.

They follow from the model's label alone, unless two models of one report would look alike. The colors
build on Okabe and Ito's, which color-blind readers can tell apart; shapes tell models apart without
any color. Guessing is gray and has no mark. A filled marker is a correct answer, a hollow one a wrong
answer.
"""

from __future__ import annotations

import hashlib
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
    "#6f3a12",
)
GRAY = "#6b6b6b"
"""The color of guessing."""
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus", "wedge", "pentagon")


@dataclass(frozen=True)
class Marker:
    """A color of `COLORS` and a shape of `SHAPES`, both by their number."""

    color_number: int
    """One past the last color for guessing: stylesheets and palettes have gray there."""
    shape_number: int

    @property
    def color(self) -> str:
        return GRAY if self.guessing else COLORS[self.color_number]

    @property
    def shape(self) -> str:
        return SHAPES[self.shape_number]

    @property
    def guessing(self) -> bool:
        """True if charts draw a gray line or bar without a mark; overlays draw the shape all the same."""
        return self.color_number == len(COLORS)


def guessing_marker(number: int) -> Marker:
    """The gray marker of a pointer that guesses; their shapes differ by ``number``, for overlays."""
    return Marker(len(COLORS), number % len(SHAPES))


Markers = Mapping[str, Marker]
"""Label -> marker."""


def markers_for(labels: Iterable[str], names: Mapping[str, str] | None = None) -> dict[str, Marker]:
    """A marker for each label, whatever their order; up to 64 labels differ in color or shape.

    A label has the color that its SHA-256 names, or that of its entry in ``names``: the model's label,
    where a report says MODEL@RUN. Of labels that name the same color, the first in the order of the
    digests keeps it; the others take the next color that is free.
    """
    owns = {label: _digest((names or {}).get(label, label)) for label in labels}
    ordered = sorted(owns, key=lambda label: (owns[label], label))
    colors: dict[str, int] = {}
    # A label whose own color is free takes it before any label is moved to another one.
    for label in ordered:
        color = owns[label] % len(COLORS)
        if color not in colors.values():
            colors[label] = color
    free = set(range(len(COLORS))) - set(colors.values())
    markers = {label: Marker(color, color % len(SHAPES)) for label, color in colors.items()}
    turn = 0
    for label in ordered:
        if label in markers:
            continue
        if not free:
            free, turn = set(range(len(COLORS))), turn + 1
        color = min(free, key=lambda number: (number - owns[label]) % len(COLORS))
        free.remove(color)
        markers[label] = Marker(color, (color + turn) % len(SHAPES))
    return markers


def _digest(label: str) -> int:
    return int.from_bytes(
        hashlib.sha256(label.encode("utf-8", "surrogatepass")).digest()[:8], "big"
    )


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
