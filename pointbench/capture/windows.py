"""Windows of a desktop, and the accessible objects in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.capture.rectangles import Rect

MENU_ROLES = frozenset(("menu", "menu item", "check menu item", "radio menu item"))
GTK_4 = ("GTK 4", "gtk 4")
"""Names of a toolkit whose extents cover only the inside of a window."""
MOST_BORDER = 12
"""Logical pixels by which a GTK 4 window may be wider than reported; its border is invisible."""
SCALES = (1.0, 2.0, 1.5, 1.25, 3.0)
"""Device pixels per logical pixel: the factors that toolkits use, likeliest first."""


@dataclass(frozen=True, slots=True)
class Window:
    """One mapped child of the root window, with the application window inside it.

    Rectangles are in screenshot pixels. ``frame`` is the area that the window hides, including its
    title bar and borders; ``client`` is the application's area within it. Sequences of windows are
    ordered bottom to top.
    """

    id: int
    frame: Rect
    client: Rect
    pid: int | None
    title: str
    wm_class: str
    override_redirect: bool
    """True for windows that the window manager does not manage: menus, tooltips, pop-ups."""
    client_id: int = 0
    """Id of the application's own window, as printed by wmctrl and xwininfo."""
    type: str = "normal"
    """The last word of its _NET_WM_WINDOW_TYPE in lower case: dock, desktop, dialog ..."""
    shadow: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Pixels that it draws beyond the window (its shadow): left, right, top, bottom."""


@dataclass(frozen=True, slots=True)
class Node:
    """One accessible object that is reported as showing.

    ``box`` is its whole area; ``seen`` is the part that its scrolling ancestors, its window and the
    screen leave visible, None if there is none. Both are in screenshot pixels. ``window`` is the id
    of the X window that it is painted in. ``ancestors`` are the roles above it, nearest first.
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
    """Screenshot pixels per toolkit pixel."""


def top_window(windows: Sequence[Window], x: float, y: float) -> Window | None:
    """The topmost window at a pixel, None if there is none; ``windows`` are ordered bottom to top."""
    for window in reversed(windows):
        if window.frame.holds(x, y):
            return window
    return None


def origin_of(
    size: tuple[int, int], title: str, pid: int, windows: Sequence[Window], scales: Sequence[float]
) -> tuple[Window | None, float, tuple[int, int]]:
    """The window, scale and origin of a top level that reports only its size, as GTK 4 does.

    ``size`` and the origin are in toolkit pixels; the origin is the upper left corner of the window's
    inside on the screen. A window fits if it belongs to the process ``pid`` and has that size, apart
    from its shadow and a border; one with the same title is tried first.
    """
    for window in sorted(windows, key=lambda w: w.title != title):
        left, right, top, bottom = window.shadow
        inside = window.client.width - left - right, window.client.height - top - bottom
        for scale in scales:
            spare_x, spare_y = inside[0] - size[0] * scale, inside[1] - size[1] * scale
            fits = all(0 <= spare <= MOST_BORDER * scale for spare in (spare_x, spare_y))
            if window.pid == pid and fits:
                x = window.client.left + left + spare_x / 2
                y = window.client.top + top + spare_y / 2
                return window, scale, (round(x / scale), round(y / scale))
    return None, scales[0], (0, 0)


def pane_shift(pane: Rect, parent: Rect) -> tuple[int, int]:
    """Offset, in the toolkit's pixels, between a root pane's extents and the panel that it fills.

    LibreOffice omits the height of the menu bar from the extents of everything that it draws.
    (0, 0) if the pane does not fill the panel.
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
    """The X window of an accessible top level, and its scale in device pixels per logical pixel.

    It is the window of the same process whose client or frame best matches under one of ``scales``
    (intersection over union above 0.6); an equal title adds a third of a perfect match.
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
