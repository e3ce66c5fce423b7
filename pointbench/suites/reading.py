"""Reads annotation files: keeps the valid targets and lists every fault at once.

Files are treated as hostile, so only `SuiteError` is raised. No picture is opened here; see
`pointbench.pictures`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from pointbench.errors import SuiteError, one_line
from pointbench.geometry import Size
from pointbench.suites.annotations import Screenshot, Suite, SuiteInfo, Target
from pointbench.suites.faults import AnnotationFault, faults_of, problems
from pointbench.suites.places import SUITE_NAME, label_of, path_problem, suite_names

MAX_BYTES = 200_000_000
"""Maximum number of bytes; a larger annotation file is refused before it is read."""


def load_suite(root: Path, name: str) -> Suite:
    """The suite ``name`` of the data root; SuiteError, with every fault, if there are any."""
    suite, faults = read_suite(root, name)
    if suite is None or faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise SuiteError(
            f"suite {name} is not valid: {faults[0]}{more}; "
            f"`pointbench validate` on its folder lists every fault",
            faults,
        )
    return suite


def read_suite(root: Path, name: str) -> tuple[Suite | None, list[AnnotationFault]]:
    """The suite and every fault of its files. The suite is None if its suite.toml is unusable."""
    if not SUITE_NAME.fullmatch(name):
        return None, [
            AnnotationFault(name, None, None, "not a suite name: letters, digits, . _ - only")
        ]
    folder = root / "targets" / name
    toml = folder / "suite.toml"
    info, faults = read_suite_info(toml)
    if info is not None and info.name != name:
        faults.append(
            AnnotationFault(
                label_of(toml), None, "name", f"is {info.name!r}, but the folder is {name!r}"
            )
        )
    screenshots: list[Screenshot] = []
    seen: dict[str, str] = {}
    files = sorted(folder.glob("*.json"))
    for path in files:
        screenshot, file_faults = read_screenshot(path)
        faults += file_faults
        if screenshot is None:
            continue
        screenshots.append(screenshot)
        for target in screenshot.targets:
            if target.id in seen:
                problem = f"this id is already in {seen[target.id]}; an id is unique in its suite"
                faults.append(AnnotationFault(label_of(path), target.id, "id", problem))
            seen.setdefault(target.id, path.name)
    if not files:
        faults.append(
            AnnotationFault(label_of(folder), None, None, "no .json file: the suite is empty")
        )
    elif not seen and not faults:
        faults.append(
            AnnotationFault(label_of(folder), None, None, "no target in any file: it is empty")
        )
    if info is None:
        return None, faults
    return Suite(info, root, tuple(screenshots)), faults


def read_suite_info(path: Path) -> tuple[SuiteInfo | None, list[AnnotationFault]]:
    """A ``suite.toml`` and its faults; None if there are any."""
    label = label_of(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, [
            AnnotationFault(label, None, None, "missing: a suite needs it beside its targets")
        ]
    except OSError as error:
        return None, [AnnotationFault(label, None, None, f"cannot be read: {error.strerror}")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, [AnnotationFault(label, None, None, f"not TOML: {error}")]
    try:
        return SuiteInfo.model_validate(raw), []
    except ValidationError as error:
        return None, faults_of(error, label, None)


def read_screenshot(path: Path) -> tuple[Screenshot | None, list[AnnotationFault]]:
    """One annotation file without its faulty targets, and every fault."""
    label = label_of(path)
    raw, faults = _read_json(path, label)
    if raw is None:
        return None, faults
    if not isinstance(raw, dict):
        return None, [*faults, AnnotationFault(label, None, None, "not a JSON object")]
    raw_targets = raw.get("targets")
    head = {**raw, "targets": []} if isinstance(raw_targets, list) else raw
    screenshot: Screenshot | None = None
    try:
        screenshot = Screenshot.model_validate(head)
    except ValidationError as error:
        faults += faults_of(error, label, None)
    else:
        problem = path_problem(screenshot.screenshot)
        if problem:
            faults.append(AnnotationFault(label, None, "screenshot", problem))
            screenshot = None
    size = screenshot.size if screenshot else None
    targets: list[Target] = []
    seen: set[str] = set()
    for number, item in enumerate(raw_targets if isinstance(raw_targets, list) else []):
        target, target_faults = _read_target(item, number, label, size)
        if target is not None and target.id in seen:
            target_faults.append(
                AnnotationFault(label, target.id, "id", "appears twice in this file")
            )
            target = None
        if target is not None:
            seen.add(target.id)
            targets.append(target)
        faults += target_faults
    if screenshot is None:
        return None, faults
    return screenshot.model_copy(update={"targets": tuple(targets)}), faults


def _read_target(
    item: object, number: int, label: str, size: Size | None
) -> tuple[Target | None, list[AnnotationFault]]:
    identity = item.get("id") if isinstance(item, dict) else None
    name = identity if isinstance(identity, str) and identity else f"number {number + 1}"
    try:
        target = Target.model_validate(item)
    except ValidationError as error:
        return None, faults_of(error, label, name)
    faults = [
        AnnotationFault(label, name, field, problem) for field, problem in problems(target, size)
    ]
    return (None if faults else target), faults


def _read_json(path: Path, label: str) -> tuple[object, list[AnnotationFault]]:
    """The file's value, or None, and its faults; a duplicate key is also a fault."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        built = dict(items)
        if len(built) < len(items):
            keys = [key for key, _ in items]
            twice.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return built

    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            problem = f"not an ordinary file of at most {MAX_BYTES // 1_000_000} million bytes"
            return None, [AnnotationFault(label, None, None, problem)]
        raw = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg}, line {error.lineno} column {error.colno}"
        return None, [AnnotationFault(label, None, None, problem)]
    except UnicodeDecodeError as error:
        return None, [AnnotationFault(label, None, None, f"not UTF-8 at byte {error.start}")]
    except (RecursionError, ValueError) as error:
        return None, [AnnotationFault(label, None, None, f"not usable JSON: {error}")]
    except OSError as error:
        return None, [AnnotationFault(label, None, None, f"cannot be read: {error.strerror}")]
    return raw, [
        AnnotationFault(label, None, key, "this key appears twice in one object") for key in twice
    ]


def find_suite(name: str, roots: Sequence[Path]) -> Suite:
    """The suite in the first root that has it; SuiteError, with the known names, if none has."""
    for root in roots:
        if SUITE_NAME.fullmatch(name) and (root / "targets" / name).is_dir():
            return load_suite(root, name)
    names = sorted({known for root in roots for known in suite_names(root)})
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? There are" if near else "there are"
    listed = ", ".join(names) or "none"
    raise SuiteError(
        one_line(f"no suite {name!r}; {hint}: {listed} (--data DIR names another data root)")
    )
