"""Summaries as tables, independent of the output format: columns, rows, footers. Pure.

A `Column` has the function that makes its cells, so adding a column takes one line. A
renderer (`terminal`, `markdown`, `latex`, the page) only lays tables out and escapes them. Row
labels and group names are untrusted text: made visible here, escaped by the renderer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from pointbench.report import footers, numbers
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, report_entries
from pointbench.trials import OUTCOMES

Item = TypeVar("Item")
"""The subject of a table's row: a model (`Entry`), a pair of models, a group's name ..."""


@dataclass(frozen=True)
class Cell:
    """``note`` is shown below or after ``text``, less prominently."""

    text: str
    note: str = ""
    estimate: ShownEstimate | None = None
    """The estimate behind ``text``; the table's footers explain what its interval generalizes to."""
    bar: bool = False
    """True if the page also draws the estimate as a bar."""

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


@dataclass(frozen=True)
class Column(ColumnHead, Generic[Item]):
    """A head and ``cell``, which makes the column's cell from a row's subject."""

    cell: Callable[[Item], Cell] = field(repr=False)


@dataclass(frozen=True)
class Row:
    """``label`` is one line of visible text; ``tags`` are words such as ``floor``, ``blind``.

    ``key`` is the label, or the name of the group, as in summary.json.
    """

    key: str
    label: str
    tags: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def floor(self) -> bool:
        return "floor" in self.tags


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
        Row(entry.label, entry.visible_label, entry.tags, cells(columns, entry))
        for entry in entries
    )


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


def share_text(estimate: ShownEstimate | None) -> str:
    """A share with its interval, approximate ones marked."""
    if estimate is None:
        return numbers.UNKNOWN
    return numbers.percent_with_interval(
        estimate.value, estimate.low, estimate.high, estimate.approximate
    )


def share_cell(estimate: ShownEstimate | None, note: str = "") -> Cell:
    """A share with its interval; ``note`` is left out if the share is unknown."""
    if estimate is None or estimate.value is None:
        note = ""
    return Cell(share_text(estimate), note, estimate)


def rate_cell(rate: ShownEstimate | None) -> Cell:
    """A rate with its interval and bar, hits over trials below it; ``exact`` if computed."""
    if rate is None or rate.value is None:
        return Cell(numbers.UNKNOWN)
    counts = "" if rate.hits is None else numbers.hits_of(rate.hits, rate.n)
    return Cell(share_text(rate), "exact" if rate.exact else counts, rate, bar=True)


def hits_cell(rate: ShownEstimate | None) -> Cell:
    """The note of a rate's cell, for a separate column."""
    return Cell(rate_cell(rate).note or numbers.UNKNOWN)


def false_clicks_cell(entry: Entry) -> Cell:
    """The share of absent targets that were clicked, with the counts."""
    share = entry.false_clicks
    return share_cell(share, numbers.hits_of(share.clicked, share.n) if share else "")


def horizon_text(entry: Entry, chance: float) -> str:
    """The number of clicks after which an unbroken row is less likely than ``chance``."""
    horizon = entry.horizon(chance)
    return numbers.clicks(horizon.value, horizon.low) if horizon else numbers.UNKNOWN


# --- columns that several tables have --------------------------------------------------------

LONGEST_STREAK = Column[Entry](
    "longest", "longest streak", "row", lambda entry: Cell(numbers.count(entry.longest_streak))
)


def in_a_row_column(k: int) -> Column[Entry]:
    """The chance of ``k`` correct clicks in a row, with its interval."""
    title = f"{numbers.count(k)} in a row (95 %)"
    return Column(f"in_a_row_{k}", title, "row", lambda entry: share_cell(entry.in_a_row(k)))


def horizon_column(chance: float) -> Column[Entry]:
    """The number of clicks after which an unbroken row is less likely than ``chance``."""
    title = f"clicks to {numbers.short_percent(chance)}"
    return Column(
        f"horizon_{chance}", title, "row", lambda entry: Cell(horizon_text(entry, chance))
    )


