"""A server that costs next to nothing: reads a request, waits, answers one fixed chat completion.

The latency is part of the URL, so one process serves models of many speeds:
``http://127.0.0.1:PORT/0.2/v1`` answers after 200 ms. ``GET /window`` returns how many requests came,
when the first one came and when the last reply left (`time.monotonic`), and resets the count.

    python benchmarks/wire_server.py          prints its port, serves until stdin ends
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

_BUFFER = bytearray(1 << 20)
"""Shared by all connections: what arrives is counted, not kept."""

_BODY = json.dumps(
    {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion",
        "created": 1764000000,
        "model": "fake-2026-11-22",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": '{"x": 512, "y": 384}'},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1105, "completion_tokens": 17, "total_tokens": 1122},
    }
).encode()
_REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_0123456789abcdef\r\n"
    b"Content-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)


class Window:
    """Requests since the last ``GET /window``."""

    count = 0
    first = 0.0
    last = 0.0


class Connection(asyncio.BufferedProtocol):
    """One client, which sends one request at a time."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.head = b""
        self.left = 0
        self.latency = 0.0

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return memoryview(_BUFFER)

    def buffer_updated(self, nbytes: int) -> None:
        if self.left:
            self.left -= nbytes
        else:
            self.head += bytes(_BUFFER[:nbytes])
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, rest = self.head[:end], len(self.head) - end - 4
            self.head = b""
            if not self._begin(head, rest):
                return
        if self.left == 0:
            asyncio.get_running_loop().call_later(self.latency, self._reply)

    def _begin(self, head: bytes, rest: int) -> bool:
        line, *fields = head.split(b"\r\n")
        if line.startswith(b"GET /window"):
            self._tell()
            return False
        if not Window.count:
            Window.first = time.monotonic()
        Window.count += 1
        self.latency = float(line.split(b"/")[1])
        length = next(
            (int(f.split(b":")[1]) for f in fields if f.lower().startswith(b"content-length:")), 0
        )
        self.left = length - rest
        return True

    def _reply(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_REPLY)
            Window.last = time.monotonic()

    def _tell(self) -> None:
        body = json.dumps([Window.count, Window.first, Window.last]).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self.transport.write(head + body)
        Window.count = 0


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
