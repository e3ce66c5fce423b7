"""The first screen's charts: the chance of k right in a row, and how long an even chance lasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.report import numbers
from pointbench.report.entries import Entry, ShownEstimate
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import WIDTH, Scale, chart, dot, line, rule, steps, tick
from pointbench.report.page.markup import Html, coord, el
from pointbench.report.plain_text import shorten

ROW_LENGTHS = (10, 20, 50, 100, 200, 500, 1000)
"""The right ends that the axis of k may have."""
LEAST = 0.001
"""The lowest chance on the axis."""
NEGLIGIBLE = 0.02
"""The axis ends at the first of `ROW_LENGTHS` where even the leader's upper end is below this."""
TICKS = (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001)
LONGEST_NAME = 24
MOST_TICKS = 9
"""With more labels than this, the axis of an even chance has powers of ten alone."""


def row_length(entries: Sequence[Entry]) -> int:
    """The largest k of the chart: where the leader's chance has become negligible."""
    highs = [
        p.high if p.high is not None else p.value
        for entry in entries
        if not entry.guessing and (p := entry.click_chance) and p.value
    ]
    high = max((high for high in highs if high is not None), default=0.0)
    return next((k for k in ROW_LENGTHS if high**k < NEGLIGIBLE), ROW_LENGTHS[-1])


