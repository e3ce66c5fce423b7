"""Rates of one model: hit rate, accuracy, macro average, rates by group; with their schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from pointbench.runs import RunModel
from pointbench.statistics import clusters
from pointbench.statistics.estimates import Estimate, EstimateBlock, EvidenceBlock, exact
from pointbench.summary.model import clicks
from pointbench.summary.model.facts import exact_shares, icon_regions
from pointbench.summary.schema_parts import Schema, estimate, estimates, obj
from pointbench.summary.table import (
    AS_IS,
    GROUPS,
    OVERLAPS,
    QUARTILES,
    SHORT_SIDES,
    Group,
    Overlap,
    Targets,
)
from pointbench.summary.tally import Tally, clustered_share, exact_mean
from pointbench.trials import VARIANTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials

FEW_APPS = 5
"""From fewer apps, an interval for other apps says nothing."""

GroupRates = dict[str, EstimateBlock]
"""The hit rate of each member of a group, by the member's name."""


class HitRateBlock(EstimateBlock):
    """An estimated share of trials; its own interval is clustered by screenshot."""

    by_app: NotRequired[EvidenceBlock]
    """The same share with an interval clustered by app; absent with unknown or fewer than `FEW_APPS`."""
    uneven_repeats: NotRequired[bool]
    """True where some targets were asked more often than others, and so weigh more; else absent."""


class MacroBlock(EstimateBlock):
    """The mean of the rates per app."""

    groups: int
    """Apps whose rates are averaged."""


class RatesBlock(TypedDict):
    """Micro and macro averages over targets."""

    hit_rate: HitRateBlock | EstimateBlock
    """An `EstimateBlock` if it is exact, like ``accuracy``."""
    accuracy: HitRateBlock | EstimateBlock
    macro: MacroBlock


class GroupsBlock(TypedDict):
    """Hit rates on subsets of the targets."""

    icon_hit_rate: EstimateBlock
    by: dict[str, GroupRates]
    """By each of `GROUPS` and `OVERLAPS`, and by variant."""
    also_by: dict[str, GroupRates]


def rates(
    as_is: Tally, shares: NDArray[np.float64] | None, targets: Targets, *, uneven: bool
) -> RatesBlock:
    """Hit rate, accuracy and macro average; exact if the targets' own ``shares`` are known.

    ``uneven`` is True if some targets were asked more often than others by design.
    """
    import numpy as np

    present, every = targets.present, np.ones(len(targets), dtype=bool)
    app = targets.groups["app"]
    if shares is not None:
        app_rates = [float(shares[codes].mean()) for _, codes in app.members(present)]
        macro = exact(float(np.mean(app_rates)) if app_rates else None, int(present.sum()))
        return {
            "hit_rate": exact_mean(shares, present).as_dict(),
            "accuracy": exact_mean(shares, every).as_dict(),
            "macro": {**macro.as_dict(), "groups": len(app_rates)},
        }
    scored = present & (as_is.scored > 0)
    macro = clusters.macro(
        as_is.correct[present],
        as_is.scored[present],
        targets.screenshot.codes[present],
        app.codes[present],
    )
    hit_rate = _with_apps(as_is, present, targets)
    if uneven:
        hit_rate["uneven_repeats"] = True
    return {
        "hit_rate": hit_rate,
        "accuracy": _with_apps(as_is, every, targets),
        "macro": {**macro.as_dict(), "groups": len(np.unique(app.codes[scored]))},
    }


def _with_apps(trials: Tally, among: NDArray[np.bool_], targets: Targets) -> HitRateBlock:
    """The share, with an interval clustered by app as well, for a claim about other apps.

    That claim is the wider one, so its interval is at no end the narrower; there is none where an app is
    unknown or where there are fewer than `FEW_APPS`.
    """
    import numpy as np

    share = clustered_share(trials, among, targets)
    # The fields of an estimate are also those of this block, whose own are optional.
    block = cast("HitRateBlock", share.as_dict())
    app = targets.groups["app"].codes
    scored = np.flatnonzero(among & (trials.scored > 0))
    if len(np.unique(app[scored])) >= FEW_APPS and all(targets.asked[i].app for i in scored):
        by_app = clusters.share(trials.correct[among], trials.scored[among], app[among], by="app")
        block["by_app"] = _no_narrower(by_app, share).evidence()
    return block


