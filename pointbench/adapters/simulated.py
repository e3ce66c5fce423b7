"""A programmable pointer that is told the correct answer and misses on purpose.

``simulated/NAME?rate=0.9&spread=3`` needs no network, no key and no picture. Use it to test what
surrounds a model: the engine, the statistics, the reports. Its requests carry
`pointbench.adapters.protocol.Truth`, which the adapter of a real model never receives.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields

from pointbench.adapters.protocol import Facts, Reply, Request, Truth
from pointbench.adapters.setting_specs import Setting, check_settings, is_finite_number
from pointbench.errors import GiveUp, RetryLater
from pointbench.geometry import Point, Region, Shape

_TRIES = 100
_LONGEST_S = 86_400.0


@dataclass(frozen=True)
class Behavior:
    """How a simulated model behaves; every field is a setting of that name.

    An answer depends only on the trial's seed and its place in the plan, so a run can be
    repeated. Only ``fail`` is drawn again for every attempt, so a retry can succeed.
    """

    rate: float = 1.0
    """Chance of aiming at the target, not at a point outside; if it is absent, of reporting that."""
    bias_x: float = 0.0
    """Constant offset of every aimed point, in pixels of the screenshot."""
    bias_y: float = 0.0
    drift: float = 0.0
    """Growth of ``bias_x`` over 1000 trials of the plan, in pixels of the screenshot."""
    spread: float = 0.0
    """Standard deviation of the aim in each axis, in pixels of the screenshot."""
    difficulty: float = 0.0
    """Standard deviation, over targets, of the log-odds around those of ``rate``."""
    fail: float = 0.0
    """Chance of an error (`RetryLater`) per attempt."""
    fail_after: float = 0.0
    """Wait in seconds that such an error asks for."""
    decline: float = 0.0
    """Chance of reporting a present target as absent."""
    garble: float = 0.0
    """Chance of an answer without readable coordinates."""
    frame_error: float = 0.0
    """Chance of answering in thousandths of the screen instead of fractions."""
    latency: float = 0.0
    """Seconds each attempt takes."""

    def chance(self, truth: Truth) -> float:
        """Chance of aiming at this target, the same in every trial on it."""
        if not self.difficulty or not 0 < self.rate < 1:
            return self.rate
        identity = hashlib.sha256(repr((truth.region, truth.size)).encode()).digest()
        easy = random.Random(identity).gauss(0.0, self.difficulty)  # noqa: S311 - no secret
        return 1 / (1 + (1 - self.rate) / self.rate * math.exp(-easy))


_RANGES: Mapping[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(("rate", "fail", "decline", "garble", "frame_error"), (0.0, 1.0)),
    **dict.fromkeys(("spread", "difficulty"), (0.0, None)),
    **dict.fromkeys(("latency", "fail_after"), (0.0, _LONGEST_S)),
}
"""Lowest and highest value; every other setting accepts any number."""

SETTINGS: dict[str, Setting] = {
    field.name: Setting(f"see `Behavior.{field.name}`", float, (), *_RANGES.get(field.name, ()))
    for field in fields(Behavior)
}


class SimulatedPointer:
    """``simulated/NAME`` with its settings; UsageError for one that is not a number in its range."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self.name = name
        self.behavior = behavior_of(settings)
        self._luck = random.Random()  # noqa: S311 - failures, not secrets

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:  # noqa: ARG004
        """The facts that a run needs about a simulated model."""
        return Facts(
            profile="simulated",
            accepts=SETTINGS,
            description="a simulated pointer that is told the answer and misses on purpose",
            free=True,
            sees_truth=True,
        )

    def ask(self, request: Request) -> Reply:
        """The answer determined by the trial's seed; GiveUp if the request has no truth."""
        if self.behavior.latency:
            time.sleep(self.behavior.latency)
        if self._luck.random() < self.behavior.fail:
            raise RetryLater(self.behavior.fail_after, "simulated failure")
        if request.truth is None:
            raise GiveUp("a simulated model needs the right answer in its request")
        draw = random.Random(request.seed)  # noqa: S311 - a simulation, not a secret
        text = _text(self.behavior, request.truth, draw)
        model = f"simulated/{self.name}"
        return Reply(text, finish_reason="stop", model=model, input_tokens=1000, output_tokens=20)


def behavior_of(settings: Mapping[str, object]) -> Behavior:
    """The behavior that ``settings`` define; settings with other names are ignored.

    UsageError for one that is not a number in its range.
    """
    check_settings("simulated", settings, SETTINGS)
    numbers = {name: value for name, value in settings.items() if is_finite_number(value)}
    return Behavior(**{name: float(numbers[name]) for name in SETTINGS if name in numbers})


def _text(behavior: Behavior, truth: Truth, draw: random.Random) -> str:
    # Drawn in a fixed order, so changing one setting leaves the other draws unchanged.
    aims, declines, garbles, slips = (draw.random() for _ in range(4))
    if garbles < behavior.garble:
        return "I would click it, but where is hard to say."
    right = aims < behavior.chance(truth)
    if truth.region is None:
        if right:
            return "Not found: there is no such thing on the screen."
        point = Point(draw.uniform(0, truth.size.width), draw.uniform(0, truth.size.height))
    elif declines < behavior.decline:
        return "Not found: there is no such thing on the screen."
    elif right:
        aim = _middle(truth.region.shapes[0])
        bias_x = behavior.bias_x + behavior.drift * truth.order / 1000
        point = Point(
            aim.x + bias_x + draw.gauss(0, 1) * behavior.spread,
            aim.y + behavior.bias_y + draw.gauss(0, 1) * behavior.spread,
        )
    else:
        point = _outside(truth.region, truth, draw)
    if truth.shift is not None:
        point = truth.shift.to_shown(point)
    side = 1000 if slips < behavior.frame_error else 1
    x, y = (value * side / length for value, length in zip(point, truth.size, strict=True))
    return json.dumps({"point": [x, y]})


def _middle(shape: Shape) -> Point:
    """The shape's center, or one of its corners if the center lies outside a concave polygon."""
    center = shape.center
    if shape.contains(center):
        return center
    left, top, right, bottom = shape.bounds
    corners = getattr(shape, "corners", None) or (Point(left, top), Point(right, bottom))
    first: Point = corners[0]
    return first


def _outside(region: Region, truth: Truth, draw: random.Random) -> Point:
    """A random point of the screen that misses; after `_TRIES` draws, the last one."""
    point = Point(0.0, 0.0)
    for _ in range(_TRIES):
        point = Point(draw.uniform(0, truth.size.width), draw.uniform(0, truth.size.height))
        if not region.contains(point):
            break
    return point
