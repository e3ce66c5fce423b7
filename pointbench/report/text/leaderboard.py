"""The leaderboard of a terminal: one table, one line a row, however narrow the terminal is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from pointbench.report.plain_text import first_cells, last_cells
from pointbench.report.tables import Cell, Row, Table

GAP = 2
"""Spaces between columns; one less between icons and text."""
LONG_LABEL = 26
"""Cells up to which the interval of the even chance makes room for a label."""
SHORT_LABEL = 18
"""Cells to which labels are cut before a column is left out."""
SHORTEST_LABEL = 8
WIDE = 80
"""From so many cells on, labels are cut to `SHORTEST_LABEL` before a column is left out."""

HEADS = {
    "rank": ("",),
    "icons": ("icon",),
    "in_a_row_10": ("10 in a row",),
    "horizon_0.5": ("even", "chance"),
}
"""Heads of columns, line by line, by key; other columns keep their titles."""
LAST = "horizon_0.5"


@dataclass(frozen=True)
class Laid:
    """The lines of a leaderboard, and what must be said below it."""

    heads: tuple[str, str]
    """Two lines; the first may be empty."""
    rows: tuple[tuple[str, bool], ...]
    """Each line, and whether it is of guessing."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Column:
    key: str
    head: tuple[str, ...]
    cells: tuple[str, ...]
    right: bool

    @property
    def width(self) -> int:
        return max(map(cell_len, (*self.head, *self.cells)))

    @property
    def gap(self) -> str:
        """What parts it from the column to its left."""
        return " " * (GAP - (self.key == "text"))

    @property
    def gives_way(self) -> bool:
        """True if the column is left out where room lacks; rank, hits and their interval never are."""
        return self.key not in ("rank", "hit_rate")


def lay(table: Table, width: int, ellipsis: str = "…") -> Laid:
    """The table at most ``width`` cells wide; its texts are in the terminal's encoding already.

    Where room lacks, the interval of the even chance goes first; then labels are cut in their middle,
    then columns are left out from the right, and named.
    """
    notes: list[str] = []
    texts = _labels(table.rows, notes)
    longest = max(map(cell_len, [*texts, table.head]))
    columns = _columns(table, whole=True)
    if _room(columns, width) < longest:
        columns = _columns(table, whole=False)
    least = min(longest, SHORT_LABEL if width < WIDE else SHORTEST_LABEL)
    left_out: list[str] = []
    while columns[-1].gives_way and _room(columns, width) < least:
        left_out.insert(0, " ".join(columns[-1].head))
        columns = columns[:-1]
    labels = cut_labels(texts, max(SHORTEST_LABEL, _room(columns, width)), ellipsis)
    if left_out:
        notes.append(f"Left out, for lack of room: {', '.join(left_out)}.")
    label_width = max(map(cell_len, [*labels, table.head]))
    upper = [column.head[0] if len(column.head) > 1 else "" for column in columns]
    lower = [column.head[-1] for column in columns]
    heads = (
        _line(columns, upper, "", label_width),
        _line(columns, lower, table.head, label_width),
    )
    rows = tuple(
        (
            _line(columns, [column.cells[number] for column in columns], label, label_width),
            row.guessing,
        )
        for number, (label, row) in enumerate(zip(labels, table.rows, strict=True))
    )
    return Laid(heads, rows, tuple(notes))


def _columns(table: Table, *, whole: bool) -> list[_Column]:
    """The columns in order; the even chance has its interval only if ``whole``."""
    columns = []
    for index, column in enumerate(table.columns):
        cells = [row.cells[index] for row in table.rows]
        if column.key == "hit_rate":
            texts = _rates(cells)
        elif column.key == LAST and not whole:
            texts = [cell.value for cell in cells]
        else:
            texts = [cell.text for cell in cells]
        head = HEADS.get(column.key, (column.title.replace(",", ""),))
        columns.append(_Column(column.key, head, tuple(texts), column.right))
    return columns


