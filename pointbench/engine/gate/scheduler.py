"""Schedules a gate: targets in random order, each once, until the answers looked at decide."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from pointbench.adapters.registry import Model
from pointbench.engine.asking.model_queue import ItemSource, RunObserver
from pointbench.engine.asking.work_item import WorkItem, item_maker
from pointbench.engine.gate.claims import GateTests, gate_of
from pointbench.engine.gate.progress import GateProgress
from pointbench.engine.gate.stored import (
    Shared,
    StoredAnswers,
    refuse_part_of_a_gate,
    shared_targets,
)
from pointbench.engine.journal_index import SessionClick
from pointbench.engine.planning import plan, resume, setup
from pointbench.engine.planning.setup import PreparedRun, RunOptions
from pointbench.errors import RunError, UsageError, one_line
from pointbench.runs import Gate, RunInfo, read_lines, read_run_info, stored_root
from pointbench.settings import Config
from pointbench.suites import AskedTarget
from pointbench.trials import Record

SEED_BITS = 48
"""Bits of a drawn seed: JSON readers agree on whole numbers up to 2**53."""

_POLL_S = 0.2


@dataclass(frozen=True)
class GateOptions:
    """A user's options for a new gate, beside those of a run."""

    margin: float | None
    min_hit_rate: float | None
    confidence: float
    suites: tuple[str, ...] = ()
    """Suites named by the user; none means all of the stored run, or the default suite."""
    seed: int | None = None
    """None to draw one."""


def prepare_gate(
    options: RunOptions, model: Model, gate: GateOptions, old: StoredAnswers | None
) -> PreparedRun:
    """A new gate, checked from end to end but not yet on disk.

    ``old`` are the stored answers to compare with; without them only the hit rate counts. UsageError as in
    `prepare_run`, or where no target can be asked, or where the verdict would be known beforehand.
    """
    seed = secrets.randbits(SEED_BITS) if gate.seed is None else gate.seed
    if old is not None:
        refuse_part_of_a_gate(old)
    suites = _suites(gate, old, options.suites)
    shared: list[Shared] = []

    def choose(asked: Sequence[AskedTarget]) -> list[AskedTarget]:
        if old is None:
            return [target for target in asked if not target.absent]
        shared.append(shared_targets(old, asked, suites))
        return shared[0].targets

    data = options.data
    if data is None and old is not None:
        root = stored_root(old.folder, old.info)
        data = root if root is not None and (root / "targets").is_dir() else None
    run = setup.prepare_run(
        replace(options, suites=suites, seed=seed, data=data), [model], choose=choose
    )
    known = shared[0] if shared else None
    stored = gate_of(
        model.label,
        len(run.targets),
        known.reference if known else None,
        known.verdicts_of(run.targets) if known else (),
        margin=gate.margin,
        min_hit_rate=gate.min_hit_rate,
        confidence=gate.confidence,
        seed="drawn" if gate.seed is None else "pinned",
    )
    asked = tuple(suite for suite in run.info.suites if suite.present)
    info = msgspec.structs.replace(run.info, kind="gate", suites=asked, gate=stored)
    return replace(run, info=info)


def _suites(
    gate: GateOptions, old: StoredAnswers | None, default: tuple[str, ...]
) -> tuple[str, ...]:
    """The suites of a new gate: those named, else all in which the stored run has a present target."""
    if old is None:
        return gate.suites or default
    there = sorted({suite for suite, _ in old.targets})
    if not there:
        raise UsageError(one_line(f"--against {old.run}: it has no present target to compare with"))
    strange = [name for name in gate.suites if name not in there]
    if strange:
        raise UsageError(
            one_line(
                f"-s {strange[0]}: run {old.run} has no present target of that suite; it has "
                f"{', '.join(there):.400}"
            )
        )
    return tuple(dict.fromkeys(gate.suites)) or tuple(there)


def prepare_resume(
    folder: Path, config: Config, data: Path | None, typed: Sequence[Model] = ()
) -> PreparedRun:
    """A gate begun earlier, ready to continue; RunError as in `resume.prepare_resume`."""
    info = read_run_info(folder)
    if info.kind != "gate":
        raise RunError(f"run {folder.name} was made by `{info.kind}`, not by `gate`")
    run = resume.prepare_stored(folder, info, config, data, typed)
    stored_gate(folder.name, info, len(run.targets))
    return run


def stored_gate(run: str, info: RunInfo, targets: int) -> Gate:
    """The gate of a run; RunError where its parts do not fit each other."""
    gate = info.gate
    if gate is None:
        raise RunError(f"run {run} was made by `{info.kind}`, not by `gate`")
    if (gate.margin is None and gate.min_hit_rate is None) or len(info.models) != 1:
        wrong = "no claim" if len(info.models) == 1 else f"{len(info.models)} models"
    elif (gate.margin is None) < (gate.against is None):
        wrong = "a margin, but no run to compare with"
    elif len(gate.old) != (targets if gate.against else 0):
        wrong = f"{len(gate.old)} verdicts to compare with on {targets} targets"
    elif targets < 1:
        wrong = "no target"
    else:
        return gate
    raise RunError(f"run {run}: run.json is damaged: its gate has {wrong}")


def planned_slots(run: str, info: RunInfo, targets: Sequence[AskedTarget]) -> list[plan.Slot]:
    """The gate's targets in planned order; RunError if some target stands in it twice."""
    if len({(target.suite, target.id) for target in targets}) < len(targets):
        raise RunError(f"run {run}: targets.jsonl is damaged: it has a target twice")
    return list(plan.slots(targets, 1, ("as-is",), info.seed))


