"""Faulty annotations are listed one by one, and dropped or cut by one rule; nothing raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointbench.errors import UsageError
from pointbench.geometry import Box, Polygon, Size
from pointbench.importers import FORMATS, load_format
from pointbench.importers.convert import clip_polygon, to_region
from pointbench.importers.drafts import Convention, DraftRegion
from pointbench.importers.importing import import_suite
from pointbench.suites import read_suite
from tests.importers.conftest import Import, png
from tests.importers.formats.test_conventions import PRO, SAMPLES

SIZE = Size(400, 200)
GOOD = {**PRO, "id": "good"}


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([10, 10, 5, 20], "inverted"),
        ([10, 10, 10, 20], "empty"),
        ([0, 0, 0, 0], "empty"),
        ([400, 0, 500, 50], "outside"),
        ([-50, -50, -1, -1], "outside"),
        ([1, 2, 3], "wrong-length"),
        ([1, 2, 3, 4, 5], "wrong-length"),
        ([], "wrong-length"),
        ("1,2,3,4", "not-numbers"),
        (None, "not-numbers"),
        ([1, 2, "3", 4], "not-numbers"),
        ([1, 2, None, 4], "not-numbers"),
        ([1, 2, True, 4], "not-numbers"),
        ([[1, 2], [3, 4]], "not-numbers"),
        ({"x": 1}, "not-numbers"),
        ([1, 2, float("nan"), 4], "not-finite"),
        ([1, 2, float("inf"), 4], "not-finite"),
        ([1, 2, 10**400, 4], "not-finite"),
    ],
)
def test_a_bad_box_is_dropped_and_named(box: Any, reason: str, importing: Import) -> None:
    done, suite = importing("screenspot-pro", {"a.json": [{**PRO, "bbox": box}, GOOD]})
    assert done.ids("dropped") == {reason: ["app_windows_0"]}
    assert [target.id for _, target in suite.targets()] == ["good"]
    assert suite.info.extra is not None
    assert suite.info.extra["dropped"] == {reason: ["app_windows_0"]}
    assert str(done.findings[0]).startswith("a.json: row 0: target app_windows_0: ")


@pytest.mark.parametrize(
    ("box", "kept", "reason"),
    [
        ([-5, 10, 20, 30], (0, 10, 20, 30), "clipped-left-top"),
        ([390, 190, 401, 230], (390, 190, 400, 200), "clipped-right-bottom"),
        ([0, 0, 400.0000000001, 200], (0, 0, 400, 200), "clipped-right-bottom"),
        ([0, 0, 1e308, 1e308], (0, 0, 400, 200), "clipped-right-bottom"),
    ],
)
def test_what_reaches_outside_is_cut(
    box: list[float], kept: tuple[float, ...], reason: str, importing: Import
) -> None:
    done, suite = importing("screenspot-pro", {"a.json": [{**PRO, "bbox": box}]})
    ((_, target),) = suite.targets()
    assert target.box == kept
    assert done.ids("changed") == {reason: ["app_windows_0"]}
    assert done.ids("dropped") == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instruction": ""}, "no-instruction"),
        ({"instruction": " \n"}, "no-instruction"),
        ({"instruction": None}, "no-instruction"),
        ({"instruction": 5}, "no-instruction"),
        ({"instruction": ["click"]}, "no-instruction"),
        ({"img_filename": None}, "no-picture-name"),
        ({"img_filename": 7}, "no-picture-name"),
        ({"img_filename": "../../etc/passwd"}, "bad-path"),
        ({"img_filename": "/etc/passwd"}, "bad-path"),
        ({"img_filename": "..\\..\\secret.png"}, "bad-path"),
        ({"img_filename": "C:\\secret.png"}, "bad-path"),
        ({"img_filename": "a\0.png"}, "bad-path"),
        ({"img_size": None}, "no-size"),
        ({"img_size": [0, 5]}, "no-size"),
        ({"img_size": [400.5, 200]}, "no-size"),
        ({"img_size": [400, "200"]}, "no-size"),
        ({"img_size": [70000, 10]}, "bad-size"),
        ({"id": "good"}, "duplicate-id"),
        ({"id": "x" * 400}, "bad-id"),
        ({"id": "line\nbreak"}, "bad-id"),
    ],
)
def test_a_bad_row_is_dropped_and_named(
    change: dict[str, Any], reason: str, importing: Import
) -> None:
    done, suite = importing("screenspot-pro", {"a.json": [GOOD, {**PRO, **change}]})
    assert list(done.ids("dropped")) == [reason]
    assert len(list(suite.targets())) == 1


@pytest.mark.parametrize("key", ["img_filename", "instruction", "application", "more"])
@pytest.mark.parametrize("value", ["\ud800.png", {"\ud800": "\udfff"}])
def test_lone_surrogates_lose_no_import(key: str, value: Any, importing: Import) -> None:
    done, _ = importing("screenspot-pro", {"a.json": [{**PRO, "id": "odd", key: value}, GOOD]})
    assert done.targets == 2 - len(done.findings)
    assert done.targets == 2 or key in ("img_filename", "instruction")


def test_rows_that_are_none(importing: Import) -> None:
    lines = [json.dumps(SAMPLES["groundui"]["metadata_1k.jsonl"][0]), "{broken", "7", "", "[]"]
    done, _ = importing("groundui", {"m.jsonl": "\n".join(lines)})
    assert done.ids("dropped") == {
        "not-an-object": ["m.jsonl: line 3", "m.jsonl: line 5"],
        "not-json": ["m.jsonl: line 2"],
    }


def test_a_picture_of_another_size_than_annotated(importing: Import) -> None:
    files = {"a.json": [PRO, {**GOOD, "img_filename": "b.png"}], "app/a.png": png((800, 400))}
    done, _ = importing("screenspot-pro", files)
    assert done.ids("dropped") == {"size-differs": ["app_windows_0"]}


def test_shares_follow_the_picture_whatever_size_is_annotated(importing: Import) -> None:
    row = {**SAMPLES["mmbench-gui"]["L2_annotations.json"][0], "image_size": [4, 2]}
    files = {"L2_annotations.json": [row], "os_windows/a.png": png()}
    _, suite = importing("mmbench-gui", files)
    assert next(suite.targets())[1].box == (100, 50, 160, 90)


def test_a_broken_picture_and_an_ambiguous_one(importing: Import) -> None:
    files = {
        "a.json": [
            PRO,
            {**GOOD, "img_filename": "b.png"},
            {**PRO, "id": "ok", "img_filename": "c"},
        ],
        "app/a.png": b"\x89PNG\r\n\x1a\nbroken",
        "one/b.png": png(),
        "two/b.png": png(),
    }
    done, _ = importing("screenspot-pro", files)
    assert done.ids("dropped") == {"bad-picture": ["app_windows_0", "good"]}


def test_a_polygon_is_cut_at_the_picture() -> None:
    conversion = to_region(DraftRegion([-100, 50, 100, -50, 100, 150], polygon=True), SIZE)
    assert conversion.reason == "clipped-left-top"
    assert isinstance(conversion.shape, Polygon)
    bounds = conversion.shape.bounds
    assert (bounds.left, bounds.top) == (0, 0)
    assert bounds.right == 100


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, 2, 3, 4], "wrong-length"),
        ([1, 2, 3, 4, 5], "wrong-length"),
        ([1, 1, 2, 2, 3, 3], "empty"),
        ([500, 500, 600, 500, 500, 600], "outside"),
        ([1, 2, float("nan"), 4, 5, 6], "not-finite"),
        ([0, 0] * 200_000, "not-numbers"),
    ],
)
def test_a_bad_polygon_is_dropped(values: list[float], reason: str) -> None:
    assert to_region(DraftRegion(values, polygon=True), SIZE).reason == reason


numbers = st.one_of(st.floats(), st.integers(), st.integers(-500, 500))


@given(st.lists(numbers, max_size=14), st.booleans(), st.sampled_from(["xyxy", "xywh"]))
def test_whatever_is_kept_lies_in_the_picture(
    values: list[float], polygon: bool, corners: Any
) -> None:
    conversion = to_region(DraftRegion(values, Convention("pixel", corners), polygon), SIZE)
    if conversion.shape is not None:
        left, top, right, bottom = conversion.shape.bounds
        assert 0 <= left < right <= 400
        assert 0 <= top < bottom <= 200
        assert conversion.shape.area > 0


def test_clipping_leaves_what_is_inside() -> None:
    inside = [*map(tuple, ([1.0, 1.0], [9.0, 1.0], [9.0, 9.0]))]
    assert [tuple(corner) for corner in clip_polygon(inside, SIZE)] == inside  # type: ignore[arg-type]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("form", sorted(FORMATS))
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_file_makes_an_importer_raise(form: str, data: Any, tmp_path: Path) -> None:
    """A sound sample with parts replaced by arbitrary values: a sound suite, or one line."""
    sample = SAMPLES.get(form, {"rows.jsonl": [{}]})
    folder = tmp_path / "fuzz"
    for name, content in sample.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes | str):
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            continue
        changed = _with_a_change(content, data)
        rows = changed if name.endswith(".jsonl") else [changed]
        rows = rows if isinstance(rows, list) else [rows]
        path.write_text("\n".join(json.dumps(row) for row in rows))
    root = tmp_path / "root"
    _remove(root)
    line = _refusal(form, folder, root)
    assert "\n" not in line
    assert line or read_suite(root, "fuzzed")[1] == []


def _refusal(form: str, folder: Path, root: Path) -> str:
    """The one-line message of a refused import, or nothing."""
    try:
        import_suite(load_format(form), folder, "fuzzed", root)
    except UsageError as error:
        return str(error)
    return ""


def _with_a_change(value: Any, data: Any) -> Any:
    if not data.draw(st.booleans()) or not isinstance(value, dict | list) or not value:
        return data.draw(json_values) if data.draw(st.integers(0, 3)) == 0 else value
    if isinstance(value, list):
        return [_with_a_change(item, data) for item in value]
    key = data.draw(st.sampled_from(sorted(value)))
    return {**value, key: _with_a_change(value[key], data)}


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def test_the_box_of_a_target_is_a_box() -> None:
    assert to_region(DraftRegion([1, 2, 3, 4]), SIZE).shape == Box(1, 2, 3, 4)
