"""``pointbench validate PATH...``: lists every fault with file and target; exit status 1 on any.

With ``--runs`` it also lists targets whose region may be wrong by the models' verdicts, which is no fault.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_json, add_out
from pointbench.cli.shared.terminal import count_of
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from pointbench.report.entries import ReportRun
    from pointbench.suites import AnnotationFault
    from pointbench.summary.judging import Judgment
    from pointbench.summary.suspects import Suspect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a data root, a suite's folder or a file",
    )
    parser.add_argument("--no-images", action="store_true", help="do not check the pictures")
    parser.add_argument(
        "--runs",
        nargs="+",
        metavar="RUN",
        help="also list targets whose region may be wrong, because good models of these runs miss them "
        "and bad ones hit them; a hint, which does not change the exit status",
    )
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.validation import validate_path

    runs = _load(args.runs or (), args.out)
    faults: list[AnnotationFault] = []
    counts = {"suites": 0, "files": 0, "targets": 0}
    for path in args.paths:
        if not path.exists():
            raise UsageError(f"validate {path.name}: no such file or folder")
        result = validate_path(path, images=not args.no_images)
        faults += result.faults
        counts["suites"] += result.suites
        counts["files"] += result.files
        counts["targets"] += result.targets
    judged = _judged(args.paths, runs) if runs else []
    if args.json:
        listed = [
            {
                "file": fault.file,
                "target": fault.target,
                "field": fault.field,
                "problem": fault.problem,
            }
            for fault in faults
        ]
        document: dict[str, object] = {**counts, "faults": listed}
        if runs:
            document["suspects"] = [
                {"file": file, **suspect} for folder in judged for file, suspect in folder.suspects
            ]
            document["suspects_by_chance"] = sum(
                folder.judgment.suspects.by_chance for folder in judged
            )
        console.json_document(json.dumps(document, indent=1) + "\n")
    else:
        for fault in faults:
            console.out(str(fault))
        total = count_of(len(faults), "fault") if faults else "no fault"
        console.out(
            f"{total} in {count_of(counts['targets'], 'sound target')} of "
            f"{count_of(counts['files'], 'file')}"
            f"{', pictures not checked' if args.no_images else ''}"
        )
        for folder in judged:
            _print_suspects(folder)
    return 1 if faults else 0


class _Judged(NamedTuple):
    """The targets of one suite's folder as the models see them."""

    suite: str
    suspects: list[tuple[str, Suspect]]
    """Those in the files that were named, each with its file."""
    judgment: Judgment


def _load(names: Sequence[str], out: Path) -> list[ReportRun]:
    from pointbench.report.loading import load_run
    from pointbench.runs import find_run

    return [load_run(find_run(name, out)) for name in dict.fromkeys(names)]


def _judged(paths: Sequence[Path], runs: Sequence[ReportRun]) -> list[_Judged]:
    """Each suite once, however many of its files are named; a file's targets are judged with its suite."""
    from pointbench.suites import label_of
    from pointbench.summary.judging import judge
    from pointbench.validation import annotated

    suites = {}
    wanted: dict[Path, set[str] | None] = {}
    for path in paths:
        for folder, targets in annotated(path).items():
            suites[folder] = targets
            files = wanted.setdefault(folder, set())
            if files is not None and path.is_file():
                files.add(label_of(path.resolve()))
            else:
                wanted[folder] = None
    judged = []
    for folder, targets in suites.items():
        judgment = judge(runs, [target for _, target in targets])
        file_of = {target.id: file for file, target in targets}
        chosen = wanted[folder]
        suspects = [
            (file, suspect)
            for suspect in judgment.suspects.targets
            for file in [file_of[suspect["target"]]]
            if chosen is None or file in chosen
        ]
        judged.append(_Judged(folder.name, suspects, judgment))
    return judged


def _print_suspects(judged: _Judged) -> None:
    from pointbench.report.suspects import chance_text, labels_text
    from pointbench.suites import AnnotationFault

    for file, suspect in judged.suspects:
        words = (
            f"its region may be wrong: missed by {labels_text(suspect['missed_by'])}, hit by "
            f"{labels_text(suspect['hit_by'])} (by chance {chance_text(suspect['score'])})"
        )
        console.out(str(AnnotationFault(file, suspect["target"], None, words)))
    console.out(one_line(f"{judged.suite}: {_count(judged)}"))


def _count(judged: _Judged) -> str:
    """How many suspects there are, and why there may be none."""
    from pointbench.report.suspects import expected_text
    from pointbench.statistics.reversals import FEWEST_VOTERS

    found = judged.judgment
    changed = (
        f"; {count_of(found.changed, 'target')} changed since then, whose answers do not count"
        if found.changed
        else ""
    )
    voters = found.suspects.voters
    if voters < FEWEST_VOTERS:
        alike = f", as like as {voters}" if found.models >= FEWEST_VOTERS else ""
        return (
            f"no suspects: they need {FEWEST_VOTERS} models that differ, and "
            f"{count_of(found.models, 'model')} of these runs answered its targets{alike}{changed}"
        )
    by = f"by {found.models} models on {count_of(found.judged, 'target')}{changed}"
    if not found.suspects.targets:
        return f"no suspect {by}"
    count, every = count_of(len(judged.suspects), "suspect"), len(found.suspects.targets)
    return (
        f"{count} {by}; a hint, no fault: of {every} in the whole suite "
        f"{expected_text(found.suspects.by_chance)} would be there by chance"
    )
