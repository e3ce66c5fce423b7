"""Correct and scored trials per target, and their clustered share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointbench.statistics import clusters
from pointbench.statistics.estimates import Estimate, exact
from pointbench.summary.table import ERROR, Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials

    Selection = NDArray[np.bool_] | NDArray[np.int64]
    """Some of the run's targets: a mask over all of them, or their indices."""


@dataclass(frozen=True)
class Tally:
    """Correct and scored trials of one variant, for each target of the run."""

    correct: NDArray[np.int64]
    scored: NDArray[np.int64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """Correct over scored trials of each target; NaN if nothing is scored."""
        import numpy as np

        out = np.full(len(self.scored), np.nan)
        rates: NDArray[np.float64] = np.divide(
            self.correct, self.scored, out=out, where=self.scored > 0
        )
        return rates


def tally(rows: Trials, targets: Targets, variant: int) -> Tally:
    """Count one model's trials of one variant by target."""
    import numpy as np

    scored = rows[(rows["variant"] == variant) & (rows["outcome"] != ERROR)]
    right = scored["target"][scored["correct"] == 1]
    size = len(targets)
    return Tally(np.bincount(right, minlength=size), np.bincount(scored["target"], minlength=size))


def exact_mean(shares: NDArray[np.float64], among: Selection) -> Estimate:
    """The exact mean over some targets whose shares are known."""
    selected = shares[among]
    return exact(float(selected.mean()) if len(selected) else None, len(selected))


def clustered_share(trials: Tally, among: Selection, targets: Targets) -> Estimate:
    """The share of correct trials on some targets, clustered by screenshot."""
    codes = targets.screenshot.codes[among]
    return clusters.share(trials.correct[among], trials.scored[among], codes)
