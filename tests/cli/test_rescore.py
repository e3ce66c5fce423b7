"""``pointbench rescore``: the stored replies parsed and scored again, as a new run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot

FILES = ("trials.jsonl", "targets.jsonl", "summary.json")
LINES: list[dict[str, Any]] = [
    {"target": "shot0/t0", "text": '{"x": 40, "y": 60}', "finish_reason": "stop"},
    {"target": "shot0/t1", "text": "[[500, 100]]", "sent_width": 320, "sent_height": 180},
    {"target": "shot0/t2", "text": '{"x": 150, "y": 6', "finish_reason": "length"},
    {"target": "shot0/t3", "point": [220, 60]},
    {"target": "shot0/t3", "point": [999, 60]},
    {"target": "shot0/t4", "point": None},
    {"target": "shot0/gone", "text": "It is not there.", "latency_s": 1.25, "cost_usd": 0.01},
    {"target": "shot1/t0", "error": "HTTP 500", "repeat": 0},
    {"target": "shot1/t0", "text": '{"x": 1, "y": 2}', "repeat": 0},
    {"target": "shot1/t1", "error": "timeout"},
    {"target": "shot1/t2", "text": "é\u2028 (4, 5)", "model": "b"},
]
Rescore = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def work(inline: Command, small: DataRoot) -> Path:
    """A data root with a scored run ``results/made`` of `LINES`."""
    file = small.path / "made.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    words = ("score", file, "-s", "small", "--profile", "pixel", "--name", "made")
    assert inline(*words, cwd=small.path).returncode == 1
    return small.path


@pytest.fixture
def rescore(inline: Command, work: Path) -> Rescore:
    return lambda *words: inline("rescore", *words, cwd=work)


def trials(run: Path) -> list[dict[str, Any]]:
    lines = (run / "trials.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def test_the_same_profile_gives_the_same_bytes(rescore: Rescore, work: Path) -> None:
    done = rescore("made")
    assert done.returncode == 0, done.stderr
    first, again = work / "results/made", work / "results/made-rescored"
    for name in FILES:
        assert (again / name).read_bytes() == (first / name).read_bytes(), name
    assert (again / "report.html").exists()
    info = json.loads((again / "run.json").read_text())
    assert (info["kind"], info["source"], info["state"]) == ("rescore", "made", "complete")
    assert info["command"] == "pointbench rescore"
    assert str(work) not in (again / "run.json").read_text()


def test_naming_the_same_profile_changes_nothing(rescore: Rescore, work: Path) -> None:
    assert rescore("made", "--profile", "pixel", "--name", "named").returncode == 0
    for name in FILES:
        assert (work / "results/named" / name).read_bytes() == (
            work / "results/made" / name
        ).read_bytes()


def test_neither_suite_nor_picture_is_needed(rescore: Rescore, work: Path) -> None:
    for folder in ("targets", "screenshots"):
        (work / folder).rename(work / f"gone-{folder}")
    assert rescore("made").returncode == 0
    first, again = work / "results/made", work / "results/made-rescored"
    assert (again / "trials.jsonl").read_bytes() == (first / "trials.jsonl").read_bytes()


def test_another_profile_reads_the_same_replies_differently(rescore: Rescore, work: Path) -> None:
    done = rescore("made", "--profile", "qwen3-vl-json", "--name", "thousandths")
    assert done.returncode == 0, done.stderr
    before = {trial["target"]: trial for trial in trials(work / "results/made")}
    after = {trial["target"]: trial for trial in trials(work / "results/thousandths")}
    assert before["shot0/t0"]["outcome"] == "hit"
    assert after["shot0/t0"]["point"] == [pytest.approx(25.6), pytest.approx(21.6)]
    assert after["shot0/t0"]["frame"] == {"unit": "permille", "order": "xy"}
    assert after["shot0/t0"]["outcome"] == "miss"
    # (500, 100) is outside the 320 x 180 that were sent, and inside a frame of a thousand.
    assert before["shot0/t1"]["outcome"] == "out_of_frame"
    assert after["shot0/t1"]["point"] == [320.0, 36.0]
    unchanged = ("key", "order", "repeat", "instruction", "reply", "sent", "latency_s", "cost_usd",
            "started_at", "attempts")  # fmt: skip
    for target, trial in after.items():
        assert [trial[name] for name in unchanged] == [before[target][name] for name in unchanged]
    # Points stored without a text, and errors, stay unchanged.
    for target in ("shot0/t3", "shot0/t4", "shot1/t1"):
        assert after[target] == before[target]
    info = json.loads((work / "results/thousandths/run.json").read_text())
    assert info["command"] == "pointbench rescore --profile qwen3-vl-json"
    assert {model["profile"]["unit"] for model in info["models"]} == {"permille"}


def test_the_stand_in_point_is_that_of_the_profile_that_reads(
    inline: Command, rescore: Rescore, work: Path
) -> None:
    file = work / "stand-in.jsonl"
    file.write_text('{"target": "shot0/gone", "text": "[-1,-1]", "finish_reason": "stop"}\n')
    inline("score", file, "-s", "small", "--profile", "permille", "--name", "plain", cwd=work)
    outcomes = {}
    for profile, source in (("ui-venus-1.5", "plain"), ("permille", "ui-venus-1.5")):
        assert rescore(source, "--profile", profile, "--name", profile).returncode == 0
        outcomes[profile] = trials(work / "results" / profile)[0]["outcome"]
    assert outcomes == {"ui-venus-1.5": "declined", "permille": "out_of_frame"}


def test_a_profile_may_say_that_the_prompt_opened_the_reasoning(
    inline: Command, rescore: Rescore, work: Path
) -> None:
    (work / "pointbench.toml").write_text(
        '[profiles.opened]\nlike = "pixel"\nopens_reasoning = true\n'
    )
    file = work / "cut.jsonl"
    line = {"target": "shot0/t0", "text": "It may be at (40, 60), or", "finish_reason": "length"}
    file.write_text(json.dumps(line) + "\n")
    inline("score", file, "-s", "small", "--profile", "pixel", "--name", "cut", cwd=work)
    assert trials(work / "results/cut")[0]["outcome"] == "hit"
    assert rescore("cut", "--profile", "opened", "--name", "opened").returncode == 0
    assert trials(work / "results/opened")[0]["outcome"] == "unparsed"
    # A profile that does not say keeps what is known of the prompt.
    assert rescore("opened", "--profile", "pixel", "--name", "again").returncode == 0
    assert trials(work / "results/again")[0]["outcome"] == "unparsed"


def test_and_back_again_is_the_first_run(rescore: Rescore, work: Path) -> None:
    assert rescore("made", "--profile", "qwen3-vl-json", "--name", "there").returncode == 0
    assert rescore("there", "--profile", "pixel", "--name", "back").returncode == 0
    for name in FILES:
        assert (work / "results/back" / name).read_bytes() == (
            work / "results/made" / name
        ).read_bytes()


def test_a_stand_in_point_is_read_as_the_named_profile_has_it(inline: Command, work: Path) -> None:
    line = {"target": "shot0/t0", "text": "[-1, -1]"}
    (work / "none.jsonl").write_text(json.dumps(line) + "\n")
    words = ("none.jsonl", "-s", "small", "--name", "none", "--profile", "qwen3-vl-json")
    assert inline("score", *words, cwd=work).returncode == 1
    for name, profile, outcome in (
        ("none", None, "out_of_frame"),
        ("there", "ui-venus-1.5", "declined"),
        ("back", "qwen3-vl-json", "out_of_frame"),
    ):
        if profile is not None:
            source = "none" if name == "there" else "there"
            done = inline("rescore", source, "--profile", profile, "--name", name, cwd=work)
            assert done.returncode == 0, done.stderr
        assert [trial["outcome"] for trial in trials(work / "results" / name)] == [outcome]


def test_the_run_itself_is_left_alone(rescore: Rescore, work: Path) -> None:
    before = {path.name: path.read_bytes() for path in (work / "results/made").iterdir()}
    rescore("made", "--profile", "gemini-point")
    assert {path.name: path.read_bytes() for path in (work / "results/made").iterdir()} == before


def test_a_run_by_its_folder_and_another_out(rescore: Rescore, work: Path) -> None:
    assert rescore(work / "results/made", "--out", "elsewhere").returncode == 0
    assert (work / "elsewhere/made-rescored/trials.jsonl").exists()


def test_a_name_that_exists_is_refused(rescore: Rescore, work: Path) -> None:
    assert rescore("made").returncode == 0
    done = rescore("made")
    assert done.returncode == 2
    assert "made-rescored" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_torn_last_line_is_passed_over(rescore: Rescore, work: Path) -> None:
    path = work / "results/made/trials.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "torn')
    assert rescore("made").returncode == 0
    assert (work / "results/made-rescored/trials.jsonl").read_bytes() == whole


def test_a_damaged_line_is_named(rescore: Rescore, work: Path) -> None:
    path = work / "results/made/trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b'{"key": 5}\n', *lines[1:]]))
    done = rescore("made")
    assert done.returncode == 2
    assert "line 2" in done.stderr
    # A partial run would block the next attempt.
    assert not (work / "results/made-rescored").exists()
    path.write_bytes(b"".join(lines))
    assert rescore("made").returncode == 0


def test_trials_of_another_run_are_refused(rescore: Rescore, work: Path) -> None:
    path = work / "results/made/targets.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    done = rescore("made")
    assert done.returncode == 2
    assert "targets.jsonl" in done.stderr


@pytest.mark.parametrize(("schema", "message"), [(99, "upgrade"), ("one", "schema")])
def test_a_run_of_another_schema(rescore: Rescore, work: Path, schema: Any, message: str) -> None:
    path = work / "results/made/run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": schema}))
    done = rescore("made")
    assert done.returncode == 2
    assert message in done.stderr
    assert not (work / "results/made-rescored").exists()


def test_a_jittered_picture_is_undone(rescore: Rescore, work: Path) -> None:
    """A stored shift maps the answer back to the screenshot, as when it was asked."""
    path = work / "results/made/trials.jsonl"
    first, *others = trials(work / "results/made")
    first |= {"variant": "jittered", "shift": {"scale": 0.5, "dx": 10.0, "dy": 20.0}}
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (first, *others)))
    assert rescore("made").returncode == 0
    assert trials(work / "results/made-rescored")[0]["point"] == [60.0, 80.0]


def test_the_committed_reference_run_is_what_this_version_makes_of_its_replies(
    inline: Command, tmp_path: Path
) -> None:
    reference = Path(__file__).parents[2] / "results" / "reference-starter"
    done = inline("rescore", reference, "--out", tmp_path, "--name", "again")
    assert done.returncode == 0, done.stderr
    for name in ("trials.jsonl", "summary.json", "targets.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (reference / name).read_bytes(), name
