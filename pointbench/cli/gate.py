"""``pointbench gate``: whether a model does as well as a stored run, with as few clicks as decide it."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import (
    ASKING_OPTIONS,
    add_asking_arguments,
    ask,
    new_run_options,
    read_environment,
    refuse_plan_options,
    resuming_command,
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
    check_data,
    share,
)
from pointbench.cli.shared.terminal import style
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.engine.gate.result import GateResult, Reason
    from pointbench.engine.gate.stored import StoredAnswers
    from pointbench.engine.planning.setup import PreparedRun
    from pointbench.runs import Gate, RunInfo
    from pointbench.suites import AskedTarget

_NOT_HERE = {
    "repeats": "-n/--repeats: every target is asked once, in one random order",
    "variants": "--variants: the stored answers that are compared are on unchanged pictures and words",
    "limit": "--limit: asking stops as soon as the answers decide; --max-cost bounds it",
    "where": "--where: the targets are those that the stored run answered; -s restricts them to suites",
    "blind": "--blind: write -m 'MODEL?profile=blind'",
    "max_error_rate": "--max-error-rate: errors count against both verdicts",
    "reuse": "--reuse: those answers were known before the order of asking was drawn",
    "shard": "--shard: the verdict needs the answers of one order; use --concurrency",
    "batch": "--batch: a batch is asked whole, which saves no click",
    "batch_file": "--batch-file: a batch is asked whole, which saves no click; `run` takes it, and "
    "`gate RUN --against OLD` judges that run",
    "replies": "--replies: `score` them, and then `gate RUN --against OLD`",
}
"""Options of ``run`` that do not apply to a gate, with a message for each."""

_OWN = ("against", "margin", "min_hit_rate", "confidence")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit status: 0 pass, 1 fail or undecided, 2 a wrong command, 130 interrupted. Targets are "
        "asked in a random order that is drawn when the gate starts, and answers are looked at in that "
        "order. Options of `run` that do not apply: -n, --variants, --limit, --where, --blind, "
        "--max-error-rate, --reuse, --shard, --batch."
    )
    parser.add_argument(
        "run",
        nargs="?",
        metavar="RUN",
        help="judge a finished run in place of -m MODEL; nothing is asked",
    )
    parser.add_argument(
        "--against",
        metavar="RUN[:MODEL]",
        help="the stored run to compare with, on the targets that it answered",
    )
    parser.add_argument(
        "--margin",
        type=share,
        metavar="P",
        help="how much lower the hit rate may be (default 0.02, which is 2 points)",
    )
    parser.add_argument(
        "--min-hit-rate",
        type=share,
        metavar="P",
        help="the hit rate that is needed, alone or beside --against",
    )
    parser.add_argument(
        "--confidence",
        type=share,
        metavar="C",
        help="confidence of each verdict (default 0.95), valid although it is checked after every click",
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the verdict as JUnit XML, for CI servers"
    )
    add_asking_arguments(parser, hidden=_NOT_HERE, needs_model=True)
    known = {option.name for option in ASKING_OPTIONS}
    for name in _NOT_HERE:
        if name not in known:
            flag = f"--{name.replace('_', '-')}"
            parser.add_argument(flag, nargs="?", const="", help=argparse.SUPPRESS)
    parser.add_argument("--resume", metavar="RUN", help="resume a gate; needs no other option")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what the gate would take, and ask nothing"
    )
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_quiet(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    for option, why in _NOT_HERE.items():
        if getattr(args, option) is not None:
            raise UsageError(f"gate takes no {why}")
    _check_file(args.junit)
    if args.resume is not None:
        return _resumed(args)
    if args.run is not None:
        return _judge(args)
    return _new(args)


def _check_file(junit: Path | None) -> None:
    """UsageError, before anything is asked, where the file cannot be written."""
    if junit is not None and (junit.is_dir() or not junit.parent.is_dir()):
        raise UsageError(
            f"--junit {junit.name or junit}: its folder does not exist; create it first"
        )


# --- a model that is asked ----------------------------------------------------------------------


def _new(args: argparse.Namespace) -> int:
    from pointbench.adapters import registry
    from pointbench.engine.gate.scheduler import GateOptions, prepare_gate
    from pointbench.engine.gate.stored import read_answers
    from pointbench.engine.planning.setup import create_folder
    from pointbench.settings import read_config

    if not args.model:
        raise UsageError("gate needs -m MODEL, or the RUN to judge; see `pointbench gate --help`")
    if len(args.model) > 1:
        raise UsageError("gate takes one -m MODEL; start a gate for each")
    margin, confidence = _numbers(args)
    read_environment(args.model)
    config = read_config(args.config, Path.cwd())
    model = registry.resolve_all(args.model, config)[0]
    old = None
    if args.against is not None:
        old = read_answers(args.against, args.out, model.label)
        # A path may name a person.
        args.against = old.run if len(old.info.models) == 1 else f"{old.run}:{old.model}"
    gate = GateOptions(
        margin, args.min_hit_rate, confidence, tuple(args.suite or ()), seed=args.seed
    )
    prepared = prepare_gate(new_run_options("gate", args, _OWN), model, gate, old)
    if args.dry_run:
        return _forecast(args, prepared)
    prepared = with_limits(args, prepared)
    create_folder(prepared)
    return _execute(args, prepared)


def _numbers(args: argparse.Namespace) -> tuple[float | None, float]:
    """The margin, None without a stored run, and the confidence; UsageError where nothing is claimed."""
    from pointbench.engine.gate.claims import (
        DEFAULT_CONFIDENCE,
        DEFAULT_MARGIN,
        check_options,
    )

    if args.against is None and args.min_hit_rate is None:
        raise UsageError("gate needs --against RUN to compare with, or --min-hit-rate P, or both")
    if args.against is None and args.margin is not None:
        raise UsageError(
            "--margin needs --against RUN: it is how much lower the hit rate may be than there"
        )
    margin = DEFAULT_MARGIN if args.margin is None and args.against is not None else args.margin
    confidence = DEFAULT_CONFIDENCE if args.confidence is None else args.confidence
    check_options(margin, args.min_hit_rate, confidence)
    return margin, confidence


def _resumed(args: argparse.Namespace) -> int:
    from pointbench.adapters import registry
    from pointbench.engine.gate.scheduler import prepare_resume
    from pointbench.runs import find_run
    from pointbench.settings import read_config

    _refuse_claims(args, "--resume continues a gate with its own claim")
    refuse_plan_options(args)
    read_environment(args.model)
    config = read_config(args.config, Path.cwd())
    folder = find_run(args.resume, args.out)
    typed = registry.resolve_all(args.model or (), config)
    return resume(args, prepare_resume(folder, config, check_data(args.data), typed))


def resume(args: argparse.Namespace, prepared: PreparedRun) -> int:
    """Resume a gate; ``pointbench run --resume`` calls this for a run of that kind, too."""
    if args.dry_run:
        return _forecast(args, prepared)
    return _execute(args, with_limits(args, prepared))


def _refuse_claims(args: argparse.Namespace, why: str) -> None:
    given = [f"--{name.replace('_', '-')}" for name in _OWN if getattr(args, name) is not None]
    if args.run is not None and args.resume is not None:
        given.insert(0, "RUN")
    if given:
        raise UsageError(f"{why}; leave out {', '.join(given)}")


def _forecast(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.engine.gate.forecast import forecast_gate
    from pointbench.report.text.gate import forecast_json, render_forecast

    forecast = forecast_gate(prepared)
    if args.json:
        console.json_out(forecast_json(forecast))
        return 0
    width, _, encoding = style()
    console.out(render_forecast(forecast, width, encoding))
    write_cautions(prepared.info.models)
    write_key_destinations(prepared.models)
    console.out("nothing was asked (--dry-run)")
    return 0


def _execute(args: argparse.Namespace, prepared: PreparedRun) -> int:
    from pointbench.cli.shared.results import write_results
    from pointbench.engine.gate.scheduler import GateScheduler

    began = time.monotonic()
    stop = threading.Event()
    result, interrupted = ask(args, prepared, stop, set(), GateScheduler(prepared, stop))
    stopped = next(iter(result.stopped.values()), None)
    reason: Reason = "interrupted"
    if stopped is not None:
        reason = "max-cost" if stopped.startswith("--max-cost") else "stopped"
    gated = _stored_result(args, prepared.folder, reason, interrupted=interrupted)
    _print(args, gated, prepared.info.created_at, time.monotonic() - began)
    write_results(prepared.folder, args.data, told=True)
    console.err(f"results in {prepared.folder}: summary.json, report.html, trials.jsonl")
    if gated.verdict != "undecided":
        return 0 if gated.verdict == "pass" else 1
    again = resuming_command("gate", args, prepared)
    if interrupted:
        console.message(f"interrupted before a verdict; resume with {again}")
        return 130
    if gated.reason == "service":
        console.message("undecided: the service changed during the gate; start a new one")
    else:
        more = " and a higher --max-cost" if gated.reason == "max-cost" else ""
        console.message(f"undecided; resume with {again}{more}")
    return 1


def _stored_result(
    args: argparse.Namespace, folder: Path, reason: Reason, *, interrupted: bool
) -> GateResult:
    """How the gate stands, from its files; the verdict is written to its run.json."""
    import msgspec

    from pointbench.engine.gate.result import result_of_gate
    from pointbench.runs import read_lines, read_run_info, read_targets, write_run_info

    info = read_run_info(folder)
    assert info.gate is not None
    why: Reason = "interrupted" if interrupted else reason
    name = folder.resolve().name
    result = result_of_gate(name, info, read_targets(folder), read_lines(folder), why)
    decided = None if result.verdict == "undecided" else result.verdict
    gate = msgspec.structs.replace(
        info.gate,
        verdict=decided,
        decided_after=result.clicks if decided else None,
        asked=result.asked,
    )
    state = "complete" if decided else info.state
    write_run_info(folder, msgspec.structs.replace(info, gate=gate, state=state))
    return _with_earlier(args, result, info)


# --- a finished run -----------------------------------------------------------------------------


def _judge(args: argparse.Namespace) -> int:
    from pointbench.engine.gate.stored import read_answers

    given = [
        option.flags[-1]
        for option in ASKING_OPTIONS
        if option.name != "suite" and getattr(args, option.name) is not None
    ]
    given += ["--dry-run"] if args.dry_run else []
    if given:
        raise UsageError(f"gate RUN asks nothing; leave out {', '.join(given)}, or RUN")
    new = read_answers(args.run, args.out)
    result = _result_of(args, new)
    result = _with_earlier(args, result, new.info)
    _print(args, result, new.info.created_at, 0.0)
    return 0 if result.verdict == "pass" else 1


def _result_of(args: argparse.Namespace, new: StoredAnswers) -> GateResult:
    from dataclasses import replace

    from pointbench.engine.gate.result import result_of_gate, result_of_part, result_of_whole
    from pointbench.runs import is_partial_gate, read_lines, read_targets

    if args.against is None and args.min_hit_rate is None and new.info.gate is not None:
        _refuse_claims(args, "the gate of this run has its own claim; add --against for another")
        lines = read_lines(new.folder)
        stored = result_of_gate(new.run, new.info, read_targets(new.folder), lines, "stopped")
        return replace(stored, finished=True)
    gate, targets = _claim_of(args, new)
    if is_partial_gate(new.info):
        return result_of_part(new, read_lines(new.folder), gate, targets)
    return result_of_whole(new, gate, targets)


def _claim_of(args: argparse.Namespace, new: StoredAnswers) -> tuple[Gate, list[AskedTarget]]:
    """The claim about a finished run, and the targets that it is about."""
    from pointbench.engine.gate.claims import gate_of
    from pointbench.engine.gate.stored import (
        read_answers,
        refuse_part_of_a_gate,
        shared_targets,
    )

    margin, confidence = _numbers(args)
    asked = list(new.targets.values())
    suites = set(args.suite or ())
    _check_suites(args.suite or (), new)
    reference, verdicts = None, tuple[float, ...]()
    if args.against is not None:
        old = read_answers(args.against, args.out, new.model)
        if (old.folder.resolve(), old.model) == (new.folder.resolve(), new.model):
            raise UsageError(f"run {new.run} would be compared with itself; name another --against")
        refuse_part_of_a_gate(old)
        shared = shared_targets(old, asked, suites or {suite for suite, _ in old.targets})
        targets, reference, verdicts = shared.targets, shared.reference, shared.old
    else:
        targets = [target for target in asked if not suites or target.suite in suites]
    own = new.info.gate
    gate = gate_of(
        new.model,
        len(targets),
        reference,
        verdicts,
        margin=margin,
        min_hit_rate=args.min_hit_rate,
        confidence=confidence,
        seed="pinned" if own is None else own.seed,
    )
    return gate, targets


def _check_suites(suites: Sequence[str], new: StoredAnswers) -> None:
    """UsageError for a suite of ``-s`` of which the run has no present target."""
    from pointbench.errors import one_line

    there = sorted({suite for suite, _ in new.targets})
    for name in suites:
        if name not in there:
            has = f"it has {', '.join(there):.400}" if there else "nor of any other"
            raise UsageError(
                one_line(f"-s {name}: run {new.run} has no present target of that suite; {has}")
            )


# --- output -------------------------------------------------------------------------------------


def _with_earlier(args: argparse.Namespace, result: GateResult, info: RunInfo) -> GateResult:
    from dataclasses import replace

    from pointbench.engine.gate.earlier import Pair, earlier_gates

    asked = next(model for model in info.models if model.label == result.model)
    pair = Pair.of(asked, result.suites, result.gate)
    return replace(result, earlier=earlier_gates(args.out, result.run, info.created_at, pair))


def _print(args: argparse.Namespace, result: GateResult, created_at: str, seconds: float) -> None:
    """The verdict on stdout; as JUnit XML, too, if a file is named."""
    from pointbench.report.text import junit
    from pointbench.report.text.gate import as_json, render

    if args.json:
        console.json_out(as_json(result))
    else:
        console.styled(render(result, *style()))
    file: Path | None = getattr(args, "junit", None)
    if file is not None:
        file.write_text(
            junit.render(result, created_at.removesuffix("Z"), seconds), encoding="utf-8"
        )
