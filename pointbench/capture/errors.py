"""Every error of a capture."""

from __future__ import annotations

from pointbench.errors import UsageError


class NoAccessibility(UsageError):
    """There is no accessibility bus to ask."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            f"capture: no accessibility bus ({reason}); install at-spi2-core, switch on "
            "org.gnome.desktop.interface toolkit-accessibility, and start the applications again"
        )


class DesktopFault(Exception):
    """A screen did not come up as it should; another try usually helps. One line."""


class SessionError(UsageError):
    """A session file, or a file it names, that cannot be used. Its text is one line."""


class RestlessScreen(UsageError):
    """Something moves on the screen, so that picture and elements would not belong together."""


class PageFault(UsageError):
    """The page cannot be shown as asked."""
