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
    # One miss against the rate 0.9: B(0.5, 1.5) / B(0.5, 0.5) = 1/2, over 0.1: 5.
    assert sequential.log_evidence(0, 1, 0.9) == pytest.approx(math.log(5))
    # Two hits: B(2.5, 0.5) / B(0.5, 0.5) = 3/8, over 0.81.
    assert sequential.log_evidence(2, 2, 0.9) == pytest.approx(math.log(0.375 / 0.81))


def test_evidence_is_a_martingale() -> None:
    # At the true rate the expected ratio after one more click is the ratio now.
    for hits, n, rate in ((0, 0, 0.7), (3, 4, 0.9), (90, 100, 0.95)):
        after = rate * math.exp(sequential.log_evidence(hits + 1, n + 1, rate)) + (
            1 - rate
        ) * math.exp(sequential.log_evidence(hits, n + 1, rate))
        assert after == pytest.approx(math.exp(sequential.log_evidence(hits, n, rate)))


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_the_sequence_holds_exactly_the_rates_that_are_not_refuted(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = sequential.confidence_sequence(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    limit = math.log(20)
    for end in {low, high} - {0.0, 1.0}:
        assert sequential.log_evidence(hits, n, end) == pytest.approx(limit, abs=1e-5)
    for rate in (0.1, 0.5, 0.93, 0.993):
        inside = low <= rate <= high
        assert (sequential.verdict(hits, n, rate) == "undecided") == inside


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
    # At the goal's own rate every decision is wrong: the hardest case. 400 seeded rows of clicks.
    rng = np.random.default_rng(8)
    rate = sequential.goal_rate(10, 0.5)
    wrong = sum(
        sequential.decide(rng.random(600) < rate, rate).outcome != "undecided" for _ in range(400)
    )
    assert wrong <= 0.05 * 400


def test_impossible_rates_are_refuted_at_once() -> None:
    assert sequential.log_evidence(1, 1, 0.0) == math.inf
    assert sequential.log_evidence(0, 1, 1.0) == math.inf
    assert sequential.log_evidence(1, 1, 1.0) <= 0
