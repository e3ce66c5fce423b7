"""The whole summary: the same bytes from the same files, and sensible figures at the edges."""

from __future__ import annotations

import json
import math
import random

import msgspec
import pytest

from pointbench.errors import RunError
from pointbench.suites import AskedTarget
from pointbench.summary import dump_summary, summarize
from tests.summary.case import (
    assert_keeps_to_schema,
    mixed_run,
    model,
    model_block,
    record,
    run_info,
    separate_targets,
    target,
    trials,
)


def test_the_same_bytes_in_whatever_order_trials_and_targets_come() -> None:
    info, targets, records = mixed_run()
    expected = dump_summary(summarize(info, targets, records))
    rng = random.Random(2)
    for _ in range(3):
        rng.shuffle(records)
        rng.shuffle(targets)
        assert dump_summary(summarize(info, targets, iter(records))) == expected


def test_a_rescored_run_gives_the_same_bytes() -> None:
    info, targets, records = mixed_run()
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
    info, targets, records = mixed_run()
    summary = summarize(info, targets, records)
    assert_keeps_to_schema(summary)
    assert list(summary) == [
        "schema",
        "headline",
        "run",
        "models",
        "floor",
        "comparisons",
        "hit_by_none",
        "suspects",
        "suspects_by_chance",
    ]
    assert summary["schema"] == 2
    assert list(summary["models"]) == ["test/b", "test/a"]
    assert summary["run"]["targets"] == {
        "present": 60,
        "absent": 5,
        "screenshots": 12,
        "apps": 7,
    }
    assert summary["run"]["suites"][0]["digest"] == "0" * 64
    assert json.loads(dump_summary(summary)) == summary


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
        pytest.param(separate_targets(5), "eeeee", id="every trial in error"),
        pytest.param(separate_targets(5), "hhhhh", id="all hits"),
        pytest.param(separate_targets(5), "mmmmm", id="no hits"),
        pytest.param([target("gone", None)], "d", id="no present target"),
        pytest.param([target("gone", None)], "m", id="no present target, clicked"),
        pytest.param([target("a"), target("b")], "hm", id="one cluster"),
    ],
)
def test_degenerate_runs_answer_sensibly(targets: list[AskedTarget], verdicts: str) -> None:
    records = trials(targets[: len(verdicts)], verdicts)
    block = model_block(targets, records)
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
    # This also works for two models of the same kind.
    other = [msgspec.structs.replace(line, model="test/b") for line in records]
    assert_keeps_to_schema(
        summarize(run_info(model("test/a"), model("test/b")), targets, records + other)
    )


def test_importing_the_summary_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, pointbench.statistics, pointbench.statistics.clusters, pointbench.summary;"
        "print([m for m in ('numpy', 'scipy', 'statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
