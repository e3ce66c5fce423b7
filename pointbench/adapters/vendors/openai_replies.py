"""Answers of OpenAI's two endpoints (the fields used here), converted to replies."""

from __future__ import annotations

import json

import msgspec

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonObject
from pointbench.adapters.http.errors import BLOCKED_REASON, blocked_or_raise, failure_of
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.protocol import Reply
from pointbench.errors import RetryLater

REFUSED_REASON = "refusal"
"""Finish reason of an answer in which the model itself refuses."""


class ChatUsage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost: object = None
    """Dollars, as OpenRouter reports it."""

    @property
    def output_tokens(self) -> int | None:
        """Everything billed as output: xAI excludes reasoning from ``completion_tokens``."""
        if self.completion_tokens is None or not self.total_tokens or not self.prompt_tokens:
            return self.completion_tokens
        return max(self.completion_tokens, self.total_tokens - self.prompt_tokens)


class Function(msgspec.Struct):
    arguments: object = None


class ToolCall(msgspec.Struct):
    function: Function | None = None


class Message(msgspec.Struct):
    content: object = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    message: Message | None = None
    finish_reason: str | None = None
    error: object = None


class ChatBody(msgspec.Struct):
    choices: list[Choice] | None = None
    usage: ChatUsage | None = None
    model: str | None = None
    id: str | None = None
    error: object = None


def chat_reply(body: ChatBody, request_id: str | None, entry: CatalogModel, host: Host) -> Reply:
    """The reply in a chat completion; RetryLater if it contains no choice."""
    if not body.choices or body.choices[0].message is None:
        if body.choices and body.choices[0].error:
            failure = failure_of({"error": body.choices[0].error}, 200)
            return blocked_or_raise(failure, entry, host, request_id=request_id or body.id)
        raise RetryLater(message=f"{host.name} answered without a choice")
    choice = body.choices[0]
    if choice.error:
        failure = failure_of({"error": choice.error}, 200)
        return blocked_or_raise(failure, entry, host, request_id=request_id or body.id)
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


def _content(content: object) -> str:
    """The text of a message, whether the server sends it whole or in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


class ResponseUsage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: object = None


class Incomplete(msgspec.Struct):
    reason: str | None = None


class ResponseBody(msgspec.Struct):
    status: str | None = None
    output: list[JsonObject] | None = None
    incomplete_details: Incomplete | None = None
    usage: ResponseUsage | None = None
    model: str | None = None
    id: str | None = None
    error: object = None


class PendingScreenshot(msgspec.Struct):
    """A call of the computer tool that asks to see the screen first."""

    call_id: str
    pending_safety_checks: list[object]


def response_reply(body: ResponseBody, request_id: str | None, host: Host) -> Reply:
    """The reply of the Responses endpoint; RetryLater if the answer is not complete."""
    if body.status not in ("completed", "incomplete") or body.output is None:
        raise RetryLater(message=f"{host.name} answered with status {body.status} and no output")
    reason = (body.incomplete_details.reason if body.incomplete_details else None) or body.status
    actions = [action for item in body.output for action in _actions(item)]
    texts, refusals = _texts(body.output)
    arguments = [
        text
        for item in body.output
        if item.get("type") == "function_call" and isinstance(text := item.get("arguments"), str)
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


def _texts(output: list[JsonObject]) -> tuple[list[str], list[str]]:
    """Texts and refusals of the messages."""
    parts = [
        part
        for item in output
        if item.get("type") == "message"
        for part in _list(item.get("content"))
        if isinstance(part, dict)
    ]
    texts = [str(part.get("text", "")) for part in parts if part.get("type") == "output_text"]
    refusals = [str(part.get("refusal", "")) for part in parts if part.get("type") == "refusal"]
    return texts, refusals


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
    for item in body.output or ():
        actions = _actions(item)
        kinds = {action.get("type") for action in actions if isinstance(action, dict)}
        call_id = item.get("call_id")
        if kinds and kinds <= {"screenshot", "wait"} and isinstance(call_id, str):
            return PendingScreenshot(call_id, _list(item.get("pending_safety_checks")))
    return None
