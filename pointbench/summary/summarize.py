"""Builds summary.json from a run's three files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import msgspec
from pydantic import ValidationError

from pointbench.calibration import AskedModel, Misfit, Misses
from pointbench.profiles import Profile
from pointbench.replies.finish import ending
from pointbench.runs import SCHEMA, RunInfo, RunModel
from pointbench.statistics.estimates import CONFIDENCE
from pointbench.suites import AskedTarget
from pointbench.summary.comparisons import (
    ComparisonBlock,
    answers,
    comparisons,
    rank_models,
)
from pointbench.summary.floor import FloorBlock, floor_block
from pointbench.summary.model.block import ModelFigures, model_summary
from pointbench.summary.model.clicks import NEAR_PX
from pointbench.summary.model.facts import MisfitBlock, RankBlock, ServedBlock, served_block
from pointbench.summary.model.goal import GoalBlock, goal_summary
from pointbench.summary.model.pictures import Pictures, PicturesBlock
from pointbench.summary.table import AS_IS, Targets, target_table, trial_table
from pointbench.trials import Record, ReplyRecord

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


class ModelBlock(ModelFigures):
    """One model in summary.json."""

    served: ServedBlock
    rank: RankBlock | None
    flags: dict[str, int]
    """Answers by irregularity."""
    misfit: MisfitBlock | None
    pictures: PicturesBlock | None


class StreakModelBlock(ModelBlock):
    """One model in summary.json of a `streak`."""

    goal: GoalBlock | None


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
    seed: int
    repeats: int
    variants: list[str]
    suites: list[dict[str, object]]
    """As in run.json."""
    targets: RunTargets
    confidence: float
    cluster: str
    speaks_for: dict[str, str]
    size_quartiles_px2: list[float] | None
    near_miss_px: float
    goal: NotRequired[RunGoalBlock]
    """In a `streak` only."""


class Summary(TypedDict):
    """summary.json."""

    schema: int
    run: RunBlock
    models: dict[str, ModelBlock]
    floor: FloorBlock
    comparisons: list[ComparisonBlock]


def summarize(info: RunInfo, targets: Sequence[AskedTarget], records: Iterable[Record]) -> Summary:
    """Every figure of a run (docs/numbers.md), unrounded; ``records`` hold the last line of each key.

    RunError if a record's model or target is not in this run.
    """
    table = target_table(targets)
    labels = [model.label for model in info.models]
    limits = {model.label: model.cut_off_at for model in info.models}
    misses = Misses(targets, {model.label: _asked_model(model) for model in info.models})
    flags: dict[str, Counter[str]] = {label: Counter() for label in labels}
    served: dict[str, Counter[str]] = {label: Counter() for label in labels}
    pictures = Pictures(targets, info.models)
    counted = _count_served(_count_flags(records, flags, limits), served)
    rows = trial_table(misses.passing(pictures.passing(counted)), table, labels)
    misfits, seen = misses.misfits(), pictures.blocks()
    repeats = _repeats(info, rows.values())
    # Inferred from the trials, because a rescored run does not keep its kind.
    drawn = any(bool((trials["session"] >= 0).any()) for trials in rows.values())
    figures = {
        model.label: model_summary(model, rows[model.label], table, repeats, drawn)
        for model in info.models
    }
    estimated = [model.label for model in info.models if model.exact is None]
    pairs = comparisons([answers(label, rows[label], table) for label in estimated], table)
    ranks = rank_models({label: figures[label]["hit_rate"]["value"] for label in estimated}, pairs)
    models: dict[str, ModelBlock] = {
        (label := model.label): {
            **figures[label],
            "served": served_block(model, served[label]),
            "rank": ranks.get(label),
            "flags": {flag: flags[label][flag] for flag in sorted(flags[label])},
            "misfit": _misfit(misfits.get(label)),
            "pictures": seen.get(label),
        }
        for model in info.models
    }
    if info.goal is not None:
        for label, block in models.items():
            with_goal: StreakModelBlock = {**block, "goal": goal_summary(info.goal, rows[label])}
            models[label] = with_goal
    return {
        "schema": SCHEMA,
        "run": _run(info, table, repeats),
        "models": models,
        "floor": floor_block(table),
        "comparisons": pairs,
    }


def _count_flags(
    records: Iterable[Record], flags: dict[str, Counter[str]], limits: Mapping[str, int | None]
) -> Iterator[Record]:
    """Yields the same records, and counts irregular replies in ``flags``, by model and flag.

    ``limits`` are the output limits that were sent, by model.
    """
    for record in records:
        odd = list(record.parsed.flags) if record.parsed is not None else []
        if record.reply is not None and record.error is None:
            odd += _reply_flags(record.reply, limits.get(record.model))
        if odd and record.model in flags:
            flags[record.model].update(odd)
        yield record


def _count_served(records: Iterable[Record], served: dict[str, Counter[str]]) -> Iterator[Record]:
    """Yields the same records, and counts in ``served`` which models answered, by model asked."""
    for record in records:
        reply = record.reply if record.error is None else None
        if reply is not None and reply.model and record.model in served:
            served[record.model][reply.model] += 1
        yield record


def _reply_flags(reply: ReplyRecord, limit: int | None) -> list[str]:
    end = ending(reply.text, reply.finish_reason, reply.output_tokens, limit)
    if end == "cut-off":
        return ["cut-off"]
    if end == "blocked" or reply.text.strip():
        return []
    if reply.reasoning:
        return ["reasoning-only"]
    return ["empty"] if reply.output_tokens else []


def _asked_model(model: RunModel) -> AskedModel:
    try:
        profile = Profile.model_validate(model.profile)
    except ValidationError:
        # The profile of another version; the figures need none.
        profile = None
    return AskedModel(profile, model.blind, elsewhere=model.adapter == "replies")


def _misfit(misfit: Misfit | None) -> MisfitBlock | None:
    if misfit is None:
        return None
    return {
        "unit": misfit.guess.unit,
        "swapped": misfit.guess.swapped,
        "hits": misfit.hits,
        "misses": misfit.misses,
        "sentence": misfit.sentence,
    }


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


def _run(info: RunInfo, table: Targets, repeats: int) -> RunBlock:
    import numpy as np

    present = int(table.present.sum())
    block: RunBlock = {
        "schema": info.schema,
        "pointbench": info.pointbench,
        "seed": info.seed,
        "repeats": repeats,
        "variants": list(info.variants),
        "suites": [msgspec.to_builtins(suite) for suite in info.suites],
        "targets": {
            "present": present,
            "absent": len(table) - present,
            "screenshots": len(np.unique(table.screenshot.codes)),
            "apps": len({target.app for target in table.asked if target.app}),
        },
        "confidence": CONFIDENCE,
        "cluster": "screenshot",
        "speaks_for": SPEAKS_FOR,
        "size_quartiles_px2": None if table.area_cuts is None else list(table.area_cuts),
        "near_miss_px": NEAR_PX,
    }
    if info.goal is not None:
        block["goal"] = msgspec.to_builtins(info.goal)
    return block
