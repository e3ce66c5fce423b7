"""The page's section on what came of the clicks: outcomes, distances, what was hit instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker
from pointbench.report.page.charts import mark_icon
from pointbench.report.page.html_tables import model_row, note, notes, number_table, section
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.tables import share_text
from pointbench.trials import OUTCOMES

Marks = Mapping[str, Marker]


def outcomes_section(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    """What kind of wrong: outcomes, misses, and what was clicked instead."""
    names = [name.replace("_", " ") for name in OUTCOMES]
    key = el(
        "ul",
        [el("li", _swatch(number), name) for number, name in enumerate(names)],
        class_="key",
    )
    rows = []
    for entry in (entry for entry in found if entry.asked):
        counts = entry.outcomes
        cells = [
            el("td", _stack([count or 0 for count in counts.values()])),
            *(el("td", numbers.count(number)) for number in counts.values()),
            el("td", tables.error_rate_text(entry)),
            el("td", numbers.count(entry.missing)),
        ]
        rows.append(model_row(entry, marks, cells))
    heads = ["share", *names, "error rate", "missing"]
    return section(
        "What came of the clicks",
        key,
        number_table("Outcomes", "model", heads, rows),
        note(
            "Over all trials, absent targets and variants included. Declined, unparsed and out of "
            "frame count as wrong on a target that is there; an error never counts as anything."
        ),
        notes(footers.of_table(runs, ())),
        _errors(runs, found, marks),
        _misses(runs, found, marks),
        _confusions(found, marks),
    )


def _errors(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html | None:
    """What trials in error may hide; None where there are none."""
    rows = []
    for entry in found:
        # What is computed over the targets has nothing to hide behind its trials.
        if entry.model.exact or not entry.number("errors_hide", "errors"):
            continue
        texts = (
            numbers.hits_of(
                int(entry.number("errors_hide", "errors") or 0),
                int(entry.number("errors_hide", "n") or 0),
            ),
            share_text(entry.hit_rate),
            numbers.percent(entry.number("errors_hide", "all_wrong")),
            numbers.percent(entry.number("errors_hide", "all_right")),
        )
        rows.append(model_row(entry, marks, [el("td", text) for text in texts]))
    if not rows:
        return None
    heads = ("in error/n", "hit rate as scored (95 %)", "had all been wrong", "had all been right")
    text = (
        "Over as-is trials on present targets. An error is no answer, so it is left out of the rate; "
        "but errors need not fall at random. The two last columns are the rates between which the "
        "missing answers leave it. What each error was: ",
        el("a", "the trials in error", href="#outcome=5"),
        " in the gallery.",
    )
    below = notes(footers.of_table(runs, [entry.hit_rate for entry in found]))
    table = number_table("What errors may hide", "model", heads, rows)
    return join(el("h3", "What errors may hide"), table, el("p", *text, class_="note"), below)


def _misses(runs: Sequence[ReportRun], found: Sequence[Entry], marks: Marks) -> Html:
    heads = (
        "misses",
        "median miss",
        "within 10 px",
        "mean offset",
        "spread",
        "false clicks (95 %)",
    )
    rows = []
    for entry in (entry for entry in found if entry.asked):
        false = entry.estimate("false_clicks")
        counted = false is not None and false.value is not None
        texts = (
            numbers.count(entry.number("miss_distance", "n")),
            numbers.pixels(entry.number("miss_distance", "median")),
            numbers.percent(entry.number("miss_distance", "near")),
            numbers.offset(entry.offset),
            numbers.pixels(entry.number("spread")),
        )
        counts = numbers.hits_of(false.clicked, false.n) if false and counted else None
        last = el("td", share_text(false), el("small", counts) if counts else None)
        rows.append(model_row(entry, marks, [*(el("td", text) for text in texts), last]))
    text = (
        "Misses: those with a point. Median miss: pixels from the region. Within 10 px: the share of "
        "the misses that are that near. Mean offset (right and down are positive) and spread: of "
        "hits and near misses, about the region's center. False clicks: absent targets that were "
        "clicked all the same."
    )
    below = notes(footers.of_table(runs, [entry.estimate("false_clicks") for entry in found]))
    table = number_table("How far off", "model", heads, rows)
    return join(el("h3", "How far off"), table, note(text), below)


def _confusions(found: Sequence[Entry], marks: Marks, most: int = 12) -> Html | None:
    parts = []
    for entry in found:
        listed = entry.confusions
        if not listed or (entry.model.floor and entry.model.exact):
            continue
        rows = [
            el(
                "tr",
                el("td", el("bdi", visible(asked)), class_="left"),
                el("td", el("bdi", visible(clicked)), class_="left"),
                el("td", numbers.count(count)),
            )
            for asked, clicked, count in listed[:most]
        ]
        heads = el(
            "tr",
            el("th", "asked for", scope="col", class_="left"),
            el("th", "clicked instead", scope="col", class_="left"),
            el("th", "times", scope="col"),
        )
        more = len(listed) - most
        parts.append(
            el(
                "details",
                el(
                    "summary",
                    mark_icon(marks[entry.label]),
                    el("bdi", entry.shown),
                    f": {_clicks(sum(count for _, _, count in listed))} on another target",
                ),
                el(
                    "div",
                    el("table", el("thead", heads), el("tbody", rows)),
                    class_="scroll",
                    tabindex="0",
                    role="region",
                    aria_label="Clicked instead",
                ),
                note(f"and {numbers.count(more)} more pairs in summary.json") if more > 0 else None,
            )
        )
    return join(el("h3", "Clicked instead"), parts) if parts else None


def _clicks(number: int) -> str:
    return f"{numbers.count(number)} click{'' if number == 1 else 's'}"


def _swatch(number: int) -> Html:
    square = el("rect", width=10, height=10, class_=f"o{number}")
    return el("svg", square, viewBox="0 0 10 10", aria_hidden="true")


def _stack(counts: Sequence[int], width: int = 180) -> Html:
    """The outcomes of one model as one bar."""
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
