"""Comparison of two models on the targets that both answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointbench.statistics.clusters import cluster_sums, clustered_mean, lower_bound
from pointbench.statistics.correlation import CORRELATIONS, prior_weights
from pointbench.statistics.estimates import CONFIDENCE, Estimate, unknown

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Codes, Floats, Numbers

POWER = 0.8
"""Power with which a planned number of targets shows a difference."""

FEW_CLUSTERS = 10
"""The interval of a difference from fewer clusters is marked approximate."""

FEW_EFFECTIVE_CLUSTERS = 4.0
"""The same if its variance comes from fewer clusters than this."""

NOTHING = 1e-12
"""Differences and standard errors up to this are rounding errors."""


@dataclass(frozen=True)
class Difference:
    """The mean over targets of A's rate minus B's, with its two-sided p.

    Attributes
    ----------
    estimate : Estimate
        The difference, -1 to 1; ``n`` counts targets.
    p : float or None
        Two-sided p-value for no difference; None without a target.
    wanted_targets : int or None
        Targets at which a true difference of the observed size would be significant with `POWER`;
        None if no difference or no variation was observed.

    Examples
    --------
    >>> difference([1, 1, 1, 0], [0, 1, 0, 0], [0, 1, 2, 3]).estimate.value
    0.5
    """

    estimate: Estimate
    p: float | None
    wanted_targets: int | None


def difference(
    a: Numbers, b: Numbers, cluster: Codes, confidence: float = CONFIDENCE, by: str = "screenshot"
) -> Difference:
    """The paired difference of per-target means, with a clustered t interval.

    The degrees of freedom are 3 g - 2 for g effective clusters, at most clusters - 1, because g is a
    third of the clusters if their residuals are normal. If the difference is the same on every target,
    a t interval would be a point; the ends are then moved out by the clustered upper bound for a kind
    of target that was never seen. With a single cluster, the t interval over its targets is widened by
    the design effect 1 + (n - 1) r, mixed over the prior of the ICC r.

    Parameters
    ----------
    a, b : array of float, shape (targets,)
        The two models' means, 0 to 1, on the targets that both answered.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    confidence : float
        Two-sided, 0 to 1.
    by : str
        Kind of cluster, for the name of the method.

    Returns
    -------
    Difference
        Unknown without a target.

    References
    ----------
    Miller 2024, arXiv:2411.00640, section 4.2, for the paired cluster-robust standard error.

    Examples
    --------
    >>> a, b = [1, 1, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0]
    >>> result = difference(a, b, cluster=[0, 0, 1, 1, 2, 2, 3, 3])
    >>> result.estimate.value, round(result.estimate.standard_error, 4), result.wanted_targets
    (0.25, 0.3227, 105)
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    gap = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    cluster = np.asarray(cluster)
    n = len(gap)
    if n == 0:
        return Difference(unknown(confidence), None, None)
    value = float(gap.mean())
    clusters = len(np.unique(cluster))
    varied = float(np.ptp(gap)) > NOTHING
    if not varied:
        return _alike(value, cluster, confidence)
    if clusters < 2:
        return _one_cluster(value, gap, confidence, by)
    mean_gap = clustered_mean(value, cluster_sums((gap - value) / n, cluster))
    if float(mean_gap.variance) <= NOTHING**2:
        # Clusters that happen to agree to the last digit leave what varies within them.
        mean_gap = clustered_mean(value, (gap - value) / n)
    error = math.sqrt(float(mean_gap.variance))
    effective_clusters = float(mean_gap.effective_clusters)
    freedom = max(1.0, min(effective_clusters * 3 - 2, mean_gap.clusters - 1))
    half_width = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    estimate = Estimate(
        value,
        max(-1.0, value - half_width),
        min(1.0, value + half_width),
        confidence,
        f"paired difference of target means, t, clustered by {by}",
        n=n,
        clusters=clusters,
        standard_error=error,
        approximate=clusters < FEW_CLUSTERS or effective_clusters < FEW_EFFECTIVE_CLUSTERS,
    )
    p = float(2 * stdtr(freedom, -abs(value) / error))
    return Difference(estimate, p, targets_for_power(value, error * math.sqrt(n), confidence))


def _alike(value: float, cluster: Codes, confidence: float) -> Difference:
    """The difference is the same on every target: targets unlike them may exist, but few."""
    import numpy as np

    n, clusters = len(cluster), len(np.unique(cluster))
    unseen = 1 - lower_bound(np.ones(n), np.ones(n), cluster, (1 + confidence) / 2)
    estimate = Estimate(
        value,
        max(-1.0, value - unseen),
        min(1.0, value + unseen),
        confidence,
        "clustered bound on targets that differ (all alike)",
        n=n,
        clusters=clusters,
        standard_error=0.0,
        approximate=True,
    )
    same_sign = 1.0 if abs(value) <= NOTHING else min(1.0, 2 * 0.5**clusters)
    return Difference(estimate, same_sign, None)