def _rates(cells: Sequence[Cell]) -> list[str]:
    """Rates and intervals, each in a column of its own: ``67.0  64.7–69.3``."""
    value = max(cell_len(cell.value) for cell in cells)
    ends = max(cell_len(cell.interval) for cell in cells)
    return [
        (_padded(cell.value, value) + "  " + _padded(cell.interval, ends) if ends else cell.value)
        for cell in cells
    ]


def _room(columns: Sequence[_Column], width: int) -> int:
    """The cells that the columns leave to the labels."""
    return width - sum(len(column.gap) + column.width for column in columns)


def _line(columns: Sequence[_Column], texts: Sequence[str], label: str, label_width: int) -> str:
    """One line; the rank stands before the label."""
    before, after = "", ""
    for column, text in zip(columns, texts, strict=True):
        if column.key == "rank":
            before = _padded(text, column.width, right=False) + " " * GAP
        else:
            after += column.gap + _padded(text, column.width, column.right)
    return (before + _padded(label, label_width, right=False) + after).rstrip()


def _padded(text: str, width: int, right: bool = True) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


# --- labels ----------------------------------------------------------------------------------


def _labels(rows: Sequence[Row], notes: list[str]) -> list[str]:
    """Labels with the marks beside them; long ones get asterisks, which a note explains."""
    whole = [f"{row.label} [{', '.join(row.tags)}]" if row.tags else row.label for row in rows]
    if max(map(cell_len, whole), default=0) <= LONG_LABEL:
        return whole
    kinds = list(dict.fromkeys(row.tags for row in rows if row.tags))
    marks = {tags: "*" * number for number, tags in enumerate(kinds, 1)}
    notes += [f"{marks[tags]} {', '.join(tags)}." for tags in kinds]
    return [row.label + (f" {marks[row.tags]}" if row.tags else "") for row in rows]


def cut_labels(labels: Sequence[str], width: int, ellipsis: str = "…") -> list[str]:
    """The labels at most ``width`` cells wide, cut in their middle, and different where they were."""
    cut = [_cut(label, width, ellipsis) for label in labels]
    taken: dict[str, set[str]] = {}
    for label, text in zip(labels, cut, strict=True):
        taken.setdefault(text, set()).add(label)
    for alike in taken.values():
        if len(alike) > 1:
            told = _told_apart(sorted(alike), width, ellipsis)
            cut = [told.get(label, text) for label, text in zip(labels, cut, strict=True)]
    return cut


def _cut(text: str, width: int, ellipsis: str, head: int | None = None) -> str:
    if cell_len(text) <= width:
        return text
    room = width - cell_len(ellipsis)
    first = first_cells(text, max(1, room // 2 if head is None else head))
    return first + ellipsis + last_cells(text, room - cell_len(first))


def _told_apart(labels: Sequence[str], width: int, ellipsis: str) -> dict[str, str]:
    """Cuts of labels that look alike when cut in the middle: elsewhere, or else numbered."""
    for cut in _other_cuts(labels, width, ellipsis):
        if len(set(cut)) == len(labels):
            return dict(zip(labels, cut, strict=True))
    return {
        label: _cut(label, width - len(str(number)) - 1, ellipsis) + f"~{number}"
        for number, label in enumerate(labels, 1)
    }


def _other_cuts(labels: Sequence[str], width: int, ellipsis: str) -> Iterator[list[str]]:
    """Cuts farther and farther to the right, then windows onto the first place where labels differ."""
    room = width - cell_len(ellipsis)
    for head in range(room // 2, room):
        yield [_cut(label, width, ellipsis, head) for label in labels]
    for tail in range(room // 2, room):
        yield [_cut(label, width, ellipsis, room - tail) for label in labels]
    start = 0
    while len({label[: start + 1] for label in labels}) == 1:
        start += 1
    inner = max(1, width - 2 * cell_len(ellipsis))
    begin = max(0, start - inner // 2)
    yield [ellipsis + first_cells(label[begin:] or " ", inner) + ellipsis for label in labels]
