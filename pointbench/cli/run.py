"""``pointbench run``: ask models to point at the targets of suites."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    add_quiet,
    check_data,
    positive,
    share,
)
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from types import FrameType

    from pointbench.adapters.registry import Model
    from pointbench.engine.execute import Course, Ending
    from pointbench.engine.setup import Prepared
    from pointbench.settings import Config

_PLAN_OPTIONS = ("model", "suite", "repeats", "variants", "limit", "where", "seed", "blind", "name")
"""What decides the plan; a resumed run has its own."""
REASONS = 3
"""Kinds of errors of a model that are said at the end; all of them are in the report."""


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


def add_plan_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that ``run`` and ``streak`` share."""
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        metavar="MODEL",
        help="adapter/name?settings, a short name or a name of pointbench.toml; repeatable "
        "(default: the local pointers)",
    )
    parser.add_argument(
        "-s", "--suite", action="append", metavar="SUITE", help="repeatable (default: starter)"
    )
    parser.add_argument(
        "-n", "--repeats", type=positive, metavar="N", help="times each target is asked (default 1)"
    )
    parser.add_argument(
        "--variants", metavar="LIST", help="as-is,jittered,reworded (default: as-is)"
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="N targets a suite, drawn")
    parser.add_argument(
        "--where", action="append", metavar="EXPR", help="FIELD=VALUE or FIELD!=VALUE; repeatable"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of every draw (default 0)")
    parser.add_argument("--blind", action="store_true", help="send no picture")
    parser.add_argument(
        "--concurrency", type=positive, metavar="N", help="requests at once to each model"
    )
    parser.add_argument("--rpm", type=positive, metavar="N", help="requests a minute to each model")
    parser.add_argument(
        "--max-cost",
        type=dollars,
        metavar="USD",
        help="stop before the run has cost more, counting what is under way at its most",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="append what happens to a file, as JSON lines"
    )
    parser.add_argument(
        "--max-error-rate",
        type=share,
        metavar="P",
        help="share of trials in error above which the exit status is 1 (default 0.02)",
    )
    parser.add_argument("--name", metavar="NAME", help="of the run's folder")


def dollars(text: str) -> float:
    """argparse type: an amount of money of at least 0."""
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in dollars")
    return amount


def run(args: argparse.Namespace) -> int:
    from pointbench.engine.setup import create_folder
    from pointbench.settings import load_env_file, read_config

    load_env_file(Path.cwd())
    config = read_config(args.config, Path.cwd())
    prepared = _resumed(args, config) if args.resume else _new(args, config)
    if prepared.info.kind == "streak":
        from pointbench.cli.streak import resume

        return resume(args, prepared)
    if args.dry_run:
        from pointbench.cli.dry_run import print_plan

        print_plan(prepared, as_json=args.json)
        return 0
    if args.max_cost is not None:
        from pointbench.engine.execute import check_prices

        check_prices(prepared)
    if not args.resume:
        create_folder(prepared)
    return _execute(args, prepared)


def _new(args: argparse.Namespace, config: Config) -> Prepared:
    from pointbench.engine.setup import DEFAULT_SUITE, RunOptions, prepare_run

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


def _resumed(args: argparse.Namespace, config: Config) -> Prepared:
    from pointbench.engine import setup, streak
    from pointbench.runs import find_run, read_run_info

    given = [name for name in _PLAN_OPTIONS if getattr(args, name)]
    if given:
        option = given[0].replace("_", "-")
        raise UsageError(f"--resume goes on with the run's own plan; leave out --{option}")
    folder = find_run(args.resume, args.out)
    if read_run_info(folder).kind == "streak":
        return streak.prepare_resume(folder, config, check_data(args.data))
    return setup.prepare_resume(folder, config, check_data(args.data))


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


def typed_command(name: str, args: argparse.Namespace, options: Sequence[str]) -> str:
    """The command as a reader may type it again.

    Folders, which may name a person, are left out, and this machine's name is.
    """
    from pointbench.settings import without_host_name

    words = ["pointbench", name]
    for option, values in (("-m", args.model), ("-s", args.suite), ("--where", args.where)):
        for value in values or ():
            words += [option, without_host_name(value)]
    for option in options:
        value = getattr(args, option)
        if value is not None:
            words += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
    if args.blind:
        words.append("--blind")
    return shlex.join(words)


def _execute(args: argparse.Namespace, prepared: Prepared) -> int:
    from pointbench.cli.results import print_results, write_results

    absent = {(target.suite, target.id) for target in prepared.targets if target.absent}
    stop = threading.Event()
    ending, interrupted = ask(args, prepared, stop, absent)
    summary = write_results(prepared.folder, args.data)
    print_results(prepared.folder, summary, as_json=args.json)
    open_ = f"{ending.unasked} trial{'' if ending.unasked == 1 else 's'}"
    return exit_status(args, prepared, ending, interrupted, open_=open_, asked="trials")


def ask(
    args: argparse.Namespace,
    prepared: Prepared,
    stop: threading.Event,
    absent: set[tuple[str, str]],
    course: Course | None = None,
) -> tuple[Ending, bool]:
    """Ask what is left of a run, with progress on stderr; how it ended, and whether by a signal."""
    from pointbench.adapters.registry import key_variables
    from pointbench.cli.progress import stderr_reporter
    from pointbench.engine.execute import Limits, execute
    from pointbench.engine.log import EventLog
    from pointbench.settings import secrets_of

    limits = Limits(args.concurrency, args.rpm, args.max_cost)
    secrets = secrets_of(key_variables(prepared.models))
    log = EventLog(args.log, secrets)
    with (
        closing(log),
        stderr_reporter(absent, quiet=args.quiet) as reporter,
        _signals(stop) as interrupted,
    ):
        ending = execute(prepared, limits, reporter, stop, secrets, reporter.start, log, course)
    for label, reason in ending.stopped.items():
        sys.stderr.write(f"pointbench: {label} was stopped: {reason}\n")
    for label, reasons in ending.reasons.items():
        sys.stderr.write(f"pointbench: {one_line(f'{label}: {_in_error(reasons)}')}\n")
    return ending, bool(interrupted)


def _in_error(reasons: Sequence[tuple[str, int]]) -> str:
    total = sum(count for _, count in reasons)
    shown = [f"{count} x {said}" for said, count in reasons[:REASONS]]
    rest = len(reasons) - REASONS
    shown += [f"{rest} more kind{'' if rest == 1 else 's'}"] if rest > 0 else []
    return f"{total} trial{'' if total == 1 else 's'} in error: {'; '.join(shown)}"


def exit_status(
    args: argparse.Namespace,
    prepared: Prepared,
    ending: Ending,
    interrupted: bool,
    *,
    open_: str,
    asked: str,
) -> int:
    """0, 1 or 130 as the README says, with the reason and the line that goes on, on stderr.

    ``open_`` counts what is left in words, ``asked`` names what was asked.
    """
    name = prepared.folder.name
    out = "" if args.out == Path("results") else f" --out {shlex.quote(str(args.out))}"
    again = f"`pointbench run --resume {name}{out}`"
    if interrupted and ending.unasked:
        sys.stderr.write(f"pointbench: interrupted with {open_} to go; {again} goes on\n")
        return 130
    if ending.unasked:
        spent = any(reason.startswith("--max-cost") for reason in ending.stopped.values())
        more = " with a higher --max-cost" if spent else ""
        sys.stderr.write(f"pointbench: {open_} not asked; {again}{more} goes on\n")
        return 1
    limit = prepared.info.max_error_rate if args.max_error_rate is None else args.max_error_rate
    if ending.asked and ending.errors / ending.asked > limit:
        sys.stderr.write(
            f"pointbench: {ending.errors} of {ending.asked} {asked} ended in error, more than "
            f"{limit:.1%}; {again} asks them again\n"
        )
        return 1
    # A model that was stopped at its very last trial leaves the run interrupted all the same.
    return 1 if ending.stopped else 0


@contextmanager
def _signals(stop: threading.Event) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM ask the run to stop; a second one ends it at once."""
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        stop.set()
        if len(received) > 1:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before: Sequence[tuple[int, object]] = [
        (number, signal.signal(number, handle)) for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        yield received
    finally:
        for number, handler in before:
            signal.signal(number, handler)  # type: ignore[arg-type]
