"""The answers of a stored run, as a gate reads them: one model's verdict on each present target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pointbench.errors import RunError, UsageError, nearest_hint, one_line
from pointbench.runs import (
    GateReference,
    RunInfo,
    find_run,
    is_partial_gate,
    read_records,
    read_run_info,
    read_targets,
)
from pointbench.suites import AskedTarget
from pointbench.trials import Record

Place = tuple[str, str]
"""A target of a run: its suite and its id."""

QUESTION = ("instruction", "box", "polygon", "regions", "absent", "width", "height")
"""The fields of a target that decide an answer and its verdict, beside the picture."""


class Verdicts(NamedTuple):
    """The answers on one target, its picture and instruction unchanged."""

    hits: int
    answers: int

    @property
    def mean(self) -> float:
        return self.hits / self.answers


@dataclass(frozen=True)
class StoredAnswers:
    """One model's answers in a stored run."""

    run: str
    """The name of its folder."""
    folder: Path
    info: RunInfo
    model: str
    """The model's label."""
    targets: Mapping[Place, AskedTarget]
    """The run's present targets."""
    verdicts: Mapping[Place, Verdicts]
    """The present targets that have an answer on the unchanged picture and instruction."""
    errors: frozenset[Place]
    """The present targets that were asked so, and have only errors."""
    absent: Mapping[str, int]
    """Suite -> its absent targets."""
    others: Mapping[str, int]
    """Suite -> jittered and reworded trials on present targets."""
    records: tuple[Record, ...]
    """The last line of each of the model's keys."""


def read_answers(name: str, out: Path, preferred: str | None = None) -> StoredAnswers:
    """The answers that ``RUN`` or ``RUN:MODEL`` names; RUN is a folder or a name under ``out``.

    In a run of several models, MODEL is needed unless one of them bears the label ``preferred``.
    RunError or UsageError where there is no such run or model, or where its answers compare with nothing.
    """
    folder, label = _find(name, out)
    info = read_run_info(folder)
    run = folder.resolve().name
    if info.kind == "streak" or info.goal is not None:
        raise UsageError(
            one_line(
                f"run {run} was made by `streak`, which draws targets until one is missed; a gate needs a "
                f"run that asked every target, made by `run` or `score`"
            )
        )
    model = _model(run, [model.label for model in info.models], label, preferred)
    return _answers(run, folder, info, model)


def _find(name: str, out: Path) -> tuple[Path, str | None]:
    """The folder, and the label after the colon; a colon may also be part of the folder's path."""
    try:
        return find_run(name, out), None
    except RunError:
        for place, character in enumerate(name):
            if character == ":" and place:
                try:
                    return find_run(name[:place], out), name[place + 1 :]
                except RunError:
                    continue
        raise


def _model(run: str, labels: Sequence[str], label: str | None, preferred: str | None) -> str:
    if label is not None:
        if label not in labels:
            hint = nearest_hint(label, labels, f"it has {', '.join(labels):.400}")
            raise UsageError(one_line(f"run {run} has no model {label!r:.120}; {hint}"))
        return label
    if len(labels) == 1:
        return labels[0]
    if preferred in labels:
        assert preferred is not None
        return preferred
    raise UsageError(
        one_line(
            f"run {run} has several models; write {run}:MODEL with one of {', '.join(labels):.400}"
        )
    )


def _answers(run: str, folder: Path, info: RunInfo, model: str) -> StoredAnswers:
    targets = {(target.suite, target.id): target for target in read_targets(folder)}
    records = tuple(record for record in read_records(folder) if record.model == model)
    hits: dict[Place, int] = {}
    answers: dict[Place, int] = {}
    errors: set[Place] = set()
    others: dict[str, int] = {}
    for record in records:
        place = (record.suite, record.target)
        target = targets.get(place)
        if target is None:
            raise RunError(
                one_line(
                    f"run {run}: trials.jsonl has a trial of the target {record.target!r:.80}, which is "
                    f"not in its targets.jsonl"
                )
            )
        if target.absent:
            continue
        if record.variant != "as-is":
            others[record.suite] = others.get(record.suite, 0) + 1
        elif record.correct is None:
            errors.add(place)
        else:
            hits[place] = hits.get(place, 0) + record.correct
            answers[place] = answers.get(place, 0) + 1
    absent: dict[str, int] = {}
    for target in targets.values():
        if target.absent:
            absent[target.suite] = absent.get(target.suite, 0) + 1
    return StoredAnswers(
        run,
        folder,
        info,
        model,
        targets={place: target for place, target in targets.items() if not target.absent},
        verdicts={place: Verdicts(hits[place], count) for place, count in answers.items()},
        errors=frozenset(errors - set(answers)),
        absent=absent,
        others=others,
        records=records,
    )


