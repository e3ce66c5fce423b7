"""The public annotations, collected only if POINTBENCH_PUBLIC_LOGS names their folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pointbench.geometry import Point
from pointbench.importers import load_format
from pointbench.importers.importing import Imported, import_suite
from pointbench.suites import Suite, Target, load_suite

LOGS = Path(os.environ["POINTBENCH_PUBLIC_LOGS"])
MAI_UI = LOGS / "mai_ui_annotations"

SETS = {
    # form, source, targets, screenshots, dropped, changed
    "sspro": ("screenspot-pro", "ScreenSpot_Pro_data", 1581, 1581, {}, {"clipped-left-top": 1}),
    "ssv2": ("mai-ui", "ScreenSpot_V2_data", 1272, 730, {}, {"clipped-right-bottom": 1}),
    "osg": ("mai-ui", "OS_G_data", 564, 251, {}, {}),
    # One refined wording is blank.
    "osgr": ("mai-ui", "OS_G_Refine_data", 563, 250, {"no-instruction": 1}, {}),
    "mmbench": ("mai-ui", "MMbench_data", 3594, 1296, {}, {}),
    "uiv-basic": (
        "ui-vision",
        "UI_Vision_data/element_grounding_basic.json",
        1772,
        1181,
        {},
        {"clipped-left-top": 7, "clipped-right-bottom": 21},
    ),
    "uiv-functional": (
        "ui-vision",
        "UI_Vision_data/element_grounding_functional.json",
        1772,
        1181,
        {},
        {"clipped-left-top": 7, "clipped-right-bottom": 21},
    ),
    "uiv-spatial": (
        "ui-vision",
        "UI_Vision_data/element_grounding_spatial.json",
        1934,
        771,
        {"empty": 1},
        {"clipped-left-top": 8, "clipped-right-bottom": 13},
    ),
    "vscode-dark": ("precision-cua", "../precision_cua_ms/vscode_dark", 1329, 1, {}, {}),
    "vscode-light": ("precision-cua", "../precision_cua_ms/vscode_light", 1326, 1, {}, {}),
    "cursor-dark": (
        "precision-cua",
        "../precision_cua_ms/cursor_dark",
        1368 - 554,
        1,
        {"empty": 496, "inverted": 58},
        {},
    ),
    "cursor-light": (
        "precision-cua",
        "../precision_cua_ms/cursor_light",
        1367 - 472,
        1,
        {"empty": 452, "inverted": 20},
        {},
    ),
    "screenagent": (
        "screenagent",
        "../screenagent_linux",
        150,
        150,
        {},
        {"clipped-left-top": 1, "clipped-right-bottom": 4},
    ),
    "dimo-v2": (
        "screenspot-pro-results",
        "../dimo_gui_results/v2/osatlas-7b-dimo-3-0.05.json",
        1272,
        730,
        {},
        {"clipped-right-bottom": 1},
    ),
}
Import = tuple[Imported, Suite]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def imports(root: Path) -> dict[str, Import]:
    imports = {}
    for name, (form, source, *_) in SETS.items():
        done = import_suite(load_format(form), MAI_UI / source, name, root)
        imports[name] = (done, load_suite(root, name))
    return imports


def count_by_reason(reasons: dict[str, list[str]]) -> dict[str, int]:
    return {reason: len(ids) for reason, ids in reasons.items()}


@pytest.mark.parametrize("name", SETS)
def test_targets_screenshots_drops_and_cuts_are_counted_as_known(
    name: str, imports: dict[str, Import]
) -> None:
    done, suite = imports[name]
    _, _, targets, screenshots, dropped, changed = SETS[name]
    assert (done.targets, done.screenshots) == (targets, screenshots)
    assert count_by_reason(done.ids("dropped")) == dropped
    assert count_by_reason(done.ids("changed")) == changed
    assert suite.info.extra is not None
    assert suite.info.extra["dropped"] == done.ids("dropped")


def test_pictures_come_along_where_they_are(imports: dict[str, Import]) -> None:
    assert imports["vscode-dark"][0].pictures == 0
    assert imports["screenagent"][0].pictures == 150


def test_pictures_beside_a_lone_file(root: Path) -> None:
    source = LOGS / "precision_cua_ms" / "vscode_dark" / "combined_data.jsonl"
    done = import_suite(load_format("precision-cua"), source, "vscode-dark-lone", root)
    assert done.pictures == 1


def test_osworld_g_has_its_polygons_and_refusals(imports: dict[str, Import]) -> None:
    targets = [target for _, target in imports["osg"][1].targets()]
    assert sum(target.absent for target in targets) == 54
    assert sum(target.polygon is not None for target in targets) == 40
    assert sum(target.box is not None for target in targets) == 470


def test_the_known_box_outside_screenspot_v2(imports: dict[str, Import]) -> None:
    done, suite = imports["ssv2"]
    ((changed,),) = done.ids("changed").values()
    boxes = {target.id: target.box for _, target in suite.targets()}
    assert boxes[changed] == (645, 625, 2360, 1590)


def test_mmbench_wordings_pair_up(tmp_path: Path) -> None:
    """Their copy, put back into the authors' keys and shares, gives 1,598 two-way targets."""
    rows = json.loads((MAI_UI / "MMbench_data" / "MMbench_GUI_sspro_format.json").read_text())
    authors_rows = [
        {
            "index": row["id"],
            "image_path": row["img_filename"].partition("/")[2],
            "image_size": row["img_size"],
            "platform": row["platform"],
            "app_name": row["application"],
            "data_type": row["ui_type"],
            "instruction": row["instruction"],
            "grounding_type": row["group"],
            "bbox": [
                round(value / row["img_size"][n % 2], 4) for n, value in enumerate(row["bbox"])
            ],
        }
        for row in rows
    ]
    (tmp_path / "L2_annotations.json").write_text(json.dumps(authors_rows))
    import_suite(load_format("mmbench-gui"), tmp_path, "l2", tmp_path / "root")
    targets = [target for _, target in load_suite(tmp_path / "root", "l2").targets()]
    both = [target for target in targets if {"basic", "advanced"} <= set(target.tags)]
    assert len(both) == 1598
    assert len(targets) == 1973
    assert sum(len(target.extra["rows"]) for target in targets if target.extra) == 3594


