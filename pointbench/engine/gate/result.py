"""How a gate stands or ended: the verdict with its bounds, from the files of its run. Pure but for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Literal

from pointbench.engine.gate.claims import GateTests, exact_verdict, needs_of
from pointbench.engine.gate.progress import GateProgress
from pointbench.engine.gate.scheduler import (
    planned_slots,
    progress_of,
    record_in,
    verdicts_in_order,
)
from pointbench.engine.gate.stored import StoredAnswers
from pointbench.errors import RunError, UsageError, one_line
from pointbench.runs import Gate, RunInfo
from pointbench.statistics.gate import GateTest, unchanged_fails
from pointbench.suites import AskedTarget
from pointbench.trials import Record

Reason = Literal["max-cost", "interrupted", "stopped", "errors", "service"]
"""Why a gate is undecided."""

FLAWED = 0.05
"""A gate that fails an unchanged model more often than this is warned of."""

MOST_SLICES = 3


@dataclass(frozen=True)
class Ends:
    """A share, -1 to 1: as seen so far, and its bounds over all targets, each at the gate's confidence."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Unchanged:
    """How often a model that is the one of the stored run would fail the same gate."""

    chance: float
    unstable: float
    """Share of targets whose verdict changes from run to run."""
    seen: bool
    """True if that is the share of the gate's own answers that differ, an upper guess."""
    enough_targets: int | None
    """Targets with which the chance would be at most `FLAWED`, at this margin; None if that many already."""
    enough_margin: float | None
    """The margin with which it would be, on these targets."""


@dataclass(frozen=True)
class Slice:
    """The targets with one value of a field, among the answers looked at."""

    field: Literal["app", "kind"]
    name: str
    targets: int
    lost: float
    """Right before and wrong now; a mean over repeats counts in part."""
    won: float


@dataclass(frozen=True)
class GateResult:
    """A gate as it is printed."""

    run: str
    """The run of the new answers."""
    model: str
    gate: Gate
    targets: int
    suites: tuple[str, ...]
    verdict: Literal["pass", "fail", "undecided"]
    reason: Reason | None
    """None with a verdict."""
    clicks: int
    """Answers looked at."""
    asked: int
    """Targets asked; those in flight at the verdict, and in error, included."""
    errors: int
    """Targets without an answer: with a verdict, of those looked at; without one, of all that were asked."""
    answers: int
    """Answers looked at that are no errors."""
    hits: float
    """Hits among them."""
    old_hits: float | None
    """The stored run's hits over all targets; None where nothing is compared."""
    difference: Ends | None
    """New less old hit rate; None where nothing is compared."""
    rate: Ends
    """The new hit rate."""
    unchanged: Unchanged | None
    served: tuple[str, ...]
    slices: tuple[Slice, ...]
    finished: bool = False
    """True for a finished run in place of a model that is asked."""
    repeats: float = 1.0
    """Answers of the new model per target."""
    earlier: Mapping[str, int] = field(default_factory=dict)
    """Verdict -> earlier gates of the same pair in the same folder."""

    @property
    def saved(self) -> int:
        """Targets that needed no click."""
        return self.targets - self.asked

    @property
    def error_rate(self) -> float:
        """``errors`` over the targets that they are counted among."""
        among = self.asked if self.verdict == "undecided" else self.clicks
        return self.errors / among if among else 0.0

    @property
    def exact(self) -> bool:
        """True if every target was asked and looked at, none of them in error."""
        return self.answers == self.targets


def result_of_gate(
    run: str,
    info: RunInfo,
    targets: Sequence[AskedTarget],
    lines: Iterable[Record],
    reason: Reason = "interrupted",
) -> GateResult:
    """How the gate of a run stands; ``lines`` are all lines of its journal, ``reason`` why it stopped.

    RunError where the files do not fit each other.
    """
    slots = planned_slots(run, info, targets)
    progress = progress_of(run, info, targets, slots)
    gate = info.gate
    assert gate is not None
    places = {(slot.target.suite, slot.target.id): slot.order for slot in slots}
    for record in lines:
        if places.get((record.suite, record.target)) != record.order:
            raise _not_as_planned(run, record)
        record_in(progress, record)
    order = [slot.target for slot in slots]
    old = verdicts_in_order(gate, targets, slots)
    model = info.models[0].label
    return result_of(progress, gate, order, old, run=run, model=model, reason=reason)


