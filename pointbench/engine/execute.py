"""Runs what was prepared: lanes from the plan, the journal, and the files that end a run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import msgspec

from pointbench import __version__
from pointbench.adapters import registry
from pointbench.adapters.protocol import Picture
from pointbench.adapters.registry import Model
from pointbench.engine.asking.budget import Budget, ModelBudget
from pointbench.engine.asking.limits import AdaptiveConcurrency, RateLimiter
from pointbench.engine.asking.model_queue import ModelQueue, RunObserver, TokensOf, WorkItem
from pointbench.engine.asking.prefetch import PeekableQueue
from pointbench.engine.asking.runner import run_queues
from pointbench.engine.journal import Journal
from pointbench.engine.journal_index import AnswerCounts, JournalIndex, index_journal
from pointbench.engine.log import EventLog
from pointbench.engine.planning import plan
from pointbench.engine.planning.costs import expected_tokens, reply_price, token_price
from pointbench.engine.planning.setup import PreparedRun
from pointbench.errors import RunError, UsageError
from pointbench.geometry import Shift, Size
from pointbench.pictures import PictureCache, read_picture
from pointbench.profiles.sizing import sent_size
from pointbench.runs import State, read_records, write_run_info
from pointbench.suites import AskedTarget
from pointbench.trials import Record, ShiftRecord

DEFAULT_ATTEMPTS = 6


@dataclass(frozen=True)
class Limits:
    """What bounds the asking; None leaves it to the model's own settings."""

    concurrency: int | None = None
    rpm: float | None = None
    max_cost: float | None = None
    """Dollars for the whole run, what earlier parts of it spent included."""


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its state, the trials left unasked, and why a model was stopped."""

    state: State
    unasked: int
    stopped: dict[str, str]
    """Label -> why the model was asked no more."""
    errors: int
    """Trials whose last line is an error."""
    asked: int
    """Trials with a line."""
    reasons: dict[str, tuple[tuple[str, int], ...]]
    """Label -> what its errors said, with how often, most first."""


OnStart = Callable[[dict[str, int], dict[str, AnswerCounts]], None]
"""Told, before the first call, what each model has before it, and what its answers come to."""


class Scheduler(Protocol):
    """Another way to walk a run than its plan: what is asked next hangs on the answers (`streak`)."""

    def begin(
        self, lanes: list[ModelQueue], kept: list[Record], watcher: RunObserver
    ) -> tuple[list[ModelQueue], RunObserver]:
        """Lanes that ask in this way, and a watcher that hears every record first.

        ``kept`` are the answers of the journal.
        """
        ...

    def unasked(self) -> int:
        """What is left to ask; 0 when the run is complete."""
        ...


def execute(
    prepared: PreparedRun,
    limits: Limits,
    watcher: RunObserver,
    stop: threading.Event,
    secrets: tuple[str, ...],
    on_start: OnStart | None = None,
    log: EventLog | None = None,
    course: Scheduler | None = None,
) -> RunResult:
    """Ask every trial of the run that has no answer yet, and bring ``run.json`` up to date.

    ``course`` replaces the plan where the next trial hangs on the answers.

    RunError when the journal cannot be written; all that it took before stays.
    """
    with Journal(prepared.folder) as journal:
        standing = _standing(prepared)
        planned = prepared.info.planned
        counts = {m.label: standing.counts.get(m.label, AnswerCounts()) for m in prepared.models}
        if on_start:
            on_start({label: planned - count.done for label, count in counts.items()}, counts)
        _set_state(prepared, "running")
        bound = limits.max_cost
        budget = None if bound is None else Budget(bound, standing.spent, stop)
        lanes = [
            _lane(model, prepared, limits, budget, standing, stop) for model in prepared.models
        ]
        if course:
            for lane in lanes:
                lane.asks = iter(())
            kept = [r for r in read_records(prepared.folder) if r.outcome != "error"]
            lanes, watcher = course.begin(lanes, kept, watcher)
        cache = PictureCache()
        try:
            run_queues(
                lanes, journal, _picture_of(prepared, cache), watcher, stop, secrets, log=log
            )
        except RunError:
            _try_state(prepared, "interrupted")
            raise
        ending = _ending(prepared, lanes, course)
        _set_state(prepared, ending.state)
        return ending


def check_prices(prepared: PreparedRun) -> None:
    """UsageError listing every model whose price is not known before the reply."""
    unknown = [
        model.label for model in prepared.models if token_price(model, free=_free(model)) is None
    ]
    if unknown:
        raise UsageError(
            f"--max-cost: no price is known for {', '.join(unknown)}; give it in pointbench.toml "
            f"as price = {{input = DOLLARS, output = DOLLARS}} per million tokens"
        )


def _standing(prepared: PreparedRun) -> JournalIndex:
    absent = {(target.suite, target.id) for target in prepared.targets if target.absent}
    return index_journal(prepared.folder, lambda suite, target: (suite, target) in absent)


def _lane(
    model: Model,
    prepared: PreparedRun,
    limits: Limits,
    budget: Budget | None,
    standing: JournalIndex,
    stop: threading.Event,
) -> ModelQueue:
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    loaded = registry.adapter_class(model.adapter)
    wire = model.wire
    workers = int(wire.get("concurrency") or limits.concurrency or facts.concurrency)
    workers = max(1, min(workers, prepared.info.planned))
    rpm, tpm = wire.get("rpm") or limits.rpm, wire.get("tpm")
    urls = wire.get("base_url")
    return ModelQueue(
        label=model.label,
        profile=model.profile,
        sampling=dict(model.sampling),
        make_adapter=lambda: loaded(model.name, model.settings),
        asks=PeekableQueue(_asks(model, prepared, standing)),
        workers=workers,
        attempts=int(wire.get("retries", DEFAULT_ATTEMPTS - 1)) + 1,
        pace=RateLimiter(stop, float(rpm) if rpm else None, float(tpm) if tpm else None),
        sent_size=lambda target: sent_size(model.profile.sizing, target.size),
        price=reply_price(model, free=facts.free),
        sees_truth=facts.sees_truth,
        throttle=AdaptiveConcurrency(stop, workers),
        purse=None if budget is None else _purse(model, budget),
        tokens=_tokens_of(model) if tpm else None,
        servers=len(urls) if isinstance(urls, list | tuple) else 1,
    )


def _free(model: Model) -> bool:
    return registry.facts_of(model.adapter, model.name, model.settings).free


def _purse(model: Model, budget: Budget) -> ModelBudget | None:
    free = _free(model)
    dollars = token_price(model, free=free)
    return None if free or dollars is None else ModelBudget(budget, dollars)


def _tokens_of(model: Model) -> TokensOf:
    return lambda ask: sum(expected_tokens(model, ask.trial.prompt, ask.target.size))


def _asks(model: Model, prepared: PreparedRun, standing: JournalIndex) -> Iterator[WorkItem]:
    info = prepared.info
    # The same version plans the same, and a key takes ten times as long to make as its place.
    places = standing.orders if info.pointbench == __version__ else {}
    done = places.get(model.label, ())
    digest_of = lru_cache(maxsize=None)(_file_digest)
    for slot in plan.slots(prepared.targets, info.repeats, info.variants, info.seed, done):
        target = slot.target
        trial = plan.trial_of(
            slot,
            model=model.label,
            profile=model.profile,
            sampling=dict(model.sampling),
            seed=info.seed,
            screenshot_sha256=target.sha256 or digest_of(prepared.picture_path(target)),
        )
        if trial.key not in standing.answered:
            yield WorkItem(trial, target)


def _file_digest(path: Path) -> str:
    return hashlib.sha256(read_picture(path)).hexdigest()


def _picture_of(
    prepared: PreparedRun, cache: PictureCache
) -> Callable[[AskedTarget, Size | None, ShiftRecord | None], Picture]:
    def picture_of(target: AskedTarget, sent: Size | None, shift: ShiftRecord | None) -> Picture:
        moved = None if shift is None else Shift(shift.scale, shift.dx, shift.dy)
        return cache.get(prepared.picture_path(target), sent or target.size, moved)

    return picture_of


def _ending(prepared: PreparedRun, lanes: list[ModelQueue], course: Scheduler | None) -> RunResult:
    standing = _standing(prepared)
    asked = len(standing.answered) + standing.failed
    stopped = {lane.label: lane.stopped for lane in lanes if lane.stopped}
    unasked = course.unasked() if course else prepared.info.planned * len(lanes) - asked
    return RunResult(
        # A model that was stopped leaves the run interrupted, also when nothing was left to ask.
        state="complete" if unasked == 0 and not stopped else "interrupted",
        unasked=unasked,
        stopped=stopped,
        errors=standing.failed,
        asked=asked,
        reasons=standing.reasons,
    )


def _set_state(prepared: PreparedRun, state: State) -> None:
    info = msgspec.structs.replace(prepared.info, state=state)
    try:
        write_run_info(prepared.folder, info)
    except OSError as error:
        raise RunError(
            f"run {prepared.folder.name}: run.json cannot be written: {error.strerror}"
        ) from error


def _try_state(prepared: PreparedRun, state: State) -> None:
    # The disk has just failed; that error is the one to report.
    try:
        _set_state(prepared, state)
    except RunError:
        return
