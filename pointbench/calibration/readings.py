"""Ways to read the numbers of an answer: other units, other sizes of the picture, a constant factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Protocol

from pointbench.geometry import Box, Frame, Point, Region, Shape, Size
from pointbench.profiles.sizing import PIXEL_LIMITS, RULES, sent_size, with_pixel_limit

UNITS = ("pixel", "unit", "percent", "permille", "grid:999", "grid:1024")
"""The frames that are tried, besides pixels of the screenshot itself; each in both orders."""

MAX_PIXELS: Mapping[str, tuple[int, ...]] = {
    "qwen-28": (602_112, 1_003_520, 2_007_040, 2_116_800),
    "qwen-32": (786_432, 1_310_720, 2_621_440),
}
"""Sizing rule -> limits below its own that servers are commonly given (``max_pixels``)."""

_UNIT_WORDS = {
    "pixel": "pixels of the picture as sent",
    "screenshot": "pixels of the screenshot",
    "unit": "0-1",
    "percent": "0-100",
    "permille": "0-1000",
}


@dataclass(frozen=True)
class Sample:
    """One answer with a point, and the region where the point should have been.

    ``point_in_frame`` is x first, in the units of the declared frame; ``region`` in pixels of the
    screenshot.
    """

    point_in_frame: Point
    region: Region
    sent: Size
    screenshot: Size


class Reading(Protocol):
    """A way to read the numbers of an answer."""

    @property
    def unit(self) -> str: ...
    @property
    def swapped(self) -> bool: ...
    @property
    def description(self) -> str: ...
    def point(self, sample: Sample) -> Point: ...


@dataclass(frozen=True)
class FrameGuess:
    """Another way to read the same numbers; ``unit`` is one of `UNITS` or ``screenshot``."""

    unit: str
    swapped: bool
    """True to read the first number as the axis that the profile puts second."""

    def point(self, sample: Sample) -> Point:
        """The answer read this way, in pixels of the screenshot."""
        x, y = sample.point_in_frame
        point = Point(y, x) if self.swapped else Point(x, y)
        if self.unit == "screenshot":
            return point
        return Frame(self.unit).to_picture(point, sample.sent, sample.screenshot)

    @property
    def description(self) -> str:
        """The frame in words, for people."""
        unit = _UNIT_WORDS.get(self.unit, self.unit.replace("grid:", "0-"))
        return unit + (", with x and y swapped" if self.swapped else "")


@dataclass(frozen=True)
class SizeGuess:
    """Pixels of a picture of another size: as a sizing rule makes it, with a lower limit or not."""

    rule: str
    max_pixels: int | None = None
    swapped: bool = False

    @property
    def unit(self) -> str:
        """``sizing:RULE`` or ``max-pixels:N``."""
        return f"sizing:{self.rule}" if self.max_pixels is None else f"max-pixels:{self.max_pixels}"

    def size(self, screenshot: Size) -> Size | None:
        """The size of the picture; None if the server would refuse the screenshot."""
        return _size(self.rule, self.max_pixels, screenshot)

    def point(self, sample: Sample) -> Point:
        size = self.size(sample.screenshot)
        if size is None:
            return Point(math.inf, math.inf)
        return Frame("pixel").to_picture(sample.point_in_frame, size, sample.screenshot)

    @property
    def description(self) -> str:
        if self.max_pixels is not None:
            return (
                f"pixels of the screenshot shrunk to max_pixels={self.max_pixels} (in steps of "
                f"{PIXEL_LIMITS[self.rule][0]} px)"
            )
        return f"pixels of the screenshot as the sizing {self.rule} makes it"


@dataclass(frozen=True)
class FactorGuess:
    """Pixels of a picture that is ``x`` and ``y`` times as large as the one that was sent."""

    x: float
    y: float
    unit: str = "factor"
    swapped: bool = False

    def point(self, sample: Sample) -> Point:
        x, y = sample.point_in_frame
        return Frame("pixel").to_picture(
            Point(x / self.x, y / self.y), sample.sent, sample.screenshot
        )

    @property
    def description(self) -> str:
        times = f"{self.x:.3g}"
        if not math.isclose(self.x, self.y, rel_tol=0.02):
            times = f"{self.x:.3g} (across) and {self.y:.3g} (down)"
        return f"pixels of a picture {times} times as large"


@lru_cache(maxsize=65_536)
def _size(rule: str, max_pixels: int | None, screenshot: Size) -> Size | None:
    try:
        if max_pixels is None:
            return sent_size(rule, screenshot)
        return with_pixel_limit(rule, screenshot, max_pixels)
    except ValueError:
        return None


def other_frames(declared: Frame) -> list[FrameGuess]:
    """Every unit in both orders, but the declared one."""
    as_declared = FrameGuess(declared.unit, swapped=False)
    guesses = [
        FrameGuess(unit, swapped) for unit in (*UNITS, "screenshot") for swapped in (False, True)
    ]
    return [guess for guess in guesses if guess != as_declared]


def other_sizes(samples: Sequence[Sample], declared: Frame, rule: str) -> list[SizeGuess]:
    """Sizes of the picture that differ from the one sent and from each other; ``rule`` comes first."""
    limited = [SizeGuess(name, most) for name, limits in MAX_PIXELS.items() for most in limits]
    guesses = [SizeGuess(rule), *(SizeGuess(name) for name in RULES if name != rule), *limited]
    seen: set[tuple[Size | None, ...]] = set()
    if declared.unit == "pixel":
        seen.add(tuple(sample.sent for sample in samples))
    seen.add(tuple(sample.screenshot for sample in samples))
    different = []
    for guess in guesses:
        sizes = tuple(guess.size(sample.screenshot) for sample in samples)
        if sizes not in seen:
            seen.add(sizes)
            different.append(guess)
    return different


def factor_of(samples: Iterable[Sample]) -> FactorGuess | None:
    """The median ratio of answered to true coordinates on each axis; None if it is about 1 or senseless."""
    ratios: tuple[list[float], list[float]] = ([], [])
    for sample in samples:
        true = Frame("pixel").from_picture(
            sample.region.bounds.center, sample.sent, sample.screenshot
        )
        for axis in (0, 1):
            # Near the edge a small miss makes a large ratio.
            if true[axis] > sample.sent[axis] / 20:
                ratios[axis].append(sample.point_in_frame[axis] / true[axis])
    if not all(ratios):
        return None
    x, y = median(ratios[0]), median(ratios[1])
    if not all(0.1 < factor < 10 for factor in (x, y)):
        return None
    if math.isclose(x, 1, rel_tol=0.01) and math.isclose(y, 1, rel_tol=0.01):
        return None
    return FactorGuess(x, y)


def sample_of(
    point: Point,
    region: Region,
    frame: Frame,
    sent: Size,
    screenshot: Size,
    to_shown: Callable[[Point], Point] | None = None,
) -> Sample:
    """The sample behind a record's ``point`` (pixels of the screenshot), by undoing the mapping.

    ``to_shown`` is the shift of a jittered picture. The region is then shifted too and replaced by
    its bounds, because the answer was about the picture as shown.
    """
    if to_shown is not None:
        point = to_shown(point)
        region = _shifted(region, to_shown)
    return Sample(frame.from_picture(point, sent, screenshot), region, sent, screenshot)


def _shifted(region: Region, to_shown: Callable[[Point], Point]) -> Region:
    shapes: list[Shape] = []
    for shape in region.shapes:
        left, top, right, bottom = shape.bounds
        shapes.append(Box(*to_shown(Point(left, top)), *to_shown(Point(right, bottom))))
    return Region(tuple(shapes))