def _no_narrower(estimate: Estimate, than: Estimate) -> Estimate:
    """The estimate with ends at least as far out as those of another interval of the same figure."""
    ends = (estimate.low, estimate.high, than.low, than.high)
    if None in ends:
        return estimate
    low, high, other_low, other_high = (end or 0.0 for end in ends)
    if low <= other_low and high >= other_high:
        return estimate
    return replace(
        estimate,
        low=min(low, other_low),
        high=max(high, other_high),
        method=f"{estimate.method}, no narrower than by screenshot",
    )


def click_chance(as_is: Tally, targets: Targets) -> Estimate:
    """The p of k in a row: the mean of the present targets' rates (docs/numbers.md)."""
    scored = targets.present & (as_is.scored > 0)
    # Its effective n is at most its trials, like the hit rate's: with equal repeats they are equal.
    trials = float(as_is.scored[scored].sum())
    return clusters.mean(
        as_is.rates[scored], targets.screenshot.codes[scored], largest_n=trials or None
    )


def icon_hit_rate(
    model: RunModel, clicked: Trials, as_is: Tally, targets: Targets
) -> EstimateBlock:
    """The stricter hit rate: clicks inside the icon alone, over targets whose icon box is known."""
    import numpy as np

    icons = icon_regions(targets)
    known = targets.present & np.array([icon is not None for icon in icons], dtype=bool)
    shares = exact_shares(model, targets, icons)
    if shares is not None:
        return exact_mean(shares, known).as_dict()
    inside = Tally(clicks.clicks_inside(clicked, icons, len(targets)), as_is.scored)
    return clustered_share(inside, known, targets).as_dict()


def group_rates(
    groups: Mapping[str, Group | Overlap],
    as_is: Tally,
    shares: NDArray[np.float64] | None,
    targets: Targets,
) -> dict[str, GroupRates]:
    """The hit rate of each member of each group."""

    def rate(codes: NDArray[np.int64]) -> EstimateBlock:
        if shares is not None:
            return exact_mean(shares, codes).as_dict()
        return clustered_share(as_is, codes, targets).as_dict()

    return {
        name: {member: rate(codes) for member, codes in group.members(targets.present)}
        for name, group in groups.items()
    }


def rates_by_group(
    tallies: list[Tally], shares: NDArray[np.float64] | None, targets: Targets
) -> dict[str, GroupRates]:
    """The hit rate by each of `GROUPS` and `OVERLAPS`, and by variant."""
    present = targets.present
    groups: dict[str, Group | Overlap] = {**targets.groups, **targets.overlaps}
    by = group_rates(groups, tallies[AS_IS], shares, targets)
    by["variant"] = {
        # A shifted region has other exact figures, so those are estimated for every model.
        name: clustered_share(tallies[variant], present, targets).as_dict()
        if shares is None or variant != AS_IS
        else exact_mean(shares, present).as_dict()
        for variant, name in enumerate(VARIANTS)
        if tallies[variant].scored[present].any()
    }
    return by


def rate_schemas() -> dict[str, Schema]:
    """The schema of a `RatesBlock` and a `GroupsBlock`, by key."""
    names = (*GROUPS, *OVERLAPS, "variant")
    by = obj({name: estimates(f"Hit rate by {name}.") for name in names})
    by["properties"]["size_quartile"] = estimates("q1 is the smallest.", QUARTILES)
    by["properties"]["short_side"] = estimates(
        "By the short side in px of the box around the region; of several shapes, of the one whose "
        "short side is longest. A side of 16 is in 16-24.",
        SHORT_SIDES,
    )
    by["properties"]["tag"] = estimates(
        "By tag; a target with several tags counts in each of them, so the groups overlap."
    )
    by["properties"]["tag_kind"] = estimates("By tag and kind, as in `creative icon`.")
    by["properties"]["variant"] = estimates("Trials of each variant.", VARIANTS)
    return {
        "hit_rate": estimate("Hits over present targets."),
        "accuracy": estimate("Correct over present and absent targets."),
        "macro": estimate("Mean of the rates per app; targets without an app form one group."),
        "icon_hit_rate": estimate(
            "Clicks inside the icon's own box, over present targets that have one: stricter."
        ),
        "by": by | {"description": "Hit rate by group; targets without a value form group none."},
        "also_by": {
            "type": "object",
            "description": (
                "Hit rate by resolution, position (ninth of the screen) and environment.FIELD."
            ),
            "additionalProperties": estimates("Hit rate of each member."),
        },
    }
