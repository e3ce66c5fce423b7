"""A resumed run asks under the configuration that it began with, or is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot


@pytest.fixture
def half_a_run(pointbench: Command, small: DataRoot, tmp_path: Path) -> Path:
    """The folder of a run whose last answers are missing."""
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "half")
    assert pointbench("run", *words).returncode == 0
    folder = tmp_path / "work" / "results" / "half"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) > 1
    (folder / "trials.jsonl").write_text(lines[0])
    return folder


def change_profile(folder: Path, **fields: Any) -> None:
    """Change fields of the profile that a run has stored."""
    info = json.loads((folder / "run.json").read_text())
    info["models"][0]["profile"] |= fields
    (folder / "run.json").write_text(json.dumps(info))


@pytest.mark.parametrize("note", ["description", "source"])
def test_a_reworded_note_of_a_profile_does_not_end_a_run(
    pointbench: Command, small: DataRoot, half_a_run: Path, note: str
) -> None:
    change_profile(half_a_run, **{note: "as an older version put it"})
    done = pointbench("run", "--resume", "half", "--data", small.path)
    assert done.returncode == 0, done.stderr
    assert len((half_a_run / "trials.jsonl").read_text().splitlines()) > 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("prompt", "Where? {instruction}"), ("unit", "permille"), ("settings", {"temperature": 1})],
)
def test_a_profile_that_asks_or_reads_in_another_way_does(
    pointbench: Command, small: DataRoot, half_a_run: Path, field: str, value: object
) -> None:
    change_profile(half_a_run, **{field: value})
    done = pointbench("run", "--resume", "half", "--data", small.path)
    assert done.returncode == 2
    assert f"has changed ({field}); start a new run" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"repeats": 1},
        {"repeats": 3},
        {"repeats": 1, "planned": 22},
        {"repeats": 3, "planned": 66},
        {"variants": ["as-is"]},
        {"variants": ["as-is"], "planned": 22},
        {"planned": 5},
        {"seed": 7, "pointbench": "0.0.0", "planned": 5},
    ],
)
def test_a_run_json_of_another_plan_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path, change: dict[str, Any]
) -> None:
    words = ("-m", "local/center", "-m", "local/random", "-s", "small", "-n", "2", "--variants")
    more = ("as-is,jittered", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words, *more).returncode == 0
    folder = tmp_path / "results" / "r"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (folder / "trials.jsonl").write_text("".join(lines[:60]))
    info = json.loads((folder / "run.json").read_text())
    assert info["planned"] == 44
    (folder / "run.json").write_text(json.dumps({**info, **change}))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = inline("run", "--resume", "r", "--data", small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "its run.json has changed (seed, repeats or variants): trials.jsonl has" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "run.json").write_text(json.dumps(info))
    assert inline("run", "--resume", "r", "--data", small.path).returncode == 0


def test_a_streak_of_another_seed_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "simulated/a?rate=0.8", "-s", "small", "--goal", "3", "--sessions", "8")
    assert inline("streak", *words, "--data", small.path, "--name", "r", "-q").returncode in (0, 1)
    path = tmp_path / "results" / "r" / "run.json"
    info = json.loads(path.read_text())
    for change in ({"seed": 5}, {"goal": {**info["goal"], "k": 5}}):
        path.write_text(json.dumps({**info, **change}))
        done = inline("run", "--resume", "r", "--data", small.path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "its run.json has changed" in done.stderr


@pytest.mark.parametrize("schema", [0, -1, True, 1.5, None])
def test_a_schema_that_never_was_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path, schema: object
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    path = tmp_path / "results" / "r" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": schema}))
    for command in (("report", "r"), ("run", "--resume", "r"), ("rescore", "r")):
        done = inline(*command)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "run.json has no valid schema number" in done.stderr
