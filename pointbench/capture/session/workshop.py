"""A screen of a session, from nothing to its picture and targets."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from Xlib.error import ConnectionClosedError

from pointbench.capture.desktop import markers, x11
from pointbench.capture.desktop.survey import REDRAW_S, Survey, survey
from pointbench.capture.errors import (
    AccessibilityError,
    ScreenError,
    SessionError,
    UnstableScreenError,
)
from pointbench.capture.rectangles import Rect
from pointbench.capture.session.captured_screen import CapturedScreen, Say, keys_of
from pointbench.capture.session.desktop_screen import await_elements, screen_targets, step_position
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.virtual_desktop import Desktop
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.wording.sentences import View

TEMPORARY = Path("/tmp")  # noqa: S108 - what is made in it is private, and refused if it is not
"""Fixed, because a program may show where its file is."""
ICON_ROOT = Path("/usr/share/icons")
TRIES = 3


@contextmanager
def workshop(session: Session, screens: Sequence[ScreenSpec]) -> Iterator[Workshop]:
    """A private folder for homes and the marker theme, gone afterwards.

    SessionError: another session runs, or the folder is somebody else's.
    """
    scratch = TEMPORARY / session.scratch
    scratch.mkdir(mode=0o700, exist_ok=True)
    status = scratch.lstat()
    if scratch.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise SessionError(f"capture session: {scratch} is not yours alone; remove it")
    with (scratch / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SessionError(
                f"capture session: another one runs in {scratch}; wait until it has ended"
            ) from error
        try:
            palette: dict[str, markers.Color] = {}
            if any(screen.markers and not screen.web for screen in screens):
                palette = markers.icon_colors(markers.icon_names([ICON_ROOT]))
                markers.build(scratch / markers.THEME, palette)
            yield Workshop(scratch, palette)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True)
class Workshop:
    """Where screens are made: a folder, and the colors of the marker theme in it."""

    folder: Path
    palette: Mapping[str, markers.Color]

    def make(
        self, session: Session, screen: ScreenSpec, words: Mapping[str, TargetSpec] | None, say: Say
    ) -> CapturedScreen:
        """A screen with the targets of its words; None only looks at what is there.

        Tried again when the desktop did not come up whole. ScreenError: nor did it at last.
        """
        for left in reversed(range(TRIES)):
            try:
                return self._make(session, screen, words, say)
            except (
                ScreenError,
                UnstableScreenError,
                AccessibilityError,
                ConnectionClosedError,
            ) as fault:
                if not left:
                    raise ScreenError(str(fault)) from fault
                say(f"{screen.name}: {fault}; once more")
        raise AssertionError

    def _make(
        self, session: Session, screen: ScreenSpec, words: Mapping[str, TargetSpec] | None, say: Say
    ) -> CapturedScreen:
        if screen.web is not None:
            from pointbench.capture.session.web_screen import make_web_screen

            return make_web_screen(session, screen, words, self.folder, say)
        with Desktop(screen, self.folder / "demo", session.home_folders(screen)) as desktop:
            icons = desktop.home / ".local/share/icons"
            icons.mkdir(parents=True, exist_ok=True)
            if screen.markers:
                (icons / markers.THEME).symlink_to(self.folder / markers.THEME)
            with x11.X11Display(desktop.environment["DISPLAY"]) as display:
                display.move_pointer(*screen.parked)
                for program in screen.programs:
                    desktop.open(program)
                for step in screen.steps:
                    desktop.act(step, step_position(step, display))
                display.move_pointer(*screen.parked)
                time.sleep(1.5)
                # What only the marker theme shows has no name.
                named = {w.find for w in (words or {}).values() if w.find and "|<" not in w.find}
                await_elements(named, display)
                found = self._look(desktop, display)
                elements = keys_of(found.elements)
                targets, left_out, contradicted = screen_targets(
                    screen, elements, words or {}, display
                )
        view = View(found.elements, found.windows, Rect(0, 0, *found.picture.size))
        return CapturedScreen(
            screen, found.picture, elements, view, targets, left_out, contradicted=contradicted
        )

    def _look(self, desktop: Desktop, display: x11.X11Display) -> Survey:
        """The picture and the elements of a running screen."""
        found = survey(display)
        if any(window.title == "Error" for window in found.windows):
            raise ScreenError("an error message is on the screen")
        if not desktop.screen.markers:
            return found
        try:
            desktop.use_icons(markers.THEME)
            time.sleep(REDRAW_S)
            marked = np.asarray(display.grab())
        finally:
            desktop.use_icons(desktop.screen.icons)
        time.sleep(REDRAW_S)
        marks = markers.find_marks(marked, np.asarray(found.picture), self.palette)
        return replace(found, elements=markers.fuse(found.elements, marks, found.windows))
