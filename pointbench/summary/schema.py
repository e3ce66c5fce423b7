"""The JSON Schema of summary.json: every figure, and what it says."""

from __future__ import annotations

from typing import Any

from pointbench.summary.table import QUARTILES
from pointbench.trials import OUTCOMES, VARIANTS

Schema = dict[str, Any]


def summary_schema() -> Schema:
    """The JSON Schema (2020-12) of summary.json, with a description of every figure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pointbench summary.json",
        "description": (
            "Every number of a report, unrounded, made from run.json, targets.jsonl and "
            "trials.jsonl alone. null is what is not known. Unless said otherwise a figure is over "
            "as-is trials on present targets; trials in error are in no denominator but "
            "error_rate's."
        ),
        **_object(
            {
                "schema": {"const": 1, "description": "The schema of this file."},
                "run": _run(),
                "models": {
                    "type": "object",
                    "description": "One block a model, by its label, in the run's order.",
                    "additionalProperties": {"$ref": "#/$defs/model"},
                },
                "comparisons": {
                    "type": "array",
                    "description": "Every pair of models that have no exact figures.",
                    "items": {"$ref": "#/$defs/comparison"},
                },
            }
        ),
        "$defs": {
            "estimate": _estimate(),
            "interval": _interval_only(),
            "model": _model(),
            "comparison": _comparison(),
        },
    }


def _object(properties: dict[str, Schema], **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def _number(description: str, **more: Any) -> Schema:
    return {"type": ["number", "null"], "description": description, **more}


def _share(description: str) -> Schema:
    return _number(description, minimum=0, maximum=1)


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _estimates(description: str, names: tuple[str, ...] | None = None) -> Schema:
    found: Schema = {
        "type": "object",
        "description": description,
        "additionalProperties": _of_estimate("An estimate."),
    }
    if names is not None:
        found["propertyNames"] = {"enum": list(names)}
    return found


def _of_estimate(description: str) -> Schema:
    return {"$ref": "#/$defs/estimate", "description": description}


EVIDENCE: dict[str, Schema] = {
    "low": _number("The lower end; left out where the method is exact."),
    "high": _number("The upper end; left out where the method is exact."),
    "confidence": {"type": "number", "description": "How often such an interval holds."},
    "method": _text("How the interval was made; exact: computed, no data: no trial."),
    "clusters": _count("Clusters the trials lie in: screenshots, or apps under by_app."),
    "standard_error": _number("Clustered, linearised."),
    "design_effect": _number("standard_error squared over that of n independent trials."),
    "n_effective": _number("The independent trials that the interval is worth, at most n."),
    "approximate": {
        "const": True,
        "description": (
            "There where the interval is known to cover less than it says in such data: under 10 "
            "clusters, under 4 that make up the variance, or no miss (or no hit) at all."
        ),
    },
}

COUNTS: dict[str, Schema] = {
    "value": _number("The figure itself."),
    "hits": _count("Correct trials."),
    "n": _count("Scored trials; targets where a figure is a mean over targets."),
    "targets": _count("Distinct targets."),
    "left_out": _count("Of pass_k: targets with fewer than k scored trials."),
    "groups": _count("Of macro: the apps whose rates are averaged."),
    "pairs": _count("Of flips: pairs of trials looked at."),
    "differing": _count("Of flips: pairs whose verdicts differ."),
    "clicked": _count("Of false_clicks: trials that clicked."),
    "declined": _count("Of false_clicks: trials that rightly declined."),
    "wilson": {
        "type": "array",
        "items": {"type": "number", "minimum": 0, "maximum": 1},
        "minItems": 2,
        "maxItems": 2,
        "description": "Wilson's interval over hits/n, as if trials were independent.",
    },
}


def _estimate() -> Schema:
    by_app = {"$ref": "#/$defs/interval", "description": "The same, clustered by app."}
    return {
        "type": "object",
        "description": "A figure, its interval and what it rests on; what does not apply is absent.",
        "properties": COUNTS | EVIDENCE | {"by_app": by_app},
        "required": ["value", "method"],
        "additionalProperties": False,
    }


def _interval_only() -> Schema:
    return {
        "type": "object",
        "description": "Another interval of the same figure.",
        "properties": EVIDENCE,
        "required": ["low", "high", "confidence", "method"],
        "additionalProperties": False,
    }


def _run() -> Schema:
    return _object(
        {
            "schema": {"type": "integer", "description": "The schema of the run's files."},
            "pointbench": _text("The version that asked."),
            "seed": {"type": "integer", "description": "The run's seed."},
            "repeats": _count("As-is trials planned, or seen, of a target."),
            "variants": {"type": "array", "items": {"enum": list(VARIANTS)}},
            "suites": {
                "type": "array",
                "description": "name, version, title, license, digest, citation; counts as asked.",
                "items": {"type": "object"},
            },
            "targets": _object(
                {
                    "present": _count("Targets with a region."),
                    "absent": _count("Targets whose thing is not on the screen."),
                    "screenshots": _count("Distinct screenshots."),
                    "apps": _count("Distinct apps named."),
                }
            ),
            "confidence": {"type": "number", "description": "Of the intervals."},
            "cluster": _text("What intervals are clustered by."),
            "speaks_for": {
                "type": "object",
                "description": "What each kind of interval speaks for, a sentence each.",
                "additionalProperties": {"type": "string"},
            },
            "size_quartiles_px2": {
                "type": ["array", "null"],
                "items": {"type": "number"},
                "description": "The three region areas that part q1 to q4; an equal area is below.",
            },
            "near_miss_px": {"type": "number", "description": "How near a near miss is."},
        },
        description="What the figures are about; not which run, nor when.",
    )


def _model() -> Schema:
    return _object(
        _model_facts() | _model_rates() | _model_rows() | _model_clicks(),
        description="Everything about one model.",
    )


def _model_facts() -> dict[str, Schema]:
    return {
        "label": _text("As in every table."),
        "adapter": _text("What carries the request."),
        "name": _text("The model's name there."),
        "profile": {"type": ["string", "null"], "description": "How it was asked."},
        "blind": {"type": "boolean", "description": "It was sent no picture."},
        "floor": {"type": "boolean", "description": "A local pointer that every table shows."},
        "exact": {
            "enum": [None, "random", "center", "best-constant"],
            "description": "Its rates are computed over the targets instead of estimated.",
        },
        "display": _object(
            {
                "profile": {"type": ["string", "null"]},
                "frame": {"type": "object"},
                "settings": {"type": "object"},
                "sampling": _text("The sampling settings in words."),
            },
            description="What a table says beside the label.",
        ),
        "rank": {
            "type": ["object", "null"],
            "description": (
                "By hit rate among models without exact figures; low and high are the best and "
                "worst rank that the comparisons (after Holm) leave open."
            ),
            "properties": {name: _count("") for name in ("value", "low", "high")},
        },
    }


def _model_rates() -> dict[str, Schema]:
    outcomes = _object({name: _count("") for name in OUTCOMES})
    groups = ("kind", "size_quartile", "app", "platform", "suite", "variant")
    by = _object({name: _estimates(f"Hit rate by {name}.") for name in groups})
    by["properties"]["size_quartile"] = _estimates("q1 is the smallest.", QUARTILES)
    by["properties"]["variant"] = _estimates("Trials of each variant.", VARIANTS)
    return {
        "hit_rate": _of_estimate("Hits over present targets."),
        "accuracy": _of_estimate("Correct over present and absent targets."),
        "macro": _of_estimate("Mean of the rates per app; targets without one form one group."),
        "outcomes": outcomes | {"description": "Trials of every variant by outcome."},
        "error_rate": _share("Keys whose last line is an error over keys asked."),
        "trials": _count("Keys asked."),
        "missing": _count("Targets without a reply; of drawn clicks, among those drawn."),
        "missing_targets": {
            "type": "array",
            "items": _object({"suite": {"type": "string"}, "target": {"type": "string"}}),
            "description": "Which they are.",
        },
        "false_clicks": _of_estimate("Share of absent targets that were clicked."),
        "by": by | {"description": "Hit rate within groups; a target that says nothing is none."},
    }


def _model_rows() -> dict[str, Schema]:
    return {
        "pass_k": _estimates("pass^k: the same target right k times, mean of C(c,k)/C(n,k)."),
        "click_chance": _of_estimate("p: the mean over targets of each one's rate."),
        "in_a_row": _estimates("p to the k: k drawn targets in a row.", ("10", "100", "1000")),
        "horizon": _estimates(
            "ln q / ln p: clicks until the chance of no miss is q.", ("0.5", "0.9", "0.99")
        ),
        "supported_k": {
            "type": ["integer", "null"],
            "description": "The largest k that the data support at 90 %, with 95 % confidence.",
        },
        "supported_k_rests_on": _object(
            {
                "chance": {"type": "number"},
                "confidence": {"type": "number"},
                "method": {"type": "string"},
                "low": _share("The one-sided bound of p."),
                "hits": _count("Correct trials."),
                "n": _count("Scored trials."),
                "targets": _count("Distinct targets; the claim speaks for draws from them."),
            }
        ),
        "longest_streak": _count("Most correct clicks in a row."),
        "mean_run_length": _number("Correct clicks over failures; null without a failure."),
        "sessions": _object(
            {
                "n": _count("Rows of clicks; in a run a new one starts after each failure."),
                "failed": _count("Ended by a failure."),
                "censored": _count("Ended by the goal, the plan's end or an error."),
                "drawn": {"type": "boolean", "description": "Clicks were drawn (streak)."},
            }
        ),
        "survival": {
            "type": "array",
            "description": "Kaplan-Meier: the chance of no miss up to each click where one fell.",
            "items": _object(
                {
                    "clicks": _count("After so many clicks."),
                    "value": _share("The chance."),
                    "low": _share("Pointwise lower end."),
                    "high": _share("Pointwise upper end."),
                    "at_risk": _count("Sessions that came to this click."),
                    "failed": _count("Sessions that failed at it."),
                }
            ),
        },
        "flips": _object(
            {
                "identical": _of_estimate("Two as-is trials."),
                "jittered": _of_estimate("One as-is, one jittered trial."),
                "reworded": _of_estimate("One as-is, one reworded trial."),
            },
            description="Mean over targets of the share of trial pairs that differ in correct.",
        ),
    }


def _model_clicks() -> dict[str, Schema]:
    point = {"type": "number"}
    return {
        "miss_distance": _object(
            {
                "median": _number("Pixels from the region, over misses."),
                "near": _share("Share of misses within near_miss_px."),
                "n": _count("Misses with a point."),
            }
        ),
        "bias": {
            "type": ["array", "null"],
            "items": point,
            "minItems": 2,
            "maxItems": 2,
            "description": "Mean [dx, dy] in px from the region's centre, hits and near misses.",
        },
        "spread": _number("Root mean square distance in px about the bias."),
        "aimed": _count("Hits and near misses that bias and spread are over."),
        "confusions": {
            "type": "array",
            "description": "Which other annotated target of the screenshot was clicked instead.",
            "items": _object(
                {
                    "suite": {"type": "string"},
                    "asked": {"type": "string"},
                    "clicked": {"type": "string"},
                    "count": _count("Trials."),
                }
            ),
        },
        "latency_s": _object(
            {
                "p50": _number("Median seconds of the attempt that answered, every variant."),
                "p95": _number("95th percentile."),
                "n": _count("Trials that say."),
            }
        ),
        "tokens": _object(
            {
                "input": {"type": ["integer", "null"], "description": "In all, every variant."},
                "output": {"type": ["integer", "null"], "description": "In all."},
            }
        ),
        "cost_usd": _number("Dollars for present targets, every variant; null where any is not."),
        "cost_per_1000_clicks": _number("Dollars for 1,000 answered trials."),
        "cost_per_hit": _number("Dollars over hits."),
        "cost_usd_with_absent": _number("Dollars for all targets."),
    }


def _comparison() -> Schema:
    return _object(
        {
            "a": _text("A model's label."),
            "b": _text("Another's."),
            "targets": _object(
                {
                    "both": _count("Present targets both answered."),
                    "only_a": _count("Left out: only A answered."),
                    "only_b": _count("Left out: only B answered."),
                }
            ),
            "difference": _of_estimate("Mean over targets of A's rate minus B's, -1 to 1."),
            "p": _share("Two-sided, clustered."),
            "p_holm": _share("The same after Holm over all pairs of the run."),
            "wanted_targets": {
                "type": ["integer", "null"],
                "description": "Targets at which a difference of this size shows (80 % power).",
            },
            "mcnemar": _object(
                {
                    "n": _count("Targets with a repeat 0 of both."),
                    "both": _count("Both right."),
                    "only_a": _count("Only A right."),
                    "only_b": _count("Only B right."),
                    "neither": _count("Neither right."),
                    "flips": _share("Share of targets whose verdicts differ."),
                    "p": _share("Exact, two-sided."),
                    "note": {"type": "string"},
                }
            ),
            "sentence": _text("The comparison in plain words, rounded."),
        }
    )
