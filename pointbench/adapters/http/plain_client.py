"""A plain httpx client for vendors whose SDK does not help here, and a decoder of responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonBody
from pointbench.adapters.http.errors import blocked_or_raise, clean, failure_of, is_error
from pointbench.adapters.http.hosts import Host, only_known_headers
from pointbench.adapters.http.transport import (
    AnswerLimits,
    AnswerTooLarge,
    late,
    limited_transport,
)
from pointbench.adapters.protocol import Reply
from pointbench.errors import GiveUp, RetryLater

if TYPE_CHECKING:
    import httpx


class Answer(msgspec.Struct):
    """The part of a response's body that every vendor's shape has."""

    def usage_alone(self) -> Reply:
        """The tokens and the cost that the body reports, in a reply without a text.

        A body that turns out to be no answer may have been billed all the same.
        """
        return Reply("")


Body = TypeVar("Body", bound=Answer)


class PlainClient:
    """Connection pool to one host. Never retries or follows redirects."""

    def __init__(self, host: Host, key_header: str, key_prefix: str, limits: AnswerLimits) -> None:
        import httpx

        self.host = host
        self._limits = limits
        self._httpx = httpx
        headers = {key_header: key_prefix + host.key} if host.key else {}
        hooks = [] if host.own else [only_known_headers(host, frozenset({key_header.lower()}))]
        self._client = httpx.Client(
            base_url=host.base_url,
            headers=headers,
            timeout=limits.silence_s,
            trust_env=host.own,
            transport=limited_transport(httpx, host, limits),
            follow_redirects=False,
            event_hooks={"request": hooks},
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
            return self._client.request(method, path, content=content, headers=headers, files=files)
        except (self._httpx.TransportError, self._httpx.DecodingError, AnswerTooLarge) as error:
            raise no_response(self._httpx, self.host, self._limits, error) from None

    def post_json(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """`send` with a JSON object as the body; its pictures are already encoded."""
        content = JsonBody(body)
        return self.send("POST", path, content=content, headers=content.headers)

    def close(self) -> None:
        self._client.close()


def no_response(
    library: ModuleType, host: Host, limits: AnswerLimits, error: BaseException | None
) -> RetryLater | GiveUp:
    """The error to raise where httpx or httpx2 got no whole response from a host."""
    if isinstance(error, AnswerTooLarge):
        return GiveUp(f"{host.name}: {error}", status=200)
    reached = error is not None and may_have_reached_server(library, error)
    if isinstance(error, library.TimeoutException):
        failure = RetryLater(message=late(host, limits), reached=reached)
        failure.address = host.address
        return failure
    cause = type(error).__name__ if error else "no connection"
    failure = RetryLater(message=f"{host.name} cannot be reached ({cause})", reached=reached)
    failure.address = host.address
    return failure


_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}
_LOCK = threading.Lock()


def _decoder(shape: type[Body]) -> msgspec.json.Decoder[Body]:
    # msgspec analyzes a type at its first use, and crashes when two threads do that at once.
    with _LOCK:
        if shape not in _DECODERS:
            # Not strict: a token count written as 12.0 is no reason to lose an answer.
            _DECODERS[shape] = msgspec.json.Decoder(shape, strict=False)
        return _DECODERS[shape]


def may_have_reached_server(library: ModuleType, error: BaseException) -> bool:
    """Whether a request may have reached its server before an error of httpx or httpx2 ended it."""
    never = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout)
    return not isinstance(error, never)


def _tolerated(content: bytes, shape: type[Body]) -> Body | None:
    """A body that strict JSON forbids but that can be read; None if it cannot.

    Bytes that are no text become U+FFFD; NaN, a lone surrogate and a byte order mark lose no answer.
    """
    try:
        value = json.loads(content.decode("utf-8-sig", "replace"))
        return msgspec.convert(value, shape, strict=False)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None


def decoded(
    content: bytes, headers: Mapping[str, str], shape: type[Body], entry: CatalogModel, host: Host
) -> tuple[Reply | None, Body]:
    """The body of a 200 response, decoded as a ``shape``; a 200 can still be an error.

    The first item is a reply only if a content policy withheld the answer. AskError for an error in
    the body, GiveUp for a web page, RetryLater for anything that is not JSON of that shape.
    """
    if headers.get("content-type", "").startswith("text/html"):
        raise GiveUp(f"{host.name} answered with a web page; is its address right?", status=200)
    body: Body | None
    try:
        body = _decoder(shape).decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = _tolerated(content, shape)
    if body is None:
        text = clean(content[:200].decode("utf-8", "replace"), host)
        raise RetryLater(message=f"{host.name} did not answer with a reply: {text}") from None
    error = getattr(body, "error", None)
    if is_error(error):
        failure = failure_of({"error": error}, 200, headers)
        return blocked_or_raise(failure, entry, host, usage=body.usage_alone()), body
    return None, body
