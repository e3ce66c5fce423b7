"""Exporting and importing again gives the same targets; every loss is reported."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointbench.cli import export
from pointbench.errors import UsageError
from pointbench.exporters import FORMATS, conventions, load_exporter
from pointbench.exporters.exporting import Exported, export_suite
from pointbench.importers import load_format
from pointbench.importers.importing import import_suite
from pointbench.suites import Suite, load_suite
from tests.conftest import DataRoot

BOX = {
    "id": "shot/a",
    "instruction": "Click the gear.",
    "box": [10.1, 20.2, 55.55, 80.7],
    "kind": "icon",
    "name": "Gear",
    "role": "push button",
    "app": "panel",
    "tags": ["panel", "top"],
    "rewordings": ["Open the settings."],
    "verified": {"hit_test": True, "hover": "box"},
    "extra": {"n": 1},
}
POLYGON = {"id": "shot/b", "instruction": "Click the flag.", "polygon": [[0, 0], [9, 0], [0, 9]]}
SEVERAL = {
    "id": "shot/c",
    "instruction": "Click a tab.",
    "kind": "text",
    "regions": [{"box": [0, 0, 5, 5]}, {"polygon": [[20, 20], [30, 20], [25, 30]]}],
}
ABSENT = {"id": "shot/d", "instruction": "Click the moon.", "absent": True, "kind": "icon"}


@pytest.fixture
def suite(root: DataRoot) -> Suite:
    extra: dict[str, Any] = {
        "platform": "linux",
        "environment": {"desktop": "Xfce"},
        "source": {"method": "at-spi"},
    }
    root.screenshot("mine", "shot", [BOX, POLYGON, SEVERAL, ABSENT], **extra)
    root.screenshot("mine", "other", [{**BOX, "id": "other/a"}])
    return load_suite(root.path, "mine")


def export_and_import(form: str, suite: Suite, tmp_path: Path) -> tuple[Exported, Suite]:
    done = export_suite(suite, load_exporter(form), tmp_path / "out")
    import_suite(load_format(form), tmp_path / "out", "mine", tmp_path / "back")
    return done, load_suite(tmp_path / "back", "mine")


def test_coco_keeps_everything(suite: Suite, tmp_path: Path) -> None:
    done, again = export_and_import("coco", suite, tmp_path)
    assert done.losses == ()
    assert (done.targets, done.pictures) == (5, 2)
    assert again.digest == suite.digest
    assert [shot.model_dump() for shot in again.screenshots] == [
        shot.model_dump() for shot in suite.screenshots
    ]


def test_coco_has_its_boxes_outlines_and_images_as_the_format_says(
    suite: Suite, tmp_path: Path
) -> None:
    export_suite(suite, load_exporter("coco"), tmp_path / "out")
    value = json.loads((tmp_path / "out" / "annotations.json").read_text())
    (annotation,) = [
        annotation
        for annotation in value["annotations"]
        if annotation["instruction"] == "Click the flag."
    ]
    assert annotation["bbox"] == [0, 0, 9, 9]
    assert annotation["segmentation"] == [[0, 0, 9, 0, 0, 9]]
    assert annotation["area"] == 40.5
    assert len({annotation["id"] for annotation in value["annotations"]}) == 4
    assert len(value["absent"]) == 1
    for image in value["images"]:
        assert (tmp_path / "out" / "images" / image["file_name"]).is_file()


def test_screenspot_pro_keeps_boxes_and_says_what_it_loses(suite: Suite, tmp_path: Path) -> None:
    done, again = export_and_import("screenspot-pro", suite, tmp_path)
    assert {loss.target: loss.left_out for loss in done.losses} == {
        "shot/b": False,
        "shot/c": True,
        "shot/d": True,
    }
    before = {target.id: target for _, target in suite.targets()}
    after = {target.id: target for _, target in again.targets()}
    assert set(after) == {"shot/a", "shot/b", "other/a"}
    for key in ("instruction", "box", "kind", "app"):
        assert getattr(after["shot/a"], key) == getattr(before["shot/a"], key)
    assert list(after["shot/a"].tags) == ["panel"]
    assert list(after["shot/b"].box or ()) == [0, 0, 9, 9]
    assert [shot.sha256 for shot in again.screenshots] == [
        shot.sha256 for shot in suite.screenshots
    ]


def test_the_icon_alone_is_lost_and_said(root: DataRoot, tmp_path: Path) -> None:
    root.screenshot("icons", "a", [{**BOX, "icon_box": [12, 22, 30, 30]}])
    done = export_suite(load_suite(root.path, "icons"), load_exporter("coco"), tmp_path / "out")
    assert [str(loss) for loss in done.losses] == ["target shot/a: its icon_box has no form here"]


coordinate = st.floats(0, 300, allow_subnormal=False) | st.sampled_from([0.1, 0.2, 0.3, 299.7])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corners=st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=2))
def test_a_box_comes_back_to_the_last_bit(
    corners: list[tuple[float, float]], tmp_path: Path
) -> None:
    (left, right), (top, bottom) = (sorted(axis) for axis in zip(*corners, strict=True))
    if left == right or top == bottom:
        return
    folder = DataRoot(Path(tempfile.mkdtemp(dir=tmp_path)))
    folder.screenshot("mine", "a", [{**BOX, "box": [left, top, right, bottom]}])
    suite = load_suite(folder.path, "mine")
    _, again = export_and_import("coco", suite, folder.path)
    assert again.digest == suite.digest


def test_a_folder_that_is_there_is_not_overwritten(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        export_suite(suite, load_exporter("coco"), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def run_export(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="pointbench export")
    export.add_arguments(parser)
    return export.run(parser.parse_args(list(map(str, arguments))))


def test_the_command_counts_what_it_wrote_and_names_what_was_lost(
    suite: Suite, root: DataRoot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_export("mine", "coco", "-o", tmp_path / "a", "--data", root.path) == 0
    assert "5 targets on 2 screenshots, 2 pictures" in capsys.readouterr().out
    assert run_export("mine", "screenspot-pro", "-o", tmp_path / "b", "--data", root.path) == 1
    assert "shot/d: absent targets have no form here" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no export format 'coca'; did you mean coco"):
        run_export("mine", "coca", "-o", tmp_path / "c", "--data", root.path)
    with pytest.raises(UsageError, match="no suite"):
        run_export("yours", "coco", "-o", tmp_path / "c", "--data", root.path)


def test_every_format_declares_its_convention() -> None:
    assert list(conventions()) == list(FORMATS)
    for name in FORMATS:
        assert "\n" not in load_exporter(name).convention
