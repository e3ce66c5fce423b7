"""How alike the verdicts on one target are over its repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats, Numbers


def outcome_consistency(hits: Numbers, trials: Numbers) -> Floats:
    """How alike the verdicts on one target are, 1 (all the same) to 0 (half of them correct).

    With p the share of correct trials, ``(2 p - 1)^2``: one minus the variance ``p (1 - p)`` over the
    largest there can be, 1/4.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target.

    Returns
    -------
    consistency : array of float64, shape (targets,)
        NaN for a target with fewer than two trials.

    References
    ----------
    Rabanser et al. 2026, Towards a Science of AI Agent Reliability (arXiv:2602.16666): outcome
    consistency, in the corrected form that ``consistency_outcome`` of the Holistic Agent Leaderboard
    (HAL) has since its authors revised it; the first preprint divided by p (1 - p).

    Examples
    --------
    >>> outcome_consistency([4, 1, 2, 1], [4, 4, 4, 1]).tolist()
    [1.0, 0.25, 0.0, nan]
    """
    import numpy as np

    c, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    shares = np.divide(c, n, out=np.full(c.shape, np.nan), where=n > 1)
    consistency: Floats = (2 * shares - 1) ** 2
    return consistency
