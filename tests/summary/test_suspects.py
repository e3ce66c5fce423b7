"""Suspects in summary.json: planted wrong regions, named with who missed and who hit them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pointbench.runs import RunInfo
from pointbench.suites import AskedTarget
from pointbench.trials import Record
from tests.summary.case import checked_summary, model, record, run_info, target

MODELS = 10
WRONG = {3, 50, 97}


def planted(
    suite: str, seed: int, floor: bool = False
) -> tuple[RunInfo, list[AskedTarget], list[Record]]:
    """Ten models from bad to good on 150 targets, the regions of `WRONG` where only bad models click."""
    rng = np.random.default_rng(seed)
    ability, difficulty = np.linspace(-2, 3, MODELS), rng.normal(0, 1, 150)
    hit = rng.random((MODELS, 150)) < 1 / (1 + np.exp(difficulty - ability[:, None]))
    hit[:, sorted(WRONG)] = (ability < 0)[:, None]
    targets = [
        target(f"t{i:03}", suite=suite, shot=f"s{i}.png", kind=("icon", "text")[i % 2])
        for i in range(150)
    ]
    targets.append(target("gone", None, suite=suite))
    models = [model(f"test/{i}", floor=floor) for i in range(MODELS)]
    records = [
        record(targets[i], "hit" if hit[m, i] else "miss", order=i, model=f"test/{m}")
        for m in range(MODELS)
        for i in range(150)
    ]
    records += [record(targets[150], "miss", order=150, model=f"test/{m}") for m in range(MODELS)]
    return run_info(*models), targets, records


def test_planted_wrong_regions_are_the_first_suspects() -> None:
    summary = checked_summary(*planted("demo", 0))
    suspects = summary["suspects"]
    first = suspects[: len(WRONG)]
    assert {each["target"] for each in first} == {f"t{i:03}" for i in WRONG}
    for each in first:
        assert each["suite"] == "demo"
        assert each["missed_by"] == [f"test/{m}" for m in range(4, 10)]
        assert each["hit_by"] == [f"test/{m}" for m in range(4)]
        assert each["score"] > 3
    scores = [each["score"] for each in suspects]
    assert scores == sorted(scores, reverse=True)
    assert summary["suspects_by_chance"] <= len(suspects) / 5
    for label, block in summary["models"].items():
        assert block["suspects"] == [
            each["target"] for each in suspects if label in each["missed_by"]
        ]
    assert not WRONG & {int(name[1:]) for name in summary["models"]["test/0"]["suspects"]}


def test_suspects_of_several_suites_are_found_suite_by_suite() -> None:
    runs = {name: planted(name, seed) for seed, name in enumerate(("one", "two"))}
    info = runs["one"][0]
    alone = {name: checked_summary(*run) for name, run in runs.items()}
    both: dict[str, Any] = checked_summary(
        info,
        [t for run in runs.values() for t in run[1]],
        [r for run in runs.values() for r in run[2]],
    )
    key = lambda each: (each["suite"], each["target"])  # noqa: E731
    expected = [each for summary in alone.values() for each in summary["suspects"]]
    assert sorted(both["suspects"], key=key) == sorted(expected, key=key)
    assert both["suspects_by_chance"] == pytest.approx(
        sum(summary["suspects_by_chance"] for summary in alone.values())
    )
    for name, summary in alone.items():
        for label, block in both["models"].items():
            assert block["suites"][name]["suspects"] == summary["models"][label]["suspects"]


@pytest.mark.parametrize("models", [0, 1, 2])
def test_fewer_than_three_models_name_no_suspect(models: int) -> None:
    _, targets, records = planted("demo", 0)
    kept = [f"test/{m}" for m in (0, 9)][:models]
    summary = checked_summary(
        run_info(*map(model, kept or ["test/none"])),
        targets,
        [each for each in records if each.model in kept],
    )
    assert (summary["suspects"], summary["suspects_by_chance"]) == ([], 0)


def test_pointers_of_this_machine_name_no_suspect() -> None:
    summary = checked_summary(*planted("demo", 0, floor=True))
    assert summary["suspects"] == []
    assert summary["hit_by_none"] == {"targets": [], "n": 0}
