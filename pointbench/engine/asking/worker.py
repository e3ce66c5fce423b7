"""Worker threads: take a trial, ask until it is answered or abandoned, and pass on its record."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Full, Queue

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
from pointbench.engine.answers import ReplyReader, error_fields, trial_record
from pointbench.engine.asking.budget import ModelBudget, Reservation
from pointbench.engine.asking.limits import backoff
from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture
from pointbench.engine.asking.question import (
    BrokenOff,
    ReplyRefused,
    UnusableAdapter,
    ask_adapter,
    error_message,
    open_adapter,
    request_of,
)
from pointbench.engine.asking.work_item import WorkItem
from pointbench.engine.log import EventLog
from pointbench.errors import OutOfCredit, Retired, RetryLater, RunError
from pointbench.geometry import Size
from pointbench.settings import Secret
from pointbench.trials import Record


@dataclass(frozen=True)
class WaitNotice:
    """A wait and its reason, for people; goes through the same queue as the records."""

    label: str
    seconds: float
    reason: str


Results = Queue[Record | WaitNotice]
"""Queue from the workers to the thread that writes the journal."""


class _Stopping(Exception):
    """The run, or the model, stopped before there was an answer."""


class Worker:
    """The loop of every worker thread; one object serves all threads of a run."""

    def __init__(
        self,
        results: Results,
        picture_of: PreparePicture,
        stop: threading.Event,
        secrets: Sequence[Secret],
        log: EventLog | None,
    ) -> None:
        self._results = results
        self._picture_of = picture_of
        self._stop = stop
        self._secrets = secrets
        self._log = log or EventLog.nowhere()
        self.abandoned = threading.Event()
        """Set when nobody reads the results anymore."""

    def work(self, queue: ModelQueue) -> None:
        """Make an adapter and ask until nothing is left or the run stops."""
        try:
            with open_adapter(queue.make_adapter, self._secrets) as adapter:
                self._ask_all(queue, adapter)
        except UnusableAdapter as error:
            queue.stop(str(error))

    def _ask_all(self, queue: ModelQueue, adapter: Adapter) -> None:
        jitter = random.Random()  # noqa: S311 - waiting times, not secrets
        reader = ReplyReader.of(queue.profile, queue.output_limit)
        while not self._stop.is_set():
            item = queue.take()
            if item is None:
                return
            try:
                record = self._ask(queue, adapter, item, reader, jitter)
            except _Stopping:
                return
            queue.note(record.outcome, record.error.message if record.error else "")
            self._put(record)

    def _ask(
        self,
        queue: ModelQueue,
        adapter: Adapter,
        item: WorkItem,
        reader: ReplyReader,
        jitter: random.Random,
    ) -> Record:
        attempt = 0
        picture: Picture | None = None
        paid_usd: float | None = None
        paid_for: Exception | None = None
        while True:
            attempt += 1
            started_at = datetime.now(UTC)
            try:
                if picture is None and not queue.profile.blind:
                    picture = self._picture_of(
                        item.target, queue.sent_size(item.target), item.trial.shift
                    )
                request = request_of(
                    item,
                    picture,
                    profile=queue.profile,
                    sampling=queue.sampling,
                    sees_truth=queue.sees_truth,
                )
                reply, started_at, latency = self._attempt(queue, adapter, item, request, attempt)
                return self._answered(
                    queue, item, reader, reply, picture, attempt, started_at, latency, paid_usd
                )
            except _Stopping:
                if paid_for is None:
                    raise
                # What an earlier attempt cost must be in the journal; resumed, the trial is asked again.
                return self._failed(
                    queue, item, picture, paid_for, attempt - 1, started_at, paid_usd
                )
            except Exception as error:  # noqa: BLE001
                # Deliberately broad: anything else that an adapter raises is a recorded error.
                cost = _cost_of(error, queue)
                if cost:
                    paid_usd, paid_for = (paid_usd or 0.0) + cost, error
                last = not isinstance(error, RetryLater) or attempt >= _attempts(queue, error)
                if not last and self._waited(queue, item, error, attempt, jitter):
                    continue
                if not last and paid_for is None:
                    raise _Stopping from None
                if isinstance(error, OutOfCredit | Retired):
                    queue.stop(self._message(error))
                return self._failed(queue, item, picture, error, attempt, started_at, paid_usd)

    def _attempt(
        self, queue: ModelQueue, adapter: Adapter, item: WorkItem, request: Request, attempt: int
    ) -> tuple[Reply, datetime, float]:
        """Send one request; returns the reply, its departure time and its seconds, or raises the error."""
        if queue.concurrency and not queue.concurrency.enter():
            raise _Stopping
        answered = too_fast = False
        began = time.monotonic()
        reservation: Reservation | None = None
        try:
            tokens = queue.tokens(item) if queue.tokens else 0
            if queue.budget:
                reservation = self._reserve(queue, item)
            if not queue.rate_limiter.wait(tokens):
                if queue.budget and reservation:
                    queue.budget.released(reservation)
                raise _Stopping
            worker = threading.get_ident()
            started_at = datetime.now(UTC)
            began = queue.in_flight[worker] = time.monotonic()
            self._log.write("asked", queue.label, item.trial.key, attempt=attempt)
            try:
                reply = ask_adapter(adapter, request, self._secrets, queue.output_limit)
            except Exception as error:
                too_fast = isinstance(error, RetryLater) and error.too_fast
                if queue.budget and reservation:
                    queue.budget.failed(reservation, error, _cost_of(error, queue))
                raise
            finally:
                queue.last_response_at = time.monotonic()
                del queue.in_flight[worker]
            latency = queue.last_response_at - began
            answered = True
            if queue.tokens:
                queue.rate_limiter.correct(tokens, _used(reply, tokens))
            if queue.budget and reservation:
                queue.budget.answered(
                    reservation, queue.price(reply), reply.input_tokens, reply.output_tokens
                )
            return reply, started_at, latency
        finally:
            if queue.concurrency and queue.concurrency.leave(
                began, too_fast=too_fast, answered=answered
            ):
                limit = int(queue.concurrency.limit)
                self._log.write("slower", queue.label, None, at_once=limit)

    def _reserve(self, queue: ModelQueue, item: WorkItem) -> Reservation:
        assert queue.budget is not None
        tokens = queue.most_tokens(item)
        try:
            reservation = queue.budget.reserve(*tokens)
        except RunError as error:
            queue.stop(str(error))
            raise _Stopping from error
        if reservation is None:
            if not self._stop.is_set():
                queue.stop(_no_room(queue.budget, tokens))
            raise _Stopping
        return reservation

    def _waited(
        self,
        queue: ModelQueue,
        item: WorkItem,
        error: Exception,
        attempt: int,
        jitter: random.Random,
    ) -> bool:
        """Wait before the next attempt; False if the run stops first."""
        assert isinstance(error, RetryLater)
        # With several servers the next attempt goes to another one.
        after = error.after if queue.servers == 1 else None
        seconds = backoff(attempt, after, jitter)
        if after is not None:
            queue.rate_limiter.hold(seconds)
        reason = self._message(error)
        self._log.write("retry", queue.label, item.trial.key, in_s=round(seconds, 3), reason=reason)
        self._put(WaitNotice(queue.label, seconds, reason))
        return not self._stop.wait(seconds)

    def _answered(
        self,
        queue: ModelQueue,
        item: WorkItem,
        reader: ReplyReader,
        reply: Reply,
        picture: Picture | None,
        attempts: int,
        started_at: datetime,
        latency: float,
        paid_usd: float | None,
    ) -> Record:
        """The record of an answer; ``paid_usd`` is what earlier attempts are known to have cost."""
        read = reader.read(
            reply.text,
            reply.finish_reason,
            item.target,
            prompt=item.trial.prompt,
            sent=None if picture is None else Size(picture.width, picture.height),
            shift=item.trial.shift,
            output_tokens=reply.output_tokens,
            input_tokens=reply.input_tokens,
        )
        cost = queue.price(reply)
        self._log.write(
            "answer",
            queue.label,
            item.trial.key,
            outcome=read.verdict.outcome,
            latency_s=round(latency, 3),
            request_id=reply.request_id,
        )
        return trial_record(
            item.trial,
            read.fields,
            picture=picture,
            reply=reply,
            latency_s=round(latency if reply.latency_s is None else reply.latency_s, 6),
            attempts=attempts,
            cost_usd=None if cost is None else cost + (paid_usd or 0.0),
            started_at=_stamp(started_at),
        )

    def _failed(
        self,
        queue: ModelQueue,
        item: WorkItem,
        picture: Picture | None,
        error: Exception,
        attempts: int,
        started_at: datetime,
        paid_usd: float | None,
    ) -> Record:
        kind, message = type(error).__name__, self._message(error)
        self._log.write("error", queue.label, item.trial.key, type=kind, reason=message)
        return trial_record(
            item.trial,
            error_fields(kind, message),
            picture=picture,
            # What a server broke off is kept for people; a reply with a key is not.
            reply=error.reply if isinstance(error, BrokenOff) else None,
            latency_s=None,
            attempts=attempts,
            cost_usd=paid_usd,
            started_at=_stamp(started_at),
        )

    def _message(self, error: Exception) -> str:
        return error_message(error, self._secrets)

    def _put(self, result: Record | WaitNotice) -> None:
        # An answer is paid for: it is dropped only when nobody reads the results anymore.
        while not self.abandoned.is_set():
            try:
                self._results.put(result, timeout=0.5)
                return
            except Full:
                continue


def _cost_of(error: Exception, queue: ModelQueue) -> float | None:
    """Dollars of an attempt that brought no answer, as far as its server reported them."""
    reply = error.reply if isinstance(error, ReplyRefused) else getattr(error, "usage", None)
    return queue.price(reply) if isinstance(reply, Reply) else None


def _no_room(budget: ModelBudget, tokens: tuple[int, int]) -> str:
    """Why a model is stopped at the spending limit, and how it would get further."""
    run, most = budget.run_budget, budget.most(*tokens)
    message = (
        f"--max-cost {run.limit:g} leaves no room for its next request: at most ${run.spent:.4f} "
        f"has been spent"
    )
    if run.spent >= (run.limit or 0.0):
        return message
    message += f", and the request may cost up to ${most:.4f}"
    if budget.output_part(*tokens) > most / 2:
        message += (
            f" (its output limit of {tokens[1]:,} tokens is most of that: in a new run, a max_tokens "
            f"such as ?max_tokens=300 lowers it)"
        )
    return message


def _used(reply: Reply, guessed: int) -> int:
    if reply.input_tokens is None or reply.output_tokens is None:
        return guessed
    return reply.input_tokens + reply.output_tokens


def _attempts(queue: ModelQueue, error: RetryLater) -> int:
    """Attempts allowed for a trial; requests refused for their rate get twice the retries."""
    # The accepted rate is discovered through refusals, so these say little about the trial itself.
    return 1 + (queue.attempts - 1) * (2 if error.too_fast else 1)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
