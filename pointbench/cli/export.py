"""``pointbench export SUITE FORMAT -o OUT``: writes a suite in another harness's format."""

from __future__ import annotations

import argparse
from pathlib import Path

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_data, check_data, list_below
from pointbench.cli.shared.terminal import count_of
from pointbench.exporters import conventions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    list_below(parser, "formats:", conventions())
    parser.add_argument("suite", metavar="SUITE", help="name of the suite")
    parser.add_argument("format", metavar="FORMAT", help="one of the formats below")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, required=True, help="folder to create"
    )
    add_data(parser)


def run(args: argparse.Namespace) -> int:
    """Returns 0 if everything was written, 1 if a target was omitted or lost information."""
    from pointbench.exporters import load_exporter
    from pointbench.exporters.exporting import export_suite
    from pointbench.suites import data_roots, find_suite

    exporter = load_exporter(args.format)
    suite = find_suite(args.suite, data_roots(check_data(args.data), Path.cwd()))
    exported = export_suite(suite, exporter, args.output)
    for loss in exported.losses:
        console.err(str(loss))
    console.out(
        f"{args.output}: {count_of(exported.targets, 'target')} on "
        f"{count_of(exported.screenshots, 'screenshot')}, {count_of(exported.pictures, 'picture')}"
    )
    missing = exported.screenshots - exported.pictures
    if missing:
        absent = count_of(missing, "picture is missing and was", "pictures are missing and were")
        console.err(f"{absent} not copied")
    return 1 if exported.losses else 0
