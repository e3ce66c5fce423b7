"""Checkpoints in this process, from ``pointbench run`` to the point that comes back."""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench import Request
from pointbench.adapters.registry import resolve
from pointbench.adapters.transformers.adapter import TransformersAdapter
from pointbench.errors import GiveUp, UsageError
from pointbench.geometry import Size
from pointbench.pictures import prepare
from pointbench.profiles.sizing import sent_size
from pointbench.settings import Config
from tests.conftest import Command, DataRoot

# Read when the hub's client is imported: no test may contact the hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Read at the first use of CUDA: training here runs on the CPU.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_checkpoints",
    reason="needs torch and transformers: pip install 'pointbench[hf]'",
)

SIZE = Size(640, 360)
SQUARES = {"dark": (40, 60), "light": (500, 60)}
"""Screenshot -> middle of its one square. Both are asked for in the same words."""

PROFILES = {
    "idefics3": "pixel",
    "gemma3": "pixel",
    "paligemma": "paligemma",
    "florence2": "florence-2",
    "qwen2_5_vl": "qwen2.5-vl",
    "qwen3_vl": "qwen3-vl",
}
SHORT_PROMPTS = {"qwen2_5_vl": "qwen2.5-vl-json", "qwen3_vl": "qwen3-vl-json"}
"""Trained without their long system turn, which would take more than a few seconds to learn."""

ANSWERS = {
    "idefics3": ('{"x": 40, "y": 60}', '{"x": 500, "y": 60}'),
    "gemma3": ('{"x": 40, "y": 60}', '{"x": 500, "y": 60}'),
    # Top, left, bottom, right in 1024 bins.
    "paligemma": (
        "<loc0160><loc0054><loc0181><loc0074> a",
        "<loc0160><loc0790><loc0181><loc0810> a",
    ),
    # Left, top, right, bottom in 1000 bins.
    "florence2": (
        "a<loc_42><loc_146><loc_82><loc_186>",
        "a<loc_761><loc_146><loc_801><loc_186>",
    ),
    # In pixels of the picture as sent, 644 x 364.
    "qwen2_5_vl": ('[{"point_2d": [40, 61]}]', '[{"point_2d": [503, 61]}]'),
    # In thousandths.
    "qwen3_vl": ('[{"point_2d": [62, 167]}]', '[{"point_2d": [781, 167]}]'),
}

family_of = pytest.mark.parametrize("family", PROFILES)
Make = Callable[..., Path]


