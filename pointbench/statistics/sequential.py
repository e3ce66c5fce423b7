"""Deciding a streak's goal while looking after every click, without a price for looking.

The beta-binomial mixture martingale: for the true rate p the likelihood ratio of a Beta(a, b)
mixture to p has mean 1 at any stopping time, so by Ville's inequality it ever reaches 1 / alpha
with a chance of at most alpha. The rates it has not refuted are a confidence sequence. Robbins 1970,
Ann. Math. Stat. 41:1397; Lai 1976, Ann. Stat. 4:265; for a survey Howard et al. 2021, Ann. Stat.
49:1055. No library that pointbench depends on has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pointbench.statistics.estimates import CONFIDENCE

PRIOR = (0.5, 0.5)
"""Jeffreys' Beta: most at home near rates of 0 and 1, where goals of many clicks lie."""

GoalVerdict = Literal["met", "not met", "undecided"]


@dataclass(frozen=True)
class Decision:
    """What a row of clicks decides, after how many of them, and the sequence's ends there."""

    verdict: GoalVerdict
    clicks: int
    hits: int
    low: float
    high: float


def goal_rate(k: int, chance: float) -> float:
    """The rate per click at which k right in a row have at least ``chance``: Q^(1/K)."""
    return float(chance ** (1 / k))


def log_evidence(hits: int, n: int, rate: float) -> float:
    """The logarithm of the mixture's likelihood ratio against ``rate``; infinite if impossible."""
    misses = n - hits
    if (rate <= 0 and hits) or (rate >= 1 and misses):
        return math.inf
    a, b = PRIOR
    mixture = _log_beta(a + hits, b + misses) - _log_beta(a, b)
    at_rate = (hits * math.log(rate) if hits else 0.0) + (
        misses * math.log1p(-rate) if misses else 0.0
    )
    return mixture - at_rate


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def confidence_sequence(hits: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The rates not refuted after ``hits`` of ``n``, valid however n was chosen; (0, 1) at n = 0."""
    if n == 0:
        return 0.0, 1.0
    from scipy.optimize import brentq

    limit = -math.log(1 - confidence)
    rate = hits / n

    def excess(other: float) -> float:
        return min(log_evidence(hits, n, other) - limit, 1e9)

    # The evidence is least at the observed rate and grows to both sides.
    low = 0.0 if hits == 0 else float(brentq(excess, 0.0, rate, xtol=1e-12))
    high = 1.0 if hits == n else float(brentq(excess, rate, 1.0, xtol=1e-12))
    return low, high


def verdict(hits: int, n: int, rate: float, confidence: float = CONFIDENCE) -> GoalVerdict:
    """Whether the confidence sequence lies wholly above (``met``) or below ``rate`` by now."""
    if n == 0 or log_evidence(hits, n, rate) < -math.log(1 - confidence):
        return "undecided"
    return "met" if hits / n > rate else "not met"


def decide(correct: Iterable[bool], rate: float, confidence: float = CONFIDENCE) -> Decision:
    """Look at the clicks in order and stop at the first that decides, or at their end."""
    hits = n = 0
    found: GoalVerdict = "undecided"
    for right in correct:
        n += 1
        hits += bool(right)
        found = verdict(hits, n, rate, confidence)
        if found != "undecided":
            break
    low, high = confidence_sequence(hits, n, confidence)
    return Decision(found, n, hits, low, high)
