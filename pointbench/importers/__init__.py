"""Public benchmarks into suites: one module a format, each with its convention declared here.

A convention is stated, never guessed from the numbers: a wrong guess is silent and costs every
score made with it. Where a public set turns up in two conventions, each has a name of its own.
"""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.importers.format import Format

_HERE = "pointbench.importers.formats"

FORMATS: dict[str, str] = {
    "screenspot": f"{_HERE}.screenspot:SCREENSPOT",
    "screenspot-v2": f"{_HERE}.screenspot_v2:SCREENSPOT_V2",
    "screenspot-fractions": f"{_HERE}.screenspot_fractions:SCREENSPOT_FRACTIONS",
    "screenspot-pro": f"{_HERE}.screenspot_pro:SCREENSPOT_PRO",
    "screenspot-pro-results": f"{_HERE}.screenspot_pro_results:SCREENSPOT_PRO_RESULTS",
    "mai-ui": f"{_HERE}.mai_ui:MAI_UI",
    "osworld-g": f"{_HERE}.osworld_g:OSWORLD_G",
    "osworld-g-refined": f"{_HERE}.osworld_g:OSWORLD_G_REFINED",
    "ui-vision": f"{_HERE}.ui_vision:UI_VISION",
    "mmbench-gui": f"{_HERE}.mmbench_gui:MMBENCH_GUI",
    "showdown-clicks": f"{_HERE}.showdown_clicks:SHOWDOWN_CLICKS",
    "webclick": f"{_HERE}.webclick:WEBCLICK",
    "groundui": f"{_HERE}.groundui:GROUNDUI",
    "pointarena": f"{_HERE}.pointarena:POINTARENA",
    "precision-cua": f"{_HERE}.precision_cua:PRECISION_CUA",
    "screenagent": f"{_HERE}.screenagent:SCREENAGENT",
    "coco": f"{_HERE}.coco:COCO",
    "label-studio": f"{_HERE}.label_studio:LABEL_STUDIO",
    "webui": f"{_HERE}.webui:WEBUI",
}
"""Name -> where its `Format` is, as module:attribute; loaded when it is asked for."""

CONVENTIONS: dict[str, str] = {
    "screenspot": "bbox xywh, pixels; no absent targets",
    "screenspot-v2": "bbox xywh, pixels, as in the authors' own files; no absent targets",
    "screenspot-fractions": "bbox xyxy, shares 0-1 of the picture; no absent targets",
    "screenspot-pro": "bbox xyxy, pixels; no absent targets",
    "screenspot-pro-results": "bbox xyxy, pixels, in the rows of a results file; no absent targets",
    "mai-ui": "bbox xyxy, pixels; more than 4 numbers are a polygon whose second corner has the "
    "first added to it, which is undone; [0, 0, 0, 0] is absent",
    "osworld-g": "by box_type: bbox xywh, pixels; polygon x, y, x, y ... pixels; refusal is absent",
    "osworld-g-refined": "as osworld-g, with the refined wording",
    "ui-vision": "bbox xyxy, pixels; no absent targets",
    "mmbench-gui": "bbox xyxy, shares 0-1 of the picture; basic and advanced wordings of one box "
    "are one target with rewordings; no absent targets",
    "showdown-clicks": "x1, y1, x2, y2, pixels; no absent targets",
    "webclick": "bbox xyxy, shares 0-1 of the picture; no absent targets",
    "groundui": "bbox xyxy, pixels; no absent targets",
    "pointarena": "a mask as large as the picture, values above 127 (or true) are right, outlined "
    "exactly; an empty mask is dropped",
    "precision-cua": "bbox xyxy, 0-1000 of each side, whatever its README says; no absent targets",
    "screenagent": "the corrected click, pixels, as a box of 20 px to each side; no absent targets",
    "coco": "bbox xywh, pixels, or segmentation polygons where there are any; every box of a "
    "category is right where the annotation has no instruction; no absent targets",
    "label-studio": "x, y, width, height and polygon points, percent of the picture; rotation in "
    "degrees clockwise about the top left corner; no absent targets",
    "webui": "x, y, width, height, CSS pixels times the device's scale; elements by accessible "
    "role and name; no absent targets",
}
"""Name -> unit, order of the numbers, polygons, and how absence is written. One line each."""


def load_format(name: str) -> Format:
    """The format of that name; UsageError naming the nearest ones."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(FORMATS)}"
        raise UsageError(f"no import format {name!r:.60}; {hint}")
    module, _, attribute = FORMATS[name].partition(":")
    form: Format = getattr(importlib.import_module(module), attribute)
    return form
