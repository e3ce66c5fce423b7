"""Each format puts the same known box, 60 x 40 pixels at (100, 50) of 400 x 200, where it is."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.importers import FORMATS, conventions, load_format
from tests.importers.conftest import Import, png

BOX = (100.0, 50.0, 160.0, 90.0)
XYXY = [100, 50, 160, 90]
XYWH = [100, 50, 60, 40]
SHARES = [0.25, 0.25, 0.4, 0.45]
ASK = "Open the settings"

SPOT = {
    "img_filename": "a.png",
    "instruction": ASK,
    "data_type": "icon",
    "data_source": "windows",
}
PRO = {
    "img_filename": "app/a.png",
    "bbox": XYXY,
    "instruction": ASK,
    "instruction_cn": "打开设置",
    "id": "app_windows_0",
    "application": "app",
    "platform": "windows",
    "img_size": [400, 200],
    "ui_type": "icon",
    "group": "Dev",
}
OSWORLD = {
    "id": "ABC-0",
    "image_path": "a.png",
    "image_size": [400, 200],
    "instruction": ASK,
    "box_type": "bbox",
    "box_coordinates": XYWH,
    "GUI_types": ["Button", "Icon"],
}
TREE = {
    "nodes": [
        {
            "ignored": False,
            "role": {"type": "role", "value": "button"},
            "name": {"type": "computedString", "value": "Settings"},
            "backendDOMNodeId": 7,
        }
    ]
}

SAMPLES: dict[str, dict[str, Any]] = {
    "screenspot": {
        "screenspot_web.json": [{**SPOT, "bbox": XYWH}],
        "screenspot_imgs/a.png": png(),
    },
    "screenspot-v2": {
        "screenspot_web_v2.json": [{**SPOT, "bbox": XYWH}],
        "screenspotv2_image/a.png": png(),
    },
    "screenspot-fractions": {
        "rows.jsonl": [{**SPOT, "file_name": "a.png", "bbox": SHARES}],
        "a.png": png(),
    },
    "screenspot-pro": {"annotations/app.json": [PRO], "images/app/a.png": png()},
    "screenspot-pro-results": {
        "log.json": {
            "details": [
                {
                    "img_path": "/disk/of/someone/app/a.png",
                    "prompt_to_evaluate": ASK,
                    "bbox": XYXY,
                    "image_size": [400, 200],
                    "pred": [1, 2],
                    "correctness": "wrong",
                }
            ],
            "metrics": {},
        }
    },
    "mai-ui": {"OSWorld-G_sspro_format.json": [PRO]},
    "osworld-g": {"OSWorld-G.json": [OSWORLD], "images/a.png": png()},
    "osworld-g-refined": {"OSWorld-G_refined.json": [OSWORLD]},
    "ui-vision": {
        "annotations/element_grounding/element_grounding_basic.json": [
            {
                "image_path": "element_grounding/a.png",
                "image_size": [400, 200],
                "prompt_to_evaluate": ASK,
                "bbox": XYXY,
                "platform": "Krita",
                "category": "Button",
                "element_type": "icon",
            }
        ],
        "images/element_grounding/a.png": png(),
    },
    "mmbench-gui": {
        "L2_annotations.json": [
            {
                "image_path": "a.png",
                "image_size": [400, 200],
                "app_name": "calendar",
                "platform": "os_windows",
                "data_type": "icon",
                "bbox": SHARES,
                "instruction": ASK,
                "grounding_type": "basic",
            }
        ],
        "offline_images/os_windows/a.png": png(),
    },
    "showdown-clicks": {
        "data.csv": "id,image,instruction,x1,y1,x2,y2,width,height\n"
        "K7,frames/s/a.png,Open the settings,100,50,160,90,400,200\n",
        "frames/s/a.png": png(),
    },
    "webclick": {
        "rows.jsonl": [{"image": "a.png", "instruction": ASK, "bbox": SHARES, "bucket": "x"}],
        "a.png": png(),
    },
    "groundui": {
        "metadata_1k.jsonl": [
            {
                "image": "a.png",
                "instruction": ASK,
                "bbox": XYXY,
                "source": "omniact",
                "platform": "web",
                "resolution": [400, 200],
            }
        ]
    },
    "precision-cua": {
        "vscode_dark/combined_data.jsonl": [
            {
                "image": "a.png",
                "conversations": [
                    {"from": "human", "value": ASK},
                    {"from": "gpt", "value": "(325,350)"},
                ],
                "bbox": [250.0, 250.0, 400.0, 450.0],
                "image_size": [400, 200],
                "label_type": "vscode_extn",
            }
        ],
        "images/a.png": png(),
    },
    "coco": {
        "instances.json": {
            "images": [{"id": 1, "file_name": "a.png", "width": 400, "height": 200}],
            "annotations": [
                {"id": 9, "image_id": 1, "category_id": 3, "bbox": XYWH, "caption": ASK}
            ],
            "categories": [{"id": 3, "name": "icon"}],
        }
    },
    "label-studio": {
        "export.json": [
            {
                "id": 5,
                "data": {"image": "/data/upload/1/a.png"},
                "annotations": [
                    {
                        "result": [
                            {
                                "id": "r1",
                                "type": "rectanglelabels",
                                "original_width": 400,
                                "original_height": 200,
                                "image_rotation": 0,
                                "meta": {"text": [ASK]},
                                "value": {
                                    "x": 25,
                                    "y": 25,
                                    "width": 15,
                                    "height": 20,
                                    "rotation": 0,
                                    "rectanglelabels": ["Gear"],
                                },
                            }
                        ]
                    }
                ],
            }
        ]
    },
    "webui": {
        "1/default_400-200-axtree.json": TREE,
        "1/default_400-200-bb.json": {"7": {"x": 100, "y": 50, "width": 60, "height": 40}},
        "1/default_400-200-screenshot.webp": png(),
    },
}


@pytest.mark.parametrize("form", sorted(SAMPLES))
def test_a_known_box_lands_on_its_pixels(form: str, importing: Import) -> None:
    done, suite = importing(form, SAMPLES[form])
    ((shot, target),) = suite.targets()
    assert target.box == pytest.approx(BOX)
    assert (shot.width, shot.height) == (400, 200)
    assert target.instruction == (ASK if form != "webui" else 'Click the button "Settings".')
    assert done.findings == ()
    has_picture = any(name.endswith((".png", ".webp")) for name in SAMPLES[form])
    assert (shot.sha256 is not None) == has_picture


def test_every_format_with_boxes_is_tried_on_the_known_box() -> None:
    without_boxes = {"pointarena", "screenagent"}  # masks, and clicks: tried in the other files
    assert set(SAMPLES) | without_boxes == set(FORMATS)


@pytest.mark.parametrize("form", sorted(SAMPLES))
def test_the_stated_convention_is_the_one_that_is_read(form: str) -> None:
    """The sample lands on the known box, so its numbers show what the format really reads."""
    stated = load_format(form).convention
    rows = repr(SAMPLES[form])
    if form != "osworld-g-refined":  # states that it is as another one
        assert ("0-1 of" in stated) == (repr(SHARES) in rows)
        if repr(XYWH) in rows:
            assert "xywh" in stated
        elif repr(XYXY) in rows or repr(SHARES) in rows:
            assert "xyxy" in stated or "x1, y1, x2, y2" in stated


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_declares_its_convention_in_one_line(form: str) -> None:
    declared = load_format(form)
    assert declared.name == form
    assert "\n" not in declared.convention
    assert len(declared.convention) > 20


def test_the_conventions_are_listed_in_the_order_of_the_formats() -> None:
    assert list(conventions()) == list(FORMATS)


def test_the_suite_says_where_it_comes_from(importing: Import) -> None:
    _, suite = importing("screenspot-pro", SAMPLES["screenspot-pro"])
    assert suite.info.license == "MIT"
    assert suite.info.citation is not None
    assert "2504.07981" in suite.info.citation
    assert suite.info.extra is not None
    assert suite.info.extra["convention"] == load_format("screenspot-pro").convention
    assert suite.info.extra["dropped"] == {}
    assert len(suite.info.extra["files"]["annotations/app.json"]) == 64


def test_what_the_row_says_is_kept(importing: Import) -> None:
    _, suite = importing("screenspot-pro", SAMPLES["screenspot-pro"])
    ((shot, target),) = suite.targets()
    assert (target.id, target.kind, target.app, target.tags) == (
        "app_windows_0",
        "icon",
        "app",
        ("Dev",),
    )
    assert shot.platform == "windows"
    assert target.extra == PRO


def test_an_answer_of_a_results_file_is_not_kept_with_the_target(importing: Import) -> None:
    _, suite = importing("screenspot-pro-results", SAMPLES["screenspot-pro-results"])
    ((shot, target),) = suite.targets()
    assert shot.screenshot == "made/app/a.png"
    assert target.id == "log_0"
    assert target.extra is not None
    assert "pred" not in target.extra
    assert "correctness" not in target.extra
