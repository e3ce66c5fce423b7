"""The exceptions that pointbench raises on purpose.

::

    PointbenchError
    ├── UsageError              a command, file, setting or disk is wrong: exit status 2, one line
    │   ├── SuiteError          a suite that cannot be used; carries every fault found
    │   └── RunError            a run's folder that cannot be used
    └── AskError                an adapter raises it instead of returning a reply
        ├── RetryLater          the same request may succeed later
        ├── GiveUp              the same request will fail again
        ├── OutOfCredit         no request to this model can succeed until credit is added
        └── Retired             the vendor has withdrawn the model
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


class PointbenchError(Exception):
    """The root of the tree; never raised itself."""

    def __reduce__(self) -> tuple[object, ...]:
        # An exception's own way calls the class with its args, which are not its parameters here.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[PointbenchError], args: tuple[object, ...], fields: dict[str, object]
) -> PointbenchError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class UsageError(PointbenchError):
    """Something a person can fix. Its text is one line: what is wrong, where, and how to fix it."""


class SuiteError(UsageError):
    """A suite that cannot be used. ``faults`` holds every fault found, as printable lines."""

    def __init__(self, message: str, faults: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class RunError(UsageError):
    """A run's folder that is missing, locked, unreadable, or of another schema."""


class AskError(PointbenchError):
    """Raised by an adapter instead of returning a reply. Recorded as ``error``, never scored.

    ``status`` is the HTTP status of the response, None if there was none. ``usage`` is a
    `pointbench.Reply` with the tokens or the cost that the server reported beside its error, None if
    it reported none. ``begun`` is True if the server has begun to compute an answer: then it may be
    billed whatever the status says.
    """

    address: str | None = None
    """Host and port that could not be reached, for the person at the terminal; never stored with a run."""

    def __init__(self, message: str, *, status: int | None = None, usage: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.usage = usage
        self.begun = False

    @property
    def refused(self) -> bool:
        """True if the request was refused before anything was computed, so nothing is billed.

        A status of 408, or of 500 and more, may come from a gateway that waited for an answer, and an
        error in a 200 may follow one. Without a status, an error that another request cannot mend is
        a refusal.
        """
        if self.begun:
            return False
        return self.status is None or _refuses(self.status)


def _refuses(status: int) -> bool:
    return 300 <= status < 500 and status != 408


class RetryLater(AskError):
    """The same request may succeed later.

    ``after`` is the number of seconds that the server asked to wait, None if it gave none; a value
    that is not a number counts as None, and a negative one as 0.
    ``status`` is the HTTP status of the refusal; 429 and 529 slow down later requests. ``reached`` is
    False when no server received the request, which then cost nothing.
    """

    def __init__(
        self,
        after: float | None = None,
        message: str = "",
        *,
        status: int | None = None,
        reached: bool = True,
        usage: object = None,
    ) -> None:
        super().__init__(message or "asked to retry later", status=status, usage=usage)
        known = isinstance(after, int | float) and not math.isnan(after)
        self.after = max(0.0, after) if after is not None and known else None
        self.reached = reached

    @property
    def too_fast(self) -> bool:
        """True if requests came too fast: the server gave a waiting time, or the status is 429 or 529."""
        return self.after is not None or self.status in (429, 529)

    @property
    def refused(self) -> bool:
        """True if no answer was computed, so none is billed; without a status, if asked to wait."""
        if self.begun:
            return False
        if not self.reached:
            return True
        return self.after is not None if self.status is None else _refuses(self.status)


class GiveUp(AskError):
    """The same request would fail again: a wrong key, an unknown parameter, a picture too large."""

    def __init__(
        self, message: str = "", *, status: int | None = None, usage: object = None
    ) -> None:
        super().__init__(message or "gave up", status=status, usage=usage)


class OutOfCredit(AskError):
    """The account has no credit left; the model is not asked again in this run."""

    def __init__(
        self, message: str = "", *, status: int | None = None, usage: object = None
    ) -> None:
        super().__init__(message or "out of credit", status=status, usage=usage)


class Retired(AskError):
    """The vendor no longer serves this model; ``successor`` is the model to use instead."""

    def __init__(
        self,
        successor: str | None = None,
        message: str = "",
        *,
        status: int | None = None,
        usage: object = None,
    ) -> None:
        if not message:
            message = "the model is retired"
            if successor:
                message += f"; its successor is {successor}"
        super().__init__(message, status=status, usage=usage)
        self.successor = successor


def one_line(text: str) -> str:
    """Text for a one-line message: control characters and line breaks become single spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def nearest_hint(name: str, known: Iterable[str], otherwise: str, most: int = 2) -> str:
    """``did you mean a or b?`` with at most ``most`` known names like ``name``, or ``otherwise``."""
    near = _nearest(name, known, most, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """Message for an unknown name: suggests the nearest known name and lists all of them."""
    names = list(known)
    near = _nearest(name, names, 1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return one_line(f"unknown {what} {name!r:.80}{hint} Known: {', '.join(names)}")


def _nearest(name: str, known: Iterable[str], most: int, cutoff: float) -> list[str]:
    from difflib import get_close_matches  # imported only when there is an error

    return get_close_matches(name, list(known), n=most, cutoff=cutoff)
