"""The targets that no model hit: the hardest ones, or those whose region is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pointbench.summary.schema_parts import Schema, count, obj
from pointbench.summary.table import Targets
from pointbench.summary.tally import Tally


class TargetName(TypedDict):
    """A target of the run."""

    suite: str
    target: str


class HitByNoneBlock(TypedDict):
    """The targets that no model hit, and among how many."""

    targets: list[TargetName]
    n: int
    """Present targets that every model answered."""


def hit_by_none(as_is: Sequence[Tally], targets: Targets) -> HitByNoneBlock:
    """The targets without a hit among those that every model answered; one tally for each model."""
    import numpy as np

    if not as_is:
        return {"targets": [], "n": 0}
    answered = np.all([tally.scored > 0 for tally in as_is], axis=0) & targets.present
    hit = np.any([tally.correct > 0 for tally in as_is], axis=0)
    return {
        "targets": [
            target_name(targets, code) for code in np.flatnonzero(answered & ~hit).tolist()
        ],
        "n": int(answered.sum()),
    }


def target_name(targets: Targets, code: int) -> TargetName:
    """The name of the target at an index of the table."""
    return {"suite": targets.asked[code].suite, "target": targets.asked[code].id}


def hit_by_none_schema() -> Schema:
    """The schema of a `HitByNoneBlock`."""
    return obj(
        {
            "targets": {
                "type": "array",
                "items": obj({"suite": {"type": "string"}, "target": {"type": "string"}}),
                "description": "Those that none of the models hit, sorted by suite and id.",
            },
            "n": count("Present targets that every model answered."),
        },
        description=(
            "The present targets that no model hit in any as-is trial, pointers of this machine left "
            "out: hard, or with a wrong region."
        ),
    )
