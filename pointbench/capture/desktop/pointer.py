"""Moves and clicks the real pointer to see what lights up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pointbench.capture.hover import AROUND, HoverCheck, changed_rect, compare_rects, item_rect
from pointbench.capture.rectangles import Rect

if TYPE_CHECKING:  # the checks below need no X library
    from pointbench.capture.desktop.x11 import X11Display


def hover(
    screen: X11Display,
    box: Rect,
    park: tuple[int, int],
    settle_s: float = 0.25,
    around: int = AROUND,
    sleep: Callable[[float], None] = time.sleep,
) -> HoverCheck:
    """Move the pointer from `park` to the box's center, look, and move it back.

    `park` is a pixel where the pointer lights nothing up. `around` is how far, in pixels, a change
    may be from the box; an icon whose label belongs to it needs more than the usual.
    """
    screen.move_pointer(*park)
    sleep(settle_s)
    before = screen.grab()
    screen.move_pointer(*box.center)
    sleep(settle_s)
    changed = changed_rect(before, screen.grab(), box, around)
    screen.move_pointer(*park)
    return HoverCheck(compare_rects(box, changed), changed)


def selected(
    screen: X11Display,
    icon_box: Rect,
    blank: tuple[int, int],
    settle_s: float = 0.5,
    around: int = AROUND,
    sleep: Callable[[float], None] = time.sleep,
) -> Rect | None:
    """Click an icon of a desktop or folder once, and give the rectangle of icon and label.

    The icon is selected, and what lights up is everything that belongs to it. `blank` is an empty
    pixel of the same view: a click there selects nothing. None when that makes no sense.
    """
    screen.click(*blank)
    sleep(settle_s)
    before = screen.grab()
    screen.click(*icon_box.center)
    sleep(settle_s)
    screen.move_pointer(*blank)
    sleep(settle_s)
    changed = changed_rect(before, screen.grab(), icon_box, around)
    screen.click(*blank)
    return item_rect(icon_box, changed)
