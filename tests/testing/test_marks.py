"""Marks are at their stated places, and are found again after any decent downscaling."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pointbench.geometry import Size
from pointbench.profiles.sizing import RULES, sent_size
from pointbench.testing.marks import find_in, find_mark, marked_picture

FILTERS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BOX)


@pytest.mark.parametrize("mark", [4, 5, 24])
def test_an_untouched_mark_is_found_exactly(mark: int) -> None:
    picture = marked_picture(1366, 768, mark=mark, seed=mark)
    center = find_mark(picture.data)
    assert center is not None
    assert max(abs(a - b) for a, b in zip(center, picture.box.center, strict=True)) < 1e-9


@pytest.mark.parametrize("at", [(0, 0), (1276, 716), (0, 716), (638, 0)])
def test_a_mark_on_the_edge_is_found(at: tuple[int, int]) -> None:
    picture = marked_picture(1280, 720, mark=4, at=at)
    center = find_mark(picture.data)
    assert center is not None
    assert picture.region.contains(center)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "openai-low-512"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 2340)])
def test_the_center_survives_every_vendors_shrinking(rule: str, width: int, height: int) -> None:
    marked = marked_picture(width, height, mark=4, seed=7)
    image = Image.open(io.BytesIO(marked.data)).convert("RGB")
    seen = sent_size(rule, marked.size)
    for how in FILTERS:
        center = find_in(image.resize(seen, how))
        assert center is not None
        x, y = center.x * width / seen.width, center.y * height / seen.height
        # A box filter puts the mark onto whole pixels of the small picture.
        tolerance = 0.6 if how is Image.Resampling.BOX else 0.1
        assert abs(x - marked.box.center.x) < tolerance
        assert abs(y - marked.box.center.y) < tolerance


def test_a_busy_picture_without_a_mark_has_none() -> None:
    marked = marked_picture(1280, 720, mark=4, seed=1)
    image = Image.open(io.BytesIO(marked.data)).convert("RGB")
    box = tuple(int(value) for value in marked.box)
    left, top, _, _ = box
    image.paste(image.crop((left - 40, top - 40, left - 36, top - 36)), (left, top))
    assert find_in(image) is None
    assert find_in(image, Size(640, 360)) is None


def test_the_same_seed_makes_the_same_bytes() -> None:
    assert marked_picture(640, 480, seed=3).data == marked_picture(640, 480, seed=3).data
    assert marked_picture(640, 480, seed=3).data != marked_picture(640, 480, seed=4).data
    assert marked_picture(640, 480).picture.width == 640


def test_a_mark_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="within 640x480"):
        marked_picture(640, 480, mark=8, at=(636, 0))
