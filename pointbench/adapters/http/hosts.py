"""Decides which key, and what else from the environment, each host receives.

A vendor's key goes to the vendor's own host, or to the host that its ``_BASE_URL`` variable names; an
address from ``.env`` counts only for a key from the same file.
A host named in a user's settings receives the key in the variable that ``key_env`` names, or none,
and nothing else from the environment: no proxy, no netrc, no header that an SDK adds on its own.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Protocol
from urllib.parse import urlsplit

from pointbench.adapters.catalog import (
    Service,
    base_urls,
    catalog_entry,
    service_at,
    services,
    where_to_get,
)
from pointbench.adapters.setting_specs import is_http_url
from pointbench.errors import UsageError
from pointbench.settings import from_env_file

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
"""Headers that any host may see; all others are removed, except the header with its own key."""


@dataclass(frozen=True)
class Host:
    """One server address, and the key sent to it."""

    base_url: str
    key: str | None = field(repr=False)
    key_variable: str | None
    """The environment variable that holds the key, or would have to hold it."""
    own: bool
    """True for the vendor's own host or the one set by its variable; False for one from settings."""
    name: str
    """Name used in messages.

    Messages are stored with the run, so it must not reveal a private server's address.
    """

    @property
    def address(self) -> str:
        """Host and port, without a user, a password, a path or a query."""
        parts = urlsplit(self.base_url)
        name = parts.hostname or ""
        name = f"[{name}]" if ":" in name else name
        try:
            port = parts.port
        except ValueError:
            port = None
        return f"{name}:{port}" if port else name

    def at(self, path: str) -> Host:
        """The same host, with ``path`` added if its address has no path."""
        return replace(self, base_url=with_default_path(self.base_url, path))


def required_env(service: Service, settings: Mapping[str, object]) -> tuple[str, ...]:
    """The environment variables without which the service cannot be asked."""
    if settings.get("base_url"):
        return ()
    key_env = settings.get("key_env")
    elsewhere = bool(address_in_environment(service, str(key_env) if key_env else None))
    names: list[str] = []
    if service.base_url is None:
        names.append(service.base_url_variable)
    key_needed = service.key_needed == "always" or (
        service.key_needed == "at-home" and not elsewhere
    )
    if key_needed and not key_env:
        names.append(service.key_variable)
    return tuple(names)


def address_in_environment(service: Service, key_variable: str | None = None) -> str | None:
    """The address that the service's ``_BASE_URL`` variable names; None if it is not set.

    Also None if it comes from ``.env`` and the key does not. ``key_variable`` names the key's variable
    where it is not the service's own.
    """
    name = service.base_url_variable
    key = key_variable or service.key_variable
    if from_env_file(name) and os.environ.get(key) and not from_env_file(key):
        return None
    return os.environ.get(name) or None


def hosts_of(service: Service, settings: Mapping[str, object], label: str) -> tuple[Host, ...]:
    """The hosts to ask, with their keys; UsageError naming a variable that is missing or wrong."""
    key_env = settings.get("key_env")
    for variable in (*required_env(service, settings), *([str(key_env)] if key_env else [])):
        if not os.environ.get(variable):
            raise UsageError(
                f"{label} needs {variable} in the environment (or in .env){where_to_get(variable)}"
            )
    urls = base_urls(settings)
    if urls:
        key = _key(str(key_env), label) if key_env else None
        return tuple(
            Host(
                url.rstrip("/"),
                key,
                str(key_env) if key_env else None,
                own=False,
                name=_public_name(url)
                or ("the server" if len(urls) == 1 else f"server {number} of {len(urls)}"),
            )
            for number, url in enumerate(urls, 1)
        )
    variable = str(key_env or service.key_variable)
    elsewhere = address_in_environment(service, variable)
    base = (elsewhere or service.base_url or "").rstrip("/")
    if not base and os.environ.get(service.base_url_variable):
        raise UsageError(
            f"{label}: {service.base_url_variable} in .env holds only for a key from the same file; put "
            f"{variable} there, too, or set {service.base_url_variable} in the environment"
        )
    if not is_http_url(base):
        raise UsageError(
            f"{label}: {service.base_url_variable} in the environment is not an http or https address"
        )
    name = _public_name(base) or f"the server that {service.base_url_variable} names"
    # A host from .env is as foreign as one from settings: it sees no proxy and no other header.
    own = (
        not (elsewhere and from_env_file(service.base_url_variable)) or service_at(base) is service
    )
    return (Host(base, _key(variable, label), variable, own=own, name=name),)


def key_destinations(
    adapter: str, name: str, settings: Mapping[str, object], label: str
) -> list[str]:
    """Which key of a model goes to a host that is not its vendor's, a sentence for each such host.

    UsageError as in `hosts_of`.
    """
    urls = base_urls(settings)
    if adapter not in services() and not urls:
        return []
    service = catalog_entry(adapter, name, settings).service
    lines = []
    for host in hosts_of(service, settings, label):
        if host.key is None or is_vendors_own(host.base_url, str(host.key_variable)):
            continue
        line = f"the key in {host.key_variable} goes to {_host_and_port(host.base_url)}"
        variable = service.base_url_variable
        if urls:
            line += ", which base_url names"
        elif address_in_environment(service, host.key_variable):
            line += f", which {variable}{' in .env' if from_env_file(variable) else ''} names"
        lines.append(line)
    return lines


def _host_and_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return host if parts.port is None else f"{host}:{parts.port}"


def is_vendors_own(url: str, variable: str) -> bool:
    """Whether ``url`` is, over https, the own host of the vendor whose key the variable holds."""
    service = service_at(url)
    encrypted = urlsplit(url).scheme == "https"
    return service is not None and encrypted and service.key_variable == variable


def _public_name(url: str) -> str | None:
    """The host name in an address if the host is a vendor's own, else None."""
    return urlsplit(url).hostname if service_at(url) else None


def _key(variable: str, label: str) -> str | None:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        # Sent anyway, the HTTP library's error would show the whole header.
        raise UsageError(
            f"{label}: {variable} contains spaces or other characters that no key has; set it again"
        )
    return key or None


def with_default_path(url: str, path: str) -> str:
    """The address, with ``path`` added if it has none."""
    return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/{path.strip('/')}"


class _Outgoing(Protocol):
    @property
    def headers(self) -> MutableMapping[str, str]: ...


def only_known_headers(host: Host, own_headers: frozenset[str]) -> Callable[[_Outgoing], None]:
    """An httpx event hook that removes every header that ``host`` is not meant to see.

    It runs just before the request is sent, so it also covers what an SDK adds. ``own_headers``
    are the headers, in lower case, that carry a key of this vendor.
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
    """The TLS context of ``library`` (httpx or httpx2), shared by all its clients.

    ``trust_env`` lets the environment name other certificates.
    """
    # A context takes 20 ms and 0.7 MB. All workers start at once: ``cache`` alone would make one each.
    with _LOCK:
        return _read(library, trust_env)


@cache
def _read(library: ModuleType, trust_env: bool) -> ssl.SSLContext:
    context: ssl.SSLContext = library.create_ssl_context(trust_env=trust_env)
    return context
