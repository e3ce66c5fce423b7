"""Points, regions and frames. Pure arithmetic that imports nothing else from pointbench.

Coordinates are continuous: pixel ``i`` covers the interval from ``i`` to ``i + 1``, so the right
edge of a picture of width ``w`` is at ``w``. Nothing here rounds, clamps or shifts by half a pixel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

EDGE_TOLERANCE = 1e-9
"""Pixels within which a point counts as on an edge. Covers the rounding of floats: 93 x 2560 / 1000
may be stored as 238.07999999999998. No screen resolves a billionth of a pixel."""


class Point(NamedTuple):
    """A point; the variable's name gives its frame (``point_in_screenshot`` ...)."""

    x: float
    y: float


class Size(NamedTuple):
    """Width and height of a picture, in pixels."""

    width: int
    height: int


class Box(NamedTuple):
    """An axis-parallel rectangle in pixels; ``right`` and ``bottom`` are the far edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def bounds(self) -> Box:
        return self

    def contains(self, point: Point) -> bool:
        """True inside and on every edge (the usual inclusive test), within `EDGE_TOLERANCE`."""
        x, y = point
        if self.left <= x <= self.right and self.top <= y <= self.bottom:
            return True
        return max(self.left - x, x - self.right, self.top - y, y - self.bottom) <= EDGE_TOLERANCE

    def distance(self, point: Point) -> float:
        """Euclidean distance in pixels from ``point`` to the box, 0 inside and on the edge."""
        if self.contains(point):
            return 0.0
        dx = max(self.left - point.x, 0.0, point.x - self.right)
        dy = max(self.top - point.y, 0.0, point.y - self.bottom)
        return math.hypot(dx, dy)


@dataclass(frozen=True)
class Polygon:
    """A simple polygon, given by its corners in pixels, in either direction; closed implicitly."""

    corners: tuple[Point, ...]

    @cached_property
    def bounds(self) -> Box:
        xs = [corner.x for corner in self.corners]
        ys = [corner.y for corner in self.corners]
        return Box(min(xs), min(ys), max(xs), max(ys))

    @cached_property
    def signed_area(self) -> float:
        """Area in square pixels by the shoelace formula; negative for one direction of the corners."""
        corners = self.corners
        pairs = zip(corners, corners[1:] + corners[:1], strict=True)
        return sum(a.x * b.y - b.x * a.y for a, b in pairs) / 2

    @property
    def area(self) -> float:
        return abs(self.signed_area)

    @cached_property
    def center(self) -> Point:
        """The centroid, or the middle of the bounds if the area is zero."""
        area = self.signed_area
        if area == 0:
            return self.bounds.center
        # Relative to one corner, so polygons far from the origin lose no digits.
        origin = self.corners[0]
        x = y = 0.0
        for a, b in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            ax, ay, bx, by = a.x - origin.x, a.y - origin.y, b.x - origin.x, b.y - origin.y
            cross = ax * by - bx * ay
            x += (ax + bx) * cross
            y += (ay + by) * cross
        return Point(origin.x + x / (6 * area), origin.y + y / (6 * area))

    def contains(self, point: Point) -> bool:
        """True inside (even-odd rule) and on an edge."""
        if self.edge_distance(point) <= EDGE_TOLERANCE:
            return True
        inside = False
        for a, b in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            crosses = (a.y > point.y) != (b.y > point.y)
            if crosses and point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x:
                inside = not inside
        return inside

    def distance(self, point: Point) -> float:
        """Euclidean distance in pixels to the polygon, 0 inside and on the edge."""
        return 0.0 if self.contains(point) else self.edge_distance(point)

    def edge_distance(self, point: Point) -> float:
        """Euclidean distance in pixels from ``point`` to the nearest edge."""
        edges = zip(self.corners, self.corners[1:] + self.corners[:1], strict=True)
        return min(_segment_distance(point, a, b) for a, b in edges)


Shape = Box | Polygon


@dataclass(frozen=True)
class Region:
    """The region where a click counts, in pixels: one shape, or several if several places are correct."""

    shapes: tuple[Shape, ...]

    def contains(self, point: Point) -> bool:
        return any(shape.contains(point) for shape in self.shapes)

    def distance(self, point: Point) -> float:
        """Pixels to the nearest point of the nearest shape, 0 inside and on the edge."""
        return min(shape.distance(point) for shape in self.shapes)

    def nearest(self, point: Point) -> Shape:
        """The shape by which a click at ``point`` is scored: the nearest one, the first among equals."""
        return min(self.shapes, key=lambda shape: shape.distance(point))

    @cached_property
    def area(self) -> float:
        """Square pixels; the shapes of one target are assumed not to overlap."""
        return sum(shape.area for shape in self.shapes)

    @cached_property
    def bounds(self) -> Box:
        boxes = [shape.bounds for shape in self.shapes]
        return Box(
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )


class Shift(NamedTuple):
    """The shift of a jittered picture: ``shown = scale x screenshot + (dx, dy)``, in pixels.

    The shown picture has the screenshot's width and height.
    """

    scale: float
    dx: float
    dy: float

    def to_shown(self, point_in_screenshot: Point) -> Point:
        return Point(
            self.scale * point_in_screenshot.x + self.dx,
            self.scale * point_in_screenshot.y + self.dy,
        )

    def to_screenshot(self, point_in_shown: Point) -> Point:
        return Point(
            (point_in_shown.x - self.dx) / self.scale, (point_in_shown.y - self.dy) / self.scale
        )


UNIT_SIDES = {"unit": 1, "percent": 100, "permille": 1000}
"""Unit -> the length of a picture's side in it."""
_GRID = re.compile(r"grid:([1-9][0-9]{0,6})")


