"""The page's static part: everything that needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import breakdowns, footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Markers
from pointbench.report.page.charts import bar, cost_chart, curve
from pointbench.report.page.html_tables import (
    DrawingColumn,
    model_table,
    note,
    notes,
    rate_table,
    section,
)
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.served import cached_footers
from pointbench.report.suspects import suspects_table
from pointbench.report.tables import Cell, Column, Table

QUESTION = "How often does each model click the right place, and how many times in a row?"
BOARD = ("rank", "hit_rate", "in_a_row_10", "horizon_0.5")
"""The leaderboard's columns that fit the first screen, by key."""

_EFFORT: tuple[Column[Entry], ...] = (
    Column("p50", "time p50", "time", lambda entry: Cell(numbers.seconds(entry.latency("p50")))),
    Column("p95", "time p95", "time", lambda entry: Cell(numbers.seconds(entry.latency("p95")))),
    Column(
        "input", "tokens in", "tokens", lambda entry: Cell(numbers.count(entry.tokens("input")))
    ),
    Column(
        "output", "tokens out", "tokens", lambda entry: Cell(numbers.count(entry.tokens("output")))
    ),
    Column("cost", "cost", "cost", lambda entry: Cell(numbers.dollars(entry.cost_usd))),
    Column(
        "per_1000",
        "per 1000 clicks",
        "cost",
        lambda entry: Cell(numbers.dollars(entry.cost_per_1000_clicks)),
    ),
    Column("per_hit", "per hit", "cost", lambda entry: Cell(numbers.dollars(entry.cost_per_hit))),
)


def header(runs: Sequence[ReportRun]) -> Html:
    """The page's question, and the targets and runs that it was asked on."""
    targets = runs[0].targets
    present = sum(not target.absent for target in targets)
    screens = len({target.screenshot for target in targets})
    titles = dict.fromkeys(visible(suite.title) for run in runs for suite in run.info.suites)
    absent = len(targets) - present
    text = (
        f"{', '.join(titles)}: {numbers.counted(present, 'target')} on "
        f"{numbers.counted(screens, 'screenshot')}"
        f"{f', and {numbers.count(absent)} that are not there' if absent else ''}. "
        f"Run {', '.join(visible(run.name) for run in runs)}."
    )
    return join(el("h1", QUESTION), el("p", el("bdi", text), class_="lead"))


def leaderboard(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """The first screen: rates with their intervals as bars, and the chance of k in a row."""

    def rate_bar(entry: Entry) -> Html:
        exact = entry.model.exact is not None
        return bar(entry.hit_rate, None if exact else markers[entry.label].color_number)

    whole = tables.leaderboard(runs)
    table = whole.pick(column.key for column in whole.columns if column.key in BOARD)
    board = el(
        "div",
        el("h2", table.title),
        model_table(table, entries, markers, DrawingColumn("", rate_bar), cards=True),
        notes(table.footers),
    )
    figure = el(
        "figure",
        el("h2", "How likely are k right in a row?", id="curve"),
        curve(entries, markers),
        el(
            "figcaption",
            "For targets drawn at random: the hit rate to the k-th power, its interval as a band. "
            "A mark shows where an unbroken row becomes as unlikely as not. The floor is dashed. "
            "It does not hold for one target asked again and again: see pass^k.",
        ),
    )
    charts = el("div", figure, _cost_figure(entries, markers))
    return el("section", el("div", board, charts, class_="first"))


def _cost_figure(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The hit rate against dollars; None if no model's cost is known."""
    chart = cost_chart(entries, markers)
    if chart is None:
        return None
    caption = "What 1000 clicks cost, at the prices that the trials were recorded with."
    name = el("h2", "What does a hit rate cost?", id="money")
    return el("figure", name, chart, el("figcaption", caption))


def effort_section(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """The section on time, tokens and cost."""
    # A model without trials has neither time nor cost.
    rows = tables.model_rows(_EFFORT, [entry for entry in entries if entry.asked])
    table = Table("effort", "Time and money", "model", _EFFORT, rows)
    text = (
        "Over answered trials on present targets, every variant. Time p50: half of the answers came "
        "sooner; p95: 19 of 20 did. Tokens and cost are totals, all attempts included. – means "
        "not known, for example because the vendor publishes no price."
    )
    below = notes((*cached_footers(entries), *footers.of_table(runs, ())))
    return section(table.title, model_table(table, entries, markers), note(text), below)


def comparisons_section(runs: Sequence[ReportRun]) -> Html | None:
    """A sentence per pair of models, as in summary.json; None without a pair."""
    parts = []
    for run in runs:
        sentences = [str(item.get("sentence", "")) for item in run.summary.get("comparisons") or ()]
        if not sentences:
            continue
        name = el("h3", el("bdi", visible(run.name))) if len(runs) > 1 else None
        lines = [el("li", el("bdi", visible(text))) for text in sentences if text]
        parts.append(join(name, el("ul", lines)))
    if not parts:
        return None
    text = (
        "Paired, on the targets both answered; brackets are 95 % intervals clustered by screenshot, "
        "and which differences count is adjusted for the number of pairs (Holm)."
    )
    below = notes(footers.of_table(runs, ()))
    return section("Which differences are more than chance", parts, note(text), below)


def ranking_section(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """The rank with its uncertainty, and the rate for other apps, absent targets, the icon alone."""
    table = tables.other_ways(runs)
    return section(table.title, rate_table(table, entries, markers))


def breakdown_sections(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> list[Html]:
    """A table per dimension; resolution, position and environment together; then the suspects."""
    parts = [
        section(table.title, rate_table(table, entries, markers))
        for table in breakdowns.breakdowns(runs)
    ]
    more = [
        join(el("h3", table.title), rate_table(table, entries, markers))
        for table in breakdowns.more_breakdowns(runs)
    ]
    parts += [section("By screen and environment", more)] if more else []
    suspects = suspects_table(runs)
    return (
        [*parts, section(suspects.title, rate_table(suspects, entries, markers))]
        if suspects
        else parts
    )
