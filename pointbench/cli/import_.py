"""``pointbench import FORMAT SOURCE --suite NAME``: turns a public benchmark into a suite."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_json, between, list_below
from pointbench.cli.shared.terminal import count_of
from pointbench.importers import conventions

if TYPE_CHECKING:
    from pointbench.importers.importing import Imported


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
    parser.add_argument(
        "--title",
        metavar="TEXT",
        type=_one_line,
        help="title of the suite, as reports and citations name it (default: the set's own)",
    )
    parser.add_argument(
        "--points-as-boxes",
        metavar="PX",
        type=between(0.5, 1000),
        help="make a box of each key point, PX pixels to each side (label-studio; they are dropped "
        "otherwise)",
    )
    add_json(parser)


def _one_line(text: str) -> str:
    """argparse type: a title, without blanks at its ends."""
    title = text.strip()
    if not title or not title.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r:.80} is no title: one line of printable text")
    return title


def run(args: argparse.Namespace) -> int:
    """Returns 0 if every target was imported, 1 if any was dropped or `validate` has a fault to find.

    Cutting boxes at the picture's edge is a declared rule: it is said, and no reason for 1 unless so
    many are cut that the convention is in doubt.
    """
    from pointbench.importers import load_format
    from pointbench.importers.importing import import_suite

    root = args.data or Path()
    format_ = load_format(args.format)
    imported = import_suite(
        format_, args.source, args.suite, root, args.images, args.points_as_boxes, args.title
    )
    for finding in (*imported.findings, *imported.faults):
        console.err(str(finding))
    dropped, changed = imported.ids("dropped"), imported.ids("changed")
    if args.json:
        counts = {"targets": imported.targets, "screenshots": imported.screenshots}
        counts |= {"pictures": imported.pictures}
        answer = {"suite": imported.suite, **counts, "dropped": dropped, "changed": changed}
        console.json_document(json.dumps(answer, indent=1) + "\n")
    else:
        _print_counts(
            imported.suite, imported.new, imported.targets, imported.screenshots, imported.pictures
        )
        for action in ("dropped", "changed", "noted"):
            for reason, ids in imported.ids(action).items():
                console.out(f"  {action} {len(ids)}: {reason}")
    lacking = imported.pictures < imported.screenshots
    if lacking:
        _write_pictures(imported.pictures, imported.screenshots, given=args.images is not None)
    _write_doubts(imported, f"{format_.name} ({format_.convention})")
    return 0 if imported.sound and not (lacking and args.images is not None) else 1


def _print_counts(suite: str, new: bool, targets: int, screenshots: int, pictures: int) -> None:
    state = "imported" if new else "already exists, unchanged"
    console.out(
        f"{suite}: {state}: {count_of(targets, 'target')} on "
        f"{count_of(screenshots, 'screenshot')}, {count_of(pictures, 'picture')}"
    )


def _write_pictures(found: int, screenshots: int, *, given: bool) -> None:
    where = "none beside the annotations" if not found and not given else ""
    mend = "`pointbench run` needs them: --images PATH names their folder or zip"
    if given:
        mend = "`pointbench run` needs them, under their names below --images"
    pictures = f"{found:,} of {count_of(screenshots, 'picture')} found"
    console.err(f"{pictures}{f' ({where})' if where else ''}; {mend}")


def _write_doubts(imported: Imported, convention: str) -> None:
    """Say what `validate` finds, and ask whether the convention fits if many boxes are outside."""
    if imported.faults:
        faults = count_of(len(imported.faults), "fault")
        console.err(f"{faults} that `pointbench validate` finds, too: see above")
    if imported.doubtful:
        console.err(
            f"{count_of(imported.odd, 'box is', 'boxes are')} inverted or mostly outside the picture: "
            f"is {convention} the convention of this file?"
        )
