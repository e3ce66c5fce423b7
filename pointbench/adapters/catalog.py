"""Models and services that are known by name: data from ``catalog.toml``, read when first needed."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Service:
    """Who serves models: where, with which key, and what it calls things."""

    name: str
    title: str
    base_url_variable: str
    key_variable: str
    get_a_key: str
    """Where a key is had: an address, or words."""
    base_url: str | None = None
    """The vendor's own address; None where only the variable can name one."""
    key_needed: Literal["always", "at-home", "never"] = "always"
    """``at-home``: only at the vendor's own address, not where the variable names another."""
    prices: str | None = None
    """The provider's id in genai-prices; None where it lists none."""
    limit_name: str = "max_tokens"
    """What an OpenAI-compatible endpoint calls the output limit."""


ELSEWHERE = Service("elsewhere", "a server named in settings", "", "", "", key_needed="never")
"""Stands for a host that nothing is known of."""


@dataclass(frozen=True)
class CatalogModel:
    """One model by its full name; of an unlisted one, what its family says."""

    adapter: str
    name: str
    service: Service
    profiles: tuple[str, ...]
    """Ways to ask it; the first is what it is asked under unless the user says otherwise."""
    wire_name: str
    """What the server is told."""
    listed: bool = True
    """False for a name that ``catalog.toml`` does not hold."""
    short: tuple[str, ...] = ()
    sees: bool = True
    thinks: bool = False
    """True where it reasons before it answers, which takes time and output tokens."""
    sampling: bool = True
    """False where its API is known to refuse temperature and its kin."""
    retires: datetime.date | None = None
    successor: str | None = None
    price: str | None = None
    """Its name in genai-prices; None where no list price is known."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """On Replicate: what its inputs are called."""
    names_at: Mapping[str, str] = field(default_factory=dict)
    """What services call it whose own host its ``_BASE_URL`` variable may name."""
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.adapter}/{self.name}"

    def called_at(self, url: str) -> str:
        """What the server at an address calls it."""
        service = service_at(url)
        return self.names_at.get(service.name, self.wire_name) if service else self.wire_name

    def retired_on(self, today: datetime.date) -> bool:
        return self.retires is not None and self.retires <= today

    def retirement(self, today: datetime.date) -> str | None:
        """A sentence with the date and the successor; None where no date is known."""
        if self.retires is None:
            return None
        verb = "was retired on" if self.retired_on(today) else "will be retired on"
        after = f"; its successor is {self.successor}" if self.successor else ""
        return f"{self.label} {verb} {self.retires.isoformat()}{after}"


@cache
def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def services() -> dict[str, Service]:
    """Every service by its name."""
    return {name: Service(name=name, **entry) for name, entry in _data()["services"].items()}


def service_at(url: str) -> Service | None:
    """The service whose own host an address names; None for any other host."""
    host = urlsplit(url).hostname
    for service in services().values():
        if service.base_url and urlsplit(service.base_url).hostname == host:
            return service
    return None


def where_to_get(variable: str) -> str:
    """``; get one: ADDRESS`` for the variable of a key, what to put there for a base URL, or ''."""
    for service in services().values():
        if variable == service.key_variable:
            return f"; get one: {service.get_a_key}"
        if variable == service.base_url_variable:
            return f": the address of {service.title}"
    return ""


@cache
def catalog_models() -> dict[str, CatalogModel]:
    """Every listed model by its full name, ``adapter/name``."""
    models: dict[str, CatalogModel] = {}
    for label, entry in _data()["models"].items():
        adapter, _, name = label.partition("/")
        models[label] = _catalog(adapter, name, entry, listed=True)
    return models


@cache
def catalog_model(adapter: str, name: str) -> CatalogModel:
    """The listed model of that name, else what the first family says whose pattern fits it."""
    listed = catalog_models().get(f"{adapter}/{name}")
    if listed is not None:
        return listed
    for family in _data()["families"]:
        fits = adapter in family.get("adapters", (adapter,))
        if fits and re.search(family["pattern"], name, re.IGNORECASE):
            entry = {k: v for k, v in family.items() if k not in ("pattern", "adapters")}
            return _catalog(adapter, name, entry, listed=False)
    return _catalog(adapter, name, {}, listed=False)


def _catalog(adapter: str, name: str, entry: Mapping[str, Any], *, listed: bool) -> CatalogModel:
    fields = dict(entry)
    service = services().get(fields.pop("service", adapter), ELSEWHERE)
    price = fields.pop("price", name)
    return CatalogModel(
        adapter=adapter,
        name=name,
        service=service,
        profiles=tuple(fields.pop("profiles", ("pixel",))),
        wire_name=fields.pop("wire_name", name),
        short=tuple(fields.pop("short", ())),
        price=price if price and service.prices else None,
        listed=listed,
        **fields,
    )


def catalog_entry(adapter: str, name: str, settings: Mapping[str, Any]) -> CatalogModel:
    """What is known of a model where these settings have it served."""
    known = catalog_model(adapter, name)
    urls = settings.get("base_url")
    if not urls:
        return known
    service = service_at(urls if isinstance(urls, str) else str(urls[0])) or ELSEWHERE
    if service is known.service:
        return known
    return replace(known, service=service, price=name if service.prices else None)


class ShortNames(Mapping[str, str]):
    """Short name -> full name; the file behind it is read when the first name is looked up."""

    def __getitem__(self, short: str) -> str:
        return _short_names()[short]

    def __iter__(self) -> Iterator[str]:
        return iter(_short_names())

    def __len__(self) -> int:
        return len(_short_names())


@cache
def _short_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for model in catalog_models().values():
        for short in model.short:
            if short in names:
                raise ValueError(f"the short name {short} stands twice in catalog.toml")
            names[short] = model.label
    return names
