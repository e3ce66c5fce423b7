"""What a format's reader hands on: targets as the annotation writes them, and what is wrong.

A `Draft` is not yet judged: its numbers are in the annotation's own unit and may be anything.
`pointbench.importers.convert` turns its marks into pixels, or says why it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pointbench.errors import one_line
from pointbench.geometry import Size

Action = Literal["dropped", "changed"]


@dataclass(frozen=True)
class Convention:
    """How a public set writes the four numbers of a box; declared by its format, never sniffed.

    ``unit`` is ``pixel`` of the picture, ``unit`` 0-1, ``percent`` 0-100 or ``permille`` 0-1000,
    each the share of the picture's own side. ``corners`` is ``xyxy`` (left, top, right, bottom)
    or ``xywh`` (left, top, width, height).
    """

    unit: Literal["pixel", "unit", "percent", "permille"] = "pixel"
    corners: Literal["xyxy", "xywh"] = "xyxy"


@dataclass(frozen=True)
class DraftRegion:
    """One place as the annotation writes it: a box's four numbers, or a polygon's x, y, x, y ..."""

    values: Any
    convention: Convention = Convention()
    polygon: bool = False


@dataclass(frozen=True)
class Draft:
    """One target as the annotation writes it.

    ``picture`` is the picture's path as the annotation names it; ``image`` its bytes where the
    row itself carries them; ``size`` what the annotation says about it. ``marks`` holds every
    right place, and is empty for an ``absent`` target. ``row`` is the original row without its
    pictures, kept so that other people's result files can be joined to the target.
    """

    id: str
    place: str
    picture: str
    instruction: Any
    marks: tuple[DraftRegion, ...] = ()
    absent: bool = False
    size: Size | None = None
    image: bytes | None = None
    folder: str = ""
    kind: str | None = None
    name: str | None = None
    role: str | None = None
    app: str | None = None
    platform: str | None = None
    tags: tuple[str, ...] = ()
    rewordings: tuple[str, ...] = ()
    row: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, Any] | None = None
    """A target's fields as our own exporter wrote them; they win over the ones above."""


@dataclass(frozen=True)
class Finding:
    """Something wrong with an annotation: where, which target, why (a fixed word), and what came
    of it: ``dropped``, or kept and ``changed`` (cut at the picture's edge, say)."""

    place: str
    target: str | None
    reason: str
    detail: str
    action: Action = "dropped"

    def __str__(self) -> str:
        who = f"target {self.target}: " if self.target else ""
        return one_line(f"{self.place}: {who}{self.detail}; {self.action} ({self.reason})")


def kind_of(value: Any) -> str | None:
    """``icon`` and ``text`` as the public sets write them; None for everything else."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return word if word in ("icon", "text", "other") else None


def text_of(value: Any) -> str | None:
    """A word or number of an annotation as text; None when it is blank or something else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def texts_of(*values: Any) -> tuple[str, ...]:
    """All words among the values, lists opened up, blanks and repetitions left out."""
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    words = [word for word in map(text_of, flat) if word]
    return tuple(dict.fromkeys(words))


def size_of(value: Any) -> Size | None:
    """[width, height] as an annotation states it; None unless both are whole and positive."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    sides = []
    for side in value:
        if isinstance(side, bool) or not isinstance(side, int | float):
            return None
        if not 0 < side < 1e9 or side != int(side):
            return None
        sides.append(int(side))
    return Size(*sides)
