"""Tables of the hit rate by kind, size, app, environment ..., one per dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers, numbers, words
from pointbench.report.entries import Entry, ReportRun, report_entries
from pointbench.report.plain_text import shorten, visible
from pointbench.report.tables import (
    Cell,
    Column,
    Row,
    Table,
    cells,
    model_rows,
    one_guess,
    rate_cell,
)

DIMENSIONS = words.DIMENSIONS
"""The dimensions under ``by`` of the summary and their titles, in the order of a report."""

ENVIRONMENT = "environment."
QUARTILES = ("q1", "q2", "q3", "q4")
SHORT_SIDES = ("under 16", "16-24", "24-32", "32-48", "48 and up")
TAGS = ("tag", "tag_kind")
UNTAGGED = "none"
"""The group of targets without a tag, as summary.json names it; followed by the kind in ``tag_kind``."""
LONGEST_NAME = 80
"""Most characters of a group's name in a table; csv and json have the full name."""
MOST_COLUMNS = 6
"""With more groups than this, groups become the rows and models the columns."""

BEST_GUESS = "guessing"
"""Key of the column with the best rate of the pointers that guess in each group."""
BEST_GUESS_NOTE = (
    "Best guess: in each row the highest rate of pointing at random, at the middle and at the best "
    "fixed point; csv and json have each of them."
)


def breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """A table for each of `DIMENSIONS` with more than one group."""
    return _tables(runs, DIMENSIONS)


def more_breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """By resolution, position on the screen, and each field of the environment."""
    return _tables(runs, more_dimensions(report_entries(runs)))


def environment(runs: Sequence[ReportRun]) -> list[Table]:
    """A table for each field of the screenshots' environment."""
    more = more_dimensions(report_entries(runs))
    return _tables(
        runs, {name: title for name, title in more.items() if name.startswith(ENVIRONMENT)}
    )


def more_dimensions(entries: Sequence[Entry]) -> dict[str, str]:
    """The dimensions under ``also_by`` that any entry has, with their titles."""
    names = sorted({name for entry in entries for name in entry.also_by})
    fields = [name for name in names if name.startswith(ENVIRONMENT)]
    titles = {name: f"By {group_title(name.removeprefix(ENVIRONMENT))}" for name in fields}
    return {name: title for name, title in words.MORE_DIMENSIONS.items() if name in names} | titles


def _tables(runs: Sequence[ReportRun], dimensions: Mapping[str, str]) -> list[Table]:
    tables = [breakdown(runs, name, title) for name, title in dimensions.items()]
    return [table for table in tables if table is not None]


def breakdown(runs: Sequence[ReportRun], dimension: str, title: str) -> Table | None:
    """The hit rate by one dimension, best model first; None if all targets are in one group."""
    entries = report_entries(runs)
    names = _names(entries, dimension)
    if len(names) < 2 or (
        dimension in TAGS and all(name.partition(" ")[0] == UNTAGGED for name in names)
    ):
        return None
    heads = _heads(runs, dimension)
    shown = [entry.groups(dimension) for entry in entries]
    notes = footers.of_breakdown(runs, dimension, shown)
    title = f"{title}: hits, % (95 %)"
    if len(names) > MOST_COLUMNS:
        return _long(entries, names, dimension, title, notes)
    columns = tuple(_group_column(dimension, name, heads.get(name)) for name in names)
    return Table(dimension, title, "model", columns, model_rows(columns, one_guess(entries)), notes)


def _heads(runs: Sequence[ReportRun], dimension: str) -> Mapping[str, str]:
    """The groups' heads where their names in summary.json are no words."""
    if dimension == "variant":
        return words.VARIANTS
    cuts = runs[0].summary.get("run", {}).get("size_quartiles_px2") if runs else None
    if dimension == "size_quartile" and cuts:
        first, second, third = (numbers.plain(cut) for cut in cuts)
        texts = (f"up to {first} px²", f"to {second}", f"to {third}", "above")
        return dict(zip(QUARTILES, texts, strict=True))
    return {}


def _group_column(dimension: str, name: str, head: str | None) -> Column[Entry]:
    return Column(
        name,
        head or group_title(name),
        name,
        lambda entry: rate_cell(entry.groups(dimension).get(name)),
    )


def _long(
    entries: Sequence[Entry],
    names: Sequence[str],
    dimension: str,
    title: str,
    notes: tuple[str, ...],
) -> Table:
    """A breakdown with groups as rows; the pointers that guess share one column, to save width."""
    columns = [_model_column(entry, dimension) for entry in entries if not entry.guessing]
    guessing = [entry for entry in entries if entry.guessing]
    if guessing:
        columns.append(_guessing_column(guessing, dimension))
        notes = (BEST_GUESS_NOTE, *notes)
    rows = tuple(Row(name, group_title(name), (), cells(columns, name)) for name in names)
    head = dimension.removeprefix(ENVIRONMENT).replace("_", " ")
    return Table(dimension, title, group_title(head), tuple(columns), rows, notes)


def _model_column(entry: Entry, dimension: str) -> Column[str]:
    """One model's rate in each group; the rows are the groups' names."""
    marks = f" ({', '.join(entry.marks)})" if entry.marks else ""
    groups = entry.groups(dimension)
    return Column(
        entry.label,
        f"{entry.visible_label}{marks}",
        entry.label,
        lambda name: rate_cell(groups.get(name)),
    )


def _guessing_column(guessing: Sequence[Entry], dimension: str) -> Column[str]:
    guesses = [entry.groups(dimension) for entry in guessing]

    def highest(name: str) -> Cell:
        rates = [rate for guess in guesses if (rate := guess.get(name)) and rate.value is not None]
        return rate_cell(max(rates, key=lambda rate: rate.value or 0.0, default=None))

    return Column(BEST_GUESS, words.BEST_GUESS, BEST_GUESS, highest)


def _names(entries: Sequence[Entry], dimension: str) -> list[str]:
    """The groups' names in the order of a table."""
    names = dict.fromkeys(name for entry in entries for name in entry.groups(dimension))
    if dimension == "variant":
        return list(names)  # in the order of the summary, as-is first
    if dimension == "short_side":
        return sorted(names, key=_side)
    if dimension == "position":
        return sorted(names, key=_place)
    if dimension == "resolution":
        return sorted(names, key=_pixels)
    return sorted(names)


_LINES, _COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")
_PLACES = [f"{line} {column}" for line in _LINES for column in _COLUMNS]


def _place(name: str) -> int:
    return _PLACES.index(name) if name in _PLACES else len(_PLACES)


def _side(name: str) -> int:
    return SHORT_SIDES.index(name) if name in SHORT_SIDES else len(SHORT_SIDES)


def _pixels(resolution: str) -> tuple[int, str]:
    sides = resolution.split("x")
    known = len(sides) == 2 and all(side.isdecimal() for side in sides)
    return int(sides[0]) * int(sides[1]) if known else 0, resolution


def group_title(name: str) -> str:
    """The group's name for display: untrusted text made visible, long names without their middle."""
    return shorten(visible(shorten(name, 400)), LONGEST_NAME) or "(none)"
