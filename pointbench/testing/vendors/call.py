"""A request as it arrived, and the answer to it."""

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
    """One request and its outcome. The log omits the bytes of pictures."""

    number: int
    """Number of the request, from 0, over all requests to the server."""
    vendor: str
    method: str
    path: str
    """The path after the vendor's own part, without the query: ``/v1/chat/completions``."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Header names are in lower case."""
    raw: bytes = field(repr=False)
    body: Any = None
    """The decoded JSON; None if there was none."""
    model: str | None = None
    pictures: list[Seen] = field(default_factory=list)
    status: int | None = None
    """HTTP status of the answer; None before it, and if the connection was dropped."""
    fault: str | None = None
    """The fault or turn that was played, by name."""
    arrived: float = 0.0
    """`time.monotonic` when the last byte arrived."""
    answer: VendorResponse | None = field(default=None, repr=False)
    """The whole answer, even if a fault sent only half of it; None if there was none."""

    def forget_bytes(self) -> None:
        """Drop the raw body and long texts, so a log of thousands of requests stays small."""
        self.raw = b""
        self.body = _shortened(self.body)


def _shortened(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_KEPT else f"{value[:40]}... {len(value)} characters"
    if isinstance(value, dict):
        return {name: _shortened(entry) for name, entry in value.items()}
    return [_shortened(entry) for entry in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class VendorResponse:
    """The response sent to the client."""

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class Refused(Exception):
    """A request that the vendor would refuse: status, the vendor's error type, and the message."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        param: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.param = param
        self.details = details


def as_json(
    value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> VendorResponse:
    """An answer with a JSON body."""
    return VendorResponse(status, json.dumps(value, separators=(",", ":")).encode(), headers)
