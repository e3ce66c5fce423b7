"""What run and streak share."""

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

from pointbench.cli.shared.options import positive, share
from pointbench.errors import one_line

if TYPE_CHECKING:
    from types import FrameType

    from pointbench.engine.execute import RunResult, Scheduler
    from pointbench.engine.planning.setup import PreparedRun


REASONS = 3
"""Kinds of errors of a model that are said at the end; all of them are in the report."""


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


def ask(
    args: argparse.Namespace,
    prepared: PreparedRun,
    stop: threading.Event,
    absent: set[tuple[str, str]],
    course: Scheduler | None = None,
) -> tuple[RunResult, bool]:
    """Ask what is left of a run, with progress on stderr; how it ended, and whether by a signal."""
    from pointbench.adapters.registry import key_variables
    from pointbench.cli.shared.progress import stderr_reporter
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
    prepared: PreparedRun,
    ending: RunResult,
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
