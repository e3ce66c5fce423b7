"""``pointbench capture web URL``: captures a page rendered by a headless Chromium, with its targets."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import between
from pointbench.cli.shared.terminal import count_of

if TYPE_CHECKING:
    from pointbench.capture.files import ScreenFiles
    from pointbench.capture.hover import HoverCheck
    from pointbench.capture.targets import TargetEntry
    from pointbench.capture.web.browser import OpenPage
    from pointbench.capture.web.page import WebSurvey

SUITE = "captured"
SMALLEST, LARGEST = 64, 8192
"""Limits of a page's side, in CSS pixels."""
MOST_WAIT_S = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("url", metavar="URL", help="http, https or file URL, or the path of an HTML file")
    add("-s", "--suite", default=SUITE, metavar="NAME", help=f"suite to write to ({SUITE})")
    add("--data", type=Path, default=Path(), metavar="DIR", help="data root (default: here)")
    add("--name", metavar="STEM", help="name of the files (default: the page's title or address)")
    add("--overwrite", action="store_true", help="replace a screenshot of that name")
    add(
        "--viewport",
        type=_viewport,
        default=(1280, 720),
        metavar="WxH",
        help="size of the page in CSS pixels (default: 1280x720)",
    )
    add(
        "--scale",
        type=between(0.5, 4),
        default=1.0,
        metavar="N",
        help="device pixels per CSS pixel (1)",
    )
    add("--dark", action="store_true", help="ask the page for its dark colors")
    add("--click", action="append", default=[], metavar="SELECTOR", help="click first; repeatable")
    add(
        "--wait",
        type=between(0, MOST_WAIT_S),
        default=0.0,
        metavar="S",
        help="wait S seconds after loading",
    )
    add("--wait-for", default="", metavar="SELECTOR", help="wait until this is shown")
    add("--no-hover", action="store_true", help="do not check boxes with the pointer")
    add(
        "--absent",
        type=_count,
        default=0,
        metavar="N",
        help="add up to N targets that are not on the page",
    )
    add("--offline", action="store_true", help="refuse and count requests to other hosts")
    add("--overlay", type=Path, metavar="FILE", help="also draw the boxes on a copy of the picture")
    add("--browser", type=Path, metavar="PATH", help="Chromium to use (default: from PATH)")
    add("--no-sandbox", action="store_true", help="start Chromium without its sandbox")


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 if the screen was written with at least one target on it, otherwise 1."""
    from pointbench.capture.files import (
        refuse_taken,
        save_overlay,
        screen_files,
        stem_of,
        write_capture,
    )
    from pointbench.capture.web.browser import PageRequest, PageStep, address, opened_page
    from pointbench.capture.web.page import environment_of, hover_boxes, page_name, survey_page
    from pointbench.capture.web.targets import ABOUT, distinct_elements, page_targets

    width, height = args.viewport
    request = PageRequest(
        url=address(args.url),
        width=width,
        height=height,
        scale=args.scale,
        dark=args.dark,
        offline=args.offline,
        wait_ms=round(1000 * args.wait),
        wait_for=args.wait_for,
        steps=tuple(PageStep("click", selector) for selector in args.click),
        browser=args.browser,
        sandbox=not args.no_sandbox,
    )
    if args.name is not None:
        named = screen_files(args.data, args.suite, args.name)
        refuse_taken(named, args.overwrite, "capture web")
    with opened_page(request) as opened:
        files = screen_files(args.data, args.suite, args.name or stem_of(page_name(opened)))
        refuse_taken(files, args.overwrite, "capture web")
        survey = survey_page(opened, say=_say)
        distinct = distinct_elements(survey)
        checks: list[HoverCheck | None] = [None] * len(distinct)
        if not args.no_hover:
            checks = hover_boxes(opened, [element for element, _ in distinct], _say)
        targets = page_targets(files.annotation.stem, survey, distinct, checks, args.absent)
        write_capture(
            files,
            args.suite,
            survey.picture,
            targets,
            method="dom",
            environment=environment_of(opened),
            about=ABOUT,
            platform="web",
            overwrite=args.overwrite,
        )
    if args.overlay is not None:
        save_overlay(files, args.suite, args.overlay)
    _print_result(files, survey, targets, opened)
    return 0 if distinct else 1


def _say(text: str) -> None:
    console.err(f"capture web: {text}")


def _print_result(
    files: ScreenFiles, survey: WebSurvey, targets: Sequence[TargetEntry], opened: OpenPage
) -> None:
    absent = sum("absent" in target for target in targets)
    lit = sum("verified" in target and target["verified"]["hover"] == "box" for target in targets)
    also = f" and {absent} absent ones" if absent else ""
    console.out(
        f"{files.screenshot}: {survey.picture.width}x{survey.picture.height}, "
        f"{count_of(len(targets) - absent, 'target')}{also}; "
        f"{count_of(lit, 'box lights up', 'boxes light up')} under the pointer"
    )
    for reason, count in sorted(survey.dropped.items()):
        console.out(f"  left out {count}: {reason}")
    for host, count in sorted(opened.refused.items()):
        console.err(f"  refused {count_of(count, 'request')} to {host}")


def _viewport(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in sides):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not WIDTHxHEIGHT, each {SMALLEST} to {LARGEST}"
        )
    return sides


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to 999")
    return int(text)
