"""How the models see: decodes each picture once, and finds its mark once per size."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from pointbench.geometry import Point, Size
from pointbench.testing.marks import find_mark
from pointbench.testing.vendors.call import Seen
from pointbench.testing.vendors.families import Family

_MOST_CACHED = 20_000
"""Entries of each cache."""
_TWO_NUMBERS = re.compile(r"(\d{3,5})\D{1,60}?(\d{3,5})")


class Unseen(Exception):
    """Raised if a mark has not been searched for yet; ``look`` does so, slowly enough to need a thread."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self.look = look


@dataclass(frozen=True)
class Arrived:
    """A picture of a request; ``read`` returns its bytes."""

    seen: Seen
    read: Callable[[], bytes] = field(repr=False)


class Sight:
    """The pictures and marks seen so far, by digest, so each picture is decoded once."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[bytes, Seen] = OrderedDict()
        self._marks: OrderedDict[tuple[str, Size], Point | None] = OrderedDict()

    def of_text(self, text: str) -> Arrived:
        """A picture in base64; ValueError if it is not one."""
        key = hashlib.sha256(text.encode("ascii", "replace")).digest()
        seen = self._pictures.get(key)
        if seen is None:
            seen = _seen(_decoded(text))
            self._pictures[key] = seen
            _trim(self._pictures)
        return Arrived(seen, lambda: _decoded(text))

    def of_bytes(self, data: bytes) -> Arrived:
        """A picture in raw bytes; ValueError if it is not one."""
        return Arrived(_seen(data), lambda: data)

    def mark(self, arrived: Arrived, seen_size: Size) -> Point | None:
        """The mark, in pixels of the picture at ``seen_size``; raises `Unseen` the first time."""
        key = (arrived.seen.sha256, seen_size)
        if key not in self._marks:

            def look() -> None:
                self._marks[key] = find_mark(arrived.read(), seen_size)
                _trim(self._marks)

            raise Unseen(look)
        return self._marks[key]

    def answer(
        self, family: Family, arrived: Arrived | None, seen_size: Size, prompt: str
    ) -> Point:
        """The point that the model answers with, in its family's frame: the mark, else the middle.

        Without a picture, the middle of the size that the prompt states.
        """
        if arrived is None:
            stated = _TWO_NUMBERS.search(prompt)
            width, height = (int(stated[1]), int(stated[2])) if stated else (1000, 1000)
            return family.numbers(Point(width / 2, height / 2), Size(width, height))
        point = self.mark(arrived, seen_size)
        if point is None:
            point = Point(seen_size.width / 2, seen_size.height / 2)
        return family.numbers(point, seen_size)


def _trim(cache: OrderedDict[bytes, Seen] | OrderedDict[tuple[str, Size], Point | None]) -> None:
    while len(cache) > _MOST_CACHED:
        cache.popitem(last=False)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _seen(data: bytes) -> Seen:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            media_type = Image.MIME.get(image.format or "", "")
            size = Size(*image.size)
    except (OSError, SyntaxError) as error:
        raise ValueError("not a picture") from error
    return Seen(hashlib.sha256(data).hexdigest(), len(data), size, media_type)
