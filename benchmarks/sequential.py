"""Error rate and cost of the decision of `streak --confidence`, by simulation.

    python benchmarks/sequential.py [RUNS] > benchmarks/sequential.txt

A decision may follow every click. A cell draws RUNS rows of clicks (20,000 unless stated otherwise)
of a model with a stated multiple of the misses that the goal allows, up to the cap at which `streak`
stops and, at the goal's own rate, up to ten times as many. With fewer misses "not met" is wrong, with
more "met". At the goal's own rate "not met" is wrong, and so is "met" for a rate a hair lower: the
worst case of either test, so the larger share of the two counts. The allowed share is 1 - confidence.

Beside it stand two other tests on rows of the same kind, with the mean of their clicks:

- old: the test of pointbench 0.1.0, a confidence sequence from a beta-binomial mixture with Jeffreys'
  prior, which spends the level on both sides at once;
- SPRT: Wald's test of half the allowed misses against the allowed misses, both errors at
  1 - confidence. It stops first, but it promises nothing for models between its two hypotheses: a
  model that just meets the goal is nearly always called "not met".
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pointbench.engine.streak.scheduler import CAP_FACTOR
from pointbench.statistics.goal import fixed_clicks
from pointbench.statistics.search import first
from pointbench.statistics.sequential import goal_rate, verdict

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

SEED = 20261122
RUNS = 20_000
GOALS = (1, 10, 100, 1000)
CHANCES = (0.5, 0.9)
CONFIDENCES = (0.9, 0.95, 0.99)
MISSES = (0.0, 0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
"""Multiples of the misses that the goal allows."""

DESIGN = ((10, 0.5), (100, 0.5))
"""Goals for which the mean clicks at half the allowed misses are set against the old test's."""

Verdict = Callable[[int, int], str]
"""The verdict after so many hits of so many clicks."""


def new_test(rate: float, confidence: float) -> Verdict:
    """The test of `streak`."""
    return lambda hits, n: verdict(hits, n, rate, confidence)


def old_test(rate: float, confidence: float) -> Verdict:
    """The test of pointbench 0.1.0: Jeffreys' mixture against the goal's rate, two-sided."""
    limit = -math.log(1 - confidence)

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    def decide(hits: int, n: int) -> str:
        mixture = log_beta(0.5 + hits, 0.5 + n - hits) - log_beta(0.5, 0.5)
        evidence = mixture - hits * math.log(rate) - (n - hits) * math.log1p(-rate)
        if evidence < limit:
            return "undecided"
        return "met" if hits > rate * n else "not met"

    return decide


def sprt(rate: float, confidence: float) -> Verdict:
    """Wald's sequential probability ratio test of half the allowed misses against all of them."""
    limit = math.log(confidence / (1 - confidence))
    per_hit = math.log1p(-(1 - rate) / 2) - math.log(rate)

    def decide(hits: int, n: int) -> str:
        ratio = hits * per_hit - (n - hits) * math.log(2)
        return "met" if ratio >= limit else "not met" if ratio <= -limit else "undecided"

    return decide


class Thresholds:
    """Clicks after which a test decides, by the number of misses among them."""

    def __init__(self, test: Verdict) -> None:
        self._test = test
        self._met: list[int] = []
        self._not_met: list[int] = []

    def met(self, misses: int) -> int:
        """The fewest clicks at which the goal is met."""
        while len(self._met) <= misses:
            self._met.append(self._first_met(len(self._met)))
        return self._met[misses]

    def not_met(self, misses: int) -> int:
        """The most clicks at which it is not met; 0 if no number of clicks refutes it."""
        while len(self._not_met) <= misses:
            self._not_met.append(self._last_not_met(len(self._not_met)))
        return self._not_met[misses]

    def _first_met(self, misses: int) -> int:
        return first(lambda n: self._test(n - misses, n) == "met", start=misses + 1)

    def _last_not_met(self, misses: int) -> int:
        if misses == 0 or self._test(0, misses) != "not met":
            return 0
        return first(lambda n: self._test(n - misses, n) != "not met", start=misses) - 1


@dataclass(frozen=True)
class Outcome:
    """Shares of rows decided either way, and the mean number of clicks until then or the cap."""

    met: float
    not_met: float
    clicks: float


def simulate(
    thresholds: Thresholds, miss_rate: float, cap: int, runs: int, rng: Generator
) -> Outcome:
    """Decide rows of clicks after every click. Only misses are drawn; the clicks between are hits."""
    if miss_rate == 0:
        needed = thresholds.met(0)
        return Outcome(float(needed <= cap), 0.0, float(min(needed, cap)))
    place = np.zeros(runs, dtype=np.int64)
    decided_at = np.full(runs, cap, dtype=np.int64)
    met = np.zeros(runs, dtype=bool)
    not_met = np.zeros(runs, dtype=bool)
    open_ = np.arange(runs)
    misses = 0
    while len(open_):
        before = thresholds.met(misses)
        misses += 1
        after = thresholds.not_met(misses)
        place[open_] += rng.geometric(miss_rate, len(open_))
        at = place[open_]
        now_met = (at > before) & (before <= cap)
        now_not = ~now_met & (at <= after) & (at <= cap)
        _settle(met, decided_at, open_[now_met], before)
        not_met[open_[now_not]] = True
        decided_at[open_[now_not]] = at[now_not]
        open_ = open_[~now_met & ~now_not & (at < cap)]
    return Outcome(float(met.mean()), float(not_met.mean()), float(decided_at.mean()))


