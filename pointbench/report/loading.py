"""Reads runs from their folders for a report, and finds the pictures that belong to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pointbench.errors import RunError, SuiteError, one_line
from pointbench.report.entries import ReportRun
from pointbench.report.plain_text import visible
from pointbench.runs import (
    RunInfo,
    open_regular,
    read_records,
    read_run_info,
    read_targets,
    stored_root,
)
from pointbench.suites import AskedTarget, data_roots, picture_path, targets_digest
from pointbench.summary.stored_summary import is_sound
from pointbench.trials import Record

FindPicture = Callable[[AskedTarget], Path | None]
"""Returns the path of a target's screenshot, or None if it is not available."""


def load_run(folder: Path) -> ReportRun:
    """Reads a run's files; computes the summary anew if the run is still going or its file is damaged."""
    info = read_run_info(folder)
    targets, records = read_targets(folder), read_records(folder)
    _refuse_alien(folder.name, info, targets, records)
    summary = None if info.state == "running" else _read_summary(folder)
    if summary is None:
        summary = _summarize(info, targets, records)
    name = folder.resolve().name
    return ReportRun(name, info, tuple(targets), tuple(records), summary)


def _refuse_alien(
    run: str, info: RunInfo, targets: Sequence[AskedTarget], records: Sequence[Record]
) -> None:
    """RunError for the trial of a model or a target that the run does not have."""
    labels = {model.label for model in info.models}
    places = {(target.suite, target.id) for target in targets}
    for record in records:
        if record.model not in labels:
            alien, where = f"the model {record.model!r:.80}", "its run.json"
        elif (record.suite, record.target) not in places:
            alien, where = f"the target {record.target!r:.80}", "its targets.jsonl"
        else:
            continue
        raise RunError(
            one_line(f"run {run}: trials.jsonl has a trial of {alien}, which is not in {where}")
        )


@dataclass(frozen=True)
class SuiteRuns:
    """What is reported in one block, and never pooled with another: one suite's runs.

    Each run has only its targets of that suite, and of those only the ones that all these runs asked.
    """

    suite: str
    """The suite's name; empty for a run without a target."""
    runs: tuple[ReportRun, ...]


def load_runs(folders: Sequence[Path]) -> tuple[ReportRun, ...]:
    """Reads several runs; if their targets differ, keeps only those that all runs have in common.

    RunError if they have no target in common, or if two runs have the same name.
    """
    runs = _read(folders)
    common = _common(runs)
    if not common:
        raise RunError("these runs have no target in common, so nothing can be compared")
    return tuple(_restricted(run, common) for run in runs)


@dataclass(frozen=True)
class LoadedRuns:
    """The runs of a report, as they are and by suite."""

    runs: tuple[ReportRun, ...]
    suites: tuple[SuiteRuns, ...]


def load_all(folders: Sequence[Path]) -> LoadedRuns:
    """Reads runs and sorts their targets by suite, in the order in which the runs name the suites.

    RunError if two runs have a suite but none of its targets in common, or have the same name.
    """
    runs = tuple(_read(folders))
    suites = by_suite(runs)
    # Runs of one suite are reported on the targets that they have in common, whatever the format.
    return LoadedRuns(suites[0].runs if len(suites) == 1 else runs, suites)


def by_suite(runs: Sequence[ReportRun]) -> tuple[SuiteRuns, ...]:
    """The same for runs that are read already."""
    names = dict.fromkeys(target.suite for run in runs for target in _in_order(run))
    if not names:
        return (SuiteRuns("", tuple(runs)),)
    return tuple(SuiteRuns(name, _of_suite(name, runs)) for name in names)


def _of_suite(suite: str, runs: Sequence[ReportRun]) -> tuple[ReportRun, ...]:
    """The runs that asked any target of the suite, with the targets of it that all of them asked."""
    parts = [
        part
        for run in runs
        if (
            part := _restricted(run, {_key(each) for each in run.targets if each.suite == suite})
        ).targets
    ]
    common = _common(parts)
    if not common:
        listed = ", ".join(visible(part.name) for part in parts)
        raise RunError(
            f"the runs {listed} have no target of {visible(suite)} in common; report them one at a "
            f"time, or join the shards of one plan with `pointbench merge`"
        )
    return tuple(_restricted(part, common) for part in parts)


def _in_order(run: ReportRun) -> list[AskedTarget]:
    """The run's targets in the order in which its command named the suites."""
    order = {suite.name: number for number, suite in enumerate(run.info.suites)}
    return sorted(run.targets, key=lambda target: order.get(target.suite, len(order)))


def _read(folders: Sequence[Path]) -> list[ReportRun]:
    runs = [load_run(folder) for folder in folders]
    names = [run.name for run in runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunError(f"two of the runs are named {twice[0]}; pass each run only once")
    return runs


def _common(runs: Sequence[ReportRun]) -> set[tuple[str, str]]:
    """(suite, id) of the targets that all runs asked with the same content."""
    if len(runs) == 1:
        return {_key(target) for target in runs[0].targets}
    first, *others = [_digests(run.targets).items() for run in runs]
    return {key for key, _ in set(first).intersection(*others)}


def _key(target: AskedTarget) -> tuple[str, str]:
    return target.suite, target.id


def _digests(targets: Iterable[AskedTarget]) -> dict[tuple[str, str], str]:
    return {_key(target): targets_digest([target]) for target in targets}


def _restricted(run: ReportRun, keys: set[tuple[str, str]]) -> ReportRun:
    """The run with only the targets whose (suite, id) is in ``keys``, its summary computed again.

    The run itself if these are all of its targets.
    """
    targets = [target for target in run.targets if _key(target) in keys]
    if len(targets) == len(run.targets):
        return run
    records = [record for record in run.records if (record.suite, record.target) in keys]
    names = {suite for suite, _ in keys}
    suites = tuple(suite for suite in run.info.suites if suite.name in names)
    info = msgspec.structs.replace(run.info, suites=suites)
    summary = _summarize(info, targets, records)
    return ReportRun(run.name, info, tuple(targets), tuple(records), summary)


def _read_summary(folder: Path) -> Mapping[str, Any] | None:
    """``summary.json``; None if it is missing, damaged, or of another version's shape."""
    try:
        with open_regular(folder / "summary.json") as file:
            summary = msgspec.json.decode(file.read())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return summary if is_sound(summary) else None


def _summarize(
    info: RunInfo, targets: Sequence[AskedTarget], records: Sequence[Record]
) -> Mapping[str, Any]:
    from pointbench.summary import summarize  # pulls in numpy

    return summarize(info, list(targets), list(records))


def pictures(roots: Sequence[Path]) -> FindPicture:
    """Finds pictures below data roots; a picture counts only if its SHA-256 matches the annotation."""
    paths: dict[tuple[str, str], Path | None] = {}

    def find_picture(target: AskedTarget) -> Path | None:
        if target.sha256 is None:
            return None
        key = (target.screenshot, target.sha256)
        if key not in paths:
            paths[key] = _find(target.screenshot, target.sha256, roots)
        return paths[key]

    return find_picture


def run_roots(folder: Path, info: RunInfo, data: Path | None, working: Path) -> list[Path]:
    """Data roots to search for a run's pictures: ``--data``, or the run's own, then the default ones."""
    roots = data_roots(data, working)
    own = None if data else stored_root(folder, info)
    return roots if own is None else [own, *roots]


def _find(screenshot: str, sha256: str, roots: Sequence[Path]) -> Path | None:
    for root in roots:
        try:
            path = picture_path(root, screenshot)
            with open_regular(path) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, SuiteError):
            continue
        if digest == sha256:
            return path
    return None
