"""Shares and means of clustered trials, with intervals that hold near 0 and 1.

Targets on one screenshot tend to be hit or missed together, and repeats of a target even more so.
The variance is the linearized (ratio-estimator, cluster-robust) variance of survey statistics; the
interval is Wilson's at the effective sample size n / design effect, with a quantile of Student's t.
Dean and Pagano 2015 (J. Surv. Stat. Methodol. 3:484) and Franco et al. 2019 (ibid., 7:334) compare
such intervals; Korn and Graubard 1998 (Surv. Methodol. 24:193) use the Clopper-Pearson interval
instead.

The degrees of freedom are the effective number of clusters, ``(sum e^2)^2 / sum e^4`` over the
cluster residuals e: one screenshot with all the misses counts as one, however many screenshots there
are. With the customary "clusters - 1" the intervals of rates near 1 cover 60 to 90 %
(benchmarks/coverage.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pointbench.statistics.estimates import CONFIDENCE, Estimate, unknown
from pointbench.statistics.intervals import wilson, wilson_at

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Codes, Flags, Floats, Ints, Numbers

FEW_CLUSTERS = 10
"""An interval from fewer clusters is marked approximate."""

FEW_EFFECTIVE_CLUSTERS = 4.0
"""An interval whose variance comes from fewer clusters than this is marked approximate."""

ROUNDING = 1e-28
"""Squared residuals of shares up to this are rounding errors."""


@dataclass(frozen=True)
class ClusteredMean:
    """One or many means, with their cluster-robust variance.

    Attributes
    ----------
    value : array of float64, shape (...)
        The mean; 0-dimensional for a single one.
    variance : array of float64, shape (...)
        Variance of the mean; NaN with a single cluster.
    clusters : int
        Number of clusters.
    effective_clusters : array of float64, shape (...)
        Number of clusters that the variance effectively comes from, 1 to ``clusters``.

    Examples
    --------
    >>> import numpy as np
    >>> clustered_mean(0.5, np.array([0.1, -0.1])).clusters
    2
    """

    value: Floats
    variance: Floats
    clusters: int
    effective_clusters: Floats


def clustered_mean(
    value: float | Floats, residuals: Floats, factor: float | None = None
) -> ClusteredMean:
    """A mean with its cluster-robust variance, from linearized residuals. Vectorized.

    Parameters
    ----------
    value : float or array of float64, shape (...)
        The mean.
    residuals : array of float64, shape (..., clusters)
        Sum of the residuals within each cluster, divided by the mean's denominator; they sum to 0
        over the clusters.
    factor : float, optional
        Small-sample correction of the variance. By default C / (C - 1) with C clusters, which is
        correct for residuals about a single mean.

    Returns
    -------
    ClusteredMean
        The variance is NaN (unknown) with one cluster.

    References
    ----------
    Cochran 1977, Sampling Techniques, 3rd ed., chapter 9A.

    Examples
    --------
    >>> import numpy as np
    >>> mean_of_three = clustered_mean(0.75, np.array([0.5, -0.5, 0.0]) / 8)
    >>> float(mean_of_three.variance), float(mean_of_three.effective_clusters)
    (0.01171875, 2.0)
    """
    import numpy as np

    value = np.asarray(value, dtype=float)
    clusters = residuals.shape[-1]
    squares = residuals**2
    total = squares.sum(axis=-1)
    if clusters < 2:
        no_variance = np.full(np.shape(total), np.nan)
        return ClusteredMean(value, no_variance, clusters, np.zeros(np.shape(total)))
    # Scaled by the largest: fourth powers of small residuals underflow.
    largest = squares.max(axis=-1, keepdims=True)
    scaled = np.divide(squares, largest, out=np.zeros_like(squares), where=largest > ROUNDING)
    fourth_powers = (scaled**2).sum(axis=-1)
    # If all clusters agree, every one of them counts.
    effective_clusters = np.divide(
        scaled.sum(axis=-1) ** 2,
        fourth_powers,
        out=np.full(np.shape(total), float(clusters)),
        where=fourth_powers > 0,
    )
    factor = clusters / (clusters - 1) if factor is None else factor
    return ClusteredMean(value, np.asarray(total * factor), clusters, effective_clusters)


@dataclass(frozen=True)
class Interval:
    """The interval around one or many shares, and whether it can be trusted.

    Attributes
    ----------
    low, high : array of float64, shape (...)
        The ends.
    n_effective : array of float64, shape (...)
        Equivalent number of independent trials.
    degenerate : array of bool, shape (...)
        True where nothing varies between clusters, so the interval is Wilson's over distinct
        targets.
    approximate : array of bool, shape (...)
        True where the interval is known to cover less than its nominal level.

    Examples
    --------
    >>> import numpy as np
    >>> mean_of_two = clustered_mean(0.5, np.array([0.1, -0.1]))
    >>> bool(clustered_interval(mean_of_two, 10, 10).approximate)
    True
    """

    low: Floats
    high: Floats
    n_effective: Floats
    degenerate: Flags
    approximate: Flags


def clustered_interval(
    shares: ClusteredMean,
    targets: int,
    largest_n: float | Floats,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The interval around one or many shares of the same clusters and targets. Vectorized.

    With a single cluster, only hits, or only misses, nothing varies between clusters; the interval
    is then Wilson's over the distinct targets.

    Parameters
    ----------
    shares : ClusteredMean
        Shares, 0 to 1, and their variance; arrays of shape (...).
    targets : int
        Distinct targets.
    largest_n : float or array of float64, shape (...)
        Upper limit of the effective n.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    Interval
        Arrays of shape (...).

    References
    ----------
    Wilson 1927, JASA 22:209, at the effective n of `effective_interval`.

    Examples
    --------
    >>> import numpy as np
    >>> ten = clustered_mean(0.5, np.array([2.0, -2.0] * 5) / 40)
    >>> interval = clustered_interval(ten, targets=10, largest_n=40)
    >>> round(float(interval.low), 3), round(float(interval.high), 3)
    (0.199, 0.801)
    >>> round(float(interval.n_effective), 3)
    9.0
    """
    import numpy as np
    from scipy.special import ndtri

    value = shares.value
    degenerate = (value <= 0) | (value >= 1) | (shares.clusters < 2)
    low, high, n_effective = effective_interval(shares, largest_n, confidence)
    z = float(ndtri((1 + confidence) / 2))
    wilson_low, wilson_high = wilson_at(value, targets, z)
    few = (shares.clusters < FEW_CLUSTERS) | (shares.effective_clusters < FEW_EFFECTIVE_CLUSTERS)
    # Without a miss there is no telling whether misses cluster, unless each target is a cluster.
    unseen = (shares.clusters < FEW_CLUSTERS) | (shares.clusters < targets)
    return Interval(
        np.where(degenerate, np.where(value <= 0, 0.0, wilson_low), low),
        np.where(degenerate, np.where(value >= 1, 1.0, wilson_high), high),
        np.where(degenerate, float(targets), n_effective),
        degenerate,
        np.where(degenerate, unseen, few),
    )


