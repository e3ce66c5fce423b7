"""Which measured nodes of a page are clickable elements. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pointbench.capture.elements import LARGEST_SHARE, SMALLEST_SIDE, WHOLE, Element, clean_name
from pointbench.capture.rectangles import Rect

OTHERS = frozenset(("entry", "combo box", "spin button", "slider", "check box", "radio button"))


OWN_SHARE = 0.9
"""Of the tried points; less is hidden by something, or not where its box is."""


CAPTION_PICTURE = 20
"""CSS pixels. A picture at least as high above its words is clicked as a picture."""


MOST_INNER = 0.4
"""Of its box that an element may leave to others that are clicked on their own."""


LONGEST_NAME = 80


NodeInfo = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebElement(Element):
    """An element of a page. `kind` is a target's; `parts` are its lines where it is broken.

    `icon` is what the page's author calls a nameless element (an id, a class), for want of a name.
    """

    kind: str = "other"
    parts: tuple[Rect, ...] = ()


def elements_of(
    told: Iterable[NodeInfo], size: tuple[int, int], scale: float
) -> tuple[tuple[WebElement, ...], Counter[str]]:
    """The visible clickable elements in pixels of a picture of `size`, and what fell and why.

    `told` is in CSS pixels of the page, `scale` pixels of the picture to one of those.
    """
    dropped: Counter[str] = Counter()
    kept: list[WebElement] = []
    for one in told:
        fault = _fault(one, size, scale)
        if fault:
            dropped[fault] += 1
        else:
            kept.append(_element(one, scale))
    return _apart(kept, dropped), dropped


def _fault(one: NodeInfo, size: tuple[int, int], scale: float) -> str:
    """Why an element is no target, or the empty string."""
    whole = _rect(one["whole"], scale)
    if not one["painted"] or whole.area == 0 or not one["points"]:
        return "not shown" if not one["painted"] or whole.area == 0 else "off the page's view"
    if one["disabled"]:
        return "disabled"
    seen = _rect(one["seen"], scale)
    if whole.covered_by(seen) < WHOLE or whole.covered_by(Rect(0, 0, *size)) < WHOLE:
        return "cut off"
    own = sum(1 for *_, shows in one["points"] if shows) / len(one["points"])
    if own < OWN_SHARE:
        return "covered"
    if min(whole.width, whole.height) < SMALLEST_SIDE:
        return "too small"
    if whole.area > LARGEST_SHARE * size[0] * size[1]:
        return "too large"
    return ""


def _element(one: NodeInfo, scale: float) -> WebElement:
    kind, picture = _kind(one)
    rects = [_rect(rect, scale) for rect in one["rects"]]
    name = clean_name(one["name"]) or clean_name(one["description"]) or clean_name(one["title"])
    name = name or clean_name(one["text"])
    name = name if len(name) <= LONGEST_NAME else ""
    return WebElement(
        name=name,
        role=one["role"],
        box=_rect(one["whole"], scale),
        app="",
        window=None,
        place=one["place"],
        icon_box=None if picture is None else _rect(picture, scale),
        icon="" if name else one["hint"],
        kind=kind,
        parts=tuple(rects) if len(rects) > 1 else (),
    )


def _kind(one: NodeInfo) -> tuple[str, NodeInfo | None]:
    """A target's kind, and the box of its picture where that is what is clicked."""
    picture, text = one["picture"], one["text"]
    words = any(char.isalnum() for char in text)
    own = picture if picture is not None and picture["own"] else None
    if one["role"] in OTHERS:
        # A tool of a palette is a radio button or check box that looks like a button.
        # A lone sign beside its picture is the key that chooses it.
        drawn = one["role"] in ("check box", "radio button") and picture and len(text) < 2
        return ("icon", own) if drawn and _larger_than_a_mark(one) else ("other", None)
    if picture is None:
        return ("text" if words else "icon" if text else "other"), None
    if not words:
        return "icon", own
    below = one["text_box"] and one["text_box"]["top"] >= picture["bottom"] - 2
    tall = picture["bottom"] - picture["top"] >= CAPTION_PICTURE
    return ("icon", own) if below and tall else ("text", None)


def _larger_than_a_mark(one: NodeInfo) -> bool:
    """Whether what stands for a hidden input is a button rather than the mark of a check box."""
    whole = one["whole"]
    return bool(whole["right"] - whole["left"] >= 20 and whole["bottom"] - whole["top"] >= 20)


def _rect(box: NodeInfo, scale: float) -> Rect:
    """A box in whole pixels of the picture: the pixels whose middle it covers."""
    return Rect(
        *(math.floor(box[side] * scale + 0.5) for side in ("left", "top", "right", "bottom"))
    )


def _apart(elements: Sequence[WebElement], dropped: Counter[str]) -> tuple[WebElement, ...]:
    """Elements that do not share a place: of equal boxes the first, the rest without what is in them.

    A tab that holds its closing cross ends where the cross begins; what is mostly covered by other
    clickable things is no place to click.
    """
    single: dict[Rect, WebElement] = {}
    for element in elements:
        twin = single.get(element.box)
        if twin is not None:
            dropped["same box"] += 1
            if twin.name or not element.name:
                continue
        single[element.box] = element
    kept = []
    outermost = _without_echoes(list(single.values()), dropped)
    for element in outermost:
        inner = [
            other
            for other in outermost
            if other is not element and other.box.covered_by(element.box) >= WHOLE
        ]
        if sum(other.box.area for other in inner) > MOST_INNER * element.box.area:
            dropped["holds others"] += 1
            continue
        kept.append(_trimmed(element, inner))
    return tuple(sorted(kept, key=lambda element: (element.box.top, element.box.left)))


def _without_echoes(elements: Sequence[WebElement], dropped: Counter[str]) -> list[WebElement]:
    """Without those that lie in another of the same name: both are one thing to click."""
    kept = []
    for element in elements:
        if element.name and any(
            other is not element
            and other.name == element.name
            and element.box.covered_by(other.box) >= WHOLE
            for other in elements
        ):
            dropped["inside its like"] += 1
        else:
            kept.append(element)
    return kept


def _trimmed(element: WebElement, inner: Iterable[WebElement]) -> WebElement:
    """The element without the inner ones at its left or right end, and without their names."""
    box, name = element.box, element.name
    middle = box.center[0]
    for other in inner:
        if other.box.left > middle:
            box = replace(box, right=min(box.right, other.box.left))
        elif other.box.right < middle:
            box = replace(box, left=max(box.left, other.box.right))
        if other.name:
            name = name.removesuffix(f" {other.name}").removeprefix(f"{other.name} ")
    return replace(element, name=name, box=element.box if element.parts else box)
