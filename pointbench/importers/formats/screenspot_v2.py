"""ScreenSpot-v2: ``screenspot_{desktop,mobile,web}_v2.json`` beside ``screenspotv2_image``.

The authors write left, top, width, height in pixels. Copies with corners circulate under the same
name; read those as ``screenspot-pro`` or ``mai-ui``.
"""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.formats.screenspot import COLUMNS
from pointbench.importers.table import table_reader

OS_ATLAS = """\
@article{wu2024osatlas,
  title = {OS-ATLAS: A Foundation Action Model for Generalist GUI Agents},
  author = {Wu, Zhiyong and others},
  journal = {arXiv preprint arXiv:2410.23218},
  year = {2024}
}"""

SCREENSPOT_V2 = ImportFormat(
    name="screenspot-v2",
    convention="bbox xywh, pixels, as in the authors' own files; no absent targets",
    origin=Origin(
        title="ScreenSpot-v2",
        license="Apache-2.0",
        authors=("Zhiyong Wu et al.",),
        homepage="https://huggingface.co/datasets/OS-Copilot/ScreenSpot-v2",
        citation=OS_ATLAS,
    ),
    read=table_reader(COLUMNS, Convention("pixel", "xywh")),
    files=("screenspot_desktop_v2.json", "screenspot_mobile_v2.json", "screenspot_web_v2.json"),
)
