"""The JSON Schema of summary.json: every figure, and what it says."""

from __future__ import annotations

from pointbench.summary.comparisons import comparison_schema
from pointbench.summary.floor import floor_schema
from pointbench.summary.goal import goal_schema
from pointbench.summary.models import model_schema
from pointbench.summary.schema_parts import Schema, count, number, obj, share, text
from pointbench.trials import VARIANTS


def summary_schema() -> Schema:
    """The JSON Schema (2020-12) of summary.json, with a description of every figure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pointbench summary.json",
        "description": (
            "Every number of a report, unrounded, made from run.json, targets.jsonl and "
            "trials.jsonl alone. null is a value that is not known. Unless said otherwise a figure is over "
            "as-is trials on present targets; trials in error are in no denominator but "
            "error_rate's."
        ),
        **obj(
            {
                "schema": {"const": 1, "description": "The schema of this file."},
                "run": _with(_run(), "goal", _goal()),
                "models": {
                    "type": "object",
                    "description": "One block per model, by its label, in the run's order.",
                    "additionalProperties": {"$ref": "#/$defs/model"},
                },
                "floor": floor_schema(),
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
            "model": _with(model_schema(), "goal", goal_schema()),
            "comparison": comparison_schema(),
        },
    }


EVIDENCE: dict[str, Schema] = {
    "low": number("The lower end; left out where the method is exact."),
    "high": number("The upper end; left out where the method is exact."),
    "confidence": {"type": "number", "description": "How often such an interval holds."},
    "method": text("How the interval was made; exact: computed, no data: no trial."),
    "clusters": count("Clusters the trials lie in: screenshots, or apps under by_app."),
    "standard_error": number("Clustered, linearized."),
    "design_effect": number("standard_error squared over that of n independent trials."),
    "n_effective": number("The independent trials that the interval is worth, at most n."),
    "approximate": {
        "const": True,
        "description": (
            "Present where the interval is known to cover less than it says in such data: under 10 "
            "clusters, under 4 that make up the variance, or no miss (or no hit) at all."
        ),
    },
}

COUNTS: dict[str, Schema] = {
    "value": number("The figure itself."),
    "hits": count("Correct trials."),
    "n": count("Scored trials; targets where a figure is a mean over targets."),
    "targets": count("Distinct targets."),
    "left_out": count("In pass_k: targets with fewer than k scored trials."),
    "groups": count("In macro: the apps whose rates are averaged."),
    "pairs": count("In flips: pairs of trials looked at."),
    "differing": count("In flips: pairs whose verdicts differ."),
    "clicked": count("In false_clicks: trials that clicked."),
    "declined": count("In false_clicks: trials that rightly declined."),
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


def _with(schema: Schema, name: str, optional: Schema) -> Schema:
    """The schema with one more property, which is optional."""
    return schema | {"properties": schema["properties"] | {name: optional}}


def _goal() -> Schema:
    return obj(
        {
            "k": count("Clicks in a row."),
            "chance": share("With at least this chance."),
            "confidence": share("Confidence at which asking stops; null: it does not stop early."),
            "sessions": {"type": ["integer", "null"], "description": "The most of each model."},
            "cap": {"type": ["integer", "null"], "description": "The most clicks looked at."},
        },
        description="What `streak` asked of every model; absent in other runs.",
    )


def _run() -> Schema:
    return obj(
        {
            "schema": {"type": "integer", "description": "The schema of the run's files."},
            "pointbench": text("The version that asked."),
            "seed": {"type": "integer", "description": "The run's seed."},
            "repeats": count("As-is trials planned, or seen, of a target."),
            "variants": {"type": "array", "items": {"enum": list(VARIANTS)}},
            "suites": {
                "type": "array",
                "description": "name, version, title, license, digest, citation; counts as asked.",
                "items": {"type": "object"},
            },
            "targets": obj(
                {
                    "present": count("Targets with a region."),
                    "absent": count("Targets whose thing is not on the screen."),
                    "screenshots": count("Distinct screenshots."),
                    "apps": count("Distinct apps named."),
                }
            ),
            "confidence": {"type": "number", "description": "Of the intervals."},
            "cluster": text("What intervals are clustered by."),
            "speaks_for": {
                "type": "object",
                "description": "What each kind of interval speaks for, one sentence each.",
                "additionalProperties": {"type": "string"},
            },
            "size_quartiles_px2": {
                "type": ["array", "null"],
                "items": {"type": "number"},
                "description": "The three areas that separate q1 to q4; a region whose area equals one of "
                "them belongs to the quarter below it.",
            },
            "near_miss_px": {"type": "number", "description": "How near a near miss is."},
        },
        description="What the figures are about; not which run, nor when.",
    )
