"""Neutral tables as HTML, and a model's label as the page writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report.entries import Entry
from pointbench.report.markers import Marker
from pointbench.report.page.charts import bar, mark_icon
from pointbench.report.page.markup import Html, el, join
from pointbench.report.tables import Cell, Table


def label_cell(entry: Entry, mark: Marker) -> Html:
    """The row's head: mark, label, and the words a reader must see beside it."""
    return el("th", label(entry, mark), scope="row")


def label(entry: Entry, mark: Marker) -> Html:
    tags = [el("span", word, class_="tag") for word in entry.marks]
    return el("span", mark_icon(mark), el("span", el("bdi", entry.shown), tags), class_="model")


def plain_table(table: Table, found: Sequence[Entry], marks: Mapping[str, Marker]) -> Html:
    """A breakdown with a small bar in each cell. Its rows or its columns are the models."""
    models_on_top = table.head != "model"
    by_label = {entry.label: entry for entry in found}
    heads = []
    for column in table.columns:
        entry = by_label.get(column.key) if models_on_top else None
        inner = column.title if entry is None else label(entry, marks[entry.label])
        heads.append(el("th", inner, scope="col"))
    rows = []
    for row in table.rows:
        entry = None if models_on_top else by_label[row.key]
        head = (
            el("th", el("bdi", row.label), scope="row")
            if entry is None
            else label_cell(entry, marks[entry.label])
        )
        cells = []
        for index, cell in enumerate(row.cells):
            model = by_label.get(table.columns[index].key) if entry is None else entry
            cells.append(_cell(cell, model, marks))
        rows.append(el("tr", head, cells, class_="floor" if row.floor else None))
    made = el(
        "table",
        el("thead", el("tr", el("th", table.head, scope="col"), heads)),
        el("tbody", rows),
    )
    scroll = el("div", made, class_="scroll", tabindex="0", role="region", aria_label=table.title)
    return join(scroll, notes(table.footers))


def _cell(cell: Cell, entry: Entry | None, marks: Mapping[str, Marker]) -> Html:
    """The text, a bar where it is a rate, and the note; ``entry`` None is the floor's column."""
    exact = entry is None or entry.model.exact is not None
    color = None if exact or entry is None else marks[entry.label].color_number
    drawn = bar(cell.found, color, 96, 8, "bar cellbar") if cell.found else None
    return el("td", cell.text, drawn, el("small", cell.note) if cell.note else None)


def notes(lines: Sequence[str]) -> Html | None:
    """A table's footers."""
    return el("ul", [el("li", line) for line in lines], class_="notes") if lines else None


def model_row(entry: Entry, marks: Mapping[str, Marker], cells: Sequence[Html]) -> Html:
    mark = marks[entry.label]
    return el("tr", label_cell(entry, mark), cells, class_="floor" if entry.model.floor else None)


def number_table(
    caption: str | None,
    head: str,
    heads: Sequence[str],
    rows: Sequence[Html],
    class_: str | None = None,
) -> Html:
    top = el("tr", el("th", head, scope="col"), [_head(text) for text in heads])
    name = el("caption", caption, class_="visually-hidden") if caption else None
    table = el("table", name, el("thead", top), el("tbody", rows), class_=class_)
    return el(
        "div", table, class_="scroll", tabindex="0", role="region", aria_label=caption or head
    )


def _head(text: str) -> Html:
    """A column's head; the one of bars says only to a screen reader what it is."""
    inner = text or el("span", "as a bar", class_="visually-hidden")
    return el("th", inner, scope="col")


def section(title: str, *children: object) -> Html:
    return el("section", el("h2", title), *children)


def note(text: str) -> Html:
    return el("p", text, class_="note")
