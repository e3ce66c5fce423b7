"""PrecisionCUA: carets, words and lines in code editors, as LLaVA conversations.

Its README describes ``bbox`` as pixels in one place and as a frame of 1000 in another; drawn on the
pictures, only 0-1000 of each side fits the text. The Cursor sets have many inverted and empty boxes.
"""

from __future__ import annotations

from dataclasses import replace

from pointbench.importers.drafts import Convention, Draft
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.rows import SourceRow
from pointbench.importers.table import Columns, table_reader


def _with_instruction(draft: Draft, row: SourceRow) -> Draft:
    message = _message_of(row.values.get("conversations"), "human")
    # LLaVA marks the picture's place in the text, which is not part of the instruction.
    wording = message
    if isinstance(message, str):
        wording = message.removeprefix("<image>").lstrip("\n")
    return replace(draft, instruction=wording)


def _message_of(conversations: object, speaker: str) -> object:
    """The first message from a speaker."""
    turns = conversations if isinstance(conversations, list) else []
    own = (turn for turn in turns if isinstance(turn, dict) and turn.get("from") == speaker)
    return next((turn.get("value") for turn in own), None)


PRECISION_CUA = ImportFormat(
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
        _with_instruction,
    ),
    files=("*.jsonl",),
)
