"""The floor: hits of a constant point, the center and chance, against brute-force counts."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.baselines import best_constant_point, center_hits, random_hit_share
from pointbench.geometry import Box, Point, Polygon, Region, Shape, Size, region

# Few distinct values, so edges often touch, coincide and degenerate.
shares = st.one_of(
    st.integers(0, 8).map(lambda eighth: eighth / 8),
    st.floats(0, 1, allow_nan=False, width=32),
)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    xs, ys = sorted([draw(shares), draw(shares)]), sorted([draw(shares), draw(shares)])
    return Box(xs[0], ys[0], xs[1], ys[1])


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    corners = draw(st.lists(st.builds(Point, shares, shares), min_size=3, max_size=5, unique=True))
    return Polygon(tuple(corners))


box_regions = st.lists(boxes(), min_size=1, max_size=3).map(lambda shapes: Region(tuple(shapes)))
any_regions = st.lists(st.one_of(boxes(), polygons()), min_size=1, max_size=3).map(
    lambda shapes: Region(tuple(shapes))
)


def hits(regions: list[Region], point: Point) -> int:
    return sum(candidate.contains(point) for candidate in regions)


@settings(deadline=None)
@given(st.lists(box_regions, max_size=12), st.lists(st.builds(Point, shares, shares), max_size=40))
def test_no_point_beats_the_best_constant_one_over_boxes(
    regions: list[Region], points: list[Point]
) -> None:
    best, count = best_constant_point(regions)
    edges = [shape.bounds for candidate in regions for shape in candidate.shapes]
    corners = [Point(a.left, b.top) for a in edges for b in edges]
    assert count == hits(regions, best)
    # The best place's own corner is among these corners, so the count is no greater either.
    everywhere = [hits(regions, point) for point in [*points, *corners]]
    assert count == max(everywhere, default=0)


@settings(deadline=None)
@given(st.lists(any_regions, max_size=8), st.lists(st.builds(Point, shares, shares), max_size=40))
def test_no_point_beats_the_best_constant_one_over_polygons(
    regions: list[Region], points: list[Point]
) -> None:
    best, count = best_constant_point(regions)
    grid = [Point(x / 20, y / 20) for x in range(21) for y in range(21)]
    assert count == hits(regions, best)
    assert count >= max(hits(regions, point) for point in [*points, *grid])


def test_the_point_is_the_middle_of_the_best_place() -> None:
    point, count = best_constant_point(
        [region([0.0, 0.0, 0.5, 0.5]), region([0.25, 0.25, 1.0, 1.0]), region([0.9, 0.0, 1.0, 0.1])]
    )
    assert (point, count) == (Point(0.375, 0.375), 2)


def test_among_equals_the_leftmost_then_the_topmost_place_wins() -> None:
    regions = [
        region([0.5, 0.0, 0.75, 0.25]),
        region([0.0, 0.5, 0.25, 0.75]),
        region([0.0, 0.0, 0.25, 0.25]),
    ]
    assert best_constant_point(regions) == (Point(0.125, 0.125), 1)


def test_a_place_with_an_area_is_taken_before_touching_edges() -> None:
    touching = [region([0.0, 0.0, 0.25, 0.25]), region([0.25, 0.0, 0.5, 0.25])]
    assert best_constant_point(touching) == (Point(0.25, 0.125), 2)
    overlapping = [region([0.6, 0.0, 0.8, 0.25]), region([0.7, 0.0, 0.9, 0.25])]
    point, count = best_constant_point([*touching, *overlapping])
    assert count == 2
    assert point == pytest.approx((0.75, 0.125))


def test_a_region_counts_once_however_many_of_its_boxes_hold_the_point() -> None:
    twice = region([0.0, 0.0, 0.5, 0.5], [0.25, 0.25, 0.75, 0.75])
    other = [region([0.8, 0.8, 0.9, 0.9]), region([0.85, 0.85, 1.0, 1.0])]
    point, count = best_constant_point([twice, *other])
    assert count == 2
    assert all(candidate.contains(point) for candidate in other)


def test_without_regions_the_middle_hits_nothing() -> None:
    assert best_constant_point([]) == (Point(0.5, 0.5), 0)


def test_the_best_place_of_crossing_triangles_is_found_between_the_grid_lines() -> None:
    upper = region([[0.1, 0.1], [0.9, 0.1], [0.5003, 0.5004]])
    lower = region([[0.1, 0.9], [0.9, 0.9], [0.5002, 0.5001]])
    point, count = best_constant_point([upper, lower])
    assert count == 2
    assert upper.contains(point)
    assert lower.contains(point)


def test_five_thousand_boxes_take_seconds_not_minutes() -> None:
    source = random.Random(5)
    regions = []
    for _ in range(5000):
        left, top = source.random(), source.random()
        regions.append(region([left, top, left + 0.03 * source.random(), top + 0.03]))
    start = time.process_time()
    _, count = best_constant_point(regions)
    assert count > 3
    assert time.process_time() - start < 10


def test_many_polygons_among_boxes_take_seconds_not_minutes() -> None:
    source = random.Random(6)
    regions = []
    for number in range(600):
        x, y = source.random(), source.random()
        if number % 2:
            regions.append(region([x, y, x + 0.03, y + 0.03]))
        else:
            corners = [[x + 0.05 * source.random(), y + 0.05 * source.random()] for _ in range(6)]
            regions.append(region(corners))
    start = time.process_time()
    point, count = best_constant_point(regions)
    assert count == hits(regions, point)
    assert time.process_time() - start < 20


SIZE = Size(64, 48)
spots = st.integers(-16, 80).map(float)


def shape_of(numbers: tuple[float, float, float, float], slanted: bool) -> Shape:
    x0, y0, x1, y1 = numbers
    if slanted:
        return Polygon((Point(x0, y0), Point(x1, y0), Point((x0 + x1) / 3, y1)))
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.builds(shape_of, st.tuples(spots, spots, spots, spots), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_the_random_share_is_what_sampling_approaches(shapes: list[Shape]) -> None:
    union = Region(tuple(shapes))
    # A shifted lattice: its error shrinks faster than that of random points, and never flickers.
    steps = 60
    points = [
        Point((i + 0.437) * 64 / steps, (j + 0.571) * 48 / steps)
        for i in range(steps)
        for j in range(steps)
    ]
    sampled = sum(union.contains(point) for point in points) / len(points)
    assert random_hit_share(union, SIZE) == pytest.approx(sampled, abs=0.04)


@settings(deadline=None)
@given(st.lists(boxes(), min_size=1, max_size=4))
def test_boxes_taken_as_polygons_have_the_same_share(drawn: list[Box]) -> None:
    as_boxes = Region(tuple(Box(*(64 * side for side in box)) for box in drawn))
    as_polygons = Region(
        tuple(
            Polygon((Point(a, b), Point(c, b), Point(c, d), Point(a, d)))
            for a, b, c, d in (shape.bounds for shape in as_boxes.shapes)
        )
    )
    assert random_hit_share(as_polygons, SIZE) == pytest.approx(random_hit_share(as_boxes, SIZE))


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        (region([0, 0, 32, 48]), 1 / 2),
        (region([-10, -10, 32, 24]), 1 / 4),
        (region([0, 0, 32, 24], [16, 12, 48, 36]), (2 * 768 - 192) / 3072),
        (region([[0, 0], [64, 0], [0, 48]]), 1 / 2),
        (region([[0, 0], [128, 0], [0, 96]]), 1.0),
        (region([[0, 0], [64, 0], [0, 48]], [[64, 48], [64, 0], [0, 48]]), 1.0),
        (region([[0, 0], [64, 0], [64, 48]], [[0, 0], [64, 0], [0, 48]]), 3 / 4),
        (region([100, 100, 120, 120]), 0.0),
        (region([8, 8, 8, 40]), 0.0),
    ],
)
def test_random_share_of_known_shapes(shape: Region, share: float) -> None:
    assert random_hit_share(shape, SIZE) == pytest.approx(share)


def test_the_center_counts_on_an_edge() -> None:
    assert center_hits(region([0, 0, 32, 24]), SIZE)
    assert not center_hits(region([0, 0, 31.9, 24]), SIZE)
    assert center_hits(region([[32, 0], [64, 24], [32, 48]]), SIZE)
