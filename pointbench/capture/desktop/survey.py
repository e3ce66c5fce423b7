"""Reads a screen at one moment: its picture and its clickable elements."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops

from pointbench.capture.desktop.atspi import AccessibilityBus
from pointbench.capture.desktop.icon_theme import IconTheme
from pointbench.capture.desktop.markers import THEME, Color, find_marks, merge_icons
from pointbench.capture.desktop.x11 import X11Display
from pointbench.capture.elements import Element, is_distrusted, joined_rows, visible_elements
from pointbench.capture.errors import UnstableScreenError
from pointbench.capture.windows import Node, Window

REDRAW_S = 4.0
"""Seconds allowed for a desktop to redraw itself with another icon theme."""


@dataclass(frozen=True)
class Survey:
    """A picture of the screen without the pointer, its windows (bottom to top) and its elements.

    All rectangles are in pixels of the picture. ``dropped`` counts nodes that are not targets, by
    reason; ``others`` are the visible ones among them. ``silent`` windows belong to programs without
    accessible objects; ``distrusted`` are programs that report wrong extents. ``scale`` is the
    number of screenshot pixels per toolkit pixel, as for most nodes on the screen.
    """

    picture: Image.Image
    windows: tuple[Window, ...]
    elements: tuple[Element, ...]
    dropped: Counter[str]
    others: tuple[Element, ...] = ()
    silent: tuple[Window, ...] = ()
    distrusted: tuple[str, ...] = ()
    scale: float = 1.0
    unsure: tuple[Element, ...] = ()
    """GTK 4 elements, whose boxes are too small; a hover may reveal the correct ones."""


def survey_screen(display: X11Display, tries: int = 3, scale: float | None = None) -> Survey:
    """Read the screen. UnstableScreenError: it changed in every one of ``tries`` readings.

    ``scale`` is the number of screen pixels per toolkit pixel; None determines it.
    """
    for _ in range(tries):
        windows = display.windows()
        picture = display.grab()
        with AccessibilityBus() as bus:
            nodes = bus.nodes(windows, display.rect, scale)
        if ImageChops.difference(picture, display.grab()).getbbox() is None:
            selection = visible_elements(nodes, windows, display.rect)
            return Survey(
                picture,
                windows,
                joined_rows(selection.elements),
                selection.dropped,
                selection.others,
                silent_windows(nodes, windows),
                tuple(sorted({node.app for node in nodes if is_distrusted(node)})),
                scale or _usual_scale(nodes),
                selection.unsure,
            )
    raise UnstableScreenError(
        f"capture: the screen changed in {tries} of {tries} tries; "
        "stop what moves (animations, a blinking caret, a clock with seconds)"
    )


def silent_windows(nodes: Sequence[Node], windows: Sequence[Window]) -> tuple[Window, ...]:
    """Windows of programs without accessible objects, one per program."""
    speaking = {node.pid for node in nodes if node.ancestors}
    silent = {
        window.pid or window.id: window
        for window in windows
        if not window.override_redirect and window.wm_class and window.pid not in speaking
    }
    return tuple(silent.values())


def _usual_scale(nodes: Sequence[Node]) -> float:
    times = Counter(node.scale for node in nodes if node.window is not None)
    return times.most_common(1)[0][0] if times else 1.0


def with_icons(
    survey: Survey,
    display: X11Display,
    palette: Mapping[str, Color],
    theme: IconTheme,
    sleep: Callable[[float], None] = time.sleep,
) -> Survey:
    """The survey with the exact box and name of every icon.

    The desktop shows the marker theme for a few seconds, then its own theme again.
    """
    with theme.replaced_by(THEME):
        sleep(REDRAW_S)
        marked = np.asarray(display.grab())
    sleep(REDRAW_S)
    marks = find_marks(marked, np.asarray(survey.picture), palette)
    return replace(survey, elements=merge_icons(survey.elements, marks, survey.windows))
