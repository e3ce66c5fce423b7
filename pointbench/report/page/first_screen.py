"""The first screen of a suite: the answer in sentences, the leaderboard, who beats whom, three charts."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report import numbers
from pointbench.report.breakdowns import breakdown
from pointbench.report.entries import Entry
from pointbench.report.markers import Markers
from pointbench.report.page.charts import bar
from pointbench.report.page.data import nobody_hits, suspicious
from pointbench.report.page.heat import model_heat, pairs_matrix
from pointbench.report.page.html_tables import data_table, label, named_table
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.row_charts import horizon_chart, in_a_row_chart
from pointbench.report.tables import Row, Table, one_guess
from pointbench.report.view import ReportView, SuiteView

LEAVING = ("icons", "text", "in_a_row_10", "horizon_0.5")
"""Columns of the leaderboard that leave it on narrow screens, in this order; a fold below has them."""

SIZES = {
    "short_side": "Hits in % by the shorter side of the target, px",
    "size_quartile": "Hits in % by size of the target",
}
"""The dimensions of a target's size and their titles; the first that a suite has is shown."""

IN_A_ROW = (
    "Targets drawn at random; band: 95 % interval. It does not hold for one target again and again."
)


def header(view: ReportView) -> Html:
    """What was asked, where to look, and the answer in one sentence."""
    first = view.suites[0]
    titles = [suite.title for suite in view.suites]
    text = " · ".join(titles) if len(titles) < 3 else f"{len(titles)} suites"
    links = [
        el("a", name, href=f"#{place}")
        for name, place in (("Targets", "gallery"), ("Methods", "methods"), ("Cite", "cite"))
    ]
    sentence = first.results[0] if first.results else "No model was asked."
    if len(view.suites) > 1:
        sentence = f"{first.title.partition(':')[0]}: {sentence}"
    return join(
        el(
            "div",
            el("p", el("b", "pointbench"), " · ", el("bdi", text)),
            el("nav", links, aria_label="Parts of this page"),
            class_="source",
        ),
        el("h1", _sentence(sentence)),
    )


def matrix(table: Table, view: ReportView, markers: Markers) -> Html:
    """Hits of every model on every suite."""
    entries = {entry.label: entry for suite in view.suites for entry in suite.entries}
    return el(
        "section",
        el("h2", table.title),
        el("div", data_table(table, list(entries.values()), markers), class_="wide"),
    )


def block(view: SuiteView, markers: Markers, alone: bool) -> Html:
    """A suite's first screen; where it is not ``alone``, under a heading of its own."""
    results = view.results[1:] if alone else view.results
    head = None if alone else el("h2", el("bdi", view.title))
    level = "h2" if alone else "h3"
    pairs, sizes = _pairs(view, markers, level), _sizes(view, markers, level)
    return el(
        "section",
        head,
        el("ul", [el("li", _sentence(text)) for text in results], class_="results")
        if results
        else None,
        _care(view.warnings),
        el(
            "div",
            el("div", _board(view, markers), pairs or sizes, class_="wide"),
            el(
                "div", _charts(view, markers, level), sizes if pairs else None, class_="wide charts"
            ),
            class_="first",
        ),
        class_="block",
    )


def _sentence(text: str) -> Html:
    """A sentence of the headline; no line breaks between a number and its percent sign."""
    return el("bdi", text.replace(" %", "\u00a0%"))


def _care(warnings: Sequence[str]) -> Html | None:
    """Every warning; a few stand in one paragraph."""
    if not warnings:
        return None
    title = el("b", "Read with care.")
    if len(warnings) <= 3:
        texts = [part for text in warnings for part in (" ", _sentence(text))]
        return el("div", el("p", title, texts), class_="care", role="note")
    items = el("ul", [el("li", _sentence(text)) for text in warnings])
    return el("div", el("p", title), items, class_="care", role="note")


def _board(view: SuiteView, markers: Markers) -> Html:
    table = view.leaderboard
    by_label = {entry.label: entry for entry in view.entries}
    heads = [_head(column.key, column.title) for column in table.columns]
    at = _after_rank(table)
    heads[at:at] = [
        el("th", "model", scope="col", class_="left"),
        el("th", el("span", "hits as a bar", class_="visually-hidden"), scope="col"),
    ]
    lanes = _lanes(table.rows)
    rows = [
        _row(
            row, by_label[row.key], markers, table, [row.ties, *_around(table.rows, number)], lanes
        )
        for number, row in enumerate(table.rows)
    ]
    board = named_table(
        table.title, el("thead", el("tr", heads)), el("tbody", rows), class_="board"
    )
    lines = list(table.footers)
    if lanes:
        lines[:1] = ["A bar beside the rank joins models that are not told apart (paired, Holm)."]
    return join(
        board, _rest(view, markers), el("p", " ".join(lines), class_="note"), _lead_on(view)
    )


def _after_rank(table: Table) -> int:
    """Where the model's columns begin; a single model has no rank."""
    return int(table.columns[0].key == "rank")


