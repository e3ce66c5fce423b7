"""One-sided bets on the total of a finite bank of verdicts, asked without replacement.

A bettor puts stakes against the claim that the total of all verdicts is at most some number. While the
claim holds, the capital is a nonnegative supermartingale that starts at 1, so the chance that it ever
reaches 1 / alpha is at most alpha (Ville 1939, Étude critique de la notion de collectif). Sampling
without replacement: Waudby-Smith and Ramdas 2024, JRSS B 86:1, section 5. Known verdicts of an
earlier run as a control variate: Shekhar, Xu, Lipton, Liang and Ramdas 2023, UAI, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pointbench.statistics.arrays import Flags, Floats

LEAST_LEFT = 0.01
"""The share of its capital that a bettor keeps at the worst next answer."""

PRIOR_ANSWERS = 50
PRIOR_VARIANCE = 0.05
"""The spread of changes is first guessed at 0.05, a guess with the weight of 50 answers."""

PRIOR_OLD = 20
"""Weight, in old verdicts of one kind, of the first guess at how often they change."""


@dataclass(frozen=True)
class Side:
    """One of the two directions to bet in.

    Attributes
    ----------
    goals : tuple of float
        Distances from the claim's edge that the bettors aim at, in units of the claim.
    weights : tuple of float
        Share of the capital that each bettor starts with; they sum to 1.
    lost_prior, won_prior : float
        First guesses at losses and wins among `PRIOR_OLD` old hits and old misses.
    mirrored : bool
        True if misses are counted in place of hits: a bet that the total is lower.

    Examples
    --------
    >>> UP.mirrored, DOWN.mirrored, DOWN.goals[-1]
    (False, True, 5)
    """

    goals: tuple[float, ...]
    weights: tuple[float, ...]
    lost_prior: float
    won_prior: float
    mirrored: bool


UP = Side((0.25, 0.5, 1, 2, 4), (0.1, 0.2, 0.4, 0.2, 0.1), 0.6, 1.0, mirrored=False)
"""Bets that the total is higher than claimed."""

DOWN = Side((0.25, 0.5, 1, 2, 5), (0.1, 0.2, 0.25, 0.25, 0.2), 1.0, 0.6, mirrored=True)
"""Bets that the total is lower: `UP` over misses. What `UP` calls lost is won here."""


class Bets:
    """Bets against claims "the total is at most k", for several k or several runs at once.

    A `DOWN` bettor is given mirrored numbers: 1 - verdict, 1 - old, and k misses in place of hits.
    Old verdicts, new verdicts and totals are arrays that broadcast against each other; the capital has
    their common shape behind an axis of bettors.

    Parameters
    ----------
    side : Side
        `UP` or `DOWN`.
    totals : array of float64
        The claims' totals k.
    unit : float
        The distance that a goal of 1 stands for, in targets.
    constant : bool
        True if all old verdicts are equal. They explain nothing then, and are left out.

    Examples
    --------
    Ten hits in a row, out of a bank of twenty that is claimed to hold at most ten:

    >>> import numpy as np
    >>> bets = Bets(UP, np.array([10.0]), unit=2.0, constant=True)
    >>> for left in range(20, 10, -1):
    ...     bets.add(np.array([1.0]), np.array([0.0]), np.array([0.0]), left)
    >>> bool(bets.capital()[0] > 20)
    True
    """

    def __init__(self, side: Side, totals: Floats, unit: float, constant: bool) -> None:
        import numpy as np

        self._side = side
        self._constant = constant
        self._goals = unit * np.array(side.goals)[:, None]
        self._weights = np.array(side.weights)[:, None]
        self.totals = totals
        self._capitals = np.ones((len(side.goals), 1))
        self._asked = 0
        zero = np.zeros(1)
        self._hits = self._lost = self._won = self._old_hits = zero
        self._changes = self._squares = zero

    def add(self, verdict: Floats, old: Floats, rest: Floats, left: int) -> None:
        """Let every bettor play one answer.

        Parameters
        ----------
        verdict : array of float64
            The new verdict, 0 or 1.
        old : array of float64
            The old verdict of the same target, 0 to 1.
        rest : array of float64
            Mean of the old verdicts of the targets that are left, this one included.
        left : int
            Number of those targets.
        """
        import numpy as np

        side, asked = self._side, self._asked
        if self._constant:
            gamma: Floats = np.zeros(1)
        else:
            lost = (self._lost + side.lost_prior) / (self._old_hits + PRIOR_OLD)
            won = (self._won + side.won_prior) / (asked - self._old_hits + PRIOR_OLD)
            gamma = 1 - np.minimum(0.9, lost + won)
        # Its mean given the past is that of the new verdicts left, whatever gamma is.
        controlled = verdict - gamma * (old - rest)
        variance = (self._squares + PRIOR_ANSWERS * PRIOR_VARIANCE) / (asked + PRIOR_ANSWERS)
        claimed = (self.totals - self._hits) / left
        # Where hits exceed the claimed total there is nothing to lose, and the claim is refuted anyway.
        room = np.maximum(claimed + gamma * (1 - rest), 1e-300)
        aim = self._goals / left
        stake = np.minimum(aim / (variance + aim * aim), (1 - LEAST_LEFT) / room)
        self._capitals = self._capitals * (1 + stake * (controlled - claimed))
        mean_change = self._changes / asked if asked else 0.0
        surprise = controlled - rest - mean_change
        self._squares = self._squares + np.minimum(1.0, surprise * surprise)
        self._changes = self._changes + (verdict - old)
        self._lost = self._lost + old * (1 - verdict)
        self._won = self._won + (1 - old) * verdict
        self._old_hits = self._old_hits + old
        self._hits = self._hits + verdict
        self._asked += 1

    def capital(self) -> Floats:
        """The bettors' capital together, 1 before the first answer.

        Returns
        -------
        array of float64
            In the common shape of totals and runs.
        """
        total: Floats = (self._weights * self._capitals).sum(axis=0)
        return total

    def keep_totals(self, start: int, stop: int) -> None:
        """Drop the claims outside a slice of the totals.

        Parameters
        ----------
        start, stop : int
            Places in `totals`.
        """
        self.totals = self.totals[start:stop]
        if self._capitals.shape[1] > 1:
            self._capitals = self._capitals[:, start:stop]

    def keep_runs(self, which: Flags) -> None:
        """Drop the runs that are not flagged.

        Parameters
        ----------
        which : array of bool, shape (runs,)
            The runs to keep.
        """
        self._capitals = self._capitals[:, which]
        self._hits, self._old_hits = self._hits[which], self._old_hits[which]
        self._lost, self._won = self._lost[which], self._won[which]
        self._changes, self._squares = self._changes[which], self._squares[which]
