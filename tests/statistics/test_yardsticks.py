"""Our own short forms give what statsmodels gives, to 1e-9, over many inputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from pointbench.statistics import intervals, paired, reliability

CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
WHOLE = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
EFFECTIVE = st.floats(0.05, 5000).flatmap(
    lambda n: st.tuples(st.sampled_from([0.0, n]) | st.floats(1e-6 * n, n), st.just(n))
)
"""Counts as they come out of a design effect: no whole numbers. (Scipy's `beta` overflows near 1e-308.)"""


@settings(deadline=None)
@given(WHOLE | EFFECTIVE, CONFIDENCES)
def test_wilson(case: tuple[float, float], confidence: float) -> None:
    ends = proportion_confint(*case, alpha=1 - confidence, method="wilson")
    assert intervals.wilson(*case, confidence) == pytest.approx(ends, abs=1e-9)


@settings(deadline=None)
@given(WHOLE | EFFECTIVE, CONFIDENCES)
def test_clopper_pearson(case: tuple[float, float], confidence: float) -> None:
    ends = proportion_confint(*case, alpha=1 - confidence, method="beta")
    assert intervals.clopper_pearson(*case, confidence) == pytest.approx(ends, abs=1e-9)
    if confidence > 0.5:
        both = intervals.clopper_pearson_at(case[0] / case[1], case[1], confidence)
        assert tuple(map(float, both)) == pytest.approx(ends, abs=1e-9)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0.05, 5000), st.floats(0.05, 7.5))
def test_wilson_at_a_normal_quantile(value: float, n: float, quantile: float) -> None:
    from scipy.special import ndtr

    ends = proportion_confint(value * n, n, alpha=2 * ndtr(-quantile), method="wilson")
    assert tuple(map(float, intervals.wilson_at(value, n, quantile))) == pytest.approx(
        ends, abs=1e-9
    )


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0.5, 5000), st.floats(1, 60), CONFIDENCES)
def test_wilson_ends_are_a_quantile_away_whatever_the_quantile(
    value: float, n: float, freedom: float, confidence: float
) -> None:
    """By definition: each end is the share from which the value is that many standard errors away."""
    quantile = float(student.ppf((1 + confidence) / 2, freedom))
    for end in map(float, intervals.wilson_at(value, n, quantile)):
        assert (value - end) ** 2 == pytest.approx(quantile**2 * end * (1 - end) / n, abs=1e-9)


def test_no_hit_but_a_rounding_error() -> None:
    low, high = intervals.clopper_pearson(1e-312, 5)
    assert 0 <= low < 1e-12
    assert high == pytest.approx(intervals.clopper_pearson(0, 5)[1])
    assert intervals.wilson(1e-312, 5) == pytest.approx(intervals.wilson(0, 5), abs=1e-12)


def test_wilson_takes_the_whole_quantile_of_students_t() -> None:
    # 14 of 20 hits on two screenshots: t of one degree of freedom is 12.706.
    quantile = float(student.ppf(0.975, 1))
    ends = tuple(map(float, intervals.wilson_at(0.7, 20, quantile)))
    assert ends == pytest.approx((0.055, 0.990), abs=5e-4)


@settings(deadline=None)
@given(st.integers(0, 800), st.integers(0, 800))
def test_mcnemar(only_a: int, only_b: int) -> None:
    exact = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    assert paired.mcnemar(only_a, only_b) == pytest.approx(exact, rel=1e-9, abs=1e-300)
    assert paired.mcnemar(only_b, only_a) == paired.mcnemar(only_a, only_b)


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0])))
def test_holm(p_values: list[float | None]) -> None:
    known = [p for p in p_values if p is not None]
    adjusted = paired.holm(p_values)
    assert [p is None for p in adjusted] == [p is None for p in p_values]
    if known:
        expected = multipletests(known, method="holm")[1]
        assert [p for p in adjusted if p is not None] == pytest.approx(list(expected), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=80))
def test_kaplan_meier(sessions: list[tuple[int, bool]]) -> None:
    # A row censored before its first click is none.
    sessions = [(length + (not failed), failed) for length, failed in sessions]
    lengths, failed = (np.array(column) for column in zip(*sessions, strict=True))
    curve = reliability.survival(reliability.Rows(lengths, failed))
    if not failed.any():
        assert [point["value"] for point in curve] == [1.0]
        return
    expected = SurvfuncRight((lengths + failed).astype(float), failed.astype(float))
    assert [point["clicks"] for point in curve] == expected.surv_times.tolist()
    assert [point["value"] for point in curve] == pytest.approx(
        expected.surv_prob.tolist(), abs=1e-9
    )
    assert [point["at_risk"] for point in curve] == expected.n_risk.tolist()
    assert [point["failed"] for point in curve] == expected.n_events.tolist()
    for point, error in zip(curve, expected.surv_prob_se.tolist(), strict=True):
        if not 0 < point["value"] < 1 or not error > 0:
            continue
        n_effective = point["value"] * (1 - point["value"]) / error**2
        n_effective = min(max(n_effective, point["at_risk"]), len(lengths))
        ends = proportion_confint(point["value"] * n_effective, n_effective, method="beta")
        assert (point["low"], point["high"]) == pytest.approx(ends, abs=1e-9)
