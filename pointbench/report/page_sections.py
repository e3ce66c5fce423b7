"""The page's static part: everything that is read without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.marks import Mark
from pointbench.report.markup import Html, el, join
from pointbench.report.page_charts import bar, curve, money
from pointbench.report.page_tables import model_row, note, number_table, plain_table, section
from pointbench.report.plain_text import visible
from pointbench.report.tables import share_text

QUESTION = "How often does each model click the right place, and how many times in a row?"

Marks = Mapping[str, Mark]


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
        colour = None if entry.model.exact else marks[entry.label].colour_number
        inner = (
            bar(rate, colour),
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
    notes = el("ul", [el("li", line) for line in footers.of_runs(runs)], class_="notes")
    board = el("div", el("h2", "Leaderboard"), table)
    return el("section", el("div", board, drawing, class_="first"), notes)


def rows_section(found: Sequence[Entry], marks: Marks) -> Html:
    """Everything about clicks in a row."""
    repeats = max((int(k) for entry in found for k in entry.facts.get("pass_k") or {}), default=1)
    heads = [
        "longest streak",
        "mean row",
        *(f"{k} in a row" for k in ("10", "100", "1000")),
        *(f"clicks to {q}" for q in ("90 %", "99 %")),
        "supported k",
        *(f"pass^{k}" for k in range(1, repeats + 1) if repeats > 1),
    ]
    rows = []
    for entry in found:
        texts = [
            numbers.count(entry.longest_streak),
            numbers.plain(entry.number("mean_run_length")),
            *(share_text(entry.estimate("in_a_row", k)) for k in ("10", "100", "1000")),
            *(tables.horizon_text(entry, q) for q in ("0.9", "0.99")),
            numbers.count(entry.number("supported_k")),
        ]
        if repeats > 1:
            passed = [entry.estimate("pass_k", str(k)) for k in range(1, repeats + 1)]
            texts += [share_text(item) for item in passed]
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
    text = (
        "Supported k: the longest row for which these trials support a chance of at least 90 % "
        "(one-sided, 95 %). Mean row: correct clicks for each failure."
    )
    return section("In a row", number_table(None, "model", heads, rows), note(text))


def flips_section(found: Sequence[Entry], marks: Marks) -> Html | None:
    """How often the verdict changes when nothing, the picture or the wording changes."""
    names = ("identical", "jittered", "reworded")
    if not any((entry.number("flips", name)) is not None for entry in found for name in names):
        return None
    rows = []
    for entry in found:
        texts = [share_text(entry.estimate("flips", name)) for name in names]
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
    heads = ("asked again", "picture shifted", "asked in other words")
    text = "The share of pairs of trials of one target of which one is right and the other wrong."
    return section("Changed its mind", number_table(None, "model", heads, rows), note(text))


def effort_section(found: Sequence[Entry], marks: Marks) -> Html:
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
    for entry in found:
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
    drawing = money(found, marks)
    figure = (
        el("figure", drawing, el("figcaption", "Money against hit rate."))
        if drawing is not None
        else None
    )
    text = "Over trials on present targets. – is not known: a vendor that names no price, or none."
    return section("Time and money", number_table(None, "model", heads, rows), note(text), figure)


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
    text = "Paired, on the targets both answered; clustered by screenshot, adjusted by Holm."
    return section("Which differences are more than chance", parts, note(text))


def breakdown_sections(
    runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks
) -> list[Html]:
    """One table for each way the targets are divided."""
    return [
        section(table.title, plain_table(table, found, marks)) for table in tables.breakdowns(runs)
    ]
