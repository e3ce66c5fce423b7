"""Summaries as tables, independent of the output format: columns, rows, footers. Pure.

A `Column` has the function that makes its cells, so adding a column takes one line. A
renderer (`terminal`, `markdown`, `latex`, the page) only lays tables out and escapes them. Row
labels and group names are untrusted text: made visible here, escaped by the renderer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, Literal, TypeVar

from pointbench.report import footers, numbers, words
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, report_entries
from pointbench.report.plain_text import visible
from pointbench.report.served import cached_footers
from pointbench.report.standing import Pair, Standing, standing, ties
from pointbench.summary.model.in_a_row import HORIZON_CHANCES, ROW_LENGTHS

Item = TypeVar("Item")
"""The subject of a table's row: a model (`Entry`), a pair of models, a group's name ..."""


@dataclass(frozen=True)
class Cell:
    """``note`` is shown below or after ``text``, less prominently."""

    text: str
    """All of it on one line; of an estimate ``value (interval)``."""
    note: str = ""
    estimate: ShownEstimate | None = None
    """The estimate behind ``text``; the table's footers explain what its interval generalizes to."""
    bar: bool = False
    """True if the page also draws the estimate as a bar."""
    interval: str = ""
    """The interval in ``text`` without its brackets, for media that set it apart; empty without one."""

    @property
    def value(self) -> str:
        """``text`` without its interval."""
        return self.text.removesuffix(f" ({self.interval})") if self.interval else self.text

    @property
    def joined(self) -> str:
        return f"{self.text}, {self.note}" if self.note else self.text


@dataclass(frozen=True)
class ColumnHead:
    """A column's head. ``group`` keeps columns together when a narrow medium splits a table."""

    key: str
    title: str
    group: str
    right: bool = field(default=True, kw_only=True)
    """True for columns aligned to the right, such as numbers."""
    leaves: Literal["never", "unknown", "alike"] = field(default="never", kw_only=True)
    """When `slim` takes the column out: if no model has a value, or also if all have the same one."""


@dataclass(frozen=True)
class Column(ColumnHead, Generic[Item]):
    """A head and ``cell``, which makes the column's cell from a row's subject."""

    cell: Callable[[Item], Cell] = field(repr=False)


@dataclass(frozen=True)
class Row:
    """``label`` is one line of visible text; ``tags`` are words such as ``saw no picture``.

    ``key`` is the label, or the name of the group, as in summary.json.
    """

    key: str
    label: str
    tags: tuple[str, ...]
    cells: tuple[Cell, ...]
    guessing: bool = False
    """True for pointers that do not look; shown in gray."""
    ties: tuple[int, ...] = ()
    """Numbers of the groups of models that are not told apart, for bars beside the ranks."""


@dataclass(frozen=True)
class Table:
    key: str
    title: str
    head: str
    """The kind of the row labels: ``model``, ``app`` ..."""
    columns: tuple[ColumnHead, ...]
    rows: tuple[Row, ...]
    footers: tuple[str, ...] = ()

    def pick(self, keys: Iterable[str]) -> Table:
        """The table with only the columns of these keys, in their order; KeyError for unknown keys."""
        indices = {column.key: index for index, column in enumerate(self.columns)}
        return self.part([indices[key] for key in keys])

    def part(self, indices: Sequence[int]) -> Table:
        """The table with only the columns at ``indices``, in that order."""
        return replace(
            self,
            columns=tuple(self.columns[index] for index in indices),
            rows=tuple(
                replace(row, cells=tuple(row.cells[index] for index in indices))
                for row in self.rows
            ),
        )


def cells(columns: Iterable[Column[Item]], item: Item) -> tuple[Cell, ...]:
    """A row's cells, one per column."""
    return tuple(column.cell(item) for column in columns)


def model_rows(columns: Sequence[Column[Entry]], entries: Iterable[Entry]) -> tuple[Row, ...]:
    """A row per model."""
    return tuple(
        Row(entry.label, entry.shown_label, entry.marks, cells(columns, entry), entry.guessing)
        for entry in entries
    )


