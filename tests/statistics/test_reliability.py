"""pass^k, k in a row, horizons, supported k, rows of clicks and the survival of a session."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.statistics import reliability
from pointbench.statistics.estimates import Estimate, exact, unknown
from pointbench.statistics.intervals import lower_bound


def click_estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 0.95, "test", hits=1, n=1)


def test_pass_k_by_hand() -> None:
    # c = 3 of n = 4: C(3,2)/C(4,2) = 3/6; c = 4: 1; c = 1: 0. Mean 0.5, and not (8/12)^2 = 0.444.
    estimate = reliability.pass_k([3, 4, 1], [4, 4, 4], [0, 1, 2], 2)
    assert estimate.value == pytest.approx(0.5)
    assert estimate.left_out == 0


def test_pass_k_leaves_out_targets_with_fewer_trials_and_counts_them() -> None:
    estimate = reliability.pass_k([2, 1, 0, 3], [2, 1, 0, 3], [0, 1, 2, 3], 2)
    assert (estimate.value, estimate.n, estimate.left_out) == (1.0, 2, 2)
    nobody = reliability.pass_k([1, 1], [1, 1], [0, 1], 2)
    assert (nobody.value, nobody.n, nobody.left_out) == (None, 0, 2)


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_pass_k_is_the_share_of_choices_that_are_all_right(case: tuple[int, int]) -> None:
    c, n = case
    verdicts = [i < c for i in range(n)]
    for k in range(1, n + 1):
        choices = list(combinations(verdicts, k))
        share = sum(all(choice) for choice in choices) / len(choices)
        assert reliability.pass_k_of_targets([c], [n], k)[0] == pytest.approx(share)
        assert share == pytest.approx(math.comb(c, k) / math.comb(n, k))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_pass_1_is_the_mean_and_pass_k_never_rises(hits: list[int]) -> None:
    values = [
        float(reliability.pass_k_of_targets(hits, [5] * len(hits), k).mean()) for k in range(1, 6)
    ]
    assert values[0] == pytest.approx(sum(hits) / (5 * len(hits)))
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(values))


def test_many_repeats_do_not_overflow() -> None:
    assert reliability.pass_k_of_targets([2000], [2000], 2000)[0] == 1.0
    assert 0 < reliability.pass_k_of_targets([1999], [2000], 1000)[0] == pytest.approx(0.5)


def test_in_a_row_is_p_to_the_k_and_so_are_its_ends() -> None:
    estimate = reliability.in_a_row(click_estimate(0.9, 0.8, 0.95), 10)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (0.9**10, 0.8**10, 0.95**10)
    )
    assert estimate.hits is None


def test_horizon_by_hand() -> None:
    # ln 0.5 / ln 0.9 = 0.693147 / 0.1053605 = 6.5788 clicks.
    estimate = reliability.horizon(click_estimate(0.9, 0.5, 0.99), 0.5)
    assert estimate.value == pytest.approx(6.5788, abs=1e-4)
    assert estimate.low == pytest.approx(1.0)
    assert estimate.high == pytest.approx(68.968, abs=1e-3)


def test_horizon_at_the_edges() -> None:
    flawless = reliability.horizon(click_estimate(1.0, 0.9, 1.0), 0.5)
    assert (flawless.value, flawless.high) == (None, None)
    assert flawless.low == pytest.approx(6.5788, abs=1e-4)
    hopeless = reliability.horizon(click_estimate(0.0, 0.0, 0.5), 0.5)
    assert (hopeless.value, hopeless.low, hopeless.high) == pytest.approx((0, 0, 1))
    nothing = reliability.horizon(unknown(), 0.5)
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)
    computed = reliability.horizon(exact(0.5, 9), 0.5).as_dict()
    assert computed == {"value": 1.0, "method": "exact", "n": 9}


def flawless_k(n: int) -> int:
    """The k at 90 % that n independent trials, all right, support."""
    return reliability.supported_k(lower_bound(n, n), 0.9)


def test_supported_k_without_a_miss_is_about_n_over_28_4() -> None:
    # L = 0.05^(1/n), L^k >= 0.9 is k <= n ln 0.9 / ln 0.05 = n / 28.433.
    ks = [flawless_k(n) for n in (28, 29, 56, 57, 284, 285)]
    assert ks == [0, 1, 1, 2, 9, 10]
    assert flawless_k(1000) == 35


def test_supported_k_of_a_low_bound_is_0() -> None:
    for hits, n in ((0, 0), (1, 1), (0, 100), (50, 100), (95, 100)):
        assert reliability.supported_k(lower_bound(hits, n), 0.9) == 0


def test_a_bound_of_1_supports_no_number() -> None:
    with pytest.raises(ValueError, match="bound of 1"):
        reliability.supported_k(1.0, 0.5)


@given(st.floats(0, 0.99999), st.sampled_from([0.5, 0.9, 0.99]))
def test_supported_k_is_the_largest_that_holds(bound: float, chance: float) -> None:
    k = reliability.supported_k(bound, chance)
    assert k == 0 or bound**k >= chance
    assert bound ** (k + 1) < chance


@pytest.mark.parametrize("k", [1, 2, 10, 100, 1000])
def test_flawless_trials_are_the_fewest_that_support_k(k: int) -> None:
    n = reliability.flawless_trials(k)
    assert flawless_k(n) >= k
    assert flawless_k(n - 1) < k
    assert n == pytest.approx(28.434 * k, abs=1)


def lengths_and_failures(rows: reliability.Rows) -> tuple[list[int], list[bool]]:
    return rows.lengths.tolist(), rows.failed.tolist()


def test_a_new_row_starts_after_each_failure() -> None:
    rows = reliability.rows([1, 1, 0, 1, 0, 0, 1, 1, 1], [-1] * 9)
    assert lengths_and_failures(rows) == ([2, 1, 0, 3], [True, True, True, False])
    assert rows.longest == 3
    # Six correct clicks over three failures.
    assert rows.mean_length == 2.0


def test_a_new_row_starts_with_each_session() -> None:
    # Session 0 reaches its goal of two, session 1 fails at once, session 2 ends in an error.
    rows = reliability.rows([1, 1, 0, 1, -1], [0, 0, 1, 2, 2])
    assert lengths_and_failures(rows) == ([2, 0, 1], [False, True, False])


def test_a_session_that_is_an_error_from_the_first_says_nothing() -> None:
    assert lengths_and_failures(reliability.rows([-1, 1, 0], [0, 1, 1])) == ([1], [True])


def test_rows_of_nothing_and_of_hits_alone() -> None:
    empty = reliability.rows([], [])
    assert (empty.longest, empty.mean_length) == (0, None)
    assert reliability.survival(empty) == []
    flawless = reliability.rows([1] * 7, [-1] * 7)
    assert (flawless.longest, flawless.mean_length) == (7, None)


@given(st.lists(st.booleans(), max_size=60))
def test_rows_keep_every_click(correct: list[bool]) -> None:
    rows = reliability.rows(np.array(correct, dtype=int), np.zeros(len(correct), dtype=int))
    assert rows.lengths.sum() == sum(correct)
    assert rows.failed.sum() == len(correct) - sum(correct)


def test_survival_by_hand() -> None:
    # Sessions: failed at click 1, passed 1 then censored, failed at 3, failed at 3, passed 5.
    rows = reliability.Rows(np.array([0, 1, 2, 2, 5]), np.array([True, False, True, True, False]))
    curve = reliability.survival(rows)
    # After 1: 4/5. After 3: 3 at risk, 2 fail: 4/5 x 1/3 = 0.26667.
    assert [(step["clicks"], step["at_risk"], step["failed"]) for step in curve] == [
        (1, 5, 1),
        (3, 3, 2),
    ]
    assert [step["value"] for step in curve] == pytest.approx([0.8, 0.8 / 3])
    assert all(step["low"] < step["value"] < step["high"] for step in curve)


def test_without_censoring_the_band_is_clopper_pearsons() -> None:
    from pointbench.statistics.intervals import clopper_pearson

    rows = reliability.Rows(np.array([0, 1, 1, 2, 3, 5, 8, 9]), np.ones(8, dtype=bool))
    for step in reliability.survival(rows):
        left = int((rows.lengths >= step["clicks"]).sum())
        assert step["value"] == pytest.approx(left / 8)
        assert (step["low"], step["high"]) == pytest.approx(clopper_pearson(left, 8))


def test_survival_is_the_kaplan_meier_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(5)
    lengths, failed = rng.geometric(0.1, 60) - 1, rng.random(60) < 0.7
    lengths[~failed] += 1
    curve = reliability.survival(reliability.Rows(lengths, failed))
    fitter = lifelines.KaplanMeierFitter().fit(lengths + failed, failed)
    for step in curve:
        assert step["value"] == pytest.approx(float(fitter.predict(step["clicks"])))


def test_survival_of_sessions_that_all_go_on_says_how_many_did() -> None:
    curve = reliability.survival(reliability.Rows(np.array([10] * 5), np.zeros(5, dtype=bool)))
    assert [(step["clicks"], step["value"], step["high"]) for step in curve] == [(10, 1.0, 1.0)]
    # The two-sided 95 % bound of five of five: 0.025^(1/5).
    assert curve[0]["low"] == pytest.approx(0.025 ** (1 / 5))
