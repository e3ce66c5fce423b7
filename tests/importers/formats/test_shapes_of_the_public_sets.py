"""Peculiarities of each public set, on our own samples in its shape."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.suites import Target
from tests.importers.conftest import Import, png
from tests.importers.formats.test_conventions import OSWORLD, PRO


def targets_by_id(suite: Any) -> dict[str, Target]:
    return {target.id: target for _, target in suite.targets()}


def polygon_of(target: Target) -> Any:
    return target.polygon


def test_osworld_g_polygons_and_refusals(importing: Import) -> None:
    triangle = [10, 10, 50, 10, 10, 50]
    rows = [
        {**OSWORLD, "id": "p", "box_type": "polygon", "box_coordinates": triangle},
        {**OSWORLD, "id": "r", "box_type": "refusal", "box_coordinates": [-1, -1, -1, -1]},
        {**OSWORLD, "id": "u", "box_type": "circle"},
    ]
    done, suite = importing("osworld-g", {"OSWorld-G.json": rows})
    by_id = targets_by_id(suite)
    assert polygon_of(by_id["p"]) == ((10, 10), (50, 10), (10, 50))
    assert by_id["r"].absent
    assert by_id["p"].tags == ("Button", "Icon")
    assert by_id["p"].kind is None
    assert done.ids("dropped") == {"unknown-box-type": ["u"]}


def test_mai_ui_polygons_are_what_they_were_before_their_converter(importing: Import) -> None:
    before = [10, 20, 50, 25, 40, 60]
    after = [10, 20, 60, 45, 40, 60]
    rows = [
        {**PRO, "id": "p", "bbox": after, "ui_type": ["Label", "Button"]},
        {**PRO, "id": "r", "bbox": [0, 0, 0, 0]},
        {**PRO, "id": 17},
    ]
    _, suite = importing("mai-ui", {"a.json": rows})
    by_id = targets_by_id(suite)
    pairs = tuple(zip(before[::2], before[1::2], strict=True))
    assert polygon_of(by_id["p"]) == pairs
    assert by_id["p"].tags == ("Dev", "Label", "Button")
    assert by_id["r"].absent
    assert by_id["17"].box == (100, 50, 160, 90)


def test_mmbench_wordings_of_one_box_are_one_target(importing: Import) -> None:
    row = {
        "image_path": "a.png",
        "image_size": [400, 200],
        "platform": "os_mac",
        "data_type": "text",
        "bbox": [0.1, 0.1, 0.2, 0.2],
    }
    rows = [
        {**row, "index": 0, "instruction": "why", "grounding_type": "advanced"},
        {**row, "index": 1, "instruction": "what", "grounding_type": "basic"},
        {**row, "index": 2, "instruction": "who", "grounding_type": "advanced"},
        {
            **row,
            "index": 3,
            "bbox": [0, 0, 0.5, 0.5],
            "instruction": "other",
            "grounding_type": "basic",
        },
    ]
    _, suite = importing("mmbench-gui", {"L2_annotations.json": rows})
    by_id = targets_by_id(suite)
    assert list(by_id) == ["1", "3"]
    assert by_id["1"].instruction == "what"
    assert by_id["1"].rewordings == ("why", "who")
    assert by_id["1"].extra is not None
    assert [row_of_wording["index"] for row_of_wording in by_id["1"].extra["rows"]] == [0, 1, 2]
    assert by_id["3"].rewordings == ()


def test_ids_come_from_the_file_and_the_row_where_there_are_none(importing: Import) -> None:
    row = {
        "image": "a.png",
        "conversations": [{"from": "human", "value": "<image>\nClick"}],
        "bbox": [0, 0, 500, 500],
        "image_size": [400, 200],
    }
    files = {"dark/data.jsonl": [row, row], "light/data.jsonl": [row], "other.jsonl": [row]}
    _, suite = importing("precision-cua", files)
    assert set(targets_by_id(suite)) == {"dark/data_0", "dark/data_1", "light/data_0", "other_0"}
    assert targets_by_id(suite)["other_0"].instruction == "Click"


def test_screenagent_clicks_are_boxes_of_a_declared_margin(importing: Import) -> None:
    click = {"action_type": "MouseAction", "mouse_position": {"width": 100, "height": 60}}
    row = {"image": "a.png", "width": 400, "height": 200, "task_prompt_en": "Go on"}
    rows = [{**row, "actions": [click]}, {**row, "actions": [click, click]}, row]
    done, suite = importing("screenagent", {"steps.jsonl": rows})
    assert targets_by_id(suite)["steps_0"].box == (80, 40, 120, 80)
    assert done.ids("dropped") == {"no-click": ["steps_1", "steps_2"]}


def test_coco_boxes_of_one_category_are_all_right(importing: Import) -> None:
    value = {
        "images": [{"id": 1, "file_name": "a.png", "width": 400, "height": 200}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "bbox": [0, 0, 10, 10]},
            {"id": 2, "image_id": 1, "category_id": 3, "bbox": [50, 0, 10, 10]},
            {"id": 3, "image_id": 1, "category_id": 3, "bbox": [50, 0, -10, 10]},
            {
                "id": 4,
                "image_id": 1,
                "category_id": 4,
                "bbox": [0, 0, 9, 9],
                "segmentation": [[0, 0, 9, 0, 0, 9]],
            },
            {"id": 5, "image_id": 8, "category_id": 4, "bbox": [0, 0, 9, 9]},
            {
                "id": 6,
                "image_id": 1,
                "category_id": 9,
                "bbox": [0, 0, 9, 9],
                "segmentation": {"counts": "x", "size": [200, 400]},
                "iscrowd": 1,
                "caption": "the crowd",
            },
            7,
        ],
        "categories": [{"id": 3, "name": "button"}, {"id": 4, "name": "link"}],
    }
    done, suite = importing("coco", {"c.json": value})
    by_id = targets_by_id(suite)
    assert by_id["c_1"].instruction == "button"
    assert by_id["c_1"].regions is not None
    assert [part.box for part in by_id["c_1"].regions] == [(0, 0, 10, 10), (50, 0, 60, 10)]
    assert polygon_of(by_id["c_4"]) == ((0, 0), (9, 0), (0, 9))
    assert list(by_id["c_6"].box or ()) == [0, 0, 9, 9]
    assert done.ids("noted") == {"mask-as-box": ["c_6"]}
    assert done.ids("changed") == {"inverted": ["c_1"]}
    assert done.ids("dropped") == {
        "no-picture-name": ["c_5"],
        "not-an-object": ["c.json: annotation 6"],
    }


def test_what_coco_cannot_say_of_a_region_is_listed(importing: Import) -> None:
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40]}
    outline = [[10, 20, 40, 20, 40, 60]]
    annotations = [
        {**box, "id": 1, "attributes": {"rotation": 30.0}},
        {**box, "id": 2, "attributes": {"rotation": 360}, "caption": "Click it."},
        {**box, "id": 3, "attributes": {"rotation": 30}, "segmentation": outline},
        {**box, "id": 4, "segmentation": "x", "caption": "Click that."},
    ]
    images = [{"id": 1, "file_name": "a.png", "width": 400, "height": 200}]
    coco = {
        "images": images,
        "categories": [{"id": 1, "name": "gear"}],
        "annotations": annotations,
    }
    done, suite = importing("coco", {"c.json": coco})
    assert done.ids("dropped") == {"rotated": ["c_1"]}
    assert done.ids("noted") == {"mask-as-box": ["c_4"]}
    assert {target.id for target in suite.asked()} == {"c_2", "c_3", "c_4"}


def test_label_studio_polygons_turned_boxes_and_labels(importing: Import) -> None:
    frame = {"original_width": 400, "original_height": 200}
    turned = {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90, "labels": ["gear"]}
    outline = {"points": [[0, 0], [10, 0], [0, 10]], "polygonlabels": ["flag"]}
    plain = {"x": 1, "y": 1, "width": 2, "height": 2, "rectanglelabels": ["tab"]}
    result = [
        {"id": "a", "type": "rectanglelabels", **frame, "value": turned},
        {"id": "b", "type": "polygonlabels", **frame, "value": outline},
        {"id": "b", "type": "textarea", "value": {"text": ["Click the flag"]}},
        {"id": "c", "type": "rectanglelabels", **frame, "value": plain},
        {"id": "d", "type": "rectanglelabels", **frame, "value": {**plain, "x": 20}},
        {"id": "e", "type": "rectanglelabels", **frame, "value": plain, "image_rotation": 90},
        {"id": "f", "type": "choices", "value": {"choices": ["good"]}},
    ]
    task = {
        "id": 5,
        "data": {"image": "/data/local-files/?d=shots/a.png"},
        "annotations": [{"was_cancelled": True, "result": [{}]}, {"result": result}],
    }
    done, suite = importing("label-studio", {"e.json": [task]})
    by_id = {target.instruction: target for _, target in suite.targets()}
    polygon = by_id["gear"].polygon
    assert polygon is not None
    # 40 x 20 px at (200, 100), turned clockwise: it now hangs down to the left.
    assert [tuple(map(round, corner)) for corner in polygon] == [
        (200, 100),
        (200, 140),
        (180, 140),
        (180, 100),
    ]
    assert polygon_of(by_id["Click the flag"]) == ((0, 0), (40, 0), (0, 20))
    assert by_id["tab"].regions is not None
    assert len(by_id["tab"].regions) == 2
    assert done.ids("dropped") == {"turned-picture": ["5_4"]}
    assert next(suite.targets())[0].screenshot == "made/shots/a.png"


def test_label_studio_min_export(importing: Import) -> None:
    region = {
        "x": 25,
        "y": 25,
        "width": 15,
        "height": 20,
        "rotation": 0,
        "rectanglelabels": ["Gear"],
        "original_width": 400,
        "original_height": 200,
    }
    task = {"id": 1, "image": "http://host/pics/a.png", "label": [region]}
    _, suite = importing("label-studio", {"e.json": [task]})
    ((shot, target),) = suite.targets()
    assert target.box == pytest.approx((100, 50, 160, 90))
    assert (shot.screenshot, target.instruction) == ("made/a.png", "Gear")


def accessible_node(number: int, role: str, name: str, ignored: bool = False) -> dict[str, Any]:
    return {
        "ignored": ignored,
        "role": {"value": role},
        "name": {"value": name},
        "backendDOMNodeId": number,
    }


def test_webui_scales_by_device_and_takes_what_can_be_clicked(importing: Import) -> None:
    box = {"x": 10, "y": 20, "width": 30, "height": 10}
    nodes = [
        accessible_node(1, "link", "Home"),
        accessible_node(2, "link", "Home"),
        accessible_node(3, "heading", "Title"),
        accessible_node(4, "button", "Hidden"),
        accessible_node(5, "button", "Gone", ignored=True),
        accessible_node(6, "button", ""),
        accessible_node(7, "button", "Without a box"),
    ]
    files = {
        "1/iPhone-13 Pro-axtree.json": {"nodes": nodes},
        "1/iPhone-13 Pro-bb.json": {str(n): {**box, "y": 10 * n} for n in range(1, 7)},
        "1/iPhone-13 Pro-viewport.json": {"4": False, "1": True},
        "1/iPhone-13 Pro-screenshot.webp": png((300, 600)),
        "1/Toaster-axtree.json": {"nodes": nodes},
    }
    done, suite = importing("webui", files)
    ((shot, target),) = suite.targets()
    assert target.instruction == 'Click the link "Home".'
    assert target.regions is not None
    assert [part.box for part in target.regions] == [(30, 30, 120, 60), (30, 60, 120, 90)]
    assert (target.role, shot.height) == ("link", 600)
    assert [finding.reason for finding in done.findings] == ["unknown-device"]


NEGATIVE = {
    "img_path": "x/app/p.png",
    "img_size": [1600, 900],
    "prompt_to_evaluate": "Click the dinosaur.",
    "bbox": [10, 20, 40, 50],
    "gt_type": "negative",
    "id": "b",
}


@pytest.mark.parametrize("change", [{}, {"bbox": None}, {"gt_type": "Negative "}])
def test_negative_rows_of_a_results_file_are_absent_targets(
    change: dict[str, Any], importing: Import
) -> None:
    done, suite = importing(
        "screenspot-pro-results", {"log.json": {"details": [{**NEGATIVE, **change}]}}
    )
    ((_, target),) = suite.targets()
    assert (target.absent, target.region, done.findings) == (True, None, ())


@pytest.mark.parametrize("form", ["screenspot-pro", "mai-ui"])
@pytest.mark.parametrize("change", [{"gt_type": "negative"}, {"bbox": [-1, -1, -1, -1]}])
def test_negative_rows_of_annotations_are_absent_targets(
    form: str, change: dict[str, Any], importing: Import
) -> None:
    if form == "mai-ui" and "bbox" in change:
        change = {"bbox": [0, 0, 0, 0]}
    rows = [{**PRO, "gt_type": "positive"}, {**PRO, **change, "id": "gone"}]
    _, suite = importing(form, {"a.json": rows})
    assert {target.id: target.absent for _, target in suite.targets()} == {
        "app_windows_0": False,
        "gone": True,
    }


@pytest.mark.parametrize("value", ["maybe", 5, ["negative"], ""])
def test_a_row_that_is_neither_positive_nor_negative_is_dropped(
    value: Any, importing: Import
) -> None:
    rows = [PRO, {**PRO, "id": "odd", "gt_type": value}]
    done, _ = importing("screenspot-pro", {"a.json": rows})
    assert done.ids("dropped") == {"unknown-presence": ["odd"]}


@pytest.mark.parametrize(
    "counts",
    [
        # A picture 4 wide and 3 high: the middle two pixels of the middle two columns' lower rows.
        [4, 2, 1, 2, 3],
        "42102",
    ],
)
def test_coco_run_length_masks_are_outlined_exactly(counts: Any, importing: Import) -> None:
    segmentation = {"counts": counts, "size": [3, 4]}
    value = {
        "images": [{"id": 1, "file_name": "a.png", "width": 4, "height": 3}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "iscrowd": 1,
                "caption": "the crowd",
                "bbox": [0, 0, 4, 3],
                "segmentation": segmentation,
            }
        ],
    }
    done, suite = importing("coco", {"c.json": value})
    ((_, target),) = suite.targets()
    assert done.findings == ()
    assert target.region is not None
    assert tuple(target.region.bounds) == (1, 1, 3, 3)
    assert target.region.area == 4
