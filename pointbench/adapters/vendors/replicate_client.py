"""Sends requests with Replicate's SDK: its client, authentication and error class; our own polling.

The SDK's own calls parse every answer into strict models, and its transport asks again by itself up
to ten times, for minutes, where a poll is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pointbench.adapters.http.bodies import JsonBody
from pointbench.adapters.http.hosts import Host, only_known_headers
from pointbench.adapters.http.plain_client import no_response
from pointbench.adapters.http.sdk_client import NO_KEY
from pointbench.adapters.http.transport import AnswerLimits, AnswerTooLarge, limited_transport

if TYPE_CHECKING:
    import httpx

_KEY_HEADERS = frozenset({"authorization"})


class ReplicateClient:
    """The SDK's client for one host. Never retries or follows redirects."""

    def __init__(self, host: Host, limits: AnswerLimits) -> None:
        # Imported here: the SDK costs half a second, and `models list` needs none of it.
        import httpx
        import replicate

        self.host = host
        self._httpx = httpx
        self._sdk = replicate
        self._limits = limits
        self._transport = _transport(httpx, replicate, host, limits)
        # The SDK would take a key that is left out from the environment; the hook removes NO_KEY.
        strip = [] if host.own and host.key else [only_known_headers(host, _KEY_HEADERS)]
        self._client = replicate.Client(
            api_token=host.key or NO_KEY,
            base_url=host.base_url,
            timeout=httpx.Timeout(limits.silence_s),
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
        """The server's response, whatever its status; RetryLater if none arrived, GiveUp if too large."""
        try:
            response: httpx.Response = self._client._request(
                method, path, content=content, headers=headers, files=files
            )
        except self._sdk.exceptions.ReplicateError as error:
            # The SDK's error has neither the headers nor the whole body.
            response = error.response
        except (self._httpx.TransportError, self._httpx.DecodingError, AnswerTooLarge) as error:
            raise no_response(self._httpx, self.host, self._limits, error) from None
        return response

    def close(self) -> None:
        self._transport.close()


def _transport(
    library: ModuleType, sdk: ModuleType, host: Host, limits: AnswerLimits
) -> httpx.BaseTransport:
    """A transport that hands every refusal past the SDK's own retries, as the SDK's error."""
    refused: Any = sdk.exceptions.ReplicateError
    sender = limited_transport(library, host, limits)

    class Transport(library.BaseTransport):  # type: ignore[misc, name-defined]
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = sender.handle_request(request)
            if response.status_code < 400:
                return response
            try:
                response.read()
            finally:
                response.close()
            error = refused(status=response.status_code)
            error.response = response
            raise error

        def close(self) -> None:
            sender.close()

    made: httpx.BaseTransport = Transport()
    return made
