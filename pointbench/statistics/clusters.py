"""Shares and means of clustered trials, with intervals that remember clustering.

Targets on one screenshot tend to be hit or missed together, and repeats of a target even more so. How
much cannot be read off a run that has no miss, or one screenshot only. The interval of a share
therefore mixes over every intraclass correlation (ICC) r that the verdicts leave open, each with its
weight in the posterior of a beta-binomial model (`correlation`). Given r, n targets count as

    n(r) = 1 / (f (1 - r) sum(w^2) + r sum(W^2))

independent ones, where w is the weight of a target, W that of a screenshot, both summing to 1; with
equal weights this is Kish's ``n / (1 + (m - 1) r)`` for m targets per screenshot. n(r) is at most what
the variance between the screenshots allows. The share is then Beta(1/2 + p n(r), 1/2 + (1 - p) n(r)),
centered on the observed share p, and the interval runs from the 2.5 to the 97.5 % point of the
mixture. No case is special: not one screenshot, not a run without a miss.

f tells how far repeats add to a target's evidence: 1 if its answers never change (or it was asked
once), 1/t if t answers are independent.

The standard error and the design effect are linearized (ratio-estimator, cluster-robust), as in survey
statistics. benchmarks/coverage.py compares the coverage with that of Wilson's interval at the effective
n of that variance, which forgets clustering where it sees no miss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pointbench.statistics.correlation import CORRELATIONS, SHARE_PRIOR, correlation_weights
from pointbench.statistics.estimates import CONFIDENCE, Estimate, unknown
from pointbench.statistics.intervals import beta_mixture_quantile, wilson

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Codes, Floats, Ints, Numbers

FEW_CLUSTERS = 8
"""An interval from fewer clusters is marked approximate."""

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
class ShareDistribution:
    """What the verdicts leave open about one or many shares: mixtures of beta distributions.

    Attributes
    ----------
    value : array of float64, shape (...)
        The observed shares.
    weights, n_effective : array of float64, shape (..., correlations)
        Weight of each ICC in `correlation.CORRELATIONS`, and the number of independent targets
        that the targets count as under it.
    n : array of float64, shape (...)
        The number that they would count as without any correlation.

    Examples
    --------
    >>> import numpy as np
    >>> all_of_twenty = share_distribution(1.0, np.array([20.0]), np.array([20.0]))
    >>> [round(float(end), 3) for end in all_of_twenty.ends()]
    [0.524, 1.0]
    """

    value: Floats
    weights: Floats
    n_effective: Floats
    n: Floats

    def quantile(self, q: float | Floats) -> Floats:
        """The share below which the mixture has the weight ``q``; shape (...)."""
        return self._quantile(q, SHARE_PRIOR, SHARE_PRIOR)

    def _quantile(self, q: float | Floats, more_hits: float | Floats, more_misses: float) -> Floats:
        hits = self.value[..., None] * self.n_effective
        misses = (1 - self.value[..., None]) * self.n_effective
        return beta_mixture_quantile(self.weights, hits + more_hits, misses + more_misses, q)

    def ends(self, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """The two-sided interval: both ends of shape (...), with the share between them."""
        import numpy as np

        tail = (1 - confidence) / 2
        levels = np.array([tail, 1 - tail]).reshape(2, *(1,) * self.value.ndim)
        low, high = self.quantile(levels)
        # Less than one miss (a target right in most of its repeats) goes that far from none, whose
        # end is 1; the same for hits.
        low = low * np.minimum(1.0, self.value * self.n)
        high = 1 - (1 - high) * np.minimum(1.0, (1 - self.value) * self.n)
        return np.minimum(low, self.value), np.maximum(high, self.value)

    def lower_bound(self, confidence: float = CONFIDENCE) -> Floats:
        """The one-sided lower bound of the share, of shape (...): Clopper-Pearson's at each n."""
        import numpy as np

        # Without a hit the beta distribution would have a parameter of 0.
        some = self.value > 0
        bound = self._quantile(1 - confidence, np.where(some, 0.0, 1.0)[..., None], 1.0)
        return np.where(some, np.minimum(bound, self.value), 0.0)


