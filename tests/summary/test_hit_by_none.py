"""The targets that no model hit."""

from __future__ import annotations

from pointbench.summary import summarize
from pointbench.trials import Outcome
from tests.summary.case import model, record, run_info, target, trials

OF_B: list[Outcome] = ["miss", "miss", "hit", "error", "miss", "miss"]


def test_targets_that_every_model_answered_and_none_hit() -> None:
    targets = [
        target("a"),
        target("b"),
        target("c"),
        target("d"),
        target("e", suite="before"),
        target("gone", None),
    ]
    a = trials(targets, "hmmmmm")
    b = [
        record(of, outcome, order=order, model="test/b")
        for order, (of, outcome) in enumerate(zip(targets, OF_B, strict=True))
    ]
    floor = [record(targets[1], "hit", model="local/ocr")]
    info = run_info(model("test/a"), model("test/b"), model("local/ocr", floor=True))
    block = summarize(info, targets, [*a, *b, *floor])["hit_by_none"]
    # The floor's hit on b does not count, and b's error leaves d open.
    assert block == {
        "targets": [
            {"suite": "before", "target": "e"},
            {"suite": "demo", "target": "b"},
        ],
        "n": 4,
    }


def test_a_hit_in_any_repeat_counts() -> None:
    targets = [target("a"), target("b")]
    records = [*trials(targets, "mm"), record(targets[0], "hit", order=2, repeat=1)]
    block = summarize(run_info(repeats=2), targets, records)["hit_by_none"]
    assert [item["target"] for item in block["targets"]] == ["b"]


def test_without_a_model_but_the_floor_nothing_is_said() -> None:
    targets = [target("a")]
    info = run_info(model("local/ocr", floor=True))
    records = [record(targets[0], "miss", model="local/ocr")]
    assert summarize(info, targets, records)["hit_by_none"] == {"targets": [], "n": 0}
