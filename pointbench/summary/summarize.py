"""The whole of summary.json from a run's three files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pointbench.calibration import Misfit, Misses
from pointbench.replies.finish import ending
from pointbench.runs import SCHEMA, RunInfo
from pointbench.statistics.estimates import CONFIDENCE
from pointbench.suites import AskedTarget
from pointbench.summary.clicks import NEAR_PX
from pointbench.summary.comparisons import answers, comparisons, rank_models
from pointbench.summary.floor import floor_block
from pointbench.summary.goal import goal_summary
from pointbench.summary.models import model_summary
from pointbench.summary.table import AS_IS, Targets, target_table, trial_table
from pointbench.trials import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


def summarize(
    info: RunInfo, targets: Sequence[AskedTarget], records: Iterable[Record]
) -> dict[str, Any]:
    """Every figure of a run (docs/numbers.md), unrounded. ``records`` hold one, the last, line of each key.

    RunError when a record's model or target is not of this run.
    """
    table = target_table(targets)
    labels = [model.label for model in info.models]
    misses = Misses(targets)
    flags: dict[str, Counter[str]] = {label: Counter() for label in labels}
    rows = trial_table(misses.passing(_flagged(records, flags)), table, labels)
    misfits = misses.misfits()
    repeats = _repeats(info, rows)
    # Told from the trials and not from the run's kind, which a rescored run does not keep.
    drawn = any(bool((found["session"] >= 0).any()) for found in rows.values())
    models = {
        model.label: model_summary(model, rows[model.label], table, repeats, drawn)
        for model in info.models
    }
    estimated = [model.label for model in info.models if model.exact is None]
    compared = comparisons([answers(label, rows[label], table) for label in estimated], table)
    rates = {label: models[label]["hit_rate"]["value"] for label in estimated}
    ranks = rank_models(rates, compared)
    for label, block in models.items():
        block["rank"] = ranks.get(label)
        block["flags"] = {flag: flags[label][flag] for flag in sorted(flags[label])}
        block["misfit"] = _misfit(misfits.get(label))
        if info.goal is not None:
            block["goal"] = goal_summary(info.goal, rows[label])
    return {
        "schema": SCHEMA,
        "run": _run(info, table, repeats),
        "models": models,
        "floor": floor_block(table),
        "comparisons": compared,
    }


def _flagged(records: Iterable[Record], flags: dict[str, Counter[str]]) -> Iterator[Record]:
    """The same records; what their readings flag is counted by model."""
    for record in records:
        found = list(record.parsed.flags) if record.parsed is not None else []
        if record.reply is not None and ending(record.reply.finish_reason) == "cut-off":
            found.append("cut-off")
        if found and record.model in flags:
            flags[record.model].update(found)
        yield record


def _misfit(found: Misfit | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "unit": found.reading.unit,
        "swapped": found.reading.swapped,
        "hits": found.hits,
        "misses": found.misses,
        "sentence": found.sentence,
    }


def dump_summary(summary: dict[str, Any]) -> bytes:
    """``summary.json``: the same bytes for the same summary. ValueError for NaN or infinity."""
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _repeats(info: RunInfo, rows: dict[str, NDArray[Any]]) -> int:
    """The run's repeats; of replies obtained elsewhere, as many as the most repeated target has."""
    import numpy as np

    most = info.repeats
    for found in rows.values():
        # Drawn clicks (`streak`) are numbered by session and click, and repeat no plan.
        as_is = found["target"][(found["variant"] == AS_IS) & (found["session"] < 0)]
        most = max(most, int(np.bincount(as_is).max()) if len(as_is) else 0)
    return most


def _run(info: RunInfo, table: Targets, repeats: int) -> dict[str, Any]:
    import numpy as np

    present = int(table.present.sum())
    goal = {} if info.goal is None else {"goal": msgspec.to_builtins(info.goal)}
    return {
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
        **goal,
    }
