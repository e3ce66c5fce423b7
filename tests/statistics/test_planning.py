"""How many trials a claim needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.statistics import planning
from pointbench.statistics.intervals import lower_bound, wilson
from pointbench.statistics.search import first


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


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9, 0.995, 0.9999, 1.0])
@pytest.mark.parametrize(("screenshots", "targets"), [(1, 1), (3, 7), (40, 10), (500, 31)])
def test_a_typical_outcome_has_the_misses_that_the_rate_predicts(
    rate: float, screenshots: int, targets: int
) -> None:
    misses = planning.expected_misses(screenshots, targets, rate)
    assert len(misses) == screenshots
    assert misses.min() >= 0
    assert misses.max() <= targets
    n = screenshots * targets
    assert -1e-6 <= misses.sum() - n * (1 - rate) < 1 + 1e-6


@pytest.mark.parametrize("icc", [0.01, 0.1, 0.3])
def test_a_typical_outcome_clusters_as_assumed(icc: float) -> None:
    targets, missed = 10, 0.1
    misses = planning.expected_misses(2000, targets, 1 - missed, icc)
    # The variance of a beta-binomial count is n p q (1 + (n - 1) icc).
    expected = targets * missed * (1 - missed) * (1 + (targets - 1) * icc)
    assert np.var(misses) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("k", "chance"), [(10, 0.5), (10, 0.9), (100, 0.9)])
@pytest.mark.parametrize("rate", [1.0, 0.9995])
def test_no_screenshot_less_supports_the_row_on_other_screens(
    k: int, chance: float, rate: float
) -> None:
    number = planning.screenshots_to_certify(k, chance, rate=rate)
    for screenshots, enough in ((number, True), (number - 1, False)):
        misses = planning.expected_misses(screenshots, 10, rate)
        assert (planning.screens_bound(misses, 10) ** k >= chance) is enough


def test_a_rate_that_rules_the_row_out_and_one_too_close_to_it() -> None:
    with pytest.raises(ValueError, match=r"the chance of 10 in a row is 0\.904"):
        planning.screenshots_to_certify(10, 0.95, rate=0.99)
    with pytest.raises(ValueError, match="are not enough"):
        planning.screenshots_to_certify(10, 0.9, rate=0.98952)


@given(st.integers(0, 5000), st.integers(0, 100), st.integers(0, 2000))
def test_the_search_finds_the_first(answer: int, start: int, room: int) -> None:
    found = first(lambda n: n >= answer, start, most=max(answer, start) + room)
    assert found == max(answer, start) == first(lambda n: n >= answer, start)
    with pytest.raises(ValueError, match="is enough"):
        first(lambda n: n > start + room, start, most=start + room)
