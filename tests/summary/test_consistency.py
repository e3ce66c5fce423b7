"""Outcome consistency over repeats, counted by hand, and its relation to pairs that differ."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.statistics.consistency import outcome_consistency
from pointbench.statistics.flips import differing_pairs
from tests.summary.case import model_block, record, run_info, separate_targets, target, trials


def test_consistency_is_the_mean_over_targets_of_2p_minus_1_squared() -> None:
    targets = [*separate_targets(3), target("once", shot="o.png"), target("gone", None)]
    verdicts = ["hhhh", "hhhm", "hmhm"]
    records = [
        record(targets[i], "hit" if letter == "h" else "miss", order=4 * i + k, repeat=k)
        for i, letters in enumerate(verdicts)
        for k, letter in enumerate(letters)
    ]
    records += [record(targets[3], "hit", order=20)]
    records += [record(targets[4], "declined", order=21 + k, repeat=k) for k in range(2)]
    consistency = model_block(targets, records, run_info(repeats=4))["consistency"]
    assert consistency["value"] == pytest.approx((1 + 0.25 + 0) / 3)
    assert (consistency["n"], consistency["left_out"]) == (3, 1)
    assert consistency["low"] < consistency["value"] < consistency["high"]


def test_without_repeats_there_is_no_consistency() -> None:
    targets = separate_targets(2)
    assert model_block(targets, trials(targets, "hm"))["consistency"] is None
    # A trial in error is no answer.
    records = [record(targets[0], "hit"), record(targets[0], "error", order=1, repeat=1)]
    assert model_block(targets, records)["consistency"] is None


@given(st.integers(2, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_consistency_is_one_less_twice_the_share_of_all_ordered_pairs_that_differ(
    counts: tuple[int, int],
) -> None:
    hits, n = counts
    value = outcome_consistency([hits], [n])[0]
    assert 0 <= value <= 1
    assert value == pytest.approx(outcome_consistency([n - hits], [n])[0], abs=1e-12)
    differing, _ = differing_pairs([hits], [n])
    # 2 c (n - c) of the n^2 ordered pairs, each trial with itself included, differ.
    assert value == pytest.approx(1 - 2 * (2 * differing[0] / n**2), abs=1e-12)


def test_one_trial_says_nothing() -> None:
    assert all(math.isnan(value) for value in outcome_consistency([0, 1, 0], [0, 1, 1]))
