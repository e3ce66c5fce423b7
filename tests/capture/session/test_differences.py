"""Recaptured targets against the committed ones: which of them count as the same place."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pointbench.capture.session.differences import NO_DIFFERENCE, WITHIN, difference


def target(name: str, box: list[int] | None) -> dict[str, Any]:
    return {"id": name, "instruction": "x"} | ({"absent": True} if box is None else {"box": box})


boxes = st.none() | st.lists(st.integers(0, 60), min_size=4, max_size=4)
suites = st.dictionaries(st.sampled_from("abcdefgh"), boxes).map(
    lambda by_name: [target(name, box) for name, box in by_name.items()]
)


def test_two_pixels_are_the_same_and_three_are_not() -> None:
    before = [target(name, [10, 10, 30, 30]) for name in "abc"]
    after = [
        target("a", [10, 10, 30, 30]),
        target("b", [12, 8, 30, 32]),
        target("c", [10, 10, 33, 30]),
    ]
    result = difference(before, after)
    assert (result.exact, result.near, result.same) == (1, 1, 2)
    assert [pair.id for pair in result.moved] == ["c"]
    assert result.moved[0].by == 3
    assert str(result.moved[0]) == "c: [10, 10, 30, 30] committed, [10, 10, 33, 30] now"


def polygon(*corners: list[float]) -> dict[str, Any]:
    return {"id": "leaf", "instruction": "x", "polygon": list(corners)}


def regions(*boxes: list[int]) -> dict[str, Any]:
    return {"id": "link", "instruction": "x", "regions": [{"box": box} for box in boxes]}


def test_a_polygon_that_moved_is_not_the_same() -> None:
    before = polygon([10, 10], [30, 10], [20, 40])
    assert difference([before], [before]).exact == 1
    assert difference([before], [polygon([11, 10], [30, 9], [20, 42])]).near == 1
    again = difference([before], [polygon([10, 10], [30, 10], [20, 47])])
    assert again.same == 0
    assert again.moved[0].by == 7
    assert str(again.moved[0]) == (
        "leaf: polygon [10, 10], [30, 10], [20, 40] committed, "
        "polygon [10, 10], [30, 10], [20, 47] now"
    )


def test_another_shape_in_the_same_place_is_not_the_same() -> None:
    square = polygon([10, 10], [30, 10], [30, 20], [10, 20])
    box = target("leaf", [10, 10, 30, 20])
    assert difference([box], [square]).moved[0].by is None
    assert difference([square], [polygon([10, 10], [30, 10], [30, 20])]).moved[0].by is None
    assert difference([box], [regions([10, 10, 30, 20]) | {"id": "leaf"}]).exact == 1


def test_several_regions_are_compared_one_by_one() -> None:
    link = regions([40, 10, 60, 20], [10, 20, 70, 30])
    assert difference([link], [link]).exact == 1
    (moved,) = difference([link], [regions([40, 10, 60, 20], [10, 20, 90, 30])]).moved
    assert moved.by == 20
    assert str(moved) == (
        "link: [40, 10, 60, 20] and [10, 20, 70, 30] committed, "
        "[40, 10, 60, 20] and [10, 20, 90, 30] now"
    )


def test_regions_that_move_inside_the_box_around_them_are_not_the_same() -> None:
    apart = regions([10, 10, 20, 20], [40, 10, 60, 20])
    assert difference([apart], [regions([10, 10, 39, 20], [40, 10, 60, 20])]).moved[0].by == 19
    assert difference([apart], [regions([10, 10, 60, 20])]).moved[0].by is None


def test_what_is_gone_new_or_turned_absent_is_named() -> None:
    result = difference(
        [target("gone", [1, 1, 9, 9]), target("lost", [1, 1, 9, 9]), target("not", None)],
        [target("lost", None), target("not", None), target("new", [1, 1, 9, 9])],
    )
    assert result.missing == ("gone",)
    assert result.new == ("new",)
    assert str(result.moved[0]) == "lost: [1, 1, 9, 9] committed, absent now"
    assert result.exact == 1
    assert "1 the same within 2 px (1 exactly), 1 moved, 1 missing, 1 new" in str(result)


@given(suites, suites)
def test_every_target_is_counted_once(before: list[dict[str, Any]], after: list[Any]) -> None:
    result = difference(before, after)
    assert result.same + len(result.moved) + len(result.missing) == len(before)
    assert result.same + len(result.moved) + len(result.new) == len(after)
    back = difference(after, before)
    assert (back.same, back.missing, back.new) == (result.same, result.new, result.missing)


@given(suites, st.integers(-WITHIN, WITHIN))
def test_a_shift_within_the_bound_moves_nothing(before: list[dict[str, Any]], by: int) -> None:
    after = [
        committed
        | ({"box": [side + by for side in committed["box"]]} if "box" in committed else {})
        for committed in before
    ]
    assert difference(before, after).same == len(before)
    assert difference(before, before) + NO_DIFFERENCE == difference(before, before)
