"""The icon theme of the desktop that is running: read, replaced for a moment, and put back.

What was there is written beside the marker theme before anything is changed, so that even after a
power cut the next capture puts it back.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pointbench.capture.desktop.markers import THEME, Color, build, icon_colors, icon_names
from pointbench.errors import UsageError, one_line

BEFORE = "before.txt"
"""The file in the marker theme's folder that holds the name of the theme it replaced."""
TIMEOUT_S = 10.0
XFCE = ("xfconf-query", "-c", "xsettings", "-p", "/Net/IconThemeName")
MATE = ("gsettings",)
MATE_KEY = ("org.mate.interface", "icon-theme")


@dataclass(frozen=True, slots=True)
class IconTheme:
    """The setting of one kind of desktop: "xfce" or "mate"."""

    desktop: str

    @property
    def name(self) -> str:
        """The theme that is in use."""
        command = XFCE if self.desktop == "xfce" else (*MATE, "get", *MATE_KEY)
        return _said(command).strip().strip("'")

    def use(self, theme: str) -> None:
        """Switch the desktop and its programs to a theme."""
        if self.desktop == "xfce":
            _said((*XFCE, "-s", theme))
        else:
            _said((*MATE, "set", *MATE_KEY, theme))

    @contextmanager
    def replaced_by(self, theme: str) -> Iterator[None]:
        """Another theme inside the block, and the one of now after it, whatever happens."""
        before = self.name
        note = marker_folder() / BEFORE
        note.write_text(before, encoding="utf-8")
        try:
            self.use(theme)
            yield
        finally:
            with _uninterrupted():
                self.use(before)
                note.unlink(missing_ok=True)


def icon_theme_of(environment: Mapping[str, str]) -> IconTheme:
    """The setting of the desktop that this session runs; UsageError where none is known."""
    said = environment.get("XDG_CURRENT_DESKTOP", "")
    for word in said.casefold().split(":"):
        if word in ("xfce", "mate"):
            return IconTheme(word)
    raise UsageError(
        one_line(
            "capture desktop --icons: can change the icon theme of Xfce and MATE only, and "
            f"XDG_CURRENT_DESKTOP is {said or 'not set'!r:.40}; leave --icons out"
        )
    )


def marker_folder() -> Path:
    """Where the marker theme lies while it is needed."""
    data = os.environ.get("XDG_DATA_HOME", "")
    home = Path(data) if data else Path.home() / ".local/share"
    return home / "icons" / THEME


def icon_roots(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders in which this session looks for icon themes."""
    shared = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    roots = [Path(folder) / "icons" for folder in shared.split(":") if folder]
    roots += [Path.home() / ".icons", marker_folder().parent, Path("/usr/share/pixmaps")]
    return tuple(root for root in dict.fromkeys(roots) if root.is_dir())


@contextmanager
def marker_theme(environment: Mapping[str, str], theme: IconTheme) -> Iterator[dict[str, Color]]:
    """The marker theme, installed in the user's own folder inside the block; its colors."""
    put_back(theme)
    names = icon_names(icon_roots(environment))
    if not names:
        raise UsageError("capture desktop --icons: no icon theme is installed to take names from")
    palette = icon_colors(names)
    folder = marker_folder()
    try:
        build(folder, palette)
        yield palette
    finally:
        if not (folder / BEFORE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def put_back(theme: IconTheme) -> str:
    """Undo what a capture left that was killed; the theme that was put back, or ""."""
    note = marker_folder() / BEFORE
    if not note.is_file():
        return ""
    before = note.read_text(encoding="utf-8").strip()
    if before and theme.name == THEME:
        theme.use(before)
    note.unlink()
    return before


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """No Ctrl-C inside the block: an impatient second one would leave the desktop half changed."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _said(command: tuple[str, ...]) -> str:
    """What a command prints; UsageError when it is missing or fails."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
            start_new_session=True,  # a Ctrl-C of the terminal is for us, not for it
        )
    except FileNotFoundError as error:
        raise UsageError(
            f"capture desktop --icons needs {command[0]}, which is not there"
        ) from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or "") if isinstance(error, subprocess.CalledProcessError) else ""
        raise UsageError(
            one_line(f"capture desktop --icons: {' '.join(command)} failed: {said or error}"[:300])
        ) from error
    return done.stdout
