"""Every error that a capture raises on purpose. Each message is one line: what, where, how to fix it.

::

    CaptureError                a UsageError: exit status 2
    ├── DisplayError            no X11 display to capture
    ├── AccessibilityError      no accessibility bus to query
    ├── UnstableScreenError     the screen or page keeps changing while it is read
    ├── PageError               a web page cannot be shown as requested
    ├── SessionError            a session file, or a file that it names, cannot be used
    └── ScreenError             a screen of a session did not start correctly
"""

from __future__ import annotations

from pointbench.errors import UsageError


class CaptureError(UsageError):
    """Base class of the capture errors; never raised itself."""


class DisplayError(CaptureError):
    """There is no X11 display to capture."""


class AccessibilityError(CaptureError):
    """There is no accessibility bus to query. ``reason`` is the bus's error text, for the message."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            f"capture: no accessibility bus ({reason}); install at-spi2-core, switch on "
            "org.gnome.desktop.interface toolkit-accessibility, and start the applications again"
        )


class UnstableScreenError(CaptureError):
    """Something moves on the screen, so the picture and the elements would not match."""


class PageError(CaptureError):
    """The page cannot be shown as requested."""


class SessionError(CaptureError):
    """A session file, or a file that it names, cannot be used."""


class ScreenError(CaptureError):
    """A screen of a session did not start correctly; another try usually helps."""