def result_of_part(
    new: StoredAnswers,
    lines: Iterable[Record],
    gate: Gate,
    targets: Sequence[AskedTarget],
) -> GateResult:
    """Another claim about the run of a gate that asked only a part; ``targets`` as in ``gate.old``.

    UsageError unless its order was drawn by a gate: then the first answers of any of its targets are a
    random sample of them.
    """
    own = new.info.gate
    if own is None or own.seed != "drawn":
        raise UsageError(
            f"run {new.run} asked only a part of the targets, in an order that no gate has drawn: its seed "
            f"was given with --seed; ask the rest, or gate the model itself with -m"
        )
    slots = planned_slots(new.run, new.info, list(new.targets.values()))
    among = {(target.suite, target.id) for target in targets}
    order = [s.target for s in slots if (s.target.suite, s.target.id) in among]
    places = {(target.suite, target.id): position for position, target in enumerate(order)}
    planned = {(slot.target.suite, slot.target.id): slot.order for slot in slots}
    chosen = [slot for slot in slots if (slot.target.suite, slot.target.id) in among]
    old = verdicts_in_order(gate, targets, chosen)
    progress = GateProgress(GateTests(gate, old))
    for record in lines:
        place = (record.suite, record.target)
        if planned.get(place) != record.order:
            raise _not_as_planned(new.run, record)
        position = places.get(place)
        if position is not None:
            served = record.reply.model if record.reply and record.error is None else None
            progress.record(position, record.correct, served)
    return result_of(
        progress, gate, order, old, run=new.run, model=new.model, reason="stopped", finished=True
    )


def result_of_whole(new: StoredAnswers, gate: Gate, targets: Sequence[AskedTarget]) -> GateResult:
    """The claim about a finished run that asked all targets: exact; ``targets`` as in ``gate.old``.

    UsageError if it did not ask some of them.
    """
    places = [(target.suite, target.id) for target in targets]
    unasked = [p for p in places if p not in new.verdicts and p not in new.errors]
    if unasked:
        raise UsageError(
            one_line(
                f"run {new.run} asked only {len(places) - len(unasked)} of the {len(places)} targets (not "
                f"{unasked[0][1]!r:.80}, for one); a part is judged only where a gate drew the order: ask "
                f"the rest, or gate the model itself with -m"
            )
        )
    n = len(targets)
    old = gate.old if gate.against else (0.0,) * n
    known = [p in new.verdicts for p in places]
    rates = [new.verdicts[p].mean if p in new.verdicts else None for p in places]
    hits = math.fsum(rate for rate in rates if rate is not None)
    errors = n - sum(known)
    needs = needs_of(gate, old)
    verdict = exact_verdict(needs, hits, hits + errors)
    old_total = math.fsum(old)
    served = {r.reply.model: None for r in new.records if r.reply and r.reply.model and not r.error}
    answers = [one.answers for place in places if (one := new.verdicts.get(place))]
    return GateResult(
        run=new.run,
        model=new.model,
        gate=gate,
        targets=n,
        suites=tuple(dict.fromkeys(target.suite for target in targets)),
        verdict=verdict or "undecided",
        reason=None if verdict else "errors",
        clicks=n,
        asked=n,
        errors=errors,
        answers=n - errors,
        hits=hits,
        old_hits=old_total if gate.against else None,
        difference=_difference_of(old, rates, old_total, hits, errors) if gate.against else None,
        rate=Ends(hits / (n - errors) if n > errors else None, hits / n, (hits + errors) / n),
        unchanged=_unchanged(gate, old, rates),
        served=tuple(name for name in served if name),
        slices=_slices(targets, old, rates) if gate.against else (),
        finished=True,
        repeats=sum(answers) / len(answers) if answers else 1.0,
    )


def _not_as_planned(run: str, record: Record) -> RunError:
    return RunError(
        one_line(
            f"run {run}: its run.json has changed (seed): trials.jsonl has {record.target!r:.80} as trial "
            f"{record.order}, where another target is planned; put run.json back as it was"
        )
    )


def result_of(
    progress: GateProgress,
    gate: Gate,
    order: Sequence[AskedTarget],
    old: Sequence[float],
    *,
    run: str = "",
    model: str = "",
    reason: Reason = "interrupted",
    finished: bool = False,
) -> GateResult:
    """How a gate stands; ``order`` are its targets as planned, ``old`` the stored verdicts on them."""
    verdict = None if progress.service_changed else progress.verdict
    if progress.service_changed:
        reason = "service"
    elif verdict is None and progress.asked == progress.total:
        reason = "errors"
    # Once all targets were looked at, answers that came after an error count, too.
    all_looked = progress.looked == progress.total
    rates: list[float | None] = [
        float(progress.correct[position])
        if position in progress.correct and (all_looked or progress.looked_as[position] is not None)
        else None
        for position in range(progress.looked)
    ]
    hits = math.fsum(rate for rate in rates if rate is not None)
    answers = sum(rate is not None for rate in rates)
    compared = gate.against is not None
    low, high = _totals(progress, hits)
    n = progress.total
    old_total = progress.tests.old_total
    return GateResult(
        run=run,
        model=model,
        gate=gate,
        targets=n,
        suites=tuple(dict.fromkeys(target.suite for target in order)),
        verdict=verdict or "undecided",
        reason=None if verdict else reason,
        clicks=progress.looked,
        asked=progress.asked,
        # One that was in flight when the verdict fell counted against nobody.
        errors=progress.in_error if verdict is None else progress.looked - answers,
        answers=answers,
        hits=hits,
        old_hits=old_total if compared else None,
        difference=Ends(_mean_difference(old, rates), (low - old_total) / n, (high - old_total) / n)
        if compared
        else None,
        rate=Ends(hits / answers if answers else None, low / n, high / n),
        unchanged=_unchanged(gate, old, rates),
        served=tuple(progress.served),
        slices=_slices(order, old, rates) if compared else (),
        finished=finished,
    )


