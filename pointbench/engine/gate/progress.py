"""A gate's answers, looked at in planned order whatever arrives first. Pure.

The order of asking is random and fixed beforehand; the order of arrival is not: misses of a model that
thinks longer come late, and a gate that took answers as they arrive would pass it too often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pointbench.adapters.model_names import several_models
from pointbench.engine.gate.claims import GateTests
from pointbench.runs import GateVerdict


class GateProgress:
    """The answers so far, by planned position, and the verdict on them.

    A target in error is asked again once others were answered meanwhile, so that an outage counts as
    one error, or once nothing else is left to ask. If that fails, too, it stays in error for the
    tests, for good: an answer that comes later counts only once all targets were asked, when the
    verdict is exact. The same lines in the same order always give the same verdict.
    """

    def __init__(self, tests: GateTests) -> None:
        self.tests = tests
        self.total = tests.total
        self.correct: dict[int, bool] = {}
        """Position -> whether its answer is correct."""
        self.failed_at: dict[int, int] = {}
        """Position -> how many others had an answer when it first ended in error."""
        self.given_up: set[int] = set()
        """Positions that ended in error again, although others were answered in between or all were asked."""
        self.looked = 0
        """Answers looked at: the positions before this one."""
        self.looked_as: list[int | None] = []
        """What the tests were told of each position looked at; None for an error."""
        self.ahead = 0
        """Answers not looked at yet, because an earlier one is still missing."""
        self.verdict: GateVerdict | None = None
        self.decided_after: int | None = None
        self.served: Counter[str] = Counter()
        """Name of the model that answered, as its server gave it -> answers."""
        self.service_changed = False

    @property
    def asked(self) -> int:
        """Positions that were asked, in error or not."""
        return len(self.correct.keys() | self.failed_at.keys())

    @property
    def in_error(self) -> int:
        """Positions that were asked and have no answer."""
        return len(self.failed_at.keys() - self.correct.keys())

    @property
    def over(self) -> bool:
        """True if nothing more is to be asked."""
        return self.verdict is not None or self.service_changed

    def record(self, position: int, correct: bool | None, served: str | None = None) -> None:
        """Take in the outcome at a position, None for an error; ``served`` is who answered."""
        if position in self.correct:
            return
        if correct is None:
            before = position in self.failed_at
            first = self.failed_at.setdefault(position, len(self.correct))
            if len(self.correct) > first or (before and self.asked == self.total):
                self.given_up.add(position)
        else:
            self.correct[position] = correct
            self.ahead += position >= self.looked
            if served:
                self.served[served] += 1
                self.service_changed = self.service_changed or (
                    self.served[served] == 1 and several_models(self.served)
                )
        self._look()

    def _look(self) -> None:
        while self.verdict is None and self.looked < self.total:
            known = self.correct.get(self.looked)
            if known is None and self.looked not in self.given_up:
                return
            value = None if known is None else int(known)
            self.ahead -= known is not None
            self.looked += 1
            self.looked_as.append(value)
            self.tests.add(value)
            # After the last one, answers that came too late for the tests count as well.
            if self.looked < self.total:
                self._decide(self.tests.verdict)
        if self.verdict is None and self.looked == self.total:
            hits = sum(self.correct.values())
            unknown = self.total - len(self.correct)
            self._decide(self.tests.verdict_within(hits, hits + unknown))

    def _decide(self, verdict: GateVerdict | None) -> None:
        if verdict is not None:
            self.verdict, self.decided_after = verdict, self.looked

    def due(self) -> Iterator[int]:
        """Positions in error that may be asked again: others were answered since."""
        for position, others in self.failed_at.items():
            if self._open(position) and len(self.correct) > others:
                yield position

    def failed(self) -> Iterator[int]:
        """Positions in error that are not given up."""
        return filter(self._open, self.failed_at)

    def _open(self, position: int) -> bool:
        return position not in self.correct and position not in self.given_up
