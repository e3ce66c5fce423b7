"""The page's section on outcomes: counts, distances, and the targets that were clicked instead."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import footers, numbers
from pointbench.report.entries import Confusion, Entry, ReportRun
from pointbench.report.markers import Markers
from pointbench.report.page.charts import marker_icon
from pointbench.report.page.html_tables import (
    DrawingColumn,
    model_table,
    note,
    notes,
    section,
    text_table,
)
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.tables import (
    OUTCOME_COLUMNS,
    Cell,
    Column,
    Table,
    estimates,
    false_clicks_cell,
    model_rows,
    share_cell,
)
from pointbench.trials import OUTCOMES


def _error_counts_text(entry: Entry) -> str:
    errors, n = (int(entry.number("errors_hide", name) or 0) for name in ("errors", "n"))
    return numbers.hits_of(errors, n)


_ERRORS: tuple[Column[Entry], ...] = (
    Column("errors", "in error/n", "errors", lambda entry: Cell(_error_counts_text(entry))),
    Column(
        "hit_rate",
        "hit rate as scored (95 %)",
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
_MISSES: tuple[Column[Entry], ...] = (
    Column(
        "misses",
        "misses",
        "misses",
        lambda entry: Cell(numbers.count(entry.number("miss_distance", "n"))),
    ),
    Column(
        "median", "median miss", "misses", lambda entry: Cell(numbers.pixels(entry.median_miss))
    ),
    Column(
        "near",
        "within 10 px",
        "misses",
        lambda entry: Cell(numbers.percent(entry.number("miss_distance", "near"))),
    ),
    Column("offset", "mean offset", "aim", lambda entry: Cell(numbers.offset(entry.offset))),
    Column("spread", "spread", "aim", lambda entry: Cell(numbers.pixels(entry.spread))),
    Column("false_clicks", "false clicks (95 %)", "false", false_clicks_cell),
)
_CONFUSIONS: tuple[Column[Confusion], ...] = (
    Column("asked", "asked for", "pair", lambda pair: Cell(visible(pair.asked)), right=False),
    Column(
        "clicked", "clicked instead", "pair", lambda pair: Cell(visible(pair.clicked)), right=False
    ),
    Column("times", "times", "pair", lambda pair: Cell(numbers.count(pair.count))),
)


def outcomes_section(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """Outcomes, errors, misses, and the targets that were clicked instead."""
    names = [name.replace("_", " ") for name in OUTCOMES]
    key = el(
        "ul",
        [el("li", _swatch(number), name) for number, name in enumerate(names)],
        class_="key",
    )
    asked = [entry for entry in entries if entry.asked]
    rows = model_rows(OUTCOME_COLUMNS, asked)
    table = Table("outcomes", "Outcomes", "model", OUTCOME_COLUMNS, rows)
    return section(
        "What came of the clicks",
        key,
        model_table(table, entries, markers, DrawingColumn("share", _stacked_bar)),
        note(
            "Over all trials, absent targets and variants included. Declined, unparsed and out of "
            "frame count as wrong on a target that is there; an error never counts as anything."
        ),
        notes(footers.of_table(runs, ())),
        _errors(runs, entries, markers),
        _misses(runs, asked, markers),
        _confusions(entries, markers),
    )


def _errors(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The lowest and highest hit rate that errors leave possible; None if there are no errors."""
    # An exact rate is computed over the targets, so its trials' errors do not affect it.
    with_errors = [
        entry
        for entry in entries
        if not entry.model.exact and entry.number("errors_hide", "errors")
    ]
    if not with_errors:
        return None
    rows = model_rows(_ERRORS, with_errors)
    table = Table("errors_hide", "What errors may hide", "model", _ERRORS, rows)
    text = (
        "Over as-is trials on present targets. An error is no answer, so it is left out of the rate; "
        "but errors need not fall at random. The last two columns are the lowest and the "
        "highest rate that the missing answers leave possible. What each error was: ",
        el("a", "the trials in error", href="#outcome=5"),
        " in the gallery.",
    )
    return join(
        el("h3", table.title),
        model_table(table, entries, markers),
        el("p", *text, class_="note"),
        notes(footers.of_table(runs, estimates(rows))),
    )


def _misses(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """Distances of misses, offset and spread of aimed clicks, and false clicks."""
    rows = model_rows(_MISSES, entries)
    table = Table("misses", "How far off", "model", _MISSES, rows)
    text = (
        "Misses: those with a point. Median miss: pixels from the region. Within 10 px: the share of "
        "the misses that are that near. Mean offset (right and down are positive) and spread: of "
        "hits and near misses, about the region's center. False clicks: absent targets that were "
        "clicked all the same."
    )
    below = notes(footers.of_table(runs, estimates(rows)))
    return join(el("h3", table.title), model_table(table, entries, markers), note(text), below)


def _confusions(entries: Sequence[Entry], markers: Markers, most: int = 12) -> Html | None:
    """Per model, the targets that were clicked instead of the one asked for."""
    parts = []
    for entry in entries:
        pairs = entry.confusions
        if not pairs or (entry.model.floor and entry.model.exact):
            continue
        total = _clicks(sum(pair.count for pair in pairs))
        more = len(pairs) - most
        icon = marker_icon(markers[entry.label])
        parts.append(
            el(
                "details",
                el("summary", icon, el("bdi", entry.visible_label), f": {total} on another target"),
                text_table("Clicked instead", _CONFUSIONS, pairs[:most]),
                note(f"and {numbers.count(more)} more pairs in summary.json") if more > 0 else None,
            )
        )
    return join(el("h3", "Clicked instead"), parts) if parts else None


def _clicks(number: int) -> str:
    return f"{numbers.count(number)} click{'' if number == 1 else 's'}"


def _swatch(number: int) -> Html:
    square = el("rect", width=10, height=10, class_=f"o{number}")
    return el("svg", square, viewBox="0 0 10 10", aria_hidden="true")


def _stacked_bar(entry: Entry, width: int = 180) -> Html:
    """The outcomes of one model as one bar, in the order of `OUTCOMES`."""
    counts = [count or 0 for count in entry.outcomes.values()]
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
