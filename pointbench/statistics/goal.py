"""What a streak's goal takes: the clicks of a plan of fixed size, and those a flawless row needs."""

from __future__ import annotations

from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.paired import POWER
from pointbench.statistics.sequential import verdict


def fixed_clicks(rate: float, confidence: float = CONFIDENCE, power: float = POWER) -> int:
    """The clicks of a plan of fixed size that decides a goal of ``rate`` hits a click.

    The fewest after which, with this power, the two-sided Clopper-Pearson interval of a model with
    half the misses that the goal allows lies wholly above the rate. Such a size has to be chosen
    before the first click, and its interval may be looked at once. ValueError for a rate that is
    not between 0 and 1, which no number of clicks can prove.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate to be decided lies between 0 and 1, not {rate}")
    allowed = 1 - rate
    misses = 0
    while True:
        clicks = _first_refuting(misses, allowed, (1 - confidence) / 2)
        if _at_most(misses, clicks, allowed / 2) >= power:
            return clicks
        misses += 1


def _first_refuting(misses: int, allowed: float, tail: float) -> int:
    """The fewest clicks of which so few misses refute the miss rate ``allowed``."""
    high = misses + 1
    while _at_most(misses, high, allowed) > tail:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _at_most(misses, middle, allowed) <= tail else (middle, high)
    return high


def _at_most(misses: int, clicks: int, rate: float) -> float:
    """The binomial chance of at most so many misses; 1 where there are no more clicks than that."""
    from scipy.special import bdtr

    return 1.0 if misses >= clicks else float(bdtr(misses, clicks, rate))


def hits_to_meet(hits: int, n: int, rate: float, confidence: float = CONFIDENCE) -> int:
    """How many more clicks, all of them right, would decide that the goal is met."""
    high = 1
    while verdict(hits + high, n + high, rate, confidence) != "met":
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        enough = verdict(hits + middle, n + middle, rate, confidence) == "met"
        low, high = (low, middle) if enough else (middle, high)
    return high
