"""How many trials a claim needs, before money is spent.

``design_effect`` is by how much clustered targets are worth less than independent ones; 1.5 is
usual for several targets a screenshot, 4 and more when the claim is about other apps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.intervals import lower_bound, wilson
from pointbench.statistics.paired import POWER, wanted_targets
from pointbench.statistics.reliability import flawless_trials

MOST = 10**12
"""Trials beyond which nothing is looked for."""


def trials_for_precision(
    half_width: float,
    rate: float = 0.5,
    confidence: float = CONFIDENCE,
    design_effect: float = 1.0,
) -> int:
    """The fewest trials whose Wilson interval around ``rate`` is at most +- ``half_width``."""
    if not 0 < half_width < 1:
        raise ValueError(f"a precision lies between 0 and 1, not {half_width}")

    def narrow(n: int) -> bool:
        low, high = wilson(rate * n, n, confidence)
        return (high - low) / 2 <= half_width

    return math.ceil(_first(narrow) * design_effect)


def targets_to_detect(
    difference: float,
    rate: float = 0.5,
    confidence: float = CONFIDENCE,
    power: float = POWER,
    correlation: float = 0.0,
    design_effect: float = 1.0,
) -> int:
    """The targets on which two models that differ by ``difference`` are told apart.

    ``rate`` is the mean of the two models' rates, ``correlation`` that of their verdicts on the
    same target (0.35 between two models on ScreenSpot-Pro; 0 is the safe side). The paired
    difference of one target has the variance ``p1 q1 + p2 q2 - 2 r sqrt(p1 q1 p2 q2)``.
    """
    better, worse = rate + difference / 2, rate - difference / 2
    if not 0 <= worse < better <= 1:
        raise ValueError(f"no two rates about {rate} differ by {difference}")
    first, second = better * (1 - better), worse * (1 - worse)
    variance = first + second - 2 * correlation * math.sqrt(first * second)
    wanted = wanted_targets(difference, math.sqrt(variance * design_effect), confidence, power)
    return 1 if wanted is None else wanted


def trials_to_certify(
    k: int, chance: float = 0.9, confidence: float = CONFIDENCE, misses: int = 0
) -> int:
    """The fewest trials, with so many misses, that support a claim of ``k`` right in a row.

    That is, whose one-sided Clopper-Pearson bound to the k is at least ``chance``; without a miss
    about 28.4 k for 90 % at 95 % confidence.
    """
    if misses == 0:
        return flawless_trials(k, chance, confidence)
    rate = chance ** (1 / k)
    return _first(lambda n: n > misses and lower_bound(n - misses, n, confidence) >= rate)


def session_clicks(rate: float, goal: int) -> float:
    """The clicks a session is expected to take until its first miss or ``goal``: a geometric sum."""
    return float(goal) if rate >= 1 else (1 - rate**goal) / (1 - rate)


def _first(enough: Callable[[int], bool]) -> int:
    """The smallest n from 1 on for which ``enough``, which stays true once it is."""
    high = 1
    while not enough(high):
        high *= 2
        if high > MOST:
            raise ValueError("no number of trials is enough")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
