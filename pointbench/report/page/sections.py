"""The page's static part: everything that is read without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import breakdowns, footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker
from pointbench.report.page.charts import bar, curve, money
from pointbench.report.page.html_tables import (
    model_row,
    note,
    notes,
    number_table,
    plain_table,
    section,
)
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.tables import share_text

QUESTION = "How often does each model click the right place, and how many times in a row?"

Marks = Mapping[str, Marker]


def header(runs: Sequence[ReportRun]) -> Html:
    """The question, and on what it was asked."""
    targets = runs[0].targets
    present = sum(not target.absent for target in targets)
    screens = len({target.screenshot for target in targets})
    titles = dict.fromkeys(visible(suite.title) for run in runs for suite in run.info.suites)
    absent = len(targets) - present
    text = (
        f"{', '.join(titles)}: {numbers.count(present)} targets on {numbers.count(screens)} "
        f"screenshots{f', and {numbers.count(absent)} that are not there' if absent else ''}. "
        f"Run {', '.join(visible(run.name) for run in runs)}."
    )
    return join(el("h1", QUESTION), el("p", el("bdi", text), class_="lead"))


def leaderboard(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    """The first screen: rates with their intervals as bars, and the chance of k in a row."""
    heads = ("", "hit rate (95 %)", "hits/n", "10 in a row (95 %)", "clicks to 50 %")
    rows = []
    for entry in found:
        rate = entry.hit_rate
        cell = tables.rate_cell(rate)
        color = None if entry.model.exact else marks[entry.label].color_number
        inner = (
            bar(rate, color),
            cell.text,
            cell.note or numbers.UNKNOWN,
            share_text(entry.estimate("in_a_row", "10")),
            tables.horizon_text(entry),
        )
        cells = [el("td", part, data_label=head) for head, part in zip(heads, inner, strict=True)]
        rows.append(model_row(entry, marks, cells))
    table = number_table("Leaderboard", "model", heads, rows, "board")
    drawing = el(
        "figure",
        el("h2", "How likely are k right in a row?", id="curve"),
        curve(found, marks),
        el(
            "figcaption",
            "For targets drawn at random: the hit rate to the k-th power, its interval as a band. "
            "A mark stands where an unbroken row becomes as unlikely as not. The floor is dashed. "
            "It does not hold for one target asked again and again: see pass^k.",
        ),
    )
    board = el("div", el("h2", "Leaderboard"), table, notes(footers.of_runs(runs)))
    return el("section", el("div", board, el("div", drawing, _money(found, marks)), class_="first"))


def _money(found: Sequence[Entry], marks: Marks) -> Html | None:
    """Dollars against the hit rate; None where no model says what it costs."""
    chart = money(found, marks)
    if chart is None:
        return None
    caption = "What 1000 clicks cost, at the prices that the trials were recorded with."
    name = el("h2", "What does a hit rate cost?", id="money")
    return el("figure", name, chart, el("figcaption", caption))


def effort_section(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    """Seconds, tokens, dollars."""
    heads = (
        "time p50",
        "time p95",
        "tokens in",
        "tokens out",
        "cost",
        "per 1000 clicks",
        "per hit",
    )
    rows = []
    # Without a trial there is neither time nor money.
    for entry in (entry for entry in found if entry.asked):
        texts = (
            numbers.seconds(entry.number("latency_s", "p50")),
            numbers.seconds(entry.number("latency_s", "p95")),
            numbers.count(entry.number("tokens", "input")),
            numbers.count(entry.number("tokens", "output")),
            numbers.dollars(entry.number("cost_usd")),
            numbers.dollars(entry.number("cost_per_1000_clicks")),
            numbers.dollars(entry.number("cost_per_hit")),
        )
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
    text = (
        "Over answered trials on present targets, every variant. Time p50: half of the answers came "
        "sooner; p95: 19 of 20 did. Tokens and cost are totals, all attempts included. – is not "
        "known, as where a vendor names no price."
    )
    table = number_table("Time and money", "model", heads, rows)
    lines = footers.of_table(runs, ())
    return section("Time and money", table, note(text), notes(lines))


def comparisons_section(runs: Sequence[ReportRun]) -> Html | None:
    """Every pair of models in one sentence, as summary.json has it."""
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


def ranking_section(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    """The rank with its uncertainty, and the rate for other apps, absent targets, the icon alone."""
    table = tables.ranking(runs)
    return section(table.title, plain_table(table, found, marks))


def breakdown_sections(
    runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks
) -> list[Html]:
    """One table for each way the targets are divided, the environment's together at the end."""
    parts = [
        section(table.title, plain_table(table, found, marks))
        for table in breakdowns.breakdowns(runs)
    ]
    more = [
        join(el("h3", table.title), plain_table(table, found, marks))
        for table in breakdowns.more_breakdowns(runs)
    ]
    return [*parts, section("By screen and environment", more)] if more else parts
