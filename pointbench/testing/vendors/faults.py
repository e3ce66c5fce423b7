"""Everything that goes wrong between a client and a vendor, by name, and when it does."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

FAULTS: Mapping[str, str] = {
    "429": "too many requests, without a word on when to come back",
    "429-seconds": "429 with Retry-After in whole seconds (and any fraction, rounded up)",
    "429-ms": "429 with retry-after-ms in milliseconds",
    "429-date": "429 with Retry-After as an HTTP date",
    "429-sentence": "429 whose body alone says in words when to come back",
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
    "garbage": "status 200, declared JSON, and is none",
    "html": "status 200 with a page of HTML",
    "empty-body": "status 200 with nothing",
    "hang": "no byte until the client gives up",
}
"""What never becomes an answer but may succeed when asked again."""

FATAL: Mapping[str, str] = {
    "401-echo": "401 whose body repeats the key that was sent",
    "403": "forbidden",
    "404": "no such model",
    "413": "the request is too large",
    "no-credit": "the vendor's own way to say that the account is empty",
}
"""What never becomes an answer, however often it is asked."""

TURNS: Mapping[str, str] = {
    "refusal": "the model says in words that it will not",
    "blocked": "the vendor's filter stops the answer, as a finish reason",
    "blocked-400": "the vendor's filter refuses the request, as an HTTP error",
    "not-found": "the model says that there is no such thing",
    "empty": "an answer without text",
    "cut-off": "the answer is cut off where the tokens ran out",
    "screenshot-first": "a computer tool asks for a screenshot before it clicks",
    "slow": "the right answer, its body dribbled out",
    "chunked": "the right answer in a chunked body",
}
"""What is an answer all the same, in words that are no point, or that come in their own way."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, by its name in `FAULTS`, `FATAL` or `TURNS`.

    ``after`` is in seconds: what a 429 asks to wait, how long a hang or a slow body lasts.
    """

    kind: str
    after: float = 0.05

    def __post_init__(self) -> None:
        kinds = [*FAULTS, *FATAL, *TURNS]
        if self.kind not in kinds:
            near = get_close_matches(self.kind, kinds, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ValueError(f"unknown fault {self.kind!r}{hint} Known: {', '.join(kinds)}")


@dataclass(frozen=True)
class Weather:
    """Faults by chance: a ``share`` of all requests, each of ``kinds`` alike, drawn with ``seed``.

    The draw is of the request's number, so that the same requests in the same order fail alike.
    """

    share: float
    kinds: Sequence[str] = tuple(FAULTS)
    seed: int = 0
    after: float = 0.05

    def fault(self, number: int) -> Fault | None:
        """What happens to request ``number``."""
        draw = random.Random(f"{self.seed}:{number}")  # noqa: S311 - weather, not a secret
        if draw.random() >= self.share:
            return None
        return Fault(draw.choice(list(self.kinds)), self.after)


CLEAR = Weather(0.0)


class Script:
    """What is played to the next requests, in order: a fault, or None for a plain answer."""

    def __init__(self, weather: Weather = CLEAR) -> None:
        self.weather = weather
        self._next: dict[str, deque[Fault | None]] = {}

    def add(self, vendor: str, faults: Iterable[Fault | str | None]) -> None:
        """Queue faults for the next requests to a vendor, before any weather."""
        queue = self._next.setdefault(vendor, deque())
        queue.extend(Fault(fault) if isinstance(fault, str) else fault for fault in faults)

    def take(self, vendor: str, number: int) -> Fault | None:
        """The fault of request ``number``, which goes to ``vendor``."""
        queue = self._next.get(vendor)
        if queue:
            return queue.popleft()
        return self.weather.fault(number)


class Throttle:
    """At most ``rate`` requests a second, a second's worth of them at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = max(1.0, rate)
        self._at: float | None = None

    def wait_s(self, now: float) -> float:
        """0 where a request at ``now`` is let in, else the seconds until one would be."""
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._left = min(max(1.0, self._rate), self._left + elapsed * self._rate)
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._rate
