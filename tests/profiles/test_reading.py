"""Profiles of pointbench.toml: what cannot be used is refused when it is read."""

from __future__ import annotations

import pytest

from pointbench.errors import UsageError
from pointbench.profiles import read_profile


@pytest.mark.parametrize(
    ("sizing", "words"),
    [
        ("quen-28", r"pointbench\.toml: profile x: sizing: .*'quen-28'; did you mean 'qwen-28'"),
        ("qwen-28-", r"'qwen-28-'; did you mean 'qwen-28'"),
        ("qwen-28-0", r"'qwen-28-0'; did you mean 'qwen-28'"),
        ("qwen-30-1280", r"unknown sizing rule 'qwen-30-1280'"),
        ("", r"unknown sizing rule ''"),
    ],
)
def test_an_unknown_sizing_rule_is_refused(sizing: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        read_profile("x", {"like": "pixel", "sizing": sizing}, "pointbench.toml")
    assert "\n" not in str(raised.value)


def test_a_limit_of_tokens_is_a_rule() -> None:
    profile = read_profile("x", {"like": "qwen2.5-vl", "sizing": "qwen-28-1280"}, "pointbench.toml")
    assert profile.sizing == "qwen-28-1280"
