"""Frozen models of an annotation file's contents, and the digest of the targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pointbench.geometry import Box, Point, Polygon, Region, Shape, Size
from pointbench.jsontypes import whole_numbers
from pointbench.suites.places import SUITE_NAME, picture_path

MAX_SIDE = 65_535
"""Maximum number of pixels; no screenshot has a longer side, so a larger number is a typo."""


def _as_tuple(value: object) -> object:
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
    """One of several correct places: a ``box`` or a ``polygon``, in pixels of the screenshot."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["box"]}, {"required": ["polygon"]}]}
    )
    box: Quad | None = None
    polygon: Corners | None = None


class Verified(_Annotation):
    """The checks made when the target was captured."""

    hit_test: bool | None = None
    hover: Literal["box", "none"] | None = None


class Target(_Annotation):
    """One instruction about one screenshot, with the region where a click counts as a hit.

    ``box`` is [left, top, right, bottom] and ``polygon`` a list of [x, y], in pixels of the
    screenshot file; ``regions`` lists several correct places; an ``absent`` target has no region.
    ``icon_box`` is the icon alone, if known.
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
        """The region where a click counts as a hit, in pixels of the screenshot; None if absent."""
        if self.absent:
            return None
        parts = self.regions or (Part.model_construct(box=self.box, polygon=self.polygon),)
        return Region(tuple(_shape(part) for part in parts))


def _shape(part: Part) -> Shape:
    if part.box is not None:
        return Box(*part.box)
    assert part.polygon is not None
    return Polygon(tuple(Point(*corner) for corner in part.polygon))


class _ScreenshotFields(_Annotation):
    screenshot: str
    width: Annotated[int, Field(gt=0, le=MAX_SIDE)]
    height: Annotated[int, Field(gt=0, le=MAX_SIDE)]
    sha256: Digest | None = None
    platform: str | None = None
    environment: dict[str, Any] | None = None
    source: dict[str, Any] | None = None

    @cached_property
    def size(self) -> Size:
        return Size(self.width, self.height)


class Screenshot(_ScreenshotFields):
    """One file of a suite: a picture below ``screenshots/`` and the targets in it."""

    targets: Annotated[tuple[Target, ...], BeforeValidator(_as_tuple)]
    extra: dict[str, Any] | None = None


class AskedTarget(_ScreenshotFields, Target):
    """One line of ``targets.jsonl``: a target with its suite and its screenshot's fields."""

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
class Suite:
    """A named, versioned set of targets from the data root ``root``."""

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
        """Every target with its screenshot's fields, as stored by a run, sorted by id."""
        targets = [asked_target(self.name, shot, target) for shot, target in self.targets()]
        return sorted(targets, key=lambda target: target.id)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 (hex) of the targets and the pictures' digests; see `targets_digest`."""
        return targets_digest(self.asked())

    def picture_path(self, screenshot: str) -> Path:
        """The picture's path; SuiteError if it leaves ``screenshots/``."""
        return picture_path(self.root, screenshot)


def asked_target(suite: str, screenshot: Screenshot, target: Target) -> AskedTarget:
    """A target of a suite with its screenshot's fields. Its parts are assumed to be valid."""
    of_screenshot = {name: getattr(screenshot, name) for name in _ScreenshotFields.model_fields}
    of_target = {name: getattr(target, name) for name in Target.model_fields}
    return AskedTarget.model_construct(
        suite=suite, screenshot_extra=screenshot.extra, **of_screenshot, **of_target
    )


_NOT_DIGESTED = {"suite", "source", "screenshot_extra", "extra", "verified"}


def targets_digest(targets: Iterable[AskedTarget]) -> str:
    """The SHA-256 (hex) of the instructions and regions; the same in every data root.

    It covers canonical JSON (sorted keys, no spaces, whole numbers without a fraction) of the
    targets, sorted by id. Provenance (``source``, ``verified``, ``extra``) is excluded because it
    changes no outcome.
    """
    lines = [dump_for_digest(target) for target in targets]
    lines.sort(key=lambda line: line["id"])
    text = json.dumps(
        whole_numbers(lines), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def dump_for_digest(target: AskedTarget) -> dict[str, Any]:
    """The fields of a target that decide an outcome, without default values."""
    return target.model_dump(mode="json", exclude=_NOT_DIGESTED, exclude_defaults=True)


def dump_asked(target: AskedTarget) -> dict[str, Any]:
    """A target as stored in ``targets.jsonl``, without default values."""
    dumped = target.model_dump(mode="json", exclude_defaults=True)
    return {key: whole_numbers(value) for key, value in dumped.items()}
