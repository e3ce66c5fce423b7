"""What OpenAI's two endpoints answer, as far as it is looked at, and the reply it becomes."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.errors import BLOCKED_REASON, blocked_or_raise, failure_of
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.protocol import Reply
from pointbench.errors import RetryLater

REFUSED_REASON = "refusal"
"""The finish reason of an answer that the model itself declined to give."""


class ChatUsage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost: Any = None
    """Dollars; OpenRouter says it."""

    @property
    def output_tokens(self) -> int | None:
        """Everything billed as output: xAI leaves reasoning out of ``completion_tokens``."""
        if self.completion_tokens is None or not self.total_tokens or not self.prompt_tokens:
            return self.completion_tokens
        return max(self.completion_tokens, self.total_tokens - self.prompt_tokens)


class Function(msgspec.Struct):
    arguments: Any = None


class ToolCall(msgspec.Struct):
    function: Function | None = None


class Message(msgspec.Struct):
    content: Any = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    message: Message | None = None
    finish_reason: str | None = None
    error: Any = None


class ChatBody(msgspec.Struct):
    choices: list[Choice] | None = None
    usage: ChatUsage | None = None
    model: str | None = None
    id: str | None = None
    error: Any = None


def chat_reply(body: ChatBody, request_id: str | None, known: CatalogModel, host: Host) -> Reply:
    """The reply of a chat completion; RetryLater where it holds no choice."""
    if not body.choices or body.choices[0].message is None:
        if body.choices and body.choices[0].error:
            failure = failure_of({"error": body.choices[0].error}, 200)
            return blocked_or_raise(failure, known, host, request_id=request_id or body.id)
        raise RetryLater(message=f"{host.name} answered without a choice")
    choice = body.choices[0]
    if choice.error:
        failure = failure_of({"error": choice.error}, 200)
        return blocked_or_raise(failure, known, host, request_id=request_id or body.id)
    message = choice.message or Message()
    text, reason = _content(message.content), choice.finish_reason
    calls = [call.function.arguments for call in message.tool_calls or () if call.function]
    if calls:
        text = "\n".join(call if isinstance(call, str) else json.dumps(call) for call in calls)
    elif message.refusal and not text:
        text, reason = message.refusal, REFUSED_REASON
    usage = body.usage or ChatUsage()
    cost = usage.cost
    return Reply(
        text=text,
        finish_reason=reason,
        model=body.model,
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.output_tokens,
        request_id=request_id or body.id,
        cost_usd=float(cost) if isinstance(cost, int | float) else None,
    )


def _content(content: Any) -> str:
    """The text of a message, also where a server gives it in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


class ResponseUsage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Any = None


class Incomplete(msgspec.Struct):
    reason: str | None = None


class ResponseBody(msgspec.Struct):
    status: str | None = None
    output: list[dict[str, Any]] | None = None
    incomplete_details: Incomplete | None = None
    usage: ResponseUsage | None = None
    model: str | None = None
    id: str | None = None
    error: Any = None


class PendingScreenshot(msgspec.Struct):
    """The tool asks to see the screen first."""

    call_id: str
    pending_safety_checks: list[Any]


def response_reply(body: ResponseBody, request_id: str | None, host: Host) -> Reply:
    """The reply of the Responses endpoint; RetryLater where it is none."""
    if body.status not in ("completed", "incomplete") or body.output is None:
        raise RetryLater(message=f"{host.name} answered with status {body.status} and no output")
    reason = (body.incomplete_details.reason if body.incomplete_details else None) or body.status
    actions = [action for item in body.output for action in _actions(item)]
    texts, refusals = _texts(body.output)
    arguments = [
        item["arguments"]
        for item in body.output
        if item.get("type") == "function_call" and isinstance(item.get("arguments"), str)
    ]
    if actions:
        text = json.dumps(actions[0] if len(actions) == 1 else actions)
    elif arguments:
        text = "\n".join(arguments)
    elif refusals and not texts:
        text, reason = "".join(refusals), REFUSED_REASON
    else:
        text = "".join(texts)
    usage = body.usage or ResponseUsage()
    return Reply(
        text=text,
        finish_reason=BLOCKED_REASON if reason == "content_filter" else reason,
        model=body.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        request_id=request_id or body.id,
        cost_usd=float(usage.cost) if isinstance(usage.cost, int | float) else None,
    )


def _texts(output: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What the messages say, and what they refuse."""
    parts = [
        part
        for item in output
        if item.get("type") == "message"
        for part in item.get("content") or ()
        if isinstance(part, dict)
    ]
    texts = [str(part.get("text", "")) for part in parts if part.get("type") == "output_text"]
    refusals = [str(part.get("refusal", "")) for part in parts if part.get("type") == "refusal"]
    return texts, refusals


def _actions(item: dict[str, Any]) -> list[Any]:
    """The actions of a computer call: a list, or one in the older form."""
    if item.get("type") != "computer_call":
        return []
    actions = item.get("actions")
    if isinstance(actions, list):
        return actions
    return [item["action"]] if item.get("action") else []


def pending_screenshot(body: ResponseBody) -> PendingScreenshot | None:
    """The call of a first answer that does nothing but look at the screen or wait for it."""
    for item in body.output or ():
        actions = _actions(item)
        kinds = {action.get("type") for action in actions if isinstance(action, dict)}
        if kinds and kinds <= {"screenshot", "wait"} and isinstance(item.get("call_id"), str):
            return PendingScreenshot(item["call_id"], item.get("pending_safety_checks") or [])
    return None
