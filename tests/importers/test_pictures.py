"""Pictures of an import are those that validate and run take: upright, whole, in a known format."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.geometry import Size
from pointbench.pictures import check_picture, open_screenshot, prepare
from pointbench.validation import validate_path
from tests.importers.conftest import Import, png
from tests.importers.formats.test_conventions import BOX, PRO, SAMPLES
from tests.importers.formats.test_label_studio import RECTANGLE, task

ON_ITS_SIDE = (5, 6, 7, 8)
"""Exif orientations whose pixels are stored with the sides swapped."""


def photo(orientation: int, form: str = "JPEG") -> bytes:
    """A picture that a person sees as 400x200, orange in the known box and navy elsewhere."""
    seen = Image.new("RGB", (400, 200), "navy")
    seen.paste("orange", (100, 50, 160, 90))
    back = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = seen if back is None else seen.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    stored.save(stream, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_taken_as_a_person_sees_it(
    orientation: int, form: str, importing: Import, root: Path, tmp_path: Path
) -> None:
    name = f"a.{form.lower()}"
    content = photo(orientation, form)
    files = {"e.json": [task(RECTANGLE, picture=name)], name: content}
    done, suite = importing("label-studio", files)
    ((shot, target),) = suite.targets()
    assert (done.findings, shot.width, shot.height) == ((), 400, 200)
    assert target.box == pytest.approx(BOX)
    # The file is kept as it was; what a run sends shows the thing where the box is.
    path = suite.picture_path(shot.screenshot)
    assert path.read_bytes() == content
    assert validate_path(root, images=True).faults == ()
    (tmp_path / "sent.png").write_bytes(prepare(path, Size(400, 200)).data)
    sent = open_screenshot(tmp_path / "sent.png")
    assert sent.size == (400, 200)
    inside, outside = sent.getpixel((130, 70)), sent.getpixel((300, 150))
    assert isinstance(inside, tuple)
    assert isinstance(outside, tuple)
    assert inside[0] > 200 > 100 > outside[0]


@pytest.mark.parametrize("orientation", ON_ITS_SIDE)
@pytest.mark.parametrize("form", ["screenspot-pro", "mmbench-gui", "label-studio"])
def test_numbers_about_the_picture_as_stored_are_dropped(
    orientation: int, form: str, importing: Import
) -> None:
    stored = [200, 400]
    files: dict[str, Any]
    if form == "screenspot-pro":
        row = {**PRO, "img_size": stored, "img_filename": "a.jpg"}
        files = {
            "a.json": [row, {**row, "id": "b", "img_filename": "b.png", "img_size": [400, 200]}]
        }
    elif form == "mmbench-gui":
        row = {
            **SAMPLES[form]["L2_annotations.json"][0],
            "image_size": stored,
            "image_path": "a.jpg",
        }
        files = {"L2_annotations.json": [row, {**row, "image_path": "b.png"}]}
    else:
        turned = {**RECTANGLE, "original_width": 200, "original_height": 400}
        files = {
            "e.json": [task(turned, picture="a.jpg"), {**task(RECTANGLE, picture="b.png"), "id": 6}]
        }
    folder = "os_windows/" if form == "mmbench-gui" else ""
    done, _ = importing(
        form, {**files, f"{folder}a.jpg": photo(orientation), f"{folder}b.png": png()}
    )
    assert list(done.ids("dropped")) == ["turned-picture"]
    assert done.targets == 1


@pytest.mark.parametrize("orientation", ON_ITS_SIDE)
def test_without_a_stated_size_the_picture_counts_as_seen(
    orientation: int, importing: Import
) -> None:
    row = {**SAMPLES["screenspot"]["screenspot_web.json"][0], "img_filename": "a.jpg"}
    _, suite = importing("screenspot", {"screenspot_web.json": [row], "a.jpg": photo(orientation)})
    ((shot, target),) = suite.targets()
    assert (shot.width, shot.height) == (400, 200)
    assert target.box == pytest.approx(BOX)
    assert (
        check_picture(suite.picture_path(shot.screenshot), shot.size, shot.sha256, decode=True)
        is None
    )


def odd_picture(kind: str) -> bytes:
    stream = io.BytesIO()
    if kind == "truncated":
        return png()[:200]
    if kind == "broken":
        return b"\x89PNG\r\n\x1a\nbroken"
    Image.new("RGB", (400, 200)).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "truncated", "broken"])
def test_a_picture_that_run_would_refuse_is_dropped(
    kind: str, importing: Import, root: Path
) -> None:
    rows = [{**PRO, "img_filename": "odd.png"}, {**PRO, "id": "good"}]
    files = {"a.json": rows, "odd.png": odd_picture(kind), "app/a.png": png()}
    done, suite = importing("screenspot-pro", files)
    assert done.ids("dropped") == {"bad-picture": ["app_windows_0"]}
    assert [target.id for _, target in suite.targets()] == ["good"]
    assert validate_path(root, images=True).faults == ()
