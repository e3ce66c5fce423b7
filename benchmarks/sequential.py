"""Error rate and cost of the decision of `streak --confidence`, by simulation.

    python benchmarks/sequential.py [RUNS] > benchmarks/sequential.txt

A decision may follow every click. A cell draws RUNS rows of clicks (20,000 unless stated otherwise)
of a model with a stated multiple of the misses that the goal allows, up to the cap at which `streak`
stops and, at the goal's own rate, up to ten times as many. At the goal's own rate any
decision counts as wrong, which is the worst case; with fewer misses "not met" is wrong, with more
"met". The allowed share is 1 - confidence.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pointbench.engine.streak.scheduler import CAP_FACTOR
from pointbench.statistics.goal import fixed_clicks
from pointbench.statistics.sequential import goal_rate, verdict

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

SEED = 20261122
RUNS = 20_000
GOALS = (1, 10, 100, 1000)
CHANCES = (0.5, 0.9)
CONFIDENCES = (0.9, 0.95, 0.99)
MISSES = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
"""Multiples of the misses that the goal allows."""


class Thresholds:
    """Clicks after which a goal is decided, by the number of misses among them."""

    def __init__(self, rate: float, confidence: float) -> None:
        self._rate, self._confidence = rate, confidence
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

    def _says(self, what: str, n: int, misses: int) -> bool:
        return verdict(n - misses, n, self._rate, self._confidence) == what

    def _first_met(self, misses: int) -> int:
        high = misses + 1
        while not self._says("met", high, misses):
            high *= 2
        low = max(misses, high // 2)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._says("met", middle, misses) else (middle, high)
        return high

    def _last_not_met(self, misses: int) -> int:
        if misses == 0 or not self._says("not met", misses, misses):
            return 0
        low, high = misses, 2 * misses
        while self._says("not met", high, misses):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._says("not met", middle, misses) else (low, middle)
        return low


@dataclass(frozen=True)
class Outcome:
    """Shares of rows decided either way, and the median number of clicks until then."""

    met: float
    not_met: float
    clicks: float


def simulate(
    thresholds: Thresholds, miss_rate: float, cap: int, runs: int, rng: Generator
) -> Outcome:
    """Decide rows of clicks after every click. Only misses are drawn; the clicks between are hits."""
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
    return Outcome(float(met.mean()), float(not_met.mean()), float(np.median(decided_at)))


def _settle(
    decided: NDArray[np.bool_], decided_at: NDArray[np.int64], which: NDArray[np.int64], at: int
) -> None:
    decided[which] = True
    decided_at[which] = at


def wrong(outcome: Outcome, multiple: float) -> float:
    """The share of wrong decisions about a model with a multiple of the allowed misses."""
    if multiple == 1:
        return outcome.met + outcome.not_met
    return outcome.not_met if multiple < 1 else outcome.met


def print_goal(k: int, chance: float, confidence: float, runs: int, rng: Generator) -> float:
    """Print one block of the grid; returns the largest share of wrong decisions in it."""
    rate = goal_rate(k, chance)
    fixed = fixed_clicks(rate, confidence)
    cap = CAP_FACTOR * fixed
    thresholds = Thresholds(rate, confidence)
    print(
        f"\nK {k}, chance {chance}, confidence {confidence}: rate {rate:.6f}, "
        f"plan of fixed size {fixed}, cap {cap}"
    )
    print(f"{'misses x':>9} {'met %':>7} {'not met %':>10} {'wrong %':>8} {'median clicks':>14}")
    worst = 0.0
    for multiple in MISSES:
        miss_rate = min(1.0, multiple * (1 - rate))
        outcome = simulate(thresholds, miss_rate, cap, runs, rng)
        share = wrong(outcome, multiple)
        worst = max(worst, share)
        print(
            f"{multiple:>9} {100 * outcome.met:>7.2f} {100 * outcome.not_met:>10.2f} "
            f"{100 * share:>8.2f} {outcome.clicks:>14,.0f}"
        )
    longer = simulate(thresholds, 1 - rate, 10 * cap, runs, rng)
    share = longer.met + longer.not_met
    print(f"at the goal's rate, looked at for 10 times the cap: wrong {100 * share:.2f} %")
    return max(worst, share)


def main(runs: int) -> None:
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}, {runs:,} rows a cell; wrong decisions, allowed 100 (1 - confidence) %")
    worst = {
        confidence: max(
            print_goal(k, chance, confidence, runs, rng) for k in GOALS for chance in CHANCES
        )
        for confidence in CONFIDENCES
    }
    print("\nmost wrong decisions in any cell:")
    for confidence, share in worst.items():
        print(
            f"confidence {confidence}: {100 * share:.2f} % (allowed {100 * (1 - confidence):.0f} %)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
