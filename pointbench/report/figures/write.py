"""``report --figures``: writes the figures of some runs as SVG, PDF and PNG with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pointbench.report.entries import ReportRun, entry_markers, report_entries
from pointbench.report.loading import FindPicture

MOST_MODELS = 24
"""Most models in a figure, best hit rate first; the floor is always added."""


@dataclass(frozen=True)
class WrittenFigures:
    """Names of the figures written, and ``NAME: reason`` for those left out."""

    names: tuple[str, ...]
    left_out: tuple[str, ...]


def write_figures(
    folder: Path, runs: Sequence[ReportRun], find_picture: FindPicture, images: bool = True
) -> WrittenFigures:
    """Write the figures of ``runs`` into ``folder``. OSError if one cannot be written.

    Without ``images`` no screenshot is opened, and the competition picture is left out.
    """
    from pointbench.report.figures import charts
    from pointbench.report.figures.competition import competition, find_contest
    from pointbench.report.figures.style import save, style

    rows = report_entries(runs)
    markers = entry_markers(rows)
    entries = [entry for entry in rows if not entry.model.floor][:MOST_MODELS]
    entries += [entry for entry in rows if entry.model.floor]
    names, left_out = [], []
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        figures = {
            "leaderboard": (charts.leaderboard(runs, entries, markers), ""),
            "in-a-row": (charts.in_a_row(runs, entries, markers), ""),
            "size": (charts.sizes(runs, entries, markers), "all targets are of one size"),
            "cost": (charts.costs(runs, entries, markers), "no model's cost is known"),
            "bias-and-spread": (charts.bias_and_spread(runs, entries, markers), "no model aimed"),
        }
        contest = find_contest(runs, entries, find_picture) if images else None
        picture = competition(*contest, markers) if contest else None
        reason = "no screenshot is available" if images else "made without screenshots"
        figures["competition"] = (picture, reason)
        for name, (figure, reason) in figures.items():
            if figure is None:
                left_out.append(f"{name}: {reason}")
            else:
                save(figure, folder, name)
                names.append(name)
    return WrittenFigures(tuple(names), tuple(left_out))
