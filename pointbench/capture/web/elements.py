"""Selects the clickable elements among a page's measured nodes. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from pointbench.capture.elements import LARGEST_SHARE, SMALLEST_SIDE, WHOLE, Element, clean_name
from pointbench.capture.rectangles import Rect

OTHERS = frozenset(("entry", "combo box", "spin button", "slider", "check box", "radio button"))
"""Roles of kind "other", unless drawn as a button."""
OWN_SHARE = 0.9
"""Minimum share of an element's points that must reach it; otherwise it is covered or elsewhere."""
CAPTION_PICTURE = 20
"""CSS pixels. A picture at least this tall, with its words below it, is clicked as a picture."""
MOST_INNER = 0.4
"""Maximum share of an element's box that separately clickable elements inside it may cover."""
LONGEST_NAME = 80
"""Maximum number of characters. Anything longer does not count as a name."""


class BoxInfo(TypedDict):
    """A rectangle in fractional CSS pixels of the page."""

    left: float
    top: float
    right: float
    bottom: float


class PictureInfo(BoxInfo):
    """The largest picture in an element; ``own`` is False if it is the element's background."""

    area: float
    own: bool


class NodeInfo(TypedDict):
    """One node of a page, measured by ``elements.js`` and named by Chromium's accessibility tree.

    ``known`` is its number among the requested nodes, None for one found by the pointer's shape.
    ``rects`` are its lines, ``whole`` the box around them, ``seen`` the part inside the view.
    ``points`` are x, y and whether a click there reaches the node.
    """

    known: int | None
    tag: str
    type: str
    rects: list[BoxInfo]
    whole: BoxInfo
    seen: BoxInfo
    painted: bool
    points: list[tuple[float, float, bool]]
    disabled: bool
    text: str
    text_box: BoxInfo | None
    picture: PictureInfo | None
    hint: str
    title: str
    role: str
    name: str
    description: str
    place: str


@dataclass(frozen=True, slots=True)
class WebElement(Element):
    """An element of a page. ``kind`` is its target's kind.

    ``parts`` are its lines if it wraps over several. ``icon`` is the id or class of an element
    that has no accessible name.
    """

    kind: str = "other"
    parts: tuple[Rect, ...] = ()


def elements_of(
    nodes: Iterable[NodeInfo], size: tuple[int, int], scale: float
) -> tuple[tuple[WebElement, ...], Counter[str]]:
    """The visible, clickable elements, and the number of nodes dropped for each reason.

    ``nodes`` are in CSS pixels of the page, the elements in pixels of a picture of ``size`` (width,
    height) with ``scale`` pixels per CSS pixel.
    """
    dropped: Counter[str] = Counter()
    elements: list[WebElement] = []
    for node in nodes:
        reason = _reason_to_drop(node, size, scale)
        if reason:
            dropped[reason] += 1
        else:
            elements.append(_element(node, scale))
    return _without_overlaps(elements, dropped), dropped


def _reason_to_drop(node: NodeInfo, size: tuple[int, int], scale: float) -> str:
    """Reason why a node is not a target, or the empty string."""
    whole = _rect(node["whole"], scale)
    if not node["painted"] or whole.area == 0 or not node["points"]:
        return "not shown" if not node["painted"] or whole.area == 0 else "off the page's view"
    if node["disabled"]:
        return "disabled"
    seen = _rect(node["seen"], scale)
    if whole.covered_by(seen) < WHOLE or whole.covered_by(Rect(0, 0, *size)) < WHOLE:
        return "cut off"
    own = sum(1 for *_, reached in node["points"] if reached) / len(node["points"])
    if own < OWN_SHARE:
        return "covered"
    if min(whole.width, whole.height) < SMALLEST_SIDE:
        return "too small"
    if whole.area > LARGEST_SHARE * size[0] * size[1]:
        return "too large"
    return ""


def _element(node: NodeInfo, scale: float) -> WebElement:
    kind, picture = _kind(node)
    rects = [_rect(rect, scale) for rect in node["rects"]]
    name = clean_name(node["name"]) or clean_name(node["description"]) or clean_name(node["title"])
    name = name or clean_name(node["text"])
    name = name if len(name) <= LONGEST_NAME else ""
    return WebElement(
        name=name,
        role=node["role"],
        box=_rect(node["whole"], scale),
        app="",
        window=None,
        place=node["place"],
        icon_box=None if picture is None else _rect(picture, scale),
        icon="" if name else node["hint"],
        kind=kind,
        parts=tuple(rects) if len(rects) > 1 else (),
    )


def _kind(node: NodeInfo) -> tuple[str, BoxInfo | None]:
    """The kind of a node's target, and the box of its picture if the picture is clicked."""
    picture, text = node["picture"], node["text"]
    words = any(char.isalnum() for char in text)
    own = picture if picture is not None and picture["own"] else None
    if node["role"] in OTHERS:
        # A palette's tools are radio buttons or check boxes drawn as buttons. A single
        # character beside the picture is the key that selects the tool.
        as_button = node["role"] in ("check box", "radio button") and picture and len(text) < 2
        return ("icon", own) if as_button and _larger_than_a_mark(node) else ("other", None)
    if picture is None:
        return ("text" if words else "icon" if text else "other"), None
    if not words:
        return "icon", own
    text_box = node["text_box"]
    below = text_box is not None and text_box["top"] >= picture["bottom"] - 2
    tall = picture["bottom"] - picture["top"] >= CAPTION_PICTURE
    return ("icon", own) if below and tall else ("text", None)


def _larger_than_a_mark(node: NodeInfo) -> bool:
    """Whether an input is drawn as a button rather than as the mark of a check box."""
    whole = node["whole"]
    return whole["right"] - whole["left"] >= 20 and whole["bottom"] - whole["top"] >= 20


def _rect(box: BoxInfo, scale: float) -> Rect:
    """A box in whole pixels of the picture: those whose center it covers."""
    sides = (box["left"], box["top"], box["right"], box["bottom"])
    return Rect(*(math.floor(side * scale + 0.5) for side in sides))


def _without_overlaps(
    elements: Sequence[WebElement], dropped: Counter[str]
) -> tuple[WebElement, ...]:
    """Remove overlaps: keep the first of identical boxes, cut nested elements out of their container.

    A tab with a close button in it ends where the button begins. An element that is mostly covered
    by other clickable ones is not a place to click and is dropped.
    """
    single: dict[Rect, WebElement] = {}
    for element in elements:
        twin = single.get(element.box)
        if twin is not None:
            dropped["same box"] += 1
            if twin.name or not element.name:
                continue
        single[element.box] = element
    separate = []
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
        separate.append(_trimmed(element, inner))
    return tuple(sorted(separate, key=lambda element: (element.box.top, element.box.left)))


def _without_echoes(elements: Sequence[WebElement], dropped: Counter[str]) -> list[WebElement]:
    """Drop elements inside another one with the same name, because both are one thing to click."""
    distinct = []
    for element in elements:
        if element.name and any(
            other is not element
            and other.name == element.name
            and element.box.covered_by(other.box) >= WHOLE
            for other in elements
        ):
            dropped["inside an element with the same name"] += 1
        else:
            distinct.append(element)
    return distinct


def _trimmed(element: WebElement, inner: Iterable[WebElement]) -> WebElement:
    """Cut the inner elements at the left or right end off a box, and their names off its name."""
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
