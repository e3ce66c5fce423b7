"""What every format of a report shows, before it is laid out. Pure.

`report_view` makes a `ReportView` from the runs of each suite; terminal, Markdown, LaTeX, the page and
the figures only arrange and escape it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pointbench.errors import UsageError, nearest_hint
from pointbench.report import breakdowns, footers, numbers, tables, words
from pointbench.report.entries import Entry, ReportRun, report_entries
from pointbench.report.loading import LoadedRuns, SuiteRuns
from pointbench.report.plain_text import visible
from pointbench.report.standing import Standing, standing
from pointbench.report.suspects import suspects_table
from pointbench.report.tables import Cell, Column, Row, Table
from pointbench.summary.headline import Contender, Line, Scene, headline


@dataclass(frozen=True)
class SuiteView:
    """One suite's block of a report; nothing in it is pooled with another suite's."""

    suite: str
    """The suite's name; untrusted text, like every label below."""
    title: str
    """``ScreenSpot-Pro: 1581 targets in 26 apps, 7 models, each target once``; one line, visible text."""
    headline: tuple[Line, ...]
    """Results, best first, then every warning. The text is untrusted: `plain_text.visible`."""
    leaderboard: Table
    """The one table that is always shown; what a reader must know of it is in its footers."""
    tables: tuple[Table, ...]
    """The tables that were asked for beside it, in the order of a report; empty by default."""
    methods: tuple[str, ...]
    """How the numbers were made, in sentences, for a section of its own."""
    runs: tuple[ReportRun, ...]
    entries: tuple[Entry, ...]
    standing: Standing

    @property
    def short_title(self) -> str:
        """What the suite is called; untrusted text."""
        titles = [suite.title for run in self.runs for suite in run.info.suites]
        return titles[0] if titles else self.suite

    @property
    def results(self) -> tuple[str, ...]:
        """The headline's results, as visible text."""
        return tuple(visible(line["text"]) for line in self.headline if line["kind"] == "result")

    @property
    def warnings(self) -> tuple[str, ...]:
        """The headline's warnings, as visible text."""
        return tuple(visible(line["text"]) for line in self.headline if line["kind"] == "warning")


@dataclass(frozen=True)
class ReportView:
    """A whole report."""

    runs: tuple[ReportRun, ...]
    """The runs with all their suites; if there is only one suite, with the targets in common."""
    by_suite: tuple[SuiteRuns, ...]
    suites: tuple[SuiteView, ...]
    """At least one."""
    matrix: Table | None
    """Hits of each model on each suite, with more than one suite."""
    shown: tuple[str, ...] | None
    """Names of the tables that were asked for with ``--table``; None for a whole report."""
    everything: bool
    """True for ``--all``: every table, and the methods of each suite after them."""
    next_steps: tuple[str, ...]
    """Commands to type next, each in one line."""
    page: str | None = None
    """Path of the page that was written, for people; None if none was."""

    @property
    def headline(self) -> list[Line]:
        """The headlines of all suites; each line names its suite if there are several."""
        several = len(self.suites) > 1
        return [
            Line(text=line["text"], kind=line["kind"], suite=suite.suite if several else None)
            for suite in self.suites
            for line in suite.headline
        ]

    @property
    def without_content(self) -> tuple[str, ...]:
        """The tables that were asked for and have nothing to show of any suite."""
        made = {table.key for suite in self.suites for table in suite.tables}
        return tuple(name for name in self.shown or () if not made & _keys(name, made))


Maker = Callable[[Sequence[ReportRun]], Table | None]


def _by(dimension: str) -> Maker:
    title = breakdowns.DIMENSIONS[dimension]
    return lambda runs: breakdowns.breakdown(runs, dimension, title)


TABLES: Mapping[str, Maker] = {
    "leaderboard": tables.leaderboard,
    "pairs": tables.pairs,
    "kind": _by("kind"),
    "size": _by("short_side"),
    "quarters": _by("size_quartile"),
    "app": _by("app"),
    "platform": _by("platform"),
    "tag": _by("tag"),
    "tag-kind": _by("tag_kind"),
    "variant": _by("variant"),
    "other": tables.other_ways,
    "rows": tables.rows_table,
    "again": tables.same_target,
    "aim": tables.aim,
    "outcomes": tables.outcomes,
    "cost": tables.effort,
    "guessing": tables.guessing,
    "suspects": suspects_table,
    "resolution": partial(
        breakdowns.breakdown, dimension="resolution", title=words.MORE_DIMENSIONS["resolution"]
    ),
    "position": partial(
        breakdowns.breakdown, dimension="position", title=words.MORE_DIMENSIONS["position"]
    ),
}
"""The names that ``--table`` takes, in the order of ``--all``; ``environment`` stands for all its fields."""
GENERIC = {"permille": "permille", "pixel": "pixel"}
"""The profiles that are nothing but a frame, by its unit."""
KEYS = {"size": "short_side", "quarters": "size_quartile", "tag-kind": "tag_kind"}
"""Names of `TABLES` whose table has another key."""
ENVIRONMENT = "environment"
NAMES = (*TABLES, ENVIRONMENT)


