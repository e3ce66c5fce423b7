"""Shards: parts of one plan that fit together, whatever their number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.engine.planning.plan import Slot, count, slots, targets_of
from pointbench.runs import Shard
from pointbench.suites import AskedTarget
from tests.conftest import Command, DataRoot


def target(number: int) -> AskedTarget:
    return AskedTarget(
        suite="s",
        id=f"shot-{number // 4}/{number}",
        instruction=f"Click {number}.",
        screenshot=f"s/{number // 4}.png",
        width=100,
        height=100,
        box=(1, 1, 9, 9),
        rewordings=("Press it.",) if number % 3 == 0 else (),
    )


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


TARGETS = st.integers(1, 30).map(lambda n: [target(number) for number in range(n)])
VARIANTS = st.sets(st.sampled_from(["as-is", "jittered", "reworded"]), min_size=1).map(sorted)


@given(
    targets=TARGETS,
    repeats=st.integers(1, 3),
    variants=VARIANTS,
    seed=st.integers(0, 3),
    of=st.integers(1, 9),
)
@settings(deadline=None)
def test_the_shards_of_a_plan_are_the_plan(
    targets: list[AskedTarget], repeats: int, variants: list[str], seed: int, of: int
) -> None:
    def part(shard: Shard | None) -> list[Slot]:
        return list(slots(targets, repeats, variants, seed, shard=shard))

    shards = [Shard(index=index, of=of) for index in range(1, of + 1)]
    parts = [part(shard) for shard in shards]
    together = sorted((slot for one in parts for slot in one), key=lambda slot: slot.order)
    assert together == part(None)
    for shard, own in zip(shards, parts, strict=True):
        assert count(targets, repeats, variants, shard) == len(own)
        asked = targets_of(targets, repeats, variants, seed, shard)
        assert {t.id for t in asked} == {slot.target.id for slot in own}
    # No shard has more than one trial more than another.
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "1/0", "a/b", "1/2/3", "-1/4", "1/100001", ""])
def test_a_shard_that_is_none_is_refused(inline: Command, text: str) -> None:
    done = inline("run", "-m", "local/center", f"--shard={text}")
    assert done.returncode == 2
    assert f"{text!r} is not I/N, part I of N, such as 1/4" in done.stderr


def test_more_shards_than_trials_leave_one_without_any(inline: Command, small: DataRoot) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--limit", "3")
    done = inline("run", *words, "--shard", "4/4")
    assert done.returncode == 2
    assert "--shard 4/4: the plan has only 3 trials; use fewer shards" in done.stderr


def test_a_session_has_no_shards(inline: Command, small: DataRoot) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--goal", "3")
    done = inline("streak", *words, "--shard", "1/2")
    assert done.returncode == 2
    assert (
        "streak takes no --shard: a session's next click depends on the one before" in done.stderr
    )


def test_a_shard_is_a_run_of_its_own(inline: Command, small: DataRoot, tmp_path: Path) -> None:
    words = ("-m", "local/center", "-m", "local/best-constant", "-s", "small", "-n", "2")
    more = (*words, "--data", small.path, "-q")
    assert inline("run", *more, "--name", "whole").returncode == 0
    assert inline("run", *more, "--shard", "2/3", "--name", "part").returncode == 0
    results = tmp_path / "results"
    whole = json.loads((results / "whole" / "run.json").read_text())
    part = json.loads((results / "part" / "run.json").read_text())
    assert (part["state"], part["shard"]) == (
        "complete",
        {"index": 2, "of": 3, "trials": whole["planned"]},
    )
    assert part["models"] == whole["models"]
    assert "--shard 2/3" in part["command"]
    asked = lines_of(results / "part" / "trials.jsonl")
    assert len(asked) == 2 * part["planned"]
    assert {line["order"] % 3 for line in asked} == {1}
    own = lines_of(results / "part" / "targets.jsonl")
    assert {line["id"] for line in own} == {line["target"] for line in asked}
    summary = json.loads((results / "part" / "summary.json").read_text())
    assert [model["missing"] for model in summary["models"].values()] == [0, 0]

    # What is lost is asked again, and nothing else.
    lines = (results / "part" / "trials.jsonl").read_text().splitlines(keepends=True)
    (results / "part" / "trials.jsonl").write_text("".join(lines[::2]))
    done = inline("run", "--resume", "part", "--data", small.path, "-q")
    assert done.returncode == 0, done.stderr
    again = lines_of(results / "part" / "trials.jsonl")
    assert sorted(line["key"] for line in again) == sorted(line["key"] for line in asked)


def test_a_shard_whose_number_was_changed_is_not_resumed(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "part", "-q")
    assert inline("run", *words, "--shard", "2/3").returncode == 0
    path = tmp_path / "results" / "part" / "run.json"
    path.write_text(path.read_text().replace('"index": 2', '"index": 1'))
    done = inline("run", "--resume", "part", "--data", small.path, "-q")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is not chosen by --where, --limit and --shard of its run.json" in done.stderr
