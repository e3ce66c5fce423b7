"""Processes that a session starts, and the certainty that none of them stays."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

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