def _settle(
    decided: NDArray[np.bool_], decided_at: NDArray[np.int64], which: NDArray[np.int64], at: int
) -> None:
    decided[which] = True
    decided_at[which] = at


def wrong(outcome: Outcome, multiple: float) -> float:
    """The share of wrong decisions about a model with a multiple of the allowed misses."""
    if multiple == 1:
        return max(outcome.met, outcome.not_met)
    return outcome.not_met if multiple < 1 else outcome.met


@dataclass(frozen=True)
class Cell:
    """The three tests about one model."""

    new: Outcome
    old: Outcome
    wald: Outcome

    @property
    def ratio(self) -> float:
        """Mean clicks of the new test as a share of the old one's."""
        return self.new.clicks / self.old.clicks


def print_goal(
    k: int, chance: float, confidence: float, runs: int, rng: Generator
) -> tuple[float, dict[float, Cell]]:
    """Print one block of the grid; returns the largest share of wrong decisions, and the cells."""
    rate = goal_rate(k, chance)
    fixed = fixed_clicks(rate, confidence)
    cap = CAP_FACTOR * fixed
    new, old, wald = (Thresholds(test(rate, confidence)) for test in (new_test, old_test, sprt))
    print(
        f"\nK {k}, chance {chance}, confidence {confidence}: rate {rate:.6f}, "
        f"plan of fixed size {fixed}, cap {cap}"
    )
    print(f"{'':9} {'new test':>36} {'old test':>24} {'':>6} {'SPRT':>24}")
    print(
        f"{'misses x':>9} {'met %':>7} {'not met %':>10} {'wrong %':>8} {'clicks':>8}"
        f" {'met %':>7} {'wrong %':>8} {'clicks':>8} {'new/old':>7}"
        f" {'met %':>7} {'wrong %':>8} {'clicks':>8}"
    )
    worst = 0.0
    cells = {}
    for multiple in MISSES:
        miss_rate = min(1.0, multiple * (1 - rate))
        cell = Cell(*(simulate(test, miss_rate, cap, runs, rng) for test in (new, old, wald)))
        cells[multiple] = cell
        worst = max(worst, wrong(cell.new, multiple))
        print(
            f"{multiple:>9} {100 * cell.new.met:>7.2f} {100 * cell.new.not_met:>10.2f} "
            f"{100 * wrong(cell.new, multiple):>8.2f} {cell.new.clicks:>8.0f} "
            f"{100 * cell.old.met:>7.2f} {100 * wrong(cell.old, multiple):>8.2f} "
            f"{cell.old.clicks:>8.0f} {cell.ratio:>7.2f} "
            f"{100 * cell.wald.met:>7.2f} {100 * wrong(cell.wald, multiple):>8.2f} "
            f"{cell.wald.clicks:>8.0f}"
        )
    longer = simulate(new, 1 - rate, 10 * cap, runs, rng)
    print(
        f"new test at the goal's rate, looked at for 10 times the cap: met {100 * longer.met:.2f} %, "
        f"not met {100 * longer.not_met:.2f} %"
    )
    return max(worst, longer.met, longer.not_met), cells


def main(runs: int) -> None:
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}, {runs:,} rows a cell; wrong decisions, allowed 100 (1 - confidence) %")
    worst, ratios = dict.fromkeys(CONFIDENCES, 0.0), []
    for confidence in CONFIDENCES:
        for k in GOALS:
            for chance in CHANCES:
                share, cells = print_goal(k, chance, confidence, runs, rng)
                worst[confidence] = max(worst[confidence], share)
                if confidence == 0.95 and (k, chance) in DESIGN:
                    ratios.append((k, chance, cells[0.5]))
    print("\nmost wrong decisions of the new test in any cell:")
    for confidence, share in worst.items():
        error = math.sqrt(confidence * (1 - confidence) / runs)
        print(
            f"confidence {confidence}: {100 * share:.2f} % (allowed {100 * (1 - confidence):.0f} %, "
            f"standard error there {100 * error:.2f} %)"
        )
    print("\nmean clicks at half the allowed misses, confidence 0.95:")
    for k, chance, cell in ratios:
        print(
            f"K {k}, chance {chance}: {cell.new.clicks:.0f}, old {cell.old.clicks:.0f} "
            f"(ratio {cell.ratio:.2f}), SPRT {cell.wald.clicks:.0f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
