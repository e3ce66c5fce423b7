"""The result of parsing a reply."""

from __future__ import annotations

from typing import Literal

import msgspec

from pointbench.geometry import Point

Status = Literal["point", "declined", "unparsed"]


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """A parsed reply, before its frame is applied.

    ``point_in_frame`` is x first, in the units of the profile's frame; for a box, its center. It is
    finite, and None unless ``status`` is ``point``. ``raw`` holds the numbers as the model wrote
    them (two for a point, four for a box, in the model's order), ``count`` the number of points in
    the answer that counted, ``format`` the name of the reply format that matched.
    """

    status: Status
    point_in_frame: Point | None = None
    raw: tuple[float, ...] = ()
    count: int = 0
    format: str | None = None
    flags: tuple[str, ...] = ()
    """Oddities that a report may count: ``several``, ``reversed-box``, ``repaired``, ``prompt-example``."""


DECLINED = Parsed("declined")
UNPARSED = Parsed("unparsed")
