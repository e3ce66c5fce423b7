"""Typed access to summary.json for tables, page and figures: an `Entry` per model and run.

Nothing here computes a number that is not in summary.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pointbench.report import numbers, words
from pointbench.report.markers import Marker, guessing_marker, markers_for
from pointbench.report.plain_text import visible
from pointbench.runs import Exact, RunInfo, RunModel, is_partial_gate
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, Record

if TYPE_CHECKING:
    from pointbench.summary.model.goal import GoalBlock


@dataclass(frozen=True)
class ReportRun:
    """One run as a report needs it: the folder's name and the contents of its files."""

    name: str
    info: RunInfo
    targets: tuple[AskedTarget, ...]
    records: tuple[Record, ...]
    """The last line of each key in trials.jsonl, errors included."""
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class ShownEstimate:
    """An estimate read from summary.json; a field that does not apply is None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str = ""
    hits: int | None = None
    n: int | None = None
    clusters: int | None = None
    clicked: int | None = None
    """Absent targets that were clicked; only in the estimate of false clicks."""
    pairs: int | None = None
    """Pairs of trials of one target; only in estimates of flips, like ``differing``."""
    differing: int | None = None
    approximate: bool = False

    @property
    def exact(self) -> bool:
        """True if the value is computed over the targets instead of estimated from trials."""
        return self.method == "exact"


def read_estimate(raw: object) -> ShownEstimate | None:
    """A `ShownEstimate` from an estimate's object in summary.json or a bare number; else None."""
    if isinstance(raw, Mapping):
        fields = {name: raw[name] for name in ShownEstimate.__dataclass_fields__ if name in raw}
        return ShownEstimate(**{"value": None, **fields})
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return ShownEstimate(float(raw))
    return None


@dataclass(frozen=True)
class SurvivalStep:
    """A step of the survival curve: the share ``value`` of sessions has no miss in ``clicks``."""

    clicks: int
    value: float
    low: float | None
    high: float | None
    at_risk: int
    """Sessions that reached this click."""
    failed: int
    """Sessions that ended with a miss at this click."""