def slim(table: Table) -> Table:
    """The table without columns that tell nothing; a sentence in its footers says what they held."""
    asked = [row for row in table.rows if not row.guessing]
    kept, unknown = [], []
    alike: list[tuple[str, str]] = []
    for index, column in enumerate(table.columns):
        texts = {row.cells[index].joined for row in asked}
        if column.leaves != "never" and texts <= {"", numbers.UNKNOWN}:
            unknown.append(column.title)
        elif column.leaves == "alike" and len(texts) == 1:
            alike.append((column.title, texts.pop()))
        else:
            kept.append(index)
    none = [title for title, text in alike if text == "0"]
    same = [f"{title} {text}" for title, text in alike if text != "0"]
    notes = [f"The same for all: {'; '.join(same)}."] if same else []
    notes += [f"0 for all: {', '.join(none)}."] if none else []
    notes += [f"Not known: {', '.join(unknown)}."] if unknown else []
    return replace(table.part(kept), footers=(*table.footers, *notes))


def tells(table: Table) -> bool:
    """False for a table of models none of which has a figure, such as after a run of only errors."""
    asked = [row for row in table.rows if not row.guessing]
    known = {cell.joined for row in asked for cell in row.cells} - {"", numbers.UNKNOWN}
    return bool(known) if asked else bool(table.rows)


def estimates(rows: Iterable[Row]) -> list[ShownEstimate | None]:
    """The estimates that the rows show, row by row."""
    return [cell.estimate for row in rows for cell in row.cells]


def column_groups(table: Table) -> list[list[int]]:
    """The indices of the columns that belong together, in order."""
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(table.columns):
        groups.setdefault(column.group, []).append(index)
    return list(groups.values())


def pieces(table: Table, most: int = 8) -> list[Table]:
    """The table in pieces of at most ``most`` columns if groups allow, footers below the last."""
    parts: list[list[int]] = []
    for group in column_groups(table):
        if not parts or len(parts[-1]) + len(group) > most:
            parts.append([])
        parts[-1] += group
    return [
        replace(table.part(part), footers=table.footers if part is parts[-1] else ())
        for part in parts
    ]


# --- cells -----------------------------------------------------------------------------------


def share_cell(estimate: ShownEstimate | None, note: str = "") -> Cell:
    """A share in percent, without its unit, with its interval: ``67.0 (64.7–69.3)``."""
    if estimate is None or estimate.value is None:
        return Cell(numbers.UNKNOWN)
    ends = numbers.ends(estimate.low, estimate.high, estimate.approximate)
    value = numbers.percent(estimate.value, "")
    return Cell(f"{value} ({ends})" if ends else value, note, estimate, interval=ends)


def share_text(estimate: ShownEstimate | None) -> str:
    """A share with its unit and interval: ``67.0 % (64.7–69.3)``."""
    if estimate is None:
        return numbers.UNKNOWN
    return numbers.percent_with_interval(
        estimate.value, estimate.low, estimate.high, estimate.approximate
    )


def rate_cell(rate: ShownEstimate | None) -> Cell:
    """A rate with its interval and bar, hits over trials below it."""
    if rate is None or rate.value is None:
        return Cell(numbers.UNKNOWN)
    counts = "" if rate.hits is None else numbers.hits_of(rate.hits, rate.n)
    return replace(share_cell(rate, counts), bar=True)


def hits_cell(rate: ShownEstimate | None) -> Cell:
    """The note of a rate's cell, for a separate column."""
    return Cell(rate_cell(rate).note or numbers.UNKNOWN)


def whole_cell(estimate: ShownEstimate | None) -> Cell:
    """A share in whole percent, for a minor column."""
    if estimate is None or estimate.value is None:
        return Cell(numbers.UNKNOWN)
    return Cell(numbers.whole_percent(estimate.value, ""), estimate=estimate)


