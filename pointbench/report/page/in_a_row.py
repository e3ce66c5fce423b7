"""The page's sections on clicks in a row: drawn targets, the same target again, whole sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker
from pointbench.report.page.charts import mark_icon
from pointbench.report.page.html_tables import model_row, note, notes, number_table, section
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.survival import survival_chart
from pointbench.report.tables import share_text

Marks = Mapping[str, Marker]
ROWS = ("10", "100", "1000")


def rows_section(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    """Everything about clicks in a row, drawn and repeated targets told apart."""
    return section(
        "In a row",
        el("h3", "On targets drawn at random"),
        *_drawn(runs, found, marks),
        el("h3", "What these trials support"),
        el("ul", [el("li", _supported(entry, marks)) for entry in found if entry.asked]),
        *_repeated(runs, found, marks),
        *_sessions(runs, found, marks),
    )


def _drawn(
    runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks
) -> tuple[Html | None, ...]:
    heads = (
        "longest streak",
        "mean row",
        *(f"{numbers.count(int(k))} in a row (95 %)" for k in ROWS),
        "clicks to 90 %",
        "clicks to 99 %",
    )
    rows, used = [], []
    for entry in found:
        powers = [entry.estimate("in_a_row", k) for k in ROWS]
        texts = (
            numbers.count(entry.longest_streak),
            numbers.plain(entry.number("mean_run_length")),
            *map(share_text, powers),
            *(tables.horizon_text(entry, q) for q in ("0.9", "0.99")),
        )
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
        used += powers
    text = (
        "Longest streak and mean row (correct clicks for each failure): as the trials went, in the "
        "order of the run. Clicks to 90 %: how many clicks a session may have and still be without "
        "a miss nine times out of ten."
    )
    table = number_table("Clicks in a row on drawn targets", "model", heads, rows)
    return table, note(text), notes(footers.of_table(runs, used))


def _supported(entry: Entry, marks: Marks) -> Html:
    """``supported_k`` in plain words, with what it rests on."""
    hits = entry.number("supported_k_rests_on", "hits")
    n = entry.number("supported_k_rests_on", "n")
    k = entry.number("supported_k")
    if k is None or hits is None or n is None:
        text = "no scored trial, so no claim."
    else:
        rests = f"{numbers.hits_of(int(hits), int(n))} right"
        if k < 1:
            text = f"{rests}, which supports no claim that even one click has a chance of 90 %."
        else:
            clicks = f"{numbers.count(k)} click{'' if k == 1 else 's'} in a row"
            text = f"{rests}, which supports {clicks} with a chance of at least 90 % (confidence 95 %)."
    return join(mark_icon(marks[entry.label]), el("bdi", entry.shown), ": ", text)


def _repeated(
    runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks
) -> tuple[Html | None, ...]:
    """pass^k of repeats, beside the p^k that it must not be taken for."""
    asked = [entry for entry in found if entry.asked and entry.facts.get("pass_k")]
    most = max((int(k) for entry in asked for k in entry.facts["pass_k"]), default=1)
    if most < 2:
        return ()
    heads = [head for k in range(2, most + 1) for head in (f"pass^{k} (95 %)", f"p^{k}")]
    rows, used = [], []
    for entry in asked:
        p = entry.number("click_chance")
        cells = []
        for k in range(2, most + 1):
            passed = entry.estimate("pass_k", str(k))
            n = None if passed is None else passed.n
            targets = el("small", f"{numbers.count(n)} targets") if n else None
            cells.append(el("td", share_text(passed), targets))
            cells.append(el("td", numbers.percent(None if p is None else p**k)))
            used.append(passed)
        rows.append(model_row(entry, marks, cells))
    text = (
        "pass^k: the same target asked k times and right each time. p^k: k different targets drawn "
        "at random, all right. They differ because some targets are always right and others never; "
        "neither stands for the other."
    )
    table = number_table("The same target again and again", "model", heads, rows)
    below = notes(footers.of_table(runs, used))
    return el("h3", "The same target again and again"), table, note(text), below


def _sessions(
    runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks
) -> tuple[Html | None, ...]:
    """Whole sessions of `streak`: how many, how they ended, how long they lasted."""
    drawn = [entry for entry in found if _is_drawn(entry)]
    if not drawn:
        return ()
    heads = ("sessions", "ended by a miss", "still going", "longest", "mean row")
    rows = []
    for entry in drawn:
        texts = (
            numbers.count(entry.number("sessions", "n")),
            numbers.count(entry.number("sessions", "failed")),
            numbers.count(entry.number("sessions", "censored")),
            numbers.count(entry.longest_streak),
            numbers.plain(entry.number("mean_run_length")),
        )
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
    text = (
        "A session is clicks on drawn targets up to the first that is not correct. Still going: "
        "ended by the goal, by a stop or by an error instead of by a miss."
    )
    caption = (
        "The share of sessions without a miss after so many clicks (Kaplan-Meier), with its "
        "pointwise 95 % interval as a band; a mark is the first miss."
    )
    return (
        el("h3", "Sessions, as they went"),
        number_table("Sessions", "model", heads, rows),
        note(text),
        el("figure", survival_chart(drawn, marks), el("figcaption", caption)),
        *(_steps(entry, marks) for entry in drawn),
        notes(footers.of_table(runs, ())),
    )


def _is_drawn(entry: Entry) -> bool:
    sessions = entry.facts.get("sessions") or {}
    return bool(sessions.get("drawn")) and bool(entry.survival)


def _steps(entry: Entry, marks: Marks, most: int = 200) -> Html:
    """Every step of one model's curve."""
    heads = ("clicks", "no miss so far (95 %)", "failed", "sessions that came so far")
    rows = [
        el(
            "tr",
            el("th", numbers.count(step.clicks), scope="row"),
            el("td", numbers.percent_with_interval(step.value, step.low, step.high)),
            el("td", numbers.count(step.failed)),
            el("td", numbers.count(step.at_risk)),
        )
        for step in entry.survival[:most]
    ]
    more = len(entry.survival) - most
    return el(
        "details",
        el("summary", mark_icon(marks[entry.label]), el("bdi", entry.shown), ": every step"),
        number_table("Survival of sessions", heads[0], heads[1:], rows),
        note(f"and {numbers.count(more)} more steps in summary.json") if more > 0 else None,
    )


def flips_section(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html | None:
    """How often the verdict changes when nothing, the picture or the wording changes."""
    names = ("identical", "jittered", "reworded")
    used = [entry.estimate("flips", name) for entry in found for name in names]
    if not any(item is not None and item.value is not None for item in used):
        return None
    rows = []
    for entry in (entry for entry in found if entry.asked):
        cells = []
        for name in names:
            item = entry.estimate("flips", name)
            pairs = item is not None and item.value is not None
            counts = numbers.hits_of(item.differing, item.pairs) if item and pairs else ""
            cells.append(
                el("td", share_text(item), el("small", f"{counts} pairs") if counts else None)
            )
        rows.append(model_row(entry, marks, cells))
    heads = ("asked again (95 %)", "picture shifted (95 %)", "asked in other words (95 %)")
    text = (
        "The share of pairs of trials of one target of which one is right and the other wrong; mean "
        "over targets, with the pairs counted below."
    )
    table = number_table("Changed its mind", "model", heads, rows)
    return section("Changed its mind", table, note(text), notes(footers.of_table(runs, used)))
