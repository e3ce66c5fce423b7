"""SPEC 6, sentence by sentence, on runs small enough to count by hand."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import jsonschema
import msgspec
import pytest

from pointbench.errors import RunError
from pointbench.runs import RunInfo
from pointbench.statistics.intervals import clopper_pearson, lower_bound, wilson
from pointbench.suites import AskedTarget
from pointbench.summary import dump_summary, summarize, summary_schema
from pointbench.trials import OUTCOMES, Outcome, Record
from tests.summary.case import model, record, run_info, target

LABEL = "test/a"


def one(
    targets: list[AskedTarget], records: list[Record], info: RunInfo | None = None
) -> dict[str, Any]:
    """The block of the one model, of a summary that keeps to its schema."""
    summary = summarize(info or run_info(), targets, records)
    check(summary)
    block: dict[str, Any] = summary["models"][LABEL]
    return block


def check(summary: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(summary_schema()).validate(json.loads(dump_summary(summary)))


def spread_out(count: int, **more: Any) -> list[AskedTarget]:
    """As many targets, each on a screenshot of its own."""
    return [target(f"t{i:03}", shot=f"s{i:03}.png", **more) for i in range(count)]


def in_order(targets: list[AskedTarget], outcomes: str) -> list[Record]:
    """One trial a target, in order; letters: h hit, m miss, d declined, e error ..."""
    short: dict[str, Outcome] = {name[0]: name for name in OUTCOMES}
    return [
        record(asked, short[letter], order=i)
        for i, (asked, letter) in enumerate(zip(targets, outcomes, strict=True))
    ]


# --- rates -----------------------------------------------------------------------------------


def test_hit_rate_is_hits_over_scored_trials_on_present_targets() -> None:
    targets = [*spread_out(4), target("gone", None)]
    block = one(targets, in_order(targets, "hmdhd"))
    assert block["hit_rate"]["value"] == 0.5
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (2, 4)
    assert block["hit_rate"]["wilson"] == pytest.approx(wilson(2, 4))
    # Declining is right where the thing is absent.
    assert (block["accuracy"]["hits"], block["accuracy"]["n"]) == (3, 5)
    assert block["accuracy"]["value"] == 0.6


def test_declined_unparsed_and_out_of_frame_stay_in_the_denominator_and_errors_do_not() -> None:
    targets = spread_out(6)
    block = one(targets, in_order(targets, "hmduoe"))
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (1, 5)
    assert block["outcomes"] == dict.fromkeys(OUTCOMES, 1)
    assert block["error_rate"] == pytest.approx(1 / 6)


def test_only_as_is_trials_make_the_hit_rate() -> None:
    targets = spread_out(2)
    records = [
        record(targets[0], "hit", order=0),
        record(targets[1], "miss", order=1),
        record(targets[0], "miss", order=2, variant="jittered"),
        record(targets[1], "miss", order=3, variant="reworded"),
    ]
    block = one(targets, records)
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (1, 2)
    assert {name: found["n"] for name, found in block["by"]["variant"].items()} == {
        "as-is": 2,
        "jittered": 1,
        "reworded": 1,
    }
    # Outcomes are of every key asked.
    assert block["outcomes"]["miss"] == 3
    assert block["trials"] == 4


def test_the_interval_is_clustered_by_screenshot() -> None:
    # The same six verdicts, on six screenshots and on two.
    apart = spread_out(12)
    together = [target(f"t{i:03}", shot=f"s{i // 6}.png") for i in range(12)]
    verdicts = "hhhhhhmmmmmh"
    wide = one(together, in_order(together, verdicts))["hit_rate"]
    narrow = one(apart, in_order(apart, verdicts))["hit_rate"]
    assert (wide["clusters"], narrow["clusters"]) == (2, 12)
    assert wide["low"] < narrow["low"]
    assert wide["high"] > narrow["high"]
    assert wide["design_effect"] > 1 > wide["n_effective"] / 12
    assert wide["wilson"] == narrow["wilson"]
    assert "screenshot" in wide["method"]


@pytest.mark.parametrize("letter", ["h", "m"])
def test_nothing_but_hits_or_misses_is_wilson_over_distinct_targets(letter: str) -> None:
    targets = spread_out(10)
    records = in_order(targets, letter * 10)
    repeated = [msgspec.structs.replace(line, repeat=1, order=line.order + 10) for line in records]
    found = one(targets, records + repeated)["hit_rate"]
    assert found["n"] == 20
    expected = wilson(10 * (letter == "h"), 10)
    assert (found["low"], found["high"]) == pytest.approx(expected)
    assert found["wilson"] == pytest.approx(wilson(20 * (letter == "h"), 20))


def test_one_cluster_is_wilson_over_distinct_targets() -> None:
    targets = [target(f"t{i}") for i in range(4)]
    found = one(targets, in_order(targets, "hhhm"))["hit_rate"]
    assert (found["low"], found["high"]) == pytest.approx(wilson(3, 4))
    assert found["approximate"] is True


def test_the_interval_by_app_stands_beside() -> None:
    targets = [target(f"t{i:02}", shot=f"s{i}.png", app=f"app{i // 4}") for i in range(16)]
    found = one(targets, in_order(targets, "hhhh" + "mmmm" + "hhhh" + "mmmh"))["hit_rate"]
    assert (found["clusters"], found["by_app"]["clusters"]) == (16, 4)
    assert found["by_app"]["low"] < found["low"]
    assert found["by_app"]["approximate"] is True


def test_macro_is_the_mean_of_the_rates_per_app_and_no_app_is_one_group() -> None:
    targets = [
        target("a1", app="files", shot="1.png"),
        target("a2", app="files", shot="2.png"),
        target("a3", app="files", shot="3.png"),
        target("b1", app="panel", shot="4.png"),
        target("n1", shot="5.png"),
        target("n2", shot="6.png"),
        target("gone", None, app="absent", shot="7.png"),
    ]
    # files 2/3, panel 1/1, without app 1/2.
    block = one(targets, in_order(targets, "hhmhhmd"))
    assert block["macro"]["value"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    assert block["macro"]["groups"] == 3
    assert block["hit_rate"]["value"] == pytest.approx(4 / 6)
    assert set(block["by"]["app"]) == {"files", "panel", "none"}


def test_by_kind_platform_and_suite() -> None:
    targets = [
        target("a", kind="icon", platform="linux"),
        target("b", kind="icon"),
        target("c", kind="text", suite="other"),
        target("d", None, kind="text"),
    ]
    by = one(targets, in_order(targets, "hmhd"))["by"]
    assert {name: (found["hits"], found["n"]) for name, found in by["kind"].items()} == {
        "icon": (1, 2),
        "text": (1, 1),
    }
    assert {name: found["n"] for name, found in by["platform"].items()} == {"linux": 1, "none": 2}
    assert {name: found["n"] for name, found in by["suite"].items()} == {"demo": 2, "other": 1}


def test_size_quartiles_over_the_present_targets_with_ties_together() -> None:
    sizes = [10, 10, 20, 30, 40, 40, 40, 80]
    targets = [target(f"t{i}", (0, 0, size, 10), shot=f"s{i}.png") for i, size in enumerate(sizes)]
    summary = summarize(run_info(), targets, in_order(targets, "mmhhhhhh"))
    # Areas 100 100 200 300 400 400 400 800; numpy's quartiles 175, 350, 400; 400 is not above 400.
    assert summary["run"]["size_quartiles_px2"] == pytest.approx([175, 350, 400])
    by = summary["models"][LABEL]["by"]["size_quartile"]
    assert {name: (found["hits"], found["n"]) for name, found in by.items()} == {
        "q1": (0, 2),
        "q2": (2, 2),
        "q3": (3, 3),
        "q4": (1, 1),
    }


def test_also_by_resolution_position_and_environment() -> None:
    targets = [
        target("a", (0, 0, 20, 20), environment={"theme": "dark", "scale": 2}),
        target("b", (480, 240, 500, 260), shot="b.png", environment={"theme": "light"}),
        target("c", (980, 480, 1000, 500), shot="c.png"),
    ]
    also_by = one(targets, in_order(targets, "hmh"))["also_by"]
    shown = {
        name: {member: found["hits"] for member, found in group.items()}
        for name, group in also_by.items()
    }
    assert shown == {
        "resolution": {"1000x500": 2},
        "position": {"bottom right": 1, "middle center": 0, "top left": 1},
        "environment.scale": {"2": 1, "none": 1},
        "environment.theme": {"dark": 1, "light": 0, "none": 1},
    }


def test_the_icon_hit_rate_is_stricter_and_over_targets_that_state_the_icon() -> None:
    targets = [
        target("a", icon_box=[110.0, 105.0, 130.0, 115.0]),
        target("b", icon_box=[110.0, 105.0, 130.0, 115.0], shot="b.png"),
        target("c", shot="c.png"),
    ]
    records = [
        record(targets[0], "hit", order=0, point=(111.0, 106.0)),
        record(targets[1], "hit", order=1, point=(101.0, 106.0)),
        record(targets[2], "hit", order=2),
        record(targets[1], "declined", order=3, repeat=1),
    ]
    block = one(targets, records)
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (3, 4)
    assert (block["icon_hit_rate"]["hits"], block["icon_hit_rate"]["n"]) == (1, 3)
    exact = run_info(model(LABEL, exact="random", floor=True))
    # 20 x 10 of 1000 x 500 pixels.
    assert one(targets, records, exact)["icon_hit_rate"]["value"] == pytest.approx(0.0004)


# --- reliability -----------------------------------------------------------------------------


def test_pass_k_up_to_the_repeats() -> None:
    targets = spread_out(3)
    verdicts = ["hhm", "hhh", "hme"]
    records = [
        record(asked, {"h": "hit", "m": "miss", "e": "error"}[letter], order=3 * r + i, repeat=r)  # type: ignore[arg-type]
        for i, (asked, row) in enumerate(zip(targets, verdicts, strict=True))
        for r, letter in enumerate(row)
    ]
    found = one(targets, records, run_info(repeats=3))["pass_k"]
    assert list(found) == ["1", "2", "3"]
    # C(c,k)/C(n,k): k=1: 2/3, 1, 1/2; k=2: 1/3, 1, 0; k=3: 0, 1, and the third has two only.
    assert found["1"]["value"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    assert found["2"]["value"] == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert found["3"]["value"] == pytest.approx((0 + 1) / 2)
    assert [found[k]["left_out"] for k in "123"] == [0, 0, 1]


def test_in_a_row_is_p_to_the_k_with_p_the_mean_over_targets() -> None:
    targets = spread_out(12)
    # The first target has three trials, of which one is right; the others one each.
    records = in_order(targets, "h" * 11 + "m")
    records += [record(targets[0], "miss", order=20 + r, repeat=r) for r in (1, 2)]
    block = one(targets, records)
    p = (1 / 3 + 10) / 12
    assert block["click_chance"]["value"] == pytest.approx(p)
    assert block["hit_rate"]["value"] == pytest.approx(11 / 14)
    for k in (10, 100, 1000):
        found = block["in_a_row"][str(k)]
        assert found["value"] == pytest.approx(p**k)
        assert found["low"] == pytest.approx(block["click_chance"]["low"] ** k)
        assert found["high"] == pytest.approx(block["click_chance"]["high"] ** k)
    for q in ("0.5", "0.9", "0.99"):
        found = block["horizon"][q]
        assert found["value"] == pytest.approx(math.log(float(q)) / math.log(p))
        assert found["low"] < found["value"] < found["high"]


def test_with_equal_repeats_p_is_the_hit_rate() -> None:
    targets = [target(f"t{i:02}", shot=f"s{i // 2}.png") for i in range(20)]
    records = [
        record(asked, "hit" if (7 * i + 3 * r) % 5 else "miss", order=20 * r + i, repeat=r)
        for r in range(3)
        for i, asked in enumerate(targets)
    ]
    block = one(targets, records, run_info(repeats=3))
    for end in ("value", "low", "high"):
        assert block["click_chance"][end] == pytest.approx(block["hit_rate"][end])
    assert block["pass_k"]["1"]["value"] == pytest.approx(block["hit_rate"]["value"])


def test_horizon_without_a_miss_and_without_a_hit() -> None:
    targets = spread_out(20)
    flawless = one(targets, in_order(targets, "h" * 20))["horizon"]["0.5"]
    assert flawless["value"] is None
    assert flawless["high"] is None
    assert flawless["low"] == pytest.approx(math.log(0.5) / math.log(wilson(20, 20)[0]))
    assert one(targets, in_order(targets, "m" * 20))["horizon"]["0.5"]["value"] == 0


def test_supported_k() -> None:
    targets = spread_out(290)
    block = one(targets, in_order(targets, "h" * 290))
    # 290 / 28.43 = 10.2.
    assert block["supported_k"] == 10
    assert block["supported_k_rests_on"]["low"] == pytest.approx(lower_bound(290, 290))
    few = one(targets[:20], in_order(targets[:20], "h" * 20))
    assert few["supported_k"] == 0
    assert one(targets[:2], [])["supported_k"] is None


def test_longest_streak_follows_the_plans_order_and_errors_neither_extend_nor_end_it() -> None:
    targets = spread_out(9)
    block = one(targets, in_order(targets, "hhmhhehhm"))
    assert block["longest_streak"] == 4
    # Six correct clicks, two failures.
    assert block["mean_run_length"] == 3.0
    assert block["sessions"] == {"n": 2, "failed": 2, "censored": 0, "drawn": False}


def test_the_plans_order_counts_and_not_the_order_of_finishing() -> None:
    targets = spread_out(8)
    records = in_order(targets, "hmhhhmhh")
    shuffled = records[::-1]
    assert one(targets, shuffled)["longest_streak"] == 3


def test_streaks_are_of_as_is_trials_on_present_targets() -> None:
    targets = [*spread_out(3), target("gone", None)]
    records = [
        record(targets[0], "hit", order=0),
        record(targets[3], "miss", order=1),
        record(targets[1], "hit", order=2),
        record(targets[0], "miss", order=3, variant="jittered"),
        record(targets[2], "hit", order=4),
    ]
    block = one(targets, records)
    assert block["longest_streak"] == 3
    assert block["mean_run_length"] is None


def test_sessions_of_streak_are_rows_of_their_own_and_an_error_censors() -> None:
    targets = spread_out(2)
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
    block = one(targets, records)
    assert block["longest_streak"] == 2
    assert block["sessions"] == {"n": 3, "failed": 1, "censored": 2, "drawn": True}
    # At click 2: two sessions still at risk (one stopped in error after one), one failed.
    assert [(step["clicks"], step["at_risk"], step["failed"]) for step in block["survival"]] == [
        (2, 2, 1)
    ]
    assert block["mean_run_length"] == 4.0


def test_survival_of_a_flawless_run_says_how_little_is_known() -> None:
    targets = spread_out(5)
    curve = one(targets, in_order(targets, "hhhhh"))["survival"]
    assert curve[0]["clicks"] == 5
    assert (curve[0]["low"], curve[0]["high"]) == pytest.approx(clopper_pearson(1, 1))


def test_flips_are_the_mean_over_targets_of_the_share_of_pairs_that_differ() -> None:
    targets = [*spread_out(3), target("gone", None)]
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
        # An absent target is not looked at.
        record(gone, "miss", order=10),
        record(gone, "declined", order=11, repeat=1),
    ]
    found = one(targets, records)["flips"]
    assert found["identical"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert (found["identical"]["targets"], found["identical"]["pairs"]) == (2, 4)
    assert found["jittered"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert (found["jittered"]["pairs"], found["jittered"]["differing"]) == (5, 2)
    assert (found["reworded"]["value"], found["reworded"]["pairs"]) == (1.0, 1)


def test_flips_without_a_pair_are_not_known() -> None:
    targets = spread_out(2)
    found = one(targets, in_order(targets, "hm"))["flips"]
    assert [found[name]["value"] for name in ("identical", "jittered", "reworded")] == [None] * 3


# --- clicks ----------------------------------------------------------------------------------


def test_miss_distance_median_and_near_share() -> None:
    targets = spread_out(5)  # regions 100..140 x 100..120
    points = [(145.0, 110.0), (150.0, 110.0), (150.1, 110.0), (440.0, 110.0)]
    records = [record(targets[i], "miss", order=i, point=at) for i, at in enumerate(points)]
    records.append(record(targets[4], "declined", order=4))
    # Distances 5, 10, 10.1, 300: the median 10.05, two within 10 px, both ends allowed.
    found = one(targets, records)["miss_distance"]
    assert found["median"] == pytest.approx(10.05)
    assert (found["near"], found["n"]) == (0.5, 4)


def test_bias_and_spread_over_hits_and_near_misses() -> None:
    targets = spread_out(4)  # center (120, 110)
    records = [
        record(targets[0], "hit", order=0, point=(124.0, 110.0)),
        record(targets[1], "hit", order=1, point=(130.0, 113.0)),
        record(targets[2], "miss", order=2, point=(142.0, 112.0)),
        record(targets[3], "miss", order=3, point=(900.0, 400.0)),
    ]
    block = one(targets, records)
    # Offsets (4, 0), (10, 3), (22, 2): the far miss is no aim. Mean (12, 5/3).
    assert block["bias"] == pytest.approx([12, 5 / 3])
    squares = (8**2 + (5 / 3) ** 2) + (2**2 + (4 / 3) ** 2) + (10**2 + (1 / 3) ** 2)
    assert block["spread"] == pytest.approx((squares / 3) ** 0.5)
    assert block["aimed"] == 3


def test_of_several_regions_the_nearest_ones_center_counts() -> None:
    asked = target(
        "two", regions=[{"box": [0.0, 0.0, 10.0, 10.0]}, {"box": [200.0, 0.0, 220.0, 10.0]}]
    )
    block = one([asked], [record(asked, "hit", point=(212.0, 5.0))])
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
    found = one(targets, records)["confusions"]
    assert [(row["asked"], row["clicked"], row["count"]) for row in found] == [
        ("asked", "button", 2),
        ("asked", "panel", 1),
        ("asked", "slanted", 1),
        ("button", "asked", 1),
    ]


# --- errors, missing, absent -----------------------------------------------------------------


def test_missing_are_the_targets_without_a_reply() -> None:
    targets = spread_out(4)
    block = one(targets, in_order(targets[:3], "hme"))
    assert block["missing"] == 2
    assert [row["target"] for row in block["missing_targets"]] == ["t002", "t003"]


def test_of_drawn_clicks_only_drawn_targets_can_be_missing() -> None:
    targets = spread_out(5)
    records = [
        record(targets[0], "hit", order=0, session=(0, 0)),
        record(targets[1], "error", order=1, session=(0, 1)),
    ]
    assert one(targets, records)["missing"] == 1
    # Nothing has been drawn yet for a model that has not begun.
    summary = summarize(run_info(model(LABEL), model("test/b")), targets, records)
    assert summary["models"]["test/b"]["missing"] == 0


def test_false_clicks_are_the_share_of_absent_targets_that_were_clicked() -> None:
    targets = [target(f"gone{i}", None, shot=f"s{i}.png") for i in range(4)]
    found = one(targets, in_order(targets, "mdue"))["false_clicks"]
    assert (found["value"], found["clicked"], found["declined"], found["n"]) == (1 / 3, 1, 1, 3)


# --- money and time --------------------------------------------------------------------------


def test_seconds_tokens_and_dollars_of_present_targets() -> None:
    targets = [*spread_out(3), target("gone", None)]
    records = [
        record(targets[0], "hit", order=0, latency=1.0, cost=0.01, tokens=(100, 10)),
        record(targets[1], "miss", order=1, latency=3.0, cost=0.03, tokens=(300, 30)),
        record(targets[2], "error", order=2),
        record(targets[3], "declined", order=3, latency=9.0, cost=0.5, tokens=(5, 5)),
    ]
    block = one(targets, records)
    assert block["latency_s"] == {"p50": 2.0, "p95": pytest.approx(2.9), "n": 2}
    assert block["tokens"] == {"input": 400, "output": 40}
    assert block["cost_usd"] == pytest.approx(0.04)
    assert block["cost_per_1000_clicks"] == pytest.approx(20)
    assert block["cost_per_hit"] == pytest.approx(0.04)
    assert block["cost_usd_with_absent"] == pytest.approx(0.54)


def test_dollars_are_null_where_any_are_unknown_or_nothing_hit() -> None:
    targets = spread_out(2)
    records = [
        record(targets[0], "hit", order=0, cost=0.01, tokens=(1, 1)),
        record(targets[1], "miss", order=1),
    ]
    block = one(targets, records)
    assert (block["cost_usd"], block["cost_per_1000_clicks"], block["cost_per_hit"]) == (None,) * 3
    assert block["tokens"] == {"input": None, "output": None}
    missed = [record(asked, "miss", order=i, cost=0.01) for i, asked in enumerate(targets)]
    block = one(targets, missed)
    assert (block["cost_usd"], block["cost_per_hit"]) == (pytest.approx(0.02), None)


# --- local pointers --------------------------------------------------------------------------


def exact_case() -> list[AskedTarget]:
    """1000 x 500: regions of 10 %, 2 % (over the middle) and 1 %, and one absent."""
    return [
        target("wide", (0, 0, 500, 100), app="x", kind="text"),
        target("middle", (450, 200, 550, 300), app="y", kind="icon"),
        target("corner", (900, 0, 1000, 50), app="y", kind="icon"),
        target("gone", None, app="y"),
    ]


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("random", [0.1, 0.02, 0.01]),
        ("center", [0, 1, 0]),
        ("best-constant", [0, 0, 1]),
    ],
)
def test_exact_figures_of_the_local_pointers(name: Any, shares: list[float]) -> None:
    pointer = model(
        LABEL,
        exact=name,
        floor=True,
        best_constant=(0.95, 0.05) if name == "best-constant" else None,
    )
    targets = exact_case()
    # What the trials happened to be does not matter to these figures.
    block = one(targets, in_order(targets, "hmmm"), run_info(pointer))
    rate = sum(shares) / 3
    assert block["hit_rate"] == {"value": pytest.approx(rate), "method": "exact", "n": 3}
    assert block["accuracy"] == {"value": pytest.approx(3 * rate / 4), "method": "exact", "n": 4}
    assert block["macro"]["value"] == pytest.approx((shares[0] + (shares[1] + shares[2]) / 2) / 2)
    icon = block["by"]["kind"]["icon"]
    assert icon == {"value": pytest.approx((shares[1] + shares[2]) / 2), "method": "exact", "n": 2}
    assert block["in_a_row"]["10"]["value"] == pytest.approx(rate**10)
    assert "low" not in block["horizon"]["0.5"]
    assert block["outcomes"]["hit"] == 1
    assert block["floor"] is True


def test_exact_models_are_in_no_comparison_and_no_rank() -> None:
    targets = exact_case()
    info = run_info(model(LABEL), model("local/center", exact="center", floor=True))
    records = in_order(targets, "hhmd")
    records += [msgspec.structs.replace(line, model="local/center") for line in records]
    summary = summarize(info, targets, records)
    check(summary)
    assert summary["comparisons"] == []
    assert summary["models"]["local/center"]["rank"] is None
    assert summary["models"][LABEL]["rank"] == {"value": 1, "low": 1, "high": 1}


def test_blind_models_are_labeled() -> None:
    summary = summarize(run_info(model(LABEL, blind=True)), spread_out(1), [])
    assert summary["models"][LABEL]["blind"] is True


# --- comparisons -----------------------------------------------------------------------------


def two_models(first: str, second: str, targets: list[AskedTarget] | None = None) -> dict[str, Any]:
    targets = targets or spread_out(len(first))
    records = in_order(targets, first)
    other = [msgspec.structs.replace(line, model="test/b") for line in in_order(targets, second)]
    summary = summarize(run_info(model("test/a"), model("test/b")), targets, records + other)
    check(summary)
    return summary


def test_a_comparison_is_on_the_targets_both_answered() -> None:
    summary = two_models("hhhhmhe" + "h" * 13, "hmmmmhh" + "h" * 13)
    (pair,) = summary["comparisons"]
    assert (pair["a"], pair["b"]) == ("test/a", "test/b")
    assert pair["targets"] == {"both": 19, "only_a": 0, "only_b": 1}
    assert pair["difference"]["value"] == pytest.approx(3 / 19)
    found = pair["mcnemar"]
    assert (found["both"], found["only_a"], found["only_b"], found["neither"]) == (15, 3, 0, 1)
    assert found["p"] == pytest.approx(0.25)
    assert pair["p_holm"] == pair["p"]
    assert found["flips"] == pytest.approx(3 / 19)


def test_the_sentence_of_a_clear_and_of_an_unclear_difference() -> None:
    clear = two_models("h" * 60 + "m" * 40, "h" * 20 + "m" * 80)["comparisons"][0]
    assert clear["sentence"].startswith("test/a beats test/b by 40.0 points (95 % ")
    assert clear["p_holm"] < 0.001
    turned = two_models("h" * 20 + "m" * 80, "h" * 60 + "m" * 40)["comparisons"][0]
    assert turned["sentence"].startswith("test/b beats test/a by 40.0 points (95 % ")
    unclear = two_models("hm" * 20 + "h", "hm" * 20 + "m")["comparisons"][0]
    assert "leads" in unclear["sentence"]
    assert "does not tell them apart" in unclear["sentence"]
    assert "more targets to show" in unclear["sentence"]
    same = two_models("hm" * 20, "hm" * 20)["comparisons"][0]
    assert "equally well" in same["sentence"]


def test_no_target_in_common() -> None:
    pair = two_models("hhee", "eehh")["comparisons"][0]
    assert pair["difference"]["value"] is None
    assert (pair["p"], pair["p_holm"], pair["mcnemar"]["p"]) == (None, None, None)
    assert pair["sentence"] == "test/a and test/b have no target that both answered."


def test_mcnemar_is_on_repeat_0_alone() -> None:
    targets = spread_out(2)
    records = [
        record(targets[0], "error", order=0),
        record(targets[1], "hit", order=1),
        record(targets[0], "hit", order=2, repeat=1),
        record(targets[1], "miss", order=3, repeat=1),
    ]
    other = [msgspec.structs.replace(line, model="test/b") for line in in_order(targets, "mm")]
    info = run_info(model("test/a"), model("test/b"), repeats=2)
    (pair,) = summarize(info, targets, records + other)["comparisons"]
    assert (pair["mcnemar"]["n"], pair["mcnemar"]["only_a"]) == (1, 1)
    # The difference is of the means over all repeats: 1 and 1/2 against 0.
    assert pair["targets"]["both"] == 2
    assert pair["difference"]["value"] == pytest.approx(0.75)


def test_every_pair_and_holm_over_all_of_them() -> None:
    targets = spread_out(60)
    labels = ["test/a", "test/b", "test/c"]
    verdicts = ["h" * 55 + "m" * 5, "h" * 50 + "m" * 10, "h" * 10 + "m" * 50]
    records = [
        msgspec.structs.replace(line, model=label)
        for label, row in zip(labels, verdicts, strict=True)
        for line in in_order(targets, row)
    ]
    summary = summarize(run_info(*map(model, labels)), targets, records)
    pairs = summary["comparisons"]
    assert [(pair["a"], pair["b"]) for pair in pairs] == [
        ("test/a", "test/b"),
        ("test/a", "test/c"),
        ("test/b", "test/c"),
    ]
    assert all(pair["p_holm"] >= pair["p"] for pair in pairs)
    # c is last for certain.
    assert summary["models"]["test/c"]["rank"] == {"value": 3, "low": 3, "high": 3}
    assert summary["models"]["test/a"]["rank"]["value"] == 1


# --- the whole -------------------------------------------------------------------------------


def mixed(seed: int = 1) -> tuple[RunInfo, list[AskedTarget], list[Record]]:
    rng = random.Random(seed)
    targets = [
        target(
            f"t{i:03}",
            (i % 20 * 40, i % 9 * 40, i % 20 * 40 + 12 + i % 30, i % 9 * 40 + 20),
            shot=f"s{i // 5}.png",
            app=f"app{i % 7}",
        )
        for i in range(60)
    ]
    targets += [target(f"gone{i}", None, shot=f"s{i}.png") for i in range(5)]
    labels = ["test/b", "test/a"]
    on_present: list[Outcome] = ["hit", "hit", "hit", "miss", "declined", "error"]
    records = []
    for label in labels:
        for order in range(3 * len(targets)):
            repeat, asked = divmod(order, len(targets))
            of = targets[asked]
            outcome: Outcome = rng.choice(["miss", "declined"] if of.absent else on_present)
            at = (rng.uniform(0, 1000), rng.uniform(0, 500)) if outcome == "miss" else None
            records.append(
                record(
                    of,
                    outcome,
                    order=order,
                    repeat=repeat,
                    model=label,
                    point=at,
                    latency=rng.random(),
                    cost=rng.random(),
                )
            )
    return run_info(*map(model, labels), repeats=3), targets, records


def test_the_same_bytes_in_whatever_order_trials_and_targets_come() -> None:
    info, targets, records = mixed()
    expected = dump_summary(summarize(info, targets, records))
    rng = random.Random(2)
    for _ in range(3):
        rng.shuffle(records)
        rng.shuffle(targets)
        assert dump_summary(summarize(info, targets, iter(records))) == expected


def test_a_rescored_run_gives_the_same_bytes() -> None:
    info, targets, records = mixed()
    again = msgspec.structs.replace(
        info,
        kind="rescore",
        command="pointbench rescore other",
        state="interrupted",
        created_at="2027-01-01T00:00:00Z",
        source="other",
        platform={"system": "elsewhere"},
    )
    expected = dump_summary(summarize(info, targets, records))
    assert dump_summary(summarize(again, targets, records)) == expected
    assert b"2026-11-22" not in expected


def test_models_stand_in_the_runs_order_and_the_schema_holds() -> None:
    info, targets, records = mixed()
    summary = summarize(info, targets, records)
    check(summary)
    assert list(summary) == ["schema", "run", "models", "floor", "comparisons"]
    assert summary["schema"] == 1
    assert list(summary["models"]) == ["test/b", "test/a"]
    assert summary["run"]["targets"] == {
        "present": 60,
        "absent": 5,
        "screenshots": 12,
        "apps": 7,
    }
    assert summary["run"]["suites"][0]["digest"] == "0" * 64
    assert json.loads(dump_summary(summary)) == summary


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    jsonschema.Draft202012Validator.check_schema(summary_schema())
    info, targets, records = mixed()
    summary = json.loads(dump_summary(summarize(info, targets, records)))
    summary["models"]["test/a"]["new"] = 1
    with pytest.raises(jsonschema.ValidationError):
        check(summary)


def test_nan_never_gets_into_the_file() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_summary({"value": math.nan})


def test_records_of_another_run_are_refused() -> None:
    here, foreign = target("here"), target("foreign")
    with pytest.raises(RunError, match=r"target 'demo: foreign'.*targets\.jsonl"):
        summarize(run_info(), [here], [record(foreign)])
    with pytest.raises(RunError, match=r"model 'test/x'.*run\.json"):
        summarize(run_info(), [here], [record(here, model="test/x")])


@pytest.mark.parametrize(
    ("targets", "verdicts"),
    [
        pytest.param([], "", id="no targets"),
        pytest.param([target("t")], "", id="no trial"),
        pytest.param([target("t")], "h", id="one hit"),
        pytest.param([target("t")], "m", id="one miss"),
        pytest.param([target("t")], "e", id="one error"),
        pytest.param(spread_out(5), "eeeee", id="every trial in error"),
        pytest.param(spread_out(5), "hhhhh", id="all hits"),
        pytest.param(spread_out(5), "mmmmm", id="no hits"),
        pytest.param([target("gone", None)], "d", id="no present target"),
        pytest.param([target("gone", None)], "m", id="no present target, clicked"),
        pytest.param([target("a"), target("b")], "hm", id="one cluster"),
    ],
)
def test_degenerate_runs_answer_sensibly(targets: list[AskedTarget], verdicts: str) -> None:
    records = in_order(targets[: len(verdicts)], verdicts)
    block = one(targets, records)
    scored = sum(letter != "e" for letter in verdicts)
    present = sum(
        letter != "e" and not asked.absent for asked, letter in zip(targets, verdicts, strict=False)
    )
    rate = block["hit_rate"]
    assert rate["n"] == present
    assert (rate["value"] is None) == (present == 0)
    assert (rate["low"] is None) == (present == 0)
    assert block["accuracy"]["n"] == scored
    if not verdicts:
        assert block["error_rate"] is None
    if present:
        assert 0 <= rate["low"] <= rate["value"] <= rate["high"] <= 1
    # Two models of the same kind stand beside each other as well.
    other = [msgspec.structs.replace(line, model="test/b") for line in records]
    check(summarize(run_info(model("test/a"), model("test/b")), targets, records + other))


def test_replies_obtained_elsewhere_may_repeat_more_than_planned() -> None:
    targets = spread_out(2)
    records = [record(targets[0], "hit", order=i, repeat=i) for i in range(3)]
    assert list(one(targets, records)["pass_k"]) == ["1", "2", "3"]


def test_importing_the_summary_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, pointbench.statistics, pointbench.statistics.clusters, pointbench.summary;"
        "print([m for m in ('numpy', 'scipy', 'statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
