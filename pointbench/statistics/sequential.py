"""Decides a streak's goal with a check after every click, without inflating the error rate.

Two one-sided tests run side by side. One collects evidence that the model misses less often than the
goal allows ("met"), the other that it misses more often ("not met"). Each one's evidence is the mean
of likelihood ratios: six made-up models, with the odds of a miss multiplied by `FEWER` or `MORE`,
against a model that exactly meets the goal. Where the test's verdict would be wrong, the evidence is
a nonnegative supermartingale that starts at 1, so by Ville's inequality the chance that it ever
reaches 1 / (1 - confidence) is at most 1 - confidence. Whatever the true rate, only one of the two
verdicts is wrong, so each test may use the whole level.

Ville 1939, Etude critique de la notion de collectif; mixtures of likelihood ratios: Robbins 1970,
Ann. Math. Stat. 41:1397; one-sided tests by supermartingales: Howard et al. 2021, Ann. Stat. 49:1055.
No library that pointbench depends on implements it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pointbench.statistics.estimates import CONFIDENCE

FEWER = (0.02, 0.15, 0.3, 0.45, 0.6, 0.75)
"""Odds of a miss of the models that stand for "met", as multiples of the odds that the goal allows."""

MORE = (1.3, 1.6, 2.0, 3.0, 5.0, 10.0)
"""The same for "not met". Odds rather than shares, because a multiple of a share may exceed 1."""

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
        Ends of the hit rate after these clicks, 0 to 1; see `confidence_sequence`.

    Examples
    --------
    >>> decide([True] * 10, rate=0.933)
    Decision(outcome='undecided', clicks=10, hits=10, low=0.658..., high=1.0)
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


def log_evidence(hits: int, n: int, rate: float, odds: Sequence[float]) -> float:
    """The logarithm of the evidence for models with other odds of a miss, against ``rate``.

    With the odds of a miss multiplied by c, the likelihood ratio of the clicks is
    ``c ** misses / (1 + (c - 1) * (1 - rate)) ** n``; the evidence is its mean over the multiples.
    With multiples below 1 it falls as ``rate`` rises, with multiples above 1 it rises.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    rate : float
        The hit rate in question, 0 to 1.
    odds : sequence of float
        Multiples of the odds of a miss, positive: `FEWER` or `MORE`.

    Returns
    -------
    float
        Natural logarithm; 0 without a click.

    References
    ----------
    Robbins 1970, Ann. Math. Stat. 41:1397, with six equal weights for the mixture.

    Examples
    --------
    >>> round(math.exp(log_evidence(0, 1, 0.9, [2.0])), 6)
    1.818182
    """
    misses = n - hits
    terms = [misses * math.log(c) - n * math.log1p((c - 1) * (1 - rate)) for c in odds]
    largest = max(terms)
    return largest + math.log(math.fsum(math.exp(term - largest) for term in terms) / len(terms))


def confidence_sequence(hits: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Both ends of the hit rate, each one-sided and valid however the number of clicks was chosen.

    ``low`` is above a goal's rate exactly if the clicks decide "met", ``high`` is below it exactly if
    they decide "not met" (`verdict`). Each end alone errs, at any click, with a chance of at most
    1 - confidence. The ends never close in on the observed rate entirely: with ever more clicks they
    come to 0.87 and 1.15 times its odds of a miss, because of the nearest multiples in `FEWER` and
    `MORE`.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    confidence : float
        One-sided, of each end, 0 to 1.

    Returns
    -------
    low, high : float
        Ends of the sequence after ``n`` clicks; (0, 1) without a click.

    References
    ----------
    Howard et al. 2021, Ann. Stat. 49:1055, on tests and confidence sequences.

    Examples
    --------
    >>> low, high = confidence_sequence(95, 100)
    >>> round(low, 3), round(high, 3)
    (0.867, 0.99)
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.optimize import brentq

    limit = -math.log(1 - confidence)
    missed = 1 - hits / n

    def excess(miss_rate: float, odds: Sequence[float]) -> float:
        return log_evidence(hits, n, 1 - miss_rate, odds) - limit

    # The evidence is at most 1 at the observed rate and grows with the distance from it.
    low, high = 0.0, 1.0
    if excess(1.0, FEWER) > 0:
        low = 1 - float(brentq(excess, missed, 1.0, args=(FEWER,), xtol=1e-15))
    if excess(0.0, MORE) > 0:
        high = 1 - float(brentq(excess, 0.0, missed, args=(MORE,), xtol=1e-15))
    return low, high


def verdict(hits: int, n: int, rate: float, confidence: float = CONFIDENCE) -> GoalVerdict:
    """What the clicks say of the goal at this moment, apart from what they said before.

    The evidence may fall again with further clicks; `decide` keeps the first verdict.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks.
    rate : float
        The goal's hit rate per click, 0 to 1.
    confidence : float
        One-sided, of each verdict, 0 to 1.

    Returns
    -------
    "met", "not met" or "undecided"
        Whose evidence has reached 1 / (1 - confidence); never both.

    References
    ----------
    See `log_evidence`.

    Examples
    --------
    >>> verdict(100, 100, 0.933), verdict(50, 100, 0.933), verdict(10, 10, 0.933)
    ('met', 'not met', 'undecided')
    """
    if n == 0:
        return "undecided"
    limit = -math.log(1 - confidence)
    # At the observed rate no other model is more likely, so only one side can have evidence.
    if hits > rate * n:
        return "met" if log_evidence(hits, n, rate, FEWER) >= limit else "undecided"
    return "not met" if log_evidence(hits, n, rate, MORE) >= limit else "undecided"


def decide(correct: Iterable[bool], rate: float, confidence: float = CONFIDENCE) -> Decision:
    """Check the clicks in order, and stop at the first that decides the goal or at the last.

    A decided verdict stands: further clicks in the same order never change it.

    Parameters
    ----------
    correct : iterable of bool
        The clicks, in order.
    rate : float
        The goal's hit rate per click, 0 to 1.
    confidence : float
        One-sided, of each verdict, 0 to 1.

    Returns
    -------
    Decision
        The verdict, and the number of clicks it took.

    References
    ----------
    See `log_evidence`.

    Examples
    --------
    >>> decide([True] * 1000, rate=0.933).clicks
    59
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
