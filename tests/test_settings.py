"""Which values of the environment are keys, and where they are found."""

from __future__ import annotations

import pytest

from pointbench.settings import Secret, key_in, redact, secrets_of

KEY = "sk-planted-0123456789abcdef"


@pytest.mark.parametrize("value", ["x", "5", "00", "none", "EMPTY", "point", "ollama", "{", "."])
def test_a_placeholder_blots_nothing(value: str) -> None:
    secrets = secrets_of(["OPENAI_API_KEY"], {"OPENAI_API_KEY": value})
    message = 'x: model 500 says none, EMPTY point "ollama" 5 {"y": 400}.'
    assert redact(message, secrets) == message
    assert key_in(message, secrets) is None


@pytest.mark.parametrize("value", ["hunter22", "a1b2", "lm-studio", "correct-horse-battery"])
def test_what_may_be_a_key_is_hidden_as_a_whole_token_only(value: str) -> None:
    secrets = secrets_of(["LLAMA_API_KEY"], {"LLAMA_API_KEY": value})
    assert redact(f"the key {value} is wrong", secrets) == "the key *** is wrong"
    assert redact(f"the key {value}s is wrong", secrets) == f"the key {value}s is wrong"


def test_a_distinctive_key_is_hidden_anywhere_and_found_as_a_token() -> None:
    secrets = secrets_of((), {"MY_TOKEN": KEY, "HOME": KEY})
    assert redact(f"x{KEY}y", secrets) == "x***y"
    assert key_in(f"x{KEY}y", secrets) is None
    for text in (KEY, f'{{"key": "{KEY}"}}', f"Bearer {KEY}.", f"key={KEY}&x=1", f"a\n{KEY}\n"):
        assert key_in(text, secrets) == "MY_TOKEN"


def test_the_longest_key_comes_first_so_that_no_rest_of_it_remains() -> None:
    secrets = secrets_of((), {"A_KEY": KEY, "B_KEY": f"{KEY}-and-more"})
    assert redact(f"{KEY}-and-more", secrets) == "***"
    assert Secret("A_KEY", KEY) in secrets
