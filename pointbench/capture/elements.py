"""Selects the visible, clickable elements of the accessibility tree. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import GTK_4, MENU_ROLES, Node, Window, top_window
from pointbench.errors import one_line

CLICKABLE_ROLES = MENU_ROLES | {
    "push button",
    "button",
    "toggle button",
    "push button menu",
    "check box",
    "radio button",
    "page tab",
    "icon",
    "link",
    "combo box",
    "entry",
    "spin button",
    "slider",
    "list item",
    "tree item",
    "table cell",
    "table column header",
    "column header",
    "table row header",
}
SMALLEST_SIDE = 10
"""Minimum side in pixels. A person would not aim at a smaller element; its extents are unreliable."""
LARGEST_SHARE = 0.05
"""Maximum share of the screen's area. A larger element is an area, not a place to click."""
WHOLE = 0.95
"""A box counts as cut off if scrolling and edges leave less than this share of it visible."""
SAMPLES = (0.03, 0.25, 0.5, 0.75, 0.97)
"""Fractions of a box's sides at which the window stacking is checked: 5 x 5 points."""

CELL_GAP = 4
"""Maximum number of pixels between a row's picture and its words, at scale 1 and 2."""

UNRELIABLE_TOOLKITS = (*GTK_4, "VCL")
"""Their extents are relative to the window and smaller than the drawn area, so they are not targets."""
DISTRUSTED = "toolkit with unreliable extents"
"""Drop reason for an element of such a toolkit."""
LIBREOFFICE = "soffice"
"""Reports a second menu bar inside its own drawing, which is not on the screen."""

_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MARKUP = re.compile(r"<[^<>]+>")
_CLASS_NAME = re.compile(r"(Gtk|Gdk|Adw)[A-Z]\w*")
_IDENTIFIER = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)+(-symbolic)?")


@dataclass(frozen=True, slots=True)
class Element:
    """A visible, clickable element. ``box`` is in screenshot pixels.

    ``place`` is the nearest ancestor role that locates it (tool bar, menu bar ...), one of
    TELLING_ROLES. ``icon_box`` is the picture alone and ``icon`` that picture's name in the icon
    theme, if known.
    """

    name: str
    role: str
    box: Rect
    app: str
    window: int | None
    place: str = ""
    icon_box: Rect | None = None
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The elements that passed, and the number dropped for each reason.

    ``others`` are not targets but are visible, so an instruction may seem to mean one of them.
    """

    elements: tuple[Element, ...]
    dropped: Counter[str]
    others: tuple[Element, ...] = ()
    unsure: tuple[Element, ...] = ()
    """The ``others`` whose toolkit does not report their size; a hover may reveal it."""


TELLING_ROLES = (
    "tool bar",
    "menu bar",
    "menu",
    "page tab list",
    "status bar",
    "dialog",
    "alert",
    "tree table",
    "table",
    "list",
    "icon view",
    "layered pane",
    "document web",
)


def clean_name(name: str) -> str:
    """A name as a person would say it: no markup, shortcut or trailing dots.

    Icon-font glyphs, identifiers and class names become the empty string.
    """
    text = _MARKUP.sub("", name)
    if _PRIVATE_USE.search(text):
        return ""
    text = one_line(text)
    text = re.sub(r"\s*[(\[](?:Ctrl|Alt|Shift|Super|Escape|F\d+)[^)\]]*[)\]]$", "", text)
    text = text.removesuffix("...").removesuffix("\N{HORIZONTAL ELLIPSIS}").strip()
    doubled = re.fullmatch(r"(.+) \1", text)
    if doubled:
        text = doubled.group(1)
    if _CLASS_NAME.fullmatch(text) or _IDENTIFIER.fullmatch(text):
        return ""
    return text


def unhidden_share(box: Rect, window: int, windows: Sequence[Window]) -> float:
    """The share, 0 to 1, of 25 points of a box at which its own window is on top."""
    on_top = 0
    for across in SAMPLES:
        for down in SAMPLES:
            x, y = box.left + across * box.width, box.top + down * box.height
            top = top_window(windows, x, y)
            on_top += top is not None and top.id == window
    return on_top / len(SAMPLES) ** 2


POPUPS = frozenset(("menu", "popup menu"))
"""Roles of an open menu in GTK and Qt, the parent of its entries."""


def painted_in(node: Node, windows: Sequence[Window]) -> int | None:
    """The id of the window that shows a node.

    In the tree an open menu is a child of the main window, but it is painted in its own pop-up.
    """
    if node.role in MENU_ROLES and not POPUPS.isdisjoint(node.ancestors):
        top = top_window(windows, *node.box.center)
        if top is not None and top.override_redirect and top.pid == node.pid:
            return top.id
    return node.window


def is_distrusted(node: Node) -> bool:
    """Whether a node's program reports unreliable extents."""
    return node.toolkit.startswith(UNRELIABLE_TOOLKITS)


