"""``pointbench run``: ask models to point at the targets of suites."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import (
    add_asking_arguments,
    ask,
    exit_status,
    new_run_options,
    read_environment,
    refuse_plan_options,
    with_limits,
)
from pointbench.cli.shared.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    add_quiet,
    check_data,
)

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model
    from pointbench.engine.planning.setup import PreparedRun
    from pointbench.settings import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_asking_arguments(parser)
    parser.add_argument("--resume", metavar="RUN", help="resume a run; needs no other option")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the plan and its expected cost, and ask nothing",
    )
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_quiet(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.engine.planning.setup import create_folder
    from pointbench.settings import read_config

    read_environment(args.model)
    config = read_config(args.config, Path.cwd())
    prepared = _new(args, config) if args.resume is None else _resumed(args, config)
    if prepared.info.kind == "streak":
        from pointbench.cli.streak import resume

        return resume(args, prepared)
    if prepared.info.kind == "gate":
        from pointbench.cli import gate

        return gate.resume(args, prepared)
    if args.dry_run:
        from pointbench.cli.shared.dry_run import print_plan

        print_plan(prepared, as_json=args.json)
        return 0
    prepared = with_limits(args, prepared)
    if args.resume is None:
        create_folder(prepared)
    return _execute(args, prepared)


def _new(args: argparse.Namespace, config: Config) -> PreparedRun:
    from pointbench.engine.planning.setup import prepare_run

    return prepare_run(new_run_options("run", args), _models(args, config))


def _resumed(args: argparse.Namespace, config: Config) -> PreparedRun:
    from pointbench.adapters import registry
    from pointbench.engine.gate import scheduler as gate
    from pointbench.engine.planning import resume
    from pointbench.engine.streak import scheduler as streak
    from pointbench.runs import find_run, read_run_info

    refuse_plan_options(args)
    folder = find_run(args.resume, args.out)
    data = check_data(args.data)
    typed = registry.resolve_all(args.model or (), config)
    kind = read_run_info(folder).kind
    if kind == "streak":
        return streak.prepare_resume(folder, config, data, typed)
    if kind == "gate":
        return gate.prepare_resume(folder, config, data, typed)
    return resume.prepare_resume(folder, config, data, typed)


def _models(args: argparse.Namespace, config: Config) -> list[Model]:
    from pointbench.adapters import registry

    if args.model:
        return registry.resolve_all(args.model, config, blind=bool(args.blind))
    models = []
    for model in registry.resolve_all(registry.DEFAULT_MODELS, config):
        missing = registry.missing(model)
        if missing:
            # This model was not asked for by name, so the run goes ahead without it.
            console.message(f"running without {model.label}: {'; '.join(missing)}")
        else:
            models.append(model)
    return models


def _execute(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.cli.shared.results import print_results, write_results

    absent = {(target.suite, target.id) for target in prepared.targets if target.absent}
    result, interrupted = ask(args, prepared, threading.Event(), absent)
    summary = write_results(prepared.folder, args.data, told=True)
    print_results(prepared.folder, summary, as_json=args.json)
    return exit_status(args, prepared, result, interrupted, unit="trial", trials="trials")
