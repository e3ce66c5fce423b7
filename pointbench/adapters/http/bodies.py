"""Pictures as JSON strings, made once and spliced into every request that shows them."""

from __future__ import annotations

import base64
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pointbench.adapters.protocol import Picture

MAX_BYTES = 128_000_000
"""What is kept of encoded pictures; some hundred full-HD screenshots."""

_encode = msgspec.json.Encoder().encode
_SLICE = 65_536
_PLACE = f"picture {secrets.token_hex(16)} "
"""Stands in a body for a picture; no model's or suite's text can know it."""


class JsonBody:
    """An object as JSON, in slices: its pictures are sent from where they are kept, never copied.

    A body joined to one string would stay in memory, once a request under way, until its answer
    comes. Iterating again gives the slices again.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        raws: list[msgspec.Raw] = []
        rest = _encode(_with_places(body, raws))
        self._pieces: list[memoryview] = []
        for number, raw in enumerate(raws):
            before, _, rest = rest.partition(f'"{_PLACE}{number}"'.encode())
            self._pieces += [memoryview(before), memoryview(raw)]
        self._pieces.append(memoryview(rest))

    @property
    def headers(self) -> dict[str, str]:
        """What the request must say of it; without a length it would be sent as chunks."""
        return {"Content-Type": "application/json", "Content-Length": str(len(self))}

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            for start in range(0, len(piece), _SLICE):
                yield bytes(piece[start : start + _SLICE])


def _with_places(value: Any, raws: list[msgspec.Raw]) -> Any:
    if isinstance(value, msgspec.Raw):
        raws.append(value)
        return f"{_PLACE}{len(raws) - 1}"
    if isinstance(value, Mapping):
        return {key: _with_places(inner, raws) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_places(inner, raws) for inner in value]
    return value


class EncodedPictures:
    """Base64 of pictures as JSON strings, shared by all threads, least recently used dropped first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def base64(self, picture: Picture) -> msgspec.Raw:
        """The picture in base64, as a JSON string."""
        return self._get(picture, "")

    def data_url(self, picture: Picture) -> msgspec.Raw:
        """The picture as a ``data:`` URL, as a JSON string."""
        return self._get(picture, f"data:{picture.media_type};base64,")

    def _get(self, picture: Picture, prefix: str) -> msgspec.Raw:
        name = (picture.sha256, prefix)
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
            else:
                # Inside the lock: a thread that wants the same picture waits instead of encoding it.
                kept = b"".join((b'"', prefix.encode(), base64.b64encode(picture.data), b'"'))
                self._kept[name] = kept
                self._bytes += len(kept)
                while self._bytes > self._max_bytes and len(self._kept) > 1:
                    _, dropped = self._kept.popitem(last=False)
                    self._bytes -= len(dropped)
        return msgspec.Raw(kept)


ENCODED = EncodedPictures()
"""The process's own: every adapter splices from it."""
