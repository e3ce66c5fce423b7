"""What every adapter of a server says of a known model, and what it refuses before asking."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.hosts import needed
from pointbench.adapters.protocol import Facts, Request
from pointbench.adapters.setting_specs import Vocabulary
from pointbench.errors import GiveUp, UsageError
from pointbench.profiles import known_profiles


def describe(known: CatalogModel) -> str:
    """One line: who serves it, whether it sees, when it goes."""
    line = f"served by {known.service.title}"
    if not known.sees:
        line += "; text only, so it is asked without a picture"
    retirement = known.retirement(datetime.datetime.now(datetime.UTC).date())
    if retirement:
        line += f"; {retirement.removeprefix(known.label + ' ')}"
    return line


def check_profile(
    known: CatalogModel, settings: Mapping[str, Any], *, needs_picture: bool = False
) -> None:
    """UsageError for a profile that the model cannot be asked under.

    A text-only model is shown no picture; one that ``needs_picture`` cannot be asked without.
    """
    profile = known_profiles().get(str(settings.get("profile")))
    if profile is not None and profile.blind and needs_picture:
        raise UsageError(f"{known.label} points at pictures and cannot be asked without one")
    if profile is not None and not profile.blind and not known.sees:
        raise UsageError(f"{known.label} is text only: ask it under profile=blind")


def catalog_facts(
    known: CatalogModel,
    settings: Mapping[str, Any],
    accepts: Vocabulary,
    *,
    package: str,
    concurrency: int,
    needs_picture: bool = False,
) -> Facts:
    """What a run must know of a vendor's model; UsageError for an unusable profile."""
    check_profile(known, settings, needs_picture=needs_picture)
    return Facts(
        profile=known.profiles[0],
        env=needed(known.service, settings),
        packages=(package,),
        install=package,
        accepts=accepts,
        concurrency=concurrency,
        description=describe(known),
    )


def refuse_picture(known: CatalogModel, request: Request) -> None:
    """GiveUp for a picture that a text-only model would never see."""
    if request.picture is not None and not known.sees:
        raise GiveUp(f"{known.label} is text only: ask it under profile=blind")
