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

from pointbench.errors import UsageError
from pointbench.profiles import Evidence, known_profiles


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
class ModelFamily:
    """Models that are asked alike, by a pattern in their names."""

    title: str
    pattern: re.Pattern[str]
    """Compiled from the pattern in ``catalog.toml``; matches names as `comparable` writes them."""
    examples: tuple[str, ...]
    """Names of the family as servers and hubs spell them."""
    fields: Mapping[str, Any]
    """Fields of `CatalogModel` that its models have."""
    adapters: tuple[str, ...] = ()
    """The adapters that the family is limited to; () for all."""
    hosted: bool = False
    """Whether only vendors serve it: a checkpoint with a similar name is a different model."""
    model_type: str | None = None
    """``model_type`` in the config.json of its checkpoints, where there is one for all of them."""

    def holds_for(self, adapter: str) -> bool:
        """Whether the models of this adapter may belong to the family."""
        if adapter == "transformers" and self.hosted:
            return False
        return not self.adapters or adapter in self.adapters


@dataclass(frozen=True)
class Retirement:
    """When a model is withdrawn by its vendor, and what to ask instead."""

    on: datetime.date | None
    """None if the vendor has named no date."""
    successor: str
    rerouted: bool = False
    """Whether the name stays and the successor answers, instead of an error."""


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
    thinks: bool | None = None
    """Whether the model reasons before it answers, which takes time and output tokens.

    False if it is known not to unless its settings ask for it, None if nothing is known.
    """
    sampling: bool = True
    """False if its API refuses ``temperature``, ``top_p`` and ``top_k``."""
    retirement: Retirement | None = None
    evidence: Evidence | None = None
    """How its way of pointing is known, where that differs from its default profile's evidence."""
    source: str = ""
    """Where its way of pointing is documented, where that differs from its default profile's source."""
    family: str | None = None
    """The title of the family whose fields an unlisted model has; None if no family matches."""
    cannot_point: str = ""
    """Why the model cannot say in words where something is; empty for all that can."""
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

    @property
    def known(self) -> Evidence | Literal["unknown"] | None:
        """How its default way of pointing is known; None for a model that is sent no picture."""
        default = known_profiles()[self.profiles[0]]
        if default.blind:
            return None
        return self.evidence or default.evidence or "unknown"

    @property
    def successor(self) -> str | None:
        return self.retirement.successor if self.retirement else None

    def retired_on(self, today: datetime.date) -> bool:
        """Whether it is withdrawn by then; a name that another model answers counts too."""
        if self.retirement is None:
            return False
        return self.retirement.on is None or self.retirement.on <= today

    def retirement_in_words(self, today: datetime.date) -> str | None:
        """A sentence with the retirement date and the successor; None if it is not retired."""
        if self.retirement is None:
            return None
        on, successor = self.retirement.on, self.retirement.successor
        if self.retirement.rerouted:
            if on is None:
                return f"{self.label} is answered by {successor}: its vendor reroutes the old name"
            verb = "has been answered" if on <= today else "will be answered"
            since = "since" if on <= today else "from"
            return (
                f"{self.label} {verb} by {successor} {since} {on.isoformat()}: its vendor reroutes "
                f"the old name instead of refusing it"
            )
        verb = "was retired" if self.retired_on(today) else "will be retired"
        date = f" on {on.isoformat()}" if on else ""
        return f"{self.label} {verb}{date}; its successor is {successor}"


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def catalog_date() -> datetime.date:
    """The day on which the catalog was last compared with what the vendors say."""
    as_of: datetime.date = _data()["as_of"]
    return as_of


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


_LONGEST_NAME = 300
"""Characters at the end of a name that are compared: patterns take quadratic time on a hostile one."""
_SEPARATORS = re.compile(r"[\s._-]+")
_POINT_AS_LETTER = re.compile(r"(?<=\d)p(?=\d)")


def comparable(part: str) -> str:
    """A part of a name in lower case, with "-" for every separator and for the p in ``qwen2p5``."""
    return _SEPARATORS.sub("-", _POINT_AS_LETTER.sub("-", part.lower()))


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of ``catalog.toml``: a space is any separator or none, ``~`` the end of a version.

    After a version, neither another digit nor the b of a size may follow: ``qwen 3 [5-9]~`` is
    Qwen3.5, not Qwen3-8B.
    """
    return re.compile(text.replace(" ", "-?").replace("~", r"(?!\d|b(?![a-z]))"))


@cache
def model_families() -> tuple[ModelFamily, ...]:
    """Every family, in the order in which they are tried."""
    families = []
    for entry in _data()["families"]:
        fields = dict(entry)
        families.append(
            ModelFamily(
                title=fields.pop("title"),
                pattern=_pattern(fields.pop("pattern")),
                examples=tuple(fields.pop("examples")),
                adapters=tuple(fields.pop("adapters", ())),
                hosted=fields.pop("hosted", False),
                model_type=fields.pop("model_type", None),
                fields=fields,
            )
        )
    return tuple(families)


def model_family(adapter: str, name: str) -> ModelFamily | None:
    """The first family that a name matches; None if no family does.

    The last part of the name is tried first (``Qwen2.5-VL-7B-Instruct-AWQ`` of
    ``Qwen/Qwen2.5-VL-7B-Instruct-AWQ``), then those before it, for names such as
    ``Molmo2-8B/checkpoint-500`` and ``perceptron/mk1``.
    """
    families = [family for family in model_families() if family.holds_for(adapter)]
    for part in reversed(re.split(r"[/\\]", name[-_LONGEST_NAME:])):
        text = comparable(part)
        for family in families if text else ():
            if family.pattern.search(text):
                return family
    return None


@cache
def catalog_model(adapter: str, name: str) -> CatalogModel:
    """The listed model of that name, else one with the fields of the first matching family."""
    listed = catalog_models().get(f"{adapter}/{name}")
    if listed is not None:
        return listed
    family = model_family(adapter, name)
    if family is None:
        return _catalog_model(adapter, name, {}, listed=False)
    fields = {**family.fields, "family": family.title}
    return _catalog_model(adapter, name, fields, listed=False)


def refuse_pointless(entry: CatalogModel) -> None:
    """UsageError for a model that cannot say in words where something is."""
    if entry.cannot_point:
        raise UsageError(
            f"{entry.label} cannot be asked to point: {entry.cannot_point}; choose a model that "
            f"answers with coordinates"
        )


@cache
def retirements() -> dict[str, Retirement]:
    """Full name -> its retirement, for every name that a vendor has withdrawn or will withdraw."""
    return {
        label: Retirement(entry.get("on"), entry["successor"], entry.get("rerouted", False))
        for entry in _data()["retirements"]
        for label in entry["models"]
    }


_DATED = re.compile(r"[-@]20\d\d-?[01]\d-?[0-3]\d$")


def without_date(name: str) -> str:
    """A name without the date of a snapshot at its end: ``gpt-4o`` of ``gpt-4o-2024-08-06``."""
    return _DATED.sub("", name)


def _retirement(label: str) -> Retirement | None:
    """The retirement of a name, or of the name without the date at its end."""
    known = retirements()
    return known.get(label) or known.get(without_date(label))


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
        retirement=_retirement(f"{adapter}/{name}"),
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
