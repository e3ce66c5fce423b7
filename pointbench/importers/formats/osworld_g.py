"""OSWorld-G and its refined wording: ``box_type`` is box, polygon or refusal."""

from __future__ import annotations

from dataclasses import replace

from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@article{xie2025jedi,
  title = {Scaling Computer-Use Grounding via User Interface Decomposition and Synthesis},
  author = {Xie, Tianbao and others},
  journal = {arXiv preprint arXiv:2505.13227},
  year = {2025}
}"""

COLUMNS = Columns(
    picture=("image_path",),
    instruction=("instruction",),
    box=("box_coordinates",),
    size=("image_size",),
    id="id",
    tags=("GUI_types",),
)
PIXELS = Convention("pixel", "xywh")


def _by_box_type(draft: Draft, row: SourceRow) -> Draft | Finding:
    kind = row.values.get("box_type")
    if draft.absent or kind == "refusal":
        return replace(draft, regions=(), absent=True)
    if kind == "polygon":
        return replace(draft, regions=(DraftRegion(draft.regions[0].values, PIXELS, polygon=True),))
    if kind == "bbox":
        return draft
    detail = f"box_type is {kind!r:.40}, not bbox, polygon or refusal"
    return Finding(draft.place, draft.id, "unknown-box-type", detail)


def _format(name: str, title: str, file: str, convention: str) -> ImportFormat:
    origin = Origin(
        title=title,
        license="Apache-2.0",
        authors=("Tianbao Xie et al.",),
        homepage="https://github.com/xlang-ai/OSWorld-G",
        citation=CITATION,
    )
    read = table_reader(COLUMNS, PIXELS, _by_box_type)
    return ImportFormat(name, convention, origin, read, (file,))


OSWORLD_G = _format(
    "osworld-g",
    "OSWorld-G",
    "OSWorld-G.json",
    "by box_type: bbox xywh, pixels; polygon x, y, x, y ... pixels; refusal is absent",
)
OSWORLD_G_REFINED = _format(
    "osworld-g-refined",
    "OSWorld-G refined",
    "OSWorld-G_refined.json",
    "as osworld-g, with the refined wording",
)