@dataclass(frozen=True)
class Entry:
    """One model of one run. ``label`` is unique in the report; it is untrusted text."""

    label: str
    run: str
    """The run's name; empty for a floor pointer that no run asked."""
    model: RunModel
    facts: Mapping[str, Any]
    """The model's block of summary.json."""
    partial: bool = False
    """True if a gate stopped asking once it knew its verdict, which says nothing of the other targets."""

    @property
    def asked(self) -> bool:
        """False for a floor pointer whose row is computed without any trial."""
        return bool(self.run)

    @property
    def guessing(self) -> bool:
        """True for a pointer that does not look: its figures are computed over the targets."""
        return self.model.exact is not None

    @property
    def ranked(self) -> bool:
        """False for guessing, and for a gate that stopped before it had asked every target."""
        return not self.guessing and not self.partial

    @property
    def visible_label(self) -> str:
        """The label on one line, with invisible characters escaped."""
        return visible(self.label)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words a table must show beside the label: ``blind``, ``floor``, ``exact``, ``hindsight``."""
        exact = self.model.exact is not None
        conditions = {
            "blind": self.model.blind,
            "floor": self.model.floor,
            "exact": exact,
            "hindsight": self.model.exact == "best-constant",
        }
        return tuple(tag for tag, holds in conditions.items() if holds)

    def estimate(self, *path: str) -> ShownEstimate | None:
        """The estimate at ``path`` of the model's block of the summary."""
        value: Any = self.facts
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return read_estimate(value)

    def number(self, *path: str) -> float | None:
        """The number (or an estimate's value) at ``path``."""
        estimate = self.estimate(*path)
        return None if estimate is None else estimate.value

    @property
    def shown_label(self) -> str:
        """The label of a table's row; for guessing, what it does."""
        return words.GUESSING[self.model.exact] if self.model.exact else self.visible_label

    @property
    def marks(self) -> tuple[str, ...]:
        """Words that a table shows beside the label: ``saw no picture``, ``baseline``."""
        return tuple(
            words.TAGS[tag] for tag in self.tags if tag in words.TAGS and not self.guessing
        )

    @property
    def hit_rate(self) -> ShownEstimate | None:
        return self.estimate("hit_rate")

    @property
    def hit_rate_by_app(self) -> ShownEstimate | None:
        """The hit rate's interval clustered by app; it has no value and no counts."""
        return self.estimate("hit_rate", "by_app")

    @property
    def macro(self) -> ShownEstimate | None:
        """The mean of the apps' hit rates."""
        return self.estimate("macro")

    @property
    def accuracy(self) -> ShownEstimate | None:
        """The share of correct answers, including those on absent targets."""
        return self.estimate("accuracy")

    @property
    def icon_hit_rate(self) -> ShownEstimate | None:
        """The share of clicks inside the icon itself, over targets whose icon box is known."""
        return self.estimate("icon_hit_rate")

    @property
    def false_clicks(self) -> ShownEstimate | None:
        """The share of absent targets that were clicked."""
        return self.estimate("false_clicks")

    @property
    def click_chance(self) -> ShownEstimate | None:
        """The chance that a click on a randomly drawn target is correct."""
        return self.estimate("click_chance")

    def in_a_row(self, k: int) -> ShownEstimate | None:
        """The chance of ``k`` correct clicks in a row."""
        return self.estimate("in_a_row", str(k))

    def horizon(self, chance: float) -> ShownEstimate | None:
        """The number of clicks after which an unbroken row is less likely than ``chance``."""
        return self.estimate("horizon", str(chance))

    def supported(self, chance: float) -> float | None:
        """The longest row that the data support at this chance, for targets like these."""
        if isinstance(self.facts.get("supported_k"), Mapping):
            return self.number("supported_k", "like_these", str(chance))
        return None

    @property
    def supported_k(self) -> float | None:
        """The same at a chance of 90 %, drawn from the run's own targets."""
        if isinstance(self.facts.get("supported_k"), Mapping):
            return self.number("supported_k", "these_targets", "0.9")
        return self.number("supported_k")

    @property
    def mean_run_length(self) -> float | None:
        """Correct clicks per failure, in the order of the run."""
        return self.number("mean_run_length")

    @property
    def error_rate(self) -> float | None:
        return self.number("error_rate")

    @property
    def median_miss(self) -> float | None:
        """The median distance of misses from the region, in pixels."""
        return self.number("miss_distance", "median")

    @property
    def spread(self) -> float | None:
        """Root mean square distance of hits and near misses from their mean offset, in pixels."""
        return self.number("spread")

    def latency(self, percentile: str) -> float | None:
        """Seconds per answer: ``p50`` or ``p95``; ``n`` answers, of them ``cached`` ones."""
        return self.number("latency_s", percentile)

    def tokens(self, direction: str) -> float | None:
        """Tokens of all trials: ``input`` or ``output``."""
        return self.number("tokens", direction)

    @property
    def cost_usd(self) -> float | None:
        return self.number("cost_usd")

    @property
    def cost_per_1000_clicks(self) -> float | None:
        return self.number("cost_per_1000_clicks")

    @property
    def cost_per_hit(self) -> float | None:
        return self.number("cost_per_hit")

    @property
    def outcomes(self) -> dict[str, int | None]:
        """The number of trials with each outcome; None for each if nothing was asked."""
        counts = self.facts.get("outcomes") or {}
        return {name: int(counts.get(name, 0)) if self.asked else None for name in OUTCOMES}

    def outcomes_on(self, where: Literal["present", "absent"]) -> dict[str, int | None]:
        """The number of trials with each outcome on present or on absent targets alone."""
        counts = self.facts.get(f"outcomes_{where}")
        if not self.asked or not isinstance(counts, Mapping):
            return dict.fromkeys(OUTCOMES)
        return {name: int(counts.get(name, 0)) for name in OUTCOMES}

    def asked_on(self, where: Literal["present", "absent"]) -> int | None:
        """The number of trials on present or on absent targets."""
        counts = self.outcomes_on(where).values()
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def missing(self) -> int | None:
        """Number of targets without any reply; None if nothing was asked."""
        return int(self.number("missing") or 0) if self.asked else None

    @property
    def missing_targets(self) -> list[str]:
        """Ids of the targets without a reply; untrusted text."""
        return [str(item["target"]) for item in self.facts.get("missing_targets") or ()]

    @property
    def sampling(self) -> str:
        """The sampling settings that were sent, or told of replies made elsewhere, in words."""
        display = self.facts.get("display") or {}
        return visible(str(display.get("sampling", numbers.UNKNOWN)))

    @property
    def misfit(self) -> str | None:
        """The sentence on a coordinate frame that would explain the misses; None without one."""
        misfit = self.facts.get("misfit")
        return str(misfit["sentence"]) if misfit else None

    @property
    def pictures(self) -> str | None:
        """The sentence on pictures that a server shrank, or does not count; None without one."""
        pictures = self.facts.get("pictures")
        return str(pictures["sentence"]) if pictures and pictures["sentence"] else None

    @property
    def longest_streak(self) -> int | None:
        length = self.number("longest_streak")
        return None if length is None else int(length)

    @property
    def also_by(self) -> tuple[str, ...]:
        """Names of the dimensions under ``also_by``."""
        return tuple(self.facts.get("also_by") or ())

    def groups(self, dimension: str) -> dict[str, ShownEstimate]:
        """Group's name -> hit rate, from ``by`` or ``also_by`` of the summary."""
        dimensions = {**(self.facts.get("also_by") or {}), **(self.facts.get("by") or {})}
        groups = dimensions.get(dimension) or {}
        estimates = {str(name): read_estimate(raw) for name, raw in groups.items()}
        return {name: item for name, item in estimates.items() if item is not None}

    @property
    def pass_k(self) -> dict[int, ShownEstimate]:
        """k -> pass^k, for every k up to the number of repeats."""
        estimates = {
            int(k): read_estimate(raw) for k, raw in (self.facts.get("pass_k") or {}).items()
        }
        return {k: item for k, item in estimates.items() if item is not None}

    @property
    def goal(self) -> GoalBlock | None:
        """The verdict on a streak's goal; None if clicks of a session are missing."""
        goal: GoalBlock | None = self.facts.get("goal")
        return goal

    @property
    def has_drawn_sessions(self) -> bool:
        """True if the trials are sessions of `streak`, on randomly drawn targets."""
        return bool((self.facts.get("sessions") or {}).get("drawn"))

    @property
    def survival(self) -> tuple[SurvivalStep, ...]:
        """Kaplan-Meier over sessions: a step at each click at which one failed."""
        return tuple(
            SurvivalStep(**{name: step.get(name) for name in SurvivalStep.__dataclass_fields__})
            for step in self.facts.get("survival") or ()
        )

    @property
    def confusions(self) -> list[Confusion]:
        """Targets that were clicked instead of the one asked for, most frequent first."""
        return [
            Confusion(str(item["asked"]), str(item["clicked"]), int(item["count"]))
            for item in self.facts.get("confusions") or ()
        ]

    @property
    def offset(self) -> Sequence[float] | None:
        """Mean (dx, dy) of hits and near misses from the region's center, in pixels."""
        raw = self.facts.get("bias")
        return raw if isinstance(raw, (list, tuple)) and len(raw) == 2 else None


