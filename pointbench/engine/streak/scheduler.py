"""Schedules ``streak``: sessions of randomly drawn targets, each until its first failure or the goal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pointbench.adapters.registry import Model
from pointbench.engine.asking.model_queue import ItemSource, RunObserver
from pointbench.engine.asking.work_item import WorkItem, item_maker
from pointbench.engine.journal_index import SessionClick
from pointbench.engine.planning import resume, setup
from pointbench.engine.planning.setup import PreparedRun, RunOptions
from pointbench.engine.streak.sessions import Sessions, sampled_slot
from pointbench.errors import RunError, UsageError
from pointbench.runs import LEAST_MISS_RATE, Goal, allows_misses, read_run_info
from pointbench.settings import Config
from pointbench.statistics.goal import fixed_clicks
from pointbench.statistics.sequential import goal_rate
from pointbench.trials import Record, SessionRecord

DEFAULT_SESSIONS = 10
DEFAULT_CHANCE = 0.5
CAP_FACTOR = 3
"""With a confidence, asking ends undecided after this many times the clicks of a fixed-size plan."""

_POLL_S = 0.2


def goal_of(k: int, chance: float, sessions: int | None, confidence: float | None) -> Goal:
    """The goal of a new run; UsageError for a chance or a confidence that no data could prove.

    With a confidence and no ``sessions``, the clicks counted are limited to `CAP_FACTOR` times those
    of a fixed-size plan (`pointbench.statistics.goal.fixed_clicks`).
    """
    for name, value in (("--chance", chance), ("--confidence", confidence)):
        if value is not None and not 0 < value < 1:
            raise UsageError(f"{name} {value:g}: a number above 0 and below 1, such as 0.9")
    rate = goal_rate(k, chance)
    if not allows_misses(k, chance):
        raise UsageError(
            f"--goal {k} with --chance {chance:.10g}: that allows less than one miss in "
            f"{1 / LEAST_MISS_RATE:,.0f} clicks, which no run could show; lower one of them"
        )
    if confidence is None:
        return Goal(
            k=k, chance=chance, confidence=None, sessions=sessions or DEFAULT_SESSIONS, cap=None
        )
    cap = None if sessions else CAP_FACTOR * fixed_clicks(rate, confidence)
    return Goal(k=k, chance=chance, confidence=confidence, sessions=sessions, cap=cap)


def prepare_streak(options: RunOptions, models: Sequence[Model], goal: Goal) -> PreparedRun:
    """A new run of sessions, checked from end to end but not yet on disk.

    Sessions draw present targets only, so only these belong to the run. UsageError as
    in `prepare_run`, or if no present target is left.
    """
    run = setup.prepare_run(options, models)
    targets = [target for target in run.targets if not target.absent]
    if not targets:
        raise UsageError(
            "sessions draw only present targets, but --where and --limit leave only absent ones"
        )
    suites = tuple(msgspec.structs.replace(suite, absent=0) for suite in run.info.suites)
    info = msgspec.structs.replace(
        run.info,
        kind="streak",
        suites=suites,
        planned=goal.cap or (goal.sessions or 1) * goal.k,
        goal=goal,
    )
    return PreparedRun(info, run.folder, targets, run.models, run.roots)


def prepare_resume(
    folder: Path, config: Config, data: Path | None, typed: Sequence[Model] = ()
) -> PreparedRun:
    """A streak begun earlier, ready to continue; RunError as in `resume.prepare_resume`."""
    info = read_run_info(folder)
    if info.kind != "streak" or info.goal is None:
        raise RunError(f"run {folder.name} was made by `{info.kind}`, not by `streak`")
    return resume.prepare_stored(folder, info, config, data, typed)


@dataclass
class SessionQueue:
    """One model's sessions as the source of its trials.

    A `pointbench.engine.asking.model_queue.ItemSource`; shared by the model's workers and the
    thread that writes the journal.
    """

    sessions: Sessions
    item_at: Callable[[SessionRecord], WorkItem]
    run_stop: threading.Event
    stopped: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)
    _returned: list[WorkItem] = field(default_factory=list)

    def take(self) -> WorkItem | None:
        """The next click; waits for earlier answers when there is none yet; None at the end."""
        with self.changed:
            while not (self.sessions.over or self.stopped or self.run_stop.is_set()):
                if self._returned:
                    return self._returned.pop()
                place = self.sessions.next_click()
                if place is not None:
                    return self.item_at(place)
                # With a timeout: a stopping run does not notify this condition.
                self.changed.wait(_POLL_S)
        return None

    def put_back(self, item: WorkItem) -> None:
        with self.changed:
            self._returned.append(item)
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def record(self, record: Record) -> None:
        """Record an outcome that is already on disk."""
        if record.session is None:
            return
        with self.changed:
            self.sessions.record(record.session, record.correct)
            self.changed.notify_all()


SAMPLED_CLICKS = 16
"""Clicks of the journal whose draw is checked: another seed draws other targets for most of them."""


class SessionScheduler:
    """Schedules the clicks of ``streak``; a `pointbench.engine.execute.Scheduler`."""

    def __init__(self, run: PreparedRun, stop: threading.Event) -> None:
        self._run = run
        self._stop = stop
        self.session_queues: dict[str, SessionQueue] = {}

    def source(self, model: Model, workers: int, clicks: list[SessionClick]) -> ItemSource:
        goal = self._run.info.goal
        assert goal is not None
        self._check_draws(goal, clicks)
        sessions = _replayed(goal, workers, clicks)
        # A decision is final; otherwise clicks in error are asked again, as in every run.
        if goal.confidence is None or not sessions.over:
            sessions = _replayed(goal, workers, (c for c in clicks if c.correct is not None))
        queue = SessionQueue(sessions, self._item_at(model, goal), self._stop)
        self.session_queues[model.label] = queue
        return queue

    def _check_draws(self, goal: Goal, clicks: list[SessionClick]) -> None:
        """RunError if the journal holds clicks of other draws than ``run.json``'s."""
        for click in clicks[:SAMPLED_CLICKS]:
            slot = sampled_slot(self._run.targets, goal, self._run.info.seed, click.session)
            if (slot.target.suite, slot.target.id, slot.order) != (
                click.suite,
                click.target,
                click.order,
            ):
                raise resume.another_plan(
                    self._run,
                    f"{click.target} as click {click.order}, where {slot.target.id} is drawn",
                )

    def _item_at(self, model: Model, goal: Goal) -> Callable[[SessionRecord], WorkItem]:
        targets, seed = self._run.targets, self._run.info.seed
        item_of = item_maker(model, self._run)
        return lambda place: item_of(sampled_slot(targets, goal, seed, place))

    def observed_by(self, observer: RunObserver) -> RunObserver:
        return _SessionObserver(self.session_queues, observer)

    def unasked(self) -> int:
        """Sessions not ended yet, over all models."""
        return sum(queue.sessions.left for queue in self.session_queues.values())


class _SessionObserver:
    """Passes records that are on disk to the sessions first, then to the run's observer."""

    def __init__(self, session_queues: dict[str, SessionQueue], observer: RunObserver) -> None:
        self._session_queues = session_queues
        self._observer = observer

    def done(self, records: list[Record]) -> None:
        for record in records:
            self._session_queues[record.model].record(record)
        self._observer.done(records)

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        self._observer.waiting(label, seconds, reason)


def _replayed(goal: Goal, width: int, clicks: Iterable[SessionClick]) -> Sessions:
    sessions = Sessions(goal, width)
    for click in clicks:
        sessions.record(click.session, click.correct)
    return sessions