def _one_cluster(value: float, gap: Floats, confidence: float, by: str) -> Difference:
    """A single cluster says nothing of how much clusters differ: that is left to the ICC's prior."""
    import numpy as np
    from scipy.special import stdtr, stdtrit

    n = len(gap)
    weights = prior_weights()
    error = float(gap.std(ddof=1)) / math.sqrt(n)
    errors = error * np.sqrt(1 + (n - 1) * np.array(CORRELATIONS))

    def beyond(distance: float) -> float:
        """The chance of a mean further than this from the true one, on both sides."""
        return float((weights * 2 * stdtr(n - 1, -distance / errors)).sum())

    low, high = 0.0, float(stdtrit(n - 1, (1 + confidence) / 2) * errors.max())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle) > 1 - confidence else (low, middle)
    estimate = Estimate(
        value,
        max(-1.0, value - high),
        min(1.0, value + high),
        confidence,
        f"paired difference of target means, t, mixed over correlations (one {by})",
        n=n,
        clusters=1,
        standard_error=error,
        approximate=True,
    )
    return Difference(estimate, beyond(abs(value)), None)


def targets_for_power(
    value: float, deviation: float, confidence: float = CONFIDENCE, power: float = POWER
) -> int | None:
    """Number of targets at which a true difference is significant with this confidence and power.

    Parameters
    ----------
    value : float
        The true difference, -1 to 1.
    deviation : float
        Standard deviation of one target's difference, clustering included.
    confidence : float
        Two-sided, 0 to 1.
    power : float
        The chance that the difference is significant, 0 to 1.

    Returns
    -------
    int or None
        ``((z_confidence + z_power) * deviation / value) ** 2``, rounded up; None without a
        difference or without variation.

    References
    ----------
    The usual normal approximation of the power of a two-sided test.

    Examples
    --------
    >>> targets_for_power(0.1, 0.5)
    197
    """
    if abs(value) <= NOTHING or deviation <= 0:
        return None
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2) + ndtri(power))
    return math.ceil((z * deviation / value) ** 2)


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact two-sided p-value.

    Parameters
    ----------
    only_a, only_b : int
        Targets that only A and only B got right.

    Returns
    -------
    float
        p-value for no difference, 0 to 1.

    References
    ----------
    McNemar 1947, Psychometrika 12:153; the exact form is a binomial test of one half.

    Examples
    --------
    >>> round(mcnemar(32, 46), 3)
    0.141
    """
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values.

    Parameters
    ----------
    p_values : sequence of float or None
        One p-value per comparison; None for a comparison without data.

    Returns
    -------
    list of float or None
        In the same order; None stays None and is not counted.

    References
    ----------
    Holm 1979, Scand. J. Stat. 6:65.

    Examples
    --------
    >>> holm([0.04, 0.01, None])
    [0.04, 0.02, None]
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        adjusted[place] = largest
    return adjusted


def ranks(
    labels: Sequence[str], values: Sequence[float | None], worse: Sequence[tuple[str, str]]
) -> dict[str, tuple[int, int, int] | None]:
    """Each model's rank by its figure, and the best and worst rank that the comparisons leave open.

    A model's best rank is one more than the number of models that are significantly better; its worst
    is the number of models minus those that are significantly worse. Equal figures share a rank.

    Parameters
    ----------
    labels : sequence of str
        The models.
    values : sequence of float or None, same length
        Their figures; None if unknown.
    worse : sequence of (str, str)
        A pair (better, worse) for every difference that is significant after Holm.

    Returns
    -------
    dict of str to (int, int, int) or None
        Rank, best rank and worst rank by label; None if the figure is unknown.

    Examples
    --------
    >>> ranks(["a", "b", "c"], [0.9, 0.85, 0.5], [("a", "c"), ("b", "c")])
    {'a': (1, 1, 2), 'b': (2, 1, 2), 'c': (3, 3, 3)}
    """
    known = {label: value for label, value in zip(labels, values, strict=True) if value is not None}
    ranking: dict[str, tuple[int, int, int] | None] = dict.fromkeys(labels)
    for label, value in known.items():
        rank = 1 + sum(other > value for other in known.values())
        best = 1 + sum(loser == label for _, loser in worse)
        last = len(known) - sum(winner == label for winner, _ in worse)
        ranking[label] = rank, min(best, rank), max(last, rank)
    return ranking
