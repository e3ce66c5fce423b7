"""``pointbench import FORMAT SOURCE --suite NAME``: a public benchmark becomes a suite."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pointbench.cli.shared.options import add_json
from pointbench.cli.shared.terminal import count_of
from pointbench.importers import CONVENTIONS, FORMATS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    width = max(map(len, FORMATS))
    listed = "\n".join(f"  {name:{width}}  {CONVENTIONS[name]}" for name in FORMATS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"formats, each with the convention it is read by:\n{listed}"
    parser.add_argument("format", metavar="FORMAT", help="one of the formats below")
    parser.add_argument("source", metavar="SOURCE", type=Path, help="a file, a folder or a zip")
    parser.add_argument("-s", "--suite", metavar="NAME", required=True, help="the suite's name")
    parser.add_argument(
        "--images", metavar="PATH", type=Path, help="a folder or zip of pictures that stands apart"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="the data root to write to (default: here)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when every target was taken as it is, 1 when any was dropped or cut."""
    from pointbench.importers import load_format
    from pointbench.importers.importing import import_suite

    root = args.data or Path()
    form = load_format(args.format)
    done = import_suite(form, args.source, args.suite, root, args.images)
    for finding in done.findings:
        print(finding, file=sys.stderr)
    dropped, changed = done.ids("dropped"), done.ids("changed")
    if args.json:
        counts = {"targets": done.targets, "screenshots": done.screenshots}
        counts |= {"pictures": done.pictures}
        answer = {"suite": done.suite, **counts, "dropped": dropped, "changed": changed}
        print(json.dumps(answer, indent=1))
    else:
        _print_counts(done.suite, done.new, done.targets, done.screenshots, done.pictures)
        for action, reasons in (("dropped", dropped), ("changed", changed)):
            for reason, ids in reasons.items():
                print(f"  {action} {len(ids)}: {reason}")
    _hint(done.targets, dropped, changed, args.format)
    return 1 if done.findings else 0


def _print_counts(suite: str, new: bool, targets: int, screenshots: int, pictures: int) -> None:
    state = "imported" if new else "already there, the same"
    print(
        f"{suite}: {state}: {count_of(targets, 'target')} on "
        f"{count_of(screenshots, 'screenshot')}, {count_of(pictures, 'picture')}"
    )


def _hint(
    targets: int, dropped: dict[str, list[str]], changed: dict[str, list[str]], name: str
) -> None:
    """Many boxes outside their pictures are the mark of a convention that does not fit."""
    reasons = ("inverted", "outside", "clipped-right-bottom")
    odd = sum(len(found.get(reason, [])) for found in (dropped, changed) for reason in reasons)
    if 5 * odd > targets:
        print(
            f"{count_of(odd, 'box is', 'boxes are')} inverted or outside the picture: "
            f"is {name} ({CONVENTIONS[name]}) the convention of this file?",
            file=sys.stderr,
        )
