"""One trial asked: attempts, waits, and the record of what came of it."""

from __future__ import annotations

import queue
import random
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request, Truth
from pointbench.engine.answers import (
    ReplyReader,
    checked_reply,
    error_fields,
    reply_record,
    sent_record,
    storable_text,
    trial_fields,
)
from pointbench.engine.asking.budget import Reservation
from pointbench.engine.asking.limits import backoff
from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture, WorkItem
from pointbench.engine.log import EventLog
from pointbench.engine.planning.costs import most_tokens
from pointbench.errors import GiveUp, OutOfCredit, Retired, RetryLater, one_line
from pointbench.geometry import Shift, Size
from pointbench.settings import redact
from pointbench.trials import Record

_LONGEST_MESSAGE = 2000


class WaitNotice:
    """Passed through the queue beside records, so that a person hears why nothing moves."""

    def __init__(self, label: str, seconds: float, reason: str) -> None:
        self.label, self.seconds, self.reason = label, seconds, reason


class _Stopping(Exception):
    """The run, or the model, stopped before there was an answer."""


class Worker:
    """What every worker does: take a trial, ask until it is answered or given up, hand it on."""

    def __init__(
        self,
        landed: queue.Queue[Record | WaitNotice],
        picture_of: PreparePicture,
        stop: threading.Event,
        secrets: tuple[str, ...],
        log: EventLog | None,
    ) -> None:
        self._landed = landed
        self._picture_of = picture_of
        self._stop = stop
        self._secrets = secrets
        self._log = log or EventLog.nowhere()
        self.abandoned = threading.Event()
        """Set when nobody reads the queue any more."""

    def work(self, lane: ModelQueue) -> None:
        """One worker: make an adapter, ask until nothing is left or the run stops."""
        draw = random.Random()  # noqa: S311 - waiting times, not secrets
        try:
            adapter = lane.make_adapter()
        except Exception as error:  # noqa: BLE001 - third-party code may raise anything
            lane.stop(f"its adapter cannot be made: {self._message(error)}")
            return
        reading = ReplyReader.of(lane.profile)
        try:
            while not self._stop.is_set():
                ask = lane.take()
                if ask is None:
                    return
                try:
                    record = self._ask(lane, adapter, ask, reading, draw)
                except _Stopping:
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
        self,
        lane: ModelQueue,
        adapter: Adapter,
        ask: WorkItem,
        reading: ReplyReader,
        draw: random.Random,
    ) -> Record:
        attempt = 0
        picture: Picture | None = None
        while True:
            attempt += 1
            started_at = datetime.now(UTC)
            try:
                if picture is None and not lane.profile.blind:
                    picture = self._picture_of(
                        ask.target, lane.sent_size(ask.target), ask.trial.shift
                    )
                request = self._request(lane, ask, picture)
                reply, started_at, latency = self._attempt(lane, adapter, ask, request, attempt)
                return self._answered(
                    lane, ask, reading, reply, picture, attempt, started_at, latency
                )
            except RetryLater as error:
                if attempt >= _attempts(lane, error):
                    return self._failed(lane, ask, picture, error, attempt, started_at)
                self._wait(lane, ask, error, attempt, draw)
            except (OutOfCredit, Retired) as error:
                lane.stop(self._message(error))
                return self._failed(lane, ask, picture, error, attempt, started_at)
            except _Stopping:
                raise
            except Exception as error:  # noqa: BLE001
                # The one broad net: whatever else an adapter raises is a recorded error.
                return self._failed(lane, ask, picture, error, attempt, started_at)

    def _attempt(
        self, lane: ModelQueue, adapter: Adapter, ask: WorkItem, request: Request, attempt: int
    ) -> tuple[Reply, datetime, float]:
        """One request: its reply, when it left, and the seconds it took; raises what came instead."""
        if lane.throttle and not lane.throttle.enter():
            raise _Stopping
        answered = rushed = False
        began = time.monotonic()
        reserved: Reservation | None = None
        try:
            tokens = lane.tokens(ask) if lane.tokens else 0
            if lane.purse:
                reserved = self._reserve(lane, ask)
            if not lane.pace.wait(tokens):
                if lane.purse and reserved:
                    lane.purse.failed(reserved, GiveUp("never asked"))
                raise _Stopping
            worker = threading.get_ident()
            started_at = datetime.now(UTC)
            began = lane.under_way[worker] = time.monotonic()
            self._log.write("asked", lane.label, ask.trial.key, attempt=attempt)
            try:
                reply = self._blotted(checked_reply(adapter.ask(request)))
            except SystemExit as error:
                raise RuntimeError(f"the adapter called exit({error.code})") from error
            except Exception as error:
                rushed = isinstance(error, RetryLater) and error.too_fast
                if lane.purse and reserved:
                    lane.purse.failed(reserved, error)
                raise
            finally:
                lane.heard_at = time.monotonic()
                del lane.under_way[worker]
            latency = lane.heard_at - began
            answered = True
            if lane.tokens:
                lane.pace.correct(tokens, _used(reply, tokens))
            if lane.purse and reserved:
                lane.purse.answered(
                    reserved, _cost(lane, reply), reply.input_tokens, reply.output_tokens
                )
            return reply, started_at, latency
        finally:
            if lane.throttle and lane.throttle.leave(began, too_fast=rushed, answered=answered):
                limit = int(lane.throttle.limit)
                self._log.write("slower", lane.label, None, at_once=limit)

    def _reserve(self, lane: ModelQueue, ask: WorkItem) -> Reservation:
        assert lane.purse is not None
        reserved = lane.purse.reserve(
            *most_tokens(lane.profile, lane.sampling, ask.trial.prompt, ask.target.size)
        )
        if reserved is None:
            budget = lane.purse.budget
            if not self._stop.is_set():
                lane.stop(
                    f"--max-cost {budget.limit:g} leaves no room for its next request: "
                    f"${budget.spent:.4f} are spent"
                )
            raise _Stopping
        return reserved

    def _wait(
        self, lane: ModelQueue, ask: WorkItem, error: RetryLater, attempt: int, draw: random.Random
    ) -> None:
        # With several servers the next attempt goes to another one.
        after = error.after if lane.servers == 1 else None
        seconds = backoff(attempt, after, draw)
        if after is not None:
            lane.pace.hold(seconds)
        reason = self._message(error)
        self._log.write("retry", lane.label, ask.trial.key, in_s=round(seconds, 3), reason=reason)
        self._put(WaitNotice(lane.label, seconds, reason))
        if self._stop.wait(seconds):
            raise _Stopping

    def _request(self, lane: ModelQueue, ask: WorkItem, picture: Picture | None) -> Request:
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
        lane: ModelQueue,
        ask: WorkItem,
        reading: ReplyReader,
        reply: Reply,
        picture: Picture | None,
        attempts: int,
        started_at: datetime,
        latency: float,
    ) -> Record:
        judged = reading.fields(
            reply.text,
            reply.finish_reason,
            ask.target,
            prompt=ask.trial.prompt,
            sent=None if picture is None else Size(picture.width, picture.height),
            shift=ask.trial.shift,
        )
        self._log.write(
            "answer",
            lane.label,
            ask.trial.key,
            outcome=judged["outcome"],
            latency_s=round(latency, 3),
            request_id=reply.request_id,
        )
        return Record(
            **trial_fields(ask.trial),
            **judged,
            sent=sent_record(picture),
            reply=reply_record(reply),
            latency_s=round(latency if reply.latency_s is None else reply.latency_s, 6),
            attempts=attempts,
            cost_usd=_cost(lane, reply),
            started_at=_stamp(started_at),
        )

    def _failed(
        self,
        lane: ModelQueue,
        ask: WorkItem,
        picture: Picture | None,
        error: Exception,
        attempts: int,
        started_at: datetime,
    ) -> Record:
        kind, message = type(error).__name__, self._message(error)
        self._log.write("error", lane.label, ask.trial.key, type=kind, reason=message)
        return Record(
            **trial_fields(ask.trial),
            **error_fields(kind, message),
            frame=None,
            sent=sent_record(picture),
            reply=None,
            latency_s=None,
            attempts=attempts,
            cost_usd=None,
            started_at=_stamp(started_at),
        )

    def _blotted(self, reply: Reply) -> Reply:
        """The reply without a key in it; before it is read, so that what is stored was judged."""
        if not self._secrets:
            return reply
        texts: dict[str, Any] = {
            name: redact(value, self._secrets)
            for name in ("text", "finish_reason", "model", "request_id")
            if (value := getattr(reply, name)) is not None
        }
        return replace(reply, **texts)

    def _message(self, error: Exception) -> str:
        text = one_line(storable_text(str(error) or type(error).__name__))
        return redact(text, self._secrets)[:_LONGEST_MESSAGE]

    def _put(self, item: Record | WaitNotice) -> None:
        # An answer is paid for: it is given up only when nobody reads the queue any more.
        while not self.abandoned.is_set():
            try:
                self._landed.put(item, timeout=0.5)
                return
            except queue.Full:
                continue


def _cost(lane: ModelQueue, reply: Reply) -> float | None:
    return lane.price(reply) if reply.cost_usd is None else reply.cost_usd


def _used(reply: Reply, guessed: int) -> int:
    if reply.input_tokens is None or reply.output_tokens is None:
        return guessed
    return reply.input_tokens + reply.output_tokens


def _attempts(lane: ModelQueue, error: RetryLater) -> int:
    """How often a trial may be asked; a server that is merely too busy deserves twice the retries."""
    # The pace is found by being refused, so a refusal for haste says little of the trial itself.
    return 1 + (lane.attempts - 1) * (2 if error.too_fast else 1)


def _truth(ask: WorkItem) -> Truth:
    shift = ask.trial.shift
    return Truth(
        ask.target.region,
        ask.target.size,
        None if shift is None else Shift(shift.scale, shift.dx, shift.dy),
        ask.trial.order,
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
