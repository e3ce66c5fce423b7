"""Clicks needed to decide a streak's goal: with a plan of fixed size, and in a flawless row."""

from __future__ import annotations

from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.paired import POWER
from pointbench.statistics.search import first
from pointbench.statistics.sequential import verdict


def fixed_clicks(rate: float, confidence: float = CONFIDENCE, power: float = POWER) -> int:
    """Number of clicks in a plan of fixed size that decides whether the hit rate is at least ``rate``.

    The size has to be chosen before the first click, and the interval may be looked at only once.

    Parameters
    ----------
    rate : float
        The goal's hit rate per click, strictly between 0 and 1.
    confidence : float
        Two-sided, 0 to 1.
    power : float
        The chance that the plan decides correctly for the model described below, 0 to 1.

    Returns
    -------
    int
        The fewest clicks after which, with this power, the two-sided Clopper-Pearson interval of a
        model with half the misses that the goal allows is entirely above ``rate``.

    Raises
    ------
    ValueError
        If ``rate`` is not strictly between 0 and 1: no number of clicks proves such a rate.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404.

    Examples
    --------
    >>> fixed_clicks(0.933)
    346
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate must be strictly between 0 and 1, not {rate}")
    allowed = 1 - rate
    misses = 0
    while True:
        clicks = _first_refuting(misses, allowed, (1 - confidence) / 2)
        if _at_most(misses, clicks, allowed / 2) >= power:
            return clicks
        misses += 1


def _first_refuting(misses: int, allowed: float, tail: float) -> int:
    """The fewest clicks at which only ``misses`` misses refute the miss rate ``allowed``."""
    return first(lambda clicks: _at_most(misses, clicks, allowed) <= tail, start=misses + 1)


def _at_most(misses: int, clicks: int, rate: float) -> float:
    """The binomial chance of at most ``misses`` misses; 1 if there are no more clicks than that."""
    # Not scipy's `bdtr`, which holds clicks in 32 bits.
    from scipy.special import betaincc

    return 1.0 if misses >= clicks else float(betaincc(misses + 1, clicks - misses, rate))


def hits_to_meet(hits: int, n: int, rate: float, confidence: float = CONFIDENCE) -> int:
    """Number of further clicks, all correct, that would decide that the goal is met.

    Parameters
    ----------
    hits, n : int
        Correct clicks and all clicks so far.
    rate : float
        The goal's hit rate per click, strictly between 0 and 1.
    confidence : float
        One-sided, of the verdict, 0 to 1.

    Returns
    -------
    int
        At least 1.

    References
    ----------
    See `sequential.verdict`.

    Examples
    --------
    >>> hits_to_meet(0, 0, 0.933)
    59
    """
    return first(lambda more: verdict(hits + more, n + more, rate, confidence) == "met")
