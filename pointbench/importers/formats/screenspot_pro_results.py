"""Result files of the ScreenSpot-Pro harness: the targets as used in that run.

Published logs differ from the published annotations in a few rows, so a log can be rescored exactly
only with its own targets. The rows are the list ``details``, or one per line. Pictures have absolute
paths on the machine that ran the harness; the last two parts become the picture's name here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from pointbench.importers.apps import only_apps
from pointbench.importers.drafts import Convention, Draft
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.formats.screenspot_pro import SCREENSPOT_PRO
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader

COLUMNS = Columns(
    picture=("img_filename", "img_path"),
    instruction=("prompt_to_evaluate", "instruction"),
    size=("img_size", "image_size"),
    id="id",
    kind="ui_type",
    app="application",
    platform="platform",
    tags=("group",),
    absent_box=(-1, -1, -1, -1),
)


def _without_answer(draft: Draft, _row: SourceRow) -> Draft:
    # The model's answer belongs to a replies file, not to the target.
    answer_keys = ("pred", "pred_norm", "raw_response", "correctness")
    row = {key: value for key, value in draft.row.items() if key not in answer_keys}
    parts = PurePosixPath(draft.picture.replace("\\", "/")).parts
    return replace(only_apps(draft), picture="/".join(parts[-2:]), row=row)


SCREENSPOT_PRO_RESULTS = ImportFormat(
    name="screenspot-pro-results",
    convention=(
        "bbox xyxy, pixels, in the rows of a results file; gt_type negative, or the box "
        "[-1, -1, -1, -1], is absent"
    ),
    origin=Origin(
        title="Targets of a ScreenSpot-Pro results file",
        license="that of the run's benchmark",
        authors=SCREENSPOT_PRO.origin.authors,
        homepage=SCREENSPOT_PRO.origin.homepage,
        citation=SCREENSPOT_PRO.origin.citation,
    ),
    read=table_reader(COLUMNS, Convention("pixel", "xyxy"), _without_answer, within="details"),
    files=("*.json", "*.jsonl"),
)
