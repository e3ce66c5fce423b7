"""Answers of OpenAI's two endpoints (the fields used here), converted to replies."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonObject
from pointbench.adapters.http.errors import (
    BLOCKED_REASON,
    blocked_or_raise,
    failure_of,
    is_error,
)
from pointbench.adapters.http.fields import (
    WrittenCall,
    as_amount,
    as_object,
    as_text,
    finish_word,
    first_by_index,
    first_count,
    is_reasoning,
    objects,
    reasoning_text,
    with_calls,
    written_call,
)
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.http.plain_client import Answer
from pointbench.adapters.protocol import Reply
from pointbench.errors import RetryLater

REFUSED_REASON = "refusal"
"""Finish reason of an answer in which the model itself refuses."""


class ChatBody(Answer):
    choices: object = None
    usage: object = None
    model: object = None
    id: object = None
    error: object = None

    def usage_alone(self) -> Reply:
        usage = as_object(self.usage)
        return Reply(
            "",
            model=as_text(self.model),
            input_tokens=first_count(usage, "prompt_tokens"),
            output_tokens=_output_tokens(usage),
            cost_usd=_cost(usage),
            cache_read_tokens=first_count(
                usage,
                "prompt_tokens_details.cached_tokens",
                "cache_read_input_tokens",
                # DeepSeek and Moonshot
                "prompt_cache_hit_tokens",
                "cached_tokens",
            ),
            cache_write_tokens=first_count(
                usage,
                "prompt_tokens_details.cache_write_tokens",
                "prompt_tokens_details.cache_creation_tokens",
                "cache_creation_input_tokens",
            ),
        )


def chat_reply(body: ChatBody, request_id: str | None, entry: CatalogModel, host: Host) -> Reply:
    """The reply in a chat completion; RetryLater if it contains no choice."""
    choice = first_by_index(body.choices)
    request_id = request_id or as_text(body.id)
    if choice is not None and is_error(choice.get("error")):
        failure = failure_of({"error": choice["error"]}, 200)
        usage = body.usage_alone()
        return blocked_or_raise(failure, entry, host, request_id=request_id, usage=usage)
    if choice is None or not isinstance(choice.get("message"), dict):
        raise RetryLater(message=f"{host.name} answered without a choice", usage=body.usage_alone())
    message, reason = as_object(choice["message"]), finish_word(choice.get("finish_reason"))
    text, refusal = _content(message)
    calls = _calls(message)
    if calls:
        text = with_calls(text, calls)
    elif refusal and not text:
        text, reason = refusal, REFUSED_REASON
    return replace(
        body.usage_alone(),
        text=text,
        finish_reason=reason,
        request_id=request_id,
        reasoning=_reasoning(message),
    )


def _output_tokens(usage: JsonObject) -> int | None:
    """Everything billed as output: xAI excludes reasoning from ``completion_tokens``."""
    completion = first_count(usage, "completion_tokens")
    prompt, total = first_count(usage, "prompt_tokens"), first_count(usage, "total_tokens")
    if completion is None or not total or not prompt:
        return completion
    return max(completion, total - prompt)


def _cost(usage: JsonObject) -> float | None:
    """Dollars, as OpenRouter reports them.

    Where the user's own key at the vendor pays (``is_byok``), ``cost`` is OpenRouter's fee alone.
    """
    fee = _dollars(usage.get("cost"))
    if usage.get("is_byok") is not True:
        return fee
    upstream = _dollars(as_object(usage.get("cost_details")).get("upstream_inference_cost"))
    return None if fee is None or upstream is None else fee + upstream


def _dollars(value: object) -> float | None:
    return None if isinstance(value, str) else as_amount(value)


def _content(message: JsonObject) -> tuple[str, str]:
    """The text of a message and its refusal, whether the server sends them whole or in parts."""
    content, refusal = message.get("content"), _string(message.get("refusal"))
    if isinstance(content, dict) and "type" not in content and "text" not in content:
        # An answer in JSON that the server has already decoded.
        return (json.dumps(content) if content else ""), refusal
    if isinstance(content, str):
        text = content
    else:
        parts = content if isinstance(content, list) else objects(content)
        text = "".join(_part_text(part) for part in parts)
        refusal = refusal or "".join(_string(part.get("refusal")) for part in objects(parts))
    parsed = message.get("parsed")
    if not text and isinstance(parsed, dict | list) and parsed:
        text = json.dumps(parsed)
    return text, refusal


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    fields = as_object(part)
    if is_reasoning(fields):
        return ""
    # As the older Assistants endpoint has it: {"text": {"value": "..."}}.
    return _string(fields.get("text")) or _string(as_object(fields.get("text")).get("value"))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _reasoning(message: JsonObject) -> str | None:
    parts = [part for part in objects(message.get("content")) if is_reasoning(part)]
    return reasoning_text(
        *(message.get(name) for name in ("reasoning_content", "reasoning", "thinking")),
        message.get("reasoning_details"),
        parts,
    )


def _calls(message: JsonObject) -> list[WrittenCall]:
    calls = objects(message.get("tool_calls")) or [
        {"function": call} for call in objects(message.get("function_call"))
    ]
    written = []
    for call in calls:
        custom = as_object(call.get("custom"))
        function = as_object(call.get("function")) or call
        if custom:
            written.append(written_call(custom.get("name"), custom.get("input")))
        elif "arguments" in function or "name" in function:
            written.append(written_call(function.get("name"), function.get("arguments")))
    return [call for call in written if call.text]


class ResponseBody(Answer):
    status: object = None
    output: object = None
    incomplete_details: object = None
    usage: object = None
    model: object = None
    id: object = None
    error: object = None

    def usage_alone(self) -> Reply:
        usage = as_object(self.usage)
        return Reply(
            "",
            model=as_text(self.model),
            input_tokens=first_count(usage, "input_tokens"),
            output_tokens=first_count(usage, "output_tokens"),
            cost_usd=_cost(usage),
            cache_read_tokens=first_count(usage, "input_tokens_details.cached_tokens"),
            cache_write_tokens=first_count(usage, "input_tokens_details.cache_write_tokens"),
        )


class PendingScreenshot(msgspec.Struct):
    """A call of the computer tool that asks to see the screen first."""

    call_id: str
    pending_safety_checks: list[object]


_NOT_ANSWERED = ("failed", "cancelled", "in_progress", "queued")


def response_reply(body: ResponseBody, request_id: str | None, host: Host) -> Reply:
    """The reply of the Responses endpoint; RetryLater if the answer is not complete."""
    status = as_text(body.status)
    if status in _NOT_ANSWERED or not isinstance(body.output, list | dict):
        message = f"{host.name} answered with status {status} and no output"
        raise RetryLater(message=message, usage=body.usage_alone())
    output = objects(body.output)
    reason = finish_word(as_object(body.incomplete_details).get("reason")) or status
    actions = [action for item in output for action in _actions(item)]
    texts, refusals = _texts(output)
    calls = [call for item in output for call in _function_call(item)]
    if actions:
        text = json.dumps(actions[0] if len(actions) == 1 else actions)
    elif calls:
        text = with_calls(texts, calls)
    elif refusals and not texts:
        text, reason = refusals, REFUSED_REASON
    else:
        text = texts
    thoughts = [item for item in output if item.get("type") == "reasoning"]
    spoken = [_reasoning(item) for item in output if item.get("type") == "message"]
    return replace(
        body.usage_alone(),
        text=text,
        finish_reason=BLOCKED_REASON if reason == "content_filter" else reason,
        request_id=request_id or as_text(body.id),
        reasoning=reasoning_text([thoughts, spoken]),
    )


def _texts(output: list[JsonObject]) -> tuple[str, str]:
    """The text and the refusal of the messages."""
    texts: list[str] = []
    refusals: list[str] = []
    for item in output:
        if item.get("type") != "message":
            continue
        text, refusal = _content(item)
        texts.append(text)
        refusals.append(refusal)
    return "".join(texts), "".join(refusals)


def _function_call(item: JsonObject) -> list[WrittenCall]:
    if item.get("type") == "function_call":
        call = written_call(item.get("name"), item.get("arguments"))
    elif item.get("type") == "custom_tool_call":
        call = written_call(item.get("name"), item.get("input"))
    else:
        return []
    return [call] if call.text else []


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _actions(item: JsonObject) -> list[object]:
    """The actions of a computer call: a list, or one in the older form."""
    if item.get("type") != "computer_call":
        return []
    actions = item.get("actions")
    if isinstance(actions, list):
        return actions
    return [item["action"]] if item.get("action") else []


def pending_screenshot(body: ResponseBody) -> PendingScreenshot | None:
    """The call of an answer that only looks at the screen or waits; None if it does more."""
    for item in objects(body.output):
        actions = _actions(item)
        kinds = {action.get("type") for action in actions if isinstance(action, dict)}
        call_id = item.get("call_id")
        if kinds and kinds <= {"screenshot", "wait"} and isinstance(call_id, str):
            return PendingScreenshot(call_id, _list(item.get("pending_safety_checks")))
    return None
