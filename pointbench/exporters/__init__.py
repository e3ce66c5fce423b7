"""Exports suites in other harnesses' formats. Data that a format cannot hold is listed, never bent."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pointbench.errors import UsageError, nearest_hint

if TYPE_CHECKING:
    from pointbench.exporters.exporting import Exporter

FORMATS: dict[str, str] = {
    "coco": "pointbench.exporters.coco:COCO",
    "screenspot-pro": "pointbench.exporters.screenspot_pro:SCREENSPOT_PRO",
}
"""Name -> its `Exporter`, as ``module:attribute``; imported only by `load_exporter`."""


def load_exporter(name: str) -> Exporter:
    """The exporter of a format; UsageError, with the nearest names, if there is none."""
    if name not in FORMATS:
        hint = nearest_hint(name, FORMATS, f"there are {', '.join(FORMATS)}")
        raise UsageError(f"no export format {name!r:.60}; {hint}")
    module, _, attribute = FORMATS[name].partition(":")
    exporter: Exporter = getattr(importlib.import_module(module), attribute)
    return exporter


def conventions() -> dict[str, str]:
    """Name -> the convention of the written format; imports every exporter."""
    return {name: load_exporter(name).convention for name in FORMATS}
