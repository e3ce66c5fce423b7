"""The figures' look: a paper's column wide, in the page's colors; and reproducible files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.report.markers import COLORS, Marker, corners
from pointbench.report.plain_text import shorten, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline
    from matplotlib.typing import RcKeyType

COLUMN = 8.5 / 2.54
"""Width of a column of a two-column paper in inches; every number is legible at this width."""
FORMATS = ("svg", "pdf", "png")
DPI = 300
SMALL, TEXT = 6.2, 7.0
"""Type sizes in points: footers and ticks; labels and numbers."""
INK, SOFT, RULE, TRACK, FLOOR = "#1d1d1b", "#5c5c58", "#dcdcd6", "#eeeeea", "#8a8a84"

_STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": TEXT,
    "text.parse_math": False,  # a label may contain dollar signs
    "text.usetex": False,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "xtick.major.width": 0.6,
    "text.color": INK,
    "svg.hashsalt": "pointbench",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
# No date and no program version in a file, so the same trials give the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@contextmanager
def style() -> Iterator[None]:
    """Sets matplotlib's defaults with ours on top, regardless of the user's matplotlibrc."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


@lru_cache(maxsize=1)
def _palette() -> tuple[str, ...]:
    css = (
        resources.files("pointbench.report.page")
        .joinpath("assets/page.css")
        .read_text(encoding="utf-8")
    )
    return tuple(re.findall(r"--c\d: (#[0-9a-f]{6})", css)[: len(COLORS) + 1])


def color(marker: Marker) -> str:
    """The marker's color in the page's light theme."""
    return _palette()[marker.color_number]


def marker_path(marker: Marker) -> Outline:
    """The marker's shape for matplotlib, whose y axis points up while the page's points down."""
    from matplotlib.path import Path as Outline

    outline = [(x, -y) for x, y in corners(marker.shape, 0, 0, 1)]
    return Outline([*outline, outline[0]], closed=True)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    file = font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans"))
    return frozenset(FT2Font(str(file)).get_charmap())


def drawable(text: str, length: int = 200) -> str:
    """Untrusted text on one line, with ``?`` for characters that the typeface lacks."""
    plain = visible(shorten(text, 4 * length))
    return shorten("".join(c if ord(c) in _glyphs() else "?" for c in plain), length)


def width(text: str, size: float = TEXT) -> float:
    """Width of one line of text at ``size`` points, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), text or " ", size=size, prop=FontProperties(family="DejaVu Sans"))
    return float(path.get_extents().x1) / 72


def fitted(text: str, room: float, size: float = TEXT) -> str:
    """Untrusted text in at most ``room`` inches, its middle left out if necessary."""
    line = drawable(text)
    while len(line) > 4 and width(line, size) > room:
        line = shorten(line, min(len(line) - 1, int(len(line) * room / width(line, size)) + 1))
    return line


def canvas(height: float) -> Figure:
    """An empty figure, a column wide and ``height`` inches high."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(COLUMN, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Writes the figure as SVG, PDF and PNG; OSError if one cannot be written."""
    paths = []
    for format_ in FORMATS:
        path = folder / f"{name}.{format_}"
        figure.savefig(path, format=format_, dpi=DPI, metadata=_METADATA[format_])
        paths.append(path)
    return paths


def footer(figure: Figure, lines: Sequence[str], y: float = 0.0) -> None:
    """Draws small print at the bottom, ``y`` inches above the edge."""
    text = "\n".join(lines)
    place = (0.02, (0.04 + y) / figure.get_figheight())
    figure.text(*place, text, size=SMALL, color=SOFT, va="bottom", linespacing=1.25)


def wrapped(text: str, width: int = 74) -> list[str]:
    """A footer's sentence in lines of ``width`` characters, which fit the column at `SMALL`."""
    import textwrap

    return textwrap.wrap(drawable(text, 1000), width)
