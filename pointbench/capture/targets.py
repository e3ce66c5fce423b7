"""Converts elements to targets in the suite format. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Required, TypedDict

from pointbench.capture.elements import Element
from pointbench.capture.hover import HoverOutcome
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import MENU_ROLES

THING = {
    "push button": "button",
    "button": "button",
    "toggle button": "button",
    "push button menu": "button",
    "check box": "check box",
    "radio button": "option",
    "menu": "menu",
    "menu item": "menu entry",
    "check menu item": "menu entry",
    "radio menu item": "menu entry",
    "page tab": "tab",
    "link": "link",
    "combo box": "drop-down list",
    "entry": "field",
    "spin button": "number field",
    "slider": "slider",
    "icon": "icon",
}
"""Role -> a person's word for such an element; an element of any other role is an item."""

WORD_ROLES = MENU_ROLES | {
    "page tab",
    "link",
    "table column header",
    "column header",
    "table row header",
}
"""Roles clicked by their words, whether or not there is a picture beside them."""
ROW_ROLES = frozenset(("list item", "tree item", "table cell"))
"""Roles clicked by their picture if they have one."""
OTHER_ROLES = frozenset(
    ("entry", "spin button", "slider", "combo box", "check box", "radio button")
)


class VerifiedEntry(TypedDict):
    """The checks that a box passed; ``hover`` is "box" or "none"."""

    hit_test: bool
    hover: str


class ExtraEntry(TypedDict, total=False):
    """Capture data beyond the suite format."""

    icon_name: str
    sources: list[str]
    looked_at: bool


class BoxEntry(TypedDict):
    """One of several regions, [left, top, right, bottom] in pixels of the screenshot."""

    box: list[int]


class TargetEntry(TypedDict, total=False):
    """One target of a targets file, with the keys that docs/suites.md describes."""

    id: Required[str]
    instruction: Required[str]
    name: Required[str]
    box: list[int]
    regions: list[BoxEntry]
    icon_box: list[int]
    absent: bool
    kind: str
    role: str
    app: str
    tags: list[str]
    rewordings: list[str]
    verified: VerifiedEntry
    extra: ExtraEntry


def kind_of(element: Element) -> str:
    """``icon`` if a picture is clicked, ``text`` if words are, ``other`` for the rest."""
    if element.role in OTHER_ROLES and not (
        element.role == "check box" and element.place == "tool bar"
    ):
        return "other"  # Qt calls a toolbar's toggle button a check box
    if element.role in WORD_ROLES:
        return "text"
    if element.icon_box is not None or element.role == "icon":
        return "icon"
    if element.role in ROW_ROLES:
        return "text"
    return "icon" if element.place == "tool bar" else "text"


def slug(text: str) -> str:
    """A text as letters, digits and single dashes: the last part of a target's id."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "target"


def slugs(texts: Iterable[str]) -> tuple[str, ...]:
    """A unique slug for each text; a number is added if two would be the same."""
    unique: dict[str, None] = {}
    for text in texts:
        base = candidate = slug(text)
        number = 1
        while candidate in unique:
            number += 1
            candidate = f"{base}-{number}"
        unique[candidate] = None
    return tuple(unique)


def present_target(
    element: Element,
    *,
    id: str,
    instruction: str,
    hover: HoverOutcome | None,
    kind: str = "",
    app: str = "",
    name: str = "",
    parts: Sequence[Rect] = (),
    tags: Sequence[str] = (),
    rewordings: Sequence[str] = (),
    sources: Sequence[str] = (),
    looked_at: bool = False,
) -> TargetEntry:
    """One target of a targets file. Every element here passed the stacking test.

    ``hover`` is None if no hover check was made; if ``kind``, ``app`` or ``name`` is empty, the
    element's own value is used. ``parts`` are written as several regions in place of the box.
    ``sources`` name the sources of the box ("at-spi", "marker theme", "dom", "hover", "selection").
    """
    kind = kind or kind_of(element)
    target: TargetEntry = {
        "id": id,
        "instruction": instruction,
        "name": name or element.name or element.icon,
    }
    if parts:
        target["regions"] = [{"box": part.as_list()} for part in parts]
    else:
        target["box"] = element.box.as_list()
        if element.icon_box is not None and kind == "icon":
            target["icon_box"] = element.icon_box.as_list()
    target["kind"] = kind
    target["role"] = element.role
    target["app"] = app or element.app
    if tags:
        target["tags"] = list(tags)
    if rewordings:
        target["rewordings"] = list(rewordings)
    target["verified"] = {
        "hit_test": True,
        "hover": "box" if hover is HoverOutcome.SAME else "none",
    }
    extra: ExtraEntry = {}
    if "icon_box" in target:
        extra["icon_name"] = element.icon
    if sources:
        extra["sources"] = list(sources)
    if looked_at:
        extra["looked_at"] = True
    if extra:
        target["extra"] = extra
    return target


def absent_target(*, id: str, instruction: str, name: str, kind: str = "icon") -> TargetEntry:
    """One target for something that is not in the screenshot."""
    return {"id": id, "instruction": instruction, "name": name, "absent": True, "kind": kind}
