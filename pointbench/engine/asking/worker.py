"""Worker threads: take a trial, ask until it is answered or abandoned, and pass on its record."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
from pointbench.engine.answers import ReplyReader
from pointbench.engine.asking.budget import ModelBudget, Reservation
from pointbench.engine.asking.executor import Desk, WaitNotice, WorkerLost
from pointbench.engine.asking.limits import backoff
from pointbench.engine.asking.model_queue import ModelQueue
from pointbench.engine.asking.prefetch import prefetch_pictures
from pointbench.engine.asking.question import (
    UnusableAdapter,
    ask_adapter,
    open_adapter,
    request_of,
    told,
)
from pointbench.engine.asking.recording import cost_of
from pointbench.engine.asking.work_item import WorkItem
from pointbench.errors import AskError, OutOfCredit, Retired, RetryLater, RunError
from pointbench.trials import Record

MOST_LOST = 3
"""Workers that one trial may lose; then it stays in error, since it may be what ends them."""


class _Stopping(Exception):
    """The run, or the model, stopped before there was an answer."""


class ThreadExecutor:
    """Asks on threads of this process; a `pointbench.engine.asking.executor.Executor`."""

    def start(self, queues: Sequence[ModelQueue], desk: Desk) -> list[threading.Thread]:
        worker = Worker(desk)
        threads = [
            threading.Thread(target=worker.work, args=(queue,), daemon=True, name=queue.label)
            for queue in queues
            for _ in range(queue.workers)
        ]
        for thread in (prefetch_pictures(queues, desk.picture_of, desk.stop), *threads):
            thread.start()
        return threads


class Worker:
    """The loop of every worker thread; one object serves all threads of a run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def work(self, queue: ModelQueue) -> None:
        """Make an adapter and ask until nothing is left or the run stops.

        A worker whose place is lost makes a new adapter elsewhere. One that cannot be made ends alone;
        the model is stopped only if none can.
        """
        not_made: str | None = None
        while not self._desk.stop.is_set():
            try:
                with open_adapter(queue.make_adapter, self._desk.secrets) as adapter:
                    self._ask_all(queue, adapter)
                break
            except UnusableAdapter as error:
                not_made = str(error)
                self._desk.log.write("no worker", queue.label, None, reason=not_made)
                break
            except WorkerLost as error:
                reason = self._desk.recorder.message(error)
                self._desk.log.write("lost worker", queue.label, None, reason=reason)
        queue.worker_ended(not_made)

    def _ask_all(self, queue: ModelQueue, adapter: Adapter) -> None:
        jitter = random.Random()  # noqa: S311 - waiting times, not secrets
        reader = ReplyReader.of(queue.profile, queue.output_limit)
        while not self._desk.stop.is_set():
            item = queue.take()
            if item is None:
                return
            try:
                record = self._ask(queue, adapter, item, reader, jitter)
            except _Stopping:
                return
            except WorkerLost:
                queue.put_back(item)
                raise
            if not (item.again and record.error):
                queue.note(record.outcome, record.error.message if record.error else "")
            self._desk.hand_in(record)

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
                if picture is None:
                    picture = self._desk.picture(queue, item)
                request = request_of(
                    item,
                    picture,
                    profile=queue.profile,
                    sampling=queue.sampling,
                    sees_truth=queue.sees_truth,
                )
                reply, started_at, latency = self._attempt(queue, adapter, item, request, attempt)
                return self._desk.recorder.answered(
                    queue,
                    item,
                    reader,
                    reply,
                    picture,
                    attempts=attempt,
                    started_at=started_at,
                    latency_s=latency,
                    paid_usd=paid_usd,
                )
            except _Stopping:
                if paid_for is None:
                    raise
                # What an earlier attempt cost must be in the journal; resumed, the trial is asked again.
                return self._desk.recorder.failed(
                    queue,
                    item,
                    picture,
                    paid_for,
                    attempts=attempt - 1,
                    started_at=started_at,
                    paid_usd=paid_usd,
                )
            except WorkerLost as error:
                if paid_for is None and queue.lost(item) < MOST_LOST:
                    raise
                return self._desk.recorder.failed(
                    queue,
                    item,
                    picture,
                    paid_for or error,
                    attempts=attempt,
                    started_at=started_at,
                    paid_usd=paid_usd,
                )
            except Exception as error:  # noqa: BLE001
                # Deliberately broad: anything else that an adapter raises is a recorded error.
                cost = cost_of(error, queue)
                if cost:
                    paid_usd, paid_for = (paid_usd or 0.0) + cost, error
                last = not isinstance(error, RetryLater) or attempt >= _attempts(queue, error)
                if not last and self._waited(queue, item, error, attempt, jitter):
                    continue
                if not last and paid_for is None:
                    raise _Stopping from None
                queue.address = error.address if isinstance(error, AskError) else None
                if isinstance(error, OutOfCredit | Retired):
                    queue.stop(self._desk.recorder.message(error))
                return self._desk.recorder.failed(
                    queue,
                    item,
                    picture,
                    error,
                    attempts=attempt,
                    started_at=started_at,
                    paid_usd=paid_usd,
                )

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
            self._desk.log.write("asked", queue.label, item.trial.key, attempt=attempt)
            try:
                reply = ask_adapter(adapter, request, self._desk.secrets, queue.output_limit)
            except Exception as error:
                too_fast = isinstance(error, RetryLater) and error.too_fast
                if queue.budget and reservation:
                    queue.budget.failed(reservation, error, cost_of(error, queue))
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
                self._desk.log.write("slower", queue.label, None, at_once=limit)

    def _reserve(self, queue: ModelQueue, item: WorkItem) -> Reservation:
        assert queue.budget is not None
        tokens = queue.most_tokens(item)
        try:
            reservation = queue.budget.reserve(*tokens)
        except RunError as error:
            queue.stop(str(error))
            raise _Stopping from error
        if reservation is None:
            if not self._desk.stop.is_set():
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
        reason = self._desk.recorder.message(error)
        self._desk.log.write(
            "retry", queue.label, item.trial.key, in_s=round(seconds, 3), reason=reason
        )
        self._desk.hand_in(WaitNotice(queue.label, seconds, told(reason, error.address)))
        return not self._desk.stop.wait(seconds)


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