def in_a_row_chart(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The chance of k right in a row against k: logarithmic, so that p^k is a straight line.

    None if no model hits anything.
    """
    shown = [
        (entry, p) for entry in entries if not entry.guessing and (p := _chance(entry)) is not None
    ]
    if not shown:
        return None
    last = row_length(entries)
    height, left, top, bottom, right = 232, 44, 10, 38, 14

    def x(k: float) -> float:
        return left + (WIDTH - left - right) * (k - 1) / (last - 1)

    def y(share: float) -> float:
        return top + (height - top - bottom) * math.log(share) / math.log(LEAST)

    parts = []
    for share in TICKS:
        class_ = "axis half" if share == 0.5 else "axis"
        parts.append(rule(left, y(share), WIDTH - right, y(share), class_))
        parts.append(tick(numbers.short_percent(share), left - 6, y(share) + 4, "end"))
    parts += [tick(k, x(k), height - bottom + 17) for k in _row_ticks(last)]
    parts.append(tick("clicks in a row", (left + WIDTH - right) / 2, height - bottom + 33))
    bands, curves = [], []
    for entry, p in reversed(shown):
        marker = markers[entry.label]
        color = f"c{marker.color_number}"
        if p.low is not None and p.high is not None:
            area = [(x(k), y(share)) for k, share in _band(p.low, p.high, last)]
            bands.append(el("path", d=line(area) + "Z", class_=f"band {color}"))
        ends = [(1.0, p.value), _end(p.value, last)]
        places = [(x(k), y(max(share, LEAST))) for k, share in ends]
        group = [el("path", d=line(places), class_="curve"), dot(marker, *places[1])]
        title = el("title", f"{entry.visible_label}: 10 in a row {_ten(entry)}")
        curves.append(el("g", group, title, class_=color))
    leader = _label(*shown[0], x, y, last)
    name = "Chance of k right in a row, by model; the numbers are in the tables"
    return chart(name, height, parts, bands, curves, leader)


@dataclass(frozen=True)
class _Chance:
    """The chance that a click is right, above `LEAST`."""

    value: float
    low: float | None
    high: float | None


def _chance(entry: Entry) -> _Chance | None:
    p = entry.click_chance
    if p is None or p.value is None or p.value <= LEAST:
        return None
    return _Chance(p.value, p.low, p.high)


def _end(p: float, last: int) -> tuple[float, float]:
    """Where the line leaves the chart: at the right, or at the bottom."""
    if p**last >= LEAST:
        return last, p**last
    return max(1.0, math.log(LEAST) / math.log(p)), LEAST


def _band(low: float, high: float, last: int) -> list[tuple[float, float]]:
    """The outline between the lines of both ends, which may leave the chart on different sides."""
    low = max(low, LEAST)
    upper, lower = _end(high, last), _end(low, last)
    corner = [(float(last), LEAST)] if upper[0] == last and lower[0] < last else []
    return [(1.0, high), upper, *corner, lower, (1.0, low)]


def _label(entry: Entry, p: _Chance, x: Scale, y: Scale, last: int) -> Html:
    """The leader's name above its line, where no other line is."""
    k = 1 + (_end(p.value, last)[0] - 1) * 0.4
    text = shorten(entry.visible_label, LONGEST_NAME)
    # About 6.3 units a character; a line near the top leaves its room only at the right end.
    left = min(x(k) + 8, WIDTH - 14 - 6.3 * len(text))
    return el("text", text, x=coord(left), y=coord(max(y(p.value**k) - 8, 22)), class_="name")


def _row_ticks(last: int) -> list[int]:
    """The labels of the axis of k: 1, and about five round numbers up to the end."""
    step = last // 5
    return [1, *range(step, last + 1, step)] if step > 1 else list(range(1, last + 1))


def _ten(entry: Entry) -> str:
    chance = entry.in_a_row(10)
    return numbers.chance(chance.value if chance else None)


def horizon_chart(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """How many clicks an even chance lasts, with its interval, on a logarithmic axis; None if unknown."""
    shown = [
        (entry, horizon)
        for entry in entries
        if not entry.guessing and (horizon := entry.horizon(0.5)) and _ends(horizon)
    ]
    if not shown:
        return None
    known = [value for _, horizon in shown for value in _ends(horizon)]
    low = max(s for s in steps(0.001, 0.5) if s <= max(min(known), 0.1))
    high = min((s for s in steps(2, 1e9) if s >= max(known) * 1.15), default=1e9)
    left, right, top, row = 160, 14, 6, 17
    bottom = top + row * len(shown)
    height = bottom + 22

    def x(clicks: float) -> float:
        share = math.log(max(clicks, low) / low) / math.log(high / low)
        return left + (WIDTH - left - right) * min(1.0, share)

    parts = [
        el("rect", x=left, y=top, width=coord(x(1) - left), height=bottom - top, class_="track")
    ]
    labels = steps(low, high)
    if len(labels) > MOST_TICKS:
        labels = [value for value in labels if math.log10(value).is_integer()]
    for value in labels:
        parts.append(rule(x(value), top, x(value), bottom, "axis"))
        parts.append(tick(_clicks(value), x(value), bottom + 16))
    for number, (entry, horizon) in enumerate(shown):
        marker, y = markers[entry.label], top + row * (number + 0.5)
        parts.append(
            el(
                "text",
                shorten(entry.visible_label, LONGEST_NAME),
                x=left - 6,
                y=coord(y + 4),
                text_anchor="end",
                class_="name",
            )
        )
        title = el("title", f"{entry.visible_label}: {_words(horizon)}")
        parts.append(
            el(
                "g",
                _whisker(horizon, x, y, marker, WIDTH - right),
                title,
                class_=f"c{marker.color_number}",
            )
        )
    name = "How many clicks an even chance lasts, by model; the numbers are in the tables"
    return chart(name, height, parts)


def _ends(horizon: ShownEstimate) -> list[float]:
    return [value for value in (horizon.low, horizon.value, horizon.high) if value is not None]


def _whisker(horizon: ShownEstimate, x: Scale, y: float, marker: Marker, edge: float) -> list[Html]:
    """The interval as a line, with an arrow where it has no upper end, and the mark at the value."""
    parts = []
    if horizon.low is not None:
        if horizon.high is None:
            parts.append(el("path", d=line([(x(horizon.low), y), (edge - 5, y)]), class_="stem"))
            tip = [(edge, y), (edge - 7, y - 4), (edge - 7, y + 4)]
            parts.append(el("path", d=line(tip) + "Z", class_="fill"))
        else:
            ends = [(x(horizon.low), y), (x(horizon.high), y)]
            parts.append(el("path", d=line(ends), class_="stem"))
    if horizon.value is not None:
        parts.append(dot(marker, x(horizon.value), y, 3.4))
    return parts


def _words(horizon: ShownEstimate) -> str:
    text = numbers.even_chance(horizon.value, horizon.low)
    ends = numbers.even_chance_ends(horizon.value, horizon.low, horizon.high)
    return f"{text} ({ends})" if ends else text


def _clicks(value: float) -> str:
    return f"{value:g}" if value < 1 else numbers.count(value)
