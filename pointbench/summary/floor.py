"""The floor of every table: what can be hit without looking, over the run's own targets.

Computed from the targets alone, so that it stands beside a model also where no local pointer ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pointbench.baselines import best_constant_point
from pointbench.geometry import Point, Polygon, Region, in_shares
from pointbench.runs import Exact, RunModel
from pointbench.summary.facts import fact_schemas
from pointbench.summary.in_a_row import in_a_row_schemas
from pointbench.summary.models import model_summary
from pointbench.summary.rates import rate_schemas
from pointbench.summary.schema_parts import Schema, obj
from pointbench.summary.table import Targets, trial_table

EXACT: tuple[Exact, ...] = ("random", "center", "best-constant")
KEPT = (
    "label",
    "exact",
    "hit_rate",
    "accuracy",
    "macro",
    "icon_hit_rate",
    "by",
    "also_by",
    "click_chance",
    "in_a_row",
    "horizon",
)
"""Of a model's block what needs no trial."""

MOST_REGIONS = 2000
"""With polygons among more regions than this, the constant point is looked for among their bounds:
the exact search takes the square of their number, and a minute from ten thousand on."""


def floor_block(targets: Targets) -> dict[str, dict[str, Any]]:
    """The exact figures of ``random``, ``center`` and ``best-constant``, each as `floor_model`."""
    regions = [in_shares(item.region, item.size) for item in targets.asked if item.region]
    point, proven = constant_point(regions)
    found: dict[str, dict[str, Any]] = {}
    for exact in EXACT:
        model = floor_model(exact, (point.x, point.y) if exact == "best-constant" else None)
        rows = trial_table([], targets, [model.label])[model.label]
        block = model_summary(model, rows, targets, repeats=0, drawn=False)
        found[exact] = {name: block[name] for name in KEPT}
        found[exact]["by"] |= {"variant": {"as-is": block["hit_rate"]}}
    found["best-constant"] |= {"point": [point.x, point.y], "proven_best": proven}
    return found


def floor_model(exact: Exact, best_constant: tuple[float, float] | None = None) -> RunModel:
    """The local pointer as a run would name it; ``best_constant`` in shares of the picture."""
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
    """The one point in the most regions (all in shares), and whether no other can be in more."""
    polygons = any(isinstance(shape, Polygon) for region in regions for shape in region.shapes)
    if polygons and len(regions) > MOST_REGIONS:
        return best_constant_point([Region((region.bounds,)) for region in regions])[0], False
    return best_constant_point(regions)[0], True


def floor_schema() -> Schema:
    """What any model should beat, computed over the targets: part of a model's block each."""
    block = fact_schemas() | rate_schemas() | in_a_row_schemas()
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
