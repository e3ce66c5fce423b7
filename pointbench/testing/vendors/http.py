"""A small HTTP/1.1 server on asyncio: keep-alive, many connections, and broken replies on request.

It supports only what client libraries send to APIs: content lengths, chunked bodies,
``100-continue``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pointbench.testing.vendors.call import VendorResponse

MAX_BODY = 600_000_000
"""Bytes; more than the largest request that any vendor accepts."""


@dataclass(frozen=True)
class RequestHead:
    """Request line and headers, names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class HttpResponse:
    """A response and how it is sent: whole, in half, slowly, or not at all."""

    answer: VendorResponse | None = None
    """None drops the connection without sending a byte."""
    share: float = 1.0
    """Share of the body that is sent before the connection is closed."""
    slow_s: float = 0.0
    """Seconds over which the body is sent in pieces."""
    chunked: bool = False
    hang_s: float | None = None
    """Seconds of silence, after which the connection is dropped."""
    extra: tuple[tuple[str, str], ...] = field(default=())


Handler = Callable[[RequestHead, bytes, float], Awaitable[HttpResponse]]
"""Called with head, body and the `time.monotonic` at which the last byte arrived."""


class Connection(asyncio.Protocol):
    """One client's connection; its requests are handled one after another."""

    def __init__(self, handle: Handler, live: set[Connection]) -> None:
        self._handle = handle
        self._live = live
        self._buffer = bytearray()
        self._head: RequestHead | None = None
        self._need = 0
        self._busy: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._live.add(self)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._live.discard(self)
        if self._busy is not None:
            self._busy.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._busy is None:
            self._next()

    def _next(self) -> None:
        """Start the next request once all of it has arrived."""
        if self._head is None and not self._read_head():
            return
        body = self._read_body()
        if body is None:
            return
        head, self._head = self._head, None
        assert head is not None
        self._busy = asyncio.get_running_loop().create_task(
            self._answer(head, body, time.monotonic())
        )

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        method, target, _version = lines[0].split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        self._head = RequestHead(method, target, headers)
        self._need = min(int(headers.get("content-length", 0)), MAX_BODY)
        if headers.get("expect", "").lower() == "100-continue" and self.transport:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self) -> bytes | None:
        assert self._head is not None
        if self._head.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if len(self._buffer) < self._need:
            return None
        body = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        return body

    def _read_chunks(self) -> bytes | None:
        parts: list[bytes] = []
        at = 0
        while True:
            line_end = self._buffer.find(b"\r\n", at)
            if line_end < 0:
                return None
            length = int(self._buffer[at:line_end].split(b";")[0], 16)
            start = line_end + 2
            if len(self._buffer) < start + length + 2:
                return None
            if length == 0:
                del self._buffer[: start + 2]
                return b"".join(parts)
            parts.append(bytes(self._buffer[start : start + length]))
            at = start + length + 2

    async def _answer(self, head: RequestHead, body: bytes, arrived: float) -> None:
        reply = await self._handle(head, body, arrived)
        keep = await self._send(reply) and head.headers.get("connection", "").lower() != "close"
        self._busy = None
        if self.transport is None or self.transport.is_closing():
            return
        if not keep:
            self.transport.close()
        elif self._buffer:
            self._next()

    async def _send(self, reply: HttpResponse) -> bool:
        """Send a reply; True if the connection can be used again."""
        transport, answer = self.transport, reply.answer
        assert transport is not None
        if reply.hang_s is not None:
            await asyncio.sleep(reply.hang_s)
        if answer is None:
            self._reset()
            return False
        head = _head_bytes(answer, chunked=reply.chunked, extra=reply.extra)
        body = _chunked(answer.body) if reply.chunked else answer.body
        if reply.share < 1.0:
            # The client gets less than the headers promised.
            transport.write(head + body[: int(len(body) * reply.share)])
            return False
        if not reply.slow_s:
            transport.write(head + body)
            return True
        transport.write(head)
        pieces = 8
        for piece in range(pieces):
            await asyncio.sleep(reply.slow_s / pieces)
            transport.write(body[len(body) * piece // pieces : len(body) * (piece + 1) // pieces])
        return True

    def _reset(self) -> None:
        """Close with a TCP reset, as a crashed server does."""
        assert self.transport is not None
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _head_bytes(
    answer: VendorResponse, *, chunked: bool, extra: tuple[tuple[str, str], ...]
) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Overloaded" if answer.status == 529 else "Unknown"
    length = "transfer-encoding: chunked" if chunked else f"content-length: {len(answer.body)}"
    lines = [
        f"HTTP/1.1 {answer.status} {phrase}",
        f"content-type: {answer.content_type}",
        length,
        *(f"{name}: {value}" for name, value in (*answer.headers, *extra)),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _chunked(body: bytes) -> bytes:
    half = len(body) // 2
    parts = [part for part in (body[:half], body[half:]) if part]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
