"""How often the verdict on one target changes between two trials of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def differing_pairs(hits: Any, trials: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each target, the pairs of its trials that differ, and all its pairs.

    ``c (n - c)`` out of ``n (n - 1) / 2``: the pairs within one variant.
    """
    import numpy as np

    hits, trials = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    return hits * (trials - hits), trials * (trials - 1) / 2


def differing_cross_pairs(
    hits: Any, trials: Any, other_hits: Any, other_trials: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each target, the pairs of one trial of either kind that differ, and all such pairs."""
    import numpy as np

    a, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    b, m = np.asarray(other_hits, dtype=float), np.asarray(other_trials, dtype=float)
    return a * (m - b) + (n - a) * b, n * m
