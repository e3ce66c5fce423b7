"""Every pair of models on the targets both answered, and what ranks that leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pointbench.statistics import paired
from pointbench.summary.table import AS_IS, ERROR, Targets
from pointbench.summary.tally import Tally, tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALPHA = 0.05
"""Two models are told apart when p after Holm is below this."""


@dataclass(frozen=True)
class Answers:
    """What a comparison needs of one model: its as-is tally, and each target's first verdict."""

    label: str
    tally: Tally
    first: NDArray[np.int8]
    """Of each target the verdict of its repeat 0: 1, 0, or -1 without one."""


def answers(label: str, rows: NDArray[Any], targets: Targets) -> Answers:
    import numpy as np

    first = np.full(len(targets), -1, dtype=np.int8)
    used = (rows["variant"] == AS_IS) & (rows["outcome"] != ERROR) & (rows["repeat"] == 0)
    # Written backwards, so that of a target drawn twice the first click stays.
    chosen = rows[used][::-1]
    first[chosen["target"]] = chosen["correct"]
    return Answers(label, tally(rows, targets, AS_IS), first)


def comparisons(
    models: Sequence[Answers], targets: Targets, by: str = "screenshot"
) -> list[dict[str, Any]]:
    """One entry a pair, in the order of the models; p adjusted over all of them by Holm.

    ``by`` says what intervals are clustered by: ``screenshot``, or ``app`` to speak of other apps.
    """
    pairs = list(combinations(models, 2))
    found = [_pair(a, b, targets, by) for a, b in pairs]
    adjusted = paired.holm([difference.p for difference, _ in found])
    shown = []
    for (a, b), (difference, shared), p_holm in zip(pairs, found, adjusted, strict=True):
        shown.append(
            {
                "a": a.label,
                "b": b.label,
                "targets": shared,
                "difference": difference.estimate.as_dict(),
                "p": difference.p,
                "p_holm": p_holm,
                "wanted_targets": difference.wanted,
                "mcnemar": _mcnemar(a, b, targets),
                "sentence": sentence(a.label, b.label, difference, p_holm, len(pairs)),
            }
        )
    return shown


def _pair(
    a: Answers, b: Answers, targets: Targets, by: str
) -> tuple[paired.Difference, dict[str, int]]:
    cluster = targets.screenshot if by == "screenshot" else targets.groups[by]
    answered_a = targets.present & (a.tally.scored > 0)
    answered_b = targets.present & (b.tally.scored > 0)
    both = answered_a & answered_b
    difference = paired.difference(
        a.tally.rates[both], b.tally.rates[both], cluster.codes[both], by=by
    )
    counts = {
        "both": int(both.sum()),
        "only_a": int((answered_a & ~both).sum()),
        "only_b": int((answered_b & ~both).sum()),
    }
    return difference, counts


def _mcnemar(a: Answers, b: Answers, targets: Targets) -> dict[str, Any]:
    """McNemar on repeat 0, exact; it takes targets for independent, whatever screenshot shows them."""
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
    """The comparison in plain words, in points of 100, rounded for people."""
    found = difference.estimate
    if found.value is None or found.low is None or found.high is None:
        return f"{a} and {b} have no target that both answered."
    if found.value < 0:
        a, b, value, low, high = b, a, -found.value, -found.high, -found.low
    else:
        value, low, high = found.value, found.low, found.high
    size = f"{100 * value:.1f} points"
    ends = f"95 % {100 * low:.1f} to {100 * high:.1f}"
    on = f"on {found.n} {'target' if found.n == 1 else 'targets'}"
    if p_holm is not None and p_holm < ALPHA:
        return f"{a} beats {b} by {size} ({ends}) {on}."
    if value == 0:
        return f"{a} and {b} do equally well {on} (difference 0.0 points, {ends})."
    told = "after Holm's correction " if pairs > 1 and (low > 0 or high < 0) else ""
    text = f"{a} leads {b} by {size} ({ends}) {on}, which {told}does not tell them apart"
    more = None if difference.wanted is None else difference.wanted - (found.n or 0)
    if more is not None and more > 0:
        targets = "target" if more == 1 else "targets"
        text += f"; a difference this size would need {more:,} more {targets} to show"
    return text + "."


def rank_models(
    rates: Mapping[str, float | None], compared: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, int] | None]:
    """Ranks by hit rate among the models compared, with the ranks the comparisons leave open."""
    certain = []
    for pair in compared:
        value, p = pair["difference"]["value"], pair["p_holm"]
        if value is not None and p is not None and p < ALPHA:
            certain.append((pair["a"], pair["b"]) if value > 0 else (pair["b"], pair["a"]))
    found = paired.ranks(list(rates), list(rates.values()), certain)
    return {
        label: None if rank is None else {"value": rank[0], "low": rank[1], "high": rank[2]}
        for label, rank in found.items()
    }