@pytest.fixture
def shots(root: DataRoot) -> DataRoot:
    """A dark and a light screen with a square each."""
    for stem, (x, y) in SQUARES.items():
        box = [x - 20, y - 20, x + 20, y + 20]
        target = {"id": f"{stem}/square", "instruction": "Click the square.", "box": box}
        color = "navy" if stem == "dark" else "white"
        root.screenshot("shots", stem, [target], size=SIZE, color=color)
    return root


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Saves a checkpoint of a family below the working folder."""
    monkeypatch.chdir(tmp_path)

    def saved(family: str, name: str | None = None) -> Path:
        if family in tiny.NEED_TORCHVISION and not tiny.TORCHVISION:
            pytest.skip(f"{family} needs a torchvision that can be imported")
        folder: Path = tiny.save(family, tmp_path / (name or family))
        return folder

    return saved


def ask_for(model: str, root: DataRoot, stem: str) -> Request:
    """The request that a run would make of a screenshot of ``shots``."""
    profile = resolve(model, Config()).profile
    file = root.path / "screenshots" / "shots" / f"{stem}.png"
    with Image.open(file) as image:
        sent = sent_size(profile.sizing, Size(*image.size))
    return Request(
        profile.render("Click the square.", sent.width, sent.height),
        prepare(file, sent),
        profile.settings,
        system=profile.system,
        profile=profile.name,
        unit=profile.unit,
        seed=1,
    )


def run(inline: Command, root: DataRoot, model: str, *more: str) -> list[dict[str, Any]]:
    """The trials of one run, in the order of their targets and repeats."""
    inline("run", "-m", model, "-s", "shots", "--data", root.path, "--name", "r", "-q", *more)
    lines = Path("results/r/trials.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda trial: (trial["target"], trial["repeat"]))


@family_of
def test_random_weights_answer_every_trial(
    make: Make, shots: DataRoot, inline: Command, family: str
) -> None:
    make(family)
    trials = run(inline, shots, f"transformers/{family}?max_tokens=6", "-n", "2")
    assert len(trials) == 4
    for trial in trials:
        assert trial["error"] is None, trial["error"]
        reply, sent = trial["reply"], trial["sent"]
        assert reply["model"] == family
        assert reply["input_tokens"] > 16
        ended = reply["finish_reason"] == "stop"
        assert reply["output_tokens"] < 6 if ended else reply["output_tokens"] == 6
        sent_size = Size(644, 364) if family == "qwen2_5_vl" else SIZE
        assert (sent["width"], sent["height"]) == sent_size
    texts = [trial["reply"]["text"] for trial in trials]
    assert texts[0] == texts[1]
    assert texts[2] == texts[3]
    info = json.loads(Path("results/r/run.json").read_text(encoding="utf-8"))
    assert info["models"][0]["profile"]["name"] == PROFILES[family]
    assert str(Path.cwd()) not in Path("results/r/run.json").read_text(encoding="utf-8")


@family_of
def test_the_point_of_each_picture_comes_back(
    make: Make, shots: DataRoot, inline: Command, family: str
) -> None:
    # Both questions have the same words: only the picture can tell one square from the other.
    model = f"transformers/{family}"
    if family in SHORT_PROMPTS:
        model += f"?profile={SHORT_PROMPTS[family]}"
    folder = make(family)
    teach(model, folder, shots, family)
    joint = "&" if "?" in model else "?"
    trials = run(inline, shots, f"{model}{joint}max_tokens=40&temperature=0")
    assert [trial["outcome"] for trial in trials] == ["hit", "hit"]
    for trial, text, place in zip(trials, ANSWERS[family], SQUARES.values(), strict=True):
        assert trial["reply"]["text"] == text
        assert trial["reply"]["finish_reason"] == "stop"
        assert trial["point"] == pytest.approx(place, abs=0.5)


def teach(model: str, folder: Path, root: DataRoot, family: str) -> None:
    """Trains the checkpoint on disk until it can locate the square of each picture."""
    from pointbench.adapters.transformers.asking import model_inputs

    adapter = TransformersAdapter(folder.name, {})
    loaded: Any = adapter._loaded
    requests = [ask_for(model, root, stem) for stem in SQUARES]
    inputs = [model_inputs(loaded, request, request.settings) for request in requests]
    tiny.memorize(loaded, list(zip(inputs, ANSWERS[family], strict=True)))
    loaded.model.save_pretrained(folder)
    adapter.close()


@pytest.mark.parametrize("profile", ["qwen2.5-vl", "ui-tars-1.5"])
@pytest.mark.parametrize("size", [Size(1366, 768), Size(1080, 1920), Size(3840, 2160)])
def test_what_is_sent_is_what_qwen_sees(profile: str, size: Size) -> None:
    if not tiny.TORCHVISION:
        pytest.skip("needs a torchvision that can be imported")
    from pointbench.profiles import find_profile

    _, processor = tiny.qwen2_5_vl()
    sent = sent_size(find_profile(profile).sizing, size)
    image = Image.effect_noise(sent, 64).convert("RGB")
    seen = processor.image_processor(image, return_tensors="pt")
    _, rows, columns = seen["image_grid_thw"][0].tolist()
    assert (columns * 14, rows * 14) == sent
    if size.width == 1366:
        untouched = processor.image_processor(image, do_resize=False, return_tensors="pt")
        assert untouched["pixel_values"].equal(seen["pixel_values"])


def test_a_picture_that_qwen_would_resize_is_refused(
    make: Make, shots: DataRoot, inline: Command
) -> None:
    make("qwen2_5_vl")
    trials = run(inline, shots, "transformers/qwen2_5_vl?profile=pixel&max_tokens=4")
    assert {trial["outcome"] for trial in trials} == {"error"}
    message = trials[0]["error"]["message"]
    assert "resizes the 640x360 sent to 644x364" in message
    assert "whole patches of 28 px" in message
    request = ask_for("transformers/qwen2_5_vl", shots, "dark")
    small = {"max_pixels": 100_352, "max_tokens": 4}
    with pytest.raises(GiveUp, match=r"set max_pixels=234416 or more"):
        TransformersAdapter("qwen2_5_vl", small).ask(request)
    with pytest.raises(GiveUp, match=r"set min_pixels=234416 or less"):
        TransformersAdapter("qwen2_5_vl", {"min_pixels": 300_000}).ask(request)
    allowed = TransformersAdapter("qwen2_5_vl", {**small, "allow_resize": True}).ask(request)
    whole = TransformersAdapter("qwen2_5_vl", {"max_tokens": 4}).ask(request)
    assert (allowed.input_tokens or 0) < (whole.input_tokens or 0)


def test_workers_share_one_set_of_weights(make: Make, shots: DataRoot) -> None:
    make("idefics3")
    first, second = (TransformersAdapter("idefics3", {"max_tokens": 5}) for _ in range(2))
    other = TransformersAdapter("idefics3", {"dtype": "bfloat16"})
    assert first._loaded is second._loaded
    assert first._loaded is not other._loaded
    request = ask_for("transformers/idefics3", shots, "dark")
    alone, together = first.ask(request), list[Any]()
    threads = [
        threading.Thread(target=lambda by=adapter: together.append(by.ask(request)))
        for adapter in (first, second) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 6
    for adapter in (first, second):
        adapter.close()
    gc.collect()
    from pointbench.adapters.transformers import loading as transformers_loading

    assert list(transformers_loading._SHARED.values()) == [other._loaded]


def test_sampling_follows_the_seed_of_the_trial(make: Make, shots: DataRoot) -> None:
    make("idefics3")
    adapter = TransformersAdapter("idefics3", {"max_tokens": 12, "temperature": 1.5})
    request = ask_for("transformers/idefics3", shots, "dark")

    def text(seed: int) -> str:
        return adapter.ask(Request(request.prompt, request.picture, seed=seed)).text

    assert text(7) == text(7)
    assert len({text(seed) for seed in range(4)}) > 1


def test_an_end_that_was_forced_is_no_end(make: Make, shots: DataRoot) -> None:
    make("florence2")
    request = ask_for("transformers/florence2", shots, "dark")
    reply = TransformersAdapter("florence2", {"max_tokens": 1}).ask(request)
    assert (reply.finish_reason, reply.output_tokens) == ("length", 1)


def test_a_blind_question_and_one_that_is_too_long(make: Make, shots: DataRoot) -> None:
    make("idefics3")
    make("paligemma")
    talker = TransformersAdapter("idefics3", {"max_tokens": 3})
    assert talker.ask(Request("Click the square.")).output_tokens == 3
    with pytest.raises(GiveUp, match="but its context holds 8192"):
        talker.ask(Request("0123456789" * 2000))
    with pytest.raises(GiveUp, match="cannot be asked without a picture"):
        TransformersAdapter("paligemma", {}).ask(Request("detect square"))


def test_what_cannot_be_loaded_is_said_in_one_line(make: Make, tmp_path: Path) -> None:
    folder = make("idefics3")
    with pytest.raises(UsageError, match=r"has no min_pixels and max_pixels"):
        TransformersAdapter("idefics3", {"max_pixels": 1000})
    with pytest.raises(UsageError, match=r"cannot be loaded"):
        TransformersAdapter("idefics3", {"device": "abacus"})
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(UsageError, match=r"cannot be loaded: SafetensorError"):
        TransformersAdapter("idefics3", {})
    with pytest.raises(UsageError, match=r"cannot be fetched from the hub"):
        TransformersAdapter("nobody/nothing-of-this-name", {})
    wrong = make("gemma3", "wrong")
    config = json.loads((wrong / "config.json").read_text(encoding="utf-8"))
    config["text_config"]["intermediate_size"] = 96
    (wrong / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(UsageError, match=r"do not fit its config\.json.*VERBOSITY=warning"):
        TransformersAdapter("wrong", {})
    strange = tmp_path / "strange"
    strange.mkdir()
    own = {"AutoConfig": "own.Own", "AutoProcessor": "own.Own"}
    (strange / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": own}))
    (strange / "model.safetensors").write_bytes(b"")
    (strange / "own.py").write_text("open('it-ran', 'w').close()\n")
    with pytest.raises(UsageError, match=r"read it first, then set trust_remote_code=true"):
        TransformersAdapter("strange", {})
    assert not Path("it-ran").exists()


def test_weights_that_no_file_holds_are_not_made_up(make: Make) -> None:
    from safetensors.torch import load_file, save_file

    folder = make("gemma3")
    weights = load_file(folder / "model.safetensors")
    lost = [name for name in weights if "mlp.up_proj" in name]
    kept = {name: value for name, value in weights.items() if name not in lost}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(UsageError, match=r"lack the weights \S*mlp\.up_proj\.weight, .* random"):
        TransformersAdapter("gemma3", {})


def test_running_out_of_memory_is_recognized() -> None:
    import torch

    from pointbench.adapters.transformers.loading import is_out_of_memory

    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**50)
    assert is_out_of_memory(raised.value)
    assert not is_out_of_memory(ValueError("a wrong shape"))
