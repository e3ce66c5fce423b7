"""The journal ``trials.jsonl``: append-only, one line per trial, on disk before the trial counts."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec
from filelock import FileLock, Timeout

from pointbench.errors import RunError
from pointbench.runs import BLANK, open_regular
from pointbench.trials import Record, decode_record, encode_record

_TAIL = 1 << 16
"""Bytes read at a time when searching for the last line from the end."""


class JournalError(RunError):
    """``records`` could not be written; everything before them is on disk."""

    def __init__(self, message: str, records: Sequence[Record]) -> None:
        super().__init__(message)
        self.records = tuple(records)


def is_in_use(folder: Path) -> bool:
    """True if a run is being asked at this moment, by this or another process."""
    try:
        with open_regular(folder / "trials.jsonl") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class Journal:
    """The open journal of one run, locked by one process at a time.

    Opening it repairs a last line that a crash left incomplete: a whole record gets its newline, a
    partial one is cut off. RunError when another process has the lock, or when writing fails.

    The journal itself is locked, too: a removed lock file lets nobody in. Every write is appended,
    and only if the file is as this journal left it; whatever another program did to it stays.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "trials.jsonl"
        self._lock = FileLock(folder / ".lock", timeout=0)
        self._file = -1
        # In a folder from elsewhere, a link may lead to any file of this machine.
        for path in (folder / ".lock", self._path):
            if path.is_symlink():
                raise RunError(
                    f"run {folder.name}: {path.name} is a link, and nothing is written through one; put "
                    f"the file itself there"
                )
        try:
            self._lock.acquire()
        except Timeout:
            raise self._in_use() from None
        except OSError as error:
            raise RunError(f"run {folder.name} cannot be locked: {error.strerror}") from error
        try:
            self._file = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644
            )
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._end = _repair(self._file)
        except BlockingIOError:
            self.close()
            raise self._in_use() from None
        except OSError as error:
            self.close()
            raise RunError(
                f"run {folder.name}: trials.jsonl cannot be opened: {error.strerror}"
            ) from error

    def _in_use(self) -> RunError:
        return RunError(f"run {self.run} is in use: another pointbench is writing to it")

    def append(self, records: Sequence[Record]) -> None:
        """Write the records and wait until they are on disk; JournalError if none of them is."""
        data = self.lines(records)
        plural = "" if len(records) == 1 else "s"
        lost = f"run {self.run}: {len(records)} answer{plural} could not be stored"
        written = 0
        try:
            changed = self._changed()
            if changed:
                raise JournalError(f"{lost}: {changed}", records)
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fsync(self._file)
        except OSError as error:
            self._cut_back(written)
            raise JournalError(
                f"{lost}: {error.strerror}; everything before them is kept", records
            ) from error
        self._end += len(data)

    def _changed(self) -> str | None:
        """How another program changed the file since the last write; None if it did not."""
        ours = os.fstat(self._file)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        if there is None and not self._folder.is_dir():
            return "the folder of the run has vanished"
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            what = "moved or deleted" if there is None else "replaced"
            return f"another program has {what} trials.jsonl; put it back, then --resume"
        if ours.st_size != self._end:
            by = abs(ours.st_size - self._end)
            what = f"added {by} bytes to" if ours.st_size > self._end else f"cut {by} bytes off"
            return (
                f"another program has {what} trials.jsonl during the run; what is in it is kept, "
                f"--resume goes on from there"
            )
        return None

    @property
    def run(self) -> str:
        """Name of the run."""
        return self._folder.name

    def lines(self, records: Sequence[Record]) -> bytes:
        """The records as lines of the journal."""
        return b"".join(encode_record(record) + b"\n" for record in records)

    def _cut_back(self, written: int) -> None:
        # The next opening would cut off a partial batch anyway; do it now if possible.
        try:
            if os.fstat(self._file).st_size == self._end + written:
                os.ftruncate(self._file, self._end)
        except OSError:
            return

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _repair(file: int) -> int:
    """Repair an incomplete last line; returns the offset at which the next line starts."""
    size = os.lseek(file, 0, os.SEEK_END)
    start, tail = size, b""
    while start > 0 and b"\n" not in tail:
        step = min(_TAIL, start)
        start -= step
        os.lseek(file, start, os.SEEK_SET)
        tail = _read(file, step) + tail
    newline = tail.rfind(b"\n")
    last = tail[newline + 1 :]
    if not last:
        return size
    try:
        # A crash of the machine may leave zeros where the file had grown without its content.
        decode_record(last.strip(BLANK))
    except (msgspec.DecodeError, UnicodeDecodeError):
        end = size - len(last)
        os.ftruncate(file, end)
        return end
    os.write(file, b"\n")
    return size + 1


def _read(file: int, length: int) -> bytes:
    pieces = []
    while length > 0:
        piece = os.read(file, length)
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def save_unjournaled(error: RunError, journal: Journal, late: Sequence[Record]) -> RunError:
    """Save answers that are not in the journal to a temporary file; the error to raise afterwards.

    These are the answers that the journal could not write and those that arrived later. Errors are not
    saved: their trials will be asked again. Only the file's owner may read it.
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
    # mkstemp creates a file that nobody else may read.
    file, path = tempfile.mkstemp(prefix=f"pointbench-{run}-", suffix=".jsonl")
    with os.fdopen(file, "wb") as stream:
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())
    return path
