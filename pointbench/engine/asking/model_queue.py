"""One model's part of a run: what is still to ask, how fast, for how much, and whether it stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pointbench.adapters.prices import PriceOf
from pointbench.adapters.protocol import Adapter, Picture
from pointbench.engine.asking.budget import ModelBudget
from pointbench.engine.asking.limits import AdaptiveConcurrency, RateLimiter
from pointbench.geometry import Size
from pointbench.profiles import Profile
from pointbench.suites import AskedTarget
from pointbench.trials import Record, ShiftRecord, Trial

BREAKER_ERRORS = 10
"""A model that gives so many errors in a row, and nothing else, is asked no more."""


@dataclass(frozen=True)
class WorkItem:
    """One trial with what its asking and judging need."""

    trial: Trial
    target: AskedTarget


PreparePicture = Callable[[AskedTarget, Size | None, ShiftRecord | None], Picture]
"""Prepares a screenshot; the size is the picture's as sent."""

TokensOf = Callable[[WorkItem], int]
"""Tokens that a request is expected to take, answer included."""


@dataclass
class ModelQueue:
    """One model's part of a run: what is still to ask, how fast, and whether it was stopped."""

    label: str
    profile: Profile
    sampling: dict[str, Any]
    make_adapter: Callable[[], Adapter]
    asks: Iterator[WorkItem]
    workers: int
    attempts: int
    pace: RateLimiter
    sent_size: Callable[[AskedTarget], Size | None]
    price: PriceOf
    sees_truth: bool = False
    """True for a simulated model: its requests carry the right answer."""
    throttle: AdaptiveConcurrency | None = None
    """None lets every worker ask whatever the server says."""
    purse: ModelBudget | None = None
    """What may be spent; None where there is no bound."""
    tokens: TokensOf | None = None
    """None where no bound on tokens a minute is set."""
    servers: int = 1
    """Addresses that serve the model; with several, one that asks to wait holds up no other."""
    stopped: str | None = None
    """Why the model is asked no more, for a person; None while it is."""
    errors_in_a_row: int = 0
    under_way: dict[int, float] = field(default_factory=dict)
    """Worker -> `time.monotonic` at which its request left."""
    heard_at: float = field(default_factory=time.monotonic)
    """`time.monotonic` of the last word from the server, good or bad."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> WorkItem | None:
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


class RunObserver(Protocol):
    """Who is told what happens; called from the thread that runs `run_lanes`."""

    def done(self, records: list[Record]) -> None: ...

    def waiting(self, label: str, seconds: float, reason: str) -> None: ...
