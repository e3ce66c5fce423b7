"""Resolves the argument of ``-m`` to a model that can be asked."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote

from pointbench.adapters.catalog import ShortNames, where_to_get
from pointbench.adapters.protocol import Adapter, Facts
from pointbench.adapters.setting_specs import (
    IMAGE_LIMIT,
    PICTURE,
    WIRE,
    as_written,
    check_settings,
    check_storable,
    image_limit_in,
    wire_settings,
)
from pointbench.errors import UsageError, nearest_hint, one_line
from pointbench.extras import importable
from pointbench.profiles import Evidence, Profile, find_profile
from pointbench.settings import Config, left_in_env_file, refuse_secret

GROUP = "pointbench.adapters"
"""The entry-point group; an entry point's name is the adapter's."""

DEFAULT_PROFILE = "pixel"
BLIND_PROFILE = "blind"

SHORT_NAMES: Mapping[str, str] = ShortNames()
"""Short names of well-known models; no name in pointbench.toml takes their place."""

DEFAULT_MODELS = ("local/random", "local/center", "local/best-constant", "local/ocr")
"""The models that `run` asks when no ``-m`` is given."""


FILE_LABEL = "file"
"""What stands for the adapter in the label of a model from a file."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Model:
    """An adapter with a model name and settings, ready to be asked."""

    label: str
    """The model's name in every file and table."""
    adapter: str
    name: str
    profile: Profile
    """With the model's own limit for pictures, if it has one (`Profile.with_image_limit`)."""
    sampling: Mapping[str, Any]
    """Settings that change the answer: the profile's, overridden by the user's."""
    wire: Mapping[str, Any]
    """Settings that change no answer (`pointbench.adapters.setting_specs.WIRE`), checked."""
    evidence: Evidence | Literal["unknown"] | None = None
    """How its profile is known to be its own.

    None for a profile that the user named, that the adapter vouches for, or that sends no picture.
    """

    picture: frozenset[str] = frozenset()
    """Names of those settings of ``sampling`` that are applied here (`setting_specs.PICTURE`)."""

    @property
    def sent(self) -> dict[str, Any]:
        """Settings of ``sampling`` that the adapter receives with every request."""
        return {name: value for name, value in self.sampling.items() if name not in self.picture}

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as the adapter receives them."""
        return {**self.sent, **self.wire}


@cache
def entry_points() -> dict[str, metadata.EntryPoint]:
    """Every installed adapter by name; none of them is imported yet."""
    return {entry.name: entry for entry in metadata.entry_points(group=GROUP)}


@cache
def adapter_class(name: str) -> type[Adapter]:
    """The class of an adapter; UsageError for an unknown name or one that cannot be loaded."""
    entries = entry_points()
    if name not in entries:
        hint = nearest_hint(name, entries, f"there are {', '.join(entries)}")
        raise UsageError(one_line(f"no adapter {name!r}; {hint}"))
    try:
        adapter: type[Adapter] = entries[name].load()
    except Exception as error:
        raise UsageError(one_line(f"adapter {name} cannot be loaded: {error!r}")) from error
    return adapter


def resolve(text: str, config: Config, *, blind: bool = False) -> Model:
    """The model named by ``adapter/name?settings``, a short name, or a name in pointbench.toml.

    Every setting is checked here, for every adapter: code that uses a `Model` does not check again.
    A setting of `WIRE` or `PICTURE` that is ``null`` counts as not set; ``null`` for any other is passed
    to the adapter (which then sends the vendor nothing, even if the profile has a value).
    UsageError, in one line, for anything else.
    """
    refuse_taken_names(config)
    base, _, query = text.partition("?")
    _refuse_broken_text(base)
    typed = _query_settings(query, text)
    settings = dict(typed)
    config_name = base if base in config.models else None
    if config_name:
        base, settings = _of_config(config, config_name, typed)
    base = SHORT_NAMES.get(base, base)
    if "?" in base:
        base, _, query = base.partition("?")
        settings = {**_query_settings(query, base), **settings}
    adapter, slash, name = base.partition("/")
    if not slash or not adapter or not name:
        raise UsageError(_no_model(base, config))
    where = f"{config.file} [models.{config_name}]" if config_name else base
    wire = wire_settings(where, {key: value for key, value in settings.items() if key in WIRE})
    own = {key: value for key, value in settings.items() if key not in WIRE}
    profile_name = _profile_name(own, where, config)
    facts = facts_of(adapter, name, {**own, **wire})
    shown_name = text.partition("?")[0]
    for key in own:
        _refuse_unknown(facts, key, shown_name if key in typed else where)
    _check_values(shown_name, {key: own[key] for key in own if key in typed}, facts)
    _check_values(where, own, facts)
    own.pop("profile", None)
    _normalize_picture_settings(own, facts)
    default = facts.profile or DEFAULT_PROFILE
    chosen = default if profile_name is None else profile_name
    if blind and not find_profile(chosen, config.profiles).blind:
        chosen = typed["profile"] = BLIND_PROFILE
    profile = find_profile(chosen, config.profiles)
    _refuse_address(profile, config)
    check_settings(f"profile {chosen}", profile.settings, WIRE)
    _check_values(f"profile {chosen}", profile.settings, facts)
    if config_name:
        # The name covers the file's settings; the label shows only settings added after ``?``.
        shown = {key: value for key, value in typed.items() if key not in WIRE}
    else:
        shown = {key: value for key, value in own.items() if profile.settings.get(key) != value}
        if chosen != default:
            shown["profile"] = chosen
    label = _label(config_name or base, shown)
    evidence = None
    if profile_name is None and not profile.blind:
        evidence = facts.evidence
    sampling = {**profile.settings, **own}
    sampling = {
        name: value
        for name, value in sampling.items()
        if value is not None or not _is_picture(name, facts)
    }
    picture = {name: sampling[name] for name in sampling if _is_picture(name, facts)}
    # A model made blind keeps its setting; one that never sees anything has none.
    blinded = profile.blind and chosen != default
    profile = _with_image_limit(profile, image_limit_in(picture), where, blinded=blinded)
    model = Model(label, adapter, name, profile, sampling, wire, evidence, frozenset(picture))
    for key in code_settings(model):
        if not typed.get(key):
            raise UsageError(
                f"{where}: {key} runs code that comes with the model, so no file can set it; read the "
                f"code, then type it: -m {_typed_again(shown_name, key)}"
            )
    return model


def _refuse_address(profile: Profile, config: Config) -> None:
    """UsageError for a profile that holds a key, or decides where a model is asked or with which key."""
    for key, value in profile.settings.items():
        refuse_secret(key, value, f"profile {profile.name}")
        if key in ("base_url", "key_env"):
            raise UsageError(
                one_line(
                    f"{config.file} [profiles.{_toml_key(profile.name)}]: {key} is no setting of a profile; "
                    f"write it in [models.NAME]"
                )
            )


def _typed_again(name: str, key: str) -> str:
    return shlex.quote(f"{name}?{key}=true")


def code_settings(model: Model) -> list[str]:
    """The model's settings that make it run code that comes with it (`Setting.runs_code`)."""
    accepts = facts_of(model.adapter, model.name, model.settings).accepts
    known = accepts if isinstance(accepts, Mapping) else {}
    return [
        key
        for key, value in model.settings.items()
        if key in known and known[key].runs_code and value
    ]