def share_distribution(
    value: float | Floats,
    hits: Floats,
    sizes: Floats,
    own: float | Floats | None = None,
    shared: float | Floats | None = None,
    variance: float | Floats = float("nan"),
) -> ShareDistribution:
    """What the verdicts leave open about one or many shares. Vectorized.

    Parameters
    ----------
    value : float or array of float64, shape (...)
        The observed share, 0 to 1.
    hits, sizes : array of float64, shape (..., clusters)
        Correct targets and all targets of each cluster, of which the ICC is learned; fractions are
        allowed.
    own, shared : float or array of float64, shape (...), optional
        The sums f sum(w^2) over targets and sum(W^2) over clusters (see the top of this module); by
        default those of equal weights, from ``sizes``.
    variance : float or array of float64, shape (...)
        The linearized variance of the share; NaN if it is unknown.

    Returns
    -------
    ShareDistribution
        One mixture per share.

    References
    ----------
    The effective n is Kish's (1965, Survey Sampling, section 5.4). For the interval of one share with
    Jeffreys' prior see Brown, Cai and DasGupta 2001 (Stat. Sci. 16:101). That both are mixed over the
    ICC's posterior, and the cap on n(r), were chosen by the coverage that benchmarks/coverage.py prints.

    Examples
    --------
    >>> import numpy as np
    >>> two_screenshots = share_distribution(0.7, np.array([8.0, 6.0]), np.array([10.0, 10.0]))
    >>> [round(float(end), 3) for end in two_screenshots.ends()]
    [0.384, 0.91]
    """
    import numpy as np

    value, sizes = np.asarray(value, dtype=float), np.asarray(sizes, dtype=float)
    if own is None or shared is None:
        n = sizes.sum(axis=-1)
        own, shared = 1 / n, (sizes**2).sum(axis=-1) / n**2
    own, shared = np.asarray(own)[..., None], np.asarray(shared)[..., None]
    grid = np.array(CORRELATIONS)
    by_correlation = 1 / (own * (1 - grid) + shared * grid)
    binomial, variance = value * (1 - value), np.asarray(variance, dtype=float)
    seen = variance > ROUNDING
    most = np.where(seen, binomial / np.where(seen, variance, 1.0), np.inf)[..., None]
    weights = correlation_weights(hits, sizes)
    n_effective = np.broadcast_to(np.minimum(by_correlation, most), weights.shape)
    value = np.broadcast_to(value, weights.shape[:-1])
    return ShareDistribution(value, weights, n_effective, 1 / own[..., 0])


def targets_distribution(
    rates: Floats,
    weights: Floats,
    cluster: Codes,
    variance: float | Floats = float("nan"),
    largest_n: float | None = None,
) -> ShareDistribution:
    """What the verdicts leave open about a weighted mean of the targets' rates. Vectorized.

    A target asked several times varies less than a single answer would, by what its own answers
    differ. Targets whose answers never change count once, however often they were asked.

    Parameters
    ----------
    rates : array of float64, shape (..., targets)
        The share of correct trials of each target, in one or many runs.
    weights : array of float64, shape (targets,)
        Weight of each target; they sum to 1.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    variance : float or array of float64, shape (...)
        The linearized variance of the mean; NaN if it is unknown.
    largest_n : float, optional
        Upper limit of the effective n, such as the number of trials; by default that of one trial
        per target.

    Returns
    -------
    ShareDistribution
        One mixture per run.

    References
    ----------
    The variance within targets is ``mean(y (1 - y))`` of their rates y, as a part of ``p (1 - p)``. One
    more steady target is added to it, so that a lone miss is not taken for a sign of loose answers.

    Examples
    --------
    >>> import numpy as np
    >>> even = np.full(4, 1 / 4)
    >>> once = targets_distribution(np.array([1.0, 0, 1, 0]), even, range(4))
    >>> ten_times = targets_distribution(np.array([0.5, 0.4, 0.6, 0.5]), even, range(4), largest_n=40)
    >>> round(float(once.n), 1), round(float(ten_times.n), 1)
    (4.0, 7.8)
    """
    import numpy as np

    rates, weights = np.asarray(rates, dtype=float), np.asarray(weights, dtype=float)
    # Weights that sum to 1 but for rounding must not make a miss of nothing but hits.
    value = np.where(rates.min(axis=-1) >= 1, 1.0, np.minimum((rates * weights).sum(axis=-1), 1.0))
    squares = float((weights**2).sum())
    within = (weights**2 * rates * (1 - rates)).sum(axis=-1)
    own = squares * (1 - within / (value * (1 - value) * squares + squares**2))
    own = np.clip(own, 1 / max(largest_n or 0.0, 1 / squares), squares)
    codes = _compact(np.asarray(cluster))
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    starts = np.cumsum(counts) - counts
    units = (squares / own)[..., None]
    return share_distribution(
        value,
        np.add.reduceat(rates[..., order], starts, axis=-1) * units,
        counts * units,
        own,
        float((np.bincount(codes, weights=weights) ** 2).sum()),
        variance,
    )


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

    sums: Floats = np.bincount(_compact(np.asarray(cluster)), weights=values).astype(np.float64)
    return sums


