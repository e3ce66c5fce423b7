"""A request as it arrived, and what is answered to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pointbench.geometry import Size

_LONGEST_KEPT = 20_000


class Seen(NamedTuple):
    """A picture that arrived: digest and length of its bytes, its size in pixels and its type."""

    sha256: str
    bytes: int
    size: Size
    media_type: str


@dataclass
class Call:
    """One request, and what became of it. In the log a picture's bytes are left out."""

    number: int
    """Counted from 0 over all requests of the server."""
    vendor: str
    method: str
    path: str
    """Behind the vendor's own part, without the query: ``/v1/chat/completions``."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    raw: bytes = field(repr=False)
    body: Any = None
    """The parsed JSON; None where there was none."""
    model: str | None = None
    pictures: list[Seen] = field(default_factory=list)
    status: int | None = None
    """What was answered; None while it is not, and where the connection was broken off."""
    fault: str | None = None
    """The fault or turn that was played, by name."""
    arrived: float = 0.0
    """`time.monotonic` when the last byte was in."""

    def forget_bytes(self) -> None:
        """Drop what makes a log of thousands of requests grow: the raw body and long texts."""
        self.raw = b""
        self.body = _shortened(self.body)


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_KEPT else f"{value[:40]}... {len(value)} characters"
    if isinstance(value, dict):
        return {name: _shortened(entry) for name, entry in value.items()}
    return [_shortened(entry) for entry in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class Refused(Exception):
    """A request that the vendor would not take: status, its own word for the kind, and why."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.param = param
        self.details = details


def as_json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json.dumps(value, separators=(",", ":")).encode(), headers)
