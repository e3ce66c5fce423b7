"""The ``google`` adapter: Gemini's ``generateContent`` over plain HTTP.

Its computer tool is described at https://ai.google.dev/gemini-api/docs/generate-content/computer-use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED, JsonObject
from pointbench.adapters.http.errors import BLOCKED_REASON, blocked_or_raise, read_failure
from pointbench.adapters.http.fields import (
    as_object,
    as_text,
    finish_word,
    first_by_index,
    first_count,
    objects,
    reasoning_text,
    with_calls,
    written_call,
)
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.plain_client import Answer, PlainClient, decoded
from pointbench.adapters.http.servers import Rotation, Server
from pointbench.adapters.http.transport import answer_limits
from pointbench.adapters.protocol import Facts, Picture, Reply, Request
from pointbench.adapters.setting_specs import (
    MAX_TOKENS,
    SEED,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    Setting,
    body_fields,
    table,
    timeout_of,
)
from pointbench.adapters.vendors.model_facts import catalog_facts, refuse_picture
from pointbench.adapters.vendors.shared import ask_with_screenshot_turn, total, with_turns
from pointbench.errors import RetryLater, UsageError
from pointbench.profiles import known_profiles

ENVIRONMENTS = ("desktop", "browser", "mobile")
"""What the computer tool can be told that it controls."""
_PHONES = frozenset(
    (
        *("mobile", "phone", "smartphone", "tablet"),
        *("android", "ios", "iphone", "ipad", "ipados", "harmonyos"),
    )
)
# The last four are how ScreenSpot names its websites.
_BROWSERS = frozenset(
    (
        *(
            "web",
            "browser",
            "website",
            "webpage",
            "webapp",
            "chrome",
            "chromium",
            "firefox",
            "safari",
        ),
        *("shop", "forum", "gitlab", "tool"),
    )
)
_LOOKS = frozenset(("take_screenshot", "open_web_browser", "wait", "wait_5_seconds"))
"""Actions that ask for nothing but the screen as it is now."""

SETTINGS: dict[str, Setting] = {
    "tool": Setting("the vendor's own tool", choices=("computer",)),
    "environment": Setting(
        "what the computer tool controls; auto, the default, goes by the target's platform",
        choices=("auto", *ENVIRONMENTS),
    ),
    "json": Setting("answer in JSON only", bool),
    "max_tokens": MAX_TOKENS,
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "top_k": TOP_K,
    "seed": SEED,
    "thinking_budget": Setting(
        "tokens of thinking: 0 for none, -1 leaves it to the model", int, low=-1
    ),
    "thinking_level": Setting("how hard to think", choices=("minimal", "low", "medium", "high")),
    "media_resolution": Setting(
        "tokens spent on the picture", choices=("low", "medium", "high", "ultra_high")
    ),
    "extra_body": Setting("fields added to the request's body", dict),
}


class GenerateBody(Answer, rename="camel"):
    candidates: object = None
    prompt_feedback: object = None
    usage_metadata: object = None
    model_version: object = None
    response_id: object = None
    error: object = None

    def usage_alone(self) -> Reply:
        usage = as_object(self.usage_metadata)
        return Reply(
            "",
            model=as_text(self.model_version),
            input_tokens=total(
                first_count(usage, "promptTokenCount"),
                first_count(usage, "toolUsePromptTokenCount"),
            ),
            # Thoughts are billed as output and counted separately.
            output_tokens=total(
                first_count(usage, "candidatesTokenCount"),
                first_count(usage, "thoughtsTokenCount"),
            ),
            cache_read_tokens=first_count(usage, "cachedContentTokenCount"),
        )


class GoogleAdapter:
    """One Gemini model."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self._entry = catalog_entry("google", name, settings)
        self._settings = dict(settings)
        limits = answer_limits(settings, timeout_of(settings, thinks=self._entry.thinks))
        self._servers = Rotation(
            [
                Server(host, PlainClient(host.at("v1beta"), "x-goog-api-key", "", limits))
                for host in hosts_of(self._entry.service, settings, self._entry.label)
            ]
        )

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about the model; UsageError for settings that contradict each other."""
        entry = catalog_entry("google", name, settings)
        _check(entry, settings)
        return catalog_facts(entry, settings, SETTINGS, package="httpx", concurrency=8)

    def ask(self, request: Request) -> Reply:
        """The model's answer; raises the errors of `pointbench.adapters.protocol.Adapter`."""
        refuse_picture(self._entry, request)
        settings = {**self._settings, **request.settings}
        computer = bool(settings.get("tool"))
        body = generate_body(self._entry, request, settings)
        return ask_with_screenshot_turn(
            partial(self._post, computer=computer),
            body,
            lambda answer: _with_screenshot(body, answer, request.picture) if computer else None,
        )

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.servers:
            server.client.close()

    def _post(self, body: JsonObject, *, computer: bool) -> tuple[Reply, GenerateBody | None]:
        server = self._servers.next()
        path = f"models/{quote(self._entry.wire_name)}:generateContent"
        response = server.client.post_json(path, body)
        host, entry = server.host, self._entry
        if response.status_code != 200:
            if response.status_code >= 500:
                self._servers.rest(server)
            failure = read_failure(response.status_code, response.headers, response.content)
            return blocked_or_raise(failure, entry, host), None
        withheld, answer = decoded(response.content, response.headers, GenerateBody, entry, host)
        if withheld:
            return withheld, None
        return _reply(answer, host, computer=computer), answer


def environment_of(platform: str | None) -> str:
    """The environment for a target on ``platform``, in its suite's word; ``desktop`` for any other."""
    words = set(re.findall(r"[a-z]+", (platform or "").lower()))
    if words & _PHONES:
        return "mobile"
    return "browser" if words & _BROWSERS else "desktop"


