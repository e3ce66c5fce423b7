"""``pointbench gate`` from the command line: asking until decided, refusing, resuming, output."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from operator import le
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pointbench.cli.schema import schema
from pointbench.runs import read_run_info
from tests.conftest import Command, DataRoot, environment
from tests.engine.gate.pointer_server import Answer, PointerServer, grid_suite, replies

N = 100

Gate = Callable[..., tuple[int, dict[str, Any]]]


def old_hit(number: int) -> bool:
    return number % 4 != 0


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data root and a stored run ``old``: 100 targets, 75 of them hit, and 3 absent ones."""
    folder = tmp_path_factory.mktemp("stored")
    grid_suite(DataRoot(folder / "data"), N, absent=3)
    path = replies(folder, N, old_hit)
    command = ["score", path.name, "-s", "grid", "--profile", "pixel", "--data", "data"]
    subprocess.run(
        [sys.executable, "-m", "pointbench", *command, "--name", "old"],
        cwd=folder, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return folder


@pytest.fixture
def stored(made_once: Path, tmp_path: Path) -> Path:
    """The same in this test's folder; the path of its results."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "results"


def store(
    inline: Command,
    folder: Path,
    root: DataRoot,
    targets: int,
    hit: Answer = old_hit,
    *,
    name: str = "old",
    repeats: int = 1,
) -> None:
    path = replies(folder, targets, hit, repeats=repeats)
    done = inline(
        "score", path, "-s", "grid", "--profile", "pixel", "--data", root.path, "--name", name
    )
    assert done.returncode in (0, 1), done.stderr


@pytest.fixture
def gate(inline: Command, tmp_path: Path) -> Gate:
    """Gates the model of a server against ``old`` with a margin of 5 points; exit status and JSON."""

    def run(server: PointerServer, *words: str, against: str = "old") -> tuple[int, dict[str, Any]]:
        server.configure(tmp_path)
        # `score` asks nothing, and keeps no data root.
        options = [
            "--margin",
            "0.05",
            "--concurrency",
            "4",
            "-q",
            "--json",
            "--data",
            "data",
            *words,
        ]
        done = inline("gate", "-m", "pointer", "--against", against, *options)
        assert done.stdout, done.stderr
        result = json.loads(done.stdout)
        result["stderr"] = done.stderr
        return done.returncode, result

    return run


def run_json(results: Path, name: str) -> dict[str, Any]:
    info: dict[str, Any] = json.loads((results / name / "run.json").read_text())
    return info


def lines_of(results: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (results / name / "trials.jsonl").read_text().splitlines()]


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text()


def test_an_unchanged_model_passes_with_a_part_of_the_clicks(gate: Gate, stored: Path) -> None:
    with PointerServer(old_hit) as server:
        status, result = gate(server, "--name", "new")
    assert (status, result["verdict"], result["reason"]) == (0, "pass", None)
    assert (result["targets"], result["saved"]) == (N, N - result["asked"])
    assert result["clicks"] <= result["asked"] <= result["clicks"] + 3
    assert result["asked"] == server.requests == len(lines_of(stored, "new")) < N
    assert result["difference"]["value"] == 0.0
    assert -0.05 <= result["difference"]["low"] <= 0 <= result["difference"]["high"]
    assert result["left_out"] == {
        "present": N, "unanswered": 0, "changed": 0, "absent": 3, "other_trials": 0,
    }  # fmt: skip
    info = run_json(stored, "new")
    jsonschema.validate(info, schema("run"))
    assert (info["kind"], info["state"], info["gate"]["verdict"]) == ("gate", "complete", "pass")
    assert info["gate"]["decided_after"] == result["clicks"]
    assert (info["gate"]["seed"], info["gate"]["against"]["run"]) == ("drawn", "old")
    assert [row["order"] for row in lines_of(stored, "new")][:1] != []
    assert read_run_info(stored / "new").gate is not None


def test_a_model_that_lost_fails(gate: Gate, stored: Path) -> None:
    with PointerServer(lambda number: old_hit(number) and number % 3 != 1) as server:
        status, result = gate(server, "--name", "new")
    assert (status, result["verdict"]) == (1, "fail")
    assert result["difference"]["high"] < -0.05
    assert result["asked"] < N
    assert run_json(stored, "new")["gate"]["verdict"] == "fail"


def test_the_verdict_does_not_depend_on_what_arrives_first(gate: Gate, stored: Path) -> None:
    """Answers that lose are five times slower: as they arrive, 64 at once would pass too often."""
    wrong = set(range(1, N, 4))
    results = []
    for concurrency in ("1", "64"):
        with PointerServer(
            lambda number: old_hit(number) and number not in wrong,
            latency=lambda number: 0.015 if number in wrong else 0.003,
        ) as server:
            _, result = gate(
                server, "--seed", "7", "--margin", "0.12", "--concurrency", concurrency
            )
        assert result["asked"] == server.requests <= result["clicks"] + int(concurrency) - 1
        results.append((result["verdict"], result["clicks"], result["difference"]))
    assert results[0] == results[1]
    assert results[0][0] == "fail"


def test_two_gates_ask_in_different_orders_and_say_their_seed(gate: Gate, stored: Path) -> None:
    orders = []
    for name in ("one", "two"):
        with PointerServer(old_hit) as server:
            gate(server, "--name", name, "--concurrency", "1", "--margin", "0.4")
        orders.append(server.order)
    assert orders[0] != orders[1]
    assert run_json(stored, "one")["seed"] != run_json(stored, "two")["seed"]
    pinned = []
    for name in ("three", "four"):
        with PointerServer(old_hit) as server:
            words = ("--name", name, "--concurrency", "1", "--seed", "5", "--margin", "0.4")
            _, result = gate(server, *words)
        assert any("--seed" in note for note in result["notes"])
        pinned.append(server.order)
    assert pinned[0] == pinned[1]
    assert run_json(stored, "three")["gate"]["seed"] == "pinned"
    assert run_json(stored, "three")["seed"] == 5


def test_an_exact_tie_passes(inline: Command, tmp_path: Path, root: DataRoot, gate: Gate) -> None:
    grid_suite(root, 30)
    store(inline, tmp_path, root, 30, lambda _: True)
    for lost, verdict in ((3, "pass"), (4, "fail")):
        with PointerServer(partial(le, lost)) as server:
            _, result = gate(server, "--margin", "0.1", "--confidence", "0.999999999")
        assert result["verdict"] == verdict
        if verdict == "pass":
            # The 27th hit decides, whatever the targets after it are.
            assert result["clicks"] >= 27
            assert result["difference"]["low"] == pytest.approx(-0.1)


def test_errors_on_lost_targets_count_against_both_verdicts(
    inline: Command, tmp_path: Path, root: DataRoot, gate: Gate
) -> None:
    grid_suite(root, 60)
    store(inline, tmp_path, root, 60, lambda _: True)
    # Asked again one after another at the end, they are more than the errors in a row that stop a run.
    lost = set(range(3, 60, 5))
    with PointerServer(lambda number: None if number in lost else True) as server:
        status, result = gate(server, "--name", "new")
    # Left out, they would make a flawless model of it: 48 of 48.
    assert (status, result["verdict"], result["reason"]) == (1, "undecided", "errors")
    assert (result["asked"], result["errors"]) == (60, 12)
    assert result["difference"]["low"] == pytest.approx(-12 / 60)
    assert result["difference"]["high"] == 0.0
    assert all(server.asked[number] >= 3 for number in lost), "asked again, and again at the end"
    assert any("more than half the margin" in note for note in result["notes"])
    assert "pointbench gate --resume new" in result["stderr"]
    assert run_json(tmp_path / "results", "new")["state"] == "interrupted"

    with PointerServer(lambda _: True) as healed:
        healed.configure(tmp_path)
        done = inline("gate", "--resume", "new", "--json", "-q")
    assert 0 < sum(healed.asked.values()) <= 12
    assert json.loads(done.stdout)["verdict"] == "pass"
    assert done.returncode == 0


def test_an_error_that_passes_is_asked_again_and_costs_no_verdict(gate: Gate, stored: Path) -> None:
    failed: set[int] = set()

    def flaky(number: int) -> bool | None:
        if number % 3 == 1 and number not in failed:
            failed.add(number)
            return None
        return old_hit(number)

    with PointerServer(flaky) as server:
        status, result = gate(server, "--name", "new")
    # An error that was in flight when the verdict fell is none of the verdict's.
    assert (status, result["verdict"], result["errors"]) == (0, "pass", 0)
    assert len(failed) > 3
    rows = lines_of(stored, "new")
    answered = {row["order"] for row in rows if row["outcome"] != "error"}
    assert answered >= set(range(result["clicks"]))


def test_a_server_that_is_down_stops_the_gate_and_resuming_finishes_it(
    inline: Command, tmp_path: Path, gate: Gate, stored: Path
) -> None:
    with PointerServer(lambda _: None) as server:
        status, result = gate(server, "--name", "new")
    assert (status, result["verdict"], result["reason"]) == (1, "undecided", "stopped")
    assert server.requests < 30
    with PointerServer(old_hit) as server:
        server.configure(tmp_path)
        done = inline("run", "--resume", "new", "-q", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"], result["errors"]) == (0, "pass", 0)


def test_max_cost_leaves_it_undecided_with_both_bounds(
    inline: Command, tmp_path: Path, gate: Gate, stored: Path
) -> None:
    with PointerServer(old_hit) as server:
        status, result = gate(server, "--name", "new", "--max-cost", "0.5")
        assert (status, result["verdict"], result["reason"]) == (1, "undecided", "max-cost")
        assert 0 < result["clicks"] <= 25
        assert -1 < result["difference"]["low"] < -0.05 < result["difference"]["high"] < 1
        assert "Stopped by --max-cost" in result["sentence"]
        judged = inline("gate", "new")
        assert judged.stdout.startswith("undecided: Stopped after"), judged.stdout
        again = inline("gate", "--resume", "new", "-q")
        assert again.returncode == 1
        assert "higher --max-cost" in again.stderr
        done = inline("gate", "--resume", "new", "--max-cost", "none", "-q", "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "pass")
    asked = [row["target"] for row in lines_of(stored, "new")]
    assert len(asked) == len(set(asked))


def test_resuming_needs_neither_the_stored_run_nor_another_option(
    inline: Command, tmp_path: Path, gate: Gate, stored: Path
) -> None:
    with PointerServer(old_hit) as server:
        gate(server, "--name", "new", "--max-cost", "0.5")
        (stored / "old").rename(tmp_path / "elsewhere")
        done = inline("gate", "--resume", "new", "--max-cost", "none", "-q", "--json")
        requests = server.requests
        assert json.loads(done.stdout)["verdict"] == "pass"
        again = inline("gate", "--resume", "new", "-q", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["clicks"] == json.loads(done.stdout)["clicks"]
    assert server.requests == requests, "a decided gate asks nothing"


def test_kill_9_and_resume_give_the_same_verdict(
    inline: Command, tmp_path: Path, gate: Gate, stored: Path
) -> None:
    lost = {1, 5, 9, 26}

    def answer(number: int) -> bool:
        return old_hit(number) and number not in lost

    with PointerServer(answer) as server:
        _, undisturbed = gate(server, "--seed", "11", "--margin", "0.1")
    with PointerServer(answer, latency=lambda _: 0.02) as server:
        server.configure(tmp_path)
        command = [
            sys.executable, "-m", "pointbench", "gate", "-m", "pointer", "--against", "old",
            "--margin", "0.1", "--concurrency", "4", "-q", "--seed", "11", "--name", "killed",
            "--data", "data",
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        journal = stored / "killed" / "trials.jsonl"
        while process.poll() is None and not (
            journal.exists() and journal.read_bytes().count(b"\n") >= 8
        ):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = journal.read_bytes()
        assert run_json(stored, "killed")["gate"]["verdict"] is None
        done = inline("gate", "--resume", "killed", "-q", "--json")
    result = json.loads(done.stdout)
    assert journal.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    for key in ("verdict", "clicks", "difference"):
        assert result[key] == undisturbed[key]


def test_an_interrupt_says_how_to_resume(tmp_path: Path, gate: Gate, stored: Path) -> None:
    with PointerServer(old_hit, latency=lambda _: 0.05) as server:
        server.configure(tmp_path)
        process = subprocess.Popen(
            [
                sys.executable, "-m", "pointbench", "gate", "-m", "pointer", "--against", "old",
                "--name", "new", "--junit", "gate.xml", "--data", "data",
            ],
            cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while server.requests < 5 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "undecided: Interrupted after" in out
    assert "resume with `pointbench gate --resume new`" in err
    assert "<error " in (tmp_path / "gate.xml").read_text()


def test_a_service_that_changes_during_the_gate_is_said(gate: Gate, stored: Path) -> None:
    with PointerServer(
        old_hit, served=lambda request: "gpt-4o-2024-08-06" if request < 10 else "gpt-4o-2024-11-20"
    ) as server:
        status, result = gate(server, "--name", "new")
    assert (status, result["verdict"], result["reason"]) == (1, "undecided", "service")
    assert server.requests < 20
    assert "start a new one" in result["stderr"]
    assert result["served"] == ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"]
    assert run_json(stored, "new")["gate"]["verdict"] is None


def test_changed_and_unanswered_targets_stay_out_and_are_counted(
    inline: Command, tmp_path: Path, root: DataRoot, gate: Gate
) -> None:
    grid_suite(root, N, absent=2)
    store(inline, tmp_path, root, N, lambda number: None if number < 5 else old_hit(number))
    annotation = next((root.path / "targets" / "grid").glob("*.json"))
    content = json.loads(annotation.read_text())
    content["targets"][10]["box"][0] += 1
    content["targets"][11]["instruction"] = "Click square 11. It is new."
    content["targets"][12]["tags"] = ["odd"]  # decides no answer
    del content["targets"][13]
    annotation.write_text(json.dumps(content))
    with PointerServer(old_hit) as server:
        status, result = gate(server, "--name", "new", "--margin", "0.2")
    assert status == 0
    assert result["left_out"] == {
        "present": N, "unanswered": 5, "changed": 3, "absent": 2, "other_trials": 0,
    }  # fmt: skip
    assert result["targets"] == N - 8
    asked = {json.loads(line)["id"] for line in _lines(tmp_path / "results/new/targets.jsonl")}
    assert asked == {f"t{n:04d}" for n in range(5, N)} - {"t0010", "t0011", "t0013"}
    note = next(note for note in result["notes"] if note.startswith("Compared"))
    assert "92 of the 100 present targets of old" in note
    assert "5 without an answer there, 3 changed since" in note
    assert "2 absent targets" in note


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_replaced_picture_is_a_change(
    inline: Command, tmp_path: Path, root: DataRoot, stored: Path, gate: Gate
) -> None:
    annotation = json.loads((root.path / "targets/grid/shot.json").read_text())
    root.screenshot(
        "grid", "shot", annotation["targets"], size=(annotation["width"], annotation["height"]),
        color="gray",
    )  # fmt: skip
    with PointerServer(old_hit) as server:
        server.configure(tmp_path)
        done = inline("gate", "-m", "pointer", "--against", "old", "--data", "data")
    assert done.returncode == 2
    assert (
        "none of its 100 present targets can be compared: 0 have no answer there and 100"
        in done.stderr
    )
    assert server.requests == 0


def test_jittered_and_reworded_trials_are_not_compared(
    inline: Command, tmp_path: Path, root: DataRoot, gate: Gate
) -> None:
    grid_suite(root, 30)
    done = inline(
        "run", "-m", "simulated/a", "-s", "grid", "--variants", "as-is,jittered", "-n", "2",
        "--data", root.path, "--name", "old", "-q",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with PointerServer(lambda _: True) as server:
        _, result = gate(server, "--margin", "0.1")
    assert result["left_out"]["other_trials"] == 60
    assert result["unchanged_fails"] == {"chance": 0.0, "unstable": 0.0, "from": "repeats"}
    assert any("old answered 2 times" in note for note in result["notes"])


def test_repeats_of_the_stored_run_are_averaged(
    inline: Command, tmp_path: Path, root: DataRoot, gate: Gate
) -> None:
    grid_suite(root, 40)
    # Each target is hit in two repeats of three.
    store(inline, tmp_path, root, 40, lambda n: (n + n // 40) % 3 != 0, repeats=3)
    with PointerServer(lambda number: number % 3 != 0) as server:
        _, forecast = gate(server, "--dry-run")
        _, result = gate(server, "--name", "new", "--confidence", "0.999999999")
    assert "unchanged, 66.7 % flip (as its repeats)" in [s["truth"] for s in forecast["scenarios"]]
    assert forecast["unchanged_fails"] == result["unchanged_fails"]["chance"]
    assert set(run_json(tmp_path / "results", "new")["gate"]["old"]) == {2 / 3}
    assert result["old_rate"] == pytest.approx(2 / 3)
    assert result["unchanged_fails"]["unstable"] == pytest.approx(2 / 3)
    assert result["verdict"] == "pass"


def test_the_model_of_the_stored_run_is_named_or_bears_the_label(
    inline: Command, tmp_path: Path, root: DataRoot
) -> None:
    grid_suite(root, 20)
    run = ["run", "-s", "grid", "--data", root.path, "-q"]
    assert inline(*run, "-m", "simulated/a", "-m", "simulated/b", "--name", "two").returncode == 0
    gate = ["gate", "-q", "--json", "--margin", "0.2"]
    refused = inline(*gate, "-m", "simulated/c", "--against", "two")
    assert refused.returncode == 2
    assert "write two:MODEL with one of simulated/a, simulated/b" in refused.stderr
    unknown = inline(*gate, "-m", "simulated/c", "--against", "two:simulated/x")
    assert unknown.returncode == 2
    assert "run two has no model 'simulated/x'" in unknown.stderr
    named = inline(*gate, "-m", "simulated/c", "--against", "two:simulated/b")
    assert json.loads(named.stdout)["against"]["model"] == "simulated/b"
    same = inline(*gate, "-m", "simulated/a", "--against", f"{tmp_path}/results/two", "--name", "g")
    assert json.loads(same.stdout)["against"]["model"] == "simulated/a"
    command = run_json(tmp_path / "results", "g")["command"]
    assert command == "pointbench gate -m simulated/a --against two:simulated/a --margin 0.2"


def test_a_suite_restricts_the_targets(inline: Command, tmp_path: Path, root: DataRoot) -> None:
    grid_suite(root, 20)
    grid_suite(root, 30, "other")
    inline(
        "run", "-m", "simulated/a", "-s", "grid", "-s", "other", "--data", root.path, "--name", "old",
        "-q",
    )  # fmt: skip
    gate = ["gate", "-m", "simulated/b", "--against", "old", "--margin", "0.2", "-q", "--json"]
    assert json.loads(inline(*gate).stdout)["targets"] == 50
    assert json.loads(inline(*gate, "-s", "other", "--name", "g").stdout)["targets"] == 30
    assert [suite["name"] for suite in run_json(tmp_path / "results", "g")["suites"]] == ["other"]
    refused = inline(*gate, "-s", "third")
    assert refused.returncode == 2
    assert "run old has no present target of that suite; it has grid, other" in refused.stderr


def test_a_minimum_hit_rate_needs_no_stored_run(
    inline: Command, tmp_path: Path, root: DataRoot
) -> None:
    grid_suite(root, N, absent=4)
    with PointerServer(old_hit) as server:
        server.configure(tmp_path)
        gate = ["gate", "-m", "pointer", "-s", "grid", "--data", root.path, "-q", "--json"]
        passed = inline(*gate, "--min-hit-rate", "0.5", "--name", "low")
        failed = inline(*gate, "--min-hit-rate", "0.95")
    low, high = json.loads(passed.stdout), json.loads(failed.stdout)
    assert (passed.returncode, low["verdict"], low["targets"]) == (0, "pass", N)
    assert low["rate"]["low"] >= 0.5
    assert (failed.returncode, high["verdict"]) == (1, "fail")
    assert high["rate"]["high"] < 0.95
    assert low["difference"] is low["unchanged_fails"] is low["against"] is None
    assert run_json(tmp_path / "results", "low")["gate"]["old"] == []


def test_both_claims_at_once(gate: Gate, stored: Path) -> None:
    with PointerServer(old_hit) as server:
        status, result = gate(server, "--min-hit-rate", "0.6")
        assert (status, result["verdict"]) == (0, "pass")
        assert result["rate"]["low"] >= 0.6
        status, result = gate(server, "--min-hit-rate", "0.95")
    assert (status, result["verdict"]) == (1, "fail")
    # The model is unchanged: only the minimum is refuted, so nothing is said of the margin.
    assert result["sentence"].endswith("would hit less than 95 %.")
    assert "lower" not in result["sentence"]


def test_earlier_gates_of_the_pair_are_named(gate: Gate, stored: Path) -> None:
    with PointerServer(old_hit) as server:
        assert gate(server, "--margin", "0.3")[1]["earlier"] == {}
        assert gate(server, "--margin", "0.3")[1]["earlier"] == {"pass": 1}
        gate(server, "--max-cost", "0.3")
        result = gate(server, "--margin", "0.3")[1]
    assert result["earlier"] == {"pass": 2, "undecided": 1}
    assert any("Earlier gates of this pair: 3 (2 pass, 1 undecided)" in n for n in result["notes"])


def test_another_model_under_the_same_name_is_another_pair(
    inline: Command, gate: Gate, stored: Path, tmp_path: Path
) -> None:
    with PointerServer(old_hit) as server:
        assert gate(server, "--margin", "0.3")[1]["earlier"] == {}
        server.configure(tmp_path, model='"openai/another-pointer"')
        words = ("--against", "old", "--margin", "0.3", "--data", "data", "-q", "--json")
        done = inline("gate", "-m", "pointer", *words)
    assert json.loads(done.stdout)["earlier"] == {}, done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "gate needs -m MODEL, or the RUN to judge"),
        (("-m", "simulated/a"), "gate needs --against RUN to compare with, or --min-hit-rate P"),
        (("-m", "simulated/a", "-m", "simulated/b", "--against", "old"), "one -m MODEL"),
        (("-m", "simulated/a", "--against", "gone"), "no run 'gone'"),
        (("-m", "simulated/a", "--margin", "0.1", "--min-hit-rate", "0.5"), "needs --against"),
        (("-m", "simulated/a", "--against", "old", "--margin", "1"), "every model would pass"),
        (("-m", "simulated/a", "--against", "old", "--margin", "2"), "not a number from 0 to 1"),
        (("-m", "simulated/a", "--min-hit-rate", "0"), "every model would pass"),
        (("-m", "simulated/a", "--against", "old", "--confidence", "1"), "above 0 and below 1"),
        (
            ("-m", "simulated/a", "--against", "old", "--margin", "0.8", "--data", "data"),
            "hit only 75 of these 100",
        ),
        (("-m", "simulated/a", "--against", "old", "--reuse", "old"), "before the order of asking"),
        (("-m", "simulated/a", "--against", "old", "--variants", "jittered"), "unchanged pictures"),
        (("-m", "simulated/a", "--against", "old", "-n", "2"), "asked once"),
        (("-m", "simulated/a", "--against", "old", "--shard", "1/2"), "answers of one order"),
        (("-m", "simulated/a", "--against", "old", "--batch"), "saves no click"),
        (("-m", "simulated/a", "--against", "old", "--limit", "5"), "--max-cost bounds it"),
        (("-m", "simulated/a", "--against", "old", "--where", "kind=icon"), "restricts them"),
        (("-m", "simulated/a", "--against", "old", "--junit", "no/such.xml"), "create it first"),
        (("old", "--against", "old"), "compared with itself"),
        (("old",), "gate needs --against RUN"),
        (
            ("old", "--against", "old", "-m", "simulated/a"),
            "gate RUN asks nothing; leave out --model",
        ),
        (("--resume", "old"), "was made by `score`, not by `gate`"),
        (("--resume", "old", "--margin", "0.1"), "leave out --margin"),
        (("--resume", "old", "--seed", "1"), "leave out --seed"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    inline: Command, stored: Path, root: DataRoot, words: tuple[str, ...], says: str
) -> None:
    done = inline("gate", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in stored.iterdir()) == ["old"]


def test_a_streak_and_a_part_of_a_gate_are_no_runs_to_compare_with(
    inline: Command, tmp_path: Path, root: DataRoot, stored: Path, gate: Gate
) -> None:
    options = ["-s", "grid", "--data", root.path, "--name", "streak", "-q"]
    inline("streak", "-m", "simulated/a", "--goal", "3", *options)
    done = inline("gate", "-m", "simulated/a", "--against", "streak")
    assert (done.returncode, "made by `streak`" in done.stderr) == (2, True)
    with PointerServer(old_hit) as server:
        gate(server, "--name", "part")
    done = inline("gate", "-m", "simulated/a", "--against", "part")
    assert done.returncode == 2
    assert "run part is part of a gate" in done.stderr
    assert "such as old" in done.stderr


def test_a_damaged_gate_is_refused_in_one_line(inline: Command, gate: Gate, stored: Path) -> None:
    with PointerServer(old_hit) as server:
        gate(server, "--name", "new", "--max-cost", "0.3")
    path = stored / "new" / "run.json"
    sound = json.loads(path.read_text())
    for change, says in (
        ({"old": sound["gate"]["old"][:-1]}, "99 verdicts to compare with on 100 targets"),
        ({"old": [2.0] * N}, "run.json is damaged"),
        ({"against": {**sound["gate"]["against"], "repeats": 1e308}}, "run.json is damaged"),
        ({"margin": None}, "no claim"),
        ({"against": None}, "a margin, but no run to compare with"),
    ):
        path.write_text(json.dumps({**sound, "gate": {**sound["gate"], **change}}))
        for words in (("gate", "--resume", "new"), ("gate", "new")):
            done = inline(*words)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert says in done.stderr
    path.write_text(json.dumps({**sound, "seed": sound["seed"] + 1}))
    for words in (("gate", "--resume", "new"), ("gate", "new")):
        done = inline(*words)
        assert done.returncode == 2
        assert "its run.json has changed" in done.stderr


def test_a_dry_run_says_what_it_would_take(inline: Command, tmp_path: Path, stored: Path) -> None:
    with PointerServer(old_hit) as server:
        server.configure(tmp_path)
        gate = [
            "gate",
            "-m",
            "pointer",
            "--against",
            "old",
            "--margin",
            "0.05",
            "--dry-run",
            "--data",
            "data",
        ]
        done, as_json = inline(*gate), inline(*gate, "--json")
    assert server.requests == 0
    assert done.returncode == 0
    assert "unchanged, 5 % of targets flip" in done.stdout
    assert "nothing was asked" in done.stdout
    forecast = json.loads(as_json.stdout)
    assert [one["truth"] for one in forecast["scenarios"]] == [
        "unchanged, 1 % of targets flip", "unchanged, 5 % of targets flip",
        "unchanged, 15 % of targets flip", "5 points lower",
    ]  # fmt: skip
    for one in forecast["scenarios"]:
        assert 5 < one["clicks"] <= one["clicks_90"] + 20 <= N + 20
        assert one["cost_usd"] == pytest.approx(forecast["cost_usd"] * one["clicks"] / N)
    assert forecast["scenarios"][2]["fails"] > forecast["scenarios"][0]["fails"]
    assert sorted(path.name for path in stored.iterdir()) == ["old"]
    minimum = inline(
        "gate",
        "-m",
        "pointer",
        "-s",
        "grid",
        "--min-hit-rate",
        "0.6",
        "--dry-run",
        "--data",
        "data",
    )
    assert "5 points above the minimum" in minimum.stdout


def test_its_run_is_an_ordinary_one_without_a_rank(
    inline: Command, gate: Gate, stored: Path
) -> None:
    with PointerServer(old_hit) as server:
        _, result = gate(server, "--name", "new")
    part = f"part of a gate: {result['asked']} of 100 targets asked"
    for words in (
        ("report", "new"),
        ("report", "old", "new"),
        ("compare", "old", "new"),
        ("cite", "new"),
    ):
        done = inline(*words)
        assert done.returncode == 0, done.stderr
        assert part in " ".join(done.stdout.split()), words
    summary = json.loads((stored / "new" / "summary.json").read_text())
    assert summary["models"]["pointer"]["rank"] is None
    compared = json.loads(inline("compare", "old", "new", "--json").stdout)
    assert [model["rank"] is None for model in compared["models"].values()] == [False, True]
    assert "pass: Asked on all 100 targets, pointer would score" in page_of(stored / "new")
    assert inline("rescore", "new").returncode == 0
    again = stored / "new-rescored"
    for file in ("trials.jsonl", "summary.json"):
        assert (again / file).read_bytes() == (stored / "new" / file).read_bytes()
    done = inline("gate", "new-rescored", "--json")
    assert json.loads(done.stdout)["verdict"] == "pass"


@pytest.mark.parametrize("width", ["80", "120"])
def test_nothing_is_wider_than_the_terminal(
    inline: Command, tmp_path: Path, stored: Path, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    with PointerServer(old_hit) as server:
        server.configure(tmp_path)
        gate = [
            "gate",
            "-m",
            "pointer",
            "--against",
            "old",
            "--margin",
            "0.05",
            "--min-hit-rate",
            "0.5",
            "--data",
            "data",
        ]
        shown = inline(*gate, "-q").stdout + inline(*gate, "--dry-run").stdout
    assert max(map(len, shown.splitlines())) <= int(width)


def test_no_file_names_a_folder_of_this_machine(
    inline: Command, tmp_path: Path, gate: Gate, stored: Path
) -> None:
    with PointerServer(old_hit) as server:
        gate(server, "--name", "new", "--junit", "gate.xml", against=str(stored / "old"))
    assert run_json(stored, "new")["command"].endswith("--against old --margin 0.05")
    texts = [path.read_text() for path in (stored / "new").iterdir() if path.is_file()]
    texts.append((tmp_path / "gate.xml").read_text())
    assert all(str(tmp_path) not in text for text in texts)
