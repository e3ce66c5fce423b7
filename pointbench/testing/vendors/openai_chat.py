"""OpenAI's chat completions: as strict as OpenAI, or as lenient as a compatible server."""

from __future__ import annotations

from pointbench.geometry import Size
from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.families import Family
from pointbench.testing.vendors.sight import Arrived
from pointbench.testing.vendors.wire import (
    Body,
    Mind,
    arrived,
    bearer,
    cached_tokens,
    checked_key,
    data_url,
    number,
    only,
    schema_text,
    think,
    whole,
)

INVALID = "invalid_request_error"
DETAILS = ("auto", "low", "high", "original")

_FIELDS = (
    "audio frequency_penalty function_call functions logit_bias logprobs "
    "max_completion_tokens max_tokens messages metadata modalities model moderation n "
    "parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options "
    "prompt_cache_retention reasoning_effort response_format safety_identifier seed "
    "service_tier stop store stream stream_options temperature tool_choice tools top_logprobs "
    "top_p user verbosity web_search_options"
)
_KNOWN = frozenset(_FIELDS.split())
_ROLES = ("system", "developer", "user", "assistant", "tool")


class ChatCompletions:
    """``POST {base}/chat/completions``.

    ``lenient`` accepts unknown fields, ignores ``detail`` and needs no key, as self-hosted servers
    do.
    """

    def __init__(self, mind: Mind, *, lenient: bool = False) -> None:
        self._mind = mind
        self._lenient = lenient

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        if not self._lenient:
            checked_key(call, self._mind, bearer(call))
        known = _KNOWN if not self._lenient else frozenset(call.body or ())
        body = only(call.body, known, INVALID)
        family = model_of(call, self._mind, body)
        budget = self._budget(body, family)
        prompt, pictures = self._messages(call, body.get("messages"), family)
        picture, detail = pictures[-1] if pictures else (None, None)
        seen = sees(family, picture, None if self._lenient else detail)
        if turn == "blocked-400":
            raise Refused(400, "content_policy_violation", "Your request was rejected.")
        thought = think(self._mind, family, picture, seen, prompt, turn)
        text: str | None = thought.text
        schema = _schema(body.get("response_format"))
        if schema is not None:
            text = schema_text(schema, thought, family.order, turn)
        finish, refusal = "stop", None
        if budget <= family.reasons or turn == "cut-off":
            finish, text = "length", text if turn == "cut-off" else ""
        if turn == "blocked":
            finish, text = "content_filter", ""
        if turn == "refusal" and not self._lenient:
            text, refusal = None, thought.text
        message = {"role": "assistant", "content": text, "refusal": refusal}
        output = min(budget, family.reasons + len(text or "") // 4 + 1)
        if turn == "reasoning-only":
            message |= {"content": None, "reasoning_content": text}
        if turn == "abort":
            finish = "abort"
        return as_json(
            {
                "id": f"chatcmpl-{call.number}",
                "object": "chat.completion",
                "created": 1_700_000_000,
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": message,
                        "finish_reason": finish,
                        "logprobs": None,
                    }
                ],
                "usage": {
                    "prompt_tokens": thought.input_tokens,
                    "prompt_tokens_details": {"cached_tokens": cached_tokens(thought, turn)},
                    "completion_tokens": output,
                    "total_tokens": thought.input_tokens + output,
                    "completion_tokens_details": {"reasoning_tokens": min(family.reasons, output)},
                },
                "system_fingerprint": None,
            },
            headers=(("x-request-id", f"req_{call.number}"),),
        )

    def _budget(self, body: Body, family: Family) -> int:
        high = number(body, "temperature", 0, 2, INVALID)
        number(body, "top_p", 0, 1, INVALID)
        whole(body, "n", 1, 8, INVALID)
        if not self._lenient and not family.sampling:
            if high is not None and high != 1:
                refuse_value("temperature", body["temperature"])
            if body.get("top_p") not in (None, 1):
                refuse_value("top_p", body["top_p"])
            if "max_tokens" in body:
                raise Refused(
                    400,
                    "unsupported_parameter",
                    "Unsupported parameter: 'max_tokens' is not supported with this model. "
                    "Use 'max_completion_tokens' instead.",
                    param="max_tokens",
                )
        limits = [
            whole(body, name, 1, 1_000_000, INVALID)
            for name in ("max_tokens", "max_completion_tokens")
        ]
        return next((limit for limit in limits if limit), 100_000)

    def _messages(
        self, call: Call, messages: object, family: Family
    ) -> tuple[str, list[tuple[Arrived, str | None]]]:
        if not isinstance(messages, list) or not messages:
            raise Refused(400, INVALID, "Missing required parameter: 'messages'.", param="messages")
        texts: list[str] = []
        pictures: list[tuple[Arrived, str | None]] = []
        for at, message in enumerate(messages):
            where = f"messages[{at}]"
            if not isinstance(message, dict) or message.get("role") not in _ROLES:
                raise Refused(400, INVALID, f"Invalid value: '{where}.role'.", param=where)
            content = message.get("content")
            if isinstance(content, str):
                texts.append(content)
                continue
            if not isinstance(content, list) or not content:
                raise Refused(400, INVALID, f"Invalid type for '{where}.content'.", param=where)
            for part in content:
                kind = part.get("type") if isinstance(part, dict) else None
                if kind == "text" and isinstance(part.get("text"), str):
                    texts.append(part["text"])
                elif kind == "image_url" and message["role"] == "user":
                    pictures.append(self._picture(call, part, family))
                else:
                    raise Refused(
                        400,
                        INVALID,
                        f"Invalid value: '{kind}'. Supported values are: 'text', 'image_url'.",
                        param=f"{where}.content",
                    )
        return "\n".join(texts), pictures

    def _picture(self, call: Call, part: Body, family: Family) -> tuple[Arrived, str]:
        only(part, ("type", "image_url"), INVALID)
        source = part["image_url"]
        if not isinstance(source, dict):
            raise Refused(
                400,
                INVALID,
                "Invalid type for 'messages[0].content[1].image_url': expected an object, but got "
                "a string instead.",
            )
        only(source, ("url", "detail"), INVALID, "image_url.")
        detail = source.get("detail") or "auto"
        if not self._lenient:
            check_detail(detail, family)
        if not family.sees:
            raise Refused(404, "no_vision", "No endpoints found that support image input")
        media_type, text = data_url(source.get("url"), "invalid_image_url")
        return arrived(call, self._mind, text, media_type, "invalid_image_format"), detail

    def error(self, refused: Refused, call: Call) -> VendorResponse:  # noqa: ARG002
        return openai_error(refused)

    def no_credit(self) -> Refused:
        return openai_no_credit()

    def later(self, seconds: float | None) -> Refused:
        return openai_later(seconds)


