"""``pointbench capture desktop``: the X11 desktop that is running, as a suite."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointbench.cli.shared.options import add_json, between, positive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pointbench.capture.desktop.capture import DesktopCapture
    from pointbench.capture.desktop.survey import Survey
    from pointbench.capture.desktop.x11 import X11Display
    from pointbench.capture.files import ScreenFiles
    from pointbench.capture.hover import HoverOutcome
    from pointbench.capture.rectangles import Rect

DEFAULT_ABSENT = 6
NOT_TARGETS = {"role": "nothing to click on", "no window": "of no window that was found"}
"""How the reasons that speak of the tree are said to a person."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Looks at the screen and changes nothing, unless --hover (moves the pointer) or --icons "
        "(changes the icon theme for about ten seconds) is given."
    )
    parser.add_argument(
        *("-s", "--suite"),
        metavar="NAME",
        default="my-desktop",
        help="the suite to add to, made where it is not there (default: my-desktop)",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="the data root to write to (default: here)",
    )
    parser.add_argument(
        "--name", metavar="NAME", help="of the screenshot (default: screen-1, screen-2 ...)"
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
        help="screen pixels to one of the toolkits', such as 2, where it is not found by itself",
    )
    parser.add_argument(
        "--hover",
        action="store_true",
        help="check every box: move the pointer onto it and leave it out when something else lights up",
    )
    parser.add_argument(
        *("--icons", "--icon-theme"),
        action="store_true",
        help="find every icon exactly, by another icon theme for about ten seconds (Xfce, MATE)",
    )
    parser.add_argument(
        "--absent",
        metavar="N",
        type=positive,
        nargs="?",
        const=DEFAULT_ABSENT,
        default=0,
        help=f"add up to N targets that are not there (default of N: {DEFAULT_ABSENT})",
    )
    parser.add_argument(
        "--overlay",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write a picture with all boxes to look at (default: yes)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when targets were written, 1 when there was nothing to write."""
    from pointbench.capture.desktop.capture import refuse_other_screens

    refuse_other_screens(os.environ, sys.platform)
    _refuse_without_extra()
    from pointbench.capture.desktop.icon_theme import icon_theme_of
    from pointbench.capture.files import (
        free_stem,
        new_suite,
        screen_files,
        source_of,
        write_screen,
        write_suite_toml,
    )

    stem = args.name or free_stem(args.data, args.suite)
    files = screen_files(args.data, args.suite, stem)
    if files.taken and not args.overwrite:
        from pointbench.errors import UsageError

        raise UsageError(
            f"capture: {files.screenshot} is there already; choose another --name, or --overwrite"
        )
    if args.icons:
        icon_theme_of(os.environ)  # refused before anybody waits
    _wait(args.delay)
    with _ended_like_ctrl_c():
        found, shot, verdicts = _look(args)
    targets = _targets(shot, stem, verdicts, args.absent)
    if not shot.wanted:
        _say(_why_nothing(found, args.hover))
        _print_dropped(shot)
        return 1
    write_screen(
        files,
        shot.picture,
        targets,
        environment=_environment(found),
        source=source_of("at-spi, marker theme" if args.icons else "at-spi"),
        overwrite=args.overwrite,
    )
    write_suite_toml(files, new_suite(args.suite, "Screens of a Linux desktop."))
    overlay = _write_overlay(args, files) if args.overlay else None
    if args.json:
        answer = {
            "suite": args.suite,
            "screenshot": files.screenshot,
            "targets": len(targets),
            "kinds": _kinds(shot),
            "dropped": dict(shot.dropped),
            "silent": sorted({window.wm_class for window in found.silent}),
            "distrusted": list(found.distrusted),
        }
        print(json.dumps(answer, indent=1))
    else:
        _print_result(args, files, overlay, shot, len(targets) - len(shot.wanted))
        _print_unheard(found, args.hover)
    return 0


# --- looking ---------------------------------------------------------------------------------


def _refuse_without_extra() -> None:
    from importlib.util import find_spec

    from pointbench.errors import UsageError

    missing = [name for name, module in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"capture desktop: {' and '.join(missing)} not installed; "
            "run: pip install 'pointbench[capture]'"
        )


_NEEDED = {"python-xlib": "Xlib", "jeepney": "jeepney"}


def _wait(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        _say(f"looking in {left:.0f} s")
        time.sleep(min(left, 5.0))


def _look(
    args: argparse.Namespace,
) -> tuple[Survey, DesktopCapture, dict[Rect, HoverOutcome] | None]:
    from pointbench.capture.desktop.capture import chosen_window, desktop_capture, hover_checked
    from pointbench.capture.desktop.survey import survey
    from pointbench.capture.desktop.x11 import X11Display

    with X11Display() as screen:
        if args.window is not None:
            chosen_window(args.window, screen.windows())
        found = survey(screen, scale=args.scale)
        if args.icons:
            found = _with_icons(found, screen)
        window = None if args.window is None else chosen_window(args.window, found.windows)
        shot = desktop_capture(found, window)
        if not args.hover:
            return found, shot, None
        things = len(shot.wanted) + len(shot.unsure)
        _say(f"moving the pointer over {things} things; hands off for a moment")
        shot, verdicts = hover_checked(shot, screen, found.scale)
        return found, shot, verdicts


def _with_icons(found: Survey, screen: X11Display) -> Survey:
    from pointbench.capture.desktop.icon_theme import icon_theme_of, marker_theme
    from pointbench.capture.desktop.survey import with_icons

    theme = icon_theme_of(os.environ)
    _say("changing the icon theme for a moment; it comes back by itself")
    with marker_theme(os.environ, theme) as palette:
        return with_icons(found, screen, palette, theme)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """A polite kill or a closed terminal ends the block as Ctrl-C does, so that all is put back."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _targets(
    shot: DesktopCapture, stem: str, verdicts: dict[Rect, HoverOutcome] | None, absent: int
) -> list[dict[str, Any]]:
    from pointbench.capture.desktop.capture import targets_of

    return targets_of(shot, stem, verdicts, absent)


