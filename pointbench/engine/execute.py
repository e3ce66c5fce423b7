"""Executes a prepared run: one queue per model, the journal, and the run's final state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from pointbench import __version__
from pointbench.adapters import registry
from pointbench.adapters.protocol import Picture
from pointbench.adapters.registry import Model
from pointbench.engine.asking.budget import Account, Budget, ModelBudget
from pointbench.engine.asking.limits import AdaptiveConcurrency, RateLimiter
from pointbench.engine.asking.model_queue import (
    ItemSource,
    ModelQueue,
    MostTokensOf,
    PreparePicture,
    RunObserver,
    TokensOf,
)
from pointbench.engine.asking.prefetch import PeekableQueue
from pointbench.engine.asking.runner import run_queues
from pointbench.engine.asking.work_item import WorkItem, item_maker
from pointbench.engine.journal import Journal
from pointbench.engine.journal_index import (
    AnswerCounts,
    JournalIndex,
    PlannedTrial,
    SessionClick,
    index_journal,
)
from pointbench.engine.log import EventLog
from pointbench.engine.planning import plan
from pointbench.engine.planning.costs import expected_tokens, most_tokens, reply_price, token_price
from pointbench.engine.planning.resume import another_plan
from pointbench.engine.planning.setup import PreparedRun, sent_output_limit
from pointbench.errors import RunError, UsageError
from pointbench.geometry import Shift, Size
from pointbench.pictures import PictureCache
from pointbench.profiles.sizing import sent_size
from pointbench.runs import Limits, Spent, State, write_run_info
from pointbench.settings import Secret
from pointbench.suites import AskedTarget
from pointbench.trials import ShiftRecord

DEFAULT_ATTEMPTS = 6


@dataclass(frozen=True)
class RunResult:
    """How a run ended."""

    state: State
    unasked: int
    """Trials still to ask; for ``streak``, sessions or decisions."""
    stopped: dict[str, str]
    """Label -> why the model was stopped."""
    errors: int
    """Trials whose last line is an error."""
    asked: int
    """Trials with a line in the journal."""
    reasons: dict[str, tuple[tuple[str, int], ...]]
    """Label -> messages of its errors and their counts, most frequent first."""


OnStart = Callable[[dict[str, int], dict[str, AnswerCounts]], None]
"""Called before the first request with, by label, the trials still to ask and the counts so far."""


class Scheduler(Protocol):
    """Scheduler for runs whose next trial depends on earlier answers (`streak`).

    Replaces the fixed plan.
    """

    def source(self, model: Model, workers: int, clicks: list[SessionClick]) -> ItemSource:
        """The source of ``model``'s trials; ``clicks`` are those already in the journal."""
        ...

    def observed_by(self, observer: RunObserver) -> RunObserver:
        """An observer that passes records to the scheduler first, then to ``observer``."""
        ...

    def unasked(self) -> int:
        """Sessions or decisions still open; 0 when the run is complete."""
        ...


def execute(
    run: PreparedRun,
    limits: Limits,
    observer: RunObserver,
    stop: threading.Event,
    secrets: Sequence[Secret],
    on_start: OnStart | None = None,
    log: EventLog | None = None,
    scheduler: Scheduler | None = None,
) -> RunResult:
    """Ask every trial of the run that has no answer yet, and update ``run.json``.

    ``limits`` are stored with it, and what it has cost.

    ``scheduler`` replaces the plan if the next trial depends on earlier answers. RunError if the
    journal cannot be written; everything written before is kept.
    """
    with Journal(run.folder) as journal:
        index = _index(run)
        planned = run.info.planned
        if scheduler is None:
            _check_plan(run, index)
        counts = {m.label: index.counts.get(m.label, AnswerCounts()) for m in run.models}
        if on_start:
            on_start({label: planned - count.done for label, count in counts.items()}, counts)
        run = replace(run, info=msgspec.structs.replace(run.info, limits=limits))
        budget = _budget(run, limits, index, stop)
        queues = [
            _queue(model, run, limits, budget, index, stop, scheduler) for model in run.models
        ]
        _set_state(run, "running", budget.result())
        budget.save = lambda spent: _set_state(run, "running", spent)
        if scheduler:
            observer = scheduler.observed_by(observer)
        picture_of = _picture_source(run, PictureCache())
        try:
            run_queues(queues, journal, picture_of, observer, stop, secrets, log=log)
        except RunError:
            _try_state(run, "interrupted", _spent(budget))
            raise
        result = _result(run, queues, scheduler)
        _set_state(run, result.state, _spent(budget))
        return result


