"""``validate --runs``: targets whose region may be wrong, by what the models of some runs hit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Command

FILES, EACH, MODELS = 12, 10, 9
WRONG = {(2, 3), (7, 5)}
"""File and number of the targets whose region is where lost models click."""


def write_suite(root: Path, moved: tuple[int, int] | None = None) -> None:
    """A suite without pictures; the box of ``moved`` is one pixel wider."""
    folder = root / "targets" / "grid"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text(
        'name = "grid"\nversion = "1"\ntitle = "Grid"\ndescription = ""\nlicense = "CC0-1.0"\n'
        'authors = ["a"]\n',
        encoding="utf-8",
    )
    for file in range(FILES):
        targets = [
            {
                "id": f"s{file}/t{number}",
                "instruction": f"Click {number} of {file}.",
                "box": [20 + 50 * number, 40, 60 + 50 * number + ((file, number) == moved), 80],
            }
            for number in range(EACH)
        ]
        document = {
            "screenshot": f"grid/s{file}.png",
            "width": 640,
            "height": 360,
            "sha256": None,
            "targets": targets,
        }
        (folder / f"s{file}.json").write_text(json.dumps(document), encoding="utf-8")


def write_replies(path: Path, models: range) -> None:
    """Points of models from bad to good; on `WRONG` the bad ones hit and the good ones do not."""
    rng = np.random.default_rng(4)
    ability = np.linspace(-2, 3, MODELS)
    difficulty = rng.normal(0, 1, (FILES, EACH))
    chance = 1 / (1 + np.exp(difficulty - ability[:, None, None]))
    hits = rng.random(chance.shape) < chance
    for place in WRONG:
        hits[:, place[0], place[1]] = ability < 0
    lines = [
        {
            "model": f"model-{m}",
            "target": f"s{file}/t{number}",
            "point": [40 + 50 * number, 60] if hits[m, file, number] else [600, 300],
        }
        for m in models
        for file in range(FILES)
        for number in range(EACH)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def scored(tmp_path: Path, inline: Command) -> Path:
    """A data root with two runs: of the worse and of the better models."""
    write_suite(tmp_path)
    for name, models in (("worse", range(4)), ("better", range(4, MODELS))):
        write_replies(tmp_path / f"{name}.jsonl", models)
        done = inline(
            *("score", f"{name}.jsonl", "-s", "grid", "--profile", "pixel", "--name", name),
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
    return tmp_path


def test_suspects_stand_with_file_and_target_and_do_not_change_the_exit_status(
    scored: Path, inline: Command
) -> None:
    done = inline("validate", ".", "--no-images", "--runs", "worse", "better", cwd=scored)
    assert done.returncode == 0
    faults, *suspects, count = done.stdout.splitlines()
    assert faults.startswith("no fault in 120 sound targets")
    assert {line.partition(": its region")[0] for line in suspects[:2]} == {
        "targets/grid/s2.json: target s2/t3",
        "targets/grid/s7.json: target s7/t5",
    }
    assert "missed by model-4, model-5, model-6, model-7, model-8, hit by model-0" in suspects[0]
    assert re.search(r"\(by chance <?1 in [\d\u2009\u202f ]+\)$", suspects[0])
    assert count.startswith(f"grid: {len(suspects)} suspects by 9 models on 120 targets; a hint")


def test_suspects_as_json(scored: Path, inline: Command) -> None:
    words = ("validate", "targets/grid", "--no-images", "--json")
    document = json.loads(inline(*words, "--runs", "worse", "better", cwd=scored).stdout)
    assert document["faults"] == []
    first = document["suspects"][0]
    assert (first["suite"], first["file"]) == ("grid", f"targets/grid/{first['target'][:2]}.json")
    assert {"missed_by", "hit_by", "score"} <= first.keys()
    assert 0 <= document["suspects_by_chance"] <= len(document["suspects"]) / 5
    assert "suspects" not in json.loads(inline(*words, cwd=scored).stdout)


def test_one_file_is_judged_with_its_whole_suite(scored: Path, inline: Command) -> None:
    words = ("validate", "targets/grid/s7.json", "targets/grid/s1.json", "--no-images")
    done = inline(*words, "--runs", "worse", "better", cwd=scored)
    suspects = [line for line in done.stdout.splitlines() if "its region may be wrong" in line]
    assert any(line.startswith("targets/grid/s7.json: target s7/t5: ") for line in suspects)
    assert not any("s2/t3" in line for line in suspects)
    assert done.stdout.count("by 9 models on 120 targets") == 1


def test_answers_to_a_target_that_was_changed_do_not_count(scored: Path, inline: Command) -> None:
    write_suite(scored, moved=(2, 3))
    done = inline("validate", ".", "--no-images", "--runs", "worse", "better", cwd=scored)
    assert "s2/t3" not in done.stdout
    assert "target s7/t5" in done.stdout
    assert "on 119 targets; 1 target changed since then" in done.stdout


def test_two_models_are_too_few_and_a_fault_still_counts(scored: Path, inline: Command) -> None:
    write_replies(scored / "two.jsonl", range(2))
    score = ("score", "two.jsonl", "-s", "grid", "--profile", "pixel", "--name", "two")
    assert inline(*score, cwd=scored).returncode == 0
    (scored / "targets" / "grid" / "bad.json").write_text("{", encoding="utf-8")
    done = inline("validate", ".", "--no-images", "--runs", "two", cwd=scored)
    assert done.returncode == 1
    assert "grid: no suspects: they need 3 models that differ, and 2 models of these runs" in (
        done.stdout
    )


def test_a_run_that_is_not_there_is_refused(scored: Path, inline: Command) -> None:
    done = inline("validate", ".", "--no-images", "--runs", "nowhere", cwd=scored)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no run 'nowhere'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_models_in_two_runs_are_told_apart_and_count_once(
    scored: Path, inline: Command
) -> None:
    write_replies(scored / "again.jsonl", range(MODELS))
    score = ("score", "again.jsonl", "-s", "grid", "--profile", "pixel", "--name", "again")
    assert inline(*score, cwd=scored).returncode == 0
    words = ("validate", ".", "--no-images", "--json", "--runs")
    once = json.loads(inline(*words, "again", cwd=scored).stdout)["suspects"]
    twice = json.loads(inline(*words, "again", "worse", "better", cwd=scored).stdout)["suspects"]
    assert [each["target"] for each in once] == [each["target"] for each in twice]
    assert [each["score"] for each in once] == pytest.approx([each["score"] for each in twice])
    assert {"model-8@again", "model-8@better"} <= set(twice[0]["missed_by"])
