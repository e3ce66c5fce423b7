"""Hit rate, accuracy, macro and groups, on runs small enough to count by hand (docs/numbers.md)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.statistics.intervals import wilson
from pointbench.summary import summarize
from tests.summary.case import (
    LABEL,
    model,
    model_block,
    record,
    run_info,
    separate_targets,
    target,
    trials,
)


def test_hit_rate_is_hits_over_scored_trials_on_present_targets() -> None:
    targets = [*separate_targets(4), target("gone", None)]
    block = model_block(targets, trials(targets, "hmdhd"))
    assert block["hit_rate"]["value"] == 0.5
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (2, 4)
    assert block["hit_rate"]["wilson"] == pytest.approx(wilson(2, 4))
    # Declining is correct if the target is absent.
    assert (block["accuracy"]["hits"], block["accuracy"]["n"]) == (3, 5)
    assert block["accuracy"]["value"] == 0.6


def test_only_as_is_trials_make_the_hit_rate() -> None:
    targets = separate_targets(2)
    records = [
        record(targets[0], "hit", order=0),
        record(targets[1], "miss", order=1),
        record(targets[0], "miss", order=2, variant="jittered"),
        record(targets[1], "miss", order=3, variant="reworded"),
    ]
    block = model_block(targets, records)
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (1, 2)
    assert {name: rate["n"] for name, rate in block["by"]["variant"].items()} == {
        "as-is": 2,
        "jittered": 1,
        "reworded": 1,
    }
    # Outcomes cover every key asked.
    assert block["outcomes"]["miss"] == 3
    assert block["trials"] == 4


def test_the_interval_is_clustered_by_screenshot() -> None:
    # The same six verdicts, on six screenshots and on two.
    apart = separate_targets(12)
    together = [target(f"t{i:03}", shot=f"s{i // 6}.png") for i in range(12)]
    verdicts = "hhhhhhmmmmmh"
    wide = model_block(together, trials(together, verdicts))["hit_rate"]
    narrow = model_block(apart, trials(apart, verdicts))["hit_rate"]
    assert (wide["clusters"], narrow["clusters"]) == (2, 12)
    assert wide["low"] < narrow["low"]
    assert wide["high"] > narrow["high"]
    assert wide["design_effect"] > 1 > wide["n_effective"] / 12
    assert wide["wilson"] == narrow["wilson"]
    assert "screenshot" in wide["method"]


@pytest.mark.parametrize("letter", ["h", "m"])
def test_repeats_of_nothing_but_hits_or_misses_are_no_new_targets(letter: str) -> None:
    targets = separate_targets(10)
    records = trials(targets, letter * 10)
    repeated = [msgspec.structs.replace(line, repeat=1, order=line.order + 10) for line in records]
    once = model_block(targets, records)["hit_rate"]
    twice = model_block(targets, records + repeated)["hit_rate"]
    assert twice["n"] == 20
    assert (twice["low"], twice["high"]) == pytest.approx((once["low"], once["high"]))
    assert twice["wilson"] == pytest.approx(wilson(20 * (letter == "h"), 20))


def test_one_screenshot_is_one_screenshot_however_many_targets_it_has() -> None:
    together = [target(f"t{i}") for i in range(4)]
    rate = model_block(together, trials(together, "hhhm"))["hit_rate"]
    apart = separate_targets(4)
    wide = rate["high"] - rate["low"]
    rate_apart = model_block(apart, trials(apart, "hhhm"))["hit_rate"]
    assert wide > rate_apart["high"] - rate_apart["low"]
    assert rate["approximate"] is True


def test_the_interval_by_app_stands_beside_the_one_by_screenshot() -> None:
    targets = [target(f"t{i:02}", shot=f"s{i}.png", app=f"app{i // 4}") for i in range(20)]
    verdicts = "hhhh" + "mmmm" + "hhhh" + "mmmh" + "hhhh"
    rate = model_block(targets, trials(targets, verdicts))["hit_rate"]
    assert (rate["clusters"], rate["by_app"]["clusters"]) == (20, 5)
    assert rate["by_app"]["low"] < rate["low"]
    assert rate["by_app"]["approximate"] is True


def test_there_is_no_interval_by_app_under_five_apps_or_where_an_app_is_unknown() -> None:
    targets = [target(f"t{i:02}", shot=f"s{i}.png", app=f"app{i // 4}") for i in range(20)]
    verdicts = "hhhhmmmmhhhhmmmhhhhh"
    assert "by_app" in model_block(targets, trials(targets, verdicts))["accuracy"]
    assert (
        "by_app" not in model_block(targets[:16], trials(targets[:16], verdicts[:16]))["hit_rate"]
    )
    # Apps without a scored trial do not count.
    block = model_block(targets, trials(targets, verdicts[:16] + "eeee"))
    assert "by_app" not in block["hit_rate"]
    one_unknown = [*targets, target("u", shot="u.png")]
    block = model_block(one_unknown, trials(one_unknown, verdicts + "h"))
    assert "by_app" not in block["hit_rate"]
    absent_unknown = [*targets, target("gone", None, shot="u.png")]
    block = model_block(absent_unknown, trials(absent_unknown, verdicts + "d"))
    assert ("by_app" in block["hit_rate"], "by_app" in block["accuracy"]) == (True, False)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.booleans()), max_size=30))
def test_the_interval_by_app_is_at_no_end_the_narrower(
    answered: list[tuple[int, int, bool]],
) -> None:
    targets = [
        target(f"t{i}", shot=f"s{shot}.png", app=f"app{app}")
        for i, (app, shot, _) in enumerate(answered)
    ]
    verdicts = "".join("h" if hit else "m" for _, _, hit in answered)
    rate = model_block(targets, trials(targets, verdicts))["hit_rate"]
    if "by_app" in rate:
        assert rate["by_app"]["low"] <= rate["low"]
        assert rate["by_app"]["high"] >= rate["high"]
        assert rate["by_app"]["clusters"] >= 5


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
    block = model_block(targets, trials(targets, "hhmhhmd"))
    assert block["macro"]["value"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    assert block["macro"]["groups"] == 3
    assert block["hit_rate"]["value"] == pytest.approx(4 / 6)
    assert set(block["by"]["app"]) == {"files", "panel", "none"}


def test_the_hit_rate_by_kind_platform_and_suite() -> None:
    targets = [
        target("a", kind="icon", platform="linux"),
        target("b", kind="icon"),
        target("c", kind="text", suite="other"),
        target("d", None, kind="text"),
    ]
    by = model_block(targets, trials(targets, "hmhd"))["by"]
    assert {name: (rate["hits"], rate["n"]) for name, rate in by["kind"].items()} == {
        "icon": (1, 2),
        "text": (1, 1),
    }
    assert {name: rate["n"] for name, rate in by["platform"].items()} == {"linux": 1, "none": 2}
    assert {name: rate["n"] for name, rate in by["suite"].items()} == {"demo": 2, "other": 1}


def test_size_quartiles_are_over_the_present_targets_with_ties_together() -> None:
    sizes = [10, 10, 20, 30, 40, 40, 40, 80]
    targets = [target(f"t{i}", (0, 0, size, 10), shot=f"s{i}.png") for i, size in enumerate(sizes)]
    summary = summarize(run_info(), targets, trials(targets, "mmhhhhhh"))
    # Areas 100 100 200 300 400 400 400 800; numpy's quartiles 175, 350, 400; 400 is not above 400.
    assert summary["run"]["size_quartiles_px2"] == pytest.approx([175, 350, 400])
    by = summary["models"][LABEL]["by"]["size_quartile"]
    assert {name: (rate["hits"], rate["n"]) for name, rate in by.items()} == {
        "q1": (0, 2),
        "q2": (2, 2),
        "q3": (3, 3),
        "q4": (1, 1),
    }


def test_the_hit_rate_by_tag_and_by_tag_and_kind() -> None:
    targets = [
        target("a", kind="icon", tags=("cad", "new")),
        target("b", kind="text", tags=("cad", "cad")),
        target("c", kind="icon", tags=("dev",)),
        target("d", tags=("dev",)),
        target("e", kind="icon"),
        target("f", None, kind="icon", tags=("gone",)),
    ]
    by = model_block(targets, trials(targets, "hmhmhd"))["by"]
    counts = {
        name: {member: (rate["hits"], rate["n"]) for member, rate in by[name].items()}
        for name in ("tag", "tag_kind")
    }
    # A target with two tags counts in both; one with the same tag twice counts once.
    assert counts["tag"] == {"cad": (1, 2), "dev": (1, 2), "new": (1, 1), "none": (1, 1)}
    assert counts["tag_kind"] == {
        "cad icon": (1, 1),
        "cad text": (0, 1),
        "dev icon": (1, 1),
        "dev none": (0, 1),
        "new icon": (1, 1),
        "none icon": (1, 1),
    }


def test_the_hit_rate_by_the_short_side_of_the_region() -> None:
    tall = [[10, 10], [15, 10], [15, 400], [10, 400]]
    targets = [
        target("under", (0, 0, 15.9, 300)),
        target("at 16", (0, 0, 300, 16)),
        target("24", (0, 0, 24, 24)),
        target("32", (0, 0, 40, 32)),
        target("48", (0, 0, 48, 480)),
        target("polygon", polygon=tall),
        # Either may be clicked, so the larger of the two says how small the target is.
        target(
            "two", regions=[{"box": [0, 0, 10, 10]}, {"polygon": [[50, 50], [90, 50], [90, 90]]}]
        ),
        target("gone", None),
    ]
    by = model_block(targets, trials(targets, "mhhhhmhd"))["by"]["short_side"]
    assert {name: (rate["hits"], rate["n"]) for name, rate in by.items()} == {
        "under 16": (0, 2),
        "16-24": (1, 1),
        "24-32": (1, 1),
        "32-48": (2, 2),
        "48 and up": (1, 1),
    }
    assert list(by) == ["under 16", "16-24", "24-32", "32-48", "48 and up"]


tags = st.lists(st.sampled_from(["a", "b", "none", ""]), max_size=3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            tags,
            st.sampled_from(["icon", "text", "other", None]),
            st.sampled_from(["files", None]),
            st.floats(0.5, 60),
            st.sampled_from("hmdue"),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_groups_partition_the_trials_and_tags_cover_them(
    asked: list[tuple[list[str], str | None, str | None, float, str]],
) -> None:
    targets = [
        target(f"t{i:02}", (0, 0, side, 70), kind=kind, app=app, tags=tuple(names))
        for i, (names, kind, app, side, _) in enumerate(asked)
    ]
    block = model_block(targets, trials(targets, "".join(letter for *_, letter in asked)))
    hits, n = block["hit_rate"].get("hits", 0), block["hit_rate"]["n"]
    for name in ("kind", "size_quartile", "app", "platform", "suite", "short_side"):
        rates = block["by"][name].values()
        assert sum(rate["n"] for rate in rates) == n, name
        assert sum(rate.get("hits", 0) for rate in rates) == hits, name
    memberships = sum(
        len(set(names) or {"none"}) for names, _, _, _, letter in asked if letter != "e"
    )
    for name in ("tag", "tag_kind"):
        assert sum(rate["n"] for rate in block["by"][name].values()) == memberships, name


def test_uneven_repeats_are_marked_where_some_targets_weigh_more() -> None:
    targets = separate_targets(3)
    once = trials(targets, "hmh")
    assert "uneven_repeats" not in model_block(targets, once)["hit_rate"]
    again = [record(targets[0], "hit", order=3 + i, repeat=1 + i) for i in range(5)]
    block = model_block(targets, once + again)
    assert block["hit_rate"]["uneven_repeats"] is True
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (7, 8)
    assert block["click_chance"]["value"] == pytest.approx(2 / 3)
    assert "uneven_repeats" not in block["accuracy"]
    # A trial in error is no repeat less: errors are said by themselves.
    failed = [record(targets[i], "error" if i else "hit", order=3 + i, repeat=1) for i in range(3)]
    assert "uneven_repeats" not in model_block(targets, once + failed)["hit_rate"]
    # Clicks drawn at random recur by chance, and weigh as they should.
    drawn = [record(targets[i], "hit", order=k, session=(0, k)) for k, i in enumerate([0, 0, 1])]
    assert "uneven_repeats" not in model_block(targets, drawn)["hit_rate"]


def test_the_hit_rate_also_by_resolution_position_and_environment() -> None:
    targets = [
        target("a", (0, 0, 20, 20), environment={"theme": "dark", "scale": 2}),
        target("b", (480, 240, 500, 260), shot="b.png", environment={"theme": "light"}),
        target("c", (980, 480, 1000, 500), shot="c.png"),
    ]
    also_by = model_block(targets, trials(targets, "hmh"))["also_by"]
    shown = {
        name: {member: rate["hits"] for member, rate in group.items()}
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
    block = model_block(targets, records)
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (3, 4)
    assert (block["icon_hit_rate"]["hits"], block["icon_hit_rate"]["n"]) == (1, 3)
    exact = run_info(model(LABEL, exact="random", floor=True))
    # 20 x 10 of 1000 x 500 pixels.
    assert model_block(targets, records, exact)["icon_hit_rate"]["value"] == pytest.approx(0.0004)
