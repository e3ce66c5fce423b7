"""Worst-case and expected tokens and dollars of requests before they are asked."""

from __future__ import annotations

from collections.abc import Callable

from pointbench.adapters import prices, registry
from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.prices import Dollars, PriceOf
from pointbench.adapters.protocol import Reply
from pointbench.adapters.registry import Model
from pointbench.adapters.setting_specs import limits_in, timeout_of
from pointbench.engine.planning.setup import sent_output_limit
from pointbench.geometry import Size
from pointbench.profiles import Profile
from pointbench.profiles.sizing import image_tokens, sent_size

OUTPUT_LIMIT = 16_384
"""Worst-case output tokens of an answer if no ``max_tokens`` bounds it."""

EXPECTED_OUTPUT = 60
"""Expected output tokens of a click, as words or JSON."""

EXPECTED_THINKING = 600
"""Expected output tokens of a model that reasons first."""

EXPECTED_SECONDS = 5.0
"""Expected seconds per click of a model billed by the second: a guess for a warm model."""

_BYTES_PER_TOKEN = 2
"""Bytes of a prompt per token: fewer than with any tokenizer in use, so the token count is an upper bound."""
_CHARACTERS_PER_TOKEN = 4
_FRAMING = 100
"""Worst-case tokens for roles, a schema or the system's own words; with a tool, `_TOOL`."""
_TOOL = 3_000
_PIXELS_PER_TOKEN = 28 * 28
_FIRST_TURN = 4_000
"""Worst-case tokens of an answer that asks for the screen, which the second call repeats as input."""


def picture_tokens(profile: Profile, size: Size) -> int:
    """Input tokens billed for a screenshot of ``size`` pixels under a profile.

    If the vendor does not publish how it counts, one token per square of 28 x 28 px as sent.
    """
    if profile.blind:
        return 0
    known = image_tokens(profile.sizing, size)
    if known is not None:
        return known
    sent = sent_size(profile.sizing, size)
    return -(-sent.width * sent.height // _PIXELS_PER_TOKEN)


def output_bound(model: Model) -> int:
    """Worst-case output tokens of a request: the limits that are sent, else `OUTPUT_LIMIT`.

    Several answers at once take as many times the limit.
    """
    limit, answers = limits_in(model.settings)
    if limit is None:
        limit = sent_output_limit(model)
    return (limit or OUTPUT_LIMIT) * answers


def most_tokens(model: Model) -> Callable[[str, Size], tuple[int, int]]:
    """Worst-case input and output tokens of the model's requests, by prompt and screenshot's size in px.

    With a vendor's own tool an answer may take two calls; the second repeats the first.
    """
    profile, output = model.profile, output_bound(model)
    tool, system = bool(model.sampling.get("tool")), profile.system or ""

    def most(prompt: str, size: Size) -> tuple[int, int]:
        text = len((prompt + system).encode("utf-8", "replace"))
        tokens = picture_tokens(profile, size) + -(-text // _BYTES_PER_TOKEN)
        if tool:
            return 2 * (tokens + _TOOL) + min(output, _FIRST_TURN), 2 * output
        return tokens + _FRAMING, output

    return most


def expected_tokens(model: Model, prompt: str, size: Size) -> tuple[int, int]:
    """Expected input and output tokens of a request; ``size`` is the screenshot's, in pixels."""
    profile = model.profile
    text = len(prompt) + len(profile.system or "")
    output = EXPECTED_THINKING if _thinks(model) else EXPECTED_OUTPUT
    return (
        picture_tokens(profile, size) + -(-text // _CHARACTERS_PER_TOKEN),
        min(output, output_bound(model)),
    )


def _thinks(model: Model) -> bool:
    return bool(catalog_entry(model.adapter, model.name, model.settings).thinks)


def reply_price(model: Model, *, free: bool) -> PriceOf:
    """A function that returns the cost of a reply in dollars."""
    if free:
        return lambda reply: reply.cost_usd or 0.0
    return prices.price_of(model.adapter, model.name, model.settings)


def token_price(model: Model, *, free: bool) -> Dollars | None:
    """The worst-case cost of a request by its tokens; None if it is not known before the reply.

    A price per second is multiplied by the longest time an answer may take, whatever the tokens.
    """
    per_second = prices.price_per_second(model.settings)
    if per_second is not None:
        facts = registry.facts_of(model.adapter, model.name, model.settings)
        longest = facts.longest_s or timeout_of(model.settings, thinks=_thinks(model))
        whole = per_second * longest
        return lambda _input, _output: whole
    return _by_tokens(model, free=free)


def expected_price(model: Model, *, free: bool) -> Dollars | None:
    """The expected cost of a request by its expected tokens; None if no price is known."""
    per_second = prices.price_per_second(model.settings)
    if per_second is not None:
        whole = per_second * EXPECTED_SECONDS
        return lambda _input, _output: whole
    return _by_tokens(model, free=free)


def _by_tokens(model: Model, *, free: bool) -> Dollars | None:
    price = reply_price(model, free=free)

    def dollars(input_tokens: int, output_tokens: int) -> float | None:
        return price(Reply("", input_tokens=input_tokens, output_tokens=output_tokens))

    return dollars if dollars(1, 1) is not None else None
