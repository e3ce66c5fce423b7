"""Compares every pair of models on the targets that both answered, and ranks them; with the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypedDict

from pointbench import numbers
from pointbench.statistics import paired
from pointbench.statistics.estimates import EstimateBlock
from pointbench.summary.model.facts import RankBlock
from pointbench.summary.schema_parts import Schema, count, estimate, obj, share, text
from pointbench.summary.table import AS_IS, ERROR, Targets
from pointbench.summary.tally import Tally, tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials

ALPHA = 0.05
"""Two models are told apart if p after Holm is below this."""


class PairedTargets(TypedDict):
    """Present targets that both models answered, and those that only one did."""

    both: int
    only_a: int
    only_b: int


class McNemarBlock(TypedDict):
    """McNemar's exact test on repeat 0."""

    n: int
    both: int
    only_a: int
    only_b: int
    neither: int
    flips: float | None
    p: float | None
    note: str


class ComparisonBlock(TypedDict):
    """Two models compared on the targets that both answered."""

    a: str
    b: str
    targets: PairedTargets
    difference: EstimateBlock
    p: float | None
    p_holm: float | None
    wanted_targets: int | None
    mcnemar: McNemarBlock
    sentence: str


@dataclass(frozen=True)
class Answers:
    """One model's data for comparisons: its as-is tally and each target's first verdict."""

    label: str
    tally: Tally
    first: NDArray[np.int8]
    """The verdict of each target's repeat 0: 1, 0, or -1 if there is none."""


def answers(label: str, rows: Trials, targets: Targets) -> Answers:
    """The answers of one model; ``rows`` are its trials in the plan's order."""
    import numpy as np

    first = np.full(len(targets), -1, dtype=np.int8)
    on_repeat_0 = (rows["variant"] == AS_IS) & (rows["outcome"] != ERROR) & (rows["repeat"] == 0)
    # Assigned in reverse order, so the first click wins if a target was drawn twice.
    trials = rows[on_repeat_0][::-1]
    first[trials["target"]] = trials["correct"]
    return Answers(label, tally(rows, targets, AS_IS), first)


def comparisons(
    models: Sequence[Answers], targets: Targets, by: str = "screenshot"
) -> list[ComparisonBlock]:
    """One entry per pair, in the order of the models; p adjusted over all of them by Holm.

    ``by`` is the cluster of the intervals: ``screenshot``, or ``app`` for claims about other apps.
    """
    pairs = list(combinations(models, 2))
    results = [_pair(a, b, targets, by) for a, b in pairs]
    adjusted = paired.holm([difference.p for difference, _ in results])
    return [
        {
            "a": a.label,
            "b": b.label,
            "targets": counts,
            "difference": difference.estimate.as_dict(),
            "p": difference.p,
            "p_holm": p_holm,
            "wanted_targets": difference.wanted_targets,
            "mcnemar": _mcnemar(a, b, targets),
            "sentence": sentence(a.label, b.label, difference, p_holm, len(pairs)),
        }
        for (a, b), (difference, counts), p_holm in zip(pairs, results, adjusted, strict=True)
    ]


def _pair(
    a: Answers, b: Answers, targets: Targets, by: str
) -> tuple[paired.Difference, PairedTargets]:
    cluster = targets.screenshot if by == "screenshot" else targets.groups[by]
    answered_a = targets.present & (a.tally.scored > 0)
    answered_b = targets.present & (b.tally.scored > 0)
    both = answered_a & answered_b
    difference = paired.difference(
        a.tally.rates[both], b.tally.rates[both], cluster.codes[both], by=by
    )
    counts: PairedTargets = {
        "both": int(both.sum()),
        "only_a": int((answered_a & ~both).sum()),
        "only_b": int((answered_b & ~both).sum()),
    }
    return difference, counts


