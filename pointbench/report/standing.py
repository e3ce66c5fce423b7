"""Who stands where: ranks, pairs and ties of the models of a report, as ``compare`` computes them. Pure.

For one run they are those of its summary; for several they are computed on the targets that the runs
have in common, never run by run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pointbench.report.entries import (
    Entry,
    ReportRun,
    ShownEstimate,
    read_estimate,
    report_entries,
)
from pointbench.summary.comparisons import ALPHA

if TYPE_CHECKING:
    from pointbench.summary.across import Contestant


@dataclass(frozen=True)
class Pair:
    """Two models on the present targets that both answered; ``difference`` is A's rate minus B's."""

    a: str
    b: str
    difference: ShownEstimate
    p_holm: float | None
    wanted_targets: int | None
    """Targets at which a true difference of this size would show with 80 % power; None if unknown."""
    targets: int
    """Present targets that both answered."""
    only_one: int
    """Present targets that only one of the two answered."""

    @property
    def value(self) -> float | None:
        return self.difference.value

    @property
    def told_apart(self) -> bool:
        """True if the difference is more than chance, after Holm's correction over all pairs."""
        return self.value is not None and self.p_holm is not None and self.p_holm < ALPHA

    @property
    def swapped(self) -> Pair:
        """The same pair as B minus A."""
        return Pair(
            self.b,
            self.a,
            _negative(self.difference),
            self.p_holm,
            self.wanted_targets,
            self.targets,
            self.only_one,
        )


@dataclass(frozen=True)
class Standing:
    """The models of a report that have a rank, in the leaderboard's order."""

    order: tuple[str, ...]
    """Labels, best hit rate first; without guessing, and without models that have no rank."""
    rank: Mapping[str, tuple[int, int]]
    """Label -> the best and the worst rank that the comparisons leave open."""
    pairs: Mapping[tuple[str, str], Pair]
    """Every pair of ``order``, in both directions."""
    blocks: tuple[Mapping[str, Any], ...]
    """The same pairs as in summary.json (`ComparisonBlock`), with the report's labels."""
    hit_by_none: Mapping[str, Any]
    """The present targets that no model hit (`HitByNoneBlock`)."""

    def told_apart(self, a: str, b: str) -> bool:
        """Whether the difference of two models is more than chance; False for a model without a rank."""
        pair = self.pairs.get((a, b))
        return pair is not None and pair.told_apart

    def rank_text(self, label: str) -> str:
        """``2``, or ``2–4`` if the comparisons leave ranks open; empty without a rank."""
        ends = self.rank.get(label)
        if ends is None:
            return ""
        low, high = ends
        return str(low) if low == high else f"{low}–{high}"

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The longest runs of neighbors in ``order`` of which no two are told apart.

        Every model is in at least one group. Groups may overlap: A and C may be told apart although B is
        told apart from neither.
        """
        groups: list[tuple[int, int]] = []
        end = 0
        for start in range(len(self.order)):
            end = max(end, start + 1)
            while end < len(self.order) and not any(
                self.told_apart(self.order[place], self.order[end]) for place in range(start, end)
            ):
                end += 1
            if not groups or end > groups[-1][1]:
                groups.append((start, end))
        return tuple(self.order[start:end] for start, end in groups)


def standing(runs: Sequence[ReportRun], entries: Sequence[Entry] | None = None) -> Standing:
    """Ranks and pairs of all models of ``runs`` except guessing and parts of a gate.

    ``runs`` have the same targets, as `loading` makes them; ``entries`` are `report_entries` of them.
    """
    known = report_entries(runs) if entries is None else entries
    ranked = [entry for entry in known if entry.ranked]
    all_of_one = len(runs) == 1 and all(
        entry.ranked for entry in known if entry.asked and entry.model.exact is None
    )
    blocks: list[Mapping[str, Any]]
    ranks: Mapping[str, Any]
    if all_of_one:
        blocks = list(runs[0].summary["comparisons"])
        ranks = {entry.label: entry.facts.get("rank") for entry in ranked}
    else:
        blocks, ranks = _compared(runs, ranked)
    pairs = [_pair(block) for block in blocks]
    return Standing(
        order=tuple(entry.label for entry in ranked),
        rank={
            label: (int(rank["low"]), int(rank["high"]))
            for label, rank in ranks.items()
            if rank is not None
        },
        pairs={(pair.a, pair.b): pair for each in pairs for pair in (each, each.swapped)},
        blocks=tuple(blocks),
        hit_by_none=_hit_by_none(runs, known),
    )


def _compared(
    runs: Sequence[ReportRun], ranked: Sequence[Entry]
) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    """Comparisons and ranks over several runs, as `pointbench.summary.across.compare` gives them."""
    from pointbench.summary.across import compare  # pulls in numpy

    if not ranked:
        return [], {}
    compared = compare(runs[0].targets, _contestants(runs, ranked))
    ranks = {label: rate["rank"] for label, rate in compared["models"].items()}
    return list(compared["comparisons"]), ranks


def _hit_by_none(runs: Sequence[ReportRun], entries: Sequence[Entry]) -> Mapping[str, Any]:
    """Of one run as in its summary; of several over all their models but the local pointers."""
    from pointbench.summary.across import hit_by_none_of  # pulls in numpy

    if len(runs) == 1:
        found: Mapping[str, Any] = runs[0].summary["hit_by_none"]
        return found
    judges = [entry for entry in entries if entry.ranked and not entry.model.floor]
    return hit_by_none_of(runs[0].targets, _contestants(runs, judges))


def _contestants(runs: Sequence[ReportRun], entries: Sequence[Entry]) -> list[Contestant]:
    from pointbench.summary.across import Contestant

    records = {run.name: run.records for run in runs}
    return [
        Contestant(entry.label, entry.model.label, records[entry.run], entry.facts)
        for entry in entries
    ]


def _pair(block: Mapping[str, Any]) -> Pair:
    counts = block["targets"]
    return Pair(
        a=block["a"],
        b=block["b"],
        difference=read_estimate(block["difference"]) or ShownEstimate(None),
        p_holm=block["p_holm"],
        wanted_targets=block["wanted_targets"],
        targets=int(counts["both"]),
        only_one=int(counts["only_a"]) + int(counts["only_b"]),
    )


def _negative(estimate: ShownEstimate) -> ShownEstimate:
    ends = (estimate.high, estimate.low)
    low, high = (None if end is None else -end for end in ends)
    return replace(
        estimate, value=None if estimate.value is None else -estimate.value, low=low, high=high
    )


def ties(groups: Iterable[Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """Label -> the numbers of its groups of two or more, for bars and letters beside the ranks."""
    joined = [group for group in groups if len(group) > 1]
    labels = dict.fromkeys(label for group in joined for label in group)
    return {
        label: tuple(number for number, group in enumerate(joined) if label in group)
        for label in labels
    }
