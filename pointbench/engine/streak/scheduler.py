"""`streak`: sessions of drawn clicks until the first failure, the goal, or a decision about it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path

import msgspec

from pointbench.adapters.registry import Model
from pointbench.engine.asking.model_queue import ModelQueue, RunObserver, WorkItem
from pointbench.engine.planning import plan, resume, setup
from pointbench.engine.planning.setup import PreparedRun, RunOptions
from pointbench.engine.streak.sessions import Sessions, drawn_slot
from pointbench.errors import RunError, UsageError
from pointbench.runs import Goal, read_records, read_run_info
from pointbench.settings import Config
from pointbench.statistics.goal import fixed_clicks
from pointbench.statistics.sequential import goal_rate
from pointbench.trials import Record, SessionRecord

DEFAULT_SESSIONS = 10
DEFAULT_CHANCE = 0.5
CAP_FACTOR = 3
"""With a confidence, asking ends undecided after so many times the clicks of a fixed plan."""

_POLL_S = 0.2


def goal_of(k: int, chance: float, sessions: int | None, confidence: float | None) -> Goal:
    """The goal of a new run; UsageError for a chance or a confidence that nothing could prove.

    With a confidence and no ``sessions``, the clicks looked at are bounded by `CAP_FACTOR` times
    those of a plan of fixed size (`pointbench.statistics.goal.fixed_clicks`).
    """
    for name, value in (("--chance", chance), ("--confidence", confidence)):
        if value is not None and not 0 < value < 1:
            raise UsageError(f"{name} {value:g}: a number above 0 and below 1, as 0.9")
    rate = goal_rate(k, chance)
    if rate >= 1:
        raise UsageError(f"--goal {k} with --chance {chance:g}: no number of clicks could tell")
    if confidence is None:
        return Goal(
            k=k, chance=chance, confidence=None, sessions=sessions or DEFAULT_SESSIONS, cap=None
        )
    cap = None if sessions else CAP_FACTOR * fixed_clicks(rate, confidence)
    return Goal(k=k, chance=chance, confidence=confidence, sessions=sessions, cap=cap)


def prepare_streak(options: RunOptions, models: Sequence[Model], goal: Goal) -> PreparedRun:
    """A new run of sessions, checked from end to end but not yet on disk.

    Only present targets can be drawn, so only they are of the run. UsageError as of `prepare_run`,
    or when no present target is left.
    """
    prepared = setup.prepare_run(options, models)
    targets = [target for target in prepared.targets if not target.absent]
    if not targets:
        raise UsageError("a session draws present targets, and all that are left are absent")
    suites = tuple(msgspec.structs.replace(suite, absent=0) for suite in prepared.info.suites)
    info = msgspec.structs.replace(
        prepared.info,
        kind="streak",
        suites=suites,
        planned=goal.cap or (goal.sessions or 1) * goal.k,
        goal=goal,
    )
    return PreparedRun(info, prepared.folder, targets, prepared.models, prepared.roots)


def prepare_resume(folder: Path, config: Config, data: Path | None) -> PreparedRun:
    """A run of sessions that was begun, ready to go on; RunError as for `setup.prepare_resume`."""
    info = read_run_info(folder)
    if info.kind != "streak" or info.goal is None:
        raise RunError(f"run {folder.name} was made by `{info.kind}`, not by `streak`")
    return resume.prepare_stored(folder, info, config, data)


@dataclass
class SessionQueue:
    """One model's sessions, shared by its workers and the thread that stores their answers."""

    sessions: Sessions
    ask_at: Callable[[SessionRecord], WorkItem]
    stop: threading.Event
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, stopped: Callable[[], bool]) -> WorkItem | None:
        """The next click, waiting for the one before it where there is none; None at the end."""
        with self.changed:
            while not (self.sessions.over or self.stop.is_set() or stopped()):
                at = self.sessions.next_click()
                if at is not None:
                    return self.ask_at(at)
                # Nobody tells this condition that the run or the model is being stopped.
                self.changed.wait(_POLL_S)
        return None

    def landed(self, record: Record) -> None:
        if record.session is None:
            return
        with self.changed:
            self.sessions.landed(record.session, record.correct)
            self.changed.notify_all()


@dataclass
class SessionLane(ModelQueue):
    """A lane whose next click hangs on the ones before it."""

    sitting: SessionQueue | None = None

    def take(self) -> WorkItem | None:
        assert self.sitting is not None
        # Without the lane's lock: `note` needs it while a worker waits here.
        return self.sitting.take(lambda: self.stopped is not None)


class SessionScheduler:
    """How `streak` asks; a `pointbench.engine.execute.Course`."""

    def __init__(self, prepared: PreparedRun, stop: threading.Event) -> None:
        self._prepared = prepared
        self._stop = stop
        self.sittings: dict[str, SessionQueue] = {}

    def begin(
        self, lanes: list[ModelQueue], kept: list[Record], watcher: RunObserver
    ) -> tuple[list[ModelQueue], RunObserver]:
        goal = self._prepared.info.goal
        assert goal is not None
        every = read_records(self._prepared.folder)
        for model, lane in zip(self._prepared.models, lanes, strict=True):
            sessions = _stored(goal, lane.workers, model.label, every)
            # What is decided stays so; else what stayed in error is asked again, as in every run.
            if goal.confidence is None or not sessions.over:
                sessions = _stored(goal, lane.workers, model.label, kept)
            self.sittings[model.label] = SessionQueue(
                sessions, self._asker(model, goal), self._stop
            )
        return [self._lane(lane) for lane in lanes], _SessionObserver(self.sittings, watcher)

    def _lane(self, lane: ModelQueue) -> ModelQueue:
        plain = {each.name: getattr(lane, each.name) for each in fields(ModelQueue)}
        # Nothing of the plan's own order is to be asked, or prepared ahead.
        plain["asks"] = iter(())
        return SessionLane(**plain, sitting=self.sittings[lane.label])

    def _asker(self, model: Model, goal: Goal) -> Callable[[SessionRecord], WorkItem]:
        prepared = self._prepared
        digest_of = lru_cache(maxsize=None)(_file_digest)

        def ask_at(at: SessionRecord) -> WorkItem:
            slot = drawn_slot(prepared.targets, goal, prepared.info.seed, at)
            target = slot.target
            trial = plan.trial_of(
                slot,
                model=model.label,
                profile=model.profile,
                sampling=dict(model.sampling),
                seed=prepared.info.seed,
                screenshot_sha256=target.sha256 or digest_of(prepared.picture_path(target)),
            )
            return WorkItem(trial, target)

        return ask_at

    def unasked(self) -> int:
        """Sessions still to be ended, over all models."""
        return sum(sitting.sessions.left for sitting in self.sittings.values())


class _SessionObserver:
    """Passes on what is on disk to the sessions first, then to whoever watches the run."""

    def __init__(self, sittings: dict[str, SessionQueue], watcher: RunObserver) -> None:
        self._sittings = sittings
        self._watcher = watcher

    def done(self, records: list[Record]) -> None:
        for record in records:
            self._sittings[record.model].landed(record)
        self._watcher.done(records)

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        self._watcher.waiting(label, seconds, reason)


def _stored(goal: Goal, width: int, label: str, records: list[Record]) -> Sessions:
    sessions = Sessions(goal, width)
    for record in sorted(records, key=lambda record: record.order):
        if record.model == label and record.session is not None:
            sessions.landed(record.session, record.correct)
    return sessions


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
