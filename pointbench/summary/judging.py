"""What the models of several runs say about the targets of a suite: which may have a wrong region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pointbench.runs import RunInfo
from pointbench.suites import AskedTarget, targets_digest
from pointbench.summary.comparisons import Answers, answers
from pointbench.summary.suspects import Suspects, find_suspects
from pointbench.summary.table import Targets, target_table, trial_table
from pointbench.trials import Record


class JudgingRun(Protocol):
    """A run as `judge` reads it."""

    @property
    def name(self) -> str: ...
    @property
    def info(self) -> RunInfo: ...
    @property
    def targets(self) -> Sequence[AskedTarget]: ...
    @property
    def records(self) -> Sequence[Record]: ...


@dataclass(frozen=True)
class Judgment:
    """What the models of some runs say about the targets of a suite."""

    suspects: Suspects
    models: int
    """Models that answered any of the targets."""
    judged: int
    """Present targets that at least one model answered."""
    changed: int
    """Targets whose instruction, region or picture is another one in a run: its answers do not count."""


def judge(runs: Sequence[JudgingRun], targets: Sequence[AskedTarget]) -> Judgment:
    """The suspects among the targets of one suite, by every model of the runs but the floor.

    The answers of a run count where its target is the same as the one given. A model of several runs is
    named ``MODEL@RUN``.
    """
    import numpy as np

    table = target_table(targets)
    given = {(target.suite, target.id): target for target in table.asked}
    twice = Counter(model.label for run in runs for model in run.info.models)
    judges: list[Answers] = []
    changed: set[tuple[str, str]] = set()
    for run in runs:
        same: set[tuple[str, str]] = set()
        for target in run.targets:
            key = (target.suite, target.id)
            if key in given:
                (same if _same(target, given[key]) else changed).add(key)
        judges += _judges(run, same, table, twice)
    answered = [judge.tally.scored > 0 for judge in judges]
    judged = int((np.any(answered, axis=0) & table.present).sum()) if judges else 0
    return Judgment(find_suspects(judges, table), len(judges), judged, len(changed))


def _judges(
    run: JudgingRun, same: set[tuple[str, str]], table: Targets, twice: Mapping[str, int]
) -> list[Answers]:
    """The answers of a run's models to the targets in ``same``; models without any are left out."""
    labels = [model.label for model in run.info.models if model.exact is None and not model.floor]
    known = set(labels)
    records = [
        record
        for record in run.records
        if record.model in known and (record.suite, record.target) in same
    ]
    rows = trial_table(records, table, labels)
    return [
        answers(f"{label}@{run.name}" if twice[label] > 1 else label, rows[label], table)
        for label in labels
        if len(rows[label])
    ]


def _same(asked: AskedTarget, given: AskedTarget) -> bool:
    """Whether both ask the same thing about the same picture; an unknown digest is any picture's."""
    if asked.sha256 is None or given.sha256 is None:
        asked = asked.model_copy(update={"sha256": None})
        given = given.model_copy(update={"sha256": None})
    return targets_digest([asked]) == targets_digest([given])
