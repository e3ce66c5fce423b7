"""What a run spends, held against what a server bills: every way to fail, over several sittings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.billing import BILLED_USD, CASES, REFUSALS, BillingServer, bill_of
from benchmarks.screens import draw_suite
from pointbench.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run_json(folder: Path, name: str = "r") -> dict[str, Any]:
    info: dict[str, Any] = json.loads((folder / "results" / name / "run.json").read_bytes())
    return info


def model_at(folder: Path, server: BillingServer, **settings: object) -> list[str]:
    """The start of a command that asks 60 targets of a model on ``server``."""
    draw_suite(folder, "bills", screenshots=2, each=30, size=(640, 360), kilobytes=4)
    lines = [
        '[models.paid]\nmodel = "openai/paid"',
        f'base_url = "{server.url}"',
        *(f"{name} = {value}" for name, value in {"profile": '"pixel"', **settings}.items()),
    ]
    (folder / "pointbench.toml").write_text("\n".join(lines) + "\n")
    return ["run", "-m", "paid", "-s", "bills", "--data", str(folder), "--name", "r", "-q"]


PRICED = {"price": "{input = 100, output = 1000}", "max_tokens": 100, "retries": 0}


@pytest.mark.parametrize("case", CASES)
def test_no_way_to_fail_passes_the_limit(case: str, tmp_path: Path) -> None:
    bill = bill_of(tmp_path, case, main)
    assert bill.sound, bill
    assert bill.requests > 4  # the limit stopped it, and no mistake of the test
    assert bill.known <= bill.at_most <= bill.limit + 1e-9


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_request_costs_nothing(status: int, tmp_path: Path) -> None:
    with BillingServer(status) as server:
        command = model_at(tmp_path, server, concurrency=4, **PRICED)
        main([*command, "--max-cost", str(100 * BILLED_USD)])
        spent = run_json(tmp_path)["spent"]["paid"]
        assert spent["known_usd"] == pytest.approx(server.billed)
        assert spent["at_most_usd"] == pytest.approx(server.billed)


def test_the_limit_of_a_run_holds_until_it_is_given_anew(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with BillingServer("answers") as server:
        command = model_at(tmp_path, server, **PRICED)
        limit = 10 * BILLED_USD
        assert main([*command, "--max-cost", str(limit), "--rpm", "60000"]) == 1
        assert "max_tokens" in capfd.readouterr().err
        asked = server.requests
        assert run_json(tmp_path)["limits"] == {
            "concurrency": None,
            "rpm": 60000.0,
            "max_cost": limit,
        }
        assert main(["run", "--resume", "r"]) == 1
        assert "--max-cost 1.5 leaves no room" in capfd.readouterr().err
        assert server.requests == asked
        assert main(["run", "--resume", "r", "--max-cost", str(20 * BILLED_USD)]) == 1
        assert asked < server.requests <= 20
        assert main(["run", "--resume", "r", "--max-cost", "none"]) == 0
        assert server.requests == 60
        info = run_json(tmp_path)
        assert info["limits"]["max_cost"] is None
        assert info["state"] == "complete"
        assert info["spent"]["paid"]["known_usd"] == pytest.approx(60 * BILLED_USD)


def test_what_a_run_without_a_limit_spent_counts_when_it_is_given_one(tmp_path: Path) -> None:
    with BillingServer("no usage") as server:
        command = model_at(tmp_path, server, concurrency=1, **PRICED)
        assert main([*command, "--limit", "20"]) == 0
        spent = run_json(tmp_path)["spent"]["paid"]
        assert spent["known_usd"] == pytest.approx(10 * BILLED_USD)
        assert spent["at_most_usd"] >= server.billed - 1e-9


def test_a_killed_run_goes_on_with_all_that_may_have_been_billed(tmp_path: Path) -> None:
    limit = 20 * BILLED_USD
    with BillingServer("a drip") as server:
        command = model_at(tmp_path, server, concurrency=4, timeout=30, total_timeout=30, **PRICED)
        for start in ([*command, "--max-cost", str(limit)], *[["run", "--resume", "r", "-q"]] * 5):
            asked = server.requests
            process = subprocess.Popen(
                [sys.executable, "-m", "pointbench", *start], cwd=tmp_path, env={**os.environ}
            )
            while process.poll() is None and server.requests < asked + 5:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert server.billed <= run_json(tmp_path)["spent"]["paid"]["at_most_usd"] + 1e-9
        assert server.requests > 5
        assert server.billed <= limit + 1e-9


def test_answers_of_unknown_cost_in_an_older_run_count_at_their_most(tmp_path: Path) -> None:
    with BillingServer("no usage") as server:
        command = model_at(tmp_path, server, concurrency=1, **PRICED)
        assert main([*command, "--max-cost", str(11 * BILLED_USD)]) == 1
        path = tmp_path / "results" / "r" / "run.json"
        info = run_json(tmp_path)
        del info["spent"], info["limits"]
        path.write_text(json.dumps(info))
        main(["run", "--resume", "r", "-q", "--max-cost", str(20 * BILLED_USD)])
        spent = run_json(tmp_path)["spent"]["paid"]
        assert server.billed <= spent["at_most_usd"] <= 20 * BILLED_USD
        assert server.requests > 11


def test_a_damaged_account_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with BillingServer("answers") as server:
        assert main([*model_at(tmp_path, server, **PRICED), "--max-cost", "0.5"]) == 1
        path = tmp_path / "results" / "r" / "run.json"
        sound = path.read_text()
        for wrong in (("known_usd", "NaN"), ("at_most_usd", "-5"), ("max_cost", "Infinity")):
            name, value = wrong
            lines = [
                f'   "{name}": {value}' + ("," if line.endswith(",") else "")
                if f'"{name}"' in line
                else line
                for line in sound.splitlines()
            ]
            path.write_text("\n".join(lines))
            capfd.readouterr()
            assert main(["run", "--resume", "r"]) == 2
            (line,) = capfd.readouterr().err.splitlines()
            # NaN and Infinity are no JSON, so they are refused before the value is looked at.
            told = "is damaged" if value == "-5" else "cannot be read: JSON is malformed"
            assert f"run r: run.json {told}" in line


def test_what_a_stopped_attempt_cost_is_in_the_journal(tmp_path: Path) -> None:
    with BillingServer("broken off") as server:
        command = model_at(tmp_path, server, concurrency=1, **{**PRICED, "retries": 3})
        limit = 3.9 * BILLED_USD
        main([*command, "--max-cost", str(limit)])
        lines = (tmp_path / "results" / "r" / "trials.jsonl").read_text().splitlines()
        costs = [json.loads(line)["cost_usd"] for line in lines]
        assert sum(costs) == pytest.approx(run_json(tmp_path)["spent"]["paid"]["known_usd"])
        assert sum(costs) == pytest.approx(server.billed)


def test_every_table_says_what_the_run_cost(tmp_path: Path) -> None:
    with BillingServer("broken off") as server:
        # Half of the answers are broken off, and paid for: errors first, answers when resumed.
        command = model_at(tmp_path, server, concurrency=1, **PRICED)
        main([*command, "--limit", "12"])
        for _ in range(6):
            main(["run", "--resume", "r", "-q"])
        folder = tmp_path / "results" / "r"
        (model,) = json.loads((folder / "summary.json").read_bytes())["models"].values()
        assert model["outcomes"]["error"] == 0
        assert server.requests > 12
        assert model["cost_usd"] == pytest.approx(server.billed)
        assert run_json(tmp_path)["spent"]["paid"]["known_usd"] == pytest.approx(server.billed)


def test_a_run_goes_on_with_the_output_limit_that_it_began_with(tmp_path: Path) -> None:
    with BillingServer("answers") as server:
        command = model_at(tmp_path, server)
        toml = tmp_path / "pointbench.toml"
        toml.write_text(toml.read_text().replace("openai/paid", "openai/gpt-4o"))
        main([*command, "--max-cost", "0.02"])
        assert run_json(tmp_path)["models"][0]["output_limit"] == 1024
        assert {sent.get("max_tokens") for sent in server.sent} == {1024}
        path = tmp_path / "results" / "r" / "run.json"
        path.write_text(path.read_text().replace('"output_limit": 1024', '"output_limit": null'))
        server.sent.clear()
        assert main(["run", "--resume", "r", "--max-cost", "none"]) == 0
        assert {sent.get("max_tokens") for sent in server.sent} == {None}
        assert run_json(tmp_path)["models"][0]["output_limit"] is None
        # The limit is in no key, so nothing was asked twice.
        assert server.requests == 60


HOME_REPLIES = [
    # settings of the model, its name, known cost of 60 answers, and what the run says
    ("openai/my-vlm", {}, 0.0, "counts as free"),
    ("openai/gpt-4o", {}, 60 * 0.00225, "list price"),
    ("openai/openai/gpt-4o-2024-08-06", {}, 60 * 0.00225, "list price"),
    ("openai/claude-sonnet-4-5", {}, 60 * 0.003, "list price"),
    ("openai/Qwen/Qwen2.5-VL-7B-Instruct", {}, 0.0, "counts as free"),
    ("openai/gpt-4o-my-finetune", {}, 0.0, "counts as free"),
    ("openai/gpt-4o", {"price": "{input = 0, output = 0}"}, 0.0, ""),
    ("openai/my-vlm", {"price": "{input = 1, output = 0}"}, 60 * 0.0005, ""),
]


@pytest.mark.parametrize(("name", "settings", "cost", "said"), HOME_REPLIES)
def test_a_server_of_ones_own_is_free_unless_a_price_is_known(
    name: str,
    settings: dict[str, str],
    cost: float,
    said: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with BillingServer("answers") as server:
        command = model_at(tmp_path, server, **settings)
        toml = tmp_path / "pointbench.toml"
        toml.write_text(toml.read_text().replace("openai/paid", name))
        server.model = name
        assert main([*command, "--max-cost", "5"]) == 0
        spent = run_json(tmp_path)["spent"]["paid"]
        assert spent["known_usd"] == pytest.approx(cost)
        assert spent["at_most_usd"] == pytest.approx(cost)
        lines = [line for line in capfd.readouterr().err.splitlines() if "its server" in line]
        assert len(lines) == bool(said)
        assert all(said in line for line in lines)


def test_a_gateway_at_home_is_bounded_by_what_it_reports(tmp_path: Path) -> None:
    with BillingServer("answers") as server:
        command = model_at(tmp_path, server, concurrency=4)
        server.cost = 0.5
        assert main([*command, "--max-cost", "3.2"]) == 1
        assert server.requests <= 6
        assert run_json(tmp_path)["spent"]["paid"]["known_usd"] == server.requests * 0.5
