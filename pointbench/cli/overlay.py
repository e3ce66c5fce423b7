"""``pointbench overlay SUITE|RUN [TARGET|SCREENSHOT] -o OUT``: draws regions and points."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_data, add_out
from pointbench.cli.shared.terminal import count_of

if TYPE_CHECKING:
    from PIL import Image

    from pointbench.report.loading import FindPicture
    from pointbench.report.markers import Markers
    from pointbench.suites import AskedTarget
    from pointbench.trials import Record

FORMATS = (".png", ".webp", ".jpg", ".jpeg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SUITE|RUN", help="name of a suite, or a run")
    parser.add_argument(
        "what",
        metavar="TARGET|SCREENSHOT",
        nargs="?",
        help="id of a target or path of a screenshot (default: every screenshot)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="picture to write (png, webp, jpg); without TARGET, the folder to write to",
    )
    add_data(parser)
    add_out(parser)


@dataclass(frozen=True)
class OverlaySource:
    """Targets, records and pictures of a suite or a run to draw; a suite has no records."""

    targets: Sequence[AskedTarget]
    records: Sequence[Record]
    markers: Markers | None
    picture_of: FindPicture


def run(args: argparse.Namespace) -> int:
    source = _source(args.source, args.data, args.out)
    if args.what is not None:
        if args.output.suffix.lower() not in FORMATS:
            raise _usage(
                f"-o {args.output.name}: the name of a picture ends in {', '.join(FORMATS)}"
            )
        _save(_one(source, args.what), args.output)
        return 0
    names: set[str] = set()
    by_screenshot = _by_screenshot(source.targets)
    for screenshot, targets in by_screenshot.items():
        name = file_name(screenshot, names)
        _save(_whole(source, targets), args.output / name)
    console.err(f"{count_of(len(by_screenshot), 'overlay')} in {args.output}")
    return 0


def _source(name: str, data: Path | None, out: Path) -> OverlaySource:
    from pointbench.cli.shared.options import check_data
    from pointbench.errors import RunError, SuiteError
    from pointbench.report.entries import model_markers
    from pointbench.report.loading import pictures, run_roots
    from pointbench.runs import find_run, read_records, read_run_info, read_targets
    from pointbench.suites import data_roots, find_suite

    roots = data_roots(check_data(data), Path.cwd())
    try:
        folder = find_run(name, out)
    except RunError:
        try:
            suite = find_suite(name, roots)
        except SuiteError as error:
            if error.faults:
                raise
            raise _usage(f"{name!r} is neither a run nor a suite; {_after(str(error))}") from error
        return OverlaySource(suite.asked(), (), None, pictures([suite.root, *roots]))
    info = read_run_info(folder)
    markers = model_markers(info.models)
    picture_of = pictures(run_roots(folder, info, data, Path.cwd()))
    return OverlaySource(read_targets(folder), read_records(folder), markers, picture_of)


def _one(source: OverlaySource, what: str) -> Image.Image:
    from pointbench.report.overlay import overlay_target

    for target in source.targets:
        if target.id == what:
            picture = source.picture_of(target)
            return overlay_target(target, source.records, picture, source.markers)
    by_screenshot = _by_screenshot(source.targets)
    for screenshot, targets in by_screenshot.items():
        if what in (screenshot, Path(screenshot).name, Path(screenshot).stem):
            return _whole(source, targets)
    raise _usage(_unknown(what, [target.id for target in source.targets] + list(by_screenshot)))


def _whole(source: OverlaySource, targets: Sequence[AskedTarget]) -> Image.Image:
    from pointbench.report.overlay import overlay_screenshot

    picture = source.picture_of(targets[0])
    return overlay_screenshot(targets, source.records, picture, source.markers)


def _by_screenshot(targets: Sequence[AskedTarget]) -> dict[str, list[AskedTarget]]:
    groups: dict[str, list[AskedTarget]] = {}
    for target in targets:
        groups.setdefault(target.screenshot, []).append(target)
    return dict(sorted(groups.items()))


def file_name(screenshot: str, taken: set[str]) -> str:
    """A plain PNG name for a screenshot's path that is not in ``taken``; it is added there."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", str(Path(screenshot).with_suffix("")))
    stem = stem.strip(".-")[:120] or "screenshot"
    name, number = stem, 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.lower())
    return f"{name}.png"


def _save(image: Image.Image, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    except OSError as error:
        raise _usage(f"{path} cannot be written: {error.strerror or error}") from error


def _unknown(what: str, known: Sequence[str]) -> str:
    from pointbench.errors import nearest_hint

    hint = nearest_hint(what, known, "leave it out to draw all of them", most=3)
    return f"no target or screenshot {what!r}; {hint}"


def _after(message: str) -> str:
    return message.partition("; ")[2]


def _usage(message: str) -> Exception:
    from pointbench.errors import UsageError, one_line

    return UsageError(one_line(message))
