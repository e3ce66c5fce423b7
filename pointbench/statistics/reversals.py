"""Targets whose verdicts are the wrong way round: missed by the better models, hit by the worse ones.

A wrong region has that mark: whoever finds the thing misses it. So has chance, and this says how often.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.statistics.arrays import Codes, Floats, Ints

FEWEST_VOTERS = 3
"""With fewer independent models nothing is said."""

SAME_VERDICTS = 0.75
"""Models whose verdicts correlate at least this much count as one. One model served twice has about 0.9
on public logs, unlike models at most 0.6."""

CHANCE_SHARE = 0.2
"""At most this share of the targets listed would be expected there by chance."""

PRIOR_PAIRS = 10.0
"""Pairs of verdicts by which abilities within a stratum are drawn to those over all targets."""

GRID = 100
"""Steps between the lowest and the highest ability; the chances are exact for abilities on this grid."""

FINE_VOTERS = 16
"""With more voters the grid is coarser in proportion, which bounds the work."""

MOST_PATTERNS = 500
"""Sets of voters (by stratum) that are judged, the most frequent first; their number is small unless
trials in error are strewn over many models."""


@dataclass(frozen=True)
class Reversals:
    """The targets whose verdicts are the wrong way round.

    Attributes
    ----------
    chance : array of float64, shape (targets,)
        The chance of verdicts at least as reversed, given how many voters hit the target; 1 where every
        voter agrees, or where nothing can be said.
    listed : array of int64, shape (listed,)
        Indices of the targets that chance does not explain, the least likely first.
    expected : float
        How many of the listed ones chance alone would list.
    voters : int
        Independent models.

    Examples
    --------
    >>> import numpy as np
    >>> reversals(np.ones((2, 4)), np.zeros(4, dtype=int)).listed.tolist()
    []
    """

    chance: Floats
    listed: Ints
    expected: float
    voters: int


def reversals(rates: Floats, stratum: Codes, chance_share: float = CHANCE_SHARE) -> Reversals:
    """Finds targets that good models miss and bad ones hit.

    Given how many voters hit a target, under the Rasch model each set of so many voters has a
    probability proportional to the product of exp(ability), whatever the target's difficulty. The
    statistic is the sum of the abilities of those who hit it; its lower tail is the target's chance. The
    abilities come from pairs of verdicts on one target that differ, within each stratum.

    A target is listed if its chance is at most c, with c as large as it may be for the expected number of
    targets at most c, were all regions right, to stay within ``chance_share`` of their number: the step-up
    procedure of Benjamini and Hochberg with each target's own discrete distribution.

    Parameters
    ----------
    rates : array of float64, shape (models, targets)
        Share of correct trials, 0 to 1; NaN where a model did not answer. A voter's verdict is a hit above
        1/2 and a miss below; at 1/2 it has none. Models whose verdicts correlate by `SAME_VERDICTS` or
        more are one voter, whose rate is their mean.
    stratum : array of int64, shape (targets,)
        Code of the group (such as the kind) within which abilities are compared.
    chance_share : float
        Largest expected share of the listed targets that chance explains, 0 to 1.

    Returns
    -------
    Reversals
        Nothing is listed with fewer than `FEWEST_VOTERS` voters.

    References
    ----------
    Rasch 1960, Probabilistic Models for Some Intelligence and Attainment Tests: given the number of
    correct answers, the pattern does not depend on the difficulty. Molenaar and Hoijtink 1990
    (Psychometrika 55:75) test patterns by that conditional distribution. Choppin 1968 (Nature 219:870)
    estimates from pairs. Heyse 2011 (in Recent Advances in Biostatistics, p. 43) and Doehler, Durand
    and Roquain 2018 (Electron. J. Stat. 12:1867) control false discoveries of discrete tests.

    Examples
    --------
    >>> import numpy as np
    >>> verdicts = np.zeros((6, 60))
    >>> for model, hits in enumerate((55, 45, 35, 25, 15, 5)):
    ...     verdicts[model, :hits] = 1  # the better the model, the harder the targets that it hits
    >>> verdicts[4:, 59] = 1  # only the two worst hit the last one
    >>> reversals(verdicts, np.zeros(60, dtype=int)).listed.tolist()
    [59]
    """
    import numpy as np

    rates = np.asarray(rates, dtype=float)
    stratum = np.asarray(stratum, dtype=np.int64)
    chance = np.ones(rates.shape[1])
    verdicts = _voters(rates)
    if len(verdicts) < FEWEST_VOTERS:
        return Reversals(chance, np.array([], dtype=np.int64), 0.0, len(verdicts))
    laws: list[tuple[Floats, int]] = []
    for pattern in _patterns(verdicts, stratum):
        laws += _judge(pattern, verdicts, chance)
    listed, expected = _step_up(chance, laws, chance_share)
    return Reversals(chance, listed, expected, len(verdicts))


def _voters(rates: Floats) -> NDArray[np.int8]:
    """The verdicts (voters, targets) as 1, 0 or -1 for none; models that agree too well are one voter."""
    import numpy as np

    known = ~np.isnan(rates)
    group = list(range(len(rates)))
    for a in range(len(rates)):
        for b in range(a):
            both = known[a] & known[b]
            if (
                group[a] != group[b]
                and _correlation(rates[a, both], rates[b, both]) >= SAME_VERDICTS
            ):
                group = [group[b] if code == group[a] else code for code in group]
    verdicts = []
    for code in dict.fromkeys(group):
        members = [model for model, own in enumerate(group) if own == code]
        answers = known[members].sum(axis=0)
        total = np.where(known[members], rates[members], 0.0).sum(axis=0)
        rate = np.divide(total, answers, out=np.full(len(total), 0.5), where=answers > 0)
        verdicts.append(np.where(rate == 0.5, -1, rate > 0.5).astype(np.int8))
    return np.array(verdicts, dtype=np.int8).reshape(len(verdicts), rates.shape[1])


def _correlation(a: Floats, b: Floats) -> float:
    import numpy as np

    if len(a) < 2:
        return 0.0
    spread = float(np.std(a) * np.std(b))
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 0 else 0.0


class _Pattern(NamedTuple):
    """Targets of one stratum that the same voters answered."""

    voters: Ints
    abilities: Floats
    """Of each of the voters."""
    targets: Ints


def _patterns(verdicts: NDArray[np.int8], stratum: Ints) -> list[_Pattern]:
    import numpy as np

    overall = _abilities(_wins(verdicts))
    patterns = []
    for code in np.unique(stratum):
        own = np.flatnonzero(stratum == code)
        wins = _wins(verdicts[:, own]) + PRIOR_PAIRS * _chances(overall)
        abilities = _abilities(wins)
        answered, codes = np.unique(verdicts[:, own] >= 0, axis=1, return_inverse=True)
        for column, who in enumerate(answered.T):
            voters = np.flatnonzero(who)
            if len(voters) >= FEWEST_VOTERS:
                targets = own[codes.reshape(-1) == column]
                patterns.append(_Pattern(voters, abilities[voters], targets))
    patterns.sort(key=lambda pattern: -len(pattern.targets))
    return patterns[:MOST_PATTERNS]


def _wins(verdicts: NDArray[np.int8]) -> Floats:
    """Targets that the row's voter hit and the column's missed, with half a target added to each pair."""
    import numpy as np

    wins: Floats = (verdicts == 1).astype(float) @ (verdicts == 0).astype(float).T + 0.5
    np.fill_diagonal(wins, 0.0)
    return wins


def _chances(abilities: Floats) -> Floats:
    """The chance that of two verdicts that differ the row's voter has the hit."""
    import numpy as np

    chances: Floats = 1 / (1 + np.exp(abilities[None, :] - abilities[:, None]))
    np.fill_diagonal(chances, 0.0)
    return chances


