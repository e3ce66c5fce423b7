"""Label Studio's JSON and JSON-MIN exports: rectangles and polygons in percent of the picture.

The first annotation that was not canceled is used. A region's own text (a text area on the region,
or its note) is its instruction. If it has no text, its label is the instruction, and every region
with that label in the picture counts as correct.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from pointbench.geometry import Size
from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding, size_of, text_of
from pointbench.importers.format import Drafts, ImportFormat, Origin
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
    row: SourceRow,
    item: Mapping[str, object],
    picture: str,
    identity: str,
    note: Mapping[str, object],
) -> Draft | Finding:
    if item.get("image_rotation"):
        detail = "the picture itself was rotated while it was labeled"
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
        regions=(_region(value, size),),
        size=size,
        folder=row.folder,
        name=label,
        row=plain({"task": row.values.get("id"), "region": item.get("id"), "label": label}),
        stored={} if sentence else None,
    )


def _region(value: Mapping[str, object], size: Size | None) -> DraftRegion:
    points = value.get("points")
    if isinstance(points, list):
        flat = [number for point in points for number in _pair(point)]
        return DraftRegion(flat, PERCENT, polygon=True)
    box = [value.get(key) for key in ("x", "y", "width", "height")]
    rotation = value.get("rotation")
    numbers = _numbers([*box, rotation])
    if not rotation or size is None or not numbers:
        return DraftRegion(box, PERCENT)
    return DraftRegion(_rotated(numbers[:4], numbers[4], size), Convention("pixel"), polygon=True)


def _rotated(box: list[float], degrees: float, size: Size) -> list[float]:
    """The corners, in pixels, of a box rotated clockwise around its top left corner."""
    x, y = box[0] * size.width / 100, box[1] * size.height / 100
    width, height = box[2] * size.width / 100, box[3] * size.height / 100
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return [
        number
        for dx, dy in corners
        for number in (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    ]


def _regions(task: Mapping[str, object]) -> list[Mapping[str, object]]:
    annotations = task.get("annotations", task.get("completions"))
    if isinstance(annotations, list):
        valid = [item for item in annotations if isinstance(item, dict)]
        valid = [item for item in valid if not item.get("was_cancelled")]
        result = valid[0].get("result") if valid else None
    else:
        # JSON-MIN: the task itself contains the regions, under the names of the tags.
        lists = [value for value in task.values() if isinstance(value, list)]
        result = [item for value in lists for item in value]
    listed = result if isinstance(result, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _shape(item: Mapping[str, object]) -> bool:
    value = _mapping(item.get("value", item))
    return item.get("type") in (None, *SHAPES) and ("x" in value or "points" in value)


def _picture(task: Mapping[str, object]) -> str | None:
    """The name of the task's picture: a local file's path, or the last part of a URL."""
    data = _mapping(task.get("data", task))
    name = data.get("image") or data.get("img") or data.get("ocr")
    if not isinstance(name, str) or not name.strip():
        return None
    if "://" not in name and "?" not in name and not name.startswith("/"):
        return name
    address = urlsplit(name)
    local = parse_qs(address.query).get("d")
    return local[0].lstrip("/") if local else PurePosixPath(unquote(address.path)).name or None


def _id(item: Mapping[str, object]) -> str | None:
    return text_of(item.get("id"))


def _pair(point: object) -> list[object]:
    return point if isinstance(point, list) and len(point) == 2 else [None, None]


def _numbers(values: list[object]) -> list[float]:
    """The values if all are numbers, otherwise an empty list."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return numbers if len(numbers) == len(values) else []


def _text_in(value: object) -> str | None:
    return text_of(value[0] if isinstance(value, list) and value else value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


LABEL_STUDIO = ImportFormat(
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