@dataclass(frozen=True)
class Confusion:
    """A target asked for, the one clicked instead (ids, untrusted text), and how often."""

    asked: str
    clicked: str
    count: int


def report_entries(runs: Sequence[ReportRun]) -> list[Entry]:
    """Every model of every run and every pointer that guesses, the best hit rate first.

    A label that occurs in several runs becomes ``MODEL@RUN``; nothing is pooled. A floor pointer that
    no run asked has a row, too, computed over the targets without trials.
    """
    times: dict[str, int] = {}
    for run in runs:
        for model in run.info.models:
            times[model.label] = times.get(model.label, 0) + 1
    entries = [
        Entry(
            f"{model.label}@{run.name}" if times[model.label] > 1 else model.label,
            run.name,
            model,
            run.summary["models"].get(model.label, {}),
            partial=is_partial_gate(run.info),
        )
        for run in runs
        for model in run.info.models
    ]
    return sorted(entries + _floor(runs, {entry.label for entry in entries}), key=_rank)


def _floor(runs: Sequence[ReportRun], taken: set[str]) -> list[Entry]:
    """The exact pointers that no run asked; all runs of a report have the same targets."""
    asked = {model.exact for run in runs for model in run.info.models}
    blocks: Mapping[str, Any] = runs[0].summary.get("floor") or {} if runs else {}
    entries = []
    for block in blocks.values():
        exact: Exact = block["exact"]
        if exact not in asked:
            label = str(block["label"])
            model = RunModel(
                # Replies obtained elsewhere may carry any label, this one included.
                label=f"{label} (computed)" if label in taken else label,
                adapter="local",
                name=exact,
                profile={},
                settings={},
                wire={},
                floor=True,
                exact=exact,
            )
            entries.append(Entry(model.label, "", model, block))
    return entries


def model_markers(models: Iterable[RunModel]) -> dict[str, Marker]:
    """The marker of each model of a run, by label, for overlays."""
    return _markers((model.label, model) for model in models)


def entry_markers(entries: Iterable[Entry]) -> dict[str, Marker]:
    """The marker of each entry of a report, by label; the same as in an overlay of its run."""
    return _markers((entry.label, entry.model) for entry in entries)


def _markers(labeled: Iterable[tuple[str, RunModel]]) -> dict[str, Marker]:
    models = dict(labeled)
    names = {label: model.label for label, model in models.items() if model.exact is None}
    guessing = {
        label: guessing_marker(get_args(Exact).index(model.exact))
        for label, model in models.items()
        if model.exact is not None
    }
    return markers_for(names, names) | guessing


def _rank(entry: Entry) -> tuple[float, bool, str]:
    rate = entry.hit_rate
    value = None if rate is None else rate.value
    return 1.0 if value is None else -value, entry.guessing, entry.label
