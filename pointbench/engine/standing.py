"""Where a run stands by its journal: which keys have an answer, and the counts of each model."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pointbench.runs import read_lines_as

_DIGITS = 16
"""Hex digits of a key that are kept: 64 bits, so that among a million keys two are alike with a
chance of one in 37 million."""


@dataclass
class Count:
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


class Keys:
    """A set of keys in 8 bytes each."""

    def __init__(self, numbers: array[int]) -> None:
        self._sorted = array("Q", sorted(set(numbers)))

    def __contains__(self, key: str) -> bool:
        number = _number(key)
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number

    def __len__(self) -> int:
        return len(self._sorted)


def _number(key: str) -> int:
    return int(key[:_DIGITS], 16)


@dataclass(frozen=True)
class Standing:
    """What a journal holds, without its records."""

    answered: Keys
    """Keys with an answer; they are never asked again."""
    failed: int
    """Keys whose last line is an error."""
    counts: dict[str, Count] = field(default_factory=dict)
    """Label -> what its answers come to."""

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
    outcome: str
    cost_usd: float | None


_decode = msgspec.json.Decoder(_Line).decode


def standing_of(folder: Path, absent: Callable[[str, str], bool]) -> Standing:
    """Read a journal in one pass; ``absent`` says of a suite and a target whether it is absent.

    RunError naming a line that is damaged; a torn last line is passed over.
    """
    answered = array("Q")
    errors: set[int] = set()
    counts: dict[str, Count] = {}
    for line in read_lines_as(folder, _decode):
        number = _number(line.key)
        if line.outcome == "error":
            errors.add(number)
            continue
        # An answer is the last line of its key.
        errors.discard(number)
        answered.append(number)
        count = counts.setdefault(line.model, Count())
        count.add(line.outcome, line.cost_usd, absent=absent(line.suite, line.target))
    return Standing(Keys(answered), len(errors), counts)
