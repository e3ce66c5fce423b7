"""Writes a suite as ScreenSpot-Pro, for harnesses that read it: annotations/<suite>.json, images/.

Boxes are corners in pixels. The format has one box per target: a polygon is written as its bounds,
which count more clicks as hits; targets with several correct places and absent targets cannot be
written and are omitted. Names, roles, all tags but the first, rewordings and ``verified`` are not
written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.exporters.exporting import Exporter, Loss, image_name
from pointbench.jsontypes import whole_numbers

if TYPE_CHECKING:
    from pointbench.suites import Screenshot, Suite, Target


def write(suite: Suite, folder: Path) -> list[Loss]:
    losses: list[Loss] = []
    rows = []
    for shot, target in suite.targets():
        loss = _loss(target)
        if loss is not None:
            losses.append(loss)
        if loss is None or not loss.left_out:
            rows.append(_row(suite, shot, target))
    file = folder / "annotations" / f"{suite.name}.json"
    file.parent.mkdir()
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    file.write_text(text + "\n", "utf-8")
    return losses


def _loss(target: Target) -> Loss | None:
    if target.absent:
        return Loss(target.id, "absent targets have no form here; left out", True)
    if target.regions and len(target.regions) > 1:
        return Loss(target.id, "several right places have no form here; left out", True)
    region = target.region
    if region is not None and region.shapes[0] != region.bounds:
        return Loss(target.id, "its polygon is written as the box around it", False)
    return None


def _row(suite: Suite, shot: Screenshot, target: Target) -> dict[str, object]:
    region = target.region
    assert region is not None
    extra = target.extra or {}
    return {
        "img_filename": image_name(suite, shot.screenshot),
        "bbox": whole_numbers(list(region.bounds)),
        "instruction": target.instruction,
        "instruction_cn": extra.get("instruction_cn", ""),
        "id": target.id,
        "application": target.app or "",
        "platform": shot.platform or "",
        "img_size": [shot.width, shot.height],
        "ui_type": target.kind or "",
        "group": target.tags[0] if target.tags else "",
    }


SCREENSPOT_PRO = Exporter(
    "bbox xyxy, pixels; a polygon as its bounds; no absent targets, no several right places", write
)
