"""Tables whose cells are colored by their value: who beats whom, and hits by group. Each fits a phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointbench.report import numbers
from pointbench.report.breakdowns import group_title
from pointbench.report.entries import Entry, ShownEstimate
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import marker_icon
from pointbench.report.page.html_tables import LONGEST_LABEL, MOST_HEADS, label, named_table
from pointbench.report.page.markup import Html, el
from pointbench.report.plain_text import shorten
from pointbench.report.standing import Pair, Standing
from pointbench.report.tables import difference_cell

MOST_MODELS = 12
"""With more models than this there is no matrix of pairs; the list of them is there all the same."""
MOST_GROUPS = 60
"""With more groups than this, a table of groups shows the largest ones; csv and json have all."""
DIFFERENCES = (0.02, 0.05, 0.1, 0.2, 0.35)
"""Where a difference's color becomes stronger."""


def pairs_matrix(place: Standing, entries: Sequence[Entry], markers: Markers) -> Html | None:
    """Row minus column in points; None for a single model or too many of them."""
    by_label = {entry.label: entry for entry in entries}
    order = [by_label[label] for label in place.order if label in by_label]
    if not 2 <= len(order) <= MOST_MODELS:
        return None
    rows = []
    for row in order:
        cells = [
            el("td", class_="self")
            if row.label == column.label
            else _difference(place.pairs.get((row.label, column.label)))
            for column in order
        ]
        rows.append(el("tr", _model_head(row, markers[row.label]), cells))
    heads = [_column_head(entry, markers[entry.label]) for entry in order]
    top = el("tr", el("td"), heads)
    return named_table(
        "Who beats whom, in points",
        el("thead", top),
        el("tbody", rows),
        class_=f"heat pairs m{len(order)}",
    )


def _difference(pair: Pair | None) -> Html:
    if pair is None or pair.value is None:
        return el("td", numbers.UNKNOWN)
    whole = difference_cell(pair).text
    text = signed(pair.value)
    if not pair.told_apart:
        return el(
            "td", "=", el("small", f" {text}"), class_="tied", title=f"{whole}, not told apart"
        )
    strength = sum(abs(pair.value) >= edge for edge in DIFFERENCES)
    side = "more" if pair.value > 0 else "less"
    return el("td", text, class_=f"{side}{strength}", title=whole)


def signed(difference: float) -> str:
    """A difference in whole points, with one decimal below 1: ``+17``, ``−0.4``."""
    points = abs(difference) * 100
    text = f"{points:.0f}" if points >= 0.95 else f"{points:.1f}"
    if float(text) == 0:
        return text
    return f"{numbers.MINUS if difference < 0 else '+'}{text}"


@dataclass(frozen=True)
class _Rates:
    """One model's rates in the groups of a dimension."""

    entry: Entry
    of: Mapping[str, ShownEstimate]

    def value(self, group: str) -> float | None:
        rate = self.of.get(group)
        return None if rate is None else rate.value


def model_heat(
    title: str,
    entries: Sequence[Entry],
    markers: Markers,
    dimension: str,
    heads: Mapping[str, str],
) -> Html | None:
    """Hits in whole percent, a row for each model and a column for each group in ``heads``."""
    rates = _rates(entries, dimension)
    shown = {name: head for name, head in heads.items() if any(name in each.of for each in rates)}
    if len(shown) < 2:
        return None
    columns = [
        el(
            "th",
            el("span", head, class_="plain" if len(head) < 10 else None),
            el("small", f"n {_n(rates, name)}"),
            scope="col",
        )
        for name, head in shown.items()
    ]
    rows = [
        el(
            "tr",
            _model_head(each.entry, markers[each.entry.label], brief=False),
            [_share(each, name) for name in shown],
            class_="guess" if each.entry.guessing else None,
        )
        for each in rates
    ]
    top = el("tr", el("td"), columns)
    return named_table(title, el("thead", top), el("tbody", rows), class_="heat")


def group_heat(
    title: str, entries: Sequence[Entry], markers: Markers, dimension: str
) -> Html | None:
    """Hits in whole percent, a row for each group, best first by the leader, and a column for each model."""
    rates = _rates(entries, dimension)
    names = dict.fromkeys(name for each in rates for name in each.of)
    if len(names) < 2:
        return None
    ordered = sorted(names, key=lambda name: (-_best(rates, name), name))
    if len(ordered) > MOST_GROUPS:
        largest = sorted(ordered, key=lambda name: -max(_counts(rates, name), default=0))
        kept = set(largest[:MOST_GROUPS])
        ordered = [name for name in ordered if name in kept]
    rows = [
        el(
            "tr",
            el(
                "th",
                el("bdi", group_title(name)),
                el("small", f"n {_n(rates, name)}"),
                scope="row",
            ),
            [_share(each, name) for each in rates],
        )
        for name in ordered
    ]
    heads = [_column_head(entry, markers[entry.label]) for entry in entries]
    top = el("tr", el("td"), heads)
    count = min(MOST_HEADS, len(entries))
    return named_table(title, el("thead", top), el("tbody", rows), class_=f"heat groups m{count}")


def _rates(entries: Iterable[Entry], dimension: str) -> list[_Rates]:
    return [_Rates(entry, entry.groups(dimension)) for entry in entries]


def _model_head(entry: Entry, marker: Marker, brief: bool = True) -> Html:
    """A row's head; with ``brief`` only the marker is seen where the table is narrow."""
    return el("th", label(entry, marker), scope="row", class_="brief" if brief else None)


def _column_head(entry: Entry, marker: Marker) -> Html:
    """A column's head: the marker, and the label where there is room."""
    icon = None if entry.guessing else marker_icon(marker)
    text = el("bdi", shorten(entry.shown_label, LONGEST_LABEL), class_="name")
    return el("th", icon, text, scope="col", class_="guess" if entry.guessing else None)


def _share(rates: _Rates, group: str) -> Html:
    rate = rates.of.get(group)
    if rate is None or rate.value is None:
        return el("td", numbers.UNKNOWN)
    whole = numbers.percent_with_interval(rate.value, rate.low, rate.high, rate.approximate)
    counts = "" if rate.hits is None else f", {numbers.hits_of(rate.hits, rate.n)}"
    class_ = None if rates.entry.guessing else f"h{min(10, int(rate.value * 10 + 0.5))}"
    return el("td", numbers.whole_percent(rate.value, ""), class_=class_, title=f"{whole}{counts}")


def _counts(rates: Iterable[_Rates], group: str) -> list[int]:
    """The clicks of each model in a group."""
    found = [each.of.get(group) for each in rates if not each.entry.guessing]
    return [rate.n for rate in found if rate is not None and rate.n is not None]


def _n(rates: Iterable[_Rates], group: str) -> str:
    """The clicks in a group, with both ends where the models have different numbers of them."""
    counts = _counts(rates, group)
    if not counts:
        return numbers.UNKNOWN
    low, high = min(counts), max(counts)
    return numbers.count(low) if low == high else f"{numbers.count(low)}–{numbers.count(high)}"


def _best(rates: Iterable[_Rates], group: str) -> float:
    """The rate of the best model that has one in this group."""
    values = (each.value(group) for each in rates if not each.entry.guessing)
    return next((value for value in values if value is not None), -1.0)
