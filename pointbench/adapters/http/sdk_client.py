"""Asking through a vendor's SDK: its client, authentication and error classes, our own bodies.

The SDKs encode a picture anew for every call and build a tree of objects from every reply, which
costs them milliseconds of CPU. Given finished bytes and asked for the bare response they cost half a
millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonBody
from pointbench.adapters.http.errors import blocked_or_raise, read_failure
from pointbench.adapters.http.hosts import Host, certificates, only_known_headers
from pointbench.adapters.http.plain_client import decoded, reached
from pointbench.adapters.http.servers import Rotation, Server
from pointbench.adapters.protocol import Reply
from pointbench.errors import RetryLater

Body = TypeVar("Body")

NO_KEY = "none"
"""What an SDK that insists on a key is given; the header is taken off before it is sent."""


def client_options(
    sdk: Any, host: Host, timeout: float, key_headers: frozenset[str], *, ambient: bool
) -> dict[str, Any]:
    """Arguments of both SDKs' clients.

    ``timeout`` is in seconds of silence. ``ambient`` lets pass what the SDK takes from the
    environment besides the key (organization, own headers), which is meant for its vendor alone.
    """
    import httpx2

    options: dict[str, Any] = {
        "api_key": host.key or NO_KEY,
        "timeout": timeout,
        "max_retries": 0,
    }
    # A key follows no redirect.
    transport: dict[str, Any] = {
        "timeout": timeout,
        "follow_redirects": False,
        "verify": certificates(httpx2, trust_env=host.own),
    }
    if not ambient:
        transport["event_hooks"] = {"request": [only_known_headers(host, key_headers)]}
        if host.key:
            # Given outright, it stands against one that the environment would put in its place.
            options["default_headers"] = {"Authorization": f"Bearer {host.key}"}
    # The SDK's own client takes proxies from the environment even when it is told not to.
    make = sdk.DefaultHttpxClient if host.own else partial(httpx2.Client, trust_env=False)
    return {**options, "http_client": make(**transport)}


class SdkServers:
    """The servers of one model, each with its SDK client."""

    def __init__(
        self, sdk: Any, servers: list[Server[Any]], known: CatalogModel, request_id_header: str
    ) -> None:
        import httpx2

        self._sdk = sdk
        self._known = known
        self._servers = Rotation(servers)
        self._request_id_header = request_id_header
        self._library = httpx2

    def post(
        self, path: str, body: Mapping[str, Any], shape: type[Body], headers: Mapping[str, str]
    ) -> tuple[Reply | None, Body, str | None, Host]:
        """The decoded answer, its request id, and the host that gave it.

        A reply comes first where a content policy withheld the answer. Raises an AskError, without
        the SDK's own in its train: that one holds the request, and the request the key.
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
            refused = error.response
            if refused.status_code >= 500:
                self._servers.rest(server)
            failure = read_failure(refused.status_code, refused.headers, refused.content)
            request_id = refused.headers.get(self._request_id_header)
        except self._sdk.APITimeoutError as error:
            raise RetryLater(
                message=f"{host.name} did not answer in time", reached=self._reached(error)
            ) from None
        except self._sdk.APIConnectionError as error:
            self._servers.rest(server)
            cause = type(error.__cause__).__name__ if error.__cause__ else "no connection"
            raise RetryLater(
                message=f"{host.name} cannot be reached ({cause})", reached=self._reached(error)
            ) from None
        else:
            withheld, answer = decoded(response.content, response.headers, shape, self._known, host)
            return withheld, answer, response.headers.get(self._request_id_header), host
        # Outside the except: what is raised here has no context to print.
        return (
            blocked_or_raise(failure, self._known, host, request_id=request_id),
            shape(),
            request_id,
            host,
        )

    def _reached(self, error: Exception) -> bool:
        return error.__cause__ is not None and reached(self._library, error.__cause__)

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.servers:
            server.client.close()
