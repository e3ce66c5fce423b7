"""Facts known from a checkpoint's name and folder before it is loaded; needs no torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from pointbench.adapters.transformers.adapter import TransformersAdapter
from pointbench.adapters.transformers.families import FAMILIES, checkpoint_at
from pointbench.errors import UsageError
from pointbench.profiles import known_profiles
from pointbench.settings import Config


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def folder(path: Path, model_type: str = "idefics3", **files: dict[str, Any]) -> Path:
    """A checkpoint's folder with config files and empty weights."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps({"model_type": model_type}))
    (path / "model.safetensors").write_bytes(b"")
    for name, content in files.items():
        (path / f"{name}.json").write_text(json.dumps(content))
    return path


def test_every_family_names_a_profile_that_exists() -> None:
    assert {family.profile for family in FAMILIES.values()} <= set(known_profiles())


@pytest.mark.parametrize(
    ("name", "model_type", "profile"),
    [
        ("ckpt", "qwen2_vl", "qwen2-vl"),
        ("ckpt", "qwen2_5_vl", "qwen2.5-vl"),
        ("ckpt", "qwen3_vl_moe", "qwen3-vl"),
        ("ckpt", "molmo2", "molmo2"),
        ("ckpt", "florence2", "florence-2"),
        ("ckpt", "paligemma", "paligemma"),
        ("ckpt", "internvl", "internvl"),
        ("ckpt", "kosmos-2", "kosmos-2"),
        ("ckpt", "gemma3", "pixel"),
        ("ckpt", "gemma4", "gemini-point"),
        ("ckpt", "glm46v", "glm-4.5v"),
        ("ckpt", "glmga", "glm-4.5v"),
        ("ckpt", "glm5_next", "glm-5v"),
        ("ckpt", "kimi_k25", "kimi"),
        ("ckpt", "qwen2_5_omni", "qwen2.5-vl"),
        # How it points is not known, but the size that its processor makes is.
        ("ckpt", "hunyuan_vl", "pixel-32"),
        ("ckpt", "idefics3", "pixel"),
        ("ckpt", "a-type-of-next-year", "pixel"),
        # A fine-tune has the model type of its base: only its name tells them apart.
        ("UI-TARS-1.5-7B", "qwen2_5_vl", "ui-tars-1.5"),
        ("UI-TARS-7B-DPO", "qwen2_vl", "ui-tars-1"),
        ("GTA1-7B", "qwen2_5_vl", "gta1"),
        # A base model's name counts less than its model type.
        ("qwen2.5-vl-grown-up", "qwen3_vl", "qwen3-vl"),
        ("gpt-4o-distilled", "idefics3", "pixel"),
        ("llama-3-8b-mine", "idefics3", "pixel"),
        # A profile of its own although transformers knows the model type only by another name.
        ("GLM-4.6V-Flash", "glm46v", "glm-4.5v"),
        ("Fara1.5-9B", "qwen3_5", "qwen3-vl"),
        ("InfiGUI-G1-7B", "qwen2_5_vl", "qwen2.5-vl-json"),
    ],
)
def test_a_folder_is_asked_as_its_model_type_says(
    here: Path, name: str, model_type: str, profile: str
) -> None:
    folder(here / name, model_type)
    assert TransformersAdapter.facts(name, {}).profile == profile


@pytest.mark.parametrize(
    ("model_type", "evidence"),
    [
        ("qwen2_5_vl", "published"),
        ("qwen2_5_omni", "guess"),
        ("gemma4", "measured"),
        ("hunyuan_vl", "unknown"),
        ("idefics3", "unknown"),
    ],
)
def test_how_well_a_model_type_is_known(here: Path, model_type: str, evidence: str) -> None:
    folder(here / "ckpt", model_type)
    assert TransformersAdapter.facts("ckpt", {}).evidence == evidence


def test_a_model_type_that_cannot_point_is_refused_under_any_name(here: Path) -> None:
    folder(here / "ckpt", "kosmos-2.5")
    with pytest.raises(
        UsageError, match=r"^transformers/ckpt cannot be asked to point: Kosmos-2\.5"
    ):
        TransformersAdapter.facts("ckpt", {})


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("Qwen/Qwen2-VL-7B-Instruct", "qwen2-vl"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5-vl"),
        ("Qwen/Qwen3-VL-8B-Instruct", "qwen3-vl"),
        ("ByteDance-Seed/UI-TARS-1.5-7B", "ui-tars-1.5"),
        ("allenai/Molmo-7B-D-0924", "molmo"),
        ("allenai/Molmo2-8B", "molmo2"),
        ("microsoft/Florence-2-large", "florence-2"),
        ("google/paligemma2-3b-mix-448", "paligemma"),
        ("google/gemma-3-4b-it", "pixel"),
        ("google/gemma-4-31b-it", "gemini-point"),
        ("zai-org/GLM-4.6V-Flash", "glm-4.5v"),
        ("moonshotai/Kimi-VL-A3B-Instruct", "kimi-vl"),
        ("me/gpt-4o-distilled", "pixel"),
        ("microsoft/kosmos-2-patch14-224", "kosmos-2"),
        ("OpenGVLab/InternVL3-8B-hf", "internvl"),
        ("HuggingFaceTB/SmolVLM-Instruct", "pixel"),
        ("acme/never-heard-of-it", "pixel"),
    ],
)
def test_a_hub_id_is_asked_as_its_name_says(here: Path, name: str, profile: str) -> None:
    assert TransformersAdapter.facts(name, {}).profile == profile


