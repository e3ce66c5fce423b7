"""Label Studio's JSON and JSON-MIN exports: rectangles and polygons in percent of the picture.

The first annotation that was not canceled counts. A region's own text (a text area on the
region, or its note) is its instruction; without one its label is, and then every region of that
label in the picture is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding, size_of, text_of
from pointbench.importers.format import Drafts, Format, Origin
from pointbench.importers.plain import plain
from pointbench.importers.rows import SourceRow, read_rows
from pointbench.importers.sources import Source
from pointbench.importers.table import merge_same_wording

PERCENT = Convention("percent", "xywh")
SHAPES = ("rectanglelabels", "polygonlabels", "rectangle", "polygon")


def read(source: Source) -> Drafts:
    return merge_same_wording(_drafts(source))


def _drafts(source: Source) -> Iterator[Draft | Finding]:
    for row in read_rows(source):
        if isinstance(row, Finding):
            yield row
            continue
        picture = _picture(row.values)
        identity = text_of(row.values.get("id")) or row.id
        if picture is None:
            yield Finding(row.place, identity, "no-picture-name", "the task names no picture")
            continue
        regions = _regions(row.values)
        notes = {
            text_of(item.get("id")): item for item in regions if item.get("type") == "textarea"
        }
        shapes = [item for item in regions if _shape(item)]
        for number, item in enumerate(shapes):
            yield _draft(row, item, picture, f"{identity}_{number}", notes.get(_id(item), {}))


def _draft(
    row: SourceRow, item: Mapping[str, Any], picture: str, identity: str, note: Mapping[str, Any]
) -> Draft | Finding:
    if item.get("image_rotation"):
        detail = "the picture itself was turned while it was labeled"
        return Finding(row.place, identity, "turned-picture", detail)
    value = _mapping(item.get("value", item))
    sentence = _text_in(_mapping(note.get("value")).get("text"))
    sentence = sentence or _text_in(_mapping(item.get("meta")).get("text"))
    label = next((_text_in(value.get(key)) for key in (*SHAPES, "labels") if value.get(key)), None)
    size = size_of([item.get("original_width"), item.get("original_height")])
    return Draft(
        id=identity,
        place=row.place,
        picture=picture,
        instruction=sentence or label,
        marks=(_mark(value, size),),
        size=size,
        folder=row.folder,
        name=label,
        row=plain({"task": row.values.get("id"), "region": item.get("id"), "label": label}),
        stored={} if sentence else None,
    )


def _mark(value: Mapping[str, Any], size: Any) -> DraftRegion:
    if isinstance(value.get("points"), list):
        flat = [number for point in value["points"] for number in _pair(point)]
        return DraftRegion(flat, PERCENT, polygon=True)
    box = [value.get(key) for key in ("x", "y", "width", "height")]
    angle = value.get("rotation")
    if not angle or size is None or not _all_numbers([*box, angle]):
        return DraftRegion(box, PERCENT)
    return DraftRegion(_turned(box, float(angle), size), Convention("pixel"), polygon=True)


def _turned(box: list[Any], angle: float, size: Any) -> list[float]:
    """The corners, in pixels, of a box turned clockwise about its top left corner."""
    x, y = box[0] * size.width / 100, box[1] * size.height / 100
    width, height = box[2] * size.width / 100, box[3] * size.height / 100
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return [
        number
        for dx, dy in corners
        for number in (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    ]


def _regions(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    annotations = task.get("annotations", task.get("completions"))
    if isinstance(annotations, list):
        kept = [item for item in annotations if isinstance(item, dict)]
        kept = [item for item in kept if not item.get("was_cancelled")]
        result = kept[0].get("result") if kept else None
    else:
        # JSON-MIN: the regions stand in the task itself, under the names of the tags.
        lists = [value for value in task.values() if isinstance(value, list)]
        result = [item for value in lists for item in value]
    listed = result if isinstance(result, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _shape(item: Mapping[str, Any]) -> bool:
    value = _mapping(item.get("value", item))
    return item.get("type") in (None, *SHAPES) and ("x" in value or "points" in value)


def _picture(task: Mapping[str, Any]) -> str | None:
    """The name of the task's picture: the file's path of a local one, a web address's last part."""
    data = _mapping(task.get("data", task))
    named = data.get("image") or data.get("img") or data.get("ocr")
    if not isinstance(named, str) or not named.strip():
        return None
    if "://" not in named and "?" not in named and not named.startswith("/"):
        return named
    address = urlsplit(named)
    local = parse_qs(address.query).get("d")
    return local[0].lstrip("/") if local else PurePosixPath(unquote(address.path)).name or None


def _id(item: Mapping[str, Any]) -> str | None:
    return text_of(item.get("id"))


def _pair(point: Any) -> list[Any]:
    return point if isinstance(point, list) and len(point) == 2 else [None, None]


def _all_numbers(values: list[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _text_in(value: Any) -> str | None:
    return text_of(value[0] if isinstance(value, list) and value else value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


LABEL_STUDIO = Format(
    name="label-studio",
    convention=(
        "x, y, width, height and polygon points, percent of the picture; rotation in degrees "
        "clockwise about the top left corner; no absent targets"
    ),
    origin=Origin(
        title="Targets from a Label Studio export",
        license="not stated by the file",
        authors=("not stated by the file",),
        homepage="https://labelstud.io/guide/task_format",
    ),
    read=read,
    files=("*.json",),
)
