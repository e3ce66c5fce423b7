"""Everything a capture raises on purpose. Every text is one line: what, where, how to mend it.

::

    CaptureError                a UsageError: exit status 2
    ├── DisplayError            no X11 display to look at
    ├── AccessibilityError      no accessibility bus to ask
    ├── UnstableScreenError     the screen or page keeps changing while it is read
    ├── PageError               a web page cannot be shown as asked
    ├── SessionError            a session file, or a file that it names, cannot be used
    └── ScreenError             a screen of a session did not come up as it should
"""

from __future__ import annotations

from pointbench.errors import UsageError


class CaptureError(UsageError):
    """The root of capture's errors; never raised itself."""


class DisplayError(CaptureError):
    """There is no X11 display to look at."""


class AccessibilityError(CaptureError):
    """There is no accessibility bus to ask. ``reason`` is the bus's own, for the message."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            f"capture: no accessibility bus ({reason}); install at-spi2-core, switch on "
            "org.gnome.desktop.interface toolkit-accessibility, and start the applications again"
        )


class UnstableScreenError(CaptureError):
    """Something moves on the screen, so picture and elements would not belong together."""


class PageError(CaptureError):
    """The page cannot be shown as asked."""


class SessionError(CaptureError):
    """A session file, or a file that it names, cannot be used."""


class ScreenError(CaptureError):
    """A screen of a session did not come up as it should; another try usually helps."""
