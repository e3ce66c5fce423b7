"""``pointbench streak``: how many clicks in a row, session after session."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import (
    add_asking_arguments,
    ask,
    exit_status,
    new_run_options,
    read_environment,
    with_limits,
    write_cautions,
    write_key_destinations,
)
from pointbench.cli.shared.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    add_quiet,
    positive,
    share,
)
from pointbench.cli.shared.terminal import count_of, style
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model
    from pointbench.engine.planning.setup import PreparedRun

_NOT_HERE = {
    "repeats": "-n/--repeats: a session draws every target afresh; --sessions N sets their number",
    "variants": "--variants: sessions show every target unchanged",
    "shard": "--shard: a session's next click depends on the one before",
}
"""Options of ``run`` that do not apply when targets are drawn, with a message for each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Options of `run` that do not apply: -n/--repeats and --variants (a session draws each "
        "click's target afresh and shows it unchanged), and --resume (`pointbench run --resume RUN` "
        "resumes a streak, too). Absent targets are never drawn."
    )
    parser.add_argument(
        "--goal", type=positive, required=True, metavar="K", help="correct clicks in a row"
    )
    parser.add_argument(
        "--chance",
        type=share,
        default=None,
        metavar="Q",
        help="a model meets the goal if its chance of K in a row is at least Q (default 0.5)",
    )
    parser.add_argument(
        "--sessions",
        type=positive,
        metavar="N",
        help="sessions per model, each until its first failure or K clicks (default 10); with "
        "--confidence, the maximum",
    )
    parser.add_argument(
        "--confidence",
        type=share,
        metavar="C",
        help="stop asking a model as soon as its clicks decide the goal at this confidence, which "
        "is valid although it is checked after every click; without --sessions, a model is left undecided "
        "after three times the clicks of a fixed-size plan",
    )
    add_asking_arguments(parser, hidden=_NOT_HERE, needs_model=True)
    parser.add_argument("--dry-run", action="store_true", help="print the plan and ask nothing")
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_quiet(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.adapters import registry
    from pointbench.engine.planning.setup import create_folder
    from pointbench.settings import read_config

    for option, why in _NOT_HERE.items():
        if getattr(args, option) is not None:
            raise UsageError(f"streak takes no {why}")
    if not args.model:
        raise UsageError("streak needs -m MODEL; `pointbench models list` lists models")
    read_environment(args.model)
    config = read_config(args.config, Path.cwd())
    prepared = _new(args, registry.resolve_all(args.model, config, blind=bool(args.blind)))
    if args.dry_run:
        _print_plan(prepared)
        return 0
    prepared = with_limits(args, prepared)
    create_folder(prepared)
    return _execute(args, prepared)


def resume(args: argparse.Namespace, prepared: PreparedRun) -> int:
    """Resume a streak; ``pointbench run --resume`` calls this for a run of that kind."""
    if args.dry_run:
        _print_plan(prepared)
        return 0
    return _execute(args, with_limits(args, prepared))


def _new(args: argparse.Namespace, models: Sequence[Model]) -> PreparedRun:
    from pointbench.engine.streak.scheduler import DEFAULT_CHANCE, goal_of, prepare_streak

    chance = DEFAULT_CHANCE if args.chance is None else args.chance
    goal = goal_of(args.goal, chance, args.sessions, args.confidence)
    options = new_run_options("streak", args, ("goal", "chance", "sessions", "confidence"))
    return prepare_streak(options, models, goal)


def _print_plan(prepared: PreparedRun) -> None:
    from pointbench.report.text.streak import plan_sentence

    info = prepared.info
    suites = ", ".join(f"{suite.name} {suite.version}" for suite in info.suites)
    targets = count_of(len(prepared.targets), "present target")
    console.out(f"clicks drawn from {targets} of {suites}; seed {info.seed}")
    assert info.goal is not None
    console.out(plan_sentence(info.goal))
    for model in info.models:
        console.out(
            f"{model.label}: at most {count_of(info.planned, 'click')}, "
            f"profile {model.profile['name']}{', blind' if model.blind else ''}"
        )
    write_cautions(info.models)
    write_key_destinations(prepared.models)
    console.out("nothing was asked (--dry-run)")


def _execute(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.cli.shared.results import write_results
    from pointbench.engine.streak.scheduler import SessionScheduler

    goal = prepared.info.goal
    assert goal is not None
    stop = threading.Event()
    result, interrupted = ask(args, prepared, stop, set(), SessionScheduler(prepared, stop))
    summary = write_results(prepared.folder, args.data, told=True)
    _print(prepared, summary, as_json=args.json)
    unit = "decision" if goal.sessions is None else "session"
    return exit_status(args, prepared, result, interrupted, unit=unit, trials="clicks")


def _print(prepared: PreparedRun, summary: Mapping[str, object], *, as_json: bool) -> None:
    from pointbench.report.text.streak import render
    from pointbench.runs import read_run_info
    from pointbench.summary import dump_summary

    info = read_run_info(prepared.folder)
    if as_json:
        console.json_document(dump_summary(summary).decode())
    else:
        console.styled(render(info, summary, *style()))
    console.err(f"results in {prepared.folder}: summary.json, report.html, trials.jsonl")
