"""Pairs of trials of one target that differ, counted by hand and one by one."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from pointbench.statistics import flips

counts = st.integers(0, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_pairs_that_differ_counted_by_hand() -> None:
    # 2 correct of 5: pairs that differ 2 x 3 = 6, of 10.
    differing, pairs = flips.differing_pairs([2, 1, 0], [5, 1, 0])
    assert (differing.tolist(), pairs.tolist()) == ([6, 0, 0], [10, 0, 0])
    # 2 of 3 as they are, 1 of 4 jittered: 2 x 3 + 1 x 1 = 7 of 12.
    differing, pairs = flips.differing_cross_pairs([2], [3], [1], [4])
    assert (differing.tolist(), pairs.tolist()) == ([7], [12])


@given(counts, counts)
def test_counts_are_those_of_every_pair_one_by_one(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    a = [i < first[0] for i in range(first[1])]
    b = [i < second[0] for i in range(second[1])]
    within, cross = list(combinations(a, 2)), list(product(a, b))
    differing, pairs = flips.differing_pairs([first[0]], [first[1]])
    assert (differing[0], pairs[0]) == (sum(x != y for x, y in within), len(within))
    differing, pairs = flips.differing_cross_pairs([first[0]], [first[1]], [second[0]], [second[1]])
    assert (differing[0], pairs[0]) == (sum(x != y for x, y in cross), len(cross))
