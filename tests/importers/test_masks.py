"""Outlines of masks are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pointbench.geometry import Point, Polygon
from pointbench.importers.masks import outlines


def polygons(mask: NDArray[np.bool_]) -> list[Polygon]:
    return [
        Polygon(tuple(Point(x, y) for x, y in zip(flat[::2], flat[1::2], strict=True)))
        for flat in outlines(mask)
    ]


def mask_of(*rows: str) -> NDArray[np.bool_]:
    return np.array([[char == "#" for char in row] for row in rows])


@pytest.mark.parametrize(
    ("mask", "count"),
    [
        (mask_of("...", ".#.", "..."), 1),
        (mask_of("###", "#.#", "###"), 1),
        (mask_of("#.", ".#"), 2),
        (mask_of("#####", "#.#.#", "#####"), 1),
        (mask_of("#####", "#...#", "#.#.#", "#...#", "#####"), 2),
        (mask_of("####", "#.##", "##.#", "####"), 1),
        (mask_of("..."), 0),
    ],
)
def test_parts_and_holes(mask: NDArray[np.bool_], count: int) -> None:
    assert len(outlines(mask)) == count
    assert sum(polygon.area for polygon in polygons(mask)) == mask.sum()


def test_a_straight_edge_has_two_corners() -> None:
    assert outlines(mask_of("###", "###")) == [[0, 0, 3, 0, 3, 2, 0, 2]]


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 9).flatmap(
        lambda w: st.lists(st.lists(st.booleans(), min_size=w, max_size=w), min_size=1, max_size=9)
    )
)
def test_a_polygon_holds_exactly_the_set_pixels(rows: list[list[bool]]) -> None:
    mask = np.array(rows)
    outlined = polygons(mask)
    for y, row in enumerate(rows):
        for x, is_set in enumerate(row):
            # Off the middle, so no cut and no diagonal passes through it.
            inside = [polygon.contains(Point(x + 0.4, y + 0.3)) for polygon in outlined]
            assert sum(inside) == is_set
