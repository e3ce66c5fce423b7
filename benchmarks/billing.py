"""Holds ``--max-cost`` to what a server bills, whatever becomes of its answers.

The server bills every request when it has read it, as a vendor does, and then fails in one way. A run
with a limit is started and resumed until it stops by itself; the sum billed must not pass the limit.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from benchmarks.screens import draw_suite

INPUT_TOKENS = 500
OUTPUT_TOKENS = 100
"""Tokens of every answer: all that its limit allows."""
PRICE = {"input": 100.0, "output": 1000.0}
"""Dollars per million tokens."""
BILLED_USD = (INPUT_TOKENS * PRICE["input"] + OUTPUT_TOKENS * PRICE["output"]) / 1e6
TIMEOUT_S = 0.5

_USAGE = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS}


def _answer(**changed: object) -> dict[str, object]:
    message = {"role": "assistant", "content": '{"x": 300, "y": 200}'}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"model": "paid", "choices": [choice], "usage": _USAGE, **changed}


_ABORTED = [{"message": {"role": "assistant", "content": ""}, "finish_reason": "abort"}]
_ERROR = {"message": "upstream failed", "code": 502}

BODIES: Mapping[str, tuple[int, object]] = {
    "an error in a 200": (200, {"error": _ERROR}),
    "an error in a 200 with usage": (200, {"error": _ERROR, "usage": _USAGE}),
    "a refusal in a 200": (200, {"error": {"message": "bad request", "code": 400}}),
    "too fast in a 200": (200, {"error": {"message": "try again in 1 ms", "code": 429}}),
    "no choice, with usage": (200, {"choices": [], "usage": _USAGE}),
    "no usage": (200, _answer(usage=None)),
    "usage in half": (200, _answer(usage={"prompt_tokens": INPUT_TOKENS})),
    "a cost of 0": (200, _answer(usage={**_USAGE, "cost": 0})),
    "a cost of true": (200, _answer(usage={**_USAGE, "cost": True})),
    "only a fee": (200, _answer(usage={**_USAGE, "cost": 0, "is_byok": True})),
    "broken off": (200, _answer(choices=_ABORTED)),
    "broken off without usage": (200, _answer(choices=_ABORTED, usage=None)),
    "another shape": (200, ["what is this?"]),
    "a policy": (400, {"error": {"message": "no", "code": "content_filter"}}),
    **{
        str(status): (status, {"error": {"message": "failed"}})
        for status in (408, 500, 501, 502, 503, 504, 520, 524, 529)
    },
}
"""Name -> status and body of the failing half of the requests."""

WAYS = ("a cut body", "silence", "a reset", "a web page", "a drip")
"""Failures that need more than a status and a body."""

CASES = ("answers", *BODIES, *WAYS)

REFUSALS = (400, 401, 403, 404, 409, 422, 429)
"""Statuses of requests that no server bills."""


class BillingServer:
    """A chat endpoint on 127.0.0.1, as a context manager, that bills what it reads.

    Every second request fails in the way that ``case`` names, of `CASES` or of `REFUSALS`.
    """

    def __init__(self, case: str | int) -> None:
        self.case = case
        self.requests = 0
        self.billed = 0.0
        """Dollars."""
        self.sent: list[dict[str, object]] = []
        """The bodies of the requests."""
        self.model = "paid"
        """What it calls its model."""
        self.cost: float | None = None
        """Dollars that its plain answers report; None for none."""
        self.lock = threading.Lock()
        self._done = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> BillingServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._server.shutdown()
        self._server.server_close()

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.requests += 1
            fails = self.requests % 2 == 0
            if not (fails and isinstance(self.case, int)):
                self.billed += BILLED_USD
        usage = _USAGE if self.cost is None else {**_USAGE, "cost": self.cost}
        if not fails or self.case == "answers":
            _send(handler, 200, _answer(model=self.model, usage=usage))
        elif isinstance(self.case, int):
            _send(handler, self.case, {"error": {"message": "refused"}})
        elif self.case in BODIES:
            _send(handler, *BODIES[self.case])
        else:
            self._fail(handler)

    def _fail(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(_answer()).encode()
        handler.close_connection = True
        match self.case:
            case "silence":
                self._done.wait(4 * TIMEOUT_S)
            case "a web page":
                _send(handler, 200, "<html>busy</html>", "text/html")
            case "a cut body":
                _head(handler, len(body))
                handler.wfile.write(body[: len(body) // 2])
            case "a drip":
                _head(handler, len(body) + 1_000_000)
                began = time.monotonic()
                while time.monotonic() < began + 60 and not self._done.wait(TIMEOUT_S / 5):
                    handler.wfile.write(b" ")
                    handler.wfile.flush()


def _head(handler: BaseHTTPRequestHandler, length: int, kind: str = "application/json") -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: object, kind: str = "application/json"
) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)


def _handler(server: BillingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.sent.append(body)
            try:
                server.reply(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    return Handler


@dataclass(frozen=True)
class Bill:
    """What a server billed for all sittings of a run with a spending limit."""

    case: str | int
    """Of `CASES`, or a status of `REFUSALS`."""
    limit: float
    billed: float
    known: float
    """Dollars, as run.json has them."""
    at_most: float
    requests: int
    sittings: int

    @property
    def sound(self) -> bool:
        """Whether the limit held, and run.json counts no less than what was billed."""
        tiny = 1e-9
        return self.billed <= self.limit + tiny and self.billed <= self.at_most + tiny


RunCommand = Callable[[list[str]], int]
"""Runs ``pointbench`` with these arguments in the folder; the exit status."""


def bill_of(
    folder: Path, case: str, run: RunCommand, *, calls: int = 12, sittings: int = 3
) -> Bill:
    """Ask with a limit of ``calls`` answers, then resume under the same limit until ``sittings`` are over."""
    limit = calls * BILLED_USD
    draw_suite(folder, "bills", screenshots=2, each=30, size=(640, 360), kilobytes=4)
    with BillingServer(case) as server:
        price = "{" + ", ".join(f"{name} = {dollars}" for name, dollars in PRICE.items()) + "}"
        (folder / "pointbench.toml").write_text(
            f'[models.paid]\nmodel = "openai/paid"\nbase_url = "{server.url}"\nprofile = "pixel"\n'
            f"max_tokens = {OUTPUT_TOKENS}\nprice = {price}\nretries = 0\nconcurrency = 4\n"
            f"timeout = {TIMEOUT_S}\ntotal_timeout = {3 * TIMEOUT_S}\n"
        )
        command = [
            "run",
            "-m",
            "paid",
            "-s",
            "bills",
            "--data",
            str(folder),
            "--name",
            "bill",
            "-q",
        ]
        run([*command, "--max-cost", str(limit)])
        for _ in range(sittings - 1):
            run(["run", "--resume", "bill", "-q"])
        info = json.loads((folder / "results" / "bill" / "run.json").read_bytes())
        spent = info["spent"]["paid"]
        return Bill(
            case=case,
            limit=limit,
            billed=server.billed,
            known=spent["known_usd"],
            at_most=spent["at_most_usd"],
            requests=server.requests,
            sittings=sittings,
        )
