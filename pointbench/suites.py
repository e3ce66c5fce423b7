"""Suites: annotated screenshots, read, checked and digested. The format: docs/suites.md.

Files are hostile until shown otherwise: a reader collects every fault with its place and raises
nothing but `SuiteError`. No picture is opened here; see `pointbench.pictures`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pointbench.errors import SuiteError
from pointbench.geometry import Box, Point, Polygon, Region, Shape, Size

SUITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MAX_SIDE = 65_535
"""Pixels; no screenshot has a longer side, and a larger number is a slip of the pen."""


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[float, Field(allow_inf_nan=False)]
Quad = Annotated[tuple[Number, Number, Number, Number], BeforeValidator(_as_tuple)]
Corner = Annotated[tuple[Number, Number], BeforeValidator(_as_tuple)]
Corners = Annotated[tuple[Corner, ...], BeforeValidator(_as_tuple), Field(min_length=3)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Annotation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(_Annotation):
    """One of several right places: a ``box`` or a ``polygon``, in pixels of the screenshot."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["box"]}, {"required": ["polygon"]}]}
    )
    box: Quad | None = None
    polygon: Corners | None = None


class Verified(_Annotation):
    """What was checked when the target was captured."""

    hit_test: bool | None = None
    hover: Literal["box", "none"] | None = None


class Target(_Annotation):
    """One instruction about one screenshot, with the region where a click counts.

    ``box`` is [left, top, right, bottom] and ``polygon`` a list of [x, y], in pixels of the
    screenshot file; ``regions`` lists several right places; an ``absent`` target has no region.
    ``icon_box`` is the picture alone, where it is known.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["box"]},
                {"required": ["polygon"]},
                {"required": ["regions"]},
                {"required": ["absent"], "properties": {"absent": {"const": True}}},
            ]
        }
    )
    id: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
    instruction: Annotated[str, Field(min_length=1, pattern=r"\S")]
    name: str | None = None
    box: Quad | None = None
    polygon: Corners | None = None
    regions: Annotated[tuple[Part, ...], BeforeValidator(_as_tuple), Field(min_length=1)] | None = (
        None
    )
    absent: bool = False
    icon_box: Quad | None = None
    kind: Literal["icon", "text", "other"] | None = None
    role: str | None = None
    app: str | None = None
    tags: Texts = ()
    rewordings: Texts = ()
    verified: Verified | None = None
    extra: dict[str, Any] | None = None

    @cached_property
    def region(self) -> Region | None:
        """Where a click counts, in pixels of the screenshot; None when the thing is absent."""
        if self.absent:
            return None
        parts = self.regions or (Part.model_construct(box=self.box, polygon=self.polygon),)
        return Region(tuple(_shape(part) for part in parts))


def _shape(part: Part) -> Shape:
    if part.box is not None:
        return Box(*part.box)
    assert part.polygon is not None
    return Polygon(tuple(Point(*corner) for corner in part.polygon))


class _OfScreenshot(_Annotation):
    screenshot: str
    width: Annotated[int, Field(gt=0, le=MAX_SIDE)]
    height: Annotated[int, Field(gt=0, le=MAX_SIDE)]
    sha256: Digest | None = None
    platform: str | None = None
    environment: dict[str, Any] | None = None
    source: dict[str, Any] | None = None

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)


class Screenshot(_OfScreenshot):
    """One file of a suite: a picture below ``screenshots/`` and the targets in it."""

    targets: Annotated[tuple[Target, ...], BeforeValidator(_as_tuple)]
    extra: dict[str, Any] | None = None


class AskedTarget(_OfScreenshot, Target):
    """One line of ``targets.jsonl``: a target with its suite and its screenshot's annotation."""

    suite: str
    screenshot_extra: dict[str, Any] | None = None


class SuiteInfo(_Annotation):
    """``suite.toml``."""

    name: Annotated[str, Field(pattern=f"^{SUITE_NAME.pattern}$")]
    version: str
    title: str
    description: str
    license: str
    authors: Texts
    homepage: str | None = None
    citation: str | None = None
    extra: dict[str, Any] | None = None


@dataclass(frozen=True)
class Fault:
    """Something wrong with an annotation: which file, which target, which field, and what."""

    file: str
    target: str | None
    field: str | None
    problem: str

    def __str__(self) -> str:
        place = [self.file]
        if self.target:
            place.append(f"target {self.target}")
        if self.field:
            place.append(self.field)
        return one_line(": ".join([*place, self.problem]))


