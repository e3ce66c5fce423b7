"""``pointbench capture session FILE``: captures a suite's screens, each on a virtual display."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console

if TYPE_CHECKING:
    from pointbench.capture.session.differences import SuiteDifference
    from pointbench.capture.session.file import Session
    from pointbench.capture.session.words import TargetSpec

MOST_LISTED = 20
"""Maximum number of moved, missing or new targets to list; the rest are only counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="session file, such as targets/linux-desktop/session.toml; it lists the programs "
        "to start, so use only one that you trust",
    )
    parser.add_argument(
        "screens", nargs="*", metavar="SCREEN", help="capture only these (default: all)"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="data root to write to"
    )
    parser.add_argument(
        "--draft",
        action="store_true",
        help="write no targets; instead write every element found, an overlay of them and a "
        "proposed words file to DIR/drafts",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing screens")
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="as root: start everything as this non-root user, who then owns the files",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 if every screen was captured completely, otherwise 1."""
    from pointbench.capture.session.file import read_session
    from pointbench.capture.session.packages import refuse_without_extra
    from pointbench.capture.session.processes import become_ordinary_user
    from pointbench.capture.session.words import read_target_specs
    from pointbench.capture.signals import interrupted_by

    session = read_session(args.file)
    screens = [session.screen(name) for name in args.screens] or list(session.screens)
    specs: dict[str, dict[str, TargetSpec] | None] = {
        screen.name: None if args.draft else read_target_specs(session.words_file(screen))
        for screen in screens
    }
    data = args.data.resolve()
    refuse_without_extra(screens)
    become_ordinary_user(args.user, data)
    from pointbench.capture.session.workshop import capture_screens, refuse_impossible

    refuse_impossible(session, screens, data, replace=args.overwrite or args.draft)
    with interrupted_by(signal.SIGTERM):
        result = capture_screens(
            session, screens, specs, data, draft=args.draft, overwrite=args.overwrite, say=_say
        )
    if not args.draft:
        _print_difference(session, result.difference)
    if result.incomplete:
        _say(f"not captured, or incomplete: {', '.join(result.incomplete)}")
    return 1 if result.incomplete else 0


def _print_difference(session: Session, difference: SuiteDifference) -> None:
    """Compare with the committed targets, and list the versions that may explain a difference."""
    from pointbench.capture.session.packages import changed_packages

    changes = changed_packages(session.packages, session.folder / "files")
    lines = [f"versions: {len(changes)} of {session.packages.count} recorded packages differ"]
    lines += [f"  {change}" for change in changes]
    lines.append(f"targets: {difference}")
    differing = [f"  moved {target}" for target in difference.moved]
    differing += [f"  missing {name}" for name in difference.missing]
    differing += [f"  new {name}" for name in difference.new]
    lines += differing[:MOST_LISTED]
    if len(differing) > MOST_LISTED:
        lines.append(f"  and {len(differing) - MOST_LISTED} more")
    console.out("\n".join(lines))


def _say(text: str) -> None:
    from pointbench.errors import one_line

    console.err(one_line(text))
