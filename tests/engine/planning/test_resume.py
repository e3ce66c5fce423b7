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
