"""Asks the planned trials: blocking adapters in threads, one adapter a worker, one journal."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request, Truth
from pointbench.engine.answers import (
    Reading,
    error_fields,
    reply_record,
    sent_record,
    storable_text,
    trial_fields,
)
from pointbench.engine.journal import Journal
from pointbench.engine.limits import Pace, backoff
from pointbench.errors import GiveUp, OutOfCredit, Retired, RetryLater
from pointbench.geometry import Shift, Size
from pointbench.profiles import Profile
from pointbench.settings import blot
from pointbench.suites import AskedTarget, one_line
from pointbench.trials import Record, ShiftRecord, Trial

GRACE_S = 10.0
"""Seconds that answers on their way are given to land when a run is interrupted."""

BREAKER_ERRORS = 10
"""A model that gives so many errors in a row, and nothing else, is asked no more."""

_BATCH = 512
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Ask:
    """One trial with what its asking and judging need."""

    trial: Trial
    target: AskedTarget


PictureOf = Callable[[AskedTarget, Size | None, ShiftRecord | None], Picture]
"""Prepares a screenshot; the size is the picture's as sent."""

PriceOf = Callable[[Reply], float | None]
"""Dollars for a reply, None where unknown."""


@dataclass
class Lane:
    """One model's part of a run: what is still to ask, how fast, and whether it was stopped."""

    label: str
    profile: Profile
    sampling: dict[str, Any]
    make_adapter: Callable[[], Adapter]
    asks: Iterator[Ask]
    workers: int
    attempts: int
    pace: Pace
    sent_size: Callable[[AskedTarget], Size | None]
    price: PriceOf
    sees_truth: bool = False
    """True for a simulated model: its requests carry the right answer."""
    stopped: str | None = None
    """Why the model is asked no more, for a person; None while it is."""
    errors_in_a_row: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> Ask | None:
        with self.lock:
            return None if self.stopped else next(self.asks, None)

    def note(self, outcome: str, message: str) -> None:
        """Count errors in a row; ten with nothing between them stop the model."""
        with self.lock:
            self.errors_in_a_row = self.errors_in_a_row + 1 if outcome == "error" else 0
            if self.errors_in_a_row >= BREAKER_ERRORS and self.stopped is None:
                self.stopped = f"{self.errors_in_a_row} errors in a row, the last: {message}"

    def stop(self, reason: str) -> None:
        with self.lock:
            self.stopped = self.stopped or reason


class Watcher(Protocol):
    """Who is told what happens; called from the thread that runs `run_lanes`."""

    def done(self, records: list[Record]) -> None: ...

    def waiting(self, label: str, seconds: float, reason: str) -> None: ...


class _Waiting:
    """Passed through the queue beside records, so that a person hears why nothing moves."""

    def __init__(self, label: str, seconds: float, reason: str) -> None:
        self.label, self.seconds, self.reason = label, seconds, reason


def run_lanes(
    lanes: list[Lane],
    journal: Journal,
    picture_of: PictureOf,
    watcher: Watcher,
    stop: threading.Event,
    secrets: tuple[str, ...] = (),
    grace_s: float = GRACE_S,
) -> None:
    """Ask every lane's trials until none is left, or until ``stop`` is set.

    Records count, and are shown to ``watcher``, once the journal has them on disk. When the journal
    fails, every lane stops and its error is raised.
    """
    # Bounded, so that a slow disk slows the asking instead of filling the memory.
    landed: queue.Queue[Record | _Waiting] = queue.Queue(maxsize=4 * _BATCH)
    asker = _Asker(landed, picture_of, stop, secrets)
    threads = [
        threading.Thread(target=asker.work, args=(lane,), daemon=True, name=lane.label)
        for lane in lanes
        for _ in range(lane.workers)
    ]
    for thread in threads:
        thread.start()
    deadline: float | None = None
    try:
        while True:
            alive = any(thread.is_alive() for thread in threads)
            batch = _drain(landed, wait_s=0.1 if alive else 0.0)
            _store(batch, journal, watcher)
            if not alive and not batch:
                return
            if stop.is_set():
                deadline = deadline or time.monotonic() + grace_s
                if time.monotonic() > deadline:
                    return
    finally:
        stop.set()
        asker.abandoned.set()


def _drain(landed: queue.Queue[Record | _Waiting], wait_s: float) -> list[Record | _Waiting]:
    batch: list[Record | _Waiting] = []
    with suppress(queue.Empty):
        batch.append(landed.get(timeout=wait_s) if wait_s else landed.get_nowait())
        while len(batch) < _BATCH:
            batch.append(landed.get_nowait())
    return batch


def _store(batch: list[Record | _Waiting], journal: Journal, watcher: Watcher) -> None:
    records = [item for item in batch if isinstance(item, Record)]
    if records:
        journal.append(records)
        watcher.done(records)
    for item in batch:
        if isinstance(item, _Waiting):
            watcher.waiting(item.label, item.seconds, item.reason)


