"""Rate limiter, adaptive concurrency and backoff: how fast one model may be asked."""

from __future__ import annotations

import random
import threading
import time

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
"""Seconds; a server that asks for a longer wait is asked again after this time."""

CUT = 0.5
"""Factor that cuts the limit of requests in flight when a server refuses requests as too fast."""

ROUNDS_TO_RECOVER = 16
"""Approximate number of response rounds for the limit to recover from one request to the maximum."""


class RateLimiter:
    """Spaces the requests of one model; shared by its workers.

    ``rpm`` bounds the requests per minute, ``tpm`` the tokens per minute; `hold` delays all workers
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
        """Wait until a request of ``tokens`` tokens may leave; False if the run stops first."""
        if self._stop.is_set():
            return False
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next, self._next_tokens)
            self._next = turn + self._spacing
            self._next_tokens = turn + tokens * self._per_token
        return turn <= now or not self._stop.wait(turn - now)

    def correct(self, guessed: int, used: int) -> None:
        """Account for a request that used ``used`` tokens instead of the estimated ``guessed``."""
        if self._per_token:
            with self._lock:
                self._next_tokens += (used - guessed) * self._per_token

    def hold(self, seconds: float) -> None:
        """Hold back all requests of this model for ``seconds`` seconds."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class AdaptiveConcurrency:
    """Limit of one model's requests in flight, adapted to the load that its server accepts.

    Additive increase, multiplicative decrease (Chiu and Jain, 1989): a refusal of requests as too fast
    halves the limit, at most once for requests that were in flight together; answers raise it back
    to ``most``.
    """

    def __init__(self, stop: threading.Event, most: int) -> None:
        self._stop = stop
        self._most = most
        self._step = max(1.0, most / ROUNDS_TO_RECOVER)
        self._in_flight = 0
        self._cut_at = 0.0
        self._changed = threading.Condition()
        self.limit = float(most)
        """Requests allowed in flight now, from 1 to ``most``."""

    def enter(self) -> bool:
        """Wait until one more request may be in flight; False if the run stops first."""
        with self._changed:
            while self._in_flight >= int(self.limit):
                if self._stop.is_set():
                    return False
                # With a timeout: a stopping run does not notify this condition.
                self._changed.wait(0.2)
            self._in_flight += 1
        return True

    def leave(self, began: float, *, too_fast: bool = False, answered: bool = False) -> bool:
        """Note the end of a request that left at ``began`` (`time.monotonic`); True if the limit was cut."""
        cut = False
        with self._changed:
            self._in_flight -= 1
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


def backoff(attempt: int, after: float | None, jitter: random.Random) -> float:
    """Seconds to wait after failed attempt number ``attempt`` (from 1).

    The ``after`` seconds that the server asked for, plus up to a tenth to keep workers from
    returning all at once; otherwise exponential backoff with full jitter (M. Brooker, "Exponential Backoff
    And Jitter", 2015).
    """
    if after is not None:
        return min(max(after, 0.0) * (1 + 0.1 * jitter.random()), LONGEST_WAIT_S)
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * jitter.random()
