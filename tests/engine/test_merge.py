"""Merged shards are the undivided run, and whatever does not fit is named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot

TIMES = ("latency_s", "started_at")

WORDS = (
    *("-m", "local/center", "-m", "local/random", "-m", "local/best-constant"),
    *("-s", "small", "-n", "2", "--variants", "as-is,jittered,reworded", "-q"),
)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "trials.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def in_plan_order(folder: Path) -> list[dict[str, Any]]:
    labels = [model["label"] for model in json.loads((folder / "run.json").read_text())["models"]]
    return sorted(lines_of(folder), key=lambda line: (line["order"], labels.index(line["model"])))


def without_times(folder: Path) -> Any:
    summary = json.loads((folder / "summary.json").read_text())
    for model in summary["models"].values():
        del model["latency_s"]
    return summary


@pytest.fixture
def shards(inline: Command, small: DataRoot, tmp_path: Path) -> list[Path]:
    """The whole run, and its three shards."""
    for name, words in [
        ("whole", []),
        *((f"part-{index}", ["--shard", f"{index}/3"]) for index in (1, 2, 3)),
    ]:
        done = inline("run", *WORDS, *words, "--data", small.path, "--name", name)
        assert done.returncode == 0, done.stderr
    return [tmp_path / "results" / name for name in ("whole", "part-1", "part-2", "part-3")]


def test_merged_shards_are_the_undivided_run(inline: Command, shards: list[Path]) -> None:
    done = inline("merge", "part-3", "part-1", "part-2", "--name", "merged")
    assert done.returncode == 0, done.stderr
    whole, merged = shards[0], shards[0].with_name("merged")
    assert lines_of(merged) == in_plan_order(whole)
    assert (merged / "targets.jsonl").read_bytes() == (whole / "targets.jsonl").read_bytes()
    assert without_times(merged) == without_times(whole)
    before, after = (json.loads((f / "run.json").read_text()) for f in (whole, merged))
    assert after["merged"] == ["part-3", "part-1", "part-2"]
    for name in ("models", "suites", "planned", "seed", "state", "shard", "kind"):
        assert after[name] == before[name], name


def test_what_a_merged_run_lacks_is_counted_and_asked(
    inline: Command, small: DataRoot, shards: list[Path]
) -> None:
    whole, part = shards[0], shards[2]
    lines = (part / "trials.jsonl").read_text().splitlines(keepends=True)
    # As a crash leaves it: the last line is cut off.
    (part / "trials.jsonl").write_text("".join(lines[3:-1]) + lines[-1][:40])
    done = inline("merge", "part-1", "part-2", "part-3", "--name", "merged")
    assert done.returncode == 1
    assert "4 trials of the plan without an answer; `pointbench run --resume merged`" in done.stderr
    merged = whole.with_name("merged")
    assert json.loads((merged / "run.json").read_text())["state"] == "interrupted"
    done = inline("run", "--resume", "merged", "--data", small.path, "-q")
    assert done.returncode == 0, done.stderr
    assert in_plan_order(merged) == in_plan_order(whole)


def test_a_shard_that_is_not_given_is_named(
    inline: Command, small: DataRoot, shards: list[Path]
) -> None:
    done = inline("merge", "part-1", "part-3", "--name", "merged")
    assert done.returncode == 1
    assert "trials of the plan without an answer; shard 2/3 not given" in done.stderr
    # The other two have every target, so the merged run knows what to ask.
    done = inline("run", "--resume", "merged", "--data", small.path, "-q")
    assert done.returncode == 0, done.stderr
    assert in_plan_order(shards[0].with_name("merged")) == in_plan_order(shards[0])


def test_a_run_merged_without_some_targets_is_not_resumed(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "-q")
    assert inline("run", *words, "--shard", "1/2", "--name", "part").returncode == 0
    assert inline("merge", "part", "--name", "merged").returncode == 1
    done = inline("run", "--resume", "merged", "--data", small.path, "-q")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "it was merged without some shards of its plan; run those with --shard" in done.stderr


def test_runs_of_one_plan_on_two_machines_are_one(
    inline: Command, small: DataRoot, shards: list[Path]
) -> None:
    whole = shards[0]
    again = whole.with_name("again")
    shutil.copytree(whole, again)
    lines = (whole / "trials.jsonl").read_text().splitlines(keepends=True)
    (whole / "trials.jsonl").write_text("".join(lines[:30]))
    (again / "trials.jsonl").write_text("".join(lines[20:]))
    done = inline("merge", "whole", "again", "--name", "merged")
    assert done.returncode == 0, done.stderr
    assert "10 lines in two runs, kept once" in done.stderr
    assert len(lines_of(whole.with_name("merged"))) == len(lines)


def test_errors_stay_before_their_answers(inline: Command, shards: list[Path]) -> None:
    path = shards[1] / "trials.jsonl"
    lines = path.read_text().splitlines()
    failed = json.loads(lines[5]) | {"outcome": "error", "correct": None, "point": None}
    failed |= {"distance": None, "parsed": None, "reply": None, "latency_s": None}
    failed["error"] = {"type": "RetryLater", "message": "slow down"}
    path.write_text("\n".join([json.dumps(failed), *lines]) + "\n")
    done = inline("merge", "part-1", "part-2", "part-3", "--name", "merged")
    assert done.returncode == 0, done.stderr
    merged = lines_of(shards[0].with_name("merged"))
    both = [line["outcome"] for line in merged if line["key"] == failed["key"]]
    assert both[0] == "error"
    assert len(both) == 2


def change(folder: Path, **fields: Any) -> None:
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(info | fields))


def another_answer(folder: Path) -> None:
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    again = json.loads(lines[0]) | {"started_at": "2026-01-01T00:00:00.000Z"}
    (folder / "trials.jsonl").write_text("".join(lines) + json.dumps(again) + "\n")


def change_line(folder: Path, **fields: Any) -> None:
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    lines[1] = json.dumps(json.loads(lines[1]) | fields) + "\n"
    (folder / "trials.jsonl").write_text("".join(lines))


def change_target(folder: Path) -> None:
    lines = (folder / "targets.jsonl").read_text().splitlines(keepends=True)
    lines[0] = json.dumps(json.loads(lines[0]) | {"instruction": "Click it."}) + "\n"
    (folder / "targets.jsonl").write_text("".join(lines))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: change(f, seed=7), "run part-2 has another plan than part-1: another seed (7"),
        (lambda f: change(f, repeats=3), "another repeats (3, not 2)"),
        (lambda f: change(f, pointbench="0.0.9"), "another pointbench version (0.0.9, not"),
        (lambda f: change(f, kind="streak"), "run part-2 was made by `streak`; only runs of `run`"),
        (lambda f: change(f, kind="score"), "run part-2 was made by `score`"),
        (lambda f: change(f, shard={"index": 2, "of": 3, "trials": 9}), "number of trials (9, not"),
        (lambda f: change(f, shard={"index": 4, "of": 3}), "run.json is damaged"),
        (lambda f: change_line(f, order=0), "place 0 of the plan is not in shard 2/3"),
        (lambda f: change_line(f, order=10**6), "line 2: no place 1000000 in a plan of"),
        (lambda f: change_line(f, model="x/y"), "line 2 has a trial of the model 'x/y', which"),
        (lambda f: change_line(f, target="nowhere"), "trial of the target 'nowhere', which"),
        (lambda f: change_line(f, repeat=5), "at place"),
        (lambda f: change_line(f, key=7), "run part-2: trials.jsonl line 2 is damaged: "),
        (another_answer, "two different answers to one trial, "),
        (lambda f: (f / "trials.jsonl").unlink(), ""),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(
    inline: Command, shards: list[Path], harm: Any, message: str
) -> None:
    harm(shards[2])
    done = inline("merge", "part-1", "part-2", "part-3", "--name", "merged")
    if not message:
        # A shard that was never asked: its trials are missing.
        assert done.returncode == 1
        assert "of the plan without an answer" in done.stderr
        return
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr
    assert not shards[0].with_name("merged").exists()


def test_a_target_that_differs_between_shards_is_named(inline: Command, shards: list[Path]) -> None:
    for part in shards[1:]:
        change_target(part)
    change_target(shards[0])
    done = inline("merge", "whole", "part-2", "--name", "merged")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "differs between the runs whole and part-2" in done.stderr


def test_a_run_given_twice_is_refused(inline: Command, shards: list[Path]) -> None:
    done = inline("merge", "part-1", "part-1", "--name", "merged")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run part-1 is given twice" in done.stderr


def test_a_run_that_is_being_asked_is_refused(inline: Command, shards: list[Path]) -> None:
    import fcntl

    with (shards[2] / "trials.jsonl").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = inline("merge", "part-1", "part-2", "part-3", "--name", "merged")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run part-2 is still being asked; merge it when it has ended" in done.stderr


def test_the_array_of_jobs_on_the_page_runs_as_it_stands(small: DataRoot, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
    match = re.search(r"```bash\n(.*?)```", page, re.DOTALL)
    assert match is not None
    script = tmp_path / "job.sh"
    script.write_text(match[1])
    (tmp_path / "targets").symlink_to(small.path / "targets")
    (tmp_path / "screenshots").symlink_to(small.path / "screenshots")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    names = {"MODEL": "local/center", "SUITE": "small", "NAME": "job", "PATH": path}
    jobs = [
        subprocess.Popen(
            ["sh", str(script)],
            cwd=tmp_path,
            env={**os.environ, **names, "SLURM_ARRAY_TASK_ID": str(number)},
            stdout=subprocess.DEVNULL,
        )
        for number in (1, 2, 3, 4)
    ]
    assert [job.wait(120) for job in jobs] == [0, 0, 0, 0]
    done = subprocess.run(
        ["pointbench", "merge", *(f"job-{number}" for number in (1, 2, 3, 4)), "--name", "job"],
        cwd=tmp_path,
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    merged = json.loads((tmp_path / "results" / "job" / "run.json").read_text())
    assert merged["state"] == "complete"
    assert len(lines_of(tmp_path / "results" / "job")) == merged["planned"]
