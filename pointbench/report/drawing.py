"""Draws markers, regions and text with Pillow, in sizes that scale with the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from pointbench.errors import SuiteError
from pointbench.geometry import Box, Region
from pointbench.pictures import open_screenshot
from pointbench.report.markers import Marker, corners
from pointbench.report.plain_text import latin

INK = (28, 28, 28)
FAINT = (98, 98, 98)
PAPER = (248, 248, 246)
RULE = (214, 214, 210)
NO_PICTURE = (205, 205, 203)
SMOOTH = 4
"""Markers are drawn this many times larger and scaled down, because Pillow's lines are jagged."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of a picture's text (height), markers (radius) and lines (width), in its pixels."""

    text: int
    marker: float
    line: float

    @property
    def row(self) -> int:
        return round(self.text * 1.6)

    @property
    def margin(self) -> int:
        return self.text


def sizes_for(width: int, height: int) -> Sizes:
    """Text is 15 px high on a screenshot of 1280x720 and grows with the picture."""
    scale = min(width / 1280, height / 720)
    return Sizes(max(12, round(15 * scale)), max(5.0, 6.5 * scale), max(1.0, 1.0 * scale))


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface that comes with Pillow: Latin letters only, the same on every machine."""
    return ImageFont.load_default(size=size)


def text_width(text: str, size: int) -> float:
    return float(font(size).getlength(text))


def wrap(text: str, size: int, width: float, most: int = 3) -> list[str]:
    """``text`` in at most ``most`` lines of at most ``width`` pixels; the rest is cut off."""
    lines = [""]
    for word in latin(text)[:2000].split():
        for piece in _pieces(word, size, width):
            longer = f"{lines[-1]} {piece}".strip()
            if text_width(longer, size) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(piece)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = fit(lines[-1] + " ...", size, width, always=True)
    return lines


def _pieces(word: str, size: int, width: float) -> list[str]:
    pieces = []
    while word and text_width(word, size) > width:
        cut = max(1, int(len(word) * width / text_width(word, size)))
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word] if word else pieces


def fit(text: str, size: int, width: float, always: bool = False) -> str:
    """``text`` as one line at most ``width`` pixels wide, its end cut off if necessary."""
    short = latin(text)[:400] if not always else text
    if text_width(short, size) <= width:
        return short
    while len(short) > 1 and text_width(short + "...", size) > width:
        short = short[:-1]
    return short.rstrip(" .") + "..."


@lru_cache(maxsize=512)
def marker_tile(marker: Marker, radius: float, filled: bool) -> Image.Image:
    """A marker with a white and a dark edge, so it is visible on any background."""
    half = int(radius * 1.9) + 2
    middle = half * SMOOTH
    tile = Image.new("RGBA", (2 * middle, 2 * middle), (255, 255, 255, 0))
    pen = ImageDraw.Draw(tile)
    size = radius * SMOOTH
    edge = max(1.0, radius * 0.16) * SMOOTH
    color = ImageColor.getrgb(marker.color)
    shape = corners(marker.shape, middle, middle, size)
    _closed(pen, shape, (20, 20, 20), edge * 4)
    _closed(pen, shape, (255, 255, 255), edge * 2.6)
    pen.polygon(shape, fill=color if filled else (255, 255, 255))
    if not filled:
        _closed(pen, shape, color, edge * 2)
    return tile.resize((2 * half, 2 * half), Image.Resampling.LANCZOS)


def _closed(
    pen: ImageDraw.ImageDraw,
    outline: list[tuple[float, float]],
    color: tuple[int, ...],
    width: float,
) -> None:
    pen.line([*outline, outline[0], outline[1]], fill=color, width=round(width), joint="curve")


def paste_marker(
    canvas: Image.Image, marker: Marker, x: float, y: float, radius: float, filled: bool
) -> None:
    tile = marker_tile(marker, radius, filled)
    canvas.paste(tile, (round(x) - tile.width // 2, round(y) - tile.height // 2), tile)


def draw_region(
    canvas: Image.Image, region: Region, line: float, scale: float = 1, dx: float = 0, dy: float = 0
) -> None:
    """Draws a region's outline, dark-white-dark, outside of the region so that it covers nothing."""
    pen = ImageDraw.Draw(canvas)
    thin = max(1, round(line))
    for shape in region.shapes:
        if isinstance(shape, Box):
            left, top = shape.left * scale + dx, shape.top * scale + dy
            right, bottom = shape.right * scale + dx - 1, shape.bottom * scale + dy - 1
            for number, color in enumerate((INK, (255, 255, 255), INK)):
                out = (number + 1) * thin
                box = (left - out, top - out, right + out, bottom + out)
                pen.rectangle([round(side) for side in box], outline=color, width=thin)
        else:
            outline = [(x * scale + dx, y * scale + dy) for x, y in shape.corners]
            _closed(pen, outline, INK, 3 * thin)
            _closed(pen, outline, (255, 255, 255), thin)


def open_picture(path: Path | None, width: int, height: int) -> Image.Image | None:
    """The screenshot; None if it is missing, unreadable or not of the annotated size."""
    if path is None:
        return None
    try:
        picture = open_screenshot(path)
    except SuiteError:
        return None
    return picture if picture.size == (width, height) else None


def blank(width: int, height: int, size: int) -> Image.Image:
    """A gray canvas in place of a missing picture."""
    canvas = Image.new("RGB", (width, height), NO_PICTURE)
    ImageDraw.Draw(canvas).text(
        (width / 2, height / 2), "no picture", fill=FAINT, font=font(size * 2), anchor="mm"
    )
    return canvas
