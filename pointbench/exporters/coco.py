"""Writes a suite as one COCO file: ``annotations.json`` and ``images/``.

Boxes are left, top, width, height in pixels; polygons and several correct places are written as
segmentation. Every annotation carries its instruction. Data that COCO cannot hold is stored under
``attributes.pointbench`` (and an image's ``pointbench``), where our importer finds it; absent
targets, which have no box, are listed under ``absent``. suite.toml and the pictures' digests, which
an import recreates, are not written, nor is ``icon_box``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.exporters.exporting import Exporter, Loss, image_name
from pointbench.geometry import Box, Polygon, Shape
from pointbench.jsontypes import whole_numbers

if TYPE_CHECKING:
    from pointbench.suites import Screenshot, Suite, Target

KINDS = ("icon", "text", "other")
_KEPT = ("id", "name", "kind", "role", "app", "tags", "rewordings", "verified", "extra")


def write(suite: Suite, folder: Path) -> list[Loss]:
    losses = [
        Loss(target.id, "its icon_box has no form here", False)
        for _, target in suite.targets()
        if target.icon_box is not None
    ]
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    absent: list[dict[str, object]] = []
    for number, screenshot in enumerate(suite.screenshots, start=1):
        images.append(_image(suite, screenshot, number))
        for target in screenshot.targets:
            row = _annotation(target, len(annotations) + len(absent) + 1, number)
            (absent if target.absent else annotations).append(row)
    value = {
        "info": {"description": suite.info.title, "version": suite.info.version},
        "licenses": [{"id": 1, "name": suite.info.license, "url": suite.info.homepage or ""}],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": index, "name": kind} for index, kind in enumerate(KINDS, start=1)],
        "absent": absent,
    }
    text = json.dumps(whole_numbers(value), ensure_ascii=False, indent=1)
    (folder / "annotations.json").write_text(text + "\n", "utf-8")
    return losses


def _image(suite: Suite, screenshot: Screenshot, number: int) -> dict[str, object]:
    dumped = screenshot.model_dump(mode="json", exclude_defaults=True)
    extra = {key: dumped[key] for key in ("environment", "source", "extra") if key in dumped}
    image = {
        "id": number,
        "file_name": image_name(suite, screenshot.screenshot),
        "width": screenshot.width,
        "height": screenshot.height,
        "license": 1,
    }
    if screenshot.platform:
        image["platform"] = screenshot.platform
    return image | ({"pointbench": extra} if extra else {})


def _annotation(target: Target, number: int, image: int) -> dict[str, object]:
    dumped = target.model_dump(mode="json", exclude_defaults=True)
    extra: dict[str, object] = {"target": {key: dumped[key] for key in _KEPT if key in dumped}}
    row: dict[str, object] = {
        "id": number,
        "image_id": image,
        "category_id": KINDS.index(target.kind or "other") + 1,
        "instruction": target.instruction,
    }
    region = target.region
    if region is not None:
        boxed = len(region.shapes) == 1 and _fits_xywh(region.shapes[0])
        row |= {
            "bbox": _xywh(region.bounds),
            "area": region.area,
            "iscrowd": 0,
            "segmentation": [] if boxed else [_outline(shape) for shape in region.shapes],
        }
        if not boxed:
            extra["parts"] = ["box" if isinstance(s, Box) else "polygon" for s in region.shapes]
    return row | {"attributes": {"pointbench": extra}}


def _fits_xywh(shape: Shape) -> bool:
    """True for a box that its corner and size reproduce to the last bit; a few boxes cannot be."""
    if not isinstance(shape, Box):
        return False
    left, top, width, height = _xywh(shape)
    return (left + width, top + height) == (shape.right, shape.bottom)


def _xywh(box: Box) -> list[float]:
    width, height = _span(box.left, box.right), _span(box.top, box.bottom)
    return [box.left, box.top, width, height]


def _span(start: float, end: float) -> float:
    """The length that, added to ``start``, gives ``end`` to the last bit, if there is one."""
    length = end - start
    for near in (length, math.nextafter(length, math.inf), math.nextafter(length, -math.inf)):
        if start + near == end:
            return near
    return length


def _outline(shape: Shape) -> list[float]:
    if isinstance(shape, Polygon):
        return [number for corner in shape.corners for number in corner]
    left, top, right, bottom = shape
    return [left, top, right, top, right, bottom, left, bottom]


COCO = Exporter(
    "bbox xywh, pixels, and segmentation polygons; absent targets apart under `absent`", write
)
