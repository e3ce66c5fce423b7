"""The user that a session runs as, the processes that it starts, and the end of all of them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pointbench.errors import UsageError, one_line

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_GET_CHILD_SUBREAPER = 37
POLITE_S = 2.0
"""Seconds between asking a process to end and ending it."""

_libc = ctypes.CDLL(None)


@contextlib.contextmanager
def ended_after() -> Iterator[None]:
    """End everything that was started below this process inside the block, however it is left.

    Programs that detach themselves are adopted for that time, so that they are found too. What ran
    before is not touched.
    """
    before = set(below(os.getpid()))
    was = ctypes.c_int()
    _libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(was), 0, 0, 0)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        try:
            _end(before)
        finally:
            _libc.prctl(PR_SET_CHILD_SUBREAPER, was.value, 0, 0, 0)


def die_with_parent() -> None:
    """For a child, between fork and exec: be asked to end when the parent is killed."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def below(parent: int) -> list[int]:
    """The process ids of everything below a process, deepest last; zombies left out."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(children.get(parent, ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _end(spared: set[int]) -> None:
    """Politely, and then not; a program may start others while it ends."""
    for sign in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        left = [pid for pid in below(os.getpid()) if pid not in spared]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        until = time.monotonic() + POLITE_S
        while time.monotonic() < until:
            _reap(left)
            if not set(below(os.getpid())) - spared:
                return
            time.sleep(0.05)


def _reap(pids: list[int]) -> None:
    """Take the exit status of those that are our own children, so that no zombie stays."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def become_ordinary_user(user: str | None, data: Path) -> None:
    """Refuse the super-user, of whom file managers warn in the picture; or become `user`."""
    if os.getuid() != 0:
        if user is not None:
            raise UsageError("capture session: --user is for root; run it as that user instead")
        data.mkdir(parents=True, exist_ok=True)
        return
    if user is None:
        raise UsageError(
            "capture session: not as root, as file managers would warn in the pictures; "
            "run it as an ordinary user, or with --user NAME"
        )
    try:
        entry = pwd.getpwnam(user)
    except (KeyError, ValueError) as error:
        raise UsageError(one_line(f"capture session: --user {user!r}: no such user")) from error
    if entry.pw_uid == 0:
        raise UsageError("capture session: --user has to be an ordinary user, not root")
    if not data.exists():
        data.mkdir(parents=True)
        os.chown(data, entry.pw_uid, entry.pw_gid)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if not (os.access(os.__file__, os.R_OK) and os.access(__file__, os.R_OK)):
        raise UsageError(
            f"capture session: {user} may not read this Python or this package; install both where "
            "everybody may read them"
        )
    if not os.access(data, os.W_OK | os.X_OK):
        raise UsageError(
            f"capture session: {user} may not write to {data.name}/; give another --data"
        )
