"""Which host gets which key, and what else of the environment reaches it.

A vendor's key goes to the vendor's own host, or to the one that its ``_BASE_URL`` variable names.
A host that a user's settings name gets the key of the variable that ``key_env`` names, or none, and
nothing else from the environment: no proxy, no netrc, no header that an SDK adds on its own.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from pointbench.adapters.catalog import Service, service_at, where_to_get
from pointbench.errors import UsageError

_PASSED_ON = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-type",
        "content-length",
        "transfer-encoding",
        "anthropic-version",
        "anthropic-beta",
        "prefer",
    }
)
"""Headers that any host may see; whatever else carries a key must carry the host's own."""


@dataclass(frozen=True)
class Host:
    """One address to ask, and the key it is sent."""

    base_url: str
    key: str | None = field(repr=False)
    key_variable: str | None
    """The variable that the key came from, or that a key would have to come from."""
    own: bool
    """True for the vendor's own host or the one its variable names; False for one from settings."""
    name: str
    """What messages call it. They end in files, and no file tells where somebody's server stands."""

    def at(self, path: str) -> Host:
        """The same host, with ``path`` where its address names a host and nothing more."""
        return replace(self, base_url=with_default_path(self.base_url, path))


def needed(service: Service, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The environment variables without which the service cannot be asked."""
    if settings.get("base_url"):
        return ()
    elsewhere = bool(os.environ.get(service.base_url_variable))
    names: list[str] = []
    if service.base_url is None:
        names.append(service.base_url_variable)
    key_needed = service.key_needed == "always" or (
        service.key_needed == "at-home" and not elsewhere
    )
    if key_needed and not settings.get("key_env"):
        names.append(service.key_variable)
    return tuple(names)


def hosts_of(service: Service, settings: Mapping[str, Any], label: str) -> tuple[Host, ...]:
    """Where to ask, with the keys; UsageError that names the variable that is missing."""
    named = settings.get("key_env")
    for variable in (*needed(service, settings), *([str(named)] if named else [])):
        if not os.environ.get(variable):
            raise UsageError(
                f"{label} needs {variable} in the environment (or in .env){where_to_get(variable)}"
            )
    given = settings.get("base_url")
    if given:
        key = _key(str(named), label) if named else None
        urls = [str(url) for url in ([given] if isinstance(given, str) else given)]
        return tuple(
            Host(
                _plain(url, label),
                key,
                str(named) if named else None,
                own=False,
                name=_public_name(url)
                or ("the server" if len(urls) == 1 else f"server {number} of {len(urls)}"),
            )
            for number, url in enumerate(urls, 1)
        )
    elsewhere = os.environ.get(service.base_url_variable)
    base = _plain(elsewhere or service.base_url or "", label)
    variable = str(named or service.key_variable)
    name = _public_name(base) or f"the server that {service.base_url_variable} names"
    return (Host(base, _key(variable, label), variable, own=True, name=name),)


def _public_name(url: str) -> str | None:
    """The host of an address where it is a vendor's own."""
    return urlsplit(url).hostname if service_at(url) else None


def _key(variable: str, label: str) -> str | None:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        # An HTTP library would name the whole header in its complaint.
        raise UsageError(f"{label}: {variable} holds characters that no key has")
    return key or None


def _plain(url: str, label: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{label}: the address of its server is not an http or https address")
    return url.rstrip("/")


def with_default_path(url: str, path: str) -> str:
    """The address with ``path`` where it names a host and nothing more."""
    return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/{path.strip('/')}"


class _Outgoing(Protocol):
    @property
    def headers(self) -> MutableMapping[str, str]: ...


def only_known_headers(host: Host, own_headers: frozenset[str]) -> Callable[[_Outgoing], None]:
    """What to do to each request, just before it leaves, so that ``host`` sees nothing ambient.

    ``own_headers`` are the headers, in lower case, that carry a key of this vendor. An httpx event
    hook: it acts on what is really sent, whatever an SDK has put there.
    """

    def strip(request: _Outgoing) -> None:
        headers = request.headers
        for name in list(headers):
            lower = name.lower()
            if lower in own_headers and host.key is not None:
                if headers[name].removeprefix("Bearer ") == host.key:
                    continue
            elif lower in _PASSED_ON:
                continue
            del headers[name]

    return strip


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
