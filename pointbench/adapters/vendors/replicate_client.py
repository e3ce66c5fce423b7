"""Sends requests with Replicate's SDK: its client, authentication and error class; our own polling.

The SDK's own calls parse every answer into strict models, and its transport asks again by itself up
to ten times, for minutes, where a poll is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pointbench.adapters.http.bodies import JsonBody
from pointbench.adapters.http.hosts import Host, certificates, only_known_headers
from pointbench.adapters.http.plain_client import no_response
from pointbench.adapters.http.sdk_client import NO_KEY

if TYPE_CHECKING:
    import httpx

_KEY_HEADERS = frozenset({"authorization"})


class ReplicateClient:
    """The SDK's client for one host. Never retries or follows redirects."""

    def __init__(self, host: Host, timeout: float) -> None:
        # Imported here: the SDK costs half a second, and `models list` needs none of it.
        import httpx
        import replicate

        self.host = host
        self._httpx = httpx
        self._sdk = replicate
        self._transport = _transport(httpx, replicate, host)
        # The SDK would take a key that is left out from the environment; the hook removes NO_KEY.
        strip = [] if host.own and host.key else [only_known_headers(host, _KEY_HEADERS)]
        self._client = replicate.Client(
            api_token=host.key or NO_KEY,
            base_url=host.base_url,
            timeout=httpx.Timeout(timeout),
            transport=self._transport,
            trust_env=host.own,
            follow_redirects=False,
            event_hooks={"request": strip},
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        content: JsonBody | None = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> httpx.Response:
        """The server's response, whatever its status; RetryLater if none arrived."""
        try:
            response: httpx.Response = self._client._request(
                method, path, content=content, headers=headers, files=files
            )
        except self._sdk.exceptions.ReplicateError as error:
            # The SDK's error has neither the headers nor the whole body.
            response = error.response
        except (self._httpx.TransportError, self._httpx.DecodingError) as error:
            raise no_response(self._httpx, self.host, error) from None
        return response

    def close(self) -> None:
        self._transport.close()


def _transport(library: ModuleType, sdk: ModuleType, host: Host) -> httpx.BaseTransport:
    """A transport that hands every refusal past the SDK's own retries, as the SDK's error.

    A client with a transport of its own reads no proxy from the environment, so this does.
    """
    refused: Any = sdk.exceptions.ReplicateError

    class Transport(library.HTTPTransport):  # type: ignore[misc, name-defined]
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response: httpx.Response = super().handle_request(request)
            if response.status_code < 400:
                return response
            try:
                response.read()
            finally:
                response.close()
            error = refused(status=response.status_code)
            error.response = response
            raise error

    made: httpx.BaseTransport = Transport(
        verify=certificates(library, trust_env=host.own), proxy=_proxy(host)
    )
    return made


def _proxy(host: Host) -> str | None:
    """The proxy that the environment names for this host; None for a host from the settings."""
    parts = urlsplit(host.base_url)
    if not host.own or not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
