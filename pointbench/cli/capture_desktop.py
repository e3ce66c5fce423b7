"""``pointbench capture desktop``: captures the running X11 desktop as a suite."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_json, between, positive
from pointbench.cli.shared.terminal import count_of

if TYPE_CHECKING:
    from pointbench.capture.desktop.capture import DesktopCapture
    from pointbench.capture.desktop.survey import Survey
    from pointbench.capture.files import ScreenFiles

DEFAULT_ABSENT = 6
REASONS = {"role": "nothing to click on", "no window": "not in any window that was found"}
"""Accessibility-tree drop reasons -> a wording for the user."""
ABOUT = "Screens of a Linux desktop."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Reads the screen and changes nothing, unless --hover (moves the pointer) or --icons "
        "(switches the icon theme for about ten seconds) is given."
    )
    parser.add_argument(
        *("-s", "--suite"),
        metavar="NAME",
        default="my-desktop",
        help="suite to add to, created if it does not exist (default: my-desktop)",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="data root to write to (default: here)",
    )
    parser.add_argument(
        "--name", metavar="NAME", help="name of the screenshot (default: screen-1, screen-2 ...)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the screenshot of that name"
    )
    parser.add_argument(
        "--window",
        metavar="TITLE-OR-ID",
        help="one window: the picture is that window with its title bar, the targets are its own",
    )
    parser.add_argument(
        "--delay",
        metavar="S",
        type=between(0, 600),
        default=0.0,
        help="wait S seconds first, to open a menu",
    )
    parser.add_argument(
        "--scale",
        metavar="N",
        type=between(0.5, 4),
        help="screen pixels per toolkit pixel, such as 2, if it is not detected automatically",
    )
    parser.add_argument(
        "--hover",
        action="store_true",
        help="check every box: move the pointer onto it, and drop it if something else lights up",
    )
    parser.add_argument(
        *("--icons", "--icon-theme"),
        action="store_true",
        help="find every icon exactly, using another icon theme for about ten seconds (Xfce, MATE)",
    )
    parser.add_argument(
        "--absent",
        metavar="N",
        type=positive,
        nargs="?",
        const=DEFAULT_ABSENT,
        default=0,
        help=f"add up to N targets that are not on the screen (default of N: {DEFAULT_ABSENT})",
    )
    parser.add_argument(
        "--overlay",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write a copy of the picture with all boxes drawn on it (default: yes)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 if targets were written, 1 if there was nothing to write."""
    from pointbench.capture.desktop.capture import refuse_other_screens
    from pointbench.extras import require_extra

    refuse_other_screens(os.environ, sys.platform)
    require_extra("capture", "capture desktop", "python-xlib", "jeepney")
    from pointbench.capture.desktop.capture import capture_screen, environment_of, targets_of
    from pointbench.capture.desktop.icon_theme import icon_theme_of
    from pointbench.capture.files import free_stem, refuse_taken, screen_files, write_capture
    from pointbench.capture.signals import interrupted_by

    stem = args.name or free_stem(args.data, args.suite)
    files = screen_files(args.data, args.suite, stem)
    refuse_taken(files, args.overwrite)
    if args.icons:
        icon_theme_of(os.environ)  # refused before the wait
    _wait(args.delay)
    with interrupted_by(signal.SIGTERM, signal.SIGHUP):
        survey, capture, outcomes = capture_screen(
            args.window, scale=args.scale, icons=args.icons, hovering=args.hover, say=_say
        )
    if not capture.targets:
        _print_unheard(survey, args.hover)
        _say(
            "nothing to point at was found; nothing was written"
            if survey.windows
            else "nothing to point at: there is no window on this screen; nothing was written"
        )
        _print_dropped(capture)
        return 1
    targets = targets_of(capture, stem, outcomes, args.absent)
    write_capture(
        files,
        args.suite,
        capture.picture,
        targets,
        method="at-spi, marker theme" if args.icons else "at-spi",
        environment=environment_of(survey, os.environ),
        about=ABOUT,
        overwrite=args.overwrite,
    )
    overlay = _write_overlay(args, files) if args.overlay else None
    if args.json:
        document = {
            "suite": args.suite,
            "screenshot": files.screenshot,
            "targets": len(targets),
            "kinds": _kinds(capture),
            "dropped": dict(capture.dropped),
            "silent": sorted({window.wm_class for window in survey.silent}),
            "distrusted": list(survey.distrusted),
        }
        console.json_document(json.dumps(document, indent=1) + "\n")
    else:
        _print_result(args, files, overlay, capture, len(targets) - len(capture.targets))
        _print_unheard(survey, args.hover)
    return 0


def _wait(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        _say(f"capturing in {left:.0f} s")
        time.sleep(min(left, 5.0))


def _write_overlay(args: argparse.Namespace, files: ScreenFiles) -> Path:
    """Draw every box on a copy of the picture, outside the suite's own folders."""
    from pointbench.capture.files import save_overlay

    path: Path = args.data / "overlays" / args.suite / files.picture.name
    path.parent.mkdir(parents=True, exist_ok=True)
    save_overlay(files, args.suite, path)
    return path


# --- printed results --------------------------------------------------------------------------


def _print_result(
    args: argparse.Namespace,
    files: ScreenFiles,
    overlay: Path | None,
    capture: DesktopCapture,
    absent: int,
) -> None:
    width, height = capture.picture.size
    kinds = ", ".join(f"{count} {kind}" for kind, count in _kinds(capture).items())
    missing = f" and {absent} that are not there" if absent else ""
    count = len(capture.targets)
    console.out(
        f"{args.suite}: {count_of(count, 'target')} ({kinds}){missing} on {width}x{height} pixels"
    )
    picture = args.data / "screenshots" / files.screenshot
    console.out(f"  picture  {picture}\n  targets  {files.annotation}")
    if overlay is not None:
        console.out(
            f"  overlay  {overlay}  (check it: each box must be on the thing that it names)"
        )
    _print_dropped(capture)
    data = "" if args.data == Path() else f" --data {args.data}"
    console.out(
        "\nThe picture shows what the screen showed. Look for private text before you share it."
    )
    console.out("Next: edit the instructions and drop doubtful targets in the targets file, then")
    console.out(f"  pointbench run -s {args.suite}{data}")


def _kinds(capture: DesktopCapture) -> dict[str, int]:
    from pointbench.capture.desktop.capture import kinds_of

    return dict(kinds_of(capture).most_common())


def _print_dropped(capture: DesktopCapture) -> None:
    reasons = {REASONS.get(reason, reason): n for reason, n in capture.dropped.most_common()}
    if reasons:
        console.out("  left out " + ", ".join(f"{n} {reason}" for reason, n in reasons.items()))


def _print_unheard(survey: Survey, hovered: bool) -> None:
    """Name the programs whose elements are missing, with advice on what to do."""
    from pointbench.capture.desktop.capture import advice_on
    from pointbench.errors import one_line

    for window in survey.silent:
        name = one_line(window.wm_class)[:60]
        _say(f"{name} shows no accessible objects: {advice_on(window)}")
    then = (
        "only elements that highlight on hover are kept"
        if hovered
        else "none are kept; --hover finds them"
    )
    for app in survey.distrusted:
        name = one_line(app)[:60]
        _say(f"{name}: its toolkit does not report element sizes, so {then}")


def _say(text: str) -> None:
    console.err(text)