def _keys(name: str, made: Iterable[str]) -> set[str]:
    """The keys of the tables of this name among those made."""
    if name == ENVIRONMENT:
        return {key for key in made if key.startswith(breakdowns.ENVIRONMENT)}
    return {KEYS.get(name, name)}


def table_names(text: str) -> tuple[str, ...]:
    """The names in the value of ``--table``, separated by commas; UsageError for an unknown one."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in NAMES:
            hint = nearest_hint(name, NAMES, f"there are {', '.join(NAMES)}")
            raise UsageError(f"--table: no table {name!r:.60}; {hint}")
    if not names:
        raise UsageError(f"--table needs a name; there are {', '.join(NAMES)}")
    return names


def report_view(
    loaded: LoadedRuns,
    *,
    everything: bool = False,
    shown: Sequence[str] | None = None,
    page: str | None = None,
    typed: Sequence[str] | None = None,
) -> ReportView:
    """The report of some runs, as `loading.load_all` reads them.

    ``everything`` adds all tables; ``shown`` are the `NAMES` of the tables to show instead; ``typed`` is
    what names each run in a command (default: its name).
    """
    views = tuple(_suite_view(each, everything=everything, shown=shown) for each in loaded.suites)
    return ReportView(
        runs=loaded.runs,
        by_suite=loaded.suites,
        suites=views,
        matrix=_matrix(views) if len(views) > 1 else None,
        shown=None if shown is None else tuple(shown),
        everything=everything,
        next_steps=_next_steps(views, typed or [run.name for run in loaded.runs]),
        page=page,
    )


def _suite_view(each: SuiteRuns, *, everything: bool, shown: Sequence[str] | None) -> SuiteView:
    entries = tuple(report_entries(each.runs))
    place = standing(each.runs, entries)
    board = tables.leaderboard(each.runs, place)
    names: Iterable[str] = ()
    if shown is not None:
        names = shown
    elif everything:
        names = [name for name in NAMES if name != "leaderboard"]
    more = [
        table for name in names for table in _made(name, each.runs, place) if tables.tells(table)
    ]
    return SuiteView(
        suite=each.suite,
        title=suite_title(each.runs, entries),
        headline=(*suite_headline(each.runs, entries, place), *_states(each.runs)),
        leaderboard=board,
        tables=tuple(more),
        methods=footers.of_runs(each.runs),
        runs=each.runs,
        entries=entries,
        standing=place,
    )


def suite_headline(
    runs: Sequence[ReportRun], entries: Sequence[Entry], place: Standing
) -> list[Line]:
    """The headline of runs with the same targets, by the function that made the one of each run alone."""
    targets = runs[0].targets
    limits = {run.name: run.info.max_error_rate for run in runs}
    guesses = [
        rate.value
        for entry in entries
        if entry.guessing and (rate := entry.hit_rate) and rate.value is not None
    ]
    return headline(
        Scene(
            present=sum(not target.absent for target in targets),
            absent=sum(target.absent for target in targets),
            apps=len({target.app for target in targets if target.app}),
            contenders=[
                Contender(
                    entry.label, entry.model, entry.facts, entry.ranked, limits.get(entry.run, 1.0)
                )
                for entry in entries
                if not entry.guessing
            ],
            pairs=place.blocks,
            best_guess=max(guesses, default=None),
            hit_by_none=place.hit_by_none,
        )
    )


def _states(runs: Sequence[ReportRun]) -> list[Line]:
    """Warnings about the runs themselves, which no summary can hold."""
    return [
        {"text": sentence, "kind": "warning", "suite": None} for sentence in footers.states(runs)
    ]


def _made(name: str, runs: Sequence[ReportRun], place: Standing) -> list[Table]:
    """The table of this name; none if it has nothing to show, several for the environment's fields."""
    if name == "leaderboard":
        return [tables.leaderboard(runs, place)]
    if name == "pairs":
        table = tables.pairs(runs, place)
    elif name == ENVIRONMENT:
        return breakdowns.environment(runs)
    else:
        table = TABLES[name](runs)
    return [] if table is None or not table.rows or not table.columns else [table]


