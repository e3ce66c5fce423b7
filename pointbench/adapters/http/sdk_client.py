"""Sends requests with a vendor's SDK: its client, authentication and error classes; our bodies.

An SDK encodes a picture again for every call and builds a tree of objects from every reply, which
takes milliseconds of CPU. With encoded bytes and the raw response, it takes half a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Protocol, TypeVar

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonBody
from pointbench.adapters.http.errors import blocked_or_raise, read_failure
from pointbench.adapters.http.hosts import Host, only_known_headers
from pointbench.adapters.http.plain_client import Answer, decoded, no_response
from pointbench.adapters.http.servers import Rotation, Server
from pointbench.adapters.http.transport import AnswerLimits, AnswerTooLarge, limited_transport
from pointbench.adapters.protocol import Reply

Body = TypeVar("Body", bound=Answer)


class RawResponse(Protocol):
    """The part of an SDK's raw HTTP response that is used here."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> bytes: ...


class SdkClient(Protocol):
    """The part of an SDK's client that is used here."""

    def post(
        self,
        path: str,
        *,
        content: Iterable[bytes],
        cast_to: type,
        options: Mapping[str, object],
    ) -> RawResponse: ...
    def close(self) -> None: ...


NO_KEY = "none"
"""Placeholder for the key if an SDK requires one; its header is removed before sending."""


def client_options(
    sdk: ModuleType,
    host: Host,
    limits: AnswerLimits,
    key_headers: frozenset[str],
    *,
    ambient: bool,
) -> dict[str, object]:
    """Arguments for the client of either SDK.

    ``ambient`` keeps what the SDK reads from the environment
    besides the key (organization, its own headers), which is meant for its vendor only.
    """
    import httpx2

    options: dict[str, object] = {
        "api_key": host.key or NO_KEY,
        "timeout": limits.silence_s,
        "max_retries": 0,
    }
    # No redirects: they would carry the key to another address.
    transport: dict[str, object] = {
        "timeout": limits.silence_s,
        "follow_redirects": False,
        "transport": limited_transport(httpx2, host, limits),
    }
    if not ambient:
        transport["event_hooks"] = {"request": [only_known_headers(host, key_headers)]}
        if host.key:
            # Explicit, so the environment cannot replace the key.
            options["default_headers"] = {"Authorization": f"Bearer {host.key}"}
    # The SDK's own client reads proxies from the environment even when told not to.
    make: Callable[..., object] = (
        sdk.DefaultHttpxClient if host.own else partial(httpx2.Client, trust_env=False)
    )
    return {**options, "http_client": make(**transport)}


class SdkServers:
    """The servers of one model, each with its SDK client."""

    def __init__(
        self,
        sdk: ModuleType,
        servers: Sequence[Server[SdkClient]],
        entry: CatalogModel,
        request_id_header: str,
        limits: AnswerLimits,
    ) -> None:
        import httpx2

        self._sdk = sdk
        self._entry = entry
        self._servers = Rotation(servers)
        self._request_id_header = request_id_header
        self._library = httpx2
        self._limits = limits

    def post(
        self, path: str, body: Mapping[str, object], shape: type[Body], headers: Mapping[str, str]
    ) -> tuple[Reply | None, Body, str | None, Host]:
        """The decoded answer, its request id, and the host that sent it.

        The first item is a reply only if a content policy withheld the answer. Raises AskError
        ``from None``: the SDK's exception would carry the request and with it the API key.
        """
        server = self._servers.next()
        host = server.host
        content = JsonBody(body)
        try:
            response = server.client.post(
                path,
                content=content,
                cast_to=self._library.Response,
                options={"headers": {**content.headers, **headers}},
            )
        except self._sdk.APIStatusError as error:
            response = error.response
            if response.status_code >= 500:
                self._servers.rest(server)
            failure = read_failure(response.status_code, response.headers, response.content)
            request_id = response.headers.get(self._request_id_header)
        except self._sdk.APIConnectionError as error:
            # The SDK's time-outs are of this kind, too.
            if not isinstance(error, self._sdk.APITimeoutError):
                self._servers.rest(server)
            raise no_response(self._library, host, self._limits, error.__cause__) from None
        except (self._library.TransportError, self._library.DecodingError, AnswerTooLarge) as error:
            # The SDKs hand on what ends a body after its head.
            raise no_response(self._library, host, self._limits, error) from None
        else:
            withheld, answer = decoded(response.content, response.headers, shape, self._entry, host)
            return withheld, answer, response.headers.get(self._request_id_header), host
        # Outside the except block, so the SDK's exception is not the context of ours.
        return (
            blocked_or_raise(failure, self._entry, host, request_id=request_id),
            shape(),
            request_id,
            host,
        )

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.servers:
            server.client.close()