def effective_interval(
    shares: ClusteredMean, largest_n: float | Floats, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats, Floats]:
    """Wilson's interval at the effective n, for shares strictly between 0 and 1. Vectorized.

    The effective n is ``p (1 - p) / variance``, at most ``largest_n``: clusters that happen to
    agree better than chance are no evidence of more trials.

    Parameters
    ----------
    shares : ClusteredMean
        Shares and their variance; arrays of shape (...).
    largest_n : float or array of float64, shape (...)
        Upper limit of the effective n.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    low, high, n_effective : array of float64, shape (...)
        The ends and the effective n.

    References
    ----------
    Dean and Pagano 2015, J. Surv. Stat. Methodol. 3:484; Franco et al. 2019, ibid., 7:334.

    Examples
    --------
    >>> import numpy as np
    >>> ten = clustered_mean(0.5, np.array([2.0, -2.0] * 5) / 40)
    >>> low, high, n_effective = effective_interval(ten, largest_n=40)
    >>> round(float(low), 3), round(float(high), 3), round(float(n_effective), 3)
    (0.199, 0.801, 9.0)
    """
    import numpy as np
    from scipy.special import stdtrit

    value = shares.value
    variance = np.nan_to_num(shares.variance)
    binomial = value * (1 - value)
    largest = np.broadcast_to(np.asarray(largest_n, dtype=float), value.shape)
    narrow = variance * largest <= binomial
    n_effective = np.where(narrow, largest, binomial / np.where(narrow, 1.0, variance))
    # Shares of 0 or 1 have no effective n; `clustered_interval` replaces their interval.
    n_effective = np.where(n_effective > 0, n_effective, largest)
    most = max(shares.clusters - 1, 1)
    freedom = np.minimum(np.maximum(shares.effective_clusters, 2.0), most)
    quantile = stdtrit(freedom, (1 + confidence) / 2)
    low, high = wilson_at(value, n_effective, quantile)
    return low, high, n_effective


