"""Tables of the hit rate by kind, size, app, environment ..., one per dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers
from pointbench.report.entries import Entry, ReportRun, report_entries
from pointbench.report.plain_text import shorten, visible
from pointbench.report.tables import Cell, Column, Row, Table, cells, model_rows, rate_cell

DIMENSIONS = {
    "kind": "By kind",
    "size_quartile": "By size of the region, from the smallest quarter to the largest",
    "app": "By app",
    "platform": "By platform",
    "variant": "By variant",
    "suite": "By suite",
}
"""The dimensions under ``by`` of the summary and their titles, in the order of a report."""

MORE = {
    "resolution": "By resolution of the screenshot",
    "position": "By position on the screen",
}
"""The dimensions under ``also_by``, except fields of the environment."""

ENVIRONMENT = "environment."
QUARTILES = {"q1": "smallest", "q2": "small", "q3": "large", "q4": "largest"}
LONGEST_NAME = 80
"""Most characters of a group's name in a table; csv and json have the full name."""
MOST_COLUMNS = 6
"""With more groups than this, groups become the rows and models the columns."""

FLOOR = "floor"
"""Key of the column with the best rate of the exact pointers in each group."""
FLOOR_NOTE = (
    "Floor, the best of it: in each row the highest exact rate of random, center and best-constant; "
    "csv and json have each of them."
)


def breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """A table for each of `DIMENSIONS` with more than one group."""
    return _tables(runs, DIMENSIONS)


def more_breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """By resolution, position on the screen, and each field of the environment."""
    return _tables(runs, more_dimensions(report_entries(runs)))


def more_dimensions(entries: Sequence[Entry]) -> dict[str, str]:
    """The dimensions under ``also_by`` that any entry has, with their titles."""
    names = sorted({name for entry in entries for name in entry.also_by})
    fields = [name for name in names if name.startswith(ENVIRONMENT)]
    titles = {name: f"By {group_title(name.removeprefix(ENVIRONMENT))}" for name in fields}
    return {name: MORE[name] for name in MORE if name in names} | titles


def _tables(runs: Sequence[ReportRun], dimensions: Mapping[str, str]) -> list[Table]:
    tables = [breakdown(runs, name, title) for name, title in dimensions.items()]
    return [table for table in tables if table is not None]


def breakdown(runs: Sequence[ReportRun], dimension: str, title: str) -> Table | None:
    """The hit rate by one dimension; None if all targets are in one group."""
    entries = report_entries(runs)
    names = _names(entries, dimension)
    if len(names) < 2:
        return None
    notes = footers.of_breakdown(runs, dimension, [entry.groups(dimension) for entry in entries])
    if len(names) > MOST_COLUMNS:
        return _long(entries, names, dimension, title, notes)
    columns = tuple(_group_column(dimension, name) for name in names)
    return Table(dimension, title, "model", columns, model_rows(columns, entries), notes)


def _group_column(dimension: str, name: str) -> Column[Entry]:
    return Column(
        name, group_title(name), name, lambda entry: rate_cell(entry.groups(dimension).get(name))
    )


def _long(
    entries: Sequence[Entry],
    names: Sequence[str],
    dimension: str,
    title: str,
    notes: tuple[str, ...],
) -> Table:
    """A breakdown with groups as rows; the three exact pointers share one column, to save width."""
    columns = [_model_column(entry, dimension) for entry in entries if entry.model.exact is None]
    exact = [entry for entry in entries if entry.model.exact is not None]
    if exact:
        columns.append(_floor_column(exact, dimension))
        notes = (FLOOR_NOTE, *notes)
    rows = tuple(Row(name, group_title(name), (), cells(columns, name)) for name in names)
    head = dimension.removeprefix(ENVIRONMENT).replace("_", " ")
    return Table(dimension, title, group_title(head), tuple(columns), rows, notes)


def _model_column(entry: Entry, dimension: str) -> Column[str]:
    """One model's rate in each group; the rows are the groups' names."""
    tags = f" ({', '.join(entry.tags)})" if entry.tags else ""
    groups = entry.groups(dimension)
    return Column(
        entry.label,
        f"{entry.visible_label}{tags}",
        entry.label,
        lambda name: rate_cell(groups.get(name)),
    )


def _floor_column(exact: Sequence[Entry], dimension: str) -> Column[str]:
    floors = [entry.groups(dimension) for entry in exact]

    def highest(name: str) -> Cell:
        rates = [rate for floor in floors if (rate := floor.get(name)) and rate.value is not None]
        return rate_cell(max(rates, key=lambda rate: rate.value or 0.0, default=None))

    return Column(FLOOR, "floor, the best of it", FLOOR, highest)


def _names(entries: Sequence[Entry], dimension: str) -> list[str]:
    """The groups' names in the order of a table."""
    names = dict.fromkeys(name for entry in entries for name in entry.groups(dimension))
    if dimension == "variant":
        return list(names)  # in the order of the summary, as-is first
    if dimension == "position":
        return sorted(names, key=_place)
    if dimension == "resolution":
        return sorted(names, key=_pixels)
    return sorted(names)


_LINES, _COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")
_PLACES = [f"{line} {column}" for line in _LINES for column in _COLUMNS]


def _place(name: str) -> int:
    return _PLACES.index(name) if name in _PLACES else len(_PLACES)


def _pixels(resolution: str) -> tuple[int, str]:
    sides = resolution.split("x")
    known = len(sides) == 2 and all(side.isdecimal() for side in sides)
    return int(sides[0]) * int(sides[1]) if known else 0, resolution


def group_title(name: str) -> str:
    """The group's name for display: untrusted text made visible, long names without their middle."""
    return QUARTILES.get(name) or shorten(visible(shorten(name, 400)), LONGEST_NAME) or "(none)"
