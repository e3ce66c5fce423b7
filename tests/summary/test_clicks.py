"""Location and cost of clicks: distances, bias, confusions, seconds, tokens, dollars."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.trials import OUTCOMES, Outcome
from tests.summary.case import model_block, record, separate_targets, target, with_reply


def test_miss_distance_is_the_median_and_the_share_of_near_misses() -> None:
    targets = separate_targets(5)  # regions 100..140 x 100..120
    points = [(145.0, 110.0), (150.0, 110.0), (150.1, 110.0), (440.0, 110.0)]
    records = [record(targets[i], "miss", order=i, point=at) for i, at in enumerate(points)]
    records.append(record(targets[4], "declined", order=4))
    # Distances 5, 10, 10.1, 300: the median 10.05, two within 10 px, both ends allowed.
    distance = model_block(targets, records)["miss_distance"]
    assert distance["median"] == pytest.approx(10.05)
    assert (distance["near"], distance["n"]) == (0.5, 4)


def test_reach_is_over_all_scored_trials_and_0_px_is_the_hit_rate() -> None:
    targets = [target(f"t{i}") for i in range(8)]
    # The box ends at x = 140: misses at 5, 10.5 and 300 px from it, and three without a click.
    records = [
        record(targets[0], "hit"),
        record(targets[1], "miss", point=(145, 110)),
        record(targets[2], "miss", point=(150.5, 110)),
        record(targets[3], "miss", point=(440, 110)),
        record(targets[4], "declined"),
        record(targets[5], "unparsed"),
        record(targets[6], "out_of_frame", point=(141, -1)),
        record(targets[7], "error"),
    ]
    block = model_block(targets, records)
    assert block["reach"] == {
        "0": 1 / 7,
        "5": 2 / 7,
        "10": 2 / 7,
        "20": 3 / 7,
        "50": 3 / 7,
        "100": 3 / 7,
        "n": 7,
    }
    assert block["reach"]["0"] == block["hit_rate"]["value"]
    nothing = model_block(targets[:1], [record(targets[0], "error")])["reach"]
    assert nothing == dict.fromkeys(("0", "5", "10", "20", "50", "100")) | {"n": 0}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.floats(0, 900)), min_size=1, max_size=20))
def test_reach_never_falls_with_the_distance(clicks: list[tuple[Outcome, float]]) -> None:
    targets = [target(f"t{i}") for i in range(len(clicks))]
    records = [
        record(of, outcome, point=(140.5 + px, 110) if outcome == "miss" else None)
        for of, (outcome, px) in zip(targets, clicks, strict=True)
    ]
    block = model_block(targets, records)
    reach = block["reach"]
    assert reach.pop("n") == block["hit_rate"]["n"]
    shares = list(reach.values())
    assert shares[0] == block["hit_rate"]["value"]
    if shares[0] is not None:
        assert shares == sorted(shares)
        assert shares[-1] <= 1


def test_bias_and_spread_over_hits_and_near_misses() -> None:
    targets = separate_targets(4)  # center (120, 110)
    records = [
        record(targets[0], "hit", order=0, point=(124.0, 110.0)),
        record(targets[1], "hit", order=1, point=(130.0, 113.0)),
        record(targets[2], "miss", order=2, point=(142.0, 112.0)),
        record(targets[3], "miss", order=3, point=(900.0, 400.0)),
    ]
    block = model_block(targets, records)
    # Offsets (4, 0), (10, 3), (22, 2): the far miss was not aimed. Mean (12, 5/3).
    assert block["bias"] == pytest.approx([12, 5 / 3])
    squares = (8**2 + (5 / 3) ** 2) + (2**2 + (4 / 3) ** 2) + (10**2 + (1 / 3) ** 2)
    assert block["spread"] == pytest.approx((squares / 3) ** 0.5)
    assert block["aimed"] == 3


def test_the_center_of_the_nearest_of_several_regions_counts() -> None:
    asked = target(
        "two", regions=[{"box": [0.0, 0.0, 10.0, 10.0]}, {"box": [200.0, 0.0, 220.0, 10.0]}]
    )
    block = model_block([asked], [record(asked, "hit", point=(212.0, 5.0))])
    assert block["bias"] == pytest.approx([2, 0])


def test_confusions_are_other_targets_of_the_same_screenshot_and_suite_the_smallest_first() -> None:
    targets = [
        target("asked", (500, 100, 540, 140)),
        target("panel", (0, 0, 400, 40)),
        target("button", (10, 10, 50, 30)),
        target("slanted", polygon=[[600.0, 0.0], [700.0, 0.0], [700.0, 100.0]]),
        target("elsewhere", (0, 0, 1000, 500), shot="b.png"),
        target("foreign", (0, 0, 1000, 500), suite="other"),
        target("gone", None),
    ]
    points = [(20.0, 20.0), (20.0, 20.0), (300.0, 20.0), (690.0, 50.0), (610.0, 90.0)]
    records = [
        record(targets[0], "miss", order=i, repeat=i, point=at) for i, at in enumerate(points)
    ]
    records.append(record(targets[2], "miss", order=9, point=(510.0, 110.0)))
    records.append(record(targets[6], "miss", order=10, point=(20.0, 20.0)))
    confusions = model_block(targets, records)["confusions"]
    assert [(row["asked"], row["clicked"], row["count"]) for row in confusions] == [
        ("asked", "button", 2),
        ("asked", "panel", 1),
        ("asked", "slanted", 1),
        ("button", "asked", 1),
    ]


def test_answers_with_input_from_the_servers_cache_are_counted_among_the_timed_ones() -> None:
    targets = [*separate_targets(5), target("gone", None)]
    cached = [7, 0, None, 2304, 5, 5]
    records = [
        with_reply(record(of, "hit" if of.region else "declined", order=i), cache_read_tokens=count)
        for i, (of, count) in enumerate(zip(targets, cached, strict=True))
    ]
    # One reports no time, one is on an absent target.
    records[4] = msgspec.structs.replace(records[4], latency_s=None)
    assert model_block(targets, records)["latency_s"] == {
        "p50": 1.0, "p95": 1.0, "n": 4, "cached": 2,
    }  # fmt: skip


def test_tokens_and_dollars_are_of_the_run_seconds_of_present_targets() -> None:
    targets = [*separate_targets(3), target("gone", None)]
    records = [
        record(targets[0], "hit", order=0, latency=1.0, cost=0.01, tokens=(100, 10)),
        record(targets[1], "miss", order=1, latency=3.0, cost=0.03, tokens=(300, 30)),
        record(targets[2], "error", order=2),
        record(targets[3], "declined", order=3, latency=9.0, cost=0.5, tokens=(5, 5)),
    ]
    block = model_block(targets, records)
    assert block["latency_s"] == {"p50": 2.0, "p95": pytest.approx(2.9), "n": 2, "cached": 0}
    assert block["tokens"] == {"input": 405, "output": 45}
    assert block["cost_usd"] == pytest.approx(0.54)
    assert block["cost_per_1000_clicks"] == pytest.approx(20)
    assert block["cost_per_hit"] == pytest.approx(0.04)
    assert block["cost_usd_with_absent"] == pytest.approx(0.54)


def test_dollars_are_null_where_any_are_unknown_or_nothing_hit() -> None:
    targets = separate_targets(2)
    records = [
        record(targets[0], "hit", order=0, cost=0.01, tokens=(1, 1)),
        record(targets[1], "miss", order=1),
    ]
    block = model_block(targets, records)
    assert (block["cost_usd"], block["cost_per_1000_clicks"], block["cost_per_hit"]) == (None,) * 3
    assert block["tokens"] == {"input": None, "output": None}
    missed = [record(asked, "miss", order=i, cost=0.01) for i, asked in enumerate(targets)]
    block = model_block(targets, missed)
    assert (block["cost_usd"], block["cost_per_hit"]) == (pytest.approx(0.02), None)


def test_dollars_of_a_run_of_errors_or_of_absent_targets_alone() -> None:
    targets = [*separate_targets(2), target("gone", None)]
    paid = record(targets[0], "error", order=0, cost=0.25)
    block = model_block(targets, [paid, record(targets[1], "error", order=1)])
    assert (block["cost_usd"], block["cost_per_1000_clicks"], block["cost_per_hit"]) == (
        0.25,
        None,
        None,
    )
    absent = record(targets[2], "declined", order=2, cost=0.5, tokens=(5, 5))
    block = model_block(targets, [paid, absent])
    assert block["cost_usd"] == 0.75
    assert block["cost_per_1000_clicks"] is None
    assert model_block(targets, [record(targets[0], "error", order=0)])["cost_usd"] is None
