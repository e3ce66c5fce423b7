"""Two models on the targets both answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointbench.statistics.clusters import cluster_sums, clustered_mean
from pointbench.statistics.estimates import CONFIDENCE, Estimate, unknown
from pointbench.statistics.intervals import wilson

POWER = 0.8
"""With which a wanted number of targets would show a difference."""


@dataclass(frozen=True)
class Difference:
    """The mean over targets of A's rate minus B's, with its two-sided p.

    ``wanted`` is the number of targets at which a true difference of the size seen would show
    with 80 % power; None where no difference or no spread was seen.
    """

    estimate: Estimate
    p: float | None
    wanted: int | None


def difference(
    a: Any, b: Any, cluster: Any, confidence: float = CONFIDENCE, by: str = "screenshot"
) -> Difference:
    """The paired difference of per-target means, by a clustered t interval.

    ``a`` and ``b`` hold the two models' means, 0 to 1, of the targets both answered. The paired
    cluster-robust standard error is Miller 2024's (arXiv:2411.00640, section 4.2). The degrees of
    freedom are clusters - 1 at most, fewer where few clusters make up the variance: 3 g - 2 of the g
    that `clusters.spread` counts, as g is a third of the clusters where their residuals are normal.
    (The interval of a share takes g itself, being skew near 1.) Where no target differs
    from any other in its difference, a t interval would be a point; there the ends are moved by
    Wilson's bound on a kind of target that was not seen once among so many clusters.
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    gap = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    cluster = np.asarray(cluster)
    n = len(gap)
    if n == 0:
        return Difference(unknown(confidence), None, None)
    value = float(gap.mean())
    method = f"paired difference of target means, t, clustered by {by}"
    clusters = len(np.unique(cluster))
    if clusters < 2:
        # One screenshot has no spread between screenshots; its targets are all there is.
        method = "paired difference of target means, t over targets (one cluster)"
        cluster = np.arange(n)
    between = clustered_mean(value, cluster_sums((gap - value) / n, cluster))
    error = math.sqrt(float(between.variance)) if between.clusters > 1 else 0.0
    if error <= 1e-12:
        unseen = wilson(0, between.clusters, confidence)[1]
        found = Estimate(
            value,
            max(-1.0, value - unseen),
            min(1.0, value + unseen),
            confidence,
            "Wilson's bound on targets that differ (all alike)",
            n=n,
            clusters=clusters,
            standard_error=0.0,
            approximate=True,
        )
        same_sign = 1.0 if abs(value) <= 1e-12 else min(1.0, 2 * 0.5**between.clusters)
        return Difference(found, same_sign, None)
    freedom = max(1.0, min(float(between.contributing) * 3 - 2, between.clusters - 1))
    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    found = Estimate(
        value,
        max(-1.0, value - reach),
        min(1.0, value + reach),
        confidence,
        method,
        n=n,
        clusters=clusters,
        standard_error=error,
        approximate=clusters < 10 or float(between.contributing) < 4,
    )
    p = float(2 * stdtr(freedom, -abs(value) / error))
    return Difference(found, p, wanted_targets(value, error * math.sqrt(n), confidence))


def wanted_targets(
    value: float, deviation: float, confidence: float = CONFIDENCE, power: float = POWER
) -> int | None:
    """Targets at which a true difference ``value`` shows at this confidence with this power.

    ``deviation`` is that of one target's difference, clustering included:
    n = ((z_confidence + z_power) deviation / value)^2.
    """
    if abs(value) <= 1e-12 or deviation <= 0:
        return None
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2) + ndtri(power))
    return math.ceil((z * deviation / value) ** 2)


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact two-sided p from the targets that only one of two models got right."""
    from statsmodels.stats.contingency_tables import mcnemar as exact_test

    return float(exact_test([[0, only_a], [only_b, 0]], exact=True).pvalue)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p (Holm 1979, Scand. J. Stat. 6:65), by statsmodels; None stays None."""
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    from statsmodels.stats.multitest import multipletests

    adjusted = iter(multipletests(known, method="holm")[1])
    return [None if p is None else float(next(adjusted)) for p in p_values]


def ranks(
    labels: Sequence[str], values: Sequence[float | None], worse: Sequence[tuple[str, str]]
) -> dict[str, tuple[int, int, int] | None]:
    """Each model's rank by its figure, and the best and worst rank the comparisons leave open.

    ``worse`` holds a pair (better, worse) for every difference that is significant after Holm. A
    model's best rank is one more than the models that are better for certain, its worst the number
    of models less those that are worse for certain. Equal figures share a rank.
    """
    known = {label: value for label, value in zip(labels, values, strict=True) if value is not None}
    found: dict[str, tuple[int, int, int] | None] = dict.fromkeys(labels)
    for label, value in known.items():
        rank = 1 + sum(other > value for other in known.values())
        best = 1 + sum(loser == label for _, loser in worse)
        last = len(known) - sum(winner == label for winner, _ in worse)
        found[label] = rank, min(best, rank), max(last, rank)
    return found
