"""showdown-clicks: ``data.csv`` with one column per coordinate, and the clicked frames beside it."""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@misc{showdown2025,
  title = {The Showdown Computer Control Evaluation Suite},
  author = {{General Agents Team}},
  year = {2025},
  url = {https://github.com/generalagents/showdown}
}"""

SHOWDOWN_CLICKS = ImportFormat(
    name="showdown-clicks",
    convention="x1, y1, x2, y2, pixels; no absent targets",
    origin=Origin(
        title="showdown-clicks",
        license="MIT",
        authors=("General Agents Team",),
        homepage="https://huggingface.co/datasets/generalagents/showdown-clicks",
        citation=CITATION,
    ),
    read=table_reader(
        Columns(
            picture=("image",),
            instruction=("instruction",),
            box=("x1", "y1", "x2", "y2"),
            size=("width", "height"),
            id="id",
        ),
        Convention("pixel", "xyxy"),
    ),
    files=("*.csv", "*.jsonl", "*.parquet"),
)
