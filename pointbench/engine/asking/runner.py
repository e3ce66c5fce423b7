"""Asks the planned trials: blocking adapters in threads, one adapter a worker, one journal."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pointbench.engine.asking.model_queue import (
    ModelQueue,
    PreparePicture,
    RunObserver,
)
from pointbench.engine.asking.prefetch import prefetch_pictures
from pointbench.engine.asking.worker import WaitNotice, Worker
from pointbench.engine.journal import Journal, save_unjournaled
from pointbench.engine.log import EventLog
from pointbench.errors import RunError
from pointbench.trials import Record

GRACE_S = 10.0
"""Seconds that answers on their way are given to land when a run is interrupted."""

GATHER_S = 0.02
"""Seconds that landed answers are gathered before they are put on disk together."""

SWITCH_S = 0.0005
"""Seconds that one thread keeps the interpreter while others wait for it. With Python's own 5 ms, 64
requests at once lose a sixth of their time to answers that wait for their turn."""

_BATCH = 512


def run_queues(
    lanes: list[ModelQueue],
    journal: Journal,
    picture_of: PreparePicture,
    watcher: RunObserver,
    stop: threading.Event,
    secrets: tuple[str, ...] = (),
    grace_s: float = GRACE_S,
    log: EventLog | None = None,
) -> None:
    """Ask every lane's trials until none is left, or until ``stop`` is set.

    Records count, and are shown to ``watcher``, once the journal has them on disk. When the journal
    fails, every lane stops, what landed is written to the system's folder for temporary files, and
    the journal's error is raised with that file's path.
    """
    # Bounded, so that a slow disk slows the asking instead of filling the memory.
    landed: queue.Queue[Record | WaitNotice] = queue.Queue(maxsize=4 * _BATCH)
    asker = Worker(landed, picture_of, stop, secrets, log)
    threads = [
        threading.Thread(target=asker.work, args=(lane,), daemon=True, name=lane.label)
        for lane in lanes
        for _ in range(lane.workers)
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_S))
    for thread in (prefetch_pictures(lanes, picture_of, stop), *threads):
        thread.start()
    try:
        _collect(lanes, threads, landed, journal, watcher, stop, grace_s)
    except RunError as error:
        stop.set()
        late = _late(threads, landed, grace_s)
        raise save_unjournaled(error, journal, late) from error
    finally:
        stop.set()
        asker.abandoned.set()
        sys.setswitchinterval(before)


def _collect(
    lanes: list[ModelQueue],
    threads: list[threading.Thread],
    landed: queue.Queue[Record | WaitNotice],
    journal: Journal,
    watcher: RunObserver,
    stop: threading.Event,
    grace_s: float,
) -> None:
    """Put on disk what lands until no worker is left, or the grace of a stopped run is over."""
    deadline: float | None = None
    stalls = StallDetector(lanes)
    while True:
        alive = any(thread.is_alive() for thread in threads)
        batch = _drain(landed, wait_s=0.1 if alive else 0.0)
        _store(batch, journal, watcher)
        if not alive and not batch:
            return
        for stalled in stalls.look(time.monotonic()):
            watcher.waiting(stalled.label, stalled.seconds, stalled.reason)
        if stop.is_set():
            deadline = deadline or time.monotonic() + grace_s
            if time.monotonic() > deadline:
                return


def _drain(landed: queue.Queue[Record | WaitNotice], wait_s: float) -> list[Record | WaitNotice]:
    batch: list[Record | WaitNotice] = []
    with suppress(queue.Empty):
        batch.append(landed.get(timeout=wait_s) if wait_s else landed.get_nowait())
        if wait_s:
            # One trip to the disk for many answers; they are late by less than a click's time.
            time.sleep(GATHER_S)
        while len(batch) < _BATCH:
            batch.append(landed.get_nowait())
    return batch


def _store(batch: list[Record | WaitNotice], journal: Journal, watcher: RunObserver) -> None:
    records = [item for item in batch if isinstance(item, Record)]
    if records:
        journal.append(records)
        watcher.done(records)
    for item in batch:
        if isinstance(item, WaitNotice):
            watcher.waiting(item.label, item.seconds, item.reason)


def _late(
    threads: list[threading.Thread], landed: queue.Queue[Record | WaitNotice], grace_s: float
) -> list[Record]:
    """What still lands of the answers that were on their way when the journal failed."""
    deadline = time.monotonic() + grace_s
    late: list[Record] = []
    while True:
        alive = any(thread.is_alive() for thread in threads) and time.monotonic() < deadline
        batch = _drain(landed, wait_s=0.1 if alive else 0.0)
        late += [item for item in batch if isinstance(item, Record)]
        if not alive and not batch:
            return late


STALL_S = 60.0


"""Seconds without a word from a model's server, after which a person is told."""


@dataclass(frozen=True)
class Stall:
    """A model whose requests are under way and unanswered."""

    label: str
    seconds: float
    """Age of the oldest request."""
    reason: str


class StallDetector:
    """Looks after the lanes of a run; says of each one in `STALL_S` at most once that it waits."""

    def __init__(self, lanes: Sequence[ModelQueue]) -> None:
        self._lanes = lanes
        self._said: dict[str, float] = {}

    def look(self, now: float) -> list[Stall]:
        """The models that have been silent for `STALL_S` seconds at ``now`` (`time.monotonic`)."""
        stalled = []
        for lane in self._lanes:
            if now - max(lane.heard_at, self._said.get(lane.label, 0.0)) < STALL_S:
                continue
            # Copied at once: workers come and go meanwhile.
            began = list(lane.under_way.values())
            if not began:
                continue
            self._said[lane.label] = now
            count = f"{len(began)} request{'s' if len(began) > 1 else ''} under way"
            reason = f"{count}, no answer for {now - lane.heard_at:.0f} s"
            stalled.append(Stall(lane.label, now - min(began), reason))
        return stalled
