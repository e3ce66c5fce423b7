"""The ``anthropic`` adapter: the Messages API, at Anthropic or at any server that speaks it.

Every picture is sent with ``oversized_image: error``: the server then refuses a picture that it
would otherwise shrink. Answers are in pixels of what the model saw, so a shrunk picture would
silently make them wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import ModuleType

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED, JsonObject
from pointbench.adapters.http.fields import (
    as_object,
    as_text,
    finish_word,
    first_count,
    is_reasoning,
    objects,
    reasoning_text,
    with_calls,
    written_call,
)
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.plain_client import Answer
from pointbench.adapters.http.sdk_client import SdkClient, SdkServers, client_options
from pointbench.adapters.http.servers import Server
from pointbench.adapters.http.transport import AnswerLimits, answer_limits
from pointbench.adapters.protocol import Facts, Picture, Reply, Request
from pointbench.adapters.setting_specs import (
    MAX_TOKENS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    Setting,
    as_written,
    body_fields,
    table,
    timeout_of,
)
from pointbench.adapters.vendors.model_facts import catalog_facts, refuse_picture, short_limit
from pointbench.adapters.vendors.shared import (
    CLICK_SCHEMA,
    ask_with_screenshot_turn,
    total,
    with_turns,
)
from pointbench.errors import RetryLater, UsageError
from pointbench.profiles import known_profiles

MAX_TOKENS_DEFAULT = 8192
"""Default output limit in tokens, because the API requires one. Leaves room for thinking."""
MAX_TOKENS_ELSEWHERE = 1024
"""The same for other models on a user's own server, whose context may be small."""

SAMPLING_VERSION = "2023-06-01"
"""The API version that still accepts temperature; later ones answer 400."""

TOOLSET = "computer_toolset_20260801"
BETAS = {
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
}
"""Older computer tools, each with the beta header that it needs."""

_LEFT_OUT = (
    *("cursor_position", "double_click", "hold_key", "key", "left_click_drag", "left_mouse_down"),
    *("left_mouse_up", "middle_click", "mouse_move", "right_click", "screenshot", "scroll"),
    *("triple_click", "type", "wait", "zoom"),
)
"""Actions of the toolset that are switched off: a trial is one left click."""

