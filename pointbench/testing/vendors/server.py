"""The loopback server: every vendor on one port, each below its own path."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from pointbench.testing.vendors.anthropic import Messages
from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.families import Family
from pointbench.testing.vendors.faults import CLEAR, Fault, Script, Throttle, Weather
from pointbench.testing.vendors.google import GenerateContent
from pointbench.testing.vendors.http import Connection, HttpResponse, RequestHead
from pointbench.testing.vendors.moondream import PointEndpoint
from pointbench.testing.vendors.openai_chat import ChatCompletions
from pointbench.testing.vendors.openai_responses import Responses
from pointbench.testing.vendors.replicate import Predictions
from pointbench.testing.vendors.sight import Unseen
from pointbench.testing.vendors.wire import Mind, Wire, bearer, checked_key

BASES: Mapping[str, str] = {
    "openai": "/openai/v1",
    "compatible": "/compatible/v1",
    "anthropic": "/anthropic",
    "google": "/google/v1beta",
    "moondream": "/moondream/v1",
    "station": "/station/v1",
    "replicate": "/replicate/v1",
}
"""Vendor -> the path of its base address, as its SDK expects it.

``compatible`` is a self-hosted OpenAI-compatible server: no key, no strictness. ``station`` is
Moondream's local server, which reports errors with status 200.
"""

MODEL_LISTS = frozenset({"/openai/v1/models", "/anthropic/v1/models", "/google/v1beta/models"})
"""Paths of the lists of models, which are asked with GET."""

_STATUSES = {"500": 500, "503": 503, "504": 504, "529": 529, "408": 408, "403": 403, "413": 413}
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class Vendors:
    """The vendors on 127.0.0.1, in a thread of this process, as a context manager::

        with Vendors(latency=0.05) as server:
            os.environ["OPENAI_BASE_URL"] = server.base_url("openai")
            server.play("openai", "429-seconds", None, "reset")
            ...
            assert server.log[0].headers["authorization"] == "Bearer my-key"

    ``latency`` is in seconds, from a request's last byte to the reply's first; ``latencies`` is the
    same for models whose name contains a text. ``weather`` makes requests fail at random, `play` the
    next ones in order. ``throttle`` is requests per second per vendor; more are answered 429.
    ``families`` defines how additional models see and answer, ``keys`` which key a vendor accepts
    (any non-empty one if it is not listed), ``polls`` how often a Replicate prediction has to be
    polled. ``log`` keeps every request, with its pictures by digest. ``models`` is what the lists of
    models of OpenAI, Anthropic and Google name: vendor -> model -> the ISO date on which it is retired,
    or None.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency: float = 0.0,
        latencies: Mapping[str, float] | None = None,
        weather: Weather = CLEAR,
        throttle: float | None = None,
        families: Sequence[Family] = (),
        keys: Mapping[str, str] | None = None,
        polls: int = 2,
        log: bool = True,
        models: Mapping[str, Mapping[str, str | None]] | None = None,
    ) -> None:
        self.port = port
        self.log: list[Call] = []
        self.count = 0
        """Requests that arrived completely, including those that are not logged."""
        self._latency = latency
        self._latencies = dict(latencies or {})
        self._script = Script(weather)
        self._throttle = throttle
        self._throttles: dict[str, Throttle] = {}
        self._keeps_log = log
        self._models = dict(models or {})
        mind = self._mind = Mind(families, dict(keys or {}))
        self._wires: dict[tuple[str, str], Wire] = {
            ("openai", "chat/completions"): ChatCompletions(mind),
            ("openai", "responses"): Responses(mind),
            ("compatible", "chat/completions"): ChatCompletions(mind, lenient=True),
            ("compatible", "responses"): Responses(mind, lenient=True),
            ("anthropic", "messages"): Messages(mind),
            ("google", "models"): GenerateContent(mind),
            ("moondream", "point"): PointEndpoint(mind),
            ("moondream", "detect"): PointEndpoint(mind, boxes=True),
            ("moondream", "chat/completions"): ChatCompletions(mind),
            ("station", "point"): PointEndpoint(mind, station=True),
            ("station", "detect"): PointEndpoint(mind, station=True, boxes=True),
            ("replicate", ""): Predictions(mind, polls),
        }
        self._live: set[Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._eyes = ThreadPoolExecutor(2, thread_name_prefix="vendors-sight")
        self._done: asyncio.Event | None = None

    # --- for tests ----------------------------------------------------------------------------

    def base_url(self, vendor: str) -> str:
        """The vendor's base address, for its ``_BASE_URL`` variable or setting."""
        return f"http://127.0.0.1:{self.port}{BASES[vendor]}"

    def play(self, vendor: str, *faults: Fault | str | None) -> None:
        """Set the faults of the next requests to a vendor, in order; None is a plain answer."""
        self._script.add(vendor, faults)

    def calls(self, vendor: str | None = None, faults: Iterable[str] | None = None) -> list[Call]:
        """The log so far: all of it, or only one vendor's requests, or those with certain faults."""
        kinds = None if faults is None else set(faults)
        return [
            call
            for call in list(self.log)
            if (vendor is None or call.vendor == vendor) and (kinds is None or call.fault in kinds)
        ]

    def __enter__(self) -> Vendors:
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.serve(ready)), daemon=True, name="vendors"
        )
        self._thread.start()
        if not ready.wait(30):
            raise RuntimeError("the loopback server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Drop every connection and stop. Call it from another thread."""
        self.end()
        if self._thread is not None:
            self._thread.join(10)
        self._eyes.shutdown(wait=True, cancel_futures=True)

    def end(self) -> None:
        """Ask `serve` to return, without waiting for it."""
        if self._loop is not None and self._done is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._done.set)

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serve until `stop`; the port is known once ``ready`` is set."""
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        server = await self._loop.create_server(
            lambda: Connection(self._handle, self._live), "127.0.0.1", self.port, backlog=1024
        )
        self.port = server.sockets[0].getsockname()[1]
        if ready is not None:
            ready.set()
        await self._done.wait()
        server.close()
        for connection in list(self._live):
            if connection.transport is not None:
                connection.transport.abort()
        # One more turn of the loop lets the tasks of the connections notice that they are canceled.
        await asyncio.sleep(0)

    # --- one request --------------------------------------------------------------------------

    async def _handle(self, head: RequestHead, raw: bytes, at: float) -> HttpResponse:
        call = self._call(head, raw, at)
        fault = self._script.take(call.vendor, call.number)
        call.fault = fault.kind if fault else None
        reply = await self._reply(call, fault, at)
        call.answer = reply.answer
        if reply.answer is not None:
            call.status = reply.answer.status
        call.forget_bytes()
        delay = self._delay(call) - (time.monotonic() - at)
        if delay > 0:
            await asyncio.sleep(delay)
        return reply

    def _call(self, head: RequestHead, raw: bytes, at: float) -> Call:
        parts = urlsplit(head.target)
        vendor, _, path = parts.path.lstrip("/").partition("/")
        number, self.count = self.count, self.count + 1
        call = Call(
            number, vendor, head.method, f"/{path}", dict(parse_qsl(parts.query)), head.headers, raw
        )
        call.arrived = at
        if "json" in head.headers.get("content-type", "") and raw:
            try:
                call.body = json.loads(raw)
            except ValueError:
                call.body = None
        if self._keeps_log:
            self.log.append(call)
        return call

    def _delay(self, call: Call) -> float:
        model = call.model or ""
        return next((s for name, s in self._latencies.items() if name in model), self._latency)

    async def _reply(self, call: Call, fault: Fault | None, at: float) -> HttpResponse:
        if call.method == "GET" and f"/{call.vendor}{call.path}" in MODEL_LISTS:
            return HttpResponse(self._model_list(call))
        wire = self._wire(call)
        if wire is None:
            return HttpResponse(VendorResponse(404, b'{"error": "no such address"}'))
        if self._throttle is not None:
            throttle = self._throttles.setdefault(call.vendor, Throttle(self._throttle))
            wait = throttle.wait_s(at)
            if wait:
                call.fault = "throttled"
                return _later(wire, call, Fault("429-ms", wait))
        kind = fault.kind if fault else None
        if fault is not None and kind is not None:
            broken = _broken(wire, call, fault)
            if broken is not None:
                return broken
        answer = await self._answer(wire, call, kind)
        if fault is None:
            return HttpResponse(answer)
        return HttpResponse(
            answer,
            share=0.5 if kind in ("half-body", "half-chunks") else 1.0,
            slow_s=fault.after if kind == "slow" else 0.0,
            chunked=kind in ("chunked", "half-chunks"),
        )

    def _model_list(self, call: Call) -> VendorResponse:
        """The vendor's list of models, in pages of two where its protocol has pages."""
        headers = call.headers
        key = headers.get("x-api-key") or headers.get("x-goog-api-key")
        try:
            checked_key(call, self._mind, key or bearer(call))
        except Refused as refused:
            return as_json({"error": {"message": refused.message}}, refused.status)
        dates = self._models.get(call.vendor, {})
        names = list(dates)
        if call.vendor == "openai":
            data = [{"id": name, "object": "model", "shutdown_date": dates[name]} for name in names]
            return as_json({"object": "list", "data": data})
        if call.vendor == "anthropic":
            after = call.query.get("after_id")
            page = names[names.index(after) + 1 if after else 0 :][:2]
            entries = [
                {
                    "id": name,
                    "type": "model",
                    "lifecycle": "deprecated" if dates[name] else "active",
                    "retires_at": dates[name] and f"{dates[name]}T00:00:00Z",
                }
                for name in page
            ]
            more = bool(page) and page[-1] != names[-1]
            return as_json(
                {"data": entries, "has_more": more, "last_id": page[-1] if page else None}
            )
        start = int(call.query.get("pageToken", 0))
        listed = [
            {"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]}
            for name in names[start : start + 2]
        ]
        token = {"nextPageToken": str(start + 2)} if start + 2 < len(names) else {}
        return as_json({"models": listed, **token})

    def _wire(self, call: Call) -> Wire | None:
        base = BASES.get(call.vendor)
        full = f"/{call.vendor}{call.path}"
        if base is None or not full.startswith(f"{base}/"):
            return None
        rest = full[len(base) + 1 :]
        if call.vendor == "anthropic":
            rest = rest.removeprefix("v1/")
        if call.vendor == "replicate":
            rest = ""
        elif call.vendor == "google":
            rest = rest.partition("/")[0]
        if call.method != "POST" and call.vendor != "replicate":
            return None
        return self._wires.get((call.vendor, rest))

    async def _answer(self, wire: Wire, call: Call, turn: str | None) -> VendorResponse:
        assert self._loop is not None
        while True:
            call.pictures.clear()
            try:
                return wire.answer(call, turn)
            except Unseen as unseen:
                # Decoding takes milliseconds; a thread does it, so other connections continue.
                await self._loop.run_in_executor(self._eyes, unseen.look)
            except Refused as refused:
                return wire.error(refused, call)


def _broken(wire: Wire, call: Call, fault: Fault) -> HttpResponse | None:
    """The reply of a fault that needs no answer; None if the fault affects an answer."""
    kind = fault.kind
    if kind.startswith("429"):
        return _later(wire, call, fault)
    if kind in _STATUSES:
        status = _STATUSES[kind]
        words = {529: "Overloaded", 503: "The server is busy.", 403: "Forbidden."}
        refused = Refused(status, "error", words.get(status, "Something went wrong."))
        return HttpResponse(wire.error(refused, call))
    match kind:
        case "502":
            return HttpResponse(VendorResponse(502, _PAGE, content_type="text/html"))
        case "html":
            return HttpResponse(VendorResponse(200, _PAGE, content_type="text/html; charset=utf-8"))
        case "garbage":
            return HttpResponse(VendorResponse(200, b'{"choices": [{"mess\x00\xff'))
        case "empty-body":
            return HttpResponse(VendorResponse(200, b""))
        case "200-error":
            answer = wire.error(Refused(500, "server_error", "Provider returned error"), call)
            return HttpResponse(VendorResponse(200, answer.body))
        case "reset":
            return HttpResponse()
        case "hang":
            return HttpResponse(hang_s=fault.after if fault.after >= 1 else 3600.0)
        case "401-echo":
            key = call.headers.get("authorization") or ", ".join(
                value for name, value in call.headers.items() if "key" in name or "auth" in name
            )
            refused = Refused(401, "invalid_api_key", f"Incorrect API key provided: {key}.")
            return HttpResponse(wire.error(refused, call))
        case "404":
            name = (call.body or {}).get("model", "") if isinstance(call.body, dict) else ""
            refused = Refused(404, "model_not_found", f"The model `{name}` does not exist.")
            return HttpResponse(wire.error(refused, call))
        case "no-credit":
            return HttpResponse(wire.error(wire.no_credit(), call))
    return None


def _later(wire: Wire, call: Call, fault: Fault) -> HttpResponse:
    """429, with the wait in the form that the fault names."""
    seconds = fault.after
    extra: tuple[tuple[str, str], ...] = ()
    match fault.kind:
        case "429-seconds":
            extra = (("retry-after", str(math.ceil(seconds))),)
        case "429-ms":
            extra = (("retry-after-ms", str(math.ceil(seconds * 1000))),)
        case "429-date":
            # A date has whole seconds only, so it is up to one second later.
            moment = datetime.now(UTC) + timedelta(seconds=math.ceil(seconds))
            extra = (("retry-after", format_datetime(moment, usegmt=True)),)
    refused = wire.later(seconds if fault.kind == "429-sentence" else None)
    return HttpResponse(wire.error(refused, call), extra=extra)
