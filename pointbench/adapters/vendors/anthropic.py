"""The ``anthropic`` adapter: the Messages API, at Anthropic or at any server that speaks it.

Every picture is sent with ``oversized_image: error``: a picture that the server would shrink is
refused loudly instead, because answers are in pixels of what the model saw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.sdk_client import SdkServers, client_options
from pointbench.adapters.http.servers import Server
from pointbench.adapters.protocol import Facts, Picture, Reply, Request
from pointbench.adapters.setting_specs import (
    MAX_TOKENS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    Setting,
    body_fields,
    table,
    timeout_of,
)
from pointbench.adapters.vendors.model_facts import catalog_facts, refuse_picture
from pointbench.adapters.vendors.shared import CLICK_SCHEMA, joined, total
from pointbench.errors import RetryLater, UsageError

MAX_TOKENS_DEFAULT = 8192
"""The API needs a limit; this one leaves room for thinking."""
MAX_TOKENS_ELSEWHERE = 1024
"""The same for other models on servers of one's own, whose context may be small."""

SAMPLING_VERSION = "2023-06-01"
"""The API version that still takes temperature; later ones answer 400."""

TOOLSET = "computer_toolset_20260801"
BETAS = {
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
}
"""The older computer tools and the beta that each belongs to."""

_LEFT_OUT = (
    *("cursor_position", "double_click", "hold_key", "key", "left_click_drag", "left_mouse_down"),
    *("left_mouse_up", "middle_click", "mouse_move", "right_click", "screenshot", "scroll"),
    *("triple_click", "type", "wait", "zoom"),
)
"""Members of the toolset that are not offered: a trial is one left click."""

SETTINGS: dict[str, Setting] = {
    "tool": Setting("the vendor's computer tool", choices=(TOOLSET, *BETAS)),
    "json_schema": Setting("hold the answer to the schema of a click", bool),
    "max_tokens": MAX_TOKENS,
    "thinking": Setting("adaptive, disabled, or a budget in tokens", object),
    "effort": Setting("how hard to think", choices=("low", "medium", "high", "xhigh", "max")),
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "top_k": TOP_K,
    "extra_body": Setting("fields added to the request's body", dict),
}

_SAMPLING = ("temperature", "top_p", "top_k")
_KEY_HEADERS = frozenset({"authorization", "x-api-key"})


class Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class MessageBody(msgspec.Struct):
    content: list[dict[str, Any]] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    id: str | None = None
    error: Any = None


class AnthropicAdapter:
    """One Claude model, or another one on a server that speaks the Messages API."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self._known = catalog_entry("anthropic", name, settings)
        self._settings = dict(settings)
        hosts = hosts_of(self._known.service, settings, self._known.label)
        timeout = timeout_of(settings, thinks=self._known.thinks)
        # Imported here: the SDK costs a second or more, and `models list` needs none of it.
        import anthropic

        servers = [_server(anthropic, host, timeout) for host in hosts]
        self._servers = SdkServers(anthropic, servers, self._known, "request-id")

    @staticmethod
    def facts(name: str, settings: Mapping[str, Any]) -> Facts:
        """What a run must know of the model; UsageError for an unusable setting."""
        known = catalog_entry("anthropic", name, settings)
        _check(known, settings)
        return catalog_facts(known, settings, SETTINGS, package="anthropic", concurrency=4)

    def ask(self, request: Request) -> Reply:
        """The model's answer; raises as `pointbench.adapters.Adapter` says."""
        refuse_picture(self._known, request)
        settings = {**self._settings, **request.settings}
        body = message_body(self._known, request, settings)
        headers = _headers(settings)
        withheld, answer, request_id, host = self._servers.post(
            "/v1/messages", body, MessageBody, headers
        )
        if withheld:
            return withheld
        first = _reply(answer, request_id, host)
        looking = _asked_to_look(answer)
        if looking is None or request.picture is None:
            return first
        # The older tools may begin by asking for the picture that they were given: answered once.
        result = {
            "type": "tool_result",
            "tool_use_id": looking,
            "content": [_image(request.picture)],
        }
        body["messages"] = [
            *body["messages"],
            {"role": "assistant", "content": answer.content},
            {"role": "user", "content": [result]},
        ]
        withheld, answer, request_id, host = self._servers.post(
            "/v1/messages", body, MessageBody, headers
        )
        return joined(first, withheld or _reply(answer, request_id, host))

    def close(self) -> None:
        """Close the connections."""
        self._servers.close()