def refuse_taken_names(config: Config) -> None:
    """UsageError for a name in pointbench.toml that would take the place of another model's."""
    for name in config.models:
        adapter, slash, _ = name.partition("/")
        if name in SHORT_NAMES:
            what = f"the short name of {SHORT_NAMES[name]}"
        elif name in DEFAULT_MODELS:
            what = "one of the models that `run` asks when none is named"
        elif slash and (adapter in entry_points() or adapter == FILE_LABEL):
            what = f"a model of the adapter {adapter}"
        elif name.startswith(".") or ".py:" in name:
            what = "a class in a file"
        else:
            continue
        raise UsageError(
            one_line(
                f"{config.file} [models.{_toml_key(name)}]: {name!r:.80} is {what}; give this model "
                f"a name of its own"
            )
        )


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def named_variables(texts: Sequence[str]) -> set[str]:
    """The variables that a ``key_env`` in these arguments of ``-m`` names."""
    return {
        value
        for text in texts
        for key, value in parse_qsl(text.partition("?")[2])
        if key == "key_env"
    }


def resolve_all(texts: Sequence[str], config: Config, *, blind: bool = False) -> list[Model]:
    """Every model of a run; UsageError when two of them have the same label."""
    models = [resolve(text, config, blind=blind) for text in texts]
    labels = [model.label for model in models]
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(
                f"two models of this run have the label {label!r}; give one of them its own name "
                f"in pointbench.toml"
            )
    return models


def facts_of(adapter: str, name: str, settings: Mapping[str, Any]) -> Facts:
    """What is known about a model before it is asked; UsageError if its adapter cannot provide it."""
    cls = adapter_class(adapter)
    try:
        facts = _facts(cls, name, settings)
    except UsageError as error:
        raise UsageError(one_line(str(error))) from error
    except Exception as error:
        raise UsageError(
            one_line(f"{adapter}/{name}: the adapter's facts cannot be read: {error!r}")
        ) from error
    if not isinstance(facts, Facts):
        kind = type(facts).__name__
        raise UsageError(f"{adapter}/{name}: the adapter's facts() returns {kind}, not Facts")
    return facts


def _facts(cls: type[Adapter], name: str, settings: Mapping[str, object]) -> object:
    facts = getattr(cls, "facts", None)
    if facts is not None:
        return facts(name, settings)
    requires: Mapping[str, Sequence[str]] = getattr(cls, "requires", None) or {}
    return Facts(
        profile=getattr(cls, "profile", None),
        env=tuple(requires.get("env", ())),
        packages=tuple(requires.get("packages", ())),
        description=" ".join((cls.__doc__ or "").split("\n\n")[0].split()),
    )


