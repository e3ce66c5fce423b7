"""Reads runs from their folders for a report, and finds the pictures that belong to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pointbench.errors import RunError, SuiteError, one_line
from pointbench.report.entries import ReportRun
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


def load_runs(folders: Sequence[Path]) -> tuple[ReportRun, ...]:
    """Reads several runs; if their targets differ, keeps only those that all runs have in common.

    RunError if they have no target in common, or if two runs have the same name.
    """
    runs = [load_run(folder) for folder in folders]
    names = [run.name for run in runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunError(f"two of the runs are named {twice[0]}; pass each run only once")
    digests = [_digests(run.targets) for run in runs]
    common = set(digests[0].items()).intersection(*(own.items() for own in digests[1:]))
    if not common:
        raise RunError("these runs have no target in common; report them one at a time")
    keys = {key for key, _ in common}
    return tuple(
        run if len(own) == len(keys) else _restricted(run, keys)
        for run, own in zip(runs, digests, strict=True)
    )


def _digests(targets: Iterable[AskedTarget]) -> dict[tuple[str, str], str]:
    return {(target.suite, target.id): targets_digest([target]) for target in targets}


def _restricted(run: ReportRun, keys: set[tuple[str, str]]) -> ReportRun:
    """The run with only the targets whose (suite, id) is in ``keys``, its summary computed again."""
    targets = [target for target in run.targets if (target.suite, target.id) in keys]
    records = [record for record in run.records if (record.suite, record.target) in keys]
    summary = _summarize(run.info, targets, records)
    return ReportRun(run.name, run.info, tuple(targets), tuple(records), summary)


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
