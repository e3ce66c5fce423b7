"""Found elements as targets in the suite format. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from pointbench.capture.elements import Element
from pointbench.capture.hover import HoverOutcome
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
"""What a person calls an element of a role; anything else is an item."""

WORD_ROLES = MENU_ROLES | {
    "page tab",
    "link",
    "table column header",
    "column header",
    "table row header",
}
"""Clicked by their words, whether or not a picture stands beside them."""
ROW_ROLES = frozenset(("list item", "tree item", "table cell"))
"""Clicked by their picture where they have one."""
OTHER_ROLES = frozenset(
    ("entry", "spin button", "slider", "combo box", "check box", "radio button")
)


def kind_of(element: Element) -> str:
    """`icon` where a picture is clicked, `text` where words are, `other` for the rest."""
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
    """Letters, digits and single dashes: the last part of a target's id."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "target"


def slugs(texts: Iterable[str]) -> tuple[str, ...]:
    """A slug each, made different by a number where two would be the same."""
    taken: set[str] = set()
    given = []
    for text in texts:
        base = candidate = slug(text)
        number = 1
        while candidate in taken:
            number += 1
            candidate = f"{base}-{number}"
        taken.add(candidate)
        given.append(candidate)
    return tuple(given)


def present_target(
    element: Element,
    *,
    id: str,
    instruction: str,
    hover: HoverOutcome | None,
    kind: str = "",
    app: str = "",
    name: str = "",
    tags: Sequence[str] = (),
    rewordings: Sequence[str] = (),
    sources: Sequence[str] = (),
    looked_at: bool = False,
) -> dict[str, Any]:
    """One target of a targets file. Every element here passed the stacking test.

    `hover` is None when no hover check was made; empty `kind`, `app` and `name` are the element's.
    `sources` say what the box rests on ("at-spi", "marker theme", "dom", "hover", "selection").
    """
    kind = kind or kind_of(element)
    target: dict[str, Any] = {
        "id": id,
        "instruction": instruction,
        "name": name or element.name or element.icon,
        "box": element.box.as_list(),
    }
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
    extra: dict[str, Any] = {}
    if "icon_box" in target:
        extra["icon_name"] = element.icon
    if sources:
        extra["sources"] = list(sources)
    if looked_at:
        extra["looked_at"] = True
    if extra:
        target["extra"] = extra
    return target


def absent_target(*, id: str, instruction: str, name: str, kind: str = "icon") -> dict[str, Any]:
    """One target for something that is not on the screenshot."""
    return {"id": id, "instruction": instruction, "name": name, "absent": True, "kind": kind}