def missing(model: Model) -> list[str]:
    """What this machine lacks to ask the model, one line for each with the way to fix it."""
    facts = facts_of(model.adapter, model.name, model.settings)
    lines = [
        f"{model.label} needs {name} in the environment (or in .env){where_to_get(name)}"
        for name in facts.env
        if not os.environ.get(name)
    ]
    packages = [name for name in facts.packages if not importable(name)]
    if packages:
        install = facts.install or " ".join(packages)
        lines.append(
            f"{model.label} needs {', '.join(packages)}, not installed here: "
            f"pip install '{install}'"
        )
    key_env = model.wire.get("key_env")
    if isinstance(key_env, str) and not os.environ.get(key_env):
        left = (
            "; .env has it, but .env gives only keys named *_API_KEY or *_API_TOKEN, or named by a key_env "
            "on the command line"
            if left_in_env_file(key_env)
            else ""
        )
        lines.append(
            f"{model.label} needs {key_env} in the environment, because key_env names it{left}"
        )
    return lines


def key_variables(models: Sequence[Model]) -> set[str]:
    """The environment variables that hold these models' keys: from ``key_env`` and from `Facts`."""
    named = {str(model.wire["key_env"]) for model in models if model.wire.get("key_env")}
    needs = [facts_of(model.adapter, model.name, model.settings).env for model in models]
    return named | {name for env in needs for name in env if not name.endswith("_BASE_URL")}


def _of_config(config: Config, name: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    entry = dict(config.models[name])
    where = f"{config.file} [models.{name}]"
    base = entry.pop("model", None)
    if not isinstance(base, str):
        raise UsageError(f'{where}: needs model = "adapter/name"')
    for key, value in entry.items():
        refuse_secret(key, value, where)
    base, _, query = base.partition("?")
    return base, {**_query_settings(query, where), **entry, **settings}


def _query_settings(query: str, where: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        refuse_secret(key, value, where.partition("?")[0])
        settings[key] = _typed(value)
    if query and not settings:
        raise UsageError(f"{unquote(where)!r}: settings after ? are written key=value&key=value")
    check_settings(where.partition("?")[0], settings, WIRE)
    return settings


def _typed(value: str) -> Any:
    """A value after ``?``: a number, true, false or null as such, anything else as text."""
    try:
        typed = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if isinstance(typed, dict | list) else typed


def _refuse_broken_text(text: str) -> None:
    """UsageError for an argument that is not UTF-8, which no file of a run could hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"model {text!r:.80} is not valid UTF-8; type its name again") from error


def _profile_name(own: Mapping[str, object], where: str, config: Config) -> str | None:
    """The profile that the settings name; None if they name none."""
    if "profile" not in own:
        return None
    value = own["profile"]
    # A number after ``?`` may be the name of a profile in pointbench.toml.
    if not isinstance(value, str) and str(value) not in config.profiles:
        raise UsageError(
            one_line(f"{where}: profile must be the name of a profile, not {as_written(value)}")
        )
    return str(value)


def _refuse_unknown(facts: Facts, key: str, where: str) -> None:
    if facts.accepts is None:
        return
    known = {*facts.accepts, *WIRE, *PICTURE, "profile"}
    if key not in known:
        hint = nearest_hint(key, known, f"it takes {', '.join(sorted(known))}", most=1)
        raise UsageError(one_line(f"{where}: no setting {key!r}; {hint}"))


def _check_values(where: str, settings: Mapping[str, object], facts: Facts) -> None:
    """UsageError for a value that the adapter does not accept, or that no run could store."""
    if isinstance(facts.accepts, Mapping):
        check_settings(where, settings, facts.accepts)
    check_settings(where, {k: v for k, v in settings.items() if _is_picture(k, facts)}, PICTURE)
    check_storable(where, settings)


def _is_picture(name: str, facts: Facts) -> bool:
    """Whether a setting is applied here: an adapter's own of the same name is the adapter's."""
    return name in PICTURE and name not in (facts.accepts or ())


def _normalize_picture_settings(own: dict[str, Any], facts: Facts) -> None:
    """Convert the settings that are applied here to their type."""
    for name in own:
        if _is_picture(name, facts) and own[name] is not None:
            own[name] = PICTURE[name].normalized(own[name])


def _with_image_limit(profile: Profile, most: int | None, where: str, *, blinded: bool) -> Profile:
    if most is None or blinded:
        return profile
    try:
        return profile.with_image_limit(most)
    except ValueError as error:
        raise UsageError(
            f"{where}: {IMAGE_LIMIT} does not go with profile {profile.name}: {error}"
        ) from error


def _label(base: str, shown: Mapping[str, Any]) -> str:
    pairs = [f"{key}={quote(_plain(shown[key]), safe='/:,')}" for key in sorted(shown)]
    return base + ("?" + "&".join(pairs) if pairs else "")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _no_model(text: str, config: Config) -> str:
    names = [*SHORT_NAMES, *config.models, *DEFAULT_MODELS]
    hint = nearest_hint(text, names, "`pointbench models list` lists them", most=3)
    return one_line(f"no model {text!r}: a model is written adapter/name; {hint}")
