"""The block of one model in summary.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pointbench.runs import RunModel
from pointbench.statistics import clusters, flips, reliability
from pointbench.statistics.estimates import Estimate, exact
from pointbench.statistics.intervals import lower_bound
from pointbench.summary import clicks
from pointbench.summary.facts import display, exact_shares, icon_regions, regions
from pointbench.summary.outcomes import outcome_counts
from pointbench.summary.table import (
    AS_IS,
    ERROR,
    JITTERED,
    REWORDED,
    Group,
    Targets,
)
from pointbench.trials import VARIANTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = (10, 100, 1000)
CHANCES = (0.5, 0.9, 0.99)


@dataclass(frozen=True)
class Tally:
    """Of each target of the run, the scored trials of one variant and the correct ones."""

    correct: NDArray[np.int64]
    scored: NDArray[np.int64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """Correct over scored of each target; NaN where nothing is scored."""
        import numpy as np

        out = np.full(len(self.scored), np.nan)
        rates: NDArray[np.float64] = np.divide(
            self.correct, self.scored, out=out, where=self.scored > 0
        )
        return rates


def tally(rows: NDArray[Any], targets: Targets, variant: int) -> Tally:
    import numpy as np

    scored = rows[(rows["variant"] == variant) & (rows["outcome"] != ERROR)]
    right = scored["target"][scored["correct"] == 1]
    size = len(targets)
    return Tally(np.bincount(right, minlength=size), np.bincount(scored["target"], minlength=size))


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
    p = _click_chance(as_is, targets) if shares is None else _exact_mean(shares, targets.present)
    return {
        "label": model.label,
        "adapter": model.adapter,
        "name": model.name,
        "profile": model.profile.get("name"),
        "blind": model.blind,
        "floor": model.floor,
        "exact": model.exact,
        "display": display(model),
        **_rates(as_is, shares, targets),
        **outcome_counts(rows, targets, drawn),
        "icon_hit_rate": _icon_rate(model, clicked, as_is, targets),
        "by": _by(tallies, shares, targets),
        "also_by": _by_groups(targets.more_groups, as_is, shares, targets),
        "pass_k": _pass_k(as_is, targets, repeats),
        "click_chance": p.as_dict(),
        "in_a_row": {str(k): reliability.in_a_row(p, k).as_dict() for k in ROWS},
        "horizon": {str(q): reliability.horizon(p, q).as_dict() for q in CHANCES},
        **_supported(as_is, targets),
        **_streaks(clicked, drawn),
        "flips": _flips(tallies, targets),
        "miss_distance": clicks.miss_distance(clicked),
        **clicks.bias_and_spread(clicked, targets),
        "confusions": clicks.confusions(clicked, targets),
        **clicks.effort(rows[present]),
        "cost_usd_with_absent": clicks.total(rows, "cost"),
    }


def _exact_mean(shares: NDArray[np.float64], among: NDArray[Any]) -> Estimate:
    chosen = shares[among]
    return exact(float(chosen.mean()) if len(chosen) else None, len(chosen))


def _clustered(of: Tally, among: NDArray[Any], targets: Targets) -> Estimate:
    """The share of correct trials on some targets (a mask or their codes), by screenshot."""
    return clusters.share(of.correct[among], of.scored[among], targets.screenshot.codes[among])


def _with_apps(of: Tally, among: NDArray[Any], targets: Targets) -> dict[str, Any]:
    """The same share with an interval clustered by app as well, for a claim about other apps."""
    app = targets.groups["app"].codes[among]
    other = clusters.share(of.correct[among], of.scored[among], app, by="app")
    shown = other.as_dict()
    dropped = ("value", "hits", "n", "targets", "wilson")
    return _clustered(of, among, targets).as_dict(
        by_app={name: value for name, value in shown.items() if name not in dropped}
    )


def _rates(
    as_is: Tally, shares: NDArray[np.float64] | None, targets: Targets
) -> dict[str, dict[str, Any]]:
    import numpy as np

    present, every = targets.present, np.ones(len(targets), dtype=bool)
    app = targets.groups["app"]
    if shares is not None:
        apps = [float(shares[codes].mean()) for _, codes in app.members(present)]
        macro = exact(float(np.mean(apps)) if apps else None, int(present.sum()))
        return {
            "hit_rate": _exact_mean(shares, present).as_dict(),
            "accuracy": _exact_mean(shares, every).as_dict(),
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


def _click_chance(as_is: Tally, targets: Targets) -> Estimate:
    """p of SPEC 6: the mean over present targets of each one's rate."""
    scored = targets.present & (as_is.scored > 0)
    # Worth at most its trials, as the hit rate is; with equal repeats the two are one figure.
    largest = float(as_is.scored[scored].sum())
    return clusters.mean(
        as_is.rates[scored], targets.screenshot.codes[scored], largest_n=largest or None
    )


