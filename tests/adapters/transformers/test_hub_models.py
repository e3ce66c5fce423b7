"""Models of the hub: what was downloaded decides how they are asked, not what they are called."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.registry import resolve
from pointbench.adapters.transformers.adapter import TransformersAdapter
from pointbench.errors import GiveUp
from pointbench.geometry import Size
from pointbench.settings import Config
from tests.adapters.transformers.test_adapter import ask_for
from tests.conftest import Command, DataRoot

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_checkpoints",
    reason="needs torch and transformers: pip install 'pointbench[hf]'",
)

COMMIT = "a" * 40
SMALL = {"shortest_edge": 3136, "longest_edge": 1_003_520}
"""The limits of a processor that was saved without limits of its own."""

Publish = Callable[..., Path]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not tiny.TORCHVISION:
        pytest.skip("needs a torchvision that can be imported")
    folder: Path = tiny.save("qwen2_5_vl", tmp_path_factory.mktemp("saved"))
    return folder


@pytest.fixture
def publish(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Puts a Qwen2.5-VL checkpoint of a megabyte into a hub cache under any name."""
    monkeypatch.chdir(tmp_path)
    cache = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))

    def put(name: str, size: dict[str, int] | None = None, **config: object) -> Path:
        home = cache / f"models--{name.replace('/', '--')}"
        snapshot = home / "snapshots" / COMMIT
        shutil.copytree(saved, snapshot)
        (home / "refs").mkdir()
        (home / "refs" / "main").write_text(COMMIT)
        if size:
            change(snapshot / "processor_config.json", {"image_processor": {"size": size}})
        if config:
            change(snapshot / "config.json", config)
        return snapshot

    return put


def change(file: Path, new: dict[str, Any]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    for key, value in new.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    file.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def screen(root: DataRoot) -> DataRoot:
    """One full-HD screenshot with one target."""
    target = {"id": "dark/square", "instruction": "Click the square.", "box": [20, 40, 60, 80]}
    root.screenshot("shots", "dark", [target], size=Size(1920, 1080), color="navy")
    return root


def trial_of(inline: Command, root: DataRoot, model: str) -> dict[str, Any]:
    inline("run", "-m", model, "-s", "shots", "--data", root.path, "--name", "r", "-q")
    line: dict[str, Any] = json.loads(Path("results/r/trials.jsonl").read_text(encoding="utf-8"))
    return line


@pytest.mark.parametrize(
    "name",
    [
        "nobody/qwen2.5-vl-tiny",
        "Hcompany/Holo1-7B",
        "xlangai/OpenCUA-7B",
        "ByteDance-Seed/UI-TARS-1.5-7B",
        "nobody/never-heard-of-it",
    ],
)
def test_whoever_is_asked_for_pixels_must_see_what_was_sent(
    publish: Publish, screen: DataRoot, inline: Command, name: str
) -> None:
    publish(name, SMALL)
    trial = trial_of(inline, screen, f"transformers/{name}?max_tokens=4")
    assert (trial["sent"]["width"], trial["sent"]["height"]) == (1932, 1092)
    assert trial["outcome"] == "error"
    message = trial["error"]["message"]
    assert "resizes the 1932x1092 sent to 1316x728" in message
    assert "set max_pixels=2109744 or more" in message


def test_its_mend_is_one(publish: Publish, screen: DataRoot, inline: Command) -> None:
    publish("Hcompany/Holo1-7B", SMALL)
    model = "transformers/Hcompany/Holo1-7B?max_tokens=4"
    message = trial_of(inline, screen, model)["error"]["message"]
    sizing = message.partition("sizing = ")[2].partition(")")[0]
    assert sizing == '"qwen-28-1280"'
    Path("pointbench.toml").write_text(
        f'[profiles.small]\nlike = "holo-1.5"\nsizing = {sizing}\n', encoding="utf-8"
    )
    shutil.rmtree("results")
    trial = trial_of(inline, screen, f"{model}&profile=small")
    assert trial["error"] is None
    assert (trial["sent"]["width"], trial["sent"]["height"]) == (1316, 728)


def test_limits_that_were_typed_are_held_to_the_same(
    publish: Publish, screen: DataRoot, inline: Command
) -> None:
    publish("Hcompany/Holo1-3B")
    small = "transformers/Hcompany/Holo1-3B?max_pixels=1003520&max_tokens=4"
    assert (
        "to 1316x728: set max_pixels=2109744" in trial_of(inline, screen, small)["error"]["message"]
    )


def test_a_profile_of_another_patch_is_refused_with_its_own(
    publish: Publish, screen: DataRoot, inline: Command
) -> None:
    publish("nobody/never-heard-of-it")
    model = "transformers/nobody/never-heard-of-it?max_tokens=4&profile=pixel"
    message = trial_of(inline, screen, model)["error"]["message"]
    assert "resizes the 1920x1080 sent to 1932x1092" in message
    assert "whole patches of 28 px (profile=qwen2.5-vl)" in message


def test_shares_of_the_sides_survive_any_resizing(
    publish: Publish, screen: DataRoot, inline: Command
) -> None:
    publish("nobody/never-heard-of-it", SMALL)
    model = "transformers/nobody/never-heard-of-it?max_tokens=4&profile=holo"
    assert trial_of(inline, screen, model)["error"] is None


def test_a_downloaded_model_is_asked_as_its_configuration_says(publish: Publish) -> None:
    def profile(name: str) -> str:
        return resolve(f"transformers/{name}", Config()).profile.name

    publish("nobody/finetune", model_type="glm46v")
    publish("nobody/qwen2.5-vl-grown-up", model_type="qwen3_vl")
    publish("nobody/broken").joinpath("config.json").write_text("[" * 100_000)
    assert profile("nobody/finetune") == "glm-4.5v"
    assert profile("nobody/qwen2.5-vl-grown-up") == "qwen3-vl"
    assert profile("nobody/broken") == "pixel"
    assert profile("nobody/was-never-downloaded") == "pixel"


def test_its_own_sampling_is_read_from_the_cache(publish: Publish) -> None:
    snapshot = publish("nobody/finetune")
    (snapshot / "generation_config.json").write_text('{"do_sample": true, "temperature": 0.3}')
    assert "temperature 0.3" in TransformersAdapter.facts("nobody/finetune", {}).description


def test_a_profile_guessed_before_the_download_is_not_used(
    publish: Publish, screen: DataRoot
) -> None:
    name = "nobody/comes-later"
    planned = resolve(f"transformers/{name}", Config())
    assert planned.profile.name == "pixel"
    publish(name)
    adapter = TransformersAdapter(name, {"max_tokens": 4})
    request = ask_for(f"transformers/{name}", screen, "dark")
    with pytest.raises(GiveUp, match=r"model type qwen2_5_vl and asked under profile qwen2\.5-vl"):
        adapter.ask(request)


def test_the_revision_is_the_one_whose_configuration_is_read(publish: Publish) -> None:
    publish("nobody/finetune", model_type="glm46v")
    facts = TransformersAdapter.facts("nobody/finetune", {"revision": COMMIT})
    assert facts.profile == "glm-4.5v"
    assert TransformersAdapter.facts("nobody/finetune", {"revision": "old"}).profile == "pixel"
