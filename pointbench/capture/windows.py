"""What was seen of a desktop: its windows, and what they say is in them. Plain data and geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.capture.rectangles import Rect

MENU_ROLES = frozenset(("menu", "menu item", "check menu item", "radio menu item"))
GTK_4 = ("GTK 4", "gtk 4")
"""How the toolkit names itself whose extents are those of a window's inside."""
MOST_BORDER = 12
"""Logical pixels by which a GTK 4 window is wider than it says, an invisible border included."""
SCALES = (1.0, 2.0, 1.5, 1.25, 3.0)
"""Device over logical pixels, as toolkits use them."""


@dataclass(frozen=True, slots=True)
class Window:
    """One mapped child of the root window, with the application window inside it.

    Rectangles are in screenshot pixels. `frame` is what the window hides (title bar and borders
    included), `client` the application's own area in it. Windows are handed out bottom to top.
    """

    id: int
    frame: Rect
    client: Rect
    pid: int | None
    title: str
    wm_class: str
    override_redirect: bool
    """True for what the window manager leaves alone: menus, tooltips, pop-ups."""
    client_id: int = 0
    """The application's own window, which other tools name."""
    type: str = "normal"
    """The last word of its _NET_WM_WINDOW_TYPE in small letters: dock, desktop, dialog ..."""
    shadow: tuple[int, int, int, int] = (0, 0, 0, 0)
    """What it draws around itself that is not the window: left, right, top, bottom."""


@dataclass(frozen=True, slots=True)
class Node:
    """One accessible object that says it is showing.

    `box` is all of it and `seen` the part that its scrolling ancestors, its window and the screen
    leave of it (None: nothing); both in screenshot pixels. `window` is the id of the X window it
    is painted in. `ancestors` are the roles above it, nearest first.
    """

    app: str
    toolkit: str
    pid: int
    role: str
    name: str
    description: str
    box: Rect
    seen: Rect | None
    window: int | None
    ancestors: tuple[str, ...]
    scale: float = 1.0
    """Screenshot pixels to one of the toolkit's."""


def top_window(windows: Sequence[Window], x: float, y: float) -> Window | None:
    """The window that a pixel shows; `windows` bottom to top."""
    for window in reversed(windows):
        if window.frame.holds(x, y):
            return window
    return None


def origin_of(
    size: tuple[int, int], title: str, pid: int, windows: Sequence[Window], scales: Sequence[float]
) -> tuple[Window | None, float, tuple[int, int]]:
    """The window, scale and origin of a top level that only tells its size (GTK 4 does).

    `size` and origin are in the toolkit's pixels; the origin is where the window's inside begins
    on the screen. The window is one of the process that is as large but for its shadow
    and a border, one of the same title first.
    """
    for window in sorted(windows, key=lambda w: w.title != title):
        left, right, top, bottom = window.shadow
        inside = window.client.width - left - right, window.client.height - top - bottom
        for scale in scales:
            wanted = (size[0] * scale, size[1] * scale)
            spare = [have - want for have, want in zip(inside, wanted, strict=True)]
            if window.pid == pid and all(0 <= s <= MOST_BORDER * scale for s in spare):
                x = window.client.left + left + spare[0] / 2
                y = window.client.top + top + spare[1] / 2
                return window, scale, (round(x / scale), round(y / scale))
    return None, scales[0], (0, 0)


def pane_shift(pane: Rect, parent: Rect) -> tuple[int, int]:
    """How far a root pane says that it is from the panel that it fills, in the toolkit's pixels.

    LibreOffice leaves the menu bar's height out of all that it draws itself.
    """
    if (pane.width, pane.height) != (parent.width, parent.height):
        return 0, 0
    return parent.left - pane.left, parent.top - pane.top


def window_of(
    extents: Rect,
    title: str,
    pid: int,
    windows: Sequence[Window],
    scales: Sequence[float] = SCALES,
) -> tuple[Window | None, float]:
    """The X window that an accessible top level is, and its scale: device over logical pixels.

    The window of the same process whose client or frame agrees best (intersection over union
    above 0.6) under one of the usual factors; an equal title counts as much as a third of that.
    """
    best: tuple[float, Window | None, float] = (1.5, None, scales[0])
    for window in windows:
        if window.pid != pid:
            continue
        for scale in scales:
            logical = extents.scaled(scale)
            agreement = max(logical.overlap(window.client), logical.overlap(window.frame))
            score = (3 * agreement if agreement > 0.6 else 0.0) + (window.title == title)
            if score > best[0]:
                best = (score, window, scale)
    return best[1], best[2]
