"""The floor of every table: hit rates of pointers that do not look, over the run's own targets.

Computed from the targets alone, so every table has a floor even if no local pointer was run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, get_args

from pointbench.baselines import best_constant_point
from pointbench.geometry import Point, Polygon, Region, in_shares
from pointbench.runs import Exact, RunModel
from pointbench.statistics.estimates import EstimateBlock
from pointbench.summary.model.block import model_summary
from pointbench.summary.model.facts import fact_schemas
from pointbench.summary.model.in_a_row import in_a_row_schemas
from pointbench.summary.model.rates import GroupRates, HitRateBlock, MacroBlock, rate_schemas
from pointbench.summary.schema_parts import Schema, obj
from pointbench.summary.table import Targets, trial_table

MOST_REGIONS = 2000
"""With polygons among more regions than this, the search for the constant point uses their bounds,
because the exact search takes quadratic time: a minute at ten thousand regions."""


class FloorFigures(TypedDict):
    """One local pointer's figures: the part of a model's block that needs no trials."""

    label: str
    exact: Exact | None
    hit_rate: HitRateBlock | EstimateBlock
    accuracy: HitRateBlock | EstimateBlock
    macro: MacroBlock
    icon_hit_rate: EstimateBlock
    by: dict[str, GroupRates]
    also_by: dict[str, GroupRates]
    click_chance: EstimateBlock
    in_a_row: dict[str, EstimateBlock]
    horizon: dict[str, EstimateBlock]


class BestConstantFigures(FloorFigures):
    """The figures of the best constant point, and its position."""

    point: list[float]
    """[x, y] in shares of the picture."""
    proven_best: bool


FloorBlock = TypedDict(
    "FloorBlock",
    {"random": FloorFigures, "center": FloorFigures, "best-constant": BestConstantFigures},
)
"""Exact figures over the run's targets, which any model should beat."""


def floor_block(targets: Targets) -> FloorBlock:
    """The exact figures of ``random``, ``center`` and ``best-constant``, each of its `floor_model`."""
    regions = [in_shares(item.region, item.size) for item in targets.asked if item.region]
    point, proven = constant_point(regions)
    return {
        "random": _figures("random", targets),
        "center": _figures("center", targets),
        "best-constant": {
            **_figures("best-constant", targets, (point.x, point.y)),
            "point": [point.x, point.y],
            "proven_best": proven,
        },
    }


def _figures(
    exact: Exact, targets: Targets, best_constant: tuple[float, float] | None = None
) -> FloorFigures:
    model = floor_model(exact, best_constant)
    rows = trial_table([], targets, [model.label])[model.label]
    block = model_summary(model, rows, targets, repeats=0, drawn=False)
    return {
        "label": block["label"],
        "exact": block["exact"],
        "hit_rate": block["hit_rate"],
        "accuracy": block["accuracy"],
        "macro": block["macro"],
        "icon_hit_rate": block["icon_hit_rate"],
        "by": {**block["by"], "variant": {"as-is": block["hit_rate"]}},
        "also_by": block["also_by"],
        "click_chance": block["click_chance"],
        "in_a_row": block["in_a_row"],
        "horizon": block["horizon"],
    }


def floor_model(exact: Exact, best_constant: tuple[float, float] | None = None) -> RunModel:
    """The local pointer as a run would record it; ``best_constant`` in shares of the picture."""
    return RunModel(
        label=f"local/{exact}",
        adapter="local",
        name=exact,
        profile={},
        settings={},
        wire={},
        floor=True,
        exact=exact,
        best_constant=best_constant,
    )


def constant_point(regions: Sequence[Region]) -> tuple[Point, bool]:
    """The point that is inside the most regions (all in shares), and whether that is proven."""
    polygons = any(isinstance(shape, Polygon) for region in regions for shape in region.shapes)
    if polygons and len(regions) > MOST_REGIONS:
        return best_constant_point([Region((region.bounds,)) for region in regions])[0], False
    return best_constant_point(regions)[0], True


def floor_schema() -> Schema:
    """The JSON Schema of a `FloorBlock`."""
    block = fact_schemas() | rate_schemas() | in_a_row_schemas()
    figures = {name: block[name] for name in FloorFigures.__annotations__}
    point: Schema = {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
        "description": "[x, y] in shares of the picture, chosen in hindsight.",
    }
    proven: Schema = {
        "type": "boolean",
        "description": "True if no other point is in more regions; false if there are too many to tell.",
    }
    pointers: dict[str, Schema] = {name: obj(figures) for name in get_args(Exact)}
    pointers["best-constant"] = obj(figures | {"point": point, "proven_best": proven})
    return obj(
        pointers,
        description=(
            "The floor of every table: exact figures computed from this run's targets alone, "
            "whether or not these pointers were models of the run."
        ),
    )
