"""How wide, how colorful and in which encoding stdout wants its text."""

from __future__ import annotations

import os
import shutil
import sys


def style() -> tuple[int, bool, str | None]:
    """Cells, whether escapes are wanted, and the encoding; COLUMNS and NO_COLOR are honored."""
    # On a pipe COLUMNS still holds; without it, a width that mail and logs carry.
    width = shutil.get_terminal_size((100, 24)).columns
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return width, sys.stdout.isatty() and not plain, sys.stdout.encoding
