"""Which values of the environment are keys, and where they are found."""

from __future__ import annotations

import pytest

from pointbench.errors import UsageError
from pointbench.settings import Secret, key_in, redact, refuse_secret, secrets_of

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


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"api_key": "sk-1"}, "extra_body.api_key"),
        ({"apiKey": "sk-1"}, "extra_body.apiKey"),
        ({"litellm": {"aws_secret_access_key": "x"}}, "extra_body.litellm.aws_secret_access_key"),
        ({"models": [{"token": "hf_1"}]}, "extra_body.models.token"),
        ({"headers": {"X-Api-Key": "k"}}, "extra_body.headers.X-Api-Key"),
        (
            {"headers": {"Ocp-Apim-Subscription-Key": "k"}},
            "extra_body.headers.Ocp-Apim-Subscription",
        ),
        ({"headers": {"X-Auth": "Bearer abcdefgh1"}}, "extra_body.headers.X-Auth"),
        ({"clientSecret": "s"}, "extra_body.clientSecret"),
        ({"db": {"password": "p"}}, "extra_body.db.password"),
        ('{"vertex": {"access_token": "ya29"}}', "extra_body.vertex.access_token"),
        ({"nested": '[{"api_key": "sk-1"}]'}, "extra_body.nested.api_key"),
    ],
)
def test_a_key_inside_a_setting_is_refused_without_being_shown(value: object, path: str) -> None:
    with pytest.raises(UsageError, match="keys come from the environment") as caught:
        refuse_secret("extra_body", value, "pointbench.toml [models.x]")
    assert f"pointbench.toml [models.x]: '{path}" in str(caught.value)
    assert "sk-1" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        {"stop_token": "</s>", "eos_token": "<|im_end|>", "max_tokens": 5, "prompt_cache_key": "a"},
        {"response_format": {"properties": {"key": {"type": "string"}, "token": {}}}},
        {"tags": [{"key": "team", "value": "ui"}]},
        {"grammar": '{"x": 1', "note": "Bearer of bad news"},
        {"logit_bias": {"50256": -100}, "api_key": None, "password": ""},
        "[" * 100_000,
        "plain text",
        3,
    ],
)
def test_fields_that_only_sound_like_keys_are_settings(value: object) -> None:
    refuse_secret("extra_body", value, "here")
