"""Moondream's point and detect endpoints: the cloud, or a Station, which needs no key."""

from __future__ import annotations

from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.wire import (
    Mind,
    arrived,
    bearer,
    checked_key,
    data_url,
    number,
    only,
    think,
)

INVALID = "invalid_request"
_NOTHING = ("refusal", "empty", "cut-off", "abort", "reasoning-only")
"""Turns in which it finds no point."""
_KNOWN = frozenset(
    ["model", "image_url", "object", "settings", "spatial_refs", "stream", "reasoning"]
)


class PointEndpoint:
    """``POST {base}/point``; with ``boxes``, ``POST {base}/detect``.

    The request may omit the model, as the vendor's own client does.
    """

    def __init__(self, mind: Mind, *, station: bool = False, boxes: bool = False) -> None:
        self._mind = mind
        self._boxes = boxes
        self._station = station

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        if not self._station:
            checked_key(call, self._mind, call.headers.get("x-moondream-auth") or bearer(call))
        known = frozenset(call.body or ()) if self._station else _KNOWN
        body = only(call.body, known, INVALID)
        model = body.get("model", "moondream")
        if not isinstance(model, str) or "moondream" not in model:
            raise Refused(400, INVALID, f"model {model!r} is not known")
        call.model = model
        thing = body.get("object")
        if not isinstance(thing, str) or not thing:
            raise Refused(400, INVALID, "object is required")
        settings = body.get("settings") or {}
        number(settings, "temperature", 0, 2, INVALID)
        media_type, text = data_url(body.get("image_url"), INVALID)
        picture = arrived(call, self._mind, text, media_type, INVALID)
        if turn in ("blocked", "blocked-400"):
            raise Refused(400, "content_policy_violation", "The request was blocked.")
        family = self._mind.family("moondream")
        thought = think(self._mind, family, picture, picture.seen.size, thing, turn)
        nothing = thought.point is None or turn in _NOTHING
        places: list[dict[str, float]] = []
        if thought.point is not None and not nothing:
            x, y = thought.point
            places = [_box(x, y) if self._boxes else {"x": x, "y": y}]
        answer: dict[str, object] = {
            "request_id": f"req-{call.number}",
            "objects" if self._boxes else "points": places,
            "metrics": {"input_tokens": 735, "output_tokens": 3},
        }
        if turn == "abort":
            answer["finish_reason"] = "error"
        return as_json(answer)

    def error(self, refused: Refused, call: Call) -> VendorResponse:  # noqa: ARG002
        if self._station:
            # Station reports errors with status 200, or 503 while it is not ready.
            return as_json({"error": refused.message}, 503 if refused.status >= 500 else 200)
        kinds = {401: "authentication_error", 429: "rate_limit_error", 500: "server_error"}
        kind = kinds.get(refused.status, refused.kind)
        return as_json({"error": {"message": refused.message, "type": kind}}, refused.status)

    def no_credit(self) -> Refused:
        return Refused(402, "insufficient_credits", "Your account has run out of credits.")

    def later(self, seconds: float | None) -> Refused:
        hint = "" if seconds is None else f" Try again in {seconds:g} seconds."
        return Refused(429, "rate_limit_error", f"Rate limit exceeded.{hint}")


def _box(x: float, y: float) -> dict[str, float]:
    """A box around a point: one step to each side, cut at the picture's edge."""
    wide, high = min(1 / 1024, x, 1 - x), min(1 / 1024, y, 1 - y)
    return {"x_min": x - wide, "y_min": y - high, "x_max": x + wide, "y_max": y + high}
