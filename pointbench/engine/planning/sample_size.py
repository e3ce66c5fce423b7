"""What a claim takes in trials and dollars, before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.engine.planning.costs import expected_price, expected_tokens
from pointbench.engine.planning.plan import told_size
from pointbench.errors import UsageError
from pointbench.statistics import planning
from pointbench.statistics.goal import fixed_clicks, hits_to_meet
from pointbench.statistics.sequential import goal_rate
from pointbench.suites import AskedTarget


@dataclass(frozen=True)
class Assumptions:
    """What is taken for granted of one model; shares are 0 to 1."""

    model: str | None
    """None where no model is named."""
    rate: float | None
    """Its hit rate; None where nobody said."""
    design_effect: float
    dollars: float | None
    """Expected for one click; None where no price is known."""
    source: str
    """Where rate, design effect and price come from, in words."""


@dataclass(frozen=True)
class TestDesign:
    """How sure a claim has to be; shares are 0 to 1."""

    confidence: float
    power: float
    chance: float
    correlation: float


@dataclass(frozen=True)
class SampleSize:
    """One claim, the calls it takes of one model, and what they cost."""

    kind: str
    """``precision``, ``detect`` or ``in-a-row``."""
    wanted: float
    model: str | None
    calls: int | None
    """None where no number of trials supports the claim."""
    misses: int | None
    """Of ``in-a-row``: as many are allowed among the calls."""
    cost_usd: float | None
    streak_soonest: int | None = None
    """Clicks after which `streak` decides for a model that never misses."""
    streak_fixed: int | None = None
    """Clicks of the plan of fixed size that `streak` is measured against."""


def dollars_per_click(model: Model, targets: Sequence[AskedTarget]) -> float | None:
    """The mean expected cost of a click over targets; 0 where free, None where no price is known."""
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    if facts.free:
        return 0.0
    price = expected_price(model, free=False)
    if price is None or not targets:
        return None
    total = 0.0
    for target in targets:
        told = told_size(model.profile, target.size)
        prompt = model.profile.render(target.instruction, told.width, told.height)
        total += price(*expected_tokens(model, prompt, target.size)) or 0.0
    return total / len(targets)


def precision(half_width: float, basis: Assumptions, level: TestDesign) -> SampleSize:
    """A hit rate known to +- ``half_width``; UsageError where there is no such width."""
    try:
        calls = planning.trials_for_precision(
            half_width, _rate(basis), level.confidence, basis.design_effect
        )
    except ValueError as error:
        raise UsageError(f"--precision {half_width:g}: {error}") from error
    return SampleSize("precision", half_width, basis.model, calls, None, _cost(basis, calls))


def detect(difference: float, basis: Assumptions, level: TestDesign) -> SampleSize:
    """Two models told apart; calls are of each of the two. UsageError where no two rates differ so."""
    try:
        calls = planning.targets_to_detect(
            difference,
            _rate(basis),
            level.confidence,
            level.power,
            level.correlation,
            basis.design_effect,
        )
    except ValueError as error:
        raise UsageError(f"--detect {difference:g}: {error}") from error
    return SampleSize("detect", difference, basis.model, calls, None, _cost(basis, calls))


def in_a_row(k: int, basis: Assumptions, level: TestDesign) -> SampleSize:
    """``k`` right in a row supported by a one-sided bound, with the misses that the rate expects."""
    goal = goal_rate(k, level.chance)
    rate = 1.0 if basis.rate is None else basis.rate
    streak = {
        "streak_soonest": hits_to_meet(0, 0, goal, level.confidence),
        "streak_fixed": fixed_clicks(goal, level.confidence),
    }
    if rate <= goal:
        return SampleSize("in-a-row", k, basis.model, None, None, None, **streak)
    misses = _expected_misses(k, rate, level)
    try:
        calls = planning.trials_to_certify(k, level.chance, level.confidence, misses)
    except ValueError:
        # The rate is so near the goal's that the trials are beyond what can be counted.
        return SampleSize("in-a-row", k, basis.model, None, None, None, **streak)
    return SampleSize("in-a-row", k, basis.model, calls, misses, _cost(basis, calls), **streak)


def _expected_misses(k: int, rate: float, level: TestDesign) -> int:
    """The fewest misses m such that the trials that m allow are expected to bring no more than m."""

    def enough(misses: int) -> bool:
        calls = planning.trials_to_certify(k, level.chance, level.confidence, misses)
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


def _rate(basis: Assumptions) -> float:
    # One half is where intervals are widest: the safe side for who knows nothing.
    return 0.5 if basis.rate is None else basis.rate


def _cost(basis: Assumptions, calls: int) -> float | None:
    return None if basis.dollars is None else basis.dollars * calls
