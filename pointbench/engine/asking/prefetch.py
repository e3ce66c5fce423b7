"""Pictures made before a worker needs them, by one thread that walks the plan ahead of the asking."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from pointbench.engine.asking.model_queue import ModelQueue, PreparePicture, WorkItem

PREFETCH_DEPTH = 16
"""Trials of each model whose pictures are ready before they are asked for."""

_PAUSE_S = 0.02


class PeekableQueue(Iterator[WorkItem]):
    """A plan that can be looked at a little ahead of where it is asked; safe for threads."""

    def __init__(self, asks: Iterator[WorkItem], depth: int = PREFETCH_DEPTH) -> None:
        self._asks = asks
        self._depth = depth
        self._seen: deque[WorkItem] = deque()
        self._lock = threading.Lock()

    def __next__(self) -> WorkItem:
        with self._lock:
            return self._seen.popleft() if self._seen else next(self._asks)

    def look(self) -> WorkItem | None:
        """The next trial that was not looked at yet; None at the plan's end, or far enough ahead."""
        with self._lock:
            if len(self._seen) >= self._depth:
                return None
            ask = next(self._asks, None)
            if ask is not None:
                self._seen.append(ask)
            return ask


def prefetch_pictures(
    lanes: Sequence[ModelQueue], picture_of: PreparePicture, stop: threading.Event
) -> threading.Thread:
    """A thread, not yet started, that makes the pictures of every lane whose plan is an `PeekableQueue`.

    Only the pictures: what cannot be made is left to the worker that needs it, and is an error of
    its trial.
    """
    seeing = [
        (lane, lane.asks)
        for lane in lanes
        if isinstance(lane.asks, PeekableQueue) and not lane.profile.blind
    ]

    def work() -> None:
        while seeing and not stop.is_set():
            found = False
            for lane, asks in seeing:
                ask = None if lane.stopped else asks.look()
                if ask is not None and not stop.is_set():
                    found = True
                    with suppress(Exception):
                        picture_of(ask.target, lane.sent_size(ask.target), ask.trial.shift)
            if not found:
                stop.wait(_PAUSE_S)

    return threading.Thread(target=work, daemon=True, name="pictures")
