"""A server that points as a test says: by instruction, with a latency and with faults for each."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.conftest import DataRoot

SIDE = 40
COLUMNS = 16

Answer = Callable[[int], bool | None]
"""Target's number -> whether it is hit; None for an error that no retry mends."""


def grid_suite(
    root: DataRoot, targets: int, name: str = "grid", *, apps: int = 4, absent: int = 0
) -> None:
    """A suite of so many squares, which instructions number through: ``Click square 17.``"""
    boxes = [
        {
            "id": f"t{number:04d}",
            "instruction": f"Click square {number}.",
            "box": [
                SIDE * (number % COLUMNS) + 4,
                SIDE * (number // COLUMNS) + 4,
                SIDE * (number % COLUMNS) + 36,
                SIDE * (number // COLUMNS) + 36,
            ],
            "kind": "icon" if number % 2 else "text",
            "app": f"app{number % apps}",
        }
        for number in range(targets)
    ]
    gone = [
        {"id": f"gone{number}", "instruction": "Click the moon.", "absent": True}
        for number in range(absent)
    ]
    rows = -(-targets // COLUMNS)
    root.screenshot(name, "shot", [*boxes, *gone], size=(SIDE * COLUMNS, SIDE * rows + SIDE))


@dataclass
class PointerServer:
    """An OpenAI-compatible server on loopback, as a context manager.

    ``answers`` says how each target is answered, ``latency`` how long that takes, ``served`` who answers,
    by the number of the request.
    """

    answers: Answer
    latency: Callable[[int], float] = lambda _: 0.0
    served: Callable[[int], str] = lambda _: "pointer-1"
    requests: int = 0
    asked: Counter[int] = field(default_factory=Counter)
    """Target's number -> requests for it."""
    order: list[int] = field(default_factory=list)

    def __enter__(self) -> PointerServer:
        outer = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                found = re.search(rb"Click square (\d+)\.", body)
                number = int(found[1]) if found else -1
                with lock:
                    request = outer.requests
                    outer.requests += 1
                    outer.asked[number] += 1
                    outer.order.append(number)
                time.sleep(outer.latency(number))
                hit = outer.answers(number)
                if hit is None:
                    self._send(400, {"error": {"message": "this picture is too large"}})
                    return
                x = SIDE * (number % COLUMNS) + 20
                y = SIDE * (number // COLUMNS) + 20 if hit else 0
                text = json.dumps({"x": x, "y": y})
                self._send(
                    200,
                    {
                        "id": f"r{request}",
                        "object": "chat.completion",
                        "created": 0,
                        "model": outer.served(request),
                        "choices": [
                            {
                                "index": 0,
                                "message": {"role": "assistant", "content": text},
                                "finish_reason": "stop",
                            }
                        ],
                        "usage": {
                            "prompt_tokens": 100,
                            "completion_tokens": 10,
                            "total_tokens": 110,
                        },
                    },
                )

            def _send(self, status: int, content: Mapping[str, Any]) -> None:
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configure(self, folder: Path, name: str = "pointer", **settings: str) -> None:
        """Write a pointbench.toml in which ``name`` stands for the model of this server."""
        port = self._server.server_address[1]
        entries = {
            "model": '"openai/pointer"',
            "base_url": f'"http://127.0.0.1:{port}/v1"',
            "profile": '"pixel"',
            "retries": "0",
            "price": "{input = 100, output = 1000}",
            "max_tokens": "100",
            **settings,
        }
        lines = [f"{name} = {value}" for name, value in entries.items()]
        (folder / "pointbench.toml").write_text("\n".join([f"[models.{name}]", *lines]) + "\n")


def replies(
    folder: Path, targets: int, hit: Callable[[int], bool | None], *, repeats: int = 1
) -> Path:
    """A file of points for ``pointbench score``: the stored run's answers."""
    lines = []
    for repeat in range(repeats):
        for number in range(targets):
            found = hit(number + targets * repeat)
            line: dict[str, Any] = {"target": f"t{number:04d}", "model": "openai/pointer-old"}
            if found is None:
                line["error"] = "no answer"
            else:
                y = SIDE * (number // COLUMNS) + 20 if found else 0
                line["point"] = [SIDE * (number % COLUMNS) + 20, y]
            lines.append(json.dumps(line))
    path = folder / "replies.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path
