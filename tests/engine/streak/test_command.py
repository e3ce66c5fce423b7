"""``pointbench streak`` from the command line: sessions, decisions, resuming, output."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pointbench.cli.schema import schema
from pointbench.report.loading import load_run
from pointbench.runs import read_records, read_run_info, read_targets
from pointbench.summary import summarize, summary_schema
from pointbench.trials import Record
from tests.conftest import Command, DataRoot, environment

Row = dict[str, Any]


def journal(folder: Path) -> list[Row]:
    lines = (folder / "trials.jsonl").read_text().splitlines()
    last = {(row := json.loads(line))["key"]: row for line in lines}
    return list(last.values())


def by_session(rows: list[Row], model: str) -> dict[int, list[Row]]:
    sessions: dict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["order"])):
        if row["model"] == model:
            sessions[row["session"]["number"]].append(row)
    return dict(sessions)


def summary_of(folder: Path) -> Row:
    summary: Row = json.loads((folder / "summary.json").read_text())
    return summary


@pytest.fixture
def suite_options(small: DataRoot) -> tuple[str, ...]:
    return ("-s", "small", "--data", str(small.path), "-q")


GOOD, BAD = "simulated/good?rate=0.97", "simulated/bad?rate=0.6"


def test_sessions_to_the_first_failure_or_the_goal(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    done = inline("streak", "-m", GOOD, "-m", BAD, "--goal", "8", *suite_options, "--name", "s")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results/s"
    rows = journal(folder)
    for label in (GOOD, BAD):
        sessions = by_session(rows, label)
        assert sorted(sessions) == list(range(10))
        for number, clicks in sessions.items():
            assert [row["session"]["click"] for row in clicks] == list(range(len(clicks)))
            assert [row["order"] for row in clicks] == [number * 8 + c for c in range(len(clicks))]
            assert all(row["correct"] for row in clicks[:-1])
            assert len(clicks) == 8 or clicks[-1]["correct"] is False
            assert {row["variant"] for row in clicks} == {"as-is"}
            assert "shot0/gone" not in {row["target"] for row in clicks}
    places: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in rows:
        places[row["session"]["number"], row["session"]["click"]].add(row["target"])
    assert all(len(targets) == 1 for targets in places.values()), "the same targets for every model"

    info = json.loads((folder / "run.json").read_text())
    jsonschema.validate(info, schema("run"))
    assert (info["kind"], info["state"]) == ("streak", "complete")
    assert info["goal"] == {
        "k": 8, "chance": 0.5, "confidence": None, "sessions": 10, "cap": None,
    }  # fmt: skip
    assert "\nsimulated/good" in done.stdout
    assert "reached 8 right in a row" in " ".join(done.stdout.split())
    assert "neither" not in done.stdout


def test_the_summary_counts_sessions_and_clicks_as_a_person_would(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    inline("streak", "-m", GOOD, "--goal", "5", "--sessions", "20", *suite_options, "--name", "s")
    summary = summary_of(tmp_path / "results/s")
    jsonschema.validate(summary, summary_schema())
    sessions = by_session(journal(tmp_path / "results/s"), GOOD)
    reached = sum(len(clicks) == 5 and clicks[-1]["correct"] for clicks in sessions.values())
    goal = summary["models"][GOOD]["goal"]
    assert goal["sessions"]["reached"] == reached
    assert goal["sessions"]["ended"] == 20
    assert goal["clicks"] == sum(len(clicks) for clicks in sessions.values())
    assert goal["hits"] == goal["clicks"] - (20 - reached)
    assert goal["low"] < goal["hits"] / goal["clicks"] < goal["high"]
    assert goal["clicks_saved"] is None
    assert summary["models"][GOOD]["longest_streak"] == 5
    assert summary["models"][GOOD]["sessions"]["drawn"] is True


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        ("simulated/all", "met"),
        ("simulated/none?rate=0", "not met"),
        ("simulated/half?rate=0.5", "not met"),
    ],
)
def test_a_confidence_stops_as_soon_as_the_goal_is_decided(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...], model: str, verdict: str
) -> None:
    done = inline(
        "streak", "-m", model, "--goal", "5", "--confidence", "0.9", *suite_options, "--name", "s"
    )
    assert done.returncode == 0, done.stderr
    goal = summary_of(tmp_path / "results/s")["models"][model]["goal"]
    assert goal["verdict"] == verdict
    rows = journal(tmp_path / "results/s")
    assert goal["clicks_saved"] == goal["cap"] - len(rows) > 0
    assert len(rows) == goal["clicks"] + goal["clicks_ahead"]
    printed = " ".join(done.stdout.split())
    assert ("meets the goal" if verdict == "met" else "does not meet the goal") in printed
    assert f"{goal['clicks_saved']} of at most {goal['cap']} clicks were saved" in printed
    assert f"a test of {goal['fixed_clicks']} clicks" in printed
    # Checked by hand: no shorter row decides.
    assert goal["low"] > goal["rate"] or goal["high"] < goal["rate"]


@pytest.mark.parametrize("concurrency", ["1", "3", "16"])
def test_the_decision_is_the_same_however_many_are_asked_at_once(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...], concurrency: str
) -> None:
    inline(
        "streak", "-m", "simulated/a?rate=0.9", "--goal", "5", "--confidence", "0.95", *suite_options,
        "--name", "s", "--concurrency", concurrency,
    )  # fmt: skip
    goal = summary_of(tmp_path / "results/s")["models"]["simulated/a?rate=0.9"]["goal"]
    assert goal["cap"] == 3 * goal["fixed_clicks"] == 501
    assert (goal["verdict"], goal["clicks"], goal["hits"]) == ("undecided", 501, 456)
    assert goal["clicks_saved"] is None


def test_errors_neither_extend_nor_end_a_row_and_are_asked_again_on_resume(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    flaky = "simulated/flaky?fail=0.2&retries=0"
    done = inline("streak", "-m", flaky, "--goal", "6", *suite_options, "--name", "s")
    label = "simulated/flaky?fail=0.2"
    rows = journal(tmp_path / "results/s")
    errors = [row for row in rows if row["outcome"] == "error"]
    assert errors
    assert done.returncode == 1
    assert "ended in error" in done.stderr
    for clicks in by_session(rows, label).values():
        assert all(row["outcome"] == "hit" for row in clicks[:-1])
        assert len(clicks) == 6 or clicks[-1]["outcome"] == "error"
    goal = summary_of(tmp_path / "results/s")["models"][label]["goal"]
    assert goal["clicks"] == goal["hits"] == len(rows) - len(errors)
    assert goal["sessions"]["ended"] == goal["sessions"]["reached"] == 10 - len(errors)
    assert "cut short" in " ".join(done.stdout.split())

    for _ in range(60):
        done = inline("run", "--resume", "s", "-q", "--max-error-rate", "0")
        if done.returncode == 0:
            break
    rows = journal(tmp_path / "results/s")
    assert [len(clicks) for clicks in by_session(rows, label).values()] == [6] * 10
    assert {row["outcome"] for row in rows} == {"hit"}


def test_every_click_in_error_stops_the_model_and_leaves_the_run_open(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    broken = "simulated/broken?fail=1&retries=0"
    done = inline(
        "streak", "-m", broken, "--goal", "3", "--sessions", "50", *suite_options, "--name", "s",
        "--concurrency", "2",
    )  # fmt: skip
    assert done.returncode == 1
    assert "was stopped: 10 errors in a row" in done.stderr
    assert "pointbench run --resume s" in done.stderr
    goal = summary_of(tmp_path / "results/s")["models"]["simulated/broken?fail=1"]["goal"]
    assert (goal["verdict"], goal["clicks"]) == ("undecided", 0)
    assert "no click was answered" in " ".join(done.stdout.split())
    assert json.loads((tmp_path / "results/s/run.json").read_text())["state"] == "interrupted"


def test_one_target_is_drawn_again_and_again(
    inline: Command, tmp_path: Path, root: DataRoot
) -> None:
    box = {"id": "only", "instruction": "Click it.", "box": [10, 10, 50, 50]}
    root.screenshot("one", "shot", [box])
    done = inline(
        "streak", "-m", "simulated/a", "--goal", "4", "--sessions", "2", "-s", "one",
        "--data", root.path, "--name", "s", "-q",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = journal(tmp_path / "results/s")
    assert len({row["key"] for row in rows}) == len(rows) == 8


def test_resume_continues_a_killed_streak(small: DataRoot, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    streak = [
        sys.executable, "-m", "pointbench", "streak", "-m", "simulated/slow?latency=0.02&rate=0.95",
        "--goal", "40", "--sessions", "12", "--concurrency", "4", "-s", "small", "--data",
        str(small.path), "--name", "s", "-q",
    ]  # fmt: skip
    process = subprocess.Popen(
        streak, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    journal_path = folder / "results/s/trials.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if journal_path.exists() and journal_path.read_bytes().count(b"\n") >= 5:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    before = journal_path.read_text()
    again = subprocess.run(
        [sys.executable, "-m", "pointbench", "run", "--resume", "s", "-q"],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert journal_path.read_text().startswith(before[: before.rfind("\n") + 1])
    whole = [*streak[:-3], "--name", "whole", "-q"]
    subprocess.run(whole, cwd=folder, env=environment(), capture_output=True, check=True)
    resumed, straight = (
        {row["key"]: row["outcome"] for row in journal(folder / f"results/{name}")}
        for name in ("s", "whole")
    )
    assert resumed == straight


def test_a_decided_streak_asks_nothing_more_on_resume(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    flaky = "simulated/flaky?fail=0.05&retries=0"
    inline(
        "streak", "-m", flaky, "--goal", "5", "--confidence", "0.9", *suite_options, "--name", "s"
    )
    before = (tmp_path / "results/s/trials.jsonl").read_bytes()
    summary = summary_of(tmp_path / "results/s")
    assert summary["models"]["simulated/flaky?fail=0.05"]["goal"]["verdict"] == "met"
    inline("run", "--resume", "s", "-q")
    assert (tmp_path / "results/s/trials.jsonl").read_bytes() == before
    assert summary_of(tmp_path / "results/s") == summary


@pytest.mark.parametrize("model", ["simulated/a?rate=0.9", "simulated/a?fail=0.1&rate=0.9"])
@pytest.mark.parametrize("seed", range(3))
def test_a_verdict_that_a_killed_run_gave_is_the_one_it_ends_with(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...], seed: int, model: str
) -> None:
    """Every beginning of a journal, answered in any order, is a run as kill -9 may leave it."""
    command = (
        "streak", "-m", f"{model}&retries=0", "--goal", "4", "--confidence", "0.9",
        "--concurrency", "8", "--seed", str(seed), *suite_options, "--name", "s",
        "--max-error-rate", "1",
    )  # fmt: skip
    assert inline(*command).returncode == 0
    whole, info = read_records(tmp_path / "results/s"), read_run_info(tmp_path / "results/s")
    targets = read_targets(tmp_path / "results/s")

    def verdict_of(records: list[Record]) -> tuple[str, int, int]:
        models: Mapping[str, Any] = summarize(info, targets, records)["models"]
        goal = models[model]["goal"]
        return goal["verdict"], goal["clicks"], goal["hits"]

    end = verdict_of(whole)

    # Clicks of a session follow each other; sessions are mixed as eight workers may mix them.
    def lot(record: Record) -> int:
        assert record.session is not None
        return random.Random(f"{seed} {record.session.number}").randrange(7)

    shuffled = sorted(whole, key=lot)
    for journal in (whole, shuffled):
        seen = [verdict_of(journal[:n]) for n in range(0, len(journal), 7)] + [verdict_of(journal)]
        decided = [verdict for verdict in seen if verdict[0] != "undecided"]
        assert set(decided) <= {end}
        assert seen[-1] == end


@pytest.mark.parametrize("concurrency", ["1", "6"])
def test_a_deciding_streak_killed_and_resumed_ends_with_the_verdict_of_a_straight_one(
    inline: Command, small: DataRoot, tmp_path: Path, concurrency: str
) -> None:
    model = "simulated/slow?latency=0.01&rate=0.9"
    words = ("-m", model, "--goal", "5", "--confidence", "0.95", "-s", "small", "--data",
             str(small.path), "-q", "--concurrency", concurrency)  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "pointbench", "streak", *words, "--name", "s"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    journal_path = tmp_path / "results/s/trials.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if journal_path.exists() and journal_path.read_bytes().count(b"\n") >= 20:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert inline("run", "--resume", "s", "-q").returncode == 0
    assert inline("streak", *words, "--name", "straight").returncode == 0
    assert inline("rescore", "s", "--name", "again").returncode == 0
    resumed, straight, again = (
        next(iter(summary_of(tmp_path / "results" / name)["models"].values()))["goal"]
        for name in ("s", "straight", "again")
    )
    assert resumed == again
    counted = ("verdict", "clicks", "hits", "low", "high")
    assert [resumed[key] for key in counted] == [straight[key] for key in counted]


def test_a_summary_of_the_test_of_0_1_0_is_made_again_and_read_with_the_new_one(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    inline(
        "streak", "-m", GOOD, "--goal", "5", "--confidence", "0.9", *suite_options, "--name", "s"
    )
    path = tmp_path / "results/s/summary.json"
    new = summary_of(tmp_path / "results/s")
    old = json.loads(path.read_text())
    goal = old["models"][GOOD]["goal"]
    del goal["method"]
    goal["verdict"], goal["clicks_saved"] = "undecided", -594
    path.write_text(json.dumps(old))
    assert load_run(tmp_path / "results/s").summary == new


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0}, {"k": 10**17}, {"k": 10**12}, {"chance": 0}, {"chance": 1.0}, {"confidence": 1.0},
        {"confidence": -1}, {"cap": 0}, {"cap": -5}, {"sessions": 0}, {"k": 9, "chance": 1 - 1e-12},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("command", ["report", "rescore"])
def test_an_impossible_goal_in_run_json_is_refused_in_one_line(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...], wrong: Row, command: str
) -> None:
    inline("streak", "-m", GOOD, "--goal", "2", "--sessions", "1", *suite_options, "--name", "s")
    path = tmp_path / "results/s/run.json"
    info = json.loads(path.read_text())
    info["goal"].update(wrong)
    path.write_text(json.dumps(info))
    done = inline(command, "s")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run s: run.json is damaged" in done.stderr


def test_rescoring_keeps_the_verdict(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    inline(
        "streak", "-m", GOOD, "--goal", "5", "--confidence", "0.9", *suite_options, "--name", "s"
    )
    assert inline("rescore", "s", "--name", "again").returncode == 0
    assert summary_of(tmp_path / "results/again") == summary_of(tmp_path / "results/s")


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (("-n", "2"), "--sessions N sets their number"),
        (("--variants", "jittered"), "unchanged"),
        (("--chance", "1"), "above 0 and below 1"),
        (("--confidence", "0"), "above 0 and below 1"),
        (("--goal", "0"), "whole number of at least 1"),
        (("--goal", "1" + "0" * 400), "less than one miss in 100,000,000 clicks"),
        (("--chance", "0.99999999999"), "less than one miss in 100,000,000 clicks"),
        (("--where", "absent=true"), "present targets"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    inline: Command,
    tmp_path: Path,
    suite_options: tuple[str, ...],
    extra: tuple[str, ...],
    says: str,
) -> None:
    done = inline("streak", "-m", GOOD, "--goal", "5", *suite_options, *extra)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_streak_needs_a_model_and_says_its_plan(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    done = inline("streak", "--goal", "5", *suite_options)
    assert done.returncode == 2
    assert "-m MODEL" in done.stderr
    done = inline(
        "streak", "-m", GOOD, "--goal", "5", "--confidence", "0.9", *suite_options, "--dry-run"
    )
    assert done.returncode == 0
    assert "Asking stops at a decision at 90 % confidence" in done.stdout
    assert "10 present targets" in done.stdout
    assert not (tmp_path / "results").exists()


def test_help_shows_what_holds_and_hides_what_is_refused(inline: Command) -> None:
    shown = inline("streak", "--help").stdout
    assert "--max-cost" in shown
    assert "-n N" not in shown
    assert "--variants LIST" not in shown


def test_json_is_the_summary(
    inline: Command, tmp_path: Path, suite_options: tuple[str, ...]
) -> None:
    done = inline("streak", "-m", GOOD, "--goal", "3", *suite_options, "--name", "s", "--json")
    assert json.loads(done.stdout) == summary_of(tmp_path / "results/s")


@pytest.mark.parametrize("width", ["80", "120"])
def test_nothing_is_wider_than_the_terminal(
    inline: Command, suite_options: tuple[str, ...], width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    done = inline(
        "streak", "-m", GOOD, "-m", BAD, "--goal", "5", "--confidence", "0.9", *suite_options
    )
    assert max(map(len, done.stdout.splitlines())) <= int(width)
