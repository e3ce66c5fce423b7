"""OpenAI's Responses, with the computer tool and JSON-schema output."""

from __future__ import annotations

from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.families import Family
from pointbench.testing.vendors.openai_chat import (
    INVALID,
    check_detail,
    checked_schema,
    model_of,
    openai_error,
    openai_later,
    openai_no_credit,
    refuse_value,
    sees,
)
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
    data_url,
    number,
    only,
    pair,
    schema_text,
    think,
    whole,
)

_FIELDS = (
    "background context_management conversation include input instructions max_output_tokens "
    "max_tool_calls metadata model parallel_tool_calls previous_response_id prompt "
    "prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier "
    "service_tier store stream stream_options temperature text tool_choice tools top_logprobs "
    "top_p truncation user"
)
_KNOWN = frozenset(_FIELDS.split())


class Responses:
    """``POST {base}/responses``."""

    def __init__(self, mind: Mind, *, lenient: bool = False) -> None:
        self._mind = mind
        self._lenient = lenient
        self._stored: dict[str, list[tuple[Arrived, str | None]]] = {}

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        if not self._lenient:
            checked_key(call, self._mind, bearer(call))
        body = only(call.body, _KNOWN, INVALID)
        family = model_of(call, self._mind, body)
        temperature = number(body, "temperature", 0, 2, INVALID)
        if not family.sampling and temperature not in (None, 1.0):
            refuse_value("temperature", body["temperature"])
        budget = whole(body, "max_output_tokens", 16, 1_000_000, INVALID) or 100_000
        prompt, pictures = self._input(call, body.get("input"), family)
        previous = body.get("previous_response_id")
        if previous is not None:
            if previous not in self._stored:
                raise Refused(400, "previous_response_not_found", f"'{previous}' not found.")
            pictures = self._stored[previous] + pictures
        computer = _computer(body.get("tools"), family)
        picture, detail = pictures[-1] if pictures else (None, None)
        if turn == "blocked-400":
            raise Refused(400, "image_content_policy_violation", "Your request was rejected.")
        thought = think(self._mind, family, picture, sees(family, picture, detail), prompt, turn)
        name = f"resp_{call.number}"
        if body.get("store", True):
            self._stored[name] = pictures
        items, status, incomplete = self._output(body, family, thought, computer, turn)
        if budget <= family.reasons and clicks(turn):
            items, status, incomplete = [], "incomplete", "max_output_tokens"
        output = min(budget, family.reasons + 20)
        return as_json(
            {
                "id": name,
                "object": "response",
                "created_at": 1_700_000_000,
                "status": status,
                "error": None,
                "incomplete_details": {"reason": incomplete} if incomplete else None,
                "instructions": body.get("instructions"),
                "model": body["model"],
                "output": items,
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": body.get("tools") or [],
                "usage": {
                    "input_tokens": thought.input_tokens,
                    "input_tokens_details": {
                        "cached_tokens": cached_tokens(thought, turn),
                        "cache_write_tokens": 0,
                    },
                    "output_tokens": output,
                    "output_tokens_details": {"reasoning_tokens": min(output, family.reasons)},
                    "total_tokens": thought.input_tokens + output,
                },
            },
            headers=(("x-request-id", f"req_{call.number}"),),
        )

    def _input(
        self, call: Call, items: object, family: Family
    ) -> tuple[str, list[tuple[Arrived, str | None]]]:
        if isinstance(items, str) and items:
            return items, []
        if not isinstance(items, list) or not items:
            raise Refused(400, INVALID, "Missing required parameter: 'input'.", param="input")
        texts: list[str] = []
        pictures: list[tuple[Arrived, str | None]] = []
        for item in items:
            kind = item.get("type", "message") if isinstance(item, dict) else None
            if kind == "computer_call_output":
                pictures.append(self._screenshot(call, item))
            elif kind == "message":
                content = item.get("content")
                parts = [content] if isinstance(content, str) else content or []
                for part in parts:
                    self._part(call, part, family, texts, pictures)
            elif kind not in ("computer_call", "reasoning", "item_reference"):
                raise Refused(400, INVALID, f"Invalid value: '{kind}'.", param="input")
        return "\n".join(texts), pictures

    def _part(
        self,
        call: Call,
        part: object,
        family: Family,
        texts: list[str],
        pictures: list[tuple[Arrived, str | None]],
    ) -> None:
        if isinstance(part, str):
            texts.append(part)
            return
        fields = part if isinstance(part, dict) else {}
        kind = fields.get("type")
        if kind in ("input_text", "output_text"):
            texts.append(fields["text"])
        elif kind == "input_image":
            only(fields, ("type", "image_url", "detail", "file_id"), INVALID, "input_image.")
            detail = fields.get("detail") or "auto"
            if not self._lenient:
                check_detail(detail, family)
            if not family.sees:
                raise Refused(404, "no_vision", "No endpoints found that support image input")
            media_type, text = data_url(fields.get("image_url"), "invalid_image_url")
            picture = arrived(call, self._mind, text, media_type, "invalid_image_format")
            pictures.append((picture, detail))
        else:
            raise Refused(
                400,
                INVALID,
                f"Invalid value: '{kind}'. Supported values are: 'input_text', 'input_image'.",
                param="input",
            )

    def _screenshot(self, call: Call, item: Body) -> tuple[Arrived, str | None]:
        output = item.get("output")
        if not item.get("call_id") or not isinstance(output, dict):
            raise Refused(400, INVALID, "Missing required parameter: 'input.call_id'.")
        if output.get("type") not in ("computer_screenshot", "input_image"):
            raise Refused(400, INVALID, "Invalid value: 'input.output.type'.", param="input")
        media_type, text = data_url(output.get("image_url"), "invalid_image_url")
        picture = arrived(call, self._mind, text, media_type, "invalid_image_format")
        return picture, output.get("detail") or "original"

    def _output(
        self,
        body: Body,
        family: Family,
        thought: Thought,
        computer: bool,
        turn: str | None,
    ) -> tuple[list[dict[str, object]], str, str | None]:
        """The output items, the status, and the reason if it is incomplete."""
        if turn == "blocked":
            return [], "incomplete", "content_filter"
        if computer and turn == "screenshot-first":
            return [_computer_call({"type": "screenshot"})], "completed", None
        if turn == "abort":
            return [], "cancelled", None
        if computer and clicks(turn) and thought.point is not None:
            x, y = pair(thought.point)
            click: dict[str, object] = {"type": "click", "button": "left", "x": x, "y": y}
            return [_computer_call(click)], "completed", None
        text = thought.text
        output_format = (body.get("text") or {}).get("format") or {}
        if output_format.get("type") == "json_schema":
            schema = checked_schema(output_format, "text.format")
            text = schema_text(schema, thought, family.order, turn)
        if turn == "reasoning-only":
            thoughts = [{"type": "reasoning_text", "text": text}]
            return [{"type": "reasoning", "id": "rs_1", "content": thoughts}], "completed", None
        part: dict[str, object] = {"type": "output_text", "text": text, "annotations": []}
        if turn == "refusal":
            part = {"type": "refusal", "refusal": text}
        message: dict[str, object] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "incomplete" if turn == "cut-off" else "completed",
            "content": [part],
        }
        if turn == "cut-off":
            return [message], "incomplete", "max_output_tokens"
        return [message], "completed", None

    def error(self, refused: Refused, call: Call) -> VendorResponse:  # noqa: ARG002
        return openai_error(refused)

    def no_credit(self) -> Refused:
        return openai_no_credit()

    def later(self, seconds: float | None) -> Refused:
        return openai_later(seconds)


def _computer(tools: object, family: Family) -> bool:
    """True if the computer tool is offered; `Refused` for a retired form of it."""
    for tool in tools if isinstance(tools, list) else ():
        kind = tool.get("type") if isinstance(tool, dict) else None
        if kind == "computer":
            only(tool, ("type",), INVALID, "tools[0].")
            if not family.computer:
                raise Refused(400, INVALID, "Tool 'computer' is not supported with this model.")
            return True
        if kind in ("computer_use_preview", "computer-preview"):
            raise Refused(400, INVALID, f"Tool '{kind}' is not supported with this model.")
    return False


def _computer_call(action: dict[str, object]) -> dict[str, object]:
    return {
        "id": "cu_1",
        "type": "computer_call",
        "call_id": "call_1",
        "actions": [action],
        "pending_safety_checks": [],
        "status": "completed",
    }
