"""Outcomes, errors, missing replies and false clicks."""

from __future__ import annotations

import pytest

from pointbench.summary import summarize
from pointbench.trials import OUTCOMES
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


def test_declined_unparsed_and_out_of_frame_stay_in_the_denominator_and_errors_do_not() -> None:
    targets = separate_targets(6)
    block = model_block(targets, trials(targets, "hmduoe"))
    assert (block["hit_rate"]["hits"], block["hit_rate"]["n"]) == (1, 5)
    assert block["outcomes"] == dict.fromkeys(OUTCOMES, 1)
    assert block["error_rate"] == pytest.approx(1 / 6)


def test_outcomes_are_counted_apart_on_present_and_on_absent_targets() -> None:
    targets = [*separate_targets(4), *(target(f"gone{i}", None) for i in range(3))]
    block = model_block(targets, trials(targets, "hmdemmd"))
    assert (block["outcomes"]["miss"], block["outcomes"]["declined"]) == (3, 2)
    present, absent = block["outcomes_present"], block["outcomes_absent"]
    assert {name: n for name, n in present.items() if n} == {
        "hit": 1,
        "miss": 1,
        "declined": 1,
        "error": 1,
    }
    assert {name: n for name, n in absent.items() if n} == {"miss": 2, "declined": 1}
    assert absent["miss"] == block["false_clicks"]["clicked"]
    assert list(present) == list(absent) == list(block["outcomes"])


def test_missing_are_the_targets_without_a_reply() -> None:
    targets = separate_targets(4)
    block = model_block(targets, trials(targets[:3], "hme"))
    assert block["missing"] == 2
    assert [row["target"] for row in block["missing_targets"]] == ["t002", "t003"]


def test_only_drawn_targets_can_be_missing_among_drawn_clicks() -> None:
    targets = separate_targets(5)
    records = [
        record(targets[0], "hit", order=0, session=(0, 0)),
        record(targets[1], "error", order=1, session=(0, 1)),
    ]
    assert model_block(targets, records)["missing"] == 1
    # Nothing has been drawn yet for a model that has not begun.
    summary = summarize(run_info(model(LABEL), model("test/b")), targets, records)
    assert summary["models"]["test/b"]["missing"] == 0


def test_false_clicks_are_the_share_of_absent_targets_that_were_clicked() -> None:
    targets = [target(f"gone{i}", None, shot=f"s{i}.png") for i in range(4)]
    share = model_block(targets, trials(targets, "mdue"))["false_clicks"]
    assert (share["value"], share["clicked"], share["declined"], share["n"]) == (1 / 3, 1, 1, 3)