def _compact(cluster: Ints) -> Ints:
    """The codes renumbered from 0 without gaps, in their order."""
    import numpy as np

    if len(cluster) and cluster.min() >= 0 and cluster.max() < 8 * len(cluster) + 1000:
        # A table is much faster than sorting.
        number = np.cumsum(np.bincount(cluster) > 0) - 1
        codes: Ints = number[cluster]
        return codes
    return np.unique(cluster, return_inverse=True)[1]


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
    See `clustered_ratio` for the standard error and `share_distribution` for the interval.

    Examples
    --------
    >>> estimate = share([4, 0] * 5, [4] * 10, range(10))
    >>> estimate.value, estimate.hits, estimate.n
    (0.5, 20, 40)
    >>> round(estimate.low, 3), round(estimate.high, 3)
    (0.212, 0.788)
    """
    hits, trials, cluster = _sampled_targets(hits, trials, cluster)
    n = float(trials.sum())
    if n == 0:
        return unknown(confidence)
    ratio = clustered_ratio(hits, trials, cluster)
    distribution = targets_distribution(hits / trials, trials / n, cluster, ratio.variance, n)
    estimate = _estimate(ratio, distribution, len(hits), n, n, confidence, by)
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
        Upper limit of the effective n, such as the trials that the values are means of; by default
        the number of targets.

    Returns
    -------
    Estimate
        ``n`` counts targets; there are no hits. Without a target, `unknown`.

    References
    ----------
    See `clustered_ratio` for the standard error and `share_distribution` for the interval.

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
    weights, most = np.full(len(shares), 1 / n), largest_n or n
    distribution = targets_distribution(shares, weights, cluster, ratio.variance, most)
    return _estimate(ratio, distribution, len(shares), most, n, confidence, by)


def macro(
    hits: Numbers,
    trials: Numbers,
    cluster: Codes,
    group: Codes,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
) -> Estimate:
    """The mean of the groups' shares, with a clustered interval.

    The ICC is learned from all clusters together, so that differences between the groups count as
    correlation: the interval is rather too wide than too narrow.

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
    See `clustered_macro_mean` for the standard error and `share_distribution` for the interval.

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
    _, codes = np.unique(group, return_inverse=True)
    group_trials = np.bincount(codes, weights=trials)
    weights = trials / (len(group_trials) * group_trials[codes])
    distribution = targets_distribution(
        hits / trials, weights, cluster, macro_mean.variance, largest_n
    )
    n = float(trials.sum())
    return _estimate(macro_mean, distribution, len(hits), largest_n, n, confidence, by)


def lower_bound(
    hits: Numbers, trials: Numbers, cluster: Codes, confidence: float = CONFIDENCE
) -> float:
    """The one-sided clustered bound of the mean over targets of each one's rate.

    It speaks of other clusters like these, as `mean` does. Where every target is a cluster of its
    own and is asked once, it is the bound of Clopper and Pearson.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target; targets without a trial are ignored.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    confidence : float
        One-sided, 0 to 1.

    Returns
    -------
    float
        0 without a hit or without a trial.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404, at each effective n of `share_distribution`, mixed
    over the ICC.

    Examples
    --------
    >>> round(lower_bound([1] * 40, [1] * 40, range(40)), 3)
    0.928
    """
    import numpy as np

    hits, trials, cluster = _sampled_targets(hits, trials, cluster)
    if not len(hits):
        return 0.0
    rates, n = hits / trials, len(hits)
    ratio = clustered_ratio(rates, np.ones(n), cluster)
    distribution = targets_distribution(
        rates, np.full(n, 1 / n), cluster, ratio.variance, float(trials.sum())
    )
    return float(distribution.lower_bound(confidence))


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
    share: ClusteredMean,
    distribution: ShareDistribution,
    targets: int,
    largest_n: float,
    n: float,
    confidence: float,
    by: str,
) -> Estimate:
    value, variance = float(share.value), float(share.variance)
    low, high = distribution.ends(confidence)
    estimate = Estimate(
        value,
        # Rounding may set the two sums of the same rates apart.
        min(float(low), value),
        max(float(high), value),
        confidence,
        f"beta-binomial, clustered by {by}",
        n=round(n),
        targets=targets,
        clusters=share.clusters,
        approximate=share.clusters < FEW_CLUSTERS,
    )
    binomial = value * (1 - value)
    if share.clusters < 2 or binomial <= 0:
        # Nothing varies between clusters, so the effective n is what the ICC's posterior says.
        mean_inverse = (distribution.weights / distribution.n_effective).sum()
        return replace(estimate, n_effective=1 / float(mean_inverse))
    seen = variance * largest_n > binomial
    return replace(
        estimate,
        standard_error=variance**0.5,
        design_effect=variance * n / binomial,
        n_effective=binomial / variance if seen else largest_n,
    )
