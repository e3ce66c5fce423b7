"""Shared parts of the vendors' adapters: answers that take two calls, and the schema of a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pointbench.adapters.http.bodies import JsonObject
from pointbench.adapters.protocol import Reply
from pointbench.errors import AskError

Body = TypeVar("Body")

_COORDINATE: JsonObject = {"anyOf": [{"type": "number"}, {"type": "null"}]}

CLICK_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"x": _COORDINATE, "y": _COORDINATE},
    "required": ["x", "y"],
    "additionalProperties": False,
}
"""``{"x": .., "y": ..}``; both null if the target is not in the picture."""


def ask_with_screenshot_turn(
    post: Callable[[JsonObject], tuple[Reply, Body | None]],
    body: JsonObject,
    second_body: Callable[[Body], JsonObject | None],
) -> Reply:
    """The reply to a question whose first answer may only ask to see the screen.

    A computer tool may begin by asking for the picture that it was given. That is answered once.
    ``post`` returns the reply and the answer behind it (None if the reply was withheld);
    ``second_body`` builds the second request from the answer, or None if none is needed.
    """
    reply, answer = post(body)
    second = None if answer is None else second_body(answer)
    if second is None:
        return reply
    try:
        return joined(reply, post(second)[0])
    except AskError as error:
        # The first call was answered, so it is paid for whatever became of the second.
        if error.refused:
            error.usage = reply
        elif isinstance(error.usage, Reply):
            error.usage = joined(reply, error.usage)
        error.begun = True
        raise


def with_turns(body: JsonObject, key: str, *turns: object) -> JsonObject:
    """The body with ``turns`` appended to those under ``key``."""
    earlier = body[key]
    return {**body, key: [*(earlier if isinstance(earlier, list) else ()), *turns]}


def joined(first: Reply, second: Reply) -> Reply:
    """The second reply, with the tokens and the cost of both calls."""
    costs = (first.cost_usd, second.cost_usd)
    return Reply(
        text=second.text,
        finish_reason=second.finish_reason,
        model=second.model or first.model,
        input_tokens=_both(first.input_tokens, second.input_tokens),
        output_tokens=_both(first.output_tokens, second.output_tokens),
        request_id=second.request_id,
        cost_usd=None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
        reasoning="\n".join(filter(None, (first.reasoning, second.reasoning))) or None,
        cache_read_tokens=total(first.cache_read_tokens, second.cache_read_tokens),
        cache_write_tokens=total(first.cache_write_tokens, second.cache_write_tokens),
    )


def _both(first: int | None, second: int | None) -> int | None:
    """The sum; None if one is not known, because half a sum would be priced as the whole."""
    return None if first is None or second is None else first + second


def total(*amounts: int | None) -> int | None:
    """The sum of the known amounts; None if none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
