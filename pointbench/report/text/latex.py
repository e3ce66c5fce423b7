"""Tables as LaTeX for papers; needs the packages booktabs and textcomp, and UTF-8 input.

Every table is measured: it is as wide as a column of a two-column article at most, or, as ``table*``, as
the text of a one-column article, and is divided if it would be wider. Long labels are broken
into lines; in the leaderboard those of more than three are cut in their middle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pointbench.report import numbers
from pointbench.report.plain_text import visible
from pointbench.report.tables import Cell, ColumnHead, Row, Table, tells
from pointbench.report.text.latex_text import breakable, escape, prose, width
from pointbench.report.text.leaderboard import cut_labels
from pointbench.report.view import ReportView, SuiteView

COLUMN = 219.0
"""Points: the column of a two-column article at 10 pt, the narrowest that is usual."""
TEXT = 345.0
"""Points: the text of a one-column article at 10 pt, the widest that a ``table*`` may take."""
SEP = 2.5
"""Points on either side of a column (``\\tabcolsep``)."""
MOST_ROWS = 40
"""Rows of one table: a float must fit on a page."""
_LABEL = 110.0
_LEAST_LABEL = 50.0
_HEAD = 40.0
_CELL = 150.0
_LETTER = 4.6
"""Points of a usual letter."""


@dataclass(frozen=True)
class Options:
    """What a paper may want otherwise."""

    floor: bool = False
    """True for rows of guessing; without them the best guess is in the caption."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Label of a model -> what to call it."""


def report(view: ReportView, options: Options | None = None) -> str:
    """A report: the headline as comments, the leaderboard, and the tables that were asked for."""
    chosen = options or Options()
    names = _Names()
    head, tables = [], []
    if view.matrix is not None:
        tables += _table(_adapted(view.matrix, chosen), names("suites"))
    for suite in view.suites:
        if view.shown is None:
            lines = (suite.title, *suite.results, *suite.warnings)
            head += [f"% {line}" for line in lines]
            if tells(suite.leaderboard):
                tables.append(_leaderboard(suite, chosen, names(suite.suite)))
        if view.everything:
            head += [f"% {line}" for line in suite.methods]
        for table in suite.tables:
            if table.key == "leaderboard":
                tables.append(_leaderboard(suite, chosen, names(suite.suite)))
                continue
            title = f"{visible(suite.short_title)}: {table.title}"
            adapted = _adapted(replace(table, title=title), chosen, suite)
            tables += _table(adapted, names(f"{suite.suite}-{table.key}"))
    return "\n".join([*head, NEEDS, *_flushed(tables)])


MOST_TALL_ROWS = 8
"""Models whose labels may take three lines each in a table of one page."""

MOST_FLOATS = 8
"""Floats in a row that LaTeX is left to place."""


def _flushed(floats: Sequence[str]) -> Iterator[str]:
    """The floats, with a new page after every few: LaTeX holds a limited number of them."""
    for number, each in enumerate(floats, 1):
        yield each
        if number % MOST_FLOATS == 0 and number < len(floats):
            yield "\\clearpage\n"


NEEDS = "% Needs \\usepackage{booktabs,textcomp}"


def render(tables: Sequence[Table]) -> str:
    """Tables of any kind, each in one or more floats."""
    names = _Names()
    return "\n".join([NEEDS, *(part for each in tables for part in _table(each, names(each.key)))])


class _Names:
    """Names for ``\\label``, each of them once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, name: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "table"
        number, found = 1, plain
        while found in self._taken:
            number += 1
            found = f"{plain}-{number}"
        self._taken.add(found)
        return found


def _adapted(table: Table, options: Options, suite: SuiteView | None = None) -> Table:
    """The table with the models' other names, and without rows of guessing unless they are wanted."""
    named = options.labels
    order = suite.standing.order if suite else ()
    pairs = {
        f"{a} {b}": f"{named.get(a, a)} – {named.get(b, b)}" for a in order for b in order if a != b
    }
    rows = tuple(
        replace(row, label=visible(named.get(row.key) or pairs.get(row.key) or row.label))
        for row in table.rows
        if options.floor or not row.guessing or table.key == "guessing"
    )
    titles = {visible(label): visible(new) for label, new in named.items()}
    columns = tuple(
        replace(column, title=titles.get(column.title, column.title)) for column in table.columns
    )
    return replace(table, rows=rows, columns=columns)


