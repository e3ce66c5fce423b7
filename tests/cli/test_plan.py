"""``pointbench plan``: numbers checked by hand and against a library, sentences, refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointbench.statistics import clusters
from pointbench.statistics.intervals import lower_bound, wilson
from pointbench.statistics.planning import trials_to_certify
from tests.conftest import Command, DataRoot

Row = dict[str, Any]


def planned(inline: Command, *words: str | Path) -> Row:
    done = inline("plan", *words, "--json")
    assert done.returncode == 0, done.stderr
    plan: Row = json.loads(done.stdout)
    return plan


def test_without_a_word_it_plans_the_usual_claims(inline: Command) -> None:
    claims = planned(inline)["claims"]
    assert [claim["kind"] for claim in claims] == ["precision", "detect"] + ["in-a-row"] * 3
    rows = [claim for claim in claims if claim["kind"] == "in-a-row"]
    # ln 0.05 / ln 0.9 = 28.43 flawless trials for each click of the row.
    plain = {row["wanted"]: row["these_targets"]["calls"] for row in rows}
    assert plain == {k: math.ceil(k * math.log(0.05) / math.log(0.9)) for k in (10, 100, 1000)}
    # Targets on one screenshot are hit together, so other screens take more of them.
    assert all(row["calls"] > row["these_targets"]["calls"] for row in rows)
    shown = " ".join(inline("plan").stdout.split())
    assert "28.5 for each click of the row" in shown
    assert "What it costs" not in shown


@pytest.mark.parametrize("per_screenshot", [1, 10, 31])
def test_a_flawless_run_of_the_planned_size_supports_the_row_and_no_smaller_one(
    inline: Command, per_screenshot: int
) -> None:
    words = ("--in-a-row", "10", "--targets-per-screenshot", str(per_screenshot))
    (claim,) = planned(inline, *words)["claims"]
    screenshots = claim["screenshots"]
    assert claim["calls"] == screenshots * per_screenshot
    for number, enough in ((screenshots, True), (screenshots - 1, False)):
        hits = np.ones(number * per_screenshot, dtype=int)
        cluster = np.repeat(np.arange(number), per_screenshot)
        bound = clusters.lower_bound(hits, hits, cluster, 0.95)
        assert (bound**10 >= 0.9) is enough


def test_precision_is_half_of_wilsons_interval(inline: Command) -> None:
    (claim,) = planned(inline, "--precision", "0.03", "--rate", "0.8")["claims"]
    n = claim["calls"]
    for trials, holds in ((n, True), (n - 1, False)):
        low, high = wilson(0.8 * trials, trials)
        assert ((high - low) / 2 <= 0.03) is holds
    words = ("--precision", "0.03", "--rate", "0.8", "--design-effect", "2")
    (twice,) = planned(inline, *words)["claims"]
    assert twice["calls"] == pytest.approx(2 * n, abs=1)


def test_a_difference_needs_fewer_targets_where_verdicts_go_together(inline: Command) -> None:
    words = ("--detect", "0.05", "--rate", "0.7")
    (apart,) = planned(inline, *words)["claims"]
    (together,) = planned(inline, *words, "--correlation", "0.5")["claims"]
    # n = ((z + z) sd / difference)^2 with the rates 0.725 and 0.675, unpaired.
    variance = 0.725 * 0.275 + 0.675 * 0.325
    assert apart["calls"] == math.ceil((1.959964 + 0.841621) ** 2 * variance / 0.05**2)
    assert together["calls"] == pytest.approx(apart["calls"] / 2, rel=0.01)


def test_a_rate_below_the_goals_supports_no_row(inline: Command) -> None:
    (claim,) = planned(inline, "--in-a-row", "10", "--rate", "0.9")["claims"]
    assert (claim["calls"], claim["screenshots"], claim["possible"]) == (None, None, False)
    assert claim["these_targets"]["calls"] is None
    shown = " ".join(inline("plan", "--in-a-row", "10", "--rate", "0.9").stdout.split())
    assert "none: no number of targets can support it at this hit rate" in shown
    assert "10 in a row needs a hit rate above 98.95 %" in shown


def test_a_rate_too_close_to_the_goals_is_told_from_one_below_it(inline: Command) -> None:
    words = ("--in-a-row", "10", "--rate", "0.98952")
    (claim,) = planned(inline, *words)["claims"]
    assert (claim["calls"], claim["possible"]) == (None, True)
    assert "too many: more than 1 000 000 targets" in " ".join(
        inline("plan", *words).stdout.split()
    )


def test_expected_misses_are_allowed_for(inline: Command) -> None:
    (claim,) = planned(inline, "--in-a-row", "10", "--rate", "0.998")["claims"]
    plain = claim["these_targets"]
    n, misses = plain["calls"], plain["misses"]
    assert lower_bound(n - misses, n) ** 10 >= 0.9 > lower_bound(n - 1 - misses, n - 1) ** 10
    assert n * 0.002 <= misses
    assert trials_to_certify(10, misses=misses - 1) * 0.002 > misses - 1
    assert claim["misses"] == math.ceil(claim["calls"] * 0.002 - 1e-9) > 0


def test_misses_that_cluster_more_take_more_screenshots(inline: Command) -> None:
    words = ("--in-a-row", "10", "--rate", "0.996")
    little, much = (
        planned(inline, *words, "--icc", icc)["claims"][0]["screenshots"] for icc in ("0.02", "0.4")
    )
    assert little < much


@pytest.fixture
def run(inline: Command, small: DataRoot) -> str:
    models = ("-m", "simulated/a?rate=0.8", "-m", "simulated/b?rate=0.99", "-m", "local/center")
    done = inline("run", *models, "-s", "small", "--data", small.path, "-q", "--name", "r")
    assert done.returncode == 0, done.stderr
    return "r"


def test_a_runs_own_estimates_are_the_basis(inline: Command, tmp_path: Path, run: str) -> None:
    summary = json.loads((tmp_path / "results/r/summary.json").read_text())
    plan = planned(inline, "--run", run, "--precision", "0.05")
    assert [basis["model"] for basis in plan["bases"]] == [
        "simulated/a?rate=0.8",
        "simulated/b?rate=0.99",
    ]
    for basis in plan["bases"]:
        rate = summary["models"][basis["model"]]["hit_rate"]
        assert basis["rate"] == rate["value"]
        assert basis["design_effect"] == max(1.0, rate.get("design_effect", 1.0))
        assert basis["dollars"] == 0
        # The small suite has five present targets on each of its two screenshots.
        assert basis["targets_per_screenshot"] == 5
        assert 0 < basis["icc"] <= 0.8
    only_a = planned(inline, "--run", run, "-m", "simulated/a?rate=0.8")
    assert [basis["model"] for basis in only_a["bases"]] == ["simulated/a?rate=0.8"]
    assert "as seen in run r on 10 trials" in " ".join(inline("plan", "--run", run).stdout.split())


def test_cost_comes_from_pictures_prompts_and_a_price(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    (tmp_path / "pointbench.toml").write_text(
        '[models.dear]\nmodel = "openai/gpt-4o"\nprice = {input = 10, output = 0}\n'
        '[models.unknown]\nmodel = "openai/nobody-knows"\n'
    )
    words = ("-s", "small", "--data", small.path, "--precision", "0.1")
    (basis,) = planned(inline, "-m", "dear", *words)["bases"]
    # No vendor enlarges 640x360: 2 x 1 tiles of gpt-4o are 425 tokens, and the prompt comes on top.
    assert 425 * 10e-6 < basis["dollars"] < 1500 * 10e-6
    (claim,) = planned(inline, "-m", "dear", *words)["claims"]
    assert claim["cost_usd"] == pytest.approx(claim["calls"] * basis["dollars"])
    shown = " ".join(inline("plan", "-m", "unknown", *words).stdout.split())
    assert "the price of a click is not known" in shown
    shown = inline("plan", "-m", "dear", *words).stdout
    assert f"{1000 * basis['dollars']:.2f}" in shown
    assert f"{claim['cost_usd']:.2f}" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--precision", "0"), "--precision 0"),
        (("--precision", "3"), "from 0 to 1"),
        (("--detect", "0.5", "--rate", "0.9"), "no two rates about 0.9 differ by 0.5"),
        (("--detect", "0"), "--detect 0: a difference of 0.000001 or more"),
        (("--detect", "1e-13"), "--detect 1e-13: a difference of 0.000001 or more"),
        (("--chance", "1"), "above 0 and below 1"),
        (("--confidence", "0"), "above 0 and below 1"),
        (("--rate", "1"), "above 0 and below 1"),
        (("--design-effect", "0"), "above 0"),
        (("--icc", "1"), "above 0 and below 1"),
        (("--targets-per-screenshot", "0"), "whole number of at least 1"),
        (("--in-a-row", "0"), "whole number of at least 1"),
        (("--in-a-row", "1" + "0" * 17), "less than one miss in 100,000,000 clicks"),
        (("--in-a-row", "1" + "0" * 400), "less than one miss in 100,000,000 clicks"),
        (("--chance", "0.99999999"), "less than one miss in 100,000,000 clicks"),
        (("-s", "small"), "name -m MODEL"),
        (("--run", "nowhere"), "no run 'nowhere'"),
    ],
)
def test_what_makes_no_plan_is_refused_in_one_line(
    inline: Command, words: tuple[str, ...], says: str
) -> None:
    done = inline("plan", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert says in done.stderr


def test_a_model_the_run_has_not_is_refused(inline: Command, run: str) -> None:
    done = inline("plan", "--run", run, "-m", "local/center")
    assert done.returncode == 2
    assert "has no model local/center" in done.stderr


@pytest.mark.parametrize("width", ["80", "120"])
def test_nothing_is_wider_than_the_terminal(
    inline: Command, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert max(map(len, inline("plan").stdout.splitlines())) <= int(width)


def test_every_model_has_one_line_in_every_table(
    inline: Command, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = inline("plan", "--run", run).stdout.splitlines()
    for label in ("simulated/a?rate=0.8", "simulated/b?rate=0.99"):
        # One for measuring and comparing, one for other screens, one for these targets.
        assert sum(line.startswith(label) for line in lines) == 3
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("claim", [(), ("--detect", "0.05"), ("--detect", "0.3")])
@pytest.mark.parametrize(("rate", "shown"), [(0, "0 %"), (1, "100 %")])
def test_a_model_that_hit_nothing_or_all_leaves_the_others_their_plan(
    inline: Command, small: DataRoot, claim: tuple[str, ...], rate: int, shown: str
) -> None:
    models = ("-m", f"simulated/edge?rate={rate}", "-m", "simulated/half?rate=0.5")
    words = ("-s", "small", "--data", small.path, "-n", "3", "-q", "--name", "r")
    assert inline("run", *models, *words).returncode == 0
    plan = planned(inline, "--run", "r", *claim)
    edge, other = plan["bases"]
    assert edge["rate"] == rate
    assert 0.2 < other["rate"] < 0.8
    found = {row["model"]: row["calls"] for row in plan["claims"] if row["kind"] == "detect"}
    assert found[edge["model"]] is None
    assert found[other["model"]] > 0
    done = inline("plan", "--run", "r", *claim)
    points = "30" if "0.3" in claim else "5"
    assert (done.returncode, done.stderr) == (0, "")
    assert f"At {shown} no two rates differ by {points} points" in " ".join(done.stdout.split())


def test_a_usual_claim_that_the_typed_rate_rules_out_is_said_to_be_so(inline: Command) -> None:
    done = inline("plan", "--rate", "0.99")
    assert done.returncode == 0
    assert "At 99 % no two rates differ by 5 points" in " ".join(done.stdout.split())


def test_a_typed_rate_and_a_typed_difference_that_no_rates_have(inline: Command, run: str) -> None:
    done = inline("plan", "--run", run, "--rate", "0.99", "--detect", "0.05")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no two rates about 0.99 differ by 0.05" in done.stderr


def test_an_empty_name_of_a_run_is_not_taken_for_none(inline: Command) -> None:
    assert inline("plan", "--run", "").returncode == 2
