"""The cost of a reply in dollars: by the user's price, the server's word or the list; else None."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from urllib.parse import urlsplit

from pointbench.adapters.catalog import (
    CatalogModel,
    base_urls,
    catalog_entry,
    catalog_model,
    services,
)
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

    The user's price comes first, then what the server reports, then the list; an answer of a user's own
    server that none of them prices costs nothing. A price per second is applied by the adapter, because
    only the adapter has the seconds; it is the reported cost then.
    """
    price = price_table(settings)
    if set(price) == PRICE_PER_TOKEN:
        return _own_price(price["input"], price["output"])
    if price:
        return _reported
    entry = catalog_entry(adapter, name, settings)
    at_home = is_at_home(entry, settings)
    listing = listing_of(entry) if at_home else entry
    if listing is None:
        return _reported_or_free
    if listing.service.prices is None:
        return _reported
    listed = _list_price_of(listing, settings)

    def dollars(reply: Reply) -> float | None:
        return listed(reply) if reply.cost_usd is None else reply.cost_usd

    return dollars


def is_at_home(entry: CatalogModel, settings: Mapping[str, object]) -> bool:
    """Whether every server of the model is the user's own: its addresses are of this machine or network.

    A vendor's service stays the vendor's, also behind an address in its ``_BASE_URL`` variable, unless it
    is asked without a key there.
    """
    urls = base_urls(settings)
    if not urls:
        elsewhere = os.environ.get(entry.service.base_url_variable, "")
        if entry.service.key_needed == "always" or not elsewhere:
            return False
        urls = [elsewhere]
    return all(map(is_private, urls))


_LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa")
_SHARED = ipaddress.ip_network("100.64.0.0/10")
"""Addresses of private networks that span the internet (RFC 6598)."""


def is_private(url: str) -> bool:
    """Whether an address is of this machine or of a private network."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # A name without a dot is looked up in the local network only.
        return "." not in host or any(host.endswith(f".{name}") for name in _LOCAL_NAMES)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_private or (address.version == 4 and address in _SHARED)


def listing_of(entry: CatalogModel) -> CatalogModel | None:
    """The entry with the vendor whose list has a price for that very name; None if none has.

    A gateway at home may serve any vendor's model. Services that only host the models of others are left
    out: what they list may just as well be served at home.
    """
    usual = catalog_model(entry.adapter, entry.name)
    names = (usual.price or entry.name, entry.name, entry.name.rpartition("/")[2])
    found = _listing(tuple(dict.fromkeys(names)), usual.service.name)
    return None if found is None else replace(entry, service=services()[found[0]], price=found[1])


@cache
def _listing(names: tuple[str, ...], first: str) -> tuple[str, str] | None:
    """The vendor that lists one of these names, and that name; the vendor ``first`` is tried first."""
    for vendor in sorted(_VENDORS, key=lambda vendor: vendor != first):
        provider = services()[vendor].prices
        for name in names if provider else ():
            listed = _listed(str(provider), name)
            if listed and names_price_of(name, listed):
                return vendor, name
    return None


_VENDORS = ("openai", "anthropic", "google", "xai", "deepseek", "moonshot", "zai")


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
    at_home = is_at_home(entry, settings)
    listing = listing_of(entry) if at_home else entry
    if listing is None:
        return (
            "Price: its server counts as free, because no price of it is known; "
            "price = {input = .., output = ..} in pointbench.toml sets one."
        )
    if listing.service.name == "openrouter":
        return "Price: what OpenRouter reports with every answer."
    rates = _listed_rates(listing, settings)
    if rates is None:
        return "Price: not known; set it in pointbench.toml as price = {input = .., output = ..}."
    if at_home:
        return (
            f"Price: its server counts at {listing.service.title}'s list price for that name, about "
            f"{rates[0]:g} / {rates[1]:g} dollars per million tokens of input / output; price = {{input = "
            f".., output = ..}} in pointbench.toml sets another."
        )
    return (
        f"Price: about {rates[0]:g} / {rates[1]:g} dollars per million tokens of input / output "
        f"(genai-prices, for a short request)."
    )


def _reported(reply: Reply) -> float | None:
    return reply.cost_usd


def _reported_or_free(reply: Reply) -> float | None:
    return reply.cost_usd or 0.0


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
