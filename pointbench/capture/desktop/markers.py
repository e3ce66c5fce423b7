"""The marker theme: an icon theme in which every icon is one flat, unique color.

While the desktop briefly shows it, every patch of one of those colors is an icon that no window
hides, with its exact box and its name in the icon theme. Needs no accessibility tree.
"""

from __future__ import annotations

import colorsys
import json
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pointbench.capture.elements import Element, with_icon
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Window, top_window

THEME = "pointbench-markers"
ICON_SIDE = 64
SMALLEST_ICON = 12
"""Minimum side in pixels. Smaller patches are, for example, the window pictures of a pager."""
FILLED = 0.95
"""Minimum share of a patch's rectangle that has its color."""
MOST_ELONGATED = 2.0
"""Maximum ratio of an icon's longer side to its shorter one."""
RING = 2
"""Width, in pixels, of the ring around an icon that may not change when the icon does."""
STILL = 0.8
"""Minimum share of the ring that stays the same; other icons in the ring do not count."""

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class IconMark:
    """One icon on the screen: its name in the icon theme and its rectangle in pixels."""

    icon: str
    box: Rect


def icon_names(roots: Iterable[Path]) -> tuple[str, ...]:
    """Every icon name in the installed theme folders, sorted; cursors are left out."""
    names: set[str] = set()
    for root in roots:
        for folder, _, files in os.walk(root):
            if "cursors" in Path(folder).parts:
                continue
            for file in files:
                path = Path(file)
                if path.suffix in (".svg", ".png"):
                    names.add(path.stem.removesuffix(".symbolic"))
    return tuple(sorted(names))


def icon_colors(names: Sequence[str]) -> dict[str, Color]:
    """A distinct saturated color for each name; the same names always get the same colors.

    The hue advances by the golden section, so alphabetical neighbors look nothing alike.
    """
    colors: dict[str, Color] = {}
    used: set[Color] = set()
    step = 0
    for name in names:
        while True:
            step += 1
            hue = step * 0.618033988749895 % 1
            saturation, value = 0.7 + 0.3 * (step % 7) / 6, 0.6 + 0.4 * (step % 11) / 10
            red, green, blue = (
                round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value)
            )
            if (red, green, blue) not in used:
                break
        used.add((red, green, blue))
        colors[name] = (red, green, blue)
    return colors


def build(folder: Path, palette: Mapping[str, Color]) -> None:
    """Write the theme into an icon folder (~/.local/share/icons/<THEME>).

    Pictures are PNG because toolkits recolor symbolic SVG icons.
    """
    pictures = folder / "64x64" / "all"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, color in palette.items():
        Image.new("RGB", (ICON_SIDE, ICON_SIDE), color).save(pictures / f"{name}.png")
    (folder / "index.theme").write_text(
        f"[Icon Theme]\nName={THEME}\nComment=One color an icon\nInherits=hicolor\n"
        "Directories=64x64/all\n\n[64x64/all]\nSize=64\nMinSize=8\nMaxSize=512\nType=Scalable\n"
        "Context=Applications\n",
        encoding="utf-8",
    )
    (folder / "palette.json").write_text(json.dumps(palette), encoding="utf-8")
    subprocess.run(["gtk-update-icon-cache", "-f", "-q", str(folder)], check=False)


def find_marks(
    marked: NDArray[np.uint8], plain: NDArray[np.uint8], palette: Mapping[str, Color]
) -> tuple[IconMark, ...]:
    """The icons on a screen, top to bottom, then left to right.

    ``marked`` shows it with the marker theme and ``plain`` without, both height x width x RGB.
    A patch with a marker's color in both is not an icon (a color palette, a picture). An icon that
    moved or shrank with the theme is omitted, because more than the icon changed there.
    """
    keys = _packed(marked)
    keys[keys == _packed(plain)] = -1
    names = {red << 16 | green << 8 | blue: name for name, (red, green, blue) in palette.items()}
    others = np.isin(keys, list(names))
    present, counts = np.unique(keys, return_counts=True)
    marks = []
    for key, count in zip(present.tolist(), counts.tolist(), strict=True):
        if count < SMALLEST_ICON**2 / 2 or key not in names:
            continue
        for box, area in _patches(keys == key):
            long, short = max(box.width, box.height), min(box.width, box.height)
            square = short >= SMALLEST_ICON and long <= MOST_ELONGATED * short
            if square and area >= FILLED * box.area and _stays(box, marked, plain, others):
                marks.append(IconMark(names[key], box))
    return tuple(sorted(marks, key=lambda mark: (mark.box.top, mark.box.left)))