def _server(sdk: Any, host: Host, timeout: float) -> Server[Any]:
    options = client_options(sdk, host, timeout, _KEY_HEADERS, ambient=host.own)
    # The SDK adds the version's path itself.
    return Server(host, sdk.Anthropic(base_url=re.sub(r"/v1$", "", host.base_url), **options))


def _check(known: CatalogModel, settings: Mapping[str, Any]) -> None:
    given = [name for name in _SAMPLING if settings.get(name) is not None]
    if given and not known.sampling and not settings.get("base_url"):
        raise UsageError(f"{known.label} takes no {given[0]}: its API refuses sampling settings")
    _thinking(known.label, settings.get("thinking"))


def _thinking(label: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if value in ("adaptive", "disabled"):
        return {"type": value}
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return {"type": "enabled", "budget_tokens": value}
    raise UsageError(f"{label}: thinking must be adaptive, disabled or a budget, not {value!r}")


def _headers(settings: Mapping[str, Any]) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    beta = BETAS.get(str(settings.get("tool")))
    if beta:
        headers["anthropic-beta"] = beta
    if any(settings.get(name) is not None for name in _SAMPLING):
        headers["anthropic-version"] = SAMPLING_VERSION
    return headers


def _image(picture: Picture) -> dict[str, Any]:
    return {
        "type": "image",
        "source": {
            "type": "base64",
            "media_type": picture.media_type,
            "data": ENCODED.base64(picture),
        },
        "transformations": {"oversized_image": "error"},
    }


def message_body(
    known: CatalogModel, request: Request, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What ``POST /v1/messages`` is sent: the picture, then the text."""
    content: list[dict[str, Any]] = [{"type": "text", "text": request.prompt}]
    if request.picture is not None:
        content.insert(0, _image(request.picture))
    body: dict[str, Any] = {
        "model": known.wire_name,
        "max_tokens": settings.get("max_tokens") or _limit(known),
        "messages": [{"role": "user", "content": content}],
    }
    if request.system:
        body["system"] = request.system
    body |= body_fields(settings, **{name: name for name in _SAMPLING})
    thinking = _thinking(known.label, settings.get("thinking"))
    if thinking:
        body["thinking"] = thinking
    output: dict[str, Any] = body_fields(settings, effort="effort")
    if settings.get("json_schema"):
        output["format"] = {"type": "json_schema", "schema": CLICK_SCHEMA}
    if output:
        body["output_config"] = output
    tool = settings.get("tool")
    if tool:
        body["tools"] = [_tool(str(tool), request.picture)]
    return body | table(settings.get("extra_body"))


def _limit(known: CatalogModel) -> int:
    own = known.service.name == "anthropic" or known.thinks
    return MAX_TOKENS_DEFAULT if own else MAX_TOKENS_ELSEWHERE


def _tool(tool: str, picture: Picture | None) -> dict[str, Any]:
    if tool == TOOLSET:
        return {"type": tool, "configs": {name: {"enabled": False} for name in _LEFT_OUT}}
    entry: dict[str, Any] = {"type": tool, "name": "computer"}
    if picture is not None:
        entry |= {"display_width_px": picture.width, "display_height_px": picture.height}
    return entry


def _reply(answer: MessageBody, request_id: str | None, host: Host) -> Reply:
    """The reply of a message; RetryLater where it holds none."""
    if answer.content is None:
        raise RetryLater(message=f"{host.name} answered without content")
    texts = [str(block.get("text", "")) for block in answer.content if block.get("type") == "text"]
    calls = [_arguments(block) for block in answer.content if block.get("type") == "tool_use"]
    usage = answer.usage or Usage()
    return Reply(
        text=json.dumps(calls[0] if len(calls) == 1 else calls) if calls else "".join(texts),
        finish_reason=answer.stop_reason,
        model=answer.model,
        input_tokens=total(
            usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens
        ),
        output_tokens=usage.output_tokens,
        request_id=request_id or answer.id,
    )


def _arguments(block: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call's arguments; a toolset names the action outside of them."""
    arguments = block.get("input")
    known = dict(arguments) if isinstance(arguments, dict) else {}
    return known if "action" in known else {"action": block.get("name"), **known}


def _asked_to_look(answer: MessageBody) -> str | None:
    """The id of a first answer's only call, where that call looks at the screen or waits."""
    calls = [block for block in answer.content or () if block.get("type") == "tool_use"]
    if len(calls) == 1 and _arguments(calls[0])["action"] in ("screenshot", "wait"):
        return str(calls[0].get("id"))
    return None
