"""One model's part of a run: its trials, its limits, its price, and why it was stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pointbench.adapters.prices import PriceOf
from pointbench.adapters.protocol import Adapter, Picture
from pointbench.engine.asking.budget import ModelBudget
from pointbench.engine.asking.limits import AdaptiveConcurrency, RateLimiter
from pointbench.engine.asking.question import told
from pointbench.engine.asking.work_item import WorkItem
from pointbench.geometry import Size
from pointbench.profiles import Profile
from pointbench.suites import AskedTarget
from pointbench.trials import Record, ShiftRecord

BREAKER_ERRORS = 10
"""Consecutive errors after which a model is stopped."""


class ItemSource(Protocol):
    """Source of one model's trials: a fixed plan or the sessions of ``streak``. Thread-safe."""

    def take(self) -> WorkItem | None:
        """The next trial, None when there is none left; may wait for the answers of earlier ones."""
        ...

    def put_back(self, item: WorkItem) -> None:
        """Return a trial that was taken and not asked; it is the next one again."""
        ...

    def stop(self) -> None:
        """Return no further trial, and end every waiting `take`."""
        ...


PreparePicture = Callable[[AskedTarget, Size | None, ShiftRecord | None], Picture]
"""Prepares a target's screenshot for sending; the size is that of the picture as sent, in pixels."""

TokensOf = Callable[[WorkItem], int]
"""Tokens that a request is expected to use, input and output together."""

MostTokensOf = Callable[[WorkItem], tuple[int, int]]
"""Worst-case input and output tokens of a request."""


@dataclass
class ModelQueue:
    """One model's part of a run: its trials, its limits, its price, and why it was stopped."""

    label: str
    profile: Profile
    sampling: Mapping[str, object]
    make_adapter: Callable[[], Adapter]
    source: ItemSource
    workers: int
    attempts: int
    rate_limiter: RateLimiter
    sent_size: Callable[[AskedTarget], Size | None]
    price: PriceOf
    sees_truth: bool = False
    """True for a simulated model: its requests carry the correct answer."""
    concurrency: AdaptiveConcurrency | None = None
    """Limit of requests in flight, lowered when the server refuses; None for a constant ``workers``."""
    budget: ModelBudget | None = None
    """None if asking costs nothing."""
    most_tokens: MostTokensOf = lambda _: (0, 0)
    tokens: TokensOf | None = None
    """None if tokens per minute are unlimited."""
    output_limit: int | None = None
    """Output tokens at which its answers are cut off; None if no limit is sent."""
    servers: int = 1
    """Number of addresses that serve the model. With several, a wait at one does not delay the others."""
    stopped: str | None = None
    """Reason the model was stopped, for people; None while it is being asked."""
    errors_in_a_row: int = 0
    address: str | None = None
    """Host and port that the last error could not reach, if it is one of that kind."""
    in_flight: dict[int, float] = field(default_factory=dict)
    """Worker's thread id -> `time.monotonic` at which its request left."""
    last_response_at: float = field(default_factory=time.monotonic)
    """`time.monotonic` of the server's last response, reply or error."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: int = 0
    _not_made: list[str] = field(default_factory=list)
    """Why workers have no adapter, one reason each."""
    _back: set[str] = field(default_factory=set)
    """Keys of the trials that were put back and not taken again."""
    _lost: dict[str, int] = field(default_factory=dict)
    """Key of a trial -> the workers that were lost over it."""

    def take(self) -> WorkItem | None:
        """The next trial to ask; None when there is none left or the model is stopped."""
        item = None if self.stopped else self.source.take()
        if item is not None and self._back:
            with self.lock:
                self._back.discard(item.trial.key)
        return item

    def put_back(self, item: WorkItem) -> None:
        """Return a trial that was taken, because the worker that had it is lost."""
        with self.lock:
            self._back.add(item.trial.key)
        self.source.put_back(item)

    def lost(self, item: WorkItem) -> int:
        """Count a worker that was lost over a trial; returns how many that makes."""
        with self.lock:
            self._lost[item.trial.key] = self._lost.get(item.trial.key, 0) + 1
            return self._lost[item.trial.key]

    def worker_ended(self, not_made: str | None = None) -> None:
        """A worker has ended: it found nothing left, or its adapter could not be made, for a reason.

        The model is stopped for that reason once no worker is left that could ask what remains.
        """
        with self.lock:
            self._ended += 1
            if not_made is not None:
                self._not_made.append(not_made)
            alone = self._ended >= self.workers
            none = len(self._not_made) >= self.workers
            reason = self._not_made[-1] if self._not_made else ""
        if reason and (none or (alone and self._back)):
            self.stop(reason)

    def note(self, outcome: str, message: str) -> None:
        """Count errors in a row; `BREAKER_ERRORS` of them stop the model."""
        with self.lock:
            self.errors_in_a_row = self.errors_in_a_row + 1 if outcome == "error" else 0
            count = self.errors_in_a_row
        if count >= BREAKER_ERRORS:
            self.stop(told(f"{count} errors in a row, the last: {message}", self.address))

    def stop(self, reason: str) -> None:
        """Stop asking the model; the first reason is kept."""
        with self.lock:
            self.stopped = self.stopped or reason
        self.source.stop()


class RunObserver(Protocol):
    """Receives the events of a run, on the thread that calls `runner.run_queues`."""

    def done(self, records: list[Record]) -> None:
        """Called when ``records`` are on disk."""
        ...

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        """Called when the model ``label`` waits, or has waited, for ``seconds`` seconds."""
        ...
