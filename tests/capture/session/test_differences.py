"""Made again against committed: what counts as the same place."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pointbench.capture.session.differences import NO_DIFFERENCE, WITHIN, difference


def target(name: str, box: list[int] | None) -> dict[str, Any]:
    return {"id": name, "instruction": "x"} | ({"absent": True} if box is None else {"box": box})


boxes = st.none() | st.lists(st.integers(0, 60), min_size=4, max_size=4)
suites = st.dictionaries(st.sampled_from("abcdefgh"), boxes).map(
    lambda found: [target(name, box) for name, box in found.items()]
)


def test_two_pixels_are_the_same_and_three_are_not() -> None:
    before = [target(name, [10, 10, 30, 30]) for name in "abc"]
    after = [
        target("a", [10, 10, 30, 30]),
        target("b", [12, 8, 30, 32]),
        target("c", [10, 10, 33, 30]),
    ]
    found = difference(before, after)
    assert (found.exact, found.near, found.same) == (1, 1, 2)
    assert [pair.id for pair in found.moved] == ["c"]
    assert found.moved[0].by == 3
    assert str(found.moved[0]) == "c: [10, 10, 30, 30] committed, [10, 10, 33, 30] made"


def test_several_regions_are_compared_by_the_box_around_them() -> None:
    def broken(right: int) -> dict[str, Any]:
        parts = [{"box": [40, 10, 60, 20]}, {"box": [10, 20, right, 30]}]
        return {"id": "link", "instruction": "x", "regions": parts}

    assert difference([broken(70)], [broken(70)]).exact == 1
    (moved,) = difference([broken(70)], [broken(90)]).moved
    assert (moved.committed, moved.by) == ((10, 10, 70, 30), 20)


def test_what_is_gone_new_or_turned_absent_is_named() -> None:
    found = difference(
        [target("gone", [1, 1, 9, 9]), target("lost", [1, 1, 9, 9]), target("not", None)],
        [target("lost", None), target("not", None), target("new", [1, 1, 9, 9])],
    )
    assert found.missing == ("gone",)
    assert found.new == ("new",)
    assert str(found.moved[0]) == "lost: [1, 1, 9, 9] committed, absent made"
    assert found.exact == 1
    assert "1 the same within 2 px (1 exactly), 1 moved, 1 missing, 1 new" in str(found)


@given(suites, suites)
def test_every_target_is_counted_once(before: list[dict[str, Any]], after: list[Any]) -> None:
    found = difference(before, after)
    assert found.same + len(found.moved) + len(found.missing) == len(before)
    assert found.same + len(found.moved) + len(found.new) == len(after)
    back = difference(after, before)
    assert (back.same, back.missing, back.new) == (found.same, found.new, found.missing)


@given(suites, st.integers(-WITHIN, WITHIN))
def test_a_shift_within_the_bound_moves_nothing(before: list[dict[str, Any]], by: int) -> None:
    after = [
        one | ({"box": [side + by for side in one["box"]]} if "box" in one else {})
        for one in before
    ]
    assert difference(before, after).same == len(before)
    assert difference(before, before) + NO_DIFFERENCE == difference(before, before)
