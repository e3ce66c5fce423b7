"""Writes annotation files; captures and imports both use this writer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

_LISTS_OF_WHOLE_NUMBERS = re.compile(r"\[\n\s*(-?\d+(?:,\n\s*-?\d+)*)\n\s*\]")
"""Lists of whole numbers as ``json.dumps`` indents them. JSON escapes line breaks in strings, so no
string matches."""


def targets_text(document: Mapping[str, object]) -> str:
    """The text of an annotation file: indented JSON, lists of whole numbers on one line.

    Lone surrogates, which UTF-8 cannot hold, become ``?``. ValueError for NaN and infinities.
    """
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    text = _LISTS_OF_WHOLE_NUMBERS.sub(
        lambda numbers: "[" + re.sub(r",\s+", ", ", numbers[1]) + "]", text
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def replace_text(path: Path, text: str) -> None:
    """Write a file atomically: a reader sees either the old text or the new one, never part of it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
