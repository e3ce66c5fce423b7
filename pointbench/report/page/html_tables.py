"""Renders tables as HTML, and a model's label with its marker and marks.

No table scrolls sideways: where one does not fit, each row becomes a card, with its columns' heads in
front of its cells. `card_style` makes the rules for that, by the width that a table needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pointbench.report.entries import Entry
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import marker_icon
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import shorten
from pointbench.report.tables import Cell, Column, ColumnHead, Item, Row, Table, cells

LONGEST_LABEL = 60
"""Most characters of a model's label in a table; longer ones lose their middle."""
WIDTHS = (24, 32, 40, 48, 56, 64, 72, 80)
"""Widths in rem below which tables become cards; a table has the first one that it fits."""
MOST_HEADS = 13
"""Most columns of models in a colored table."""
HEADS = """
.mN thead .name, .mN .brief .model > span {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
CARDS = """
.wW thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.wW, .wW tbody, .wW tr { display: block; }
.wW tr { padding: .45rem 0; border-top: 1px solid var(--rule); }
.wW tr > * { border: 0; padding: .05rem 0; display: block; max-width: none; text-align: left; }
.wW td { display: flex; justify-content: space-between; gap: 1rem; white-space: normal; text-align: right; }
.wW td::before { content: attr(data-label); color: var(--soft); text-align: left; }
.wW td::before, .wW td > * { overflow-wrap: anywhere; min-width: 0; }
.wW td:not(.left) > span { white-space: nowrap; flex: none; }
.wW td.drawing { display: block; }
.wW td.drawing::before { content: none; }
"""


@dataclass(frozen=True)
class DrawingColumn:
    """A column of drawings in front of a table's numbers."""

    title: str
    """For screen readers only."""
    draw: Callable[[Entry], Html]


def card_style() -> str:
    """The style sheet's rules for tables in narrow containers."""
    rules = [
        f"@container (max-width: {width - 0.01}rem) {{{CARDS.replace('wW', f'w{width}')}}}\n"
        for width in WIDTHS
    ]
    # A head of a colored table needs 4.4 rem to have its label beside the marker.
    rules += [
        f"@container (max-width: {12 + 4.4 * count:.1f}rem) {{{HEADS.replace('mN', f'm{count}')}}}\n"
        for count in range(2, MOST_HEADS + 1)
    ]
    return CARDS.replace("wW", "w0") + "".join(rules)


def label(entry: Entry, marker: Marker) -> Html:
    """The model's marker, its label, and its marks such as ``saw no picture``; guessing has no marker."""
    marks = [el("span", mark, class_="tag") for mark in entry.marks]
    name = el("bdi", shorten(entry.shown_label, LONGEST_LABEL))
    icon = None if entry.guessing else marker_icon(marker)
    return el("span", icon, el("span", name, marks), class_="model")


def data_table(
    table: Table,
    entries: Sequence[Entry],
    markers: Markers,
    drawing: DrawingColumn | None = None,
) -> Html:
    """A table with its footers. Its rows or its columns are the models, or neither."""
    by_label = {entry.label: entry for entry in entries}

    def head(key: str, text: str) -> Html:
        entry = by_label.get(key)
        return el("bdi", text) if entry is None else label(entry, markers[entry.label])

    heads = [
        el("th", head(column.key, column.title), scope="col", class_=_side(column))
        for column in table.columns
    ]
    if drawing is not None:
        heads.insert(0, el("th", el("span", drawing.title, class_="visually-hidden"), scope="col"))
    rows = []
    for row in table.rows:
        tds = [
            el(
                "td",
                _contents(cell),
                class_=_side(column),
                data_label=shorten(column.title, LONGEST_LABEL),
            )
            for column, cell in zip(table.columns, row.cells, strict=True)
        ]
        if drawing is not None:
            tds.insert(0, el("td", drawing.draw(by_label[row.key]), class_="drawing"))
        first = el("th", head(row.key, row.label), scope="row")
        rows.append(el("tr", first, tds, class_="guess" if row.guessing else None))
    top = el("tr", el("th", table.head, scope="col"), heads)
    return join(
        _named(table.title, el("thead", top), el("tbody", rows), class_=_width(table, drawing)),
        notes(table.footers),
    )


def item_table(
    caption: str, columns: Sequence[Column[Item]], items: Sequence[Item], *, first: Column[Item]
) -> Html:
    """A table whose rows are not models; cells of ``first`` are the rows' heads."""
    rows = tuple(
        Row(cell.text, cell.text, (), cells(columns, item))
        for item in items
        for cell in (first.cell(item),)
    )
    return data_table(Table(caption, caption, first.title, tuple(columns), rows), (), {})


def text_table(name: str, columns: Sequence[Column[Item]], items: Sequence[Item]) -> Html:
    """A table without row heads; columns aligned to the left contain untrusted text."""
    heads = [el("th", column.title, scope="col", class_=_side(column)) for column in columns]
    rows = [
        el(
            "tr",
            [
                el("td", el("bdi", column.cell(item).text), class_=_side(column))
                for column in columns
            ],
        )
        for item in items
    ]
    return _named(name, el("thead", el("tr", heads)), el("tbody", rows), class_="texts")


def notes(lines: Sequence[str]) -> Html | None:
    """The table's footnotes as a bulleted list; None if there are none."""
    return el("ul", [el("li", line) for line in lines], class_="notes") if lines else None


def section(title: str, *children: object, id_: str | None = None) -> Html:
    return el("section", el("h2", title, id=id_), el("div", *children, class_="wide"))


def fold(title: object, *children: object, id_: str | None = None) -> Html:
    """Content behind its title, which opens it."""
    return el(
        "details",
        el("summary", title),
        el("div", *children, class_="wide"),
        class_="fold",
        id=id_,
    )


def note(text: str) -> Html:
    return el("p", text, class_="note")


def named_table(name: str, *children: object, class_: str) -> Html:
    """A table with a caption that only screen readers read."""
    return _named(name, *children, class_=class_)


def _named(name: str, *children: object, class_: str) -> Html:
    return el("table", el("caption", name, class_="visually-hidden"), *children, class_=class_)


def _side(column: ColumnHead) -> str | None:
    return None if column.right else "left"


def _contents(cell: Cell) -> list[object]:
    """The value, its interval and the note below it."""
    text: list[object] = [cell.value]
    if cell.interval:
        text += [" ", el("span", f"({cell.interval})", class_="ends")]
    if cell.note:
        text.append(el("small", cell.note))
    return [el("span", text)]


def _width(table: Table, drawing: DrawingColumn | None) -> str:
    """The class of the first width that holds the table."""
    letters = [_column_letters(table, number) for number in range(len(table.columns))]
    labels = min(34, max([10, *(len(row.label) for row in table.rows)]))
    needed = 0.53 * labels + 2 + sum(0.53 * count + 0.9 for count in letters)
    needed += 12 if drawing is not None else 0
    return f"w{next((width for width in WIDTHS if needed <= width), 0)}"


def _column_letters(table: Table, number: int) -> int:
    """The characters of the column's longest line that does not break."""
    head = table.columns[number].title
    words = [max(map(len, head.split()), default=0), len(head) // 2]
    texts = [
        part for row in table.rows for part in (row.cells[number].text, row.cells[number].note)
    ]
    return min(40, max([4, *words, *map(len, texts)]))