def _head(key: str, title: str) -> Html:
    """A column's head; percent and clicks stand below the word."""
    name, _, unit = title.partition(" (")
    unit = unit.removesuffix(")")
    if key in ("icons", "text"):
        unit = "%"
    if key == "hit_rate":
        return el("th", title, scope="col", class_="hits")
    below = el("small", unit) if unit else None
    return el("th", name, below, scope="col", class_=_class(key))


def _class(key: str) -> str:
    return {"in_a_row_10": "ten", "horizon_0.5": "even", "rank": "rank"}.get(key, key)


def _row(
    row: Row,
    entry: Entry,
    markers: Markers,
    table: Table,
    ties: Sequence[Sequence[int]],
    lanes: dict[int, int],
) -> Html:
    marker = markers[entry.label]
    tds = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        ends = el("span", f" {cell.interval}", class_="ends") if cell.interval else None
        strong = column.key in ("hit_rate", "horizon_0.5")
        value = el("b", cell.value) if strong and cell.value else cell.value
        bars = _tie_bars(ties, lanes) if column.key == "rank" else None
        tds.append(el("td", bars, value, ends, class_=_column_class(column.key)))
    at = _after_rank(table)
    tds[at:at] = [
        el("th", label(entry, marker), scope="row"),
        el("td", bar(entry.hit_rate, marker.color_number), class_="drawing"),
    ]
    return el("tr", tds, class_="guess" if row.guessing else None)


def _column_class(key: str) -> str:
    return "hits" if key == "hit_rate" else _class(key)


def _around(rows: Sequence[Row], number: int) -> list[Sequence[int]]:
    """The groups of the rows above and below."""
    above = rows[number - 1].ties if number else ()
    below = rows[number + 1].ties if number + 1 < len(rows) else ()
    return [above, below]


def _lanes(rows: Sequence[Row]) -> dict[int, int]:
    """A group's lane beside the ranks: groups with a row in common stand side by side."""
    lanes: dict[int, int] = {}
    for row in rows:
        for group in row.ties:
            if group not in lanes:
                taken = {lanes[other] for other in row.ties if other in lanes}
                lanes[group] = next(lane for lane in range(len(rows)) if lane not in taken)
    return lanes


def _tie_bars(ties: Sequence[Sequence[int]], lanes: dict[int, int]) -> list[Html]:
    """The pieces of the bars that join this row to those above and below."""
    own, above, below = ties
    return [
        el(
            "i",
            class_=f"tie l{min(3, lanes[group])}"
            + ("" if group in above else " top")
            + ("" if group in below else " end"),
        )
        for group in own
    ]


def _rest(view: SuiteView, markers: Markers) -> Html | None:
    """The columns that narrow screens leave out of the leaderboard."""
    table = view.leaderboard
    keys = [column.key for column in table.columns if column.key in LEAVING]
    if not keys:
        return None
    picked = table.pick(keys)
    rest = Table("rest", "Leaderboard, the other columns", "model", picked.columns, picked.rows)
    names = ", ".join(column.title for column in picked.columns)
    return el(
        "details",
        el("summary", f"{names[0].upper()}{names[1:]}"),
        data_table(rest, view.entries, markers),
        class_="rest",
    )


def _lead_on(view: SuiteView) -> Html | None:
    """Links to the targets that are worth a look."""
    links = []
    missed = nobody_hits(view)
    if missed:
        count = numbers.counted(len(missed), "target")
        links.append(el("a", f"Show the {count} that no model hits", href="#who=none"))
    if suspicious(view):
        count = numbers.counted(len(suspicious(view)), "target")
        links.append(el("a", f"{count} to check: better models miss them", href="#who=suspects"))
    return (
        el("p", *[part for link in links for part in (link, " ")], class_="note") if links else None
    )


def _pairs(view: SuiteView, markers: Markers, level: str) -> Html | None:
    found = pairs_matrix(view.standing, view.entries, markers)
    if found is None:
        return None
    title = el(
        level, "Who beats whom, in points ", el("small", "row minus column; = not told apart")
    )
    return el("div", title, found, class_="part")


def _charts(view: SuiteView, markers: Markers, level: str) -> list[Html | None]:
    asked = [entry for entry in view.entries if entry.ranked]
    return [
        _figure(level, "Chance of k right in a row", in_a_row_chart(asked, markers), IN_A_ROW),
        _figure(
            level,
            "How many clicks an even chance lasts",
            horizon_chart(asked, markers),
            "Line: 95 % interval. Shaded: misses more than half of single clicks.",
        ),
    ]


def _figure(level: str, title: str, drawing: Html | None, caption: str) -> Html | None:
    if drawing is None:
        return None
    return el("figure", el(level, title), drawing, el("figcaption", caption))


def _sizes(view: SuiteView, markers: Markers, level: str) -> Html | None:
    """Hits by the target's shorter side, or by quarters of its area where that is not known."""
    for dimension, title in SIZES.items():
        table = breakdown(view.runs, dimension, title)
        if table is not None:
            heads = {column.key: column.title for column in table.columns}
            found = model_heat(title, one_guess(view.entries), markers, dimension, heads)
            if found is not None:
                return el("div", el(level, title), found, class_="part")
    return None
