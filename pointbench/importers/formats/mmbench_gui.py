"""MMBench-GUI L2: each box has a basic and an advanced wording.

Rows with the same picture and box become one target: its instruction is the first basic wording,
or the first of all if none is basic, and the others are rewordings. ``extra.rows`` keeps the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pointbench.importers.drafts import Convention, Draft, Finding, texts_of
from pointbench.importers.format import Drafts, ImportFormat, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.sources import Source
from pointbench.importers.table import Columns, table_reader

CITATION = """\
@article{wang2025mmbenchgui,
  title = {MMBench-GUI: Hierarchical Multi-Platform Evaluation Framework for GUI Agents},
  author = {Wang, Xuehui and others},
  journal = {arXiv preprint arXiv:2507.19478},
  year = {2025}
}"""

COLUMNS = Columns(
    picture=("image_path",),
    instruction=("instruction",),
    size=("image_size",),
    id="index",
    kind="data_type",
    app="app_name",
    platform="platform",
)


def _below_platform(draft: Draft, _row: SourceRow) -> Draft:
    # The files are in a folder named after the platform, which the annotation omits.
    if draft.platform and not draft.picture.startswith(f"{draft.platform}/"):
        return replace(draft, picture=f"{draft.platform}/{draft.picture}")
    return draft


_read_rows = table_reader(COLUMNS, Convention("unit", "xyxy"), _below_platform)


def read(source: Source) -> Drafts:
    """Read one target per picture and box, in the order of their first rows."""
    groups: dict[tuple[str, str], list[Draft]] = {}
    for draft in _read_rows(source):
        if isinstance(draft, Finding):
            yield draft
        else:
            place = repr(draft.instruction) if draft.absent else repr(draft.regions[0].values)
            groups.setdefault((draft.picture, place), []).append(draft)
    yield from _merged(groups)


def _merged(groups: dict[tuple[str, str], list[Draft]]) -> Iterator[Draft]:
    for drafts in groups.values():
        kinds = [draft.row.get("grounding_type") for draft in drafts]
        first = drafts[kinds.index("basic") if "basic" in kinds else 0]
        wordings = texts_of(first.instruction, *(draft.instruction for draft in drafts))
        rows = [dict(draft.row) for draft in drafts]
        tags = texts_of(*kinds)
        yield replace(first, rewordings=wordings[1:], tags=tags, row={"rows": rows})


MMBENCH_GUI = ImportFormat(
    name="mmbench-gui",
    convention=(
        "bbox xyxy, shares 0-1 of the picture; basic and advanced wordings of one box are "
        "one target with rewordings; no absent targets"
    ),
    origin=Origin(
        title="MMBench-GUI L2",
        license="Apache-2.0",
        authors=("Xuehui Wang et al.",),
        homepage="https://github.com/open-compass/MMBench-GUI",
        citation=CITATION,
    ),
    read=read,
    files=("L2_annotations.json",),
)
