"""``pointbench import FORMAT SOURCE --suite NAME``: turns a public benchmark into a suite."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pointbench.cli.shared.options import add_json, list_below
from pointbench.cli.shared.terminal import count_of
from pointbench.importers import conventions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    list_below(parser, "formats, and how each one is read:", conventions())
    parser.add_argument("format", metavar="FORMAT", help="one of the formats below")
    parser.add_argument(
        "source", metavar="SOURCE", type=Path, help="a file, a folder or a zip file"
    )
    parser.add_argument(
        "-s", "--suite", metavar="NAME", required=True, help="name of the new suite"
    )
    parser.add_argument(
        "--images",
        metavar="PATH",
        type=Path,
        help="a folder or zip of pictures, if SOURCE has none",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        help="data root to write to (default: the working folder)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Returns 0 if every target was imported unchanged, 1 if any was dropped or changed."""
    from pointbench.importers import load_format
    from pointbench.importers.importing import import_suite

    root = args.data or Path()
    format_ = load_format(args.format)
    imported = import_suite(format_, args.source, args.suite, root, args.images)
    for finding in imported.findings:
        print(finding, file=sys.stderr)
    dropped, changed = imported.ids("dropped"), imported.ids("changed")
    if args.json:
        counts = {"targets": imported.targets, "screenshots": imported.screenshots}
        counts |= {"pictures": imported.pictures}
        answer = {"suite": imported.suite, **counts, "dropped": dropped, "changed": changed}
        print(json.dumps(answer, indent=1))
    else:
        _print_counts(
            imported.suite, imported.new, imported.targets, imported.screenshots, imported.pictures
        )
        for action, reasons in (("dropped", dropped), ("changed", changed)):
            for reason, ids in reasons.items():
                print(f"  {action} {len(ids)}: {reason}")
    _hint(imported.targets, dropped, changed, f"{format_.name} ({format_.convention})")
    return 1 if imported.findings else 0


def _print_counts(suite: str, new: bool, targets: int, screenshots: int, pictures: int) -> None:
    state = "imported" if new else "already exists, unchanged"
    print(
        f"{suite}: {state}: {count_of(targets, 'target')} on "
        f"{count_of(screenshots, 'screenshot')}, {count_of(pictures, 'picture')}"
    )


def _hint(
    targets: int, dropped: dict[str, list[str]], changed: dict[str, list[str]], convention: str
) -> None:
    """Ask whether the convention fits, if many boxes are inverted or outside their pictures."""
    reasons = ("inverted", "outside", "clipped-right-bottom")
    odd = sum(len(ids.get(reason, [])) for ids in (dropped, changed) for reason in reasons)
    if 5 * odd > targets:
        print(
            f"{count_of(odd, 'box is', 'boxes are')} inverted or outside the picture: "
            f"is {convention} the convention of this file?",
            file=sys.stderr,
        )
