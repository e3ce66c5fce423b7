"""Round robin over the servers of one model; a server that failed is skipped for a while."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pointbench.adapters.http.hosts import Host

REST_S = 30.0
"""Seconds for which a server is skipped after it failed or could not be reached."""

Client = TypeVar("Client")

_resting: dict[str, float] = {}
_starts = itertools.count()
_lock = threading.Lock()


@dataclass(frozen=True)
class Server(Generic[Client]):
    """A host and its client."""

    host: Host
    client: Client


class Rotation(Generic[Client]):
    """Servers asked in turn. All workers in the process share the recent failures."""

    def __init__(self, servers: Sequence[Server[Client]]) -> None:
        self.servers = tuple(servers)
        # Workers start at different servers, so the first burst is spread over all of them.
        self._turn = next(_starts)

    def next(self) -> Server[Client]:
        """The next server that is not resting; if all are, the one that has rested longest."""
        if len(self.servers) == 1:
            return self.servers[0]
        with _lock:
            now = time.monotonic()
            self._turn += 1
            order = [
                self.servers[(self._turn + step) % len(self.servers)]
                for step in range(len(self.servers))
            ]
            for server in order:
                if _resting.get(server.host.base_url, 0.0) <= now:
                    return server
            return min(order, key=lambda server: _resting[server.host.base_url])

    def rest(self, server: Server[Client]) -> None:
        """Skip a server for `REST_S` seconds."""
        with _lock:
            _resting[server.host.base_url] = time.monotonic() + REST_S
