"""The sessions of one model in ``streak``: what may be asked next, and whether the clicks settle the goal.

Pure. Clicks within a session are asked one after another; several sessions may run concurrently.
Planned order is session after session, click after click. A click is counted only after every
earlier click in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pointbench.engine.planning import seeds
from pointbench.engine.planning.plan import Slot
from pointbench.runs import Goal
from pointbench.statistics.goal import hits_to_meet
from pointbench.statistics.sequential import GoalVerdict, goal_rate, verdict
from pointbench.suites import AskedTarget
from pointbench.trials import SessionRecord

End = Literal["goal", "miss", "error"]


def sampled_slot(
    targets: Sequence[AskedTarget], goal: Goal, seed: int, place: SessionRecord
) -> Slot:
    """The click at a place: its target is sampled with replacement, the same for all models."""
    index = seeds.integer(seed, "session", place.number, place.click) % len(targets)
    return Slot(targets[index], 0, "as-is", place.number * goal.k + place.click, place)


@dataclass
class _Session:
    hits: int = 0
    ended: End | None = None
    asking: bool = False

    @property
    def scored(self) -> int:
        """Clicks that count; an error does not."""
        return self.hits + (self.ended == "miss")


@dataclass
class Sessions:
    """One model's sessions so far; at most ``width`` of them are asked concurrently."""

    goal: Goal
    width: int
    sessions: list[_Session] = field(default_factory=list)
    counted: int = 0
    """Clicks counted so far, in planned order."""
    hits: int = 0
    """Correct ones among them."""
    verdict: GoalVerdict = "undecided"
    _number: int = 0
    """The session that is being counted."""
    _within: int = 0
    """Clicks of it that are counted already."""

    @property
    def over(self) -> bool:
        """True if nothing is left to ask: the goal is decided, or the last session or click is counted."""
        most = self.goal.sessions
        return (
            self.verdict != "undecided"
            or (self.goal.cap is not None and self.counted >= self.goal.cap)
            or (most is not None and self._number >= most)
        )

    @property
    def clicks(self) -> int:
        """Scored clicks, counted or not."""
        return sum(session.scored for session in self.sessions)

    @property
    def left(self) -> int:
        """Sessions not ended yet; 1 if only a decision ends the run; 0 if it is over."""
        if self.over:
            return 0
        if self.goal.sessions is None:
            return 1
        return self.goal.sessions - sum(session.ended is not None for session in self.sessions)

    def next_click(self) -> SessionRecord | None:
        """The next click that may be asked now, marked as being asked; None when there is none.

        With a confidence, clicks that a flawless row would not need are not asked ahead of time.
        """
        if self.over:
            return None
        limit = self._limit()
        position = self.counted - self._within
        asking = 0
        for number in range(self._number, len(self.sessions) + 1):
            if limit is not None and position >= limit:
                return None
            if number == len(self.sessions):
                if asking >= self.width or number == self.goal.sessions:
                    return None
                self.sessions.append(_Session())
            session = self.sessions[number]
            if session.ended is None and not session.asking:
                if limit is not None and position + session.hits >= limit:
                    return None
                session.asking = True
                return SessionRecord(number=number, click=session.hits)
            asking += session.asking
            position += self.goal.k if session.ended is None else session.scored
        return None

    def _limit(self) -> int | None:
        """The planned position from which on nothing needs to be asked yet."""
        goal = self.goal
        if goal.confidence is None:
            return None
        rate = goal_rate(goal.k, goal.chance)
        needed = self.counted + hits_to_meet(self.hits, self.counted, rate, goal.confidence)
        return needed if goal.cap is None else min(needed, goal.cap)

    def record(self, place: SessionRecord, correct: bool | None) -> None:
        """Record the outcome of a click; None for an error, which ends its session uncounted."""
        while len(self.sessions) <= place.number:
            self.sessions.append(_Session())
        session = self.sessions[place.number]
        session.asking = False
        if session.ended is not None or place.click != session.hits:
            # From a journal edited by hand: clicks after a session's end do not belong to it.
            return
        session.hits += bool(correct)
        if correct is None:
            session.ended = "error"
        elif not correct:
            session.ended = "miss"
        elif session.hits == self.goal.k:
            session.ended = "goal"
        self._advance()

    def _advance(self) -> None:
        while not self.over and self._number < len(self.sessions):
            session = self.sessions[self._number]
            if self._within < session.hits:
                self._within += 1
                self._count(right=True)
            elif session.ended is None:
                return
            else:
                self._number += 1
                self._within = 0
                if session.ended == "miss":
                    self._count(right=False)

    def _count(self, *, right: bool) -> None:
        self.counted += 1
        self.hits += right
        goal = self.goal
        if goal.confidence is not None:
            rate = goal_rate(goal.k, goal.chance)
            self.verdict = verdict(self.hits, self.counted, rate, goal.confidence)