def check_prices(run: PreparedRun) -> None:
    """UsageError listing every model whose price is not known before the reply."""
    unknown = [model.label for model in run.models if token_price(model, free=_free(model)) is None]
    if unknown:
        raise UsageError(
            f"--max-cost: no price is known for {', '.join(unknown)}; give it in pointbench.toml "
            f"as price = {{input = DOLLARS, output = DOLLARS}} per million tokens"
        )


def _budget(run: PreparedRun, limits: Limits, index: JournalIndex, stop: threading.Event) -> Budget:
    """The run's budget, with what its models have spent in earlier sittings."""
    accounts = {}
    for model in run.models:
        stored = run.info.spent.get(model.label)
        # A run that was killed has answers in its journal that run.json does not know of yet.
        known = max(index.usd.get(model.label, 0.0), stored.known_usd if stored else 0.0)
        if stored is None:
            # A run of an older version: what it knows of its costs is in its answers.
            at_most = _most_of_unpriced(run, model, index.unpriced.get(model.label, 0), known)
        else:
            at_most = stored.at_most_usd
        most = max(known, at_most or 0.0)
        bounded = at_most is not None
        accounts[model.label] = Account(known, most, bounded=bounded, on_disk=most)
    spent = sum(account.at_most for account in accounts.values())
    return Budget(limits.max_cost, spent, stop, accounts=accounts)


def _most_of_unpriced(run: PreparedRun, model: Model, answers: int, known: float) -> float | None:
    """``known`` dollars, and so many answers at their most; None if that is not known."""
    dollars = token_price(model, free=_free(model)) if answers else None
    if not answers:
        return known
    if dollars is None:
        return None
    most, prompt = most_tokens(model), model.profile.prompt
    worst = (
        dollars(*most(prompt + target.instruction, target.size)) or 0.0 for target in run.targets
    )
    return known + answers * max(worst, default=0.0)


def _spent(budget: Budget) -> dict[str, Spent]:
    """What the run has cost; from now on nothing else writes run.json."""
    with budget.changed:
        budget.save = None
        return budget.result()


def _index(run: PreparedRun) -> JournalIndex:
    absent = {(target.suite, target.id) for target in run.targets if target.absent}
    return index_journal(run.folder, lambda suite, target: (suite, target) in absent)


def _queue(
    model: Model,
    run: PreparedRun,
    limits: Limits,
    budget: Budget,
    index: JournalIndex,
    stop: threading.Event,
    scheduler: Scheduler | None,
) -> ModelQueue:
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    adapter_class = registry.adapter_class(model.adapter)
    wire = model.wire
    workers = wire.get("concurrency") or limits.concurrency or facts.concurrency
    workers = max(1, min(workers, run.info.planned))
    rpm, tpm = wire.get("rpm") or limits.rpm, wire.get("tpm")
    urls = wire.get("base_url")
    if scheduler:
        source = scheduler.source(model, workers, index.clicks.get(model.label, []))
    else:
        source = PeekableQueue(_planned_items(model, run, index))
    return ModelQueue(
        label=model.label,
        profile=model.profile,
        sampling=model.sent,
        make_adapter=lambda: adapter_class(model.name, model.settings),
        source=source,
        workers=workers,
        attempts=wire.get("retries", DEFAULT_ATTEMPTS - 1) + 1,
        rate_limiter=RateLimiter(stop, rpm, tpm),
        sent_size=lambda target: sent_size(model.profile.sizing, target.size),
        price=reply_price(model, free=facts.free),
        sees_truth=facts.sees_truth,
        concurrency=AdaptiveConcurrency(stop, workers),
        budget=_model_budget(model, budget),
        most_tokens=_most_tokens_of(model),
        tokens=_tokens_of(model) if tpm else None,
        output_limit=sent_output_limit(model),
        servers=len(urls) if isinstance(urls, list | tuple) else 1,
    )