@dataclass(frozen=True)
class Frame:
    """The unit and order in which a model answers; declared by its profile, never guessed.

    ``unit`` is ``pixel`` (of the picture as sent), ``unit`` 0-1, ``percent`` 0-100, ``permille``
    0-1000 or ``grid:N`` 0-N; ``order`` is ``xy`` or ``yx``. A value divided by the frame's side is
    the share of the picture's side. ValueError for anything else.
    """

    unit: str
    order: str = "xy"

    def __post_init__(self) -> None:
        known = self.unit == "pixel" or self.unit in UNIT_SIDES or _GRID.fullmatch(self.unit)
        if not known:
            raise ValueError(
                f"unknown frame unit {self.unit!r}: pixel, unit, percent, permille or grid:N"
            )
        if self.order not in ("xy", "yx"):
            raise ValueError(f"unknown frame order {self.order!r}: xy or yx")

    def sides(self, sent: Size) -> tuple[int, int]:
        """Width and height, in this frame, of a picture of size ``sent``."""
        side = self._side
        return sent if side is None else (side, side)

    @cached_property
    def _side(self) -> int | None:
        """The length of every side; None if it is the picture's own, in pixels."""
        if self.unit == "pixel":
            return None
        return UNIT_SIDES.get(self.unit) or int(self.unit.removeprefix("grid:"))

    def contains(self, point_in_frame: Point, sent: Size) -> bool:
        """True if both coordinates lie between 0 and the frame's side, both ends included."""
        width, height = self.sides(sent)
        return 0 <= point_in_frame.x <= width and 0 <= point_in_frame.y <= height

    def to_picture(self, point_in_frame: Point, sent: Size, target: Size) -> Point:
        """Map a point (x first, regardless of ``order``) onto a picture of size ``target``.

        Plain scaling, ``value x target side / frame side``; the identity is exact.
        """
        width, height = self.sides(sent)
        return Point(
            _scale(point_in_frame.x, target.width, width),
            _scale(point_in_frame.y, target.height, height),
        )

    def from_picture(self, point: Point, sent: Size, source: Size) -> Point:
        """The inverse of `to_picture`: maps a point of a picture of size ``source`` into this frame."""
        width, height = self.sides(sent)
        return Point(
            _scale(point.x, width, source.width),
            _scale(point.y, height, source.height),
        )


def _scale(value: float, to_side: int, from_side: int) -> float:
    # Equal sides skip the arithmetic: 1044.1 * 1080 / 1080 need not be 1044.1.
    return value if to_side == from_side else value * to_side / from_side


def _segment_distance(point: Point, a: Point, b: Point) -> float:
    dx, dy = b.x - a.x, b.y - a.y
    length_squared = dx * dx + dy * dy
    if length_squared == 0:
        return math.hypot(point.x - a.x, point.y - a.y)
    along = ((point.x - a.x) * dx + (point.y - a.y) * dy) / length_squared
    along = min(1.0, max(0.0, along))
    return math.hypot(point.x - (a.x + along * dx), point.y - (a.y + along * dy))


def in_shares(region: Region, size: Size) -> Region:
    """The region in shares of the picture: both axes divided by its sides."""
    return Region(tuple(_in_shares(shape, size) for shape in region.shapes))


def _in_shares(shape: Shape, size: Size) -> Shape:
    width, height = size
    if isinstance(shape, Box):
        return Box(
            shape.left / width, shape.top / height, shape.right / width, shape.bottom / height
        )
    return Polygon(tuple(Point(x / width, y / height) for x, y in shape.corners))


def region(*shapes: Sequence[float] | Sequence[Sequence[float]]) -> Region:
    """A region from plain numbers; each shape is ``[left, top, right, bottom]`` or ``[[x, y], ...]``."""
    built: list[Shape] = []
    for shape in shapes:
        if isinstance(shape[0], int | float):
            left, top, right, bottom = (float(value) for value in shape)  # type: ignore[arg-type]
            built.append(Box(left, top, right, bottom))
        else:
            built.append(Polygon(tuple(Point(*corner) for corner in shape)))  # type: ignore[misc]
    return Region(tuple(built))
