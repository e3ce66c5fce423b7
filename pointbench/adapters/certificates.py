"""The certificates that servers are checked against, read once for the process."""

from __future__ import annotations

import ssl
import threading
from functools import cache
from types import ModuleType

_LOCK = threading.Lock()


def certificates(library: ModuleType, *, trust_env: bool) -> ssl.SSLContext:
    """The context that ``library`` (httpx or its like) makes, shared by all its clients.

    ``trust_env`` lets the environment name other certificates.
    """
    # Each takes 20 ms and 0.7 MB, and all workers ask at once: `cache` alone would make one a worker.
    with _LOCK:
        return _read(library, trust_env)


@cache
def _read(library: ModuleType, trust_env: bool) -> ssl.SSLContext:
    context: ssl.SSLContext = library.create_ssl_context(trust_env=trust_env)
    return context
