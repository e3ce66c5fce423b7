"""Models that also hear and speak are loaded without their voice, and answer in text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.transformers.adapter import TransformersAdapter
from tests.adapters.transformers.test_adapter import run, shots
from tests.conftest import Command, DataRoot

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_omni",
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
