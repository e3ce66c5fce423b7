"""A reply found in a file, a row that belongs to no target, and the shape of a format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointbench.adapters.protocol import Reply
from pointbench.geometry import Point, Size

if TYPE_CHECKING:
    from pointbench.engine.reply_files.rows import FileRow
    from pointbench.suites import AskedTarget


@dataclass(frozen=True)
class GivenPoint:
    """A point that needs no parser, in pixels of the screenshot; None means declined."""

    point: Point | None


@dataclass(frozen=True)
class GivenError:
    """Why there is no answer."""

    type: str
    message: str


@dataclass(frozen=True, kw_only=True)
class FoundReply:
    """One reply of a file. Either ``target`` or ``custom_id`` names what it answers."""

    place: str
    """``line 3`` or ``row 3``, for messages."""
    answer: Reply | GivenPoint | GivenError
    target: str | None = None
    custom_id: str | None = None
    """``ID`` or ``ID#N`` for repeat N of target ID, or the key of a trial, as its request was named."""
    suite: str | None = None
    model: str | None = None
    """The model's label; None if the row names none."""
    repeat: int | None = None
    sent: Size | None = None
    """Size, in pixels, of the picture that the model saw, if the row states it."""
    scored_as: GivenPoint | Reply | None = None
    """What another scorer took from the same answer, such as a point in pixels of the screenshot."""
    scored_correct: bool | None = None
    """That scorer's verdict."""
    latency_s: float | None = None
    cost_usd: float | None = None
    ignored: tuple[str, ...] = ()
    """Keys of the row that no format knows."""


@dataclass(frozen=True)
class Unjoined:
    """A row that answers no target of the suites; named and counted, never scored."""

    place: str
    detail: str


@dataclass(frozen=True)
class KeyNames:
    """Names of the fields with a target's id and with the answer, where they are not a format's own.

    ``a.b`` is field b of the object under a; a whole number picks an item of a list.
    """

    id: str | None = None
    text: str | None = None


class RowError(Exception):
    """A faulty row; its text is one line, without the row's place."""


Rows = Iterable["FileRow"]
Found = Iterator[FoundReply | Unjoined]


@dataclass(frozen=True)
class ReplyFormat:
    """A format of files with replies."""

    name: str
    description: str
    """What it reads, in one line, for people."""
    read: Callable[[Rows, Sequence[AskedTarget], KeyNames], Found]
    within: str | None = None
    """The key of the list of rows, where a file is one JSON object."""
    keys: frozenset[str] = frozenset()
    """Which of ``id`` and ``text`` in `KeyNames` the format takes."""
