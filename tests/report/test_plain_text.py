"""Untrusted texts, made harmless to display."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.report.plain_text import latin, shorten, to_encoding, visible
from tests.report.sample_run import HOSTILE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u200bb", "a\\u200bb"),
        ("a\nb\tc", "a b c"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("שלום 日本 é", "שלום 日本 é"),
    ],
)
def test_what_is_invisible_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(codec=None)))
def test_visible_text_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert "\n" not in shown
    assert "\x1b" not in shown
    shown.encode("utf-8")


def test_shorten_keeps_both_ends() -> None:
    assert shorten("abcdefghij", 5) == "ab…ij"
    assert shorten("abc", 3) == "abc"


def test_an_encoding_without_our_signs_gets_plainer_ones() -> None:
    assert to_encoding("34.6 % (≈28.1–41.7) ≥ 3 日", "ascii") == "34.6 % (~28.1-41.7) >= 3 \\u65e5"
    assert to_encoding("a–b", "utf-8") == "a–b"
    assert to_encoding("a–b", "no-such-encoding") == "a-b"


@given(st.text(alphabet=st.characters(codec=None)))
def test_latin_text_can_be_drawn(text: str) -> None:
    assert latin(text).isascii()
    assert latin("Café – ≥ 3") == "Cafe - >= 3"
    assert "\x1b" not in latin(HOSTILE)
