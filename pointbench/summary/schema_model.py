"""The JSON Schema of one model's block of summary.json: what each figure says."""

from __future__ import annotations

from pointbench.summary.floor import EXACT, KEPT
from pointbench.summary.schema_parts import (
    Schema,
    count,
    estimate,
    estimates,
    number,
    obj,
    share,
    text,
)
from pointbench.summary.table import QUARTILES
from pointbench.trials import OUTCOMES, VARIANTS


def model_schema() -> Schema:
    return obj(
        _model_facts() | _model_rates() | _model_rows() | _model_clicks(),
        description="Everything about one model.",
    )


def floor_schema() -> Schema:
    """What any model should beat, computed over the targets: part of a model's block each."""
    block = _model_facts() | _model_rates() | _model_rows()
    kept = {name: block[name] for name in KEPT}
    point: Schema = {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
        "description": "The one point, in shares of the picture; found in hindsight.",
    }
    proven: Schema = {
        "type": "boolean",
        "description": "No other point is in more regions; false where there are too many to tell.",
    }
    names: dict[str, Schema] = {name: obj(kept) for name in EXACT}
    names["best-constant"] = obj(kept | {"point": point, "proven_best": proven})
    return obj(
        names,
        description=(
            "The floor of every table, exact figures over this run's targets, from them alone: "
            "whether or not these pointers were models of the run."
        ),
    )


def _model_facts() -> dict[str, Schema]:
    return {
        "label": text("As in every table."),
        "adapter": text("What carries the request."),
        "name": text("The model's name there."),
        "profile": {"type": ["string", "null"], "description": "How it was asked."},
        "blind": {"type": "boolean", "description": "It was sent no picture."},
        "floor": {"type": "boolean", "description": "A local pointer that every table shows."},
        "exact": {
            "enum": [None, "random", "center", "best-constant"],
            "description": "Its rates are computed over the targets instead of estimated.",
        },
        "display": obj(
            {
                "profile": {"type": ["string", "null"]},
                "frame": {"type": "object"},
                "settings": {"type": "object"},
                "sampling": text("The sampling settings in words."),
            },
            description="What a table says beside the label.",
        ),
        "flags": {
            "type": "object",
            "description": (
                "Answers by what was odd about them: several points, a repaired or reversed text, "
                "the numbers of the prompt's own example, or cut off at the output limit."
            ),
            "additionalProperties": count("Answers."),
        },
        "misfit": {
            "description": (
                "Another frame under which many of the misses would be hits; null when none is. "
                "A warning that the profile may be wrong: it changes no score."
            ),
            "anyOf": [
                {"type": "null"},
                obj(
                    {
                        "unit": {"type": "string", "description": "Of that frame, or screenshot."},
                        "swapped": {"type": "boolean", "description": "With x and y swapped."},
                        "hits": count("Misses that would be hits."),
                        "misses": count("Misses with a point on a picture that was sent."),
                        "sentence": {"type": "string", "description": "The warning in words."},
                    }
                ),
            ],
        },
        "rank": {
            "type": ["object", "null"],
            "description": (
                "By hit rate among models without exact figures; low and high are the best and "
                "worst rank that the comparisons (after Holm) leave open."
            ),
            "properties": {name: count("") for name in ("value", "low", "high")},
        },
    }


def _model_rates() -> dict[str, Schema]:
    outcomes = obj({name: count("") for name in OUTCOMES})
    groups = ("kind", "size_quartile", "app", "platform", "suite", "variant")
    by = obj({name: estimates(f"Hit rate by {name}.") for name in groups})
    by["properties"]["size_quartile"] = estimates("q1 is the smallest.", QUARTILES)
    by["properties"]["variant"] = estimates("Trials of each variant.", VARIANTS)
    return {
        "hit_rate": estimate("Hits over present targets."),
        "accuracy": estimate("Correct over present and absent targets."),
        "macro": estimate("Mean of the rates per app; targets without one form one group."),
        "icon_hit_rate": estimate(
            "Clicks into the icon's own box, over present targets that state it: stricter."
        ),
        "outcomes": outcomes | {"description": "Trials of every variant by outcome."},
        "error_rate": share("Keys whose last line is an error over keys asked."),
        "trials": count("Keys asked."),
        "missing": count("Targets without a reply; of drawn clicks, among those drawn."),
        "missing_targets": {
            "type": "array",
            "items": obj({"suite": {"type": "string"}, "target": {"type": "string"}}),
            "description": "Which they are.",
        },
        "false_clicks": estimate("Share of absent targets that were clicked."),
        "errors_hide": obj(
            {
                "errors": count("As-is trials in error on present targets."),
                "n": count("As-is trials on present targets, those in error among them."),
                "all_wrong": share("The hit rate had all of them been answered wrongly."),
                "all_right": share("The hit rate had all of them been answered rightly."),
            },
            description="Between which rates the errors leave the hit rate open.",
        ),
        "by": by | {"description": "Hit rate within groups; a target that says nothing is none."},
        "also_by": {
            "type": "object",
            "description": (
                "Hit rate by resolution, position (ninth of the screen) and environment.FIELD."
            ),
            "additionalProperties": estimates("Hit rate of each member."),
        },
    }


def _model_rows() -> dict[str, Schema]:
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


def _model_clicks() -> dict[str, Schema]:
    point = {"type": "number"}
    return {
        "miss_distance": obj(
            {
                "median": number("Pixels from the region, over misses."),
                "near": share("Share of misses within near_miss_px."),
                "n": count("Misses with a point."),
            }
        ),
        "bias": {
            "type": ["array", "null"],
            "items": point,
            "minItems": 2,
            "maxItems": 2,
            "description": "Mean [dx, dy] in px from the region's centre, hits and near misses.",
        },
        "spread": number("Root mean square distance in px about the bias."),
        "aimed": count("Hits and near misses that bias and spread are over."),
        "confusions": {
            "type": "array",
            "description": "Which other annotated target of the screenshot was clicked instead.",
            "items": obj(
                {
                    "suite": {"type": "string"},
                    "asked": {"type": "string"},
                    "clicked": {"type": "string"},
                    "count": count("Trials."),
                }
            ),
        },
        "latency_s": obj(
            {
                "p50": number("Median seconds of the attempt that answered, every variant."),
                "p95": number("95th percentile."),
                "n": count("Trials that say."),
            }
        ),
        "tokens": obj(
            {
                "input": {"type": ["integer", "null"], "description": "In all, every variant."},
                "output": {"type": ["integer", "null"], "description": "In all."},
            }
        ),
        "cost_usd": number("Dollars for present targets, every variant; null where any is not."),
        "cost_per_1000_clicks": number("Dollars for 1,000 answered trials."),
        "cost_per_hit": number("Dollars over hits."),
        "cost_usd_with_absent": number("Dollars for all targets."),
    }