def model_of(call: Call, mind: Mind, body: Body) -> Family:
    """The family of the model that is asked; `Refused` if none is named or it is retired."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, INVALID, "you must provide a model parameter", param="model")
    call.model = model
    family = mind.family(model)
    if family.retired:
        raise Refused(
            404,
            "model_not_found",
            f"The model `{model}` does not exist or you do not have access to it.",
        )
    return family


def check_detail(detail: object, family: Family) -> None:
    """`Refused` for an unknown ``detail``, or for one that this model does not have."""
    if detail not in DETAILS:
        raise Refused(
            400,
            "invalid_value",
            f"Invalid value: '{detail}'. Supported values are: 'low', 'high', 'auto', and "
            f"'original'.",
        )
    if detail == "original" and family.details and "original" not in family.details:
        raise Refused(400, "invalid_value", "detail 'original' is not supported with this model.")


def sees(family: Family, picture: Arrived | None, detail: str | None) -> Size | None:
    """The size that the model sees; `Refused` if the picture is too large."""
    if picture is None:
        return None
    try:
        return family.seen(picture.seen.size, detail)
    except ValueError as error:
        raise Refused(400, "image_too_large", str(error)) from error


def refuse_value(name: str, value: object) -> None:
    raise Refused(
        400,
        "unsupported_value",
        f"Unsupported value: '{name}' does not support {value} with this model. Only the default "
        f"(1) value is supported.",
        param=name,
    )


def openai_error(refused: Refused) -> VendorResponse:
    kinds = {401: INVALID, 429: "requests", 500: "server_error", 503: "server_error"}
    kind = "insufficient_quota" if refused.kind == "insufficient_quota" else None
    return as_json(
        {
            "error": {
                "message": refused.message,
                "type": kind or kinds.get(refused.status, INVALID),
                "param": refused.param,
                "code": None if refused.kind == INVALID else refused.kind,
            }
        },
        refused.status,
        (("x-request-id", "req_error"),),
    )


def openai_no_credit() -> Refused:
    return Refused(
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    )


def openai_later(seconds: float | None) -> Refused:
    hint = "" if seconds is None else f" Please try again in {seconds * 1000:.0f}ms."
    return Refused(429, "rate_limit_exceeded", f"Rate limit reached for requests.{hint}")


def _schema(response_format: object) -> object:
    if response_format is None:
        return None
    fields = response_format if isinstance(response_format, dict) else {}
    if fields.get("type") in ("text", "json_object"):
        return None
    named = fields.get("json_schema") if fields.get("type") == "json_schema" else None
    return checked_schema(named, "response_format.json_schema")


def checked_schema(named: object, where: str) -> object:
    """The schema of a structured output; `Refused` if a strict one is not closed and complete."""
    if not isinstance(named, dict) or not named.get("name") or "schema" not in named:
        raise Refused(400, INVALID, f"Missing required parameter: '{where}.name'.", param=where)
    schema = named["schema"]
    if named.get("strict"):
        properties = set(schema.get("properties", {}))
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != properties:
            raise Refused(
                400,
                "invalid_json_schema",
                f"Invalid schema for '{where}': 'additionalProperties' is required to be supplied "
                f"and to be false, and 'required' to name every key in properties.",
                param=where,
            )
    return schema
