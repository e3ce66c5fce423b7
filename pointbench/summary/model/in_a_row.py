"""Clicks in a row: pass^k, supported k, streaks, flips; figures and their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pointbench.statistics import clusters, flips, reliability
from pointbench.statistics.estimates import CONFIDENCE, Estimate, EstimateBlock
from pointbench.statistics.intervals import lower_bound, targets_lower_bound
from pointbench.statistics.reliability import SurvivalPoint
from pointbench.summary.schema_parts import Schema, count, estimate, estimates, number, obj, share
from pointbench.summary.table import AS_IS, ERROR, JITTERED, REWORDED, Targets
from pointbench.summary.tally import Tally

if TYPE_CHECKING:
    from pointbench.summary.table import Trials

ROW_LENGTHS = (10, 100, 1000)
"""The k of "k clicks in a row" in summary.json, its schema and every report."""
HORIZON_CHANCES = (0.5, 0.9, 0.99)
"""The chances of an unbroken row for which summary.json gives the horizon in clicks."""
CLAIM_CHANCES = (0.5, 0.9)
"""The chances of k in a row for which summary.json gives the largest supported k."""


class ChancesBlock(TypedDict):
    """The chance that one click is correct, and the figures on clicks in a row derived from it."""

    click_chance: EstimateBlock
    in_a_row: dict[str, EstimateBlock]
    """By k, one of `ROW_LENGTHS`."""
    horizon: dict[str, EstimateBlock]
    """By chance, one of `HORIZON_CHANCES`; in clicks."""


class ClaimBlock(TypedDict):
    """The evidence for one of the claims of ``supported_k``."""

    low: float | None
    """The one-sided lower bound of the chance that one click is correct."""
    method: str


class ClaimEvidence(TypedDict):
    """The evidence for ``supported_k``."""

    confidence: float
    hits: int
    n: int
    targets: int
    clusters: int
    these_targets: ClaimBlock
    like_these: ClaimBlock


class SupportedK(TypedDict):
    """The largest k in a row that the data support, by the claim's chance, one of `CLAIM_CHANCES`."""

    these_targets: dict[str, int]
    """On targets drawn again from those of this run."""
    like_these: dict[str, int]
    """On other screens like these."""


class SupportedKBlock(TypedDict):
    """The largest k in a row that the data support, and what it rests on."""

    supported_k: SupportedK
    supported_k_rests_on: ClaimEvidence


class SessionCounts(TypedDict):
    """Number of rows of clicks, in total and by how they ended."""

    n: int
    failed: int
    censored: int
    drawn: bool


class StreaksBlock(TypedDict):
    """Rows of clicks on present targets."""

    longest_streak: int
    mean_run_length: float | None
    sessions: SessionCounts
    survival: list[SurvivalPoint]


class FlipRateBlock(EstimateBlock):
    """The mean over targets of the share of trial pairs that differ in ``correct``."""

    pairs: int
    differing: int


class FlipsBlock(TypedDict):
    """Flips between two as-is trials, and between one as-is and one changed trial."""

    identical: FlipRateBlock
    jittered: FlipRateBlock
    reworded: FlipRateBlock


def pass_k(as_is: Tally, targets: Targets, repeats: int) -> dict[str, EstimateBlock]:
    """pass^k by k, from 1 to the run's repeats."""
    present = targets.present
    hits, trials = as_is.correct[present], as_is.scored[present]
    codes = targets.screenshot.codes[present]
    return {
        str(k): reliability.pass_k(hits, trials, codes, k).as_dict() for k in range(1, repeats + 1)
    }


def chances(p: Estimate) -> ChancesBlock:
    """The chance ``p`` that one click is correct, the chances of k in a row, and the horizons."""
    return {
        "click_chance": p.as_dict(),
        "in_a_row": {str(k): reliability.in_a_row(p, k).as_dict() for k in ROW_LENGTHS},
        "horizon": {str(q): reliability.horizon(p, q).as_dict() for q in HORIZON_CHANCES},
    }


def supported_k(as_is: Tally, targets: Targets, drawn: bool) -> SupportedKBlock:
    """The largest k in a row that as-is trials on present targets support.

    ``drawn`` is True if the run's clicks were drawn (`streak`): each is then a draw from the targets.
    """
    import numpy as np

    present = targets.present
    hits, trials = as_is.correct[present], as_is.scored[present]
    codes = targets.screenshot.codes[present]
    n = int(trials.sum())
    these = lower_bound(int(hits.sum()), n) if drawn else targets_lower_bound(hits, trials)
    # Other screens are the wider claim, which never has the higher bound.
    others = min(clusters.lower_bound(hits, trials, codes), these)
    even = drawn or len(np.unique(trials[trials > 0])) < 2
    return {
        "supported_k": {
            "these_targets": _by_chance(these),
            "like_these": _by_chance(others),
        },
        "supported_k_rests_on": {
            "confidence": CONFIDENCE,
            "hits": int(hits.sum()),
            "n": n,
            "targets": int((trials > 0).sum()),
            "clusters": len(np.unique(codes[trials > 0])),
            "these_targets": {
                "low": these if n else None,
                "method": f"{'Clopper-Pearson' if even else 'Bentkus'}, one-sided",
            },
            "like_these": {
                "low": others if n else None,
                "method": "beta-binomial, clustered by screenshot, one-sided",
            },
        },
    }


