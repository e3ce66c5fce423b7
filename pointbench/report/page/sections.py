"""The page's parts below the first screen: a few tables to look at, and everything else behind a fold."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import view as views
from pointbench.report.breakdowns import environment
from pointbench.report.entries import Entry
from pointbench.report.markers import Markers
from pointbench.report.page.charts import cost_chart, reach_chart
from pointbench.report.page.heat import MOST_MODELS, group_heat
from pointbench.report.page.html_tables import data_table, fold, note, section
from pointbench.report.page.markup import Html, el
from pointbench.report.page.outcomes import confusions_fold, errors_fold, outcomes_section
from pointbench.report.page.sessions import flips_fold, sessions_section, supported_table
from pointbench.report.served import cached_footers
from pointbench.report.suspects import suspects_table
from pointbench.report.tables import Table, one_guess
from pointbench.report.view import SuiteView

SHOWN = ("kind", "cost", "outcomes")
"""The tables that are not behind a fold, beside the first screen's; the others of `view.TABLES` are."""


def sections(view: SuiteView, markers: Markers) -> list[Html | None]:
    """Everything below a suite's first screen."""
    entries = view.entries
    asked = [entry for entry in entries if entry.asked]
    tables = {name: _table(view, name) for name in views.TABLES if name != "leaderboard"}
    kind, cost = tables["kind"], tables["cost"]
    return [
        sessions_section(asked, markers),
        _section(kind, entries, markers),
        _apps(view, markers),
        outcomes_section(view.runs, entries, markers),
        _cost(cost, asked, markers),
        section("Everything else", _folds(view, tables, markers)),
    ]


def _table(view: SuiteView, name: str) -> Table | None:
    """A table by its name in the report; None if it has nothing to show."""
    table = views.TABLES[name](view.runs)
    return table if table is not None and table.rows and table.columns else None


def _section(table: Table | None, entries: Sequence[Entry], markers: Markers) -> Html | None:
    return None if table is None else section(table.title, data_table(table, entries, markers))


def _apps(view: SuiteView, markers: Markers) -> Html | None:
    title = "Hits in % by app"
    entries = one_guess(view.entries)
    # The best models, as many as fit a phone, and guessing.
    best = [entry.label for entry in entries if not entry.guessing][:MOST_MODELS]
    shown = [entry for entry in entries if entry.guessing or entry.label in best]
    found = group_heat(title, shown, markers, "app")
    text = "Best first, by the leader. All models, with intervals: below, under Everything else."
    return None if found is None else section(title, found, note(text))


def _cost(table: Table | None, asked: Sequence[Entry], markers: Markers) -> Html | None:
    if table is None:
        return None
    chart = cost_chart(asked, markers)
    figure = None
    if chart is not None:
        caption = "What 1000 clicks cost, at the prices that the trials were recorded with."
        figure = el("figure", chart, el("figcaption", caption))
    return section(
        table.title, data_table(table, asked, markers), *map(note, cached_footers(asked)), figure
    )


def _folds(view: SuiteView, tables: dict[str, Table | None], markers: Markers) -> list[Html | None]:
    """Every table that is not shown above, each behind its title."""
    entries = view.entries
    folds: list[Html | None] = []
    for name, table in tables.items():
        if table is not None and name not in SHOWN:
            above = _reach(entries, markers) if name == "aim" else None
            below = supported_table(entries, markers) if name == "rows" else None
            folds.append(fold(table.title, above, data_table(table, entries, markers), below))
    folds += [
        fold(table.title, data_table(table, entries, markers)) for table in environment(view.runs)
    ]
    suspects = suspects_table(view.runs)
    if suspects is not None:
        folds.append(fold(suspects.title, data_table(suspects, entries, markers)))
    folds += [errors_fold(entries, markers), flips_fold(entries, markers), confusions_fold(entries)]
    return folds


def _reach(entries: Sequence[Entry], markers: Markers) -> Html | None:
    chart = reach_chart(entries, markers)
    if chart is None:
        return None
    caption = "The share of all clicks that are at most so many pixels from the region; 0 is a hit."
    return el("figure", chart, el("figcaption", caption))
