"""Clicks in a row: pass^k, supported k, streaks, flips; figures and their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pointbench.statistics import clusters, flips, reliability
from pointbench.statistics.intervals import lower_bound
from pointbench.summary.schema_parts import Schema, count, estimate, estimates, number, obj, share
from pointbench.summary.table import AS_IS, ERROR, JITTERED, REWORDED, Targets
from pointbench.summary.tally import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_LENGTHS = (10, 100, 1000)
"""The k of "k clicks in a row" in summary.json, its schema and every report."""
HORIZON_CHANCES = (0.5, 0.9, 0.99)
"""The chances of an unbroken row whose horizon in clicks is given."""


def pass_k(as_is: Tally, targets: Targets, repeats: int) -> dict[str, dict[str, Any]]:
    present = targets.present
    found = {}
    for k in range(1, repeats + 1):
        estimate = reliability.pass_k(
            as_is.correct[present], as_is.scored[present], targets.screenshot.codes[present], k
        )
        found[str(k)] = estimate.as_dict()
    return found


def supported_k(as_is: Tally, targets: Targets) -> dict[str, Any]:
    hits = int(as_is.correct[targets.present].sum())
    n = int(as_is.scored[targets.present].sum())
    distinct = int((as_is.scored[targets.present] > 0).sum())
    bound = lower_bound(hits, n)
    return {
        "supported_k": reliability.supported_k(hits, n) if n else None,
        "supported_k_rests_on": {
            "chance": 0.9,
            "confidence": 0.95,
            "method": "Clopper-Pearson, one-sided",
            "low": bound if n else None,
            "hits": hits,
            "n": n,
            "targets": distinct,
        },
    }


def streaks(clicked: NDArray[Any], drawn: bool) -> dict[str, Any]:
    """Rows of clicks on present targets, as they are, in the plan's order."""
    # Within one long `run` an error is passed over; in `streak` it ends the session uncounted.
    used = clicked if drawn else clicked[clicked["outcome"] != ERROR]
    if drawn:
        # A session's clicks in their own order, whatever order two of them were planned in.
        used = used[used["session"].argsort(kind="stable")]
    rows = reliability.rows(used["correct"], used["session"])
    return {
        "longest_streak": rows.longest,
        "mean_run_length": rows.mean_length,
        "sessions": {
            "n": len(rows.lengths),
            "failed": int(rows.failed.sum()),
            "censored": int((~rows.failed).sum()),
            "drawn": drawn,
        },
        "survival": reliability.survival(rows),
    }


def flips_figures(tallies: list[Tally], targets: Targets) -> dict[str, dict[str, Any]]:
    present, first = targets.present, tallies[AS_IS]
    pairs = {"identical": flips.differing_pairs(first.correct, first.scored)}
    for name, variant in (("jittered", JITTERED), ("reworded", REWORDED)):
        other = tallies[variant]
        pairs[name] = flips.differing_cross_pairs(
            first.correct, first.scored, other.correct, other.scored
        )
    found = {}
    for name, (differing, possible) in pairs.items():
        used = present & (possible > 0)
        estimate = clusters.mean(differing[used] / possible[used], targets.screenshot.codes[used])
        count = int(possible[used].sum())
        found[name] = estimate.as_dict(pairs=count, differing=int(differing[used].sum()))
    return found


def in_a_row_schemas() -> dict[str, Schema]:
    return {
        "pass_k": estimates("pass^k: the same target right k times, mean of C(c,k)/C(n,k)."),
        "click_chance": estimate("p: the mean over targets of each one's rate."),
        "in_a_row": estimates("p to the k: k drawn targets in a row.", ("10", "100", "1000")),
        "horizon": estimates(
            "ln q / ln p: clicks until the chance of no miss is q.", ("0.5", "0.9", "0.99")
        ),
        "supported_k": {
            "type": ["integer", "null"],
            "description": "The largest k that the data support at 90 %, with 95 % confidence.",
        },
        "supported_k_rests_on": obj(
            {
                "chance": {"type": "number"},
                "confidence": {"type": "number"},
                "method": {"type": "string"},
                "low": share("The one-sided bound of p."),
                "hits": count("Correct trials."),
                "n": count("Scored trials."),
                "targets": count("Distinct targets; the claim speaks for draws from them."),
            }
        ),
        "longest_streak": count("Most correct clicks in a row."),
        "mean_run_length": number("Correct clicks over failures; null without a failure."),
        "sessions": obj(
            {
                "n": count("Rows of clicks; in a run a new one starts after each failure."),
                "failed": count("Ended by a failure."),
                "censored": count("Ended by the goal, the plan's end or an error."),
                "drawn": {"type": "boolean", "description": "Clicks were drawn (streak)."},
            }
        ),
        "survival": {
            "type": "array",
            "description": "Kaplan-Meier: the chance of no miss up to each click where one fell.",
            "items": obj(
                {
                    "clicks": count("After so many clicks."),
                    "value": share("The chance."),
                    "low": share("Pointwise lower end."),
                    "high": share("Pointwise upper end."),
                    "at_risk": count("Sessions that came to this click."),
                    "failed": count("Sessions that failed at it."),
                }
            ),
        },
        "flips": obj(
            {
                "identical": estimate("Two as-is trials."),
                "jittered": estimate("One as-is, one jittered trial."),
                "reworded": estimate("One as-is, one reworded trial."),
            },
            description="Mean over targets of the share of trial pairs that differ in correct.",
        ),
    }
