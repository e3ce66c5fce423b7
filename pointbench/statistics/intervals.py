"""Confidence intervals for a share of independent trials: Wilson's and Clopper-Pearson's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointbench.statistics.estimates import CONFIDENCE

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats, Numbers


def wilson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval for ``hits`` out of ``n``.

    Parameters
    ----------
    hits, n : float
        Correct trials and all trials; fractions are allowed.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    low, high : float
        The ends of the interval, 0 to 1; (0, 1) without a trial.

    References
    ----------
    Wilson 1927, JASA 22:209.

    Examples
    --------
    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if n <= 0:
        return 0.0, 1.0
    from scipy.special import ndtri

    low, high = wilson_at(hits / n, n, -ndtri((1 - confidence) / 2))
    return float(low), float(high)


def clopper_pearson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact two-sided interval for ``hits`` out of ``n``.

    Parameters
    ----------
    hits, n : float
        Correct trials and all trials; may be fractions, as effective counts are.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    low, high : float
        The ends of the interval, 0 to 1; (0, 1) without a trial.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; scipy `betaincinv`.

    Examples
    --------
    >>> low, high = clopper_pearson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.444, 0.975)
    """
    if n <= 0:
        return 0.0, 1.0
    low, high = _exact_ends(hits, n, confidence)
    return float(low), float(high)


def lower_bound(hits: float, n: float, confidence: float = CONFIDENCE) -> float:
    """The one-sided Clopper-Pearson bound: rates below it are refuted at this confidence.

    Parameters
    ----------
    hits, n : float
        Correct trials and all trials; fractions are allowed.
    confidence : float
        One-sided, 0 to 1.

    Returns
    -------
    float
        ``(1 - confidence) ** (1 / n)`` if all ``n`` are correct; 0 if none is, or without a trial.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; scipy `betaincinv`.

    Examples
    --------
    >>> round(lower_bound(29, 29), 4)
    0.9019
    """
    if n <= 0 or hits <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(hits, n - hits + 1, 1 - confidence))


def wilson_at(
    value: float | Numbers, n: float | Numbers, quantile: float | Numbers
) -> tuple[Floats, Floats]:
    """Wilson's interval around shares, for any quantile of z or t. Vectorized.

    The ends are the two shares from which ``value`` is ``quantile`` standard errors away.

    Parameters
    ----------
    value : float or array of float, shape (...)
        Shares, 0 to 1.
    n : float or array of float, shape (...)
        Trials, or effective trials, of each share.
    quantile : float or array of float, shape (...)
        Half width of the interval in standard errors. The three are broadcast together.

    Returns
    -------
    low, high : array of float64, shape (...)
        The ends of the intervals.

    References
    ----------
    Wilson 1927, JASA 22:209.

    Examples
    --------
    >>> low, high = wilson_at([0.5, 0.8], 10, 1.96)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.237, 0.49], [0.763, 0.943])
    """
    import numpy as np

    value, n, quantile = (np.asarray(x, dtype=float) for x in (value, n, quantile))
    square = quantile**2 / n
    center = (value + square / 2) / (1 + square)
    half_width = np.sqrt(square * (value * (1 - value) + square / 4)) / (1 + square)
    # Rounding keeps the formula from giving exactly 0 and 1 at the ends, and may cross the share.
    low = np.where(value <= 0, 0.0, np.clip(center - half_width, 0.0, value))
    high = np.where(value >= 1, 1.0, np.clip(center + half_width, value, 1.0))
    return low, high


def clopper_pearson_at(
    value: float | Numbers, n: float | Numbers, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """The Clopper-Pearson interval around shares of ``n`` (effective) trials. Vectorized.

    Parameters
    ----------
    value : float or array of float, shape (...)
        Shares, 0 to 1.
    n : float or array of float, shape (...)
        Trials, or effective trials, of each share; broadcast with ``value``.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    low, high : array of float64, shape (...)
        The ends of the intervals.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; scipy `betaincinv`.

    Examples
    --------
    >>> low, high = clopper_pearson_at([0.5, 0.8], 10)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.187, 0.444], [0.813, 0.975])
    """
    import numpy as np

    return _exact_ends(np.asarray(value, dtype=float) * n, n, confidence)


def _exact_ends(
    hits: float | Floats, n: float | Numbers, confidence: float
) -> tuple[Floats, Floats]:
    """Clopper-Pearson ends of ``hits`` out of ``n``, broadcast together: quantiles of two betas."""
    import numpy as np
    from scipy.special import betainccinv, betaincinv

    hits, n = (np.array(x, dtype=float) for x in np.broadcast_arrays(hits, n))
    tail, misses = (1 - confidence) / 2, n - hits
    some_hits, some_misses = hits > 0, misses > 0
    # Where nothing lies beyond an end, the beta distribution would have a parameter of 0.
    low = betaincinv(np.where(some_hits, hits, 1.0), misses + 1, tail)
    high = betainccinv(hits + 1, np.where(some_misses, misses, 1.0), tail)
    return np.where(some_hits, low, 0.0), np.where(some_misses, high, 1.0)
