"""Clustered shares: by hand, against statsmodels' cluster-robust regression, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.statistics import clusters
from pointbench.statistics.estimates import Estimate
from pointbench.statistics.intervals import wilson

Case = tuple[list[int], list[int], list[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Hits, trials and cluster codes of up to 30 targets."""
    size = draw(st.integers(1, 30))
    trials = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    hits = [draw(st.integers(0, n)) for n in trials]
    codes = draw(st.lists(st.integers(0, 8), min_size=size, max_size=size))
    return hits, trials, codes


def ends_and_value(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high


def test_variance_by_hand() -> None:
    # Three screenshots with 2, 2 and 4 targets, of which 2, 1 and 3 are hit: p = 6/8 = 0.75.
    # Residuals 2 - 1.5 = 0.5, 1 - 1.5 = -0.5, 3 - 3 = 0; sum of squares 0.5, over n^2 = 64,
    # times C / (C - 1) = 1.5: variance 0.01171875, standard error 0.10825.
    # Independent: 0.75 x 0.25 / 8 = 0.0234375, so the design effect is 0.5.
    estimate = clusters.share([1, 1, 1, 0, 1, 1, 1, 0], [1] * 8, [0, 0, 1, 1, 2, 2, 2, 2])
    assert estimate.value == 0.75
    assert estimate.standard_error == pytest.approx(0.01171875**0.5)
    assert estimate.design_effect == pytest.approx(0.5)
    # Agreeing better than chance is no evidence of more than 8 trials.
    assert estimate.n_effective == 8
    assert (estimate.hits, estimate.n, estimate.targets, estimate.clusters) == (6, 8, 8, 3)
    assert estimate.wilson == pytest.approx(wilson(6, 8))


def test_interval_by_hand() -> None:
    # Ten screenshots of 4 targets, five of them wholly hit, five wholly missed: p = 0.5,
    # residuals +-2, variance 10/9 x 40 / 1600 = 1/36, design effect (1/36) / (0.25/40) = 4.444,
    # n effective = 9. All ten contribute alike, so 9 degrees of freedom, t = 2.262157.
    # Wilson with t at n = 9: center 0.5, half width
    # 2.262157 sqrt(0.25/9 + 5.117354/324) / (1 + 5.117354/9) = 0.301034.
    estimate = clusters.share([4, 0] * 5, [4] * 10, range(10))
    assert estimate.design_effect == pytest.approx(40 / 9)
    assert estimate.n_effective == pytest.approx(9)
    assert ends_and_value(estimate) == pytest.approx((0.198966, 0.5, 0.801034), abs=1e-6)
    assert not estimate.approximate


def test_the_variance_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    codes = rng.integers(0, 25, 300)
    hits = rng.random(300) < rng.random(25)[codes]
    fitted = sm.OLS(hits.astype(float), np.ones(300)).fit()
    robust = fitted.get_robustcov_results("cluster", groups=codes, df_correction=True)
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for a mean (k = 1).
    estimate = clusters.share(hits, np.ones(300), codes)
    assert estimate.standard_error == pytest.approx(float(robust.bse[0]))


def test_with_each_target_its_own_cluster_it_is_the_textbook_standard_error() -> None:
    hits = np.array([1] * 30 + [0] * 20)
    estimate = clusters.share(hits, np.ones(50), np.arange(50))
    assert estimate.standard_error == pytest.approx((0.6 * 0.4 / 49) ** 0.5)
    assert estimate.design_effect == pytest.approx(50 / 49)


def test_repeats_of_a_target_lie_in_its_cluster() -> None:
    # A deterministic model: five repeats add no information to one.
    hits = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1])
    once = clusters.share(hits, np.ones(12), np.arange(12))
    five = clusters.share(hits * 5, np.full(12, 5), np.arange(12))
    assert ends_and_value(five) == pytest.approx(ends_and_value(once))
    assert five.n_effective == pytest.approx(once.n_effective)
    assert five.wilson is not None
    assert once.wilson is not None
    assert five.wilson[1] - five.wilson[0] < once.wilson[1] - once.wilson[0]