def _by_chance(bound: float) -> dict[str, int]:
    return {str(chance): reliability.supported_k(bound, chance) for chance in CLAIM_CHANCES}


def streaks(clicked: Trials, drawn: bool) -> StreaksBlock:
    """Rows of as-is clicks on present targets, in the plan's order."""
    # Within one long `run` an error is skipped; in `streak` it ends the session uncounted.
    trials = clicked if drawn else clicked[clicked["outcome"] != ERROR]
    if drawn:
        # Keeps the clicks of a session together and in order, whatever the order of the plan.
        trials = trials[trials["session"].argsort(kind="stable")]
    rows = reliability.rows(trials["correct"], trials["session"])
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


def flip_rates(tallies: list[Tally], targets: Targets) -> FlipsBlock:
    """How often the verdict on a present target changes between two of its trials."""
    as_is = tallies[AS_IS]

    def rate(variant: int) -> FlipRateBlock:
        if variant == AS_IS:
            differing, pairs = flips.differing_pairs(as_is.correct, as_is.scored)
        else:
            other = tallies[variant]
            differing, pairs = flips.differing_cross_pairs(
                as_is.correct, as_is.scored, other.correct, other.scored
            )
        paired = targets.present & (pairs > 0)
        flipped = clusters.mean(differing[paired] / pairs[paired], targets.screenshot.codes[paired])
        return {
            **flipped.as_dict(),
            "pairs": int(pairs[paired].sum()),
            "differing": int(differing[paired].sum()),
        }

    return {"identical": rate(AS_IS), "jittered": rate(JITTERED), "reworded": rate(REWORDED)}


def in_a_row_schemas() -> dict[str, Schema]:
    """The schema of ``pass_k`` and of this module's blocks, by key."""
    return {
        "pass_k": estimates("pass^k: the same target correct k times, mean of C(c,k)/C(n,k)."),
        "click_chance": estimate("p: the mean of the targets' rates."),
        "in_a_row": estimates("p to the k: the chance of k drawn targets in a row.", ROW_LENGTHS),
        "horizon": estimates(
            "ln q / ln p: clicks until the chance of no miss is q.", HORIZON_CHANCES
        ),
        "supported_k": obj(
            {
                "these_targets": _claims("Clicks on targets drawn again from those of this run."),
                "like_these": _claims("Clicks on other screens like these."),
            },
            description="The largest k in a row that the data support, with 95 % confidence.",
        ),
        "supported_k_rests_on": obj(
            {
                "confidence": {"type": "number"},
                "hits": count("Correct trials."),
                "n": count("Scored trials."),
                "targets": count("Distinct targets."),
                "clusters": count("Screenshots."),
                "these_targets": _evidence(),
                "like_these": _evidence(),
            }
        ),
        "longest_streak": count("Most correct clicks in a row."),
        "mean_run_length": number("Correct clicks over failures; null without a failure."),
        "sessions": obj(
            {
                "n": count("Rows of clicks; in a run a new one starts after each failure."),
                "failed": count("Ended by a failure."),
                "censored": count("Ended by the goal, the plan's end or an error."),
                "drawn": {"type": "boolean", "description": "True if clicks were drawn (streak)."},
            }
        ),
        "survival": {
            "type": "array",
            "description": "Kaplan-Meier: the chance of no miss, at each click where a session failed.",
            "items": obj(
                {
                    "clicks": count("Number of clicks."),
                    "value": share("The chance of no miss up to and including this click."),
                    "low": share("Pointwise lower end."),
                    "high": share("Pointwise upper end."),
                    "at_risk": count("Sessions that reached this click."),
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


def _claims(description: str) -> Schema:
    """The largest k of a claim, by its chance."""
    return obj(
        {str(chance): count(f"With a chance of at least {chance}.") for chance in CLAIM_CHANCES},
        description=description,
    )


def _evidence() -> Schema:
    return obj(
        {
            "low": share("The one-sided lower bound of p; null without a trial."),
            "method": {"type": "string"},
        }
    )
