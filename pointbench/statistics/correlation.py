"""How alike the verdicts within a cluster are: the posterior of their intraclass correlation.

A model that does not know a program misses many of its icons, so verdicts on one screenshot agree more
than verdicts on two. The beta-binomial model gives each cluster a rate of its own, from a beta
distribution about the share of all clusters; the intraclass correlation (ICC) says how far the rates
spread: 0 if all are alike, 1 if every cluster is either wholly right or wholly wrong.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats

CORRELATIONS = (
    *(0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.13),
    *(0.17, 0.22, 0.28, 0.35, 0.43, 0.53, 0.65, 0.8),
)
"""The grid of the ICC."""

PRIOR_POWER = 5
"""The ICC's prior is Beta(1, 5): mean 1/6, with every correlation from 0 to 1 possible."""

SHARE_PRIOR = 0.5
"""The share's prior is Jeffreys', Beta(1/2, 1/2)."""

_NODES = 17
"""Shares at which the likelihood is integrated, for each ICC."""
_REACH = 6.0
"""How many standard deviations the nodes reach to both sides, on the logit scale."""
_BLOCK = 2_000_000
"""Logarithms taken at once, which bounds the memory."""


def correlation_weights(hits: Floats, sizes: Floats) -> Floats:
    """The posterior weight of each ICC in `CORRELATIONS`. Vectorized.

    The share is integrated out. A fraction of a hit counts as that fraction of a hit's evidence.

    Parameters
    ----------
    hits, sizes : array of float64, shape (..., clusters)
        Correct trials and all trials of each cluster, for one or many data sets; fractions are
        allowed, and each cluster has a trial.

    Returns
    -------
    array of float64, shape (..., correlations)
        Weights that sum to 1.

    References
    ----------
    The beta-binomial likelihood is Skellam's (1948, JRSS B 10:257). The prior was chosen by the
    coverage of the intervals that follow from it, in benchmarks/coverage.py.

    Examples
    --------
    >>> import numpy as np
    >>> all_or_nothing = correlation_weights(np.array([5.0, 0, 5, 0, 5, 0]), np.full(6, 5.0))
    >>> evenly_spread = correlation_weights(np.array([3.0, 2, 3, 2, 3, 2]), np.full(6, 5.0))
    >>> mean = [float(np.round(w @ CORRELATIONS, 2)) for w in (all_or_nothing, evenly_spread)]
    >>> mean
    [0.59, 0.07]
    """
    import numpy as np

    hits, sizes = np.broadcast_arrays(np.asarray(hits, float), np.asarray(sizes, float))
    shape = hits.shape[:-1]
    hits, sizes = hits.reshape(-1, hits.shape[-1]), sizes.reshape(-1, hits.shape[-1])
    longest = int(np.ceil(sizes.max(initial=1.0)))
    block = max(1, _BLOCK // (len(CORRELATIONS) * _NODES * min(longest, 1 + hits.shape[-1] * 8)))
    blocks = [
        _weights(hits[i : i + block], sizes[i : i + block]) for i in range(0, len(hits), block)
    ]
    return np.concatenate(blocks).reshape(*shape, len(CORRELATIONS))


def prior_weights() -> Floats:
    """The prior weight of each ICC in `CORRELATIONS`: what is known of it from one cluster.

    Returns
    -------
    array of float64, shape (correlations,)
        Weights that sum to 1.

    Examples
    --------
    >>> round(float(prior_weights() @ CORRELATIONS), 2)
    0.17
    """
    return _constants()[3]


def _weights(hits: Floats, sizes: Floats) -> Floats:
    """`correlation_weights` of data sets of shape (sets, clusters)."""
    import numpy as np
    from scipy.special import digamma, log_expit, zeta

    grid, strength, steps, prior = _constants()
    n = sizes.sum(axis=1)[:, None]
    value = hits.sum(axis=1)[:, None] / n
    effective = n / (1 + ((sizes**2).sum(axis=1)[:, None] / n - 1) * grid)
    a, b = SHARE_PRIOR + value * effective, SHARE_PRIOR + (1 - value) * effective
    # Given the ICC, the share is about Beta(a, b): its mean and deviation on the logit scale.
    center, deviation = digamma(a) - digamma(b), np.sqrt(zeta(2, a) + zeta(2, b))
    nodes = center[..., None] + deviation[..., None] * steps
    log_share, log_rest = log_expit(nodes), log_expit(-nodes)
    hits_above, misses_above, sizes_above = _counts_above(hits, sizes - hits, sizes)
    evidence = (
        _log_rising(strength * np.exp(log_share), hits_above)
        + _log_rising(strength * np.exp(log_rest), misses_above)
        - _log_rising(strength[None], sizes_above)
        + SHARE_PRIOR * (log_share + log_rest)
        + np.log(deviation)[..., None]
    )
    evidence = np.exp(evidence - evidence.max(axis=(1, 2), keepdims=True)).sum(axis=2)
    weights = evidence * prior
    posterior: Floats = weights / weights.sum(axis=1, keepdims=True)
    return posterior


@cache
def _constants() -> tuple[Floats, Floats, Floats, Floats]:
    """The grid, its ``a + b`` of the beta distribution, the nodes, and the prior of each ICC."""
    import numpy as np

    grid = np.array(CORRELATIONS)
    edges = np.concatenate(([0.0], (grid[1:] + grid[:-1]) / 2, [1.0]))
    prior = (1 - edges[:-1]) ** PRIOR_POWER - (1 - edges[1:]) ** PRIOR_POWER
    return grid, (1 / grid - 1)[:, None], np.linspace(-_REACH, _REACH, _NODES), prior


def _counts_above(*counts: Floats) -> list[Floats]:
    """How many of some counts reach beyond 0, 1, 2 ...: (sets, clusters) becomes (sets, longest).

    A count of 2.4 reaches beyond 0 and 1 wholly, and beyond 2 by 0.4.
    """
    import numpy as np

    # Rounding must not make a whole step of what is none.
    every = np.round(np.concatenate(counts), 9)
    whole = every.astype(np.int64)
    rows, clusters = every.shape
    columns = int(np.ceil(every.max(initial=0.0))) + 1
    flat = (whole + columns * np.arange(rows)[:, None]).ravel()
    ending = np.bincount(flat, minlength=rows * columns).reshape(rows, columns)
    above: Floats = clusters - np.cumsum(ending, axis=1, dtype=np.float64)
    part = (every - whole).ravel()
    if part.any():
        above += np.bincount(flat, weights=part, minlength=rows * columns).reshape(rows, columns)
    kinds = np.split(above[:, :-1], len(counts))
    return [kind[:, : int(np.count_nonzero(kind.any(axis=0)))] for kind in kinds]


def _log_rising(start: Floats, above: Floats) -> Floats:
    """The sum over i of ``above[i] * log(start + i)``: rising factorials, one per cluster, as logs.

    ``start`` has the shape (sets or 1, ...), ``above`` (sets, longest).
    """
    import numpy as np
    from scipy.special import gammaln

    sets, longest = above.shape
    terms = None
    if longest > 8:
        # A gamma function costs as much as eight logarithms, and spans a stretch of equal counts.
        ends = np.flatnonzero((above[:, :-1] != above[:, 1:]).any(axis=0)) + 1
        ends = np.append(ends, longest)
        if 8 * len(ends) < longest:
            at_ends = gammaln(start[..., None] + np.append(0, ends))
            terms, above = at_ends[..., 1:] - at_ends[..., :-1], above[:, ends - 1]
    if terms is None:
        terms = np.log(start[..., None] + np.arange(longest))
    between = (1,) * (terms.ndim - 3)
    total: Floats = np.matmul(terms, above.reshape(sets, *between, -1, 1))[..., 0]
    return total
