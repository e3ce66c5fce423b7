"""A report's rows: every model of every run, with typed access to its part of summary.json.

This is the only module that knows the keys of summary.json; nothing here computes a number that
is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointbench.report import numbers
from pointbench.report.markers import Marker, markers_for
from pointbench.report.plain_text import visible
from pointbench.runs import Exact, RunInfo, RunModel
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, Record


@dataclass(frozen=True)
class ReportRun:
    """One run as a report sees it: the files of its folder, and the folder's name."""

    name: str
    info: RunInfo
    targets: tuple[AskedTarget, ...]
    records: tuple[Record, ...]
    """Of each key the last line, errors included."""
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class ShownEstimate:
    """An estimate of summary.json; ``None`` is what does not apply."""

    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str = ""
    hits: int | None = None
    n: int | None = None
    clusters: int | None = None
    clicked: int | None = None
    """Of false clicks."""
    pairs: int | None = None
    differing: int | None = None
    approximate: bool = False

    @property
    def exact(self) -> bool:
        return self.method == "exact"


def estimate(raw: Any) -> ShownEstimate | None:
    """An object of summary.json, or a bare number, as an Estimate; None stays None."""
    if isinstance(raw, Mapping):
        known = {name: raw[name] for name in ShownEstimate.__dataclass_fields__ if name in raw}
        return ShownEstimate(**{"value": None, **known})
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return ShownEstimate(float(raw))
    return None


@dataclass(frozen=True)
class SurvivalStep:
    """A step of the survival of sessions: ``value`` of them are without a miss after ``clicks``."""

    clicks: int
    value: float
    low: float | None
    high: float | None
    at_risk: int
    failed: int


@dataclass(frozen=True)
class Entry:
    """One model of one run. ``label`` is unique in the report; it is text from outside."""

    label: str
    run: str
    """The run's name; empty for a pointer of the floor that no run asked."""
    model: RunModel
    facts: Mapping[str, Any]

    @property
    def asked(self) -> bool:
        """False for a pointer that stands here by computation alone, without a trial."""
        return bool(self.run)

    @property
    def shown(self) -> str:
        """The label in one line with nothing invisible in it."""
        return visible(self.label)

    @property
    def marks(self) -> tuple[str, ...]:
        """What a table must say beside the label: ``blind``, ``floor``, ``exact``, ``hindsight``."""
        exact = self.model.exact is not None
        marks = {
            "blind": self.model.blind,
            "floor": self.model.floor,
            "exact": exact,
            "hindsight": self.model.exact == "best-constant",
        }
        return tuple(mark for mark, holds in marks.items() if holds)

    def estimate(self, *path: str) -> ShownEstimate | None:
        """The estimate at ``path`` of the model's part of the summary."""
        found: Any = self.facts
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return estimate(found)

    def number(self, *path: str) -> float | None:
        """The number (or an estimate's value) at ``path``."""
        found = self.estimate(*path)
        return None if found is None else found.value

    @property
    def hit_rate(self) -> ShownEstimate | None:
        return self.estimate("hit_rate")

    @property
    def outcomes(self) -> dict[str, int | None]:
        """How many trials came out in each way; None of each without trials."""
        counts = self.facts.get("outcomes") or {}
        return {name: int(counts.get(name, 0)) if self.asked else None for name in OUTCOMES}

    @property
    def missing(self) -> int | None:
        """Targets without any reply; None where nothing was asked."""
        return int(self.number("missing") or 0) if self.asked else None

    @property
    def missing_targets(self) -> list[str]:
        """Their ids, as texts from outside."""
        return [str(item["target"]) for item in self.facts.get("missing_targets") or ()]

    @property
    def sampling(self) -> str:
        """The sampling settings as sent; the rest is the vendor's own."""
        display = self.facts.get("display") or {}
        return visible(str(display.get("sampling", numbers.UNKNOWN)))

    @property
    def rank_ends(self) -> tuple[int | None, int | None]:
        """The best and the worst rank that the comparisons leave open; None for exact rows."""
        found = self.facts.get("rank")
        if not isinstance(found, Mapping):
            return None, None
        return int(found["low"]), int(found["high"])

    @property
    def rank(self) -> str:
        """``2``, or ``2–4`` where the comparisons leave ranks open; nothing for exact rows."""
        low, high = self.rank_ends
        if low is None:
            return ""
        return str(low) if low == high else f"{low}–{high}"

    @property
    def longest_streak(self) -> int | None:
        found = self.number("longest_streak")
        return None if found is None else int(found)

    def groups(self, dimension: str) -> dict[str, ShownEstimate]:
        """``by`` or ``also_by`` of the summary: name of the group -> estimate."""
        raw = {**(self.facts.get("also_by") or {}), **(self.facts.get("by") or {})}
        raw = raw.get(dimension) or {}
        found = {str(name): estimate(item) for name, item in raw.items()}
        return {name: item for name, item in found.items() if item is not None}

    @property
    def survival(self) -> tuple[SurvivalStep, ...]:
        """Kaplan-Meier over rows of clicks, a step at each click where one failed."""
        return tuple(
            SurvivalStep(**{name: step.get(name) for name in SurvivalStep.__dataclass_fields__})
            for step in self.facts.get("survival") or ()
        )

    @property
    def confusions(self) -> list[tuple[str, str, int]]:
        """Asked, clicked instead (ids of targets), how often; texts from outside."""
        return [
            (str(item["asked"]), str(item["clicked"]), int(item["count"]))
            for item in self.facts.get("confusions") or ()
        ]

    @property
    def offset(self) -> Sequence[float] | None:
        """Mean (dx, dy) of hits and near misses from the region's center, in pixels."""
        raw = self.facts.get("bias")
        return raw if isinstance(raw, (list, tuple)) and len(raw) == 2 else None


