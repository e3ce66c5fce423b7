"""An answer's limits on every way to send a request: seconds in all, bytes as sent and as unpacked."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pointbench.adapters.protocol import Picture, Request
from pointbench.adapters.registry import adapter_class
from pointbench.errors import AskError, GiveUp, RetryLater

MODELS = (
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-5"),
    ("google", "gemini-3.8-flash"),
    ("moondream", "moondream-2"),
    ("replicate", "owner/name"),
)
"""One for each way: both SDKs on httpx2, plain httpx twice, Replicate's SDK on httpx."""

_HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
_CHAT = json.dumps(
    {"choices": [{"message": {"role": "assistant", "content": "caf\u00e9 (1, 2)"}}]}
).encode()
_BOMB_MB = 600


def _bomb() -> bytes:
    """A gzip body of half a megabyte that unpacks to `_BOMB_MB` megabytes of blanks."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    first, second = (
        pack.compress(b" " * 1_000_000) + pack.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    # What follows a full flush does not depend on what came before, so it may be repeated.
    return first + second * (_BOMB_MB - 1)


class Server:
    """A server that answers every request as ``way`` says, until it is closed."""

    def __init__(self) -> None:
        self.way = "plain"
        self.encodings: list[str] = []
        self.done = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def write(self, out: Any) -> None:
        match self.way:
            case "drip":
                out.write(_HEAD % 200 + b"Content-Length: 1000000\r\n\r\n")
                self._drip(out, b" ")
            case "drip of an error":
                out.write(_HEAD % 500 + b"Content-Length: 1000000\r\n\r\n")
                self._drip(out, b" ")
            case "drip of chunks":
                out.write(_HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\n")
                self._drip(out, b"1\r\n \r\n")
            case "drip of headers":
                out.write(_HEAD % 200)
                self._drip(out, b"X: y\r\n")
            case "endless":
                out.write(_HEAD % 200 + b"Connection: close\r\n\r\n")
                while not self.done.is_set():
                    out.write(b" " * 65_536)
            case "endless error":
                out.write(_HEAD % 500 + b"Connection: close\r\n\r\n")
                while not self.done.is_set():
                    out.write(b" " * 65_536)
            case "bomb" | "bomb in a bomb" | "bomb unasked":
                body = _bomb()
                coding = b"gzip"
                if self.way == "bomb in a bomb":
                    body, coding = gzip.compress(body), b"gzip, gzip"
                if self.way == "bomb unasked":
                    coding = b"br"
                _whole(out, body, coding)
            case "gzip":
                _whole(out, gzip.compress(_CHAT[:9]) + gzip.compress(_CHAT[9:]), b"gzip")
            case "deflate":
                _whole(out, zlib.compress(_CHAT), b"deflate")
            case "bare deflate":
                _whole(out, zlib.compress(_CHAT)[2:-4], b"deflate")
            case "gzip twice":
                _whole(out, gzip.compress(gzip.compress(_CHAT)), b"gzip, gzip")
            case "gzip with an end":
                _whole(out, gzip.compress(_CHAT) + b"\0\0\0", b"x-gzip")
            case "no gzip":
                _whole(out, _CHAT, b"gzip")
            case _:
                _whole(out, _CHAT, b"identity")

    def _drip(self, out: Any, drop: bytes) -> None:
        while not self.done.wait(0.1):
            out.write(drop)
            out.flush()

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()


def _whole(out: Any, body: bytes, coding: bytes) -> None:
    out.write(_HEAD % 200 + b"Content-Encoding: %s\r\nContent-Length: " % coding)
    out.write(str(len(body)).encode() + b"\r\n\r\n" + body)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            server.encodings.append(self.headers["Accept-Encoding"])
            with contextlib.suppress(OSError):
                server.write(self.wfile)
            self.close_connection = server.way not in ("plain", "gzip", "deflate")

        def log_message(self, *_: object) -> None:
            return

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


def ask(server: Server, adapter: str, name: str, **settings: object) -> str:
    made = adapter_class(adapter)(name, {"base_url": server.url, "timeout": 30, **settings})
    try:
        picture = Picture(b"png", "image/png", 4, 4, "0" * 64)
        return made.ask(Request("Where?", picture if adapter == "moondream" else None)).text
    finally:
        made.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("adapter", "name"), MODELS)
@pytest.mark.parametrize("way", ["drip", "drip of an error", "drip of chunks", "drip of headers"])
def test_a_drip_ends(way: str, adapter: str, name: str, server: Server) -> None:
    server.way = way
    began = time.monotonic()
    with pytest.raises(RetryLater, match=r"within 0\.6 s") as caught:
        ask(server, adapter, name, total_timeout=0.6)
    assert time.monotonic() - began < 20
    assert not caught.value.refused  # it may have been computed


@pytest.mark.parametrize(("adapter", "name"), MODELS)
@pytest.mark.parametrize("way", ["endless", "endless error", "bomb", "bomb in a bomb"])
def test_a_body_has_an_end(way: str, adapter: str, name: str, server: Server) -> None:
    server.way = way
    with pytest.raises(GiveUp, match="max_reply_mb") as caught:
        ask(server, adapter, name, max_reply_mb=2)
    assert not caught.value.refused


def test_a_packing_that_was_not_asked_for_is_no_answer(server: Server) -> None:
    server.way = "bomb unasked"
    with pytest.raises(AskError):
        ask(server, "openai", "gpt-4o")
    assert server.encodings == ["gzip, deflate"]


@pytest.mark.parametrize(
    "way", ["plain", "gzip", "deflate", "bare deflate", "gzip twice", "gzip with an end"]
)
def test_packed_answers_are_read(way: str, server: Server) -> None:
    server.way = way
    assert ask(server, "openai", "gpt-4o") == "caf\u00e9 (1, 2)"


def test_what_is_not_packed_as_it_says_is_asked_again(server: Server) -> None:
    server.way = "no gzip"
    with pytest.raises(RetryLater):
        ask(server, "openai", "gpt-4o")


_MEASURE = """
import resource, sys
from pointbench.adapters.protocol import Picture, Request
from pointbench.adapters.registry import adapter_class
from pointbench.errors import GiveUp

adapter, name, url = sys.argv[1:]
made = adapter_class(adapter)(name, {"base_url": url})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture = Picture(b"png", "image/png", 4, 4, "0" * 64)
try:
    made.ask(Request("Where?", picture if adapter == "moondream" else None))
except GiveUp as error:
    assert "larger than 32 MB" in str(error), error
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
@pytest.mark.parametrize(("adapter", "name"), [MODELS[0], MODELS[2], MODELS[4]])
@pytest.mark.parametrize("way", ["endless", "bomb"])
def test_no_answer_takes_more_memory_than_its_limit_allows(
    way: str, adapter: str, name: str, server: Server
) -> None:
    server.way = way
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, adapter, name, server.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert measured.returncode == 0, measured.stderr
    # Its pieces and what the interpreter needs besides: less than three times the limit.
    assert int(measured.stdout) * 1024 < 3 * 32_000_000
