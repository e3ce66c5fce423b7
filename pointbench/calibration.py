"""Diagnoses whether answers are off because the model missed or because of a wrong frame.

The diagnosis is for people: it names another frame that the same answers would fit, and never
changes a score. One answer is too little to guess a frame from; many answers reveal a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from pointbench.geometry import Box, Frame, Point, Region, Shape, Shift, Size
from pointbench.suites import AskedTarget
from pointbench.trials import Record

UNITS = ("pixel", "unit", "percent", "permille", "grid:999", "grid:1024")
"""The frames that are tried, besides pixels of the screenshot itself; each in both orders."""

LEAST_MISSES = 5
"""Minimum number of misses: with fewer, a frame that fits better is chance."""

LEAST_SHARE = 0.3
"""Share of the misses that another frame must turn into hits to be worth a warning."""

LEAST_GAIN = 2
"""Hits that another frame must add over a dozen marks to be called better."""

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
class Fit:
    """How well the answers fit one way of reading them."""

    guess: FrameGuess
    hits: int
    answers: int
    median_px: float
    """Median distance from the target's center, in pixels of the screenshot."""


@dataclass(frozen=True)
class Diagnosis:
    """Diagnosis of a model and its declared frame, from a dozen marks."""

    declared: Fit
    bias: tuple[float, float]
    """Mean offset in x and y, in pixels of the screenshot; right and down are positive."""
    spread: float
    """Root mean square distance about the bias, in the same pixels."""
    scale: tuple[float | None, float | None]
    """Least-squares slope of answered over true coordinates, for x and y; 1 is correct.
    None if all true coordinates are equal."""
    better: Fit | None
    """The frame with clearly more hits, if any; among equals, the one with the smallest distance."""

    @property
    def sentence(self) -> str:
        """The diagnosis in words."""
        hits, answers = self.declared.hits, self.declared.answers
        if self.better is not None:
            return (
                f"{hits} of {answers} hit as declared; read as {self.better.guess.description}, "
                f"{self.better.hits} would: the profile's frame is likely wrong"
            )
        if hits == answers:
            return f"all {answers} hit: the frame is right"
        return f"{hits} of {answers} hit, and no other frame fits the answers better"


def diagnose(samples: Sequence[Sample], frame: Frame) -> Diagnosis:
    """Bias, spread, scale and the better frame, if any; ValueError without a sample."""
    if not samples:
        raise ValueError("no answer held a point")
    as_declared = FrameGuess(frame.unit, swapped=False)
    declared = fit(samples, as_declared)
    points = [as_declared.point(sample) for sample in samples]
    centers = [sample.region.bounds.center for sample in samples]
    dx = [point.x - center.x for point, center in zip(points, centers, strict=True)]
    dy = [point.y - center.y for point, center in zip(points, centers, strict=True)]
    bias = (fmean(dx), fmean(dy))
    spread = math.sqrt(
        fmean((x - bias[0]) ** 2 + (y - bias[1]) ** 2 for x, y in zip(dx, dy, strict=True))
    )
    scale = (
        _slope([c.x for c in centers], [p.x for p in points]),
        _slope([c.y for c in centers], [p.y for p in points]),
    )
    best = _best_other_fit(samples, frame)
    # A single additional hit is luck: 0-999 and 0-1000, for example, differ by a pixel or two.
    better = best if best.hits >= declared.hits + LEAST_GAIN else None
    return Diagnosis(declared, bias, spread, scale, better)


def fit(samples: Sequence[Sample], guess: FrameGuess) -> Fit:
    """How many answers hit when read as ``guess``, and how far off they are."""
    points = [guess.point(sample) for sample in samples]
    distances = [
        math.dist(point, sample.region.bounds.center)
        for point, sample in zip(points, samples, strict=True)
    ]
    hits = sum(sample.region.contains(point) for point, sample in zip(points, samples, strict=True))
    return Fit(guess, hits, len(samples), median(distances))


def _best_other_fit(samples: Sequence[Sample], declared: Frame) -> Fit:
    """The fit with the most hits, then the smallest distance, among all frames but the declared one."""
    as_declared = FrameGuess(declared.unit, swapped=False)
    guesses = [
        FrameGuess(unit, swapped) for unit in (*UNITS, "screenshot") for swapped in (False, True)
    ]
    fits = [fit(samples, guess) for guess in guesses if guess != as_declared]
    return max(fits, key=lambda candidate: (candidate.hits, -candidate.median_px))


@dataclass(frozen=True)
class Misfit:
    """Another frame under which many of a run's misses would be hits."""

    guess: FrameGuess
    hits: int
    misses: int

    @property
    def sentence(self) -> str:
        """The warning that a report shows."""
        return (
            f"{self.hits / self.misses:.0%} of these misses would be hits read as "
            f"{self.guess.description}; the score is unchanged, the profile may declare the wrong frame"
        )


def misfit(misses: Iterable[Sample], declared: Frame) -> Misfit | None:
    """The frame that explains many of a finished run's misses; None if no frame does."""
    samples = list(misses)
    if len(samples) < LEAST_MISSES:
        return None
    best = _best_other_fit(samples, declared)
    if best.hits < LEAST_MISSES or best.hits < LEAST_SHARE * len(samples):
        return None
    return Misfit(best.guess, best.hits, len(samples))


class Misses:
    """The misses of a run by model, collected in one pass over its records."""

    def __init__(self, targets: Iterable[AskedTarget]) -> None:
        self._targets = {(target.suite, target.id): target for target in targets}
        self._samples: dict[str, tuple[Frame, list[Sample]]] = {}

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yields the same records, and collects their misses."""
        for record in records:
            self._collect(record)
            yield record

    def _collect(self, record: Record) -> None:
        if record.outcome not in ("miss", "out_of_frame"):
            return
        # A model that saw no picture has no frame that could be wrong.
        if record.point is None or record.frame is None or record.sent is None:
            return
        target = self._targets.get((record.suite, record.target))
        if target is None or target.region is None:
            return
        frame = Frame(record.frame.unit, record.frame.order)
        shift = record.shift
        sample = sample_of(
            Point(*record.point),
            target.region,
            frame,
            Size(record.sent.width, record.sent.height),
            target.size,
            None if shift is None else Shift(shift.scale, shift.dx, shift.dy).to_shown,
        )
        self._samples.setdefault(record.model, (frame, []))[1].append(sample)

    def misfits(self) -> dict[str, Misfit]:
        """Misfits by model label; models without one are omitted."""
        misfits = {
            label: misfit(samples, frame) for label, (frame, samples) in self._samples.items()
        }
        return {label: fit for label, fit in misfits.items() if fit is not None}


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


def _slope(true: Sequence[float], answered: Sequence[float]) -> float | None:
    mean_true, mean_answered = fmean(true), fmean(answered)
    variance = sum((value - mean_true) ** 2 for value in true)
    if variance == 0:
        return None
    pairs = zip(true, answered, strict=True)
    return sum((t - mean_true) * (a - mean_answered) for t, a in pairs) / variance
