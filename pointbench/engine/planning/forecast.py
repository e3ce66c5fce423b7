"""Forecasts the calls, tokens and cost of a run without sending a request."""

from __future__ import annotations

from dataclasses import dataclass

from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.engine.planning import plan
from pointbench.engine.planning.costs import (
    expected_price,
    expected_tokens,
    most_tokens,
    picture_tokens,
    token_price,
)
from pointbench.engine.planning.setup import PreparedRun


@dataclass(frozen=True)
class Forecast:
    """Forecast of one model's part of a run."""

    model: str
    profile: str
    blind: bool
    calls: int
    image_tokens: int
    """Input tokens of all its pictures, by `costs.picture_tokens`."""
    input_tokens: int
    """Expected, including pictures."""
    output_tokens: int
    """Expected: `costs.EXPECTED_OUTPUT` per call, `costs.EXPECTED_THINKING` if it reasons."""
    cost_usd: float | None
    """Expected; None if no price is known before the reply."""
    most_usd: float | None
    """Worst case, with every answer at its output limit: the amount that ``--max-cost`` reserves."""


def forecasts(run: PreparedRun) -> list[Forecast]:
    """The forecast of every model of a run, over all its trials, answered or not."""
    return [_forecast(run, model) for model in run.models]


def _forecast(run: PreparedRun, model: Model) -> Forecast:
    info = run.info
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    price = expected_price(model, free=facts.free)
    highest = token_price(model, free=facts.free)
    bound_of = most_tokens(model)
    calls = pictures = inputs = outputs = 0
    cost = most = 0.0
    slots = plan.slots(run.plan_targets, info.repeats, info.variants, info.seed, shard=info.shard)
    for slot in slots:
        size = slot.target.size
        prompt = _prompt(slot, model)
        expected = (0, 0) if facts.free else expected_tokens(model, prompt, size)
        bound = bound_of(prompt, size)
        calls += 1
        pictures += 0 if facts.free else picture_tokens(model.profile, size)
        inputs += expected[0]
        outputs += expected[1]
        if price is not None and highest is not None:
            cost += price(*expected) or 0.0
            most += highest(*bound) or 0.0
    return Forecast(
        model=model.label,
        profile=model.profile.name,
        blind=model.profile.blind,
        calls=calls,
        image_tokens=pictures,
        input_tokens=inputs,
        output_tokens=outputs,
        cost_usd=None if price is None else cost,
        most_usd=None if price is None else most,
    )


def _prompt(slot: plan.Slot, model: Model) -> str:
    trial = plan.trial_of(
        slot, model=model.label, profile=model.profile, sampling={}, seed=0, screenshot_sha256=None
    )
    return trial.prompt
