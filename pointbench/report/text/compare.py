"""Comparisons as sentences and tables: pairs, and ranks with what is left open. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointbench.report import footers, numbers
from pointbench.report.entries import ShownEstimate, estimate
from pointbench.report.plain_text import to_encoding, visible, wrapped
from pointbench.report.tables import Cell, Column, Row, Table, rate_cell
from pointbench.report.text import terminal

MOST_SENTENCES = 15
"""Pairs above which sentences tire; the table holds them all."""

_PAIRS = (
    Column("difference", "difference (95 %)", "difference"),
    Column("holm", "p (Holm)", "difference"),
    Column("targets", "targets", "difference"),
    Column("both", "both right", "verdicts"),
    Column("only_a", "only 1st", "verdicts"),
    Column("only_b", "only 2nd", "verdicts"),
    Column("flips", "differ", "verdicts"),
    Column("mcnemar", "McNemar p", "verdicts"),
    Column("wanted", "targets to show it", "wanted"),
)
_RANKS = (
    Column("rank", "rank (left open)", "rank"),
    Column("rate", "hit rate (95 %)", "rate"),
    Column("hits", "hits/n", "rate"),
)


def render(
    compared: Mapping[str, Any],
    notes: Sequence[str],
    width: int,
    color: bool,
    encoding: str | None,
) -> str:
    """Sentences, pairs, ranks; at most ``width`` cells wide."""
    said = [visible(pair["sentence"]) for pair in compared["comparisons"]]
    if len(said) > MOST_SENTENCES:
        said = [f"{len(said)} pairs; --model A --model B says of two of them how they compare."]
    text = "\n".join(wrapped(line, width) for line in said)
    tables = [_pairs(compared)]
    if len(compared["models"]) > 2:
        tables.append(_ranks(compared))
    tables[-1] = _with_notes(tables[-1], notes)
    return f"{to_encoding(text, encoding)}\n\n" + terminal.render(tables, width, color, encoding)


def _with_notes(table: Table, notes: Sequence[str]) -> Table:
    return Table(
        table.key, table.title, table.head, table.columns, table.rows, (*table.footers, *notes)
    )


def _pairs(compared: Mapping[str, Any]) -> Table:
    pairs = compared["comparisons"]
    rows = tuple(
        Row(
            f"{pair['a']} {pair['b']}",
            visible(f"{pair['a']} – {pair['b']}"),
            (),
            tuple(Cell(text) for text in _cells(pair)),
        )
        for pair in pairs
    )
    title = "Compared in pairs: hit rate of the first less that of the second, in points"
    return Table("pairs", title, "pair", _PAIRS, rows, _footers(compared))


def _cells(pair: Mapping[str, Any]) -> tuple[str, ...]:
    first = pair["mcnemar"]
    return (
        difference_text(estimate(pair["difference"])),
        chance(pair["p_holm"]),
        numbers.count(pair["targets"]["both"]),
        numbers.hits_of(first["both"], first["n"]),
        numbers.count(first["only_a"]),
        numbers.count(first["only_b"]),
        numbers.percent(first["flips"]),
        chance(first["p"]),
        numbers.count(pair["wanted_targets"]),
    )


def difference_text(found: ShownEstimate | None) -> str:
    """``+4.1 (1.2 to 7.0)`` in points."""
    if found is None or found.value is None or found.low is None or found.high is None:
        return numbers.UNKNOWN
    mark = numbers.APPROXIMATE if found.approximate else ""
    value, low, high = (_points(end) for end in (found.value, found.low, found.high))
    sign = "+" if found.value > 0 else ""
    return f"{sign}{value} ({mark}{low} to {high})"


def _points(share: float) -> str:
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def chance(p: float | None) -> str:
    """A p to two significant digits: ``0.14``, ``<0.001``."""
    if p is None:
        return numbers.UNKNOWN
    if p < 0.001:
        return "<0.001"
    return f"{p:.2f}" if p >= 0.0995 else f"{p:.3f}"


def _footers(compared: Mapping[str, Any]) -> tuple[str, ...]:
    found = [estimate(pair["difference"]) for pair in compared["comparisons"]]
    by = compared["cluster"]
    scope = (
        "other screenshots and targets like those asked, with the apps taken as given"
        if by == "screenshot"
        else "other apps like those asked"
    )
    clusters = max((one.clusters or 0 for one in found if one), default=0)
    lines = [
        f"Brackets: 95 % intervals of the mean paired difference on the present targets that both "
        f"answered, clustered by {by} ({numbers.count(clusters)}). They speak for {scope}.",
        f"p (Holm): two-sided, clustered, adjusted over {len(found)} "
        f"pair{'' if len(found) == 1 else 's'}.",
        "Both right, only 1st, only 2nd, differ: verdicts of repeat 0. McNemar's exact p is on "
        "these and ignores clusters.",
        "Targets to show it: at which a true difference of the size seen would show with 80 % "
        "power.",
    ]
    if any(one is not None and one.approximate for one in found):
        lines.append(footers.APPROXIMATE_NOTE)
    return tuple(lines)


def _ranks(compared: Mapping[str, Any]) -> Table:
    by_app = compared["cluster"] == "app"
    ordered = sorted(
        compared["models"].items(),
        key=lambda item: (item[1]["rank"] is None, (item[1]["rank"] or {}).get("value", 0)),
    )
    rows = []
    for label, facts in ordered:
        raw = facts["hit_rate"]
        rate = estimate(raw | raw["by_app"] if by_app and "by_app" in raw else raw)
        cell = rate_cell(rate)
        texts = (rank_text(facts["rank"]), cell.text, cell.note or numbers.UNKNOWN)
        rows.append(Row(label, visible(label), (), tuple(Cell(text) for text in texts)))
    notes = (
        "Rank by hit rate; in brackets the best and worst rank that the comparisons after Holm "
        "leave open. Hit rates are over all that the model answered of the targets in common, with "
        f"their 95 % intervals clustered by {compared['cluster']}.",
    )
    return Table("ranks", "Ranks", "model", _RANKS, tuple(rows), notes)


def rank_text(rank: Mapping[str, int] | None) -> str:
    """``2 (1–3)``."""
    if rank is None:
        return numbers.UNKNOWN
    return f"{rank['value']} ({rank['low']}–{rank['high']})"
