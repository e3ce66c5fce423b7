"""``pointbench capture web URL``: a page as a headless Chromium draws it, with its targets."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pointbench.cli.shared.options import between

if TYPE_CHECKING:
    from pointbench.capture.files import ScreenFiles
    from pointbench.capture.web.browser import OpenPage, PageRequest
    from pointbench.capture.web.page import WebSurvey

SUITE = "captured"
SMALLEST, LARGEST = 64, 8192
"""CSS pixels of a page's side."""
MOST_WAIT_S = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("url", metavar="URL", help="http, https or file URL, or the path of an HTML file")
    add("-s", "--suite", default=SUITE, metavar="NAME", help=f"the suite to write to ({SUITE})")
    add("--data", type=Path, default=Path(), metavar="DIR", help="the data root (default: here)")
    add(
        "--name", metavar="STEM", help="the files' name (default: from the page's title or address)"
    )
    add("--overwrite", action="store_true", help="replace a screen of that name")
    add(
        "--viewport",
        type=_viewport,
        default=(1280, 720),
        metavar="WxH",
        help="in CSS pixels (default: 1280x720)",
    )
    add(
        "--scale",
        type=between(0.5, 4),
        default=1.0,
        metavar="N",
        help="device pixels to a CSS pixel (1)",
    )
    add("--dark", action="store_true", help="ask the page for its dark colors")
    add("--click", action="append", default=[], metavar="SELECTOR", help="click first; repeatable")
    add(
        "--wait",
        type=between(0, MOST_WAIT_S),
        default=0.0,
        metavar="S",
        help="seconds after loading",
    )
    add("--wait-for", default="", metavar="SELECTOR", help="wait until this is shown")
    add("--no-hover", action="store_true", help="do not check boxes with the pointer")
    add("--absent", type=_count, default=0, metavar="N", help="add N targets that are not there")
    add("--offline", action="store_true", help="refuse and count requests to other hosts")
    add("--overlay", type=Path, metavar="FILE", help="draw the boxes on a copy of the picture, too")
    add("--browser", type=Path, metavar="PATH", help="the Chromium to use (default: from PATH)")
    add("--no-sandbox", action="store_true", help="start Chromium without its sandbox")


def run(args: argparse.Namespace) -> int:
    """0 when the screen was written, with at least one target on it; else 1."""
    from pointbench.capture.files import screen_files, stem_of
    from pointbench.capture.web.browser import PageRequest, PageStep, address, shown
    from pointbench.capture.web.page import hover_page, survey_page
    from pointbench.capture.web.targets import distinct_elements, page_targets

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
        _refuse_taken(screen_files(args.data, args.suite, args.name), args.overwrite)
    with shown(request) as opened:
        files = screen_files(args.data, args.suite, args.name or stem_of(_title(opened)))
        _refuse_taken(files, args.overwrite)
        found = survey_page(opened)
        apart = distinct_elements(found)
        hovers = [None if args.no_hover else hover_page(opened, one) for one, _ in apart]
        targets = page_targets(files.annotation.stem, found, apart, hovers, args.absent)
        _write(files, found, targets, request, opened, args)
    if args.overlay is not None:
        _draw(files, args.suite, args.overlay)
    _tell(files, found, targets, opened)
    return 0 if apart else 1


def _title(opened: OpenPage) -> str:
    """The page's title, or what its address ends in."""
    parts = urlsplit(opened.page.url)
    return opened.page.title().strip() or Path(unquote(parts.path)).stem or parts.hostname or "page"


def _refuse_taken(files: ScreenFiles, overwrite: bool) -> None:
    from pointbench.errors import UsageError

    if files.taken and not overwrite:
        raise UsageError(
            f"capture web: {files.screenshot} is there already; "
            "choose another --name, or --overwrite"
        )


def _write(
    files: ScreenFiles,
    found: WebSurvey,
    targets: list[dict[str, Any]],
    request: PageRequest,
    opened: OpenPage,
    args: argparse.Namespace,
) -> None:
    from pointbench.capture.files import new_suite, source_of, write_screen, write_suite_toml

    write_screen(
        files,
        found.picture,
        targets,
        platform="web",
        environment={
            "browser": f"Chromium {opened.version}",
            "theme": "dark" if request.dark else "light",
            "scale": int(request.scale) if request.scale == int(request.scale) else request.scale,
        },
        source=source_of("dom"),
        overwrite=args.overwrite,
    )
    write_suite_toml(files, new_suite(args.suite, "Web pages, each keeping its own license."))


def _draw(files: ScreenFiles, suite: str, path: Path) -> None:
    """The regions on a copy of the picture, as `pointbench overlay` draws them."""
    from pointbench.errors import UsageError, one_line
    from pointbench.report.overlay import overlay_screenshot
    from pointbench.suites import asked_target, read_screenshot

    screenshot, _ = read_screenshot(files.annotation)
    assert screenshot is not None
    asked = [asked_target(suite, screenshot, target) for target in screenshot.targets]
    try:
        overlay_screenshot(asked, (), files.picture, ()).save(path)
    except (OSError, ValueError) as error:
        raise UsageError(one_line(f"--overlay {path}: {error}")) from error


def _tell(
    files: ScreenFiles, found: WebSurvey, targets: list[dict[str, Any]], opened: OpenPage
) -> None:
    absent = sum("absent" in target for target in targets)
    agreed = sum(target.get("verified", {}).get("hover") == "box" for target in targets)
    also = f" and {absent} absent ones" if absent else ""
    print(
        f"{files.screenshot}: {found.picture.width}x{found.picture.height}, "
        f"{len(targets) - absent} targets{also}; {agreed} boxes light up under the pointer"
    )
    for reason, count in sorted(found.dropped.items()):
        print(f"  left out {count}: {reason}")
    for host, count in sorted(opened.refused.items()):
        print(f"  refused {count} requests to {host}", file=sys.stderr)


def _viewport(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    sides = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in sides):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not WIDTHxHEIGHT, each {SMALLEST} to {LARGEST}"
        )
    return sides


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to 999")
    return int(text)