def cluster_sums(values: Floats, cluster: Codes) -> Floats:
    """The sum of ``values`` within each cluster, in the order of the cluster codes.

    Parameters
    ----------
    values : array of float64, shape (targets,)
        One value per target.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.

    Returns
    -------
    array of float64, shape (clusters,)
        One sum per distinct code.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_sums(np.array([1.0, 2.0, 4.0]), [7, 3, 7]).tolist()
    [2.0, 5.0]
    """
    import numpy as np

    _, codes = np.unique(cluster, return_inverse=True)
    sums: Floats = np.bincount(codes, weights=values).astype(np.float64)
    return sums


def clustered_ratio(hits: Floats, trials: Floats, cluster: Codes) -> ClusteredMean:
    """The ratio ``sum(hits) / sum(trials)`` over clustered units (targets).

    Parameters
    ----------
    hits, trials : array of float64, shape (targets,)
        Correct and scored trials of each target; at least one trial in total.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.

    Returns
    -------
    ClusteredMean
        A single mean; its residuals are ``hits - value * trials``.

    References
    ----------
    Cochran 1977, Sampling Techniques, 3rd ed., section 9A.3.

    Examples
    --------
    >>> import numpy as np
    >>> ratio = clustered_ratio(np.array([2.0, 1.0, 3.0]), np.array([2.0, 2.0, 4.0]), [0, 1, 2])
    >>> float(ratio.value), float(ratio.variance)
    (0.75, 0.01171875)
    """
    n = trials.sum()
    value = hits.sum() / n
    return clustered_mean(value, cluster_sums((hits - value * trials) / n, cluster))


def clustered_macro_mean(
    hits: Floats, trials: Floats, cluster: Ints, group: Ints
) -> tuple[ClusteredMean, float]:
    """The mean of the groups' rates, and the upper limit of its effective n.

    A cluster may belong to several groups. Each unit's residual is taken about its own group's rate,
    times sqrt(m / (m - 1)) if the group spans m clusters (the strata of survey sampling). A group in
    a single cluster has no variance of its own, so its residual is taken about the mean of all
    groups, which is conservative.

    Parameters
    ----------
    hits, trials : array of float64, shape (targets,)
        Correct and scored trials of each target; every target has at least one trial.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    group : array of int64, shape (targets,)
        Code of each target's group.

    Returns
    -------
    mean : ClusteredMean
        A single mean.
    largest_n : float
        Kish's effective n, 1 / sum of squared weights.

    References
    ----------
    Kish 1965, Survey Sampling, section 11.7. A single cluster is treated as in Lumley's R package
    survey with ``lonely.psu = "adjust"``.

    Examples
    --------
    >>> import numpy as np
    >>> hits, trials = np.array([3.0, 1.0]), np.array([4.0, 2.0])
    >>> mean_of_groups, largest_n = clustered_macro_mean(
    ...     hits, trials, cluster=np.array([0, 1]), group=np.array([0, 1])
    ... )
    >>> float(mean_of_groups.value), round(largest_n, 3)
    (0.625, 5.333)
    """
    import numpy as np

    names, codes = np.unique(group, return_inverse=True)
    group_trials = np.bincount(codes, weights=trials)
    rates = np.bincount(codes, weights=hits) / group_trials
    value = rates.mean()
    pairs = np.unique(np.column_stack((codes, cluster)), axis=0)[:, 0]
    clusters = np.bincount(pairs, minlength=len(names))
    single_cluster = clusters < 2
    reference = np.where(single_cluster, value, rates)
    scale = np.where(single_cluster, 1.0, np.sqrt(clusters / np.maximum(clusters - 1, 1)))
    weight = 1 / (len(names) * group_trials[codes])
    residuals = (hits - reference[codes] * trials) * weight * scale[codes]
    largest_n = 1 / float((trials * weight**2).sum())
    return clustered_mean(value, cluster_sums(residuals, cluster), factor=1.0), largest_n


