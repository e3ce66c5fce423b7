"""What a profile sends against the processors of its family: the same size comes out, or shares survive.

Limits are those of published checkpoints where they differ from the defaults of the class. A family
with several model types has one row each.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from pointbench.adapters.transformers.families import FAMILIES
from pointbench.geometry import Size
from pointbench.profiles import find_profile, known_profiles
from pointbench.profiles.sizing import sent_size

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

tiny = pytest.importorskip(
    "tests.adapters.transformers.tiny_checkpoints",
    reason="needs torch and transformers: pip install 'pointbench[hf]'",
)
if not tiny.TORCHVISION:
    pytest.skip("needs a torchvision that can be imported", allow_module_level=True)

import transformers  # noqa: E402

from pointbench.adapters.transformers.processors import (  # noqa: E402
    has_pixel_limits,
    seen_size,
    set_pixel_limits,
)

SCREENS = [
    Size(1280, 720),
    Size(1920, 1080),
    Size(2560, 1440),
    Size(3840, 2160),
    Size(1440, 900),
    Size(1080, 2400),
]

SMALL = [screen for screen in SCREENS if screen.width * screen.height < 3_000_000]
"""Where the size makes no difference."""


def of(name: str, **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        if not hasattr(transformers, name):
            pytest.skip(f"this transformers has no {name}")
        return getattr(transformers, name)(**options)

    return make


def square(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


QWEN_28 = of("Qwen2VLImageProcessor", patch_size=14, min_pixels=3136, max_pixels=12_845_056)
QWEN_32 = of("Qwen2VLImageProcessor", patch_size=16, min_pixels=65_536, max_pixels=16_777_216)

BY_RULE = {
    "qwen-28": QWEN_28,
    "qwen-32": QWEN_32,
    "ui-tars": of("Qwen2VLImageProcessor", patch_size=14, min_pixels=78_400, max_pixels=12_845_056),
    "mimo-vl": of("Qwen2VLImageProcessor", patch_size=14, min_pixels=3136, max_pixels=3_211_264),
    "qwen-28-1280": of("Qwen2VLImageProcessor", patch_size=14, max_pixels=1_003_520),
    "qwen-32-2560": of("Qwen2VLImageProcessor", patch_size=16, max_pixels=2_621_440),
    "kimi": of("Kimi_K25ImageProcessor"),
    "glm-5": of("Glm5NextImageProcessor"),
}
"""Sizing rule -> the processor for which it is made."""

WITHOUT_PROCESSOR = {
    "as-is": "the screenshot itself, for answers in shares or a server that leaves it alone",
    "uground-1344": "LLaVA with code of its own, which transformers does not have",
}
HOSTED = ("claude-", "openai-")

BY_MODEL_TYPE = {
    "qwen2_vl": QWEN_28,
    "qwen2_5_vl": QWEN_28,
    "qwen2_5_omni": QWEN_28,
    "qwen3_vl": QWEN_32,
    "qwen3_vl_moe": QWEN_32,
    "qwen3_omni_moe": QWEN_32,
    "qwen3_5": QWEN_32,
    "qwen3_5_moe": QWEN_32,
    "molmo2": of("Molmo2ImageProcessor"),
    "internvl": of("GotOcr2ImageProcessor", size=square(448), crop_to_patches=True, max_patches=12),
    "glm4v": of("Glm4vImageProcessor"),
    "glm4v_moe": of("Glm4vImageProcessor"),
    "glm46v": of("Glm46VImageProcessor"),
    "glmga": of("GlmgaImageProcessor"),
    "glm5_next": of("Glm5NextImageProcessor"),
    "kimi_k25": of("Kimi_K25ImageProcessor"),
    "florence2": of("CLIPImageProcessor", size=square(768), do_center_crop=False),
    "kosmos-2": of("CLIPImageProcessor", size=square(224), crop_size=square(224)),
    "paligemma": of("SiglipImageProcessor", size=square(448)),
    "gemma4": of("Gemma4ImageProcessor"),
    "gemma4_unified": of("Gemma4UnifiedImageProcessor"),
    "qwen4_exp": QWEN_32,
    "minicpmv4_6": of("MiniCPMV4_6ImageProcessor"),
    "minicpmv4_7": of("MiniCPMV4_6ImageProcessor"),
}
NOT_KNOWN = {
    "cohere_compass": of("CohereCompassImageProcessor"),
    "ernie4_5_vl_moe": of("Ernie4_5_VLMoeImageProcessor"),
    "minimax_m3_vl": of("MiniMaxM3VLImageProcessor"),
    "muse_glimmer": of("MuseGlimmerImageProcessor"),
    "muse_spark": of("MuseGlimmerImageProcessor"),
    "paddleocr_vl": of("PaddleOCRVLImageProcessor"),
    "video_llama_3": of("VideoLlama3ImageProcessor"),
    "cosmos3_edge": of("Cosmos3EdgeImageProcessor"),
    "hunyuan_vl": of("HunYuanVLImageProcessor"),
    "hy_v4_vl": of("HYV4VLImageProcessor"),
    "nemotron_h_omni": of("NemotronH_Omni_Reasoning_V3ImageProcessor"),
}
"""Model types asked in pixels because nothing is known of how they point."""
NOT_TOLD = {"smolvlm": "pixel: how it points is not known, and its tiles tell no size"}


CORNER = 0.3


def cornered(size: Size) -> Image.Image:
    """A white picture whose upper left corner is black."""
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, round(size.width * CORNER), round(size.height * CORNER)))
    return image


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_size_that_is_sent_is_what_the_processor_makes_of_it(rule: str) -> None:
    images = BY_RULE[rule]()
    for screen in SCREENS:
        sent = sent_size(rule, screen)
        inputs = images(images=Image.new("RGB", sent, "gray"), return_tensors="pt")
        assert seen_size(images, inputs, sent) == sent
    numbers = random.Random(rule)
    for _ in range(200):
        screen = Size(numbers.randint(320, 5120), numbers.randint(320, 5120))
        sent = sent_size(rule, screen)
        patches = images.get_number_of_image_patches(sent.height, sent.width, {})
        assert patches * images.patch_size**2 == sent.width * sent.height, screen


def test_every_rule_of_a_profile_has_a_processor_or_a_reason() -> None:
    rules = {profile.sizing for profile in known_profiles().values()}
    explained = {*BY_RULE, *WITHOUT_PROCESSOR}
    assert {rule for rule in rules - explained if not rule.startswith(HOSTED)} == set()


def test_every_family_of_transformers_has_a_processor_or_a_reason() -> None:
    known = {kind for kind in FAMILIES if kind in transformers.CONFIG_MAPPING}
    assert known - {*BY_MODEL_TYPE, *NOT_KNOWN, *NOT_TOLD} == set()


@pytest.mark.parametrize(
    ("profile_name", "make"),
    # Several model types share a processor.
    {
        (FAMILIES[kind].profile, make): None
        for kind, make in BY_MODEL_TYPE.items()
        if kind in FAMILIES
    },
)
def test_what_a_family_is_asked_for_survives_its_processor(
    profile_name: str, make: Callable[[], Any]
) -> None:
    profile, images = find_profile(profile_name), make()
    for screen in SMALL:
        sent = sent_size(profile.sizing, screen)
        inputs = images(images=cornered(sent), return_tensors="pt")
        if profile.unit == "pixel":
            assert seen_size(images, inputs, sent) == sent
        values = inputs["pixel_values"]
        if profile.name == "molmo2":
            # Its crops overlap: the first is the whole picture.
            values = values[:1]
        if "image_position_ids" in inputs:
            # Unused places of Gemma's, which belong to no part of the picture.
            values = values[inputs["image_position_ids"][..., 0] >= 0]
        # Padding adds to what is black, and cutting off takes from it.
        middle = (values.min() + values.max()) / 2
        black = float((values < middle).float().mean())
        assert black == pytest.approx(CORNER**2, abs=0.004), screen


@pytest.mark.parametrize("model_type", [kind for kind in NOT_KNOWN if kind in FAMILIES])
def test_pixels_of_unknown_models_are_pixels_of_what_they_see(model_type: str) -> None:
    profile, images = find_profile(FAMILIES[model_type].profile), NOT_KNOWN[model_type]()
    assert profile.unit == "pixel"
    if has_pixel_limits(images):
        set_pixel_limits(images, None, 3_000_000)
    for screen in SMALL:
        sent = sent_size(profile.sizing, screen)
        inputs = images(images=Image.new("RGB", sent, "gray"), return_tensors="pt")
        assert seen_size(images, inputs, sent) == sent
