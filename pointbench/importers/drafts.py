"""Unvalidated targets yielded by a format's reader, and the problems found in the annotations.

A `Draft` is unchecked: its numbers are in the annotation's own unit and may be invalid.
`pointbench.importers.convert` converts its regions to pixels, or reports why it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pointbench.errors import one_line
from pointbench.geometry import Size

Action = Literal["dropped", "changed", "noted"]


@dataclass(frozen=True)
class Convention:
    """How a public set writes the four numbers of a box; declared by its format, never guessed.

    ``unit`` is ``pixel`` of the picture, ``unit`` 0-1, ``percent`` 0-100 or ``permille`` 0-1000,
    each a share of the picture's own side. ``corners`` is ``xyxy`` (left, top, right, bottom)
    or ``xywh`` (left, top, width, height).
    """

    unit: Literal["pixel", "unit", "percent", "permille"] = "pixel"
    corners: Literal["xyxy", "xywh"] = "xyxy"


@dataclass(frozen=True)
class DraftRegion:
    """One region as annotated: a box's four numbers, a polygon's x, y, x, y ..., or a point.

    ``margin`` makes a box of a point x, y: pixels of the picture to each side.
    """

    values: object
    convention: Convention = Convention()
    polygon: bool = False
    margin: float | None = None


@dataclass(frozen=True)
class Draft:
    """One target as annotated.

    ``picture`` is the picture's annotated path, ``picture_also`` other names that its file may have,
    ``image`` its bytes if the row itself contains them, ``size`` its annotated size. ``regions`` holds
    every correct place, and is empty for an ``absent`` target. ``row`` is the original row without its
    pictures; it allows other people's result files to be joined to the target.
    """

    id: str
    place: str
    picture: str
    instruction: object
    regions: tuple[DraftRegion, ...] = ()
    absent: bool = False
    size: Size | None = None
    image: bytes | None = None
    folder: str = ""
    picture_also: tuple[str, ...] = ()
    kind: str | None = None
    name: str | None = None
    role: str | None = None
    app: str | None = None
    platform: str | None = None
    tags: tuple[str, ...] = ()
    rewordings: tuple[str, ...] = ()
    row: Mapping[str, object] = field(default_factory=dict)
    stored: Mapping[str, Mapping[str, object]] | None = None
    """A target's fields as written by our own exporter; they override the ones above."""


@dataclass(frozen=True)
class Finding:
    """A problem with an annotation: the place, the target, the reason (a fixed word), and the
    consequence: ``dropped``, kept and ``changed`` (cut at the picture's edge, for example), or only
    ``noted``: the format declares that it is read so."""

    place: str
    target: str | None
    reason: str
    detail: str
    action: Action = "dropped"
    odd: bool = False
    """True if it speaks against the format's convention (`convert.Conversion.odd`)."""

    @property
    def declared(self) -> bool:
        """True if a rule that every format declares explains it: cut at the edge, or only noted."""
        return self.action == "noted" or self.reason.startswith("clipped-")

    def __str__(self) -> str:
        who = f"target {self.target}: " if self.target else ""
        return one_line(f"{self.place}: {who}{self.detail}; {self.action} ({self.reason})")


def kind_of(value: object) -> str | None:
    """A target's kind as the public sets write it; None for anything but icon, text and other."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return word if word in ("icon", "text", "other") else None


def text_of(value: object) -> str | None:
    """A string or integer of an annotation as text; None if it is blank or of another type."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def texts_of(*values: object) -> tuple[str, ...]:
    """All texts among the values and in lists among them, without blanks or duplicates."""
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    texts = [text for text in map(text_of, flat) if text]
    return tuple(dict.fromkeys(texts))


def size_of(value: object) -> Size | None:
    """An annotated [width, height]; None unless both are positive whole numbers."""
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
