"""The page's sections on clicks in a row: drawn targets, the same target again, whole sessions."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import footers, numbers
from pointbench.report.entries import Entry, ReportRun, SurvivalStep
from pointbench.report.markers import Markers
from pointbench.report.page.charts import marker_icon
from pointbench.report.page.html_tables import item_table, model_table, note, notes, section
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.survival import survival_chart
from pointbench.report.tables import (
    LONGEST_STREAK,
    Cell,
    Column,
    Table,
    estimates,
    horizon_column,
    in_a_row_column,
    model_rows,
    share_cell,
)
from pointbench.summary.model.in_a_row import CLAIM_CHANCES, HORIZON_CHANCES, ROW_LENGTHS

_MEAN_ROW = Column[Entry](
    "mean_row", "mean row", "row", lambda entry: Cell(numbers.plain(entry.mean_run_length))
)
_DRAWN_TARGETS: tuple[Column[Entry], ...] = (
    LONGEST_STREAK,
    _MEAN_ROW,
    *(in_a_row_column(k) for k in ROW_LENGTHS),
    # The leaderboard has the first one, clicks to 50 %.
    *(horizon_column(chance) for chance in HORIZON_CHANCES[1:]),
)
_SESSIONS: tuple[Column[Entry], ...] = (
    Column(
        "sessions",
        "sessions",
        "sessions",
        lambda entry: Cell(numbers.count(entry.number("sessions", "n"))),
    ),
    Column(
        "failed",
        "ended by a miss",
        "sessions",
        lambda entry: Cell(numbers.count(entry.number("sessions", "failed"))),
    ),
    Column(
        "censored",
        "still going",
        "sessions",
        lambda entry: Cell(numbers.count(entry.number("sessions", "censored"))),
    ),
    Column("longest", "longest", "row", LONGEST_STREAK.cell),
    _MEAN_ROW,
)
_STEP_CLICKS = Column[SurvivalStep](
    "clicks", "clicks", "step", lambda step: Cell(numbers.count(step.clicks))
)
_STEP: tuple[Column[SurvivalStep], ...] = (
    Column(
        "survival",
        "no miss so far (95 %)",
        "step",
        lambda step: Cell(numbers.percent_with_interval(step.value, step.low, step.high)),
    ),
    Column("failed", "failed", "step", lambda step: Cell(numbers.count(step.failed))),
    Column(
        "at_risk",
        "sessions that came so far",
        "step",
        lambda step: Cell(numbers.count(step.at_risk)),
    ),
)


def in_a_row_section(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Html:
    """Everything about clicks in a row; drawn targets and repeats of one target are kept apart."""
    return section(
        "In a row",
        el("h3", "On targets drawn at random"),
        *_drawn_targets(runs, entries, markers),
        el("h3", "What these trials support"),
        note("Each claim holds with 95 % confidence."),
        el("ul", [el("li", _supported(entry, markers)) for entry in entries if entry.asked]),
        *_repeats(runs, entries, markers),
        *_sessions(runs, entries, markers),
    )


def _drawn_targets(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> tuple[Html | None, ...]:
    rows = model_rows(_DRAWN_TARGETS, entries)
    table = Table("drawn", "Clicks in a row on drawn targets", "model", _DRAWN_TARGETS, rows)
    text = (
        "Longest streak and mean row (correct clicks per failure): in the order of the run. Clicks "
        "to 90 %: how many clicks a session may have and still be without a miss nine times out of "
        "ten."
    )
    below = notes(footers.of_table(runs, estimates(rows)))
    return model_table(table, entries, markers), note(text), below


def _supported(entry: Entry, markers: Markers) -> Html:
    """``supported_k`` in words, with the hits and trials it is based on."""
    hits = entry.number("supported_k_rests_on", "hits")
    n = entry.number("supported_k_rests_on", "n")
    if not n or hits is None:
        text = "no scored trial, so no claim."
    else:
        claims = "; ".join(_claim(entry, chance) for chance in CLAIM_CHANCES)
        text = f"{numbers.hits_of(int(hits), int(n))} right, which supports {claims}."
    icon = marker_icon(markers[entry.label])
    return join(icon, el("bdi", entry.visible_label), ": ", text)


def _claim(entry: Entry, chance: float) -> str:
    """``with a chance of 50 %, 12 clicks in a row on other screens like these, 67 on these ...``."""
    others, these = (
        entry.number("supported_k", claim, str(chance)) or 0
        for claim in ("like_these", "these_targets")
    )
    clicks = f"{numbers.count(others)} click{'' if others == 1 else 's'}" if others else "no click"
    return (
        f"with a chance of {numbers.percent(chance)}, {clicks} in a row on other screens like these, "
        f"and {numbers.count(these)} on these very targets, drawn again"
    )


def _repeats(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> tuple[Html | None, ...]:
    """pass^k of repeats beside p^k, so neither is mistaken for the other."""
    repeated = [entry for entry in entries if entry.asked and entry.pass_k]
    most = max((k for entry in repeated for k in entry.pass_k), default=1)
    if most < 2:
        return ()
    title = "The same target again and again"
    columns = [column for k in range(2, most + 1) for column in _pass_columns(k)]
    rows = model_rows(columns, repeated)
    table = Table("pass_k", title, "model", tuple(columns), rows)
    text = (
        "pass^k: the same target asked k times and right each time. p^k: k different targets drawn "
        "at random, all right. They differ because some targets are always right and others never; "
        "neither replaces the other."
    )
    below = notes(footers.of_table(runs, estimates(rows)))
    return el("h3", title), model_table(table, entries, markers), note(text), below


def _pass_columns(k: int) -> tuple[Column[Entry], Column[Entry]]:
    """pass^k, with the number of targets asked that often, and p^k."""

    def pass_cell(entry: Entry) -> Cell:
        estimate = entry.pass_k.get(k)
        targets = numbers.counted(estimate.n, "target") if estimate and estimate.n else ""
        return share_cell(estimate, targets)

    def power_cell(entry: Entry) -> Cell:
        p = entry.click_chance
        return Cell(numbers.percent(None if p is None or p.value is None else p.value**k))

    return (
        Column(f"pass_{k}", f"pass^{k} (95 %)", f"k{k}", pass_cell),
        Column(f"power_{k}", f"p^{k}", f"k{k}", power_cell),
    )


def _sessions(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> tuple[Html | None, ...]:
    """Whole sessions of `streak`: how many, how they ended, how long they lasted."""
    with_sessions = [entry for entry in entries if entry.has_drawn_sessions and entry.survival]
    if not with_sessions:
        return ()
    table = Table("sessions", "Sessions", "model", _SESSIONS, model_rows(_SESSIONS, with_sessions))
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
        model_table(table, entries, markers),
        note(text),
        el("figure", survival_chart(with_sessions, markers), el("figcaption", caption)),
        *(_steps(entry, markers) for entry in with_sessions),
        notes(footers.of_table(runs, ())),
    )


def _steps(entry: Entry, markers: Markers, most: int = 200) -> Html:
    """Every step of one model's survival curve."""
    steps = entry.survival
    more = len(steps) - most
    icon = marker_icon(markers[entry.label])
    return el(
        "details",
        el("summary", icon, el("bdi", entry.visible_label), ": every step"),
        item_table("Survival of sessions", _STEP, steps[:most], first=_STEP_CLICKS),
        note(f"and {numbers.count(more)} more steps in summary.json") if more > 0 else None,
    )


def _flips_column(name: str, title: str) -> Column[Entry]:
    """The share of pairs of trials with different verdicts, among pairs that differ in this way."""

    def cell(entry: Entry) -> Cell:
        share = entry.estimate("flips", name)
        pairs = f"{numbers.hits_of(share.differing, share.pairs)} pairs" if share else ""
        return share_cell(share, pairs)

    return Column(name, title, "flips", cell)


_FLIPS = (
    _flips_column("identical", "asked again (95 %)"),
    _flips_column("jittered", "picture shifted (95 %)"),
    _flips_column("reworded", "asked in other words (95 %)"),
)


def flips_section(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> Html | None:
    """How often the verdict changes when nothing, the picture or the wording changes."""
    rows = model_rows(_FLIPS, [entry for entry in entries if entry.asked])
    flips = estimates(rows)
    if not any(share is not None and share.value is not None for share in flips):
        return None
    table = Table("flips", "Changed its mind", "model", _FLIPS, rows)
    text = (
        "The share of pairs of trials of one target of which one is right and the other wrong; mean "
        "over targets, with the pairs counted below."
    )
    below = notes(footers.of_table(runs, flips))
    return section(table.title, model_table(table, entries, markers), note(text), below)