class _Asker:
    def __init__(
        self,
        landed: queue.Queue[Record | _Waiting],
        picture_of: PictureOf,
        stop: threading.Event,
        secrets: tuple[str, ...],
    ) -> None:
        self._landed = landed
        self._picture_of = picture_of
        self._stop = stop
        self._secrets = secrets
        self.abandoned = threading.Event()

    def work(self, lane: Lane) -> None:
        """One worker: make an adapter, ask until nothing is left or the run stops."""
        draw = random.Random()  # noqa: S311 - waiting times, not secrets
        try:
            adapter = lane.make_adapter()
        except Exception as error:  # noqa: BLE001 - third-party code may raise anything
            lane.stop(f"its adapter cannot be made: {self._message(error)}")
            return
        reading = Reading.of(lane.profile)
        try:
            while not self._stop.is_set():
                ask = lane.take()
                if ask is None:
                    return
                record = self._ask(lane, adapter, ask, reading, draw)
                if record is None:
                    return
                message = record.error.message if record.error else ""
                lane.note(record.outcome, message)
                self._put(record)
        finally:
            close = getattr(adapter, "close", None)
            if callable(close):
                with suppress(Exception):
                    close()

    def _ask(
        self, lane: Lane, adapter: Adapter, ask: Ask, reading: Reading, draw: random.Random
    ) -> Record | None:
        """The record of one trial; None when the run stopped before there was an answer."""
        attempt = 0
        picture: Picture | None = None
        while True:
            if not lane.pace.wait():
                return None
            attempt += 1
            started_at = datetime.now(UTC)
            began = time.monotonic()
            try:
                if picture is None:
                    picture = self._picture(lane, ask)
                    began = time.monotonic()
                reply = adapter.ask(self._request(lane, ask, picture))
                latency = time.monotonic() - began
                if not isinstance(reply, Reply) or not isinstance(reply.text, str):
                    raise TypeError(f"the adapter returned {type(reply).__name__}, not a Reply")
                return self._answered(
                    lane, ask, reading, reply, picture, attempt, started_at, latency
                )
            except RetryLater as error:
                if attempt >= lane.attempts:
                    return self._failed(ask, picture, error, attempt, started_at)
                seconds = backoff(attempt, error.after, draw)
                if error.after is not None:
                    lane.pace.hold(seconds)
                self._put(_Waiting(lane.label, seconds, self._message(error)))
                if self._stop.wait(seconds):
                    return None
            except (OutOfCredit, Retired) as error:
                lane.stop(self._message(error))
                return self._failed(ask, picture, error, attempt, started_at)
            except GiveUp as error:
                return self._failed(ask, picture, error, attempt, started_at)
            except Exception as error:  # noqa: BLE001
                # The one broad net: whatever else an adapter raises is a recorded error.
                return self._failed(ask, picture, error, attempt, started_at)

    def _picture(self, lane: Lane, ask: Ask) -> Picture | None:
        if lane.profile.blind:
            return None
        return self._picture_of(ask.target, lane.sent_size(ask.target), ask.trial.shift)

    def _request(self, lane: Lane, ask: Ask, picture: Picture | None) -> Request:
        return Request(
            prompt=ask.trial.prompt,
            picture=picture,
            settings=lane.sampling,
            instruction=ask.trial.instruction,
            system=lane.profile.system,
            seed=ask.trial.seed,
            truth=_truth(ask) if lane.sees_truth else None,
        )

    def _answered(
        self,
        lane: Lane,
        ask: Ask,
        reading: Reading,
        reply: Reply,
        picture: Picture | None,
        attempts: int,
        started_at: datetime,
        latency: float,
    ) -> Record:
        # Blotted before it is read, so that what is stored is what was judged.
        stored = reply_record(reply)
        text = blot(storable_text(reply.text), self._secrets)
        kept = {name: getattr(stored, name) for name in stored.__struct_fields__}
        judged = reading.fields(
            text,
            reply.finish_reason,
            ask.target,
            prompt=ask.trial.prompt,
            sent=None if picture is None else Size(picture.width, picture.height),
            shift=ask.trial.shift,
        )
        return Record(
            **trial_fields(ask.trial),
            **judged,
            sent=sent_record(picture),
            reply=type(stored)(**{**kept, "text": text}),
            latency_s=round(latency, 6),
            attempts=attempts,
            cost_usd=lane.price(reply) if reply.cost_usd is None else reply.cost_usd,
            started_at=_stamp(started_at),
        )

    def _failed(
        self,
        ask: Ask,
        picture: Picture | None,
        error: Exception,
        attempts: int,
        started_at: datetime,
    ) -> Record:
        return Record(
            **trial_fields(ask.trial),
            **error_fields(type(error).__name__, self._message(error)),
            frame=None,
            sent=sent_record(picture),
            reply=None,
            latency_s=None,
            attempts=attempts,
            cost_usd=None,
            started_at=_stamp(started_at),
        )

    def _message(self, error: Exception) -> str:
        text = one_line(storable_text(str(error) or type(error).__name__))
        return blot(text, self._secrets)[:_LONGEST_MESSAGE]

    def _put(self, item: Record | _Waiting) -> None:
        # An answer is paid for: it is given up only when nobody reads the queue any more.
        while not self.abandoned.is_set():
            try:
                self._landed.put(item, timeout=0.5)
                return
            except queue.Full:
                continue


def _truth(ask: Ask) -> Truth:
    shift = ask.trial.shift
    return Truth(
        ask.target.region,
        ask.target.size,
        None if shift is None else Shift(shift.scale, shift.dx, shift.dy),
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
