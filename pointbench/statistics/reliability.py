"""Reliability of clicks in a row: on one target asked repeatedly, and on drawn targets.

The two are never mixed. `pass_k` is about the same target asked k times; `in_a_row`, `horizon`,
`supported_k`, `rows` and `survival` are about targets drawn at random, for which the chance of k
correct in a row is p to the k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from pointbench.statistics.clusters import mean
from pointbench.statistics.estimates import CONFIDENCE, EXACT, Estimate
from pointbench.statistics.intervals import clopper_pearson, clopper_pearson_at, lower_bound

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Codes, Flags, Floats, Ints, Numbers

CLAIM_CHANCE = 0.9
"""Default for the claimed chance of k in a row."""


def pass_k_of_targets(hits: Numbers, trials: Numbers, k: int) -> Floats:
    """The chance that k trials of the same target are all correct, for each target.

    The unbiased estimate C(c, k) / C(n, k) from c correct out of n, computed as the product of
    (c - i) / (n - i) for i < k, which does not overflow.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target.
    k : int
        Number of trials that must all be correct.

    Returns
    -------
    array of float64, shape (targets with at least k trials,)
        The chances, in the order of the targets.

    References
    ----------
    Yao et al. 2024, tau-bench, arXiv:2406.12045, section 5.1.

    Examples
    --------
    >>> pass_k_of_targets([3, 4, 1], [4, 4, 4], 2).tolist()
    [0.5, 1.0, 0.0]
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
    hits: Numbers, trials: Numbers, cluster: Codes, k: int, confidence: float = CONFIDENCE
) -> Estimate:
    """pass^k: the mean over targets of the chance that k trials of a target are all correct.

    Parameters
    ----------
    hits, trials : array of int, shape (targets,)
        Correct and scored trials of each target.
    cluster : array of int64, shape (targets,)
        Code of each target's cluster.
    k : int
        Number of trials that must all be correct.
    confidence : float
        Two-sided, 0 to 1.

    Returns
    -------
    Estimate
        ``left_out`` counts the targets with fewer than k trials, which are not in the mean.

    References
    ----------
    Yao et al. 2024, tau-bench, arXiv:2406.12045, section 5.1.

    Examples
    --------
    >>> estimate = pass_k([3, 4, 1, 1], [4, 4, 4, 1], [0, 1, 2, 3], k=2)
    >>> estimate.value, estimate.left_out
    (0.5, 1)
    """
    import numpy as np

    enough = np.asarray(trials) >= k
    values = pass_k_of_targets(hits, trials, k)
    estimate = mean(values, np.asarray(cluster, dtype=np.int64)[enough], confidence=confidence)
    return replace(estimate, left_out=int((~enough).sum()))


def in_a_row(p: Estimate, k: int) -> Estimate:
    """The chance of k correct clicks in a row on drawn targets.

    Parameters
    ----------
    p : Estimate
        The chance that one click is correct.
    k : int
        Clicks in a row.

    Returns
    -------
    Estimate
        p to the k; its ends are the ends of p's interval to the k.

    Examples
    --------
    >>> in_a_row(Estimate(0.9, 0.8, 0.95, 0.95, "Wilson"), 2).low
    0.6400000000000001
    """
    value, low, high = (None if x is None else x**k for x in (p.value, p.low, p.high))
    return p.mapped(value, low, high)


def horizon(p: Estimate, chance: float) -> Estimate:
    """Number of clicks after which the chance of no miss has fallen to ``chance``.

    Parameters
    ----------
    p : Estimate
        The chance that one click is correct.
    chance : float
        The chance of no miss, between 0 and 1.

    Returns
    -------
    Estimate
        ln chance / ln p, in clicks. None if no click missed, although its low end is known; 0 if
        none hit.

    Examples
    --------
    >>> round(horizon(Estimate(0.9, 0.5, 0.99, 0.95, "Wilson"), 0.5).value, 2)
    6.58
    """
    value, low, high = (_clicks(x, chance) for x in (p.value, p.low, p.high))
    if p.method == EXACT:
        low = high = None
    return p.mapped(value, low, high)


