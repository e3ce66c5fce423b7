"""How often: hit rate, accuracy, macro, groups; figures and their schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pointbench.runs import RunModel
from pointbench.statistics import clusters
from pointbench.statistics.estimates import Estimate, exact
from pointbench.summary import clicks
from pointbench.summary.facts import exact_shares, icon_regions
from pointbench.summary.schema_parts import Schema, count, estimate, estimates, obj, share
from pointbench.summary.table import AS_IS, QUARTILES, Group, Targets
from pointbench.summary.tally import Tally, clustered_share, exact_mean
from pointbench.trials import OUTCOMES, VARIANTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _with_apps(of: Tally, among: NDArray[Any], targets: Targets) -> dict[str, Any]:
    """The same share with an interval clustered by app as well, for a claim about other apps."""
    app = targets.groups["app"].codes[among]
    other = clusters.share(of.correct[among], of.scored[among], app, by="app")
    shown = other.as_dict()
    dropped = ("value", "hits", "n", "targets", "wilson")
    return clustered_share(of, among, targets).as_dict(
        by_app={name: value for name, value in shown.items() if name not in dropped}
    )


def rates(
    as_is: Tally, shares: NDArray[np.float64] | None, targets: Targets
) -> dict[str, dict[str, Any]]:
    import numpy as np

    present, every = targets.present, np.ones(len(targets), dtype=bool)
    app = targets.groups["app"]
    if shares is not None:
        apps = [float(shares[codes].mean()) for _, codes in app.members(present)]
        macro = exact(float(np.mean(apps)) if apps else None, int(present.sum()))
        return {
            "hit_rate": exact_mean(shares, present).as_dict(),
            "accuracy": exact_mean(shares, every).as_dict(),
            "macro": macro.as_dict(groups=len(apps)),
        }
    scored = present & (as_is.scored > 0)
    estimate = clusters.macro(
        as_is.correct[present],
        as_is.scored[present],
        targets.screenshot.codes[present],
        app.codes[present],
    )
    return {
        "hit_rate": _with_apps(as_is, present, targets),
        "accuracy": _with_apps(as_is, every, targets),
        "macro": estimate.as_dict(groups=len(np.unique(app.codes[scored]))),
    }


def click_chance(as_is: Tally, targets: Targets) -> Estimate:
    """p of SPEC 6: the mean over present targets of each one's rate."""
    scored = targets.present & (as_is.scored > 0)
    # Worth at most its trials, as the hit rate is; with equal repeats the two are one figure.
    largest = float(as_is.scored[scored].sum())
    return clusters.mean(
        as_is.rates[scored], targets.screenshot.codes[scored], largest_n=largest or None
    )


def icon_hit_rate(
    model: RunModel, clicked: NDArray[Any], as_is: Tally, targets: Targets
) -> dict[str, Any]:
    """The stricter rate: clicks into the picture alone, over targets that say where it is."""
    import numpy as np

    icons = icon_regions(targets)
    known = targets.present & np.array([icon is not None for icon in icons], dtype=bool)
    shares = exact_shares(model, targets, icons)
    if shares is not None:
        return exact_mean(shares, known).as_dict()
    inside = Tally(clicks.landed_in(clicked, icons, len(targets)), as_is.scored)
    return clustered_share(inside, known, targets).as_dict()


def group_rates(
    groups: Mapping[str, Group],
    as_is: Tally,
    shares: NDArray[np.float64] | None,
    targets: Targets,
) -> dict[str, dict[str, Any]]:
    """The hit rate of each member of each group."""

    def figure(codes: NDArray[Any]) -> dict[str, Any]:
        if shares is not None:
            return exact_mean(shares, codes).as_dict()
        return clustered_share(as_is, codes, targets).as_dict()

    return {
        name: {member: figure(codes) for member, codes in group.members(targets.present)}
        for name, group in groups.items()
    }


def rates_by_group(
    tallies: list[Tally], shares: NDArray[np.float64] | None, targets: Targets
) -> dict[str, dict[str, Any]]:
    present = targets.present
    found = group_rates(targets.groups, tallies[AS_IS], shares, targets)
    found["variant"] = {
        # A shifted region has other exact figures, so those are estimated for every model.
        name: clustered_share(tallies[variant], present, targets).as_dict()
        if shares is None or variant != AS_IS
        else exact_mean(shares, present).as_dict()
        for variant, name in enumerate(VARIANTS)
        if tallies[variant].scored[present].any()
    }
    return found


def rate_schemas() -> dict[str, Schema]:
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
