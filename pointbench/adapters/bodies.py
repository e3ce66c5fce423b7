"""Pictures as JSON strings, made once and spliced into every request that shows them."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict

import msgspec

from pointbench.adapters.protocol import Picture

MAX_BYTES = 128_000_000
"""What is kept of encoded pictures; some hundred full-HD screenshots."""

encode_json = msgspec.json.Encoder().encode
"""An object as JSON bytes; a `msgspec.Raw` inside it is copied as it is."""


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
                kept = b'"' + prefix.encode() + base64.b64encode(picture.data) + b'"'
                self._kept[name] = kept
                self._bytes += len(kept)
                while self._bytes > self._max_bytes and len(self._kept) > 1:
                    _, dropped = self._kept.popitem(last=False)
                    self._bytes -= len(dropped)
        return msgspec.Raw(kept)


ENCODED = EncodedPictures()
"""The process's own: every adapter splices from it."""
