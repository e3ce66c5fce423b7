"""Reversed verdicts: against every pattern one by one, on planted targets, and under chance alone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pointbench.statistics import reversals as module
from pointbench.statistics.reversals import reversals

Verdicts = NDArray[np.float64]


def simulated(rng: np.random.Generator, models: int, targets: int) -> Verdicts:
    """Verdicts under the Rasch model: abilities from 12 to 95 % on targets of very unequal difficulty."""
    ability = np.linspace(-2, 3, models)
    difficulty = rng.normal(0, 1.5, targets)
    chance = 1 / (1 + np.exp(difficulty - ability[:, None]))
    return (rng.random(chance.shape) < chance).astype(float)


def plant(rng: np.random.Generator, verdicts: Verdicts, wrong: NDArray[np.int64]) -> None:
    """Moves the regions of some targets to where those land who do not find the thing: two in three."""
    lost = (verdicts[:, wrong] == 0) & (rng.random((len(verdicts), len(wrong))) < 2 / 3)
    verdicts[:, wrong] = lost


def strata(targets: int) -> NDArray[np.int64]:
    return np.arange(targets) % 2


def test_planted_wrong_regions_are_found_first_and_few_others_listed() -> None:
    listed = planted = first = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        verdicts = simulated(rng, 12, 400)
        wrong = rng.choice(400, 8, replace=False)
        plant(rng, verdicts, wrong)
        found = reversals(verdicts, strata(400))
        listed += len(found.listed)
        planted += len(set(found.listed.tolist()) & set(wrong.tolist()))
        first += bool(len(found.listed)) and int(found.listed[0] in wrong)
        assert found.expected <= 0.2 * len(found.listed)
        chances = found.chance[found.listed]
        assert (np.diff(chances) >= 0).all()
    assert first == 5
    assert planted >= 15
    # A fifth of the listed may be chance; with about 20 listed, more than 40 % would be 1 in 40.
    assert planted >= 0.6 * listed


def test_chance_alone_lists_hardly_anything() -> None:
    found = [
        reversals(simulated(np.random.default_rng(seed), 8, 300), strata(300)) for seed in range(30)
    ]
    # At most a fifth of such runs may list anything: more than 12 of 30 would be 1 in 300.
    assert sum(len(each.listed) > 0 for each in found) <= 12
    assert sum(len(each.listed) for each in found) <= 30


def test_the_chances_are_those_of_the_rasch_model() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        verdicts = simulated(rng, 8, 2000)
        chance = reversals(verdicts, np.zeros(2000, dtype=np.int64)).chance
        for level in (0.05, 0.1, 0.3):
            # A discrete chance is at most the level with at most its probability.
            assert (chance <= level).mean() <= level


@settings(max_examples=40, deadline=None)
@given(
    st.integers(3, 6).flatmap(
        lambda voters: st.lists(
            st.lists(st.sampled_from([0, 1]), min_size=voters, max_size=voters),
            min_size=4,
            max_size=12,
        )
    )
)
def test_chances_are_the_sums_over_every_pattern_one_by_one(rows: list[list[int]]) -> None:
    verdicts = np.array(rows, dtype=np.int8).T
    targets = verdicts.shape[1]
    (pattern,) = module._patterns(verdicts, np.zeros(targets, dtype=np.int64))
    chance = np.ones(targets)
    module._judge(pattern, verdicts, chance)
    lowest = pattern.abilities.min()
    step = max(float(pattern.abilities.max() - lowest), 1e-9) / module.GRID
    steps = np.round((pattern.abilities - lowest) / step)
    for target, column in enumerate(verdicts.T):
        hits = [i for i, hit in enumerate(column) if hit]
        if not 0 < len(hits) < len(column):
            assert chance[target] == 1
            continue
        sets = [list(each) for each in combinations(range(len(column)), len(hits))]
        weights = [float(np.exp(step * steps[each].sum())) for each in sets]
        lower = sum(
            weight
            for weight, each in zip(weights, sets, strict=True)
            if steps[each].sum() <= steps[hits].sum()
        )
        assert chance[target] == pytest.approx(lower / sum(weights))


def test_one_model_served_twice_or_thrice_is_one_voter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    ability, difficulty = np.linspace(-1, 1, 4), rng.normal(0, 1.5, 800)
    chance = 1 / (1 + np.exp(difficulty - ability[:, None]))
    *others, good = (rng.random(chance.shape) < chance).astype(float)
    copies = []
    for _ in range(3):
        copy = good.copy()
        flipped = rng.choice(800, 16, replace=False)
        copy[flipped] = 1 - copy[flipped]
        copies.append(copy)
    assert len(reversals(np.array([*copies, *others]), strata(800)).listed) == 0
    # Two voters say nothing.
    alone = reversals(np.array([*copies, others[0]]), strata(800))
    assert (alone.chance == 1).all()
    # As three voters, the copies would outvote the others wherever they miss together.
    monkeypatch.setattr(module, "SAME_VERDICTS", 2.0)
    assert len(reversals(np.array([*copies, *others]), strata(800)).listed) > 10


def test_verdicts_that_are_unknown_or_half_and_half_do_not_count() -> None:
    rng = np.random.default_rng(5)
    verdicts = simulated(rng, 6, 200)
    verdicts[:, 0] = (0, 1, 0, 0, 0, 0)
    known = reversals(verdicts, strata(200)).chance[0]
    halved, unknown = verdicts.copy(), verdicts.copy()
    halved[5, 0], unknown[5, 0] = 0.5, np.nan
    assert reversals(halved, strata(200)).chance[0] == reversals(unknown, strata(200)).chance[0]
    # Without the best model's miss it is likelier.
    assert known < reversals(unknown, strata(200)).chance[0] < 1
    repeated = np.where(verdicts == 1, 0.8, 0.3)
    assert (
        reversals(repeated, strata(200)).chance == reversals(verdicts, strata(200)).chance
    ).all()
    nobody = np.full((4, 20), np.nan)
    assert (reversals(nobody, strata(20)).chance == 1).all()


def test_the_order_of_models_does_not_matter() -> None:
    verdicts = simulated(np.random.default_rng(8), 7, 150)
    first = reversals(verdicts, strata(150))
    again = reversals(verdicts[::-1], strata(150))
    assert first.chance == pytest.approx(again.chance)
    assert first.listed.tolist() == again.listed.tolist()
