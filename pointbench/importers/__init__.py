"""Imports public benchmarks as suites: one module per format, which declares its convention.

A convention is declared, never guessed from the numbers, because a wrong guess silently spoils
every score that uses it. If a public set exists in two conventions, each has its own name.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pointbench.errors import UsageError, nearest_hint

if TYPE_CHECKING:
    from pointbench.importers.format import ImportFormat

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
"""Name -> its `ImportFormat`, as ``module:attribute``; only `load_format` imports the module."""


def load_format(name: str) -> ImportFormat:
    """The format with a given name; UsageError, with the nearest names, if there is none."""
    if name not in FORMATS:
        hint = nearest_hint(name, FORMATS, f"there are {', '.join(FORMATS)}", most=3)
        raise UsageError(f"no import format {name!r:.60}; {hint}")
    module, _, attribute = FORMATS[name].partition(":")
    form: ImportFormat = getattr(importlib.import_module(module), attribute)
    return form


def conventions() -> dict[str, str]:
    """Name -> the format's declared convention; imports every format."""
    return {name: load_format(name).convention for name in FORMATS}
