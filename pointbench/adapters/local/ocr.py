"""Reads the text of a picture, once, with RapidOCR. Nothing is sent anywhere.

The library's wheel contains its models, so nothing is downloaded at first use either.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from importlib import metadata
from typing import Any

from pointbench.adapters.local.matching import Line
from pointbench.adapters.protocol import Picture
from pointbench.errors import GiveUp
from pointbench.extras import install_command
from pointbench.geometry import Box

# Set before the first import: otherwise onnxruntime sends telemetry to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

GAP = 0.6
"""Gap between two words, in line heights, beyond which they belong to different labels."""

REMEMBERED = 256
"""Number of pictures whose text is cached; a picture of 400 lines takes about 0.2 MB."""

INSTALL = install_command("ocr")


def version() -> str:
    """The reader's name and version, as in ``rapidocr-3.10.0``; GiveUp if it is not installed."""
    try:
        return f"rapidocr-{metadata.version('rapidocr')}"
    except metadata.PackageNotFoundError as error:
        raise GiveUp(f"rapidocr is not installed: {INSTALL}") from error


class Readings:
    """The text of each picture, read once for all callers in all threads.

    ``read`` is called for one picture at a time. A caller that asks for a picture that is being read
    waits for the result. A failure is raised to every caller that waits for it, then forgotten.
    """

    def __init__(
        self, read: Callable[[Picture], tuple[Line, ...]], remembered: int = REMEMBERED
    ) -> None:
        self._read = read
        self._remembered = remembered
        self._by_sha256: OrderedDict[str, Future[tuple[Line, ...]]] = OrderedDict()
        self._lock = threading.Lock()
        # The engine uses every core for one picture; two at once would only double the memory.
        self._turn = threading.Lock()

    def lines(self, picture: Picture) -> tuple[Line, ...]:
        """The lines of ``picture``; raises the error that ``read`` raised."""
        with self._lock:
            reading = self._by_sha256.get(picture.sha256)
            first = reading is None
            if reading is None:
                reading = self._by_sha256[picture.sha256] = Future()
                self._drop_oldest()
            self._by_sha256.move_to_end(picture.sha256)
        if first:
            self._read_for(reading, picture)
        return reading.result()

    def _read_for(self, reading: Future[tuple[Line, ...]], picture: Picture) -> None:
        try:
            with self._turn:
                lines = self._read(picture)
        except BaseException as error:  # noqa: BLE001 - raised by result() to every caller
            with self._lock:
                if self._by_sha256.get(picture.sha256) is reading:
                    del self._by_sha256[picture.sha256]
            reading.set_exception(error)
        else:
            reading.set_result(lines)

    def _drop_oldest(self) -> None:
        finished = [sha256 for sha256, reading in self._by_sha256.items() if reading.done()]
        for sha256 in finished[: max(0, len(self._by_sha256) - self._remembered)]:
            del self._by_sha256[sha256]


_loaded_engine: Any = None


def _engine() -> Any:
    """The RapidOCR engine, created on first use; GiveUp if the extra is not installed."""
    global _loaded_engine
    if _loaded_engine is None:
        try:
            with warnings.catch_warnings():
                # Deprecations inside third-party packages are not ours to fix.
                warnings.simplefilter("ignore", DeprecationWarning)
                warnings.simplefilter("ignore", SyntaxWarning)
                import onnxruntime  # noqa: F401 - rapidocr imports it only when it reads
                from rapidocr import RapidOCR
        except ImportError as error:
            raise GiveUp(f"{error.name or 'a package'} is not installed: {INSTALL}") from error
        # Text on screens is upright: the classifier of rotated text would only cost time.
        _loaded_engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.return_word_box": True,
            }
        )
    return _loaded_engine


def read_picture(picture: Picture) -> tuple[Line, ...]:
    """The lines of text on ``picture``, boxes in its pixels, in the reader's order.

    The same picture always gives the same lines. GiveUp for a picture that cannot be decoded.
    """
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture.data)) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise GiveUp(f"the picture cannot be read: {error}") from error
    output = _engine()(np.ascontiguousarray(pixels[:, :, ::-1]))  # it expects BGR
    if output.txts is None or output.boxes is None or output.scores is None:
        return ()
    return tuple(
        line
        for text, corners, score, words in zip(
            output.txts, output.boxes, output.scores, output.word_results, strict=True
        )
        for line in split_at_gaps(
            Line(text, _bounds(corners), float(score)),
            [(word, _bounds(box)) for word, _, box in words if box is not None],
        )
    )


def split_at_gaps(line: Line, words: Sequence[tuple[str, Box]]) -> list[Line]:
    """The parts of a line between its wide gaps, which separate menus or columns.

    ``words`` are the line's words in order, with their boxes. The line stays whole if its text
    does not contain all of them.
    """
    wide = GAP * (line.box.bottom - line.box.top)
    parts: list[Line] = []
    at = start = 0
    left = line.box.left
    for index, (word, box) in enumerate(words):
        begin = line.text.find(word, at)
        if begin < 0:
            return [line]
        if index and box.left - words[index - 1][1].right > wide:
            end = words[index - 1][1].right
            parts.append(
                Line(line.text[start:at], line.box._replace(left=left, right=end), line.score)
            )
            start, left = begin, box.left
        at = begin + len(word)
    rest = Line(line.text[start:], line.box._replace(left=left), line.score)
    return [*parts, rest] if parts else [line]


def _bounds(corners: Iterable[tuple[float, float]]) -> Box:
    """The upright box around the corners, (x, y) each, of a line or word."""
    xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


READINGS = Readings(read_picture)
"""The readings of this process, shared by all adapters."""