def false_clicks_cell(entry: Entry) -> Cell:
    """The share of absent targets that were clicked, with the counts."""
    share = entry.false_clicks
    return share_cell(share, numbers.hits_of(share.clicked, share.n) if share else "")


def row_cell(entry: Entry, k: int, brief: bool = False) -> Cell:
    """The chance of ``k`` correct clicks in a row; ``brief`` without its interval. Empty for guessing."""
    chance = entry.in_a_row(k)
    if entry.guessing:
        return Cell("")
    if chance is None or chance.value is None:
        return Cell(numbers.UNKNOWN)
    value = chance.value
    if not value and entry.number("click_chance"):
        # A power too small for a float is not the same as never.
        value = math.ulp(0.0)
    text = numbers.chance(value)
    if brief:
        return Cell(text, estimate=chance)
    whole = numbers.chance_with_interval(value, chance.low, chance.high)
    ends = whole.removeprefix(text).strip(" ()")
    return Cell(whole, estimate=chance, interval=ends)


def horizon_cell(entry: Entry, chance: float) -> Cell:
    """How many clicks an unbroken row has at least this chance; with its interval. Empty for guessing."""
    horizon = entry.horizon(chance)
    if entry.guessing:
        return Cell("")
    if horizon is None:
        return Cell(numbers.UNKNOWN)
    text = numbers.even_chance(horizon.value, horizon.low, short=True)
    ends = numbers.even_chance_ends(horizon.value, horizon.low, horizon.high)
    return Cell(f"{text} ({ends})" if ends else text, estimate=horizon, interval=ends)


# --- the leaderboard -------------------------------------------------------------------------

LEADERBOARD: tuple[Column[Entry], ...] = (
    Column("hit_rate", "hits, % (95 %)", "rate", lambda entry: share_cell(entry.hit_rate)),
    Column("of", "of", "rate", lambda entry: Cell(_n(entry)), leaves="alike"),
    Column("icons", "icons", "kind", lambda entry: _kind(entry, "icon"), leaves="unknown"),
    Column("text", "text", "kind", lambda entry: _kind(entry, "text"), leaves="unknown"),
    Column(
        "in_a_row_10",
        words.TEN_IN_A_ROW,
        "row",
        lambda entry: row_cell(entry, 10, brief=True),
        leaves="unknown",
    ),
    Column(
        "horizon_0.5",
        words.EVEN_CHANCE,
        "row",
        lambda entry: horizon_cell(entry, 0.5),
        leaves="unknown",
    ),
)
"""The leaderboard's columns behind the rank."""


def _n(entry: Entry) -> str:
    return numbers.count(entry.hit_rate.n if entry.hit_rate else None)


def _kind(entry: Entry, kind: str) -> Cell:
    return whole_cell(entry.groups("kind").get(kind))


def leaderboard(runs: Sequence[ReportRun], place: Standing | None = None) -> Table:
    """The one table that every report begins with: a row per model, the best first, and one for guessing.

    ``place`` is `standing` of the runs; columns that tell nothing are left out (`slim`).
    """
    place = standing(runs) if place is None else place
    rank = Column[Entry](
        "rank",
        "rank",
        "rank",
        lambda entry: Cell(place.rank_text(entry.label)),
        right=False,
        leaves="alike" if len(place.rank) < 2 else "unknown",
    )
    joined = ties(place.groups)
    rows = tuple(
        replace(row, ties=joined.get(row.key, ()))
        for row in model_rows((rank, *LEADERBOARD), one_guess(report_entries(runs)))
    )
    table = Table("leaderboard", "Leaderboard", "model", (rank, *LEADERBOARD), rows)
    slimmed = slim(table)
    # That all models answered as many targets is said in the report's title.
    # and that no kinds are known matters to nobody.
    return replace(slimmed, footers=footers.of_leaderboard(runs, place))


