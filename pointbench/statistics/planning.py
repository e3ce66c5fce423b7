"""Number of trials that a claim needs, computed before money is spent.

``design_effect`` is the factor by which clustered targets must outnumber independent ones; 1.5 is
usual for several targets per screenshot, 4 or more if the claim is about other apps. Claims about
k in a row on other screens rest on the bound that a run of this size and this outcome would get, so a
plan and the report of its run agree.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pointbench.statistics import clusters
from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.intervals import lower_bound, wilson
from pointbench.statistics.paired import POWER, targets_for_power
from pointbench.statistics.reliability import CLAIM_CHANCE, flawless_trials
from pointbench.statistics.search import first

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Ints

MOST_TRIALS = 10**12
"""The search for a number of trials stops here."""

MOST_TARGETS = 1_000_000
"""The search for a number of screenshots stops at this many targets on them."""

TARGETS_PER_SCREENSHOT = 10
"""Assumed where nothing is known."""

ICC = 0.2
"""Intraclass correlation of the targets of a screenshot, assumed where nothing is known."""

LEAST_ICC, MOST_ICC = 0.002, 0.8
"""Correlations beyond these are taken as these; runs of a usual size cannot tell them apart."""


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


def expected_misses(screenshots: int, targets: int, rate: float, icc: float = ICC) -> Ints:
    """A typical outcome: how many targets of each screenshot are missed.

    Parameters
    ----------
    screenshots : int
        Number of screenshots.
    targets : int
        Targets of each screenshot.
    rate : float
        The model's hit rate, 0 to 1.
    icc : float
        Intraclass correlation of the targets of a screenshot, 0 to 1.

    Returns
    -------
    array of int64, shape (screenshots,)
        Evenly spaced quantiles of a beta-binomial distribution, in ascending order. Their sum is the
        expected number of misses, rounded up, to be on the safe side.

    References
    ----------
    Skellam 1948, J. R. Stat. Soc. B 10:257.

    Examples
    --------
    >>> expected_misses(8, 10, rate=0.9).tolist()
    [0, 0, 0, 0, 0, 1, 2, 5]
    """
    import numpy as np
    from scipy.special import betaln, gammaln

    missed = 1 - rate
    # Rounding must not turn 10 misses that are 10.000000000000002 into 11.
    total = math.ceil(screenshots * targets * missed - 1e-9)
    if not 0 < missed < 1:
        return np.full(screenshots, targets if missed >= 1 else 0, dtype=np.int64)
    strength = 1 / min(max(icc, LEAST_ICC), MOST_ICC) - 1
    a, b = missed * strength, rate * strength
    m = np.arange(targets + 1)
    ways = gammaln(targets + 1) - gammaln(m + 1) - gammaln(targets - m + 1)
    cumulative = np.cumsum(np.exp(ways + betaln(m + a, targets - m + b) - betaln(a, b)))
    at = (np.arange(screenshots) + 0.5) / screenshots
    misses = np.minimum(np.searchsorted(cumulative, at), targets).astype(np.int64)
    lacking = total - int(misses.sum())
    while lacking:
        # From the screenshots with the most misses down, one each.
        step = 1 if lacking > 0 else -1
        open_ = np.flatnonzero(misses < targets if step > 0 else misses > 0)[::-1][: abs(lacking)]
        misses[open_] += step
        lacking -= step * len(open_)
    return np.sort(misses)


def screenshots_to_certify(
    k: int,
    chance: float = CLAIM_CHANCE,
    confidence: float = CONFIDENCE,
    *,
    rate: float = 1.0,
    targets: int = TARGETS_PER_SCREENSHOT,
    icc: float = ICC,
) -> int:
    """The fewest screenshots that support a claim of ``k`` in a row on other screens like them.

    Parameters
    ----------
    k : int
        Clicks in a row.
    chance : float
        The claimed chance of k in a row, 0 to 1.
    confidence : float
        One-sided, 0 to 1.
    rate : float
        The model's hit rate, 0 to 1; 1 for a run without a miss.
    targets : int
        Targets of each screenshot, each asked once.
    icc : float
        Intraclass correlation of the targets of a screenshot; it matters only if there are misses.

    Returns
    -------
    int
        The fewest screenshots for whose typical outcome (`expected_misses`) the clustered bound, to
        the power k, is at least ``chance``.

    Raises
    ------
    ValueError
        If the rate's own chance of k in a row is too small, or if `MOST_TARGETS` are not enough.

    References
    ----------
    See `clusters.lower_bound`.

    Examples
    --------
    >>> 20 < screenshots_to_certify(10) < 100
    True
    """
    if rate**k <= chance:
        raise ValueError(f"at a hit rate of {rate} the chance of {k} in a row is {rate**k:.3g}")
    most = max(1, MOST_TARGETS // targets)

    def enough(screenshots: int) -> bool:
        misses = expected_misses(screenshots, targets, rate, icc)
        return screens_bound(misses, targets, confidence) ** k >= chance

    # Without a miss a few doublings are enough; near the rate needed they may be in vain.
    if rate < 1 and not enough(most):
        raise ValueError(f"{most} screenshots of {targets} targets are not enough")
    return first(enough, most=most)


def screens_bound(misses: Ints, targets: int, confidence: float = CONFIDENCE) -> float:
    """The clustered lower bound of the hit rate on other screens, from misses of each screenshot.

    Parameters
    ----------
    misses : array of int, shape (screenshots,)
        Missed targets of each screenshot.
    targets : int
        Targets of each screenshot, each asked once.
    confidence : float
        One-sided, 0 to 1.

    Returns
    -------
    float
        0 to 1.

    References
    ----------
    See `clusters.lower_bound`.

    Examples
    --------
    >>> screens_bound([0] * 40, 10) > screens_bound([0] * 39 + [4], 10)
    True
    """
    import numpy as np

    misses = np.asarray(misses)
    cluster = np.repeat(np.arange(len(misses)), targets)
    place = np.tile(np.arange(targets), len(misses))
    hits = (place >= np.repeat(misses, targets)).astype(np.int64)
    return clusters.lower_bound(hits, np.ones(len(hits), dtype=np.int64), cluster, confidence)
