"""``pointbench run``: ask models to point at the targets of suites."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared.asking import add_plan_arguments, ask, exit_status, typed_command
from pointbench.cli.shared.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    add_quiet,
    check_data,
)
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model
    from pointbench.engine.planning.setup import PreparedRun
    from pointbench.settings import Config

_PLAN_OPTIONS = ("model", "suite", "repeats", "variants", "limit", "where", "seed", "blind", "name")
"""What decides the plan; a resumed run has its own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_plan_arguments(parser)
    parser.add_argument("--resume", metavar="RUN", help="go on with a run; needs nothing else")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the plan and what it would cost, ask nothing"
    )
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_quiet(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.engine.planning.setup import create_folder
    from pointbench.settings import load_env_file, read_config

    load_env_file(Path.cwd())
    config = read_config(args.config, Path.cwd())
    prepared = _resumed(args, config) if args.resume else _new(args, config)
    if prepared.info.kind == "streak":
        from pointbench.cli.streak import resume

        return resume(args, prepared)
    if args.dry_run:
        from pointbench.cli.shared.dry_run import print_plan

        print_plan(prepared, as_json=args.json)
        return 0
    if args.max_cost is not None:
        from pointbench.engine.execute import check_prices

        check_prices(prepared)
    if not args.resume:
        create_folder(prepared)
    return _execute(args, prepared)


def _new(args: argparse.Namespace, config: Config) -> PreparedRun:
    from pointbench.engine.planning.setup import DEFAULT_SUITE, RunOptions, prepare_run

    options = RunOptions(
        suites=tuple(args.suite or (DEFAULT_SUITE,)),
        repeats=args.repeats or 1,
        variants=_variants(args.variants),
        limit=args.limit,
        where=tuple(args.where or ()),
        seed=args.seed or 0,
        max_error_rate=0.02 if args.max_error_rate is None else args.max_error_rate,
        data=check_data(args.data),
        out=args.out,
        name=args.name,
        command=typed_command("run", args, ("repeats", "variants", "limit", "seed")),
    )
    return prepare_run(options, _models(args, config))


def _resumed(args: argparse.Namespace, config: Config) -> PreparedRun:
    from pointbench.engine.planning import resume
    from pointbench.engine.streak import scheduler as streak
    from pointbench.runs import find_run, read_run_info

    given = [name for name in _PLAN_OPTIONS if getattr(args, name)]
    if given:
        option = given[0].replace("_", "-")
        raise UsageError(f"--resume goes on with the run's own plan; leave out --{option}")
    folder = find_run(args.resume, args.out)
    if read_run_info(folder).kind == "streak":
        return streak.prepare_resume(folder, config, check_data(args.data))
    return resume.prepare_resume(folder, config, check_data(args.data))


def _models(args: argparse.Namespace, config: Config) -> list[Model]:
    from pointbench.adapters import registry

    if args.model:
        return registry.resolve_all(args.model, config, blind=args.blind)
    models = []
    for model in registry.resolve_all(registry.DEFAULT_MODELS, config):
        lacks = registry.missing(model)
        if lacks:
            # Nobody asked for this one by name: the run goes on without it.
            sys.stderr.write(f"pointbench: going on without {model.label}: {'; '.join(lacks)}\n")
        else:
            models.append(model)
    return models


def _variants(text: str | None) -> tuple[str, ...]:
    from pointbench.trials import VARIANTS

    given = [part.strip() for part in ("as-is" if text is None else text).split(",")]
    for part in given:
        if part not in VARIANTS:
            raise UsageError(f"--variants {part!r}: there are {', '.join(VARIANTS)}")
    return tuple(variant for variant in VARIANTS if variant in given)


def _execute(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.cli.shared.results import print_results, write_results

    absent = {(target.suite, target.id) for target in prepared.targets if target.absent}
    stop = threading.Event()
    ending, interrupted = ask(args, prepared, stop, absent)
    summary = write_results(prepared.folder, args.data)
    print_results(prepared.folder, summary, as_json=args.json)
    open_ = f"{ending.unasked} trial{'' if ending.unasked == 1 else 's'}"
    return exit_status(args, prepared, ending, interrupted, open_=open_, asked="trials")
