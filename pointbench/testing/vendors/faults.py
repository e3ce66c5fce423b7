"""Faults between a client and a vendor, by name, and when they occur."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointbench.errors import unknown_name

FAULTS: Mapping[str, str] = {
    "429": "too many requests, without a hint when to retry",
    "429-seconds": "429 with Retry-After in whole seconds (and any fraction, rounded up)",
    "429-ms": "429 with retry-after-ms in milliseconds",
    "429-date": "429 with Retry-After as an HTTP date",
    "429-sentence": "429 with the wait stated only in a sentence of the body",
    "500": "internal error",
    "502": "a proxy's bad gateway, in HTML",
    "503": "unavailable",
    "504": "gateway time-out",
    "529": "overloaded",
    "408": "request time-out",
    "reset": "the connection is reset without a byte",
    "half-body": "half of the body, then the connection is closed",
    "half-chunks": "the same within a chunked body",
    "200-error": "status 200 with an error in the body",
    "garbage": "status 200, declared as JSON but not JSON",
    "html": "status 200 with a page of HTML",
    "empty-body": "status 200 with nothing",
    "hang": "no byte until the client gives up",
}
"""Name -> a fault that gives no answer but may succeed on a retry."""

FATAL: Mapping[str, str] = {
    "401-echo": "401 whose body repeats the key that was sent",
    "403": "forbidden",
    "404": "no such model",
    "413": "the request is too large",
    "no-credit": "the vendor's own error for an empty account",
}
"""Name -> a fault that no retry can fix."""

TURNS: Mapping[str, str] = {
    "refusal": "the model refuses in words",
    "blocked": "the vendor's filter stops the answer, as a finish reason",
    "blocked-400": "the vendor's filter refuses the request, as an HTTP error",
    "not-found": "the model answers that the target does not exist",
    "empty": "an answer without text",
    "cut-off": "the answer is cut off by the token limit",
    "wordy": "the model answers in many words, with line breaks, spaces and signs at every edge",
    "abort": "the server breaks the answer off and says so in its finish reason",
    "reasoning-only": "the whole answer in the field for reasoning, the text empty",
    "cached": "the correct answer, its input read from the server's cache but for a few tokens",
    "screenshot-first": "a computer tool asks for a screenshot before it clicks",
    "slow": "the correct answer, its body sent slowly in pieces",
    "chunked": "the correct answer in a chunked body",
}
"""Name -> an answer that contains no point, or that arrives in an unusual way."""


@dataclass(frozen=True)
class Fault:
    """One fault, by its name in `FAULTS`, `FATAL` or `TURNS`.

    ``after`` is in seconds: the wait that a 429 asks for, or how long a hang or a slow body lasts.
    """

    kind: str
    after: float = 0.05

    def __post_init__(self) -> None:
        kinds = [*FAULTS, *FATAL, *TURNS]
        if self.kind not in kinds:
            raise ValueError(unknown_name("fault", self.kind, kinds))


@dataclass(frozen=True)
class Weather:
    """Random faults: a ``share`` of all requests fail, each of ``kinds`` equally likely.

    The draw depends on ``seed`` and the request's number only, so the same requests in the same
    order fail in the same way.
    """

    share: float
    kinds: Sequence[str] = tuple(FAULTS)
    seed: int = 0
    after: float = 0.05

    def fault(self, number: int) -> Fault | None:
        """The fault of request ``number``, if any."""
        draw = random.Random(f"{self.seed}:{number}")  # noqa: S311 - weather, not a secret
        if draw.random() >= self.share:
            return None
        return Fault(draw.choice(list(self.kinds)), self.after)


CLEAR = Weather(0.0)


class Script:
    """The faults of the next requests, in order; None is a plain answer."""

    def __init__(self, weather: Weather = CLEAR) -> None:
        self.weather = weather
        self._next: dict[str, deque[Fault | None]] = {}

    def add(self, vendor: str, faults: Iterable[Fault | str | None]) -> None:
        """Queue faults for the next requests to a vendor; they come before random ones."""
        queue = self._next.setdefault(vendor, deque())
        queue.extend(Fault(fault) if isinstance(fault, str) else fault for fault in faults)

    def take(self, vendor: str, number: int) -> Fault | None:
        """The fault of request ``number``, which is for ``vendor``."""
        queue = self._next.get(vendor)
        if queue:
            return queue.popleft()
        return self.weather.fault(number)


class Throttle:
    """Admits at most ``rate`` requests per second, with bursts of up to one second's worth."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = max(1.0, rate)
        self._at: float | None = None

    def wait_s(self, now: float) -> float:
        """0 if a request at ``now`` is admitted, else the seconds until one would be."""
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._left = min(max(1.0, self._rate), self._left + elapsed * self._rate)
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._rate
