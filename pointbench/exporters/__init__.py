"""Suites in other harnesses' formats. What a format has no place for is listed, never bent."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.exporters.exporting import Exporter

FORMATS: dict[str, str] = {
    "coco": "pointbench.exporters.coco:write",
    "screenspot-pro": "pointbench.exporters.screenspot_pro:write",
}
"""Name -> what writes it, as module:attribute; loaded when it is asked for."""

CONVENTIONS: dict[str, str] = {
    "coco": "bbox xywh, pixels, and segmentation polygons; absent targets apart under `absent`",
    "screenspot-pro": "bbox xyxy, pixels; a polygon as its bounds; no absent targets, "
    "no several right places",
}


def load_exporter(name: str) -> Exporter:
    """What writes that format; UsageError naming the nearest ones."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=2) or FORMATS
        raise UsageError(f"no export format {name!r:.60}; there are {' and '.join(near)}")
    module, _, attribute = FORMATS[name].partition(":")
    exporter: Exporter = getattr(importlib.import_module(module), attribute)
    return exporter