def rows_of_log(name: str) -> list[dict[str, Any]]:
    text = (LOGS / name).read_text()
    try:
        value = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
    rows: list[dict[str, Any]] = value["details"] if isinstance(value, dict) else value
    return rows


def targets_by_id(suite: Suite) -> dict[str, Target]:
    return {target.id: target for _, target in suite.targets()}


def is_hit(target: Target, row: dict[str, Any]) -> bool:
    region = target.region
    return bool(row["pred"]) and region is not None and region.contains(Point(*row["pred"]))


@pytest.mark.parametrize(
    ("file", "name", "hits"),
    [
        ("output_local/SSPro.json", "sspro", 1046),
        ("output_local/SSV2.json", "ssv2", 1210),
        ("output_server/SSPro.jsonl", "sspro", 1060),
        ("output_server/SSV2.jsonl", "ssv2", 1207),
        ("output_server/MMBench.jsonl", "mmbench", 3190),
    ],
)
def test_rows_of_mai_ui_are_targets_by_id(
    file: str, name: str, hits: int, imports: dict[str, Import]
) -> None:
    targets = targets_by_id(imports[name][1])
    rows = rows_of_log(f"mai_ui_results/{file}")
    verdicts = [is_hit(targets[str(row["id"])], row) for row in rows]
    assert verdicts == [row["correctness"] == "correct" for row in rows]
    assert sum(verdicts) == hits


