"""Tables for a terminal. On a narrow one a table is split into several; nothing is dropped."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pointbench.report.plain_text import NARROWEST, to_encoding, wrapped
from pointbench.report.tables import Cell, Row, Table, column_groups
from pointbench.report.view import ReportView, SuiteView

GAP = 2
"""Spaces between columns."""


def render(
    tables: Sequence[Table], width: int, color: bool = False, encoding: str | None = "utf-8"
) -> str:
    """The tables as text at most ``width`` cells wide; escape sequences only with ``color``."""
    console = Console(
        file=io.StringIO(),
        width=max(NARROWEST, width),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    with console.capture() as capture:
        printed: set[str] = set()
        for number, table in enumerate(tables):
            if number:
                console.print()
            _print(table, console, printed)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return to_encoding("\n".join(lines) + "\n", encoding)


def report(
    view: ReportView, width: int, color: bool = False, encoding: str | None = "utf-8"
) -> str:
    """A report: each suite's title, headline and leaderboard, then the tables that were asked for."""
    parts = [render([view.matrix], width, color, encoding)] if view.matrix else []
    for suite in view.suites:
        lines = [] if view.shown is not None else [suite.title, "", *_headline(suite, width)]
        parts.append(to_encoding("\n".join(lines) + "\n", encoding) if lines else "")
        board = [] if view.shown is not None else [replace(suite.leaderboard, title="")]
        parts.append(render([*board, *suite.tables], width, color, encoding))
        if view.everything:
            lines = ["Methods", *(wrapped(line, width) for line in suite.methods)]
            parts.append(to_encoding("\n".join(lines) + "\n", encoding))
    if view.shown is None:
        more = "; ".join(view.next_steps)
        parts.append(to_encoding(wrapped(f"More: {more}", width) + "\n", encoding))
    return "\n".join(part for part in parts if part)


def _headline(suite: SuiteView, width: int) -> list[str]:
    numbered = [f"{number:2d} {line}" for number, line in enumerate(suite.results, 1)]
    return [
        textwrap.fill(
            line.replace(" %", "\u00a0%"), max(NARROWEST, width), subsequent_indent="   "
        ).replace("\u00a0%", " %")
        for line in [*numbered, *(f" ! {line}" for line in suite.warnings)]
    ]


def _print(table: Table, console: Console, printed: set[str]) -> None:
    """Prints one table and its footers, except footers already ``printed`` below an earlier table."""
    if table.title:
        console.print(Text(table.title, style="bold"))
    label_width = _label_width(table, console.width)
    for number, part in enumerate(_parts(table, console.width - label_width - GAP)):
        if number:
            console.print()
        console.print(_rich_table(table, part, label_width))
    for line in table.footers:
        if line not in printed:
            console.print(_hanging(line, console.width))
    printed.update(table.footers)


def _hanging(line: str, width: int) -> Text:
    wrapped = Text(line).wrap(Console(width=width), max(20, width - 2))
    return Text("\n", style="dim").join(
        Text("  " if number else "• ", style="dim").append_text(part)
        for number, part in enumerate(wrapped)
    )


def _label_width(table: Table, width: int) -> int:
    widest = max([cell_len(table.head), *(cell_len(_full_label(row)) for row in table.rows)])
    return min(widest, max(20, width // 3))


def _full_label(row: Row) -> str:
    return f"{row.label} [{', '.join(row.tags)}]" if row.tags else row.label


def _column_width(table: Table, index: int) -> int:
    texts = [table.columns[index].title]
    for row in table.rows:
        cell = row.cells[index]
        texts += [_on_one_line(cell)] if _many_rows(table) else [cell.text, cell.note]
    return GAP + min(40, max(cell_len(text) for text in texts))


def _parts(table: Table, width: int) -> list[list[int]]:
    """Column indices of each piece of the table; columns of one group stay together."""
    parts: list[list[int]] = []
    room = 0
    for group in column_groups(table):
        # A group too wide for one line is split after all.
        fits = sum(_column_width(table, index) for index in group) <= width + GAP
        for piece in [group] if fits else [[index] for index in group]:
            needed = sum(_column_width(table, index) for index in piece)
            if not parts or needed > room:
                parts.append([])
                # The last column of a line needs no gap after it.
                room = width + GAP
            parts[-1] += piece
            room -= needed
    return parts


def _rich_table(table: Table, indices: Sequence[int], label_width: int) -> RichTable:
    rich_table = RichTable(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    rich_table.add_column(Text(table.head), width=label_width, overflow="fold")
    for index in indices:
        column = table.columns[index]
        rich_table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            width=_column_width(table, index) - GAP,
            overflow="fold",
        )
    for row in table.rows:
        cells = [_cell(row.cells[index], _many_rows(table)) for index in indices]
        label = _label(row, label_width)
        rich_table.add_row(label, *cells, style="dim" if row.guessing else "")
    return rich_table


def _many_rows(table: Table) -> bool:
    """True for a table with a row per group, whose notes are shown after their cells, not below."""
    return table.head != "model"


def _on_one_line(cell: Cell) -> str:
    return f"{cell.text}  {cell.note:>7}" if cell.note else cell.text


def _cell(cell: Cell, on_one_line: bool) -> Text:
    if on_one_line:
        return Text(_on_one_line(cell))
    text = Text(cell.text)
    return text.append(f"\n{cell.note}", style="dim") if cell.note else text


def _label(row: Row, width: int) -> Text:
    lines = _label_lines(row.label, width)
    tags = f"[{', '.join(row.tags)}]" if row.tags else ""
    text = Text("\n".join(lines))
    if not tags:
        return text
    fits = cell_len(lines[-1]) + 1 + cell_len(tags) <= width
    return text.append(f"{' ' if fits else chr(10)}{tags}", style="dim")


def _label_lines(label: str, width: int) -> list[str]:
    """A label in lines of at most ``width`` cells if possible, broken only after ``/ ? & @ -``."""
    lines = [""]
    for piece in re.split(r"(?<=[/?&@-])", label):
        if lines[-1] and cell_len(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece
    return lines
