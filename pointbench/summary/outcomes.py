"""How one model's trials came out: outcomes, errors, what was never answered, false clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pointbench.statistics import clusters
from pointbench.summary.table import AS_IS, DECLINED, ERROR, MISS, Targets
from pointbench.trials import OUTCOMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def outcome_counts(rows: NDArray[Any], targets: Targets, drawn: bool) -> dict[str, Any]:
    """SPEC's counts over every key asked, and the false clicks on absent targets (as-is)."""
    import numpy as np

    counts = np.bincount(rows["outcome"], minlength=len(OUTCOMES))
    answered = np.zeros(len(targets), dtype=bool)
    answered[rows["target"][rows["outcome"] != ERROR]] = True
    missing = _missing(answered, rows, targets, drawn)
    absent = rows[~targets.present[rows["target"]] & (rows["variant"] == AS_IS)]
    n = np.bincount(absent["target"][absent["outcome"] != ERROR], minlength=len(targets))
    wrong = np.bincount(absent["target"][absent["outcome"] == MISS], minlength=len(targets))
    false = clusters.share(wrong, n, targets.screenshot.codes).as_dict()
    # Not hits: a click is what is wrong here.
    false["clicked"] = false.pop("hits", 0)
    false["declined"] = int((absent["outcome"] == DECLINED).sum())
    return {
        "outcomes": {name: int(counts[code]) for code, name in enumerate(OUTCOMES)},
        "error_rate": float(counts[ERROR] / len(rows)) if len(rows) else None,
        "trials": len(rows),
        "missing": len(missing),
        "missing_targets": missing,
        "false_clicks": false,
        "errors_hide": _hidden(rows, targets),
    }


def _hidden(rows: NDArray[Any], targets: Targets) -> dict[str, Any]:
    """Between which the hit rate would lie had every as-is trial in error on a present target been
    answered: all wrong, and all right.
    """
    asked = rows[targets.present[rows["target"]] & (rows["variant"] == AS_IS)]
    errors = int((asked["outcome"] == ERROR).sum())
    hits, n = int((asked["correct"] == 1).sum()), len(asked)
    return {
        "errors": errors,
        "n": n,
        "all_wrong": hits / n if n else None,
        "all_right": (hits + errors) / n if n else None,
    }


def _missing(
    answered: NDArray[np.bool_], rows: NDArray[Any], targets: Targets, drawn: bool
) -> list[dict[str, str]]:
    """The targets without a reply; of drawn clicks (`streak`) only targets that were drawn."""
    import numpy as np

    planned = np.ones(len(targets), dtype=bool)
    if drawn:
        planned[:] = False
        planned[rows["target"]] = True
    return [
        {"suite": targets.asked[code].suite, "target": targets.asked[code].id}
        for code in np.flatnonzero(planned & ~answered)
    ]
