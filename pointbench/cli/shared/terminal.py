"""Width, color and encoding of stdout, and counts in words."""

from __future__ import annotations

import os
import shutil
import sys


def style() -> tuple[int, bool, str | None]:
    """Width in cells, whether to write colors, and the encoding; COLUMNS and NO_COLOR are honored."""
    # COLUMNS applies to a pipe, too; without it, a width that fits mail and logs.
    width = shutil.get_terminal_size((100, 24)).columns
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return width, sys.stdout.isatty() and not plain, sys.stdout.encoding


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """``1 target``, ``12,345 targets``; ``plural`` if it is not ``noun`` with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
