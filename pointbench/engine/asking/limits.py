"""How fast one model may be asked, and how long to wait after a refusal."""

from __future__ import annotations

import random
import threading
import time

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
"""Seconds; a server that asks for a longer wait is asked again after this one."""

CUT = 0.5
"""What is left of the requests at once after a refusal for asking too fast."""

ROUNDS_TO_RECOVER = 16
"""From one request at once back to all of them takes about so many rounds of answers."""


class RateLimiter:
    """The rhythm of one model's requests, shared by its workers.

    ``rpm`` bounds the requests a minute and ``tpm`` the tokens; `hold` keeps every worker back
    after a server asked to wait. Waiting ends at once when ``stop`` is set.
    """

    def __init__(
        self, stop: threading.Event, rpm: float | None = None, tpm: float | None = None
    ) -> None:
        self._stop = stop
        self._spacing = 60.0 / rpm if rpm else 0.0
        self._per_token = 60.0 / tpm if tpm else 0.0
        self._next = 0.0
        self._next_tokens = 0.0
        self._lock = threading.Lock()

    def wait(self, tokens: int = 0) -> bool:
        """Wait for the turn of a request of so many tokens; False when the run stops instead."""
        if self._stop.is_set():
            return False
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next, self._next_tokens)
            self._next = turn + self._spacing
            self._next_tokens = turn + tokens * self._per_token
        return turn <= now or not self._stop.wait(turn - now)

    def correct(self, guessed: int, used: int) -> None:
        """A request took ``used`` tokens, not the ``guessed`` ones it waited for."""
        if self._per_token:
            with self._lock:
                self._next_tokens += (used - guessed) * self._per_token

    def hold(self, seconds: float) -> None:
        """Start no request of this model for so many seconds."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class AdaptiveConcurrency:
    """How many requests of one model may be under way at once.

    Additive increase, multiplicative decrease (Chiu and Jain, 1989): a refusal for asking too fast
    halves the number, at most once for the requests that were under way together; answers let it
    grow back to ``most``.
    """

    def __init__(self, stop: threading.Event, most: int) -> None:
        self._stop = stop
        self._most = most
        self._step = max(1.0, most / ROUNDS_TO_RECOVER)
        self._under_way = 0
        self._cut_at = 0.0
        self._changed = threading.Condition()
        self.limit = float(most)
        """Requests at once now; between 1 and ``most``."""

    def enter(self) -> bool:
        """Wait for a place; False when the run stops instead."""
        with self._changed:
            while self._under_way >= int(self.limit):
                if self._stop.is_set():
                    return False
                # A time-out, since nobody tells this condition that the run stops.
                self._changed.wait(0.2)
            self._under_way += 1
        return True

    def leave(self, began: float, *, too_fast: bool = False, answered: bool = False) -> bool:
        """Give the place back; ``began`` is `time.monotonic` of the request. True after a cut."""
        cut = False
        with self._changed:
            self._under_way -= 1
            if too_fast and began >= self._cut_at:
                cut = self.limit > 1
                self.limit = max(1.0, self.limit * CUT)
                self._cut_at = time.monotonic()
            elif answered and self.limit < self._most:
                self.limit = min(float(self._most), self.limit + self._step / self.limit)
                self._changed.notify_all()
            else:
                self._changed.notify()
        return cut


def backoff(attempt: int, after: float | None, draw: random.Random) -> float:
    """Seconds to wait after failed attempt ``attempt`` (from 1).

    What the server asked for, with up to a tenth on top so that workers do not come back as one;
    else exponential with full jitter, as in "Exponential Backoff And Jitter" (M. Brooker, 2015).
    """
    if after is not None:
        return min(max(after, 0.0) * (1 + 0.1 * draw.random()), LONGEST_WAIT_S)
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * draw.random()
