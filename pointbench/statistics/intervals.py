"""Intervals of a share of independent trials, by statsmodels and scipy."""

from __future__ import annotations

from typing import Any

from pointbench.statistics.estimates import CONFIDENCE


def wilson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of ``hits`` out of ``n``; (0, 1) without a trial.

    Wilson 1927, JASA 22:209; statsmodels `proportion_confint`.
    """
    if n <= 0:
        return 0.0, 1.0
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, alpha=1 - confidence, method="wilson")
    # At the ends the formula's own 0 and 1 are missed by a rounding error.
    return (0.0 if hits <= 0 else float(low)), (1.0 if hits >= n else float(high))


def clopper_pearson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact two-sided interval of ``hits`` out of ``n``; (0, 1) without a trial.

    Clopper and Pearson 1934, Biometrika 26:404; statsmodels `proportion_confint`. ``hits`` and
    ``n`` may be fractions, as effective counts are.
    """
    if n <= 0:
        return 0.0, 1.0
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, alpha=1 - confidence, method="beta")
    return (0.0 if hits <= 0 else float(low)), (1.0 if hits >= n else float(high))


def lower_bound(hits: float, n: float, confidence: float = CONFIDENCE) -> float:
    """The one-sided Clopper-Pearson bound: rates below it are refuted at this confidence.

    All of n right gives ``(1 - confidence) ** (1 / n)``; none right, or no trial, gives 0.
    """
    if n <= 0 or hits <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(hits, n - hits + 1, 1 - confidence))


def wilson_at(value: Any, n: Any, quantile: Any) -> tuple[Any, Any]:
    """Wilson's interval around ``value`` for ``n`` trials and a ``quantile`` of z or t. Vectorized.

    statsmodels computes Wilson's interval from a normal quantile only, so a quantile of Student's
    t is handed to it as the level at which the normal one is as large.
    """
    import numpy as np
    from scipy.special import ndtr

    value, n, quantile = (np.array(x, dtype=float) for x in np.broadcast_arrays(value, n, quantile))
    # Beyond z = 8 the normal tail is lost to rounding, and the interval is nearly 0 to 1 anyway.
    alpha = 2 * ndtr(-np.minimum(quantile, 8.0))
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(value * n, n, alpha=alpha, method="wilson")
    return np.minimum(low, value), np.maximum(high, value)


def clopper_pearson_at(value: Any, n: Any, confidence: float = CONFIDENCE) -> tuple[Any, Any]:
    """The Clopper-Pearson interval around shares of ``n`` (effective) trials. Vectorized."""
    import numpy as np
    from statsmodels.stats.proportion import proportion_confint

    value, n = (np.array(x, dtype=float) for x in np.broadcast_arrays(value, n))
    low, high = proportion_confint(value * n, n, alpha=1 - confidence, method="beta")
    return np.where(value <= 0, 0.0, low), np.where(value >= 1, 1.0, high)