def _reason_to_drop(node: Node, windows: Sequence[Window], screen: Rect) -> str:
    """Reason why a node is not a target, or the empty string."""
    if node.role not in CLICKABLE_ROLES:
        return "role"
    if node.app == LIBREOFFICE and {"menu bar", "root pane"} <= set(node.ancestors):
        return "role"
    if is_distrusted(node):
        return DISTRUSTED
    if node.seen is None:
        return "out of sight"
    if node.box.covered_by(node.seen) < WHOLE:
        return "cut off"
    if min(node.box.width, node.box.height) < SMALLEST_SIDE:
        return "too small"
    if node.box.area > LARGEST_SHARE * screen.area:
        return "too large"
    window = painted_in(node, windows)
    if window is None:
        return "no window"
    if unhidden_share(node.seen, window, windows) < 1:
        return "hidden by a window"
    return ""


def visible_elements(nodes: Iterable[Node], windows: Sequence[Window], screen: Rect) -> Selection:
    """The visible, clickable elements, including unnamed ones.

    Among elements with the same box, the first one with a name is kept. ``windows`` are ordered
    bottom to top; ``screen`` is the whole screen in pixels.
    """
    elements: dict[Rect, Element] = {}
    others: list[Element] = []
    unsure: list[Element] = []
    dropped: Counter[str] = Counter()
    for node in nodes:
        reason = _reason_to_drop(node, windows, screen)
        if reason in ("role", "out of sight"):
            dropped[reason] += 1
            continue
        element = Element(
            name=clean_name(node.name) or clean_name(node.description),
            role=node.role,
            box=node.box,
            app=node.app,
            window=painted_in(node, windows),
            place=next((role for role in node.ancestors if role in TELLING_ROLES), ""),
        )
        if reason:
            dropped[reason] += 1
            if _seen_in_part(node, element.window, windows):
                others.append(element)
                if reason == DISTRUSTED and _is_whole(node, element.window, windows):
                    unsure.append(element)
            continue
        twin = elements.get(node.box)
        if twin is not None:
            dropped["same box"] += 1
            if twin.name or not element.name:
                continue
        elements[node.box] = element
    return Selection(tuple(elements.values()), dropped, tuple(others), tuple(unsure))


def _is_whole(node: Node, window: int | None, windows: Sequence[Window]) -> bool:
    return (
        node.seen is not None
        and node.toolkit.startswith(GTK_4)
        and node.box.covered_by(node.seen) >= WHOLE
        and min(node.box.width, node.box.height) >= SMALLEST_SIDE
        and window is not None
        and unhidden_share(node.seen, window, windows) == 1
    )


def _seen_in_part(node: Node, window: int | None, windows: Sequence[Window]) -> bool:
    if node.seen is None:
        return False
    return window is None or unhidden_share(node.seen, window, windows) > 0


def joined_rows(elements: Sequence[Element]) -> tuple[Element, ...]:
    """The elements, with the picture cell and the word cell of a row joined into one.

    A nameless table cell that touches a named cell on its right, at the same height, is that cell's
    icon: together they are one place to click.
    """
    pictures = {
        (e.window, e.box.top, e.box.bottom, e.box.right): e.box.left
        for e in elements
        if e.role == "table cell" and not e.name
    }
    joined = [_with_picture(e, pictures) if e.role == "table cell" else e for e in elements]
    rows = [e for e in joined if e.role == "table cell" and e.name]
    return tuple(
        e for e in joined if e.role != "table cell" or e.name or not _is_part_of_one(e, rows)
    )


def _with_picture(
    cell: Element, pictures: Mapping[tuple[int | None, int, int, int], int]
) -> Element:
    """A named cell, extended to the left edge of the picture that touches it, if there is one."""
    box = cell.box
    for gap in range(CELL_GAP + 1):
        left = pictures.get((cell.window, box.top, box.bottom, box.left - gap))
        if cell.name and left is not None:
            return replace(cell, box=replace(box, left=left))
    return cell


def _is_part_of_one(cell: Element, rows: Iterable[Element]) -> bool:
    return any(cell.window == row.window and cell.box.covered_by(row.box) > WHOLE for row in rows)


def unique(elements: Iterable[Element]) -> tuple[Element, ...]:
    """The elements whose name is unique on the screen, ignoring case."""
    elements = tuple(elements)
    times = Counter(element.name.casefold() for element in elements)
    return tuple(e for e in elements if e.name and times[e.name.casefold()] == 1)


def with_icon(element: Element, icon_box: Rect, icon: str) -> Element:
    """The element with its picture."""
    return replace(element, icon_box=icon_box, icon=icon)
