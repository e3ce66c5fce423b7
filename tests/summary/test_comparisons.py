"""Two or more models on the targets that both of a pair answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pointbench.summary import summarize
from tests.summary.case import (
    checked_summary,
    model,
    record,
    run_info,
    separate_targets,
    trials,
)


def summary_of_two_models(first: str, second: str) -> dict[str, Any]:
    """A summary in which test/a and test/b have these outcomes on the same separate targets."""
    targets = separate_targets(len(first))
    records = trials(targets, first)
    other = [msgspec.structs.replace(line, model="test/b") for line in trials(targets, second)]
    return checked_summary(run_info(model("test/a"), model("test/b")), targets, records + other)


def test_a_comparison_is_on_the_targets_both_answered() -> None:
    summary = summary_of_two_models("hhhhmhe" + "h" * 13, "hmmmmhh" + "h" * 13)
    (pair,) = summary["comparisons"]
    assert (pair["a"], pair["b"]) == ("test/a", "test/b")
    assert pair["targets"] == {"both": 19, "only_a": 0, "only_b": 1}
    assert pair["difference"]["value"] == pytest.approx(3 / 19)
    mcnemar = pair["mcnemar"]
    assert (mcnemar["both"], mcnemar["only_a"], mcnemar["only_b"], mcnemar["neither"]) == (
        15,
        3,
        0,
        1,
    )
    assert mcnemar["p"] == pytest.approx(0.25)
    assert pair["p_holm"] == pair["p"]
    assert mcnemar["flips"] == pytest.approx(3 / 19)


def test_the_sentence_of_a_clear_and_of_an_unclear_difference() -> None:
    clear = summary_of_two_models("h" * 60 + "m" * 40, "h" * 20 + "m" * 80)["comparisons"][0]
    assert clear["sentence"].startswith("test/a beats test/b by 40.0 points (95 %: ")
    assert clear["p_holm"] < 0.001
    turned = summary_of_two_models("h" * 20 + "m" * 80, "h" * 60 + "m" * 40)["comparisons"][0]
    assert turned["sentence"].startswith("test/b beats test/a by 40.0 points (95 %: ")
    unclear = summary_of_two_models("hm" * 20 + "h", "hm" * 20 + "m")["comparisons"][0]
    assert "leads" in unclear["sentence"]
    assert "is not told apart from chance" in unclear["sentence"]
    assert "targets would decide a difference of this size" in unclear["sentence"]
    same = summary_of_two_models("hm" * 20, "hm" * 20)["comparisons"][0]
    assert "no difference seen" in same["sentence"]


def test_models_without_a_common_target_have_no_difference() -> None:
    pair = summary_of_two_models("hhee", "eehh")["comparisons"][0]
    assert pair["difference"]["value"] is None
    assert (pair["p"], pair["p_holm"], pair["mcnemar"]["p"]) == (None, None, None)
    assert pair["sentence"] == "test/a and test/b have no target that both answered."


def test_mcnemar_is_on_repeat_0_alone() -> None:
    targets = separate_targets(2)
    records = [
        record(targets[0], "error", order=0),
        record(targets[1], "hit", order=1),
        record(targets[0], "hit", order=2, repeat=1),
        record(targets[1], "miss", order=3, repeat=1),
    ]
    other = [msgspec.structs.replace(line, model="test/b") for line in trials(targets, "mm")]
    info = run_info(model("test/a"), model("test/b"), repeats=2)
    (pair,) = summarize(info, targets, records + other)["comparisons"]
    assert (pair["mcnemar"]["n"], pair["mcnemar"]["only_a"]) == (1, 1)
    # The difference is of the means over all repeats: 1 and 1/2 against 0.
    assert pair["targets"]["both"] == 2
    assert pair["difference"]["value"] == pytest.approx(0.75)


def test_every_pair_and_holm_over_all_of_them() -> None:
    targets = separate_targets(60)
    labels = ["test/a", "test/b", "test/c"]
    verdicts = ["h" * 55 + "m" * 5, "h" * 50 + "m" * 10, "h" * 10 + "m" * 50]
    records = [
        msgspec.structs.replace(line, model=label)
        for label, row in zip(labels, verdicts, strict=True)
        for line in trials(targets, row)
    ]
    summary = checked_summary(run_info(*map(model, labels)), targets, records)
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
