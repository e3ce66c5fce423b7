"""Finds faults in annotations and reports each with its file, target and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from pointbench.errors import one_line
from pointbench.geometry import Point, Polygon, Size
from pointbench.suites.annotations import Target


@dataclass(frozen=True)
class AnnotationFault:
    """One fault in an annotation: file, target, field and problem."""

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


def problems(target: Target, size: Size | None) -> Iterator[tuple[str, str]]:
    """Every problem of a target whose fields have the right types, as (field, problem)."""
    keys = [name for name in ("box", "polygon", "regions") if getattr(target, name) is not None]
    keys += ["absent"] if target.absent else []
    if len(keys) != 1:
        what = "none is given" if not keys else " and ".join(keys) + " are given"
        yield (
            "/".join(keys) or "box",
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
    text = _numbers(quad)
    if right < left or bottom < top:
        yield f"{text} is inverted; the order is [left, top, right, bottom]"
    elif right == left or bottom == top:
        yield f"{text} is empty"
    if size and (min(left, right) < 0 or min(top, bottom) < 0):
        yield f"{text} starts outside the picture, above or left of 0"
    if size and (max(left, right) > size.width or max(top, bottom) > size.height):
        yield f"{text} reaches outside the picture of {size.width}x{size.height}"


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


def faults_of(error: ValidationError, label: str, target: str | None) -> list[AnnotationFault]:
    """Pydantic's errors as faults, described in terms of the file rather than Python."""
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
        faults.append(AnnotationFault(label, target, field or None, problem))
    return faults
