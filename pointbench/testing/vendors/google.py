"""Gemini's generateContent, with its computer-use tool and JSON output."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointbench.geometry import Point
from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.families import Family
from pointbench.testing.vendors.sight import Arrived
from pointbench.testing.vendors.wire import (
    Body,
    Mind,
    arrived,
    cached_tokens,
    checked_key,
    clicks,
    number,
    only,
    pair,
    schema_text,
    think,
    whole,
)

INVALID = "INVALID_ARGUMENT"
_FIELDS = (
    "contents systemInstruction system_instruction tools toolConfig tool_config "
    "safetySettings safety_settings generationConfig generation_config cachedContent labels"
)
_KNOWN = frozenset(_FIELDS.split())
_CONFIG_FIELDS = (
    "temperature topP topK maxOutputTokens candidateCount stopSequences responseMimeType "
    "responseSchema responseJsonSchema seed presencePenalty frequencyPenalty thinkingConfig "
    "mediaResolution responseModalities responseLogprobs logprobs"
)
_CONFIG = frozenset(_CONFIG_FIELDS.split())
_TOOL_FIELDS = (
    "environment excludedPredefinedFunctions enablePromptInjectionDetection disabledSafetyPolicies"
)
_TOOL = frozenset(_TOOL_FIELDS.split())
_ENVIRONMENTS = ("ENVIRONMENT_BROWSER", "ENVIRONMENT_MOBILE", "ENVIRONMENT_DESKTOP")
_OLD = re.compile(r"gemini-[12]\b")
"""Models whose computer tool controls a browser only and has the actions of 2025."""
_SIGNATURE = "c2lnbmVk"
_MOST = 999
"""The largest coordinate that the computer tool writes."""
_FINISH = {"cut-off": "MAX_TOKENS", "blocked": "SAFETY", "abort": "OTHER"}
"""Turn -> the finish reason; any other turn stops by itself."""
_STATUSES = {
    400: INVALID,
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class GenerateContent:
    """``POST {base}/v1beta/models/MODEL:generateContent``."""

    def __init__(self, mind: Mind) -> None:
        self._mind = mind

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        checked_key(call, self._mind, call.headers.get("x-goog-api-key") or call.query.get("key"))
        body = only(call.body, _KNOWN, INVALID)
        model, _, method = call.path.rpartition("/models/")[2].partition(":")
        if method != "generateContent" or not model:
            raise Refused(404, "NOT_FOUND", "Requested entity was not found.")
        call.model = model
        family = self._mind.family(model)
        if family.retired:
            raise Refused(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
        config = body.get("generationConfig") or body.get("generation_config") or {}
        only(config, _CONFIG, INVALID, "generation_config.")
        number(config, "temperature", 0, 2, INVALID)
        budget = whole(config, "maxOutputTokens", 1, 1_000_000, INVALID) or 65_536
        computer = _computer(body.get("tools"), family, model)
        prompt, picture = self._contents(call, body.get("contents"), signed=not _OLD.search(model))
        if turn == "screenshot-first" and _answered(body["contents"]):
            turn = None  # it has what it asked for
        if turn == "blocked-400":
            return self._blocked(model, prompt)
        seen = None if picture is None else family.seen(picture.seen.size)
        thought = think(self._mind, family, picture, seen, prompt, turn)
        thoughts = _thoughts(config, family)
        text = thought.text
        if "box_2d" in prompt and thought.point is not None and clicks(turn):
            text = _box_text(thought.point)
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        if schema is not None:
            text = schema_text(_lower(schema), thought, family.order, turn)
        finish = _FINISH.get(turn or "", "STOP")
        parts: list[dict[str, object]] = [{"text": text}] if text else []
        if turn == "reasoning-only":
            parts = [{"text": text, "thought": True}]
        if computer and (clicks(turn) or turn == "screenshot-first"):
            parts = [_function_call(thought.point, model, call.number, looks=not clicks(turn))]
        if turn == "blocked" or budget <= thoughts:
            parts, finish = [], "SAFETY" if turn == "blocked" else "MAX_TOKENS"
        content: dict[str, object] = {"role": "model"}
        if parts:
            content["parts"] = parts
        usage = {
            "promptTokenCount": thought.input_tokens,
            "cachedContentTokenCount": cached_tokens(thought, turn),
            "totalTokenCount": thought.input_tokens + thoughts + 20,
            **({"candidatesTokenCount": 20} if parts else {}),
            **({"thoughtsTokenCount": min(thoughts, budget)} if thoughts else {}),
        }
        return as_json(
            {
                "candidates": [{"content": content, "finishReason": finish, "index": 0}],
                "usageMetadata": usage,
                "modelVersion": model,
                "responseId": f"resp{call.number}",
            }
        )

    def _contents(
        self, call: Call, contents: object, *, signed: bool
    ) -> tuple[str, Arrived | None]:
        """The text and the last picture; ``signed`` if a call must come back with its signature."""
        if isinstance(contents, dict):
            contents = [contents]
        if not isinstance(contents, list) or not contents:
            raise Refused(400, INVALID, "* GenerateContentRequest.contents: contents is not set")
        texts: list[str] = []
        picture: Arrived | None = None
        calls: list[Body] = []
        for at, content in enumerate(contents):
            only(content, ("role", "parts"), INVALID, "contents.")
            answers = _objects(content, "functionResponse")
            _check_answers(calls, answers)
            for answer in answers:
                picture = self._screen(call, answer)
            calls = _objects(content, "functionCall")
            if signed and any(
                "functionCall" in part and not part.get("thoughtSignature")
                for part in content.get("parts") or ()
            ):
                raise Refused(
                    400,
                    INVALID,
                    f"Function call is missing a thought_signature in functionCall parts, in the "
                    f"{at + 1}. content block.",
                )
            for part in content.get("parts") or ():
                if isinstance(part.get("text"), str):
                    texts.append(part["text"])
                    continue
                inline = part.get("inlineData") or part.get("inline_data")
                if inline is None:
                    if "functionCall" in part or "functionResponse" in part:
                        continue
                    raise Refused(400, INVALID, "contents.parts: required oneof field 'data'")
                media_type = inline.get("mimeType") or inline.get("mime_type")
                text = inline.get("data")
                if not isinstance(text, str) or not isinstance(media_type, str):
                    raise Refused(400, INVALID, "Unable to process input image.")
                picture = arrived(call, self._mind, text, media_type, INVALID)
        _check_answers(calls, [])
        return "\n".join(texts), picture

    def _screen(self, call: Call, answer: Body) -> Arrived:
        """The screenshot in the response to a call of the computer tool."""
        only(answer, ("id", "name", "response", "parts"), INVALID, "function_response.")
        response = answer.get("response")
        if not isinstance(response, dict) or not isinstance(response.get("url"), str):
            raise Refused(400, INVALID, "function_response.response: url is required")
        parts = answer.get("parts")
        if not isinstance(parts, list) or len(parts) != 1:
            raise Refused(400, INVALID, "function_response.parts: one screenshot is required")
        only(parts[0], ("inlineData",), INVALID, "function_response.parts.")
        blob = only(parts[0].get("inlineData"), ("mimeType", "data"), INVALID, "inline_data.")
        text, media_type = blob.get("data"), blob.get("mimeType")
        if not isinstance(text, str) or not isinstance(media_type, str):
            raise Refused(400, INVALID, "Unable to process input image.")
        return arrived(call, self._mind, text, media_type, INVALID)

    def _blocked(self, model: str, prompt: str) -> VendorResponse:
        """A blocked prompt: Gemini answers with status 200, a reason and no candidates."""
        return as_json(
            {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "usageMetadata": {
                    "promptTokenCount": len(prompt) // 4,
                    "totalTokenCount": len(prompt) // 4,
                },
                "modelVersion": model,
            }
        )

    def error(self, refused: Refused, call: Call) -> VendorResponse:  # noqa: ARG002
        error: dict[str, object] = {
            "code": refused.status,
            "message": refused.message,
            "status": _STATUSES.get(refused.status, "INTERNAL"),
        }
        if refused.details is not None:
            error["details"] = [dict(refused.details)]
        return as_json({"error": error}, refused.status)

    def no_credit(self) -> Refused:
        return Refused(
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted. Please go to AI Studio to manage your project "
            "and billing.",
        )

    def later(self, seconds: float | None) -> Refused:
        details = None
        if seconds is not None:
            details = {
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": f"{seconds:g}s",
            }
        message = "You exceeded your current quota of requests per minute."
        return Refused(429, "RESOURCE_EXHAUSTED", message, details=details)


def _thoughts(config: Body, family: Family) -> int:
    """Tokens of thinking; none if the thinking budget is 0."""
    thinking = config.get("thinkingConfig") or {}
    only(thinking, ("thinkingBudget", "thinkingLevel", "includeThoughts"), INVALID, "thinking.")
    return 0 if thinking.get("thinkingBudget") == 0 else family.reasons


def _lower(schema: object) -> object:
    """The schema with types in lower case: Gemini's own schemas write OBJECT for object."""
    if isinstance(schema, dict):
        return {
            name: entry.lower() if name == "type" and isinstance(entry, str) else _lower(entry)
            for name, entry in schema.items()
        }
    return [_lower(entry) for entry in schema] if isinstance(schema, list) else schema


