"""Prepares a new run: checks models, targets, pictures and folder before the first request."""

from __future__ import annotations

import getpass
import platform
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import msgspec

from pointbench import __version__
from pointbench.adapters import registry
from pointbench.adapters.registry import Model
from pointbench.adapters.setting_specs import output_limit_in
from pointbench.engine.planning import plan
from pointbench.engine.planning.selection import select_targets
from pointbench.errors import SuiteError, UsageError, one_line
from pointbench.pictures import check_picture
from pointbench.runs import (
    RUN_NAME,
    SCHEMA,
    Exact,
    RunInfo,
    RunModel,
    RunSuite,
    Shard,
    write_run_info,
    write_targets,
)
from pointbench.settings import without_host_name
from pointbench.suites import AskedTarget, Suite, data_roots, find_suite, picture_path

DEFAULT_SUITE = "starter"
DEFAULT_MAX_ERROR_RATE = 0.02
"""Share of trials in error above which the exit status of a run is 1."""


ChooseTargets = Callable[[Sequence[AskedTarget]], list[AskedTarget]]


@dataclass(frozen=True)
class RunOptions:
    """A user's options for a new run."""

    suites: tuple[str, ...] = (DEFAULT_SUITE,)
    repeats: int = 1
    variants: tuple[str, ...] = ("as-is",)
    limit: int | None = None
    where: tuple[str, ...] = ()
    seed: int = 0
    max_error_rate: float = DEFAULT_MAX_ERROR_RATE
    data: Path | None = None
    out: Path = Path("results")
    name: str | None = None
    shard: Shard | None = None
    command: str = "pointbench run"


@dataclass(frozen=True)
class PreparedRun:
    """A run ready to be asked: no model lacks a key or package, and every picture is as annotated."""

    info: RunInfo
    folder: Path
    targets: list[AskedTarget]
    """The targets that the run asks; a shard has its own alone."""
    models: list[Model]
    roots: dict[str, Path]
    """The data root of each suite."""
    whole: list[AskedTarget] | None = None
    """The targets of the whole plan; None where they are ``targets``."""

    @property
    def plan_targets(self) -> list[AskedTarget]:
        """The targets from which the plan's order is made."""
        return self.targets if self.whole is None else self.whole

    def picture_path(self, target: AskedTarget) -> Path:
        """The picture's path; SuiteError if it leaves ``screenshots/``."""
        return picture_path(self.roots[target.suite], target.screenshot)


def prepare_run(
    options: RunOptions, models: Sequence[Model], choose: ChooseTargets = list
) -> PreparedRun:
    """A new run, fully checked but not yet on disk.

    ``choose`` may leave out targets that ``--where`` and ``--limit`` select. UsageError naming
    everything that is missing.
    """
    folder = new_folder(options.out, options.name)
    suites = load_suites(options.suites, options.data)
    asked = [target for suite in suites for target in suite.asked()]
    whole = choose(select_targets(asked, options.where, options.limit, options.seed))
    repeats, variants, seed, shard = options.repeats, options.variants, options.seed, options.shard
    targets = plan.targets_of(whole, repeats, variants, seed, shard)
    trials = plan.count(whole, repeats, variants)
    if shard is not None and not targets:
        raise UsageError(f"--shard {shard}: the plan has only {trials} trials; use fewer shards")
    models = check_models(models)
    roots = {suite.name: suite.root for suite in suites}
    check_pictures(suites, targets)
    # A shard's best constant point is that of the whole plan, so that its keys are, too.
    infos = tuple(run_model(model, whole) for model in models)
    info = RunInfo(
        schema=SCHEMA,
        pointbench=__version__,
        kind="run",
        command=options.command,
        state="running",
        created_at=now(),
        models=infos,
        suites=tuple(run_suite(suite, targets) for suite in suites),
        seed=options.seed,
        repeats=options.repeats,
        variants=options.variants,
        limit=options.limit,
        where=options.where,
        max_error_rate=options.max_error_rate,
        planned=plan.count(whole, repeats, variants, shard),
        platform=platform_facts(),
        data=relative_root(folder, options.data),
        shard=shard and msgspec.structs.replace(shard, trials=trials),
    )
    ready = [with_best_constant(model, info) for model, info in zip(models, infos, strict=True)]
    return PreparedRun(info, folder, targets, ready, roots, None if shard is None else whole)


def create_folder(run: PreparedRun) -> None:
    """Write a prepared run's folder; UsageError when it cannot be written or exists already."""
    folder = run.folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable_folder(folder, error) from error
    try:
        folder.mkdir()
        write_targets(folder, run.targets)
        write_run_info(folder, run.info)
    except FileExistsError:
        raise UsageError(f"run {folder.name} exists already; choose another --name") from None
    except OSError as error:
        raise unwritable_folder(folder, error) from error


def unwritable_folder(folder: Path, error: OSError) -> UsageError:
    """The error to raise when a run's folder cannot be written."""
    return UsageError(
        f"run {folder.name} cannot be written below --out {folder.parent.name}: {error.strerror}"
    )


