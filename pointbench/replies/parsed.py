"""What a reply format makes of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pointbench.geometry import Point

Status = Literal["point", "declined", "unparsed"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The reading of one reply, before the frame is looked at.

    ``point_in_frame`` is x first, in the units of the profile's frame; of a box, its center. It is
    finite, and None unless ``status`` is ``point``. ``raw`` holds the numbers as the model wrote
    them (two of a point, four of a box, in its own order), ``count`` how many points the answer
    that counted held, ``format`` the name of the reply format that matched.
    """

    status: Status
    point_in_frame: Point | None = None
    raw: tuple[float, ...] = ()
    count: int = 0
    format: str | None = None
    flags: tuple[str, ...] = ()
    """Oddities a report may count: ``several``, ``reversed-box``, ``repaired``, ``prompt-example``."""


DECLINED = Parsed("declined")
UNPARSED = Parsed("unparsed")
