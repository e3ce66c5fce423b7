"""Moves and clicks the real pointer, and finds the area that lights up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pointbench.capture.hover import AROUND, HoverCheck, changed_rect, compare_rects, item_rect
from pointbench.capture.rectangles import Rect

if TYPE_CHECKING:  # this module needs no X library
    from pointbench.capture.desktop.x11 import X11Display


def hover(
    display: X11Display,
    box: Rect,
    park: tuple[int, int],
    settle_s: float = 0.25,
    around: int = AROUND,
    sleep: Callable[[float], None] = time.sleep,
) -> HoverCheck:
    """Move the pointer from ``park`` to the box's center, compare pictures, and move it back.

    ``park`` is a pixel where the pointer lights nothing up. ``around`` is the maximum distance of a
    change from the box, in pixels; an icon with a label needs more than the default.
    """
    display.move_pointer(*park)
    sleep(settle_s)
    before = display.grab()
    display.move_pointer(*box.center)
    sleep(settle_s)
    changed = changed_rect(before, display.grab(), box, around)
    display.move_pointer(*park)
    return HoverCheck(compare_rects(box, changed), changed)


def select_icon(
    display: X11Display,
    icon_box: Rect,
    blank: tuple[int, int],
    settle_s: float = 0.5,
    around: int = AROUND,
    sleep: Callable[[float], None] = time.sleep,
) -> Rect | None:
    """Click an icon of a desktop or folder once; returns the rectangle of icon and label.

    The click selects the icon, and everything that belongs to it lights up. ``blank`` is an empty
    pixel of the same view, where a click selects nothing. None if the changed area cannot be the
    icon and its label.
    """
    display.click(*blank)
    sleep(settle_s)
    before = display.grab()
    display.click(*icon_box.center)
    sleep(settle_s)
    display.move_pointer(*blank)
    sleep(settle_s)
    changed = changed_rect(before, display.grab(), icon_box, around)
    display.click(*blank)
    return item_rect(icon_box, changed)
