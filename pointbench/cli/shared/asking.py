"""Code shared by ``run``, ``streak`` and ``gate``: options, asking with progress, and the exit status."""

from __future__ import annotations

import argparse
import shlex
import signal
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pointbench.cli.shared import console
from pointbench.cli.shared.options import DEFAULT_OUT, check_data, positive, share
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from types import FrameType

    from pointbench.adapters.registry import Model
    from pointbench.engine.execute import RunResult, Scheduler
    from pointbench.engine.planning.setup import PreparedRun, RunOptions
    from pointbench.runs import RunModel, Shard
    from pointbench.trials import Record

REASONS = 3
"""Kinds of errors per model that are printed at the end; the report has all of them."""


NO_LIMIT = float("inf")
"""The value of ``--max-cost none``."""


def dollars_or_none(text: str) -> float:
    """argparse type: an amount of at least 0 dollars, or ``none`` for `NO_LIMIT`."""
    if text.lower() == "none":
        return NO_LIMIT
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < NO_LIMIT:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in dollars, or none")
    return amount


def shard_of(text: str) -> Shard:
    """argparse type: ``I/N``, part I of N."""
    from pointbench.runs import MOST_SHARDS, Shard

    index, slash, of = text.partition("/")
    try:
        if not (slash and index.isdecimal() and of.isdecimal()):
            raise ValueError
        return Shard(index=int(index), of=int(of))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not I/N, part I of N, such as 1/4; N is at most {MOST_SHARDS}"
        ) from None


class AskingOption(NamedTuple):
    """An option of every command that asks models; its value is None unless it is given."""

    flags: tuple[str, ...]
    role: Literal["plan", "folder", "asking"]
    """``plan``: decides what is asked, and is repeated in run.json's ``command``. ``folder``: where the run
    is stored. Both are fixed once a run exists, so ``--resume`` refuses them. ``asking``: may change at
    every resume."""
    help: str
    metavar: str | None = None
    """None for a flag without a value."""
    convert: Callable[[str], object] = str
    repeatable: bool = False

    @property
    def name(self) -> str:
        """The attribute that argparse stores it under."""
        return self.flags[-1].lstrip("-").replace("-", "_")


ASKING_OPTIONS = (
    AskingOption(
        ("-m", "--model"),
        "plan",
        "adapter/name?settings, a short name, or a name from pointbench.toml; repeatable",
        "MODEL",
        repeatable=True,
    ),
    AskingOption(
        ("-s", "--suite"),
        "plan",
        "suite to ask; repeatable (default: starter)",
        "SUITE",
        repeatable=True,
    ),
    AskingOption(
        ("--where",),
        "plan",
        "ask only targets with FIELD=VALUE or FIELD!=VALUE; repeatable, all must hold",
        "EXPR",
        repeatable=True,
    ),
    AskingOption(
        ("-n", "--repeats"), "plan", "times each target is asked (default 1)", "N", positive
    ),
    AskingOption(
        ("--variants",),
        "plan",
        "how targets are shown: any of as-is,jittered,reworded (default: as-is)",
        "LIST",
    ),
    AskingOption(("--limit",), "plan", "ask N randomly chosen targets per suite", "N", positive),
    AskingOption(("--seed",), "plan", "seed for all random choices (default 0)", "N", int),
    AskingOption(("--blind",), "plan", "send no picture"),
    AskingOption(
        ("--shard",),
        "plan",
        "ask part I of N of the plan; `pointbench merge` makes one run of all parts",
        "I/N",
        shard_of,
    ),
    AskingOption(
        ("--concurrency",), "asking", "requests in flight at once per model", "N", positive
    ),
    AskingOption(("--rpm",), "asking", "requests per minute per model", "N", positive),
    AskingOption(
        ("--max-cost",),
        "asking",
        "stop before the run costs more, over all its sittings; what may have been billed counts at its "
        "highest possible cost; `none` lifts the limit of a resumed run",
        "USD",
        dollars_or_none,
    ),
    AskingOption(("--log",), "asking", "append events to this file, as JSON lines", "FILE", Path),
    AskingOption(
        ("--max-error-rate",),
        "asking",
        "exit status 1 when a larger share of trials ends in error (default 0.02)",
        "P",
        share,
    ),
    AskingOption(("--name",), "folder", "name of the run's folder", "NAME"),
)
"""Every option that ``run``, ``streak`` and ``gate`` share.

The parser, ``--resume`` and `typed_command` read it.
"""


def add_asking_arguments(
    parser: argparse.ArgumentParser, *, hidden: Container[str] = (), needs_model: bool = False
) -> None:
    """Add `ASKING_OPTIONS`; those named in ``hidden`` parse but do not appear in the help."""
    for option in ASKING_OPTIONS:
        text = option.help
        if option.name == "model":
            text += " (at least one)" if needs_model else " (default: the local pointers)"
        if option.name in hidden:
            text = argparse.SUPPRESS
        if option.metavar is None:
            parser.add_argument(*option.flags, action="store_true", default=None, help=text)
        elif option.repeatable:
            parser.add_argument(*option.flags, action="append", metavar=option.metavar, help=text)
        else:
            parser.add_argument(
                *option.flags, type=option.convert, metavar=option.metavar, help=text
            )


