"""What a gate claims: the stored form of it, its tests, and what makes no sense as one. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pointbench.errors import UsageError, one_line
from pointbench.runs import Gate, GateReference, GateVerdict
from pointbench.statistics.gate import (
    GateClaim,
    GateTest,
    need_for_margin,
    need_for_minimum,
)

DEFAULT_MARGIN = 0.02
DEFAULT_CONFIDENCE = 0.95


def check_options(margin: float | None, min_hit_rate: float | None, confidence: float) -> None:
    """UsageError for a number that no gate can be asked for."""
    if margin is not None and margin >= 1:
        raise UsageError(f"--margin {margin:g}: every model would pass; write 2 points as 0.02")
    if min_hit_rate == 0:
        raise UsageError("--min-hit-rate 0: every model would pass; write 60 % as 0.6")
    if not 0 < confidence < 1:
        raise UsageError(f"--confidence {confidence:g}: a number above 0 and below 1, such as 0.95")


def gate_of(
    model: str,
    targets: int,
    reference: GateReference | None,
    old: Sequence[float],
    *,
    margin: float | None,
    min_hit_rate: float | None,
    confidence: float,
    seed: Literal["drawn", "pinned"],
) -> Gate:
    """The gate on so many targets, of which ``old`` are the stored verdicts.

    UsageError where its verdict would be known before the first answer, or would say nothing.
    """
    if reference is not None:
        _check_population(reference, targets)
    elif targets < 2:
        raise UsageError(
            f"--min-hit-rate: the suites have {targets} present target{'' if targets else 's'}, which says "
            f"nothing about a hit rate; name larger ones with -s"
        )
    if margin is not None and need_for_margin(old, margin) <= 0:
        assert reference is not None
        raise UsageError(
            one_line(
                f"--against {reference.run}: {reference.model} hit only {math.fsum(old):g} of these "
                f"{targets} targets, not more than a margin of {points(margin)} is, so that a model "
                f"without a hit would pass; choose a smaller --margin or another run"
            )
        )
    return Gate(
        claim=_claim(model, targets, reference, margin, min_hit_rate),
        against=reference,
        margin=margin,
        min_hit_rate=min_hit_rate,
        confidence=confidence,
        seed=seed,
        old=tuple(old),
    )


def _check_population(reference: GateReference, targets: int) -> None:
    why = f"{reference.unanswered} have no answer there and {reference.changed} have changed since"
    if not targets:
        raise UsageError(
            one_line(
                f"--against {reference.run}: none of its {reference.present} present targets can be "
                f"compared: {why} (another instruction, region or picture, or not at hand)"
            )
        )
    if targets < 2:
        raise UsageError(
            one_line(
                f"--against {reference.run}: a single target cannot be compared ({why}); take a run on "
                f"more targets"
            )
        )


def _claim(
    model: str,
    targets: int,
    reference: GateReference | None,
    margin: float | None,
    min_hit_rate: float | None,
) -> str:
    parts = []
    if margin is not None and reference is not None:
        parts.append(
            f"would score at most {points(margin)} lower than {reference.model} did in {reference.run}"
        )
    if min_hit_rate is not None:
        parts.append(f"would hit at least {100 * min_hit_rate:g} %")
    return f"Asked on all {targets} targets, {model} {' and '.join(parts)}."


def points(share: float) -> str:
    """A share as percentage points: ``2 points``, ``1 point``, ``0.5 points``."""
    number = f"{100 * share:.6g}"
    return f"{number} point{'' if number == '1' else 's'}"


class GateTests:
    """The tests of a gate's claims, fed with the answers in planned order.

    ``old`` are the stored verdicts in that order; any constant where nothing is compared. ``pass`` needs
    every claim, so it needs no correction; any claim can ``fail``, so each has its share of the error rate.
    """

    def __init__(self, gate: Gate, old: Sequence[float]) -> None:
        n = len(old)
        self.total = n
        self.old_total = math.fsum(old)
        self.margin: GateTest | None = None
        self.minimum: GateTest | None = None
        both = gate.margin is not None and gate.min_hit_rate is not None
        alpha_down = (1 - gate.confidence) / 2 if both else None
        if gate.margin is not None:
            claim = GateClaim.of_margin(old, gate.margin)
            self.margin = GateTest(claim, gate.confidence, alpha_down=alpha_down)
        if gate.min_hit_rate is not None:
            claim = GateClaim.of_minimum(n, gate.min_hit_rate, old)
            self.minimum = GateTest(claim, gate.confidence, alpha_down=alpha_down)
        self._tests = [test for test in (self.margin, self.minimum) if test is not None]
        self._needs = needs_of(gate, old)
        self._hits = self._misses = 0

    @property
    def verdict(self) -> GateVerdict | None:
        """The verdict on the answers so far."""
        return self.verdict_within(self._hits, self.total - self._misses)

    def verdict_within(self, low: float, high: float) -> GateVerdict | None:
        """The verdict if hits over all targets are known to be at least ``low`` and at most ``high``.

        What is known outweighs what was bet: of two claims, one may be decided long before the other,
        and be wrong by the time that the other is.
        """
        verdicts = [
            exact_verdict([need], low, high) or test.verdict
            for need, test in zip(self._needs, self._tests, strict=True)
        ]
        if "fail" in verdicts:
            return "fail"
        return None if None in verdicts else "pass"

    def add(self, verdict: int | None) -> None:
        """Look at the next answer; None for one that stayed in error."""
        self._hits += verdict == 1
        self._misses += verdict == 0
        for test in self._tests:
            test.add(verdict)


def needs_of(gate: Gate, old: Sequence[float]) -> list[int]:
    """The hits that each claim of the gate needs over all targets."""
    needs = []
    if gate.margin is not None:
        needs.append(need_for_margin(old, gate.margin))
    if gate.min_hit_rate is not None:
        needs.append(need_for_minimum(len(old), gate.min_hit_rate))
    return needs


def exact_verdict(needs: Sequence[int], low: float, high: float) -> GateVerdict | None:
    """The verdict where hits over all targets are known to be at least ``low`` and at most ``high``."""
    tolerance = 1e-9
    if any(high < need - tolerance for need in needs):
        return "fail"
    return "pass" if all(low >= need - tolerance for need in needs) else None
