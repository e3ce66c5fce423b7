"""Rows as copies, forks and exports of the public sets write them: read right, or dropped by name."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.errors import UsageError
from tests.importers.conftest import Import, png
from tests.importers.formats.test_conventions import ASK, OSWORLD, PRO, SAMPLES
from tests.importers.formats.test_shapes_of_the_public_sets import NEGATIVE

GOOD = {**PRO, "id": "good", "instruction": "Open the folder"}
SHARES = SAMPLES["webclick"]["rows.jsonl"][0]
CLICKS = SAMPLES["showdown-clicks"]["data.csv"].split("\n")[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**PRO, "id": "good", "instruction": "打开设置"}, "duplicate-id"),
        ({**PRO, "bbox": "[100, 50, 160, 90]"}, "not-numbers"),
        ({**PRO, "bbox": ["100", "50", "160", "90"]}, "not-numbers"),
        ({**PRO, "bbox": [[100, 50, 160, 90], [1, 2, 30, 40]]}, "not-numbers"),
        ({**PRO, "bbox": [100.25, 50.5, 160, 90.125]}, None),
        ({**PRO, "img_size": "400x200"}, None),
        ({**PRO, "img_size": [200, 400]}, "size-differs"),
        ({**PRO, "img_filename": "app\\a.png"}, None),
        ({**PRO, "img_filename": "./app/a.png"}, None),
        ({**PRO, "img_filename": "/home/someone/app/a.png"}, "bad-path"),
        ({**PRO, "gt_type": "negative"}, None),
        ({**PRO, "gt_type": "unsure"}, "unknown-presence"),
    ],
)
def test_rows_of_screenspot_pros_shape(
    row: dict[str, Any], reason: str | None, importing: Import
) -> None:
    done, suite = importing("screenspot-pro", {"a.json": [GOOD, row], "app/a.png": png()})
    found = {name: len(ids) for name, ids in done.ids("dropped").items()}
    assert found == ({} if reason is None else {reason: 1})
    assert len(list(suite.targets())) == (2 if reason is None else 1)
    assert done.pictures == 1


def test_a_file_without_any_size_needs_its_pictures(importing: Import) -> None:
    row = {key: value for key, value in PRO.items() if key != "img_size"}
    with pytest.raises(UsageError, match="no picture is there and the annotation gives no size"):
        importing("screenspot-pro", {"a.json": [row]})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (OSWORLD, None),
        ({**OSWORLD, "box_coordinates": [100.5, 50.25, 60, 40]}, None),
        ({**OSWORLD, "box_type": "polygon", "box_coordinates": [1, 1, 9, 1, 9, 9]}, None),
        ({**OSWORLD, "box_type": "refusal", "box_coordinates": [-1, -1, -1, -1]}, None),
        ({**OSWORLD, "box_type": "refusal", "box_coordinates": None}, None),
        ({**OSWORLD, "box_type": "polygon", "box_coordinates": [1, 1, 9, 9]}, "wrong-length"),
        ({**OSWORLD, "box_type": "polygon", "box_coordinates": [[1, 1], [9, 1]]}, "not-numbers"),
        (
            {**OSWORLD, "box_type": "polygon", "box_coordinates": [1, 1, 9, 1, 9, 9, 5]},
            "wrong-length",
        ),
        ({**OSWORLD, "box_type": "circle"}, "unknown-box-type"),
        ({**OSWORLD, "box_coordinates": [-1, -1, -1, -1]}, "inverted"),
    ],
)
def test_rows_of_osworld_g(row: dict[str, Any], reason: str | None, importing: Import) -> None:
    good = {**OSWORLD, "id": "good", "instruction": "Open the folder"}
    done, suite = importing("osworld-g", {"OSWorld-G.json": [good, row]})
    found = {name: len(ids) for name, ids in done.ids("dropped").items()}
    assert found == ({} if reason is None else {reason: 1})
    absent = [target for _, target in suite.targets() if target.absent]
    assert len(absent) == (row["box_type"] == "refusal")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bbox": [100.5, 50.25, 60.5, 40.5]}, None),
        ({"segmentation": {"counts": [0, 400 * 200], "size": [200, 400]}, "iscrowd": 1}, None),
        ({"bbox": [100, 50, 0, 40]}, "empty"),
        ({"image_id": 77}, "no-picture-name"),
        ({"category_id": 77, "caption": None}, "no-instruction"),
        ({"bbox": None}, "not-numbers"),
    ],
)
def test_annotations_of_coco(change: dict[str, Any], reason: str | None, importing: Import) -> None:
    (document,) = SAMPLES["coco"].values()
    (good,) = document["annotations"]
    odd = {**good, "id": 10, "caption": "Open the folder", **change}
    done, suite = importing("coco", {"c.json": {**document, "annotations": [good, odd]}})
    found = {name: len(ids) for name, ids in done.ids("dropped").items()}
    assert found == ({} if reason is None else {reason: 1})
    assert len(list(suite.targets())) == (2 if reason is None else 1)


def test_csv_with_blanks_fractions_spaces_and_quotes(importing: Import) -> None:
    text = (
        f"{CLICKS}\n\n"
        'K1,frames/s/a.png,"Open the ""first"" one, please",100.5, 50,160,90,400,200\n'
        "K2,frames/s/a.png,Open the second,,50,160,90,400,200\n"
        "K3,frames/s/a.png,Open the third,1,2,30,40,400,200\n"
        "K4,frames/s/a.png,Open 5,20,100,50,160,90,400,200\n"
    )
    done, suite = importing("showdown-clicks", {"data.csv": text})
    assert [target.id for _, target in suite.targets()] == ["K1", "K3"]
    assert next(suite.targets())[1].instruction == 'Open the "first" one, please'
    assert {name: len(ids) for name, ids in done.ids("dropped").items()} == {
        "not-numbers": 1,
        "surplus-cells": 1,
    }


def test_shares_a_hair_above_1_are_cut_and_pixels_by_mistake_raise_the_question(
    importing: Import,
) -> None:
    rows = [{**SHARES, "bbox": [0.9, 0.9, 1.0000001, 1.0]}]
    rows += [
        {**SHARES, "instruction": f"Open {n}", "bbox": [0.1, n / 10, 0.2, n / 10 + 0.05]}
        for n in range(9)
    ]
    done, _ = importing("webclick", {"rows.jsonl": rows, "a.png": png()})
    assert (done.ids("changed"), done.sound) == ({"clipped-right-bottom": ["rows_0"]}, True)
    pixels = [{**SHARES, "bbox": [100 + n, 50, 160, 90]} for n in range(3)] + [SHARES]
    done, _ = importing("webclick", {"rows.jsonl": pixels, "a.png": png()}, suite="pixels")
    assert done.ids("dropped") == {"outside": ["rows_0", "rows_1", "rows_2"]}
    assert (done.odd, done.doubtful, done.sound) == (3, True, False)


def test_a_results_file_in_which_some_things_are_absent(importing: Import) -> None:
    rows = [
        {**NEGATIVE, "id": "a", "gt_type": "positive", "prompt_to_evaluate": "Click it."},
        NEGATIVE,
        {**NEGATIVE, "id": "c", "gt_type": "positive", "bbox": [-1, -1, -1, -1]},
    ]
    done, suite = importing("screenspot-pro-results", {"log.json": {"details": rows}})
    assert {target.id: target.absent for _, target in suite.targets()} == {
        "a": False,
        "b": True,
        "c": True,
    }
    assert done.findings == ()


def test_a_results_file_without_sizes_is_refused_and_says_why(importing: Import) -> None:
    rows = [{key: value for key, value in NEGATIVE.items() if key != "img_size"}]
    with pytest.raises(UsageError, match="gives no size"):
        importing("screenspot-pro-results", {"log.json": {"details": rows}})


def test_two_wordings_of_one_picture_stay_two_targets(importing: Import) -> None:
    rows = [GOOD, {**PRO, "id": "other", "instruction": ASK}]
    done, suite = importing("screenspot-pro", {"a.json": rows})
    assert len(list(suite.targets())) == 2
    assert done.faults == ()


ROWS = [form for form, files in SAMPLES.items() if form not in ("coco", "label-studio", "webui")]


@pytest.mark.parametrize("form", ROWS)
def test_a_negative_row_is_absent_in_every_set_of_rows(form: str, importing: Import) -> None:
    """Copies of any of these sets circulate in the harness's own columns."""
    files = {}
    for name, content in SAMPLES[form].items():
        rows = content["details"] if isinstance(content, dict) else content
        if isinstance(rows, list):
            gone = [{**row, "gt_type": "negative", "box_type": "polygon"} for row in rows]
            content = {"details": gone} if isinstance(content, dict) else gone
        elif isinstance(content, str):
            head, row = content.strip().split("\n")
            content = f"{head},gt_type\n{row},negative\n"
        files[name] = content
    done, suite = importing(form, files)
    assert [target.absent for _, target in suite.targets()] == [True]
    assert done.findings == ()