def one_guess(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the best fixed point alone of all that guess; without it if its rate is unknown."""
    best = next(
        (
            entry.label
            for entry in entries
            if entry.model.exact == "best-constant" and entry.number("hit_rate") is not None
        ),
        None,
    )
    return [entry for entry in entries if not entry.guessing or entry.label == best]


# --- who beats whom --------------------------------------------------------------------------

PAIRS: tuple[Column[Pair], ...] = (
    Column("difference", "points (95 %)", "difference", lambda pair: difference_cell(pair)),
    Column(
        "told_apart",
        "told apart",
        "difference",
        lambda pair: Cell("yes" if pair.told_apart else "no"),
        right=False,
    ),
    Column(
        "wanted",
        "targets to decide",
        "wanted",
        lambda pair: Cell(
            numbers.UNKNOWN
            if pair.told_apart or pair.wanted_targets is None
            else numbers.about(pair.wanted_targets)
        ),
    ),
    Column(
        "targets",
        "on targets",
        "targets",
        lambda pair: Cell(numbers.count(pair.targets)),
        leaves="alike",
    ),
)


def difference_cell(pair: Pair) -> Cell:
    """A difference in points with its sign and interval: ``+17.4 (14.9 to 19.9)``."""
    found = pair.difference
    if found.value is None:
        return Cell(numbers.UNKNOWN)
    text = numbers.points(found.value, sign=True)
    if found.low is None or found.high is None:
        return Cell(text, estimate=found)
    mark = numbers.APPROXIMATE if found.approximate else ""
    ends = f"{mark}{numbers.points(found.low)} to {numbers.points(found.high)}"
    return Cell(f"{text} ({ends})", estimate=found, interval=ends)


def pairs(runs: Sequence[ReportRun], place: Standing | None = None) -> Table | None:
    """Every pair of models, the better one first, in the order of the leaderboard; None without a pair."""
    place = standing(runs) if place is None else place
    listed = [
        place.pairs[a, b] for number, a in enumerate(place.order) for b in place.order[number + 1 :]
    ]
    if not listed:
        return None
    rows = tuple(
        Row(f"{pair.a} {pair.b}", visible(f"{pair.a} – {pair.b}"), (), cells(PAIRS, pair))
        for pair in listed
    )
    notes = (
        "The first model's hits minus the second's, in percentage points, on the targets that both "
        "answered. Told apart: more than chance, after Holm's correction over all pairs. Targets to "
        "decide: about so many would show a difference of this size (80 % power).",
    )
    return slim(Table("pairs", "Who beats whom", "pair", PAIRS, rows, notes))


# --- other tables ----------------------------------------------------------------------------


def _rate_for_other_apps(entry: Entry) -> ShownEstimate | None:
    """The hit rate with its interval clustered by app, if there is one."""
    rate, by_app = entry.hit_rate, entry.hit_rate_by_app
    if rate is None or by_app is None:
        return None
    return replace(by_app, value=rate.value, hits=rate.hits, n=rate.n)


OTHER_WAYS: tuple[Column[Entry], ...] = (
    Column(
        "other_apps",
        "if the apps were others",
        "rate",
        lambda entry: share_cell(_rate_for_other_apps(entry)),
        leaves="unknown",
    ),
    Column(
        "macro", "every app alike", "rate", lambda entry: share_cell(entry.macro), leaves="unknown"
    ),
    Column("accuracy", "absent ones counted", "rate", lambda entry: rate_cell(entry.accuracy)),
    Column(
        "icon",
        "inside the icon",
        "strict",
        lambda entry: rate_cell(entry.icon_hit_rate),
        leaves="unknown",
    ),
)


def other_ways(runs: Sequence[ReportRun]) -> Table:
    """The hit rate under wider and stricter definitions."""
    rows = model_rows(OTHER_WAYS, one_guess(report_entries(runs)))
    notes = (
        "If the apps were others: the same hits, with an interval for other apps like these. Every app "
        "alike: the mean of the apps' rates. Absent ones counted: declining what is not there is right, "
        "too. Inside the icon: clicks on the picture alone, where its box is known.",
        *footers.of_table(runs, estimates(rows)),
    )
    return slim(
        Table("other", "Other ways to count: hits, % (95 %)", "model", OTHER_WAYS, rows, notes)
    )


def _outcome_column(name: str, title: str, where: Literal["present", "absent"]) -> Column[Entry]:
    return Column(
        f"{where}_{name}",
        title,
        where,
        lambda entry: Cell(numbers.count(entry.outcomes_on(where)[name])),
        leaves="alike",
    )


OUTCOME_COLUMNS: tuple[Column[Entry], ...] = (
    Column(
        "asked", "asked", "present", lambda entry: Cell(numbers.count(entry.asked_on("present")))
    ),
    *(_outcome_column(name, title, "present") for name, title in words.OUTCOMES.items()),
    Column(
        "absent",
        "absent: asked",
        "absent",
        lambda entry: Cell(numbers.count(entry.asked_on("absent"))),
        leaves="alike",
    ),
    *(_outcome_column(name, title, "absent") for name, title in words.OUTCOMES_ABSENT.items()),
    Column(
        "missing",
        "targets not asked",
        "answered",
        lambda entry: Cell(numbers.count(entry.missing)),
        leaves="alike",
    ),
)


def outcomes(runs: Sequence[ReportRun]) -> Table:
    """What became of every trial, on present and on absent targets apart; the rows add up."""
    absent = any(target.absent for target in runs[0].targets)
    columns = tuple(column for column in OUTCOME_COLUMNS if absent or column.group != "absent")
    rows = model_rows(columns, [entry for entry in report_entries(runs) if entry.asked])
    notes = ("Trials of every repeat and variant. Failed calls are never scored.",)
    return slim(Table("outcomes", "Outcomes", "model", columns, rows, notes))


LONGEST_STREAK = Column[Entry](
    "longest", "longest row seen", "seen", lambda entry: Cell(numbers.count(entry.longest_streak))
)


def in_a_row_column(k: int) -> Column[Entry]:
    """The chance of ``k`` correct clicks in a row, with its interval."""
    title = f"{numbers.count(k)} in a row"
    return Column(f"in_a_row_{k}", title, "row", lambda entry: row_cell(entry, k))


def horizon_column(chance: float) -> Column[Entry]:
    """How many clicks an unbroken row has at least this chance."""
    title = f"clicks at {numbers.short_percent(chance)}"
    return Column(f"horizon_{chance}", title, "horizon", lambda entry: horizon_cell(entry, chance))


ROWS: tuple[Column[Entry], ...] = (
    *(in_a_row_column(k) for k in ROW_LENGTHS),
    *(horizon_column(chance) for chance in HORIZON_CHANCES),
    Column(
        "supported_k", "supported", "supported", lambda entry: _supported(entry), leaves="unknown"
    ),
    LONGEST_STREAK,
)


def _supported(entry: Entry) -> Cell:
    """The rows that the data support at an even chance and at 90 %, for targets like these."""
    found = [entry.supported(chance) for chance in (0.5, 0.9)]
    return Cell(numbers.UNKNOWN if None in found else " / ".join(numbers.count(k) for k in found))


def rows_table(runs: Sequence[ReportRun]) -> Table:
    """Chances of rows of clicks, how long a row lasts, and the longest one that was seen."""
    asked = [entry for entry in report_entries(runs) if not entry.guessing]
    notes = (
        "In a row: targets drawn at random; for one target again and again see the same target again. "
        "Clicks at 50 %: how many clicks an unbroken row has at least this chance. Supported: the longest "
        "row on other screens like these that the data support with 95 % confidence, at a chance of "
        "50 % / 90 %. The longest row seen is luck in part.",
    )
    table = Table(
        "rows", "Chance of k right in a row", "model", ROWS, model_rows(ROWS, asked), notes
    )
    return slim(table)


def same_target(runs: Sequence[ReportRun]) -> Table | None:
    """pass^k: the chance that one target is hit k times out of k; None with a single repeat."""
    asked = [entry for entry in report_entries(runs) if not entry.guessing]
    ks = sorted({k for entry in asked for k in entry.pass_k})
    if len(ks) < 2:
        return None
    columns = tuple(
        Column[Entry](
            f"pass_{k}",
            f"{k} times",
            str(k),
            partial(lambda k, entry: share_cell(entry.pass_k.get(k)), k),
        )
        for k in ks
    )
    title = "The same target again: right every time, % (95 %)"
    return Table("again", title, "model", columns, model_rows(columns, asked))


AIM: tuple[Column[Entry], ...] = (
    Column(
        "distance", "typical miss, px", "far", lambda entry: Cell(numbers.plain(entry.median_miss))
    ),
    *(
        Column[Entry](
            f"reach_{px}",
            f"within {px} px, %",
            "reach",
            partial(lambda px, entry: whole_cell(entry.estimate("reach", str(px))), px),
            leaves="unknown",
        )
        for px in (5, 10, 20, 50, 100)
    ),
)


def aim(runs: Sequence[ReportRun]) -> Table:
    """How far off clicks are: the median distance of the misses, and the share within r pixels."""
    asked = [entry for entry in report_entries(runs) if not entry.guessing and entry.asked]
    notes = (
        "Typical miss: half of the misses are nearer to the region. Within r px: the share of all clicks "
        "that are at most so far from it.",
    )
    return slim(Table("aim", "How far off", "model", AIM, model_rows(AIM, asked), notes))


EFFORT: tuple[Column[Entry], ...] = (
    Column(
        "seconds",
        "s per click",
        "time",
        lambda entry: Cell(numbers.seconds(entry.latency("p50"))),
        leaves="unknown",
    ),
    Column(
        "p95",
        "95 % within",
        "time",
        lambda entry: Cell(numbers.seconds(entry.latency("p95"))),
        leaves="unknown",
    ),
    Column(
        "input",
        "tokens in",
        "tokens",
        lambda entry: Cell(numbers.count(entry.tokens("input"))),
        leaves="unknown",
    ),
    Column(
        "output",
        "tokens out",
        "tokens",
        lambda entry: Cell(numbers.count(entry.tokens("output"))),
        leaves="unknown",
    ),
    Column(
        "cost",
        "cost",
        "cost",
        lambda entry: Cell(numbers.dollars(entry.cost_usd)),
        leaves="unknown",
    ),
    Column(
        "per_1000",
        "per 1000 clicks",
        "cost",
        lambda entry: Cell(numbers.dollars(entry.cost_per_1000_clicks)),
        leaves="unknown",
    ),
    Column(
        "per_hit",
        "per hit",
        "cost",
        lambda entry: Cell(numbers.dollars(entry.cost_per_hit)),
        leaves="unknown",
    ),
)


def effort(runs: Sequence[ReportRun]) -> Table:
    """Time, tokens and cost."""
    asked = [entry for entry in report_entries(runs) if entry.asked and not entry.guessing]
    notes = (
        "Time: half of the answers came sooner. Tokens and cost: all trials, absent targets included.",
        *cached_footers(asked),
    )
    return slim(Table("cost", "Time and cost", "model", EFFORT, model_rows(EFFORT, asked), notes))


def guessing(runs: Sequence[ReportRun]) -> Table:
    """What pointers hit that do not look, computed over the targets."""
    columns: tuple[Column[Entry], ...] = (
        Column("hit_rate", "hits, %", "rate", lambda entry: share_cell(entry.hit_rate)),
        *LEADERBOARD[2:4],
        Column(
            "macro",
            "every app alike",
            "rate",
            lambda entry: share_cell(entry.macro),
            leaves="unknown",
        ),
    )
    rows = model_rows(columns, [entry for entry in report_entries(runs) if entry.guessing])
    notes = (
        "Computed over the targets, so without intervals. The best point is the one fixed point of the "
        "screen that hits most, known only afterward.",
    )
    return Table("guessing", "Guessing", "model", columns, rows, notes)
