"""Decides, while answers come in, whether a model keeps the total of a stored run.

The targets are a finite bank whose old verdicts are known, asked in random order, each once. Two
one-sided processes of `betting` run side by side: one bets that the new total reaches the needed one,
the other that it does not. For any truth only one of the two verdicts is wrong, so each process has
the whole error rate to itself. Probability comes from the random order alone: no target need be like
another, and answers need not be independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pointbench.statistics.betting import DOWN, UP, Bets, Side
from pointbench.statistics.estimates import CONFIDENCE

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Floats, Ints

TOLERANCE = 1e-9
"""Totals that differ by less are equal: a margin times a number of targets is rarely exact."""

AIM_WITHOUT_MARGIN = 0.01
"""What bets are aimed at where the margin is 0, as a share of the targets."""

AIM_OF_MINIMUM = 0.02
"""What bets are aimed at where a minimum hit rate is asked for, as a share of the targets."""

MOST_VERDICTS = 1_000_000
"""Verdicts that a simulation holds in memory at once."""

GateVerdict = Literal["pass", "fail"]


def need_for_margin(old: Sequence[float], margin: float) -> int:
    """The fewest hits with which a model is at most ``margin`` worse than the stored run.

    Parameters
    ----------
    old : sequence of float
        Verdict of each target in the stored run, 0 to 1: 0 or 1, or the mean over its repeats.
    margin : float
        The allowed loss, as a share of the targets.

    Returns
    -------
    int
        The least whole number of hits whose difference from the old total is at least
        ``-margin * len(old)``. A loss of exactly the margin passes.

    Examples
    --------
    >>> need_for_margin([1] * 60 + [0] * 40, 0.07)
    53
    """
    return math.ceil(math.fsum(old) - margin * len(old) - TOLERANCE)


def need_for_minimum(n: int, rate: float) -> int:
    """The fewest hits among ``n`` targets that make a hit rate of at least ``rate``.

    Parameters
    ----------
    n : int
        Number of targets.
    rate : float
        The hit rate, 0 to 1.

    Returns
    -------
    int
        Number of hits.

    Examples
    --------
    >>> need_for_minimum(100, 0.07)
    7
    """
    return math.ceil(rate * n - TOLERANCE)


@dataclass(frozen=True)
class GateClaim:
    """What a gate asks about the total of the new verdicts.

    Attributes
    ----------
    old : sequence of float
        Verdicts of the stored run in the planned order of asking, each 0 to 1. Where only a minimum
        hit rate is asked for, any constant will do.
    need : int
        ``pass`` if and only if the new verdicts of all targets have at least this total.
    unit : float
        The distance from ``need`` that bets are aimed at, in targets. A bad choice costs clicks, not
        validity.

    Raises
    ------
    ValueError
        Without a target, if a verdict is outside 0 to 1, or if the unit is not positive.

    Examples
    --------
    >>> GateClaim.of_margin([1, 1, 1, 0], margin=0.25).need
    2
    """

    old: Sequence[float]
    need: int
    unit: float

    def __post_init__(self) -> None:
        if not len(self.old):
            raise ValueError("a gate needs at least one target")
        if not all(0 <= verdict <= 1 for verdict in self.old):
            raise ValueError("every old verdict must be between 0 and 1")
        if not 0 < self.unit < math.inf:
            raise ValueError(f"unit must be positive, not {self.unit}")

    @classmethod
    def of_margin(cls, old: Sequence[float], margin: float) -> GateClaim:
        """The claim that a model is at most ``margin`` worse than the stored run."""
        aim = margin if margin > 0 else AIM_WITHOUT_MARGIN
        return cls(old, need_for_margin(old, margin), aim * len(old))

    @classmethod
    def of_minimum(cls, n: int, rate: float, old: Sequence[float] | None = None) -> GateClaim:
        """The claim that the hit rate over ``n`` targets is at least ``rate``.

        Old verdicts of the same targets save clicks, but do not change the claim.
        """
        known = [0.0] * n if old is None else old
        return cls(known, need_for_minimum(n, rate), AIM_OF_MINIMUM * n)


class _End:
    """One end of what is not refuted: a side's bets against all totals from ``start`` to below ``stop``.

    Totals are counted as `Bets` counts them, in hits going up and in misses going down. ``least`` is the
    least total that is not refuted, by the bets or because more is counted already.
    """

    def __init__(self, side: Side, claim: GateClaim, start: int, stop: int, alpha: float) -> None:
        import numpy as np

        n = len(claim.old)
        old = np.asarray(claim.old, dtype=float)
        self._old = 1 - old if side.mirrored else old
        self._rest = np.cumsum(self._old[::-1])[::-1] / np.arange(n, 0, -1)
        self._counts = 0 if side.mirrored else 1
        totals = np.arange(start, stop, dtype=float)
        self._bets = Bets(side, totals, claim.unit, constant=bool(np.ptp(old) == 0))
        self._limit = 1 / alpha
        self.least = start
        self.counted = 0
        self.asked = 0

    def add(self, verdict: int | None) -> None:
        """Take the next answer. One in error is not counted, which no side gains by."""
        import numpy as np

        counts = int(verdict == self._counts)
        place = slice(self.asked, self.asked + 1)
        left = len(self._old) - self.asked
        self.asked += 1
        self.counted += counts
        if len(self._bets.totals):
            self._bets.add(np.array([float(counts)]), self._old[place], self._rest[place], left)
            self._drop_settled(self.counted + left - 1)

    def _drop_settled(self, most: int) -> None:
        """Forget the totals that are refuted, and those from ``most`` on, which cannot be exceeded."""
        import numpy as np

        totals = self._bets.totals
        refuted = (self._bets.capital() >= self._limit) | (totals < self.counted)
        # The capital falls as the total grows, so the refuted totals come first.
        first = len(totals) if refuted.all() else int(np.argmin(refuted))
        self.least += first
        self._bets.keep_totals(first, max(first, int(np.searchsorted(totals, most))))


class GateTest:
    """The state of a gate between two answers. Feed it the answers in planned order.

    Stopping, pausing or looking at any time is free: the error rate holds at every stop.

    Parameters
    ----------
    claim : GateClaim
        What is asked.
    confidence : float
        0 to 1. The chance of a wrong verdict is at most 1 - ``confidence``, whatever the truth is.
    alpha_up, alpha_down : float, optional
        Error rates of ``pass`` and of ``fail``, in place of 1 - ``confidence``. Where two claims must
        both hold, each may fail at half the rate; passing needs no correction.

    Attributes
    ----------
    verdict : "pass", "fail" or None
        None while both are possible. Never changes once set: later answers are ignored.
    decided_after : int or None
        Number of answers that it took.
    clicks : int
        Answers looked at.

    Raises
    ------
    ValueError
        If a rate is not strictly between 0 and 1.

    References
    ----------
    Waudby-Smith and Ramdas 2024, JRSS B 86:1, sections 4 and 5; Shekhar et al. 2023, UAI, section 3;
    Ville 1939.

    Examples
    --------
    >>> gate = GateTest(GateClaim.of_margin([1, 0] * 200, margin=0.05))
    >>> for verdict in [1, 0] * 200:
    ...     gate.add(verdict)
    >>> gate.verdict, gate.decided_after == gate.clicks < 100
    ('pass', True)
    >>> low, high = gate.bounds()
    >>> -0.05 <= low <= 0 <= high
    True
    """

    def __init__(
        self,
        claim: GateClaim,
        confidence: float = CONFIDENCE,
        alpha_up: float | None = None,
        alpha_down: float | None = None,
    ) -> None:
        up = 1 - confidence if alpha_up is None else alpha_up
        down = 1 - confidence if alpha_down is None else alpha_down
        if not (0 < confidence < 1 and 0 < up < 1 and 0 < down < 1):
            raise ValueError("confidence and error rates must be strictly between 0 and 1")
        n = len(claim.old)
        self._claim = claim
        self._n = n
        self._answers: list[int | None] = []
        self._flips = 0.0
        self._answered = 0
        # A total below 0 or above n needs no bets.
        at_up, at_down = claim.need - 1, n - claim.need
        self._up = _End(UP, claim, at_up, at_up + (0 <= at_up < n), up)
        self._down = _End(DOWN, claim, at_down, at_down + (0 <= at_down < n), down)
        self._low = _End(UP, claim, 0, n, up)
        self._high = _End(DOWN, claim, 0, n, down)
        self.verdict: GateVerdict | None = None
        self.decided_after: int | None = None
        if claim.need <= 0:
            self._decide("pass")
        elif claim.need > n:
            self._decide("fail")

    @property
    def clicks(self) -> int:
        """Answers looked at."""
        return len(self._answers)

    @property
    def flips(self) -> float | None:
        """Share of the answers so far whose verdict differs from the old one; errors do not count.

        Where the old verdict is a mean over repeats, the share of the repeats that differ. None before the
        first answer.
        """
        return self._flips / self._answered if self._answered else None

    def add(self, verdict: int | None) -> None:
        """Look at the next answer in planned order.

        Parameters
        ----------
        verdict : int or None
            1 for a hit, 0 for anything else, None for an answer that stayed in error: a miss for
            ``pass`` and a hit for ``fail``.

        Raises
        ------
        ValueError
            If the verdict is none of these, or if every target is answered already.
        """
        if verdict not in (0, 1, None):
            raise ValueError(f"a verdict is 0, 1 or None, not {verdict!r}")
        if self.verdict is not None:
            return
        if self.clicks == self._n:
            raise ValueError(f"all {self._n} targets are answered already")
        if verdict is not None:
            self._flips += abs(verdict - self._claim.old[self.clicks])
            self._answered += 1
        self._answers.append(verdict)
        self._up.add(verdict)
        self._down.add(verdict)
        passes = self._up.least >= self._claim.need
        fails = self._down.least > self._n - self._claim.need
        if passes and fails:  # what is counted outweighs what is bet
            passes = self._down.counted <= self._n - self._claim.need
        if passes or fails:
            self._decide("pass" if passes else "fail")

    def _decide(self, verdict: GateVerdict) -> None:
        self.verdict = verdict
        self.decided_after = self.clicks

    def totals(self) -> tuple[int, int]:
        """The least and the greatest total of the new verdicts that are not refuted by now.

        Returns
        -------
        low, high : int
            0 to the number of targets. Each end holds at the confidence of its side, whenever one looks:
            ``low`` reaches `GateClaim.need` exactly where the verdict is ``pass``, and ``high`` is below
            it exactly where it is ``fail``.
        """
        for end in (self._low, self._high):
            for verdict in self._answers[end.asked :]:
                end.add(verdict)
        low, high = self._low.least, self._n - self._high.least
        if self.verdict == "fail":
            return min(low, high), high
        return low, max(low, high)

    def bounds(self) -> tuple[float, float]:
        """Ends of the difference between new and old hit rate over all targets.

        Returns
        -------
        low, high : float
            -1 to 1. See `totals`.
        """
        low, high = self.totals()
        old = math.fsum(self._claim.old)
        return (low - old) / self._n, (high - old) / self._n

    def bounds_rate(self) -> tuple[float, float]:
        """Ends of the new hit rate over all targets.

        Returns
        -------
        low, high : float
            0 to 1. See `totals`.
        """
        low, high = self.totals()
        return low / self._n, high / self._n


def decide_orders(
    old: Floats,
    new: Floats,
    need: int,
    unit: float,
    confidence: float = CONFIDENCE,
    alpha_down: float | None = None,
) -> tuple[Ints, Ints]:
    """Verdicts of many gates on the same claim at once, as `GateTest` gives them.

    Parameters
    ----------
    old, new : array of float64, shape (gates, targets)
        Old and new verdicts in each gate's order of asking; NaN in ``new`` is an answer in error. All
        gates have the same old total.
    need, unit : int, float
        See `GateClaim`; ``need`` from 1 to the number of targets.
    confidence : float
        0 to 1.
    alpha_down : float, optional
        Error rate of ``fail``, in place of 1 - ``confidence``.

    Returns
    -------
    verdicts : array of int, shape (gates,)
        1 for ``pass``, -1 for ``fail``, 0 if errors left it open.
    clicks : array of int, shape (gates,)
        Answers that it took; all of them where it is open.

    References
    ----------
    See `GateTest`.

    Examples
    --------
    >>> import numpy as np
    >>> old = np.tile([1.0, 0.0], (3, 200))
    >>> verdicts, clicks = decide_orders(old, old, need=180, unit=20.0)
    >>> verdicts.tolist(), bool(clicks.max() < 100)
    ([1, 1, 1], True)
    """
    import numpy as np

    gates, n = old.shape
    verdicts = np.zeros(gates, dtype=np.int64)
    clicks = np.full(gates, n, dtype=np.int64)
    limits = (1 / (1 - confidence), 1 / (1 - confidence if alpha_down is None else alpha_down))
    constant = bool(np.ptp(old) == 0)
    bets = [
        Bets(side, np.array([float(total)]), unit, constant)
        for side, total in ((UP, need - 1), (DOWN, n - need))
    ]
    # One row per place in the order. Counted from the last place, the old verdicts left are a running sum.
    olds = (np.ascontiguousarray(old.T), np.ascontiguousarray(1 - old.T))
    rests = tuple(
        np.cumsum(rows[::-1], axis=0)[::-1] / np.arange(n, 0, -1)[:, None] for rows in olds
    )
    news = tuple(
        np.nan_to_num(rows, nan=0.0)
        for rows in (np.ascontiguousarray(new.T), np.ascontiguousarray(1 - new.T))
    )
    open_ = np.arange(gates)
    counted = [np.zeros(gates), np.zeros(gates)]
    for place in range(n):
        refuted = []
        for side in (0, 1):
            verdict = news[side][place, open_]
            bets[side].add(verdict, olds[side][place, open_], rests[side][place, open_], n - place)
            counted[side] = counted[side] + verdict
            sure = counted[side] > bets[side].totals
            refuted.append((sure, sure | (bets[side].capital() >= limits[side])))
        (_, passes), (surely_fails, fails) = refuted
        decided = passes | fails
        if decided.any():
            verdicts[open_[decided]] = np.where(passes & ~surely_fails, 1, -1)[decided]
            clicks[open_[decided]] = place + 1
            still = ~decided
            open_ = open_[still]
            if not len(open_):
                break
            for side in (0, 1):
                bets[side].keep_runs(still)
                counted[side] = counted[side][still]
    return verdicts, clicks


def expected_clicks(
    claim: GateClaim,
    flips: float,
    lost: float = 0.0,
    confidence: float = CONFIDENCE,
    alpha_down: float | None = None,
    orders: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """How many clicks a gate would take, simulated from the stored verdicts in random orders.

    Parameters
    ----------
    claim : GateClaim
        What is asked; the order of its targets does not matter.
    flips : float
        Share of the targets whose verdict changes, 0 to 1.
    lost : float
        Net loss as a share of the targets, negative for a gain; it needs at least as many flips. No
        more than the stored hits are lost, or than the stored misses won. Where the claim is a bare
        minimum over old verdicts of 0, ``-rate`` makes a model of that hit rate.
    confidence, alpha_down : float
        See `GateTest`.
    orders : int
        Number of simulated gates.
    seed : int
        Of the random orders.

    Returns
    -------
    mean, q90 : float
        Mean and 90 % quantile of the clicks.

    Examples
    --------
    >>> claim = GateClaim.of_margin([1] * 700 + [0] * 300, margin=0.02)
    >>> mean, q90 = expected_clicks(claim, flips=0.05)
    >>> 350 < mean < 500 < q90 < 800
    True
    """
    import numpy as np

    n = len(claim.old)
    if not 1 <= claim.need <= n:
        return 0.0, 0.0
    rng = np.random.default_rng(seed)
    changed = max(flips, abs(lost))
    most_lost, most_won = round((changed + lost) / 2 * n), round((changed - lost) / 2 * n)
    at_a_time = max(1, MOST_VERDICTS // n)
    clicks = []
    for start in range(0, orders, at_a_time):
        shape = min(at_a_time, orders - start), n
        old = rng.permuted(np.broadcast_to(np.asarray(claim.old, dtype=float), shape), axis=1)
        # A mean over repeats becomes a hit that often, while the total stays within one of the old one.
        rounded = np.floor(np.cumsum(old, axis=1) + rng.random((shape[0], 1)))
        new = np.diff(rounded, axis=1, prepend=0.0)
        hits, misses = new == 1, new == 0
        new[hits & (np.cumsum(hits, axis=1) <= most_lost)] = 0
        new[misses & (np.cumsum(misses, axis=1) <= most_won)] = 1
        order = rng.random(shape).argsort(axis=1)
        old, new = np.take_along_axis(old, order, axis=1), np.take_along_axis(new, order, axis=1)
        clicks.append(decide_orders(old, new, claim.need, claim.unit, confidence, alpha_down)[1])
    taken = np.concatenate(clicks)
    return float(taken.mean()), float(np.quantile(taken, 0.9))


def unchanged_fails(n: int, margin: float, unstable: float, repeats: int = 1) -> float:
    """The chance that an unchanged model fails a full comparison, because the stored run is one draw.

    Parameters
    ----------
    n : int
        Number of targets.
    margin : float
        The allowed loss, as a share of the targets.
    unstable : float
        Share of targets on which two runs of the same model differ, 0 to 1.
    repeats : int
        Repeats of the stored run whose mean is its verdict on a target.

    Returns
    -------
    float
        ``Phi(-(floor(margin n) + 0.5) / sqrt(n r (1 + 1 / repeats) / 2))`` with r = ``unstable``: the net
        loss between two runs is about normal with the variance n r. No error of the test: the runs
        do differ by more than the margin that often.

    Examples
    --------
    >>> round(unchanged_fails(1264, 0.02, 0.049), 3), round(unchanged_fails(470, 0.02, 0.15), 2)
    (0.001, 0.13)
    """
    variance = n * unstable * (1 + 1 / repeats) / 2
    if variance <= 0:
        return 0.0
    net = math.floor(margin * n + TOLERANCE) + 0.5
    return math.erfc(net / math.sqrt(2 * variance)) / 2
