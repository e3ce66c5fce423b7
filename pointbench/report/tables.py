"""Summaries as tables, before any medium: columns, rows, footers. Pure.

A renderer (`terminal`, `markdown`, `latex`, the page) only lays these out and escapes them. Row
labels and group names are texts from outside, made visible here and escaped there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pointbench.report import footers, numbers
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, entries
from pointbench.trials import OUTCOMES


@dataclass(frozen=True)
class Column:
    """``group`` keeps columns together where a narrow terminal breaks a table in two."""

    key: str
    title: str
    group: str
    right: bool = True


@dataclass(frozen=True)
class Cell:
    """``note`` stands below or behind ``text``, less prominent; ``found`` is what a bar shows."""

    text: str
    note: str = ""
    found: ShownEstimate | None = None

    @property
    def joined(self) -> str:
        return f"{self.text}, {self.note}" if self.note else self.text


@dataclass(frozen=True)
class Row:
    """``label`` is one line of visible text; ``marks`` are words such as ``floor``, ``blind``.

    ``key`` is the label, or the name of the group, as summary.json has it.
    """

    key: str
    label: str
    marks: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def floor(self) -> bool:
        return "floor" in self.marks


@dataclass(frozen=True)
class Table:
    key: str
    title: str
    head: str
    """What the row labels are: ``model``, ``app`` ..."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footers: tuple[str, ...] = ()


def column_groups(table: Table) -> list[list[int]]:
    """The indices of the columns that belong together, in order."""
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(table.columns):
        groups.setdefault(column.group, []).append(index)
    return list(groups.values())


def pieces(table: Table, most: int = 8) -> list[Table]:
    """The table in pieces of at most ``most`` columns where groups allow, footers below the last."""
    parts: list[list[int]] = []
    for group in column_groups(table):
        if not parts or len(parts[-1]) + len(group) > most:
            parts.append([])
        parts[-1] += group
    return [
        replace(
            table,
            columns=tuple(table.columns[index] for index in part),
            rows=tuple(
                replace(row, cells=tuple(row.cells[index] for index in part)) for row in table.rows
            ),
            footers=table.footers if part is parts[-1] else (),
        )
        for part in parts
    ]


def share_text(found: ShownEstimate | None) -> str:
    """A share with its interval, approximate ones marked."""
    if found is None:
        return numbers.UNKNOWN
    return numbers.percent_with_interval(found.value, found.low, found.high, found.approximate)


def rate_cell(found: ShownEstimate | None) -> Cell:
    """A rate with its interval, hits over trials below it; ``exact`` where it is computed."""
    if found is None or found.value is None:
        return Cell(numbers.UNKNOWN)
    text = share_text(found)
    if found.exact:
        return Cell(text, "exact", found)
    return Cell(text, "" if found.hits is None else numbers.hits_of(found.hits, found.n), found)


def error_rate_text(entry: Entry) -> str:
    return numbers.percent(entry.number("error_rate"))


def horizon_text(entry: Entry, chance: str = "0.5") -> str:
    """The number of clicks after which an unbroken row is less likely than ``chance``."""
    found = entry.estimate("horizon", chance)
    return numbers.clicks(found.value, found.low) if found else numbers.UNKNOWN


_LEADERBOARD = (
    Column("hit_rate", "hit rate (95 %)", "rate"),
    Column("hits", "hits/n", "rate"),
    Column("longest", "longest streak", "row"),
    Column("ten", "10 in a row (95 %)", "row"),
    Column("horizon", "clicks to 50 %", "row"),
    Column("distance", "median miss", "far"),
    Column("seconds", "time a click", "far"),
    Column("cost", "cost", "far"),
)
_OUTCOMES = (
    *(Column(name, name.replace("_", " "), "outcomes") for name in OUTCOMES),
    Column("error_rate", "error rate", "answered"),
    Column("missing", "missing", "answered"),
)


def _leaderboard_cells(entry: Entry) -> tuple[Cell, ...]:
    rate = rate_cell(entry.hit_rate)
    ten = entry.estimate("in_a_row", "10")
    texts = (
        rate.text,
        rate.note or numbers.UNKNOWN,
        numbers.count(entry.longest_streak),
        share_text(ten),
        horizon_text(entry),
        numbers.pixels(entry.number("miss_distance", "median")),
        numbers.seconds(entry.number("latency_s", "p50")),
        numbers.dollars(entry.number("cost_usd")),
    )
    return tuple(Cell(text) for text in texts)


def _outcome_cells(entry: Entry) -> tuple[Cell, ...]:
    counts = entry.outcomes
    texts = [numbers.count(counts[name]) for name in OUTCOMES]
    return tuple(
        Cell(text) for text in (*texts, error_rate_text(entry), numbers.count(entry.missing))
    )


def leaderboard(runs: Sequence[ReportRun]) -> Table:
    """How often each model hits, how many times in a row, what went wrong, how far, how fast."""
    rows = tuple(
        Row(
            entry.label, entry.shown, entry.marks, _leaderboard_cells(entry) + _outcome_cells(entry)
        )
        for entry in entries(runs)
    )
    columns = _LEADERBOARD + _OUTCOMES
    return Table("leaderboard", "Leaderboard", "model", columns, rows, footers.of_runs(runs))


_RANKING = (
    Column("rank", "rank", "rank", right=False),
    Column("other_apps", "hit rate, other apps (95 %)", "rate"),
    Column("macro", "mean of apps (95 %)", "rate"),
    Column("accuracy", "with absent targets (95 %)", "rate"),
    Column("icon", "on the icon itself (95 %)", "strict"),
    Column("false_clicks", "false clicks (95 %)", "strict"),
)
RANKING_NOTES = (
    "Rank: by hit rate, with the ranks that the comparisons (after Holm) leave open; exact rows "
    "have none.",
    "Other apps: the hit rate with an interval clustered by app, for a claim about apps like those "
    "asked. Mean of apps: every app counts alike.",
    "On the icon itself: clicks inside the picture alone, over targets that say where it is; "
    "stricter than the hit rate. False clicks: absent targets that were clicked all the same.",
)


def ranking(runs: Sequence[ReportRun]) -> Table:
    """The rank and what it leaves open, and the hit rate in its stricter and wider readings."""
    rows, used = [], []
    for entry in entries(runs):
        rate, apps = entry.hit_rate, entry.estimate("hit_rate", "by_app")
        if rate is not None and apps is not None:
            wider = replace(apps, value=rate.value, hits=rate.hits, n=rate.n)
        else:
            wider = None
        false = entry.estimate("false_clicks")
        others = [entry.estimate(name) for name in ("macro", "accuracy", "icon_hit_rate")]
        cells = [Cell(entry.rank or numbers.UNKNOWN), rate_cell(wider or rate)]
        cells += [rate_cell(item) for item in others]
        clicked = None if false is None else numbers.hits_of(false.clicked, false.n)
        known = false is not None and false.value is not None
        cells.append(Cell(share_text(false), (clicked or "") if known else ""))
        rows.append(Row(entry.label, entry.shown, entry.marks, tuple(cells)))
        used += [wider, *others, false]
    notes = (*RANKING_NOTES, *footers.of_table(runs, used))
    return Table("ranking", "Rank, and stricter rates", "model", _RANKING, tuple(rows), notes)
