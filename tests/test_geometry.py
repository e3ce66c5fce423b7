"""Points, regions and frames: coordinates are continuous, and edges count (docs/suites.md)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.geometry import Box, Frame, Point, Polygon, Shift, Size, in_shares, region

sides = st.integers(min_value=1, max_value=8000)
sizes = st.builds(Size, sides, sides)
shares = st.floats(min_value=0, max_value=1)
units = st.sampled_from(
    ["pixel", "unit", "percent", "permille", "grid:999", "grid:1024", "grid:32"]
)
frames = st.builds(Frame, units, st.sampled_from(["xy", "yx"]))
coordinates = st.floats(min_value=-1e4, max_value=1e4)


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        (Point(264, 1044), True),  # every corner and edge counts
        (Point(296, 1076), True),
        (Point(280, 1044), True),
        (Point(263.999, 1060), False),
        (Point(280, 1076.001), False),
        (Point(280, 1060), True),
    ],
)
def test_a_box_includes_its_edges(point: Point, inside: bool) -> None:
    assert Box(264, 1044, 296, 1076).contains(point) is inside


def test_an_edge_that_floats_blur_is_still_an_edge() -> None:
    # 0.093 x 2560 is stored as 238.07999999999998; the answer 93 of 1000 means that very edge.
    box = Box(0, 0, 238.07999999999998, 100)
    point = Frame("permille").to_picture(Point(93, 50), Size(1, 1), Size(2560, 1000))
    assert point.x == 238.08
    assert box.contains(point)
    assert box.distance(point) == 0
    assert not box.contains(Point(238.0800001, 50))


def test_distance_to_a_box_is_euclidean_and_zero_on_the_edge() -> None:
    box = Box(10, 10, 20, 20)
    assert box.distance(Point(15, 15)) == 0
    assert box.distance(Point(20, 20)) == 0
    assert box.distance(Point(23, 24)) == 5
    assert box.distance(Point(5, 12)) == 5


TRIANGLE = Polygon((Point(0, 0), Point(10, 0), Point(0, 10)))


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        (Point(0, 0), True),
        (Point(5, 5), True),  # on the slanted edge
        (Point(3.3, 6.7), True),
        (Point(5.01, 5.01), False),
        (Point(2, 2), True),
        (Point(-0.01, 5), False),
        (Point(10, 0), True),
    ],
)
def test_a_polygon_includes_its_edges(point: Point, inside: bool) -> None:
    assert TRIANGLE.contains(point) is inside
    reversed_corners = Polygon(TRIANGLE.corners[::-1])
    assert reversed_corners.contains(point) is inside


def test_area_and_center_of_a_polygon() -> None:
    assert TRIANGLE.area == 50
    assert TRIANGLE.center == pytest.approx((10 / 3, 10 / 3))
    far = Polygon(tuple(Point(x + 7000, y + 9000) for x, y in TRIANGLE.corners))
    assert far.center == pytest.approx((7000 + 10 / 3, 9000 + 10 / 3))


def test_a_concave_polygon_has_its_notch_outside() -> None:
    arrow = region([[0, 0], [10, 0], [10, 10], [5, 5], [0, 10]])
    assert not arrow.contains(Point(5, 9))
    assert arrow.contains(Point(1, 8))
    assert arrow.distance(Point(5, 9)) == pytest.approx(4 / math.sqrt(2))


@given(coordinates, coordinates, st.integers(1, 500), st.integers(1, 500))
def test_a_box_and_its_polygon_agree(x: float, y: float, width: int, height: int) -> None:
    box = Box(0, 0, width, height)
    polygon = Polygon((Point(0, 0), Point(width, 0), Point(width, height), Point(0, height)))
    point = Point(x, y)
    assert polygon.area == box.area
    assert polygon.distance(point) == pytest.approx(box.distance(point), abs=1e-8)


def test_several_places_the_nearest_counts() -> None:
    places = region([0, 0, 10, 10], [100, 100, 110, 110])
    assert places.contains(Point(105, 105))
    assert places.distance(Point(113, 114)) == 5
    assert places.nearest(Point(60, 60)) == Box(100, 100, 110, 110)
    assert places.bounds == Box(0, 0, 110, 110)
    assert places.area == 200


@given(frames, sizes, sizes, shares, shares)
def test_mapping_there_and_back_is_the_identity(
    frame: Frame, sent: Size, screenshot: Size, x: float, y: float
) -> None:
    point = Point(x * screenshot.width, y * screenshot.height)
    in_frame = frame.from_picture(point, sent, screenshot)
    back = frame.to_picture(in_frame, sent, screenshot)
    assert back.x == pytest.approx(point.x, abs=1e-9 * screenshot.width)
    assert back.y == pytest.approx(point.y, abs=1e-9 * screenshot.height)


@given(frames, sizes, sizes)
def test_the_far_corner_maps_to_the_far_corner(frame: Frame, sent: Size, screenshot: Size) -> None:
    far = Point(*frame.sides(sent))
    assert frame.contains(far, sent)
    corner = frame.to_picture(far, sent, screenshot)
    assert corner == Point(screenshot.width, screenshot.height)
    assert frame.to_picture(Point(0, 0), sent, screenshot) == Point(0, 0)


@given(sizes, coordinates, coordinates)
def test_the_identity_is_exact(size: Size, x: float, y: float) -> None:
    assert Frame("pixel").to_picture(Point(x, y), size, size) == (x, y)


def test_the_worked_example_of_the_readme() -> None:
    # gpt-4o saw 1365x768 of a 1920x1080 screen and answered (200, 754).
    point = Frame("pixel").to_picture(Point(200, 754), Size(1365, 768), Size(1920, 1080))
    assert point == (200 * 1920 / 1365, 754 * 1080 / 768)
    assert point == pytest.approx((281.32, 1060.31), abs=0.005)


@pytest.mark.parametrize("unit", ["", "px", "grid", "grid:0", "grid:-3", "grid:9.5", "Pixel"])
def test_an_unknown_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="unknown frame unit"):
        Frame(unit)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match="xy or yx"):
        Frame("pixel", "yz")


@given(st.floats(0.1, 3), st.floats(-500, 500), st.floats(-500, 500), coordinates, coordinates)
def test_a_shift_is_undone_exactly(scale: float, dx: float, dy: float, x: float, y: float) -> None:
    shift = Shift(scale, dx, dy)
    assert shift.to_screenshot(shift.to_shown(Point(x, y))) == pytest.approx((x, y), abs=1e-6)


def test_a_region_in_shares() -> None:
    shown = in_shares(region([192, 108, 384, 216]), Size(1920, 1080))
    assert shown == region([0.1, 0.1, 0.2, 0.2])
