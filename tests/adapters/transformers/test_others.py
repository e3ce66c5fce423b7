"""Models that also hear and speak, and models whose limits for pictures are of another kind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.transformers.adapter import TransformersAdapter
from pointbench.errors import UsageError
from tests.adapters.transformers.test_adapter import ask_for, run, shots
from tests.conftest import Command, DataRoot

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_others",
    reason="needs torch and transformers: pip install 'pointbench[hf]'",
)
if not tiny.TORCHVISION:
    pytest.skip("needs a torchvision that can be imported", allow_module_level=True)

__all__ = ["shots"]


@pytest.mark.parametrize("family", tiny.OMNI)
def test_what_else_a_model_can_do_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: DataRoot, inline: Command, family: str
) -> None:
    monkeypatch.chdir(tmp_path)
    model: Any = tiny.save(family, tmp_path / family)
    trials = run(inline, shots, f"transformers/{family}?max_tokens=4&temperature=0&profile=holo")
    assert [trial["error"] for trial in trials] == [None, None]
    assert all(trial["reply"]["output_tokens"] == 4 for trial in trials)
    adapter: Any = TransformersAdapter(family, {})
    loaded = adapter._loaded.model.state_dict()
    saved = getattr(model, "thinker", model).state_dict()
    assert saved.keys() == loaded.keys()
    assert all(loaded[name].equal(weights) for name, weights in saved.items())


@pytest.mark.parametrize(
    ("family", "profile", "sent"),
    [("glm46v", "glm-4.5v", (640, 360)), ("kimi_k25", "kimi", (616, 336))],
)
def test_what_only_the_configuration_names_gets_its_profile(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shots: DataRoot,
    inline: Command,
    family: str,
    profile: str,
    sent: tuple[int, int],
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.save(family, tmp_path / "mine")
    for trial in run(inline, shots, "transformers/mine?max_tokens=4"):
        assert trial["error"] is None
        assert (trial["sent"]["width"], trial["sent"]["height"]) == sent
    info = json.loads(Path("results/r/run.json").read_text(encoding="utf-8"))
    assert info["models"][0]["profile"]["name"] == profile


def test_max_pixels_are_those_of_one_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: DataRoot
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.save("glm46v", tmp_path / "glm")
    request = ask_for("transformers/glm", shots, "dark")
    # 640x360 is 644x364 in whole patches, 299 tokens; 100,000 pixels are 127 tokens.
    whole, small = (
        TransformersAdapter("glm", {"max_tokens": 1, **limit}).ask(request).input_tokens
        for limit in ({}, {"max_pixels": 100_000})
    )
    assert whole is not None
    assert small is not None
    assert 299 - 127 <= whole - small <= 299 - 100
    tiny.save("kimi_k25", tmp_path / "kimi")
    with pytest.raises(UsageError, match=r"^transformers/kimi: Kimi_K25ImageProcessor has no min_"):
        TransformersAdapter("kimi", {"max_pixels": 1_000_000})


def test_pixels_of_a_padded_picture_are_those_of_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: DataRoot, inline: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.save("kimi_k25", tmp_path / "kimi")
    trials = run(inline, shots, "transformers/kimi?max_tokens=2&profile=pixel")
    assert [trial["error"] for trial in trials] == [None, None]


def test_a_model_that_only_hears_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.save("qwen2_audio", tmp_path / "ear")
    with pytest.raises(UsageError, match=r"^transformers/ear takes no pictures: its Qwen2AudioPro"):
        TransformersAdapter("ear", {})
