"""Correct and scored trials per target, and their clustered share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pointbench.statistics import clusters
from pointbench.statistics.estimates import Estimate, exact
from pointbench.summary.table import ERROR, Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Tally:
    """Of each target of the run, the scored trials of one variant and the correct ones."""

    correct: NDArray[np.int64]
    scored: NDArray[np.int64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """Correct over scored of each target; NaN where nothing is scored."""
        import numpy as np

        out = np.full(len(self.scored), np.nan)
        rates: NDArray[np.float64] = np.divide(
            self.correct, self.scored, out=out, where=self.scored > 0
        )
        return rates


def tally(rows: NDArray[Any], targets: Targets, variant: int) -> Tally:
    import numpy as np

    scored = rows[(rows["variant"] == variant) & (rows["outcome"] != ERROR)]
    right = scored["target"][scored["correct"] == 1]
    size = len(targets)
    return Tally(np.bincount(right, minlength=size), np.bincount(scored["target"], minlength=size))


def exact_mean(shares: NDArray[np.float64], among: NDArray[Any]) -> Estimate:
    chosen = shares[among]
    return exact(float(chosen.mean()) if len(chosen) else None, len(chosen))


def clustered_share(of: Tally, among: NDArray[Any], targets: Targets) -> Estimate:
    """The share of correct trials on some targets (a mask or their codes), by screenshot."""
    return clusters.share(of.correct[among], of.scored[among], targets.screenshot.codes[among])
