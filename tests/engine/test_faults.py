"""Real processes against the loopback vendors: failures, kills, money, dead servers, full disks."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults import fault_rounds
from pointbench.testing.vendors import Vendors
from tests.conftest import Command, DataRoot, environment, small_suite

MODEL = "openai/gpt-4o"


@pytest.fixture
def run_command(root: DataRoot) -> list[str]:
    """A run of 41 trials on the suite `small`."""
    small_suite(root, screenshots=4, each=10)
    return ["run", "-m", MODEL, "-s", "small", "--data", str(root.path), "--name", "r"]


def environment_for(server: Vendors) -> dict[str, str]:
    return environment(OPENAI_API_KEY="sk-loopback", OPENAI_BASE_URL=server.base_url("openai"))


def records(tmp_path: Path) -> list[dict[str, Any]]:
    lines = (tmp_path / "work" / "results" / "r" / "trials.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_kills_and_failures_of_every_kind_lose_nothing(tmp_path: Path) -> None:
    rounds = fault_rounds(tmp_path, rounds=2, screenshots=2, each=15, share=0.3)
    assert rounds.asked_again == []
    assert rounds.answered_twice == []
    assert rounds.differences == []
    assert rounds.requests > rounds.trials


def test_spending_stops_before_the_limit_and_goes_on_with_a_higher_one(
    pointbench: Command, run_command: list[str], tmp_path: Path
) -> None:
    with Vendors(latency=0.01) as server:
        first = pointbench(*run_command, "--max-cost", "0.05", env=environment_for(server))
        assert first.returncode == 1, first.stderr
        assert "was stopped: --max-cost 0.05 leaves no room" in first.stderr
        assert "and a higher --max-cost" in first.stderr
        spent = sum(float(str(record["cost_usd"])) for record in records(tmp_path))
        assert 0 < spent <= 0.05
        info = json.loads((tmp_path / "work" / "results" / "r" / "run.json").read_text())
        assert info["state"] == "interrupted"
        asked = len(records(tmp_path))
        assert 0 < asked < 41
        again = pointbench("run", "--resume", "r", "--max-cost", "5", env=environment_for(server))
        assert again.returncode == 0, again.stderr
        assert len(records(tmp_path)) == 41
        assert server.count == 41


def test_a_model_without_a_price_is_refused_under_a_limit(
    pointbench: Command, run_command: list[str], tmp_path: Path
) -> None:
    with Vendors() as server:
        run_command[2] = "openai/nobody-knows?profile=pixel"
        refused = pointbench(*run_command, "--max-cost", "1", env=environment_for(server))
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "no price is known for openai/nobody-knows" in refused.stderr
        assert not (tmp_path / "work" / "results").exists()
        assert server.count == 0


def test_a_dry_run_says_what_it_would_cost_and_asks_nothing(
    pointbench: Command, run_command: list[str], tmp_path: Path
) -> None:
    with Vendors() as server:
        plain = pointbench(
            *run_command, "-m", "local/center", "--dry-run", env=environment_for(server)
        )
        assert plain.returncode == 0, plain.stderr
        # 640 x 360 px are two tiles: 85 + 2 x 170 tokens.
        assert f"41 calls, profile openai-tiles, {41 * 425:,} image tokens, about $" in plain.stdout
        assert "local/center: 41 calls, profile local-unit, blind, free" in plain.stdout
        forecast = pointbench(*run_command, "--dry-run", "--json", env=environment_for(server))
        (model,) = json.loads(forecast.stdout)["models"]
        assert model["image_tokens"] == 41 * 425
        assert 0 < model["cost_usd"] < model["most_usd"]
        assert server.count == 0
    assert not (tmp_path / "work" / "results").exists()


def test_a_dead_server_among_several_costs_no_trial(
    pointbench: Command, run_command: list[str], tmp_path: Path
) -> None:
    with Vendors() as one, Vendors() as two:
        with Vendors() as dead:
            pass
        urls = [server.base_url("compatible") for server in (one, dead, two)]
        (tmp_path / "work" / "pointbench.toml").write_text(
            f'[models.many]\nmodel = "openai/any"\nbase_url = {json.dumps(urls)}\n'
            f'profile = "pixel"\n'
        )
        run_command[2] = "many"
        done = pointbench(*run_command, env=environment())
        assert done.returncode == 0, done.stderr
        assert one.count > 5
        assert two.count > 5
        assert one.count + two.count == 41
    assert {record["error"] for record in records(tmp_path)} == {None}


def test_answers_that_the_disk_refuses_are_written_elsewhere(
    run_command: list[str], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    work = tmp_path / "work"
    for folder in (elsewhere, work):
        folder.mkdir()
    # No file may grow beyond 24 kB: the journal is full after about two dozen answers.
    resource_limit = (24_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    with Vendors(latency=0.05) as server:
        run = subprocess.run(
            [sys.executable, "-m", "pointbench", *run_command, "--concurrency", "4"],
            env=environment_for(server) | {"TMPDIR": str(elsewhere)},
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, resource_limit),
        )
        assert run.returncode == 2, run.stderr
        assert "Traceback" not in run.stderr
        match = re.search(
            r"paid answers are in (\S+\.jsonl): append it to trials.jsonl", run.stderr
        )
        assert match, run.stderr
        saved = Path(match[1])
        assert saved.parent == elsewhere
        assert saved.stat().st_mode & 0o777 == 0o600
        stored = records(tmp_path)
        late = [json.loads(line) for line in saved.read_text().splitlines()]
        assert stored
        assert late
        # Every request that was paid for is in one of the two.
        assert len({record["key"] for record in [*stored, *late]}) == server.count
        with (work / "results" / "r" / "trials.jsonl").open("a") as journal:
            journal.write(saved.read_text())
        again = subprocess.run(
            [sys.executable, "-m", "pointbench", "run", "--resume", "r", "-q"],
            env=environment_for(server),
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert again.returncode == 0, again.stderr
        assert server.count == 41


def test_too_many_requests_slow_the_asking_down_and_lose_no_trial(
    pointbench: Command, run_command: list[str], tmp_path: Path
) -> None:
    log = tmp_path / "run.log"
    with Vendors(throttle=20.0) as server:
        done = pointbench(
            *run_command, "--concurrency", "16", "--log", str(log), env=environment_for(server)
        )
        assert done.returncode == 0, done.stderr
        refused = len(server.calls(faults=["throttled"]))
    assert {record["error"] for record in records(tmp_path)} == {None}
    events = [json.loads(line) for line in log.read_text().splitlines()]
    names = [event["event"] for event in events]
    assert names.count("answer") == 41
    assert names.count("retry") == refused > 0
    assert "slower" in names
    assert b"sk-loopback" not in log.read_bytes()
    assert log.stat().st_size < 41 * 5000  # no pictures in it


def test_a_picture_that_vanishes_is_an_error_of_its_own_trials(
    pointbench: Command, run_command: list[str], root: DataRoot, tmp_path: Path
) -> None:
    gone = root.path / "screenshots" / "small" / "shot3.png"
    # The second shift of each target is its own crop, made when its turn comes.
    jittered = [*run_command, "--variants", "jittered", "-n", "2", "--concurrency", "1", "-q"]
    with Vendors(latency=0.05) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "pointbench", *jittered],
            env=environment_for(server),
            cwd=tmp_path / "work",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while server.count == 0 and process.poll() is None:
            time.sleep(0.01)
        gone.unlink()
        assert process.wait(timeout=120) == 1
    asked = records(tmp_path)
    failed = [r for r in asked if r["outcome"] == "error"]
    assert {r["screenshot"] for r in failed} == {"small/shot3.png"}
    assert {r["error"]["type"] for r in failed} == {"SuiteError"}
    assert all("shot3.png cannot be read" in r["error"]["message"] for r in failed)
    assert len(failed) < len(asked) / 2
