"""What the vendors' own lists of models say, and where the catalog differs from them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from pointbench.adapters.catalog import (
    CatalogModel,
    catalog_model,
    catalog_models,
    services,
    without_date,
)
from pointbench.adapters.http.errors import clean
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.plain_client import PlainClient
from pointbench.adapters.http.transport import answer_limits
from pointbench.adapters.setting_specs import is_finite_number
from pointbench.errors import GiveUp, RetryLater, UsageError, one_line

OTHER_USES = re.compile(
    r"audio|realtime|transcribe|tts|whisper|search|image|codex|embed|live|moderation|veo|imagen|lyria"
    r"|deep-research|gpt-3|gpt-4-32k|-instruct$|^gpt-4(-\d{4})?(-preview)?$|nano-banana|native"
)
"""Names of models that hear, search, paint or embed, or take no pictures: nobody asks them to point."""

_NAME = re.compile(r"[\w.:@+-]{1,200}")
_MOST_PAGES = 50
_SECONDS = 30.0


@dataclass(frozen=True)
class ServedModel:
    """One model of a vendor's list."""

    name: str
    retires: datetime.date | None = None
    """The date that the vendor has announced; None for none, or if its list has no dates."""
    retired: bool = False


@dataclass(frozen=True)
class Comparison:
    """A vendor's list against the catalog, in sentences."""

    vendor: str
    served: int
    changes: tuple[str, ...]
    """What the catalog has wrong or does not know."""
    new: tuple[str, ...]
    """Models that the catalog does not list, with the family that they are asked like."""


class _OpenAIModel(msgspec.Struct):
    id: str
    shutdown_date: object = None


class _OpenAIPage(msgspec.Struct):
    data: list[_OpenAIModel]


class _AnthropicModel(msgspec.Struct):
    id: str
    lifecycle: object = None
    retires_at: object = None


class _AnthropicPage(msgspec.Struct):
    data: list[_AnthropicModel]
    has_more: bool = False
    last_id: str | None = None


class _GoogleModel(msgspec.Struct, rename="camel"):
    name: str
    supported_generation_methods: list[str] | None = None


class _GooglePage(msgspec.Struct, rename="camel"):
    models: list[_GoogleModel] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


def _openai(get: Callable[[str], bytes]) -> Iterator[ServedModel]:
    page = msgspec.json.decode(get("/models"), type=_OpenAIPage)
    for model in page.data:
        yield ServedModel(model.id, _date(model.shutdown_date))


def _anthropic(get: Callable[[str], bytes]) -> Iterator[ServedModel]:
    after = ""
    for _ in range(_MOST_PAGES):
        page = msgspec.json.decode(get(f"/v1/models?limit=1000{after}"), type=_AnthropicPage)
        for model in page.data:
            yield ServedModel(model.id, _date(model.retires_at), model.lifecycle == "retired")
        if not page.has_more or not page.last_id:
            return
        after = f"&after_id={quote(page.last_id, safe='')}"


def _google(get: Callable[[str], bytes]) -> Iterator[ServedModel]:
    token = ""
    for _ in range(_MOST_PAGES):
        page = msgspec.json.decode(get(f"/models?pageSize=1000{token}"), type=_GooglePage)
        for model in page.models:
            if "generateContent" in (model.supported_generation_methods or ()):
                yield ServedModel(model.name.removeprefix("models/"))
        if not page.next_page_token:
            return
        token = f"&pageToken={quote(page.next_page_token, safe='')}"


@dataclass(frozen=True)
class _Vendor:
    header: str
    prefix: str
    read: Callable[[Callable[[str], bytes]], Iterator[ServedModel]]
    headers: Mapping[str, str]
    dated: bool = True
    """Whether its list has retirement dates."""


_VENDORS: Mapping[str, _Vendor] = {
    "openai": _Vendor("Authorization", "Bearer ", _openai, {}),
    "anthropic": _Vendor("x-api-key", "", _anthropic, {"anthropic-version": "2023-06-01"}),
    "google": _Vendor("x-goog-api-key", "", _google, {}, dated=False),
}
VENDORS: Sequence[str] = tuple(_VENDORS)
"""The vendors whose models endpoint is asked."""


def served_models(vendor: str) -> list[ServedModel]:
    """The vendor's own list; UsageError in one line without a key, or if no list comes."""
    (host, *_) = hosts_of(services()[vendor], {}, vendor)
    spoken = _VENDORS[vendor]
    client = PlainClient(host, spoken.header, spoken.prefix, answer_limits({}, _SECONDS))
    try:
        found = list(spoken.read(lambda path: _page(client, path, spoken.headers, host)))
    except (RetryLater, GiveUp) as error:
        raise UsageError(one_line(f"{vendor}: its list of models: {error}")) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(
            one_line(f"{vendor}: its list of models cannot be read: {error}")
        ) from None
    finally:
        client.close()
    return [model for model in found if _NAME.fullmatch(model.name)]


def _page(client: PlainClient, path: str, headers: Mapping[str, str], host: Host) -> bytes:
    response = client.send("GET", path, headers=headers)
    if response.status_code != 200:
        words = clean(response.content[:200].decode("utf-8", "replace"), host)
        raise RetryLater(message=f"{host.name} answered {response.status_code}: {words}")
    return response.content


def _date(value: object) -> datetime.date | None:
    """The date at the start of an ISO date or time, or of a Unix time in seconds; None for anything else."""
    try:
        if is_finite_number(value):
            return datetime.datetime.fromtimestamp(value, datetime.UTC).date()
        return datetime.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def compare(vendor: str, served: Sequence[ServedModel], today: datetime.date) -> Comparison:
    """Where the catalog differs from a vendor's list, over the models that can be asked to point."""
    changes: list[str] = []
    new: list[str] = []
    for model in served:
        entry = catalog_model(vendor, model.name)
        if OTHER_USES.search(model.name) or not (entry.listed or entry.family):
            continue
        line = _difference(entry, model, today, dated=_VENDORS[vendor].dated)
        if line:
            changes.append(line)
        elif not (entry.listed or entry.retirement or _is_dated(model.name)):
            new.append(f"{entry.label} (asked like {entry.family})")
    names = {model.name for model in served} | {without_date(model.name) for model in served}
    changes += [
        f"{entry.label}: its vendor does not list it"
        for entry in catalog_models().values()
        if entry.adapter == vendor == entry.service.name
        and entry.name not in names
        and not entry.retired_on(today)
    ]
    return Comparison(vendor, len(served), tuple(changes), tuple(new))


def _is_dated(name: str) -> bool:
    return without_date(name) != name


def _difference(
    entry: CatalogModel, model: ServedModel, today: datetime.date, *, dated: bool
) -> str | None:
    known = entry.retirement.on if entry.retirement else None
    shown = f"the catalog says {known}" if known else "the catalog knows no date"
    if model.retires and model.retires != known:
        return f"{entry.label}: its vendor retires it on {model.retires}; {shown}"
    if model.retired and not entry.retired_on(today):
        return f"{entry.label}: its vendor has retired it; {shown}"
    if dated and known and known > today and not model.retires:
        return f"{entry.label}: its vendor names no date of retirement; {shown}"
    return None
