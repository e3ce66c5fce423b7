"""Scores a parsed reply: outcome, point, distance. Pure; the same for every source of replies.

Outcomes (README): on a present target a point in the region is a ``hit``, elsewhere a
``miss``; ``declined``, ``unparsed`` and ``out_of_frame`` are not correct. On an absent target only
``declined`` is correct and a click is a ``miss``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pointbench.geometry import Frame, Point, Region, Shift, Size
from pointbench.replies import Parsed
from pointbench.trials import Outcome


class Verdict(NamedTuple):
    """A scored reply: ``point`` and ``distance`` to the region are in pixels of the screenshot."""

    outcome: Outcome
    correct: bool
    point: Point | None = None
    distance: float | None = None


def judge(
    parsed: Parsed,
    region: Region | None,
    *,
    frame: Frame,
    sent: Size,
    screenshot: Size,
    shift: Shift | None = None,
) -> Verdict:
    """The verdict on a parsed reply.

    ``region`` is in pixels of the screenshot, None for an absent target; ``sent`` is the size of the
    picture that the model saw (of the screenshot for a blind one); ``shift`` is that of a jittered
    picture.
    """
    if parsed.point_in_frame is None:
        outcome: Outcome = "declined" if parsed.status == "declined" else "unparsed"
        return Verdict(outcome, correct=outcome == "declined" and region is None)
    point = frame.to_picture(parsed.point_in_frame, sent, screenshot)
    if shift is not None:
        point = shift.to_screenshot(point)
    inside = frame.contains(parsed.point_in_frame, sent)
    return _judge_point(point, region, inside=inside)


def judge_point(point: Point | None, region: Region | None, screenshot: Size) -> Verdict:
    """The verdict on a point that is already in pixels of the screenshot; None is ``declined``."""
    if point is None:
        return Verdict("declined", correct=region is None)
    return _judge_point(point, region, inside=Frame("pixel").contains(point, screenshot))


def _judge_point(point: Point, region: Region | None, *, inside: bool) -> Verdict:
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        # A finite number in the answer can still overflow when it is scaled.
        return Verdict("out_of_frame", correct=False)
    distance = None if region is None else _distance(region, point)
    if not inside:
        return Verdict("out_of_frame", correct=False, point=point, distance=distance)
    # The distance from a region to a point in it is exactly 0.
    hit = distance == 0
    return Verdict("hit" if hit else "miss", correct=hit, point=point, distance=distance)


def _distance(region: Region, point: Point) -> float:
    # A shortcut: every trial calls this, and most regions are one shape.
    shapes = region.shapes
    return shapes[0].distance(point) if len(shapes) == 1 else region.distance(point)