def share(
    hits: Numbers,
    trials: Numbers,
    cluster: Codes,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
) -> Estimate:
    """The share ``sum(hits) / sum(trials)`` over targets, with a clustered interval.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target; targets without a trial are ignored.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    confidence : float
        Two-sided, 0 to 1.
    by : str
        Kind of cluster, for the name of the method.

    Returns
    -------
    Estimate
        ``n`` counts trials; without one, `unknown`.

    References
    ----------
    See `clustered_ratio` and `clustered_interval`.

    Examples
    --------
    >>> estimate = share([4, 0] * 5, [4] * 10, range(10))
    >>> estimate.value, estimate.hits, estimate.n
    (0.5, 20, 40)
    >>> round(estimate.low, 3), round(estimate.high, 3)
    (0.199, 0.801)
    """
    hits, trials, cluster = _sampled_targets(hits, trials, cluster)
    n = float(trials.sum())
    if n == 0:
        return unknown(confidence)
    ratio = clustered_ratio(hits, trials, cluster)
    estimate = _estimate(ratio, len(hits), n, n, confidence, by)
    correct, scored = round(float(hits.sum())), round(n)
    return replace(estimate, hits=correct, n=scored, wilson=wilson(correct, scored, confidence))


def mean(
    values: Numbers,
    cluster: Codes,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
    largest_n: float | None = None,
) -> Estimate:
    """The mean of one value per target, 0 to 1, with a clustered interval.

    Parameters
    ----------
    values : array of float, shape (targets,)
        One value per target, 0 to 1.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    confidence : float
        Two-sided, 0 to 1.
    by : str
        Kind of cluster, for the name of the method.
    largest_n : float, optional
        Upper limit of the effective n; by default the number of targets.

    Returns
    -------
    Estimate
        ``n`` counts targets; there are no hits. Without a target, `unknown`.

    References
    ----------
    See `clustered_ratio` and `clustered_interval`.

    Examples
    --------
    >>> estimate = mean([0.5, 1.0, 0.25, 0.75], [0, 1, 2, 3])
    >>> estimate.value, estimate.n, estimate.hits
    (0.625, 4, None)
    """
    import numpy as np

    shares = np.asarray(values, dtype=float)
    n = float(len(shares))
    if n == 0:
        return unknown(confidence)
    ratio = clustered_ratio(shares, np.ones(len(shares)), cluster)
    return _estimate(ratio, len(shares), largest_n or n, n, confidence, by)


def macro(
    hits: Numbers,
    trials: Numbers,
    cluster: Codes,
    group: Codes,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
) -> Estimate:
    """The mean of the rates of the groups (apps) that have a trial, with a clustered interval.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target; targets without a trial are ignored.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    group : array of int64, shape (targets,)
        Code of each target's group.
    confidence : float
        Two-sided, 0 to 1.
    by : str
        Kind of cluster, for the name of the method.

    Returns
    -------
    Estimate
        ``n`` counts trials; there are no hits. Without a trial, `unknown`.

    References
    ----------
    See `clustered_macro_mean` and `clustered_interval`.

    Examples
    --------
    >>> macro([3, 1], [4, 2], cluster=[0, 1], group=[0, 1]).value
    0.625
    """
    import numpy as np

    sampled = np.asarray(trials) > 0
    group = np.asarray(group, dtype=np.int64)[sampled]
    hits, trials, cluster = _sampled_targets(hits, trials, cluster)
    if not len(hits):
        return unknown(confidence)
    macro_mean, largest_n = clustered_macro_mean(hits, trials, cluster, group)
    n = float(trials.sum())
    return _estimate(macro_mean, len(hits), largest_n, n, confidence, by)


def _sampled_targets(hits: Numbers, trials: Numbers, cluster: Codes) -> tuple[Floats, Floats, Ints]:
    """The columns as arrays, restricted to the targets that have a trial."""
    import numpy as np

    sampled = np.asarray(trials) > 0
    return (
        np.asarray(hits, dtype=float)[sampled],
        np.asarray(trials, dtype=float)[sampled],
        np.asarray(cluster, dtype=np.int64)[sampled],
    )


def _estimate(
    share: ClusteredMean, targets: int, largest_n: float, n: float, confidence: float, by: str
) -> Estimate:
    value = float(share.value)
    interval = clustered_interval(share, targets, largest_n, confidence)
    estimate = Estimate(
        value,
        float(interval.low),
        float(interval.high),
        confidence,
        f"Wilson at the effective n, clustered by {by}",
        n=round(n),
        targets=targets,
        clusters=share.clusters,
        n_effective=float(interval.n_effective),
        approximate=bool(interval.approximate),
    )
    if interval.degenerate:
        reason = _degenerate_reason(value)
        return replace(estimate, method=f"Wilson over distinct targets ({reason})")
    variance = float(share.variance)
    return replace(
        estimate,
        standard_error=variance**0.5,
        design_effect=variance * n / (value * (1 - value)),
    )


def _degenerate_reason(value: float) -> str:
    if value >= 1:
        return "nothing but hits"
    return "nothing but misses" if value <= 0 else "one cluster"
