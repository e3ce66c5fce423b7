"""How often the verdict on one target changes between two of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats, Numbers


def differing_pairs(hits: Numbers, trials: Numbers) -> tuple[Floats, Floats]:
    """Pairs of trials within one variant: those whose verdicts differ, and all pairs.

    With c hits in n trials, ``c (n - c)`` of the ``n (n - 1) / 2`` pairs differ.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target.

    Returns
    -------
    differing, pairs : array of float64, shape (targets,)
        Pairs that differ and all pairs, for each target.

    Examples
    --------
    >>> differing, pairs = differing_pairs([2, 1], [5, 1])
    >>> differing.tolist(), pairs.tolist()
    ([6.0, 0.0], [10.0, 0.0])
    """
    import numpy as np

    c, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    return c * (n - c), n * (n - 1) / 2


def differing_cross_pairs(
    hits: Numbers, trials: Numbers, other_hits: Numbers, other_trials: Numbers
) -> tuple[Floats, Floats]:
    """Pairs of trials across two variants: those whose verdicts differ, and all pairs.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target in one variant.
    other_hits, other_trials : array of int, shape (targets,)
        The same in the other variant.

    Returns
    -------
    differing, pairs : array of float64, shape (targets,)
        Pairs that differ and all pairs, for each target.

    Examples
    --------
    >>> differing, pairs = differing_cross_pairs([2], [3], [1], [4])
    >>> differing.tolist(), pairs.tolist()
    ([7.0], [12.0])
    """
    import numpy as np

    a, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    b, m = np.asarray(other_hits, dtype=float), np.asarray(other_trials, dtype=float)
    return a * (m - b) + (n - a) * b, n * m
