"""An X11 display: its windows in stacking order, its pixels, and the pointer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol

from PIL import Image, ImageGrab
from Xlib import X, display, error
from Xlib.ext import xtest

from pointbench.capture.errors import DisplayError
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Window


class _Property(Protocol):
    value: bytes | str | Sequence[int]


class _Geometry(Protocol):
    x: int
    y: int
    width: int
    height: int
    border_width: int


class _Attributes(Protocol):
    map_state: int
    win_class: int
    override_redirect: int


class _Tree(Protocol):
    children: Sequence[_XWindow]


class _Position(Protocol):
    x: int
    y: int


class _XWindow(Protocol):
    """The methods of python-xlib's untyped windows that this module uses."""

    id: int

    def get_attributes(self) -> _Attributes: ...
    def get_geometry(self) -> _Geometry: ...
    def query_tree(self) -> _Tree: ...
    def translate_coords(self, window: _XWindow, x: int, y: int) -> _Position: ...
    def get_wm_class(self) -> tuple[str, str] | None: ...
    def get_full_property(self, atom: int, kind: int) -> _Property | None: ...


class X11Display:
    """A connection to an X display. Use it in a ``with`` block. DisplayError: there is no display."""

    def __init__(self, name: str | None = None) -> None:
        try:
            self._display = display.Display(name)
        except (error.DisplayError, error.ConnectionClosedError, OSError) as cause:
            raise DisplayError(
                f"capture: no X11 display ({cause}); set DISPLAY, or log in to an X11 session"
            ) from cause
        self._root = self._display.screen().root
        self.name: str = self._display.get_display_name()

    def __enter__(self) -> X11Display:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._display.close()

    @property
    def rect(self) -> Rect:
        """The whole screen."""
        size = self._root.get_geometry()
        return Rect.from_size(0, 0, size.width, size.height)

    def grab(self) -> Image.Image:
        """The screen as RGB, without the pointer."""
        return ImageGrab.grab(xdisplay=self.name).convert("RGB")

    @property
    def pointer(self) -> tuple[int, int]:
        """The pixel that the pointer is on."""
        reply = self._root.query_pointer()
        return int(reply.root_x), int(reply.root_y)

    def move_pointer(self, x: float, y: float) -> None:
        """Move the user's real pointer to a pixel of the screen."""
        xtest.fake_input(self._display, X.MotionNotify, x=int(x), y=int(y))
        self._display.sync()

    def click(self, x: float, y: float, button: int = 1) -> None:
        """Press and release a mouse button at a pixel."""
        self.move_pointer(x, y)
        xtest.fake_input(self._display, X.ButtonPress, button)
        xtest.fake_input(self._display, X.ButtonRelease, button)
        self._display.sync()

    def windows(self) -> tuple[Window, ...]:
        """Every mapped window that can hide something, bottom to top."""
        return tuple(self._windows())

    def _windows(self) -> Iterator[Window]:
        for top in self._root.query_tree().children:
            try:
                attributes = top.get_attributes()
                if attributes.map_state != X.IsViewable or attributes.win_class == X.InputOnly:
                    continue
                yield self._describe(top, bool(attributes.override_redirect))
            except (error.BadWindow, error.BadDrawable):
                continue  # it closed while we looked

    def _describe(self, top: _XWindow, override_redirect: bool) -> Window:
        geometry = top.get_geometry()
        border = 2 * geometry.border_width
        frame = Rect.from_size(
            geometry.x, geometry.y, geometry.width + border, geometry.height + border
        )
        client = self._client_of(top, override_redirect)
        pid = self._property(client, "_NET_WM_PID")
        title = self._property(client, "_NET_WM_NAME") or self._property(client, "WM_NAME") or ""
        wm_class = client.get_wm_class()
        return Window(
            id=top.id,
            frame=frame,
            client=self._on_screen(client),
            pid=int(pid[0]) if pid else None,
            title=title.decode("utf-8", "replace") if isinstance(title, bytes) else str(title),
            wm_class=wm_class[1] if wm_class else "",
            override_redirect=override_redirect,
            client_id=client.id,
            type=self._type_of(client),
            shadow=self._shadow_of(client),
        )

    def _shadow_of(self, client: _XWindow) -> tuple[int, int, int, int]:
        extents = self._property(client, "_GTK_FRAME_EXTENTS")
        if extents is None or len(extents) != 4:
            return 0, 0, 0, 0
        left, right, top, bottom = (int(side) for side in extents)
        return left, right, top, bottom

    def _type_of(self, client: _XWindow) -> str:
        """The first type that a window declares: "dock", "desktop", "dialog", "normal" ..."""
        types = self._property(client, "_NET_WM_WINDOW_TYPE")
        if not types:
            return "normal"
        name = str(self._display.get_atom_name(types[0]))
        return name.removeprefix("_NET_WM_WINDOW_TYPE_").lower()

    def _client_of(self, top: _XWindow, override_redirect: bool) -> _XWindow:
        """The application's window below a frame, found breadth first, or the frame itself."""
        if override_redirect and self._property(top, "_NET_WM_PID") is not None:
            return top
        queue = [top]
        while queue:
            window = queue.pop(0)
            if self._property(window, "WM_STATE") is not None:
                return window
            queue.extend(window.query_tree().children)
        return top

    def _on_screen(self, window: _XWindow) -> Rect:
        size = window.get_geometry()
        origin = window.translate_coords(self._root, 0, 0)
        return Rect.from_size(-origin.x, -origin.y, size.width, size.height)

    def _property(self, window: _XWindow, name: str) -> bytes | str | Sequence[int] | None:
        reply = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return None if reply is None else reply.value
