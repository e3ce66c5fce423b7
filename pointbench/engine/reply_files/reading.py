"""Reads a file of replies in a named format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.engine.reply_files import load_reply_format
from pointbench.engine.reply_files.found import FoundReply, KeyNames, RowError, Unjoined
from pointbench.engine.reply_files.rows import read_rows
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from pointbench.suites import AskedTarget


def read_replies(
    path: Path, form: str, targets: Sequence[AskedTarget], names: KeyNames
) -> Iterator[FoundReply | Unjoined]:
    """Every reply of a file, in order; UsageError, with the row's place, for a faulty row.

    ``targets`` are those that a format may join its rows to, where the rows name none by id.
    """
    reader = load_reply_format(form)
    given = {name for name in ("id", "text") if getattr(names, name) is not None}
    for name in sorted(given - reader.keys):
        raise UsageError(f"--{name}-key does not go with --from {reader.name}, which names its own")
    if "" in (names.id, names.text):
        raise UsageError("--id-key and --text-key need the name of a field")
    try:
        yield from reader.read(read_rows(path, reader.within), targets, names)
    except RowError as error:
        raise UsageError(one_line(f"{path.name} {error}")) from None
