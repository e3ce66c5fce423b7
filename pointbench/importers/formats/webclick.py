"""WebClick: parquet with the picture inside each row, corners as shares of the picture."""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@misc{hcompany2025holo1,
  title = {Surfer-H Meets Holo1: Cost-Efficient Web Agent Powered by Open Weights},
  author = {{H Company}},
  year = {2025},
  eprint = {2506.02865},
  archivePrefix = {arXiv}
}"""

WEBCLICK = ImportFormat(
    name="webclick",
    convention="bbox xyxy, shares 0-1 of the picture; no absent targets",
    origin=Origin(
        title="WebClick",
        license="Apache-2.0",
        authors=("H Company",),
        homepage="https://huggingface.co/datasets/Hcompany/WebClick",
        citation=CITATION,
    ),
    read=table_reader(
        Columns(picture=("image", "file_name"), instruction=("instruction",), tags=("bucket",)),
        Convention("unit", "xyxy"),
    ),
    files=("*.parquet", "*.jsonl"),
)
