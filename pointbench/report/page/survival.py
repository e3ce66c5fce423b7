"""The page's survival curves: the share of sessions without a miss after so many clicks."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.report.entries import Entry, SurvivalStep
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import WIDTH, Scale, chart, dot, line, share_axis, tick
from pointbench.report.page.markup import Html, el

HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 240, 44, 10, 40, 14


def staircase(steps: Sequence[SurvivalStep], last: int) -> list[tuple[float, float, float, float]]:
    """(clicks, value, low, high) at each corner, from 0 clicks, with value 1, up to ``last``."""
    corners = [(0.0, 1.0, 1.0, 1.0)]
    for step in steps:
        low = step.value if step.low is None else step.low
        high = step.value if step.high is None else step.high
        corners.append((step.clicks, *corners[-1][1:]))
        corners.append((step.clicks, step.value, low, high))
    return [*corners, (max(last, corners[-1][0]), *corners[-1][1:])]


def survival_chart(entries: Sequence[Entry], markers: Markers) -> Html:
    """A staircase per model; the axis of clicks is linear from 0."""
    furthest = max([1, *(step.clicks for entry in entries for step in entry.survival)])
    furthest = max([furthest, *(entry.longest_streak or 0 for entry in entries)])

    def x(clicks: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * clicks / furthest

    def y(share: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)

    parts = share_axis(y, LEFT, WIDTH - RIGHT)
    parts += [
        tick(clicks, x(clicks), y(0) + 17)
        for clicks in range(0, furthest + 1, _tick_distance(furthest))
    ]
    parts.append(tick("clicks in the session", (LEFT + WIDTH - RIGHT) / 2, y(0) + 34))
    parts += [_curve(entry, markers[entry.label], x, y) for entry in reversed(entries)]
    name = "Share of sessions without a miss, by clicks; the numbers are in the tables below"
    return chart(name, HEIGHT, parts)


def _curve(entry: Entry, marker: Marker, x: Scale, y: Scale) -> Html:
    corners = staircase(entry.survival, entry.longest_streak or 0)
    band = [(x(k), y(high)) for k, _, _, high in corners]
    band += [(x(k), y(low)) for k, _, low, _ in reversed(corners)]
    middle = [(x(k), y(value)) for k, value, _, _ in corners]
    first = entry.survival[0]
    place = x(first.clicks), y(first.value)
    return el(
        "g",
        el("path", d=line(band) + "Z", class_="band"),
        el("path", d=line(middle), class_="curve"),
        dot(marker, *place),
        el("title", entry.visible_label),
        class_=f"c{marker.color_number}",
    )


def _tick_distance(furthest: int) -> int:
    """Clicks between two labels: 1, 2 or 5 times a power of ten, for at most ten of them."""
    power = 1
    while furthest > 100 * power:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10) if furthest <= 10 * step * power)
