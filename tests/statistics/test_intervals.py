"""Wilson and Clopper-Pearson, against arithmetic by hand and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
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