@pytest.mark.parametrize(
    ("file", "name", "differing"),
    [
        ("output_local/OS_G.json", "osg", 14),
        ("output_local/OS_G_Refine.json", "osgr", 13),
        ("output_server/OS_G.jsonl", "osg", 13),
        ("output_server/OS_G_Refine.jsonl", "osgr", 12),
    ],
)
def test_only_verdicts_on_polygons_differ(
    file: str, name: str, differing: int, imports: dict[str, Import]
) -> None:
    targets = targets_by_id(imports[name][1])
    rows = [row for row in rows_of_log(f"mai_ui_results/{file}") if row["id"] in targets]
    odd = [r for r in rows if is_hit(targets[r["id"]], r) != (r["correctness"] == "correct")]
    assert len(odd) == differing
    assert all(targets[row["id"]].polygon for row in odd)


@pytest.mark.parametrize(
    ("file", "hits"),
    [
        ("dimo_gui_results/pro/osatlas-4b-dimo-5-0.05.json", 167),
        ("dimo_gui_results/pro/osatlas-7b-dimo-5-0.05.json", 785),
        ("dimo_gui_results/pro/uground-dimo-5-0.05.json", 420),
        ("dimo_gui_results/pro/ugroundv1-dimo-5-0.05.json", 750),
        ("omniparser_sspro_gpt4o/logs_sspro_omniv2.json", 630),
    ],
)
def test_rows_without_an_id_are_targets_by_picture(
    file: str, hits: int, imports: dict[str, Import]
) -> None:
    targets = {
        (target.extra or {})["img_filename"]: target for _, target in imports["sspro"][1].targets()
    }
    rows = rows_of_log(file)
    names = ["/".join(row["img_path"].split("/")[-2:]) for row in rows]
    assert len(set(names)) == len(targets) == 1581
    assert sum(is_hit(targets[name], row) for name, row in zip(names, rows, strict=True)) == hits


def test_a_results_file_is_its_own_suite(imports: dict[str, Import]) -> None:
    targets = targets_by_id(imports["dimo-v2"][1])
    rows = rows_of_log("dimo_gui_results/v2/osatlas-7b-dimo-3-0.05.json")
    ids = [f"osatlas-7b-dimo-3-0.05_{number}" for number in range(len(rows))]
    assert sum(is_hit(targets[key], row) for key, row in zip(ids, rows, strict=True)) == 1090


def test_gold_points_of_precision_cua_lie_in_their_boxes(imports: dict[str, Import]) -> None:
    """The frame of 1000 is correct: read in it, the gold answers are in the boxes."""
    for _, target in imports["vscode-dark"][1].targets():
        assert target.extra is not None
        x, y = json.loads(target.extra["conversations"][1]["value"].translate({40: 91, 41: 93}))
        assert target.region is not None
        # Whole numbers of a frame of 1000 are up to 1.28 px off the middle of a caret.
        assert target.region.distance(Point(x * 1.28, y * 1.024)) < 1.3


TITLES = {
    "ssv2": "ScreenSpot-v2 (MAI-UI's copy)",
    "osg": "OSWorld-G (MAI-UI's copy)",
    "osgr": "OSWorld-G refined (MAI-UI's copy)",
    "dimo-v2": "Targets of a ScreenSpot-Pro results file",
}


@pytest.mark.parametrize("name", TITLES)
def test_sets_that_name_no_app_have_none(name: str, imports: dict[str, Import]) -> None:
    suite = imports[name][1]
    assert [target.app for _, target in suite.targets() if target.app] == []
    assert suite.info.title == TITLES[name]


def test_mmbench_and_screenspot_pro_keep_the_apps_that_they_name(
    imports: dict[str, Import],
) -> None:
    apps = {
        name: {target.app for _, target in imports[name][1].targets() if target.app}
        for name in ("mmbench", "sspro")
    }
    assert (len(apps["mmbench"]), len(apps["sspro"])) == (93, 26)
    assert not any(app.startswith("screenspot") for app in apps["mmbench"])
