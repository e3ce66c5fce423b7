"""From the conventions of the public sets to regions in pixels of the screenshot.

One rule for every format:

* a mark whose numbers are not four (a box) or an even six or more (a polygon), not numbers, not
  finite, inverted, or without area is dropped;
* of a mark that reaches outside the picture only the part inside counts, and the cut is listed;
* a mark with nothing inside the picture is dropped;
* a target with no mark left is dropped. Nothing is ever moved, swapped or guessed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointbench.geometry import UNIT_SIDES, Box, Point, Polygon, Shape, Size
from pointbench.importers.drafts import Convention, DraftRegion

MAX_CORNERS = 100_000
"""Corners a polygon may have; more is an attack or a slip, not an outline."""


@dataclass(frozen=True)
class Judged:
    """A mark in pixels. ``shape`` is None when it was dropped; ``reason`` and ``detail`` say what
    is wrong with it, both empty for a sound mark."""

    shape: Shape | None
    reason: str = ""
    detail: str = ""


def to_region(mark: DraftRegion, size: Size) -> Judged:
    """The mark in pixels of a picture of this size, or why it is dropped or cut."""
    numbers = _numbers(mark.values)
    if isinstance(numbers, Judged):
        return numbers
    if mark.polygon:
        return _judge_polygon(numbers, mark.convention, size)
    return _judge_box(numbers, mark.convention, size)


def to_pixels(numbers: Sequence[float], convention: Convention, size: Size) -> list[float]:
    """x, y, x, y ... from the convention's unit to pixels: value x side / the unit's side."""
    if convention.unit == "pixel":
        return list(numbers)
    frame = UNIT_SIDES[convention.unit]
    return [value * size[index % 2] / frame for index, value in enumerate(numbers)]


def clip_polygon(corners: Sequence[Point], size: Size) -> list[Point]:
    """The part of a polygon inside the picture (Sutherland and Hodgman, one side at a time)."""
    kept = list(corners)
    for axis, bound, sign in ((0, 0.0, 1), (0, size.width, -1), (1, 0.0, 1), (1, size.height, -1)):
        kept = _cut(kept, axis, bound, sign)
    return kept


def _numbers(values: Any) -> list[float] | Judged:
    if not isinstance(values, list | tuple) or len(values) > 2 * MAX_CORNERS:
        return Judged(None, "not-numbers", f"{values!r:.60} is not a list of numbers")
    numbers: list[float] = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Judged(None, "not-numbers", f"{value!r:.60} is not a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            return Judged(None, "not-finite", f"{value!r:.20} is not a finite number")
        numbers.append(number)
    return numbers


def _judge_box(numbers: list[float], convention: Convention, size: Size) -> Judged:
    if len(numbers) != 4:
        return Judged(None, "wrong-length", f"a box of {len(numbers)} numbers, not 4")
    if convention.corners == "xywh":
        left, top, width, height = numbers
        numbers = [left, top, left + width, top + height]
    left, top, right, bottom = to_pixels(numbers, convention, size)
    shown = _shown((left, top, right, bottom))
    if right < left or bottom < top:
        return Judged(None, "inverted", f"box {shown} is inverted")
    if right == left or bottom == top:
        return Judged(None, "empty", f"box {shown} is empty")
    whole = Box(left, top, right, bottom)
    inside = Box(max(left, 0.0), max(top, 0.0), min(right, size.width), min(bottom, size.height))
    if inside.right <= inside.left or inside.bottom <= inside.top:
        return Judged(None, "outside", f"box {shown} lies outside the picture {_of(size)}")
    return Judged(inside) if inside == whole else _cut_off(inside, whole, size)


def _judge_polygon(numbers: list[float], convention: Convention, size: Size) -> Judged:
    if len(numbers) % 2 or len(numbers) < 6:
        return Judged(None, "wrong-length", f"a polygon of {len(numbers)} numbers, not 6, 8, ...")
    pixels = to_pixels(numbers, convention, size)
    corners = [Point(x, y) for x, y in zip(pixels[::2], pixels[1::2], strict=True)]
    whole = Polygon(tuple(corners))
    if whole.area == 0:
        return Judged(None, "empty", "the polygon has no area")
    bounds = whole.bounds
    if Box(0, 0, *size).contains(Point(bounds.left, bounds.top)) and (
        Box(0, 0, *size).contains(Point(bounds.right, bounds.bottom))
    ):
        return Judged(whole)
    kept = clip_polygon(corners, size)
    inside = Polygon(tuple(kept))
    if len(kept) < 3 or inside.area == 0:
        return Judged(None, "outside", f"the polygon lies outside the picture {_of(size)}")
    return _cut_off(inside, bounds, size)


def _cut_off(inside: Shape, bounds: Box, size: Size) -> Judged:
    before = bounds.left < 0 or bounds.top < 0
    reason = "clipped-left-top" if before else "clipped-right-bottom"
    detail = f"{_shown(bounds)} reaches outside the picture {_of(size)} and is cut at its edge"
    return Judged(inside, reason, detail)


def _cut(corners: list[Point], axis: int, bound: float, sign: int) -> list[Point]:
    kept: list[Point] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        a, b = sign * (start[axis] - bound), sign * (end[axis] - bound)
        if a >= 0:
            kept.append(start)
        if (a > 0 > b) or (a < 0 < b):
            share = a / (a - b)
            across = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
            # The crossing lies on the bound itself, not where rounding puts it.
            kept.append(Point(bound, across) if axis == 0 else Point(across, bound))
    return kept


def _shown(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:.10g}" for value in values) + "]"


def _of(size: Size) -> str:
    return f"of {size.width}x{size.height}"
