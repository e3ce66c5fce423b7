"""Outcomes of one model's trials: counts, errors, missing replies, false clicks; with their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pointbench.statistics import clusters
from pointbench.statistics.estimates import EstimateBlock
from pointbench.summary.schema_parts import Schema, count, estimate, obj, share
from pointbench.summary.table import AS_IS, DECLINED, ERROR, MISS, Targets
from pointbench.trials import OUTCOMES, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials


class FalseClicksBlock(EstimateBlock, total=False):
    """The share of as-is trials on absent targets that clicked; it has no hits."""

    clicked: int
    declined: int


class MissingTarget(TypedDict):
    """A target without a reply."""

    suite: str
    target: str


class ErrorsHideBlock(TypedDict):
    """The range that trials in error leave open for the hit rate."""

    errors: int
    n: int
    all_wrong: float | None
    all_right: float | None


class OutcomesBlock(TypedDict):
    """Outcomes of the trials."""

    outcomes: dict[Outcome, int]
    outcomes_present: dict[Outcome, int]
    outcomes_absent: dict[Outcome, int]
    error_rate: float | None
    trials: int
    missing: int
    missing_targets: list[MissingTarget]
    false_clicks: FalseClicksBlock
    errors_hide: ErrorsHideBlock


def outcome_counts(rows: Trials, targets: Targets, drawn: bool) -> OutcomesBlock:
    """Counts over every key asked (docs/numbers.md), and the false clicks on absent targets (as-is)."""
    import numpy as np

    present = targets.present[rows["target"]]
    on_present, on_absent = _counts(rows[present]), _counts(rows[~present])
    errors = on_present["error"] + on_absent["error"]
    answered = np.zeros(len(targets), dtype=bool)
    answered[rows["target"][rows["outcome"] != ERROR]] = True
    missing = _missing(answered, rows, targets, drawn)
    return {
        "outcomes": {name: on_present[name] + on_absent[name] for name in OUTCOMES},
        "outcomes_present": on_present,
        "outcomes_absent": on_absent,
        "error_rate": errors / len(rows) if len(rows) else None,
        "trials": len(rows),
        "missing": len(missing),
        "missing_targets": missing,
        "false_clicks": _false_clicks(rows, targets),
        "errors_hide": _errors_hide(rows, targets),
    }


def _counts(rows: Trials) -> dict[Outcome, int]:
    import numpy as np

    counts = np.bincount(rows["outcome"], minlength=len(OUTCOMES))
    return {name: int(counts[code]) for code, name in enumerate(OUTCOMES)}


def _false_clicks(rows: Trials, targets: Targets) -> FalseClicksBlock:
    import numpy as np

    absent = rows[~targets.present[rows["target"]] & (rows["variant"] == AS_IS)]
    answered = np.bincount(absent["target"][absent["outcome"] != ERROR], minlength=len(targets))
    clicked = np.bincount(absent["target"][absent["outcome"] == MISS], minlength=len(targets))
    block = clusters.share(clicked, answered, targets.screenshot.codes).as_dict()
    # Not hits: a click on an absent target is a mistake.
    clicks = block.pop("hits", 0)
    declined = int((absent["outcome"] == DECLINED).sum())
    return {**block, "clicked": clicks, "declined": declined}


def _errors_hide(rows: Trials, targets: Targets) -> ErrorsHideBlock:
    """The hit rate if every as-is trial in error on a present target had been answered wrongly, and
    if every one had been answered correctly.
    """
    asked = rows[targets.present[rows["target"]] & (rows["variant"] == AS_IS)]
    errors = int((asked["outcome"] == ERROR).sum())
    hits, n = int((asked["correct"] == 1).sum()), len(asked)
    return {
        "errors": errors,
        "n": n,
        "all_wrong": hits / n if n else None,
        "all_right": (hits + errors) / n if n else None,
    }


def _missing(
    answered: NDArray[np.bool_], rows: Trials, targets: Targets, drawn: bool
) -> list[MissingTarget]:
    """The targets without a reply; among drawn clicks (`streak`) only targets that were drawn."""
    import numpy as np

    planned = np.ones(len(targets), dtype=bool)
    if drawn:
        planned[:] = False
        planned[rows["target"]] = True
    return [
        {"suite": targets.asked[code].suite, "target": targets.asked[code].id}
        for code in np.flatnonzero(planned & ~answered)
    ]


def outcome_schemas() -> dict[str, Schema]:
    """The schema of an `OutcomesBlock`, by key."""
    return {
        "outcomes": obj(
            {name: count("") for name in OUTCOMES},
            description="Trials of every variant by outcome.",
        ),
        "outcomes_present": obj(
            {name: count("") for name in OUTCOMES},
            description="The same, on present targets alone; a miss is a click beside the region.",
        ),
        "outcomes_absent": obj(
            {name: count("") for name in OUTCOMES},
            description="The same, on absent targets alone; a miss is a click on what is not there.",
        ),
        "error_rate": share("Keys whose last line is an error, divided by keys asked."),
        "trials": count("Keys asked."),
        "missing": count("Targets without a reply; for drawn clicks, among those drawn."),
        "missing_targets": {
            "type": "array",
            "items": obj({"suite": {"type": "string"}, "target": {"type": "string"}}),
            "description": "The targets without a reply.",
        },
        "false_clicks": estimate("Share of absent targets that were clicked."),
        "errors_hide": obj(
            {
                "errors": count("As-is trials in error on present targets."),
                "n": count("As-is trials on present targets, including those in error."),
                "all_wrong": share("The hit rate if all errors had been answered wrongly."),
                "all_right": share("The hit rate if all errors had been answered correctly."),
            },
            description="The range that the errors leave open for the hit rate.",
        ),
    }
