"""The page's parts on rows of clicks: what the trials support, whole sessions, verdicts that change."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import numbers
from pointbench.report.entries import Entry, SurvivalStep
from pointbench.report.markers import Markers
from pointbench.report.page.charts import marker_icon
from pointbench.report.page.html_tables import data_table, fold, item_table, note, section
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.survival import survival_chart
from pointbench.report.tables import (
    LONGEST_STREAK,
    Cell,
    Column,
    Table,
    estimates,
    model_rows,
    share_cell,
)
from pointbench.summary.model.in_a_row import CLAIM_CHANCES

_MEAN_ROW = Column[Entry](
    "mean_row", "mean row", "row", lambda entry: Cell(numbers.plain(entry.mean_run_length))
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
        "cut short",
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


def _claim_column(claim: str, where: str, chance: float) -> Column[Entry]:
    """The longest row that the trials support at this chance, for one kind of targets."""
    return Column(
        f"{claim}_{chance}",
        f"{numbers.short_percent(chance)}, {where}",
        claim,
        lambda entry: Cell(numbers.count(entry.number("supported_k", claim, str(chance)))),
    )


_SUPPORTED: tuple[Column[Entry], ...] = (
    Column(
        "right",
        "right",
        "right",
        lambda entry: Cell(
            numbers.hits_of(
                *(
                    None
                    if (count := entry.number("supported_k_rests_on", name)) is None
                    else int(count)
                    for name in ("hits", "n")
                )
            )
        ),
    ),
    *(
        _claim_column(claim, where, chance)
        for claim, where in (("like_these", "other screens"), ("these_targets", "these targets"))
        for chance in CLAIM_CHANCES
    ),
)


def supported_table(entries: Sequence[Entry], markers: Markers) -> Html:
    """The longest rows that the trials support, on other screens and on these very targets."""
    title = "The longest row that these trials support, in clicks"
    rows = model_rows(
        _SUPPORTED, [entry for entry in entries if entry.asked and not entry.guessing]
    )
    text = (
        "Each claim holds with 95 % confidence: a row of so many clicks has at least this chance, on other "
        "screens like these, or on these very targets, drawn again."
    )
    table = Table("supported", title, "model", _SUPPORTED, rows)
    return join(el("h3", title), data_table(table, entries, markers), note(text))


def sessions_section(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """Whole sessions of `streak`: how many, how they ended, how long they lasted."""
    with_sessions = [entry for entry in entries if entry.has_drawn_sessions and entry.survival]
    if not with_sessions:
        return None
    table = Table("sessions", "Sessions", "model", _SESSIONS, model_rows(_SESSIONS, with_sessions))
    text = (
        "A session is clicks on drawn targets up to the first that is not correct. Cut short: "
        "ended by the goal, by a stop or by an error instead of by a miss."
    )
    caption = (
        "The share of sessions without a miss after so many clicks (Kaplan-Meier), with its "
        "pointwise 95 % interval as a band; a mark is the first miss."
    )
    return section(
        "Sessions, as they went",
        data_table(table, entries, markers),
        note(text),
        el("figure", survival_chart(with_sessions, markers), el("figcaption", caption)),
        *(_steps(entry, markers) for entry in with_sessions),
    )


def _steps(entry: Entry, markers: Markers, most: int = 200) -> Html:
    """Every step of one model's survival curve."""
    steps = entry.survival
    more = len(steps) - most
    icon = marker_icon(markers[entry.label])
    return fold(
        join(icon, el("bdi", entry.visible_label), ": every step"),
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


def flips_fold(entries: Sequence[Entry], markers: Markers) -> Html | None:
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
    return fold(table.title, data_table(table, entries, markers), note(text))
