"""Intervals for a share of independent trials: Wilson's, Clopper-Pearson's, and beta mixtures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pointbench.statistics.estimates import CONFIDENCE

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats, Numbers

_TINY = 1e-300
_FARTHEST = 690.0
"""Logits of shares that are next to 0 or 1 for a computer."""
_NEAR = 1e-6
_CLOSE = 1e-11
"""The last step of the logit by Newton's method, and by halving."""
_NEWTON_STEPS = 15
_MOST_STEPS = 80
_NO_WEIGHT = 1e-15
"""Parts of a mixture that weigh no more than this are left out."""


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


def targets_lower_bound(hits: Numbers, trials: Numbers, confidence: float = CONFIDENCE) -> float:
    """The one-sided bound of the mean over these very targets of each one's own rate.

    This is the chance that a click on one of them, drawn at random, is correct. Nothing is assumed
    about the targets' rates.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target; targets without a trial are ignored. Trials are
        independent; how often a target is asked must not depend on its answers.
    confidence : float
        One-sided, 0 to 1.

    Returns
    -------
    float
        At most the mean of the targets' shares; 0 without a hit or without a trial.

    References
    ----------
    With t trials of every target, all N trials have the mean rate in question, and their number of hits
    varies less than a binomial one (Hoeffding 1956, Ann. Math. Stat. 27:713): the bound is that of
    Clopper and Pearson 1934 (Biometrika 26:404) for hits of N. With uneven trials every target gets
    the weight of m trials. One with fewer is given misses for the rest. One with more counts by its
    share, which varies less than m trials would; the bound is then Bentkus' (2004, Ann. Probab.
    32:1650), the least over u of ``E max(X - u, 0) / (s - u)`` for a binomial X and s hits. m is the
    number of trials that would give the highest bound without a miss.

    Examples
    --------
    >>> round(targets_lower_bound([2] * 15, [2] * 15), 3) == round(lower_bound(30, 30), 3)
    True
    >>> round(targets_lower_bound([2] * 14 + [30], [2] * 14 + [30]), 3)
    0.905
    """
    import numpy as np

    asked = np.asarray(trials) > 0
    hits = np.asarray(hits, dtype=float)[asked]
    trials = np.asarray(trials, dtype=float)[asked]
    if not hits.sum():
        return 0.0
    counted, times = np.unique(trials, return_counts=True)
    all_trials = counted * len(trials)
    given = [float((times * np.maximum(m - counted, 0)).sum()) for m in counted]
    flawless = [
        lower_bound(float(n - misses), float(n), confidence)
        for n, misses in zip(all_trials, given, strict=True)
    ]
    m = counted[int(np.argmax(flawless))]
    n = round(m * len(trials))
    right = float((hits * (m / np.maximum(trials, m))).sum())
    if trials.max() <= m:
        return lower_bound(right, n, confidence)
    return float(min(_bentkus_lower_bound(right, n, confidence), right / n))


def _bentkus_lower_bound(hits: float, n: int, confidence: float) -> float:
    """The share at which Bentkus' bound on the chance of this many hits reaches 1 - confidence."""
    import numpy as np
    from scipy.special import bdtr

    misses, tail = n - hits, 1 - confidence
    first = math.floor(misses + 1e-9) + 1

    def chance(rate: float) -> float:
        """The bound on the chance of no more misses than these, for a miss rate."""
        last = min(n, max(first, math.ceil(n * rate) + 1))
        u = np.unique(np.linspace(first, last, 60).astype(np.int64))
        # E max(u - Y, 0) of a binomial Y, from two of its distribution functions.
        expected = u * bdtr(u, n, rate) - n * rate * bdtr(u - 1, n - 1, rate)
        return float((expected / (u - misses)).min())

    low, high = misses / n, 1.0
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) > tail else (low, middle)
    return 1 - high


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


def beta_mixture_quantile(weights: Numbers, a: Numbers, b: Numbers, q: float | Numbers) -> Floats:
    """Quantiles of mixtures of beta distributions. Vectorized.

    Parameters
    ----------
    weights : array of float64, shape (..., parts)
        Weight of each part; they sum to 1.
    a, b : array of float64, shape (..., parts)
        Parameters of each part, above 0.
    q : float or array of float64, shape (...)
        Levels of the quantiles, between 0 and 1; broadcast with the mixtures.

    Returns
    -------
    array of float64, shape (...)
        The quantiles, 0 to 1.

    References
    ----------
    Newton's method on the logarithm of the smaller tail over the logit of the share, within a bracket
    that is halved where it does not converge; scipy `betainc`.

    Examples
    --------
    >>> beta_mixture_quantile([0.5, 0.5], [2, 8], [8, 2], [0.025, 0.5]).round(4).tolist()
    [0.041, 0.5]
    """
    import numpy as np
    from scipy.special import betaincinv, betaln, expit, logit

    level = np.asarray(q, dtype=float)[..., None]
    part, first, second, level = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (weights, a, b)), level
    )
    counts = part.max(axis=tuple(range(part.ndim - 1)), initial=0.0) > _NO_WEIGHT
    part, first, second, level = (x[..., counts] for x in (part, first, second, level))
    # The upper tail is the lower tail of the opposite share, where no digits are lost.
    upper = level[..., 0] > 0.5
    first, second = (
        np.where(upper[..., None], second, first),
        np.where(upper[..., None], first, second),
    )
    level = np.where(upper, 1 - level[..., 0], level[..., 0])
    mean = first / (first + second)
    center = (part * mean).sum(axis=-1)
    variance = (part * mean * ((first + 1) / (first + second + 1))).sum(axis=-1) - center**2
    # The first guess is the beta distribution of the same mean and variance.
    size = np.maximum(center * (1 - center) / np.maximum(variance, _TINY) - 1, _TINY)
    with np.errstate(divide="ignore"):
        x = logit(betaincinv(center * size, (1 - center) * size, level))
    x = np.clip(np.nan_to_num(x), -_FARTHEST, _FARTHEST)
    low, high = np.full(x.shape, -_FARTHEST), np.full(x.shape, _FARTHEST)
    log_beta = betaln(first, second)
    for turn in range(_MOST_STEPS):
        below, density = _mixture_at(x, part, first, second, log_beta)
        low, high = np.where(below < level, x, low), np.where(below < level, high, x)
        with np.errstate(all="ignore"):
            newton = x - np.log(below / level) * below / density
        inside = (newton >= low) & (newton <= high) & (turn < _NEWTON_STEPS)
        step = np.where(inside, newton, (low + high) / 2) - x
        x = x + step
        # What a Newton step leaves is about its square.
        if np.abs(step[inside]).max(initial=0.0) < _NEAR and (
            inside.all() or np.abs(step[~inside]).max() < _CLOSE
        ):
            break
    share: Floats = np.where(upper, expit(-x), expit(x))
    return share


def _mixture_at(
    x: Floats, weights: Floats, a: Floats, b: Floats, log_beta: Floats
) -> tuple[Floats, Floats]:
    """The share of a mixture of betas below ``expit(x)``, and its density over x."""
    import numpy as np
    from scipy.special import betainc, expit, log_expit

    x = x[..., None]
    below = (weights * betainc(a, b, expit(x))).sum(axis=-1)
    log_density = a * log_expit(x) + b * log_expit(-x) - log_beta
    return below, (weights * np.exp(log_density)).sum(axis=-1)
