"""The original ScreenSpot: ``screenspot_{desktop,mobile,web}.json`` beside a folder of pictures.

The authors write ``bbox`` as left, top, width, height in pixels; sizes come from the pictures.
"""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.table import Columns, table_reader

SEECLICK = """\
@inproceedings{cheng2024seeclick,
  title = {SeeClick: Harnessing GUI Grounding for Advanced Visual GUI Agents},
  author = {Cheng, Kanzhi and Sun, Qiushi and Chu, Yougang and Xu, Fangzhi and Li, Yantao and
            Zhang, Jianbing and Wu, Zhiyong},
  booktitle = {Proceedings of ACL 2024},
  year = {2024},
  eprint = {2401.10935},
  archivePrefix = {arXiv}
}"""

COLUMNS = Columns(
    picture=("img_filename", "file_name"),
    instruction=("instruction",),
    size=("img_size",),
    kind="data_type",
    platform="data_source",
    tags=("data_source",),
)

SCREENSPOT = ImportFormat(
    name="screenspot",
    convention="bbox xywh, pixels; no absent targets",
    origin=Origin(
        title="ScreenSpot",
        license="Apache-2.0",
        authors=("Kanzhi Cheng et al.",),
        homepage="https://github.com/njucckevin/SeeClick",
        citation=SEECLICK,
    ),
    read=table_reader(COLUMNS, Convention("pixel", "xywh")),
    files=("screenspot_desktop.json", "screenspot_mobile.json", "screenspot_web.json"),
)
