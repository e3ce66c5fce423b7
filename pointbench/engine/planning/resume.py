"""Resumes a run: checks its stored suite, models and prompts against the current ones."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec

from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.adapters.setting_specs import wire_settings
from pointbench.engine.planning.setup import (
    PreparedRun,
    check_models,
    check_pictures,
    sent_output_limit,
    with_best_constant,
)
from pointbench.errors import RunError, UsageError, one_line
from pointbench.runs import (
    SCHEMA,
    RunInfo,
    RunModel,
    RunSuite,
    read_run_info,
    read_targets,
)
from pointbench.settings import Config
from pointbench.suites import Suite, data_roots, find_suite

PROFILE_NOTES = {"description", "source", "evidence"}
"""Fields of a profile that are for people: they change no answer, so a resumed run ignores them."""


def prepare_resume(folder: Path, config: Config, data: Path | None) -> PreparedRun:
    """A run begun earlier, ready to continue.

    RunError when its suite, a model, a profile or a setting has changed. Otherwise one run would mix
    answers obtained under two configurations, with nothing to tell them apart.
    """
    info = read_run_info(folder)
    if info.kind != "run":
        raise RunError(f"run {folder.name} was made by `{info.kind}`; only `run` can be resumed")
    return prepare_stored(folder, info, config, data)


def prepare_stored(folder: Path, info: RunInfo, config: Config, data: Path | None) -> PreparedRun:
    """`prepare_resume` for a run of any kind, whose ``run.json`` has already been read."""
    targets = read_targets(folder)
    models = [_same_model(stored, config, folder.name) for stored in info.models]
    models = check_models(models)
    root = data or stored_root(folder, info)
    suites = [_same_suite(stored, root, folder.name) for stored in info.suites]
    check_pictures(suites, targets)
    ready = [
        with_best_constant(model, stored) for model, stored in zip(models, info.models, strict=True)
    ]
    # What is appended is of this version's schema, so the run is from now on, too.
    stored_models = tuple(
        msgspec.structs.replace(stored, output_limit=sent_output_limit(model))
        for model, stored in zip(models, info.models, strict=True)
    )
    info = msgspec.structs.replace(info, schema=SCHEMA, models=stored_models)
    return PreparedRun(info, folder, targets, ready, {suite.name: suite.root for suite in suites})


def _same_model(stored: RunModel, config: Config, run: str) -> Model:
    try:
        model = registry.resolve(stored.label, config)
    except UsageError as error:
        raise RunError(f"run {run} cannot be resumed: model {stored.label}: {error}") from error
    if (model.adapter, model.name) != (stored.adapter, stored.name):
        raise RunError(
            f"run {run} cannot be resumed: {stored.label} was {stored.adapter}/{stored.name}, "
            f"it is {model.adapter}/{model.name} now; start a new run"
        )
    profile = model.profile.model_dump(mode="json")
    changed = sorted(
        key
        for key in {*profile, *stored.profile} - PROFILE_NOTES
        if profile.get(key) != stored.profile.get(key)
    )
    if changed:
        raise RunError(
            f"run {run} cannot be resumed: profile {stored.profile.get('name')} of {stored.label} has "
            f"changed ({', '.join(changed)}); start a new run"
        )
    if dict(model.sampling) != stored.settings:
        raise RunError(
            f"run {run} cannot be resumed: the settings of {stored.label} have changed; start a new run"
        )
    # The label does not include base_url and the like; pointbench.toml's current values come first.
    wire = wire_settings(
        f"run {run} cannot be resumed: correct `wire` of {stored.label} in its run.json, or start a new "
        f"run",
        {**stored.wire, **model.wire},
    )
    _refuse_lent_key(stored, model, run)
    return replace(model, wire=wire)


def _refuse_lent_key(stored: RunModel, model: Model, run: str) -> None:
    """RunError when ``run.json`` alone would send a vendor's key to another host.

    Run folders are shared, so a ``run.json`` may come from somebody else.
    """
    from pointbench.adapters.catalog import service_at, services

    variable = stored.wire.get("key_env")
    urls = stored.wire.get("base_url", [])
    if variable is None or {"key_env", "base_url"} <= set(model.wire):
        return
    known = {service.key_variable for service in services().values()}
    for url in [urls] if isinstance(urls, str) else urls:
        service = service_at(str(url))
        if variable in known and (service is None or service.key_variable != variable):
            raise RunError(
                f"run {run} cannot be resumed: its run.json would send {variable} of {stored.label} to a "
                f"host that is not its vendor's; name the model in pointbench.toml if you mean that"
            )


def _same_suite(stored: RunSuite, root: Path | None, run: str) -> Suite:
    suite = find_suite(stored.name, data_roots(root, Path.cwd()))
    if suite.digest != stored.digest:
        raise RunError(
            f"run {run} cannot be resumed: suite {stored.name} has changed since "
            f"(digest {suite.digest[:12]}, was {stored.digest[:12]}); start a new run"
        )
    return suite


def stored_root(folder: Path, info: RunInfo) -> Path | None:
    """The data root that the run's ``--data`` named, if it still exists."""
    if info.data is None or re.match(r"^([A-Za-z]:|[/\\])", info.data):
        return None
    root = folder / info.data
    return root if (root / "targets").is_dir() else None


def another_plan(run: PreparedRun, found: str) -> RunError:
    """The error for a journal that does not fit run.json; ``found`` says where."""
    return RunError(
        one_line(
            f"run {run.folder.name} cannot be resumed: its run.json has changed (seed, repeats or "
            f"variants): trials.jsonl has {found}; put run.json back as it was, or start a new run"
        )
    )
