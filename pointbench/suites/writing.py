"""The one writer of annotation files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def targets_text(document: Mapping[str, Any]) -> str:
    """A targets file: indented JSON with its lists of whole numbers on one line."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return (
        re.sub(
            r"\[\n\s*(-?\d+(?:,\n\s*-?\d+)*)\n\s*\]",  # no text of JSON holds a line break
            lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]",
            text,
        )
        + "\n"
    )


def replace_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
