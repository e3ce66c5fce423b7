"""Reads the accessibility tree of everything on the desktop, over D-Bus, in pure Python.

Extents are in the toolkit's logical pixels. The factor to screenshot pixels cannot be queried; for
each top-level window it is the factor that makes the accessible frame cover an X window of the same
process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from pointbench.capture.errors import AccessibilityError
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import (
    GTK_4,
    MENU_ROLES,
    SCALES,
    Node,
    Window,
    origin_of,
    pane_shift,
    window_of,
)

ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
SCREEN_COORDINATES = 0
SHOWING, VISIBLE, MANAGES_DESCENDANTS = 25, 30, 31
TIMEOUT_S = 3.0
MOST_CHILDREN = 1500
ROWS_OUT_OF_SIGHT = 60
"""Reading a list stops after this many consecutive rows that are off the screen."""

CLIPPING_ROLES = frozenset(
    (
        "scroll pane",
        "viewport",
        "table",
        "tree table",
        "list",
        "list box",
        "document web",
        "frame",
        "dialog",
        "window",
        "layered pane",
        "internal frame",
        "icon view",
        "tree",
        "panel",
        "document spreadsheet",
        "document text",
    )
)
"""Roles that may show less of their children than the children report."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Properties that a node inherits from the nodes above it."""

    app: str
    toolkit: str
    pid: int
    window: int | None
    scale: float
    clip: Rect | None
    ancestors: tuple[str, ...]
    parent: Rect | None = None
    """The parent node's extents, as the parent reports them."""
    shift: tuple[int, int] = (0, 0)
    """Added to extents: LibreOffice reports them as if its drawing began above the menu bar."""


