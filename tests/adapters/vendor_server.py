"""A loopback HTTP server that gives scripted answers and keeps every request it received.

`pointbench.testing.vendors` is another server: it behaves as the vendors do, looks at the pictures
and finds the mark, and is public. This one has no behavior of its own, so a test can script any
answer, even a broken one, and compare the requests byte for byte.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One answer of the server: JSON, unless ``body`` is bytes."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


Script = Callable[[Received], Answer]


class VendorServer:
    """Answers by a script; ``received`` holds every request, in order."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.script: Script = lambda request: Answer({}, 500)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def answers(self, *answers: Any, **fields: Any) -> None:
        """Gives these answers in turn, then repeats the last one forever; keywords are `Answer`'s."""
        queue = [
            answer if isinstance(answer, Answer) else Answer(answer, **fields) for answer in answers
        ]
        lock = threading.Lock()

        def script(request: Received) -> Answer:
            with lock:
                return queue.pop(0) if len(queue) > 1 else queue[0]

        self.script = script

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler(owner: VendorServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.command, self.path, headers, self.rfile.read(length))
            owner.received.append(request)
            answer = owner.script(request)
            time.sleep(answer.after_s)
            raw = isinstance(answer.body, bytes)
            body = answer.body if raw else json.dumps(answer.body).encode()
            try:
                self.send_response(answer.status)
                if "content-type" not in {name.lower() for name in answer.headers}:
                    self.send_header("content-type", "application/json")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                return

        do_GET = do_POST = _answer  # noqa: N815 - http.server's names

        def log_message(self, *args: Any) -> None:
            return

    return Handler


@contextmanager
def vendor_server() -> Iterator[VendorServer]:
    server = VendorServer()
    try:
        yield server
    finally:
        server.close()
