"""Sets whose target regions are masks, and sets whose rows contain their pictures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pointbench.geometry import Point
from pointbench.importers import load_format
from pointbench.importers.importing import import_suite
from pointbench.suites import load_suite
from tests.importers.conftest import Import, png
from tests.importers.formats.test_shapes_of_the_public_sets import polygon_of, targets_by_id


def mask_png(*boxes: tuple[int, int, int, int]) -> bytes:
    pixels = np.zeros((200, 400), np.uint8)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = 255
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_point_bench_masks_are_outlined(importing: Import) -> None:
    row = {"image_filename": "a.jpg", "user_input": "point at it", "category": "counting"}
    files = {
        "data.json": [
            {**row, "mask_filename": "one.png"},
            {**row, "mask_filename": "two.png"},
            {**row, "mask_filename": "none.png"},
            {**row, "mask_filename": "missing.png"},
            {**row, "mask_filename": "broken.png"},
        ],
        "masks/counting/one.png": mask_png((10, 20, 30, 40)),
        "masks/counting/two.png": mask_png((10, 20, 30, 40), (100, 100, 101, 101)),
        "masks/counting/none.png": mask_png(),
        "masks/counting/broken.png": b"no picture",
        "images/counting/a.jpg": png(),
        "images/other/a.jpg": png((20, 20)),
    }
    done, suite = importing("pointarena", files)
    by_id = targets_by_id(suite)
    assert polygon_of(by_id["data_0"]) == ((10, 20), (30, 20), (30, 40), (10, 40))
    assert by_id["data_1"].regions is not None
    assert len(by_id["data_1"].regions) == 2
    assert done.ids("dropped") == {"empty": ["data_2"], "bad-mask": ["data_3", "data_4"]}
    assert done.pictures == 1


def test_pixmo_masks_are_rows_of_truth(importing: Import) -> None:
    dot = [[False] * 400 for _ in range(200)]
    dot[5][7] = True
    rows = [
        {"image_url": "https://host/p/a.png?size=1", "label": "the dot", "masks": [dot]},
        {"image_url": "https://host/p/a.png", "label": "odd", "masks": [[[True], [True, False]]]},
        {"image_url": "https://host/p/a.png", "label": "two sizes", "masks": [dot, [[True]]]},
        {"image_url": "https://host/p/a.png", "label": "a word", "masks": ["x"]},
    ]
    done, suite = importing("pointarena", {"rows.jsonl": rows})
    ((shot, target),) = suite.targets()
    assert shot.screenshot == "made/a.png"
    assert target.region is not None
    assert target.region.contains(Point(7.5, 5.5))
    assert target.region.area == 1
    assert len(done.ids("dropped")["bad-mask"]) == 3


def test_parquet_with_pictures_in_its_rows(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    inside = {"bytes": png(), "path": "screenshot.png"}
    other = {"bytes": png(color="red"), "path": "screenshot.png"}
    rows = [
        {"image": inside, "instruction": "one", "bbox": [0.25, 0.25, 0.4, 0.45], "bucket": "x"},
        {"image": inside, "instruction": "two", "bbox": [0.0, 0.0, 0.5, 0.5], "bucket": "x"},
        {"image": other, "instruction": "three", "bbox": [0.0, 0.0, 0.5, 0.5], "bucket": "y"},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "test.parquet")
    root = tmp_path / "root"
    done = import_suite(load_format("webclick"), tmp_path / "test.parquet", "wc", root)
    suite = load_suite(root, "wc")
    assert (done.targets, done.screenshots, done.pictures) == (3, 2, 2)
    assert targets_by_id(suite)["test_0"].box == (100, 50, 160, 90)
    assert targets_by_id(suite)["test_0"].extra == {
        "image": {"path": "screenshot.png"},
        "instruction": "one",
        "bbox": [0.25, 0.25, 0.4, 0.45],
        "bucket": "x",
    }
    picture = suite.picture_path(suite.screenshots[0].screenshot).read_bytes()
    assert picture in (inside["bytes"], other["bytes"])
