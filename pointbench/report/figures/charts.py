"""Charts for papers: leaderboard, k in a row, size, cost, bias and spread.

Each function draws one matplotlib figure, or returns None if there is nothing to draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pointbench.report import footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun, ShownEstimate
from pointbench.report.figures import style as look
from pointbench.report.markers import Marker, Markers
from pointbench.summary.model.in_a_row import ROW_LENGTHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MOST_CLICKS = ROW_LENGTHS[-1]
"""The right end of the k-in-a-row curve."""
STEPS = 120
"""Segments of a curve."""
LINE = 0.135
"""Inches between two lines of a legend."""
LABEL_ROOM = 0.915 * look.COLUMN
"""Inches from the start of a legend's label to the right end of its numbers."""
NUMBERS_SIZE = look.SMALL + 0.3
"""Size of a legend's numbers in points."""


def leaderboard(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Figure:
    """Hit rates as bars, their intervals as lines, the numbers written beside each label."""
    row = 0.27
    notes = _notes(runs, [entry.hit_rate for entry in entries], entries)
    top, bottom = 0.05, 0.32 + 0.11 * len(notes)
    height = top + bottom + row * len(entries)
    figure = look.canvas(height)
    axes = figure.add_axes((0.02, bottom / height, 0.96, 1 - (top + bottom) / height))
    for number, entry in enumerate(entries):
        _bar(axes, -number, entry, markers[entry.label])
    axes.set_xlim(0, 1)
    axes.set_ylim(-len(entries) + 0.5, 0.62)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    _share_axis(axes.xaxis)
    axes.tick_params(axis="x", length=0, pad=1)
    # Centered, the outermost labels would reach beyond the column.
    first, *_, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    look.footer(figure, notes)
    return figure


def _bar(axes: Axes, y: float, entry: Entry, marker: Marker) -> None:
    rate = entry.hit_rate
    low = y - 0.22
    color = look.FLOOR if entry.model.exact else look.color(marker)
    axes.barh(low, 1, 0.34, color=look.TRACK)
    if rate is not None and rate.value is not None:
        axes.barh(low, rate.value, 0.34, color=color, alpha=0.75)
        if rate.low is not None and rate.high is not None:
            for width, ink in ((2.2, "white"), (0.8, look.INK)):
                axes.plot([rate.low, rate.high], [low, low], color=ink, linewidth=width)
            for end in (rate.low, rate.high):
                axes.plot([end, end], [low - 0.11, low + 0.11], color=look.INK, linewidth=0.8)
    cell = tables.rate_cell(rate)
    text = f"{tables.share_text(rate)}  {cell.note}".rstrip()
    label = look.fitted(_named(entry), 0.96 * look.COLUMN - look.width(text) - 0.1)
    axes.text(0, y + 0.24, label, va="center", clip_on=False)
    axes.text(1, y + 0.24, text, va="center", ha="right", clip_on=False)


def _named(entry: Entry) -> str:
    tags = [tag for tag in entry.tags if tag != "exact"]
    return f"{entry.label} [{', '.join(tags)}]" if tags else entry.label


def in_a_row(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Figure:
    """The chance of k correct clicks in a row against k, its interval as a band."""
    notes = _notes(runs, [entry.in_a_row(10) for entry in entries], entries)
    legend = [f"10 in a row {tables.share_text(entry.in_a_row(10))}" for entry in entries]
    figure, axes = _chart(1.75, entries, markers, legend, notes)
    clicks = [MOST_CLICKS ** (step / STEPS) for step in range(STEPS + 1)]
    for entry in reversed(entries):
        p = entry.click_chance
        if p is None or not p.value:
            continue
        marker = markers[entry.label]
        color = look.color(marker)
        if p.low is not None and p.high is not None:
            low, high = p.low, p.high
            axes.fill_between(
                clicks,
                [low**k for k in clicks],
                [high**k for k in clicks],
                color=color,
                alpha=0.13,
                lw=0,
            )
        dashes = (4, 2) if entry.model.floor else (None, None)
        line = [p.value**k for k in clicks]
        axes.plot(
            clicks, line, color=color, linewidth=0.8 if entry.model.floor else 1.4, dashes=dashes
        )
        half = math.log(0.5) / math.log(p.value) if p.value < 1 else MOST_CLICKS
        at = min(MOST_CLICKS, max(1.0, half))
        _plot_marker(axes, at, p.value**at, marker)
    axes.set_xscale("log")
    axes.set_xlim(1, MOST_CLICKS)
    axes.minorticks_off()
    ticks = [1, *ROW_LENGTHS]
    axes.set_xticks(ticks, [numbers.count(k) for k in ticks])
    axes.set_xlabel("k clicks on targets drawn at random", labelpad=2)
    axes.set_ylim(-0.02, 1.02)
    _share_axis(axes.yaxis)
    return figure


def sizes(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Figure | None:
    """The hit rate in each quarter of the targets by size, smallest first."""
    names = [name for name in ("q1", "q2", "q3", "q4") if any(_quarter(e, name) for e in entries)]
    if len(names) < 2:
        return None
    rates = [_quarter(entry, name) for entry in entries for name in names]
    legend = []
    for entry in entries:
        ends = [
            f"{_SIZES[name]} {tables.share_text(_quarter(entry, name))}"
            for name in (names[0], names[-1])
        ]
        legend.append(", ".join(ends))
    notes = _notes(runs, rates, entries)
    figure, axes = _chart(1.75, entries, markers, legend, notes)
    for number, entry in reversed(list(enumerate(entries))):
        marker = markers[entry.label]
        color = look.color(marker)
        shift = (number - (len(entries) - 1) / 2) * min(0.09, 0.5 / len(entries))
        xs, ys = [], []
        for place, name in enumerate(names):
            item = _quarter(entry, name)
            if item is None or item.value is None:
                continue
            xs.append(place + shift)
            ys.append(item.value)
            if item.low is not None and item.high is not None:
                axes.plot([xs[-1]] * 2, [item.low, item.high], color=color, linewidth=0.9)
            _plot_marker(axes, xs[-1], item.value, marker, 3.6)
        dashes = (4, 2) if entry.model.floor else (None, None)
        axes.plot(xs, ys, color=color, linewidth=0.8, alpha=0.6, dashes=dashes, zorder=1)
    axes.set_xlim(-0.45, len(names) - 0.55)
    axes.set_xticks(range(len(names)), [_SIZES[name] for name in names])
    axes.set_xlabel("quarter of the targets by the area of their region", labelpad=2)
    axes.set_ylim(-0.03, 1.03)
    _share_axis(axes.yaxis)
    return figure


_SIZES = {"q1": "smallest", "q2": "small", "q3": "large", "q4": "largest"}


def _quarter(entry: Entry, name: str) -> ShownEstimate | None:
    return entry.groups("size_quartile").get(name)


def costs(runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers) -> Figure | None:
    """The hit rate against dollars for 1000 clicks; None if no model's cost is known."""
    priced = [
        (entry, cost, rate)
        for entry in entries
        if (cost := entry.cost_per_1000_clicks) is not None
        and cost > 0
        and (rate := entry.hit_rate) is not None
        and rate.value is not None
    ]
    if not priced:
        return None
    plotted = [entry for entry, _, _ in priced]
    legend = [f"{numbers.dollars(cost)}, {tables.share_text(rate)}" for _, cost, rate in priced]
    figure, axes = _chart(
        1.6, plotted, markers, legend, _notes(runs, [r for _, _, r in priced], plotted)
    )
    first = math.floor(math.log10(min(cost for _, cost, _ in priced)) - 0.05)
    last = math.ceil(math.log10(max(cost for _, cost, _ in priced)) + 0.05)
    for entry, cost, rate in priced:
        marker = markers[entry.label]
        if rate.low is not None and rate.high is not None:
            ends = [rate.low, rate.high]
            axes.plot([cost, cost], ends, color=look.color(marker), linewidth=0.9)
        _plot_marker(axes, cost, rate.value or 0.0, marker)
    axes.set_xscale("log")
    axes.set_xlim(10**first, 10**last)
    axes.minorticks_off()
    powers = [10.0**power for power in range(first, last + 1)]
    axes.set_xticks(powers, [numbers.dollars(power) for power in powers])
    axes.set_xlabel("dollars for 1000 clicks", labelpad=2)
    axes.set_ylim(-0.03, 1.03)
    _share_axis(axes.yaxis)
    return figure


def bias_and_spread(
    runs: Sequence[ReportRun], entries: Sequence[Entry], markers: Markers
) -> Figure | None:
    """Mean offset and spread of aimed clicks about the region's center, in pixels."""
    aimed = [
        (entry, entry.offset, spread)
        for entry in entries
        if entry.model.exact is None
        and entry.offset is not None
        and (spread := entry.spread) is not None
    ]
    if not aimed:
        return None
    plotted = [entry for entry, _, _ in aimed]
    legend = [
        f"{numbers.offset(offset)}, spread {numbers.pixels(spread)}, n {numbers.count(entry.number('aimed'))}"
        for entry, offset, spread in aimed
    ]
    note = (
        "Hits and near misses about the region's center, right and down positive: a mark at the "
        "mean offset, around it a circle with the spread (root mean square) as radius."
    )
    notes = [*look.wrapped(note), *_sampling(runs)]
    figure, axes = _chart(2.1, plotted, markers, legend, notes)
    reach = max(max(map(abs, offset)) + spread for _, offset, spread in aimed) * 1.08 or 1.0
    from matplotlib.patches import Circle

    for entry, (dx, dy), spread in aimed:
        marker = markers[entry.label]
        color = look.color(marker)
        axes.add_patch(Circle((dx, dy), spread, fill=True, color=color, alpha=0.07, lw=0))
        axes.add_patch(Circle((dx, dy), spread, fill=False, edgecolor=color, lw=1))
        _plot_marker(axes, dx, dy, marker)
    for line in (axes.axhline, axes.axvline):
        line(0, color=look.SOFT, linewidth=0.5, dashes=(2, 2), zorder=0)
    axes.set_aspect("equal")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(reach, -reach)
    axes.set_xlabel("px to the right of the center", labelpad=2)
    axes.set_ylabel("px below the center", labelpad=2)
    return figure


# --- shared pieces ---------------------------------------------------------------------------


def _chart(
    tall: float,
    entries: Sequence[Entry],
    markers: Markers,
    legend: Sequence[str],
    notes: Sequence[str],
) -> tuple[Figure, Axes]:
    """A figure with axes ``tall`` inches high; below them a legend line per model, then the notes."""
    rows = [_fits(entry, text) for entry, text in zip(entries, legend, strict=True)]
    lines = sum(1 if fits else 2 for fits in rows)
    below = 0.34 + LINE * lines + 0.1 + 0.105 * len(notes)
    height = 0.07 + tall + below
    figure = look.canvas(height)
    axes = figure.add_axes((0.125, below / height, 0.825, tall / height))
    axes.grid(axis="y", color=look.TRACK, linewidth=0.6)
    axes.set_axisbelow(True)
    y = below - 0.41
    for entry, text, fits in zip(entries, legend, rows, strict=True):
        draw_key(figure, 0.035, y / height, markers[entry.label])
        label = look.fitted(_named(entry), LABEL_ROOM)
        figure.text(0.065, y / height, label, va="center")
        # A label too long to fit beside its numbers gets a separate line.
        y -= 0 if fits else LINE
        figure.text(0.98, y / height, text, va="center", ha="right", size=NUMBERS_SIZE)
        y -= LINE
    look.footer(figure, notes)
    return figure, axes


def _fits(entry: Entry, text: str) -> bool:
    return (
        look.width(look.drawable(_named(entry))) + look.width(text, NUMBERS_SIZE) + 0.12
        < LABEL_ROOM
    )


def draw_key(figure: Figure, x: float, y: float, marker: Marker, filled: bool = True) -> None:
    """Draws a model's marker at (x, y), shares of the figure's width and height."""
    from matplotlib.lines import Line2D

    color = look.color(marker)
    line = Line2D(
        [x],
        [y],
        marker=look.marker_path(marker),
        markersize=4.6,
        markerfacecolor=color if filled else "white",
        markeredgecolor=color,
        markeredgewidth=0.9,
        linestyle="none",
        transform=figure.transFigure,
    )
    figure.add_artist(line)


def _plot_marker(axes: Axes, x: float, y: float, marker: Marker, size: float = 4.8) -> None:
    if marker.guessing:
        return
    axes.plot(
        [x],
        [y],
        marker=look.marker_path(marker),
        markersize=size,
        color=look.color(marker),
        markeredgecolor="white",
        markeredgewidth=0.5,
        linestyle="none",
        clip_on=False,
        zorder=5,
    )


def _share_axis(axis: Axis) -> None:
    axis.set_ticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])


def _notes(
    runs: Sequence[ReportRun], estimates: Sequence[ShownEstimate | None], entries: Sequence[Entry]
) -> list[str]:
    """The footer's lines: what the intervals generalize to, what is exact, the sampling settings."""
    lines = [*footers.intervals(estimates, footers.screenshots(runs))]
    if any("exact" in entry.tags for entry in entries):
        lines.append(
            "Rates without brackets are exact: computed over every present target, without "
            "looking at a picture."
        )
    return [part for line in lines for part in look.wrapped(line)] + _sampling(runs)


def _sampling(runs: Sequence[ReportRun]) -> list[str]:
    return [part for line in footers.of_table(runs, ()) for part in look.wrapped(line)]
