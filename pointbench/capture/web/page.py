"""What on a web page can be clicked: boxes from the DOM, names from the accessibility tree.

Chromium's own accessibility tree says what there is and what it is called; every element is then
measured in its frame (`elements.js`), tried with 25 points against what lies on top there and
in every frame around it, and brought to pixels of the picture. `elements_of` decides, and is pure.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

from pointbench.capture.errors import PageError, UnstableScreenError
from pointbench.capture.hover import HoverCheck, changed_rect, compare_rects
from pointbench.capture.rectangles import Rect
from pointbench.capture.web.browser import OpenPage
from pointbench.capture.web.elements import NodeInfo, WebElement, elements_of
from pointbench.errors import one_line

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

ROLES = {
    "button": "push button",
    "PopUpButton": "push button menu",
    "ToggleButton": "toggle button",
    "DisclosureTriangle": "toggle button",
    "DisclosureTriangleGrouped": "toggle button",
    "ColorWell": "push button",
    "link": "link",
    "checkbox": "check box",
    "switch": "check box",
    "radio": "radio button",
    "tab": "page tab",
    "menuitem": "menu item",
    "menuitemcheckbox": "check menu item",
    "menuitemradio": "radio menu item",
    "combobox": "combo box",
    "ComboBoxSelect": "combo box",
    "textbox": "entry",
    "searchbox": "entry",
    "Date": "entry",
    "DateTime": "entry",
    "InputTime": "entry",
    "slider": "slider",
    "spinbutton": "spin button",
    "option": "list item",
    "treeitem": "tree item",
    "gridcell": "table cell",
    "columnheader": "table column header",
    "rowheader": "table row header",
}
"""Chromium's role to the one that the desktop's accessibility tree uses."""
PLACES = {
    "toolbar": "tool bar",
    "menubar": "menu bar",
    "menu": "menu",
    "tablist": "page tab list",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "alert": "alert",
    "tree": "tree table",
    "treegrid": "tree table",
    "grid": "table",
    "table": "table",
    "listbox": "list",
    "list": "list",
}
CLICKABLE = "clickable"
"""The role of an element that shows a hand and has no role of its own."""


@dataclass(frozen=True)
class WebSurvey:
    """The picture of a page, its elements in pixels of the picture, what was dropped and why."""

    picture: Image.Image
    elements: tuple[WebElement, ...]
    dropped: Counter[str]


def survey_page(opened: OpenPage, tries: int = 3) -> WebSurvey:
    """Read the page; refused when it does not stay the same while it is read."""
    for _ in range(tries):
        picture = opened.grab()
        told = _told(opened)
        if ImageChops.difference(picture, opened.grab()).getbbox() is None:
            break
        opened.page.wait_for_timeout(1000)
    else:
        raise UnstableScreenError(
            f"capture web: the page changed in {tries} of {tries} tries; wait for it with "
            "--wait-for, or stop what moves"
        )
    elements, dropped = elements_of(told, picture.size, opened.request.scale)
    shown = tuple(element for element in elements if not is_blank(picture, element.box))
    dropped["nothing to see"] += len(elements) - len(shown)
    return WebSurvey(picture, shown, +dropped)


def is_blank(picture: Image.Image, box: Rect) -> bool:
    """Whether a box and the pixels just around it are of one color: nothing is drawn there."""
    around = box.grown(1).intersection(Rect(0, 0, *picture.size))
    return around is None or picture.crop(around.as_tuple()).getcolors(1) is not None


def hover_page(opened: OpenPage, element: WebElement) -> HoverCheck:
    """What changes when the pointer is put on an element's center, or its first line's."""
    scale = opened.request.scale
    box = element.parts[0] if element.parts else element.box
    around = round(16 * scale)
    width, height = opened.request.width, opened.request.height
    near = box.grown(around)
    left, top = max(0, math.floor(near.left / scale)), max(0, math.floor(near.top / scale))
    right, bottom = (
        min(width, math.ceil(near.right / scale)),
        min(height, math.ceil(near.bottom / scale)),
    )
    clip = (left, top, right - left, bottom - top)
    here = box.shifted(-round(left * scale), -round(top * scale))
    before = opened.grab(clip)
    opened.page.mouse.move(box.center[0] / scale, box.center[1] / scale)
    opened.page.wait_for_timeout(60)
    changed = changed_rect(before, opened.grab(clip), here, around)
    opened.page.mouse.move(width - 1, height - 1)
    opened.page.wait_for_timeout(30)
    if changed is not None:
        changed = changed.shifted(box.left - here.left, box.top - here.top)
    return HoverCheck(compare_rects(box, changed), changed)


# -- reading -----------------------------------------------------------------------------------


class _Frame:
    """One frame of the page, asked over the debugging protocol."""

    def __init__(self, session: CDPSession, identity: str) -> None:
        self.session = session
        self.nodes: list[dict[str, Any]] = session.send(
            "Accessibility.getFullAXTree", {"frameId": identity}
        )["nodes"]

    def object_of(self, node: int) -> str | None:
        from playwright.sync_api import Error

        try:
            found = self.session.send("DOM.resolveNode", {"backendNodeId": node})
        except Error:  # it went away meanwhile
            return None
        return str(found["object"]["objectId"])

    def document(self) -> str | None:
        root = next((node for node in self.nodes if "backendDOMNodeId" in node), None)
        return None if root is None else self.object_of(root["backendDOMNodeId"])


_TOOLS = files("pointbench.capture.web").joinpath("elements.js").read_text(encoding="utf-8")
_CALL = (
    f"function(name, ...words) {{ const tools = {_TOOLS.strip()}; return tools[name](...words); }}"
)


def _call(session: CDPSession, this: str, name: str, arguments: Sequence[dict[str, Any]]) -> Any:
    """One function of elements.js, in the frame of the object `this`."""
    answer = session.send(
        "Runtime.callFunctionOn",
        {
            "objectId": this,
            "functionDeclaration": _CALL,
            "arguments": [{"value": name}, *arguments],
            "returnByValue": True,
        },
    )
    if "exceptionDetails" in answer:
        told = answer["exceptionDetails"].get("exception", {}).get("description", "")
        raise PageError(one_line(f"capture web: the page cannot be measured: {told[:200]}"))
    return answer["result"].get("value")


def _told(opened: OpenPage) -> list[dict[str, Any]]:
    """Everything that may be clicked, in CSS pixels of the page, in document order by frame."""
    session = opened.page.context.new_cdp_session(opened.page)
    for domain in ("DOM", "Page", "Accessibility"):
        session.send(f"{domain}.enable")
    session.send("DOM.getDocument", {"depth": 0})
    found: list[dict[str, Any]] = []
    _frame(session, session.send("Page.getFrameTree")["frameTree"], [], found)
    session.detach()
    return found


def _frame(
    session: CDPSession,
    tree: Mapping[str, Any],
    owners: list[tuple[str, NodeInfo]],
    found: list[dict[str, Any]],
) -> None:
    """What one frame and the frames in it tell. `owners` are the elements that hold it, inmost first."""
    from playwright.sync_api import Error

    try:
        frame = _Frame(session, tree["frame"]["id"])
    except Error:  # it went away, or another process has it
        if not owners:
            raise
        return
    document = frame.document()
    if document is None:
        return
    wanted = [
        node
        for node in frame.nodes
        if not node.get("ignored") and "backendDOMNodeId" in node and _value(node, "role") in ROLES
    ]
    objects = [frame.object_of(node["backendDOMNodeId"]) for node in wanted]
    arguments = [{"objectId": one} if one else {"value": None} for one in objects]
    told = [one for one in _call(session, document, "measure", arguments) if one]
    by_id = {node["nodeId"]: node for node in frame.nodes}
    for one in told:
        number = one["known"]
        one.update(
            {"role": CLICKABLE, "name": "", "description": "", "place": "", "path": []}
            if number is None
            else _named(wanted[number], by_id)
        )
    for holder, placed in owners:
        _through(session, holder, placed, told)
    found.extend(told)
    for child in tree.get("childFrames", ()):
        try:
            owner = session.send("DOM.getFrameOwner", {"frameId": child["frame"]["id"]})
        except Error:  # a frame of another process, or one that went away
            continue
        holder_object = frame.object_of(owner["backendNodeId"])
        if holder_object is None:
            continue
        placed = _call(session, document, "owner", [{"objectId": holder_object}])
        _frame(session, child, [(holder_object, placed), *owners], found)


def _through(
    session: CDPSession, holder: str, placed: NodeInfo, told: Sequence[dict[str, Any]]
) -> None:
    """Bring what a frame tells to the frame around it, and see what of it shows there."""
    points = []
    for one in told:
        for key in ("whole", "seen", "text_box", "picture"):
            if one[key] is not None:
                one[key] = {**one[key], **_moved(one[key], placed)}
        one["rects"] = [_moved(rect, placed) for rect in one["rects"]]
        one["points"] = [
            [placed["left"] + x * placed["across"], placed["top"] + y * placed["down"], own]
            for x, y, own in one["points"]
        ]
        points += [[x, y] for x, y, _ in one["points"]]
    shows = iter(_call(session, holder, "owned", [{"objectId": holder}, {"value": points}]))
    for one in told:
        one["points"] = [
            [x, y, own and next(shows)] if own else [x, y, _skip(shows)]
            for x, y, own in one["points"]
        ]


def _skip(shows: Iterable[bool]) -> bool:
    next(iter(shows))
    return False


def _moved(box: NodeInfo, placed: NodeInfo) -> dict[str, float]:
    return {
        "left": placed["left"] + box["left"] * placed["across"],
        "top": placed["top"] + box["top"] * placed["down"],
        "right": placed["left"] + box["right"] * placed["across"],
        "bottom": placed["top"] + box["bottom"] * placed["down"],
    }


def _value(node: NodeInfo, key: str) -> str:
    return str(node.get(key, {}).get("value") or "")


def _named(node: NodeInfo, by_id: Mapping[str, NodeInfo]) -> dict[str, Any]:
    """Role, name, description and telling place of a node of the accessibility tree."""
    role = _value(node, "role")
    states = {state["name"]: state["value"].get("value") for state in node.get("properties", ())}
    mapped = ROLES[role]
    if mapped == "push button" and "pressed" in states:
        mapped = "toggle button"
    place, up = "", node
    while not place and (up := by_id.get(up.get("parentId", ""), {})):
        place = PLACES.get(_value(up, "role"), "")
    return {
        "role": mapped,
        "name": _value(node, "name"),
        "description": _value(node, "description"),
        "place": place,
    }


# -- deciding ----------------------------------------------------------------------------------
