"""The seam between a run and whoever carries out its requests: threads here, or something else.

Above it are the plan, the budget and the journal, the same for all. An executor takes trials from
the models' queues, keeps their budgets, and hands in a record for each trial that it takes; a new way
of asking is one module with an `Executor`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Full, Queue
from typing import Protocol

from pointbench.adapters.protocol import Picture
from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture
from pointbench.engine.asking.recording import Recorder
from pointbench.engine.asking.work_item import WorkItem
from pointbench.engine.log import EventLog
from pointbench.errors import AskError
from pointbench.settings import Secret
from pointbench.trials import Record


class WorkerLost(AskError):
    """The place where an adapter ran is gone, and its answer with it; the model did not fail.

    Raised by an adapter's stand-in, never by an adapter. The trial goes back to its queue, and this
    was no attempt; its request may have been billed.
    """


class NoRoom(AskError):
    """There is no room for one more worker; those that there are go on alone."""


@dataclass(frozen=True)
class WaitNotice:
    """A wait and its reason, for people; goes through the same queue as the records."""

    label: str
    seconds: float
    reason: str


Results = Queue[Record | WaitNotice]
"""Queue from the executor to the thread that writes the journal."""


@dataclass(frozen=True)
class Desk:
    """What an executor needs of the run that it works for."""

    results: Results
    picture_of: PreparePicture
    stop: threading.Event
    """Set when the run stops; what is under way may still land."""
    secrets: Sequence[Secret]
    log: EventLog
    recorder: Recorder
    abandoned: threading.Event = field(default_factory=threading.Event)
    """Set when nobody reads the results anymore."""

    def hand_in(self, result: Record | WaitNotice) -> None:
        """Pass on a record, which is in the journal soon, or a notice for people."""
        # An answer is paid for: it is dropped only when nobody reads the results anymore.
        while not self.abandoned.is_set():
            try:
                self.results.put(result, timeout=0.5)
                return
            except Full:
                continue

    def picture(self, queue: ModelQueue, item: WorkItem) -> Picture | None:
        """The picture that the trial's request carries; None for a blind model."""
        if queue.profile.blind:
            return None
        return self.picture_of(item.target, queue.sent_size(item.target), item.trial.shift)


class Executor(Protocol):
    """Carries out the trials of a run's models."""

    def start(self, queues: Sequence[ModelQueue], desk: Desk) -> list[threading.Thread]:
        """Begin to ask; the run goes on until every thread has ended.

        Each thread ends by itself soon after ``desk.stop`` is set, and when nothing is left to do.
        """
        ...
