"""Reads the clickable elements of a web page: boxes from the DOM, names from the accessibility tree.

Chromium's own accessibility tree lists the elements and their names. Every element is then measured
in its frame (``elements.js``), tested at 25 points against whatever covers it there and in every
enclosing frame, and converted to pixels of the picture. `elements_of` decides, and is pure.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Required, TypedDict
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageChops

from pointbench.capture.errors import PageError, UnstableScreenError
from pointbench.capture.hover import HoverCheck, changed_rect, compare_rects
from pointbench.capture.rectangles import Rect
from pointbench.capture.web.browser import OpenPage
from pointbench.capture.web.elements import BoxInfo, NodeInfo, WebElement, elements_of
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
"""Chromium role -> the role in a desktop's accessibility tree."""
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
"""Chromium role of a container -> the ``place`` of the elements in it."""
LONG_PAGE = 3000
"""Number of elements from which a page is announced, because reading it takes seconds."""
CLICKABLE = "clickable"
"""The role of an element that shows a hand pointer and has no role itself."""


@dataclass(frozen=True)
class WebSurvey:
    """The picture of a page, its elements in pixels of the picture, and the drop counts by reason."""

    picture: Image.Image
    elements: tuple[WebElement, ...]
    dropped: Counter[str]


def survey_page(
    opened: OpenPage, tries: int = 3, say: Callable[[str], None] = lambda _: None
) -> WebSurvey:
    """Read the page. UnstableScreenError: it changed in every one of ``tries`` readings.

    ``say`` gets a line before a long page is read.
    """
    for _ in range(tries):
        picture = opened.grab()
        nodes = _measured_nodes(opened, say)
        if ImageChops.difference(picture, opened.grab()).getbbox() is None:
            break
        opened.page.wait_for_timeout(1000)
    else:
        raise UnstableScreenError(
            f"capture web: the page changed in {tries} of {tries} tries; wait for it with "
            "--wait-for, or stop what moves"
        )
    elements, dropped = elements_of(nodes, picture.size, opened.request.scale)
    visible = tuple(element for element in elements if not is_blank(picture, element.box))
    dropped["nothing to see"] += len(elements) - len(visible)
    return WebSurvey(picture, visible, +dropped)


def page_name(opened: OpenPage) -> str:
    """The page's title, or the last part of its URL."""
    parts = urlsplit(opened.page.url)
    return opened.page.title().strip() or Path(unquote(parts.path)).stem or parts.hostname or "page"


def environment_of(opened: OpenPage) -> dict[str, object]:
    """The ``environment`` of the targets file: browser, theme and scale."""
    request = opened.request
    return {
        "browser": f"Chromium {opened.version}",
        "theme": "dark" if request.dark else "light",
        "scale": int(request.scale) if request.scale == int(request.scale) else request.scale,
    }


def is_blank(picture: Image.Image, box: Rect) -> bool:
    """Whether a box and the pixels just around it have a single color, so nothing is drawn there."""
    around = box.grown(1).intersection(Rect(0, 0, *picture.size))
    return around is None or picture.crop(around.as_tuple()).getcolors(1) is not None


def hover_page(opened: OpenPage, element: WebElement) -> HoverCheck:
    """Check what changes when the pointer moves to the center of an element, or of its first line."""
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


HOVER_LIMIT_S = 60.0
"""Seconds after which no further box is checked with the pointer."""
SAY_EVERY_S = 10.0
"""Seconds between two lines about the progress of a long check."""


