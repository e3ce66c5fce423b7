"""ScreenSpot-Pro: one JSON file per application, corners in pixels, the picture's size in each row.

Many later sets use the same layout. This format fits a file whose boxes are corners in pixels. A row
whose ``gt_type`` is negative is an absent target: the harness counts a refusal of it as correct. So is
the stand-in box of VenusBench-GD.
"""

from __future__ import annotations

from pointbench.importers.apps import only_apps
from pointbench.importers.drafts import Convention, Draft
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@article{li2025screenspotpro,
  title = {ScreenSpot-Pro: GUI Grounding for Professional High-Resolution Computer Use},
  author = {Li, Kaixin and Meng, Ziyang and Lin, Hongzhan and Luo, Ziyang and Tian, Yuchen and
            Ma, Jing and Huang, Zhiyong and Chua, Tat-Seng},
  journal = {arXiv preprint arXiv:2504.07981},
  year = {2025}
}"""

COLUMNS = Columns(
    picture=("img_filename",),
    instruction=("instruction",),
    size=("img_size",),
    id="id",
    kind="ui_type",
    app="application",
    platform="platform",
    tags=("group",),
    absent_box=(-1, -1, -1, -1),
)


def _only_apps(draft: Draft, _row: SourceRow) -> Draft:
    return only_apps(draft)


SCREENSPOT_PRO = ImportFormat(
    name="screenspot-pro",
    convention="bbox xyxy, pixels; gt_type negative, or the box [-1, -1, -1, -1], is absent",
    origin=Origin(
        title="ScreenSpot-Pro",
        license="MIT",
        authors=("Kaixin Li et al.",),
        homepage="https://github.com/likaixin2000/ScreenSpot-Pro-GUI-Grounding",
        citation=CITATION,
    ),
    read=table_reader(COLUMNS, Convention("pixel", "xyxy"), _only_apps),
    files=("*.json",),
)
