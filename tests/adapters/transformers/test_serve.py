"""The ``openai`` adapter against a server of another project: ``transformers serve``."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pointbench import Request
from pointbench.adapters.vendors.openai import OpenAIAdapter
from pointbench.errors import RetryLater
from pointbench.geometry import Size
from pointbench.pictures import prepare
from pointbench.profiles import find_profile
from tests.conftest import Command, DataRoot

# Read when the hub's client is imported: no test may contact the hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Read at the first use of CUDA: training here runs on the CPU.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_checkpoints",
    reason="needs torch and transformers: pip install 'pointbench[hf]'",
)
if not all(find_spec(package) for package in ("fastapi", "uvicorn")):
    pytest.skip("needs pip install 'transformers[serving]'", allow_module_level=True)

READY_S = 120.0
"""Seconds that the server may take to start."""

NAME = "tiny"
ANSWERS = {"dark": '{"x": 40, "y": 60}', "light": '{"x": 500, "y": 60}'}
"""Screenshot -> the answer that the served checkpoint was trained to give."""


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    """A dark and a light screen with a square each; both are asked for in the same words."""
    root = DataRoot(tmp_path_factory.mktemp("served") / "data")
    for stem, x in (("dark", 40), ("light", 500)):
        box = [x - 20, 40, x + 20, 80]
        target = {"id": f"{stem}/square", "instruction": "Click the square.", "box": box}
        color = "navy" if stem == "dark" else "white"
        root.screenshot("shots", stem, [target], size=(640, 360), color=color)
    return root


def request_for(root: DataRoot, stem: str, **settings: Any) -> Request:
    prompt = find_profile("pixel").render("Click the square.", 640, 360)
    picture = prepare(root.path / "screenshots" / "shots" / f"{stem}.png", Size(640, 360))
    return Request(prompt, picture, settings)


@pytest.fixture(scope="module")
def checkpoint(shots: DataRoot) -> Path:
    """A checkpoint trained in this process to locate the square of each picture."""
    from pointbench.adapters.transformers.asking import model_inputs
    from pointbench.adapters.transformers.families import Checkpoint
    from pointbench.adapters.transformers.loading import LoadSpec, shared_checkpoint

    folder: Path = tiny.save("idefics3", shots.path.parent / NAME)
    loaded = shared_checkpoint(LoadSpec(Checkpoint(NAME, folder, "idefics3")))
    questions = [model_inputs(loaded, request_for(shots, stem), {}) for stem in ANSWERS]
    tiny.memorize(loaded, list(zip(questions, ANSWERS.values(), strict=True)))
    loaded.model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def served(checkpoint: Path) -> Iterator[str]:
    """The base_url of a running server; its working folder holds the checkpoint."""
    folder = checkpoint.parent
    (folder / "hub").mkdir()
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(folder / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
    }
    if tiny.TORCHVISION_HELPED:
        # It needs no torchvision, but would not start with one that cannot be imported.
        (folder / "sitecustomize.py").write_text("import sys\nsys.modules['torchvision'] = None\n")
        environment["PYTHONPATH"] = str(folder)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [str(Path(sys.executable).parent / "transformers"), "serve", NAME]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*serve, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port, folder / "server.log")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the server did not come up: {log.read_text(errors='replace')[-2000:]}")


def run(
    inline: Command, root: DataRoot, model: str, *more: str
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """The finished command, and its trials in the order of their targets and repeats."""
    words = ("run", "-m", model, "-s", "shots", "--data", str(root.path), "--name", "r", "-q")
    done = inline(*words, *more)
    lines = Path("results/r/trials.jsonl").read_text(encoding="utf-8").splitlines()
    trials = map(json.loads, lines)
    return done, sorted(trials, key=lambda trial: (trial["target"], trial["repeat"]))


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_keys: object) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_hits_what_the_served_checkpoint_knows(
    shots: DataRoot, served: str, inline: Command
) -> None:
    # The picture first, as in training.
    model = f"openai/{NAME}?base_url={served}&temperature=0&max_tokens=40&picture_first=true"
    done, trials = run(inline, shots, model, "-n", "2")
    assert done.returncode == 0, done.stderr
    assert [trial["outcome"] for trial in trials] == ["hit"] * 4
    texts = [trial["reply"]["text"] for trial in trials]
    assert texts == [ANSWERS["dark"]] * 2 + [ANSWERS["light"]] * 2
    for trial in trials:
        reply = trial["reply"]
        assert reply["finish_reason"] == "stop"
        assert NAME in reply["model"]
        assert reply["input_tokens"] > 16
        assert reply["output_tokens"] > 5
        assert trial["attempts"] == 1


def test_an_answer_that_is_cut_off_is_no_point(
    shots: DataRoot, served: str, inline: Command
) -> None:
    model = f"openai/{NAME}?base_url={served}&temperature=0&max_tokens=4&picture_first=true"
    _, trials = run(inline, shots, model)
    assert {trial["outcome"] for trial in trials} == {"unparsed"}
    assert {trial["reply"]["finish_reason"] for trial in trials} == {"length"}
    assert {trial["reply"]["output_tokens"] for trial in trials} == {4}


def test_an_unknown_model_is_an_error_and_never_a_miss(
    shots: DataRoot, served: str, inline: Command
) -> None:
    done, trials = run(inline, shots, f"openai/another?base_url={served}&max_tokens=4&retries=0")
    assert done.returncode == 1
    assert {trial["outcome"] for trial in trials} == {"error"}
    assert all(trial["correct"] is None for trial in trials)
    assert all("another" in trial["error"]["message"] for trial in trials)


def test_the_connection_that_a_fault_closed_is_made_anew(shots: DataRoot, served: str) -> None:
    # This server answers ``stop`` with a 500 and closes the connection unannounced.
    adapter = OpenAIAdapter(NAME, {"base_url": served, "temperature": 0, "max_tokens": 40})
    good = request_for(shots, "dark", picture_first=True)
    bad = request_for(shots, "dark", picture_first=True, extra_body={"stop": ["x"]})
    try:
        assert adapter.ask(good).text == ANSWERS["dark"]
        with pytest.raises(RetryLater):
            adapter.ask(bad)
        for _ in range(3):
            try:
                reply = adapter.ask(good)
            except RetryLater:
                continue
            break
        assert reply.text == ANSWERS["dark"]
    finally:
        adapter.close()


def test_a_server_that_only_fails_is_an_error_and_never_a_miss(
    shots: DataRoot, served: str, inline: Command
) -> None:
    faulty = '{"stop":["x"]}'
    model = f"openai/{NAME}?base_url={served}&max_tokens=4&retries=1&extra_body={faulty}"
    done, trials = run(inline, shots, model)
    assert done.returncode == 1
    assert {trial["outcome"] for trial in trials} == {"error"}
    assert {trial["attempts"] for trial in trials} == {2}
