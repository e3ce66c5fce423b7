"""What a checkpoint's image processor makes of a picture: the size that the model sees, and its limits."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from typing import Any

from pointbench.errors import one_line
from pointbench.geometry import Size

_GRIDS = ("image_grid_thw", "image_grid_hw")
"""Inputs that hold the rows and columns of patches, last; their unit is the side of a patch."""

_PADDING = ("Glm5Next", "Inkling2", "Kimi_K25", "NeoMME")
"""Beginnings of the names of classes whose grid covers black columns and rows beside the picture."""

_SCREEN = Size(1920, 1080)
"""The grey picture on which new limits are tried."""


def seen_size(images: Any, inputs: Mapping[str, Any], sent: Size) -> Size | None:
    """Size in pixels at which a model sees the picture, without padding; None if that cannot be told.

    ``images`` is the image processor, ``inputs`` what it made of one picture of the size ``sent``.
    """
    grid = next((inputs[key] for key in _GRIDS if inputs.get(key) is not None), None)
    patch = _patch(images)
    if grid is None or patch is None:
        return None
    rows, columns = (int(number) for number in grid[0][-2:])
    covered = Size(columns * patch, rows * patch)
    if not type(images).__name__.startswith(_PADDING):
        return covered
    return _without_padding(images, covered, sent)


def whole_patch(images: Any) -> int:
    """Side in pixels of the square that becomes one token: sides of pictures are multiples of it."""
    shrinks = getattr(images, "downsample_ratio", None)
    merged = round(1 / shrinks) if shrinks else getattr(images, "merge_size", None) or 1
    return (_patch(images) or 1) * int(merged)


def _patch(images: Any) -> int | None:
    patch = getattr(images, "patch_size", None)
    if patch is None and type(images).__name__.startswith("Inkling2"):
        patch = images.size["height"]
    return patch if isinstance(patch, int) else None


def _without_padding(images: Any, covered: Size, sent: Size) -> Size:
    resize = getattr(sys.modules[type(images).__module__], "navit_resize", None)
    if resize is not None:
        # Kimi's shrinks a picture of the largest size once more: only its own code tells by how much.
        (height, width), _ = resize(
            height=sent.height,
            width=sent.width,
            patch_size=images.patch_size,
            merge_kernel_size=images.merge_size,
            max_patches=images.max_patches,
            max_size_per_side=images.size["max_height"],
        )
        return Size(width, height)
    factor = whole_patch(images)
    if covered == Size(-(-sent.width // factor) * factor, -(-sent.height // factor) * factor):
        return sent
    # In integers: the side that limits the other fills its patches.
    if covered.width * sent.height <= covered.height * sent.width:
        return Size(covered.width, max(1, sent.height * covered.width // sent.width))
    return Size(max(1, sent.width * covered.height // sent.height), covered.height)


def has_pixel_limits(images: Any) -> bool:
    """Whether the processor has limits that `set_pixel_limits` can replace."""
    return _counts_tokens(images) or _counts_pixels(images)


def set_pixel_limits(images: Any, least: int | None, most: int | None) -> None:
    """Replace the processor's limits for width x height of the picture that the model sees.

    None leaves a limit as it is. The new limits are tried on a grey picture. ValueError, in one
    line, if the processor has no such limits or does not keep to them.
    """
    name = "its processor" if images is None else type(images).__name__
    if _counts_tokens(images):
        _set_token_limits(images, least, most)
    elif _counts_pixels(images):
        _set_count_limits(images, least, most)
    else:
        raise ValueError(f"{name} has no min_pixels and max_pixels")
    try:
        seen = _tried(images, _SCREEN)
    except Exception as error:
        raise ValueError(
            one_line(f"{name} cannot work with these limits: {type(error).__name__}: {error}")
        ) from error
    pixels = seen.width * seen.height
    shown = f"{name} makes {seen.width}x{seen.height} of a {_SCREEN.width}x{_SCREEN.height} picture"
    if most is not None and pixels > most:
        raise ValueError(f"{shown}, which is above max_pixels={most}")
    if least is not None and pixels < least:
        raise ValueError(f"{shown}, which is below min_pixels={least}")


def most_tokens(images: Any) -> int:
    """The most whole patches that the model sees of a picture; for a processor with pixel limits."""
    if _counts_tokens(images):
        return int(images.max_image_tokens)
    return int(_edges(images)[1]) // _counts_of_a_pixel(images) // whole_patch(images) ** 2


def _counts_tokens(images: Any) -> bool:
    return _tells_grid(images) and isinstance(getattr(images, "max_image_tokens", None), int)


def _counts_pixels(images: Any) -> bool:
    """Whether ``size`` holds counts of pixels under the names of edges, as Qwen's does."""
    edges = _edges(images)
    return _tells_grid(images) and all(isinstance(edge, int) and edge > 1 for edge in edges)


def _tells_grid(images: Any) -> bool:
    names = getattr(images, "model_input_names", ())
    return _patch(images) is not None and any(name in names for name in _GRIDS)


def _edges(images: Any) -> tuple[Any, Any]:
    size = dict(getattr(images, "size", None) or {})
    return size.get("shortest_edge"), size.get("longest_edge")


def _set_token_limits(images: Any, least: int | None, most: int | None) -> None:
    area = whole_patch(images) ** 2
    if most is not None:
        images.max_image_tokens = max(1, most // area)
    if least is not None:
        if not isinstance(getattr(images, "min_image_tokens", None), int):
            raise ValueError(f"{type(images).__name__} has no min_pixels")
        images.min_image_tokens = -(-least // area)
    _refuse_crossed(getattr(images, "min_image_tokens", 0) * area, images.max_image_tokens * area)


def _set_count_limits(images: Any, least: int | None, most: int | None) -> None:
    times = _counts_of_a_pixel(images)
    shortest, longest = _edges(images)
    shortest = shortest if least is None else least * times
    longest = longest if most is None else most * times
    _refuse_crossed(shortest // times, longest // times)
    images.size = type(images.size)(shortest_edge=shortest, longest_edge=longest)


def _refuse_crossed(least: int, most: int) -> None:
    if least > most:
        raise ValueError(f"min_pixels={least} is above max_pixels={most}: set both")


def _counts_of_a_pixel(images: Any) -> int:
    """How often the limits count a pixel: GLM's count both frames of a still picture."""
    trial, side = copy.copy(images), whole_patch(images)
    most = 400 * side**2
    trial.size = type(images.size)(shortest_edge=16 * side**2, longest_edge=most)
    seen = _tried(trial, Size(40 * side, 40 * side))
    return max(1, round(most / (seen.width * seen.height)))


def _tried(images: Any, size: Size) -> Size:
    """The size that a model would see of a grey picture of this size."""
    from PIL import Image

    inputs = images(images=Image.new("RGB", size, "gray"), return_tensors="pt")
    seen = seen_size(images, inputs, size)
    if seen is None:
        raise ValueError("it does not tell the size that the model sees")
    return seen
