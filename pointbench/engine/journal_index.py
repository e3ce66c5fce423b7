"""An index of a run's journal: which keys have an answer, and the counts of each model."""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from pointbench.runs import read_lines_as
from pointbench.trials import ErrorRecord, SessionRecord

_DIGITS = 16
_NUMBERS_OF_KEYS = 1 << 64
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
        self.pay(cost_usd)

    def pay(self, cost_usd: float | None) -> None:
        """Count the cost alone, of an answer that counts no more."""
        if cost_usd is not None:
            self.cost_usd += cost_usd
            self.priced = True


class KeySet:
    """A set of keys, 8 bytes each."""

    def __init__(self, numbers: array[int]) -> None:
        self._sorted = array("Q", sorted(set(numbers)))

    def __contains__(self, key: str) -> bool:
        return self.has(_number(key))

    def has(self, number: int) -> bool:
        """True if a key with these first digits is in the set."""
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
    try:
        return int(key[:_DIGITS], 16) % _NUMBERS_OF_KEYS
    except ValueError:
        # No run writes such a key: it is no planned trial's, but it must not be lost either.
        return int.from_bytes(sha256(key.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class SessionClick:
    """A click of ``streak`` in the journal."""

    order: int
    session: SessionRecord
    correct: bool | None
    """None for an error."""
    suite: str
    target: str


@dataclass(frozen=True)
class PlannedTrial:
    """What a line of the journal says of its place in the plan."""

    suite: str
    target: str
    repeat: int
    variant: str


SAMPLED_BLOCKS, SAMPLED_TRIALS = 16, 4
"""The sample for a check of the plan: so many lines of so many pairs of variant and repeat."""


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
    usd: dict[str, float] = field(default_factory=dict)
    """Label -> dollars of all its lines, as far as costs are known; replies that are no answers, too."""
    unpriced: dict[str, int] = field(default_factory=dict)
    """Label -> its answers whose cost is not known."""
    sample: dict[int, PlannedTrial] = field(default_factory=dict)
    """Position in the plan -> what was asked there: a few lines of the first repeats."""
    overtaken: bool = False
    """True if a key that has an answer has an error after it."""

    @property
    def spent(self) -> float:
        """Dollars spent, as far as costs are known."""
        return sum(self.usd.values())

    @property
    def asked(self) -> dict[str, int]:
        """Label -> its keys with an answer, and those whose last line is an error."""
        failed = {label: sum(n for _, n in reasons) for label, reasons in self.reasons.items()}
        labels = {**self.counts, **failed}
        return {
            label: self.counts.get(label, AnswerCounts()).done + failed.get(label, 0)
            for label in labels
        }


class _Line(msgspec.Struct, gc=False):
    """The fields of a record that the index needs; decoding only these takes a third of the time."""

    key: str
    model: str
    suite: str
    target: str
    order: int
    outcome: str
    cost_usd: float | None
    repeat: int
    variant: str
    correct: bool | None = None
    session: SessionRecord | None = None
    error: ErrorRecord | None = None


_decode = msgspec.json.Decoder(_Line).decode


def index_journal(folder: Path, absent: Callable[[str, str], bool]) -> JournalIndex:
    """Read a journal in one pass; ``absent(suite, id)`` is True for an absent target.

    The last line of a key counts. A key with a line after its answer costs a second pass: no run
    writes one, but journals that were put together by hand have them. RunError naming a damaged
    line; blank lines and an incomplete last line are skipped.
    """
    index = _index(folder, absent, None)
    again = len(index.answered) < sum(count.done for count in index.counts.values())
    if again or index.overtaken:
        last = {_number(line.key): n for n, line in enumerate(read_lines_as(folder, _decode))}
        index = _index(folder, absent, last)
    return index


def _index(
    folder: Path, absent: Callable[[str, str], bool], last: Mapping[int, int] | None
) -> JournalIndex:
    """The index of the lines that ``last`` names by key and place, or of all; every line costs money."""
    answered = array("Q")
    errors: dict[int, tuple[str, str]] = {}
    counts: dict[str, AnswerCounts] = {}
    positions: dict[str, PlanPositions] = {}
    clicks: dict[str, dict[int, SessionClick]] = {}
    usd: defaultdict[str, float] = defaultdict(float)
    unpriced: Counter[str] = Counter()
    sample: dict[int, PlannedTrial] = {}
    blocks: Counter[tuple[str, int]] = Counter()
    for place, line in enumerate(read_lines_as(folder, _decode)):
        number = _number(line.key)
        usd[line.model] += line.cost_usd or 0.0
        unpriced[line.model] += line.cost_usd is None and line.outcome != "error"
        if line.session is not None:
            click = SessionClick(
                line.order,
                line.session,
                line.correct,
                sys.intern(line.suite),
                sys.intern(line.target),
            )
            clicks.setdefault(line.model, {})[number] = click
        block = (line.variant, line.repeat)
        if blocks[block] < SAMPLED_TRIALS and (block in blocks or len(blocks) < SAMPLED_BLOCKS):
            blocks[block] += 1
            sample[line.order] = PlannedTrial(line.suite, line.target, line.repeat, line.variant)
        if line.outcome == "error":
            message = line.error.message if line.error else ""
            errors[number] = (sys.intern(line.model), sys.intern(message[:_LONGEST_REASON]))
            continue
        if line.model not in counts:
            counts[line.model], positions[line.model] = AnswerCounts(), PlanPositions()
        if last is not None and last[number] != place:
            counts[line.model].pay(line.cost_usd)
            continue
        errors.pop(number, None)
        answered.append(number)
        positions[line.model].add(line.order)
        counts[line.model].add(line.outcome, line.cost_usd, absent=absent(line.suite, line.target))
    keys = KeySet(answered)
    return JournalIndex(
        answered=keys,
        failed=len(errors),
        counts=counts,
        positions=positions,
        reasons=_reasons(errors.values()),
        clicks={
            label: sorted(by_key.values(), key=lambda click: click.order)
            for label, by_key in clicks.items()
        },
        usd=dict(usd),
        unpriced=dict(unpriced),
        sample=sample,
        overtaken=any(keys.has(number) for number in errors),
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