SETTINGS: dict[str, Setting] = {
    "tool": Setting("the vendor's computer tool", choices=(TOOLSET, *BETAS)),
    "json_schema": Setting("force the answer into the JSON schema of a click", bool),
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


class MessageBody(Answer):
    content: object = None
    stop_reason: object = None
    usage: object = None
    model: object = None
    id: object = None
    error: object = None

    def usage_alone(self) -> Reply:
        usage = as_object(self.usage)
        cache_read = first_count(usage, "cache_read_input_tokens")
        cache_write = first_count(usage, "cache_creation_input_tokens")
        return Reply(
            "",
            model=as_text(self.model),
            # The vendor counts what it cached apart from the rest of the input.
            input_tokens=total(first_count(usage, "input_tokens"), cache_read, cache_write),
            output_tokens=first_count(usage, "output_tokens"),
            cache_read_tokens=cache_read,
            cache_write_tokens=cache_write,
        )


class AnthropicAdapter:
    """One Claude model, or another one on a server that speaks the Messages API."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self._entry = catalog_entry("anthropic", name, settings)
        self._settings = dict(settings)
        hosts = hosts_of(self._entry.service, settings, self._entry.label)
        limits = answer_limits(settings, timeout_of(settings, thinks=self._entry.thinks))
        # Imported here: the SDK costs a second or more, and `models list` needs none of it.
        import anthropic

        servers = [_server(anthropic, host, limits) for host in hosts]
        self._servers = SdkServers(anthropic, servers, self._entry, "request-id", limits)

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about the model; UsageError for settings that contradict each other."""
        entry = catalog_entry("anthropic", name, settings)
        _check(entry, settings)
        facts = catalog_facts(entry, settings, SETTINGS, package="anthropic", concurrency=4)
        # With a tool an answer may take two calls, whose tokens are summed.
        return replace(
            facts, output_limit=None if settings.get("tool") else _limit(entry, settings)
        )

    def ask(self, request: Request) -> Reply:
        """The model's answer; raises the errors of `pointbench.adapters.protocol.Adapter`."""
        refuse_picture(self._entry, request)
        settings = {**self._settings, **request.settings}
        body = message_body(self._entry, request, settings)
        return ask_with_screenshot_turn(
            partial(self._post, headers=_headers(settings), computer=bool(settings.get("tool"))),
            body,
            lambda answer: _with_screenshot(body, answer, request.picture),
        )

    def close(self) -> None:
        """Close the connections."""
        self._servers.close()

    def _post(
        self, body: JsonObject, headers: Mapping[str, str], computer: bool
    ) -> tuple[Reply, MessageBody | None]:
        withheld, answer, request_id, host = self._servers.post(
            "/v1/messages", body, MessageBody, headers
        )
        if withheld:
            return withheld, None
        return _reply(answer, request_id, host, computer=computer), answer


def _server(sdk: ModuleType, host: Host, limits: AnswerLimits) -> Server[SdkClient]:
    options = client_options(sdk, host, limits, _KEY_HEADERS, ambient=host.own)
    # The SDK adds the version's path itself.
    return Server(host, sdk.Anthropic(base_url=re.sub(r"/v1$", "", host.base_url), **options))


def _check(entry: CatalogModel, settings: Mapping[str, object]) -> None:
    sampling = [name for name in _SAMPLING if settings.get(name) is not None]
    if sampling and not entry.sampling and not settings.get("base_url"):
        raise UsageError(f"{entry.label} takes no {sampling[0]}: its API refuses sampling settings")
    _thinking(entry.label, settings.get("thinking"))
    _check_tool(entry, settings)


def _check_tool(entry: CatalogModel, settings: Mapping[str, object]) -> None:
    """UsageError for a tool with a model that has none, for the toolset with a model before it, and for an
    older tool with one that takes no other.

    https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool#compatibility;
    other hosts have rules of their own.
    """
    profiles = known_profiles()
    offered = {
        tool: name for name in entry.profiles if (tool := profiles[name].settings.get("tool"))
    }
    named = profiles.get(str(settings.get("profile")))
    tool = settings.get("tool") or (named.settings.get("tool") if named else None)
    if not isinstance(tool, str) or tool in offered or settings.get("base_url"):
        return
    if not offered:
        # Of a name that no family matches, nothing is known.
        if entry.listed or entry.family:
            raise UsageError(f"{entry.label}: its vendor has no computer tool for this model")
        return
    if tool == TOOLSET or (tool in BETAS and set(offered) == {TOOLSET}):
        raise UsageError(
            f"{entry.label}: its vendor takes no tool={tool} with this model; "
            f"ask under profile={next(iter(offered.values()))}"
        )


def _thinking(label: str, value: object) -> JsonObject | None:
    if value is None:
        return None
    if value in ("adaptive", "disabled"):
        return {"type": value}
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return {"type": "enabled", "budget_tokens": value}
    raise UsageError(
        f"{label}: thinking must be adaptive, disabled or a budget in tokens, "
        f"not {as_written(value)}"
    )


def _headers(settings: Mapping[str, object]) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    beta = BETAS.get(str(settings.get("tool")))
    if beta:
        headers["anthropic-beta"] = beta
    if any(settings.get(name) is not None for name in _SAMPLING):
        headers["anthropic-version"] = SAMPLING_VERSION
    return headers


def _image(picture: Picture) -> JsonObject:
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
    entry: CatalogModel, request: Request, settings: Mapping[str, object]
) -> JsonObject:
    """The body of ``POST /v1/messages``: the picture, then the text."""
    content: list[JsonObject] = [{"type": "text", "text": request.prompt}]
    if request.picture is not None:
        content.insert(0, _image(request.picture))
    body: JsonObject = {
        "model": entry.wire_name,
        "max_tokens": settings.get("max_tokens") or _limit(entry, settings),
        "messages": [{"role": "user", "content": content}],
    }
    if request.system:
        body["system"] = request.system
    body |= body_fields(settings, **{name: name for name in _SAMPLING})
    thinking = _thinking(entry.label, settings.get("thinking"))
    if thinking:
        body["thinking"] = thinking
    output = body_fields(settings, effort="effort")
    if settings.get("json_schema"):
        output["format"] = {"type": "json_schema", "schema": CLICK_SCHEMA}
    if output:
        body["output_config"] = output
    tool = settings.get("tool")
    if tool:
        body["tools"] = [_tool(str(tool), request.picture)]
    return body | table(settings.get("extra_body"))