def _clicks(p: float | None, chance: float) -> float | None:
    if p is None or p >= 1:
        return None
    return 0.0 if p <= 0 else math.log(chance) / math.log(p)


def supported_k(bound: float, chance: float) -> int:
    """The most clicks in a row that a lower bound of the chance of one supports.

    Parameters
    ----------
    bound : float
        A lower bound of the chance that one click is correct, 0 to 1, such as
        `intervals.targets_lower_bound` (these targets) or `clusters.lower_bound` (targets like
        these).
    chance : float
        The claimed chance of k in a row, between 0 and 1.

    Returns
    -------
    int
        The largest k for which ``bound ** k`` is at least ``chance``; 0 if there is no such claim.

    Raises
    ------
    ValueError
        If ``bound`` is 1: no number of trials proves that.

    References
    ----------
    The chance of k clicks on targets drawn independently is the chance of one to the k.

    Examples
    --------
    >>> supported_k(0.99, 0.9), supported_k(0.99, 0.5), supported_k(0.8, 0.9)
    (10, 68, 0)
    """
    if bound <= 0:
        return 0
    if bound >= 1:
        raise ValueError("a lower bound of 1 would support any number of clicks")
    k = math.floor(math.log(chance) / math.log(bound))
    # The logarithms may round across a whole number.
    while bound ** (k + 1) >= chance:
        k += 1
    while k > 0 and bound**k < chance:
        k -= 1
    return k


def flawless_trials(k: int, chance: float = CLAIM_CHANCE, confidence: float = CONFIDENCE) -> int:
    """Number of trials, all correct, that a claim of k in a row needs; the inverse of `supported_k`.

    Parameters
    ----------
    k : int
        Clicks in a row.
    chance : float
        The claimed chance of k in a row, between 0 and 1.
    confidence : float
        One-sided, 0 to 1.

    Returns
    -------
    int
        The fewest trials.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; see `intervals.lower_bound`.

    Examples
    --------
    >>> flawless_trials(10)
    285
    """
    n = max(1, math.ceil(k * math.log(1 - confidence) / math.log(chance)))
    while supported_k(lower_bound(n, n, confidence), chance) < k:
        n += 1
    while n > 1 and supported_k(lower_bound(n - 1, n - 1, confidence), chance) >= k:
        n -= 1
    return n


@dataclass(frozen=True)
class Rows:
    """Rows of clicks: how many were correct before each row ended, and whether a failure ended it.

    A row not ended by a failure is censored: it could have gone on.

    Attributes
    ----------
    lengths : array of int64, shape (rows,)
        Correct clicks of each row.
    failed : array of bool, shape (rows,)
        True where a failure ended the row.

    Examples
    --------
    >>> rows([1, 1, 0, 1], [0, 0, 0, 0]).longest
    2
    """

    lengths: Ints
    failed: Flags

    @property
    def longest(self) -> int:
        """Correct clicks of the longest row; 0 without a row."""
        return int(self.lengths.max()) if len(self.lengths) else 0

    @property
    def mean_length(self) -> float | None:
        """Correct clicks over failures; None without a failure."""
        failures = int(self.failed.sum())
        return int(self.lengths.sum()) / failures if failures else None


def rows(correct: Codes, session: Codes) -> Rows:
    """Divide clicks into rows: a new one starts after each failure and with each session.

    Parameters
    ----------
    correct : array of int, shape (clicks,)
        1, 0, or -1 for a click that stayed in error, in order. An error censors its row, as it does
        in a `streak`; within the one session of a `run` it neither extends nor ends a row, so the
        caller must drop it.
    session : array of int, shape (clicks,)
        Number of each click's session.

    Returns
    -------
    Rows
        Without rows censored at 0 clicks, which carry no information.

    Examples
    --------
    >>> clicks = rows([1, 1, 0, 1, -1], session=[0, 0, 1, 2, 2])
    >>> clicks.lengths.tolist(), clicks.failed.tolist()
    ([2, 0, 1], [False, True, False])
    """
    import numpy as np

    correct, session = np.asarray(correct), np.asarray(session)
    n = len(correct)
    if not n:
        return Rows(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))
    ends = correct != 1
    ends[:-1] |= session[1:] != session[:-1]
    ends[-1] = True
    last_clicks = np.flatnonzero(ends)
    lengths = np.diff(np.concatenate(([-1], last_clicks))) - (correct[last_clicks] != 1)
    failed = correct[last_clicks] == 0
    counts = (lengths > 0) | failed
    return Rows(lengths[counts].astype(np.int64), failed[counts])


