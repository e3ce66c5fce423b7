"""The suite that an import writes: all or nothing, equal for equal input, never overwritten."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.errors import UsageError
from pointbench.importers.shots import clean_name, safe_name
from pointbench.importers.write import Staging
from pointbench.suites import path_problem
from pointbench.suites.toml import to_toml
from pointbench.suites.writing import targets_text
from tests.importers.conftest import Import, png
from tests.importers.formats.test_conventions import PRO


def files_below(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_a_second_import_of_the_same_changes_nothing(importing: Import, root: Path) -> None:
    files = {"a.json": [PRO], "images/app/a.png": png()}
    first, _ = importing("screenspot-pro", files)
    before = files_below(root)
    second, _ = importing("screenspot-pro", files)
    assert (first.new, second.new) == (True, False)
    assert files_below(root) == before
    assert set(before) == {
        "targets/made/suite.toml",
        "targets/made/app__a.png.json",
        "screenshots/made/app/a.png",
    }


def in_the_layout_of_0_1_0(annotation: Path) -> bytes:
    """The file as 0.1.0 wrote it: every number of a box on its own line."""
    text = json.dumps(json.loads(annotation.read_text()), ensure_ascii=False, indent=1) + "\n"
    annotation.write_text(text)
    return text.encode()


def test_a_suite_that_0_1_0_imported_is_recognized_and_left_as_it_is(
    importing: Import, root: Path
) -> None:
    files = {"a.json": [PRO], "images/app/a.png": png()}
    importing("screenspot-pro", files)
    annotation = root / "targets" / "made" / "app__a.png.json"
    now = annotation.read_bytes()
    before = in_the_layout_of_0_1_0(annotation)
    assert before != now
    done, _ = importing("screenspot-pro", files)
    assert not done.new
    assert annotation.read_bytes() == before


@pytest.mark.parametrize("content", [b"no JSON", b"[" * 100_000, b"\xff", b""])
def test_a_file_of_that_name_that_is_no_annotation_is_another_suite(
    content: bytes, importing: Import, root: Path
) -> None:
    importing("screenspot-pro", {"a.json": [PRO]})
    (root / "targets" / "made" / "app__a.png.json").write_bytes(content)
    with pytest.raises(UsageError, match="holds another suite"):
        importing("screenspot-pro", {"a.json": [PRO]})


def test_an_import_writes_annotations_as_a_capture_does(importing: Import, root: Path) -> None:
    importing("screenspot-pro", {"a.json": [PRO]})
    text = (root / "targets" / "made" / "app__a.png.json").read_text()
    assert text == targets_text(json.loads(text))
    assert '"box": [100, 50, 160, 90]' in text


def test_another_suite_of_that_name_is_left_alone(importing: Import, root: Path) -> None:
    importing("screenspot-pro", {"a.json": [PRO]})
    before = files_below(root)
    with pytest.raises(UsageError, match="holds another suite"):
        importing("screenspot-pro", {"a.json": [{**PRO, "bbox": [0, 0, 9, 9]}]})
    assert files_below(root) == before
    assert sorted(path.name for path in root.iterdir()) == ["targets"]


def test_pictures_in_the_way_are_left_alone(importing: Import, root: Path) -> None:
    (root / "screenshots" / "made").mkdir(parents=True)
    (root / "screenshots" / "made" / "mine.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match="in the way"):
        importing("screenspot-pro", {"a.json": [PRO]})
    assert list(files_below(root)) == ["screenshots/made/mine.png"]


def test_pictures_of_an_import_that_was_cut_short_are_taken_over(
    importing: Import, root: Path
) -> None:
    files = {"a.json": [PRO], "images/app/a.png": png()}
    importing("screenspot-pro", files)
    for path in (root / "targets" / "made").iterdir():
        path.unlink()
    (root / "targets" / "made").rmdir()
    done, suite = importing("screenspot-pro", files)
    assert done.new
    assert suite.screenshots[0].sha256


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x.", "with space"])
def test_a_name_that_is_none(name: str, root: Path) -> None:
    with pytest.raises(UsageError, match="not a suite name"):
        Staging(root, name)


def test_names_that_only_differ_where_a_file_system_does_not(importing: Import) -> None:
    names = [
        "app/a.png",
        "app/A.png",
        "app/a:1.png",
        "app/a?1.png",
        "é" * 150 + ".png",
        "app__a.png",
    ]
    rows = [{**PRO, "id": str(n), "img_filename": name} for n, name in enumerate(names)]
    _, suite = importing("screenspot-pro", {"a.json": rows})
    names_written = [shot.screenshot for shot in suite.screenshots]
    assert len({name.lower() for name in names_written}) == 6
    assert all(len(part.encode()) < 255 for name in names_written for part in name.split("/"))


@given(st.text(min_size=1, max_size=300))
def test_a_safe_name_is_one_that_a_screenshot_may_have(name: str) -> None:
    cleaned = clean_name(name)
    if cleaned is not None:
        assert path_problem(f"suite/{safe_name(cleaned)}") is None


plain = st.recursive(
    st.text(max_size=20) | st.integers(-(2**53), 2**53) | st.booleans(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=9), st.dictionaries(st.text(max_size=9), plain) | plain))
def test_toml_is_read_back_as_it_was(values: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(values)) == values


def test_extra_numbers_and_words_that_json_has_not(importing: Import) -> None:
    row = {**PRO, "odd": float("nan"), "deep": {"a": [1.0, float("inf")]}, "big": 2**60}
    _, suite = importing("screenspot-pro", {"a.json": [row]})
    ((_, target),) = suite.targets()
    assert target.extra is not None
    assert "odd" not in target.extra
    assert target.extra["deep"] == {"a": [1, None]}
    assert target.extra["big"] == str(2**60)


def test_infinity_kept_by_our_own_exporter_becomes_null(importing: Import) -> None:
    kept = {"target": {"id": "s/a"}}
    image = {"id": 1, "file_name": "a.png", "width": 400, "height": 200}
    document = {
        "images": [{**image, "pointbench": {"extra": {"n": float("inf"), "deep": [2**60, None]}}}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "bbox": [1, 2, 3, 4],
                "instruction": "Click it.",
                "attributes": {"pointbench": kept},
            }
        ],
        "categories": [],
    }
    _, suite = importing("coco", {"a.json": document})
    assert suite.screenshots[0].extra == {"n": None, "deep": [2**60, None]}


def test_the_writer_of_annotations_refuses_what_json_cannot_hold() -> None:
    with pytest.raises(ValueError, match="JSON"):
        targets_text({"width": float("nan")})
    assert json.loads(targets_text({"name": "\ud800odd"})) == {"name": "?odd"}