# --- what is written -------------------------------------------------------------------------


def _environment(found: Survey) -> dict[str, Any]:
    from pointbench.errors import one_line

    desktop = one_line(os.environ.get("XDG_CURRENT_DESKTOP", ""))
    scale = int(found.scale) if found.scale == int(found.scale) else found.scale
    return ({"desktop": desktop} if desktop else {}) | {"scale": scale}


def _write_overlay(args: argparse.Namespace, files: ScreenFiles) -> Path:
    """Every box on a copy of the picture, outside the suite's own folders."""
    from pointbench.report.overlay import overlay_screenshot
    from pointbench.suites import find_suite

    suite = find_suite(args.suite, [args.data])
    targets = [target for target in suite.asked() if target.screenshot == files.screenshot]
    path: Path = args.data / "overlays" / args.suite / files.picture.name
    path.parent.mkdir(parents=True, exist_ok=True)
    overlay_screenshot(targets, (), files.picture).save(path)
    return path


# --- what is said ----------------------------------------------------------------------------


def _print_result(
    args: argparse.Namespace,
    files: ScreenFiles,
    overlay: Path | None,
    shot: DesktopCapture,
    absent: int,
) -> None:
    width, height = shot.picture.size
    kinds = ", ".join(f"{count} {kind}" for kind, count in _kinds(shot).items())
    missing = f" and {absent} that are not there" if absent else ""
    print(f"{args.suite}: {len(shot.wanted)} targets ({kinds}){missing} on {width}x{height} pixels")
    picture = args.data / "screenshots" / files.screenshot
    print(f"  picture  {picture}\n  targets  {files.annotation}")
    if overlay is not None:
        print(f"  overlay  {overlay}  (look at it: each box has to lie on the thing it names)")
    _print_dropped(shot)
    data = "" if args.data == Path() else f" --data {args.data}"
    print("\nThe picture shows what the screen showed. Look for private text before you share it.")
    print("Next: edit the instructions and drop doubtful targets in the targets file, then")
    print(f"  pointbench run -s {args.suite}{data}")


def _kinds(shot: DesktopCapture) -> dict[str, int]:
    from pointbench.capture.desktop.capture import kinds_of

    return dict(kinds_of(shot).most_common())


def _print_dropped(shot: DesktopCapture) -> None:
    left_out = {NOT_TARGETS.get(reason, reason): n for reason, n in shot.dropped.most_common()}
    if left_out:
        print("  left out " + ", ".join(f"{n} {reason}" for reason, n in left_out.items()))


def _print_unheard(found: Survey, hovered: bool) -> None:
    """Programs whose things are missing, and what to do about it."""
    from pointbench.capture.desktop.capture import advice_on
    from pointbench.errors import one_line

    for window in found.silent:
        name = one_line(window.wm_class)[:60]
        _say(f"{name} shows no accessible objects: {advice_on(window)}")
    then = "only what lit up is taken" if hovered else "it is left out; --hover finds them"
    for app in found.distrusted:
        name = one_line(app)[:60]
        _say(f"{name}: its toolkit does not say how large its things are, so {then}")


def _why_nothing(found: Survey, hovered: bool) -> str:
    _print_unheard(found, hovered)
    if not found.windows:
        return "nothing to point at: there is no window on this screen; nothing was written"
    return "nothing to point at was found; nothing was written"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
