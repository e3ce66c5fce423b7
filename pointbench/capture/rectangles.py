"""Axis-parallel rectangles in whole screenshot pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Rect:
    """A rectangle in screenshot pixels: pixel columns left..right-1, rows top..bottom-1.

    The origin is the upper left corner of the screen; right and bottom are the far edges, so a Rect
    written as [left, top, right, bottom] is a target's ``box``.
    """

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def from_size(cls, left: int, top: int, width: int, height: int) -> Rect:
        """The rectangle with the given position, width and height, all in pixels."""
        return cls(left, top, left + width, top + height)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Area in square pixels, 0 for an empty or inside-out rectangle."""
        return max(0, self.width) * max(0, self.height)

    @property
    def center(self) -> tuple[float, float]:
        """The middle, in continuous pixel coordinates."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def scaled(self, factor: float) -> Rect:
        """Multiply every side by ``factor``, such as device pixels per logical pixel, and round."""
        return Rect(*(round(side * factor) for side in self.as_tuple()))

    def shifted(self, dx: int, dy: int) -> Rect:
        return Rect(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def grown(self, margin: int) -> Rect:
        return Rect(
            self.left - margin, self.top - margin, self.right + margin, self.bottom + margin
        )

    def intersection(self, other: Rect) -> Rect | None:
        """The rectangle that both cover, or None if they share no pixel."""
        common = Rect(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return common if common.width > 0 and common.height > 0 else None

    def covered_by(self, other: Rect) -> float:
        """The share, 0 to 1, of this rectangle's area that is inside the other."""
        common = self.intersection(other)
        return common.area / self.area if common and self.area else 0.0

    def overlap(self, other: Rect) -> float:
        """Intersection over union, 0 to 1."""
        common = self.intersection(other)
        if common is None:
            return 0.0
        return common.area / (self.area + other.area - common.area)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point in continuous pixel coordinates is on one of the pixels."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def as_tuple(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom

    def as_list(self) -> list[int]:
        """The ``box`` of a targets file: [left, top, right, bottom]."""
        return list(self.as_tuple())
