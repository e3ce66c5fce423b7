"""An index of a run's journal: which keys have an answer, and the counts of each model."""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pointbench.runs import read_lines_as
from pointbench.trials import ErrorRecord, SessionRecord

_DIGITS = 16
"""Hex digits of a key that are stored: 64 bits. The chance that any two of a million keys collide is
one in 37 million."""

_LONGEST_REASON = 160
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


@dataclass
class AnswerCounts:
    """Counts of one model's trials so far; errors are not in any denominator."""

    done: int = 0
    errors: int = 0
    hits: int = 0
    present: int = 0
    cost_usd: float = 0.0
    priced: bool = False
    """True when at least one cost is known."""

    def add(self, outcome: str, cost_usd: float | None, *, absent: bool) -> None:
        self.done += 1
        if outcome == "error":
            self.errors += 1
        elif not absent:
            self.present += 1
            self.hits += outcome == "hit"
        if cost_usd is not None:
            self.cost_usd += cost_usd
            self.priced = True


class KeySet:
    """A set of keys, 8 bytes each."""

    def __init__(self, numbers: array[int]) -> None:
        self._sorted = array("Q", sorted(set(numbers)))

    def __contains__(self, key: str) -> bool:
        number = _number(key)
        index = bisect_left(self._sorted, number)
        return index < len(self._sorted) and self._sorted[index] == number

    def __len__(self) -> int:
        return len(self._sorted)


MAX_POSITION = 100_000_000
"""Positions from this one on are ignored: no plan is that long, so the journal must be wrong."""


class PlanPositions:
    """A set of positions in the plan (``order`` of a record), one byte each."""

    def __init__(self) -> None:
        self._has = bytearray()

    def add(self, order: int) -> None:
        if not 0 <= order < MAX_POSITION:
            return  # its key is still known
        if order >= len(self._has):
            # Grows by half, so a long journal is read in linear time.
            self._has.extend(bytes(order + 1 + order // 2 - len(self._has)))
        self._has[order] = 1

    def __contains__(self, order: object) -> bool:
        return isinstance(order, int) and 0 <= order < len(self._has) and self._has[order] == 1


def _number(key: str) -> int:
    return int(key[:_DIGITS], 16)


@dataclass(frozen=True)
class SessionClick:
    """A click of ``streak`` in the journal."""

    order: int
    session: SessionRecord
    correct: bool | None
    """None for an error."""


@dataclass(frozen=True)
class JournalIndex:
    """The contents of a journal, without its records."""

    answered: KeySet
    """Keys with an answer, which are never asked again."""
    failed: int
    """Keys whose last line is an error."""
    counts: dict[str, AnswerCounts] = field(default_factory=dict)
    """Label -> counts of its answers."""
    positions: dict[str, PlanPositions] = field(default_factory=dict)
    """Label -> the positions in its plan that have an answer."""
    reasons: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Label -> messages of its errors and their counts, most frequent first; one message per kind."""
    clicks: dict[str, list[SessionClick]] = field(default_factory=dict)
    """Label -> its clicks of ``streak``, the last line of each key, in planned order."""
    failed_usd: float = 0.0
    """Dollars spent on replies that are no answers."""

    @property
    def spent(self) -> float:
        """Dollars spent, as far as costs are known."""
        return self.failed_usd + sum(count.cost_usd for count in self.counts.values())


class _Line(msgspec.Struct, gc=False):
    """The fields of a record that the index needs; decoding only these takes a third of the time."""

    key: str
    model: str
    suite: str
    target: str
    order: int
    outcome: str
    cost_usd: float | None
    correct: bool | None = None
    session: SessionRecord | None = None
    error: ErrorRecord | None = None


_decode = msgspec.json.Decoder(_Line).decode


def index_journal(folder: Path, absent: Callable[[str, str], bool]) -> JournalIndex:
    """Read a journal in one pass; ``absent(suite, id)`` is True for an absent target.

    RunError naming a damaged line; an incomplete last line is skipped.
    """
    answered = array("Q")
    errors: dict[int, tuple[str, str]] = {}
    counts: dict[str, AnswerCounts] = {}
    positions: dict[str, PlanPositions] = {}
    clicks: dict[str, dict[int, SessionClick]] = {}
    failed_usd = 0.0
    for line in read_lines_as(folder, _decode):
        number = _number(line.key)
        if line.session is not None:
            click = SessionClick(line.order, line.session, line.correct)
            clicks.setdefault(line.model, {})[number] = click
        if line.outcome == "error":
            message = line.error.message if line.error else ""
            errors[number] = (sys.intern(line.model), sys.intern(message[:_LONGEST_REASON]))
            failed_usd += line.cost_usd or 0.0
            continue
        # An answer is the last line of its key.
        errors.pop(number, None)
        answered.append(number)
        if line.model not in counts:
            counts[line.model], positions[line.model] = AnswerCounts(), PlanPositions()
        positions[line.model].add(line.order)
        counts[line.model].add(line.outcome, line.cost_usd, absent=absent(line.suite, line.target))
    return JournalIndex(
        answered=KeySet(answered),
        failed=len(errors),
        counts=counts,
        positions=positions,
        reasons=_reasons(errors.values()),
        clicks={
            label: sorted(by_key.values(), key=lambda click: click.order)
            for label, by_key in clicks.items()
        },
        failed_usd=failed_usd,
    )


def _reasons(errors: Iterable[tuple[str, str]]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Errors (model, message) counted by kind: messages that differ only in numbers are one kind."""
    counts: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    for model, message in errors:
        kind = _NUMBERS.sub("0", message)
        first.setdefault(kind, message)
        counts.setdefault(model, Counter())[kind] += 1
    return {
        model: tuple((first[kind], count) for kind, count in counter.most_common())
        for model, counter in counts.items()
    }