def _mcnemar(a: Answers, b: Answers, targets: Targets) -> McNemarBlock:
    """McNemar on repeat 0, exact; it treats targets as independent even on the same screenshot."""
    known = targets.present & (a.first >= 0) & (b.first >= 0)
    first, second = a.first[known] == 1, b.first[known] == 1
    only_a, only_b = int((first & ~second).sum()), int((second & ~first).sum())
    n = int(known.sum())
    return {
        "n": n,
        "both": int((first & second).sum()),
        "only_a": only_a,
        "only_b": only_b,
        "neither": int((~first & ~second).sum()),
        "flips": (only_a + only_b) / n if n else None,
        "p": paired.mcnemar(only_a, only_b) if n else None,
        "note": "exact, on repeat 0; ignores clusters",
    }


def sentence(
    a: str, b: str, difference: paired.Difference, p_holm: float | None, pairs: int
) -> str:
    """The comparison as a sentence, in percentage points, rounded for display."""
    estimate = difference.estimate
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return f"{a} and {b} have no target that both answered."
    if estimate.value < 0:
        a, b, value, low, high = b, a, -estimate.value, -estimate.high, -estimate.low
    else:
        value, low, high = estimate.value, estimate.low, estimate.high
    size = f"{numbers.points(value)} points"
    ends = f"95 %: {numbers.points(low)} to {numbers.points(high)}"
    on = f"on {numbers.counted(estimate.n or 0, 'target')}"
    if p_holm is not None and p_holm < ALPHA:
        return f"{a} beats {b} by {size} ({ends}) {on}."
    if value == 0:
        return f"{a} and {b} are not told apart {on}: no difference seen ({ends} points)."
    text = f"{a} leads {b} by {size} ({ends}) {on}, which is not told apart from chance"
    if pairs > 1 and (low > 0 or high < 0):
        text += f" among {numbers.counted(pairs, 'comparison')} (Holm)"
    wanted = difference.wanted_targets
    if wanted is not None and wanted > (estimate.n or 0):
        text += f"; about {numbers.about(wanted)} targets would decide a difference of this size"
    return text + "."


def rank_models(
    rates: Mapping[str, float | None], pairs: Sequence[ComparisonBlock]
) -> dict[str, RankBlock | None]:
    """Ranks by hit rate among the models compared, with the ranks the comparisons leave open."""
    significant = []
    for pair in pairs:
        value, p = pair["difference"]["value"], pair["p_holm"]
        if value is not None and p is not None and p < ALPHA:
            significant.append((pair["a"], pair["b"]) if value > 0 else (pair["b"], pair["a"]))
    ranks = paired.ranks(list(rates), list(rates.values()), significant)
    return {
        label: None if rank is None else {"value": rank[0], "low": rank[1], "high": rank[2]}
        for label, rank in ranks.items()
    }


def comparison_schema() -> Schema:
    """The JSON Schema of a `ComparisonBlock`."""
    return obj(
        {
            "a": text("The first model's label."),
            "b": text("The second model's label."),
            "targets": obj(
                {
                    "both": count("Present targets both answered."),
                    "only_a": count("Targets left out because only A answered."),
                    "only_b": count("Targets left out because only B answered."),
                }
            ),
            "difference": estimate("Mean over targets of A's rate minus B's, -1 to 1."),
            "p": share("Two-sided p-value, clustered."),
            "p_holm": share("The same p-value after Holm's correction over all pairs."),
            "wanted_targets": {
                "type": ["integer", "null"],
                "description": "Targets at which such a difference is significant (80 % power).",
            },
            "mcnemar": obj(
                {
                    "n": count("Targets with a repeat 0 from both models."),
                    "both": count("Both correct."),
                    "only_a": count("Only A correct."),
                    "only_b": count("Only B correct."),
                    "neither": count("Neither correct."),
                    "flips": share("Share of targets whose verdicts differ."),
                    "p": share("Exact two-sided p-value."),
                    "note": {"type": "string"},
                }
            ),
            "sentence": text("The comparison in plain words, rounded."),
        }
    )