def test_how_its_way_of_pointing_is_known_is_told(here: Path) -> None:
    folder(here / "ckpt", "qwen2_5_vl")
    folder(here / "strange", "a-type-of-next-year")
    folder(here / "Fara1.5-9B", "qwen3_5")
    known = {
        name: TransformersAdapter.facts(name, {}).evidence
        for name in ("ckpt", "strange", "Fara1.5-9B", "acme/never-heard-of-it", "me/Kimi-K2.5")
    }
    assert known == {
        "ckpt": "published",
        "strange": "unknown",
        "Fara1.5-9B": "guess",
        "acme/never-heard-of-it": "unknown",
        "me/Kimi-K2.5": "measured",
    }


def test_a_checkpoint_that_cannot_point_in_words_is_refused(here: Path) -> None:
    folder(here / "MolmoPoint-8B", "molmo_point")
    for name in ("MolmoPoint-8B", "allenai/MolmoPoint-8B", "microsoft/GUI-Actor-7B-Qwen2.5-VL"):
        with pytest.raises(UsageError, match="writes no coordinates"):
            TransformersAdapter.facts(name, {})


def test_its_own_sampling_is_told(here: Path) -> None:
    folder(here / "greedy")
    own = {"do_sample": True, "temperature": 0.1, "top_p": 0.001}
    folder(here / "sampled", generation_config=own)
    assert "greedily" in TransformersAdapter.facts("greedy", {}).description
    assert "temperature 0.1, top_p 0.001" in TransformersAdapter.facts("sampled", {}).description


def test_no_absolute_path_gets_into_a_run(here: Path) -> None:
    folder(here / "models" / "mine")
    with pytest.raises(UsageError, match=r"write transformers/models/mine$"):
        checkpoint_at(str(here / "models" / "mine"))
    assert checkpoint_at("models/mine").folder == Path("models/mine")


def test_a_folder_below_the_home_is_written_so(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    folder(here / "mine")
    with pytest.raises(UsageError, match=r"write transformers/~/mine$"):
        checkpoint_at(str(here / "mine"))
    checkpoint = checkpoint_at("~/mine")
    assert (checkpoint.name, checkpoint.source) == ("~/mine", str(here / "mine"))


def test_what_is_no_checkpoint_is_said_in_one_line(here: Path) -> None:
    (here / "empty").mkdir()
    bare = folder(here / "bare")
    (bare / "model.safetensors").unlink()
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    half = folder(here / "half")
    (half / "model.safetensors.index.json").write_text(json.dumps(index))
    (half / "one.safetensors").write_bytes(b"")
    for name, words in {
        "empty": "no readable config.json",
        "bare": "holds no weights",
        "half": r"weights are missing: two\.safetensors",
        "./nowhere": "there is no folder",
        "nowhere": "there is no folder",
    }.items():
        with pytest.raises(UsageError, match=words) as raised:
            TransformersAdapter.facts(name, {})
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dtype": "int3"}, "dtype must be one of"),
        ({"max_tokens": 0}, "max_tokens must be"),
        ({"trust_remote_code": "yes"}, "trust_remote_code must be true or false"),
        ({"revision": "main"}, "revision is for models of the hub"),
        ({"do_sample": True, "temperature": 0}, "needs a temperature above 0"),
    ],
)
def test_an_unusable_setting_is_refused(
    here: Path, settings: dict[str, object], words: str
) -> None:
    folder(here / "mine")
    config = Config(models={"named": {"model": "transformers/mine", **settings}})
    with pytest.raises(UsageError, match=words):
        registry.resolve("named", config)


def test_what_is_not_installed_is_named_with_its_mend(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(here / "mine", "smolvlm")
    for package in ("torch", "transformers", "torchvision", "num2words"):
        monkeypatch.setitem(sys.modules, package, None)
    model = registry.resolve("transformers/mine", Config())
    assert registry.missing(model) == [
        "transformers/mine needs torch, transformers, torchvision, num2words, not installed here: "
        "pip install 'pointbench[hf]'"
    ]


def test_only_spreading_needs_accelerate(here: Path) -> None:
    folder(here / "mine")
    assert "accelerate" not in TransformersAdapter.facts("mine", {}).packages
    assert "accelerate" in TransformersAdapter.facts("mine", {"device": "auto"}).packages
