"""Sample-size planning: how many trials a claim needs, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.engine.planning.costs import expected_price, expected_tokens
from pointbench.engine.planning.plan import stated_size
from pointbench.errors import UsageError
from pointbench.statistics import planning
from pointbench.statistics.goal import fixed_clicks, hits_to_meet
from pointbench.statistics.sequential import goal_rate
from pointbench.suites import AskedTarget


@dataclass(frozen=True)
class Assumptions:
    """Assumptions about one model; shares are from 0 to 1."""

    model: str | None
    """None when no model is named."""
    rate: float | None
    """Its hit rate; None when unknown."""
    design_effect: float
    dollars: float | None
    """Expected cost of one click; None if no price is known."""
    source: str
    """Where rate, design effect and price come from, in words."""


@dataclass(frozen=True)
class TestDesign:
    """How certain a claim has to be; shares are from 0 to 1."""

    confidence: float
    power: float
    chance: float
    correlation: float


@dataclass(frozen=True)
class SampleSize:
    """One claim, the calls to one model that it needs, and their cost."""

    kind: str
    """``precision``, ``detect`` or ``in-a-row``."""
    wanted: float
    model: str | None
    calls: int | None
    """None if no number of trials supports the claim: no row is that long, no two rates that far apart."""
    misses: int | None
    """Misses allowed among the calls, for ``in-a-row`` only."""
    cost_usd: float | None
    streak_soonest: int | None = None
    """Clicks after which `streak` decides for a model that never misses."""
    streak_fixed: int | None = None
    """Clicks of the fixed-size plan that `streak` is compared with."""


def dollars_per_click(model: Model, targets: Sequence[AskedTarget]) -> float | None:
    """Mean expected cost of a click over the targets; 0 if free, None if no price is known."""
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    if facts.free:
        return 0.0
    price = expected_price(model, free=False)
    if price is None or not targets:
        return None
    total = 0.0
    for target in targets:
        stated = stated_size(model.profile, target.size)
        prompt = model.profile.render(target.instruction, stated.width, stated.height)
        total += price(*expected_tokens(model, prompt, target.size)) or 0.0
    return total / len(targets)


def precision(half_width: float, assumptions: Assumptions, design: TestDesign) -> SampleSize:
    """Calls to estimate a hit rate to +- ``half_width``; UsageError for an impossible width."""
    try:
        calls = planning.trials_for_precision(
            half_width, _rate(assumptions), design.confidence, assumptions.design_effect
        )
    except ValueError as error:
        raise UsageError(f"--precision {half_width:g}: {error}") from error
    return SampleSize(
        "precision", half_width, assumptions.model, calls, None, _cost(assumptions, calls)
    )


def detect(difference: float, assumptions: Assumptions, design: TestDesign) -> SampleSize:
    """Calls to each of two models to detect a difference between their hit rates.

    ``calls`` is None if no two rates about the assumed one can differ by that much.
    """
    try:
        calls = planning.targets_to_detect(
            difference,
            _rate(assumptions),
            design.confidence,
            design.power,
            design.correlation,
            assumptions.design_effect,
        )
    except ValueError:
        return SampleSize("detect", difference, assumptions.model, None, None, None)
    return SampleSize(
        "detect", difference, assumptions.model, calls, None, _cost(assumptions, calls)
    )


def in_a_row(k: int, assumptions: Assumptions, design: TestDesign) -> SampleSize:
    """Calls to support ``k`` in a row by a one-sided bound, given the misses expected at the hit rate."""
    goal = goal_rate(k, design.chance)
    rate = 1.0 if assumptions.rate is None else assumptions.rate
    streak = {
        "streak_soonest": hits_to_meet(0, 0, goal, design.confidence),
        "streak_fixed": fixed_clicks(goal, design.confidence),
    }
    if rate <= goal:
        return SampleSize("in-a-row", k, assumptions.model, None, None, None, **streak)
    misses = _expected_misses(k, rate, design)
    try:
        calls = planning.trials_to_certify(k, design.chance, design.confidence, misses)
    except ValueError:
        # The rate is so close to the goal's that the number of trials cannot be computed.
        return SampleSize("in-a-row", k, assumptions.model, None, None, None, **streak)
    return SampleSize(
        "in-a-row", k, assumptions.model, calls, misses, _cost(assumptions, calls), **streak
    )


def _expected_misses(k: int, rate: float, design: TestDesign) -> int:
    """The smallest m such that the trials which allow m misses are expected to have at most m."""

    def enough(misses: int) -> bool:
        calls = planning.trials_to_certify(k, design.chance, design.confidence, misses)
        return calls * (1 - rate) <= misses

    if rate >= 1:
        return 0
    high = 1
    while not enough(high):
        high *= 2
        if high > 1_000_000:
            return high
    low = high // 2 if high > 1 else -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _rate(assumptions: Assumptions) -> float:
    # Intervals are widest at one half, so that is the safe assumption if nothing is known.
    return 0.5 if assumptions.rate is None else assumptions.rate


def _cost(assumptions: Assumptions, calls: int) -> float | None:
    return None if assumptions.dollars is None else assumptions.dollars * calls
