"""Label Studio: which regions are read, which are dropped by name, and where its pictures are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointbench.errors import UsageError
from tests.importers.conftest import Import, png, write
from tests.importers.test_import_command import run_import

FRAME = {"original_width": 400, "original_height": 200, "image_rotation": 0}
BOX = {"x": 25, "y": 25, "width": 15, "height": 20, "rotation": 0, "rectanglelabels": ["Gear"]}


def region(kind: str, value: dict[str, Any], identity: str = "r") -> dict[str, Any]:
    return {"id": identity, "type": kind, **FRAME, "value": value}


RECTANGLE = region("rectanglelabels", BOX, "box")
POINT = region("keypointlabels", {"x": 50, "y": 50, "width": 0.5, "keypointlabels": ["Save"]})


def task(*items: dict[str, Any], picture: str = "a.png", **fields: Any) -> dict[str, Any]:
    return {"id": 5, "data": {"image": picture}, "annotations": [{"result": list(items)}], **fields}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (POINT, "key-point"),
        (region("keypoint", {"x": 5, "y": 5, "width": 0.5}), "key-point"),
        (region("KeyPointLabels", {"x": 5, "y": 5, "keypointlabels": ["a"]}), "key-point"),
        (
            region(
                "ellipselabels",
                {"x": 5, "y": 5, "radiusX": 2, "radiusY": 3, "ellipselabels": ["a"]},
            ),
            "ellipse",
        ),
        (region("ellipse", {"x": 5, "y": 5, "radiusX": 2, "radiusY": 3}), "ellipse"),
        (
            region("brushlabels", {"format": "rle", "rle": [0, 1], "brushlabels": ["a"]}),
            "brush",
        ),
        (region("brush", {"format": "rle", "rle": [0, 1]}), "brush"),
        (region("bitmask", {"imageDataURL": "data:image/png;base64,AA=="}), "brush"),
        (region("vectorlabels", {"vertices": [], "points": [[1, 2]]}), "unknown-shape"),
        (region("cuboid", {"x": 1, "y": 2}), "unknown-shape"),
        (region("videorectangle", {"sequence": []}), "unknown-shape"),
        (region("rectanglelabels", {"rectanglelabels": ["a"]}), "not-numbers"),
    ],
)
def test_what_is_not_read_is_dropped_by_name(
    item: dict[str, Any], reason: str, importing: Import
) -> None:
    done, suite = importing("label-studio", {"e.json": [task(item, RECTANGLE)]})
    assert done.ids("dropped") == {reason: ["5_0"]}
    assert [target.id for _, target in suite.targets()] == ["5_1"]
    assert not done.sound


@pytest.mark.parametrize(
    "item",
    [
        {"x": 5, "y": 5, "width": 0.5, "keypointlabels": ["a"]},
        {"x": 5, "y": 5, "radiusX": 2, "radiusY": 3, "ellipselabels": ["a"]},
        {"format": "rle", "rle": [0, 1], "brushlabels": ["a"]},
        {"x": 5, "y": 5},
    ],
)
def test_min_exports_are_told_apart_by_their_keys(item: dict[str, Any], importing: Import) -> None:
    row = {"id": 1, "image": "a.png", "label": [{**item, **FRAME}, {**BOX, **FRAME}]}
    done, suite = importing("label-studio", {"e.json": [row]})
    assert [target.id for _, target in suite.targets()] == ["1_1"]
    (reasons,) = done.ids("dropped").values()
    assert reasons == ["1_0"]


def test_texts_choices_and_relations_are_no_regions(importing: Import) -> None:
    about = [
        region("textarea", {"x": 25, "y": 25, "text": ["Open the settings"]}, "box"),
        region("choices", {"choices": ["blurred"]}, "whole"),
        region("rating", {"rating": 3}, "whole2"),
        {"type": "relation", "from_id": "box", "to_id": "r"},
    ]
    done, suite = importing("label-studio", {"e.json": [task(RECTANGLE, *about)]})
    ((_, target),) = suite.targets()
    assert (target.instruction, done.findings) == ("Open the settings", ())


def test_labels_beside_a_rectangle_are_its_label(importing: Import) -> None:
    place = {"x": 25, "y": 25, "width": 15, "height": 20}
    items = [region("rectangle", place), region("labels", {**place, "labels": ["Gear"]})]
    done, suite = importing("label-studio", {"e.json": [task(*items)]})
    ((_, target),) = suite.targets()
    assert (target.instruction, target.name, done.findings) == ("Gear", "Gear", ())


def test_points_become_boxes_of_the_stated_margin(tmp_path: Path) -> None:
    edge = region("keypointlabels", {"x": 0, "y": 100, "keypointlabels": ["Corner"]}, "c")
    outside = region("keypointlabels", {"x": 101, "y": 5, "keypointlabels": ["Off"]}, "d")
    write(tmp_path, {"e.json": [task(POINT, edge, RECTANGLE)], "o.json": [task(outside, POINT)]})
    words = ("-s", "made", "--data", tmp_path / "root", "--points-as-boxes", "6")
    assert run_import("label-studio", tmp_path / "e.json", *words) == 0
    (file,) = (tmp_path / "root" / "targets" / "made").glob("*.json")
    boxes = {item["name"]: item["box"] for item in json.loads(file.read_text())["targets"]}
    # Cutting our own margin at the picture's edge is no change of the annotation.
    assert boxes == {
        "Save": [194, 94, 206, 106],
        "Corner": [0, 194, 6, 200],
        "Gear": [100, 50, 160, 90],
    }
    words = ("-s", "other", "--data", tmp_path / "root", "--points-as-boxes", "6")
    assert run_import("label-studio", tmp_path / "o.json", *words) == 1


def test_only_formats_with_points_take_a_margin(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": []})
    words = ("-s", "made", "--data", tmp_path, "--points-as-boxes", "6")
    with pytest.raises(UsageError, match="screenspot-pro has no points"):
        run_import("screenspot-pro", tmp_path / "a.json", *words)


def test_a_task_without_a_region_is_listed(importing: Import) -> None:
    empty = [{**task(), "id": 6}, {"id": 7, "data": {"image": "b.png"}, "annotations": []}]
    done, _ = importing("label-studio", {"e.json": [task(RECTANGLE), *empty]})
    assert done.ids("dropped") == {"no-region": ["6", "7"]}


def test_further_annotations_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = task(RECTANGLE)
    both["annotations"] = [
        {"result": [POINT], "was_cancelled": True},
        {"result": [RECTANGLE]},
        {"result": [RECTANGLE]},
    ]
    write(tmp_path, {"e.json": [both]})
    words = ("label-studio", tmp_path / "e.json", "-s", "made", "--data", tmp_path / "root")
    assert run_import(*words) == 0
    printed = capsys.readouterr()
    assert "noted 1: first-annotation" in printed.out
    assert "1 further annotation of this task is not read; noted" in printed.err


@pytest.mark.parametrize(
    "named",
    [
        "/data/upload/1/3f2a1b9c-mail.png",
        "3f2a1b9c-mail.png",
        "http://host:8080/data/upload/1/3f2a1b9c-mail.png",
        "/data/local-files/?d=upload/1/3f2a1b9c-mail.png",
        "/storage-data/uploaded/?filepath=upload/1/3f2a1b9c-mail.png",
        "/data/local-files/?d=C%3A%5Cpictures%5Cmail.png",
        r"C:\Users\me\pictures\mail.png",
    ],
)
def test_a_picture_is_found_under_the_name_before_its_upload(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"e.json": [task(RECTANGLE, picture=named)], "shots/mail.png": png()})
    words = ("label-studio", tmp_path / "e.json", "-s", "made", "--data", tmp_path / "root")
    assert run_import(*words, "--images", tmp_path / "shots") == 0
    printed = capsys.readouterr()
    assert "1 target on 1 screenshot, 1 picture\n" in printed.out
    assert "found" not in printed.err


def test_spaces_and_signs_that_the_upload_took_out(importing: Import) -> None:
    named = "/data/upload/1/3f2a1b9c-Screenshot_2026-11-22_at_10.15_1.png"
    files = {
        "e.json": [task(RECTANGLE, picture=named)],
        "shots/Screenshot 2026-11-22 at 10.15 (1).png": png(),
        "shots/other (1).png": png((40, 20)),
    }
    done, _ = importing("label-studio", files)
    assert (done.pictures, done.findings) == (1, ())
    files["more/Screenshot 2026-11-22 at 10.15 [1].png"] = png((40, 20))
    with pytest.raises(UsageError, match="may be"):
        importing("label-studio", files, suite="twice")


def test_the_uploaded_name_comes_first(importing: Import) -> None:
    files = {
        "e.json": [task(RECTANGLE, picture="3f2a1b9c-mail.png")],
        "mail.png": png((40, 20)),
        "upload/3f2a1b9c-mail.png": png(),
    }
    done, suite = importing("label-studio", files)
    ((shot, _),) = suite.targets()
    assert (done.pictures, shot.width) == (1, 400)


def test_pictures_that_are_not_found_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [task(RECTANGLE), {**task(RECTANGLE, picture="b.png"), "id": 6}]
    write(tmp_path, {"e.json": tasks, "shots/a.png": png()})
    words = ("label-studio", tmp_path / "e.json", "--data", tmp_path / "root")
    assert run_import(*words, "-s", "some", "--images", tmp_path / "shots") == 1
    assert "1 of 2 pictures found" in capsys.readouterr().err
    (tmp_path / "shots" / "a.png").unlink()
    assert run_import(*words, "-s", "none") == 0
    assert "0 of 2 pictures found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"screenshot": "a.png", "title": "Mail"}, True),
        ({"shot": "/data/upload/1/3f2a1b9c-a.png?v=1", "n": 5}, True),
        ({"before": "a.png", "after": "b.png"}, False),
        ({"text": "a picture"}, False),
    ],
)
def test_a_field_of_another_name_may_hold_the_only_picture(
    data: dict[str, Any], found: bool, importing: Import
) -> None:
    tasks = [{**task(RECTANGLE), "data": data}, task(RECTANGLE, id=6, picture="b.png")]
    done, _ = importing("label-studio", {"e.json": tasks, "a.png": png(), "b.png": png()})
    assert done.targets == 1 + found
    assert [finding.reason for finding in done.findings] == ([] if found else ["no-picture-name"])
