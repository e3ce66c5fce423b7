"""The hit rate by kind, size, app, environment ...: one table for each way to divide the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import footers
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, entries
from pointbench.report.plain_text import shorten, visible
from pointbench.report.tables import Cell, Column, Row, Table, rate_cell

DIMENSIONS = {
    "kind": "By kind",
    "size_quartile": "By size of the region, from the smallest quarter to the largest",
    "app": "By app",
    "platform": "By platform",
    "variant": "By variant",
    "suite": "By suite",
}
"""What ``by`` of the summary is divided by, in the order of a report."""

MORE = {
    "resolution": "By resolution of the screenshot",
    "position": "By position on the screen",
}
"""What ``also_by`` is divided by, before the fields of the environment."""

ENVIRONMENT = "environment."
QUARTILES = {"q1": "smallest", "q2": "small", "q3": "large", "q4": "largest"}
LONGEST_NAME = 80
"""Characters of a group's name in a table; csv and json have it whole."""
MOST_COLUMNS = 6
"""With more groups than this, groups become the rows and models the columns."""

FLOOR = Column("floor", "floor, the best of it", "floor")
FLOOR_NOTE = (
    "Floor, the best of it: in each row the highest exact rate of random, center and best-constant; "
    "csv and json have each of them."
)


def breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """A table for each of `DIMENSIONS` that divides anything."""
    return _tables(runs, DIMENSIONS)


def more_breakdowns(runs: Sequence[ReportRun]) -> list[Table]:
    """By resolution, position on the screen, and each field of the environment."""
    return _tables(runs, more_dimensions(entries(runs)))


def more_dimensions(found: Sequence[Entry]) -> dict[str, str]:
    """The ways of ``also_by`` that any entry is divided by, with their titles."""
    names = sorted({name for entry in found for name in entry.facts.get("also_by") or {}})
    fields = [name for name in names if name.startswith(ENVIRONMENT)]
    titles = {name: f"By {group_title(name.removeprefix(ENVIRONMENT))}" for name in fields}
    return {name: MORE[name] for name in MORE if name in names} | titles


def _tables(runs: Sequence[ReportRun], dimensions: Mapping[str, str]) -> list[Table]:
    found = [breakdown(runs, name, title) for name, title in dimensions.items()]
    return [table for table in found if table is not None]


def breakdown(runs: Sequence[ReportRun], dimension: str, title: str) -> Table | None:
    """The hit rate by one dimension; None where that would divide nothing."""
    found = entries(runs)
    names = _names(found, dimension)
    if len(names) < 2:
        return None
    notes = footers.of_breakdown(runs, dimension, [entry.groups(dimension) for entry in found])
    if len(names) > MOST_COLUMNS:
        return _long(found, names, dimension, title, notes)
    columns = tuple(Column(name, group_title(name), name) for name in names)
    rows = tuple(
        Row(
            entry.label,
            entry.shown,
            entry.marks,
            tuple(rate_cell(entry.groups(dimension).get(name)) for name in names),
        )
        for entry in found
    )
    return Table(dimension, title, "model", columns, rows, notes)


def _long(
    found: Sequence[Entry],
    names: Sequence[str],
    dimension: str,
    title: str,
    notes: tuple[str, ...],
) -> Table:
    """Groups as rows; the three exact pointers of the floor share a column, for room."""
    estimated = [entry for entry in found if entry.model.exact is None]
    exact = [entry for entry in found if entry.model.exact is not None]
    groups = {entry.label: entry.groups(dimension) for entry in found}
    columns = [Column(entry.label, _headed(entry), entry.label) for entry in estimated]
    if exact:
        columns.append(FLOOR)
        notes = (FLOOR_NOTE, *notes)
    rows = []
    for name in names:
        cells = [rate_cell(groups[entry.label].get(name)) for entry in estimated]
        if exact:
            cells.append(_highest([groups[entry.label].get(name) for entry in exact]))
        rows.append(Row(name, group_title(name), (), tuple(cells)))
    head = dimension.removeprefix(ENVIRONMENT).replace("_", " ")
    return Table(dimension, title, group_title(head), tuple(columns), tuple(rows), notes)


def _highest(found: Sequence[ShownEstimate | None]) -> Cell:
    known = [item for item in found if item is not None and item.value is not None]
    return rate_cell(max(known, key=lambda item: item.value or 0.0) if known else None)


def _names(found: Sequence[Entry], dimension: str) -> list[str]:
    names = dict.fromkeys(name for entry in found for name in entry.groups(dimension))
    if dimension in ("variant", "position"):
        # In the order of the summary: as-is first, from the top left to the bottom right.
        return sorted(names, key=_place) if dimension == "position" else list(names)
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
    """The group as a reader sees it; a name from outside, its middle left out when it is long."""
    return QUARTILES.get(name) or shorten(visible(shorten(name, 400)), LONGEST_NAME) or "(none)"


def _headed(entry: Entry) -> str:
    return f"{entry.shown} ({', '.join(entry.marks)})" if entry.marks else entry.shown
