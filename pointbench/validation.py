"""Finds every fault in a data root, a suite's folder or one annotation file, and in pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pointbench.errors import SuiteError, UsageError
from pointbench.pictures import check_picture
from pointbench.suites import (
    AnnotationFault,
    AskedTarget,
    Screenshot,
    Target,
    asked_target,
    label_of,
    picture_path,
    read_screenshot,
    read_suite,
    read_suite_info,
    suite_names,
)

MOST_AT_ONE_PLACE = 8
"""Maximum number of a screenshot's targets that may share one region. That many wordings of one
thing are plausible; more suggest a default box in place of missing labels."""


@dataclass(frozen=True)
class Findings:
    """The faults, and the counts of checked items; ``targets`` counts the valid ones."""

    faults: tuple[AnnotationFault, ...]
    suites: int
    files: int
    targets: int


def validate_path(path: Path, *, images: bool) -> Findings:
    """Every fault below ``path``; UsageError if it is not a data root, a suite's folder or a file."""
    path = path.resolve()
    if path.is_file():
        return _of_file(path, images=images)
    if (path / "targets").is_dir():
        names = suite_names(path)
        folders = sorted(entry for entry in (path / "targets").iterdir() if entry.is_dir())
        names = sorted({*names, *(folder.name for folder in folders)})
        if not names:
            raise UsageError(f"validate {path.name}: no suite below targets/")
        return _sum([_of_suite(path, name, images=images) for name in names])
    if (path / "suite.toml").exists() or any(path.glob("*.json")):
        return _of_suite(_root_of(path), path.name, images=images)
    raise UsageError(
        f"validate {path.name}: neither a data root (with targets/), a suite's folder nor a file"
    )


def annotated(path: Path) -> dict[Path, list[tuple[str, AskedTarget]]]:
    """The valid targets of every suite that ``path`` is or belongs to, each with its file's label.

    By the suite's folder. For one file these are all the targets of its suite.
    """
    path = path.resolve()
    if path.is_file():
        folders = [path.parent]
    elif (path / "targets").is_dir():
        folders = sorted(entry for entry in (path / "targets").iterdir() if entry.is_dir())
    else:
        folders = [path]
    found: dict[Path, list[tuple[str, AskedTarget]]] = {}
    for folder in folders:
        targets = found.setdefault(folder, [])
        for file in sorted(folder.glob("*.json")):
            screenshot, _ = read_screenshot(file)
            if screenshot is not None:
                targets += [
                    (label_of(file), asked_target(folder.name, screenshot, target))
                    for target in screenshot.targets
                ]
    return found


def _of_suite(root: Path, name: str, *, images: bool) -> Findings:
    suite, faults = read_suite(root, name)
    folder = root / "targets" / name
    if suite is None:
        return Findings(tuple(faults), 1, len(list(folder.glob("*.json"))), 0)
    for screenshot in suite.screenshots:
        if images:
            faults += _picture_faults(root, screenshot, f"targets/{name}")
        faults += repetitions(screenshot, f"targets/{name}: {screenshot.screenshot}")
    targets = sum(len(screenshot.targets) for screenshot in suite.screenshots)
    return Findings(tuple(faults), 1, len(suite.screenshots), targets)


def _of_file(path: Path, *, images: bool) -> Findings:
    if path.name == "suite.toml":
        return Findings(tuple(read_suite_info(path)[1]), 0, 1, 0)
    screenshot, faults = read_screenshot(path)
    if screenshot is None:
        return Findings(tuple(faults), 0, 1, 0)
    if not screenshot.targets and not faults:
        faults.append(AnnotationFault(path.name, None, "targets", "is empty"))
    if images:
        faults += _picture_faults(_root_of(path.parent), screenshot, path.name)
    faults += repetitions(screenshot, path.name)
    return Findings(tuple(faults), 0, 1, len(screenshot.targets))


def repetitions(screenshot: Screenshot, label: str) -> Iterator[AnnotationFault]:
    """Targets that repeat another one of the screenshot, and regions that too many targets share.

    Each of them is valid by itself, and a run uses them unchanged.
    """
    asked: dict[tuple[str, object], Target] = {}
    at_one_place: dict[object, list[Target]] = defaultdict(list)
    for target in screenshot.targets:
        place = (target.box, target.polygon, target.regions)
        words = " ".join(target.instruction.casefold().split())
        twin = asked.setdefault((words, place), target)
        if twin is not target:
            yield AnnotationFault(
                label, target.id, None, f"asks what target {twin.id} asks, at the same place"
            )
        if not target.absent:
            at_one_place[place].append(target)
    for targets in at_one_place.values():
        if len(targets) > MOST_AT_ONE_PLACE:
            yield AnnotationFault(
                label,
                targets[0].id,
                None,
                f"{len(targets)} targets have this very region; is it a default for missing labels?",
            )


def _picture_faults(root: Path, screenshot: Screenshot, label: str) -> list[AnnotationFault]:
    try:
        path = picture_path(root, screenshot.screenshot)
    except SuiteError as error:
        return [AnnotationFault(label, None, "screenshot", str(error))]
    problem = check_picture(path, screenshot.size, screenshot.sha256, decode=True)
    if problem is None:
        return []
    return [AnnotationFault(label, None, "screenshot", f"{screenshot.screenshot}: {problem}")]


def _root_of(folder: Path) -> Path:
    """The data root above a suite's folder: the one that holds ``targets/``."""
    return folder.parent.parent


def _sum(findings: list[Findings]) -> Findings:
    return Findings(
        tuple(fault for part in findings for fault in part.faults),
        sum(part.suites for part in findings),
        sum(part.files for part in findings),
        sum(part.targets for part in findings),
    )
