"""Checks a box by what lights up under the pointer, without the accessibility tree. Pure.

The pointer is moved to the box's center, and the picture is compared with the one before. If the
widget has a hover effect, the changed rectangle is the widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageChops

from pointbench.capture.rectangles import Rect

VISIBLE_CHANGE = 4
"""Minimum difference in gray levels, out of 255. Anything less is dithering."""
AROUND = 40
"""Pixels around a box in which a change counts; farther away it is a tooltip or a status line."""
AGREES = 0.8
"""Intersection over union, 0 to 1, from which two rectangles count as the same."""

MOST_ITEM = 8
"""Icon and label together cover at most this many times the icon's area."""


class HoverOutcome(StrEnum):
    """The result of a hover check of a box."""

    SAME = "same"
    """The changed rectangle is the box."""
    INSIDE = "inside"
    """Something inside the box changed, such as the square of a check box; this is no contradiction."""
    NOTHING = "nothing"
    """No hover effect, so no evidence either way."""
    OTHER = "other"
    """Something else lit up, so the box is doubtful."""


@dataclass(frozen=True, slots=True)
class HoverCheck:
    """The outcome of a hover over a box, and the rectangle that changed, in screenshot pixels."""

    outcome: HoverOutcome
    changed: Rect | None


def changed_rect(
    before: Image.Image, after: Image.Image, near: Rect, around: int = AROUND
) -> Rect | None:
    """The rectangle around all pixels that differ within ``around`` pixels of a box, or None."""
    width, height = before.size
    frame = near.grown(around).intersection(Rect(0, 0, width, height))
    if frame is None:
        return None
    difference = ImageChops.difference(
        before.crop(frame.as_tuple()), after.crop(frame.as_tuple())
    ).convert("L")
    bounds = difference.point([0] * (VISIBLE_CHANGE + 1) + [255] * (255 - VISIBLE_CHANGE)).getbbox()
    return None if bounds is None else Rect(*bounds).shifted(frame.left, frame.top)


def compare_rects(box: Rect, changed: Rect | None) -> HoverOutcome:
    """Compare a box with the rectangle that changed."""
    if changed is None:
        return HoverOutcome.NOTHING
    if box.overlap(changed) >= AGREES:
        return HoverOutcome.SAME
    if changed.covered_by(box) >= 0.95:
        return HoverOutcome.INSIDE
    return HoverOutcome.OTHER


def grown_to(box: Rect, changed: Rect | None, most: float) -> Rect | None:
    """The changed rectangle, if it can be the whole widget whose inside is ``box``.

    It must contain the box in its middle and extend at most ``most`` pixels beyond it.
    """
    if changed is None or box.covered_by(changed) < 1:
        return None
    beyond = (
        box.left - changed.left,
        changed.right - box.right,
        box.top - changed.top,
        changed.bottom - box.bottom,
    )
    even = abs(beyond[0] - beyond[1]) <= most / 2 and abs(beyond[2] - beyond[3]) <= most / 2
    return changed if max(beyond) <= most and even else None


def item_rect(icon_box: Rect, changed: Rect | None) -> Rect | None:
    """The rectangle of icon and label, if the changed rectangle can be both.

    The label is below the icon or on its right.
    """
    if changed is None:
        return None
    item = Rect(
        min(icon_box.left, changed.left),
        min(icon_box.top, changed.top),
        max(icon_box.right, changed.right),
        max(icon_box.bottom, changed.bottom),
    )
    slack_x, slack_y = icon_box.width / 4, icon_box.height / 4
    below = (
        abs(item.center[0] - icon_box.center[0]) <= slack_x
        and icon_box.top - item.top <= slack_y
        and item.bottom > icon_box.bottom + slack_y
    )
    beside = (
        abs(item.center[1] - icon_box.center[1]) <= slack_y
        and icon_box.left - item.left <= slack_x
        and item.right > icon_box.right + slack_x
    )
    return item if (below or beside) and item.area <= MOST_ITEM * icon_box.area else None
