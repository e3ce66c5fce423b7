"""The block of one model in summary.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointbench.runs import RunModel
from pointbench.statistics.estimates import EstimateBlock
from pointbench.summary.model import clicks
from pointbench.summary.model.clicks import AimBlock, ConfusionsBlock, EffortBlock, click_schemas
from pointbench.summary.model.consistency import (
    ConsistencyBlock,
    consistency,
    consistency_schemas,
    uneven_repeats,
)
from pointbench.summary.model.facts import FactsBlock, exact_shares, fact_schemas, facts, regions
from pointbench.summary.model.in_a_row import (
    ChancesBlock,
    FlipsBlock,
    StreaksBlock,
    SupportedKBlock,
    chances,
    flip_rates,
    in_a_row_schemas,
    pass_k,
    streaks,
    supported_k,
)
from pointbench.summary.model.outcomes import OutcomesBlock, outcome_counts, outcome_schemas
from pointbench.summary.model.rates import (
    GroupsBlock,
    RatesBlock,
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
    from pointbench.summary.table import Trials


class ModelFigures(
    FactsBlock,
    RatesBlock,
    OutcomesBlock,
    GroupsBlock,
    ChancesBlock,
    SupportedKBlock,
    StreaksBlock,
    ConsistencyBlock,
    AimBlock,
    ConfusionsBlock,
    EffortBlock,
):
    """The part of a model's block that depends on that model alone."""

    pass_k: dict[str, EstimateBlock]
    """By k, from 1 to the run's repeats."""
    flips: FlipsBlock
    cost_usd_with_absent: float | None


def model_summary(
    model: RunModel, rows: Trials, targets: Targets, repeats: int, drawn: bool
) -> ModelFigures:
    """The figures of one model; ``rows`` are its trials in the plan's order.

    ``drawn`` is True if the run's clicks were drawn (`streak`) instead of planned target by target.
    """
    present = targets.present[rows["target"]]
    clicked = rows[present & (rows["variant"] == AS_IS)]
    tallies = [tally(rows, targets, variant) for variant in range(len(VARIANTS))]
    as_is = tallies[AS_IS]
    shares = exact_shares(model, targets, regions(targets))
    p = click_chance(as_is, targets) if shares is None else exact_mean(shares, targets.present)
    return {
        **facts(model, rows),
        # Drawn clicks meet targets unevenly by chance, and weigh as they should.
        **rates(as_is, shares, targets, uneven=not drawn and uneven_repeats(clicked)),
        **outcome_counts(rows, targets, drawn),
        "icon_hit_rate": icon_hit_rate(model, clicked, as_is, targets),
        "by": rates_by_group(tallies, shares, targets),
        "also_by": group_rates(targets.more_groups, as_is, shares, targets),
        "pass_k": pass_k(as_is, targets, repeats),
        **chances(p),
        **supported_k(as_is, targets, drawn),
        **streaks(clicked, drawn),
        "flips": flip_rates(tallies, targets),
        **consistency(as_is, targets),
        **clicks.aim(clicked, targets),
        "confusions": clicks.confusions(clicked, targets),
        **clicks.effort(rows, present),
        "cost_usd_with_absent": clicks.total(rows, "cost"),
    }


def model_schema() -> Schema:
    """The JSON Schema of a model's block in summary.json, except its ``suites`` and ``goal``."""
    return obj(
        fact_schemas()
        | rate_schemas()
        | outcome_schemas()
        | in_a_row_schemas()
        | consistency_schemas()
        | click_schemas(),
        description="Everything about one model.",
    )