def _free(model: Model) -> bool:
    return registry.facts_of(model.adapter, model.name, model.settings).free


def _model_budget(model: Model, budget: Budget) -> ModelBudget | None:
    free = _free(model)
    return None if free else ModelBudget(budget, token_price(model, free=free), model.label)


def _most_tokens_of(model: Model) -> MostTokensOf:
    most = most_tokens(model)
    return lambda item: most(item.trial.prompt, item.target.size)


def _tokens_of(model: Model) -> TokensOf:
    return lambda item: sum(expected_tokens(model, item.trial.prompt, item.target.size))


def _slots(run: PreparedRun, done: Container[int]) -> Iterator[plan.Slot]:
    info = run.info
    return plan.slots(run.plan_targets, info.repeats, info.variants, info.seed, done, info.shard)


class _AllBut(Container[int]):
    """Every position but these."""

    def __init__(self, positions: Container[int]) -> None:
        self._positions = positions

    def __contains__(self, position: object) -> bool:
        return position not in self._positions


def _check_plan(run: PreparedRun, index: JournalIndex) -> None:
    """RunError if the journal holds trials of another plan than ``run.json``'s."""
    info = run.info
    count = plan.count(run.plan_targets, info.repeats, info.variants, info.shard)
    if count != info.planned:
        raise another_plan(run, f"{info.planned} trials a model, where {count} are planned")
    for label, count in index.asked.items():
        if count > info.planned:
            raise another_plan(run, f"{count} trials of {label}, where {info.planned} are planned")
    if not index.sample or info.pointbench != __version__:
        return  # another version may have planned another order; the keys alone decide
    planned = {slot.order: slot for slot in _slots(run, _AllBut(index.sample))}
    for order, found in index.sample.items():
        slot = planned.get(order)
        if slot is None:
            raise another_plan(run, f"a trial {order}, which is not planned")
        place = PlannedTrial(slot.target.suite, slot.target.id, slot.repeat, slot.variant)
        if place != found:
            raise another_plan(
                run, f"{found.target} as trial {order}, where {place.target} is planned"
            )


def _planned_items(model: Model, run: PreparedRun, index: JournalIndex) -> Iterator[WorkItem]:
    """The trials of the plan that have no answer."""
    info = run.info
    # The same version makes the same plan, and a key takes ten times as long to compute as a position.
    positions = index.positions if info.pointbench == __version__ else {}
    done = positions.get(model.label, ())
    item_at = item_maker(model, run)
    for slot in _slots(run, done):
        item = item_at(slot)
        if item.trial.key not in index.answered:
            yield item


def _picture_source(run: PreparedRun, cache: PictureCache) -> PreparePicture:
    def picture_of(target: AskedTarget, sent: Size | None, shift: ShiftRecord | None) -> Picture:
        moved = None if shift is None else Shift(shift.scale, shift.dx, shift.dy)
        return cache.get(run.picture_path(target), sent or target.size, moved)

    return picture_of


def _result(run: PreparedRun, queues: list[ModelQueue], scheduler: Scheduler | None) -> RunResult:
    index = _index(run)
    asked = len(index.answered) + index.failed
    stopped = {queue.label: queue.stopped for queue in queues if queue.stopped}
    unasked = scheduler.unasked() if scheduler else run.info.planned * len(queues) - asked
    return RunResult(
        # A stopped model leaves the run interrupted even when nothing was left to ask.
        state="complete" if unasked == 0 and not stopped else "interrupted",
        unasked=unasked,
        stopped=stopped,
        errors=index.failed,
        asked=asked,
        reasons=index.reasons,
    )


def _set_state(run: PreparedRun, state: State, spent: dict[str, Spent]) -> None:
    info = msgspec.structs.replace(run.info, state=state, spent=spent)
    try:
        write_run_info(run.folder, info)
    except OSError as error:
        raise RunError(
            f"run {run.folder.name}: run.json cannot be written: {error.strerror}"
        ) from error


def _try_state(run: PreparedRun, state: State, spent: dict[str, Spent]) -> None:
    # The disk has just failed; that error is the one to report.
    try:
        _set_state(run, state, spent)
    except RunError:
        return
