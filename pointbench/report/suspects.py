"""The table of the targets whose region may be wrong. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pointbench.report import numbers
from pointbench.report.entries import ReportRun
from pointbench.report.plain_text import shorten, visible
from pointbench.report.tables import Cell, Column, Row, Table, cells
from pointbench.suites import AskedTarget

MOST_ROWS = 20
"""Suspects in a table; summary.json has all of them."""

LONGEST_ID = 60
"""Most characters of a target's id in a table."""

TITLE = "Suspects: targets that good models miss and bad ones hit"


def suspects_table(runs: Sequence[ReportRun]) -> Table | None:
    """The suspects by the models of all runs, best evidence first; None if there are none."""
    suspects, by_chance = _suspects(runs)
    if not suspects:
        return None
    several_suites = len({suspect["suite"] for suspect in suspects}) > 1
    rows = tuple(
        Row(str(suspect["target"]), _place(suspect, several_suites), (), cells(_COLUMNS, suspect))
        for suspect in suspects[:MOST_ROWS]
    )
    return Table("suspects", TITLE, "target", _COLUMNS, rows, _notes(len(suspects), by_chance))


def _suspects(runs: Sequence[ReportRun]) -> tuple[Sequence[Mapping[str, Any]], float]:
    """The suspects, and how many of them chance would list; of one run as its summary has them."""
    if len(runs) == 1:
        summary = runs[0].summary
        return summary.get("suspects") or (), float(summary.get("suspects_by_chance") or 0)
    from pointbench.summary.judging import judge
    from pointbench.summary.suspects import all_suspects

    suites: dict[str, list[AskedTarget]] = {}
    for target in runs[0].targets:
        suites.setdefault(target.suite, []).append(target)
    found = all_suspects(judge(runs, targets).suspects for targets in suites.values())
    return found.targets, found.by_chance


def _notes(count: int, by_chance: float) -> tuple[str, ...]:
    notes = [
        f"Their region may be wrong: look at them. By chance: how often verdicts are so far the wrong way "
        f"round where the region is right. Among {numbers.counted(count, 'suspect')} "
        f"{expected_text(by_chance)} would be there by chance alone."
    ]
    if count > MOST_ROWS:
        notes.append(f"The first {MOST_ROWS} of {count}; summary.json has all of them.")
    return tuple(notes)


def _place(suspect: Mapping[str, Any], several_suites: bool) -> str:
    name = shorten(visible(str(suspect["target"])), LONGEST_ID)
    return f"{visible(str(suspect['suite']))}: {name}" if several_suites else name


def _missed_by(suspect: Mapping[str, object]) -> Cell:
    return Cell(labels_text(suspect["missed_by"]))


def _hit_by(suspect: Mapping[str, object]) -> Cell:
    return Cell(labels_text(suspect["hit_by"]))


def _chance(suspect: Mapping[str, object]) -> Cell:
    return Cell(chance_text(float(str(suspect["score"]))))


def labels_text(labels: object) -> str:
    """Labels of models as visible text, separated by commas."""
    return (
        ", ".join(visible(str(label)) for label in labels) if isinstance(labels, Iterable) else ""
    )


def expected_text(by_chance: float) -> str:
    """How many suspects chance would list, to a tenth: ``about 0.4``."""
    return f"about {by_chance:.1f}" if by_chance >= 0.05 else "fewer than 0.1"


def chance_text(score: float) -> str:
    """A score as a chance in two digits, such as ``1 in 1200``; from 1 in 100 000 on, under that."""
    odds = 10.0 ** min(score, 5.0)
    if score >= 5:
        return f"<1 in {numbers.count(100_000)}"
    digits = max(0, math.floor(math.log10(odds)) - 1)
    return f"1 in {numbers.count(round(odds, -digits))}" if odds >= 10 else f"1 in {odds:.1f}"


_COLUMNS: tuple[Column[Mapping[str, Any]], ...] = (
    Column("chance", "by chance", "models", lambda suspect: Cell(chance_text(suspect["score"]))),
    Column(
        "missed_by",
        "missed by",
        "models",
        lambda suspect: Cell(labels_text(suspect["missed_by"])),
        right=False,
    ),
    Column(
        "hit_by",
        "hit by",
        "models",
        lambda suspect: Cell(labels_text(suspect["hit_by"])),
        right=False,
    ),
)