def refuse_part_of_a_gate(answers: StoredAnswers) -> None:
    """UsageError where the run to compare with is a part of a gate, which stopped where it was lucky."""
    if is_partial_gate(answers.info):
        gate = answers.info.gate
        first = gate.against.run if gate and gate.against else "a whole run"
        raise UsageError(
            one_line(
                f"run {answers.run} is part of a gate, which stopped where its answers decided; compare "
                f"with a whole run, such as {first}"
            )
        )


def same_question(one: AskedTarget, other: AskedTarget) -> bool:
    """Whether an answer to one target is an answer to the other, with the same verdict.

    Pictures are compared by digest; where one is not known, by name.
    """
    if any(getattr(one, field) != getattr(other, field) for field in QUESTION):
        return False
    if one.sha256 is None or other.sha256 is None:
        return one.screenshot == other.screenshot
    return one.sha256 == other.sha256


@dataclass(frozen=True)
class Shared:
    """The targets that a gate is about, and how many of the stored run's are not among them."""

    targets: list[AskedTarget]
    reference: GateReference
    old: tuple[float, ...]
    """The stored verdicts, in the order of ``targets``: means of its repeats."""

    def verdicts_of(self, targets: Sequence[AskedTarget]) -> tuple[float, ...]:
        """The stored verdicts on some of the targets, in their order."""
        old = {(t.suite, t.id): verdict for t, verdict in zip(self.targets, self.old, strict=True)}
        return tuple(old[target.suite, target.id] for target in targets)


def shared_targets(
    old: StoredAnswers, asked: Sequence[AskedTarget], suites: Collection[str]
) -> Shared:
    """The targets of ``asked`` that the stored run answered with the same question, in their order.

    Only those of ``suites`` count, in both.
    """
    known = {place: target for place, target in old.targets.items() if place[0] in suites}
    unanswered = sum(place not in old.verdicts for place in known)
    chosen = []
    for target in asked:
        place = (target.suite, target.id)
        if place in known and place in old.verdicts and same_question(known[place], target):
            chosen.append(target)
    places = [(target.suite, target.id) for target in chosen]
    verdicts = [old.verdicts[place] for place in places]
    reference = GateReference(
        run=old.run,
        model=old.model,
        digest=_digest(dict(zip(places, verdicts, strict=True))),
        present=len(known),
        unanswered=unanswered,
        changed=len(known) - unanswered - len(chosen),
        absent=sum(count for suite, count in old.absent.items() if suite in suites),
        others=sum(count for suite, count in old.others.items() if suite in suites),
        repeats=sum(one.answers for one in verdicts) / len(verdicts) if verdicts else 1.0,
        unstable=_unstable(verdicts),
    )
    return Shared(chosen, reference, tuple(one.mean for one in verdicts))


def _digest(verdicts: Mapping[Place, Verdicts]) -> str:
    lines = sorted([suite, target, *counts] for (suite, target), counts in verdicts.items())
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


def _unstable(verdicts: Sequence[Verdicts]) -> float | None:
    """The mean over targets of the share of pairs of answers that differ; None without repeats."""
    from pointbench.statistics.flips import differing_pairs

    repeated = [one for one in verdicts if one.answers > 1]
    if not repeated:
        return None
    differing, pairs = differing_pairs(
        [one.hits for one in repeated], [one.answers for one in repeated]
    )
    return float((differing / pairs).mean())