def _icon_rate(
    model: RunModel, clicked: NDArray[Any], as_is: Tally, targets: Targets
) -> dict[str, Any]:
    """The stricter rate: clicks into the picture alone, over targets that say where it is."""
    import numpy as np

    icons = icon_regions(targets)
    known = targets.present & np.array([icon is not None for icon in icons], dtype=bool)
    shares = exact_shares(model, targets, icons)
    if shares is not None:
        return _exact_mean(shares, known).as_dict()
    inside = Tally(clicks.landed_in(clicked, icons, len(targets)), as_is.scored)
    return _clustered(inside, known, targets).as_dict()


def _by_groups(
    groups: Mapping[str, Group],
    as_is: Tally,
    shares: NDArray[np.float64] | None,
    targets: Targets,
) -> dict[str, dict[str, Any]]:
    """The hit rate of each member of each group."""

    def figure(codes: NDArray[Any]) -> dict[str, Any]:
        if shares is not None:
            return _exact_mean(shares, codes).as_dict()
        return _clustered(as_is, codes, targets).as_dict()

    return {
        name: {member: figure(codes) for member, codes in group.members(targets.present)}
        for name, group in groups.items()
    }


def _by(
    tallies: list[Tally], shares: NDArray[np.float64] | None, targets: Targets
) -> dict[str, dict[str, Any]]:
    present = targets.present
    found = _by_groups(targets.groups, tallies[AS_IS], shares, targets)
    found["variant"] = {
        # A shifted region has other exact figures, so those are estimated for every model.
        name: _clustered(tallies[variant], present, targets).as_dict()
        if shares is None or variant != AS_IS
        else _exact_mean(shares, present).as_dict()
        for variant, name in enumerate(VARIANTS)
        if tallies[variant].scored[present].any()
    }
    return found


def _pass_k(as_is: Tally, targets: Targets, repeats: int) -> dict[str, dict[str, Any]]:
    present = targets.present
    found = {}
    for k in range(1, repeats + 1):
        estimate = reliability.pass_k(
            as_is.correct[present], as_is.scored[present], targets.screenshot.codes[present], k
        )
        found[str(k)] = estimate.as_dict()
    return found


def _supported(as_is: Tally, targets: Targets) -> dict[str, Any]:
    hits = int(as_is.correct[targets.present].sum())
    n = int(as_is.scored[targets.present].sum())
    distinct = int((as_is.scored[targets.present] > 0).sum())
    bound = lower_bound(hits, n)
    return {
        "supported_k": reliability.supported_k(hits, n) if n else None,
        "supported_k_rests_on": {
            "chance": 0.9,
            "confidence": 0.95,
            "method": "Clopper-Pearson, one-sided",
            "low": bound if n else None,
            "hits": hits,
            "n": n,
            "targets": distinct,
        },
    }


def _streaks(clicked: NDArray[Any], drawn: bool) -> dict[str, Any]:
    """Rows of clicks on present targets, as they are, in the plan's order."""
    # Within one long `run` an error is passed over; in `streak` it ends the session uncounted.
    used = clicked if drawn else clicked[clicked["outcome"] != ERROR]
    if drawn:
        # A session's clicks in their own order, whatever order two of them were planned in.
        used = used[used["session"].argsort(kind="stable")]
    rows = reliability.rows(used["correct"], used["session"])
    return {
        "longest_streak": rows.longest,
        "mean_run_length": rows.mean_length,
        "sessions": {
            "n": len(rows.lengths),
            "failed": int(rows.failed.sum()),
            "censored": int((~rows.failed).sum()),
            "drawn": drawn,
        },
        "survival": reliability.survival(rows),
    }


def _flips(tallies: list[Tally], targets: Targets) -> dict[str, dict[str, Any]]:
    present, first = targets.present, tallies[AS_IS]
    pairs = {"identical": flips.differing_pairs(first.correct, first.scored)}
    for name, variant in (("jittered", JITTERED), ("reworded", REWORDED)):
        other = tallies[variant]
        pairs[name] = flips.differing_cross_pairs(
            first.correct, first.scored, other.correct, other.scored
        )
    found = {}
    for name, (differing, possible) in pairs.items():
        used = present & (possible > 0)
        estimate = clusters.mean(differing[used] / possible[used], targets.screenshot.codes[used])
        count = int(possible[used].sum())
        found[name] = estimate.as_dict(pairs=count, differing=int(differing[used].sum()))
    return found
