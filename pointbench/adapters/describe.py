"""Sentences that describe how a model is asked, for a person to check; used by ``models show``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pointbench.adapters.catalog import CatalogModel, base_urls, catalog_entry, services
from pointbench.adapters.prices import is_at_home, price_in_words
from pointbench.adapters.setting_specs import PICTURE
from pointbench.geometry import Size
from pointbench.profiles import nothing_known
from pointbench.profiles.sizing import sent_size, token_budget

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model

SHOWN_SIZES = (Size(1280, 720), Size(1920, 1080), Size(3840, 2160))

_SAMPLING = ("temperature", "top_p", "top_k", "seed")


def vendor_words(model: Model) -> list[str]:
    """Service, keys, family, retirement, sizes, sampling and price; [] if the service is unknown."""
    entry = catalog_entry(model.adapter, model.name, model.settings)
    if entry.service.name not in services() and not model.wire.get("base_url"):
        return []
    lines = [_where(entry, model), _sizes(model), _sampling(entry, model)]
    if entry.family:
        lines.append(f"The catalog does not list it: by its name it belongs to {entry.family}.")
    retirement = entry.retirement_in_words(_today())
    if retirement:
        lines.append(f"{retirement}.")
    lines.append(price_in_words(entry, model.settings))
    lines.append(_settings(model))
    others = [name for name in entry.profiles if name != model.profile.name]
    if others:
        lines.append(f"It can also be asked under {', '.join(others)} (?profile=NAME).")
    if entry.note:
        lines.append(entry.note)
    return [line for line in lines if line]


def _where(entry: CatalogModel, model: Model) -> str:
    service = entry.service
    urls = base_urls(model.wire)
    if urls:
        variable = model.wire.get("key_env")
        key = f"the key in {variable}" if variable else "no key (key_env names a variable with one)"
        return f"It is asked at {', '.join(urls)} and sent {key}."
    variable = model.wire.get("key_env") or service.key_variable
    get = f" (get one: {service.get_a_key})" if variable == service.key_variable else ""
    if service.base_url is None:
        place = f"at the address in {service.base_url_variable}"
    else:
        place = f"at {service.base_url}, or at the address in {service.base_url_variable}"
    need = {
        "always": f"It needs {variable}{get}.",
        "at-home": f"At the vendor's own address it needs {variable}{get}.",
        "never": f"It is sent the key in {variable}, if there is one.",
    }[service.key_needed]
    return f"It is asked {place}. {need}"


def _sizes(model: Model) -> str:
    if model.profile.blind:
        return ""
    sizes = []
    for size in SHOWN_SIZES:
        sent = sent_size(model.profile.sizing, size)
        sent_as = "unchanged" if sent == size else f"as {sent.width}x{sent.height}"
        sizes.append(f"{size.width}x{size.height} {sent_as}")
    return f"A screenshot is sent as follows: {', '.join(sizes)}."


def _sampling(entry: CatalogModel, model: Model) -> str:
    if not entry.sampling:
        return "Its API takes no temperature, top_p or top_k: every answer is sampled."
    if any(name in model.sampling for name in _SAMPLING):
        return "Sampling is the vendor's default except for the settings above."
    return "Sampling is the vendor's default: no sampling setting is sent."


def _settings(model: Model) -> str:
    from pointbench.adapters.registry import facts_of

    accepts = set(facts_of(model.adapter, model.name, model.settings).accepts or ())
    if accepts and not model.profile.blind and token_budget(model.profile.sizing) is not None:
        accepts |= set(PICTURE)
    return f"It takes the settings {', '.join(sorted(accepts))}." if accepts else ""


def evidence_words(model: Model) -> str:
    """How the model's profile is known to be its own, in one sentence; "" if that needs no words."""
    entry = catalog_entry(model.adapter, model.name, model.settings)
    source = entry.source if model.evidence and entry.source else model.profile.source
    at = f": {source}" if source else ""
    tells = "`pointbench models calibrate` tells whether it fits"
    match model.evidence:
        case "unknown":
            known = nothing_known(model.label)
            return f"{known[0].upper()}{known[1:]}."
        case "published":
            return f"How it points is published by its makers{at}."
        case "measured":
            return (
                f"How it points is known from answers and code of others, not from its makers{at}."
            )
        case "guess":
            return f"How it points is a guess{at}; {tells}."
    return f"The convention of this profile is documented at {source}." if source else ""


def cautions(label: str, adapter: str, name: str, settings: Mapping[str, object]) -> list[str]:
    """Sentences that a user should read before this model is asked.

    It is gone, or another answers, or its server is the user's own, whose price is not obvious.
    """
    entry = catalog_entry(adapter, name, settings)
    lines = []
    retirement = entry.retirement
    if retirement is not None and (retirement.rerouted or entry.retired_on(_today())):
        words = str(entry.retirement_in_words(_today()))
        lines.append(f"{label}: {words}" if label != entry.label else words)
    if is_at_home(entry, settings) and not settings.get("price"):
        words = price_in_words(entry, settings).removeprefix("Price: ").rstrip(".")
        lines.append(f"{label}: {words}")
    return lines


def _plain(point: tuple[float, float]) -> str:
    return "[{:g}, {:g}]".format(*point)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _own_limit(model: Model) -> list[str]:
    """The output limit that the adapter sends although no setting names one."""
    from pointbench.adapters.registry import facts_of
    from pointbench.adapters.setting_specs import sets_output_limit

    limit = facts_of(model.adapter, model.name, model.settings).output_limit
    if limit is None or sets_output_limit(model.settings):
        return []
    return [f"Its answers are cut off at {limit:,} tokens; max_tokens sets another limit."]


def describe_model(model: Model) -> list[str]:
    """Sentences that describe how a model is asked and its answers read, for a person to check."""
    profile = model.profile
    if profile.blind:
        picture = "It is sent no picture."
    elif profile.sizing == "as-is":
        picture = "It is sent the unchanged screenshot file."
    else:
        picture = f"It is sent the screenshot resized by the rule {profile.sizing}."
    if model.picture and not profile.blind:
        stated = ", ".join(f"{name} = {model.sampling[name]}" for name in sorted(model.picture))
        limited = any(profile.sizing.endswith(f"-{model.sampling[name]}") for name in model.picture)
        picture += (
            f" The rule follows from {stated}, which is not sent."
            if limited
            else f" {stated} is not sent, and changes nothing: the rule sends no more."
        )
    unit = {
        "pixel": "pixels of the screenshot" if profile.blind else "pixels of the picture as sent",
        "unit": "fractions of the picture's sides, 0 to 1",
        "percent": "percent of the picture's sides, 0 to 100",
        "permille": "thousandths of the picture's sides, 0 to 1000",
    }.get(profile.unit, f"steps of a grid over the picture ({profile.unit})")
    order = "x first" if profile.order == "xy" else "y first"
    settings = ", ".join(f"{key} = {value}" for key, value in sorted(model.sent.items()))
    return [
        picture,
        f"Its answer is read as {unit}, {order}, in the reply format {profile.format}; "
        f"if it holds several points, the {profile.several} one counts."
        + (
            f" The point {_plain(profile.nothing)} means that it found nothing."
            if profile.nothing
            else ""
        ),
        f"Settings sent: {settings}."
        if settings
        else "Settings sent: none; the model's defaults apply.",
        *_own_limit(model),
        *([words] if (words := evidence_words(model)) else []),
        *vendor_words(model),
    ]
