"""How many clicks in a row: the same target again and again, and a session of drawn targets.

The two are never mixed. `pass_k` speaks of the same target asked k times; `in_a_row`, `horizon`,
`supported_k`, rows and survival speak of targets drawn at random, for which the chance of k right
in a row is p to the k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pointbench.statistics.clusters import mean
from pointbench.statistics.estimates import CONFIDENCE, EXACT, Estimate
from pointbench.statistics.intervals import clopper_pearson, clopper_pearson_at, lower_bound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def pass_k_of_targets(hits: Any, trials: Any, k: int) -> NDArray[np.float64]:
    """Of each target with at least k trials, the unbiased estimate C(c, k) / C(n, k).

    The chance that k trials of the target are all right, from c right among n. Yao et al. 2024,
    tau-bench, arXiv:2406.12045, section 5.1. Computed as the product of (c - i) / (n - i), i < k,
    which does not overflow.
    """
    import numpy as np

    hits, trials = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    enough = trials >= k
    hits, trials = hits[enough], trials[enough]
    product = np.ones(len(hits))
    for i in range(k):
        product *= np.maximum(hits - i, 0) / (trials - i)
    return product


def pass_k(
    hits: Any, trials: Any, cluster: Any, k: int, confidence: float = CONFIDENCE
) -> Estimate:
    """pass^k: the mean over targets; those with fewer than k trials are left out and counted."""
    import numpy as np

    enough = np.asarray(trials) >= k
    values = pass_k_of_targets(hits, trials, k)
    found = mean(values, np.asarray(cluster)[enough], confidence=confidence)
    return replace(found, left_out=int((~enough).sum()))


def in_a_row(p: Estimate, k: int) -> Estimate:
    """The chance of k right in a row on drawn targets: p to the k, and the ends of p's interval."""
    value, low, high = (None if x is None else x**k for x in (p.value, p.low, p.high))
    return p.mapped(value, low, high)


def horizon(p: Estimate, chance: float) -> Estimate:
    """After how many clicks the chance of no miss has fallen to ``chance``: ln q / ln p.

    Not known (None) when no click missed, though its low end is; 0 when none hit.
    """
    value, low, high = (_clicks(x, chance) for x in (p.value, p.low, p.high))
    if p.method == EXACT:
        low = high = None
    return p.mapped(value, low, high)


def _clicks(p: float | None, chance: float) -> float | None:
    if p is None or p >= 1:
        return None
    return 0.0 if p <= 0 else math.log(chance) / math.log(p)


def supported_k(hits: int, n: int, chance: float = 0.9, confidence: float = CONFIDENCE) -> int:
    """The most clicks in a row for which the data support a claim of at least ``chance``.

    The largest k with L to the k >= ``chance``, L the one-sided Clopper-Pearson bound of ``hits``
    out of ``n``; 0 where there are too few trials for any claim. Without a miss about n / 28.4.
    """
    bound = lower_bound(hits, n, confidence)
    if bound <= 0:
        return 0
    k = math.floor(math.log(chance) / math.log(bound))
    # The logarithms may round across a whole number.
    while bound ** (k + 1) >= chance:
        k += 1
    while k > 0 and bound**k < chance:
        k -= 1
    return k


def flawless_trials(k: int, chance: float = 0.9, confidence: float = CONFIDENCE) -> int:
    """Trials without a miss that a claim of k in a row needs; the inverse of `supported_k`."""
    n = max(1, math.ceil(k * math.log(1 - confidence) / math.log(chance)))
    while supported_k(n, n, chance, confidence) < k:
        n += 1
    while n > 1 and supported_k(n - 1, n - 1, chance, confidence) >= k:
        n -= 1
    return n


@dataclass(frozen=True)
class Rows:
    """Rows of clicks: how many were right before each ended, and whether a failure ended it.

    A row that no failure ended is censored: it would have gone on.
    """

    lengths: NDArray[np.int64]
    failed: NDArray[np.bool_]

    @property
    def longest(self) -> int:
        return int(self.lengths.max()) if len(self.lengths) else 0

    @property
    def mean_length(self) -> float | None:
        """Correct clicks over failures; None without a failure."""
        failures = int(self.failed.sum())
        return int(self.lengths.sum()) / failures if failures else None


def rows(correct: Any, session: Any) -> Rows:
    """Rows from clicks in order: a new one after each failure and with each new session.

    ``correct`` is 1, 0, or -1 for a click that stayed in error: within the one session of a `run`
    it neither extends nor ends a row, so the caller leaves it out there; in `streak` it censors.
    A row without any click that could count (censored at 0) says nothing and is left out.
    """
    import numpy as np

    correct, session = np.asarray(correct), np.asarray(session)
    n = len(correct)
    if not n:
        return Rows(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))
    ends = correct != 1
    ends[:-1] |= session[1:] != session[:-1]
    ends[-1] = True
    at = np.flatnonzero(ends)
    lengths = np.diff(np.concatenate(([-1], at))) - (correct[at] != 1)
    failed = correct[at] == 0
    counts = (lengths > 0) | failed
    return Rows(lengths[counts].astype(np.int64), failed[counts])


def survival(found: Rows, confidence: float = CONFIDENCE) -> list[dict[str, Any]]:
    """The chance that a session is still without a miss after k clicks, at each k where one ended.

    Kaplan and Meier's estimate by statsmodels `SurvfuncRight`; rows that no failure ended are
    censored. The band is pointwise: Clopper-Pearson at the effective n ``S (1 - S) / var S`` with
    Greenwood's variance (Rothman 1978, J. Chronic Dis. 31:557, with the exact interval), which
    unlike Greenwood's own holds near 0 and 1. The effective n is at most the sessions at risk at
    first and at least those at risk then.
    """
    import numpy as np

    if not len(found.lengths):
        return []
    if not found.failed.any():
        # Nothing ended: all that is known is how many went on, up to where the longest stopped.
        low, high = clopper_pearson(len(found.lengths), len(found.lengths), confidence)
        at = {"clicks": int(found.lengths.min()), "value": 1.0, "low": low, "high": high}
        return [at | {"at_risk": len(found.lengths), "failed": 0}]
    from statsmodels.duration.survfunc import SurvfuncRight

    # A failing click is number length + 1; a row censored after c clicks is known to pass c.
    clicks = found.lengths + found.failed
    curve = SurvfuncRight(clicks.astype(float), found.failed.astype(float))
    times, value = curve.surv_times, np.clip(curve.surv_prob, 0.0, 1.0)
    in_order = np.sort(clicks)
    at_risk = len(clicks) - np.searchsorted(in_order, times, side="left")
    fallen = np.sort(clicks[found.failed])
    failed = np.searchsorted(fallen, times, side="right") - np.searchsorted(fallen, times)
    variance = np.nan_to_num(curve.surv_prob_se) ** 2
    known = (value > 0) & (value < 1) & (variance > 0)
    worth = np.where(known, value * (1 - value) / np.where(known, variance, 1.0), at_risk)
    worth = np.clip(worth, at_risk, len(clicks))
    if value[-1] <= 0 and len(value) > 1:
        # Greenwood's variance is 0 at the end; the sessions seen until then are still seen.
        worth[-1] = worth[-2]
    low, high = clopper_pearson_at(value, worth, confidence)
    return [
        {
            "clicks": int(times[i]),
            "value": float(value[i]),
            "low": float(low[i]),
            "high": float(high[i]),
            "at_risk": int(at_risk[i]),
            "failed": int(failed[i]),
        }
        for i in range(len(times))
    ]
