"""The suite format: every fault of a file at once, with file, target and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointbench.errors import SuiteError
from pointbench.geometry import Point, Polygon, region
from pointbench.suites import (
    data_roots,
    find_suite,
    load_suite,
    picture_path,
    read_screenshot,
    read_suite,
    suite_names,
)
from tests.conftest import DataRoot, small_suite

SOUND: dict[str, Any] = {"id": "s/a", "instruction": "Click a.", "box": [10, 10, 50, 40]}


def faults_of(root: DataRoot, target: Any, **fields: Any) -> list[str]:
    path = root.screenshot("s", "shot", [SOUND | {"id": "s/other"}])
    content = json.loads(path.read_text()) | fields
    content["targets"] = [*content["targets"], target]
    path.write_text(json.dumps(content))
    return [str(fault) for fault in read_suite(root.path, "s")[1]]


def test_a_sound_suite_has_no_fault(small: DataRoot) -> None:
    suite, faults = read_suite(small.path, "small")
    assert faults == []
    assert suite is not None
    assert len(list(suite.targets())) == 11
    assert suite_names(small.path) == ["small"]


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"box": [50, 10, 10, 40]}, "box", "inverted"),
        ({"box": [10, 40, 50, 10]}, "box", "inverted"),
        ({"box": [10, 10, 10, 40]}, "box", "empty"),
        ({"box": [-1, 10, 50, 40]}, "box", "outside"),
        ({"box": [10, 10, 641, 40]}, "box", "outside the picture of 640x360"),
        ({"box": [10, 10, float("nan"), 40]}, "box[2]", "nan, not a finite number"),
        ({"box": [10, 10, float("inf"), 40]}, "box[2]", "inf, not a finite number"),
        ({"box": [10, 10, 50]}, "box[3]", "missing"),
        ({"box": [10, 10, 50, 40, 9]}, "box", "list"),
        ({"box": "10,10,50,40"}, "box", "list"),
        ({"box": [10, 10, "50", 40]}, "box[2]", "number"),
        ({"box": [10, 10, True, 40]}, "box[2]", "number"),
        ({"absent": True}, "box/absent", "exactly one of"),
        ({"polygon": [[1, 1], [9, 1], [9, 9]]}, "box/polygon", "exactly one of"),
        ({"icon_box": [30, 30, 20, 20]}, "icon_box", "inverted"),
        ({"kind": "button"}, "kind", "'icon', 'text' or 'other'"),
        ({"instruction": "  "}, "instruction", "blank"),
        ({"rewordings": ["ok", " "]}, "rewordings[1]", "blank"),
        ({"rewordings": "Click"}, "rewordings", "list"),
        ({"color": "red"}, "color", "unknown key"),
        ({"verified": {"hover": "maybe"}}, "verified.hover", "'box' or 'none'"),
        ({"id": "a\nb"}, "id", "not allowed"),
    ],
)
def test_a_faulty_target_is_named_with_its_field(
    root: DataRoot, change: dict[str, Any], field: str, problem: str
) -> None:
    faults = faults_of(root, SOUND | change)
    assert len(faults) == 1
    assert f"targets/s/shot.json: target {(SOUND | change)['id']!s:.1}" in faults[0]
    assert f"{field}: " in faults[0]
    assert problem in faults[0]


@pytest.mark.parametrize("key", ["id", "instruction"])
def test_a_missing_key_is_named(root: DataRoot, key: str) -> None:
    target = {name: value for name, value in SOUND.items() if name != key}
    (fault,) = faults_of(root, target)
    assert fault.endswith(f"{key}: is missing")


def test_no_region_at_all_is_a_fault(root: DataRoot) -> None:
    (fault,) = faults_of(root, {"id": "s/a", "instruction": "Click a."})
    assert "none is given" in fault


@pytest.mark.parametrize(
    ("polygon", "problem"),
    [
        ([[1, 1], [9, 9]], "at least 3"),
        ([[1, 1], [5, 5], [9, 9]], "enclose no area"),
        ([[1, 1], [700, 1], [9, 9]], "outside the picture"),
    ],
)
def test_a_faulty_polygon(root: DataRoot, polygon: list[list[float]], problem: str) -> None:
    (fault,) = faults_of(root, {"id": "s/p", "instruction": "Click p.", "polygon": polygon})
    assert problem in fault


def test_faulty_regions_are_numbered(root: DataRoot) -> None:
    parts = [{"box": [1, 1, 5, 5]}, {"box": [9, 9, 5, 5]}, {}]
    faults = faults_of(root, {"id": "s/r", "instruction": "Click r.", "regions": parts})
    assert ["regions[1].box" in faults[0], "regions[2]" in faults[1]] == [True, True]


def test_every_fault_of_a_file_comes_in_one_go(root: DataRoot) -> None:
    path = root.screenshot("s", "shot", [])
    content = json.loads(path.read_text())
    content["targets"] = [
        SOUND | {"box": [5, 5, 1, 1], "color": "red"},
        SOUND | {"id": "s/b", "box": [5, 5, 1, 1]},
        SOUND | {"id": "s/c"},
        SOUND | {"id": "s/c"},
        17,
    ]
    path.write_text(json.dumps(content))
    faults = read_suite(root.path, "s")[1]
    assert [(fault.target, fault.field) for fault in faults] == [
        ("s/a", "color"),
        ("s/b", "box"),
        ("s/c", "id"),
        ("number 5", None),
    ]


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"width": 0}, "width", "greater than 0"),
        ({"width": 640.5}, "width", "integer"),
        ({"width": None}, "width", "integer"),
        ({"sha256": "abc"}, "sha256", "not allowed"),
        ({"surprise": 1}, "surprise", "unknown key"),
        ({"screenshot": "../../etc/passwd"}, "screenshot", "leaves screenshots/"),
        ({"screenshot": "/etc/passwd"}, "screenshot", "leaves screenshots/"),
        ({"screenshot": "a\\..\\b.png"}, "screenshot", "plain relative path"),
        ({"screenshot": ""}, "screenshot", "plain relative path"),
    ],
)
def test_a_faulty_file_is_named_with_its_field(
    root: DataRoot, fields: dict[str, Any], field: str, problem: str
) -> None:
    faults = faults_of(root, SOUND, **fields)
    assert any(f"targets/s/shot.json: {field}: " in line and problem in line for line in faults)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"screenshot": "s/shot.png", "targets": [', "not JSON"),
        ("", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"width": 1, "width": 2}', "appears twice"),
        ("[" * 100_000, "not usable JSON"),
        ('{"width": ' + "9" * 5000 + "}", "not usable JSON"),
    ],
)
def test_a_file_that_is_no_annotation(root: DataRoot, text: str, problem: str) -> None:
    path = root.screenshot("s", "shot", [SOUND])
    path.write_text(text)
    faults = [str(fault) for fault in read_screenshot(path)[1]]
    assert any(problem in fault for fault in faults), faults


def test_bytes_that_are_no_text(root: DataRoot) -> None:
    path = root.screenshot("s", "shot", [SOUND])
    path.write_bytes(b"\xff\xfe\x00{")
    (fault,) = read_screenshot(path)[1]
    assert "not UTF-8" in str(fault)


def test_an_id_is_unique_in_its_suite(root: DataRoot) -> None:
    root.screenshot("s", "one", [SOUND])
    root.screenshot("s", "two", [SOUND])
    (fault,) = read_suite(root.path, "s")[1]
    assert (fault.file, fault.target, fault.field) == ("targets/s/two.json", "s/a", "id")
    assert "one.json" in fault.problem


def test_an_empty_suite_is_a_fault(root: DataRoot) -> None:
    root.screenshot("s", "shot", [])
    assert "no target" in str(read_suite(root.path, "s")[1][0])
    for file in (root.path / "targets" / "s").glob("*.json"):
        file.unlink()
    assert "no .json file" in str(read_suite(root.path, "s")[1][0])


def test_suite_toml_is_checked(root: DataRoot) -> None:
    root.screenshot("s", "shot", [SOUND])
    toml = root.path / "targets" / "s" / "suite.toml"
    sound = toml.read_text()
    for text, problem in [
        (sound.replace('name = "s"', 'name = "t"'), "the folder is 's'"),
        (sound + 'mood = "good"\n', "unknown key"),
        (sound.replace("license", "licensing"), "license: is missing"),
        ("name = ", "not TOML"),
    ]:
        toml.write_text(text)
        faults = "\n".join(str(fault) for fault in read_suite(root.path, "s")[1])
        assert problem in faults
        assert "targets/s/suite.toml" in faults
    toml.unlink()
    assert "missing" in str(read_suite(root.path, "s")[1][0])


def test_loading_a_faulty_suite_says_how_many_faults(root: DataRoot) -> None:
    faults_of(root, SOUND | {"box": [1, 1, 0, 0], "icon_box": [1, 1, 0, 0]})
    with pytest.raises(SuiteError) as caught:
        load_suite(root.path, "s")
    assert "(and 1 more)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(caught.value.faults) == 2


def test_a_link_out_of_screenshots_is_refused(root: DataRoot, tmp_path: Path) -> None:
    root.screenshot("s", "shot", [SOUND])
    (tmp_path / "secret.png").write_bytes(b"x")
    (root.path / "screenshots" / "s" / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(SuiteError, match="through a link"):
        picture_path(root.path, "s/link.png")
    assert picture_path(root.path, "s/shot.png").is_file()


def test_regions_of_every_shape(root: DataRoot) -> None:
    root.screenshot(
        "s",
        "shot",
        [
            SOUND,
            {"id": "s/p", "instruction": "p", "polygon": [[1, 1], [9, 1], [1, 9]]},
            {
                "id": "s/r",
                "instruction": "r",
                "regions": [{"box": [1, 1, 2, 2]}, {"box": [5, 5, 9, 9]}],
            },
            {"id": "s/x", "instruction": "x", "absent": True},
        ],
    )
    suite = load_suite(root.path, "s")
    regions = {target.id: target.region for _, target in suite.targets()}
    assert regions["s/a"] == region([10, 10, 50, 40])
    assert regions["s/p"] is not None
    assert regions["s/p"].shapes == (Polygon((Point(1, 1), Point(9, 1), Point(1, 9))),)
    assert regions["s/r"] == region([1, 1, 2, 2], [5, 5, 9, 9])
    assert regions["s/x"] is None


def test_the_digest_is_the_same_in_every_root(tmp_path: Path) -> None:
    one, two = DataRoot(tmp_path / "one"), DataRoot(tmp_path / "two")
    small_suite(one)
    small_suite(two)
    # Other file names, order and white space, whole numbers with a fraction: the same targets.
    annotation = two.path / "targets" / "small" / "shot0.json"
    content = json.loads(annotation.read_text())
    content["targets"] = content["targets"][::-1]
    content["targets"][-1]["box"] = [float(value) for value in content["targets"][-1]["box"]]
    annotation.unlink()
    annotation.with_name("zzz.json").write_text(json.dumps(content, indent=3))
    assert load_suite(one.path, "small").digest == load_suite(two.path, "small").digest


@pytest.mark.parametrize("change", ["instruction", "box", "sha256", "rewordings", "kind"])
def test_the_digest_changes_with_what_is_asked(tmp_path: Path, change: str) -> None:
    one, two = DataRoot(tmp_path / "one"), DataRoot(tmp_path / "two")
    small_suite(one)
    small_suite(two)
    annotation = two.path / "targets" / "small" / "shot0.json"
    content = json.loads(annotation.read_text())
    other: dict[str, Any] = {
        "instruction": "Click it.",
        "box": [1, 1, 9, 9],
        "rewordings": ["Press it."],
        "kind": "other",
    }
    if change == "sha256":
        content["sha256"] = "0" * 64
    else:
        content["targets"][0][change] = other[change]
    annotation.write_text(json.dumps(content))
    assert load_suite(one.path, "small").digest != load_suite(two.path, "small").digest


def test_roots_are_searched_in_order(tmp_path: Path) -> None:
    named, working = DataRoot(tmp_path / "named"), DataRoot(tmp_path / "working")
    small_suite(named, "both")
    small_suite(working, "both", screenshots=1)
    small_suite(working, "mine")
    roots = data_roots(named.path, working.path)
    assert roots[:2] == [named.path, working.path]
    assert len(find_suite("both", roots).screenshots) == 2
    assert find_suite("mine", roots).root == working.path
    assert data_roots(None, tmp_path)[0] != tmp_path  # a folder without targets/ is not a root


@pytest.mark.parametrize("name", ["nope", "../small", "small/../small", "", "a b"])
def test_an_unknown_suite_lists_what_there_is(small: DataRoot, name: str) -> None:
    with pytest.raises(SuiteError, match="small"):
        find_suite(name, [small.path])


def test_an_unknown_suite_names_the_nearest(small: DataRoot) -> None:
    with pytest.raises(
        SuiteError, match=r"no suite 'smal'; did you mean small\? There are: small "
    ):
        find_suite("smal", [small.path])
    with pytest.raises(SuiteError, match="no suite 'nope'; there are: small "):
        find_suite("nope", [small.path])
