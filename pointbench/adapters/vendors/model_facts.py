"""Facts about a vendor's model from the catalog, and checks made before it is asked."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from pointbench.adapters.catalog import CatalogModel, refuse_pointless
from pointbench.adapters.http.hosts import required_env
from pointbench.adapters.protocol import Facts, Request
from pointbench.adapters.setting_specs import Vocabulary, sets_output_limit, table
from pointbench.errors import GiveUp, UsageError
from pointbench.profiles import known_profiles


def describe(entry: CatalogModel) -> str:
    """One line: who serves it, whether it takes pictures, when it is retired."""
    line = f"served by {entry.service.title}"
    if not entry.sees:
        line += "; text only, so it is asked without a picture"
    retirement = entry.retirement_in_words(datetime.datetime.now(datetime.UTC).date())
    if retirement:
        line += f"; {retirement.removeprefix(entry.label + ' ')}"
    return line


def check_profile(
    entry: CatalogModel, settings: Mapping[str, object], *, needs_picture: bool = False
) -> None:
    """UsageError for a profile that the model cannot be asked under.

    A text-only model is sent no picture; a model that ``needs_picture`` cannot do without one.
    """
    profile = known_profiles().get(str(settings.get("profile")))
    if profile is not None and profile.blind and needs_picture:
        raise UsageError(f"{entry.label} points at pictures and cannot be asked without one")
    if profile is not None and not profile.blind and not entry.sees:
        raise UsageError(f"{entry.label} is text only: ask it under profile=blind")


def catalog_facts(
    entry: CatalogModel,
    settings: Mapping[str, object],
    accepts: Vocabulary,
    *,
    package: str,
    concurrency: int,
    needs_picture: bool = False,
) -> Facts:
    """The facts that a run needs about a vendor's model.

    UsageError for a model that cannot point in words, and for an unusable profile.
    """
    refuse_pointless(entry)
    check_profile(entry, settings, needs_picture=needs_picture)
    return Facts(
        profile=entry.profiles[0],
        evidence=entry.known,
        env=required_env(entry.service, settings),
        packages=(package,),
        install=package,
        accepts=accepts,
        concurrency=concurrency,
        description=describe(entry),
    )


SHORT_LIMIT = 1024
"""Output limit in tokens of a model that does not reason, if its settings set none: many times a click.

Without one, a spending limit has to set aside many dollars for every request.
"""
_REASONING = re.compile(r"reason|think|template", re.IGNORECASE)


def short_limit(entry: CatalogModel, settings: Mapping[str, object]) -> int | None:
    """`SHORT_LIMIT` if the model is known not to reason and nothing in its settings says otherwise."""
    if entry.thinks is not False or sets_output_limit(settings) or settings.get("tool"):
        return None
    asked_to = (
        settings.get("reasoning_effort") not in (None, "none")
        or settings.get("thinking") not in (None, "disabled")
        or any(map(_REASONING.search, table(settings.get("extra_body"))))
    )
    return None if asked_to else SHORT_LIMIT


def refuse_picture(entry: CatalogModel, request: Request) -> None:
    """GiveUp for a picture that a text-only model could not see."""
    if request.picture is not None and not entry.sees:
        raise GiveUp(f"{entry.label} is text only: ask it under profile=blind")
