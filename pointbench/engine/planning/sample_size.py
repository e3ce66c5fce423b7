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
from pointbench.statistics.search import first
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
    targets_per_screenshot: int = planning.TARGETS_PER_SCREENSHOT
    icc: float = planning.ICC
    """Intraclass correlation of the targets of a screenshot; matters for k in a row, if any is missed."""


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
    """Targets, each asked once; for ``in-a-row`` on other screens like these. None if no number of them
    supports the claim, or none that could be found."""
    cost_usd: float | None
    screenshots: int | None = None
    """Screenshots that the calls are spread over, for ``in-a-row`` only, like all that follows."""
    misses: int | None = None
    """Misses expected among the calls."""
    these_targets: PlainSize | None = None
    """What the narrower claim needs, about these very targets, drawn again."""
    possible: bool = True
    """False if the hit rate itself rules the claim out."""
    streak_soonest: int | None = None
    """Clicks after which `streak` decides for a model that never misses."""
    streak_fixed: int | None = None
    """Clicks of the test of fixed size that `streak` is compared with."""


@dataclass(frozen=True)
class PlainSize:
    """Clicks on drawn targets, and the misses allowed among them; None as in `SampleSize`."""

    calls: int | None
    misses: int | None
    cost_usd: float | None


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
    return SampleSize("precision", half_width, assumptions.model, calls, _cost(assumptions, calls))


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
        return SampleSize("detect", difference, assumptions.model, None, None, possible=False)
    return SampleSize("detect", difference, assumptions.model, calls, _cost(assumptions, calls))


def in_a_row(k: int, assumptions: Assumptions, design: TestDesign) -> SampleSize:
    """Calls to support ``k`` in a row, on other screens and on these targets, at the expected misses.

    Without a hit rate, no misses are expected.
    """
    goal = goal_rate(k, design.chance)
    rate = 1.0 if assumptions.rate is None else assumptions.rate
    screenshots = _screenshots(k, rate, assumptions, design)
    calls = misses = None
    if screenshots is not None:
        targets = assumptions.targets_per_screenshot
        calls = screenshots * targets
        expected = planning.expected_misses(screenshots, targets, rate, assumptions.icc)
        misses = int(expected.sum())
    return SampleSize(
        "in-a-row",
        k,
        assumptions.model,
        calls,
        _cost(assumptions, calls),
        screenshots,
        misses,
        _these_targets(k, rate, assumptions, design),
        rate > goal,
        hits_to_meet(0, 0, goal, design.confidence),
        fixed_clicks(goal, design.confidence),
    )


def _screenshots(k: int, rate: float, assumptions: Assumptions, design: TestDesign) -> int | None:
    try:
        return planning.screenshots_to_certify(
            k,
            design.chance,
            design.confidence,
            rate=rate,
            targets=assumptions.targets_per_screenshot,
            icc=assumptions.icc,
        )
    except ValueError:
        return None


def _these_targets(k: int, rate: float, assumptions: Assumptions, design: TestDesign) -> PlainSize:
    try:
        misses = _expected_misses(k, rate, design)
        calls = planning.trials_to_certify(k, design.chance, design.confidence, misses)
    except ValueError:
        return PlainSize(None, None, None)
    return PlainSize(calls, misses, _cost(assumptions, calls))


MOST_MISSES = 1_000_000
"""The search for a number of trials stops at this many misses among them."""


def _expected_misses(k: int, rate: float, design: TestDesign) -> int:
    """The smallest m such that the trials which allow m misses are expected to have at most m.

    ValueError if the rate's own chance of k in a row is too small, or so close to the claimed one
    that `MOST_MISSES` are not enough.
    """
    if rate**k <= design.chance:
        raise ValueError(f"at a hit rate of {rate} the chance of {k} in a row is {rate**k:.3g}")

    def enough(misses: int) -> bool:
        calls = planning.trials_to_certify(k, design.chance, design.confidence, misses)
        return calls * (1 - rate) <= misses

    return first(enough, start=0, most=MOST_MISSES)


def _rate(assumptions: Assumptions) -> float:
    # Intervals are widest at one half, so that is the safe assumption if nothing is known.
    return 0.5 if assumptions.rate is None else assumptions.rate


def _cost(assumptions: Assumptions, calls: int | None) -> float | None:
    if calls is None or assumptions.dollars is None:
        return None
    return assumptions.dollars * calls
