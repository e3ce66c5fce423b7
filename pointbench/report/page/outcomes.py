"""The page's parts on outcomes: counts, failed calls, and the targets that were clicked instead."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import numbers, tables
from pointbench.report.entries import Confusion, Entry, ReportRun
from pointbench.report.markers import Markers
from pointbench.report.page.html_tables import (
    DrawingColumn,
    data_table,
    fold,
    note,
    section,
    text_table,
)
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.tables import Cell, Column, Table, model_rows, share_cell
from pointbench.report.words import OUTCOMES


def _error_counts_text(entry: Entry) -> str:
    errors, n = (int(entry.number("errors_hide", name) or 0) for name in ("errors", "n"))
    return numbers.hits_of(errors, n)


_ERRORS: tuple[Column[Entry], ...] = (
    Column("errors", "failed/calls", "errors", lambda entry: Cell(_error_counts_text(entry))),
    Column(
        "hit_rate",
        "hits as scored, % (95 %)",
        "rate",
        lambda entry: share_cell(entry.hit_rate),
    ),
    Column(
        "all_wrong",
        "had all been wrong",
        "bounds",
        lambda entry: Cell(numbers.percent(entry.number("errors_hide", "all_wrong"))),
    ),
    Column(
        "all_right",
        "had all been right",
        "bounds",
        lambda entry: Cell(numbers.percent(entry.number("errors_hide", "all_right"))),
    ),
)
_CONFUSIONS: tuple[Column[Confusion], ...] = (
    Column("asked", "asked for", "pair", lambda pair: Cell(visible(pair.asked)), right=False),
    Column(
        "clicked", "clicked instead", "pair", lambda pair: Cell(visible(pair.clicked)), right=False
    ),
    Column("times", "times", "pair", lambda pair: Cell(numbers.count(pair.count))),
)


def outcomes_section(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """What became of the clicks: a bar and the counts of each model."""
    key = el(
        "ul",
        [el("li", _swatch(number), name) for number, name in enumerate(OUTCOMES.values())],
        class_="key",
    )
    table = tables.outcomes(runs)
    drawing = DrawingColumn("shares on present targets", _stacked_bar)
    return section(table.title, key, data_table(table, entries, markers, drawing))


def errors_fold(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The lowest and highest rate that failed calls leave possible; None if there are none."""
    # An exact rate is computed over the targets, so its trials' errors do not affect it.
    with_errors = [
        entry for entry in entries if not entry.guessing and entry.number("errors_hide", "errors")
    ]
    if not with_errors:
        return None
    title = "If the failed calls had answered"
    table = Table("errors_hide", title, "model", _ERRORS, model_rows(_ERRORS, with_errors))
    text = (
        "A failed call is no answer, so it is left out of the rate; but calls need not fail at random. "
        "The last two columns are the lowest and the highest rate that the missing answers leave "
        "possible. What each was: ",
        el("a", "the failed calls", href="#outcome=5"),
        " in the gallery.",
    )
    return fold(title, data_table(table, entries, markers), el("p", *text, class_="note"))


def confusions_fold(entries: Sequence[Entry], most: int = 12) -> Html | None:
    """Per model, the targets that were clicked instead of the one asked for; None without any."""
    parts = []
    for entry in entries:
        pairs = entry.confusions
        if not pairs or entry.guessing:
            continue
        total = _clicks(sum(pair.count for pair in pairs))
        more = len(pairs) - most
        parts.append(
            join(
                el("h3", el("bdi", entry.visible_label), f": {total} on another target"),
                text_table("Clicked instead", _CONFUSIONS, pairs[:most]),
                note(f"and {numbers.count(more)} more pairs in summary.json") if more > 0 else None,
            )
        )
    return fold("Clicked instead", parts) if parts else None


def _clicks(number: int) -> str:
    return f"{numbers.count(number)} click{'' if number == 1 else 's'}"


def _swatch(number: int) -> Html:
    square = el("rect", width=10, height=10, class_=f"o{number}")
    return el("svg", square, viewBox="0 0 10 10", aria_hidden="true")


def _stacked_bar(entry: Entry, width: int = 180) -> Html:
    """The outcomes of one model on present targets as one bar, in the order of `OUTCOMES`."""
    present = entry.outcomes_on("present")
    counts = [
        count or 0
        for count in (present if None not in present.values() else entry.outcomes).values()
    ]
    total = sum(counts)
    parts, left = [], 0.0
    for number, count in enumerate(counts):
        wide = width * count / total if total else 0.0
        if wide:
            parts.append(
                el("rect", x=f"{left:.2f}", width=f"{wide:.2f}", height=14, class_=f"o{number}")
            )
        left += wide
    return el(
        "svg",
        parts,
        class_="bar",
        viewBox=f"0 0 {width} 14",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
