"""What is known of a vendor's model, in sentences a person can check."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from pointbench.adapters.catalog import CatalogModel, catalog_entry, services
from pointbench.adapters.prices import price_in_words
from pointbench.geometry import Size
from pointbench.profiles.sizing import sent_size

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model

SHOWN_SIZES = (Size(1280, 720), Size(1920, 1080), Size(3840, 2160))

_SAMPLING = ("temperature", "top_p", "top_k", "seed")


def vendor_words(model: Model) -> list[str]:
    """Service, keys, retirement, sizes, sampling and price; [] for models of no known service."""
    known = catalog_entry(model.adapter, model.name, model.settings)
    if known.service.name not in services() and not model.wire.get("base_url"):
        return []
    lines = [_where(known, model), _sizes(model), _sampling(known, model)]
    if not known.listed:
        lines.append("It is not listed by name: how it is asked follows from its name's family.")
    retirement = known.retirement(datetime.datetime.now(datetime.UTC).date())
    if retirement:
        lines.append(f"{retirement}.")
    lines.append(price_in_words(known, model.settings))
    lines.append(_settings(model))
    others = [name for name in known.profiles if name != model.profile.name]
    if others:
        lines.append(f"It can also be asked under {', '.join(others)} (?profile=NAME).")
    if model.profile.source:
        lines.append(f"The convention is documented at {model.profile.source}.")
    if known.note:
        lines.append(known.note)
    return [line for line in lines if line]


def _where(known: CatalogModel, model: Model) -> str:
    service = known.service
    urls = model.wire.get("base_url")
    if urls:
        listed = urls if isinstance(urls, str) else ", ".join(urls)
        key = model.wire.get("key_env")
        sent = f"the key of {key}" if key else "no key (key_env names a variable that holds one)"
        return f"It is asked at {listed} and sent {sent}."
    variable = model.wire.get("key_env") or service.key_variable
    get = f" (get one: {service.get_a_key})" if variable == service.key_variable else ""
    if service.base_url is None:
        place = f"where {service.base_url_variable} says"
    else:
        place = f"at {service.base_url}, or where {service.base_url_variable} says"
    need = {
        "always": f"It needs {variable}{get}.",
        "at-home": f"At the vendor's own address it needs {variable}{get}.",
        "never": f"It is sent the key of {variable}, if there is one.",
    }[service.key_needed]
    return f"It is asked {place}. {need}"


def _sizes(model: Model) -> str:
    if model.profile.blind:
        return ""
    sizes = []
    for size in SHOWN_SIZES:
        sent = sent_size(model.profile.sizing, size)
        made = "as it is" if sent == size else f"as {sent.width}x{sent.height}"
        sizes.append(f"{size.width}x{size.height} {made}")
    return f"A screenshot of {', of '.join(sizes)}."


def _sampling(known: CatalogModel, model: Model) -> str:
    if not known.sampling:
        return "Its API takes no temperature, top_p or top_k: every answer is a draw."
    if any(name in model.sampling for name in _SAMPLING):
        return "Sampling is the vendor's own but for the settings above."
    return "Sampling is the vendor's own: nothing is sent about it."


def _settings(model: Model) -> str:
    from pointbench.adapters.registry import facts_of

    accepts = facts_of(model.adapter, model.name, model.settings).accepts
    return f"It takes the settings {', '.join(sorted(accepts))}." if accepts else ""


def words(model: Model) -> list[str]:
    """How a model is asked and read, in sentences a person can check."""

    profile = model.profile
    if profile.blind:
        picture = "It is sent no picture."
    elif profile.sizing == "as-is":
        picture = "It is sent the screenshot's own bytes, at the screenshot's size."
    else:
        picture = f"It is sent the screenshot at the size of the rule {profile.sizing}."
    unit = {
        "pixel": "pixels of the screenshot" if profile.blind else "pixels of the picture as sent",
        "unit": "shares of the picture's sides, 0 to 1",
        "percent": "per cent of the picture's sides, 0 to 100",
        "permille": "thousandths of the picture's sides, 0 to 1000",
    }.get(profile.unit, f"steps of a grid over the picture ({profile.unit})")
    order = "x first" if profile.order == "xy" else "y first"
    settings = ", ".join(f"{key} = {value}" for key, value in sorted(model.sampling.items()))
    return [
        picture,
        f"Its answer is read as {unit}, {order}, in the reply format {profile.format}; "
        f"of several points the {profile.several} one counts.",
        f"Settings sent: {settings}."
        if settings
        else "Settings sent: none, the model's own apply.",
        *vendor_words(model),
    ]
