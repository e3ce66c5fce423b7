"""The ``openai`` adapter: chat completions and Responses, at OpenAI or at any compatible server.

Uses the SDK's client, authentication and error classes. The body is built here, so a picture is encoded
once per screenshot and not once per call, and the reply is read with msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED, JsonObject
from pointbench.adapters.http.fields import objects
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.sdk_client import SdkClient, SdkServers, client_options
from pointbench.adapters.http.servers import Server
from pointbench.adapters.http.transport import AnswerLimits, answer_limits
from pointbench.adapters.protocol import Facts, Picture, Reply, Request
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
from pointbench.adapters.vendors.model_facts import catalog_facts, refuse_picture, short_limit
from pointbench.adapters.vendors.openai_replies import (
    ChatBody,
    ResponseBody,
    chat_reply,
    pending_screenshot,
    response_reply,
)
from pointbench.adapters.vendors.shared import CLICK_SCHEMA, ask_with_screenshot_turn, with_turns
from pointbench.errors import UsageError

SETTINGS: dict[str, Setting] = {
    "api": Setting("which endpoint", choices=("chat", "responses")),
    "tool": Setting("the vendor's own tool", choices=("computer",)),
    "json_schema": Setting("force the answer into the JSON schema of a click", bool),
    "served_as": Setting("the server's name of the model, where it differs from the name here"),
    "detail": Setting("image detail", choices=("low", "high", "auto", "original")),
    "picture_first": Setting("put the picture before the text", bool),
    "max_tokens": MAX_TOKENS,
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "seed": SEED,
    "reasoning_effort": Setting("none, minimal, low, medium, high ..."),
    "extra_body": Setting("fields added to the request's body", dict),
}

_KEY_HEADERS = frozenset({"authorization"})
_Parts = list[JsonObject]


class OpenAIAdapter:
    """One model of OpenAI, or of an OpenAI-compatible server."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self._entry = catalog_entry("openai", name, settings)
        self._settings = dict(settings)
        hosts = hosts_of(self._entry.service, settings, self._entry.label)
        wire_name = settings.get("served_as") or self._entry.called_at(hosts[0].base_url)
        self._entry = replace(self._entry, wire_name=str(wire_name))
        limits = answer_limits(settings, timeout_of(settings, thinks=self._entry.thinks))
        # Imported here: the SDK costs half a second, and `models list` needs none of it.
        import openai

        servers = [_server(openai, host, self._entry, limits) for host in hosts]
        self._servers = SdkServers(openai, servers, self._entry, "x-request-id", limits)

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about the model; UsageError for settings that contradict each other."""
        entry = catalog_entry("openai", name, settings)
        _check(entry, settings)
        facts = catalog_facts(entry, settings, SETTINGS, package="openai", concurrency=8)
        return replace(facts, output_limit=short_limit(entry, settings))

    def ask(self, request: Request) -> Reply:
        """The model's answer; raises the errors of `pointbench.adapters.protocol.Adapter`."""
        refuse_picture(self._entry, request)
        settings = {**self._settings, **request.settings}
        limit = short_limit(self._entry, settings)
        if limit:
            settings["max_tokens"] = limit
        if settings.get("api") == "responses" or settings.get("tool"):
            return self._respond(request, settings)
        body = chat_body(self._entry, request, settings)
        withheld, answer, request_id, host = self._servers.post(
            "/chat/completions", body, ChatBody, {}
        )
        return withheld or chat_reply(answer, request_id, self._entry, host)

    def close(self) -> None:
        """Close the connections."""
        self._servers.close()

    def _respond(self, request: Request, settings: Mapping[str, object]) -> Reply:
        body = responses_body(self._entry, request, settings)
        return ask_with_screenshot_turn(
            self._post_responses,
            body,
            lambda answer: _with_screenshot(body, answer, request.picture),
        )

    def _post_responses(self, body: JsonObject) -> tuple[Reply, ResponseBody | None]:
        withheld, answer, request_id, host = self._servers.post(
            "/responses", body, ResponseBody, {}
        )
        return (withheld, None) if withheld else (response_reply(answer, request_id, host), answer)


def _with_screenshot(
    body: JsonObject, answer: ResponseBody, picture: Picture | None
) -> JsonObject | None:
    """The second request if the tool's first answer only asks to see the screen, else None."""
    call = pending_screenshot(answer)
    if call is None or picture is None:
        return None
    output: JsonObject = {
        "type": "computer_call_output",
        "call_id": call.call_id,
        "output": {"type": "computer_screenshot", "image_url": ENCODED.data_url(picture)},
    }
    if call.pending_safety_checks:
        # Safe to acknowledge: nothing is ever clicked here.
        output["acknowledged_safety_checks"] = call.pending_safety_checks
    return with_turns(body, "input", *objects(answer.output), output)


def _server(
    sdk: ModuleType, host: Host, entry: CatalogModel, limits: AnswerLimits
) -> Server[SdkClient]:
    # The SDK reads OpenAI's own settings from the environment: no other host may see them.
    ambient = host.own and entry.service.name == "openai"
    options = client_options(sdk, host, limits, _KEY_HEADERS, ambient=ambient)
    return Server(host, sdk.OpenAI(base_url=host.base_url, **options))


def _check(entry: CatalogModel, settings: Mapping[str, object]) -> None:
    if settings.get("api") == "chat" and settings.get("tool"):
        raise UsageError(f"{entry.label}: tool=computer needs api=responses")
    if settings.get("seed") is not None and (
        settings.get("api") == "responses" or settings.get("tool")
    ):
        raise UsageError(f"{entry.label}: api=responses takes no seed")


def chat_body(entry: CatalogModel, request: Request, settings: Mapping[str, object]) -> JsonObject:
    """The body of ``POST /chat/completions``; its picture is already encoded."""
    content: str | _Parts = request.prompt
    if request.picture is not None:
        image: JsonObject = {"url": ENCODED.data_url(request.picture)}
        image.update(body_fields(settings, detail="detail"))
        parts: _Parts = [
            {"type": "text", "text": request.prompt},
            {"type": "image_url", "image_url": image},
        ]
        content = parts[::-1] if settings.get("picture_first") else parts
    messages: list[JsonObject] = [{"role": "user", "content": content}]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body: JsonObject = {"model": entry.wire_name, "messages": messages}
    body |= body_fields(
        settings,
        max_tokens=entry.service.limit_name,
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
    entry: CatalogModel, request: Request, settings: Mapping[str, object]
) -> JsonObject:
    """The body of ``POST /responses``, which tells the vendor to store nothing."""
    content: _Parts = [{"type": "input_text", "text": request.prompt}]
    if request.picture is not None:
        image: JsonObject = {
            "type": "input_image",
            "image_url": ENCODED.data_url(request.picture),
            "detail": settings.get("detail") or "auto",
        }
        content = [image, *content] if settings.get("picture_first") else [*content, image]
    body: JsonObject = {
        "model": entry.wire_name,
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
        # The second turn must send back the reasoning of the first: the vendor stores none.
        body["include"] = ["reasoning.encrypted_content"]
    return body | table(settings.get("extra_body"))
