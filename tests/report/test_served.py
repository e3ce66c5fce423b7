"""Who answered, in words."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.report.served import served_text, served_warning


def facts(models: dict[str, int], others: list[str] | None = None, *, several: bool = False) -> Any:
    served = {
        "models": models,
        "asked_differs": bool(others),
        "others": others or [],
        "several": several,
    }
    return {"served": served}


@pytest.mark.parametrize(
    "block", [{}, {"served": None}, facts({}), {"served": {"models": {}, "several": True}}]
)
def test_nothing_is_said_where_nothing_is_known(block: dict[str, Any]) -> None:
    assert served_text(block) is None
    assert served_warning("a/b", block) is None


@pytest.mark.parametrize(
    ("block", "text", "warning"),
    [
        (facts({"x-2025": 1}), "x-2025 (1 answer)", None),
        (
            facts({"y": 12_000}, ["y"]),
            "y (12\u202f000 answers), of which y is not the model asked",
            "a/b was answered by another model than the one asked: y (12\u202f000 answers).",
        ),
        (
            facts({"x": 2, "y": 1}, several=True),
            "x (2 answers), y (1 answer)",
            "a/b was answered by several models, mixed in these figures: x (2 answers), y (1 answer).",
        ),
        (
            facts({"x": 2, "y": 1, "z": 1}, ["y", "z"], several=True),
            "x (2 answers), y (1 answer), z (1 answer), of which y and z are not the model asked",
            "a/b was answered by several models, mixed in these figures: x (2 answers), y (1 answer), "
            "z (1 answer); y and z are not the model asked.",
        ),
    ],
)
def test_names_and_what_is_wrong_with_them(
    block: dict[str, Any], text: str, warning: str | None
) -> None:
    assert served_text(block) == text
    assert served_warning("a/b", block) == warning


def test_many_and_long_names_are_cut() -> None:
    names = {f"{number}{'x' * 200}": 1 for number in range(9)}
    text = served_warning("a/b", facts(names, list(names), several=True))
    assert text is not None
    assert "and 4 more; " in text
    assert text.endswith(" and 4 more are not the model asked.")
    assert "x" * 101 not in text
    hostile = served_text(facts({"\x1b[2J\u202e": 1}))
    assert hostile == "\\x1b[2J\\u202e (1 answer)"