@dataclass(frozen=True)
class Suite:
    """A named, versioned set of targets, found in the data root ``root``."""

    info: SuiteInfo
    root: Path
    screenshots: tuple[Screenshot, ...]

    @property
    def name(self) -> str:
        return self.info.name

    def targets(self) -> Iterator[tuple[Screenshot, Target]]:
        for screenshot in self.screenshots:
            for target in screenshot.targets:
                yield screenshot, target

    def asked(self) -> list[AskedTarget]:
        """Every target with its screenshot's annotation, as a run stores it, sorted by id."""
        lines = [asked_target(self.name, shot, target) for shot, target in self.targets()]
        return sorted(lines, key=lambda line: line.id)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the targets as canonical JSON sorted by id, with the pictures' digests."""
        return targets_digest(self.asked())

    def picture_path(self, screenshot: str) -> Path:
        """Where the picture lies; SuiteError when the path leaves ``screenshots/``."""
        return picture_path(self.root, screenshot)


def asked_target(suite: str, screenshot: Screenshot, target: Target) -> AskedTarget:
    of_screenshot = {name: getattr(screenshot, name) for name in _OfScreenshot.model_fields}
    of_target = {name: getattr(target, name) for name in Target.model_fields}
    return AskedTarget.model_construct(
        suite=suite, screenshot_extra=screenshot.extra, **of_screenshot, **of_target
    )


_NOT_DIGESTED = {"suite", "source", "screenshot_extra", "extra", "verified"}


