"""The one rule by which numbers are rounded for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pointbench.report import numbers


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.346, "34.6 %"),
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.0004, "<0.1 %"),
        (1e-300, "<0.1 %"),
        (0.0005, "0.1 %"),
        (0.9996, ">99.9 %"),
        (0.9994, "99.9 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_a_share_has_one_decimal_and_only_none_and_all_are_written_so(
    share: float | None, text: str
) -> None:
    assert numbers.percent(share) == text


def test_an_interval_stands_in_brackets_behind_its_share() -> None:
    assert numbers.percent_with_interval(0.346, 0.281, 0.417) == "34.6 % (28.1–41.7)"
    assert numbers.percent_with_interval(0.346, 0.281, 0.417, True) == "34.6 % (≈28.1–41.7)"
    assert numbers.percent_with_interval(1, 0.9, 1) == "100.0 % (90.0–100.0)"
    assert numbers.percent_with_interval(0.5) == "50.0 %"
    assert numbers.percent_with_interval(None, None, 0.5) == "–"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9999, "9999"), (10_000, "10\u202f000"), (1_234_567, "1\u202f234\u202f567")],
)
def test_counts_are_grouped_from_10_000_on(number: int, text: str) -> None:
    assert numbers.count(number) == text


def test_hits_stand_over_trials() -> None:
    assert numbers.hits_of(83, 240) == "83/240"
    assert numbers.hits_of(None, 240) == "–"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.44, "3.4 px"),
        (9.94, "9.9 px"),
        (9.96, "10 px"),
        (317.4, "317 px"),
        (0, "0 px"),
        (0.01, "<0.1 px"),
        (None, "–"),
    ],
)
def test_pixels_have_one_decimal_below_10_and_none_above(number: float | None, text: str) -> None:
    assert numbers.pixels(number) == text


def test_clicks_are_a_number_or_a_lower_bound() -> None:
    assert numbers.clicks(2.61) == "2.6"
    assert numbers.clicks(None, 33.2) == "≥ 33"
    assert numbers.clicks(None) == "–"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 s"),
        (0.004, "<0.01 s"),
        (1.834, "1.83 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (99.96, "100 s"),
        (None, "–"),
    ],
)
def test_seconds_have_fewer_decimals_the_more_they_are(number: float | None, text: str) -> None:
    assert numbers.seconds(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "$0"),
        (0.0029, "$0.0029"),
        (0.00294, "$0.0029"),
        (0.0957, "$0.096"),
        (0.0999, "$0.10"),
        (0.00999, "$0.010"),
        (0.5, "$0.50"),
        (0.996, "$1.00"),
        (12.4, "$12.40"),
        (12_345.6, "$12\u202f345.60"),
        (None, "–"),
    ],
)
def test_dollars_have_cents_from_1_on_and_two_digits_below(number: float | None, text: str) -> None:
    assert numbers.dollars(number) == text


def test_an_offset_has_signs_and_the_decimals_of_pixels() -> None:
    assert numbers.offset([1.25, -0.44]) == "+1.2, −0.4 px"
    assert numbers.offset([123.4, -9.96]) == "+123, −10 px"
    assert numbers.offset([0.04, -0.04]) == "0.0, 0.0 px"
    assert numbers.offset(None) == "–"


def test_a_files_size_is_in_kb_or_mb() -> None:
    assert numbers.size(10) == "1 kB"
    assert numbers.size(146_900) == "147 kB"
    assert numbers.size(3_140_000) == "3.1 MB"


# --- rounding never adds a digit -------------------------------------------------------------

BELOW_A_DOLLAR = st.floats(min_value=1e-12, max_value=1, exclude_max=True)
POSITIVE = st.floats(min_value=1e-6, max_value=1e6)


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


@given(BELOW_A_DOLLAR)
@example(0.0999)
@example(0.00999)
@example(0.995)
def test_dollars_below_1_have_at_most_two_significant_digits(number: float) -> None:
    text = numbers.dollars(number).removeprefix("$")
    assert text == "1.00" or len(text.replace(".", "").lstrip("0")) <= 2
    assert _decimals(text) >= 2
    assert abs(float(text) - number) <= 0.5000001 * 10 ** -_decimals(text)


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
@example(math.nextafter(0.9995, 0))
@example(math.nextafter(0.0005, 0))
@example(math.nextafter(1, 0))
def test_a_share_between_none_and_all_is_never_written_as_either(share: float) -> None:
    assert numbers.percent(share, "") not in ("0.0", "100.0")


@given(POSITIVE)
@example(9.995)
@example(99.95)
@example(math.nextafter(9.995, 10))
def test_seconds_never_show_a_decimal_more_than_their_size_allows(number: float) -> None:
    text = numbers.seconds(number).removesuffix(" s")
    if text == "<0.01":
        assert number < 0.00500001
        return
    value = float(text)
    assert _decimals(text) == (2 if value < 10 else 1 if value < 100 else 0)
    assert abs(value - number) <= 0.5000001 * 10 ** -_decimals(text)


@given(POSITIVE)
@example(9.95)
@example(math.nextafter(9.95, 10))
def test_pixels_and_clicks_never_show_a_decimal_from_10_on(number: float) -> None:
    text = numbers.clicks(number).replace(numbers.THIN, "")
    assert numbers.pixels(number) == f"{numbers.clicks(number)} px"
    if text == "<0.1":
        assert number < 0.0500001
        return
    value = float(text)
    assert _decimals(text) == (1 if value < 10 else 0)
    assert abs(value - number) <= 0.5000001 * 10 ** -_decimals(text)


# --- rows of clicks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1, "100 %"),
        (0.99999, ">99.9 %"),
        (0.996, "99.6 %"),
        (0.9949, "99 %"),
        (0.449, "45 %"),
        (0.0994, "9.9 %"),
        (0.0996, "10 %"),
        (0.0181, "1.8 %"),
        (0.01, "1.0 %"),
        (0.00999, "1 in 100"),
        (0.000101, "1 in 9900"),
        (0.0000176, "1 in 57\u202f000"),
        (0.00001, "1 in 100\u202f000"),
        (0.000009, "<1 in 100\u202f000"),
        (1e-300, "<1 in 100\u202f000"),
        (0, "0 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_the_chance_of_a_row_has_two_digits_or_is_one_in_so_many(
    share: float | None, text: str
) -> None:
    assert numbers.chance(share) == text


@given(st.floats(min_value=1e-5, max_value=1))
def test_the_chance_of_a_row_is_never_off_by_more_than_its_digits(share: float) -> None:
    text = numbers.chance(share).replace(numbers.THIN, "")
    if text == ">99.9 %":
        assert share >= 0.999
        return
    if text.startswith("1 in "):
        assert 1 / float(text.removeprefix("1 in ")) == pytest.approx(share, rel=0.051)
    else:
        assert float(text.removesuffix(" %")) == pytest.approx(100 * share, rel=0.051)


def test_a_chance_has_its_interval_unless_that_says_nothing() -> None:
    assert numbers.chance_with_interval(0.0181, 0.013, 0.026) == "1.8 % (1.3–2.6)"
    assert numbers.chance_with_interval(0.607, 0.53, 0.68) == "61 % (53–68)"
    assert numbers.chance_with_interval(0.099, 0.049, 0.17) == "9.9 % (4.9–17)"
    assert (
        numbers.chance_with_interval(0.0009, 0.0006, 0.0015) == "1 in 1100 (1 in 1700 to 1 in 670)"
    )
    assert numbers.chance_with_interval(0.02, 1e-9, 0.1) == "2.0 % (<1 in 100\u202f000 to 10 %)"
    assert numbers.chance_with_interval(1e-7, 1e-9, 1e-6) == "<1 in 100\u202f000"
    assert numbers.chance_with_interval(0.5, None, 0.6) == "50 %"
    assert numbers.interval(0.0001, 0.0002) == ""


@pytest.mark.parametrize(
    ("clicks", "low", "text", "short"),
    [
        (1.73, 1.6, "1.7", "1.7"),
        (13.8, 11, "14", "14"),
        (0.999, 0.9, "under 1", "<1"),
        (0.0, 0.0, "under 1", "<1"),
        (1.0, 0.9, "1.0", "1.0"),
        (None, 340.2, "≥ 340", "≥ 340"),
        (None, None, "–", "–"),
    ],
)
def test_an_even_chance_lasts_so_many_clicks_or_under_1(
    clicks: float | None, low: float | None, text: str, short: str
) -> None:
    assert numbers.even_chance(clicks, low) == text
    assert numbers.even_chance(clicks, low, short=True) == short


def test_the_ends_of_an_even_chance_say_something_or_are_left_out() -> None:
    assert numbers.even_chance_ends(1.73, 1.6, 1.9) == "1.6–1.9"
    assert numbers.even_chance_ends(13.8, 11.2, None) == "11 or more"
    assert numbers.even_chance_ends(0.3, 0.29, 0.31) == ""
    assert numbers.even_chance_ends(0.97, 0.9, 1.1) == "0.9–1.1"
    assert numbers.even_chance_ends(None, 340, None) == ""


def test_points_have_a_minus_sign_and_a_plus_if_asked() -> None:
    assert numbers.points(0.1742) == "17.4"
    assert numbers.points(-0.002) == "−0.2"
    assert numbers.points(0.1742, sign=True) == "+17.4"
    assert numbers.points(-0.0001, sign=True) == "0.0"
    assert numbers.count(-12_345) == "−12\u202f345"


def test_a_whole_percentage_never_rounds_to_none_or_all() -> None:
    assert [numbers.whole_percent(share) for share in (0.444, 0, 1, 0.004, 0.996, None)] == [
        "44 %",
        "0 %",
        "100 %",
        "0.4 %",
        "99.6 %",
        "–",
    ]


def test_a_rough_count_has_two_digits() -> None:
    assert numbers.about(4934) == "4900"
    assert numbers.about(15_387) == "15\u202f000"