def refuse_plan_options(args: argparse.Namespace) -> None:
    """UsageError naming every given option that is already fixed in a resumed run.

    ``-m`` is no such option: it confirms what a model's stored settings alone may not decide.
    """
    fixed = [
        option for option in ASKING_OPTIONS if option.role != "asking" and option.name != "model"
    ]
    given = [option.flags[-1] for option in fixed if getattr(args, option.name) is not None]
    if given:
        raise UsageError(f"--resume continues the run's own plan; leave out {', '.join(given)}")


def new_run_options(
    command: str, args: argparse.Namespace, own_options: Sequence[str] = ()
) -> RunOptions:
    """The options of a new run as typed; ``own_options`` as in `typed_command`."""
    from pointbench.engine.planning.setup import DEFAULT_MAX_ERROR_RATE, DEFAULT_SUITE, RunOptions

    most = args.max_error_rate
    return RunOptions(
        suites=tuple(args.suite or (DEFAULT_SUITE,)),
        repeats=1 if args.repeats is None else args.repeats,
        variants=_variants(args.variants),
        limit=args.limit,
        where=tuple(args.where or ()),
        seed=0 if args.seed is None else args.seed,
        max_error_rate=DEFAULT_MAX_ERROR_RATE if most is None else most,
        data=check_data(args.data),
        out=args.out,
        name=args.name,
        shard=args.shard,
        command=typed_command(command, args, own_options),
    )


def _variants(text: str | None) -> tuple[str, ...]:
    from pointbench.trials import VARIANTS

    names = [part.strip() for part in ("as-is" if text is None else text).split(",")]
    for name in names:
        if name not in VARIANTS:
            raise UsageError(f"--variants {name!r}: there are {', '.join(VARIANTS)}")
    return tuple(variant for variant in VARIANTS if variant in names)


def typed_command(command: str, args: argparse.Namespace, own_options: Sequence[str] = ()) -> str:
    """The command for run.json, as a reader can type it again.

    ``own_options`` names the options that only this command has. Folders are left out and this
    machine's name is replaced, since both may name a person.
    """
    from pointbench.settings import without_host_name

    plan = [option for option in ASKING_OPTIONS if option.role == "plan"]
    words = ["pointbench", command]
    for option in plan:
        if option.repeatable:
            for value in getattr(args, option.name) or ():
                words += [option.flags[0], without_host_name(value)]
    single = [option.name for option in plan if option.metavar and not option.repeatable]
    for name in (*own_options, *single):
        value = getattr(args, name)
        if value is not None:
            words += [
                f"--{name.replace('_', '-')}",
                f"{value:g}" if isinstance(value, float) else str(value),
            ]
    words += [
        option.flags[-1] for option in plan if not option.metavar and getattr(args, option.name)
    ]
    return shlex.join(words)


def with_limits(args: argparse.Namespace, prepared: PreparedRun) -> PreparedRun:
    """The run with its limits: those typed, else those of its earlier sittings.

    UsageError if ``--max-cost`` holds and a model's price is not known.
    """
    from dataclasses import replace

    import msgspec

    from pointbench.engine.execute import check_prices
    from pointbench.runs import Limits

    stored = prepared.info.limits
    max_cost = stored.max_cost if args.max_cost is None else args.max_cost
    limits = Limits(
        concurrency=args.concurrency or stored.concurrency,
        rpm=args.rpm or stored.rpm,
        max_cost=None if max_cost == NO_LIMIT else max_cost,
    )
    prepared = replace(prepared, info=msgspec.structs.replace(prepared.info, limits=limits))
    if limits.max_cost is not None:
        check_prices(prepared)
        for label, spent in prepared.info.spent.items():
            if spent.at_most_usd is None:
                console.message(
                    one_line(
                        f"{label}: --max-cost cannot count some of its earlier answers, whose cost is "
                        f"not known"
                    )
                )
    return prepared


def ask(
    args: argparse.Namespace,
    prepared: PreparedRun,
    stop: threading.Event,
    absent: set[tuple[str, str]],
    scheduler: Scheduler | None = None,
) -> tuple[RunResult, bool]:
    """Ask a run's remaining trials, with progress on stderr; the result, and whether a signal ended it.

    ``absent`` holds (suite, target id) of the targets that are not on their screenshot.
    """
    from pointbench.adapters.registry import key_variables
    from pointbench.cli.shared.progress import stderr_reporter
    from pointbench.engine.execute import execute
    from pointbench.engine.log import EventLog
    from pointbench.settings import secrets_of

    write_cautions(prepared.info.models)
    write_key_destinations(prepared.models)
    limits = prepared.info.limits
    secrets = secrets_of(key_variables(prepared.models))
    log = EventLog(args.log, secrets, console.message)
    with (
        closing(log),
        stderr_reporter(
            absent,
            quiet=args.quiet,
            warning_of=_picture_warnings(prepared.models),
            # A streak draws its targets as it goes.
            screenshots=None
            if scheduler
            else len({(target.suite, target.screenshot) for target in prepared.targets}),
        ) as reporter,
        _signals(stop) as signals,
    ):
        result = execute(prepared, limits, reporter, stop, secrets, reporter.start, log, scheduler)
    for label, reason in result.stopped.items():
        console.message(f"{label} was stopped: {reason}")
    for label, reasons in result.reasons.items():
        console.message(one_line(f"{label}: {_error_summary(reasons)}"))
    return result, bool(signals)


