"""Facts known without trials: the exact figures of local pointers, and labels."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pointbench.suites import AskedTarget
from pointbench.summary import summarize
from tests.summary.case import (
    LABEL,
    assert_keeps_to_schema,
    model,
    model_block,
    run_info,
    separate_targets,
    target,
    trials,
)


def targets_of_known_shares() -> list[AskedTarget]:
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
    targets = targets_of_known_shares()
    # These figures do not depend on the outcomes of the trials.
    block = model_block(targets, trials(targets, "hmmm"), run_info(pointer))
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
    targets = targets_of_known_shares()
    info = run_info(model(LABEL), model("local/center", exact="center", floor=True))
    records = trials(targets, "hhmd")
    records += [msgspec.structs.replace(line, model="local/center") for line in records]
    summary = summarize(info, targets, records)
    assert_keeps_to_schema(summary)
    assert summary["comparisons"] == []
    assert summary["models"]["local/center"]["rank"] is None
    assert summary["models"][LABEL]["rank"] == {"value": 1, "low": 1, "high": 1}


def test_blind_models_are_labeled() -> None:
    summary = summarize(run_info(model(LABEL, blind=True)), separate_targets(1), [])
    assert summary["models"][LABEL]["blind"] is True
