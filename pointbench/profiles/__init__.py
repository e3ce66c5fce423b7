"""Profiles: how to ask each model family. One TOML file per family, read on first use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import ValidationError

from pointbench.errors import UsageError, nearest_hint
from pointbench.profiles.profile import Evidence, Profile, nothing_known

__all__ = ["Evidence", "Profile", "find_profile", "known_profiles", "nothing_known", "read_profile"]


@cache
def known_profiles() -> dict[str, Profile]:
    """Name -> profile, for every profile in the package."""
    profiles: dict[str, Profile] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for name, fields in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if name in profiles:
                    raise ValueError(f"profile {name} is defined twice, once in {file.name}")
                profiles[name] = Profile(name=name, **fields)
    return profiles


def read_profile(name: str, fields: Mapping[str, object], where: str) -> Profile:
    """A profile from a TOML table; UsageError names ``where`` and the invalid key.

    ``like = "NAME"`` starts from another profile, whose keys the table overrides.
    """
    keys = dict(fields)
    like = keys.pop("like", None)
    base: dict[str, object] = {}
    if like:
        base = find_profile(str(like)).model_dump(exclude_unset=True)
    try:
        return Profile.model_validate({"description": "", **base, **keys, "name": name})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{where}: profile {name}: {key}: {first['msg']}") from error


def find_profile(name: str, added: Mapping[str, Profile] | None = None) -> Profile:
    """The profile named ``name``; UsageError, with the nearest names, for an unknown one.

    ``added`` profiles, those of pointbench.toml, override those of the package.
    """
    profiles = {**known_profiles(), **(added or {})}
    if name not in profiles:
        hint = nearest_hint(name, profiles, "`pointbench models list` lists them", most=3)
        raise UsageError(f"no profile {name!r}; {hint}")
    return profiles[name]
