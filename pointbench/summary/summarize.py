"""Builds summary.json from a run's three files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict, cast

import msgspec

from pointbench.runs import SCHEMA, RunInfo, is_partial_gate
from pointbench.statistics.estimates import CONFIDENCE
from pointbench.suites import AskedTarget
from pointbench.summary.comparisons import (
    Answers,
    ComparisonBlock,
    answers,
    comparisons,
    rank_models,
)
from pointbench.summary.floor import FloorBlock, floor_block
from pointbench.summary.headline import Contender, Line, Scene, headline, of_suites
from pointbench.summary.hit_by_none import HitByNoneBlock, hit_by_none
from pointbench.summary.model.block import ModelFigures, model_summary
from pointbench.summary.model.clicks import NEAR_PX
from pointbench.summary.model.facts import RankBlock
from pointbench.summary.model.goal import GoalBlock, goal_summary
from pointbench.summary.replies import Replies, RepliesBlock
from pointbench.summary.suspects import Suspect, Suspects, all_suspects, find_suspects
from pointbench.summary.table import AS_IS, Targets, target_table, trial_table
from pointbench.trials import Record

if TYPE_CHECKING:
    from pointbench.summary.table import Trials

SPEAKS_FOR = {
    "screenshot": (
        "Intervals are clustered by screenshot: they speak for other screenshots and targets like "
        "those asked, with the apps taken as given."
    ),
    "app": (
        "Intervals under by_app are clustered by app: they speak for other apps like those asked, "
        "and are usually wider."
    ),
    "wilson": (
        "Intervals under wilson are over hits/n as if every trial were independent: they speak for "
        "more trials on targets as unlike each other as if each had a screenshot of its own."
    ),
    "exact": "Figures of method exact are computed over this run's targets and have no interval.",
}


class SuiteModelBlock(ModelFigures, RepliesBlock):
    """One model on one suite: the block that a run of that suite alone would have, without its goal."""

    rank: RankBlock | None
    suspects: list[str]
    """Ids of the run's suspects that the model missed."""


class ModelBlock(SuiteModelBlock):
    """One model in summary.json."""

    suites: NotRequired[dict[str, SuiteModelBlock]]
    """By suite; in a run of several only. The block itself is over all of them."""
    goal: NotRequired[GoalBlock | None]
    """In a `streak` only."""


class RunTargets(TypedDict):
    """Counts of the run's targets."""

    present: int
    absent: int
    screenshots: int
    apps: int


class RunGoalBlock(TypedDict):
    """The goal that `streak` set for every model, as in run.json."""

    k: int
    chance: float
    confidence: float | None
    sessions: int | None
    cap: int | None


class RunBlock(TypedDict):
    """What was asked in the run; neither its name nor its time."""

    schema: int
    pointbench: str
    seed: int | None
    """None where nothing was asked, like ``variants``."""
    repeats: int
    variants: list[str] | None
    suites: list[dict[str, object]]
    """As in run.json."""
    targets: RunTargets
    confidence: float
    cluster: str
    speaks_for: dict[str, str]
    size_quartiles_px2: list[float] | None
    near_miss_px: float
    suite_size_quartiles_px2: NotRequired[dict[str, list[float] | None]]
    """The same as ``size_quartiles_px2`` for each suite; in a run of several suites only."""
    goal: NotRequired[RunGoalBlock]
    """In a `streak` only."""


class Summary(TypedDict):
    """summary.json."""

    schema: int
    headline: list[Line]
    run: RunBlock
    models: dict[str, ModelBlock]
    floor: FloorBlock
    comparisons: list[ComparisonBlock]
    hit_by_none: HitByNoneBlock
    suspects: list[Suspect]
    suspects_by_chance: float


class _Block(NamedTuple):
    """The figures of a part of a run."""

    models: dict[str, SuiteModelBlock]
    pairs: list[ComparisonBlock]
    hit_by_none: HitByNoneBlock
    suspects: Suspects


