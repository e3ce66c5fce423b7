"""Resumes a run: checks its stored suite, models and prompts against the current ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.adapters.setting_specs import as_written
from pointbench.engine.planning.setup import (
    PreparedRun,
    check_models,
    check_pictures,
    sent_output_limit,
    with_best_constant,
)
from pointbench.engine.planning.trust import (
    refuse_smuggled,
    refuse_untyped_code,
    suite_targets,
    trusted_wire,
    typed_models,
)
from pointbench.errors import RunError, SuiteError, UsageError, one_line
from pointbench.profiles import Profile
from pointbench.runs import (
    SCHEMA,
    RunInfo,
    RunModel,
    RunSuite,
    read_run_info,
    stored_root,
)
from pointbench.settings import Config
from pointbench.suites import Suite, data_roots, find_suite

ASKS_AND_READS = (
    "prompt", "system", "blind", "sizing", "unit", "order", "format", "several", "nothing",
    "opens_reasoning", "settings",
)  # fmt: skip
"""The fields of a profile that decide an answer; the others are for people, and may change."""


def prepare_resume(
    folder: Path, config: Config, data: Path | None, typed: Sequence[Model] = ()
) -> PreparedRun:
    """A run begun earlier, ready to continue; ``typed`` are models that ``-m`` names again.

    RunError when its suite, a model, a profile or a setting has changed. Otherwise one run would mix
    answers obtained under two configurations, with nothing to tell them apart.
    """
    info = read_run_info(folder)
    if info.kind != "run":
        raise RunError(f"run {folder.name} was made by `{info.kind}`; only `run` can be resumed")
    return prepare_stored(folder, info, config, data, typed)


def prepare_stored(
    folder: Path, info: RunInfo, config: Config, data: Path | None, typed: Sequence[Model] = ()
) -> PreparedRun:
    """`prepare_resume` for a run of any kind, whose ``run.json`` has already been read."""
    again = typed_models(typed, info, folder.name)
    models = [_same_model(stored, config, folder.name, again) for stored in info.models]
    models = [
        _with_stored_limit(model, stored)
        for model, stored in zip(check_models(models), info.models, strict=True)
    ]
    root = data or stored_root(folder, info)
    if root and not (root / "targets").is_dir():
        root = None
    suites = [_same_suite(stored, root, folder.name) for stored in info.suites]
    targets, whole = suite_targets(folder, info, suites)
    check_pictures(suites, targets)
    ready = [
        with_best_constant(model, stored) for model, stored in zip(models, info.models, strict=True)
    ]
    # What is appended is of this version's schema, so the run is from now on, too.
    stored_models = tuple(
        msgspec.structs.replace(
            stored,
            output_limit=sent_output_limit(model),
            # 0.1.0 did not say whether anything is known of how a model points.
            evidence=model.evidence if info.schema < SCHEMA else stored.evidence,
        )
        for model, stored in zip(models, info.models, strict=True)
    )
    info = msgspec.structs.replace(info, schema=SCHEMA, models=stored_models)
    roots = {suite.name: suite.root for suite in suites}
    return PreparedRun(info, folder, targets, ready, roots, whole)


def _with_stored_limit(model: Model, stored: RunModel) -> Model:
    """The model with the output limit that the run began with, where another is the default now.

    Among the wire settings, because the limit that an adapter chooses is no part of a trial's key.
    """
    limit = stored.cut_off_at
    if sent_output_limit(model) == limit:
        return model
    return replace(model, wire={**model.wire, "max_tokens": limit})


def _same_model(stored: RunModel, config: Config, run: str, again: Mapping[str, Model]) -> Model:
    refuse_smuggled(stored, run)
    try:
        model = registry.resolve(stored.label, config)
    except UsageError as error:
        raise RunError(f"run {run} cannot be resumed: model {stored.label}: {error}") from error
    if (model.adapter, model.name) != (stored.adapter, stored.name):
        raise RunError(
            f"run {run} cannot be resumed: {stored.label} was {stored.adapter}/{stored.name}, "
            f"it is {model.adapter}/{model.name} now; start a new run"
        )
    profile = _same_profile(stored, model, run)
    _refuse_changed_settings(stored, model, run)
    typed = again.get(stored.label)
    refuse_untyped_code(model, typed, run)
    return replace(model, profile=profile, wire=trusted_wire(stored, model, typed, config, run))


def _same_profile(stored: RunModel, model: Model, run: str) -> Profile:
    """Today's profile of the model, under its stored name, which is part of every trial's key.

    RunError, naming the fields, if it asks or reads in another way than the stored one.
    """
    today = model.profile
    changed = changed_fields(stored.profile, today)
    name = stored.profile.get("name")
    name = name if isinstance(name, str) else today.name
    if not changed:
        return today.model_copy(update={"name": name})
    fields = ", ".join(changed)
    if name == today.name:
        what = f"profile {name} of {stored.label} has changed ({fields})"
        mend = (
            f'or write [profiles."{name}"] in pointbench.toml, with like = "{name}" and {fields} as '
            f"in its run.json"
        )
    else:
        what = f"{stored.label} was asked under profile {name}, but is now under {today.name} ({fields})"
        mend = f"with {stored.label.partition('?')[0]}?profile={name} if you want that one"
    raise RunError(one_line(f"run {run} cannot be resumed: {what}; start a new run, {mend}"))


def changed_fields(stored: Mapping[str, object], today: Profile) -> list[str]:
    """The fields in which ``today`` asks or reads in another way than the profile stored in a run.

    A field that the stored profile does not have, because a newer version added it, counts as that
    field's default.
    """
    after = today.model_dump(mode="json")
    defaults = {
        field: Profile.model_fields[field].get_default(call_default_factory=True)
        for field in ASKS_AND_READS
    }
    return [field for field in ASKS_AND_READS if stored.get(field, defaults[field]) != after[field]]


def _refuse_changed_settings(stored: RunModel, model: Model, run: str) -> None:
    """RunError, naming every setting that changes an answer and is not what it was."""
    before, after = stored.settings, dict(model.sampling)
    changed = [
        f"{name} was {_written(before, name)}, is {_written(after, name)}"
        for name in {**before, **after}
        if (name in before, before.get(name)) != (name in after, after.get(name))
    ]
    if changed:
        raise RunError(
            one_line(
                f"run {run} cannot be resumed: the settings of {stored.label} have changed "
                f"({', '.join(changed)}); start a new run"
            )
        )


def _written(settings: Mapping[str, object], name: str) -> str:
    return as_written(settings[name]) if name in settings else "not set"


def _same_suite(stored: RunSuite, root: Path | None, run: str) -> Suite:
    try:
        suite = find_suite(stored.name, data_roots(root, Path.cwd()))
    except SuiteError as error:
        if error.faults or root is not None:
            raise
        # The path of a data root that names a user or a host is not stored.
        raise RunError(
            one_line(
                f"run {run} cannot be resumed: no suite {stored.name!r} here; add the --data DIR that "
                f"the run was started with"
            )
        ) from error
    if suite.digest != stored.digest:
        raise RunError(
            f"run {run} cannot be resumed: suite {stored.name} has changed since "
            f"(digest {suite.digest[:12]}, was {stored.digest[:12]}); start a new run"
        )
    return suite


def another_plan(run: PreparedRun, found: str) -> RunError:
    """The error for a journal that does not fit run.json; ``found`` says where."""
    return RunError(
        one_line(
            f"run {run.folder.name} cannot be resumed: its run.json has changed (seed, repeats or "
            f"variants): trials.jsonl has {found}; put run.json back as it was, or start a new run"
        )
    )
