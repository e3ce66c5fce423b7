"""Anthropic's Messages, with the computer toolset and JSON-schema output."""

from __future__ import annotations

import re

from pointbench.geometry import Size
from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.families import Family
from pointbench.testing.vendors.sight import Arrived
from pointbench.testing.vendors.wire import (
    Body,
    Mind,
    Thought,
    arrived,
    bearer,
    cached_tokens,
    checked_key,
    clicks,
    only,
    pair,
    schema_text,
    think,
    whole,
)

INVALID = "invalid_request_error"
_FIELDS = (
    "model messages max_tokens system tools tool_choice thinking stop_sequences stream "
    "metadata output_config service_tier cache_control container diagnostics inference_geo "
    "speed temperature top_p top_k"
)
_KNOWN = frozenset(_FIELDS.split())
_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_LARGEST_BASE64 = 10 * 1024 * 1024
_BETAS = {
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
}
_TOOLSET_ONLY = re.compile(r"claude-([a-z]+-(5-[5-9]|[6-9])|(fable|mythos)-5-[2-9])(?!\d)")
"""Models that take no earlier computer tool."""
_KINDS = {
    400: INVALID,
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Messages:
    """``POST {base}/v1/messages``."""

    def __init__(self, mind: Mind) -> None:
        self._mind = mind

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        key = call.headers.get("x-api-key") or bearer(call)
        checked_key(call, self._mind, key)
        version = call.headers.get("anthropic-version")
        if not version:
            raise Refused(400, INVALID, "anthropic-version: header is required")
        body = only(call.body, _KNOWN, INVALID)
        family = self._model(call, body)
        # That version removed the sampling parameters; before it, each model has its own rule.
        if version >= "2026-10-21" or not family.sampling:
            for name in ("temperature", "top_p", "top_k"):
                if name in body:
                    raise Refused(400, INVALID, f"{name}: Extra inputs are not permitted")
        budget = whole(body, "max_tokens", 1, 1_000_000, INVALID)
        if budget is None:
            raise Refused(400, INVALID, "max_tokens: Field required")
        prompt, picture = self._messages(call, body.get("messages"), family)
        seen = _seen(family, picture)
        computer = _computer(call, body.get("tools"), family, body["model"])
        if turn == "blocked-400":
            raise Refused(400, INVALID, "Output blocked by content filtering policy")
        thought = think(self._mind, family, picture, seen, prompt, turn)
        content, stop = self._content(body, family, thought, computer, turn)
        thinking: dict[str, object] = {
            "type": "thinking",
            "thinking": "Where is it?",
            "signature": "c2lnbmVk",
        }
        if family.reasons:
            # A small limit is used up by thinking before the first word.
            content = [thinking] if budget <= family.reasons else [thinking, *content]
            stop = "max_tokens" if budget <= family.reasons else stop
        return as_json(
            {
                "id": f"msg_{call.number}",
                "type": "message",
                "role": "assistant",
                "model": body["model"],
                "content": content,
                "stop_reason": stop,
                "stop_sequence": None,
                "stop_details": None,
                "container": None,
                "usage": {
                    "input_tokens": thought.input_tokens - cached_tokens(thought, turn),
                    "output_tokens": min(budget, family.reasons + 20),
                    "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": cached_tokens(thought, turn),
                    "service_tier": "standard",
                },
            },
            headers=(("request-id", f"req_{call.number}"),),
        )

    def _model(self, call: Call, body: Body) -> Family:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise Refused(400, INVALID, "model: Field required")
        call.model = model
        family = self._mind.family(model)
        if family.retired:
            raise Refused(404, "not_found_error", f"model: {model}")
        return family

    def _messages(self, call: Call, messages: object, family: Family) -> tuple[str, Arrived | None]:
        if not isinstance(messages, list) or not messages:
            raise Refused(400, INVALID, "messages: at least one message is required")
        if messages[-1].get("role") == "assistant":
            raise Refused(400, INVALID, "This model does not support assistant message prefill.")
        texts: list[str] = []
        picture: Arrived | None = None
        for at, message in enumerate(messages):
            only(message, ("role", "content"), INVALID, f"messages.{at}.")
            content = message.get("content")
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            if not isinstance(blocks, list) or not blocks:
                raise Refused(400, INVALID, f"messages.{at}.content: Field required")
            for block in _flat(blocks):
                kind = block.get("type")
                if kind == "text" and block.get("text"):
                    texts.append(block["text"])
                elif kind == "image":
                    picture = self._picture(call, block, family)
                elif kind not in ("tool_use", "thinking"):
                    raise Refused(400, INVALID, f"messages.{at}.content: unexpected {kind!r}")
        return "\n".join(texts), picture

    def _picture(self, call: Call, block: Body, family: Family) -> Arrived:
        only(block, ("type", "source", "transformations", "cache_control"), INVALID, "image.")
        source = only(block.get("source"), ("type", "media_type", "data"), INVALID, "image.source.")
        media_type, text = source.get("media_type"), source.get("data")
        if source.get("type") != "base64" or media_type not in _TYPES or not isinstance(text, str):
            raise Refused(400, INVALID, "image.source: Input should be base64 of a known type")
        if len(text) > _LARGEST_BASE64:
            raise Refused(400, INVALID, "image exceeds 10 MB maximum")
        picture = arrived(call, self._mind, text, media_type, INVALID)
        size = picture.seen.size
        if max(size) > 8000:
            raise Refused(400, INVALID, "At least one of the image dimensions exceed max: 8000")
        changes = block.get("transformations") or {}
        only(changes, ("oversized_image",), INVALID, "image.transformations.")
        if changes.get("oversized_image", "downsize") not in ("downsize", "error"):
            raise Refused(400, INVALID, "oversized_image: Input should be 'downsize' or 'error'")
        seen = family.seen(size)
        if changes.get("oversized_image") == "error" and seen != size:
            raise Refused(
                400,
                INVALID,
                f"image dimensions {size.width}x{size.height} exceed the maximum image size of a "
                f"model named on this request and would be downsized to {seen.width}x{seen.height}",
                details={
                    "error_code": "image_dimensions_too_large",
                    "max_side_length_pixels": max(seen),
                    "paths": ["messages.0.content.0"],
                },
            )
        return picture

    def _content(
        self,
        body: Body,
        family: Family,
        thought: Thought,
        computer: str | None,
        turn: str | None,
    ) -> tuple[list[dict[str, object]], str]:
        """The blocks and the stop reason."""
        if turn == "blocked":
            return [], "refusal"
        if computer and turn == "screenshot-first":
            return [_tool_use(computer, "screenshot", {})], "tool_use"
        if turn == "abort":
            return [], "abort"
        if computer and clicks(turn) and thought.point is not None:
            x, y = pair(thought.point)
            words: dict[str, object] = {"type": "text", "text": "I'll click on it."}
            return [words, _tool_use(computer, "left_click", {"coordinate": [x, y]})], "tool_use"
        text = thought.text
        output_format = (body.get("output_config") or {}).get("format")
        if output_format is not None:
            only(output_format, ("type", "schema"), INVALID, "output_config.format.")
            schema = output_format.get("schema")
            if output_format.get("type") != "json_schema" or not isinstance(schema, dict):
                raise Refused(400, INVALID, "output_config.format: expected a json_schema")
            if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
                raise Refused(
                    400,
                    INVALID,
                    "output_config.format.schema: For 'object' type, 'additionalProperties' must "
                    "be explicitly set to false",
                )
            text = schema_text(schema, thought, family.order, turn)
        if turn == "reasoning-only":
            return [{"type": "thinking", "thinking": text, "signature": "c2lnbmVk"}], "end_turn"
        stop = "max_tokens" if turn == "cut-off" else "end_turn"
        return ([{"type": "text", "text": text}] if text else []), stop

    def error(self, refused: Refused, call: Call) -> VendorResponse:
        kind = _KINDS.get(refused.status, "api_error")
        error: dict[str, object] = {"type": kind, "message": refused.message}
        if refused.details is not None:
            error["details"] = dict(refused.details)
        name = f"req_{call.number}"
        return as_json(
            {"type": "error", "error": error, "request_id": name},
            refused.status,
            (("request-id", name),),
        )

    def no_credit(self) -> Refused:
        return Refused(
            400,
            INVALID,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
            "Billing to upgrade or purchase credits.",
        )

    def later(self, seconds: float | None) -> Refused:
        hint = "" if seconds is None else f" Please try again in {seconds:.2f} seconds."
        message = f"This request would exceed your organization's rate limit.{hint}"
        return Refused(429, "rate_limit_error", message)


def _flat(blocks: list[Body]) -> list[Body]:
    """The blocks, with tool results replaced by the blocks in them."""
    flat: list[Body] = []
    for block in blocks:
        if block.get("type") == "tool_result":
            inner = block.get("content")
            flat += inner if isinstance(inner, list) else []
        else:
            flat.append(block)
    return flat


def _seen(family: Family, picture: Arrived | None) -> Size | None:
    return None if picture is None else family.seen(picture.seen.size)


def _computer(call: Call, tools: object, family: Family, model: str) -> str | None:
    """The type of the computer tool that is offered, if any; `Refused` if it is used wrongly."""
    for tool in tools if isinstance(tools, list) else ():
        kind = tool.get("type", "custom")
        if not kind.startswith("computer"):
            continue
        if not family.computer:
            raise Refused(400, INVALID, f"tools.0: '{kind}' is not supported by this model")
        if kind in _BETAS and _TOOLSET_ONLY.search(model):
            raise Refused(400, INVALID, f"'{model}' does not support tool types: {kind}.")
        if kind.startswith("computer_toolset"):
            only(tool, ("type", "configs", "cache_control"), INVALID, "tools.0.")
        else:
            if _BETAS.get(kind, "none") not in call.headers.get("anthropic-beta", ""):
                raise Refused(400, INVALID, f"tools.0: Input tag '{kind}' needs its beta header")
            if not (tool.get("display_width_px") and tool.get("display_height_px")):
                raise Refused(400, INVALID, "tools.0.display_width_px: Field required")
        return str(kind)
    return None


def _tool_use(computer: str, name: str, arguments: dict[str, object]) -> dict[str, object]:
    block: dict[str, object] = {"type": "tool_use", "id": "toolu_1", "caller": {"type": "direct"}}
    if computer.startswith("computer_toolset"):
        return {**block, "toolset_name": "computer", "name": name, "input": arguments}
    return {**block, "name": "computer", "input": {"action": name, **arguments}}