def hover_boxes(
    opened: OpenPage,
    elements: Sequence[WebElement],
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> list[HoverCheck | None]:
    """`hover_page` for the elements in turn, until `HOVER_LIMIT_S`; None for those not reached.

    ``say`` gets a line every `SAY_EVERY_S`, and one at the end if some are left.
    """
    began = said = clock()
    checks: list[HoverCheck | None] = []
    for element in elements:
        now = clock()
        if now - began >= HOVER_LIMIT_S:
            break
        if now - said >= SAY_EVERY_S:
            said = now
            say(f"{len(checks):,} of {len(elements):,} boxes checked with the pointer")
        checks.append(hover_page(opened, element))
    left = len(elements) - len(checks)
    if left:
        say(
            f"{left:,} of {len(elements):,} boxes not checked with the pointer, because "
            f"{HOVER_LIMIT_S:.0f} s are over; a smaller --viewport has fewer"
        )
    return [*checks, *[None] * left]


# -- reading -----------------------------------------------------------------------------------


class FrameInfo(TypedDict):
    """A frame's origin in the enclosing frame, in CSS pixels, and the scale at which it is drawn."""

    left: float
    top: float
    across: float
    down: float


class _AXValue(TypedDict, total=False):
    value: object


class _AXProperty(TypedDict):
    name: str
    value: _AXValue


class _AXNode(TypedDict, total=False):
    """A node of Chromium's accessibility tree, as returned by the debugging protocol."""

    nodeId: Required[str]
    parentId: str
    backendDOMNodeId: int
    ignored: bool
    role: _AXValue
    name: _AXValue
    description: _AXValue
    properties: list[_AXProperty]


class _Frame(TypedDict):
    id: str


class _FrameTree(TypedDict):
    frame: _Frame
    childFrames: NotRequired[list[_FrameTree]]


class _Root(TypedDict):
    """The document of a frame, or a shadow root."""

    nodeId: int
    backendNodeId: int
    shadowRootType: NotRequired[str]


class _DOMNode(TypedDict):
    """A node of the flattened document, as returned by the debugging protocol."""

    nodeId: int
    parentId: NotRequired[int]
    backendNodeId: int
    nodeType: int
    nodeName: str
    contentDocument: NotRequired[_Root]
    shadowRoots: NotRequired[list[_Root]]


_ELEMENT = 1
"""The ``nodeType`` of an element."""


_Elements = list[tuple[int, str]]
"""The elements of a document: backend id and name, in the order of ``elements`` in elements.js."""


def _elements_by_document(session: CDPSession) -> dict[int, _Elements]:
    """The elements of every document of the page, by the document's backend id.

    Closed shadow roots, which no script can enter, are left out.
    """
    session.send("DOM.getDocument", {"depth": 0})
    nodes: list[_DOMNode] = session.send("DOM.getFlattenedDocument", {"depth": -1, "pierce": True})[
        "nodes"
    ]
    documents: dict[int, _Elements] = {}
    document_of: dict[int, int] = {}
    for node in reversed(nodes):  # a parent comes after its children
        parent = node.get("parentId")
        if parent is None:  # the page's own document; those of frames stand in their elements
            documents[node["backendNodeId"]] = []
            document_of[node["nodeId"]] = node["backendNodeId"]
            continue
        document = document_of.get(parent)
        if document is None:
            continue
        document_of[node["nodeId"]] = document
        if node["nodeType"] == _ELEMENT:
            documents[document].append((node["backendNodeId"], node["nodeName"]))
        for shadow in node.get("shadowRoots", ()):
            if shadow.get("shadowRootType") == "open":
                document_of[shadow["nodeId"]] = document
        if (content := node.get("contentDocument")) is not None:
            document_of[content["nodeId"]] = content["backendNodeId"]
            documents[content["backendNodeId"]] = []
    return {document: elements[::-1] for document, elements in documents.items()}


class _FrameReader:
    """One frame of the page, read over the debugging protocol."""

    def __init__(self, session: CDPSession, identity: str) -> None:
        self.session = session
        self.nodes: list[_AXNode] = session.send(
            "Accessibility.getFullAXTree", {"frameId": identity}
        )["nodes"]
        self.root = next(
            (node["backendDOMNodeId"] for node in self.nodes if "backendDOMNodeId" in node), None
        )
        """The document's backend id."""

    def object_of(self, node: int) -> str | None:
        """The id of a DOM node's JavaScript object; None if the node is gone."""
        from playwright.sync_api import Error

        try:
            reply = self.session.send("DOM.resolveNode", {"backendNodeId": node})
        except Error:
            return None
        return str(reply["object"]["objectId"])

    def document(self) -> str | None:
        return None if self.root is None else self.object_of(self.root)

    def arguments(
        self, document: str, nodes: Sequence[_AXNode], elements: _Elements
    ) -> list[dict[str, object]]:
        """The nodes as arguments of ``measure``.

        ``elements`` are the document's. Where a script sees the same ones, a node is given by its
        number among them: on a page of thousands, one request for each node takes most of the time.
        """
        seen = _call(self.session, document, "names", [{"objectId": document}])
        numbers: dict[int, int] = {}
        if seen == [name for _, name in elements]:
            numbers = {backend: number for number, (backend, _) in enumerate(elements)}
        arguments: list[dict[str, object]] = []
        for node in nodes:
            backend = node["backendDOMNodeId"]
            if backend in numbers:
                arguments.append({"value": numbers[backend]})
                continue
            identity = self.object_of(backend)
            arguments.append({"objectId": identity} if identity else {"value": None})
        return arguments


_TOOLS = files("pointbench.capture.web").joinpath("elements.js").read_text(encoding="utf-8")
_CALL = (
    f"function(name, ...words) {{ const tools = {_TOOLS.strip()}; return tools[name](...words); }}"
)


def _call(
    session: CDPSession, this: str, name: str, arguments: Sequence[Mapping[str, object]]
) -> Any:
    """Call a function of elements.js in the frame of the object ``this``; returns its JSON value."""
    reply = session.send(
        "Runtime.callFunctionOn",
        {
            "objectId": this,
            "functionDeclaration": _CALL,
            "arguments": [{"value": name}, *arguments],
            "returnByValue": True,
        },
    )
    if "exceptionDetails" in reply:
        message = reply["exceptionDetails"].get("exception", {}).get("description", "")
        raise PageError(one_line(f"capture web: the page cannot be measured: {message[:200]}"))
    return reply["result"].get("value")


def _measured_nodes(opened: OpenPage, say: Callable[[str], None]) -> list[NodeInfo]:
    """Every clickable node, in CSS pixels of the page, in document order by frame."""
    session = opened.page.context.new_cdp_session(opened.page)
    for domain in ("DOM", "Page", "Accessibility"):
        session.send(f"{domain}.enable")
    documents = _elements_by_document(session)
    count = sum(map(len, documents.values()))
    if count >= LONG_PAGE:
        say(f"a long page, reading {count:,} elements")
    nodes: list[NodeInfo] = []
    tree = session.send("Page.getFrameTree")["frameTree"]
    _read_frame(session, tree, documents, [], nodes)
    if _elements_by_document(session) != documents:
        # An element came or went meanwhile, so numbers may mean others: every node by itself.
        nodes.clear()
        tree = session.send("Page.getFrameTree")["frameTree"]
        _read_frame(session, tree, {}, [], nodes)
    session.detach()
    return nodes


def _read_frame(
    session: CDPSession,
    tree: _FrameTree,
    documents: Mapping[int, _Elements],
    owners: list[tuple[str, FrameInfo]],
    nodes: list[NodeInfo],
) -> None:
    """Add the nodes of one frame and its nested frames to ``nodes``.

    ``documents`` are the elements of each document. ``owners`` are the elements that contain the
    frame, innermost first: JavaScript object and place.
    """
    from playwright.sync_api import Error

    try:
        frame = _FrameReader(session, tree["frame"]["id"])
    except Error:  # it is gone, or belongs to another process
        if not owners:
            raise
        return
    document = frame.document()
    if document is None:
        return
    known = [
        node
        for node in frame.nodes
        if not node.get("ignored") and "backendDOMNodeId" in node and _text(node, "role") in ROLES
    ]
    elements = [] if frame.root is None else documents.get(frame.root, [])
    arguments = frame.arguments(document, known, elements)
    measured: list[NodeInfo] = [
        node
        for node in _call(session, document, "measure", [{"objectId": document}, *arguments])
        if node
    ]
    by_id = {node["nodeId"]: node for node in frame.nodes}
    for node in measured:
        if node["points"]:
            _name(node, None if node["known"] is None else known[node["known"]], by_id)
    for holder, placed in owners:
        _bring_out(session, holder, placed, measured)
    nodes.extend(measured)
    for child in tree.get("childFrames", ()):
        try:
            owner = session.send("DOM.getFrameOwner", {"frameId": child["frame"]["id"]})
        except Error:  # a frame of another process, or one that is gone
            continue
        holder_object = frame.object_of(owner["backendNodeId"])
        if holder_object is None:
            continue
        place = _call(session, document, "owner", [{"objectId": holder_object}])
        _read_frame(session, child, documents, [(holder_object, place), *owners], nodes)


def _bring_out(
    session: CDPSession, holder: str, frame: FrameInfo, nodes: Sequence[NodeInfo]
) -> None:
    """Convert the nodes of a frame to the pixels of the enclosing frame.

    A point where something covers the frame no longer counts as reaching its node.
    """
    for node in nodes:
        node["whole"] = _moved(node["whole"], frame)
        node["seen"] = _moved(node["seen"], frame)
        if node["text_box"] is not None:
            node["text_box"] = _moved(node["text_box"], frame)
        if (picture := node["picture"]) is not None:
            own, area = picture["own"], picture["area"]
            node["picture"] = {**_moved(picture, frame), "area": area, "own": own}
        node["rects"] = [_moved(rect, frame) for rect in node["rects"]]
        node["points"] = [
            (frame["left"] + x * frame["across"], frame["top"] + y * frame["down"], reached)
            for x, y, reached in node["points"]
        ]
    points = [[x, y] for node in nodes for x, y, _ in node["points"]]
    uncovered = iter(_call(session, holder, "owned", [{"objectId": holder}, {"value": points}]))
    for node in nodes:
        node["points"] = [(x, y, next(uncovered) and reached) for x, y, reached in node["points"]]


def _moved(box: BoxInfo, frame: FrameInfo) -> BoxInfo:
    return {
        "left": frame["left"] + box["left"] * frame["across"],
        "top": frame["top"] + box["top"] * frame["down"],
        "right": frame["left"] + box["right"] * frame["across"],
        "bottom": frame["top"] + box["bottom"] * frame["down"],
    }


def _text(node: _AXNode, key: Literal["role", "name", "description"]) -> str:
    return str(node.get(key, {}).get("value") or "")


def _name(node: NodeInfo, named: _AXNode | None, by_id: Mapping[str, _AXNode]) -> None:
    """Set a measured node's role, name, description and place from the accessibility tree.

    ``named`` is its node in the tree, None for an element without a role that shows a hand pointer.
    """
    node["role"], node["name"], node["description"], node["place"] = CLICKABLE, "", "", ""
    if named is None:
        return
    node["role"] = ROLES[_text(named, "role")]
    node["name"], node["description"] = _text(named, "name"), _text(named, "description")
    states = {state["name"] for state in named.get("properties", ())}
    if node["role"] == "push button" and "pressed" in states:
        node["role"] = "toggle button"
    above = by_id.get(named.get("parentId", ""))
    while above is not None and not node["place"]:
        node["place"] = PLACES.get(_text(above, "role"), "")
        above = by_id.get(above.get("parentId", ""))
