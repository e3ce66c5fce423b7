"""GroundUI of AgentStudio: JSON Lines, corners in pixels, the picture's size as ``resolution``."""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@article{zheng2024agentstudio,
  title = {AgentStudio: A Toolkit for Building General Virtual Agents},
  author = {Zheng, Longtao and others},
  journal = {arXiv preprint arXiv:2403.17918},
  year = {2024}
}"""

GROUNDUI = ImportFormat(
    name="groundui",
    convention="bbox xyxy, pixels; no absent targets",
    origin=Origin(
        title="GroundUI",
        license="MIT",
        authors=("Longtao Zheng et al.",),
        homepage="https://huggingface.co/datasets/agent-studio/GroundUI-1K",
        citation=CITATION,
    ),
    read=table_reader(
        Columns(
            picture=("image", "image_path", "name"),
            instruction=("instruction",),
            size=("resolution",),
            platform="platform",
            tags=("source",),
        ),
        Convention("pixel", "xyxy"),
    ),
    files=("*.jsonl", "*.parquet"),
)