def targets_digest(targets: Iterable[AskedTarget]) -> str:
    """SHA-256, hex, of what is asked and where it counts: the same in every data root.

    Over canonical JSON (sorted keys, no spaces, whole numbers without a fraction), sorted by id;
    provenance (``source``, ``verified``, ``extra``) is left out, as it changes no outcome.
    """
    lines = [
        target.model_dump(mode="json", exclude=_NOT_DIGESTED, exclude_defaults=True)
        for target in targets
    ]
    lines.sort(key=lambda line: line["id"])
    text = json.dumps(_whole(lines), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def dump_asked(target: AskedTarget) -> dict[str, Any]:
    """A target as `targets.jsonl` holds it, defaults left out."""
    dumped = target.model_dump(mode="json", exclude_defaults=True)
    whole: dict[str, Any] = _whole(dumped)
    return whole


# --- reading ---------------------------------------------------------------------------------


def load_suite(root: Path, name: str) -> Suite:
    """The suite ``name`` of the data root; SuiteError, with every fault, when it has any."""
    suite, faults = read_suite(root, name)
    if suite is None or faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise SuiteError(
            f"suite {name} is not valid: {faults[0]}{more}; "
            f"`pointbench validate` on its folder lists every fault",
            faults,
        )
    return suite


def read_suite(root: Path, name: str) -> tuple[Suite | None, list[Fault]]:
    """The suite and every fault of its files. The suite is None when nothing of it can be used."""
    if not SUITE_NAME.fullmatch(name):
        return None, [Fault(name, None, None, "not a suite's name: letters, digits, . _ - only")]
    folder = root / "targets" / name
    toml = folder / "suite.toml"
    info, faults = read_suite_info(toml)
    if info is not None and info.name != name:
        faults.append(
            Fault(_label(toml), None, "name", f"is {info.name!r}, but the folder is {name!r}")
        )
    screenshots: list[Screenshot] = []
    seen: dict[str, str] = {}
    files = sorted(folder.glob("*.json"))
    for path in files:
        screenshot, found = read_screenshot(path)
        faults += found
        if screenshot is None:
            continue
        screenshots.append(screenshot)
        for target in screenshot.targets:
            if target.id in seen:
                problem = f"this id is already in {seen[target.id]}; an id is unique in its suite"
                faults.append(Fault(_label(path), target.id, "id", problem))
            seen.setdefault(target.id, path.name)
    if not files:
        faults.append(Fault(_label(folder), None, None, "no .json file: the suite is empty"))
    elif not seen and not faults:
        faults.append(Fault(_label(folder), None, None, "no target in any file: it is empty"))
    if info is None:
        return None, faults
    return Suite(info, root, tuple(screenshots)), faults


def read_suite_info(path: Path) -> tuple[SuiteInfo | None, list[Fault]]:
    label = _label(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, [Fault(label, None, None, "missing: a suite needs it beside its targets")]
    except OSError as error:
        return None, [Fault(label, None, None, f"cannot be read: {error.strerror}")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, [Fault(label, None, None, f"not TOML: {error}")]
    try:
        return SuiteInfo.model_validate(raw), []
    except ValidationError as error:
        return None, _faults_of(error, label, None)


def read_screenshot(path: Path) -> tuple[Screenshot | None, list[Fault]]:
    """One annotation file and its faults; what is sound of it is kept, faulty targets are not."""
    label = _label(path)
    raw, faults = _read_json(path, label)
    if raw is None:
        return None, faults
    if not isinstance(raw, dict):
        return None, [*faults, Fault(label, None, None, "not a JSON object")]
    raw_targets = raw.get("targets")
    head = {**raw, "targets": []} if isinstance(raw_targets, list) else raw
    screenshot: Screenshot | None = None
    try:
        screenshot = Screenshot.model_validate(head)
    except ValidationError as error:
        faults += _faults_of(error, label, None)
    else:
        problem = path_problem(screenshot.screenshot)
        if problem:
            faults.append(Fault(label, None, "screenshot", problem))
            screenshot = None
    size = screenshot.size if screenshot else None
    targets: list[Target] = []
    seen: set[str] = set()
    for number, item in enumerate(raw_targets if isinstance(raw_targets, list) else []):
        target, found = _read_target(item, number, label, size)
        if target is not None and target.id in seen:
            found.append(Fault(label, target.id, "id", "appears twice in this file"))
            target = None
        if target is not None:
            seen.add(target.id)
            targets.append(target)
        faults += found
    if screenshot is None:
        return None, faults
    return screenshot.model_copy(update={"targets": tuple(targets)}), faults


def _read_target(
    item: Any, number: int, label: str, size: Size | None
) -> tuple[Target | None, list[Fault]]:
    given = item.get("id") if isinstance(item, dict) else None
    name = given if isinstance(given, str) and given else f"number {number + 1}"
    try:
        target = Target.model_validate(item)
    except ValidationError as error:
        return None, _faults_of(error, label, name)
    faults = [Fault(label, name, field, problem) for field, problem in _problems(target, size)]
    return (None if faults else target), faults


def _problems(target: Target, size: Size | None) -> Iterator[tuple[str, str]]:
    """Everything wrong with a target whose fields have the right types, as (field, problem)."""
    given = [name for name in ("box", "polygon", "regions") if getattr(target, name) is not None]
    given += ["absent"] if target.absent else []
    if len(given) != 1:
        what = "none is given" if not given else " and ".join(given) + " are given"
        yield (
            "/".join(given) or "box",
            f"exactly one of box, polygon, regions, absent; {what}",
        )
    if target.box is not None:
        yield from (("box", problem) for problem in _box_problems(target.box, size))
    if target.icon_box is not None:
        yield from (("icon_box", problem) for problem in _box_problems(target.icon_box, size))
    if target.polygon is not None:
        yield from (("polygon", problem) for problem in _polygon_problems(target.polygon, size))
    for number, part in enumerate(target.regions or ()):
        field = f"regions[{number}]"
        if (part.box is None) == (part.polygon is None):
            yield field, "exactly one of box and polygon"
        if part.box is not None:
            yield from ((f"{field}.box", text) for text in _box_problems(part.box, size))
        if part.polygon is not None:
            yield from (
                (f"{field}.polygon", text) for text in _polygon_problems(part.polygon, size)
            )
    for number, wording in enumerate(target.rewordings):
        if not wording.strip():
            yield f"rewordings[{number}]", "is blank"


def _box_problems(quad: Sequence[float], size: Size | None) -> Iterator[str]:
    left, top, right, bottom = quad
    shown = _numbers(quad)
    if right < left or bottom < top:
        yield f"{shown} is inverted; the order is [left, top, right, bottom]"
    elif right == left or bottom == top:
        yield f"{shown} is empty"
    if size and (min(left, right) < 0 or min(top, bottom) < 0):
        yield f"{shown} starts outside the picture, above or left of 0"
    if size and (max(left, right) > size.width or max(top, bottom) > size.height):
        yield f"{shown} reaches outside the picture of {size.width}x{size.height}"


def _polygon_problems(corners: Sequence[Sequence[float]], size: Size | None) -> Iterator[str]:
    polygon = Polygon(tuple(Point(*corner) for corner in corners))
    if polygon.area == 0:
        yield "is empty: its corners enclose no area"
    bounds = polygon.bounds
    if size and (
        bounds.left < 0
        or bounds.top < 0
        or bounds.right > size.width
        or bounds.bottom > size.height
    ):
        yield f"reaches outside the picture of {size.width}x{size.height}"


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in values) + "]"


def _read_json(path: Path, label: str) -> tuple[Any, list[Fault]]:
    """The file's value, or None with the fault; a key that appears twice is a fault too."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(items)
        if len(built) < len(items):
            keys = [key for key, _ in items]
            twice.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return built

    try:
        raw = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg}, line {error.lineno} column {error.colno}"
        return None, [Fault(label, None, None, problem)]
    except UnicodeDecodeError as error:
        return None, [Fault(label, None, None, f"not UTF-8 at byte {error.start}")]
    except (RecursionError, ValueError) as error:
        return None, [Fault(label, None, None, f"not usable JSON: {error}")]
    except OSError as error:
        return None, [Fault(label, None, None, f"cannot be read: {error.strerror}")]
    return raw, [Fault(label, None, key, "this key appears twice in one object") for key in twice]


def _faults_of(error: ValidationError, label: str, target: str | None) -> list[Fault]:
    faults = []
    for item in error.errors(include_url=False, include_context=False):
        field = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in item["loc"]
        ).removeprefix(".")
        problem = (item["msg"][0].lower() + item["msg"][1:]).replace("tuple", "list")
        if item["type"] == "extra_forbidden":
            problem = "unknown key; anything of your own goes under extra"
        elif item["type"] == "missing":
            problem = "is missing"
        elif item["type"] == "finite_number":
            problem = f"is {item['input']}, not a finite number"
        elif item["type"] == "string_pattern_mismatch":
            problem = f"is blank or has characters that are not allowed: {item['input']!r:.80}"
        faults.append(Fault(label, target, field or None, problem))
    return faults


# --- where things lie ------------------------------------------------------------------------


def path_problem(screenshot: str) -> str | None:
    """Why a screenshot's path is refused, or None. Paths are relative, with forward slashes."""
    path = PurePosixPath(screenshot)
    plain = screenshot and not any(ord(char) < 32 or char in '\\:*?"<>|' for char in screenshot)
    if not plain:
        return f"{screenshot!r:.80} is not a plain relative path with forward slashes"
    if path.is_absolute() or ".." in path.parts:
        return f"{screenshot!r:.80} leaves screenshots/; a path is relative and has no .."
    return None


def picture_path(root: Path, screenshot: str) -> Path:
    """Where a screenshot lies below ``root/screenshots``; SuiteError when a link leads outside."""
    problem = path_problem(screenshot)
    base = (root / "screenshots").resolve()
    path = base / screenshot
    if problem is None and not path.resolve().is_relative_to(base):
        problem = f"{screenshot!r:.80} leaves screenshots/ through a link"
    if problem:
        raise SuiteError(f"screenshot {problem}")
    return path


def data_roots(data: Path | None, working: Path) -> list[Path]:
    """The data roots in the order they are searched; ``data`` is what --data names."""
    roots = [] if data is None else [data]
    if (working / "targets").is_dir():
        roots.append(working)
    roots.append(installed_root())
    return roots


def installed_root() -> Path:
    """The data root of the package itself: its ``data`` folder, or the checkout it runs from."""
    package = Path(__file__).resolve().parent
    bundled = package / "data"
    return bundled if (bundled / "targets").is_dir() else package.parent


def suite_names(root: Path) -> list[str]:
    """The names of the suites of a data root, sorted."""
    folder = root / "targets"
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob("*/suite.toml"))


def find_suite(name: str, roots: Sequence[Path]) -> Suite:
    """The suite of the first root that has it; SuiteError naming what there is."""
    for root in roots:
        if SUITE_NAME.fullmatch(name) and (root / "targets" / name).is_dir():
            return load_suite(root, name)
    known = sorted({known for root in roots for known in suite_names(root)})
    raise SuiteError(
        one_line(
            f"no suite {name!r}; there are: {', '.join(known) or 'none'} "
            f"(--data DIR names another data root)"
        )
    )


def one_line(text: str) -> str:
    """Text for a message: control characters become spaces, so that one fault is one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _label(path: Path) -> str:
    """A file's name for messages: from ``targets/`` on where it lies below one."""
    parts = path.parts
    if "targets" in parts[:-1]:
        start = len(parts) - 1 - parts[::-1].index("targets")
        return "/".join(parts[start:])
    return path.name
