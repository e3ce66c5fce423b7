"""MAI-UI's copies of five public sets, all with the keys of ScreenSpot-Pro.

Its converter treated the first four numbers of every region as left, top, width and height, and
converted them to corners. This damaged polygons: in x0, y0, x1, y1, x2 ... the second corner became
x0 + x1, y0 + y1. This module undoes it, which restores OSWorld-G's polygons. Refusals are the box
[0, 0, 0, 0].
"""

from __future__ import annotations

from dataclasses import replace

from pointbench.importers.drafts import Convention, Draft, DraftRegion, texts_of
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.formats.screenspot_pro import COLUMNS
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import table_reader

PIXELS = Convention("pixel", "xyxy")


def _as_annotated(draft: Draft, row: SourceRow) -> Draft:
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


MAI_UI = ImportFormat(
    name="mai-ui",
    convention=(
        "bbox xyxy, pixels; more than 4 numbers are a polygon whose second corner has the "
        "first added to it, which is undone; [0, 0, 0, 0] or gt_type negative is absent"
    ),
    origin=Origin(
        title="MAI-UI grounding data",
        license="Apache-2.0 for the copies; each set has its own",
        authors=("MAI-UI authors", "the authors of each set"),
        homepage="https://github.com/Tongyi-MAI/MAI-UI",
    ),
    read=table_reader(COLUMNS, PIXELS, _as_annotated),
    files=("*.json",),
)
