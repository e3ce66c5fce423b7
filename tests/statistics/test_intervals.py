"""Wilson and Clopper-Pearson, against arithmetic by hand and scipy."""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from pointbench.statistics import intervals


def test_wilson_by_hand() -> None:
    # 8 of 10, z = 1.959964, z^2 = 3.841459: denominator 1.3841459,
    # center (0.8 + 0.19207295) / 1.3841459 = 0.716741,
    # half width 1.959964 sqrt(0.8 x 0.2 / 10 + 3.841459 / 400) / 1.3841459 = 0.226577.
    low, high = intervals.wilson(8, 10)
    assert low == pytest.approx(0.490162, abs=1e-6)
    assert high == pytest.approx(0.943318, abs=1e-6)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_both_agree_with_scipy(case: tuple[int, int]) -> None:
    hits, n = case
    scipy = binomtest(hits, n)
    wilson = scipy.proportion_ci(method="wilson")
    exact = scipy.proportion_ci(method="exact")
    assert intervals.wilson(hits, n) == pytest.approx((wilson.low, wilson.high), abs=1e-12)
    assert intervals.clopper_pearson(hits, n) == pytest.approx((exact.low, exact.high), abs=1e-9)
    one_sided = binomtest(hits, n, alternative="greater").proportion_ci(method="exact")
    assert intervals.lower_bound(hits, n) == pytest.approx(one_sided.low, abs=1e-9)


@pytest.mark.parametrize("interval", [intervals.wilson, intervals.clopper_pearson])
def test_ends_are_exact_where_nothing_is_beyond_them(interval: object) -> None:
    assert callable(interval)
    assert interval(0, 7)[0] == 0.0
    assert interval(7, 7)[1] == 1.0
    assert interval(0, 0) == (0.0, 1.0)


def test_the_bound_of_flawless_trials_is_the_nth_root() -> None:
    # The rate p at which n correct in a row still have a chance of 5 %: p^n = 0.05.
    assert intervals.lower_bound(29, 29) == pytest.approx(0.05 ** (1 / 29))
    assert intervals.lower_bound(0, 29) == 0.0
    assert intervals.lower_bound(0, 0) == 0.0


def test_a_quantile_of_t_widens_wilson() -> None:
    normal = intervals.wilson_at(0.8, 10, 1.959963984540054)
    assert normal == pytest.approx((0.490162, 0.943318), abs=1e-6)
    # The same arithmetic with t = 2.262157 of 9 degrees of freedom, t^2 = 5.117354:
    # center (0.8 + 0.2558677) / 1.5117354 = 0.698447,
    # half width 2.262157 sqrt(0.016 + 5.117354 / 400) / 1.5117354 = 0.253918.
    wide = intervals.wilson_at(0.8, 10, 2.262157)
    assert wide == pytest.approx((0.444529, 0.952365), abs=1e-6)


def test_arrays_give_what_single_numbers_give() -> None:
    shares, n = np.array([0.0, 0.5, 0.9, 1.0]), 20
    low, high = intervals.clopper_pearson_at(shares, n)
    for i, share in enumerate(shares):
        single = intervals.clopper_pearson(float(share * n), n)
        assert (low[i], high[i]) == pytest.approx(single)


@given(
    st.lists(
        st.tuples(st.floats(0.01, 1), st.floats(0.3, 3000), st.floats(0.3, 3000)),
        min_size=1,
        max_size=17,
    ),
    st.floats(0.001, 0.999),
)
@settings(deadline=None)
def test_a_mixture_has_the_level_below_its_quantile(
    parts: list[tuple[float, float, float]], q: float
) -> None:
    from scipy.stats import beta

    weights, a, b = np.array(parts).T
    weights = weights / weights.sum()
    quantile = float(intervals.beta_mixture_quantile(weights, a, b, q))
    assert weights @ beta.cdf(quantile, a, b) == pytest.approx(q, rel=1e-6)


def test_a_mixture_of_one_is_that_beta() -> None:
    from scipy.stats import beta

    levels = np.array([0.025, 0.5, 0.975])
    quantiles = intervals.beta_mixture_quantile([1.0], [3.5], [0.5], levels)
    assert quantiles == pytest.approx(beta.ppf(levels, 3.5, 0.5))


def chance_of_a_false_bound(trials: tuple[int, ...], rates: tuple[float, ...]) -> float:
    """Over every outcome: how likely it is that the bound lies above the mean of the rates."""
    from scipy.stats import binom

    false = 0.0
    for hits in product(*(range(n + 1) for n in trials)):
        if _bound(hits, trials) > np.mean(rates) + 1e-12:
            false += math.prod(
                binom.pmf(c, n, rate) for c, n, rate in zip(hits, trials, rates, strict=True)
            )
    return false


@cache
def _bound(hits: tuple[int, ...], trials: tuple[int, ...]) -> float:
    return intervals.targets_lower_bound(hits, trials)


@pytest.mark.parametrize("trials", [(1, 1, 1), (3, 3), (2, 1), (1, 2, 4), (5, 1), (1, 1, 6), (9,)])
def test_the_bound_for_these_targets_is_exact_whatever_their_rates(trials: tuple[int, ...]) -> None:
    # From 0.05 up: a single hit that nobody would expect is likelier under unlike rates.
    for rates in product((0.05, 0.3, 0.6, 0.8, 0.9, 0.97, 1.0), repeat=len(trials)):
        assert chance_of_a_false_bound(trials, rates) <= 0.05 + 1e-9, rates


@given(
    st.lists(
        st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=12,
    )
)
@settings(deadline=None)
def test_the_bound_for_these_targets_is_below_their_mean_and_rises_with_hits(
    targets: list[tuple[int, int]],
) -> None:
    hits, trials = (list(column) for column in zip(*targets, strict=True))
    bound = intervals.targets_lower_bound(hits, trials)
    assert 0 <= bound <= np.mean(np.divide(hits, trials)) + 1e-12
    assert bound < 1
    if hits[0] < trials[0]:
        assert intervals.targets_lower_bound([hits[0] + 1, *hits[1:]], trials) >= bound - 1e-12


def test_equal_repeats_of_these_targets_are_so_many_trials() -> None:
    hits = [3, 2, 3, 3, 1]
    assert intervals.targets_lower_bound(hits, [3] * 5) == intervals.lower_bound(12, 15)
    assert intervals.targets_lower_bound([*hits, 0], [3] * 5 + [0]) == intervals.lower_bound(12, 15)


def test_one_lost_trial_costs_these_targets_little() -> None:
    full = intervals.targets_lower_bound([10] * 100, [10] * 100)
    lost = intervals.targets_lower_bound([9] + [10] * 99, [9] + [10] * 99)
    # A miss of 1,000 instead of none.
    assert lost >= intervals.lower_bound(999, 1000)
    assert 1 - lost < 2 * (1 - full)


def test_a_target_asked_often_stays_one_target() -> None:
    often = intervals.targets_lower_bound([1] * 19 + [1000], [1] * 19 + [1000])
    assert often == pytest.approx(intervals.lower_bound(20, 20), abs=1e-3)


def test_without_a_trial_or_a_hit_nothing_is_claimed() -> None:
    assert intervals.targets_lower_bound([], []) == 0
    assert intervals.targets_lower_bound([0], [0]) == 0
    assert intervals.targets_lower_bound([0, 0], [3, 1]) == 0