def write_cautions(models: Sequence[RunModel]) -> None:
    """What a user should know before these models are asked, a line each, on stderr."""
    from pointbench.adapters.describe import cautions
    from pointbench.profiles import nothing_known

    for model in models:
        settings = {**model.settings, **model.wire}
        lines = cautions(model.label, model.adapter, model.name, settings)
        if model.evidence == "unknown":
            lines.append(nothing_known(model.label))
        for line in lines:
            console.message(one_line(line))


def _picture_warnings(models: Sequence[Model]) -> Callable[[Record], str | None]:
    """A function that returns the warning of an answer whose picture the server shrank."""
    from pointbench.geometry import Size
    from pointbench.profiles.seen import SEEN_SMALLER, PictureCheck

    checks = {model.label: PictureCheck.of(model.profile) for model in models}

    def warning_of(record: Record) -> str | None:
        check, sent, reply = checks.get(record.model), record.sent, record.reply
        if record.parsed is None or SEEN_SMALLER not in record.parsed.flags:
            return None
        if check is None or sent is None or reply is None or reply.input_tokens is None:
            return None
        return check.warning(reply.input_tokens, Size(sent.width, sent.height))

    return warning_of


def read_environment(models: Sequence[str] | None) -> None:
    """Take keys and addresses from ``.env`` of the working folder; what it left out goes to stderr.

    ``models`` are the arguments of ``-m`` as typed: only they may name other variables to take.
    """
    from pointbench.adapters.registry import named_variables
    from pointbench.settings import load_env_file

    for line in load_env_file(Path.cwd(), named_variables(models or ())):
        console.message(line)


def write_key_destinations(models: Sequence[Model]) -> None:
    """Which key goes to a host that is not its vendor's, one line for each, on stderr."""
    from pointbench.adapters.http.hosts import key_destinations

    labels: dict[str, list[str]] = {}
    for model in models:
        try:
            lines = key_destinations(model.adapter, model.name, model.settings, model.label)
        except UsageError:
            # Its adapter says so, and nothing is sent.
            continue
        for line in lines:
            labels.setdefault(line, []).append(model.label)
    for line, named in labels.items():
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        console.message(one_line(f"{line} ({named[0]}{more})"))


def _error_summary(reasons: Sequence[tuple[str, int]]) -> str:
    from pointbench.cli.shared.terminal import count_of

    total = sum(count for _, count in reasons)
    parts = [f"{count} x {reason}" for reason, count in reasons[:REASONS]]
    if len(reasons) > REASONS:
        parts.append(count_of(len(reasons) - REASONS, "more kind"))
    return f"{count_of(total, 'trial')} in error: {'; '.join(parts)}"


def resuming_command(command: str, args: argparse.Namespace, prepared: PreparedRun) -> str:
    """The line that resumes a run, in backquotes."""
    out = "" if args.out == DEFAULT_OUT else f" --out {shlex.quote(str(args.out))}"
    # A data root whose path names a user or a host is not stored.
    unstored = args.data is not None and prepared.info.data is None
    data = f" --data {shlex.quote(str(args.data))}" if unstored else ""
    return f"`pointbench {command} --resume {prepared.folder.name}{out}{data}`"


def exit_status(
    args: argparse.Namespace,
    prepared: PreparedRun,
    result: RunResult,
    interrupted: bool,
    *,
    unit: str,
    trials: str,
) -> int:
    """Exit status (0, 1 or 130; see the README); the reason and the resuming command go to stderr.

    ``unit`` is the noun for one unasked piece of the run, ``trials`` the plural noun for its trials.
    """
    from pointbench.cli.shared.terminal import count_of

    resume = resuming_command("run", args, prepared)
    left = count_of(result.unasked, unit)
    if interrupted and result.unasked:
        console.message(f"interrupted with {left} to go; resume with {resume}")
        return 130
    if result.unasked:
        spent = any(reason.startswith("--max-cost") for reason in result.stopped.values())
        more = " and a higher --max-cost" if spent else ""
        console.message(f"{left} not asked; resume with {resume}{more}")
        return 1
    limit = prepared.info.max_error_rate if args.max_error_rate is None else args.max_error_rate
    if result.asked and result.errors / result.asked > limit:
        console.message(
            f"{result.errors} of {result.asked} {trials} ended in error, more than "
            f"{limit:.1%}; {resume} asks them again"
        )
        return 1
    # A model that was stopped at its very last trial leaves the run interrupted all the same.
    return 1 if result.stopped else 0


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
