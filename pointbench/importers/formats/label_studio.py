"""Label Studio's JSON and JSON-MIN exports: rectangles and polygons in percent of the picture.

The first annotation that was not canceled is used. A region's own text (a text area on the region,
or its note) is its instruction. If it has no text, its label is the instruction, and every region
with that label in the picture counts as correct. Key points are regions only with a margin that the
user states; ellipses, brushes and other shapes are dropped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal
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
POINTS = ("keypointlabels", "keypoint")
OTHER_SHAPES = {
    "ellipselabels": "ellipse",
    "ellipse": "ellipse",
    "brushlabels": "brush",
    "brush": "brush",
    "magicwand": "brush",
    "bitmasklabels": "brush",
    "bitmask": "brush",
}
"""Kinds of regions that are not read -> what they are."""
NO_PLACES = frozenset(
    {
        *("labels", "textarea", "choices", "rating", "number", "taxonomy", "datetime"),
        *("relation", "pairwise", "ranker", "list", "table", "chat"),
    }
)
"""Kinds of items that mark no place."""
LABELS = (*SHAPES, *POINTS, "labels")
_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")
"""Label Studio writes eight hexadecimal digits before the name of an uploaded file."""
_PICTURE = re.compile(r"\.(?:png|jpe?g|webp)(?:\?|$)", re.IGNORECASE)

Shape = Literal["region", "point", "ellipse", "brush", "shape"]


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
        further = len(_valid_annotations(row.values)) - 1
        if further > 0:
            what = "annotation of this task is" if further == 1 else "annotations of this task are"
            detail = f"{further} further {what} not read"
            yield Finding(row.place, identity, "first-annotation", detail, "noted")
        items = _items(row.values)
        places = [(item, shape) for item in items if (shape := _shape_of(item)) is not None]
        if not places:
            yield Finding(row.place, identity, "no-region", "the task has no region")
        beside = _beside(items)
        for number, (item, shape) in enumerate(places):
            name = f"{identity}_{number}"
            if shape in ("region", "point") and (
                shape == "region" or source.point_margin is not None
            ):
                margin = source.point_margin if shape == "point" else None
                yield _draft(row, item, picture, name, beside.get(_id(item), {}), margin)
            else:
                yield _not_read(row.place, name, item, shape)


def _not_read(place: str, identity: str, item: Mapping[str, object], shape: Shape) -> Finding:
    if shape == "point":
        detail = "a key point is no region; --points-as-boxes PX makes it a box"
        return Finding(place, identity, "key-point", detail)
    if shape == "ellipse":
        return Finding(place, identity, "ellipse", "ellipses are not read")
    if shape == "brush":
        return Finding(place, identity, "brush", "brush strokes are not read")
    kind = str(item.get("type") or "of an unknown kind")
    return Finding(place, identity, "unknown-shape", f"regions {kind:.40} are not read")


def _beside(items: list[Mapping[str, object]]) -> dict[str | None, dict[str, object]]:
    """Region's id -> the values of its text area and of its labels, which are items of their own."""
    beside: dict[str | None, dict[str, object]] = {}
    for item in items:
        value = _mapping(item.get("value"))
        if item.get("type") == "textarea":
            beside.setdefault(_id(item), {})["text"] = value.get("text")
        elif item.get("type") == "labels":
            beside.setdefault(_id(item), {})["labels"] = value.get("labels")
    return beside


def _draft(
    row: SourceRow,
    item: Mapping[str, object],
    picture: str,
    identity: str,
    beside: Mapping[str, object],
    margin: float | None,
) -> Draft | Finding:
    if item.get("image_rotation"):
        detail = "the picture itself was rotated while it was labeled"
        return Finding(row.place, identity, "turned-picture", detail)
    value = _mapping(item.get("value", item))
    sentence = _text_in(beside.get("text"))
    sentence = sentence or _text_in(_mapping(item.get("meta")).get("text"))
    label = next((_text_in(value.get(key)) for key in LABELS if value.get(key)), None)
    label = label or _text_in(beside.get("labels"))
    size = size_of([item.get("original_width"), item.get("original_height")])
    return Draft(
        id=identity,
        place=row.place,
        picture=picture,
        instruction=sentence or label,
        regions=(_region(value, size, margin),),
        size=size,
        folder=row.folder,
        picture_also=_other_names(picture),
        name=label,
        row=plain({"task": row.values.get("id"), "region": item.get("id"), "label": label}),
        stored={} if sentence else None,
    )


