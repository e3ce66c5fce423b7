"""Prefetches pictures: one thread prepares those of the next trials before a worker needs them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture
from pointbench.engine.asking.work_item import WorkItem

PREFETCH_DEPTH = 16
"""Trials of each model whose pictures are prepared in advance."""

_PAUSE_S = 0.02


class PeekableQueue:
    """Queue of a fixed plan's trials, which can be peeked at before they are taken. Thread-safe.

    A `pointbench.engine.asking.model_queue.ItemSource`.
    """

    def __init__(self, items: Iterable[WorkItem], depth: int = PREFETCH_DEPTH) -> None:
        self._items = iter(items)
        self._depth = depth
        self._peeked: deque[WorkItem] = deque()
        self._stopped = False
        self._lock = threading.Lock()

    def take(self) -> WorkItem | None:
        with self._lock:
            if self._stopped:
                return None
            return self._peeked.popleft() if self._peeked else next(self._items, None)

    def put_back(self, item: WorkItem) -> None:
        with self._lock:
            self._peeked.appendleft(item)

    def stop(self) -> None:
        # Without the lock, which is held while the plan makes its next trial.
        self._stopped = True

    def peek(self) -> WorkItem | None:
        """The next trial not peeked at yet; None at the plan's end or ``depth`` trials ahead."""
        with self._lock:
            if self._stopped or len(self._peeked) >= self._depth:
                return None
            item = next(self._items, None)
            if item is not None:
                self._peeked.append(item)
            return item


def prefetch_pictures(
    queues: Sequence[ModelQueue], picture_of: PreparePicture, stop: threading.Event
) -> threading.Thread:
    """A thread, not yet started, that prepares pictures for every queue fed by a `PeekableQueue`.

    Failures are ignored here: the worker that needs the picture hits them again and records them.
    """
    sources = [
        (queue, queue.source)
        for queue in queues
        if isinstance(queue.source, PeekableQueue) and not queue.profile.blind
    ]

    def work() -> None:
        while sources and not stop.is_set():
            idle = True
            for queue, source in sources:
                item = source.peek()
                if item is not None and not stop.is_set():
                    idle = False
                    with suppress(Exception):
                        picture_of(item.target, queue.sent_size(item.target), item.trial.shift)
            if idle:
                stop.wait(_PAUSE_S)

    return threading.Thread(target=work, daemon=True, name="pictures")
