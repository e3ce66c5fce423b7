"""Reads the icon theme of the running desktop, replaces it briefly, and restores it.

The theme's name is saved beside the marker theme before anything is changed, so the next capture
can restore it even after a power failure.
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
"""File in the marker theme's folder that holds the name of the theme it replaced."""
TIMEOUT_S = 10.0
XFCE = ("xfconf-query", "-c", "xsettings", "-p", "/Net/IconThemeName")
MATE = ("gsettings",)
MATE_KEY = ("org.mate.interface", "icon-theme")


@dataclass(frozen=True, slots=True)
class IconTheme:
    """The icon theme setting of a desktop: "xfce" or "mate"."""

    desktop: str

    @property
    def name(self) -> str:
        """The name of the theme in use."""
        command = XFCE if self.desktop == "xfce" else (*MATE, "get", *MATE_KEY)
        return _output_of(command).strip().strip("'")

    def use(self, theme: str) -> None:
        """Switch the desktop and its programs to a theme."""
        if self.desktop == "xfce":
            _output_of((*XFCE, "-s", theme))
        else:
            _output_of((*MATE, "set", *MATE_KEY, theme))

    @contextmanager
    def replaced_by(self, theme: str) -> Iterator[None]:
        """Use another theme inside the block; restore the current one afterward, whatever happens."""
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
    """The icon theme setting of this session's desktop. UsageError: the desktop is not supported."""
    desktops = environment.get("XDG_CURRENT_DESKTOP", "")
    for desktop in desktops.casefold().split(":"):
        if desktop in ("xfce", "mate"):
            return IconTheme(desktop)
    raise UsageError(
        one_line(
            "capture desktop --icons: can change the icon theme of Xfce and MATE only, and "
            f"XDG_CURRENT_DESKTOP is {desktops or 'not set'!r:.40}; leave --icons out"
        )
    )


def marker_folder() -> Path:
    """The folder of the marker theme while it is needed."""
    data = os.environ.get("XDG_DATA_HOME", "")
    home = Path(data) if data else Path.home() / ".local/share"
    return home / "icons" / THEME


def icon_roots(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that this session searches for icon themes."""
    shared = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    roots = [Path(folder) / "icons" for folder in shared.split(":") if folder]
    roots += [Path.home() / ".icons", marker_folder().parent, Path("/usr/share/pixmaps")]
    return tuple(root for root in dict.fromkeys(roots) if root.is_dir())


@contextmanager
def marker_theme(environment: Mapping[str, str], theme: IconTheme) -> Iterator[dict[str, Color]]:
    """Install the marker theme in the user's icon folder inside the block; yields its colors."""
    restore_icon_theme(theme)
    names = icon_names(icon_roots(environment))
    if not names:
        raise UsageError(
            "capture desktop --icons: no icon theme is installed to take names from; install one, "
            "such as papirus-icon-theme"
        )
    palette = icon_colors(names)
    folder = marker_folder()
    try:
        build(folder, palette)
        yield palette
    finally:
        if not (folder / BEFORE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def restore_icon_theme(theme: IconTheme) -> str:
    """Restore the theme that a killed capture did not restore; returns its name, or ""."""
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
    """Ignore Ctrl-C inside the block: a second one would leave the desktop half changed."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _output_of(command: tuple[str, ...]) -> str:
    """The output of a command. UsageError: it is missing or fails."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
            start_new_session=True,  # Ctrl-C in the terminal is for us alone
        )
    except FileNotFoundError as error:
        raise UsageError(
            f"capture desktop --icons: no program {command[0]}; install it, or leave --icons out"
        ) from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        message = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
        raise UsageError(
            one_line(
                f"capture desktop --icons: {' '.join(command)} failed: {message or error}"[:300]
            )
        ) from error
    return done.stdout
