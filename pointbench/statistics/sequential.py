"""Decides a streak's goal with a check after every click, without inflating the error rate.

The beta-binomial mixture martingale: for the true rate p the likelihood ratio of a Beta(a, b)
mixture to p has mean 1 at any stopping time, so by Ville's inequality the chance that it ever reaches
1 / alpha is at most alpha. The rates that it has not refuted are a confidence sequence. Robbins
1970, Ann. Math. Stat. 41:1397; Lai 1976, Ann. Stat. 4:265; for a survey Howard et al. 2021, Ann.
Stat. 49:1055. No library that pointbench depends on implements it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pointbench.statistics.estimates import CONFIDENCE

PRIOR = (0.5, 0.5)
"""Jeffreys' Beta prior: densest near 0 and 1, where the rates of goals of many clicks are."""

GoalVerdict = Literal["met", "not met", "undecided"]


@dataclass(frozen=True)
class Decision:
    """The verdict on a goal from a series of clicks, and the number of clicks it took.

    Attributes
    ----------
    outcome : "met", "not met" or "undecided"
        The verdict.
    clicks, hits : int
        Clicks looked at, and the correct ones among them.
    low, high : float
        Ends of the confidence sequence after these clicks, 0 to 1.

    Examples
    --------
    >>> decide([True] * 10, rate=0.933)
    Decision(outcome='undecided', clicks=10, hits=10, low=0.623..., high=1.0)
    """

    outcome: GoalVerdict
    clicks: int
    hits: int
    low: float
    high: float


def goal_rate(k: int, chance: float) -> float:
    """The hit rate per click at which k correct clicks in a row have exactly this chance.

    Parameters
    ----------
    k : int
        Clicks in a row.
    chance : float
        Chance of k in a row, 0 to 1.

    Returns
    -------
    float
        ``chance ** (1 / k)``.

    Examples
    --------
    >>> round(goal_rate(10, 0.5), 3)
    0.933
    """
    return float(chance ** (1 / k))


def log_evidence(hits: int, n: int, rate: float) -> float:
    """The logarithm of the mixture's likelihood ratio against ``rate``.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    rate : float
        The rate in question, 0 to 1.

    Returns
    -------
    float
        Natural logarithm; infinite if ``rate`` makes the clicks impossible.

    References
    ----------
    Robbins 1970, Ann. Math. Stat. 41:1397, with Jeffreys' prior (`PRIOR`).

    Examples
    --------
    >>> round(math.exp(log_evidence(0, 1, 0.9)), 6)
    5.0
    """
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
    """The range of rates not refuted by the clicks, valid no matter how their number was chosen.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    confidence : float
        0 to 1.

    Returns
    -------
    low, high : float
        Ends of the sequence after ``n`` clicks; (0, 1) without a click.

    References
    ----------
    Robbins 1970, Ann. Math. Stat. 41:1397; Howard et al. 2021, Ann. Stat. 49:1055.

    Examples
    --------
    >>> low, high = confidence_sequence(95, 100)
    >>> round(low, 3), round(high, 3)
    (0.844, 0.993)
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.optimize import brentq

    limit = -math.log(1 - confidence)
    rate = hits / n

    def excess(other: float) -> float:
        return min(log_evidence(hits, n, other) - limit, 1e9)

    # The evidence is smallest at the observed rate and grows on both sides.
    low = 0.0 if hits == 0 else float(brentq(excess, 0.0, rate, xtol=1e-12))
    high = 1.0 if hits == n else float(brentq(excess, rate, 1.0, xtol=1e-12))
    return low, high


def verdict(hits: int, n: int, rate: float, confidence: float = CONFIDENCE) -> GoalVerdict:
    """Whether the confidence sequence is entirely above or below the goal's rate by now.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    rate : float
        The goal's hit rate per click, 0 to 1.
    confidence : float
        0 to 1.

    Returns
    -------
    "met", "not met" or "undecided"
        Above, below, or neither.

    References
    ----------
    See `confidence_sequence`.

    Examples
    --------
    >>> verdict(100, 100, 0.933), verdict(50, 100, 0.933), verdict(10, 10, 0.933)
    ('met', 'not met', 'undecided')
    """
    if n == 0 or log_evidence(hits, n, rate) < -math.log(1 - confidence):
        return "undecided"
    return "met" if hits / n > rate else "not met"


def decide(correct: Iterable[bool], rate: float, confidence: float = CONFIDENCE) -> Decision:
    """Check the clicks in order, and stop at the first that decides the goal or at the last.

    Parameters
    ----------
    correct : iterable of bool
        The clicks, in order.
    rate : float
        The goal's hit rate per click, 0 to 1.
    confidence : float
        0 to 1.

    Returns
    -------
    Decision
        The verdict, and the number of clicks it took.

    References
    ----------
    See `confidence_sequence`.

    Examples
    --------
    >>> decide([True] * 1000, rate=0.933).clicks
    84
    """
    hits = n = 0
    outcome: GoalVerdict = "undecided"
    for right in correct:
        n += 1
        hits += bool(right)
        outcome = verdict(hits, n, rate, confidence)
        if outcome != "undecided":
            break
    low, high = confidence_sequence(hits, n, confidence)
    return Decision(outcome, n, hits, low, high)
