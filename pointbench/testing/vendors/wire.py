"""Parts shared by the wires: the model behind them, its answers, and the checks of requests."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from pointbench.geometry import Point, Size
from pointbench.profiles.sizing import image_tokens
from pointbench.replies import render
from pointbench.testing.vendors.call import Call, Refused, VendorResponse
from pointbench.testing.vendors.families import Family, family_of
from pointbench.testing.vendors.sight import Arrived, Sight

REFUSAL = "I'm sorry, but I can't help with that."
NOT_FOUND = "Not found."
WORDY = (
    " \n**I see a magenta box.**\r\n\n\t<think>Is it “the” one? It's at 3/4 … ½ — 品</think>\n"
    + "It is not the first thing on the left, nor the one below it. " * 60
    + '\n```json\n{"point": [12, 34]}\n```\n\n '
)
"""An answer whose every edge is lost if an adapter trims, cuts or parses it."""

Body: TypeAlias = dict[str, Any]
"""A decoded JSON object of a request. Clients may send anything; each wire checks the keys it reads."""


@dataclass
class Mind:
    """The models of one server: their families and what they have seen."""

    families: Sequence[Family] = ()
    """Tried before the server's own."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Vendor -> the only key it accepts; a vendor that is not listed accepts any key."""
    sight: Sight = field(default_factory=Sight)

    def family(self, model: str) -> Family:
        return family_of(model, self.families)


class Wire(Protocol):
    """One vendor's protocol."""

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        """The answer to a request; `Refused` if the vendor would refuse it.

        ``turn`` is a key of `faults.TURNS`: what the model does instead of pointing.
        """
        ...

    def error(self, refused: Refused, call: Call) -> VendorResponse:
        """The vendor's own error body."""
        ...

    def no_credit(self) -> Refused:
        """The vendor's error for an empty account."""
        ...

    def later(self, seconds: float | None) -> Refused:
        """The vendor's 429; with ``seconds``, its body states the wait in the vendor's own words."""
        ...


@dataclass(frozen=True)
class Thought:
    """The model's answer to one request, before a wire wraps it."""

    point: Point | None
    """In the family's frame; None if it found nothing."""
    text: str
    seen: Size | None
    input_tokens: int


def think(
    mind: Mind,
    family: Family,
    picture: Arrived | None,
    seen: Size | None,
    prompt: str,
    turn: str | None,
) -> Thought:
    """Look at the picture, and answer in the family's format or as ``turn`` demands."""
    size = seen or Size(1, 1)
    point: Point | None = mind.sight.answer(family, picture, size, prompt)
    if turn == "not-found":
        point = None
    text = NOT_FOUND if point is None else render(point, family.format, family.order)
    texts = {"refusal": REFUSAL, "empty": "", "abort": "", "wordy": WORDY}
    text = texts.get(turn or "", text)
    if turn == "cut-off":
        text = text[: len(text) // 3]
    tokens = len(prompt) // 4 + (_tokens(family, seen) if seen else 0)
    return Thought(point, text, seen, tokens)


UNCACHED = 16
"""Input tokens of the turn ``cached`` that do not come from the cache."""


def cached_tokens(thought: Thought, turn: str | None) -> int:
    """Input tokens that the server read from its cache."""
    return max(0, thought.input_tokens - UNCACHED) if turn == "cached" else 0


def clicks(turn: str | None) -> bool:
    """True if the model points, as it does unless the turn demands something else."""
    return turn in (None, "cached")


def _tokens(family: Family, seen: Size) -> int:
    if not family.counts_pictures:
        return 0
    rule = family.sizing if not family.details else family.details.get("auto", "as-is")
    return image_tokens(rule, seen) or seen.width * seen.height // 750


def checked_key(
    call: Call, mind: Mind, presented: str | None, kind: str = "invalid_api_key"
) -> None:
    """`Refused` with 401 if there is no key, or not the expected one."""
    expected = mind.keys.get(call.vendor)
    if not presented or (expected is not None and presented != expected):
        raise Refused(401, kind, "Incorrect API key provided.")


def bearer(call: Call) -> str | None:
    """The key of an ``Authorization: Bearer`` header."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def only(body: object, known: Collection[str], kind: str, where: str = "") -> Body:
    """The body, which must be an object with known keys; `Refused` with 400 otherwise."""
    if not isinstance(body, dict):
        raise Refused(400, kind, "We could not parse the JSON body of your request.")
    for name in body:
        if name not in known:
            raise Refused(400, kind, f"Unrecognized request argument supplied: {where}{name}")
    return body


def whole(body: Mapping[str, object], name: str, low: int, high: int, kind: str) -> int | None:
    """An optional integer within bounds."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refused(400, kind, f"{name}: must be an integer from {low} to {high}", param=name)
    return value


def number(
    body: Mapping[str, object], name: str, low: float, high: float, kind: str
) -> float | None:
    """An optional number within bounds."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused(400, kind, f"{name}: must be a number from {low} to {high}", param=name)
    return float(value)


_DATA_URL = re.compile(r"data:(image/[a-z+]+);base64,", re.IGNORECASE)


def data_url(url: object, kind: str) -> tuple[str, str]:
    """Media type and base64 text of a data URL; the server accepts no other URL."""
    text = url if isinstance(url, str) else ""
    match = _DATA_URL.match(text)
    if match is None:
        raise Refused(400, kind, "Invalid image_url: expected a base64-encoded data URL.")
    return match[1].lower(), text[match.end() :]


def arrived(call: Call, mind: Mind, base64_text: str, media_type: str, kind: str) -> Arrived:
    """The picture of a request, which is logged; `Refused` if it is not of the stated media type."""
    try:
        picture = mind.sight.of_text(base64_text)
    except ValueError as error:
        raise Refused(400, kind, f"The image data you provided is {error}.") from error
    call.pictures.append(picture.seen)
    if picture.seen.media_type != media_type:
        raise Refused(
            400,
            kind,
            f"The image was specified using the {media_type} media type, but the image appears "
            f"to be a {picture.seen.media_type} image",
        )
    return picture


def filled(schema: object, point: Point | None, order: str = "xy") -> object:
    """A value that satisfies a JSON schema, with the point wherever x, y or two numbers fit."""
    if not isinstance(schema, dict):
        return None
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return None if point is None or not options else filled(options[0], point, order)
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if point is None and isinstance(kinds, list) and "null" in kinds:
        return None
    if kind == "object":
        return {
            name: _named(name, entry, point, order)
            for name, entry in schema.get("properties", {}).items()
        }
    if kind == "array":
        if point is None:
            return []
        item = schema.get("items", {})
        if isinstance(item, dict) and item.get("type") in ("number", "integer"):
            pair = (point.x, point.y) if order == "xy" else (point.y, point.x)
            return [_plain(value) for value in pair]
        return [filled(item, point, order)]
    if kind == "boolean":
        return point is not None
    if kind in ("number", "integer"):
        return 0
    return schema.get("enum", ["target"])[0]


def _named(name: str, schema: object, point: Point | None, order: str) -> object:
    if name in ("x", "y") and point is not None:
        return _plain(point.x if name == "x" else point.y)
    return filled(schema, point, order)


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def schema_text(schema: object, thought: Thought, order: str, turn: str | None) -> str:
    """The answer of a model that is constrained to a JSON schema."""
    if turn in ("refusal", "empty"):
        return thought.text
    text = json.dumps(filled(schema, thought.point, order))
    return text[: len(text) // 2] if turn == "cut-off" else text


def pair(point: Point) -> tuple[int | float, int | float]:
    """x and y as a model writes them: whole numbers as such."""
    return _plain(point.x), _plain(point.y)
