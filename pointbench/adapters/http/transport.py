"""Limits of one request: seconds in all, and bytes of its answer, as sent and as unpacked.

A time-out of httpx is of silence: a body that drips one byte a second never ends, and neither library
bounds how much a compressed body unpacks to. The transport here does both, for httpx and httpx2 alike.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pointbench.adapters.http.hosts import Host, certificates
from pointbench.adapters.setting_specs import is_finite_number

if TYPE_CHECKING:
    import httpx

TIMES_SILENCE = 10
"""Default of ``total_timeout``: so many times the seconds that a server may be silent."""
MAX_REPLY_MB = 32.0
"""Default of ``max_reply_mb``."""

_PIECE = 65_536
_MOST_ENCODINGS = 3
_MEGABYTE = 1_000_000
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class AnswerLimits:
    """What an answer may take at most."""

    silence_s: float
    """Seconds without a byte."""
    total_s: float
    """Seconds from the request's start to the answer's last byte."""
    max_bytes: int
    """Bytes of the body, as sent and as unpacked."""


def answer_limits(settings: Mapping[str, object], silence_s: float) -> AnswerLimits:
    """The limits that the settings ``total_timeout`` and ``max_reply_mb`` name, or their defaults."""
    total, size = settings.get("total_timeout"), settings.get("max_reply_mb")
    return AnswerLimits(
        silence_s,
        float(total) if is_finite_number(total) else TIMES_SILENCE * silence_s,
        round((size if is_finite_number(size) else MAX_REPLY_MB) * _MEGABYTE),
    )


class AnswerTooLarge(Exception):
    """A body that is larger than the limit; the message says what to do."""


class _Clock(threading.local):
    """When the request of this thread must end (`time.monotonic`).

    A client is used by one thread at a time from a request's start to its answer's end.
    """

    ends_at: float | None = None

    def left(self, timeout: float | None) -> float | None:
        """A time-out of one read or write, cut to what is left of the request."""
        if self.ends_at is None:
            return timeout
        # Not 0, which means not to wait at all: a read would then fail as if nothing had come.
        left = max(0.001, self.ends_at - time.monotonic())
        return left if timeout is None else min(timeout, left)

    @property
    def over(self) -> bool:
        return self.ends_at is not None and time.monotonic() >= self.ends_at


_CLOCK = _Clock()


def late(host: Host, limits: AnswerLimits) -> str:
    """Why the request that has just timed out in this thread did."""
    if _CLOCK.over:
        return (
            f"{host.name} did not end its answer within {limits.total_s:g} s (total_timeout sets another "
            f"limit)"
        )
    return f"{host.name} did not answer in time"


class _TimedStream:
    """A connection of httpcore whose reads and writes end with the request's total time."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = self._stream.read(max_bytes, _CLOCK.left(timeout))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _CLOCK.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _TimedStream:
        left = _CLOCK.left(timeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _TimedBackend:
    """httpcore's connections to the network, timed."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: object
    ) -> _TimedStream:
        left = _CLOCK.left(timeout)
        return _TimedStream(self._backend.connect_tcp(host, port, timeout=left, **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def limited_transport(library: ModuleType, host: Host, limits: AnswerLimits) -> httpx.HTTPTransport:
    """A transport of ``library`` (httpx or httpx2) to one host that holds the limits.

    A client with a transport of its own reads no proxy from the environment, so this does.
    """

    class Stream(library.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, response: httpx.Response) -> None:
            self._sent: Any = response.stream
            # The library would unpack a piece whole, whatever it unpacks to.
            self._encodings = _taken_encodings(response.headers)

        def __iter__(self) -> Iterator[bytes]:
            pieces = _checked(iter(self._sent), limits, library, "sent")
            if len(self._encodings) > _MOST_ENCODINGS:
                raise library.DecodingError("packed too often")
            for encoding in reversed(self._encodings):
                if encoding not in ("gzip", "x-gzip", "deflate"):
                    raise library.DecodingError(f"packed as {encoding}, which was not asked for")
                pieces = _checked(_unpacked(pieces, library), limits, library, "unpacked")
            yield from pieces

        def close(self) -> None:
            self._sent.close()

    class Transport(library.HTTPTransport):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(
                verify=certificates(library, trust_env=host.own),
                proxy=_proxy(host),
                socket_options=_keep_alive(),
            )
            # Neither library has a public way to bound more than the silence between two bytes.
            self._pool._network_backend = _TimedBackend(self._pool._network_backend)

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            _CLOCK.ends_at = time.monotonic() + limits.total_s
            request.headers["accept-encoding"] = "gzip, deflate"
            response: httpx.Response = super().handle_request(request)
            response.stream = Stream(response)
            return response

    made: httpx.HTTPTransport = Transport()
    return made


def _taken_encodings(headers: Any) -> list[str]:
    """The encodings of a body, taken out of its headers: who reads on finds it unpacked."""
    values = headers.get_list("content-encoding", split_commas=True)
    if values:
        del headers["content-encoding"]
        headers.pop("content-length", None)
    return [name for value in values if (name := value.strip().lower()) not in ("", "identity")]


def _checked(
    pieces: Iterable[bytes], limits: AnswerLimits, library: ModuleType, how: str
) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limits.max_bytes:
            raise AnswerTooLarge(
                f"the answer is larger than {limits.max_bytes / _MEGABYTE:g} MB ({how}); "
                f"max_reply_mb sets another limit"
            )
        if _CLOCK.over:
            raise library.ReadTimeout("the answer did not end in time")
        yield piece


def _unpacked(pieces: Iterable[bytes], library: ModuleType) -> Iterator[bytes]:
    """The content of a gzip or deflate body, in pieces of a bounded size."""
    unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    begun = ended = False
    for piece in pieces:
        if ended and piece[:2] != _GZIP_MAGIC:
            continue  # whatever follows the packed content is no part of it
        while piece:
            try:
                content = unpack.decompress(piece, _PIECE)
            except zlib.error as error:
                if begun:
                    raise library.DecodingError(str(error)) from error
                # Some servers send deflate without its header.
                unpack, begun = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            begun = True
            if content:
                yield content
            ended = unpack.eof
            piece = unpack.unused_data if ended else unpack.unconsumed_tail
            if ended:
                # gzip allows several packed parts in a row.
                unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
                piece = piece if piece[:2] == _GZIP_MAGIC else b""


def _keep_alive() -> list[tuple[int, int, int]]:
    """Socket options that keep a connection through a router while a model reasons for minutes."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    names = {"TCP_KEEPINTVL": 60, "TCP_KEEPCNT": 5, "TCP_KEEPIDLE": 60}
    if sys.platform == "darwin":
        names = {"TCP_KEEPALIVE": 60}
    return options + [
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in names.items()
        if hasattr(socket, name)
    ]


def _proxy(host: Host) -> str | None:
    """The proxy that the environment names for this host; None for a host from the settings."""
    parts = urlsplit(host.base_url)
    if not host.own or not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