def suite_title(runs: Sequence[ReportRun], entries: Sequence[Entry]) -> str:
    """``ScreenSpot-Pro: 1581 targets in 26 apps, 7 models, each target once``."""
    targets = runs[0].targets
    present = sum(not target.absent for target in targets)
    absent = len(targets) - present
    apps = len({target.app for target in targets if target.app})
    titles = dict.fromkeys(visible(suite.title) for run in runs for suite in run.info.suites)
    what = numbers.counted(present, "target")
    if absent:
        what += f" and {numbers.count(absent)} absent"
    if apps > 1:
        what += f" in {numbers.counted(apps, 'app')}"
    models = sum(entry.asked and not entry.guessing for entry in entries)
    parts = [what, *([numbers.counted(models, "model")] if models else [])]
    times = {run.summary["run"]["repeats"] for run in runs if run.info.kind != "streak"}
    asked = {run.info.asked for run in runs}
    if len(times) == 1 and len(asked) == 1 and (repeats := times.pop()):
        # Of replies made elsewhere nobody knows how often a target was asked.
        once, several = (
            ("each target once", f"each target {repeats} times")
            if asked.pop()
            else ("one reply a target", f"up to {repeats} replies a target")
        )
        parts.append(once if repeats == 1 else several)
    return f"{', '.join(titles) or 'no suite'}: {', '.join(parts)}"


def _matrix(views: Sequence[SuiteView]) -> Table:
    """Model by suite: hits with their interval, guessing last; a model's best suite plays no part."""
    rates: dict[str, dict[int, Entry]] = {}
    for number, view in enumerate(views):
        for entry in tables.one_guess(view.entries):
            rates.setdefault(_row_name(entry, views), {})[number] = entry
    titles = [view.short_title for view in views]
    if len(set(titles)) < len(titles):
        titles = [view.suite for view in views]
    columns = tuple(
        Column[Mapping[int, Entry]](
            view.suite,
            visible(titles[number]),
            view.suite,
            partial(_matrix_cell, number),
        )
        for number, view in enumerate(views)
    )
    # The order is that of the first suite, then that of the second for models that the first lacks.
    ordered = sorted(rates.items(), key=lambda item: any(e.guessing for e in item[1].values()))
    rows = tuple(_matrix_row(name, found, columns) for name, found in ordered)
    notes = ("Suites are never pooled. –: not asked. Ranks and intervals: each suite's own table.",)
    return Table("matrix", "Hits by suite, % (95 %)", "model", columns, rows, notes)


def _matrix_row(
    name: str, found: Mapping[int, Entry], columns: Sequence[Column[Mapping[int, Entry]]]
) -> Row:
    first = next(iter(found.values()))
    label = first.shown_label if first.guessing else visible(name)
    return Row(name, label, first.marks, tables.cells(columns, found), first.guessing)


def _matrix_cell(number: int, found: Mapping[int, Entry]) -> Cell:
    entry = found.get(number)
    return Cell(numbers.UNKNOWN) if entry is None else tables.share_cell(entry.hit_rate)


def _row_name(entry: Entry, views: Sequence[SuiteView]) -> str:
    """The label of a model's row; MODEL@RUN where models of one label were asked in different ways."""
    if entry.guessing:
        return "guessing"
    alike = [
        other
        for view in views
        for other in view.entries
        if other.model.label == entry.model.label and not other.guessing
    ]
    ways = {
        (
            other.model.adapter,
            other.model.name,
            repr(other.model.profile),
            repr(other.model.settings),
        )
        for other in alike
    }
    return entry.label if len(ways) == 1 else f"{entry.model.label}@{entry.run}"


def _next_steps(views: Sequence[SuiteView], typed: Sequence[str]) -> tuple[str, ...]:
    """What to type to see more, or to read answers in another frame that fits them better."""
    names = " ".join(shlex.quote(name) for name in typed)
    steps = [f"pointbench report {names} --all"]
    if any(len(view.standing.order) > 1 for view in views):
        steps.append(f"pointbench compare {names}")
    fits = [entry.facts.get("misfit") for view in views for entry in view.entries]
    units = {str(fit["unit"]) for fit in fits if fit}
    if units and len(typed) == 1:
        unit = units.pop() if len(units) == 1 else ""
        steps.append(f"pointbench rescore {names} --profile {GENERIC.get(unit, 'PROFILE')}")
    return tuple(visible(step) for step in steps)