def _outcome_column(name: str) -> Column[Entry]:
    return Column(
        name,
        name.replace("_", " "),
        "outcomes",
        lambda entry: Cell(numbers.count(entry.outcomes[name])),
    )


# --- tables ----------------------------------------------------------------------------------

OUTCOME_COLUMNS: tuple[Column[Entry], ...] = (
    *(_outcome_column(name) for name in OUTCOMES),
    Column(
        "error_rate",
        "error rate",
        "answered",
        lambda entry: Cell(numbers.percent(entry.error_rate)),
    ),
    Column("missing", "missing", "answered", lambda entry: Cell(numbers.count(entry.missing))),
)
LEADERBOARD: tuple[Column[Entry], ...] = (
    Column("hit_rate", "hit rate (95 %)", "rate", lambda entry: share_cell(entry.hit_rate)),
    Column("hits", "hits/n", "rate", lambda entry: hits_cell(entry.hit_rate)),
    LONGEST_STREAK,
    in_a_row_column(10),
    horizon_column(0.5),
    Column("distance", "median miss", "far", lambda entry: Cell(numbers.pixels(entry.median_miss))),
    Column(
        "seconds",
        "time per click",
        "far",
        lambda entry: Cell(numbers.seconds(entry.latency("p50"))),
    ),
    Column("cost", "cost", "far", lambda entry: Cell(numbers.dollars(entry.cost_usd))),
    *OUTCOME_COLUMNS,
)


def leaderboard(runs: Sequence[ReportRun]) -> Table:
    """The leaderboard: each model's hit rate, clicks in a row, median miss, time, cost and outcomes."""
    rows = model_rows(LEADERBOARD, report_entries(runs))
    notes = footers.of_runs(runs)
    return Table("leaderboard", "Leaderboard", "model", LEADERBOARD, rows, notes)


def _rate_for_other_apps(entry: Entry) -> ShownEstimate | None:
    """The hit rate with its interval clustered by app, if there is one."""
    rate, by_app = entry.hit_rate, entry.hit_rate_by_app
    if rate is None or by_app is None:
        return rate
    return replace(by_app, value=rate.value, hits=rate.hits, n=rate.n)


RANKING: tuple[Column[Entry], ...] = (
    Column("rank", "rank", "rank", lambda entry: Cell(entry.rank or numbers.UNKNOWN), right=False),
    Column(
        "other_apps",
        "hit rate, other apps (95 %)",
        "rate",
        lambda entry: rate_cell(_rate_for_other_apps(entry)),
    ),
    Column("macro", "mean of apps (95 %)", "rate", lambda entry: rate_cell(entry.macro)),
    Column(
        "accuracy", "with absent targets (95 %)", "rate", lambda entry: rate_cell(entry.accuracy)
    ),
    Column(
        "icon", "on the icon itself (95 %)", "strict", lambda entry: rate_cell(entry.icon_hit_rate)
    ),
    Column("false_clicks", "false clicks (95 %)", "strict", false_clicks_cell),
)
RANKING_NOTES = (
    "Rank: by hit rate, with the ranks that the comparisons (after Holm) leave open; exact rows "
    "have none.",
    "Other apps: the hit rate with an interval clustered by app, for a claim about apps like those "
    "asked. Mean of apps: every app counts alike.",
    "On the icon itself: clicks inside the picture alone, over targets with a known icon box; "
    "stricter than the hit rate. False clicks: absent targets that were clicked all the same.",
)


def ranking(runs: Sequence[ReportRun]) -> Table:
    """Ranks with their uncertainty, and the hit rate under stricter and wider definitions."""
    rows = model_rows(RANKING, report_entries(runs))
    notes = (*RANKING_NOTES, *footers.of_table(runs, estimates(rows)))
    return Table("ranking", "Rank, and stricter rates", "model", RANKING, rows, notes)
