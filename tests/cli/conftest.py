"""A server that hears what a command sends; tests on the public logs, where their folder is named."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

# POINTBENCH_PUBLIC_LOGS names the folder of the public logs.
# Not collected, instead of skipped: a run without the public files does not mention them.
collect_ignore_glob = [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["test_public_*.py"]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that keeps every request, headers and body, and answers nothing useful."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            heard.append(f"{self.headers}{body!r}")
            self.send_response(400)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1", heard
    server.shutdown()
    server.server_close()