@pytest.mark.parametrize(("hit", "end"), [(1, "nothing but hits"), (0, "nothing but misses")])
def test_nothing_but_hits_or_misses_is_wilson_over_distinct_targets(hit: int, end: str) -> None:
    # 12 targets asked 5 times each in 4 screenshots.
    estimate = clusters.share([5 * hit] * 12, [5] * 12, np.arange(12) // 3)
    low, high = wilson(12 * hit, 12)
    assert ends_and_value(estimate) == pytest.approx((low, hit, high))
    assert hit in ends_and_value(estimate)[::2]
    assert end in estimate.method
    assert estimate.approximate
    assert estimate.standard_error is None


def test_one_cluster_is_wilson_over_distinct_targets() -> None:
    estimate = clusters.share([2, 1, 0, 2], [2, 2, 2, 2], [7, 7, 7, 7])
    low, high = wilson(0.625 * 4, 4)
    assert ends_and_value(estimate) == pytest.approx((low, 0.625, high))
    assert "one cluster" in estimate.method
    assert estimate.approximate


def test_few_clusters_and_few_that_differ_are_marked_approximate() -> None:
    halves = [1, 0] * 50
    assert clusters.share(halves, [1] * 100, np.arange(100) // 12).approximate  # 9 clusters
    assert not clusters.share(halves, [1] * 100, np.arange(100) // 3).approximate
    # A hundred clusters, but all four misses are in one of them.
    misses_in_one = [0] * 4 + [1] * 396
    assert clusters.share(misses_in_one, [1] * 400, np.arange(400) // 4).approximate


def test_without_a_trial_nothing_is_known() -> None:
    for estimate in (
        clusters.share([], [], []),
        clusters.share([0], [0], [0]),
        clusters.macro([], [], [], []),
        clusters.mean([], []),
    ):
        assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, None, None, 0)


@given(cases())
@settings(deadline=None)
def test_every_interval_holds_its_value_and_lies_between_0_and_1(case: Case) -> None:
    hits, trials, codes = case
    for estimate in (
        clusters.share(hits, trials, codes),
        clusters.macro(hits, trials, codes, [code % 3 for code in codes]),
    ):
        if estimate.value is None:
            assert sum(trials) == 0
            continue
        low, value, high = ends_and_value(estimate)
        assert 0 <= low <= value <= high <= 1
        assert estimate.n == sum(trials)


@given(cases(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_targets_and_the_names_of_clusters_change_nothing(
    case: Case, random: object
) -> None:
    hits, trials, codes = case
    order = list(range(len(hits)))
    random.shuffle(order)  # type: ignore[attr-defined]
    renamed = [100 - 3 * codes[i] for i in order]
    first = clusters.share(hits, trials, codes)
    second = clusters.share([hits[i] for i in order], [trials[i] for i in order], renamed)
    assert (first.hits, first.n, first.clusters) == (second.hits, second.n, second.clusters)
    if first.value is not None:
        assert ends_and_value(second) == pytest.approx(ends_and_value(first), abs=1e-9)


def test_macro_is_the_mean_of_the_groups_rates() -> None:
    # App 0: 3 of 4; app 1: 1 of 2; macro (0.75 + 0.5) / 2 = 0.625, micro 4/6.
    hits, trials, apps = [1, 1, 1, 0, 1, 0], [1] * 6, [0, 0, 0, 0, 1, 1]
    estimate = clusters.macro(hits, trials, range(6), apps)
    assert estimate.value == pytest.approx(0.625)
    # Residuals over 2 x 4 and 2 x 2: three of 1/32 and one of -3/32, times 4/3; +-1/8, times 2.
    squares = 4 / 3 * (3 * (1 / 32) ** 2 + (3 / 32) ** 2) + 2 * 2 * (1 / 8) ** 2
    assert estimate.standard_error == pytest.approx(squares**0.5)


def test_macro_of_groups_in_one_cluster_each_is_taken_about_the_mean_of_all() -> None:
    # Three apps on one screenshot each, all alike within: rates 1, 1, 0, macro 2/3. About their own
    # rates nothing would vary; about 2/3: (1/3, 1/3, -2/3) / 3, squares 6/81.
    estimate = clusters.macro([1, 1, 1, 1, 0, 0], [1] * 6, [0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2])
    assert estimate.value == pytest.approx(2 / 3)
    assert estimate.standard_error == pytest.approx((6 / 81) ** 0.5)


def test_macro_of_one_group_is_the_share() -> None:
    hits, codes = [1, 0, 1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]
    macro = clusters.macro(hits, [1] * 8, codes, [5] * 8)
    share = clusters.share(hits, [1] * 8, codes)
    assert ends_and_value(macro) == pytest.approx(ends_and_value(share))


def test_a_mean_of_rates_counts_targets() -> None:
    estimate = clusters.mean([0.5, 1.0, 0.25, 0.75], [0, 1, 2, 3])
    assert estimate.value == pytest.approx(0.625)
    assert (estimate.hits, estimate.wilson) == (None, None)
    assert estimate.n == 4