class _Part(NamedTuple):
    """Some of a run's targets, as if it had asked no others: all of them, or those of one suite."""

    table: Targets
    replies: Replies


def summarize(info: RunInfo, targets: Sequence[AskedTarget], records: Iterable[Record]) -> Summary:
    """Every figure of a run (docs/numbers.md), unrounded; ``records`` hold the last line of each key.

    RunError if a record's model or target is not in this run.
    """
    whole = _part(info, targets)
    suites = {
        name: _part(info, [target for target in targets if target.suite == name])
        for name in _several_suites(whole.table)
    }
    labels = [model.label for model in info.models]
    rows = trial_table(_passing(records, whole, suites), whole.table, labels)
    # Inferred from the trials, too, because a rescored run does not keep its kind.
    drawn = info.goal is not None or any(
        bool((trials["session"] >= 0).any()) for trials in rows.values()
    )
    repeats = _repeats(info, rows.values())
    # A model may be good at one suite and bad at another, so suspects are found suite by suite.
    apart = {
        name: _block(info, part, _own(name, whole.table, rows), drawn)
        for name, part in suites.items()
    }
    found = all_suspects([each.suspects for each in apart.values()]) if apart else None
    block = _block(info, whole, rows, drawn, found)
    # The keys that a ModelBlock has beyond those of one suite are optional.
    models = {label: cast("ModelBlock", each) for label, each in block.models.items()}
    headlines = []
    for name, own in apart.items():
        for label, each in own.models.items():
            models[label].setdefault("suites", {})[name] = each
        table = suites[name].table
        headlines.append(_headline(info, table, own, floor_block(table), name))
    if info.goal is not None:
        for label in models:
            models[label]["goal"] = goal_summary(info.goal, rows[label])
    floor = floor_block(whole.table)
    lines = of_suites(headlines) if suites else _headline(info, whole.table, block, floor)
    return {
        "schema": SCHEMA,
        "headline": lines,
        "run": _run(
            info, whole.table, repeats, {name: part.table for name, part in suites.items()}
        ),
        "models": models,
        "floor": floor,
        "comparisons": block.pairs,
        "hit_by_none": block.hit_by_none,
        "suspects": block.suspects.targets,
        "suspects_by_chance": block.suspects.by_chance,
    }


def _part(info: RunInfo, targets: Sequence[AskedTarget]) -> _Part:
    return _Part(target_table(targets), Replies(info, targets))


def _several_suites(table: Targets) -> tuple[str, ...]:
    """The suites of the targets, sorted; none if there is only one, whose figures are the run's."""
    names = table.groups["suite"].names
    return names if len(names) > 1 else ()


def _passing(
    records: Iterable[Record], whole: _Part, suites: Mapping[str, _Part]
) -> Iterator[Record]:
    """Yields the same records; their replies are counted in the whole and in the part of their suite."""
    for record in records:
        whole.replies.take(record)
        part = suites.get(record.suite)
        if part is not None:
            part.replies.take(record)
        yield record


def _compared(info: RunInfo, rows: Mapping[str, Trials], table: Targets) -> dict[str, Answers]:
    """The answers of the models that are compared, all without exact figures, by label."""
    labels = [model.label for model in info.models if model.exact is None]
    return {label: answers(label, rows[label], table) for label in labels}


def _block(
    info: RunInfo,
    part: _Part,
    rows: Mapping[str, Trials],
    drawn: bool,
    suspects: Suspects | None = None,
) -> _Block:
    """The figures over the targets of a part; ``rows`` are the trials on them.

    ``suspects`` are found among these targets unless they are given.
    """
    repeats = _repeats(info, rows.values())
    compared = _compared(info, rows, part.table)
    pairs = comparisons(list(compared.values()), part.table)
    figures = {
        model.label: model_summary(model, rows[model.label], part.table, repeats, drawn)
        for model in info.models
    }
    rates = {label: figures[label]["hit_rate"]["value"] for label in compared}
    # Where a gate stopped depends on its answers, so what it asked is no sample to rank by.
    ranks = {} if is_partial_gate(info) else rank_models(rates, pairs)
    replies = part.replies.blocks()
    floors = {model.label for model in info.models if model.floor}
    judges = [answers for label, answers in compared.items() if label not in floors]
    suspects = find_suspects(judges, part.table) if suspects is None else suspects
    return _Block(
        {
            label: {
                **block,
                **replies[label],
                "rank": ranks.get(label),
                "suspects": suspects.missed_by(label),
            }
            for label, block in figures.items()
        },
        pairs,
        hit_by_none([answers.tally for answers in judges], part.table),
        suspects,
    )


