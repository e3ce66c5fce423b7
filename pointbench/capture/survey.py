"""One screen at one moment: its picture, and what in it can be clicked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops

from pointbench.capture.atspi import AccessibilityBus
from pointbench.capture.markers import THEME, Colour, find_marks, fuse, use_theme
from pointbench.capture.visible import Element, joined_rows, select
from pointbench.capture.windows import Window
from pointbench.capture.x11 import Screen
from pointbench.errors import UsageError

REDRAW_S = 4.0
"""Seconds that a desktop is given to draw itself with another icon theme."""


class RestlessScreen(UsageError):
    """Something moves on the screen, so that picture and elements would not belong together."""


@dataclass(frozen=True)
class Survey:
    """A picture of the screen without pointer, its windows (bottom to top) and its elements.

    All rectangles are in pixels of the picture. `dropped` counts what was no target, by reason.
    """

    picture: Image.Image
    windows: tuple[Window, ...]
    elements: tuple[Element, ...]
    dropped: Counter[str]


def survey(screen: Screen, tries: int = 3) -> Survey:
    """Read the screen; refused when it does not stay the same while it is read."""
    for _ in range(tries):
        windows = screen.windows()
        picture = screen.grab()
        with AccessibilityBus() as bus:
            nodes = bus.nodes(windows, screen.rect)
        if ImageChops.difference(picture, screen.grab()).getbbox() is None:
            selection = select(nodes, windows, screen.rect)
            return Survey(picture, windows, joined_rows(selection.elements), selection.dropped)
    raise RestlessScreen(
        f"capture: the screen changed in {tries} of {tries} tries; "
        "stop what moves (animations, a blinking caret, a clock with seconds)"
    )


def with_icons(
    found: Survey,
    screen: Screen,
    palette: Mapping[str, Colour],
    desktop: str,
    theme: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Survey:
    """The survey with the exact place and name of every icon.

    The desktop ("xfce" or "mate") shows the marker theme for a few seconds and then `theme` again.
    """
    try:
        use_theme(desktop, THEME)
        sleep(REDRAW_S)
        marked = np.asarray(screen.grab())
    finally:
        use_theme(desktop, theme)
    sleep(REDRAW_S)
    marks = find_marks(marked, np.asarray(found.picture), palette)
    return replace(found, elements=fuse(found.elements, marks, found.windows))
