"""The ``openai`` adapter: chat completions and Responses, at OpenAI or at any compatible server.

The SDK's client, authentication and error classes are used; the body is made here, so that a
picture is encoded once a screenshot and not once a call, and the reply is read with msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.sdk_client import SdkServers, client_options
from pointbench.adapters.http.servers import Server
from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.setting_specs import (
    MAX_TOKENS,
    SEED,
    TEMPERATURE,
    TOP_P,
    Setting,
    body_fields,
    table,
    timeout_of,
)
from pointbench.adapters.vendors.model_facts import catalog_facts, refuse_picture
from pointbench.adapters.vendors.openai_replies import (
    ChatBody,
    ResponseBody,
    chat_reply,
    pending_screenshot,
    response_reply,
)
from pointbench.adapters.vendors.shared import CLICK_SCHEMA, joined
from pointbench.errors import UsageError

SETTINGS: dict[str, Setting] = {
    "api": Setting("which endpoint", choices=("chat", "responses")),
    "tool": Setting("the vendor's own tool", choices=("computer",)),
    "json_schema": Setting("hold the answer to the schema of a click", bool),
    "served_as": Setting("what the server calls the model, where that is not its name here"),
    "detail": Setting("image detail", choices=("low", "high", "auto", "original")),
    "picture_first": Setting("the picture before the text", bool),
    "max_tokens": MAX_TOKENS,
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "seed": SEED,
    "reasoning_effort": Setting("none, minimal, low, medium, high ..."),
    "extra_body": Setting("fields added to the request's body", dict),
}

_KEY_HEADERS = frozenset({"authorization"})
_Parts = list[dict[str, Any]]


class OpenAIAdapter:
    """One model of OpenAI, or of a server that speaks as OpenAI does."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self._known = catalog_entry("openai", name, settings)
        self._settings = dict(settings)
        hosts = hosts_of(self._known.service, settings, self._known.label)
        called = settings.get("served_as") or self._known.called_at(hosts[0].base_url)
        self._known = replace(self._known, wire_name=str(called))
        timeout = timeout_of(settings, thinks=self._known.thinks)
        # Imported here: the SDK costs half a second, and `models list` needs none of it.
        import openai

        servers = [_server(openai, host, self._known, timeout) for host in hosts]
        self._servers = SdkServers(openai, servers, self._known, "x-request-id")

    @staticmethod
    def facts(name: str, settings: Mapping[str, Any]) -> Facts:
        """What a run must know of the model; UsageError for an unusable setting."""
        known = catalog_entry("openai", name, settings)
        _check(known, settings)
        return catalog_facts(known, settings, SETTINGS, package="openai", concurrency=8)

    def ask(self, request: Request) -> Reply:
        """The model's answer; raises as `pointbench.adapters.Adapter` says."""
        refuse_picture(self._known, request)
        settings = {**self._settings, **request.settings}
        if settings.get("api") == "responses" or settings.get("tool"):
            return self._respond(request, settings)
        body = chat_body(self._known, request, settings)
        withheld, answer, request_id, host = self._servers.post(
            "/chat/completions", body, ChatBody, {}
        )
        return withheld or chat_reply(answer, request_id, self._known, host)

    def close(self) -> None:
        """Close the connections."""
        self._servers.close()

    def _respond(self, request: Request, settings: Mapping[str, Any]) -> Reply:
        body = responses_body(self._known, request, settings)
        withheld, answer, request_id, host = self._servers.post(
            "/responses", body, ResponseBody, {}
        )
        if withheld:
            return withheld
        first = response_reply(answer, request_id, host)
        looking = pending_screenshot(answer)
        if looking is None or request.picture is None:
            return first
        # The tool may begin by asking for the picture that it was given: answered once.
        seen = {
            "type": "computer_call_output",
            "call_id": looking.call_id,
            "output": {
                "type": "computer_screenshot",
                "image_url": ENCODED.data_url(request.picture),
            },
        }
        if looking.pending_safety_checks:
            # Nothing is ever clicked here.
            seen["acknowledged_safety_checks"] = looking.pending_safety_checks
        body["input"] = [*body["input"], *(answer.output or ()), seen]
        withheld, answer, request_id, host = self._servers.post(
            "/responses", body, ResponseBody, {}
        )
        return joined(first, withheld or response_reply(answer, request_id, host))


def _server(sdk: Any, host: Host, known: CatalogModel, timeout: float) -> Server[Any]:
    # What the SDK takes from the environment is meant for OpenAI, and for nobody else.
    ambient = host.own and known.service.name == "openai"
    options = client_options(sdk, host, timeout, _KEY_HEADERS, ambient=ambient)
    return Server(host, sdk.OpenAI(base_url=host.base_url, **options))


def _check(known: CatalogModel, settings: Mapping[str, Any]) -> None:
    if settings.get("api") == "chat" and settings.get("tool"):
        raise UsageError(f"{known.label}: tool=computer needs api=responses")
    if settings.get("seed") is not None and (
        settings.get("api") == "responses" or settings.get("tool")
    ):
        raise UsageError(f"{known.label}: api=responses takes no seed")


def chat_body(known: CatalogModel, request: Request, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What ``POST /chat/completions`` is sent; the picture is spliced in, already encoded."""
    content: str | _Parts = request.prompt
    if request.picture is not None:
        image: dict[str, Any] = {"url": ENCODED.data_url(request.picture)}
        image.update(body_fields(settings, detail="detail"))
        parts: _Parts = [
            {"type": "text", "text": request.prompt},
            {"type": "image_url", "image_url": image},
        ]
        content = parts[::-1] if settings.get("picture_first") else parts
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body: dict[str, Any] = {"model": known.wire_name, "messages": messages}
    body |= body_fields(
        settings,
        max_tokens=known.service.limit_name,
        temperature="temperature",
        top_p="top_p",
        seed="seed",
        reasoning_effort="reasoning_effort",
    )
    if settings.get("json_schema"):
        schema = {"name": "click", "strict": True, "schema": CLICK_SCHEMA}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body | table(settings.get("extra_body"))


def responses_body(
    known: CatalogModel, request: Request, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What ``POST /responses`` is sent. Nothing is stored at the vendor."""
    content: _Parts = [{"type": "input_text", "text": request.prompt}]
    if request.picture is not None:
        image = {
            "type": "input_image",
            "image_url": ENCODED.data_url(request.picture),
            "detail": settings.get("detail") or "auto",
        }
        content = [image, *content] if settings.get("picture_first") else [*content, image]
    body: dict[str, Any] = {
        "model": known.wire_name,
        "input": [{"role": "user", "content": content}],
        "store": False,
    }
    if request.system:
        body["instructions"] = request.system
    body |= body_fields(
        settings, max_tokens="max_output_tokens", temperature="temperature", top_p="top_p"
    )
    if settings.get("reasoning_effort"):
        body["reasoning"] = {"effort": settings["reasoning_effort"]}
    if settings.get("json_schema"):
        form = {"type": "json_schema", "name": "click", "strict": True, "schema": CLICK_SCHEMA}
        body["text"] = {"format": form}
    if settings.get("tool"):
        body["tools"] = [{"type": "computer"}]
        # A second turn must show the first one's reasoning, which is stored nowhere else.
        body["include"] = ["reasoning.encrypted_content"]
    return body | table(settings.get("extra_body"))