# --- models ----------------------------------------------------------------------------------


def check_models(models: Sequence[Model]) -> list[Model]:
    """The models; UsageError listing every key and package that is missing for any of them."""
    missing = [line for model in models for line in registry.missing(model)]
    if missing:
        raise UsageError("; ".join(missing))
    return list(models)


def run_model(model: Model, targets: Sequence[AskedTarget]) -> RunModel:
    """A model as stored in ``run.json``, with the point of ``best-constant`` for that pointer."""
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    exact = cast("Exact | None", facts.exact)
    best = _best_constant(targets) if exact == "best-constant" else None
    return RunModel(
        label=model.label,
        adapter=model.adapter,
        name=model.name,
        profile=model.profile.model_dump(mode="json"),
        settings=dict(model.sampling),
        wire={key: _without_host_names(value) for key, value in model.wire.items()},
        blind=model.profile.blind and not exact,
        evidence=model.evidence,
        floor=facts.floor,
        exact=exact,
        best_constant=best,
        output_limit=sent_output_limit(model),
    )


def sent_output_limit(model: Model) -> int | None:
    """Output tokens at which the model's answers are cut off; None if no limit is sent."""
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    return output_limit_in(model.settings) or facts.output_limit


def _without_host_names(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_without_host_names(item) for item in value]
    return without_host_name(value) if isinstance(value, str) else value


def with_best_constant(model: Model, stored: RunModel) -> Model:
    """The model with its best constant point, computed when the run was planned."""
    if stored.best_constant is None:
        return model
    point = {"point": list(stored.best_constant)}
    return replace(model, sampling={**model.sampling, **point})


def _best_constant(targets: Sequence[AskedTarget]) -> tuple[float, float]:
    from pointbench.baselines import best_constant_point
    from pointbench.geometry import in_shares

    regions = [in_shares(target.region, target.size) for target in targets if target.region]
    point, _ = best_constant_point(regions)
    return (point.x, point.y)


# --- suites and pictures ---------------------------------------------------------------------


def load_suites(names: Sequence[str], data: Path | None) -> list[Suite]:
    """The suites of a run, each once, in the order named."""
    roots = data_roots(data, Path.cwd())
    return [find_suite(name, roots) for name in dict.fromkeys(names)]


def run_suite(suite: Suite, targets: Sequence[AskedTarget]) -> RunSuite:
    own = [target for target in targets if target.suite == suite.name]
    return RunSuite(
        name=suite.name,
        version=suite.info.version,
        title=suite.info.title,
        license=suite.info.license,
        digest=suite.digest,
        screenshots=len({target.screenshot for target in own}),
        present=sum(1 for target in own if not target.absent),
        absent=sum(1 for target in own if target.absent),
        citation=suite.info.citation,
        authors=tuple(suite.info.authors),
        homepage=suite.info.homepage,
    )


def check_pictures(suites: Sequence[Suite], targets: Sequence[AskedTarget]) -> None:
    """SuiteError listing every picture of the run that is missing or differs from its annotation."""
    asked = {(target.suite, target.screenshot): target for target in targets}
    problems = []
    for suite in suites:
        for screenshot in suite.screenshots:
            target = asked.pop((suite.name, screenshot.screenshot), None)
            if target is None:
                continue
            path = suite.picture_path(screenshot.screenshot)
            problem = check_picture(path, target.size, target.sha256, decode=False)
            if problem:
                problems.append(f"screenshots/{screenshot.screenshot}: {problem}")
    if problems:
        raise SuiteError(one_line("; ".join(problems)), problems)


# --- folders, names, the machine -------------------------------------------------------------


def new_folder(out: Path, name: str | None) -> Path:
    """The folder of a new run, not yet created; UsageError when its name is invalid or taken."""
    if name is None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{stamp}-{secrets.token_hex(3)}"
    if not RUN_NAME.fullmatch(name):
        raise UsageError(f"--name {name!r}: use letters, digits and . _ - only, without a folder")
    folder = out / name
    if folder.exists():
        raise UsageError(f"run {name} exists already; choose another --name")
    return folder


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def platform_facts() -> dict[str, str]:
    """The kind of machine; nothing that names a person or a host."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
    }


def relative_root(folder: Path, data: Path | None) -> str | None:
    """``--data`` relative to the run's folder; None if that path names a person or a host."""
    if data is None:
        return None
    relative = _walk_up(data.resolve(), folder.resolve())
    if relative is None:
        return None
    private = {part.lower() for part in (_user(), socket.gethostname(), Path.home().name) if part}
    named = any(part.lower() in private for part in relative.parts)
    return None if named else relative.as_posix()


def _walk_up(path: Path, start: Path) -> Path | None:
    # Path.relative_to(walk_up=True) needs Python 3.12.
    for up, base in enumerate([start, *start.parents]):
        if path.is_relative_to(base):
            return Path(*[".."] * up, path.relative_to(base))
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
