"""Two models on the same targets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.statistics import paired


def test_without_clusters_it_is_scipys_paired_t_test() -> None:
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(1)
    a, b = rng.random(200), rng.random(200)
    result = paired.difference(a, b, np.arange(200))
    scipy = ttest_rel(a, b)
    estimate = result.estimate
    assert estimate.value == pytest.approx((a - b).mean())
    assert estimate.standard_error == pytest.approx(float((a - b).std(ddof=1) / 200**0.5))
    # The degrees of freedom follow the effective clusters: near 199, but not at it.
    assert result.p == pytest.approx(float(scipy.pvalue), abs=0.01)
    ends = scipy.confidence_interval()
    assert (estimate.low, estimate.high) == pytest.approx((ends.low, ends.high), abs=0.002)


def test_clusters_by_hand() -> None:
    # Two targets in each of four screenshots; sums of differences 2, 1, 0, -1, mean 2/8 = 0.25.
    # Residuals 1.5, 0.5, -0.5, -1.5 over 8: squares sum to 5/64, times 4/3: 0.104167, se 0.322749.
    a, b = [1, 1, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0]
    result = paired.difference(a, b, [0, 0, 1, 1, 2, 2, 3, 3])
    assert result.estimate.value == 0.25
    assert result.estimate.standard_error == pytest.approx((4 / 3 * 5 / 64) ** 0.5)
    assert result.estimate.approximate
    # ((1.959964 + 0.841621) x 0.322749 sqrt 8 / 0.25)^2 = 104.65.
    assert result.wanted_targets == 105


def test_without_a_common_target_nothing_is_known() -> None:
    result = paired.difference([], [], [])
    assert (result.estimate.value, result.p, result.wanted_targets) == (None, None, None)


def test_models_that_never_differ_are_not_said_to_be_equal_for_certain() -> None:
    result = paired.difference([1, 0] * 20, [1, 0] * 20, np.arange(40))
    # On 40 screenshots, Clopper and Pearson's upper end of 0 of 40: 1 - 0.025^(1/40) = 0.088097.
    assert result.estimate.value == 0
    assert (result.estimate.low, result.estimate.high) == pytest.approx(
        (-0.088097, 0.088097), abs=1e-6
    )
    assert result.p == 1.0


def test_one_always_right_the_other_never() -> None:
    result = paired.difference([1] * 10, [0] * 10, np.arange(10))
    assert result.estimate.value == 1
    assert result.estimate.high == 1
    assert result.estimate.low == pytest.approx(0.025**0.1, abs=1e-6)
    # Ten signs alike: 2 / 2^10.
    assert result.p == pytest.approx(2**-9)


@pytest.mark.parametrize("codes", [[0], [0, 0, 0]])
def test_one_screenshot_gives_an_approximate_interval(codes: list[int]) -> None:
    n = len(codes)
    result = paired.difference([1] * n, [1] * (n - 1) + [0], codes).estimate
    assert result.low is not None
    assert result.high is not None
    assert -1 <= result.low <= 1 / n <= result.high <= 1
    assert result.approximate


def test_one_screenshot_tells_little_of_a_difference_on_others() -> None:
    a, b = [1] * 30 + [0] * 10, [0] * 10 + [1] * 20 + [0] * 10
    apart = paired.difference(a, b, range(40))
    together = paired.difference(a, b, [3] * 40)
    assert apart.p is not None
    assert apart.p < 0.002
    assert together.p is not None
    assert 0.05 < together.p < 1
    assert together.estimate.low is not None
    assert apart.estimate.low is not None
    assert together.estimate.low < 0 < apart.estimate.low
    assert together.wanted_targets is None


def test_one_screenshot_that_never_differs_says_less_than_forty() -> None:
    one = paired.difference([1] * 40, [1] * 40, [0] * 40).estimate
    forty = paired.difference([1] * 40, [1] * 40, range(40)).estimate
    assert one.high is not None
    assert forty.high is not None
    assert one.high > 3 * forty.high


def test_one_screenshot_on_which_one_model_always_wins_proves_nothing() -> None:
    result = paired.difference([1] * 40, [0] * 40, [0] * 40)
    assert result.p == 1.0


def test_screenshots_that_agree_to_the_last_digit_leave_what_varies_within_them() -> None:
    # On each screenshot A wins one target and B another: no difference, but many targets differ.
    result = paired.difference([1, 0] * 10, [0, 1] * 10, np.arange(20) // 2).estimate
    assert result.value == 0
    assert result.high is not None
    assert result.high > 0.3


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 5)), min_size=1))
@settings(deadline=None)
def test_swapping_the_models_mirrors_the_interval_and_keeps_p(
    targets: list[tuple[int, int, int]],
) -> None:
    a, b, codes = (list(column) for column in zip(*targets, strict=True))
    forward, backward = paired.difference(a, b, codes), paired.difference(b, a, codes)
    assert forward.estimate.value is not None
    assert forward.estimate.low is not None
    assert forward.estimate.high is not None
    assert forward.p is not None
    assert -1 <= forward.estimate.low <= forward.estimate.value <= forward.estimate.high <= 1
    assert 0 <= forward.p <= 1
    assert backward.estimate.low == pytest.approx(-forward.estimate.high)
    assert backward.p == pytest.approx(forward.p)


def test_mcnemar_of_the_two_back_ends() -> None:
    # MAI-UI-8B on ScreenSpot-Pro, two ways of serving it: 32 only one way, 46 only the backward.
    from scipy.stats import binomtest

    assert paired.mcnemar(32, 46) == pytest.approx(binomtest(32, 78).pvalue)
    assert round(paired.mcnemar(32, 46), 2) == 0.14
    assert paired.mcnemar(0, 0) == 1.0


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.04: times 3, 2, 1 gives 0.03, 0.04, 0.04, and never falls.
    assert paired.holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert paired.holm([None, 0.5]) == [None, 0.5]
    assert paired.holm([]) == []
    assert paired.holm([None]) == [None]


def test_targets_for_power_give_the_power_that_they_promise() -> None:
    n = paired.targets_for_power(0.1, 0.5)
    # ((1.959964 + 0.841621) x 5)^2 = 196.2.
    assert n == 197
    rng = np.random.default_rng(2)
    z = (0.1 + rng.normal(0, 0.5 / n**0.5, 20_000)) / (0.5 / n**0.5)
    assert (np.abs(z) > 1.959964).mean() == pytest.approx(0.8, abs=0.01)
    assert paired.targets_for_power(0.0, 0.5) is None


def test_ranks_say_what_the_comparisons_leave_open() -> None:
    result = paired.ranks(["a", "b", "c", "d"], [0.9, 0.85, 0.5, None], [("a", "c"), ("b", "c")])
    # c is behind two for certain, so third; a and b are one of the first two.
    assert result == {"a": (1, 1, 2), "b": (2, 1, 2), "c": (3, 3, 3), "d": None}
    assert paired.ranks(["a"], [0.5], []) == {"a": (1, 1, 1)}
