"""The output of ``compare``: sentences and tables of pairs, and ranks with their uncertainty. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pointbench.report import footers, numbers
from pointbench.report.entries import ShownEstimate, read_estimate
from pointbench.report.plain_text import to_encoding, visible, wrapped
from pointbench.report.tables import Cell, Column, Row, Table, cells, hits_cell, share_cell
from pointbench.report.text import terminal

if TYPE_CHECKING:
    from pointbench.summary.comparisons import ComparisonBlock
    from pointbench.summary.model.facts import RankBlock

MOST_SENTENCES = 15
"""With more pairs than this, only the table lists them all."""


@dataclass(frozen=True)
class RankedModel:
    """One row of the table of ranks."""

    label: str
    rank: RankBlock | None
    rate: ShownEstimate | None


_PAIRS: tuple[Column[ComparisonBlock], ...] = (
    Column(
        "difference",
        "difference (95 %)",
        "difference",
        lambda pair: Cell(difference_text(read_estimate(pair["difference"]))),
    ),
    Column("holm", "p (Holm)", "difference", lambda pair: Cell(p_text(pair["p_holm"]))),
    Column(
        "targets",
        "targets",
        "difference",
        lambda pair: Cell(numbers.count(pair["targets"]["both"])),
    ),
    Column(
        "both",
        "both right",
        "verdicts",
        lambda pair: Cell(numbers.hits_of(pair["mcnemar"]["both"], pair["mcnemar"]["n"])),
    ),
    Column(
        "only_a",
        "only 1st",
        "verdicts",
        lambda pair: Cell(numbers.count(pair["mcnemar"]["only_a"])),
    ),
    Column(
        "only_b",
        "only 2nd",
        "verdicts",
        lambda pair: Cell(numbers.count(pair["mcnemar"]["only_b"])),
    ),
    Column(
        "flips",
        "differ",
        "verdicts",
        lambda pair: Cell(numbers.percent(pair["mcnemar"]["flips"])),
    ),
    Column("mcnemar", "McNemar p", "verdicts", lambda pair: Cell(p_text(pair["mcnemar"]["p"]))),
    Column(
        "wanted",
        "targets to show it",
        "wanted",
        lambda pair: Cell(numbers.count(pair["wanted_targets"])),
    ),
)
_RANKS: tuple[Column[RankedModel], ...] = (
    Column("rank", "rank (left open)", "rank", lambda model: Cell(rank_text(model.rank))),
    Column("rate", "hit rate (95 %)", "rate", lambda model: share_cell(model.rate)),
    Column("hits", "hits/n", "rate", lambda model: hits_cell(model.rate)),
)


def render(
    comparison: Mapping[str, Any],
    notes: Sequence[str],
    width: int,
    color: bool,
    encoding: str | None,
) -> str:
    """Text at most ``width`` cells wide: sentences, table of pairs, ranks.

    ``comparison`` is the document of `summary.across.compare`; ``notes`` follow the last table.
    """
    pairs: Sequence[ComparisonBlock] = comparison["comparisons"]
    sentences = [visible(pair["sentence"]) for pair in pairs]
    if len(sentences) > MOST_SENTENCES:
        sentences = [
            f"{len(sentences)} pairs; name two with --model A --model B to read how they compare."
        ]
    text = "\n".join(wrapped(line, width) for line in sentences)
    cluster: str = comparison["cluster"]
    tables = [_pairs(pairs, cluster)]
    if len(comparison["models"]) > 2:
        tables.append(_ranks(comparison["models"], cluster))
    tables[-1] = replace(tables[-1], footers=(*tables[-1].footers, *notes))
    return f"{to_encoding(text, encoding)}\n\n" + terminal.render(tables, width, color, encoding)


def _pairs(pairs: Sequence[ComparisonBlock], cluster: str) -> Table:
    rows = tuple(
        Row(
            f"{pair['a']} {pair['b']}",
            visible(f"{pair['a']} – {pair['b']}"),
            (),
            cells(_PAIRS, pair),
        )
        for pair in pairs
    )
    title = "Compared in pairs: hit rate of the first less that of the second, in points"
    return Table("pairs", title, "pair", _PAIRS, rows, _footers(pairs, cluster))


def difference_text(difference: ShownEstimate | None) -> str:
    """A difference in percentage points with its interval: ``+4.1 (1.2 to 7.0)``."""
    if (
        difference is None
        or difference.value is None
        or difference.low is None
        or difference.high is None
    ):
        return numbers.UNKNOWN
    sign = "+" if difference.value > 0 else ""
    approximate = numbers.APPROXIMATE if difference.approximate else ""
    low, high = _points(difference.low), _points(difference.high)
    return f"{sign}{_points(difference.value)} ({approximate}{low} to {high})"


def _points(share: float) -> str:
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def p_text(p: float | None) -> str:
    """A p-value: ``0.14``; three decimals below 0.1; ``<0.001`` if smaller than that."""
    if p is None:
        return numbers.UNKNOWN
    if p < 0.001:
        return "<0.001"
    return f"{p:.2f}" if p >= 0.0995 else f"{p:.3f}"


def _footers(pairs: Sequence[ComparisonBlock], cluster: str) -> tuple[str, ...]:
    differences = [read_estimate(pair["difference"]) for pair in pairs]
    scope = (
        "other screenshots and targets like those asked, with the apps taken as given"
        if cluster == "screenshot"
        else "other apps like those asked"
    )
    clusters = max((item.clusters or 0 for item in differences if item), default=0)
    lines = [
        f"Brackets: 95 % intervals of the mean paired difference on the present targets that both "
        f"answered, clustered by {cluster} ({numbers.count(clusters)}). They generalize to {scope}.",
        f"p (Holm): two-sided, clustered, adjusted over {len(pairs)} "
        f"pair{'' if len(pairs) == 1 else 's'}.",
        "Both right, only 1st, only 2nd, differ: verdicts of repeat 0. McNemar's exact p is on "
        "these and ignores clusters.",
        "Targets to show it: the number at which a true difference of the size seen would show with "
        "80 % power.",
    ]
    if any(item is not None and item.approximate for item in differences):
        lines.append(footers.APPROXIMATE_NOTE)
    return tuple(lines)


def _ranks(models: Mapping[str, Mapping[str, Any]], cluster: str) -> Table:
    """A row per model, best rank first, those without a rank last."""
    ranked = [_ranked(label, block, cluster) for label, block in models.items()]
    ranked.sort(key=lambda model: model.rank["value"] if model.rank else math.inf)
    rows = tuple(
        Row(model.label, visible(model.label), (), cells(_RANKS, model)) for model in ranked
    )
    notes = (
        "Rank by hit rate; in brackets the best and worst rank that the comparisons after Holm "
        "leave open. Hit rates are over all that the model answered of the targets in common, with "
        f"their 95 % intervals clustered by {cluster}.",
    )
    return Table("ranks", "Ranks", "model", _RANKS, rows, notes)


def _ranked(label: str, block: Mapping[str, Any], cluster: str) -> RankedModel:
    rate = block["hit_rate"]
    if cluster == "app" and "by_app" in rate:
        rate = rate | rate["by_app"]
    return RankedModel(label, block["rank"], read_estimate(rate))


def rank_text(rank: RankBlock | None) -> str:
    """A rank with the best and worst rank left open: ``2 (1–3)``."""
    if rank is None:
        return numbers.UNKNOWN
    return f"{rank['value']} ({rank['low']}–{rank['high']})"
