"""``pointbench validate PATH...``: lists every fault with file and target; exit status 1 on any."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_json
from pointbench.cli.shared.terminal import count_of
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.suites import AnnotationFault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a data root, a suite's folder or a file",
    )
    parser.add_argument("--no-images", action="store_true", help="do not check the pictures")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.validation import validate_path

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
        console.json_document(json.dumps({**counts, "faults": listed}, indent=1) + "\n")
    else:
        for fault in faults:
            console.out(str(fault))
        total = count_of(len(faults), "fault") if faults else "no fault"
        console.out(
            f"{total} in {count_of(counts['targets'], 'sound target')} of "
            f"{count_of(counts['files'], 'file')}"
            f"{', pictures not checked' if args.no_images else ''}"
        )
    return 1 if faults else 0
