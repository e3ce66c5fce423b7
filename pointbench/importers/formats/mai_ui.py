"""MAI-UI's copies of five public sets, all with the keys of ScreenSpot-Pro.

Its converter treated the first four numbers of every region as left, top, width and height, and
converted them to corners. This damaged polygons: in x0, y0, x1, y1, x2 ... the second corner became
x0 + x1, y0 + y1. This module undoes it, which restores OSWorld-G's polygons. Refusals are the box
[0, 0, 0, 0]. The names of its files say which set they hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from pointbench.importers.apps import only_apps
from pointbench.importers.drafts import Convention, Draft, DraftRegion, texts_of
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.formats.mmbench_gui import MMBENCH_GUI
from pointbench.importers.formats.osworld_g import OSWORLD_G, OSWORLD_G_REFINED
from pointbench.importers.formats.screenspot_pro import COLUMNS, SCREENSPOT_PRO
from pointbench.importers.formats.screenspot_v2 import SCREENSPOT_V2
from pointbench.importers.formats.ui_vision import UI_VISION
from pointbench.importers.rows import SourceRow
from pointbench.importers.sources import Source
from pointbench.importers.table import table_reader

PIXELS = Convention("pixel", "xyxy")


def _as_annotated(draft: Draft, row: SourceRow) -> Draft:
    draft = only_apps(draft)
    values = row.values.get("bbox")
    # OSWorld-G's list of element types is not a kind; it becomes tags.
    draft = replace(draft, tags=texts_of(*draft.tags, *_types(row.values.get("ui_type"))))
    if draft.absent:
        return draft
    if values == [0, 0, 0, 0]:
        return replace(draft, regions=(), absent=True)
    if isinstance(values, list) and len(values) > 4 and _all_numbers(values[:4]):
        x0, y0, x1, y1 = values[:4]
        polygon = [x0, y0, x1 - x0, y1 - y0, *values[4:]]
        return replace(draft, regions=(DraftRegion(polygon, PIXELS, polygon=True),))
    return draft


def _types(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _all_numbers(values: list[object]) -> bool:
    return all(isinstance(value, int | float) for value in values)


ORIGIN = Origin(
    title="MAI-UI grounding data",
    license="Apache-2.0 for the copies; each set has its own",
    authors=("MAI-UI authors", "the authors of each set"),
    homepage="https://github.com/Tongyi-MAI/MAI-UI",
)

_SETS = {
    r"screenspot_(desktop|mobile|web)_v2_convert\.json": SCREENSPOT_V2,
    r"osworld-g_sspro_format\.json": OSWORLD_G,
    r"osworld-g_refined_sspro_format\.json": OSWORLD_G_REFINED,
    r"mmbench_gui_sspro_format\.json": MMBENCH_GUI,
    r"element_grounding_(basic|functional|spatial)\.json": UI_VISION,
    r"\w+_(windows|macos|linux)\.json": SCREENSPOT_PRO,
}
"""The names of a set's files -> the format of the set itself."""


def _origin(source: Source) -> Origin:
    """The set that all files are of, with its own citation and license; MAI-UI's data if unknown."""
    sets = {_set_of(name) for name in source.annotations}
    if len(sets) != 1 or None in sets:
        return ORIGIN
    (name,) = sets
    own = next(form.origin for form in _SETS.values() if form.name == name)
    license_ = own.license if own.license == "Apache-2.0" else f"{own.license}; copy: Apache-2.0"
    return replace(
        ORIGIN,
        title=f"{own.title} (MAI-UI's copy)",
        license=license_,
        authors=own.authors,
        citation=own.citation,
    )


def _set_of(name: str) -> str | None:
    file = PurePosixPath(name).name.removesuffix(".gz")
    for pattern, form in _SETS.items():
        if re.fullmatch(pattern, file, re.IGNORECASE | re.ASCII):
            return form.name
    return None


MAI_UI = ImportFormat(
    name="mai-ui",
    convention=(
        "bbox xyxy, pixels; more than 4 numbers are a polygon whose second corner has the "
        "first added to it, which is undone; [0, 0, 0, 0] or gt_type negative is absent"
    ),
    origin=ORIGIN,
    origin_of=_origin,
    read=table_reader(COLUMNS, PIXELS, _as_annotated),
    files=("*.json",),
)