# --- the leaderboard -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Set:
    """A column ready to be set: its head, its cells, their widths in points, and its alignment."""

    head: str
    cells: tuple[str, ...]
    points: float
    align: str
    """``r``, ``l``, or ``@{}l`` for a column that follows without a gap."""


def _leaderboard(suite: SuiteView, options: Options, name: str) -> str:
    """The leaderboard in one column of a two-column article; letters join models not told apart."""
    table = _adapted(suite.leaderboard, options)
    if not table.rows:  # nothing but guessing
        table = suite.leaderboard
    letters = _letters(suite)
    columns = [
        made
        for index, column in enumerate(table.columns)
        for made in _set_columns(
            column, [row.cells[index] for row in table.rows], table.rows, letters
        )
    ]
    labels = [_label(row) for row in table.rows]
    rest = sum(column.points + (0 if column.align[0] == "@" else 2 * SEP) for column in columns)
    room = max(_LEAST_LABEL, COLUMN - rest)
    # Two or three lines are enough, and with many models two; `--label` names what is longer.
    lines = 2.5 if len(labels) <= MOST_TALL_ROWS else 1.7
    labels = cut_labels(labels, int(lines * room / _LETTER))
    label_column = _label_column(table.head, labels, room)
    span = next((number for number, column in enumerate(columns) if column.head == _HITS), None)
    heads = [column.head for column in columns]
    if span is not None:
        heads[span : span + 3] = [rf"\multicolumn{{3}}{{c}}{{{_HITS}}}"]
    rows = [
        [label_column.cells[number], *(column.cells[number] for column in columns)]
        for number in range(len(table.rows))
    ]
    return _float(
        "table",
        _caption(suite, table, options, bool(letters)),
        f"tab:{name}",
        "".join(["l", *(column.align for column in columns)]),
        [[label_column.head, *heads]],
        rows,
        (),
    )


_HITS = "hits"
_TENTH_POWER = "$p^{10}$"
_SHORT = {"icons": "icon"}


def _set_columns(
    column: ColumnHead, cells: Sequence[Cell], rows: Sequence[Row], letters: Mapping[str, str]
) -> Iterator[_Set]:
    if column.key in ("rank", "horizon_0.5"):
        return
    if column.key == "hit_rate":
        marks = [letters.get(row.key, "") for row in rows]
        values = [cell.value for cell in cells]
        yield _Set(_HITS, tuple(map(escape, values)), max(map(width, values)), "r")
        most = max(map(len, marks), default=0)
        yield _Set(
            "", tuple(f"$^{{{mark}}}$" if mark else "" for mark in marks), 5.0 * most, "@{}l"
        )
        ends = [cell.interval for cell in cells]
        small = tuple(rf"{{\scriptsize {escape(text)}}}" if text else "" for text in ends)
        yield _Set("", small, max(width(text, small=True) for text in ends), "r")
        return
    head, texts = _SHORT.get(column.key, column.title), [cell.text for cell in cells]
    if column.key == "in_a_row_10":
        head = _TENTH_POWER
        texts = [
            numbers.percent(cell.estimate.value, "") if cell.estimate else cell.text
            for cell in cells
        ]
    points = max(14.0 if head == _TENTH_POWER else width(head), *map(width, texts))
    yield _Set(
        head if head == _TENTH_POWER else escape(head), tuple(map(escape, texts)), points, "r"
    )


def _letters(suite: SuiteView) -> dict[str, str]:
    """Label -> the letters of its groups of models that are not told apart; empty with fewer than two."""
    order = suite.standing.order
    if len(order) < 2:
        return {}
    groups = suite.standing.groups
    return {
        label: "".join(_letter(number) for number, group in enumerate(groups) if label in group)
        for label in order
    }


