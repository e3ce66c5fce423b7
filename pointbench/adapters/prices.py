"""The cost of a reply in dollars: by the user's price, the server's word or the list; else None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.model_names import asked_names, names_price_of
from pointbench.adapters.protocol import Reply
from pointbench.adapters.setting_specs import PRICE_PER_SECOND, PRICE_PER_TOKEN, price_table

PriceOf = Callable[[Reply], float | None]
"""Reply -> dollars, None if unknown."""

Dollars = Callable[[int, int], float | None]
"""Input and output tokens -> dollars, None if unknown."""

_MILLION = 1_000_000
_LONGEST_NAME = 300


def price_of(adapter: str, name: str, settings: Mapping[str, object]) -> PriceOf:
    """The price function of a model; made once per model, so pricing a reply takes microseconds.

    The user's price comes first, then what the server reports, then the list. A price per second is
    applied by the adapter, because only the adapter has the seconds; it is the reported cost then.
    """
    price = price_table(settings)
    if set(price) == PRICE_PER_TOKEN:
        return _own_price(price["input"], price["output"])
    entry = catalog_entry(adapter, name, settings)
    if price or entry.service.prices is None:
        return _reported
    listed = _list_price_of(entry, settings)

    def dollars(reply: Reply) -> float | None:
        return listed(reply) if reply.cost_usd is None else reply.cost_usd

    return dollars


def price_per_second(settings: Mapping[str, object]) -> float | None:
    """The user's price in dollars per second of prediction; None if none is set."""
    price = price_table(settings)
    return price["per_second"] if set(price) == PRICE_PER_SECOND else None


def price_in_words(entry: CatalogModel, settings: Mapping[str, object]) -> str:
    """The source of a model's price, in one sentence."""
    price = price_table(settings)
    if set(price) == PRICE_PER_TOKEN:
        return (
            f"Price: {price['input']:g} / {price['output']:g} dollars per million tokens, as set."
        )
    if set(price) == PRICE_PER_SECOND:
        return f"Price: {price['per_second']:g} dollars per second of prediction, as set."
    if entry.service.name == "openrouter":
        return "Price: what OpenRouter reports with every answer."
    rates = _listed_rates(entry, settings)
    if rates is None:
        return "Price: not known; set it in pointbench.toml as price = {input = .., output = ..}."
    return (
        f"Price: about {rates[0]:g} / {rates[1]:g} dollars per million tokens of input / output "
        f"(genai-prices, for a short request)."
    )


def _reported(reply: Reply) -> float | None:
    return reply.cost_usd


def _own_price(per_input: float, per_output: float) -> PriceOf:
    def price(reply: Reply) -> float | None:
        if reply.input_tokens is None or reply.output_tokens is None:
            return None
        return (reply.input_tokens * per_input + reply.output_tokens * per_output) / _MILLION

    return price


def _list_price_of(entry: CatalogModel, settings: Mapping[str, object]) -> PriceOf:
    assert entry.service.prices is not None
    names = asked_names(entry, settings.get("served_as"))
    return _list_price(entry.service.prices, entry.price, names)


@cache
def _list_price(provider: str, asked: str | None, names: tuple[str, ...]) -> PriceOf:
    """List prices by the model that answered; by the one asked where the server names none.

    ``asked`` is the asked model's name in the list (None if it has none), ``names`` its other names.
    """
    of_asked = None
    if asked and any(names_price_of(name, _listed(provider, asked)) for name in (asked, *names)):
        of_asked = asked

    @lru_cache(maxsize=1024)
    def priced_as(answered: str) -> str | None:
        for name in (answered, answered.rpartition("/")[2]):
            if names_price_of(name, _listed(provider, name)):
                return name
        return of_asked if any(names_price_of(name, answered) for name in names) else None

    # Prices step up with a request's length, so each request is priced separately. The cache works
    # because short answers about pictures of one size have few different pairs of token counts.
    @lru_cache(maxsize=65_536)
    def dollars(
        model: str, input_tokens: int, output_tokens: int, cache_read: int, cache_write: int
    ) -> float | None:
        from genai_prices import Usage, calc_price

        usage = Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_read_tokens=cache_read,
            cache_write_tokens=cache_write,
        )
        try:
            return float(calc_price(usage, model_ref=model, provider_id=provider).total_price)
        except LookupError:
            return None

    def price(reply: Reply) -> float | None:
        model = priced_as(reply.model[-_LONGEST_NAME:]) if reply.model else of_asked
        if model is None or reply.input_tokens is None or reply.output_tokens is None:
            return None
        read, write = reply.cache_read_tokens or 0, reply.cache_write_tokens or 0
        if read + write > reply.input_tokens:
            # Not the part of the input that they should be: the whole input is priced as fresh.
            read = write = 0
        return dollars(model, reply.input_tokens, reply.output_tokens, read, write)

    return price


def _listed(provider: str, name: str) -> str:
    """The model whose price the list gives for a name; "" if it has none.

    The list takes some names for a longer name's beginning: ``gemini-3.8-flash`` for
    ``gemini-3.8-flash-lite``, which costs less.
    """
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=1, output_tokens=1)
    try:
        return calc_price(usage, model_ref=name, provider_id=provider).model.id
    except LookupError:
        return ""


def _listed_rates(
    entry: CatalogModel, settings: Mapping[str, object]
) -> tuple[float, float] | None:
    if entry.service.prices is None:
        return None
    price = _list_price_of(entry, settings)
    rates = (
        price(Reply("", input_tokens=1000, output_tokens=0)),
        price(Reply("", input_tokens=0, output_tokens=1000)),
    )
    if rates[0] is None or rates[1] is None:
        return None
    return rates[0] * 1000, rates[1] * 1000
