"""Whole runs against the loopback server: jittered pictures, failing vendors, keys that stay secret."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from pointbench.cli import main
from pointbench.testing import Vendors
from pointbench.testing.suites import marked_suite
from pointbench.testing.vendors import FAULTS, Weather

pytestmark = pytest.mark.skipif(
    "openai" not in registry.entry_points(), reason="no vendor's adapter is installed"
)
KEY = "sk-planted-key-7f3a91"
MODELS = ("gpt-4o", "sonnet", "gemini", "moondream-3", "molmo-7b")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    # Large enough for the coarsest step here: a tenth of a percent of 1920 px, and jittered.
    marked_suite(root, count=4, marks=(24, 40))
    return root


def point_at(server: Vendors, patch: pytest.MonkeyPatch) -> None:
    for prefix, vendor in {
        "OPENAI": "openai",
        "ANTHROPIC": "anthropic",
        "GEMINI": "google",
        "MOONDREAM": "moondream",
    }.items():
        patch.setenv(f"{prefix}_BASE_URL", server.base_url(vendor))
        patch.setenv(f"{prefix}_API_KEY", KEY)
    patch.setenv("REPLICATE_BASE_URL", server.base_url("replicate"))
    patch.setenv("REPLICATE_API_TOKEN", KEY)


def run(data: Path, models: tuple[str, ...], name: str, *options: str) -> int:
    model_options = [word for model in models for word in ("-m", model)]
    where = ["--data", str(data), "--out", str(data.parent / "results"), "--name", name]
    return main(["run", *model_options, "-s", "marks", *where, "--quiet", *options])


def records(data: Path, name: str) -> list[dict[str, Any]]:
    lines = (data.parent / "results" / name / "trials.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_every_vendor_hits_every_mark_jittered_or_not(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors(polls=0) as server:
        point_at(server, monkeypatch)
        assert run(data, MODELS, "quiet", "--variants", "as-is,jittered") == 0
    outcomes = Counter(
        (record["model"], record["variant"], record["outcome"]) for record in records(data, "quiet")
    )
    assert len(outcomes) == 2 * len(MODELS)
    assert set(outcomes.values()) == {4}
    assert {outcome for _, _, outcome in outcomes} == {"hit"}


def test_vendors_that_fail_in_every_way_leave_the_same_answers(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A hang takes seconds to time out; the engine's fault tests cover it.
    kinds = [kind for kind in FAULTS if kind != "hang"]
    with Vendors(polls=0, weather=Weather(0.5, kinds, seed=0, after=0.01)) as server:
        point_at(server, monkeypatch)
        run(data, ("gpt-4o", "gemini"), "stormy")
        failed = Counter(call.fault for call in server.log if call.fault)
    assert failed
    final = {record["key"]: record for record in records(data, "stormy")}
    assert len(final) == 8
    assert {record["outcome"] for record in final.values()} <= {"hit", "error"}
    answered = [key for key, record in final.items() if record["outcome"] == "hit"]
    lines = Counter(record["key"] for record in records(data, "stormy"))
    assert all(lines[key] == 1 for key in answered)


def test_a_planted_key_is_in_no_file_and_no_word(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors(polls=0) as server:
        point_at(server, monkeypatch)
        for vendor in ("openai", "anthropic", "google", "moondream", "replicate"):
            server.play(vendor, *["401-echo"] * 4)
        assert run(data, MODELS, "leaky") == 1
        sent = Counter(KEY in str(dict(call.headers)) for call in server.log)
    assert sent[True] == len(MODELS) * 4
    printed = capsys.readouterr()
    assert KEY not in printed.out + printed.err
    files = [path for path in (data.parent / "results").rglob("*") if path.is_file()]
    assert len(files) >= 5
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
    assert {record["outcome"] for record in records(data, "leaky")} == {"error"}


def test_a_vendors_key_never_reaches_a_host_from_settings(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors() as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("MOONDREAM_API_KEY", KEY)
        elsewhere = server.base_url("compatible"), server.base_url("station")
        models = (
            f"openai/my-model?base_url={elsewhere[0]}",
            f"moondream/moondream3-preview?base_url={elsewhere[1]}",
        )
        assert run(data, models, "elsewhere") == 0
        assert {call.vendor for call in server.log} == {"compatible", "station"}
        assert not any(KEY in str(dict(call.headers)) for call in server.log)


def test_the_misses_of_a_wrong_profile_say_which_frame_would_fit(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors() as server:
        model = f"openai/Qwen/Qwen3-VL-8B?base_url={server.base_url('compatible')}&profile="
        options = ("-n", "2", "--variants", "as-is,jittered")
        assert run(data, (f"{model}qwen2.5-vl", f"{model}qwen3-vl"), "frames", *options) == 0
    folder = data.parent / "results" / "frames"
    models = json.loads((folder / "summary.json").read_text())["models"]
    misfits = {label: model["misfit"] for label, model in models.items() if model["misfit"]}
    (label,) = misfits
    assert "qwen2.5-vl" in label
    warning = "100% of these misses would be hits read as 0-1000"
    assert misfits[label]["sentence"].startswith(warning)
    assert main(["report", str(folder), "--format", "markdown"]) == 0
    assert warning in capsys.readouterr().out
