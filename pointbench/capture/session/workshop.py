"""Captures the screens of a session one after another, retrying each a few times."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pointbench.capture.desktop import markers
from pointbench.capture.errors import ScreenError, SessionError
from pointbench.capture.files import refuse_taken, screen_files
from pointbench.capture.session.captured_screen import (
    CapturedScreen,
    Say,
    committed_targets,
    doubts,
    write_captured_screen,
)
from pointbench.capture.session.differences import NO_DIFFERENCE, SuiteDifference, difference
from pointbench.capture.session.drafts import write_draft
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.packages import refuse_if_missing
from pointbench.capture.session.words import TargetSpec

TEMPORARY = Path("/tmp")  # noqa: S108 - folders in it are private, and refused if they are not
"""Fixed, because a program may show the path of its file."""
ICON_ROOT = Path("/usr/share/icons")
TRIES = 3


@dataclass(frozen=True)
class SessionResult:
    """The difference between captured and committed targets, and the incomplete screens.

    ``incomplete`` names, in order, the screens that were not captured or lack a target.
    """

    difference: SuiteDifference
    incomplete: tuple[str, ...]


def refuse_impossible(
    session: Session, screens: Sequence[ScreenSpec], data: Path, replace: bool
) -> None:
    """Raise a SessionError or UsageError for faults that can be found before a program starts.

    ``replace`` allows screens that already exist in ``data``.
    """
    for screen in screens:
        files = screen_files(data, session.suite, screen.name)
        refuse_taken(files, replace, "capture session", "give another --data")
    refuse_if_missing(screens, session.packages)
    if any(screen.web for screen in screens):
        from pointbench.capture.session.web_screen import refuse_without_tools

        refuse_without_tools(session, screens)


def capture_screens(
    session: Session,
    screens: Sequence[ScreenSpec],
    specs: Mapping[str, Mapping[str, TargetSpec] | None],
    data: Path,
    *,
    draft: bool,
    overwrite: bool,
    say: Say,
) -> SessionResult:
    """Capture screens into a data root, or into its ``drafts/`` with ``draft``.

    ``specs`` are the targets by screen name, None for no targets. A screen that does not start is
    skipped, and the others continue; ``say`` reports progress and anything doubtful.
    """
    committed = {screen.name: committed_targets(session, screen) for screen in screens}
    total = NO_DIFFERENCE
    incomplete = []
    with workshop(session, screens) as bench:
        for number, screen in enumerate(screens, start=1):
            began = time.monotonic()
            try:
                captured = bench.capture(session, screen, specs[screen.name], say)
            except ScreenError as error:
                say(f"{screen.name}: {error}; left out")
                incomplete.append(screen.name)
                continue
            if draft:
                write_draft(captured, data / "drafts" / session.suite)
            else:
                write_captured_screen(session, captured, data, overwrite)
                total += difference(committed[screen.name], captured.targets)
            for text in doubts(captured, specs[screen.name] or {}):
                say(f"{screen.name}/{text}?")
            for text in captured.contradicted:
                say(f"{screen.name}/{text}; kept, because it was looked at")
            if captured.left_out:
                incomplete.append(screen.name)
            for text in captured.left_out:
                say(f"{screen.name}/{text}; left out")
            count = len(captured.elements if draft else captured.targets)
            say(
                f"{number}/{len(screens)} {screen.name}: {count} "
                f"{'elements' if draft else 'targets'} in {time.monotonic() - began:.0f} s"
            )
    return SessionResult(total, tuple(incomplete))


@contextmanager
def workshop(session: Session, screens: Sequence[ScreenSpec]) -> Iterator[Workshop]:
    """A private folder for home folders and the marker theme, removed afterwards.

    SessionError: another session is running, or the folder belongs to somebody else.
    """
    scratch = TEMPORARY / session.scratch
    scratch.mkdir(mode=0o700, exist_ok=True)
    status = scratch.lstat()
    if scratch.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise SessionError(f"capture session: {scratch} is not private to you; remove it")
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
    """The workspace for captures: a folder, and the colors of the marker theme in it."""

    folder: Path
    palette: Mapping[str, markers.Color]

    def capture(
        self, session: Session, screen: ScreenSpec, specs: Mapping[str, TargetSpec] | None, say: Say
    ) -> CapturedScreen:
        """Capture a screen with the targets of its specs; None captures its elements only.

        A screen that does not start completely is tried again. ScreenError: every try failed.
        """
        for left in reversed(range(TRIES)):
            try:
                return self._capture_once(session, screen, specs or {}, say)
            except ScreenError as error:
                if not left:
                    raise
                say(f"{screen.name}: {error}; once more")
        raise AssertionError

    def _capture_once(
        self, session: Session, screen: ScreenSpec, specs: Mapping[str, TargetSpec], say: Say
    ) -> CapturedScreen:
        if screen.web is None:
            from pointbench.capture.session.desktop_screen import make_desktop_screen

            return make_desktop_screen(session, screen, specs, self.folder, self.palette)
        from pointbench.capture.session.web_screen import make_web_screen

        return make_web_screen(session, screen, specs, self.folder, say)
