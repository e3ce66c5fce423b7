"""Models of one or several runs, paired on the targets that the runs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointbench.statistics.estimates import CONFIDENCE
from pointbench.suites import AskedTarget
from pointbench.summary.comparisons import answers, comparisons, rank_models
from pointbench.summary.table import target_table, trial_table
from pointbench.trials import Record

CLUSTERS = ("screenshot", "app")
"""What a comparison's intervals may be clustered by."""


@dataclass(frozen=True)
class Contestant:
    """One model of one run: as the comparison calls it, and as its run does."""

    label: str
    model: str
    records: Sequence[Record]
    """Of the run, every model's; only on targets that are compared."""
    facts: Mapping[str, Any]
    """Its block of the summary over those targets."""


def compare(
    targets: Sequence[AskedTarget], contestants: Sequence[Contestant], by: str = "screenshot"
) -> dict[str, Any]:
    """Every pair, p adjusted over all of them, and the ranks that they leave open.

    ``targets`` are those that all runs have in common, in content, too.
    """
    table = target_table(targets)
    found = [
        answers(
            one.label,
            trial_table([r for r in one.records if r.model == one.model], table, [one.model])[
                one.model
            ],
            table,
        )
        for one in contestants
    ]
    pairs = comparisons(found, table, by)
    rates = {one.label: one.facts["hit_rate"]["value"] for one in contestants}
    ranks = rank_models(rates, pairs)
    return {
        "schema": 1,
        "confidence": CONFIDENCE,
        "cluster": by,
        "targets": {
            "present": int(table.present.sum()),
            "absent": int((~table.present).sum()),
        },
        "models": {
            one.label: {"hit_rate": one.facts["hit_rate"], "rank": ranks.get(one.label)}
            for one in contestants
        },
        "comparisons": pairs,
    }