def _letter(number: int) -> str:
    """a, b, ... z, then with a prime."""
    return chr(ord("a") + number % 26) + "'" * (number // 26)


def _caption(suite: SuiteView, table: Table, options: Options, letters: bool) -> str:
    keys = {column.key for column in table.columns}
    rates = [
        row.cells[index].estimate
        for index, column in enumerate(table.columns)
        if column.key == "hit_rate"
        for row in table.rows
    ]
    known = [rate for rate in rates if rate is not None and rate.low is not None]
    level = numbers.short_percent((known[0].confidence if known else None) or 0.95)
    how = ", clustered by screenshot" if any("clustered" in rate.method for rate in known) else ""
    hits = f"Hits in % ({level} interval{how})"
    kinds = [word for key, word in (("icons", "on icons"), ("text", "on text")) if key in keys]
    text = f"{suite.title}. {hits}{', ' if kinds else ''}{' and '.join(kinds)}"
    parts = [breakable(text)]
    if "in_a_row_10" in keys:
        parts.append(rf"; {_TENTH_POWER}: ten drawn targets in a row, \%")
    notes = ["."]
    if letters:
        notes.append("Models that share a letter are not told apart (paired, Holm).")
    if any(rate.approximate for rate in known):
        notes.append(f"{numbers.APPROXIMATE}: from too few screenshots, or too few that differ.")
    guess = next((row for row in suite.leaderboard.rows if row.guessing), None)
    if guess is not None and not options.floor:
        value = next(
            cell.value
            for cell, column in zip(guess.cells, suite.leaderboard.columns, strict=True)
            if column.key == "hit_rate"
        )
        notes.append(f"Best fixed point: {value}.")
    return "".join(parts) + prose(" ".join(notes))


# --- any table -------------------------------------------------------------------------------


def _table(table: Table, name: str) -> list[str]:
    """The table in floats of at most `MOST_ROWS` rows, as wide as the text at most."""
    if not table.rows:
        return []
    widest = max(width(_label(row)) for row in table.rows)
    made = [_cells_of(table, index) for index in range(len(table.columns))]
    spare = TEXT - sum(column.points + 2 * SEP for column in made)
    label_points = min(widest, max(_LABEL, spare))
    parts: list[list[int]] = []
    room = 0.0
    for index, column in enumerate(made):
        needed = column.points + 2 * SEP
        if not parts or needed > room:
            parts.append([])
            room = TEXT - label_points
        parts[-1].append(index)
        room -= needed
    floats = []
    chunks = [
        (part, start, end)
        for start, end in _chunks(table.rows, label_points)
        for part in parts or [[]]
    ]
    for number, (part, start, end) in enumerate(chunks):
        rows = table.rows[start:end]
        columns = [made[index] for index in part]
        rest = sum(column.points + 2 * SEP for column in columns)
        label_column = _label_column(table.head, [_label(row) for row in rows], label_points)
        total = rest + label_column.points
        floats.append(
            _float(
                "table" if total <= COLUMN else "table*",
                breakable(table.title + (" (continued)" if number else "")),
                "" if number else f"tab:{name}",
                "".join(["l", *(column.align for column in columns)]),
                [[label_column.head, *(column.head for column in columns)]],
                [
                    [text, *(column.cells[start + place] for column in columns)]
                    for place, text in enumerate(label_column.cells)
                ],
                table.footers if number == len(chunks) - 1 else (),
            )
        )
    return floats


def _chunks(rows: Sequence[Row], points: float) -> list[tuple[int, int]]:
    """First row and end of each float, of at most `MOST_ROWS` lines where labels take several."""
    chunks, start, lines = [], 0, 0.0
    for number, row in enumerate(rows):
        # Lines broken at words are shorter than the room.
        needed = (
            max(1, math.ceil(1.4 * width(_label(row)) / points))
            if width(_label(row)) > points
            else 1
        )
        if number > start and lines + needed > MOST_ROWS:
            chunks.append((start, number))
            start, lines = number, 0
        lines += needed
    return [*chunks, (start, len(rows))]


def _cells_of(table: Table, index: int) -> _Set:
    """A column of any table: intervals and notes in small print, long heads in several lines."""
    column = table.columns[index]
    cells, widths = [], [0.0]
    for row in table.rows:
        cell = row.cells[index]
        more = ", ".join(
            part for part in (cell.interval and f"({cell.interval})", cell.note) if part
        )
        points = width(cell.value) + (width(" " + more, small=True) if more else 0.0)
        text = escape(cell.value) + (rf" {{\scriptsize {escape(more)}}}" if more else "")
        if points > _CELL:
            text, points = _broken(breakable(cell.joined), _CELL), _CELL
        cells.append(text)
        widths.append(points)
    lines = _head_lines(column.title, max(_HEAD, *widths))
    side = "r" if column.right else "l"
    head = escape(lines[0])
    if len(lines) > 1:
        head = _stack(side, lines)
    return _Set(head, tuple(cells), max(*widths, *map(width, lines)), side)


def _stack(side: str, lines: Sequence[str]) -> str:
    stacked = r"\\".join(map(escape, lines))
    return rf"\shortstack[{side}]{{{stacked}}}"


def _head_lines(title: str, room: float) -> list[str]:
    """A head in lines of at most ``room`` points."""
    lines = [""]
    for word in title.split(" "):
        for number, piece in enumerate(_pieces(word, room)):
            joined = f"{lines[-1]} {piece}" if lines[-1] and not number else lines[-1] + piece
            if lines[-1] and width(joined) > room:
                lines.append(piece)
            else:
                lines[-1] = joined
    return lines


def _pieces(word: str, room: float) -> Iterator[str]:
    for piece in re.split(r"(?<=[/?&@-])", word):
        rest = piece
        while width(rest) > room and len(rest) > 1:
            end = max(
                1, next(n for n in range(len(rest), 0, -1) if width(rest[:n]) <= room or n == 1)
            )
            yield rest[:end]
            rest = rest[end:]
        yield rest


def _label(row: Row) -> str:
    return f"{row.label} ({', '.join(row.tags)})" if row.tags else row.label


def _label_column(head: str, labels: Sequence[str], room: float) -> _Set:
    """The column of the labels; those that are too wide are broken into lines."""
    widest = max([width(head), *map(width, labels)])
    if widest <= room:
        return _Set(escape(head), tuple(map(escape, labels)), widest, "l")
    cells = tuple(
        escape(label) if width(label) <= room else _broken(breakable(label), room)
        for label in labels
    )
    return _Set(escape(head), cells, room, "l")


def _broken(text: str, points: float) -> str:
    return rf"\parbox[t]{{{points:.1f}pt}}{{\raggedright\hangindent=1em {text}\strut}}"


def _float(
    kind: str,
    caption: str,
    label: str,
    columns: str,
    heads: Sequence[Sequence[str]],
    rows: Sequence[Sequence[str]],
    footers: Sequence[str],
) -> str:
    lines = [
        rf"\begin{{{kind}}}[t]",
        # Long names in a caption or a note must not stick out; stretched lines are the lesser evil.
        rf"\centering\footnotesize\sloppy\setlength{{\tabcolsep}}{{{SEP}pt}}",
        rf"\caption{{{caption}}}\smallskip",
        *([rf"\label{{{label}}}"] if label else []),
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        *(_row(each) for each in heads),
        r"\midrule",
    ]
    lines += [_row(each) for each in rows]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if footers:
        notes = r"\\ ".join(breakable(line) for line in footers)
        lines.append(rf"\par\smallskip\parbox{{\linewidth}}{{\scriptsize\raggedright {notes}}}")
    return "\n".join([*lines, rf"\end{{{kind}}}", ""])


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
