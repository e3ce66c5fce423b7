"""Compares models in pairs suite by suite, over runs whose targets may differ; nothing is pooled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pointbench.suites import AskedTarget, targets_digest
from pointbench.summary.comparisons import Answers, ComparisonBlock, answers, comparisons
from pointbench.summary.table import Targets, target_table, trial_table
from pointbench.trials import Record


@dataclass(frozen=True)
class Answered:
    """One model of one run, under the name that a report gives it."""

    label: str
    model: str
    """Its label in the run."""
    targets: Sequence[AskedTarget]
    """The run's targets, of every suite."""
    records: Sequence[Record]
    """The run's records, of every model; the last line of each key."""


@dataclass(frozen=True)
class SuitePairs:
    """Every pair of models on the present targets of one suite that all their runs asked alike."""

    suite: str
    present: int
    """Present targets that all runs have in common, with the same annotation and picture."""
    rates: dict[str, float]
    """Label -> mean hit rate, 0 to 1, over those of them that the model answered."""
    pairs: list[ComparisonBlock]
    """In the order of the models; p adjusted by Holm over the pairs of this suite."""


def pairs_by_suite(models: Sequence[Answered]) -> list[SuitePairs]:
    """The comparisons of each suite that two of the models answered, in the order of the suites' names.

    A suite whose targets no two of the runs share is left out.
    """
    suites = sorted({target.suite for model in models for target in model.targets})
    compared = []
    for suite in suites:
        # Once a run, not once a model.
        own = {id(model.targets): model.targets for model in models}
        digests = {run: _of_suite(targets, suite) for run, targets in own.items()}
        taking_part = [model for model in models if digests[id(model.targets)]]
        common = set.intersection(*(set(found.items()) for found in digests.values() if found))
        keys = {key for key, _ in common}
        table = target_table(
            [t for t in taking_part[0].targets if t.suite == suite and t.id in keys]
        )
        if len(taking_part) < 2 or not table.present.any():
            continue
        rows = [_answers(model, table, suite, keys) for model in taking_part]
        rates = {
            row.label: float(row.tally.rates[known].mean())
            for row in rows
            if (known := table.present & (row.tally.scored > 0)).any()
        }
        compared.append(
            SuitePairs(suite, int(table.present.sum()), rates, comparisons(rows, table))
        )
    return compared


def _of_suite(targets: Iterable[AskedTarget], suite: str) -> dict[str, str]:
    """Id -> digest of each target of a suite."""
    return {target.id: targets_digest([target]) for target in targets if target.suite == suite}


def _answers(model: Answered, table: Targets, suite: str, keys: set[str]) -> Answers:
    records = (
        record
        for record in model.records
        if record.model == model.model and record.suite == suite and record.target in keys
    )
    return answers(model.label, trial_table(records, table, [model.model])[model.model], table)
