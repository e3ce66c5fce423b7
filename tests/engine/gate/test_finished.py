"""``pointbench gate RUN``: finished runs, judged exactly, and parts of gates under another claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot
from tests.engine.gate.pointer_server import Answer, PointerServer, grid_suite, replies

N = 60


def score(
    inline: Command, folder: Path, root: DataRoot, name: str, hit: Answer, *, repeats: int = 1
) -> None:
    """A stored run under the model's label ``openai/pointer-old``."""
    path = replies(folder, N, hit, repeats=repeats)
    options = ["-s", "grid", "--profile", "pixel", "--data", root.path, "--name", name]
    done = inline("score", path, *options)
    assert done.returncode in (0, 1), done.stderr


def judged(inline: Command, *words: str) -> tuple[int, dict[str, Any]]:
    done = inline("gate", *words, "--json")
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, result


@pytest.fixture
def grid(root: DataRoot) -> DataRoot:
    grid_suite(root, N)
    return root


@pytest.mark.parametrize(
    ("lost", "verdict", "status"), [(0, "pass", 0), (3, "pass", 0), (4, "fail", 1)]
)
def test_a_whole_run_is_judged_exactly(
    inline: Command, tmp_path: Path, grid: DataRoot, lost: int, verdict: str, status: int
) -> None:
    score(inline, tmp_path, grid, "old", lambda number: number >= 10)
    score(inline, tmp_path, grid, "new", lambda number: number >= 10 + lost)
    code, result = judged(inline, "new", "--against", "old", "--margin", "0.05")
    assert (code, result["verdict"]) == (status, verdict)
    assert result["exact"]
    exactly = pytest.approx(-lost / N)
    assert result["difference"] == {"value": exactly, "low": exactly, "high": exactly}
    assert result["saved"] == 0
    shown = inline("gate", "new", "--against", "old", "--margin", "0.05").stdout
    assert "exactly" in shown
    assert "would" not in shown.split("\n\n")[0]


def test_repeats_on_both_sides_are_averaged(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda n: n % 2 == 0, repeats=2)
    score(inline, tmp_path, grid, "new", lambda n: n < 48, repeats=3)
    _, result = judged(inline, "new", "--against", "old", "--margin", "0.3")
    assert result["old_rate"] == pytest.approx(0.5)
    assert result["rate"]["value"] == pytest.approx(48 / 180)
    assert result["verdict"] == "pass"
    assert any("old answered 2 times, openai/pointer-old 3 times" in n for n in result["notes"])


def test_errors_count_against_both_verdicts(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda _: True)
    score(inline, tmp_path, grid, "new", lambda number: None if number < 4 else True)
    code, result = judged(inline, "new", "--against", "old", "--margin", "0.05")
    assert (code, result["verdict"], result["reason"]) == (1, "undecided", "errors")
    assert (result["difference"]["low"], result["difference"]["high"]) == (pytest.approx(-4 / N), 0)
    code, result = judged(inline, "new", "--against", "old", "--margin", "0.1")
    assert (code, result["verdict"], result["errors"]) == (0, "pass", 4)


def test_a_part_that_no_gate_asked_is_refused(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda _: True)
    path = replies(tmp_path, 30, lambda _: True)
    inline("score", path, "-s", "grid", "--profile", "pixel", "--data", grid.path, "--name", "new")
    done = inline("gate", "new", "--against", "old")
    assert done.returncode == 2
    assert "asked only 30 of the 60 targets (not 't0030', for one)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_suite_that_the_run_did_not_ask_is_refused(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda _: True)
    for words in (("--min-hit-rate", "0.5"), ("--against", "old")):
        done = inline("gate", "old", *words, "-s", "gird")
        assert done.returncode == 2
        assert "-s gird: run old has no present target of that suite; it has grid" in done.stderr


def test_the_gate_of_a_run_is_judged_again_from_its_files_alone(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda _: True)
    with PointerServer(lambda _: True) as server:
        server.configure(tmp_path)
        gate = ["-m", "pointer", "--against", "old", "--margin", "0.2", "--data", "data", "-q"]
        _, first = judged(inline, *gate, "--name", "new")
    (tmp_path / "results/old").rename(tmp_path / "gone")
    code, again = judged(inline, "new")
    assert code == 0
    for key in ("verdict", "clicks", "asked", "difference", "targets", "against"):
        assert again[key] == first[key]
    refused = inline("gate", "new", "--margin", "0.1")
    assert refused.returncode == 2
    assert "leave out --margin" in refused.stderr


def test_a_part_is_judged_under_another_claim_where_its_order_was_drawn(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "old", lambda _: True)
    score(inline, tmp_path, grid, "other", lambda number: number < 40)
    with PointerServer(lambda _: True) as server:
        server.configure(tmp_path)
        gate = [
            "gate",
            "-m",
            "pointer",
            "--against",
            "old",
            "--margin",
            "0.05",
            "-q",
            "--data",
            "data",
        ]
        assert inline(*gate, "--name", "drawn").returncode == 0
        assert inline(*gate, "--name", "pinned", "--seed", "3").returncode == 0
    code, result = judged(inline, "drawn", "--against", "other", "--margin", "0.05")
    assert (code, result["verdict"]) == (0, "pass")
    assert result["clicks"] < N
    assert result["old_rate"] == pytest.approx(40 / 60)
    assert result["difference"]["low"] >= -0.05
    code, result = judged(inline, "drawn", "--min-hit-rate", "0.7")
    assert (code, result["verdict"]) == (0, "pass")
    code, result = judged(inline, "drawn", "--min-hit-rate", "0.999")
    assert (code, result["verdict"]) == (1, "undecided")
    refused = inline("gate", "pinned", "--against", "other")
    assert refused.returncode == 2
    assert "its seed was given with --seed" in refused.stderr
    part = inline("gate", "other", "--against", "drawn")
    assert part.returncode == 2
    assert "run drawn is part of a gate" in part.stderr


def test_a_part_is_judged_on_the_targets_in_common_in_its_own_order(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    """The other run lacks a third of the targets: what is left is a random sample all the same."""
    score(inline, tmp_path, grid, "old", lambda _: True)
    score(inline, tmp_path, grid, "other", lambda number: None if number % 3 == 0 else True)
    with PointerServer(lambda number: number % 3 != 0) as server:
        server.configure(tmp_path)
        inline(
            "gate", "-m", "pointer", "--against", "old", "--margin", "0.02", "-q", "--data", "data",
            "--name", "drawn",
        )  # fmt: skip
    _, own = judged(inline, "drawn")
    assert own["verdict"] == "fail"
    _, result = judged(inline, "drawn", "--against", "other", "--margin", "0.2")
    assert result["targets"] == 40
    assert result["left_out"]["unanswered"] == 20
    assert result["difference"]["value"] == 0.0
    assert result["difference"]["low"] <= 0 <= result["difference"]["high"]


def test_a_minimum_hit_rate_of_a_finished_run(
    inline: Command, tmp_path: Path, grid: DataRoot
) -> None:
    score(inline, tmp_path, grid, "new", lambda number: number < 42)
    assert judged(inline, "new", "--min-hit-rate", "0.7")[1]["verdict"] == "pass"
    code, result = judged(inline, "new", "--min-hit-rate", "0.71")
    assert (code, result["verdict"]) == (1, "fail")
    assert result["sentence"] == (
        "Asked on all 60 targets of grid, openai/pointer-old hit less than 71 %."
    )
