"""Writes the folder of a run whose trials exist already: `score`, `rescore` and `merge`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pointbench.engine.planning.setup import unwritable_folder
from pointbench.runs import RunInfo, write_run_info, write_targets
from pointbench.suites import AskedTarget

_WRITE_BUFFER = 1 << 20
"""Bytes of trials.jsonl that are buffered before each write."""


def write_stored_run(
    folder: Path, info: RunInfo, targets: Sequence[AskedTarget], lines: Iterable[bytes]
) -> None:
    """Write the folder of a run; ``lines`` are those of trials.jsonl. UsageError when it cannot be written.

    The folder is removed again if iterating ``lines`` fails, for example on a damaged record.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable_folder(folder, error) from error
    try:
        write_targets(folder, targets)
        with (folder / "trials.jsonl").open("wb", buffering=_WRITE_BUFFER) as file:
            for line in lines:
                file.write(line + b"\n")
        write_run_info(folder, info)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise unwritable_folder(folder, error) from error
        raise
