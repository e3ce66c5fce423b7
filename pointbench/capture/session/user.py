"""Becoming an ordinary user, as file managers warn root in the picture."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from pointbench.errors import UsageError, one_line


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
