"""Overlays: correct sizes, points where they belong, a canvas if there is no picture."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from pointbench.geometry import Size
from pointbench.report.drawing import sizes_for, wrap
from pointbench.report.entries import ReportRun, model_markers
from pointbench.report.markers import COLORS, GRAY, SHAPES, corners, markers_for
from pointbench.report.overlay import overlay_screenshot, overlay_target
from pointbench.report.overlay_legend import outcome_text
from pointbench.suites import AskedTarget
from tests.report import sample_run


def _target(run: ReportRun, height: int, number: int = 0) -> AskedTarget:
    return next(item for item in run.targets if item.id == f"desk-{height}p/b{number}")


def _picture(root: Path, target: AskedTarget) -> Path:
    return root / "data" / "screenshots" / target.screenshot


@pytest.mark.parametrize("size", sample_run.SIZES)
def test_the_screenshot_is_left_as_it_is_but_for_the_marks(
    run: ReportRun, root: Path, size: tuple[int, int]
) -> None:
    target = _target(run, size[1])
    overlay = overlay_target(target, run.records, _picture(root, target))
    assert overlay.width == target.width
    assert overlay.height > target.height
    # The far corner of the desktop holds neither region nor legend.
    assert overlay.getpixel((target.width - 2, target.height - 2)) == (58, 78, 102)


def test_text_and_markers_grow_with_the_picture() -> None:
    small, large = sizes_for(1280, 720), sizes_for(3840, 2160)
    assert large.text == 3 * small.text
    assert large.marker == pytest.approx(3 * small.marker)


def test_a_hit_is_filled_and_a_miss_is_hollow(run: ReportRun, root: Path) -> None:
    target = _target(run, 1080)
    assert target.region is not None
    x, y = target.region.bounds.center
    hit = sample_run.clicked(target, "a/b", x, y)
    miss = sample_run.clicked(target, "a/b", 40.5, 900.5)
    color = ImageColor.getrgb(markers_for(["a/b"])["a/b"].color)
    overlay = overlay_target(target, [hit], _picture(root, target))
    assert overlay.getpixel((round(x), round(y))) == color
    overlay = overlay_target(target, [miss], _picture(root, target))
    assert overlay.getpixel((40, 900)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["missing", "another size", "not a picture", None])
def test_without_its_picture_the_canvas_is_gray(
    run: ReportRun, tmp_path: Path, kind: str | None
) -> None:
    target = _target(run, 720)
    path = tmp_path / "x.png"
    if kind == "another size":
        Image.new("RGB", (10, 10)).save(path)
    elif kind == "not a picture":
        path.write_bytes(b"no picture at all")
    overlay = overlay_target(target, run.records, None if kind is None else path)
    assert overlay.width == target.width
    assert overlay.getpixel((3, 3)) == (205, 205, 203)


def test_shapes_polygons_absent_and_hostile_targets_are_drawn(run: ReportRun) -> None:
    base = _target(run, 720).model_dump()
    base["instruction"] = sample_run.HOSTILE + "日本語 " * 400
    several = AskedTarget.model_validate(
        base
        | {
            "box": None,
            "regions": [{"box": [5, 5, 20, 20]}, {"polygon": [[50, 50], [90, 60], [60, 99]]}],
        }
    )
    absent = AskedTarget.model_validate(base | {"id": "x", "box": None, "absent": True})
    for target in (several, absent):
        records = [sample_run.record(target, f"a/{number}") for number in range(12)]
        outside = sample_run.clicked(target, "a/b", 5000.0, -7.0)
        overlay_target(target, [*records, outside], None)
        overlay_screenshot([target, absent], [*records, outside], None)


def test_a_tiny_screenshot_has_room_for_its_legend(run: ReportRun) -> None:
    target = _target(run, 720).model_copy(update={"width": 60, "height": 40, "box": (1, 1, 9, 9)})
    overlay = overlay_target(target, [], None)
    assert overlay.width >= 480
    overlay_screenshot([target], [sample_run.clicked(target, "a/b", 3, 3)], None)


def test_a_whole_screenshot_keeps_its_width_and_gives_the_same_bytes_twice(
    run: ReportRun, root: Path
) -> None:
    targets = [item for item in run.targets if "-1080p/" in item.id]
    overlay = overlay_screenshot(targets, run.records, _picture(root, targets[0]))
    assert Size(overlay.width, 0).width == 1920
    again = overlay_screenshot(targets, run.records, _picture(root, targets[0]))
    assert overlay.tobytes() == again.tobytes()


def test_markers_differ_in_color_or_shape() -> None:
    markers = markers_for(f"m{number}" for number in range(64))
    assert len(set(markers.values())) == 64
    few = list(markers_for(f"m{number}" for number in range(8)).values())
    assert {marker.color for marker in few} == set(COLORS)
    assert {marker.shape for marker in few} == set(SHAPES)
    assert all(len(corners(shape, 5, 5, 3)) >= 3 for shape in SHAPES)


@given(st.lists(st.text(max_size=8), max_size=12, unique=True), st.randoms())
def test_markers_follow_from_the_labels_and_not_from_their_order(
    labels: list[str], random: Random
) -> None:
    shuffled = random.sample(labels, len(labels))
    assert markers_for(shuffled) == markers_for(labels)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=8, unique=True))
def test_one_of_the_labels_of_a_color_keeps_it_in_every_report(labels: list[str]) -> None:
    alone = {label: markers_for([label])[label] for label in labels}
    together = markers_for(labels)
    for marker in alone.values():
        assert any(together[label] == marker == alone[label] for label in labels)


def test_a_model_has_the_same_marker_in_a_run_of_its_own_and_beside_another() -> None:
    # Their digests name different colors.
    a, b = sample_run.model("openai/gpt-4o"), sample_run.model("GPT-4V")
    assert model_markers([a]) | model_markers([b]) == model_markers([b, a])


def test_guessing_is_gray_and_has_no_mark_of_a_model() -> None:
    models = [sample_run.model(label) for label in ("local/random", "local/ocr", "a/b")]
    markers = model_markers(models)
    assert [label for label, marker in markers.items() if marker.guessing] == ["local/random"]
    assert markers["local/random"].color == GRAY
    assert GRAY not in COLORS


def test_a_single_outcome_is_named_and_several_are_counted(run: ReportRun) -> None:
    target = _target(run, 720)
    hit = sample_run.clicked(target, "a/b", *target.region.bounds.center)  # type: ignore[union-attr]
    declined = sample_run.record(target, "a/b")
    assert outcome_text([]) == "not asked"
    assert outcome_text([hit]) == "hit"
    assert outcome_text([hit, declined, hit]) == "2 hit, 1 declined"
    assert outcome_text([declined]) == "declined"


def test_wrapping_never_exceeds_its_lines() -> None:
    assert wrap("word " * 200, 20, 300, most=3)[-1].endswith("...")
    assert len(wrap("x" * 500, 20, 300, most=3)) == 3
    assert wrap("short", 20, 300) == ["short"]
