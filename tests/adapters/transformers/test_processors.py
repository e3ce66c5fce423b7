"""What the image processors of transformers make of a picture, and whether they keep to limits."""

from __future__ import annotations

import importlib
import inspect
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.geometry import Size

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
    whole_patch,
)

SCREEN = Size(1920, 1080)

KEEPS_LIMITS = [
    "Qwen2VLImageProcessor",
    "Ernie4_5_VLMoeImageProcessor",
    "HunYuanVLImageProcessor",
    "PaddleOCRVLImageProcessor",
    "MiniMaxM3VLImageProcessor",
    "Cosmos3EdgeImageProcessor",
    "VideoLlama3ImageProcessor",
    "CohereCompassImageProcessor",
    # These count both frames of a still picture.
    "Glm4vImageProcessor",
    "Glm46VImageProcessor",
    "GlmgaImageProcessor",
    # These count tokens.
    "Glm5NextImageProcessor",
    "MuseGlimmerImageProcessor",
]

HAS_NO_LIMITS = [
    # A grid, but limits of another kind or none.
    "Kimi_K25ImageProcessor",
    "Inkling2ImageProcessor",
    "NemotronH_Omni_Reasoning_V3ImageProcessor",
    # Edges that are edges.
    "Idefics3ImageProcessor",
    "SmolVLMImageProcessor",
    "LlavaOnevisionImageProcessor",
    "CLIPImageProcessor",
    "PixtralImageProcessor",
    "MllamaImageProcessor",
    "Lfm2VlImageProcessor",
    # Squashed to squares or tiles.
    "Gemma3ImageProcessor",
    "GotOcr2ImageProcessor",
    "Molmo2ImageProcessor",
]


def made(name: str, **options: Any) -> Any:
    """An image processor with the defaults of its class."""
    if not hasattr(transformers, name):
        pytest.skip(f"this transformers has no {name}")
    return getattr(transformers, name)(**options)


def seen(images: Any, size: Size, color: str = "gray") -> Size:
    inputs = images(images=Image.new("RGB", size, color), return_tensors="pt")
    found = seen_size(images, inputs, size)
    assert found is not None
    return found


@pytest.mark.parametrize("name", KEEPS_LIMITS)
def test_a_limit_is_for_pixels_that_the_model_sees(name: str) -> None:
    most = 1_000_000
    images = made(name)
    set_pixel_limits(images, None, most)
    for size in (SCREEN, Size(1080, 2400)):
        width, height = seen(images, size)
        # Rounding down to whole patches costs a few per cent at most.
        assert 0.9 * most < width * height <= most


@pytest.mark.parametrize("name", [name for name in KEEPS_LIMITS if name[:4] != "Muse"])
def test_a_lower_limit_enlarges(name: str) -> None:
    images = made(name)
    set_pixel_limits(images, 400_000, 800_000)
    width, height = seen(images, Size(320, 200))
    assert 400_000 <= width * height < 480_000


@pytest.mark.parametrize("name", HAS_NO_LIMITS)
def test_other_limits_are_refused_and_left_alone(name: str) -> None:
    images = made(name)
    before = images.to_dict()
    assert not has_pixel_limits(images)
    with pytest.raises(ValueError, match=rf"^{name} has no min_pixels and max_pixels$"):
        set_pixel_limits(images, None, 1_000_000)
    assert images.to_dict() == before


def test_limits_that_cannot_be_kept_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"28x28 of a 1920x1080 picture, which is above max_pix"):
        set_pixel_limits(made("Qwen2VLImageProcessor"), 1, 500)
    with pytest.raises(ValueError, match=r"^min_pixels=3136 is above max_pixels=500: set both$"):
        set_pixel_limits(made("Qwen2VLImageProcessor"), None, 500)
    with pytest.raises(ValueError, match=r"^min_pixels=6272 is above max_pixels=500: set both$"):
        set_pixel_limits(made("Glm4vImageProcessor"), None, 500)
    with pytest.raises(ValueError, match=r"^MuseGlimmerImageProcessor has no min_pixels$"):
        set_pixel_limits(made("MuseGlimmerImageProcessor"), 1000, None)
    with pytest.raises(ValueError, match=r"^its processor has no min_pixels and max_pixels$"):
        set_pixel_limits(None, None, 1000)


def test_one_limit_leaves_the_other() -> None:
    images = made("Glm4vImageProcessor")
    set_pixel_limits(images, None, 1_000_000)
    assert dict(images.size) == {"shortest_edge": 12_544, "longest_edge": 2_000_000}
    set_pixel_limits(images, 50_000, None)
    assert dict(images.size) == {"shortest_edge": 100_000, "longest_edge": 2_000_000}


def with_grid() -> list[str]:
    """Every image processor of the installed transformers that tells a grid of patches."""
    names = []
    models = Path(transformers.__file__).parent / "models"
    for file in sorted(models.glob("*/image_processing_*.py")):
        text = file.read_text(encoding="utf-8")
        if "image_grid_thw" not in text and "image_grid_hw" not in text:
            continue
        module = importlib.import_module(f"transformers.models.{file.parent.name}.{file.stem}")
        for name, found in inspect.getmembers(module, inspect.isclass):
            inputs = getattr(found, "model_input_names", ())
            if found.__module__ == module.__name__ and any("image_grid_" in key for key in inputs):
                names.append(name)
    return names


@pytest.mark.parametrize("name", with_grid())
def test_padding_is_no_part_of_what_is_seen(name: str) -> None:
    images = made(name)
    for size in (Size(1437, 901), Size(700, 1201), Size(1288, 728), Size(61, 47)):
        inputs = images(images=Image.new("RGB", size, "white"), return_tensors="pt")
        grid = next(inputs[key] for key in inputs if "image_grid_" in key)
        side = getattr(images, "patch_size", None) or images.size["height"]
        found = seen_size(images, inputs, size)
        assert found is not None
        covered = int(grid[0][-1]) * int(grid[0][-2]) * side**2
        # White is above the mean of every channel, and padding is black.
        share = float((inputs["pixel_values"] > 0).float().mean())
        assert found.width * found.height / covered == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "size", "content"),
    [
        ("Kimi_K25ImageProcessor", Size(1280, 720), Size(1280, 720)),
        ("Kimi_K25ImageProcessor", Size(2560, 1440), Size(2404, 1352)),
        ("Kimi_K25ImageProcessor", Size(3840, 2160), Size(2392, 1345)),
        ("Kimi_K25ImageProcessor", Size(1080, 2400), Size(1080, 2400)),
        ("Glm5NextImageProcessor", Size(1440, 900), Size(1440, 900)),
        ("Glm5NextImageProcessor", Size(3840, 2160), Size(3332, 1874)),
        ("Inkling2ImageProcessor", Size(1440, 900), Size(1440, 900)),
        ("Inkling2ImageProcessor", Size(3840, 2160), Size(3840, 2160)),
        ("NemotronH_Omni_Reasoning_V3ImageProcessor", Size(1280, 720), Size(1280, 736)),
        ("Qwen2VLImageProcessor", Size(1080, 2400), Size(672, 1484)),
    ],
)
def test_measured_sizes_are_told(name: str, size: Size, content: Size) -> None:
    assert seen(made(name), size) == content


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("Qwen2VLImageProcessor", 28),
        ("HunYuanVLImageProcessor", 32),
        ("VideoLlama3ImageProcessor", 14),
        ("NemotronH_Omni_Reasoning_V3ImageProcessor", 32),
        ("Inkling2ImageProcessor", 40),
    ],
)
def test_the_side_of_a_whole_patch(name: str, side: int) -> None:
    assert whole_patch(made(name)) == side
