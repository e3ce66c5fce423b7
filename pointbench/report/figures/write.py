"""``report --figures``: every figure of some runs as SVG, PDF and PNG, through matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pointbench.errors import UsageError
from pointbench.report.entries import ReportRun, entries, entry_marks
from pointbench.report.loading import FindPicture

MOST_MODELS = 24
"""Models a figure of a column's width can hold; the first by hit rate and the floor."""


@dataclass(frozen=True)
class WrittenFigures:
    """The names of the figures written, and of each one that was not, why."""

    names: tuple[str, ...]
    left_out: tuple[str, ...]


def check_matplotlib() -> None:
    """UsageError, with the line that installs it, where matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise UsageError('--figures needs matplotlib: pip install "pointbench[figures]"')


def write_figures(
    folder: Path, runs: Sequence[ReportRun], picture_of: FindPicture, images: bool = True
) -> WrittenFigures:
    """Write the figures of ``runs`` into ``folder``. OSError when one cannot be written.

    Without ``images`` no screenshot is looked at, and the competition picture is left out.
    """
    from pointbench.report.figures import charts
    from pointbench.report.figures.competition import competition, contest
    from pointbench.report.figures.style import save, style

    found = entries(runs)
    marks = entry_marks(runs, found)
    shown = [entry for entry in found if not entry.model.floor][:MOST_MODELS]
    shown += [entry for entry in found if entry.model.floor]
    names, left_out = [], []
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        drawn = {
            "leaderboard": (charts.leaderboard(runs, shown, marks), ""),
            "in-a-row": (charts.in_a_row(runs, shown, marks), ""),
            "size": (charts.sizes(runs, shown, marks), "all targets are of one size"),
            "cost": (charts.costs(runs, shown, marks), "no model's cost is known"),
            "bias-and-spread": (charts.bias_and_spread(runs, shown, marks), "no model aimed"),
        }
        chosen = contest(runs, shown, picture_of) if images else None
        picture = competition(*chosen, marks) if chosen else None
        why = "no screenshot is to be had" if images else "made without screenshots"
        drawn["competition"] = (picture, why)
        for name, (figure, reason) in drawn.items():
            if figure is None:
                left_out.append(f"{name}: {reason}")
            else:
                save(figure, folder, name)
                names.append(name)
    return WrittenFigures(tuple(names), tuple(left_out))
