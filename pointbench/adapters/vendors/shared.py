"""One answer that took two calls."""

from __future__ import annotations

from typing import Any

from pointbench.adapters.protocol import Reply


def joined(first: Reply, second: Reply) -> Reply:
    """The second reply, with what both cost."""
    costs = (first.cost_usd, second.cost_usd)
    return Reply(
        text=second.text,
        finish_reason=second.finish_reason,
        model=second.model or first.model,
        input_tokens=total(first.input_tokens, second.input_tokens),
        output_tokens=total(first.output_tokens, second.output_tokens),
        request_id=second.request_id,
        cost_usd=None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
    )


def total(*amounts: int | None) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


_COORDINATE: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "null"}]}


CLICK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"x": _COORDINATE, "y": _COORDINATE},
    "required": ["x", "y"],
    "additionalProperties": False,
}


"""``{"x": .., "y": ..}``; both null where what is asked for is not in the picture."""
