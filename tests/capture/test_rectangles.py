"""Rectangles in whole screenshot pixels."""

from pointbench.capture.rectangles import Rect


def test_a_rectangle_of_a_size_has_far_edges() -> None:
    assert Rect.from_size(347, 190, 156, 24) == Rect(347, 190, 503, 214)
    assert Rect(347, 190, 503, 214).as_list() == [347, 190, 503, 214]


def test_touching_rectangles_share_nothing() -> None:
    assert Rect(0, 0, 10, 10).intersection(Rect(10, 0, 20, 10)) is None
    assert Rect(0, 0, 10, 10).overlap(Rect(10, 0, 20, 10)) == 0


def test_overlap_is_intersection_over_union() -> None:
    assert Rect(0, 0, 10, 10).overlap(Rect(0, 0, 10, 5)) == 0.5
    assert Rect(0, 0, 10, 10).overlap(Rect(5, 0, 15, 10)) == 50 / 150


def test_coverage_is_a_share_of_the_first() -> None:
    assert Rect(0, 0, 10, 10).covered_by(Rect(-5, -5, 50, 5)) == 0.5
    assert Rect(3, 3, 3, 9).covered_by(Rect(0, 0, 10, 10)) == 0


def test_the_far_edge_is_outside() -> None:
    box = Rect(2, 3, 4, 5)
    assert box.holds(2, 3)
    assert box.holds(3.99, 4.99)
    assert not box.holds(4, 4)


def test_logical_pixels_become_device_pixels() -> None:
    assert Rect(122, 95, 278, 107).scaled(2) == Rect(244, 190, 556, 214)
    assert Rect(1, 1, 3, 3).scaled(1.5) == Rect(2, 2, 4, 4)


def test_moving_and_growing() -> None:
    assert Rect(0, 0, 4, 4).shifted(10, -1) == Rect(10, -1, 14, 3)
    assert Rect(10, 10, 14, 14).grown(2) == Rect(8, 8, 16, 16)
    assert Rect(0, 0, 5, 4).center == (2.5, 2)
