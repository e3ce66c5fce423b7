"""Compares models of one or several runs in pairs, on the targets that the runs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from pointbench.statistics.estimates import CONFIDENCE, EstimateBlock
from pointbench.suites import AskedTarget
from pointbench.summary.comparisons import (
    Answers,
    ComparisonBlock,
    answers,
    comparisons,
    rank_models,
)
from pointbench.summary.hit_by_none import HitByNoneBlock, hit_by_none
from pointbench.summary.model.facts import RankBlock
from pointbench.summary.model.rates import HitRateBlock
from pointbench.summary.table import Targets, target_table, trial_table
from pointbench.trials import Record


@dataclass(frozen=True)
class Contestant:
    """One model of one run: ``label`` is its name in the comparison, ``model`` its label in the run."""

    label: str
    model: str
    records: Sequence[Record]
    """The run's records of every model, on the compared targets."""
    facts: Mapping[str, Any]
    """The model's block of the summary over those targets, as read back from JSON."""
    ranked: bool = True
    """False for part of a gate, which is a biased sample of the targets."""


class Rate(TypedDict):
    """One model's hit rate and rank in a comparison."""

    hit_rate: HitRateBlock | EstimateBlock
    rank: RankBlock | None


class TargetCounts(TypedDict):
    """Number of compared targets."""

    present: int
    absent: int


class Comparison(TypedDict):
    """Models of one or several runs, compared in pairs."""

    schema: int
    confidence: float
    cluster: str
    targets: TargetCounts
    models: dict[str, Rate]
    comparisons: list[ComparisonBlock]


def hit_by_none_of(
    targets: Sequence[AskedTarget], contestants: Sequence[Contestant]
) -> HitByNoneBlock:
    """The present targets that no model of several runs hit, among those that every model answered."""
    table = target_table(targets)
    return hit_by_none([_answers(each, table).tally for each in contestants], table)


def _answers(contestant: Contestant, table: Targets) -> Answers:
    records = [record for record in contestant.records if record.model == contestant.model]
    rows = trial_table(records, table, [contestant.model])[contestant.model]
    return answers(contestant.label, rows, table)


def compare(
    targets: Sequence[AskedTarget], contestants: Sequence[Contestant], by: str = "screenshot"
) -> Comparison:
    """Compares every pair of models, with p adjusted over all pairs, and gives the ranks left open.

    ``targets`` are those that all runs have in common, with the same content.
    """
    table = target_table(targets)
    models = [_answers(contestant, table) for contestant in contestants]
    pairs = comparisons(models, table, by)
    rates: dict[str, HitRateBlock | EstimateBlock] = {
        contestant.label: contestant.facts["hit_rate"] for contestant in contestants
    }
    ranked = {contestant.label for contestant in contestants if contestant.ranked}
    ranks = rank_models(
        {label: rate["value"] for label, rate in rates.items() if label in ranked},
        [pair for pair in pairs if {pair["a"], pair["b"]} <= ranked],
    )
    return {
        "schema": 1,
        "confidence": CONFIDENCE,
        "cluster": by,
        "targets": {
            "present": int(table.present.sum()),
            "absent": int((~table.present).sum()),
        },
        "models": {
            label: {"hit_rate": rate, "rank": ranks.get(label)} for label, rate in rates.items()
        },
        "comparisons": pairs,
    }
