"""Shares and means of trials that come in clusters, with intervals that hold near 0 and 1.

Targets of one screenshot are hit and missed together, and repeats of a target even more so. The
variance is the linearised (ratio-estimator, cluster-robust) one of survey statistics; the interval
is Wilson's at the effective sample size n / design effect, with a quantile of Student's t. Dean and
Pagano 2015 (J. Surv. Stat. Methodol. 3:484) and Franco et al. 2019 (same, 7:334) compare such
intervals; Korn and Graubard 1998 (Surv. Methodol. 24:193) put the Clopper-Pearson interval there.

The degrees of freedom are the clusters that make up the variance, ``(sum e^2)^2 / sum e^4`` over
the cluster residuals e: one screenshot with all the misses counts as one, whatever the number of
screenshots. With the customary "clusters - 1" the intervals of rates near 1 cover 60 to 90 %
(benchmarks/coverage.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pointbench.statistics.estimates import CONFIDENCE, Estimate, unknown
from pointbench.statistics.intervals import wilson, wilson_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

FEW_CLUSTERS = 10
"""With fewer, an interval is marked approximate."""

FEW_CONTRIBUTING = 4.0
"""With fewer clusters that make up the variance, an interval is marked approximate."""

ROUNDING = 1e-28
"""Squared residuals of shares up to this are rounding errors."""


@dataclass(frozen=True)
class ClusteredMean:
    """A mean and its variance between clusters.

    ``variance`` is that of the mean; ``contributing`` the number of clusters that make it up, from
    1 to ``clusters``.
    """

    value: Any
    variance: Any
    clusters: int
    contributing: Any


def clustered_mean(value: Any, residuals: Any, factor: float | None = None) -> ClusteredMean:
    """The cluster-robust variance from the linearised ``residuals``, one a cluster (last axis).

    Residuals are already divided by what the mean divides by, and sum to 0. ``factor`` makes up for
    the means they are taken about, C / (C - 1) for a single one; with one cluster the variance is
    unknown (NaN).
    """
    import numpy as np

    clusters = residuals.shape[-1]
    squares = residuals**2
    total = squares.sum(axis=-1)
    if clusters < 2:
        return ClusteredMean(
            value, np.full(np.shape(total), np.nan), clusters, np.zeros(np.shape(total))
        )
    # Scaled by the largest, as fourth powers of small residuals underflow.
    largest = squares.max(axis=-1, keepdims=True)
    scaled = np.divide(squares, largest, out=np.zeros_like(squares), where=largest > ROUNDING)
    fourth = (scaled**2).sum(axis=-1)
    # Where all clusters agree, none stands out.
    alike = np.full(np.shape(total), float(clusters))
    contributing = np.divide(scaled.sum(axis=-1) ** 2, fourth, out=alike, where=fourth > 0)
    factor = clusters / (clusters - 1) if factor is None else factor
    return ClusteredMean(value, total * factor, clusters, contributing)


@dataclass(frozen=True)
class Interval:
    """The interval around a share: its ends, the effective n, and how far it can be trusted.

    ``degenerate`` marks where Wilson's interval over distinct targets was taken instead.
    """

    low: Any
    high: Any
    n: Any
    degenerate: Any
    approximate: Any


def clustered_interval(
    between: ClusteredMean, targets: int, largest_n: Any, confidence: float = CONFIDENCE
) -> Interval:
    """The interval around one or many shares with the same clusters and targets. Vectorized.

    With one cluster, or nothing but hits or misses, nothing varies between clusters: Wilson's
    interval over the distinct targets.
    """
    import numpy as np
    from scipy.special import ndtri

    value = np.asarray(between.value, dtype=float)
    degenerate = (value <= 0) | (value >= 1) | (between.clusters < 2)
    low, high, worth = effective_interval(between, largest_n, confidence)
    z = ndtri((1 + confidence) / 2)
    wilson_low, wilson_high = wilson_at(value, targets, z)
    few = (between.clusters < FEW_CLUSTERS) | (between.contributing < FEW_CONTRIBUTING)
    # Without a miss nobody can say whether misses come in clusters, unless a cluster is a target.
    unseen = (between.clusters < FEW_CLUSTERS) | (between.clusters < targets)
    return Interval(
        np.where(degenerate, np.where(value <= 0, 0.0, wilson_low), low),
        np.where(degenerate, np.where(value >= 1, 1.0, wilson_high), high),
        np.where(degenerate, float(targets), worth),
        degenerate,
        np.where(degenerate, unseen, few),
    )


def effective_interval(
    between: ClusteredMean, largest_n: Any, confidence: float = CONFIDENCE
) -> tuple[Any, Any, Any]:
    """Low, high and effective n of shares strictly between 0 and 1. Vectorized.

    The effective n is ``p (1 - p) / variance``, at most ``largest_n``: clusters that happen to
    agree better than chance are no evidence of more trials.
    """
    import numpy as np
    from scipy.special import stdtrit

    value = np.asarray(between.value, dtype=float)
    variance = np.nan_to_num(np.asarray(between.variance, dtype=float))
    binomial = value * (1 - value)
    largest = np.broadcast_to(np.asarray(largest_n, dtype=float), value.shape)
    narrow = variance * largest <= binomial
    n = np.where(narrow, largest, binomial / np.where(narrow, 1.0, variance))
    # Shares of 0 or 1 have no n of their own; `clustered_interval` takes another interval there.
    n = np.where(n > 0, n, largest)
    most = max(between.clusters - 1, 1)
    freedom = np.minimum(np.maximum(between.contributing, 2.0), most)
    quantile = stdtrit(freedom, (1 + confidence) / 2)
    low, high = wilson_at(value, n, quantile)
    return low, high, n


def cluster_sums(values: Floats, cluster: Codes) -> Floats:
    """The sums of ``values`` within each cluster, in the order of the cluster codes."""
    import numpy as np

    _, codes = np.unique(cluster, return_inverse=True)
    sums: Floats = np.bincount(codes, weights=values).astype(np.float64)
    return sums


def clustered_ratio(hits: Floats, trials: Floats, cluster: Codes) -> ClusteredMean:
    """The ratio ``sum(hits) / sum(trials)`` over units (targets) that lie in clusters.

    Cochran 1977, Sampling Techniques, 3rd ed., 9A.3: residuals ``hits - value x trials``.
    """
    n = trials.sum()
    value = hits.sum() / n
    return clustered_mean(value, cluster_sums((hits - value * trials) / n, cluster))


def clustered_macro_mean(
    hits: Floats, trials: Floats, cluster: Codes, group: Codes
) -> tuple[ClusteredMean, float]:
    """The mean of the groups' rates, and the n of independent trials it is at most worth.

    A cluster may lie in several groups. Each unit's residual is taken about its own group's rate,
    times sqrt(m / (m - 1)) where the group lies in m clusters (the strata of survey sampling); a
    group that lies in one cluster has no spread of its own, so its residual is taken about the mean
    of all (`lonely.psu = "adjust"` of Lumley's R package survey), which is on the safe side. What
    the mean is at most worth is Kish's n, 1 / sum of squared weights (Kish 1965, Survey Sampling,
    11.7).
    """
    import numpy as np

    names, codes = np.unique(group, return_inverse=True)
    group_trials = np.bincount(codes, weights=trials)
    rates = np.bincount(codes, weights=hits) / group_trials
    value = rates.mean()
    pairs = np.unique(np.column_stack((codes, cluster)), axis=0)[:, 0]
    found_in = np.bincount(pairs, minlength=len(names))
    lonely = found_in < 2
    about = np.where(lonely, value, rates)
    scale = np.where(lonely, 1.0, np.sqrt(found_in / np.maximum(found_in - 1, 1)))
    weight = 1 / (len(names) * group_trials[codes])
    residuals = (hits - about[codes] * trials) * weight * scale[codes]
    kish = 1 / float((trials * weight**2).sum())
    return clustered_mean(value, cluster_sums(residuals, cluster), factor=1.0), kish


def share(
    hits: Any,
    trials: Any,
    cluster: Any,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
    largest_n: float | None = None,
    counted: bool = True,
) -> Estimate:
    """The share ``sum(hits) / sum(trials)`` over targets (one entry each), clustered.

    ``cluster`` holds a code for each target and ``by`` is what the codes stand for. With
    ``counted`` false, ``hits`` are means between 0 and 1 and ``trials`` ones: the estimate then
    counts targets and has no hits. ``largest_n`` is the most trials it can be worth.
    """
    hits, trials, cluster = _asked(hits, trials, cluster)
    n = float(trials.sum())
    if n == 0:
        return unknown(confidence)
    between = clustered_ratio(hits, trials, cluster)
    found = _estimate(between, len(hits), largest_n or n, n, confidence, by)
    if not counted:
        return found
    count = round(float(hits.sum()))
    return _with_counts(found, count, round(n), confidence)


def mean(
    values: Any,
    cluster: Any,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
    largest_n: float | None = None,
) -> Estimate:
    """The mean of one value between 0 and 1 for each target, clustered."""
    import numpy as np

    values = np.asarray(values, dtype=float)
    return share(
        values,
        np.ones(len(values)),
        cluster,
        confidence=confidence,
        by=by,
        largest_n=largest_n,
        counted=False,
    )


def macro(
    hits: Any,
    trials: Any,
    cluster: Any,
    group: Any,
    *,
    confidence: float = CONFIDENCE,
    by: str = "screenshot",
) -> Estimate:
    """The mean of the rates of the groups (apps) that were asked, clustered."""
    import numpy as np

    asked = np.asarray(trials) > 0
    hits, trials, cluster = _asked(hits, trials, cluster)
    if not len(hits):
        return unknown(confidence)
    between, kish = clustered_macro_mean(hits, trials, cluster, np.asarray(group)[asked])
    found = _estimate(between, len(hits), kish, float(trials.sum()), confidence, by)
    return _with_counts(found, None, round(float(trials.sum())), confidence)


def _asked(hits: Any, trials: Any, cluster: Any) -> tuple[Floats, Floats, Codes]:
    import numpy as np

    asked = np.asarray(trials) > 0
    return (
        np.asarray(hits, dtype=float)[asked],
        np.asarray(trials, dtype=float)[asked],
        np.asarray(cluster, dtype=np.int64)[asked],
    )


def _estimate(
    between: ClusteredMean, targets: int, largest_n: float, n: float, confidence: float, by: str
) -> Estimate:
    value = float(between.value)
    found = clustered_interval(between, targets, largest_n, confidence)
    estimate = Estimate(
        value,
        float(found.low),
        float(found.high),
        confidence,
        f"Wilson at the effective n, clustered by {by}",
        n=round(n),
        targets=targets,
        clusters=between.clusters,
        n_effective=float(found.n),
        approximate=bool(found.approximate),
    )
    if found.degenerate:
        return replace(estimate, method=f"Wilson over distinct targets ({_why(value)})")
    variance = float(between.variance)
    return replace(
        estimate,
        standard_error=variance**0.5,
        design_effect=variance * n / (value * (1 - value)),
    )


def _why(value: float) -> str:
    if value >= 1:
        return "nothing but hits"
    return "nothing but misses" if value <= 0 else "one cluster"


def _with_counts(found: Estimate, hits: int | None, n: int, confidence: float) -> Estimate:
    if hits is None:
        return replace(found, n=n)
    return replace(found, hits=hits, n=n, wilson=wilson(hits, n, confidence))
