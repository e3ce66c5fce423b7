"""The one rule by which numbers are rounded for people."""

from __future__ import annotations

import math

import pytest

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
def test_percent(share: float | None, text: str) -> None:
    assert numbers.percent(share) == text


def test_percent_with_interval() -> None:
    assert numbers.percent_with_interval(0.346, 0.281, 0.417) == "34.6 % (28.1–41.7)"
    assert numbers.percent_with_interval(0.346, 0.281, 0.417, True) == "34.6 % (≈28.1–41.7)"
    assert numbers.percent_with_interval(1, 0.9, 1) == "100.0 % (90.0–100.0)"
    assert numbers.percent_with_interval(0.5) == "50.0 %"
    assert numbers.percent_with_interval(None, None, 0.5) == "–"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9999, "9999"), (10_000, "10\u202f000"), (1_234_567, "1\u202f234\u202f567")],
)
def test_count(number: int, text: str) -> None:
    assert numbers.count(number) == text


def test_hits_of() -> None:
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
def test_pixels(number: float | None, text: str) -> None:
    assert numbers.pixels(number) == text


def test_clicks() -> None:
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
def test_seconds(number: float | None, text: str) -> None:
    assert numbers.seconds(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "$0"),
        (0.0029, "$0.0029"),
        (0.00294, "$0.0029"),
        (0.0957, "$0.096"),
        (0.5, "$0.50"),
        (0.996, "$1.00"),
        (12.4, "$12.40"),
        (12_345.6, "$12\u202f345.60"),
        (None, "–"),
    ],
)
def test_dollars(number: float | None, text: str) -> None:
    assert numbers.dollars(number) == text


def test_offset() -> None:
    assert numbers.offset([1.25, -0.44]) == "+1.2, −0.4 px"
    assert numbers.offset(None) == "–"


def test_size() -> None:
    assert numbers.size(10) == "1 kB"
    assert numbers.size(146_900) == "147 kB"
    assert numbers.size(3_140_000) == "3.1 MB"
