"""How alike the answers to one target are over its repeats; the figure and its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pointbench.statistics import clusters
from pointbench.statistics.consistency import outcome_consistency
from pointbench.statistics.estimates import EstimateBlock
from pointbench.summary.schema_parts import Schema
from pointbench.summary.table import Targets
from pointbench.summary.tally import Tally

if TYPE_CHECKING:
    from pointbench.summary.table import Trials


class ConsistencyBlock(TypedDict):
    """HAL's outcome consistency, the mean over present targets with two scored as-is trials or more."""

    consistency: EstimateBlock | None
    """None if no target has two."""


def consistency(as_is: Tally, targets: Targets) -> ConsistencyBlock:
    """The mean over targets of `outcome_consistency`; ``n`` counts targets."""
    repeated = targets.present & (as_is.scored > 1)
    if not repeated.any():
        return {"consistency": None}
    values = outcome_consistency(as_is.correct[repeated], as_is.scored[repeated])
    mean = clusters.mean(values, targets.screenshot.codes[repeated])
    left_out = int((targets.present & ~repeated).sum())
    return {"consistency": {**mean.as_dict(), "left_out": left_out}}


def uneven_repeats(clicked: Trials) -> bool:
    """True if some targets were asked more often than others, so that they weigh more.

    ``clicked`` are as-is trials on present targets. Those in error count: what they leave uneven is small,
    and said by itself.
    """
    import numpy as np

    counts = np.bincount(clicked["target"])
    asked = counts[counts > 0]
    return bool(len(asked)) and bool((asked != asked[0]).any())


def consistency_schemas() -> dict[str, Schema]:
    """The schema of a `ConsistencyBlock`, by key."""
    return {
        "consistency": {
            "description": (
                "Outcome consistency as the Holistic Agent Leaderboard (HAL) defines it: the mean over "
                "targets of (2 p - 1)^2, p the share of a target's repeats that are correct; null "
                "without repeats."
            ),
            "anyOf": [{"type": "null"}, {"$ref": "#/$defs/estimate"}],
        }
    }
