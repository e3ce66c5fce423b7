"""What a gate is expected to take, before anything is asked: clicks, dollars, and false alarms."""

from __future__ import annotations

from dataclasses import dataclass

from pointbench.engine.gate.claims import points
from pointbench.engine.gate.result import Unchanged, unchanged_of
from pointbench.engine.gate.scheduler import stored_gate
from pointbench.engine.planning.forecast import forecasts
from pointbench.engine.planning.setup import PreparedRun
from pointbench.runs import Gate
from pointbench.statistics.gate import GateClaim, expected_clicks

FLIPS = (0.01, 0.05, 0.15)
"""Shares of targets that change from run to run, for which an unchanged model is forecast."""

LOSS, LOSS_FLIPS = 0.05, 0.07
"""A model that loses so much, and how many targets change then."""

DISTANCES = (0.05, 0.02, -0.02, -0.05)
"""Distances of a model's hit rate from the minimum, which are forecast."""


@dataclass(frozen=True)
class Scenario:
    """One truth, and what a gate would take to find it."""

    truth: str
    clicks: float
    """Mean over simulated orders of asking."""
    clicks_90: float
    """Nine gates in ten take at most so many."""
    usd: float | None
    """Expected cost of the mean; None where no price is known."""
    fails: float | None
    """The chance that it fails a full comparison because the stored run is one draw; None if it should."""


@dataclass(frozen=True)
class GateForecast:
    """The forecast of a gate that has not begun."""

    model: str
    gate: Gate
    targets: int
    suites: tuple[str, ...]
    seed: int
    usd: float | None
    """Expected cost of asking all targets."""
    scenarios: tuple[Scenario, ...]
    unchanged: Unchanged | None
    """From the stored run's repeats; None without."""


def forecast_gate(run: PreparedRun) -> GateForecast:
    """Simulate the gate from its stored verdicts in random orders; takes seconds, and asks nothing."""
    n = len(run.targets)
    gate = stored_gate(run.folder.name, run.info, n)
    costs = forecasts(run)[0]
    each = None if costs.cost_usd is None else costs.cost_usd / n
    both = gate.margin is not None and gate.min_hit_rate is not None
    alpha_down = (1 - gate.confidence) / 2 if both else None
    scenarios: list[Scenario] = []

    def add(truth: str, claim: GateClaim, flips: float, lost: float, fails: float | None) -> None:
        mean, most = expected_clicks(claim, flips, lost, gate.confidence, alpha_down)
        scenarios.append(Scenario(truth, mean, most, None if each is None else mean * each, fails))

    unchanged = None
    if gate.margin is not None and gate.against is not None:
        claim = GateClaim.of_margin(gate.old, gate.margin)
        repeats = gate.against.repeats
        for flips in FLIPS:
            told = unchanged_of(gate.margin, n, flips, repeats, seen=False)
            add(f"unchanged, {100 * flips:g} % of targets flip", claim, flips, 0.0, told.chance)
        if gate.against.unstable is not None:
            unchanged = unchanged_of(gate.margin, n, gate.against.unstable, repeats, seen=False)
            flips = unchanged.unstable
            truth = f"unchanged, {100 * flips:.1f} % flip (as its repeats)"
            add(truth, claim, flips, 0.0, unchanged.chance)
        add(f"{points(LOSS)} lower", claim, LOSS_FLIPS, LOSS, None)
    if gate.min_hit_rate is not None:
        for distance in DISTANCES:
            rate = gate.min_hit_rate + distance
            if 0 <= rate <= 1:
                claim = GateClaim.of_minimum(n, gate.min_hit_rate, [rate] * n)
                where = "above" if distance > 0 else "below"
                add(f"{points(abs(distance))} {where} the minimum", claim, 0.0, 0.0, None)
    return GateForecast(
        run.models[0].label,
        gate,
        n,
        tuple(suite.name for suite in run.info.suites),
        run.info.seed,
        costs.cost_usd,
        tuple(scenarios),
        unchanged,
    )