class AccessibilityBus:
    """The D-Bus bus on which applications expose their accessibility trees. Use it in a ``with`` block.

    AccessibilityError: there is no such bus.
    """

    def __init__(self) -> None:
        try:
            with open_dbus_connection("SESSION") as session:
                call = new_method_call(
                    DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress"
                )
                reply = session.send_and_get_reply(call, timeout=TIMEOUT_S)
        except (OSError, KeyError, TimeoutError) as error:
            raise AccessibilityError(error) from error
        if reply.header.message_type is MessageType.error:
            raise AccessibilityError(reply.body)
        self._scales: Sequence[float] = SCALES
        self._bus: DBusConnection = open_dbus_connection(reply.body[0])

    def __enter__(self) -> AccessibilityBus:
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.close()

    def nodes(
        self, windows: Sequence[Window], screen: Rect, scale: float | None = None
    ) -> tuple[Node, ...]:
        """Every node that is showing, in tree order, one application after the other.

        ``scale`` is the number of screen pixels per toolkit pixel; None determines it for each
        window.
        """
        self._scales = SCALES if scale is None else (scale,)
        return tuple(self._applications(windows, screen))

    def _applications(self, windows: Sequence[Window], screen: Rect) -> Iterator[Node]:
        registry = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
        for bus, path in self._ask(*registry, ACCESSIBLE, "GetChildren") or ():
            pid = self._ask(
                "org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "GetConnectionUnixProcessID",
                "s",
                (bus,),
            )
            if pid is None:
                continue
            name = self._property(bus, path, ACCESSIBLE, "Name") or ""
            toolkit = self._property(bus, path, "org.a11y.atspi.Application", "ToolkitName") or ""
            version = self._property(bus, path, "org.a11y.atspi.Application", "Version") or ""
            place = _Place(name, f"{toolkit} {version}".strip(), pid, None, 1.0, None, ())
            for child_bus, child_path in self._ask(bus, path, ACCESSIBLE, "GetChildren") or ():
                yield from self._top_level(child_bus, child_path, place, windows, screen)

    def _top_level(
        self, bus: str, path: str, place: _Place, windows: Sequence[Window], screen: Rect
    ) -> Iterator[Node]:
        extents = self._extents(bus, path)
        if extents is None or not _is_showing(self._state(bus, path)):
            return
        title = self._property(bus, path, ACCESSIBLE, "Name") or ""
        shift = (0, 0)
        if place.toolkit.startswith(GTK_4):
            size = (extents.width, extents.height)
            window, scale, shift = origin_of(size, title, place.pid, windows, self._scales)
        else:
            window, scale = window_of(extents, title, place.pid, windows, self._scales)
        clip = screen if window is None else screen.intersection(window.client)
        if clip is None:
            return
        inside = _Place(
            place.app,
            place.toolkit,
            place.pid,
            None if window is None else window.id,
            scale,
            clip,
            (),
            None,
            shift,
        )
        yield from self._walk(bus, path, inside, screen)

    def _walk(self, bus: str, path: str, place: _Place, screen: Rect) -> Iterator[Node]:
        state = self._state(bus, path)
        if not _is_showing(state, place.toolkit.startswith(GTK_4) and bool(place.ancestors)):
            return
        role = self._ask(bus, path, ACCESSIBLE, "GetRoleName") or ""
        extents = self._extents(bus, path)
        shift = place.shift
        if role == "root pane" and extents is not None and place.parent is not None:
            shift = pane_shift(extents, place.parent)
        box = None if extents is None else extents.shifted(*shift).scaled(place.scale)
        clip = screen if role in MENU_ROLES else place.clip
        seen = None if box is None or clip is None else box.intersection(clip)
        if box is not None:
            yield Node(
                app=place.app,
                toolkit=place.toolkit,
                pid=place.pid,
                role=role,
                name=self._property(bus, path, ACCESSIBLE, "Name") or "",
                description=self._property(bus, path, ACCESSIBLE, "Description") or "",
                box=box,
                seen=seen,
                window=place.window,
                ancestors=place.ancestors,
                scale=place.scale,
            )
            if seen is None and role not in ("page tab list", "menu bar", "filler"):
                return
        below = _Place(
            place.app,
            place.toolkit,
            place.pid,
            place.window,
            place.scale,
            seen if seen is not None and role in CLIPPING_ROLES else clip,
            (role, *place.ancestors),
            extents,
            shift,
        )
        if state >> MANAGES_DESCENDANTS & 1:
            # A spreadsheet creates an object for each cell that is read, which adds up to gigabytes.
            count = self._property(bus, path, ACCESSIBLE, "ChildCount")
            if count is None or count > MOST_CHILDREN:
                return
        yield from self._children(bus, path, below, screen)

    def _children(self, bus: str, path: str, place: _Place, screen: Rect) -> Iterator[Node]:
        unseen = 0
        children = self._ask(bus, path, ACCESSIBLE, "GetChildren") or ()
        for child_bus, child_path in children[:MOST_CHILDREN]:
            seen = False
            for node in self._walk(child_bus, child_path, place, screen):
                seen = seen or node.seen is not None
                yield node
            unseen = 0 if seen else unseen + 1
            if unseen > ROWS_OUT_OF_SIGHT:
                return

    def _state(self, bus: str, path: str) -> int:
        """The state bits; 0 if the object is gone."""
        state = self._ask(bus, path, ACCESSIBLE, "GetState")
        return state[0] | (state[1] << 32) if state else 0

    def _extents(self, bus: str, path: str) -> Rect | None:
        extents = self._ask(bus, path, COMPONENT, "GetExtents", "u", (SCREEN_COORDINATES,))
        if extents is None:
            return None
        left, top, width, height = extents
        if width <= 0 or height <= 0 or abs(left) > 30_000 or abs(top) > 30_000:
            return None  # toolkits report a far-away place for "nowhere"
        return Rect.from_size(left, top, width, height)

    def _property(self, bus: str, path: str, interface: str, name: str) -> Any:
        variant = self._ask(
            bus, path, "org.freedesktop.DBus.Properties", "Get", "ss", (interface, name)
        )
        return None if variant is None else variant[1]

    def _ask(
        self,
        bus: str,
        path: str,
        interface: str,
        method: str,
        signature: str | None = None,
        body: tuple[object, ...] = (),
    ) -> Any:
        """The first value of the reply; None if the call fails, because objects may vanish."""
        address = DBusAddress(path, bus_name=bus, interface=interface)
        call = new_method_call(address, method, signature, body)
        try:
            reply = self._bus.send_and_get_reply(call, timeout=TIMEOUT_S)
        except TimeoutError:
            return None
        if reply.header.message_type is MessageType.error or not reply.body:
            return None
        return reply.body[0]


def _is_showing(state: int, visible_suffices: bool = False) -> bool:
    """Whether a state marks its object as showing; GTK 4 sets SHOWING on windows only."""
    return bool(state >> VISIBLE & 1 and (visible_suffices or state >> SHOWING & 1))