def _limit(entry: CatalogModel, settings: Mapping[str, object]) -> int:
    short = short_limit(entry, settings)
    if short:
        return short
    own = entry.service.name == "anthropic" or entry.thinks
    return MAX_TOKENS_DEFAULT if own else MAX_TOKENS_ELSEWHERE


def _tool(tool: str, picture: Picture | None) -> JsonObject:
    if tool == TOOLSET:
        return {"type": tool, "configs": {name: {"enabled": False} for name in _LEFT_OUT}}
    fields: JsonObject = {"type": tool, "name": "computer"}
    if picture is not None:
        fields |= {"display_width_px": picture.width, "display_height_px": picture.height}
    return fields


def _reply(answer: MessageBody, request_id: str | None, host: Host, *, computer: bool) -> Reply:
    """The reply in a message; RetryLater if it contains none. ``computer`` if its own tool was offered."""
    blocks = _blocks(answer.content)
    if blocks is None:
        raise RetryLater(
            message=f"{host.name} answered without content", usage=answer.usage_alone()
        )
    texts = [block.get("text") for block in blocks if block.get("type") == "text"]
    text = "".join(text for text in texts if isinstance(text, str))
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    if calls and computer:
        actions = [_arguments(call) for call in calls]
        text = json.dumps(actions[0] if len(actions) == 1 else actions)
    elif calls:
        written = [written_call(call.get("name"), call.get("input")) for call in calls]
        text = with_calls(text, written)
    return replace(
        answer.usage_alone(),
        text=text,
        finish_reason=finish_word(answer.stop_reason),
        request_id=request_id or as_text(answer.id),
        reasoning=reasoning_text([block for block in blocks if is_reasoning(block)]),
    )


def _blocks(content: object) -> list[JsonObject] | None:
    """The blocks of a message; plain text is one of them. None if there is no content."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return objects(content) if isinstance(content, list | dict) else None


def _arguments(block: Mapping[str, object]) -> JsonObject:
    """A tool call's arguments; a toolset names the action outside of them."""
    arguments = block.get("input")
    fields: JsonObject = dict(arguments) if isinstance(arguments, dict) else {}
    return fields if "action" in fields else {"action": block.get("name"), **fields}


def _with_screenshot(
    body: JsonObject, answer: MessageBody, picture: Picture | None
) -> JsonObject | None:
    """The second request if the first answer of an older tool only asks to see the screen, else None."""
    call_id = _screenshot_call(answer)
    if call_id is None or picture is None:
        return None
    result = {"type": "tool_result", "tool_use_id": call_id, "content": [_image(picture)]}
    return with_turns(
        body,
        "messages",
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [result]},
    )


def _screenshot_call(answer: MessageBody) -> str | None:
    """The id of an answer's only call if that call looks at the screen or waits, else None."""
    calls = [block for block in objects(answer.content) if block.get("type") == "tool_use"]
    if len(calls) == 1 and _arguments(calls[0])["action"] in ("screenshot", "wait"):
        return str(calls[0].get("id"))
    return None
