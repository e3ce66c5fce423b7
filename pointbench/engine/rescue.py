"""Where answers go that were paid for when the journal can no longer be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from pointbench.engine.journal import Journal, JournalError
from pointbench.errors import RunError
from pointbench.trials import Record


def rescue(error: RunError, journal: Journal, late: Sequence[Record]) -> RunError:
    """The error to raise after answers went to a file that only its owner may read.

    They are those that the journal refused and those that landed after; errors are asked again and
    need no keeping.
    """
    refused = error.records if isinstance(error, JournalError) else ()
    answers = [record for record in (*refused, *late) if record.outcome != "error"]
    if not answers:
        return error
    try:
        path = _write(journal.run, journal.lines(answers))
    except OSError as second:
        return RunError(
            f"{error}; {len(answers)} paid answers are lost, the folder for temporary files "
            f"cannot be written either: {second.strerror}"
        )
    return RunError(
        f"{error}; {len(answers)} paid answers are in {path}: append it to trials.jsonl, "
        f"then --resume"
    )


def _write(run: str, lines: bytes) -> str:
    # mkstemp makes it readable by nobody else.
    file, path = tempfile.mkstemp(prefix=f"pointbench-{run}-", suffix=".jsonl")
    with os.fdopen(file, "wb") as stream:
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())
    return path
