"""``pointbench streak``: how many clicks in a row, session after session."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointbench.cli.shared.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    add_quiet,
    check_data,
    positive,
    share,
)
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.engine.planning.setup import PreparedRun

_NOT_HERE = {
    "repeats": "-n/--repeats: a session draws its targets anew; --sessions N says how many",
    "variants": "--variants: sessions show every target as it is",
}
"""Options of ``run`` that have no meaning for drawn clicks."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from pointbench.cli.shared.asking import add_plan_arguments

    parser.epilog = (
        "Options of `run` that do not apply: -n/--repeats and --variants (a session draws every "
        "target anew and shows it as it is) and --resume (`pointbench run --resume RUN` goes on "
        "with a streak, too). Absent targets are never drawn."
    )
    parser.add_argument(
        "--goal", type=positive, required=True, metavar="K", help="right clicks in a row"
    )
    parser.add_argument(
        "--chance",
        type=share,
        default=None,
        metavar="Q",
        help="the goal is met when K in a row has at least this chance (default 0.5)",
    )
    parser.add_argument(
        "--sessions",
        type=positive,
        metavar="N",
        help="sessions of each model, each to its first failure or K (default 10); with "
        "--confidence at most so many",
    )
    parser.add_argument(
        "--confidence",
        type=share,
        metavar="C",
        help="stop asking a model as soon as its clicks decide the goal at this confidence, "
        "however often they are looked at; without --sessions, undecided after three times the clicks "
        "of a plan of fixed size",
    )
    add_plan_arguments(parser)
    _fit_help(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the plan, ask nothing")
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_quiet(parser)
    add_json(parser)


def _fit_help(parser: argparse.ArgumentParser) -> None:
    """Of the options shared with ``run``, say what holds here and hide what is refused."""
    for action in parser._actions:
        if action.dest in _NOT_HERE:
            action.help = argparse.SUPPRESS
        elif action.dest == "model":
            action.help = (
                "adapter/name?settings, a short name or a name of pointbench.toml; at least one, "
                "repeatable"
            )


def run(args: argparse.Namespace) -> int:
    from pointbench.adapters import registry
    from pointbench.engine.planning.setup import create_folder
    from pointbench.settings import load_env_file, read_config

    for option, why in _NOT_HERE.items():
        if getattr(args, option) is not None:
            raise UsageError(f"streak takes no {why}")
    if not args.model:
        raise UsageError("streak needs -m MODEL; `pointbench models list` has them")
    load_env_file(Path.cwd())
    config = read_config(args.config, Path.cwd())
    prepared = _new(args, registry.resolve_all(args.model, config, blind=args.blind))
    if args.dry_run:
        _print_plan(prepared)
        return 0
    _check_prices(args, prepared)
    create_folder(prepared)
    return _execute(args, prepared)


def _check_prices(args: argparse.Namespace, prepared: PreparedRun) -> None:
    if args.max_cost is not None:
        from pointbench.engine.execute import check_prices

        check_prices(prepared)


def resume(args: argparse.Namespace, prepared: PreparedRun) -> int:
    """Go on with a streak: where `pointbench run --resume` ends up for a run of that kind."""
    if args.dry_run:
        _print_plan(prepared)
        return 0
    _check_prices(args, prepared)
    return _execute(args, prepared)


def _new(args: argparse.Namespace, models: list[Any]) -> PreparedRun:
    from pointbench.cli.shared.asking import typed_command
    from pointbench.engine.planning.setup import DEFAULT_SUITE, RunOptions
    from pointbench.engine.streak.scheduler import DEFAULT_CHANCE, goal_of, prepare_streak

    chance = DEFAULT_CHANCE if args.chance is None else args.chance
    goal = goal_of(args.goal, chance, args.sessions, args.confidence)
    options = RunOptions(
        suites=tuple(args.suite or (DEFAULT_SUITE,)),
        limit=args.limit,
        where=tuple(args.where or ()),
        seed=args.seed or 0,
        max_error_rate=0.02 if args.max_error_rate is None else args.max_error_rate,
        data=check_data(args.data),
        out=args.out,
        name=args.name,
        command=typed_command(
            "streak", args, ("goal", "chance", "sessions", "confidence", "limit", "seed")
        ),
    )
    return prepare_streak(options, models, goal)


def _print_plan(prepared: PreparedRun) -> None:
    from pointbench.report.text.streak import plan_sentence

    info = prepared.info
    suites = ", ".join(f"{suite.name} {suite.version}" for suite in info.suites)
    sys.stdout.write(
        f"clicks drawn from {len(prepared.targets)} present targets of {suites}; seed {info.seed}\n"
    )
    assert info.goal is not None
    sys.stdout.write(plan_sentence(info.goal) + "\n")
    for model in info.models:
        sys.stdout.write(
            f"{model.label}: at most {info.planned} clicks, profile {model.profile['name']}"
            f"{', blind' if model.blind else ''}\n"
        )
    sys.stdout.write("nothing was asked (--dry-run)\n")


def _execute(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.cli.shared.asking import ask, exit_status
    from pointbench.cli.shared.results import write_results
    from pointbench.engine.streak.scheduler import SessionScheduler

    goal = prepared.info.goal
    assert goal is not None
    stop = threading.Event()
    ending, interrupted = ask(args, prepared, stop, set(), SessionScheduler(prepared, stop))
    summary = write_results(prepared.folder, args.data)
    _print(prepared, summary, as_json=args.json)
    what = "decision" if goal.sessions is None else "session"
    open_ = f"{ending.unasked} {what}{'' if ending.unasked == 1 else 's'}"
    return exit_status(args, prepared, ending, interrupted, open_=open_, asked="clicks")


def _print(prepared: PreparedRun, summary: dict[str, Any], *, as_json: bool) -> None:
    from pointbench.cli.shared.terminal import style
    from pointbench.report.text.streak import render
    from pointbench.runs import read_run_info
    from pointbench.summary import dump_summary

    info = read_run_info(prepared.folder)
    if as_json:
        sys.stdout.write(dump_summary(summary).decode())
    else:
        sys.stdout.write(render(info, summary, *style()))
    sys.stdout.flush()
    sys.stderr.write(f"results in {prepared.folder}: summary.json, report.html, trials.jsonl\n")
