"""Renders tables as HTML, and a model's label with its marker and tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pointbench.report.entries import Entry
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import bar, marker_icon
from pointbench.report.page.markup import Html, el, join
from pointbench.report.tables import Cell, Column, ColumnHead, Item, Row, Table, cells


@dataclass(frozen=True)
class DrawingColumn:
    """A column of drawings in front of a table's numbers."""

    title: str
    """If empty, the title "as a bar" is for screen readers only."""
    draw: Callable[[Entry], Html]


def label_cell(entry: Entry, marker: Marker) -> Html:
    """The row's head: marker, label and tags."""
    return el("th", label(entry, marker), scope="row")


def label(entry: Entry, marker: Marker) -> Html:
    tags = [el("span", tag, class_="tag") for tag in entry.tags]
    text = el("span", el("bdi", entry.visible_label), tags)
    return el("span", marker_icon(marker), text, class_="model")


def rate_table(table: Table, entries: Sequence[Entry], markers: Markers) -> Html:
    """A table of rates, with its footers. Its rows or its columns are the models."""
    models_on_top = table.head != "model"
    by_label = {entry.label: entry for entry in entries}
    heads = []
    for column in table.columns:
        entry = by_label.get(column.key) if models_on_top else None
        inner = column.title if entry is None else label(entry, markers[entry.label])
        heads.append(el("th", inner, scope="col"))
    rows = []
    for row in table.rows:
        entry = None if models_on_top else by_label[row.key]
        head = (
            el("th", el("bdi", row.label), scope="row")
            if entry is None
            else label_cell(entry, markers[entry.label])
        )
        tds = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            model = by_label.get(column.key) if entry is None else entry
            tds.append(_td(cell, model, markers))
        rows.append(el("tr", head, tds, class_="floor" if row.guessing else None))
    top = el("tr", el("th", table.head, scope="col"), heads)
    content = el("table", el("thead", top), el("tbody", rows))
    return join(_scrolling(content, table.title), notes(table.footers))


def model_table(
    table: Table,
    entries: Sequence[Entry],
    markers: Markers,
    drawing: DrawingColumn | None = None,
    *,
    cards: bool = False,
) -> Html:
    """A table with a row per model, without its footers.

    With ``cards`` each row becomes a card on a phone, and each cell carries its column's title.
    """
    by_label = {entry.label: entry for entry in entries}
    titles = [column.title for column in table.columns]
    if drawing is not None:
        titles.insert(0, drawing.title)
    rows = [
        _model_row(row, by_label[row.key], markers, drawing, titles if cards else None)
        for row in table.rows
    ]
    return _captioned(table.title, table.head, titles, rows, "board" if cards else None)


def _model_row(
    row: Row,
    entry: Entry,
    markers: Markers,
    drawing: DrawingColumn | None,
    card_titles: Sequence[str] | None,
) -> Html:
    contents = [_contents(cell, entry, markers) for cell in row.cells]
    if drawing is not None:
        contents.insert(0, [drawing.draw(entry)])
    labels: Sequence[str | None] = card_titles or [None] * len(contents)
    tds = [
        el("td", *parts, data_label=title) for parts, title in zip(contents, labels, strict=True)
    ]
    head = label_cell(entry, markers[entry.label])
    return el("tr", head, tds, class_="floor" if row.guessing else None)


def item_table(
    caption: str, columns: Sequence[Column[Item]], items: Sequence[Item], *, first: Column[Item]
) -> Html:
    """A table whose rows are not models; cells of ``first`` are the rows' heads."""
    rows = [
        el(
            "tr",
            el("th", first.cell(item).text, scope="row"),
            [el("td", cell.text) for cell in cells(columns, item)],
        )
        for item in items
    ]
    return _captioned(caption, first.title, [column.title for column in columns], rows)


def text_table(name: str, columns: Sequence[Column[Item]], items: Sequence[Item]) -> Html:
    """A table without row heads; columns aligned to the left contain untrusted text."""

    def td(column: ColumnHead, cell: Cell) -> Html:
        if column.right:
            return el("td", cell.text)
        return el("td", el("bdi", cell.text), class_="left")

    heads = [
        el("th", column.title, scope="col", class_=None if column.right else "left")
        for column in columns
    ]
    rows = [el("tr", [td(column, column.cell(item)) for column in columns]) for item in items]
    return _scrolling(el("table", el("thead", el("tr", heads)), el("tbody", rows)), name)


def notes(lines: Sequence[str]) -> Html | None:
    """The table's footnotes as a bulleted list; None if there are none."""
    return el("ul", [el("li", line) for line in lines], class_="notes") if lines else None


def section(title: str, *children: object) -> Html:
    return el("section", el("h2", title), *children)


def note(text: str) -> Html:
    return el("p", text, class_="note")


def _td(cell: Cell, entry: Entry | None, markers: Markers) -> Html:
    return el("td", *_contents(cell, entry, markers))


def _contents(cell: Cell, entry: Entry | None, markers: Markers) -> list[object]:
    """The text, a bar if the cell has one, and the note; ``entry`` None is the floor's column."""
    color = None
    if entry is not None and entry.model.exact is None:
        color = markers[entry.label].color_number
    drawing = bar(cell.estimate, color, 96, 8, "bar cellbar") if cell.bar else None
    return [cell.text, drawing, el("small", cell.note) if cell.note else None]


def _captioned(
    caption: str,
    head: str,
    titles: Sequence[str],
    rows: Sequence[Html],
    class_: str | None = None,
) -> Html:
    """A table with a caption that only screen readers read."""
    top = el("tr", el("th", head, scope="col"), [_head(title) for title in titles])
    name = el("caption", caption, class_="visually-hidden")
    return _scrolling(
        el("table", name, el("thead", top), el("tbody", rows), class_=class_), caption
    )


def _head(title: str) -> Html:
    inner = title or el("span", "as a bar", class_="visually-hidden")
    return el("th", inner, scope="col")


def _scrolling(table: Html, name: str) -> Html:
    """The table in a region that scrolls sideways if the window is narrow."""
    return el("div", table, class_="scroll", tabindex="0", role="region", aria_label=name)
