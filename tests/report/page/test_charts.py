"""The charts of the first screen: what their lines, ends and arrows say."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.report.entries import Entry, entry_markers
from pointbench.report.page.heat import pairs_matrix, signed
from pointbench.report.page.row_charts import (
    LEAST,
    NEGLIGIBLE,
    ROW_LENGTHS,
    horizon_chart,
    in_a_row_chart,
    row_length,
)
from pointbench.report.standing import Standing
from tests.report import sample_run

TOP, BOTTOM = 10.0, 194.0
"""Where the chart of rows has 100 % and `LEAST`."""


def entry(
    label: str, p: float | None, low: float | None = None, high: float | None = None
) -> Entry:
    """A model whose clicks are right with chance ``p``."""
    horizon = {
        name: None if end is None or end in (0, 1) else math.log(0.5) / math.log(end)
        for name, end in (("value", p), ("low", low), ("high", high))
    }
    facts: dict[str, Any] = {
        "click_chance": {"value": p, "low": low, "high": high},
        "in_a_row": {"10": {"value": None if p is None else p**10}},
        "horizon": {"0.5": horizon},
    }
    return Entry(label, "run", sample_run.model(label), facts)


def lines(chart: str | None, class_: str) -> list[list[tuple[float, float]]]:
    """The points of the paths of a class."""
    assert chart is not None
    paths = re.findall(rf'<path d="M([^"Z]+)Z?" class="{class_}', chart)
    return [
        [(float(x), float(y)) for x, y in (point.split(" ") for point in path.split("L"))]
        for path in paths
    ]


@given(st.floats(0.0011, 1.0), st.floats(0.0, 0.2), st.floats(0.0, 0.2))
@settings(deadline=None)
def test_a_row_is_a_straight_line_down_to_where_the_axis_ends(
    p: float, below: float, above: float
) -> None:
    one = entry("a/b", p, max(0.0, p - below), min(1.0, p + above))
    chart = in_a_row_chart([one], entry_markers([one]))
    ((first, second),) = lines(chart, "curve")
    last = row_length([one])
    tall = BOTTOM - TOP
    share = math.exp((first[1] - TOP) / tall * math.log(LEAST))
    assert share == pytest.approx(p, rel=0.01)
    clicks = 1 + (second[0] - first[0]) / (400 - 44 - 14) * (last - 1)
    assert math.exp((second[1] - TOP) / tall * math.log(LEAST)) == pytest.approx(
        max(LEAST, p**last), rel=0.02
    )
    assert clicks == pytest.approx(
        min(last, math.log(LEAST) / math.log(p) if p < 1 else last), rel=0.03
    )
    for band in lines(chart, "band"):
        assert all(44 - 0.01 <= x <= 386.01 and TOP - 0.01 <= y <= BOTTOM + 0.01 for x, y in band)


def test_the_axis_ends_where_the_leaders_chance_has_become_negligible() -> None:
    for high, k in ((0.5, 10), (0.693, 20), (0.9, 50), (0.96, 100), (0.999, 1000), (1.0, 1000)):
        found = row_length(
            [entry("a/b", high - 0.01, high - 0.02, high), entry("a/c", 0.1, 0.05, 0.2)]
        )
        assert found == k, high
        assert high**k < NEGLIGIBLE or k == ROW_LENGTHS[-1]
        assert all(high**shorter >= NEGLIGIBLE for shorter in ROW_LENGTHS if shorter < k)


def test_nothing_is_drawn_of_models_that_hit_nothing() -> None:
    none = [entry("a/b", 0.0, 0.0, 0.1), entry("a/c", None)]
    assert in_a_row_chart(none, entry_markers(none)) is None
    unknown = [entry("a/c", None)]
    assert horizon_chart(unknown, entry_markers(unknown)) is None


def test_an_even_chance_without_an_upper_end_has_an_arrow() -> None:
    perfect, good = entry("a/perfect", 1.0, 0.9, 1.0), entry("a/good", 0.8, 0.7, 0.9)
    both = [perfect, good]
    chart = horizon_chart(both, entry_markers(both))
    stems = lines(chart, "stem")
    assert len(stems) == 2
    arrows = [path for path in lines(chart, "fill") if len(path) == 3 and path[0][0] == 386]
    assert len(arrows) == 1
    assert stems[0][1][0] == pytest.approx(381)
    # The dot of the other lies on its whisker; the perfect one has none.
    dots = lines(chart, "fill dot")
    assert len(dots) == 1
    middle = sum(x for x, _ in dots[0]) / len(dots[0])
    assert stems[1][0][0] < middle < stems[1][1][0]


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (0.174, "+17"),
        (-0.004, "−0.4"),
        (0.0951, "+10"),
        (0.0001, "0.0"),
        (0.0, "0.0"),
        (-0.0094, "−0.9"),
    ],
)
def test_differences_are_whole_points_from_one_on(difference: float, text: str) -> None:
    assert signed(difference) == text


def test_there_is_no_matrix_of_one_model_or_of_very_many() -> None:
    entries = [entry(f"a/{number}", 0.5) for number in range(13)]
    for some in (entries[:1], entries):
        place = Standing(tuple(each.label for each in some), {}, {}, (), {"targets": [], "n": 0})
        assert pairs_matrix(place, some, entry_markers(some)) is None
