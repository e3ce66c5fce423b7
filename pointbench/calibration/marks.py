"""What a dozen marks say of a model: bias, spread, scale, and whether another frame fits better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from pointbench.calibration.readings import FrameGuess, Sample, other_frames
from pointbench.geometry import Frame

LEAST_GAIN = 2
"""Hits that another frame must add over a dozen marks to be called better."""


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
    fits = [fit(samples, guess) for guess in other_frames(declared)]
    return max(fits, key=lambda candidate: (candidate.hits, -candidate.median_px))


def _slope(true: Sequence[float], answered: Sequence[float]) -> float | None:
    mean_true, mean_answered = fmean(true), fmean(answered)
    variance = sum((value - mean_true) ** 2 for value in true)
    if variance == 0:
        return None
    pairs = zip(true, answered, strict=True)
    return sum((t - mean_true) * (a - mean_answered) for t, a in pairs) / variance
