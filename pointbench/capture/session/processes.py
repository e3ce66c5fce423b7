"""Sets the user that a session runs as, and ends every process that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pointbench.capture.errors import SessionError
from pointbench.errors import one_line

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_GET_CHILD_SUBREAPER = 37
POLITE_S = 2.0
"""Seconds between SIGTERM and SIGKILL."""

_libc = ctypes.CDLL(None)


@contextlib.contextmanager
def ended_after() -> Iterator[None]:
    """End every descendant process started inside the block, however the block exits.

    Programs that detach themselves are adopted inside the block, so they are found, too. Processes
    that were already running are not touched.
    """
    before = set(descendants_of(os.getpid()))
    adopting = ctypes.c_int()
    _libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(adopting), 0, 0, 0)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        try:
            _end(before)
        finally:
            _libc.prctl(PR_SET_CHILD_SUBREAPER, adopting.value, 0, 0, 0)


def die_with_parent() -> None:
    """Request SIGTERM for this process when its parent is killed; call between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def descendants_of(parent: int) -> list[int]:
    """The ids of all processes below one, deepest last, without zombies."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended in the meantime
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    pids = list(children.get(parent, ()))
    for pid in pids:
        pids.extend(children.get(pid, ()))
    return pids


def _end(spared: set[int]) -> None:
    """Send SIGTERM, then SIGKILL; twice, because a program may start others while it ends."""
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        left = [pid for pid in descendants_of(os.getpid()) if pid not in spared]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        until = time.monotonic() + POLITE_S
        while time.monotonic() < until:
            _reap(left)
            if not set(descendants_of(os.getpid())) - spared:
                return
            time.sleep(0.05)


def _reap(pids: list[int]) -> None:
    """Collect the exit status of our own children, so no zombies remain."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def become_ordinary_user(user: str | None, data: Path) -> None:
    """Become ``user``, or refuse to run as root, which file managers would warn about in the picture."""
    if os.getuid() != 0:
        if user is not None:
            raise SessionError(
                "capture session: --user is only for root; run it as that user instead"
            )
        data.mkdir(parents=True, exist_ok=True)
        return
    if user is None:
        raise SessionError(
            "capture session: cannot run as root, because file managers would show a warning in the "
            "pictures; run it as a non-root user, or with --user NAME"
        )
    try:
        entry = pwd.getpwnam(user)
    except (KeyError, ValueError) as error:
        raise SessionError(
            one_line(
                f"capture session: --user {user!r}: no such user; pass the name of a non-root user"
            )
        ) from error
    if entry.pw_uid == 0:
        raise SessionError("capture session: --user must be a non-root user")
    if not data.exists():
        data.mkdir(parents=True)
        os.chown(data, entry.pw_uid, entry.pw_gid)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if not (os.access(os.__file__, os.R_OK) and os.access(__file__, os.R_OK)):
        raise SessionError(
            f"capture session: {user} cannot read this Python or this package; install both where "
            "every user can read them"
        )
    if not os.access(data, os.W_OK | os.X_OK):
        raise SessionError(
            f"capture session: {user} cannot write to {data.name}/; pass another --data"
        )