def entries(runs: Sequence[ReportRun]) -> list[Entry]:
    """Every model of every run: the best hit rate first, the floor last.

    A label that several runs have is told apart as ``MODEL@RUN``; nothing is pooled. A pointer of
    the floor that was no model of any run has a row of its own all the same: computed, not asked.
    """
    seen: dict[str, int] = {}
    for run in runs:
        for model in run.info.models:
            seen[model.label] = seen.get(model.label, 0) + 1
    rows = [
        Entry(
            f"{model.label}@{run.name}" if seen[model.label] > 1 else model.label,
            run.name,
            model,
            run.summary["models"].get(model.label, {}),
        )
        for run in runs
        for model in run.info.models
    ]
    return sorted(rows + _floor(runs, {row.label for row in rows}), key=_rank)


def _floor(runs: Sequence[ReportRun], taken: set[str]) -> list[Entry]:
    """The exact pointers that no run asked; runs of one report have their targets in common."""
    there = {model.exact for run in runs for model in run.info.models}
    found: Mapping[str, Any] = runs[0].summary.get("floor") or {} if runs else {}
    rows = []
    for block in found.values():
        exact: Exact = block["exact"]
        if exact not in there:
            label = str(block["label"])
            model = RunModel(
                # Replies obtained elsewhere are labeled as their author likes.
                label=f"{label} (computed)" if label in taken else label,
                adapter="local",
                name=exact,
                profile={},
                settings={},
                wire={},
                floor=True,
                exact=exact,
            )
            rows.append(Entry(model.label, "", model, block))
    return rows


def in_color_order(models: Iterable[RunModel]) -> list[RunModel]:
    """Models in the order that gives them their colors, the same on the page and in overlays.

    As the run names them, the floor after all others and its exact pointers last of all.
    """
    return sorted(models, key=lambda model: (model.floor, model.exact is not None))


def entry_marks(runs: Sequence[ReportRun], found: Sequence[Entry]) -> dict[str, Marker]:
    """Each entry's mark: by its place in its run, so that one run looks as its overlays do."""
    models = in_color_order(model for run in runs for model in run.info.models)
    place = {id(model): number for number, model in enumerate(models)}
    # What no run asked comes last, and takes no color from what was.
    ordered = sorted(found, key=lambda entry: place.get(id(entry.model), len(place)))
    return markers_for(entry.label for entry in ordered)


def _rank(entry: Entry) -> tuple[bool, float, str]:
    rate = entry.hit_rate
    value = None if rate is None else rate.value
    return entry.model.floor, 1.0 if value is None else -value, entry.label