class SurvivalPoint(TypedDict):
    """One step of a survival curve.

    Attributes
    ----------
    clicks : int
        The click at which the curve falls.
    value, low, high : float
        The chance that a session has no miss up to and including this click, and its band.
    at_risk, failed : int
        Sessions that reached this click, and those that failed at it.

    Examples
    --------
    >>> survival(rows([1, 0, 0], session=[0, 0, 1]))[0]["clicks"]
    1
    """

    clicks: int
    value: float
    low: float
    high: float
    at_risk: int
    failed: int


def survival(sessions: Rows, confidence: float = CONFIDENCE) -> list[SurvivalPoint]:
    """The chance that a session has no miss after k clicks, at each k at which a session failed.

    The Kaplan-Meier estimate; rows not ended by a failure are censored. The band is pointwise:
    Clopper-Pearson at the effective n ``S (1 - S) / var S`` with Greenwood's variance, which unlike
    Greenwood's own band holds near 0 and 1. The effective n is at most the sessions at risk at the
    start and at least those at risk at that click.

    Parameters
    ----------
    sessions : Rows
        One row per session.
    confidence : float
        Pointwise and two-sided, 0 to 1.

    Returns
    -------
    list of SurvivalPoint
        In the order of clicks; empty without a session, one point if no session failed.

    References
    ----------
    Kaplan and Meier 1958, JASA 53:457; the band is Rothman's (1978, J. Chronic Dis. 31:557) with the
    exact interval.

    Examples
    --------
    >>> curve = survival(rows([1, 0, 0, 1, 1], session=[0, 0, 1, 2, 2]))
    >>> [(point["clicks"], round(point["value"], 3), point["at_risk"]) for point in curve]
    [(1, 0.667, 3), (2, 0.333, 2)]
    """
    import numpy as np

    count = len(sessions.lengths)
    if not count:
        return []
    if not sessions.failed.any():
        # No failure: all that is known is that every session went on until the first one stopped.
        low_end, high_end = clopper_pearson(count, count, confidence)
        return [
            {
                "clicks": int(sessions.lengths.min()),
                "value": 1.0,
                "low": low_end,
                "high": high_end,
                "at_risk": count,
                "failed": 0,
            }
        ]
    # A failing click is number length + 1; a row censored after c clicks is known to pass c.
    clicks = sessions.lengths + sessions.failed
    times, failed = np.unique(clicks[sessions.failed], return_counts=True)
    at_risk = count - np.searchsorted(np.sort(clicks), times, side="left")
    passed = at_risk - failed
    value: Floats = np.cumprod(passed / at_risk).astype(np.float64)
    # Greenwood's sum ends where no session is left, with a variance of 0.
    hazards = np.divide(failed, at_risk * passed, out=np.zeros(len(times)), where=passed > 0)
    variance = value**2 * np.cumsum(hazards)
    known = (value > 0) & (value < 1) & (variance > 0)
    n_effective = np.where(known, value * (1 - value) / np.where(known, variance, 1.0), at_risk)
    n_effective = np.clip(n_effective, at_risk, count)
    if value[-1] <= 0 and len(value) > 1:
        # Greenwood's variance is 0 at the end, but the sessions seen until then still count.
        n_effective[-1] = n_effective[-2]
    low, high = clopper_pearson_at(value, n_effective, confidence)
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
