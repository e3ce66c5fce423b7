"""The event log (``run --log FILE``): a run's events as JSON lines, for people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pointbench.errors import UsageError
from pointbench.settings import Secret, redact


class EventLog:
    """Appends JSON objects, one per line: ``at``, ``event``, ``model``, ``key`` and the event's own fields.

    Keys from the environment are redacted, and no picture is ever logged. When the log can no longer
    be written, logging ends with one line through ``warn`` and the run continues: its answers are paid
    for.
    """

    def __init__(
        self,
        path: Path | None,
        secrets: Sequence[Secret] = (),
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._secrets = secrets
        self._warn = warn
        self._lock = threading.Lock()
        try:
            self._file = path.open("ab", buffering=0) if path else None
        except OSError as error:
            raise UsageError(f"--log {path} cannot be written: {error.strerror}") from error

    @classmethod
    def nowhere(cls) -> EventLog:
        """A log that writes nothing."""
        return cls(None)

    def write(self, event: str, model: str | None, key: str | None, **more: object) -> None:
        """Append one line; ``more`` holds values that JSON can encode."""
        if self._file is None:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        told = {
            name: redact(value, self._secrets) if isinstance(value, str) else value
            for name, value in more.items()
        }
        line = msgspec.json.encode({"at": at, "event": event, "model": model, "key": key, **told})
        with self._lock:
            self._append(line + b"\n")

    def _append(self, line: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(line)
        except OSError as error:
            self._file = None
            self._warn(f"the log can no longer be written: {error.strerror}; continuing without it")

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None