def verdicts_in_order(
    gate: Gate, targets: Sequence[AskedTarget], slots: Iterable[plan.Slot]
) -> list[float]:
    """The stored verdicts in planned order; zeros where nothing is compared."""
    if gate.against is None:
        return [0.0] * len(targets)
    old = {(t.suite, t.id): verdict for t, verdict in zip(targets, gate.old, strict=True)}
    return [old[slot.target.suite, slot.target.id] for slot in slots]


@dataclass
class GateQueue:
    """The gate's targets as the source of its trials.

    A `pointbench.engine.asking.model_queue.ItemSource`; shared by the model's workers and the thread that
    writes the journal. At most ``width`` answers are out or not looked at, so that a verdict comes with
    fewer than that many asked in vain; targets in error, which wait for others, are not among them.
    """

    progress: GateProgress
    item_at: Callable[[int], WorkItem]
    width: int
    run_stop: threading.Event
    stopped: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)
    _next_new: int = 0
    _in_flight: set[int] = field(default_factory=set)
    _asked_last: set[int] = field(default_factory=set)
    _returned: list[WorkItem] = field(default_factory=list)

    def take(self) -> WorkItem | None:
        """The next trial; waits while answers are out that decide what is next; None at the end."""
        with self.changed:
            while not (self.progress.over or self.stopped or self.run_stop.is_set()):
                if self._returned:
                    return self._returned.pop()
                position = self._next()
                if position is not None:
                    self._in_flight.add(position)
                    item = self.item_at(position)
                    return replace(item, again=position in self.progress.failed_at)
                if not self._in_flight:
                    break
                # With a timeout: a stopping run does not notify this condition.
                self.changed.wait(_POLL_S)
            self.changed.notify_all()
        return None

    def _next(self) -> int | None:
        progress = self.progress
        again = [position for position in progress.due() if position not in self._in_flight]
        if again:
            return min(again)
        new = self._first_new()
        room = progress.ahead + len(self._in_flight) < self.width
        # What the tests wait for is asked in any case: a resumed gate may be ahead by more than its width.
        if new is not None and (room or new == progress.looked):
            self._next_new = new + 1
            return new
        if progress.looked == progress.total:
            last = progress.given_up - progress.correct.keys() - self._asked_last - self._in_flight
            self._asked_last.update(sorted(last)[:1])
            return min(last, default=None)
        if self._in_flight:
            return None
        # Nothing else is left to ask, so those in error are asked again although nothing came between.
        return min(progress.failed(), default=None)

    def _first_new(self) -> int | None:
        progress = self.progress
        while self._next_new in progress.correct or self._next_new in progress.failed_at:
            self._next_new += 1
        return self._next_new if self._next_new < progress.total else None

    def put_back(self, item: WorkItem) -> None:
        with self.changed:
            self._returned.append(item)
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def record(self, record: Record) -> None:
        """Take in an outcome that is already on disk."""
        with self.changed:
            self._in_flight.discard(record.order)
            record_in(self.progress, record)
            self.changed.notify_all()


def record_in(progress: GateProgress, record: Record) -> None:
    """Take in one line of the journal at its planned position."""
    served = record.reply.model if record.reply is not None and record.error is None else None
    progress.record(record.order, record.correct, served)


class GateScheduler:
    """Schedules a gate's answers; a `pointbench.engine.execute.Scheduler`."""

    def __init__(self, run: PreparedRun, stop: threading.Event) -> None:
        self._run = run
        self._stop = stop
        self.queue: GateQueue | None = None

    def source(self, model: Model, workers: int, clicks: list[SessionClick]) -> ItemSource:  # noqa: ARG002
        run = self._run
        slots = planned_slots(run.folder.name, run.info, run.targets)
        progress = progress_of(run.folder.name, run.info, run.targets, slots)
        for record in read_lines(run.folder):
            self._check_place(record, slots)
            record_in(progress, record)
        item_of = item_maker(model, run)
        self.queue = GateQueue(
            progress, lambda position: item_of(slots[position]), workers, self._stop
        )
        return self.queue

    def _check_place(self, record: Record, slots: Sequence[plan.Slot]) -> None:
        """RunError if the journal holds an answer of another order than ``run.json``'s."""
        if not 0 <= record.order < len(slots):
            raise resume.another_plan(self._run, f"a trial {record.order}, which is not planned")
        target = slots[record.order].target
        if (target.suite, target.id) != (record.suite, record.target):
            raise resume.another_plan(
                self._run,
                f"{record.target} as trial {record.order}, where {target.id} is planned",
            )

    def observed_by(self, observer: RunObserver) -> RunObserver:
        return _GateObserver(self, observer)

    def unasked(self) -> int:
        """1 as long as the verdict is open."""
        queue = self.queue
        return 1 if queue is None or queue.progress.verdict is None else 0


class _GateObserver:
    """Passes records that are on disk to the gate first, then to the run's observer."""

    def __init__(self, scheduler: GateScheduler, observer: RunObserver) -> None:
        self._scheduler = scheduler
        self._observer = observer

    def done(self, records: list[Record]) -> None:
        queue = self._scheduler.queue
        assert queue is not None
        for record in records:
            queue.record(record)
        self._observer.done(records)

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        self._observer.waiting(label, seconds, reason)


def progress_of(
    run: str, info: RunInfo, targets: Sequence[AskedTarget], slots: Sequence[plan.Slot]
) -> GateProgress:
    """The progress of a gate without an answer."""
    gate = stored_gate(run, info, len(targets))
    return GateProgress(GateTests(gate, verdicts_in_order(gate, targets, slots)))