def _own(suite: str, table: Targets, rows: Mapping[str, Trials]) -> dict[str, Trials]:
    """The trials on one suite, for its own table; ``table`` and ``rows`` are those of the whole run."""
    import numpy as np

    suites = table.groups["suite"]
    # A table is sorted by suite, so the suite's targets are one after another, as in its own table.
    in_suite = suites.codes == suites.names.index(suite)
    first = int(np.flatnonzero(in_suite)[0])
    own = {label: trials[in_suite[trials["target"]]] for label, trials in rows.items()}
    for trials in own.values():
        trials["target"] -= first
    return own


def _headline(
    info: RunInfo, table: Targets, block: _Block, floor: FloorBlock, suite: str | None = None
) -> list[Line]:
    """What a reader should take away of the run, or of one suite."""
    present = int(table.present.sum())
    scene = Scene(
        present=present,
        absent=len(table) - present,
        apps=len({target.app for target in table.asked if target.app}),
        contenders=[
            Contender(
                model.label,
                model,
                block.models[model.label],
                ranked=not is_partial_gate(info),
                error_limit=info.max_error_rate,
            )
            for model in info.models
            if model.exact is None
        ],
        pairs=block.pairs,
        best_guess=floor["best-constant"]["hit_rate"]["value"],
        hit_by_none=block.hit_by_none,
    )
    return headline(scene, suite)


def dump_summary(summary: Mapping[str, object]) -> bytes:
    """The bytes of ``summary.json``, the same for the same summary. ValueError for NaN or infinity."""
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _repeats(info: RunInfo, models: Iterable[Trials]) -> int:
    """The run's repeats; for replies obtained elsewhere, those of the most repeated target."""
    import numpy as np

    most = info.repeats
    for trials in models:
        # Drawn clicks (`streak`) are numbered by session and click, and have no repeats.
        as_is = trials["target"][(trials["variant"] == AS_IS) & (trials["session"] < 0)]
        most = max(most, int(np.bincount(as_is).max()) if len(as_is) else 0)
    return most


def _run(info: RunInfo, table: Targets, repeats: int, suites: Mapping[str, Targets]) -> RunBlock:
    """What was asked; ``suites`` are the tables of the suites of a run of several."""
    import numpy as np

    present = int(table.present.sum())
    block: RunBlock = {
        "schema": info.schema,
        "pointbench": info.pointbench,
        "seed": info.seed if info.asked else None,
        "repeats": repeats,
        "variants": list(info.variants) if info.asked else None,
        "suites": msgspec.json.decode(msgspec.json.encode(info.suites)),
        "targets": {
            "present": present,
            "absent": len(table) - present,
            "screenshots": len(np.unique(table.screenshot.codes)),
            "apps": len({target.app for target in table.asked if target.app}),
        },
        "confidence": CONFIDENCE,
        "cluster": "screenshot",
        "speaks_for": SPEAKS_FOR,
        "size_quartiles_px2": _cuts(table),
        "near_miss_px": NEAR_PX,
    }
    if suites:
        block["suite_size_quartiles_px2"] = {name: _cuts(own) for name, own in suites.items()}
    if info.goal is not None:
        block["goal"] = msgspec.to_builtins(info.goal)
    return block


def _cuts(table: Targets) -> list[float] | None:
    return None if table.area_cuts is None else list(table.area_cuts)
