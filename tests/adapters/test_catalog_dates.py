"""The catalog's dates and prices against what the installed SDKs and genai-prices know."""

from __future__ import annotations

import datetime
import re
import tomllib
import warnings
from importlib import metadata, resources

import pytest

from pointbench.adapters.catalog import catalog_model, catalog_models, retirements
from pointbench.adapters.vendors.model_lists import OTHER_USES

CHECKED = {"openai": (3, 57, 0), "anthropic": (2, 14, 0)}
"""The versions of the SDKs that the catalog was last compared with: newer ones only warn."""


def version_of(package: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", metadata.version(package))[:3])


def openai_dates() -> dict[str, datetime.date]:
    """Model id -> announced shutdown date, from the docstring of the SDK's list of models."""
    from openai.types.shared import chat_model

    source = (resources.files("openai") / "types" / "shared" / "chat_model.py").read_text()
    assert chat_model.ChatModel
    dates = {}
    for entry in re.split(r"\n- ", source.partition("Deprecated values:")[2]):
        names, _, words = entry.partition(":")
        date = re.search(r"Announced shutdown\s+date:\s+(\d{4}-\d\d-\d\d)", words)
        if date:
            on = datetime.date.fromisoformat(date[1])
            dates.update(dict.fromkeys(re.findall(r'"([^"]+)"', names), on))
    return dates


def anthropic_dates() -> dict[str, datetime.date]:
    """Model id -> retirement date, from the SDK's own list of models that it warns about."""
    from anthropic._data.deprecated_models import DEPRECATED_MODELS

    return {
        name: datetime.datetime.strptime(
            re.sub(r"(?<=\d)(st|nd|rd|th)", "", words), "%B %d, %Y"
        ).date()
        for name, words in DEPRECATED_MODELS.items()
    }


NO_PICTURES = re.compile(rf"{OTHER_USES.pattern}|^gpt-4-turbo-preview$|^o1-(preview|mini)|^o3-mini")
"""Names that nobody can ask to point: they hear, search, write code, or take no pictures."""


def differences(adapter: str, known: dict[str, datetime.date]) -> list[str]:
    """Every date of the SDK that the catalog does not have, and every one that differs."""
    lines = []
    for name, on in known.items():
        retirement = catalog_model(adapter, name).retirement
        if NO_PICTURES.search(name) and retirement is None:
            continue
        if retirement is None or retirement.on != on:
            lines.append(f"{adapter}/{name}: {on}, catalog {retirement and retirement.on}")
    return lines


@pytest.mark.parametrize("package", CHECKED)
def test_the_catalog_has_the_dates_that_the_sdk_knows(package: str) -> None:
    pytest.importorskip(package)
    known = openai_dates() if package == "openai" else anthropic_dates()
    assert known
    wrong = differences(package, known)
    if version_of(package) > CHECKED[package]:
        for line in wrong:
            warnings.warn(f"{package} {metadata.version(package)} knows {line}", stacklevel=2)
    else:
        assert wrong == []


def test_a_wrong_date_would_be_found() -> None:
    known = {"gpt-4o": datetime.date(2030, 1, 1), "gpt-9-vision": datetime.date(2030, 1, 1)}
    assert len(differences("openai", known)) == 2


def test_every_list_price_is_the_models_own() -> None:
    """A name that genai-prices does not know is priced as the longest name that it begins with."""
    prices = pytest.importorskip("genai_prices")
    for label, model in catalog_models().items():
        if model.price is None:
            continue
        found = prices.calc_price(
            prices.Usage(input_tokens=1, output_tokens=1),
            model_ref=model.price,
            provider_id=model.service.prices,
        ).model.id
        assert found == model.price, f"{label} is priced as {found}"


def test_no_model_is_retired_twice() -> None:
    text = (resources.files("pointbench.adapters") / "catalog.toml").read_text(encoding="utf-8")
    named = [label for entry in tomllib.loads(text)["retirements"] for label in entry["models"]]
    assert sorted(named) == sorted(retirements())
