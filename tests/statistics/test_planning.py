"""How many trials a claim needs."""

from __future__ import annotations

import numpy as np
import pytest

from pointbench.statistics import planning
from pointbench.statistics.intervals import lower_bound, wilson


@pytest.mark.parametrize(("half", "rate"), [(0.1, 0.5), (0.03, 0.5), (0.01, 0.9), (0.002, 0.99)])
def test_precision_is_reached_and_not_a_trial_before(half: float, rate: float) -> None:
    n = planning.trials_for_precision(half, rate)
    low, high = wilson(rate * n, n)
    assert (high - low) / 2 <= half
    low, high = wilson(rate * (n - 1), n - 1)
    assert (high - low) / 2 > half


def test_precision_of_clustered_targets_needs_the_design_effect_more() -> None:
    assert planning.trials_for_precision(0.03) == 1064
    assert planning.trials_for_precision(0.03, design_effect=2) == 2128
    with pytest.raises(ValueError, match="precision"):
        planning.trials_for_precision(0.0)


def test_targets_to_detect_by_hand() -> None:
    # 0.55 against 0.45: variance 0.2475 + 0.2475 = 0.495, (2.801585 / 0.1)^2 x 0.495 = 388.5.
    assert planning.targets_to_detect(0.1) == 389
    # Correlated verdicts halve the variance: 0.495 (1 - 0.5).
    assert planning.targets_to_detect(0.1, correlation=0.5) == 195
    assert planning.targets_to_detect(0.1, design_effect=2) == 778
    with pytest.raises(ValueError, match="no two rates"):
        planning.targets_to_detect(0.3, rate=0.9)


def test_targets_to_detect_gives_80_percent_power() -> None:
    from statsmodels.stats.proportion import proportions_ztest

    n = planning.targets_to_detect(0.1)
    rng = np.random.default_rng(4)
    a, b = rng.binomial(n, 0.55, 1000), rng.binomial(n, 0.45, 1000)
    significant = [proportions_ztest([x, y], [n, n])[1] < 0.05 for x, y in zip(a, b, strict=True)]
    assert np.mean(significant) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("misses", [0, 1, 3])
@pytest.mark.parametrize("k", [1, 10, 100])
def test_certifying_k_needs_no_trial_less(k: int, misses: int) -> None:
    n = planning.trials_to_certify(k, misses=misses)
    assert lower_bound(n - misses, n) ** k >= 0.9
    assert lower_bound(n - 1 - misses, n - 1) ** k < 0.9


def test_certifying_100_in_a_row_takes_about_2843_flawless_trials() -> None:
    assert planning.trials_to_certify(100) == 2844
    # A coin's chance, 0.5 instead of 0.9: ln 0.05 / ln 0.5 = 4.32 trials per click.
    assert planning.trials_to_certify(100, chance=0.5) == 433
