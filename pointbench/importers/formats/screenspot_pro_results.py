"""Result files of the ScreenSpot-Pro harness, as a suite: the targets as that run had them.

Published logs differ from the published annotations in a few rows, so a log can only be rescored
exactly with its own. Rows lie under ``details``, or one a line. The path of a picture begins on
someone's disk: its last two parts are its name here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from pointbench.importers.drafts import Convention, Draft
from pointbench.importers.format import Format, Origin
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
)


def _without_disk(draft: Draft, _row: SourceRow) -> Draft:
    # What the model answered belongs to a replies file, not to the target.
    answered = ("pred", "pred_norm", "raw_response", "correctness")
    kept = {key: value for key, value in draft.row.items() if key not in answered}
    parts = PurePosixPath(draft.picture.replace("\\", "/")).parts
    return replace(draft, picture="/".join(parts[-2:]), row=kept)


SCREENSPOT_PRO_RESULTS = Format(
    name="screenspot-pro-results",
    convention="bbox xyxy, pixels, in the rows of a results file; no absent targets",
    origin=Origin(
        title="Targets of a ScreenSpot-Pro results file",
        license="that of the run's benchmark",
        authors=SCREENSPOT_PRO.origin.authors,
        homepage=SCREENSPOT_PRO.origin.homepage,
        citation=SCREENSPOT_PRO.origin.citation,
    ),
    read=table_reader(COLUMNS, Convention("pixel", "xyxy"), _without_disk, within="details"),
    files=("*.json", "*.jsonl"),
)
