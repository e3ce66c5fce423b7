"""How fast one model may be asked, and how long to wait after a refusal."""

from __future__ import annotations

import random
import threading
import time

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
"""Seconds; a server that asks for a longer wait is asked again after this one."""


class Pace:
    """The rhythm of one model's requests, shared by its workers.

    ``rpm`` bounds the requests a minute; `hold` keeps every worker back after a server asked to
    wait. Waiting ends at once when ``stop`` is set.
    """

    def __init__(self, stop: threading.Event, rpm: float | None = None) -> None:
        self._stop = stop
        self._spacing = 60.0 / rpm if rpm else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> bool:
        """Wait for this request's turn; False when the run is stopping instead."""
        if self._stop.is_set():
            return False
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._spacing
        return turn <= now or not self._stop.wait(turn - now)

    def hold(self, seconds: float) -> None:
        """Start no request of this model for so many seconds."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


def backoff(attempt: int, after: float | None, draw: random.Random) -> float:
    """Seconds to wait after failed attempt ``attempt`` (from 1).

    What the server asked for, with up to a tenth on top so that workers do not come back as one;
    else exponential with full jitter, as in "Exponential Backoff And Jitter" (M. Brooker, 2015).
    """
    if after is not None:
        return min(max(after, 0.0) * (1 + 0.1 * draw.random()), LONGEST_WAIT_S)
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * draw.random()
