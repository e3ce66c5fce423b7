"""Runs an executor over the queues of all models, and writes its results to the journal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty

from pointbench.engine.asking.executor import Desk, Executor, Results, WaitNotice
from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture, RunObserver
from pointbench.engine.asking.recording import Recorder
from pointbench.engine.asking.worker import ThreadExecutor
from pointbench.engine.journal import Journal, save_unjournaled
from pointbench.engine.log import EventLog
from pointbench.errors import RunError
from pointbench.settings import Secret
from pointbench.trials import Record

GRACE_S = 10.0
"""Seconds for which an interrupted run waits for the replies to requests in flight."""

GATHER_S = 0.02
"""Seconds during which results are gathered, to be written to disk together."""

SWITCH_S = 0.0005
"""Switch interval of the interpreter while asking, in seconds. With Python's default of 5 ms, 64
concurrent requests lose a sixth of their time to replies that wait for the interpreter."""

STALL_S = 60.0
"""Seconds without a response from a model's server, after which a stall is reported."""

_BATCH = 512


def run_queues(
    queues: list[ModelQueue],
    journal: Journal,
    picture_of: PreparePicture,
    observer: RunObserver,
    stop: threading.Event,
    secrets: Sequence[Secret] = (),
    grace_s: float = GRACE_S,
    log: EventLog | None = None,
    executor: Executor | None = None,
) -> None:
    """Ask the trials of every queue until none is left, or until ``stop`` is set.

    A record counts, and is passed to ``observer``, once the journal has it on disk. When the journal
    fails, all models stop, finished answers go to a file in the system's folder for temporary files,
    and RunError names that file.
    """
    # Bounded: a slow disk slows down the workers instead of filling memory.
    results: Results = Results(maxsize=4 * _BATCH)
    log = log or EventLog.nowhere()
    desk = Desk(results, picture_of, stop, secrets, log, Recorder(secrets, log))
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_S))
    threads = (executor or ThreadExecutor()).start(queues, desk)
    try:
        _collect(queues, threads, results, journal, observer, stop, grace_s)
    except RunError as error:
        stop.set()
        late = _late(threads, results, grace_s)
        raise save_unjournaled(error, journal, late) from error
    finally:
        stop.set()
        desk.abandoned.set()
        sys.setswitchinterval(before)


def _collect(
    queues: list[ModelQueue],
    threads: list[threading.Thread],
    results: Results,
    journal: Journal,
    observer: RunObserver,
    stop: threading.Event,
    grace_s: float,
) -> None:
    """Write results to disk until no worker is left, or the grace period of a stopped run is over."""
    deadline: float | None = None
    detector = StallDetector(queues)
    while True:
        alive = any(thread.is_alive() for thread in threads)
        batch = _drain(results, wait_s=0.1 if alive else 0.0)
        _store(batch, journal, observer)
        if not alive and not batch:
            return
        for stall in detector.new_stalls(time.monotonic()):
            observer.waiting(stall.label, stall.seconds, stall.reason)
        if stop.is_set():
            deadline = deadline or time.monotonic() + grace_s
            if time.monotonic() > deadline:
                return


def _drain(results: Results, wait_s: float) -> list[Record | WaitNotice]:
    batch: list[Record | WaitNotice] = []
    with suppress(Empty):
        batch.append(results.get(timeout=wait_s) if wait_s else results.get_nowait())
        if wait_s:
            # One write for many answers; the delay is shorter than a click takes.
            time.sleep(GATHER_S)
        while len(batch) < _BATCH:
            batch.append(results.get_nowait())
    return batch


def _store(batch: list[Record | WaitNotice], journal: Journal, observer: RunObserver) -> None:
    records = [result for result in batch if isinstance(result, Record)]
    if records:
        journal.append(records)
        observer.done(records)
    for result in batch:
        if isinstance(result, WaitNotice):
            observer.waiting(result.label, result.seconds, result.reason)


def _late(threads: list[threading.Thread], results: Results, grace_s: float) -> list[Record]:
    """Records that still come in after the journal failed, for at most ``grace_s`` seconds."""
    deadline = time.monotonic() + grace_s
    late: list[Record] = []
    while True:
        alive = any(thread.is_alive() for thread in threads) and time.monotonic() < deadline
        batch = _drain(results, wait_s=0.1 if alive else 0.0)
        late += [result for result in batch if isinstance(result, Record)]
        if not alive and not batch:
            return late


@dataclass(frozen=True)
class Stall:
    """A model with requests in flight and no response."""

    label: str
    seconds: float
    """Age of the oldest request."""
    reason: str


class StallDetector:
    """Finds models whose server is silent; reports each one at most once in `STALL_S` seconds."""

    def __init__(self, queues: Sequence[ModelQueue]) -> None:
        self._queues = queues
        self._reported_at: dict[str, float] = {}

    def new_stalls(self, now: float) -> list[Stall]:
        """The models that have been silent for `STALL_S` seconds at ``now`` (`time.monotonic`)."""
        stalls = []
        for queue in self._queues:
            if now - max(queue.last_response_at, self._reported_at.get(queue.label, 0.0)) < STALL_S:
                continue
            # Copied first, because workers add and remove entries meanwhile.
            departures = list(queue.in_flight.values())
            if not departures:
                continue
            self._reported_at[queue.label] = now
            count = f"{len(departures)} request{'s' if len(departures) > 1 else ''} under way"
            reason = f"{count}, no answer for {now - queue.last_response_at:.0f} s"
            stalls.append(Stall(queue.label, now - min(departures), reason))
        return stalls