def _region(value: Mapping[str, object], size: Size | None, margin: float | None) -> DraftRegion:
    if margin is not None:
        return DraftRegion([value.get("x"), value.get("y")], PERCENT, margin=margin)
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


def _items(task: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The regions of a task, and what is said about them."""
    if _annotations(task) is not None:
        valid = _valid_annotations(task)
        result = valid[0].get("result") if valid else None
    else:
        # JSON-MIN: the task itself contains the regions, under the names of the tags.
        lists = [value for value in task.values() if isinstance(value, list)]
        result = [item for value in lists for item in value]
    listed = result if isinstance(result, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _annotations(task: Mapping[str, object]) -> list[object] | None:
    annotations = task.get("annotations", task.get("completions"))
    return annotations if isinstance(annotations, list) else None


def _valid_annotations(task: Mapping[str, object]) -> list[Mapping[str, object]]:
    valid = [item for item in _annotations(task) or () if isinstance(item, dict)]
    return [item for item in valid if not item.get("was_cancelled")]


def _shape_of(item: Mapping[str, object]) -> Shape | None:
    """What place an item marks; None for what marks none: texts, choices, relations."""
    value = _mapping(item.get("value", item))
    kind = str(item.get("type") or "").lower()
    if not kind:
        # JSON-MIN: the key of the labels tells the kind.
        named = (*SHAPES, *POINTS, *OTHER_SHAPES)
        kind = next((key for key in named if key in value), "")
    if kind in POINTS:
        return "point"
    if kind in OTHER_SHAPES:
        return "ellipse" if OTHER_SHAPES[kind] == "ellipse" else "brush"
    placed = "points" in value or ("x" in value and "y" in value) or "rle" in value
    if kind in SHAPES:
        return "region"
    if not kind and placed:
        return _by_numbers(value)
    # These repeat the place of the region that they are about, or say something of the whole task.
    return None if kind in NO_PLACES or not kind else "shape"


def _by_numbers(value: Mapping[str, object]) -> Shape:
    if "points" in value or "width" in value:
        return "region"
    if "radiusX" in value:
        return "ellipse"
    return "brush" if "rle" in value else "point"


def _picture(task: Mapping[str, object]) -> str | None:
    """The name of the task's picture: a local file's path, or the last part of a URL or a full path."""
    data = _mapping(task.get("data", task))
    name = data.get("image") or data.get("img") or data.get("ocr") or _only_picture(data)
    if not isinstance(name, str) or not name.strip():
        return None
    if "://" in name or "?" in name or name.startswith("/"):
        address = urlsplit(name)
        query = parse_qs(address.query)
        local = query.get("d") or query.get("filepath")
        name = local[0].lstrip("/") if local else PurePosixPath(unquote(address.path)).name
    return PureWindowsPath(name).name if PureWindowsPath(name).drive else name or None


def _only_picture(data: Mapping[str, object]) -> str | None:
    """The only value that names a picture: a project may call the field as it likes."""
    names = [value for value in data.values() if isinstance(value, str) and _PICTURE.search(value)]
    return names[0] if len(names) == 1 else None


def _other_names(picture: str) -> tuple[str, ...]:
    """The picture's name as it was before it was uploaded: ``mail.png`` of ``3f2a1b9c-mail.png``."""
    path = PurePosixPath(picture)
    match = _PREFIX.match(path.name)
    return (path.name[match.end() :],) if match else ()


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
        "x, y, width, height and polygon points, percent of the picture as a person sees it; rotation "
        "in degrees clockwise about the top left corner; key points only with --points-as-boxes; no "
        "absent targets"
    ),
    origin=Origin(
        title="Targets from a Label Studio export",
        license="not stated by the file",
        authors=("not stated by the file",),
        homepage="https://labelstud.io/guide/task_format",
    ),
    read=read,
    files=("*.json",),
    points=True,
)
