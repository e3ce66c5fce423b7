"""The block of one model in summary.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pointbench.runs import RunModel
from pointbench.statistics import reliability
from pointbench.summary import clicks
from pointbench.summary.clicks import click_schemas
from pointbench.summary.facts import display, exact_shares, fact_schemas, regions
from pointbench.summary.in_a_row import (
    HORIZON_CHANCES,
    ROW_LENGTHS,
    flips_figures,
    in_a_row_schemas,
    pass_k,
    streaks,
    supported_k,
)
from pointbench.summary.outcomes import outcome_counts
from pointbench.summary.rates import (
    click_chance,
    group_rates,
    icon_hit_rate,
    rate_schemas,
    rates,
    rates_by_group,
)
from pointbench.summary.schema_parts import Schema, obj
from pointbench.summary.table import AS_IS, Targets
from pointbench.summary.tally import exact_mean, tally
from pointbench.trials import VARIANTS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def model_summary(
    model: RunModel, rows: NDArray[Any], targets: Targets, repeats: int, drawn: bool
) -> dict[str, Any]:
    """Everything about one model; ``rows`` are its trials in the plan's order.

    ``drawn`` says that the run's clicks were drawn (`streak`) rather than planned target by target.
    """
    present = targets.present[rows["target"]]
    clicked = rows[present & (rows["variant"] == AS_IS)]
    tallies = [tally(rows, targets, variant) for variant in range(len(VARIANTS))]
    as_is = tallies[AS_IS]
    shares = exact_shares(model, targets, regions(targets))
    p = click_chance(as_is, targets) if shares is None else exact_mean(shares, targets.present)
    return {
        "label": model.label,
        "adapter": model.adapter,
        "name": model.name,
        "profile": model.profile.get("name"),
        "blind": model.blind,
        "floor": model.floor,
        "exact": model.exact,
        "display": display(model),
        **rates(as_is, shares, targets),
        **outcome_counts(rows, targets, drawn),
        "icon_hit_rate": icon_hit_rate(model, clicked, as_is, targets),
        "by": rates_by_group(tallies, shares, targets),
        "also_by": group_rates(targets.more_groups, as_is, shares, targets),
        "pass_k": pass_k(as_is, targets, repeats),
        "click_chance": p.as_dict(),
        "in_a_row": {str(k): reliability.in_a_row(p, k).as_dict() for k in ROW_LENGTHS},
        "horizon": {str(q): reliability.horizon(p, q).as_dict() for q in HORIZON_CHANCES},
        **supported_k(as_is, targets),
        **streaks(clicked, drawn),
        "flips": flips_figures(tallies, targets),
        "miss_distance": clicks.miss_distance(clicked),
        **clicks.bias_and_spread(clicked, targets),
        "confusions": clicks.confusions(clicked, targets),
        **clicks.effort(rows[present]),
        "cost_usd_with_absent": clicks.total(rows, "cost"),
    }


def model_schema() -> Schema:
    return obj(
        fact_schemas() | rate_schemas() | in_a_row_schemas() | click_schemas(),
        description="Everything about one model.",
    )
