"""The JSON Schema of summary.json, which describes every figure."""

from __future__ import annotations

from pointbench.runs import SCHEMA
from pointbench.summary.comparisons import comparison_schema
from pointbench.summary.floor import floor_schema
from pointbench.summary.headline import headline_schema
from pointbench.summary.hit_by_none import hit_by_none_schema
from pointbench.summary.model.block import model_schema
from pointbench.summary.model.goal import goal_schema
from pointbench.summary.schema_parts import Schema, count, number, obj, share, text
from pointbench.summary.suspects import missed_suspects_schema, suspects_schemas
from pointbench.trials import VARIANTS


def summary_schema() -> Schema:
    """The JSON Schema (2020-12) of summary.json, with a description of every figure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pointbench summary.json",
        "description": (
            "Every number of a report, unrounded, made from run.json, targets.jsonl and "
            "trials.jsonl alone. null means unknown. Unless stated otherwise, a figure is over "
            "as-is trials on present targets; trials in error are in no denominator except "
            "error_rate's."
        ),
        **obj(
            {
                "schema": {"const": SCHEMA, "description": "Version of this file's schema."},
                "run": _with(_run(), {"suite_size_quartiles_px2": _suite_cuts(), "goal": _goal()}),
                "headline": headline_schema(),
                "models": {
                    "type": "object",
                    "description": (
                        "One block per model, by its label, in the run's order; in a run of several "
                        "suites it is over all suites together, with a block a suite under suites."
                    ),
                    "additionalProperties": {"$ref": "#/$defs/model"},
                },
                "floor": floor_schema(),
                "comparisons": {
                    "type": "array",
                    "description": "Every pair of models that have no exact figures.",
                    "items": {"$ref": "#/$defs/comparison"},
                },
                "hit_by_none": hit_by_none_schema(),
                **suspects_schemas(),
            }
        ),
        "$defs": {
            "estimate": _estimate(),
            "interval": _interval_only(),
            "model": _with(_model(), {"suites": _suites(), "goal": goal_schema()}),
            "suite_model": _model(),
            "comparison": comparison_schema(),
        },
    }


EVIDENCE: dict[str, Schema] = {
    "low": number("The lower end; omitted when the method is exact."),
    "high": number("The upper end; omitted when the method is exact."),
    "confidence": {
        "type": "number",
        "description": "How often such an interval contains the true value.",
    },
    "method": text("How the interval was made; exact: figure computed; no data: no trials."),
    "clusters": count("Clusters of the trials: screenshots, or apps under by_app."),
    "standard_error": number("Clustered, linearized standard error of value."),
    "design_effect": number("Square of standard_error over that of n independent trials."),
    "n_effective": number("Equivalent number of independent trials, at most n."),
    "approximate": {
        "const": True,
        "description": (
            "Present if the interval is known to cover less than its nominal level in such data: under "
            "8 clusters; of a difference, under 10, or under 4 that make up the variance."
        ),
    },
}

COUNTS: dict[str, Schema] = {
    "value": number("The figure itself."),
    "hits": count("Correct trials."),
    "n": count("Scored trials, or targets if the figure is a mean over targets."),
    "targets": count("Distinct targets."),
    "left_out": count(
        "In pass_k: targets with fewer than k scored trials; in consistency: with fewer than two."
    ),
    "uneven_repeats": {
        "const": True,
        "description": (
            "In hit_rate: present if some targets were asked more often than others and so weigh more; "
            "click_chance weighs each target alike."
        ),
    },
    "groups": count("In macro: the apps whose rates are averaged."),
    "pairs": count("In flips: pairs of trials compared."),
    "differing": count("In flips: pairs whose verdicts differ."),
    "clicked": count("In false_clicks: trials that clicked."),
    "declined": count("In false_clicks: trials that correctly declined."),
    "wilson": {
        "type": "array",
        "items": {"type": "number", "minimum": 0, "maximum": 1},
        "minItems": 2,
        "maxItems": 2,
        "description": "Wilson's interval over hits/n, as if trials were independent.",
    },
}


def _estimate() -> Schema:
    by_app = {
        "$ref": "#/$defs/interval",
        "description": (
            "The same, clustered by app, never narrower than by screenshot; absent under 5 apps, or "
            "where the app of a target is not known."
        ),
    }
    return {
        "type": "object",
        "description": "A figure, its interval and the evidence for it; keys that do not apply are absent.",
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


def _with(schema: Schema, optional: dict[str, Schema]) -> Schema:
    """The schema with more properties, which are optional."""
    return schema | {"properties": schema["properties"] | optional}


def _model() -> Schema:
    block = model_schema()
    return block | {
        "properties": block["properties"] | {"suspects": missed_suspects_schema()},
        "required": [*block["required"], "suspects"],
    }


def _suites() -> Schema:
    return {
        "type": "object",
        "description": (
            "The same block for each suite, as a run of that suite alone would have it, without a goal; "
            "absent in a run of one suite."
        ),
        "additionalProperties": {"$ref": "#/$defs/suite_model"},
    }


def _suite_cuts() -> Schema:
    return {
        "type": "object",
        "description": "size_quartiles_px2 of each suite; absent in a run of one suite.",
        "additionalProperties": {"type": ["array", "null"], "items": {"type": "number"}},
    }


def _goal() -> Schema:
    return obj(
        {
            "k": count("Clicks in a row."),
            "chance": share("The least chance of k in a row."),
            "confidence": share(
                "Confidence at which asking stops; null if it does not stop early."
            ),
            "sessions": {"type": ["integer", "null"], "description": "Most sessions per model."},
            "cap": {"type": ["integer", "null"], "description": "Most clicks looked at."},
        },
        description="The goal that `streak` set for every model; absent in other runs.",
    )


def _run() -> Schema:
    return obj(
        {
            "schema": {"type": "integer", "description": "Schema version of the run's files."},
            "pointbench": text("The pointbench version that asked, or scored."),
            "seed": {
                "type": ["integer", "null"],
                "description": "The run's seed; null where replies made elsewhere were scored.",
            },
            "repeats": count("As-is trials per target, planned or seen."),
            "variants": {
                "type": ["array", "null"],
                "items": {"enum": list(VARIANTS)},
                "description": "The variants asked; null where replies made elsewhere were scored.",
            },
            "suites": {
                "type": "array",
                "description": "name, version, title, license, digest, citation; counts as asked.",
                "items": {"type": "object"},
            },
            "targets": obj(
                {
                    "present": count("Targets with a region."),
                    "absent": count("Targets that are not on the screen."),
                    "screenshots": count("Distinct screenshots."),
                    "apps": count("Distinct apps named."),
                }
            ),
            "confidence": {"type": "number", "description": "Confidence of the intervals."},
            "cluster": text("The unit that intervals are clustered by."),
            "speaks_for": {
                "type": "object",
                "description": "One sentence per kind of interval: what it generalizes to.",
                "additionalProperties": {"type": "string"},
            },
            "size_quartiles_px2": {
                "type": ["array", "null"],
                "items": {"type": "number"},
                "description": "The three areas that separate q1 to q4; a region whose area equals one of "
                "them belongs to the quarter below it.",
            },
            "near_miss_px": {"type": "number", "description": "Greatest distance of a near miss."},
        },
        description="What was asked in the run; neither its name nor its time.",
    )