def _totals(progress: GateProgress, hits: float) -> tuple[float, float]:
    """The least and the most hits over all targets that are not refuted."""
    tests = [test for test in (progress.tests.margin, progress.tests.minimum) if test is not None]
    ends = [_totals_of(test) for test in tests]
    low, high = max(low for low, _ in ends), min(high for _, high in ends)
    if progress.looked < progress.total:
        # Of two claims, one may have been decided on what turned out otherwise.
        return (min(low, high), high) if progress.verdict == "fail" else (low, max(low, high))
    # All were looked at: only the errors are left open, except to the end that bore a verdict.
    least, most = hits, hits + progress.total - len(progress.correct)
    if least < most and progress.verdict == "pass":
        least = max(least, low)
    if least < most and progress.verdict == "fail":
        most = min(most, high)
    return least, max(least, most)


def _totals_of(test: GateTest) -> tuple[float, float]:
    low, high = test.totals()
    return float(low), float(high)


def _mean_difference(old: Sequence[float], rates: Sequence[float | None]) -> float | None:
    pairs = [new - before for before, new in zip(old, rates, strict=False) if new is not None]
    return math.fsum(pairs) / len(pairs) if pairs else None


def _difference_of(
    old: Sequence[float],
    rates: Sequence[float | None],
    old_total: float,
    hits: float,
    errors: int,
) -> Ends:
    n = len(old)
    low, high = (hits - old_total) / n, (hits + errors - old_total) / n
    return Ends(_mean_difference(old, rates), low, high)


def _unchanged(gate: Gate, old: Sequence[float], rates: Sequence[float | None]) -> Unchanged | None:
    """How often an unchanged model would fail; None without a margin or without an answer."""
    if gate.against is None or gate.margin is None:
        return None
    unstable, seen = gate.against.unstable, False
    if unstable is None:
        changes = [abs(a - b) for a, b in zip(old, rates, strict=False) if b is not None]
        if not changes:
            return None
        unstable, seen = math.fsum(changes) / len(changes), True
    return unchanged_of(gate.margin, len(old), unstable, gate.against.repeats, seen=seen)


def unchanged_of(
    margin: float, targets: int, unstable: float, repeats: float, *, seen: bool
) -> Unchanged:
    """The chance for a share of unstable targets, and what would make it at most `FLAWED`."""
    times = max(1, round(repeats))
    chance = unchanged_fails(targets, margin, unstable, times)
    return Unchanged(
        chance,
        unstable,
        seen,
        _enough_targets(margin, unstable, times) if chance > FLAWED else None,
        _enough_margin(targets, unstable, times) if chance > FLAWED else None,
    )


def _enough_targets(margin: float, unstable: float, repeats: int) -> int | None:
    """Targets from which on the chance stays at most `FLAWED`; None without a margin.

    Whole hits make the chance jump, so the margin counts as one hit less:
    ``margin n - 0.5 = z sqrt(n v)``, with the variance v of `unchanged_fails` per target.
    """
    if margin <= 0:
        return None
    spread = NormalDist().inv_cdf(1 - FLAWED) * math.sqrt(unstable * (1 + 1 / repeats) / 2)
    root = (spread + math.sqrt(spread * spread + 2 * margin)) / (2 * margin)
    return _rounded_up(math.ceil(root * root))


def _rounded_up(number: int) -> int:
    """Two significant digits, upwards."""
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step


def _enough_margin(targets: int, unstable: float, repeats: int) -> float | None:
    """The least margin, in tenths of a point, with which the chance is at most `FLAWED`."""
    for tenths in range(1, 1000):
        if unchanged_fails(targets, tenths / 1000, unstable, repeats) <= FLAWED:
            return tenths / 1000
    return None


def _slices(
    order: Sequence[AskedTarget], old: Sequence[float], rates: Sequence[float | None]
) -> tuple[Slice, ...]:
    """The apps and kinds that lost the most hits: more than one net, and more than their share."""
    groups: dict[tuple[Literal["app", "kind"], str], list[float]] = {}
    for target, before, now in zip(order, old, rates, strict=False):
        if now is None:
            continue
        fields: tuple[tuple[Literal["app", "kind"], str | None], ...] = (
            ("app", target.app),
            ("kind", target.kind),
        )
        for name, value in fields:
            if value:
                counts = groups.setdefault((name, value), [0, 0.0, 0.0])
                counts[0] += 1
                counts[1] += max(0.0, before - now)
                counts[2] += max(0.0, now - before)
    overall = -(_mean_difference(old, rates) or 0.0)
    slices = [
        Slice(name, value, int(counts[0]), counts[1], counts[2])
        for (name, value), counts in groups.items()
        if counts[1] - counts[2] > max(1, overall * counts[0])
    ]
    slices.sort(key=lambda s: (s.won - s.lost, s.targets, s.name))
    return tuple(slices[:MOST_SLICES])
