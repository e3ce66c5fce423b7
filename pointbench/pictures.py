"""Screenshots: reads and checks their files, and prepares the bytes that are sent."""

from __future__ import annotations

import errno
import hashlib
import io
import stat
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.adapters.protocol import Picture
from pointbench.errors import SuiteError, one_line
from pointbench.geometry import Shift, Size

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before they are decoded: 12 times 4K, 300 MB as RGB."""

MAX_BYTES = 400_000_000
"""Larger files are refused before they are read: more than `MAX_PIXELS` of raw RGB."""

_TOO_LARGE = f"it has more than {MAX_PIXELS // 1_000_000} million pixels"

_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_ORIENTATION = 0x0112
_PNG_EXIF = (b"eXIf", b"Raw profile type", b"xmp")
"""Every PNG with an orientation tag contains one of these."""
_BACKGROUND = (0, 0, 0)


def check_picture(path: Path, size: Size, sha256: str | None, *, decode: bool) -> str | None:
    """The problem with a screenshot's file, in one line, or None.

    ``size`` (pixels) and ``sha256`` are the annotation's; ``decode`` also reads every pixel, which
    finds truncated files.
    """
    try:
        data = read_picture(path)
    except FileNotFoundError:
        return "the picture is missing"
    except OSError as error:
        return f"the picture cannot be read: {error.strerror}"
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        return "the picture differs from its sha256"
    try:
        with _open(data) as image:
            seen = _oriented_size(image, data)
            if seen != size:
                return (
                    f"the picture is {seen[0]}x{seen[1]}, the annotation says {size[0]}x{size[1]}"
                )
            if decode:
                image.load()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        return one_line(f"the picture cannot be read as PNG, JPEG or WebP: {error}")
    return None


def measured(data: bytes) -> tuple[Size, Size, str]:
    """A picture's size upright, its size as stored, and its format in lower case; reads every pixel.

    OSError, ValueError, SyntaxError or EOFError where `prepare` could not use it.
    """
    with _open(data) as image:
        size = Size(*_oriented_size(image, data))
        stored, form = Size(*image.size), (image.format or "").lower()
        image.load()
    return size, stored, form


def read_picture(path: Path) -> bytes:
    """The bytes of a picture's file; OSError if it is not a regular file or exceeds `MAX_BYTES`."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    if facts.st_size > MAX_BYTES:
        raise OSError(errno.EFBIG, f"it has more than {MAX_BYTES // 1_000_000} million bytes")
    return path.read_bytes()


def picture_digest(path: Path) -> str:
    """SHA-256 of a picture's file, hex; OSError as in `read_picture`."""
    return hashlib.sha256(read_picture(path)).hexdigest()


def open_screenshot(path: Path) -> Image.Image:
    """The screenshot as RGB, upright, transparency on black; SuiteError when it cannot be read."""
    try:
        with _open(read_picture(path)) as image:
            return _flattened(image)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise SuiteError(one_line(f"screenshot {path.name} cannot be read: {error}")) from error


def _open(data: bytes) -> Image.Image:
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow warns at its own limit; ours is checked below, before any pixel is decoded.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=tuple(_MEDIA_TYPES))
        except Image.DecompressionBombError as error:
            raise ValueError(_TOO_LARGE) from error
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(_TOO_LARGE)
    return image


def _oriented_size(image: Image.Image, data: bytes) -> tuple[int, int]:
    turned = _orientation(image, data) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else image.size


def _orientation(image: Image.Image, data: bytes) -> int:
    """Exif orientation; 1 for an upright picture."""
    # Pillow decodes the whole PNG (6 MB at full HD) to look for Exif data after the pixels.
    if image.format == "PNG" and not any(mark in data for mark in _PNG_EXIF):
        return 1
    value = image.getexif().get(_ORIENTATION, 1)
    return value if isinstance(value, int) else 1


def _flattened(image: Image.Image) -> Image.Image:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        flat = Image.new("RGB", layer.size, _BACKGROUND)
        flat.paste(layer, mask=layer.getchannel("A"))
        return flat
    return upright.convert("RGB")


def prepare(path: Path, sent: Size, shift: Shift | None = None) -> Picture:
    """A screenshot prepared for sending at ``sent`` pixels: its own bytes if possible.

    Otherwise a PNG: flattened, upright, shifted, and resized with Lanczos. SuiteError when the file
    cannot be read.
    """
    try:
        data = read_picture(path)
        with _open(data) as image:
            media_type = _MEDIA_TYPES[image.format or ""]
            plain = (
                shift is None
                and image.size == sent
                and _orientation(image, data) == 1
                and not image.has_transparency_data
                and not getattr(image, "is_animated", False)
            )
            if not plain:
                data, media_type = _encoded(_flattened(image), sent, shift), "image/png"
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise SuiteError(one_line(f"screenshot {path.name} cannot be read: {error}")) from error
    return Picture(data, media_type, sent.width, sent.height, hashlib.sha256(data).hexdigest())


def _encoded(image: Image.Image, sent: Size, shift: Shift | None) -> bytes:
    from PIL import Image

    if shift is not None:
        image = shifted(image, shift)
    if image.size != sent:
        image = image.resize(sent, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # Level 6 takes three times as long as level 1 to save a few percent, for a picture sent once.
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def shifted(image: Image.Image, shift: Shift) -> Image.Image:
    """The picture on a canvas of the same size, with every point p moved to ``scale x p + (dx, dy)``."""
    from PIL import Image

    inverse = (1 / shift.scale, 0.0, -shift.dx / shift.scale)
    down = (0.0, 1 / shift.scale, -shift.dy / shift.scale)
    return image.transform(
        image.size,
        Image.Transform.AFFINE,
        (*inverse, *down),
        resample=Image.Resampling.BICUBIC,
        fillcolor=_BACKGROUND,
    )


@dataclass(frozen=True)
class _Recipe:
    path: Path
    sent: Size
    shift: Shift | None


class PictureCache:
    """LRU cache of prepared pictures, shared by all threads.

    ``max_bytes`` limits the pictures in the cache, not those in use. A thread that needs a picture that
    another thread is preparing waits for it instead of preparing it again.
    """

    def __init__(self, max_bytes: int = 64_000_000) -> None:
        self._max_bytes = max_bytes
        self._pictures: OrderedDict[_Recipe, Picture] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._preparing: dict[_Recipe, threading.Lock] = {}

    def get(
        self,
        path: Path,
        sent: Size,
        shift: Shift | None = None,
        *,
        make: Callable[[Path, Size, Shift | None], Picture] = prepare,
    ) -> Picture:
        recipe = _Recipe(path, sent, shift)
        with self._lock:
            picture = self._pictures.get(recipe)
            if picture is not None:
                self._pictures.move_to_end(recipe)
                return picture
            preparing = self._preparing.setdefault(recipe, threading.Lock())
        with preparing:
            with self._lock:
                picture = self._pictures.get(recipe)
            if picture is None:
                picture = make(path, sent, shift)
                self._add(recipe, picture)
            with self._lock:
                self._preparing.pop(recipe, None)
            return picture

    def _add(self, recipe: _Recipe, picture: Picture) -> None:
        with self._lock:
            self._pictures[recipe] = picture
            self._bytes += len(picture.data)
            while self._bytes > self._max_bytes and len(self._pictures) > 1:
                _, dropped = self._pictures.popitem(last=False)
                self._bytes -= len(dropped.data)
