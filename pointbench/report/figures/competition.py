"""The competition picture: one screenshot, one instruction, every model's click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.geometry import Box, Polygon, Region
from pointbench.report.drawing import open_picture
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.figures import style as look
from pointbench.report.figures.charts import LINE, draw_key
from pointbench.report.loading import FindPicture
from pointbench.report.markers import Markers
from pointbench.report.overlay_legend import outcome_text
from pointbench.suites import AskedTarget
from pointbench.trials import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

ModelAnswer = tuple[Entry, Record]
WIDEST = 1600
"""Longest side in pixels of a picture inside the figure: about 480 per inch."""


@dataclass(frozen=True)
class Contest:
    """A target and the models' answers on it."""

    target: AskedTarget
    answers: tuple[ModelAnswer, ...]
    """The first as-is trial of each model that was asked."""


def find_contest(
    runs: Sequence[ReportRun], entries: Sequence[Entry], find_picture: FindPicture
) -> tuple[Contest, Path] | None:
    """The target on which the models differ most, with its screenshot; None without any picture.

    Only present targets count. They are ordered by how evenly the models that look at the picture
    split into right and wrong, then by the number of clicks, then by suite and id.
    """
    answers = _answers(runs, entries)

    def order(target: AskedTarget) -> tuple[int, int, int, str, str]:
        own = answers.get((target.suite, target.id), ())
        verdicts = [bool(record.correct) for entry, record in own if entry.model.exact is None]
        minority = min(sum(verdicts), len(verdicts) - sum(verdicts))
        clicks = sum(record.point is not None for _, record in own)
        return -minority, -clicks, -sum(verdicts), target.suite, target.id

    asked = [
        item for item in runs[0].targets if not item.absent and (item.suite, item.id) in answers
    ]
    for target in sorted(asked, key=order):
        path = find_picture(target)
        if path is not None:
            return Contest(target, tuple(answers[target.suite, target.id])), path
    return None


def _answers(
    runs: Sequence[ReportRun], entries: Sequence[Entry]
) -> dict[tuple[str, str], list[ModelAnswer]]:
    entry_of = {(entry.run, entry.model.label): entry for entry in entries}
    first_answers: dict[tuple[str, str, str], ModelAnswer] = {}
    for run in runs:
        for record in run.records:
            entry = entry_of[run.name, record.model]
            key = (record.suite, record.target, entry.label)
            if record.variant == "as-is" and record.outcome != "error":
                first_answers.setdefault(key, (entry, record))
    places = {entry.label: number for number, entry in enumerate(entries)}
    answers: dict[tuple[str, str], list[ModelAnswer]] = {}
    for (suite, target, _), answer in sorted(
        first_answers.items(), key=lambda item: places[item[0][2]]
    ):
        answers.setdefault((suite, target), []).append(answer)
    return answers


def competition(contest: Contest, picture: Path, markers: Markers) -> Figure | None:
    """The whole screen with every click, the region enlarged, and each model's outcome."""
    target = contest.target
    screen = open_picture(picture, target.width, target.height)
    region = target.region
    if screen is None or region is None:
        return None
    wide = look.COLUMN * 0.96
    tall = wide * target.height / target.width
    near = 0.95
    title = look.wrapped(f"“{target.instruction[:400]}”", 62)[:3]
    under = max(near + 0.1, 0.1 + LINE * (len(contest.answers) + 2.2))
    height = 0.06 + 0.14 * len(title) + tall + under
    figure = look.canvas(height)
    for number, line in enumerate(title):
        figure.text(
            0.02, 1 - (0.1 + 0.14 * number) / height, line, va="center", size=look.TEXT + 0.6
        )
    axes = figure.add_axes((0.02, under / height, 0.96, tall / height))
    _screen(axes, screen, contest, markers, (0, 0, target.width, target.height), 4.6)
    crop = _around(region, target)
    side = near / look.COLUMN
    lens = figure.add_axes((0.02, (under - near - 0.06) / height, side, near / height))
    _screen(lens, screen, contest, markers, crop, 5.2)
    for edge in ("left", "right", "top", "bottom"):
        lens.spines[edge].set_visible(True)
    _legend(figure, contest, markers, 0.02 + side + 0.03, under, height)
    return figure


def _screen(
    axes: Axes,
    screen: Image,
    contest: Contest,
    markers: Markers,
    area: tuple[float, float, float, float],
    size: float,
) -> None:
    from matplotlib.patches import Polygon as Outline

    left, top, right, bottom = area
    crop = screen.crop((int(left), int(top), int(right), int(bottom))).convert("RGB")
    crop.thumbnail((WIDEST, WIDEST))
    axes.imshow(crop, extent=(int(left), int(right), int(bottom), int(top)), aspect="auto")
    assert contest.target.region is not None
    for shape in contest.target.region.shapes:
        outline = _outline(shape)
        for width, ink in ((2.4, look.INK), (1.0, "white")):
            axes.add_patch(Outline(outline, fill=False, edgecolor=ink, linewidth=width))
    for entry, record in sorted(contest.answers, key=lambda answer: bool(answer[1].correct)):
        if record.point is None:
            continue
        x, y = record.point
        if not (left <= x <= right and top <= y <= bottom):
            continue
        marker = markers[entry.label]
        path = look.marker_path(marker)
        axes.plot([x], [y], marker=path, markersize=size + 2.6, color=look.INK, mew=0, zorder=4)
        axes.plot([x], [y], marker=path, markersize=size + 1.6, color="white", mew=0, zorder=5)
        axes.plot(
            [x],
            [y],
            marker=path,
            markersize=size,
            markerfacecolor=look.color(marker) if record.correct else "white",
            markeredgecolor=look.color(marker),
            markeredgewidth=1.1,
            zorder=6,
        )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xticks([])
    axes.set_yticks([])
    for edge in ("left", "right", "top", "bottom"):
        axes.spines[edge].set_color(look.SOFT)


def _outline(shape: Box | Polygon) -> list[tuple[float, float]]:
    if isinstance(shape, Box):
        left, top, right, bottom = shape
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    return [(x, y) for x, y in shape.corners]


def _around(region: Region, target: AskedTarget) -> tuple[float, float, float, float]:
    """A square around the region, inside the screenshot: left, top, right, bottom."""
    box = region.bounds
    across = max(box.right - box.left, box.bottom - box.top)
    span = min(max(across * 2, 64.0), target.width, target.height)
    left = min(max(box.center.x - span / 2, 0), target.width - span)
    top = min(max(box.center.y - span / 2, 0), target.height - span)
    return left, top, left + span, top + span


def _legend(
    figure: Figure, contest: Contest, markers: Markers, left: float, under: float, height: float
) -> None:
    y = under - 0.12
    for entry, record in contest.answers:
        at = y / height
        draw_key(figure, left + 0.012, at, markers[entry.label], bool(record.correct))
        outcome = look.drawable(outcome_text([record]))
        room = (0.98 - left - 0.04) * look.COLUMN - look.width(outcome, look.SMALL + 0.3) - 0.1
        label = look.fitted(entry.label, room)
        figure.text(left + 0.04, at, label, va="center", size=look.TEXT)
        figure.text(0.98, at, outcome, va="center", ha="right", size=look.SMALL + 0.3)
        y -= LINE
    room = (0.98 - left) * look.COLUMN
    for text in ("filled: right, hollow: wrong", contest.target.screenshot):
        note = look.fitted(text, room, look.SMALL)
        figure.text(left, (y - 0.02) / height, note, va="center", size=look.SMALL, color=look.SOFT)
        y -= LINE * 0.85
