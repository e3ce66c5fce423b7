"""Number of trials that a claim needs, computed before money is spent.

``design_effect`` is the factor by which clustered targets must outnumber independent ones; 1.5 is
usual for several targets per screenshot, 4 or more if the claim is about other apps.
"""

from __future__ import annotations

import math

from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.intervals import lower_bound, wilson
from pointbench.statistics.paired import POWER, targets_for_power
from pointbench.statistics.reliability import CLAIM_CHANCE, flawless_trials
from pointbench.statistics.search import first

MOST_TRIALS = 10**12
"""The search for a number of trials stops here."""


def trials_for_precision(
    half_width: float,
    rate: float = 0.5,
    confidence: float = CONFIDENCE,
    design_effect: float = 1.0,
) -> int:
    """The fewest trials whose Wilson interval around ``rate`` is at most +- ``half_width``.

    Parameters
    ----------
    half_width : float
        Half the width of the interval, between 0 and 1.
    rate : float
        The expected rate, 0 to 1.
    confidence : float
        Two-sided, 0 to 1.
    design_effect : float
        Factor by which clustered trials must outnumber independent ones.

    Returns
    -------
    int
        Number of trials.

    Raises
    ------
    ValueError
        If ``half_width`` is not between 0 and 1.

    References
    ----------
    Wilson 1927, JASA 22:209, solved for n.

    Examples
    --------
    >>> trials_for_precision(0.03), trials_for_precision(0.03, design_effect=2)
    (1064, 2128)
    """
    if not 0 < half_width < 1:
        raise ValueError(f"the precision must be between 0 and 1, not {half_width}")

    def narrow(n: int) -> bool:
        low, high = wilson(rate * n, n, confidence)
        return (high - low) / 2 <= half_width

    return math.ceil(first(narrow, most=MOST_TRIALS) * design_effect)


def targets_to_detect(
    difference: float,
    rate: float = 0.5,
    confidence: float = CONFIDENCE,
    power: float = POWER,
    correlation: float = 0.0,
    design_effect: float = 1.0,
) -> int:
    """Number of targets needed to tell apart two models that differ by ``difference``.

    Parameters
    ----------
    difference : float
        The better model's rate minus the worse one's.
    rate : float
        The mean of the two rates, 0 to 1.
    confidence : float
        Two-sided, 0 to 1.
    power : float
        The chance that the difference is significant, 0 to 1.
    correlation : float
        Correlation of the two verdicts on the same target: 0.35 between two models on
        ScreenSpot-Pro; 0 is conservative.
    design_effect : float
        Factor by which clustered targets must outnumber independent ones.

    Returns
    -------
    int
        Number of targets.

    Raises
    ------
    ValueError
        If no two rates between 0 and 1 have this mean and this difference.

    References
    ----------
    The paired difference on one target has the variance
    ``p1 q1 + p2 q2 - 2 r sqrt(p1 q1 p2 q2)``; see `paired.targets_for_power`.

    Examples
    --------
    >>> targets_to_detect(0.1), targets_to_detect(0.1, correlation=0.5)
    (389, 195)
    """
    better, worse = rate + difference / 2, rate - difference / 2
    if not 0 <= worse < better <= 1:
        raise ValueError(f"no two rates about {rate} differ by {difference}")
    first, second = better * (1 - better), worse * (1 - worse)
    variance = first + second - 2 * correlation * math.sqrt(first * second)
    deviation = math.sqrt(variance * design_effect)
    targets = targets_for_power(difference, deviation, confidence, power)
    return 1 if targets is None else targets


def trials_to_certify(
    k: int, chance: float = CLAIM_CHANCE, confidence: float = CONFIDENCE, misses: int = 0
) -> int:
    """The fewest trials, ``misses`` of them wrong, that support a claim of ``k`` correct in a row.

    Parameters
    ----------
    k : int
        Clicks in a row.
    chance : float
        The claimed chance of k in a row, 0 to 1.
    confidence : float
        One-sided, 0 to 1.
    misses : int
        Misses among the trials.

    Returns
    -------
    int
        The fewest trials whose one-sided Clopper-Pearson bound, to the power k, is at least
        ``chance``; without a miss about 28.4 k for 90 % at 95 % confidence.

    Raises
    ------
    ValueError
        If no number of trials up to `MOST_TRIALS` is enough.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; see `reliability.supported_k`.

    Examples
    --------
    >>> trials_to_certify(100), trials_to_certify(100, chance=0.5)
    (2844, 433)
    """
    if misses == 0:
        return flawless_trials(k, chance, confidence)
    rate = chance ** (1 / k)
    return first(
        lambda n: lower_bound(n - misses, n, confidence) >= rate, start=misses + 1, most=MOST_TRIALS
    )
