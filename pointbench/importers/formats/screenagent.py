"""ScreenAgent's steps: a human corrected each click, which gives a point, not a region.

A click counts within 20 px of that point on each side; that margin is ours, and declared. Only
steps whose correction has exactly one mouse position become targets. The instruction is the step's
own task or, without one, the session's.
"""

from __future__ import annotations

from dataclasses import replace

from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader

MARGIN = 20
"""Pixels on each side of the corrected click."""


def _around_click(draft: Draft, row: SourceRow) -> Draft | Finding:
    if draft.absent:
        return draft
    positions = _positions(row.values.get("actions"))
    if len(positions) != 1:
        detail = f"{len(positions)} corrected mouse positions, not one"
        return Finding(draft.place, draft.id, "no-click", detail)
    x, y = positions[0].get("width"), positions[0].get("height")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return Finding(draft.place, draft.id, "not-numbers", "the position is not two numbers")
    box = DraftRegion([x - MARGIN, y - MARGIN, x + MARGIN, y + MARGIN], Convention("pixel", "xyxy"))
    return replace(draft, regions=(box,))


def _positions(actions: object) -> list[dict[str, object]]:
    listed = actions if isinstance(actions, list) else []
    positions = [action.get("mouse_position") for action in listed if isinstance(action, dict)]
    return [position for position in positions if isinstance(position, dict)]


SCREENAGENT = ImportFormat(
    name="screenagent",
    convention="the corrected click, pixels, as a box of 20 px to each side; no absent targets",
    origin=Origin(
        title="ScreenAgent steps",
        license="Apache-2.0",
        authors=("Runliang Niu et al.",),
        homepage="https://github.com/niuzaisheng/ScreenAgent",
        citation=(
            "@article{niu2024screenagent,\n"
            "  title = {ScreenAgent: A Vision Language Model-driven Computer Control Agent},\n"
            "  author = {Niu, Runliang and others},\n"
            "  journal = {arXiv preprint arXiv:2402.07945},\n"
            "  year = {2024}\n"
            "}"
        ),
    ),
    read=table_reader(
        Columns(
            picture=("image", "saved_image_name"),
            instruction=("current_task", "task_prompt_en", "task_prompt"),
            box=(),
            size=("width", "height"),
        ),
        Convention("pixel", "xyxy"),
        _around_click,
    ),
    files=("*.jsonl", "*.json"),
)
