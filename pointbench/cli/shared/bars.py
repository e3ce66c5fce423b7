"""Progress bars: one line per model, in columns that fit the given width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from pointbench.cli.shared.terminal import count_of
from pointbench.engine.journal_index import AnswerCounts

_BAR = (6, 24)
"""Shortest and longest bar, in characters."""
_LABEL = (12, 48)
"""Minimum and maximum characters of a label: it is shortened to the minimum before a column is dropped."""


@dataclass(frozen=True)
class Pace:
    """How long answers take, apart for the first ones of a screenshot, which may pay for all of it."""

    unread: int
    """Screenshots that the model was not asked about yet."""
    first_s: float | None
    """Mean seconds of an answer that is the first of its screenshot; None without one."""
    later_s: float | None
    """Mean seconds of the other answers."""
    at_once: float
    """Seconds of answers per second of the clock: how many are under way at a time."""

    def seconds_left(self, answers: int) -> float | None:
        """The seconds that so many answers take; None while answers of a needed kind have not come."""
        first = min(self.unread, answers)
        later = answers - first
        if (
            self.at_once <= 0
            or (first and self.first_s is None)
            or (later and self.later_s is None)
        ):
            return None
        return (first * (self.first_s or 0.0) + later * (self.later_s or 0.0)) / self.at_once


@dataclass(frozen=True)
class ModelProgress:
    """Progress of one model at one moment."""

    label: str
    count: AnswerCounts
    planned: int
    per_second: float
    pace: Pace | None = None
    """None if it is not known which screenshots are still to be read."""

    @property
    def seconds_left(self) -> float | None:
        """None when nothing is left, when nothing is being answered, or while the pace is not known."""
        left = self.planned - self.count.done
        if left > 0 and self.pace is not None:
            return self.pace.seconds_left(left)
        return left / self.per_second if left > 0 and self.per_second > 0 else None


def bars(models: Sequence[ModelProgress], width: int, height: int) -> list[Text]:
    """One line per model. If the models do not fit in ``height`` lines, finished ones are hidden first."""
    shown = list(models)
    if len(shown) > height:
        shown = sorted(shown, key=lambda model: model.count.done >= model.planned)[: height - 1]
    rows = [_cells(model) for model in shown]
    # In a narrow terminal the rightmost columns are dropped first.
    columns = 6
    while columns and _fixed(rows, columns) + _LABEL[0] + _BAR[0] + 2 > width:
        columns -= 1
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(columns)]
    room = max(1, width - _fixed(rows, columns) - 1)
    longest = max((len(model.label) for model in shown), default=0)
    label_width = min(longest, max(_LABEL[0], room - _BAR[0] - 1), _LABEL[1])
    bar_width = min(_BAR[1], room - label_width - 1)
    lines = [
        _line(model, cells[:columns], widths, label_width, bar_width)
        for model, cells in zip(shown, rows, strict=True)
    ]
    if len(shown) < len(models):
        lines.append(Text(f"and {count_of(len(models) - len(shown), 'more model')}"))
    return lines


def _cells(model: ModelProgress) -> tuple[str, ...]:
    """Everything but the label and the bar, the most important first."""
    count = model.count
    done = count.done >= model.planned
    left = "done" if done else duration(model.seconds_left)
    return (
        f"{count.done}/{model.planned}",
        rate(count),
        left,
        f"{count.errors} err" if count.errors else "",
        money(count),
        "" if done else f"{model.per_second:.1f}/s",
    )


def _fixed(rows: Sequence[Sequence[str]], columns: int) -> int:
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(columns)]
    return sum(width + 1 for width in widths if width)


def _line(
    model: ModelProgress, cells: Sequence[str], widths: Sequence[int], label: int, bar: int
) -> Text:
    line = Text(no_wrap=True, overflow="crop", end="\n")
    line.append(shortened(model.label, label).ljust(label))
    if bar >= _BAR[0]:
        share = min(1.0, model.count.done / model.planned) if model.planned else 1.0
        full = int(share * bar)
        line.append(" ")
        line.append("━" * full, style="green" if share == 1 else "cyan")
        line.append("─" * (bar - full), style="dim")
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if width:
            line.append(" ")
            line.append(cell.rjust(width), style="red" if index == 3 else "")
    return line


def shortened(label: str, width: int) -> str:
    """A label cut in its middle, because both ends tell models apart."""
    if len(label) <= width:
        return label
    head = (width - 1) // 2
    return f"{label[:head]}…{label[len(label) - (width - 1 - head) :]}"


def rate(count: AnswerCounts) -> str:
    """The hit rate so far; its interval needs all trials, and is in the report."""
    if not count.present:
        return "–"
    return f"{100 * count.hits / count.present:.1f} %"


def money(count: AnswerCounts) -> str:
    """Dollars spent; empty when nothing was spent, or when no price is known."""
    if not count.priced or not count.cost_usd:
        return ""
    return f"${count.cost_usd:.2f}" if count.cost_usd >= 0.01 else f"${count.cost_usd:.4f}"


def duration(seconds: float | None) -> str:
    """``42s``, ``3m05s``, ``2h07m``, ``3d04h``; a dash when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02}h"
