"""The page's drawings: markers, bars with intervals, scales and axes, cost against hits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pointbench.report import numbers
from pointbench.report.entries import Entry, ShownEstimate
from pointbench.report.markers import Marker, Markers, corners
from pointbench.report.page.markup import Html, coord, el

WIDTH = 400
"""Every chart's width in its own units; the page scales charts to their column."""

Scale = Callable[[float], float]
"""Converts a value of the data to a coordinate of the drawing."""


def shape_path(shape: str, x: float = 0, y: float = 0, radius: float = 1) -> str:
    """A marker's outline as the ``d`` of an SVG path."""
    points = corners(shape, x, y, radius)
    return "M" + "L".join(f"{coord(dx)} {coord(dy)}" for dx, dy in points) + "Z"


def marker_icon(marker: Marker) -> Html:
    """A model's marker as an icon beside its label."""
    path = el("path", d=shape_path(marker.shape, 8, 8, 5.6), class_="fill")
    return el(
        "svg", path, class_=f"icon c{marker.color_number}", viewBox="0 0 16 16", aria_hidden="true"
    )


def bar(share: ShownEstimate | None, color: int, width: int = 120, height: int = 16) -> Html:
    """A share as a bar from 0 to 100 %, its interval as a line; decoration beside the number."""
    middle = height / 2
    parts = [el("rect", width=width, height=height, class_="track")]
    if share is not None and share.value is not None:
        top, tall = height * 0.12, height * 0.76
        wide = coord(share.value * width)
        parts.append(el("rect", y=coord(top), width=wide, height=coord(tall), class_="fill"))
        if share.low is not None and share.high is not None:
            low, high = share.low * width, share.high * width
            tick = height * 0.25
            line = (
                f"M{coord(low)} {coord(middle)}H{coord(high)}"
                f"M{coord(low)} {coord(middle - tick)}v{coord(2 * tick)}"
                f"M{coord(high)} {coord(middle - tick)}v{coord(2 * tick)}"
            )
            parts.append(el("path", d=line, class_="whisker under"))
            parts.append(el("path", d=line, class_="whisker"))
    return el(
        "svg",
        parts,
        class_=f"bar c{color}",
        viewBox=f"-1 0 {width + 2} {height}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def chart(name: str, height: float, *parts: object) -> Html:
    """A chart's drawing; ``name`` says what it shows, for those who do not see it."""
    return el(
        "svg",
        *parts,
        class_="chart",
        viewBox=f"0 0 {WIDTH} {coord(height)}",
        role="img",
        aria_label=name,
    )


def line(points: Sequence[tuple[float, float]]) -> str:
    """A path through the points."""
    return "M" + "L".join(f"{coord(x)} {coord(y)}" for x, y in points)


def rule(x: float, y: float, to_x: float, to_y: float, class_: str = "axis") -> Html:
    """A straight line of the axes."""
    return el("path", d=line([(x, y), (to_x, to_y)]), class_=class_)


def tick(text: object, x: float, y: float, anchor: str = "middle") -> Html:
    """A label of the axes."""
    return el("text", text, x=coord(x), y=coord(y), text_anchor=anchor, class_="tick")


def dot(marker: Marker, x: float, y: float, radius: float = 4.5) -> Html:
    """A model's mark at a point."""
    return el("path", d=shape_path(marker.shape, x, y, radius), class_="fill dot")


def steps(first: float, last: float) -> list[float]:
    """1, 2 and 5 times the powers of ten from ``first`` to ``last``, both included if they are such."""
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    values = [float(f"{base}e{power}") for power in powers for base in (1, 2, 5)]
    return [value for value in values if first * 0.999 <= value <= last * 1.001]


def share_axis(y: Scale, left: float, right: float) -> list[Html]:
    """Lines and labels of shares from 0 to 100 %."""
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(rule(left, y(share), right, y(share), "axis half" if share == 0.5 else "axis"))
        parts.append(tick(f"{share * 100:.0f} %", left - 6, y(share) + 4, "end"))
    return parts


def cost_chart(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """Hits against dollars for 1000 clicks (logarithmic); None if no cost is known."""
    priced = [
        (entry, cost, rate.value)
        for entry in entries
        if (cost := entry.cost_per_1000_clicks)
        and (rate := entry.hit_rate)
        and rate.value is not None
    ]
    if not priced:
        return None
    height, left, top, bottom, right = 240, 44, 10, 40, 14
    low = math.floor(math.log10(min(cost for _, cost, _ in priced)))
    high = max(low + 1, math.ceil(math.log10(max(cost for _, cost, _ in priced))))

    def x(cost: float) -> float:
        return left + (WIDTH - left - right) * (math.log10(cost) - low) / (high - low)

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    parts = share_axis(y, left, WIDTH - right)
    for power in range(low, high + 1):
        parts.append(tick(numbers.dollars(10.0**power), x(10.0**power), y(0) + 17))
    parts.append(tick("dollars for 1000 clicks", (left + WIDTH - right) / 2, y(0) + 34))
    for entry, cost, share in priced:
        marker = markers[entry.label]
        text = f"{entry.visible_label}: {numbers.percent(share)}, {numbers.dollars(cost)}"
        parts.append(
            el("g", dot(marker, x(cost), y(share), 5.5), el("title", text), class_=_color(marker))
        )
    return chart(
        "Hits against dollars for 1000 clicks; the numbers are in the table", height, parts
    )


def reach_chart(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The share of all clicks within r pixels of the region against r; None if it is not known."""
    curves = []
    for entry in entries:
        shares = entry.facts.get("reach") or {}
        points = [(int(r), float(v)) for r, v in shares.items() if r.isdecimal() and v is not None]
        if points and not entry.guessing:
            curves.append((entry, sorted(points)))
    if not curves:
        return None
    furthest = max(r for _, points in curves for r, _ in points)
    height, left, top, bottom, right = 240, 44, 10, 40, 14

    def x(r: float) -> float:
        return left + (WIDTH - left - right) * r / max(1, furthest)

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    parts = share_axis(y, left, WIDTH - right)
    parts += [tick(r, x(r), y(0) + 17) for r in range(0, furthest + 1, max(1, furthest // 5))]
    parts.append(tick("pixels from the region", (left + WIDTH - right) / 2, y(0) + 34))
    for entry, points in reversed(curves):
        marker = markers[entry.label]
        places = [(x(r), y(share)) for r, share in points]
        group = [el("path", d=line(places), class_="curve"), dot(marker, *places[0])]
        parts.append(el("g", group, el("title", entry.visible_label), class_=_color(marker)))
    name = "Share of clicks within so many pixels of the region; the numbers are in the table"
    return chart(name, height, parts)


def _color(marker: Marker) -> str:
    return f"c{marker.color_number}"
