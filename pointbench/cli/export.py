"""``pointbench export SUITE FORMAT -o OUT``: a suite for other harnesses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pointbench.cli.shared.options import add_data, check_data
from pointbench.cli.shared.terminal import count_of
from pointbench.exporters import CONVENTIONS, FORMATS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    width = max(map(len, FORMATS))
    listed = "\n".join(f"  {name:{width}}  {CONVENTIONS[name]}" for name in FORMATS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"formats:\n{listed}"
    parser.add_argument("suite", metavar="SUITE", help="the suite's name")
    parser.add_argument("format", metavar="FORMAT", help="one of the formats below")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, required=True, help="the folder to make"
    )
    add_data(parser)


def run(args: argparse.Namespace) -> int:
    """0 when everything was written, 1 when a target was left out or lost something."""
    from pointbench.exporters import load_exporter
    from pointbench.exporters.exporting import export_suite
    from pointbench.suites import data_roots, find_suite

    exporter = load_exporter(args.format)
    suite = find_suite(args.suite, data_roots(check_data(args.data), Path.cwd()))
    done = export_suite(suite, exporter, args.output)
    for loss in done.losses:
        print(loss, file=sys.stderr)
    print(
        f"{args.output}: {count_of(done.targets, 'target')} on "
        f"{count_of(done.screenshots, 'screenshot')}, {count_of(done.pictures, 'picture')}"
    )
    missing = done.screenshots - done.pictures
    if missing:
        absent = count_of(missing, "picture is missing and was", "pictures are missing and were")
        print(f"{absent} not copied", file=sys.stderr)
    return 1 if done.losses else 0
