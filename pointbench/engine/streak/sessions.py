"""The sessions of one model in `streak`: what may be asked next, and what the clicks decide. Pure.

Clicks within a session follow each other; sessions may go on side by side. Planned order is session
after session, click after click, and only clicks in that order, without a gap before them, are
looked at.
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


def drawn_slot(targets: Sequence[AskedTarget], goal: Goal, seed: int, at: SessionRecord) -> Slot:
    """The click at a place of the sessions: a target drawn with replacement, alike for all models."""
    drawn = seeds.integer(seed, "session", at.number, at.click) % len(targets)
    return Slot(targets[drawn], 0, "as-is", at.number * goal.k + at.click, at)


@dataclass
class _Session:
    hits: int = 0
    ended: End | None = None
    asking: bool = False

    @property
    def scored(self) -> int:
        """Its clicks that count: an error is none."""
        return self.hits + (self.ended == "miss")


@dataclass
class Sessions:
    """What one model has answered so far. ``width`` sessions at most are asked side by side."""

    goal: Goal
    width: int
    found: list[_Session] = field(default_factory=list)
    looked: int = 0
    """Clicks looked at, in planned order."""
    hits: int = 0
    """Right ones among them."""
    verdict: GoalVerdict = "undecided"
    _at: int = 0
    _within: int = 0

    @property
    def over(self) -> bool:
        """Nothing is left to ask: it is decided, or the last session or click has come."""
        most = self.goal.sessions
        return (
            self.verdict != "undecided"
            or (self.goal.cap is not None and self.looked >= self.goal.cap)
            or (most is not None and self._at >= most)
        )

    @property
    def clicks(self) -> int:
        """Scored clicks, looked at or not."""
        return sum(session.scored for session in self.found)

    @property
    def left(self) -> int:
        """Sessions still to be ended; 1 where only a decision can tell; 0 when it is over."""
        if self.over:
            return 0
        if self.goal.sessions is None:
            return 1
        return self.goal.sessions - sum(session.ended is not None for session in self.found)

    def next_click(self) -> SessionRecord | None:
        """The next click that may be asked by now, marked as being asked; None when there is none.

        With a confidence nothing is asked ahead that a flawless row would not need.
        """
        if self.over:
            return None
        limit = self._limit()
        position = self.looked - self._within
        asking = 0
        for number in range(self._at, len(self.found) + 1):
            if limit is not None and position >= limit:
                return None
            if number == len(self.found):
                if asking >= self.width or number == self.goal.sessions:
                    return None
                self.found.append(_Session())
            session = self.found[number]
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
        needed = self.looked + hits_to_meet(self.hits, self.looked, rate, goal.confidence)
        return needed if goal.cap is None else min(needed, goal.cap)

    def landed(self, at: SessionRecord, correct: bool | None) -> None:
        """Take in the outcome of a click; None for an error, which ends its session uncounted."""
        while len(self.found) <= at.number:
            self.found.append(_Session())
        session = self.found[at.number]
        session.asking = False
        if session.ended is not None or at.click != session.hits:
            # Of a run put together by hand; what follows an end is no part of the session.
            return
        session.hits += bool(correct)
        if correct is None:
            session.ended = "error"
        elif not correct:
            session.ended = "miss"
        elif session.hits == self.goal.k:
            session.ended = "goal"
        self._look()

    def _look(self) -> None:
        while not self.over and self._at < len(self.found):
            session = self.found[self._at]
            if self._within < session.hits:
                self._within += 1
                self._count(right=True)
            elif session.ended is None:
                return
            else:
                self._at += 1
                self._within = 0
                if session.ended == "miss":
                    self._count(right=False)

    def _count(self, *, right: bool) -> None:
        self.looked += 1
        self.hits += right
        goal = self.goal
        if goal.confidence is not None:
            rate = goal_rate(goal.k, goal.chance)
            self.verdict = verdict(self.hits, self.looked, rate, goal.confidence)
