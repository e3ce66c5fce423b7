"""Converts the regions of the public sets to pixels of the screenshot.

The rules are the same for every format:

* a region is dropped if it is not four numbers (a box) or an even number of at least six (a
  polygon), if one of them is not finite, or if it is inverted or has no area;
* only the part inside the picture counts if a region extends outside, and the cut is listed;
* a region with nothing inside the picture is dropped;
* a target with no region left is dropped. Nothing is ever moved, swapped or guessed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.geometry import UNIT_SIDES, Box, Point, Polygon, Shape, Size
from pointbench.importers.drafts import Convention, DraftRegion

MAX_CORNERS = 100_000
"""Maximum number of corners of a polygon; more is an attack or a mistake, not an outline."""


@dataclass(frozen=True)
class Conversion:
    """A region in pixels. ``shape`` is None if it is dropped; ``reason`` (a fixed word) and
    ``detail`` describe the problem and are empty for a sound region. ``odd`` is true for one that
    speaks against the format's convention: inverted, or mostly outside the picture."""

    shape: Shape | None
    reason: str = ""
    detail: str = ""
    odd: bool = False


def to_region(region: DraftRegion, size: Size) -> Conversion:
    """The region in pixels of a picture of this size, or the reason why it is dropped or cut."""
    numbers = _numbers(region.values)
    if isinstance(numbers, Conversion):
        return numbers
    if region.polygon:
        return _polygon(numbers, region.convention, size)
    if region.margin is not None:
        return _around_point(numbers, region.convention, region.margin, size)
    return _box(numbers, region.convention, size)


def to_pixels(numbers: Sequence[float], convention: Convention, size: Size) -> list[float]:
    """Numbers as x, y, x, y ... in pixels: ``value x side of the picture / side of the unit``."""
    if convention.unit == "pixel":
        return list(numbers)
    frame = UNIT_SIDES[convention.unit]
    return [value * size[index % 2] / frame for index, value in enumerate(numbers)]


def clip_polygon(corners: Sequence[Point], size: Size) -> list[Point]:
    """The part of a polygon inside the picture (Sutherland and Hodgman, one side at a time)."""
    inside = list(corners)
    for axis, bound, sign in ((0, 0.0, 1), (0, size.width, -1), (1, 0.0, 1), (1, size.height, -1)):
        inside = _cut(inside, axis, bound, sign)
    return inside


def _numbers(values: object) -> list[float] | Conversion:
    if not isinstance(values, list | tuple) or len(values) > 2 * MAX_CORNERS:
        return Conversion(None, "not-numbers", f"{values!r:.60} is not a list of numbers")
    numbers: list[float] = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Conversion(None, "not-numbers", f"{value!r:.60} is not a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            return Conversion(None, "not-finite", f"{value!r:.20} is not a finite number")
        numbers.append(number)
    return numbers


def _box(numbers: list[float], convention: Convention, size: Size) -> Conversion:
    if len(numbers) != 4:
        return Conversion(None, "wrong-length", f"a box of {len(numbers)} numbers, not 4")
    if convention.corners == "xywh":
        left, top, width, height = numbers
        numbers = [left, top, left + width, top + height]
    left, top, right, bottom = to_pixels(numbers, convention, size)
    text = _text((left, top, right, bottom))
    if right < left or bottom < top:
        return Conversion(None, "inverted", f"box {text} is inverted", odd=True)
    if right == left or bottom == top:
        return Conversion(None, "empty", f"box {text} is empty")
    whole = Box(left, top, right, bottom)
    inside = Box(max(left, 0.0), max(top, 0.0), min(right, size.width), min(bottom, size.height))
    if inside.right <= inside.left or inside.bottom <= inside.top:
        detail = f"box {text} lies outside the picture {_of(size)}"
        return Conversion(None, "outside", detail, odd=True)
    return Conversion(inside) if inside == whole else _clipped(inside, whole, size)


def _around_point(
    numbers: list[float], convention: Convention, margin: float, size: Size
) -> Conversion:
    if len(numbers) != 2:
        return Conversion(None, "wrong-length", f"a point of {len(numbers)} numbers, not 2")
    x, y = to_pixels(numbers, convention, size)
    if not Box(0, 0, *size).contains(Point(x, y)):
        text = _text((x, y))
        return Conversion(None, "outside", f"point {text} lies outside the picture {_of(size)}")
    # The margin is ours, so that cutting it at the edge is no fault of the annotation.
    inside = Box(
        max(x - margin, 0.0),
        max(y - margin, 0.0),
        min(x + margin, float(size.width)),
        min(y + margin, float(size.height)),
    )
    return Conversion(inside)


def _polygon(numbers: list[float], convention: Convention, size: Size) -> Conversion:
    if len(numbers) % 2 or len(numbers) < 6:
        return Conversion(
            None, "wrong-length", f"a polygon of {len(numbers)} numbers, not 6, 8, ..."
        )
    pixels = to_pixels(numbers, convention, size)
    corners = [Point(x, y) for x, y in zip(pixels[::2], pixels[1::2], strict=True)]
    whole = Polygon(tuple(corners))
    if whole.area == 0:
        return Conversion(None, "empty", "the polygon has no area")
    bounds = whole.bounds
    if Box(0, 0, *size).contains(Point(bounds.left, bounds.top)) and (
        Box(0, 0, *size).contains(Point(bounds.right, bounds.bottom))
    ):
        return Conversion(whole)
    inside = Polygon(tuple(clip_polygon(corners, size)))
    if len(inside.corners) < 3 or inside.area == 0:
        detail = f"the polygon lies outside the picture {_of(size)}"
        return Conversion(None, "outside", detail, odd=True)
    return _clipped(inside, bounds, size)


def _clipped(inside: Shape, bounds: Box, size: Size) -> Conversion:
    at_the_start = bounds.left < 0 or bounds.top < 0
    reason = "clipped-left-top" if at_the_start else "clipped-right-bottom"
    detail = f"{_text(bounds)} reaches outside the picture {_of(size)} and is cut at its edge"
    mostly_outside = 2 * inside.bounds.area < bounds.area
    return Conversion(inside, reason, detail, odd=mostly_outside)


def _cut(corners: list[Point], axis: int, bound: float, sign: int) -> list[Point]:
    """The part of a polygon on the inner side of a bound: ``sign x (coordinate - bound) >= 0``."""
    inside: list[Point] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        a, b = sign * (start[axis] - bound), sign * (end[axis] - bound)
        if a >= 0:
            inside.append(start)
        if (a > 0 > b) or (a < 0 < b):
            share = a / (a - b)
            across = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
            # The crossing is exactly on the bound, not where rounding would put it.
            inside.append(Point(bound, across) if axis == 0 else Point(across, bound))
    return inside


def _text(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:.10g}" for value in values) + "]"


def _of(size: Size) -> str:
    return f"of {size.width}x{size.height}"