def _browser_only(entry: CatalogModel) -> bool:
    """True for Gemini 2.5, whose computer tool had no other environment."""
    return re.search(r"gemini-[12]\b", entry.wire_name) is not None


def _check(entry: CatalogModel, settings: Mapping[str, object]) -> None:
    environment = settings.get("environment")
    if environment not in ENVIRONMENTS:
        return
    profile = known_profiles().get(str(settings.get("profile") or entry.profiles[0]))
    # A profile of pointbench.toml is not known here, and may offer the tool.
    if not settings.get("tool") and profile is not None and not profile.settings.get("tool"):
        raise UsageError(
            f"{entry.label}: environment={environment} is for the computer tool: "
            f"ask under profile=gemini-computer"
        )
    if environment != "browser" and _browser_only(entry):
        raise UsageError(
            f"{entry.label}: its computer tool controls a browser only, so it takes no "
            f"environment={environment}"
        )


def _tool(entry: CatalogModel, settings: Mapping[str, object], platform: str | None) -> JsonObject:
    environment = settings.get("environment")
    if environment in (None, "auto"):
        environment = "browser" if _browser_only(entry) else environment_of(platform)
    return {"computerUse": {"environment": f"ENVIRONMENT_{str(environment).upper()}"}}


def generate_body(
    entry: CatalogModel, request: Request, settings: Mapping[str, object]
) -> JsonObject:
    """The body of ``POST models/NAME:generateContent``: the picture, then the text."""
    parts: list[JsonObject] = [{"text": request.prompt}]
    if request.picture is not None:
        data = ENCODED.base64(request.picture)
        parts.insert(0, {"inlineData": {"mimeType": request.picture.media_type, "data": data}})
    body: JsonObject = {"contents": [{"role": "user", "parts": parts}]}
    if request.system:
        body["systemInstruction"] = {"parts": [{"text": request.system}]}
    config = body_fields(
        settings,
        max_tokens="maxOutputTokens",
        temperature="temperature",
        top_p="topP",
        top_k="topK",
        seed="seed",
    )
    thinking = body_fields(
        settings, thinking_budget="thinkingBudget", thinking_level="thinkingLevel"
    )
    if thinking:
        config["thinkingConfig"] = thinking
    if settings.get("media_resolution"):
        level = str(settings["media_resolution"]).upper()
        config["mediaResolution"] = f"MEDIA_RESOLUTION_{level}"
    if settings.get("json"):
        config["responseMimeType"] = "application/json"
    if config:
        body["generationConfig"] = config
    if settings.get("tool"):
        body["tools"] = [_tool(entry, settings, request.platform)]
    return body | table(settings.get("extra_body"))


def _reply(body: GenerateBody, host: Host, *, computer: bool) -> Reply:
    """The reply; RetryLater if there is neither an answer nor a reason for its absence.

    ``computer`` if the vendor's own tool was offered.
    """
    candidate = first_by_index(body.candidates)
    parts: list[JsonObject] = []
    finish_reason: str | None
    if candidate is not None:
        parts = objects(as_object(candidate.get("content")).get("parts"))
        finish_reason = finish_word(candidate.get("finishReason"))
    elif as_text(as_object(body.prompt_feedback).get("blockReason")):
        finish_reason = BLOCKED_REASON
    else:
        raise RetryLater(
            message=f"{host.name} answered without a candidate", usage=body.usage_alone()
        )
    return replace(
        body.usage_alone(),
        text=_text(parts, computer=computer),
        finish_reason=finish_reason,
        request_id=as_text(body.response_id),
        reasoning=reasoning_text([part for part in parts if part.get("thought")]),
    )


def _with_screenshot(
    body: JsonObject, answer: GenerateBody, picture: Picture | None
) -> JsonObject | None:
    """The second request if the tool's first answer only asks to see the screen, else None."""
    content = as_object((first_by_index(answer.candidates) or {}).get("content"))
    calls = _calls(objects(content.get("parts")))
    if (
        picture is None
        or not calls
        or not all(as_text(call.get("name")) in _LOOKS for call in calls)
    ):
        return None
    # The model's turn goes back as it came: a call without its thought signature is refused.
    return with_turns(
        body,
        "contents",
        {**content, "role": "model"},
        {"role": "user", "parts": [_screen(call, picture) for call in calls]},
    )


def _screen(call: JsonObject, picture: Picture) -> JsonObject:
    """The answer to a call that asks for the screen."""
    # The vendor's examples always name the page; a screenshot on file has no address.
    response: JsonObject = {"url": ""}
    if as_object(call.get("args")).get("safety_decision"):
        # Safe to acknowledge: nothing is ever clicked here.
        response["safety_acknowledgement"] = True
    blob = {"mimeType": picture.media_type, "data": ENCODED.base64(picture)}
    answer: JsonObject = {
        "name": call.get("name"),
        "response": response,
        "parts": [{"inlineData": blob}],
    }
    if call.get("id") is not None:
        answer["id"] = call["id"]
    return {"functionResponse": answer}


def _calls(parts: list[JsonObject]) -> list[JsonObject]:
    return [call for part in parts if (call := as_object(part.get("functionCall")))]


def _text(parts: list[JsonObject], *, computer: bool) -> str:
    """The text without thoughts, or the function calls."""
    texts = [part.get("text") for part in parts if not part.get("thought")]
    text = "".join(text for text in texts if isinstance(text, str))
    calls = _calls(parts)
    if calls and computer:
        actions = [{"action": call.get("name"), **as_object(call.get("args"))} for call in calls]
        return json.dumps(actions[0] if len(actions) == 1 else actions)
    if calls:
        return with_calls(
            text, [written_call(call.get("name"), call.get("args")) for call in calls]
        )
    return text
