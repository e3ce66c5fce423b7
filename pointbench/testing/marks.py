"""Makes pictures with one mark at a known place, and finds the mark again.

The mark is a magenta box. "Magenta" is ``(red + blue) / 2 - green``: linear in the pixels, and zero
all over the background. So the background stays zero whatever filter shrinks the picture, and the
center of gravity of the rest is the mark's center to a fraction of a pixel.
"""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pointbench.adapters.protocol import Picture
from pointbench.geometry import Box, Point, Region, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

MARK = (235, 20, 235)
"""RGB. Not quite pure, so the overshoot of a sharpening filter is not clipped at 0 or 255."""

FAINTEST = 20.0
"""Magenta, 0-255, below which a spot is not a mark: noise is about 1, a mark starts at 215."""

_BLOCK = 12
_REACH = 6


@dataclass(frozen=True)
class MarkedPicture:
    """A PNG with one mark; ``box`` is its exact place in pixels of the picture."""

    data: bytes = field(repr=False)
    size: Size
    box: Box

    @property
    def region(self) -> Region:
        return Region((self.box,))

    @property
    def picture(self) -> Picture:
        """The picture as an adapter receives it."""
        sha256 = hashlib.sha256(self.data).hexdigest()
        return Picture(self.data, "image/png", self.size.width, self.size.height, sha256)


def marked_picture(
    width: int,
    height: int,
    *,
    mark: int = 12,
    at: tuple[int, int] | None = None,
    seed: int = 0,
    busy: bool = True,
) -> MarkedPicture:
    """A picture with a mark of ``mark`` x ``mark`` pixels whose upper left corner is ``at``.

    Without ``at``, the seed decides the place. ``busy`` covers the background with blocks (about
    200 KB as PNG at 1920x1080); otherwise it is plain and takes a few KB.
    """
    import numpy as np
    from PIL import Image

    if at is None:
        place = random.Random(seed)  # noqa: S311 - a picture, not a secret
        at = (place.randint(0, width - mark), place.randint(0, height - mark))
    left, top = at
    if not (0 <= left <= width - mark and 0 <= top <= height - mark):
        raise ValueError(f"a mark of {mark} px at {at} does not lie within {width}x{height}")
    pixels = _background(width, height, seed, busy=busy)
    pixels[top : top + mark, left : left + mark] = np.array(MARK, dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    box = Box(left, top, left + mark, top + mark)
    return MarkedPicture(buffer.getvalue(), Size(width, height), box)


def _background(width: int, height: int, seed: int, *, busy: bool) -> NDArray[np.uint8]:
    """Blocks of muted colors whose red exceeds green as much as blue falls below it, or vice versa."""
    import numpy as np

    if not busy:
        return np.full((height, width, 3), 200, dtype=np.uint8)
    draw = np.random.default_rng(seed)
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    green = draw.integers(70, 190, (rows, columns, 1), dtype=np.int16)
    tint = draw.integers(-40, 41, (rows, columns, 1), dtype=np.int16)
    blocks = np.concatenate([green + tint, green, green - tint], axis=2).astype(np.uint8)
    whole = blocks.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    return np.ascontiguousarray(whole[:height, :width])


def find_mark(data: bytes, seen: Size | None = None) -> Point | None:
    """The mark's center in an encoded picture, in pixels of the picture as seen; None if there is no mark.

    ``seen`` is the size to which a server shrinks the picture before its model looks at it.
    """
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return find_in(image.convert("RGB"), seen)


def find_in(image: Image.Image, seen: Size | None = None) -> Point | None:
    """`find_mark` for a decoded picture."""
    import numpy as np
    from PIL import Image

    if seen is not None and image.size != seen:
        image = image.resize(seen, Image.Resampling.BICUBIC)
    pixels = np.asarray(image, dtype=np.int16)
    # Twice the magenta, to avoid halves: 16-bit integers take a quarter of the time of floats.
    magenta = pixels[:, :, 0] + pixels[:, :, 2] - 2 * pixels[:, :, 1]
    row, column = np.unravel_index(int(magenta.argmax()), magenta.shape)
    brightest = float(magenta[row, column])
    if brightest < 2 * FAINTEST:
        return None
    inside = np.argwhere(magenta > brightest / 4)
    top, left = (int(value) for value in inside.min(axis=0))
    bottom, right = (int(value) + 1 for value in inside.max(axis=0))
    top, left = max(0, top - _REACH), max(0, left - _REACH)
    spot = magenta[top : bottom + _REACH, left : right + _REACH].astype(np.float64)
    # The ringing of a filter belongs to the mark's weight; a step or two of rounding does not.
    spot[np.abs(spot) < 6] = 0.0
    total = spot.sum()
    if total <= 0:
        return None
    x = (spot.sum(axis=0) * (np.arange(spot.shape[1]) + left + 0.5)).sum() / total
    y = (spot.sum(axis=1) * (np.arange(spot.shape[0]) + top + 0.5)).sum() / total
    return Point(float(x), float(y))
