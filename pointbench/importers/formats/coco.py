"""COCO detection and segmentation files, and those that pointbench itself exports.

A plain COCO box has a category but no sentence, so all boxes of one category in a picture become
one target, and each of them is correct. An annotation with an ``instruction`` (its own, a
``caption`` or one among its ``attributes``) is a separate target.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointbench.errors import UsageError
from pointbench.importers.drafts import (
    Convention,
    Draft,
    DraftRegion,
    Finding,
    kind_of,
    size_of,
    text_of,
)
from pointbench.importers.format import Drafts, ImportFormat, Origin
from pointbench.importers.plain import plain
from pointbench.importers.rows import read_json
from pointbench.importers.sources import Source
from pointbench.importers.table import merge_same_wording

XYWH = Convention("pixel", "xywh")
OURS = "pointbench"
"""The attribute in which our own exporter stores data that COCO cannot hold."""


def read(source: Source) -> Drafts:
    """The targets of every file; boxes without a sentence are merged by picture and category."""
    for name in source.annotations:
        value = read_json(source, name)
        if not isinstance(value, dict) or not isinstance(value.get("images"), list):
            raise UsageError(f"{name} is not COCO: it has no list of images")
        yield from merge_same_wording(_drafts(value, name, source.stem(name)))


def _drafts(value: Mapping[str, object], name: str, stem: str) -> Drafts:
    images = _by_id(value.get("images"))
    categories = {key: text_of(item.get("name")) for key, item in _by_id(value.get("categories"))}
    pictures = dict(images)
    listed = value.get("annotations")
    absent = value.get("absent")
    numbered = [*_listed(listed), *_listed(absent)]
    for number, annotation in enumerate(numbered):
        place = f"{name}: annotation {number}"
        if not isinstance(annotation, dict):
            yield Finding(place, None, "not-an-object", "the annotation is not an object")
            continue
        picture = pictures.get(repr(annotation.get("image_id")))
        category = categories.get(repr(annotation.get("category_id")))
        identity = text_of(annotation.get("id")) or str(number)
        if picture is None or text_of(picture.get("file_name")) is None:
            detail = f"image_id {annotation.get('image_id')!r:.40} names no picture"
            yield Finding(place, f"{stem}_{identity}", "no-picture-name", detail)
            continue
        is_absent = number >= len(_listed(listed))
        identity = f"{stem}_{identity}"
        mask = annotation.get("segmentation")
        try:
            masks = _outlined(mask) if isinstance(mask, dict) else ()
        except ValueError as error:
            masks = ()
            detail = f"{error}; the box around it counts"
            yield Finding(place, identity, "mask-as-box", detail, "noted")
        if mask is not None and not isinstance(mask, dict | list):
            detail = "a segmentation that is no outline and no mask; the box counts"
            yield Finding(place, identity, "mask-as-box", detail, "noted")
        if _rotated(annotation) and not mask:
            detail = "its box is rotated, which COCO's four numbers cannot say"
            yield Finding(place, identity, "rotated", detail)
            continue
        yield _draft(annotation, picture, category, place, identity, is_absent, masks)


def _draft(
    annotation: Mapping[str, object],
    picture: Mapping[str, object],
    category: str | None,
    place: str,
    identity: str,
    absent: bool,
    masks: tuple[DraftRegion, ...],
) -> Draft:
    attributes = _mapping(annotation.get("attributes"))
    ours = _mapping(attributes.get(OURS))
    sentence = annotation.get("instruction") or annotation.get("caption")
    sentence = sentence or attributes.get("instruction")
    stored = None
    if ours:
        stored = {"target": _mapping(ours.get("target")), "screenshot": _mapping(picture.get(OURS))}
        identity = text_of(stored["target"].get("id")) or identity
    elif sentence:
        # A sentence belongs to one annotation; equal sentences are not merged.
        stored = {}
    return Draft(
        id=identity,
        place=place,
        picture=str(picture["file_name"]),
        instruction=sentence or category,
        regions=() if absent else masks or _regions(annotation, ours.get("parts")),
        absent=absent,
        size=size_of([picture.get("width"), picture.get("height")]),
        # Our exporter has to write a category even for a target without a kind.
        kind=None if ours else kind_of(category),
        name=None if sentence else category,
        platform=text_of(picture.get("platform")),
        row={} if ours else plain({**annotation, "segmentation": None}),
        stored=stored,
    )


def _rotated(annotation: Mapping[str, object]) -> bool:
    """True if a tool turned the box: CVAT writes the box as it was before, and the degrees beside it."""
    rotation = _mapping(annotation.get("attributes")).get("rotation")
    if isinstance(rotation, bool) or not isinstance(rotation, int | float):
        return False
    return rotation % 360 != 0


def _regions(annotation: Mapping[str, object], parts: object) -> tuple[DraftRegion, ...]:
    """The outlines if there are any, otherwise the box.

    ``parts`` is our exporter's list of the outlines that are boxes: it writes these as four corners,
    for tools that support only polygons.
    """
    outlines = annotation.get("segmentation")
    # A mask that cannot be read is not a list; the box around it is used.
    if not isinstance(outlines, list) or not outlines:
        return (DraftRegion(annotation.get("bbox"), XYWH),)
    if not isinstance(parts, list) or len(parts) != len(outlines):
        parts = ["polygon"] * len(outlines)
    return tuple(
        DraftRegion([*outline[:2], *outline[4:6]], Convention("pixel", "xyxy"))
        if part == "box" and isinstance(outline, list) and len(outline) == 8
        else DraftRegion(outline, XYWH, polygon=True)
        for outline, part in zip(outlines, parts, strict=True)
    )


def _outlined(mask: Mapping[str, object]) -> tuple[DraftRegion, ...]:
    """A run-length mask, as crowds have it, outlined exactly; ValueError if it is none."""
    from pointbench.importers.masks import outlines, run_length_mask

    polygons = outlines(run_length_mask(mask.get("counts"), mask.get("size")))
    return tuple(DraftRegion(polygon, XYWH, polygon=True) for polygon in polygons)


def _by_id(items: object) -> list[tuple[str, Mapping[str, object]]]:
    return [(repr(item.get("id")), item) for item in _listed(items) if isinstance(item, dict)]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


COCO = ImportFormat(
    name="coco",
    convention=(
        "bbox xywh, pixels, or segmentation polygons or run-length masks where there are any; every "
        "place of a category is right where the annotation has no instruction; no absent targets"
    ),
    origin=Origin(
        title="Targets from a COCO file",
        license="not stated by the file",
        authors=("not stated by the file",),
        homepage="https://cocodataset.org/#format-data",
    ),
    read=read,
    files=("*.json",),
)
