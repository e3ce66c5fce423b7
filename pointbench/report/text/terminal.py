"""Tables for a terminal. On a narrow one a table is split into several; nothing is dropped."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pointbench.report.plain_text import NARROWEST, label_lines, to_encoding, visible, wrapped
from pointbench.report.tables import Cell, ColumnHead, Row, Table, column_groups, tells
from pointbench.report.text import leaderboard
from pointbench.report.view import ReportView, SuiteView

GAP = 2
"""Spaces between columns."""
PAIR = " – "
"""Between the labels of a pair."""
HEAD = 18
"""Cells that a column's head may take although its cells are narrower."""
USUAL_WIDTH = 80
MOST_LINES = 20
"""Lines of a report at `USUAL_WIDTH` without the table's rows: 25 in all with four models and guessing."""
EMPTY_AND_HEADS = 4
"""The lines between a report's parts, and the two of the table's head."""
FEWEST_RESULTS = 3
"""Results that are shown however many warnings there are."""


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
            # Converted before it is laid out: a simpler character may be wider.
            _print(_in_encoding(table, encoding), console, printed, encoding)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return to_encoding("\n".join(lines) + "\n", encoding)


def _in_encoding(table: Table, encoding: str | None) -> Table:
    """The table with simpler characters in place of those that the terminal lacks."""
    say = partial(to_encoding, encoding=encoding)
    return replace(
        table,
        title=say(table.title),
        head=say(table.head),
        columns=tuple(replace(column, title=say(column.title)) for column in table.columns),
        rows=tuple(
            replace(
                row,
                label=say(row.label),
                tags=tuple(map(say, row.tags)),
                cells=tuple(
                    replace(
                        cell,
                        text=say(cell.text),
                        note=say(cell.note),
                        interval=say(cell.interval),
                    )
                    for cell in row.cells
                ),
            )
            for row in table.rows
        ),
        footers=tuple(map(say, table.footers)),
    )


def report(
    view: ReportView, width: int, color: bool = False, encoding: str | None = "utf-8"
) -> str:
    """A report: each suite's title, headline and leaderboard, then the tables that were asked for.

    By default a headline with many warnings has fewer results, left out from the end; ``--all`` has all.
    """
    say = partial(to_encoding, encoding=encoding)
    bold, plain = ("\x1b[1m", "\x1b[0m") if color else ("", "")
    last = [
        f"More: {'; '.join(view.next_steps)}",
        *([f"Page: {visible(view.page)}"] if view.page else []),
    ]
    parts = [render([view.matrix], width, color, encoding)] if view.matrix else []
    for suite in view.suites:
        if view.shown is None:
            title = wrapped(say(suite.title), width).split("\n")
            parts.append("".join(f"{bold}{line}{plain}\n" for line in title))
            most = None if view.everything else MOST_LINES - _lines_beside(suite, last)
            lines = _headline(suite, most)
            parts.append("".join(wrapped(say(line), width, "   ") + "\n" for line in lines))
            if tells(suite.leaderboard):
                # The upper line of its head is nearly empty, and stands for an empty line.
                parts[-1] += render([replace(suite.leaderboard, title="")], width, color, encoding)
            elif suite.leaderboard.footers:
                notes = " ".join(suite.leaderboard.footers)
                parts[-1] += "\n" + wrapped(say(notes), width) + "\n"
        parts.append(render(suite.tables, width, color, encoding) if suite.tables else "")
        if view.everything:
            lines = ["Methods", *suite.methods]
            parts.append("".join(wrapped(say(line), width) + "\n" for line in lines))
    text = "\n".join(part for part in parts if part)
    if view.shown is not None:
        return text
    end = "".join(wrapped(say(line), width) + "\n" for line in last)
    alone = view.everything or len(view.suites) > 1 or not tells(view.suites[0].leaderboard)
    return text + ("\n" if alone else "") + end


def _lines_beside(suite: SuiteView, last: Sequence[str]) -> int:
    """The lines of a report of one suite besides its headline and the rows of its table."""
    notes = [*suite.leaderboard.footers, *leaderboard.lay(suite.leaderboard, USUAL_WIDTH).notes]
    return _lines([suite.title, " ".join(notes), *last]) + EMPTY_AND_HEADS


def _lines(texts: Sequence[str]) -> int:
    """The lines that the texts take at the usual width."""
    return sum(wrapped(text, USUAL_WIDTH, "   ").count("\n") + 1 for text in texts)


def _headline(suite: SuiteView, most: int | None) -> list[str]:
    """The headline's sentences, numbered, in about ``most`` lines; a warning begins with ``!``."""
    results = [f"{number:2d} {line}" for number, line in enumerate(suite.results, 1)]
    warnings = [f" ! {line}" for line in suite.warnings]
    while most is not None and len(results) > FEWEST_RESULTS and _lines(results + warnings) > most:
        results.pop()
    return results + warnings


def _print(table: Table, console: Console, printed: set[str], encoding: str | None) -> None:
    """Prints one table and its footers, except footers already ``printed`` below an earlier table."""
    if table.title:
        for line in wrapped(table.title, console.width).split("\n"):
            console.print(Text(line, style="bold"))
    footers = [line for line in table.footers if line not in printed]
    printed.update(table.footers)
    if table.key == "leaderboard" and table.rows:
        _print_leaderboard(table, console, footers, encoding)
        return
    label_width = _label_width(table, console.width)
    for number, part in enumerate(_parts(table, console.width - label_width - GAP)):
        if number:
            console.print()
        console.print(_rich_table(table, part, label_width))
    for line in footers:
        console.print(
            Text(wrapped(f"{to_encoding('•', encoding)} {line}", console.width, "  "), style="dim")
        )


def _print_leaderboard(
    table: Table, console: Console, footers: Sequence[str], encoding: str | None
) -> None:
    laid = leaderboard.lay(table, console.width, to_encoding("…", encoding))
    for line in laid.heads:
        console.print(Text(line, style="dim"))
    for line, guessing in laid.rows:
        console.print(Text(line, style="dim" if guessing else ""))
    notes = " ".join([*footers, *laid.notes])
    if notes:
        console.print()
        console.print(Text(wrapped(notes, console.width), style="dim"))


def _label_width(table: Table, width: int) -> int:
    widest = max([cell_len(table.head), *(cell_len(_full_label(row)) for row in table.rows)])
    return min(widest, max(20, width // 3))


def _full_label(row: Row) -> str:
    return f"{row.label} [{', '.join(row.tags)}]" if row.tags else row.label


def _column_width(table: Table, index: int) -> int:
    texts = []
    for row in table.rows:
        cell = row.cells[index]
        texts += [_on_one_line(cell)] if _many_rows(table) else [cell.text, cell.note]
    widest = max(map(cell_len, texts), default=0)
    return GAP + min(40, max(widest, *map(cell_len, _head_lines(table.columns[index], widest))))


def _head_lines(column: ColumnHead, widest: int) -> list[str]:
    """A head in lines about as wide as the cells below it."""
    return label_lines(column.title, max(HEAD, widest))


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
        width = _column_width(table, index) - GAP
        rich_table.add_column(
            Text("\n".join(_head_lines(column, width))),
            justify="right" if column.right else "left",
            width=width,
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
    """A label in lines of at most ``width`` cells; a pair of models is broken between them first."""
    first, dash, second = label.partition(PAIR)
    if not dash or cell_len(label) <= width:
        return label_lines(label, width)
    return [*label_lines(first + PAIR.rstrip(), width), *label_lines(second, width)]