def _abilities(wins: Floats, steps: int = 200) -> Floats:
    """Log abilities, mean 0, by Hunter's minorization (Ann. Stat. 32:384, 2004) of Bradley and Terry's."""
    import numpy as np

    pairs = wins + wins.T
    strength = np.ones(len(wins))
    for _ in range(steps):
        strength = wins.sum(axis=1) / (pairs / (strength[:, None] + strength)).sum(axis=1)
        strength /= np.exp(np.log(strength).mean())
    return np.log(strength)


def _judge(
    pattern: _Pattern, verdicts: NDArray[np.int8], chance: Floats
) -> list[tuple[Floats, int]]:
    """Sets the chances of a pattern's targets; returns each distribution function with its targets' number.

    A distribution function is over the sums of the steps of those who hit, for one number of hits.
    """
    import numpy as np

    lowest, highest = pattern.abilities.min(), pattern.abilities.max()
    grid = max(1, GRID * FINE_VOTERS // max(FINE_VOTERS, len(pattern.voters)))
    step = max(float(highest - lowest), 1e-9) / grid
    steps = np.round((pattern.abilities - lowest) / step).astype(np.int64)
    weights = np.exp(step * (steps - steps.max()))
    hit = verdicts[np.ix_(pattern.voters, pattern.targets)] == 1
    number, place = hit.sum(axis=0), (hit * steps[:, None]).sum(axis=0)
    # Elementary symmetric functions of the weights, by number of hits and sum of the steps.
    ways = np.zeros((len(steps) + 1, int(steps.sum()) + 1))
    ways[0, 0] = 1.0
    width = ways.shape[1]
    for voter, (own, weight) in enumerate(zip(steps.tolist(), weights.tolist(), strict=True), 1):
        # Without the voter, and with it: one hit more, and as many steps more as it has.
        ways[1 : voter + 1, own:] += weight * ways[:voter, : width - own]
    laws = []
    for hits, targets in sorted(Counter(number.tolist()).items()):
        if 0 < hits < len(steps):
            law = np.cumsum(ways[hits]) / ways[hits].sum()
            these = number == hits
            chance[pattern.targets[these]] = np.minimum(law[place[these]], 1.0)
            laws.append((law, targets))
    return laws


def _step_up(
    chance: Floats, laws: list[tuple[Floats, int]], chance_share: float
) -> tuple[Ints, float]:
    """The listed targets, the least likely first, and how many chance would list."""
    import numpy as np

    cut, expected = 0.0, 0.0
    for level in np.unique(chance[chance < 1]).tolist():
        by_chance = 0.0
        for law, targets in laws:
            attained = int(np.searchsorted(law, level, side="right"))
            by_chance += targets * float(law[attained - 1]) if attained else 0.0
        if by_chance <= chance_share * (chance <= level).sum():
            cut, expected = level, by_chance
        if by_chance > chance_share * len(chance):
            break
    order = np.argsort(chance, kind="stable")
    return order[chance[order] <= cut], expected
