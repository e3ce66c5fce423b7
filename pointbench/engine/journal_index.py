"""Where a run stands by its journal: which keys have an answer, and the counts of each model."""

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
from pointbench.trials import ErrorRecord

_DIGITS = 16
"""Hex digits of a key that are kept: 64 bits, so that among a million keys two are alike with a
chance of one in 37 million."""


_LONGEST_REASON = 160
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


@dataclass
class AnswerCounts:
    """The answers and errors of one model so far; errors are in no denominator."""

    done: int = 0
    errors: int = 0
    hits: int = 0
    present: int = 0
    cost_usd: float = 0.0
    priced: bool = False
    """True once a cost was known."""

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
    """A set of keys in 8 bytes each."""

    def __init__(self, numbers: array[int]) -> None:
        self._sorted = array("Q", sorted(set(numbers)))

    def __contains__(self, key: str) -> bool:
        number = _number(key)
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number

    def __len__(self) -> int:
        return len(self._sorted)


MAX_POSITION = 100_000_000
"""Places of a plan that are kept; a journal that says more is not believed."""


class PlanPositions:
    """A set of places in the plan, in a byte each."""

    def __init__(self) -> None:
        self._has = bytearray()

    def add(self, order: int) -> None:
        if not 0 <= order < MAX_POSITION:
            return  # its key is known all the same
        if order >= len(self._has):
            # By half as much again, so that a long journal is read in linear time.
            self._has.extend(bytes(order + 1 + order // 2 - len(self._has)))
        self._has[order] = 1

    def __contains__(self, order: object) -> bool:
        return isinstance(order, int) and 0 <= order < len(self._has) and self._has[order] == 1


def _number(key: str) -> int:
    return int(key[:_DIGITS], 16)


@dataclass(frozen=True)
class JournalIndex:
    """What a journal holds, without its records."""

    answered: KeySet
    """Keys with an answer; they are never asked again."""
    failed: int
    """Keys whose last line is an error."""
    counts: dict[str, AnswerCounts] = field(default_factory=dict)
    """Label -> what its answers come to."""
    orders: dict[str, PlanPositions] = field(default_factory=dict)
    """Label -> the places in its plan that have an answer."""
    reasons: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Label -> why trials are in error, as the first of its kind said it, with how often; most first."""

    @property
    def spent(self) -> float:
        """Dollars, as far as they are known."""
        return sum(count.cost_usd for count in self.counts.values())


class _Line(msgspec.Struct, gc=False):
    """As much of a record as counting needs; decoding only that takes a third of the time."""

    key: str
    model: str
    suite: str
    target: str
    order: int
    outcome: str
    cost_usd: float | None
    error: ErrorRecord | None = None


_decode = msgspec.json.Decoder(_Line).decode


def index_journal(folder: Path, absent: Callable[[str, str], bool]) -> JournalIndex:
    """Read a journal in one pass; ``absent`` says of a suite and a target whether it is absent.

    RunError naming a line that is damaged; a torn last line is passed over.
    """
    answered = array("Q")
    errors: dict[int, tuple[str, str]] = {}
    counts: dict[str, AnswerCounts] = {}
    orders: dict[str, PlanPositions] = {}
    for line in read_lines_as(folder, _decode):
        number = _number(line.key)
        if line.outcome == "error":
            said = line.error.message if line.error else ""
            errors[number] = (sys.intern(line.model), sys.intern(said[:_LONGEST_REASON]))
            continue
        # An answer is the last line of its key.
        errors.pop(number, None)
        answered.append(number)
        if line.model not in counts:
            counts[line.model], orders[line.model] = AnswerCounts(), PlanPositions()
        count = counts[line.model]
        orders[line.model].add(line.order)
        count.add(line.outcome, line.cost_usd, absent=absent(line.suite, line.target))
    return JournalIndex(KeySet(answered), len(errors), counts, orders, _reasons(errors.values()))


def _reasons(errors: Iterable[tuple[str, str]]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Errors that differ in numbers alone (a request's id, seconds) count as one."""
    counted: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    for model, said in errors:
        alike = _NUMBERS.sub("0", said)
        first.setdefault(alike, said)
        counted.setdefault(model, Counter())[alike] += 1
    return {
        model: tuple((first[alike], count) for alike, count in counter.most_common())
        for model, counter in counted.items()
    }
