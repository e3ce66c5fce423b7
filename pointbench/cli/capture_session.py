"""``pointbench capture session FILE``: the screens of a suite, each on a virtual display."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointbench.capture.session.differences import SuiteDifference
    from pointbench.capture.session.file import ScreenSpec, Session
    from pointbench.capture.session.words import TargetSpec

MOST_LISTED = 20
"""Moved, missing or new targets that are named; the rest is counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a session file, such as targets/linux-desktop/session.toml; it says which programs "
        "to start, so use only one that you trust",
    )
    parser.add_argument("screens", nargs="*", metavar="SCREEN", help="these only (default: all)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="the data root to write to"
    )
    parser.add_argument(
        "--draft",
        action="store_true",
        help="write no targets but, in DIR/drafts, every element found, an overlay of them and a "
        "proposed words file",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace screens that are there")
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="as root: start everything as this ordinary user, who gets what is written",
    )


def run(args: argparse.Namespace) -> int:
    from pointbench.capture.session.captured_screen import committed_targets
    from pointbench.capture.session.file import read_session
    from pointbench.capture.session.processes import become_ordinary_user
    from pointbench.capture.session.words import read_target_specs

    session = read_session(args.file)
    screens = [session.screen(name) for name in args.screens] or list(session.screens)
    words: dict[str, dict[str, TargetSpec] | None] = {
        screen.name: None if args.draft else read_target_specs(session.words_file(screen))
        for screen in screens
    }
    data = args.data.resolve()
    become_ordinary_user(args.user, data)
    _refuse_what_cannot_be_made(session, screens, data, args)
    committed = {screen.name: committed_targets(session, screen) for screen in screens}
    failed: list[str] = []
    difference = _make_all(session, screens, words, committed, data, args, failed)
    if not args.draft:
        _report(session, difference)
    if failed:
        _say(f"not made, or not whole: {', '.join(dict.fromkeys(failed))}")
    return 1 if failed else 0


def _refuse_what_cannot_be_made(
    session: Session, screens: Sequence[ScreenSpec], data: Path, args: argparse.Namespace
) -> None:
    """Everything that can be known to be wrong before the first program is started."""
    from importlib.util import find_spec

    from pointbench.errors import UsageError

    needed = {"playwright" if screen.web else "Xlib" for screen in screens}
    if not all(find_spec(name) for name in (*needed, "jeepney")):
        raise UsageError("capture session needs: pip install 'pointbench[capture]'")
    from pointbench.capture.files import screen_files
    from pointbench.capture.session.packages import refuse_if_missing

    for screen in screens:
        files = screen_files(data, session.suite, screen.name)
        if files.taken and not (args.overwrite or args.draft):
            raise UsageError(
                f"capture session: {files.screenshot} is in {data.name}/ already; give another "
                "--data, or --overwrite"
            )
    refuse_if_missing(screens, session.packages)
    if any(screen.web for screen in screens):
        from pointbench.capture.session.web_screen import refuse_without_tools

        refuse_without_tools(session, screens)


def _make_all(
    session: Session,
    screens: Sequence[ScreenSpec],
    words: dict[str, dict[str, TargetSpec] | None],
    committed: dict[str, list[dict[str, Any]]],
    data: Path,
    args: argparse.Namespace,
    failed: list[str],
) -> SuiteDifference:
    from pointbench.capture.errors import ScreenError
    from pointbench.capture.session.captured_screen import doubts, write_captured_screen
    from pointbench.capture.session.differences import NO_DIFFERENCE, difference
    from pointbench.capture.session.drafts import write_draft
    from pointbench.capture.session.workshop import workshop

    total = NO_DIFFERENCE
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        with workshop(session, screens) as bench:
            for number, screen in enumerate(screens, start=1):
                began = time.monotonic()
                try:
                    made = bench.make(session, screen, words[screen.name], _say)
                except ScreenError as fault:
                    _say(f"{screen.name}: {fault}; left out")
                    failed.append(screen.name)
                    continue
                if args.draft:
                    write_draft(made, data / "drafts" / session.suite)
                else:
                    write_captured_screen(session, made, data, args.overwrite)
                    total += difference(committed[screen.name], made.targets)
                for text in doubts(made, words[screen.name] or {}):
                    _say(f"{screen.name}/{text}?")
                for text in made.contradicted:
                    _say(f"{screen.name}/{text}; kept, as it was looked at")
                if made.left_out:
                    failed.append(screen.name)
                for text in made.left_out:
                    _say(f"{screen.name}/{text}; left out")
                count = len(made.elements if args.draft else made.targets)
                what = "elements" if args.draft else "targets"
                _say(
                    f"{number}/{len(screens)} {screen.name}: {count} {what} "
                    f"in {time.monotonic() - began:.0f} s"
                )
    finally:
        signal.signal(signal.SIGTERM, before)
    return total


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _report(session: Session, difference: SuiteDifference) -> None:
    """What was made against what is committed, and the versions that may explain it."""
    from pointbench.capture.session.packages import (
        changes,
        dpkg_versions,
        npm_versions,
        pip_versions,
    )

    packages = session.packages
    found = (
        *changes(packages.dpkg, dpkg_versions(packages.dpkg)),
        *changes(packages.pip, pip_versions(packages.pip)),
        *changes(packages.npm, npm_versions(packages.npm, session.folder / "files")),
    )
    recorded = len(packages.dpkg) + len(packages.pip) + len(packages.npm)
    lines = [f"versions: {len(found)} of {recorded} recorded packages differ"]
    lines += [f"  {change}" for change in found]
    lines.append(f"targets: {difference}")
    listed = [f"  moved {pair}" for pair in difference.moved]
    listed += [f"  missing {name}" for name in difference.missing]
    listed += [f"  new {name}" for name in difference.new]
    lines += listed[:MOST_LISTED]
    if len(listed) > MOST_LISTED:
        lines.append(f"  and {len(listed) - MOST_LISTED} more")
    sys.stdout.write("\n".join(lines) + "\n")


def _say(text: str) -> None:
    from pointbench.errors import one_line

    sys.stderr.write(one_line(text) + "\n")
    sys.stderr.flush()