def _box_text(point: Point) -> str:
    """The answer to a prompt that asks for boxes: corners, y first, both at the point."""
    x, y = pair(point)
    return f'```json\n[{{"box_2d": [{y}, {x}, {y}, {x}], "label": "target"}}]\n```'


def _computer(tools: object, family: Family, model: str) -> bool:
    """True if the computer tool is offered; `Refused` if the model does not have it, or not so."""
    listed = tools if isinstance(tools, list) else []
    offered = [
        tool.get("computerUse", tool.get("computer_use"))
        for tool in listed
        if "computerUse" in tool or "computer_use" in tool
    ]
    for tool in offered:
        if not family.computer:
            raise Refused(400, INVALID, "Computer Use is not enabled for this model.")
        environment = only(tool, _TOOL, INVALID, "computer_use.").get("environment")
        if environment not in _ENVIRONMENTS:
            raise Refused(
                400, INVALID, f"Invalid value at 'computer_use.environment': {environment!r}"
            )
        if _OLD.search(model) and environment != "ENVIRONMENT_BROWSER":
            raise Refused(400, INVALID, f"{environment} is not supported by this model.")
    return bool(offered)


def _function_call(
    point: Point | None, model: str, number: int, *, looks: bool
) -> dict[str, object]:
    """A call of the computer tool: x and y by name, 0 to 999, whatever the order of text answers.

    ``looks`` if it asks for the screen instead of clicking. ``number`` makes its id unique.
    """
    old = _OLD.search(model) is not None
    args: dict[str, object] = {} if old else {"intent": "Look." if looks else "Click on it."}
    if looks or point is None:
        name = "open_web_browser" if old else "take_screenshot"
    else:
        name = "click_at" if old else "click"
        args |= dict(zip("xy", (min(value, _MOST) for value in pair(point)), strict=True))
    if old:
        return {"functionCall": {"name": name, "args": args}}
    call = {"name": name, "args": args, "id": f"call_{number}"}
    return {"functionCall": call, "thoughtSignature": _SIGNATURE}


def _objects(content: Body, name: str) -> list[Body]:
    """The fields ``name`` of a turn's parts."""
    return [part[name] for part in content.get("parts") or () if isinstance(part.get(name), dict)]


def _answered(contents: object) -> bool:
    """True if the last turn answers a function call."""
    last = contents[-1] if isinstance(contents, list) else contents
    return isinstance(last, dict) and bool(_objects(last, "functionResponse"))


def _check_answers(calls: Sequence[Body], answers: Sequence[Body]) -> None:
    """`Refused` unless a turn answers each call of the turn before, in order."""
    if len(calls) != len(answers):
        raise Refused(
            400,
            INVALID,
            "Please ensure that the number of function response parts is equal to the number of "
            "function call parts of the function call turn.",
        )
    for called, answer in zip(calls, answers, strict=True):
        if (called.get("name"), called.get("id")) != (answer.get("name"), answer.get("id")):
            raise Refused(400, INVALID, "function_response: it answers no call of the turn before")