def _stays(
    box: Rect, marked: NDArray[np.uint8], plain: NDArray[np.uint8], others: NDArray[np.bool_]
) -> bool:
    """Whether the ring around a box is the same in both pictures, ignoring other icons in it."""
    height, width = marked.shape[:2]
    around = box.grown(RING).intersection(Rect(0, 0, width, height))
    assert around is not None
    rows, columns = slice(around.top, around.bottom), slice(around.left, around.right)
    same = (marked[rows, columns] == plain[rows, columns]).all(axis=2)
    inside = np.zeros_like(same)
    inside[
        box.top - around.top : box.bottom - around.top,
        box.left - around.left : box.right - around.left,
    ] = True
    ring = same[~inside & ~others[rows, columns]]
    return ring.size == 0 or float(ring.mean()) >= STILL


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    red, green, blue = (pixels[..., channel].astype(np.int64) for channel in range(3))
    return red << 16 | green << 8 | blue


def _patches(mask: NDArray[np.bool_]) -> list[tuple[Rect, int]]:
    """The 4-connected patches of a mask, each as its rectangle and its number of pixels.

    Works on horizontal runs of pixels, because an icon has few of them.
    """
    padded = np.pad(mask, ((0, 0), (1, 1)))
    edges = np.diff(padded.astype(np.int8), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    runs: dict[int, list[tuple[int, int]]] = {}
    for (row, start), (_, end) in zip(starts.tolist(), ends.tolist(), strict=True):
        runs.setdefault(row, []).append((start, end))
    patches = []
    while runs:
        first = next(iter(runs))
        queue = deque([(first, runs[first].pop())])
        if not runs[first]:
            del runs[first]
        left, top, right, bottom, area = 1 << 30, 1 << 30, -1, -1, 0
        while queue:
            row, (start, end) = queue.popleft()
            left, right = min(left, start), max(right, end)
            top, bottom = min(top, row), max(bottom, row + 1)
            area += end - start
            for neighbor in (row - 1, row + 1):
                touching = [r for r in runs.get(neighbor, ()) if r[0] < end and r[1] > start]
                for run in touching:
                    runs[neighbor].remove(run)
                    queue.append((neighbor, run))
                if neighbor in runs and not runs[neighbor]:
                    del runs[neighbor]
        patches.append((Rect(left, top, right, bottom), area))
    return patches


def merge_icons(
    elements: Sequence[Element], marks: Sequence[IconMark], windows: Sequence[Window]
) -> tuple[Element, ...]:
    """Assign each element the single icon inside it, and add an element for each icon in no element.

    An icon belongs to the smallest element of its window that contains it. An element with several
    icons gets none of them, because it is a row or a group. The small arrow of a drop-down is never
    an element's picture.
    """
    marks_in: dict[int, list[IconMark]] = {}
    icons: list[Element] = []
    for mark in marks:
        window = top_window(windows, *mark.box.center)
        containers = [
            (element.box.area, index)
            for index, element in enumerate(elements)
            if mark.box.covered_by(element.box) >= FILLED
            and (window is None or element.window == window.id)
        ]
        if containers:
            index = min(containers)[1]
            if not _is_arrow(mark, elements[index]):
                marks_in.setdefault(index, []).append(mark)
        else:
            icons.append(
                Element(
                    name="",
                    role="icon",
                    box=mark.box,
                    app="" if window is None else window.wm_class,
                    window=None if window is None else window.id,
                    icon_box=mark.box,
                    icon=mark.icon,
                )
            )
    fused = [
        with_icon(element, marks_in[index][0].box, marks_in[index][0].icon)
        if len(marks_in.get(index, ())) == 1
        else element
        for index, element in enumerate(elements)
    ]
    return (*fused, *icons)


def _is_arrow(mark: IconMark, element: Element) -> bool:
    return mark.icon.startswith("pan-") and element.box.width > 2 * mark.box.width
