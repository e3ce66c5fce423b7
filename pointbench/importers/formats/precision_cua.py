"""PrecisionCUA: carets, words and lines in code editors, in LLaVA's conversations.

The README calls ``bbox`` pixels in one place and a frame of 1000 in another; drawn, only 0-1000
of each side fits the text. The Cursor sets hold many inverted and empty boxes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pointbench.importers.drafts import Convention, Draft
from pointbench.importers.format import Format, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader


def _asked(draft: Draft, row: SourceRow) -> Draft:
    said = _said(row.values.get("conversations"), "human")
    # LLaVA marks the picture's place in the text; it is no part of the instruction.
    wording = said.removeprefix("<image>").lstrip("\n") if isinstance(said, str) else said
    return replace(draft, instruction=wording)


def _said(conversations: Any, speaker: str) -> Any:
    turns = conversations if isinstance(conversations, list) else []
    said = (turn for turn in turns if isinstance(turn, dict) and turn.get("from") == speaker)
    return next((turn.get("value") for turn in said), None)


PRECISION_CUA = Format(
    name="precision-cua",
    convention="bbox xyxy, 0-1000 of each side, whatever its README says; no absent targets",
    origin=Origin(
        title="PrecisionCUA",
        license="MIT",
        authors=("Microsoft",),
        homepage="https://github.com/microsoft/precision-cua-bench",
        citation=(
            "@misc{precisioncua2026,\n"
            "  title = {PrecisionCUA: Iterative Visual Refinement for Pixel-Precise Cursor\n"
            "           Grounding in Code Editors},\n"
            "  year = {2026},\n"
            "  eprint = {2604.13019},\n"
            "  archivePrefix = {arXiv}\n"
            "}"
        ),
    ),
    read=table_reader(
        Columns(picture=("image",), instruction=(), size=("image_size",), tags=("label_type",)),
        Convention("permille", "xyxy"),
        _asked,
    ),
    files=("*.jsonl",),
)
