"""Catalog of services and models: data from ``catalog.toml``, read when first needed."""

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
    """A service that hosts models: its address, key variable and parameter names."""

    name: str
    title: str
    base_url_variable: str
    key_variable: str
    get_a_key: str
    """Where to get a key: a URL or a short sentence."""
    base_url: str | None = None
    """The vendor's own address; None if the address comes only from the environment variable."""
    key_needed: Literal["always", "at-home", "never"] = "always"
    """``at-home``: only at the vendor's own address, not at one set by the variable."""
    prices: str | None = None
    """The provider's id in genai-prices; None if it is not listed there."""
    limit_name: str = "max_tokens"
    """Name of the output limit at an OpenAI-compatible endpoint."""


ELSEWHERE = Service("elsewhere", "a server named in settings", "", "", "", key_needed="never")
"""The service used for a host that is not in the catalog."""


@dataclass(frozen=True)
class CatalogModel:
    """One model by its full name; an unlisted model has the fields of its family."""

    adapter: str
    name: str
    service: Service
    profiles: tuple[str, ...]
    """Profiles that the model can be asked under; the first is the default."""
    wire_name: str
    """The name that is sent to the server."""
    listed: bool = True
    """False for a name that is not in ``catalog.toml``."""
    short: tuple[str, ...] = ()
    sees: bool = True
    thinks: bool = False
    """Whether the model reasons before it answers, which takes time and output tokens."""
    sampling: bool = True
    """False if its API refuses ``temperature``, ``top_p`` and ``top_k``."""
    retires: datetime.date | None = None
    successor: str | None = None
    price: str | None = None
    """Its name in genai-prices; None if no list price is known."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The names of the model's inputs on Replicate."""
    names_at: Mapping[str, str] = field(default_factory=dict)
    """Service -> the model's name there, for services that the ``_BASE_URL`` variable may point to."""
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.adapter}/{self.name}"

    def called_at(self, url: str) -> str:
        """The model's name on the server at ``url``."""
        service = service_at(url)
        return self.names_at.get(service.name, self.wire_name) if service else self.wire_name

    def retired_on(self, today: datetime.date) -> bool:
        return self.retires is not None and self.retires <= today

    def retirement(self, today: datetime.date) -> str | None:
        """A sentence with the retirement date and the successor; None if no date is known."""
        if self.retires is None:
            return None
        verb = "was retired on" if self.retired_on(today) else "will be retired on"
        after = f"; its successor is {self.successor}" if self.successor else ""
        return f"{self.label} {verb} {self.retires.isoformat()}{after}"


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def services() -> dict[str, Service]:
    """Every service by its name."""
    return {name: Service(name=name, **entry) for name, entry in _data()["services"].items()}


def service_at(url: str) -> Service | None:
    """The service whose own host is in ``url``; None for any other host."""
    host = urlsplit(url).hostname
    for service in services().values():
        if service.base_url and urlsplit(service.base_url).hostname == host:
            return service
    return None


def where_to_get(variable: str) -> str:
    """``; get one: ADDRESS`` for a key variable, a hint for a base URL variable, else ''."""
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
    for label, fields in _data()["models"].items():
        adapter, _, name = label.partition("/")
        models[label] = _catalog_model(adapter, name, fields, listed=True)
    return models


@cache
def catalog_model(adapter: str, name: str) -> CatalogModel:
    """The listed model of that name, else one with the fields of the first matching family."""
    listed = catalog_models().get(f"{adapter}/{name}")
    if listed is not None:
        return listed
    for family in _data()["families"]:
        fits = adapter in family.get("adapters", (adapter,))
        if fits and re.search(family["pattern"], name, re.IGNORECASE):
            fields = {k: v for k, v in family.items() if k not in ("pattern", "adapters")}
            return _catalog_model(adapter, name, fields, listed=False)
    return _catalog_model(adapter, name, {}, listed=False)


def _catalog_model(
    adapter: str, name: str, data: Mapping[str, Any], *, listed: bool
) -> CatalogModel:
    fields = dict(data)
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


def base_urls(settings: Mapping[str, object]) -> list[str]:
    """The addresses of the setting ``base_url``; [] if it is not set."""
    urls = settings.get("base_url") or []
    return [str(url) for url in (urls if isinstance(urls, list | tuple) else [urls])]


def catalog_entry(adapter: str, name: str, settings: Mapping[str, object]) -> CatalogModel:
    """The catalog entry of a model, with the service that these settings select."""
    entry = catalog_model(adapter, name)
    urls = base_urls(settings)
    if not urls:
        return entry
    service = service_at(urls[0]) or ELSEWHERE
    if service is entry.service:
        return entry
    return replace(entry, service=service, price=name if service.prices else None)


class ShortNames(Mapping[str, str]):
    """Short name -> full name; ``catalog.toml`` is read at the first lookup."""

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
                raise ValueError(f"the short name {short} is in catalog.toml twice")
            names[short] = model.label
    return names
