"""Request bodies, with pictures encoded once and spliced into every request that needs them."""

from __future__ import annotations

import base64
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping

import msgspec

from pointbench.adapters.protocol import Picture

JsonObject = dict[str, object]
"""An object of a JSON body, sent or received."""

MAX_BYTES = 128_000_000
"""Maximum bytes of cached encoded pictures: about a hundred full-HD screenshots."""

_encode = msgspec.json.Encoder().encode
_SLICE = 65_536
_PLACE = f"picture {secrets.token_hex(16)} "
"""Placeholder for a picture in a body; random, so no text in a suite can contain it."""


class JsonBody:
    """A JSON object as slices of bytes; the cached bytes of its pictures are sent without copying.

    A body joined into one string would stay in memory until its answer arrives, for every request
    in flight. Iterating again yields the same slices.
    """

    def __init__(self, body: Mapping[str, object]) -> None:
        raws: list[msgspec.Raw] = []
        rest = _encode(_with_places(body, raws))
        self._pieces: list[memoryview] = []
        for number, raw in enumerate(raws):
            before, _, rest = rest.partition(f'"{_PLACE}{number}"'.encode())
            self._pieces += [memoryview(before), memoryview(raw)]
        self._pieces.append(memoryview(rest))

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request; without a length the body would be sent in chunks."""
        return {"Content-Type": "application/json", "Content-Length": str(len(self))}

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            for start in range(0, len(piece), _SLICE):
                yield bytes(piece[start : start + _SLICE])


def _with_places(value: object, raws: list[msgspec.Raw]) -> object:
    if isinstance(value, msgspec.Raw):
        raws.append(value)
        return f"{_PLACE}{len(raws) - 1}"
    if isinstance(value, Mapping):
        return {key: _with_places(inner, raws) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_places(inner, raws) for inner in value]
    return value


class EncodedPictures:
    """Cache of base64 pictures as JSON strings, shared by all threads; drops the least recently used."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._encoded: OrderedDict[tuple[str, str], bytes] = OrderedDict()
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
            encoded = self._encoded.get(name)
            if encoded is not None:
                self._encoded.move_to_end(name)
            else:
                # Inside the lock: a thread that needs the same picture waits instead of encoding it.
                encoded = b"".join((b'"', prefix.encode(), base64.b64encode(picture.data), b'"'))
                self._encoded[name] = encoded
                self._bytes += len(encoded)
                while self._bytes > self._max_bytes and len(self._encoded) > 1:
                    _, dropped = self._encoded.popitem(last=False)
                    self._bytes -= len(dropped)
        return msgspec.Raw(encoded)


ENCODED = EncodedPictures()
"""Encoded pictures of this process, shared by all adapters."""
