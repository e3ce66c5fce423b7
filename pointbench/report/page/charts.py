"""The page's drawings: bars with intervals, curves of k in a row, cost against hit rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pointbench.report import numbers
from pointbench.report.entries import Entry, ShownEstimate
from pointbench.report.markers import Marker, Markers, corners
from pointbench.report.page.markup import Html, coord, el

MOST_CLICKS = 1000
"""The right end of the k-in-a-row curve."""
STEPS = 72
"""Segments of a curve."""

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


def bar(
    share: ShownEstimate | None,
    color: int | None,
    width: int = 180,
    height: int = 18,
    class_: str = "bar",
) -> Html:
    """A share as a bar from 0 to 100 %, its interval as a line; ``color`` None is the floor's gray."""
    middle = height / 2
    parts = [el("rect", x=0, y=0, width=width, height=height, class_="track")]
    if share is not None and share.value is not None:
        end = share.value * width
        parts.append(
            el(
                "rect",
                x=0,
                y=coord(height * 0.2),
                width=coord(end),
                height=coord(height * 0.6),
                class_="fill",
            )
        )
        if share.low is not None and share.high is not None:
            low, high = share.low * width, share.high * width
            tick = height * 0.22
            line = (
                f"M{coord(low)} {coord(middle)}H{coord(high)}"
                f"M{coord(low)} {coord(middle - tick)}V{coord(middle + tick)}"
                f"M{coord(high)} {coord(middle - tick)}V{coord(middle + tick)}"
            )
            parts.append(el("path", d=line, class_="whisker under"))
            parts.append(el("path", d=line, class_="whisker"))
    name = "floor" if color is None else f"c{color}"
    return el(
        "svg",
        parts,
        class_=f"{class_} {name}",
        viewBox=f"-2 0 {width + 4} {height}",
        preserveAspectRatio="xMinYMid",
        aria_hidden="true",
    )


def curve(entries: Sequence[Entry], markers: Markers) -> Html:
    """The chance of k correct clicks in a row against k, for every model with a hit."""
    width, height, left, top, bottom, right = 460, 300, 46, 12, 42, 14
    wide, tall = width - left - right, height - top - bottom

    def x(k: float) -> float:
        return left + wide * math.log10(k) / math.log10(MOST_CLICKS)

    def y(share: float) -> float:
        return top + tall * (1 - share)

    parts = _axes(x, y, left, width - right)
    for entry in reversed(entries):
        p = entry.click_chance or entry.hit_rate
        if p is None or not p.value:
            continue
        marker = markers[entry.label]
        clicks = [MOST_CLICKS ** (step / STEPS) for step in range(STEPS + 1)]
        group = []
        if p.low is not None and p.high is not None:
            upper = [(x(k), y(p.high**k)) for k in clicks]
            lower = [(x(k), y(p.low**k)) for k in reversed(clicks)]
            group.append(el("path", d=_line(upper + lower) + "Z", class_="band"))
        line = [(x(k), y(p.value**k)) for k in clicks]
        group.append(
            el("path", d=_line(line), class_="curve thin" if entry.model.floor else "curve")
        )
        half = min(MOST_CLICKS, max(1.0, math.log(0.5) / math.log(p.value) if p.value < 1 else 1e9))
        place = (x(half), y(p.value**half))
        if not marker.guessing:
            group.append(el("path", d=shape_path(marker.shape, *place, 5), class_="fill dot"))
        group.append(el("title", f"{entry.visible_label}: 10 in a row {_ten(entry)}"))
        parts.append(el("g", group, class_=f"c{marker.color_number}"))
    return el(
        "svg",
        parts,
        class_="chart",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label="Chance of k right in a row, by model; the numbers are in the tables",
    )


def _ten(entry: Entry) -> str:
    chance = entry.in_a_row(10)
    return numbers.percent(chance.value if chance else None)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{coord(x)} {coord(y)}" for x, y in points)


def _axes(x: Scale, y: Scale, left: float, right: float) -> list[Html]:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        line = "axis half" if share == 0.5 else "axis"
        parts.append(el("path", d=f"M{coord(left)} {coord(y(share))}H{coord(right)}", class_=line))
        label = f"{share * 100:.0f} %"
        parts.append(
            el(
                "text",
                label,
                x=coord(left - 6),
                y=coord(y(share) + 4),
                text_anchor="end",
                class_="tick",
            )
        )
    for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        line = f"M{coord(x(k))} {coord(y(0))}V{coord(y(0) + (6 if str(k)[0] == '1' else 3))}"
        parts.append(el("path", d=line, class_="axis"))
        if str(k)[0] == "1":
            parts.append(
                el(
                    "text",
                    k,
                    x=coord(x(k)),
                    y=coord(y(0) + 19),
                    text_anchor="middle",
                    class_="tick",
                )
            )
    middle = (left + right) / 2
    name = "k clicks on targets drawn at random"
    parts.append(
        el("text", name, x=coord(middle), y=coord(y(0) + 35), text_anchor="middle", class_="tick")
    )
    return parts


def cost_chart(entries: Sequence[Entry], markers: Markers) -> Html | None:
    """The hit rate against dollars for 1000 clicks (logarithmic); None if no cost is known."""
    priced = [
        (entry, cost, rate.value)
        for entry in entries
        if (cost := entry.cost_per_1000_clicks)
        and (rate := entry.hit_rate)
        and rate.value is not None
    ]
    if not priced:
        return None
    width, height, left, top, bottom, right = 460, 280, 46, 12, 42, 24
    first = math.floor(math.log10(min(cost for _, cost, _ in priced)))
    last = max(first + 1, math.ceil(math.log10(max(cost for _, cost, _ in priced))))

    def x(cost: float) -> float:
        return left + (width - left - right) * (math.log10(cost) - first) / (last - first)

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(el("path", d=f"M{left} {coord(y(share))}H{width - right}", class_="axis"))
        parts.append(
            el(
                "text",
                f"{share * 100:.0f} %",
                x=left - 6,
                y=coord(y(share) + 4),
                text_anchor="end",
                class_="tick",
            )
        )
    for power in range(first, last + 1):
        label = numbers.dollars(10.0**power)
        parts.append(
            el(
                "text",
                label,
                x=coord(x(10.0**power)),
                y=coord(y(0) + 19),
                text_anchor="middle",
                class_="tick",
            )
        )
    name = "dollars for 1000 clicks"
    middle = (left + width - right) / 2
    parts.append(
        el("text", name, x=coord(middle), y=coord(y(0) + 35), text_anchor="middle", class_="tick")
    )
    for entry, cost, share in priced:
        marker = markers[entry.label]
        place = x(cost), y(share)
        dot = el("path", d=shape_path(marker.shape, *place, 6), class_="fill dot")
        title = el(
            "title",
            f"{entry.visible_label}: {numbers.percent(share)}, {numbers.dollars(cost)} for 1000 clicks",
        )
        parts.append(el("g", dot, title, class_=f"c{marker.color_number}"))
    return el(
        "svg",
        parts,
        class_="chart",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label="Hit rate against dollars for 1000 clicks; the numbers are in the table",
    )
