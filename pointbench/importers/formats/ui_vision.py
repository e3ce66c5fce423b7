"""UI-Vision element grounding: basic, functional and spatial wordings, corners in pixels.

Its ``platform`` is the application. Rows have no id; one is made from the file name and row number.
"""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@misc{nayak2025uivision,
  title = {UI-Vision: A Desktop-centric GUI Benchmark for Visual Perception and Interaction},
  author = {Nayak, Shravan and others},
  year = {2025},
  eprint = {2503.15661},
  archivePrefix = {arXiv}
}"""

UI_VISION = ImportFormat(
    name="ui-vision",
    convention="bbox xyxy, pixels; no absent targets",
    origin=Origin(
        title="UI-Vision element grounding",
        license="MIT",
        authors=("Shravan Nayak et al.",),
        homepage="https://huggingface.co/datasets/ServiceNow/ui-vision",
        citation=CITATION,
    ),
    read=table_reader(
        Columns(
            picture=("image_path",),
            instruction=("prompt_to_evaluate",),
            size=("image_size",),
            kind="element_type",
            app="platform",
            tags=("category",),
        ),
        Convention("pixel", "xyxy"),
    ),
    files=("element_grounding_*.json",),
)
