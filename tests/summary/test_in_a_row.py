"""pass^k, k in a row, horizons, streaks, sessions and flips, on runs small enough to count by hand."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from scipy.stats import beta

from pointbench.statistics.intervals import clopper_pearson, lower_bound
from pointbench.trials import Outcome
from tests.summary.case import (
    checked_summary,
    mixed_run,
    model_block,
    record,
    run_info,
    separate_targets,
    target,
    trials,
)

CLAIMS = ("these_targets", "like_these")


def test_pass_k_is_given_up_to_the_repeats() -> None:
    targets = separate_targets(3)
    verdicts = ["hhm", "hhh", "hme"]
    records = [
        record(asked, {"h": "hit", "m": "miss", "e": "error"}[letter], order=3 * r + i, repeat=r)  # type: ignore[arg-type]
        for i, (asked, row) in enumerate(zip(targets, verdicts, strict=True))
        for r, letter in enumerate(row)
    ]
    pass_k = model_block(targets, records, run_info(repeats=3))["pass_k"]
    assert list(pass_k) == ["1", "2", "3"]
    # C(c,k)/C(n,k): k=1: 2/3, 1, 1/2; k=2: 1/3, 1, 0; k=3: 0, 1, and the third has two only.
    assert pass_k["1"]["value"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    assert pass_k["2"]["value"] == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert pass_k["3"]["value"] == pytest.approx((0 + 1) / 2)
    assert [pass_k[k]["left_out"] for k in "123"] == [0, 0, 1]


def test_replies_obtained_elsewhere_may_repeat_more_than_planned() -> None:
    targets = separate_targets(2)
    records = [record(targets[0], "hit", order=i, repeat=i) for i in range(3)]
    assert list(model_block(targets, records)["pass_k"]) == ["1", "2", "3"]


def test_in_a_row_is_p_to_the_k_with_p_the_mean_over_targets() -> None:
    targets = separate_targets(12)
    # The first target has three trials, one of them correct; the others have one each.
    records = trials(targets, "h" * 11 + "m")
    records += [record(targets[0], "miss", order=20 + r, repeat=r) for r in (1, 2)]
    block = model_block(targets, records)
    p = (1 / 3 + 10) / 12
    assert block["click_chance"]["value"] == pytest.approx(p)
    assert block["hit_rate"]["value"] == pytest.approx(11 / 14)
    for k in (10, 100, 1000):
        figure = block["in_a_row"][str(k)]
        assert figure["value"] == pytest.approx(p**k)
        assert figure["low"] == pytest.approx(block["click_chance"]["low"] ** k)
        assert figure["high"] == pytest.approx(block["click_chance"]["high"] ** k)
    for q in ("0.5", "0.9", "0.99"):
        figure = block["horizon"][q]
        assert figure["value"] == pytest.approx(math.log(float(q)) / math.log(p))
        assert figure["low"] < figure["value"] < figure["high"]


def test_with_equal_repeats_p_is_the_hit_rate() -> None:
    targets = [target(f"t{i:02}", shot=f"s{i // 2}.png") for i in range(20)]
    records = [
        record(asked, "hit" if (7 * i + 3 * r) % 5 else "miss", order=20 * r + i, repeat=r)
        for r in range(3)
        for i, asked in enumerate(targets)
    ]
    block = model_block(targets, records, run_info(repeats=3))
    for end in ("value", "low", "high"):
        assert block["click_chance"][end] == pytest.approx(block["hit_rate"][end])
    assert block["pass_k"]["1"]["value"] == pytest.approx(block["hit_rate"]["value"])


def test_the_horizon_is_unknown_without_a_miss_and_0_without_a_hit() -> None:
    targets = separate_targets(20)
    flawless = model_block(targets, trials(targets, "h" * 20))["horizon"]["0.5"]
    assert flawless["value"] is None
    assert flawless["high"] is None
    assert flawless["low"] == pytest.approx(math.log(0.5) / math.log(beta.ppf(0.025, 20.5, 0.5)))
    assert model_block(targets, trials(targets, "m" * 20))["horizon"]["0.5"]["value"] == 0


def supported(block: dict[str, Any]) -> list[int]:
    """The supported k: these targets at 0.5 and 0.9, then others like these at 0.5 and 0.9."""
    return [block["supported_k"][claim][q] for claim in CLAIMS for q in ("0.5", "0.9")]


def test_supported_k_of_separate_targets_is_that_of_independent_trials() -> None:
    targets = separate_targets(290)
    block = model_block(targets, trials(targets, "h" * 290))
    # ln q / ln L with L = 0.05^(1/290): 290 x 0.2314 and 290 / 28.43.
    assert supported(block) == [67, 10, 67, 10]
    for claim in CLAIMS:
        low = block["supported_k_rests_on"][claim]["low"]
        assert low == pytest.approx(lower_bound(290, 290), rel=1e-6)
    few = model_block(targets[:20], trials(targets[:20], "h" * 20))
    assert few["supported_k"]["these_targets"] == {"0.5": 4, "0.9": 0}
    nothing = model_block(targets[:2], [])
    assert supported(nothing) == [0, 0, 0, 0]
    assert nothing["supported_k_rests_on"]["like_these"]["low"] is None


def test_repeats_say_more_of_these_targets_and_nothing_of_others() -> None:
    targets = separate_targets(40)
    once = trials(targets, "h" * 40)
    ten = [
        msgspec.structs.replace(line, repeat=r, order=line.order + 40 * r)
        for r in range(10)
        for line in once
    ]
    single, repeated = model_block(targets, once), model_block(targets, ten, run_info(repeats=10))
    assert supported(single) == [9, 1, 9, 1]
    assert supported(repeated) == [92, 14, 9, 1]


def test_one_target_a_thousand_times_supports_nothing_of_others() -> None:
    targets = separate_targets(1)
    records = [record(targets[0], "hit", order=i, repeat=i) for i in range(1000)]
    block = model_block(targets, records, run_info(repeats=1000))
    assert supported(block) == [231, 35, 0, 0]


def test_targets_on_few_screenshots_support_less_of_others() -> None:
    targets = [target(f"t{i:03}", shot=f"s{i // 29}.png") for i in range(290)]
    block = model_block(targets, trials(targets, "h" * 290))
    assert supported(block)[:2] == [67, 10]
    assert 5 < supported(block)[2] < 20


def test_the_wider_claim_never_supports_the_longer_row() -> None:
    info, targets, records = mixed_run()
    for facts in checked_summary(info, targets, records)["models"].values():
        these, others = (facts["supported_k"][claim] for claim in CLAIMS)
        assert all(others[chance] <= these[chance] for chance in ("0.5", "0.9"))


def test_clicks_drawn_at_random_are_trials_of_these_targets_however_often_each_was_drawn() -> None:
    targets = separate_targets(3)
    drawn = [0, 0, 0, 0, 0, 1, 1, 2]
    records = [
        record(targets[code], "hit", order=i, session=(0, i)) for i, code in enumerate(drawn)
    ]
    block = model_block(targets, records)
    rests = block["supported_k_rests_on"]["these_targets"]
    assert rests["low"] == pytest.approx(lower_bound(8, 8))
    assert rests["method"] == "Clopper-Pearson, one-sided"


def test_longest_streak_follows_the_plans_order_and_errors_neither_extend_nor_end_it() -> None:
    targets = separate_targets(9)
    block = model_block(targets, trials(targets, "hhmhhehhm"))
    assert block["longest_streak"] == 4
    # Six correct clicks, two failures.
    assert block["mean_run_length"] == 3.0
    assert block["sessions"] == {"n": 2, "failed": 2, "censored": 0, "drawn": False}


def test_the_plans_order_counts_and_not_the_order_of_finishing() -> None:
    targets = separate_targets(8)
    records = trials(targets, "hmhhhmhh")
    shuffled = records[::-1]
    assert model_block(targets, shuffled)["longest_streak"] == 3


def test_streaks_are_of_as_is_trials_on_present_targets() -> None:
    targets = [*separate_targets(3), target("gone", None)]
    records = [
        record(targets[0], "hit", order=0),
        record(targets[3], "miss", order=1),
        record(targets[1], "hit", order=2),
        record(targets[0], "miss", order=3, variant="jittered"),
        record(targets[2], "hit", order=4),
    ]
    block = model_block(targets, records)
    assert block["longest_streak"] == 3
    assert block["mean_run_length"] is None


def test_sessions_of_streak_are_rows_of_their_own_and_an_error_censors() -> None:
    targets = separate_targets(2)
    clicks: list[tuple[int, int, Outcome]] = [
        (0, 0, "hit"),
        (0, 1, "hit"),
        (1, 0, "hit"),
        (1, 1, "miss"),
        (2, 0, "hit"),
        (2, 1, "error"),
    ]
    records = [
        record(targets[number % 2], outcome, order=i, session=(number, click))
        for i, (number, click, outcome) in enumerate(clicks)
    ]
    block = model_block(targets, records)
    assert block["longest_streak"] == 2
    assert block["sessions"] == {"n": 3, "failed": 1, "censored": 2, "drawn": True}
    # At click 2: two sessions still at risk (one stopped in error after one), one failed.
    assert [(step["clicks"], step["at_risk"], step["failed"]) for step in block["survival"]] == [
        (2, 2, 1)
    ]
    assert block["mean_run_length"] == 4.0


def test_survival_of_a_flawless_run_says_how_little_is_known() -> None:
    targets = separate_targets(5)
    curve = model_block(targets, trials(targets, "hhhhh"))["survival"]
    assert curve[0]["clicks"] == 5
    assert (curve[0]["low"], curve[0]["high"]) == pytest.approx(clopper_pearson(1, 1))


def test_flips_are_the_mean_over_targets_of_the_share_of_pairs_that_differ() -> None:
    targets = [*separate_targets(3), target("gone", None)]
    a, b, c, gone = targets
    records = [
        # a: as-is hit, miss, hit: 2 of 3 pairs differ; jittered miss: 2 of 3.
        record(a, "hit", order=0),
        record(a, "miss", order=1, repeat=1),
        record(a, "hit", order=2, repeat=2),
        record(a, "miss", order=3, variant="jittered"),
        # b: as-is hit, hit: 0 of 1; jittered hit: 0 of 2; an error makes no pair.
        record(b, "hit", order=4),
        record(b, "hit", order=5, repeat=1),
        record(b, "hit", order=6, variant="jittered"),
        record(b, "error", order=7, variant="jittered", repeat=1),
        # c: one as-is, reworded once, differently.
        record(c, "hit", order=8),
        record(c, "declined", order=9, variant="reworded"),
        # An absent target is ignored.
        record(gone, "miss", order=10),
        record(gone, "declined", order=11, repeat=1),
    ]
    flips = model_block(targets, records)["flips"]
    assert flips["identical"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert (flips["identical"]["targets"], flips["identical"]["pairs"]) == (2, 4)
    assert flips["jittered"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert (flips["jittered"]["pairs"], flips["jittered"]["differing"]) == (5, 2)
    assert (flips["reworded"]["value"], flips["reworded"]["pairs"]) == (1.0, 1)


def test_flips_without_a_pair_are_not_known() -> None:
    targets = separate_targets(2)
    flips = model_block(targets, trials(targets, "hm"))["flips"]
    assert [flips[name]["value"] for name in ("identical", "jittered", "reworded")] == [None] * 3
