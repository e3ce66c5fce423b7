"""Deciding a goal with a check after every click."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.statistics import sequential


def test_the_goal_is_the_kth_root() -> None:
    assert sequential.goal_rate(10, 0.5) == pytest.approx(0.933033, abs=1e-6)
    assert sequential.goal_rate(10, 0.5) ** 10 == pytest.approx(0.5)


def test_evidence_by_hand() -> None:
    # Twice the odds 1/9 are 2/9, a miss rate of 2/11 instead of 1/10: one miss counts 20/11.
    assert sequential.log_evidence(0, 1, 0.9, [2.0]) == pytest.approx(math.log(20 / 11))
    # Two hits at 9/11 instead of 9/10: (10/11)^2; with a second model of half the odds, 18/19: (20/19)^2.
    mean = ((10 / 11) ** 2 + (20 / 19) ** 2) / 2
    assert sequential.log_evidence(2, 2, 0.9, [2.0, 0.5]) == pytest.approx(math.log(mean))
    assert sequential.log_evidence(0, 0, 0.9, sequential.MORE) == 0


def test_evidence_is_the_likelihood_ratio_of_binomial_models() -> None:
    from scipy.stats import binom

    for odds in (sequential.FEWER, sequential.MORE):
        for hits, n, rate in ((0, 7, 0.3), (46, 50, 0.95), (990, 1000, 0.999)):
            base = (1 - rate) / rate
            shares = [1 / (1 + c * base) for c in odds]
            mean = np.mean([binom.pmf(hits, n, share) for share in shares])
            expected = math.log(mean / binom.pmf(hits, n, rate))
            assert sequential.log_evidence(hits, n, rate, odds) == pytest.approx(expected)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None)
def test_evidence_is_a_supermartingale_wherever_its_verdict_is_wrong(
    goal: float, true: float, hits: int, misses: int
) -> None:
    # The expected ratio after one more click is at most the ratio now, and the same at the goal's rate.
    n = hits + misses
    wrong = sequential.FEWER if true <= goal else sequential.MORE
    now = sequential.log_evidence(hits, n, goal, wrong)
    hit = sequential.log_evidence(hits + 1, n + 1, goal, wrong) - now
    miss = sequential.log_evidence(hits, n + 1, goal, wrong) - now
    expected = true * math.exp(hit) + (1 - true) * math.exp(miss)
    assert expected <= 1 + 1e-9
    if true == goal:
        assert expected == pytest.approx(1)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_the_ends_hold_exactly_the_goals_that_are_not_decided(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = sequential.confidence_sequence(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    limit = math.log(20)
    for end, odds in ((low, sequential.FEWER), (high, sequential.MORE)):
        if 0 < end < 1:
            assert sequential.log_evidence(hits, n, end, odds) == pytest.approx(limit, abs=1e-5)
    for rate in (0.001, 0.1, 0.5, 0.93, 0.993, 0.99999):
        expected = "met" if rate < low else "not met" if rate > high else "undecided"
        assert sequential.verdict(hits, n, rate) == expected


@given(
    st.lists(st.booleans(), max_size=300),
    st.lists(st.booleans(), max_size=300),
    st.sampled_from([0.001, 0.05, 0.5, 0.9, 0.933, 0.9999]),
    st.sampled_from([0.5, 0.9, 0.95, 0.999]),
)
@settings(deadline=None)
def test_a_decided_verdict_never_changes(
    first: list[bool], more: list[bool], rate: float, confidence: float
) -> None:
    before = sequential.decide(first, rate, confidence)
    if before.outcome != "undecided":
        assert sequential.decide(first + more, rate, confidence) == before


def test_a_verdict_stands_although_its_evidence_falls_again() -> None:
    rate = sequential.goal_rate(10, 0.5)
    clicks = [True] * 100 + [False] * 5
    assert sequential.decide(clicks, rate).outcome == "met"
    assert sequential.verdict(100, 105, rate) == "undecided"


def test_looking_all_the_time_is_wider_than_looking_once() -> None:
    from pointbench.statistics.intervals import clopper_pearson

    low, high = sequential.confidence_sequence(95, 100)
    once = clopper_pearson(95, 100)
    assert low < once[0]
    assert high > once[1]


def test_decide_stops_at_the_first_click_that_decides() -> None:
    rate = sequential.goal_rate(10, 0.5)
    decision = sequential.decide([True] * 1000, rate)
    assert decision.outcome == "met"
    assert decision.clicks < 200
    assert decision.low > rate
    assert sequential.verdict(decision.clicks - 1, decision.clicks - 1, rate) == "undecided"
    assert sequential.decide([True] * 10, rate).outcome == "undecided"
    lost = sequential.decide([True, False] * 50, rate)
    assert lost.outcome == "not met"
    assert lost.high < rate
    assert sequential.decide([], rate) == sequential.Decision("undecided", 0, 0, 0.0, 1.0)


def test_the_error_rate_is_kept_under_continuous_looking() -> None:
    # At the goal's own rate both verdicts are at their worst: "not met" is wrong there, "met" for any
    # rate below it. 400 seeded rows of clicks; 5 % allowed, three standard errors are 3.3 %.
    rng = np.random.default_rng(8)
    for k, chance in ((10, 0.5), (1, 0.05)):
        rate = sequential.goal_rate(k, chance)
        found = [sequential.decide(rng.random(600) < rate, rate).outcome for _ in range(400)]
        for verdict in ("met", "not met"):
            assert found.count(verdict) <= (0.05 + 0.033) * 400


def test_every_goal_can_be_decided_both_ways() -> None:
    # Also where a multiple of the allowed miss rate would exceed 1.
    for rate in (0.001, 0.1, 0.5, 0.99, 0.9999):
        for right, verdict in ((True, "met"), (False, "not met")):
            decision = sequential.decide([right] * 100_000, rate)
            assert decision.outcome == verdict
    rate = sequential.goal_rate(1, 0.05)
    clicks = ([True] + [False] * 199) * 20
    assert sequential.decide(clicks, rate).outcome == "not met"


def test_the_ends_of_the_scale() -> None:
    assert sequential.verdict(5, 5, 0.0) == "met"
    assert sequential.verdict(0, 5, 1.0) == "not met"
    assert sequential.verdict(500, 500, 1.0) == "undecided"
    assert sequential.verdict(0, 500, 0.0) == "undecided"
