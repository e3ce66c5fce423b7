"""Names of models: which ones are the model that was asked, and which are another."""

from __future__ import annotations

import random
import string

import pytest

from pointbench.adapters.catalog import catalog_entry, catalog_models
from pointbench.adapters.model_names import (
    asked_names,
    is_another_model,
    names_price_of,
    same_model,
    several_models,
)

SAME = [
    # as asked, in another spelling
    ("gpt-4o", "gpt-4o"),
    ("gpt-4o", "GPT-4o"),
    ("GLM-5.3-Flash", "glm-5.3-flash"),
    ("qwen2.5-vl-32b-instruct", "accounts/fireworks/models/qwen2p5-vl-32b-instruct"),
    ("qwen2.5-vl", "qwen2.5vl:7b"),
    ("claude-sonnet-4.5", "claude-sonnet-4-5"),
    # a date, or a revision
    ("gpt-4o", "gpt-4o-2024-11-20"),
    ("gpt-4o-2024-11-20", "gpt-4o"),
    ("gpt-4-turbo", "gpt-4-turbo-2024-04-09"),
    ("gpt-4", "gpt-4-0613"),
    ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    ("claude-sonnet-4-0", "claude-sonnet-4-20250514"),
    ("claude-haiku-4-5", "claude-haiku-4-5@20251001"),
    ("grok-4", "grok-4-0709"),
    ("grok-4-0709", "grok-4-2025-07-09"),
    ("gemini-2.0-flash", "gemini-2.0-flash-001"),
    ("gemini-2.5-flash-preview", "gemini-2.5-flash-preview-09-2025"),
    ("gemini-2.5-pro-preview", "gemini-2.5-pro-preview-05-06"),
    ("doubao-seed-1-6-vision", "doubao-seed-1-6-vision-250815"),
    ("mistral-small", "mistral-small-2506"),
    ("qwen-vl-max", "qwen-vl-max-2025-08-13"),
    # what providers put before and behind
    ("gpt-4o", "openai/gpt-4o"),
    ("openai/gpt-4o", "gpt-4o-2024-08-06"),
    ("gemini-2.5-flash", "models/gemini-2.5-flash"),
    ("gemini-2.5-flash", "publishers/google/models/gemini-2.5-flash"),
    ("gemini-2.5-flash", "projects/p/locations/l/publishers/google/models/gemini-2.5-flash"),
    ("qwen3-vl-8b", "accounts/x/models/qwen3-vl-8b#accounts/x/deployments/abc"),
    ("claude-3-5-sonnet-20241022", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-v2@20241022"),
    ("qwen3-vl-235b-a22b", "qwen.qwen3-vl-235b-a22b"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", "unsloth/Qwen2.5-VL-7B-Instruct"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen2.5-VL-7B-Instruct:hyperbolic"),
    ("llava", "llava:latest"),
    ("qwen/qwen2.5-vl-72b-instruct:free", "qwen/qwen2.5-vl-72b-instruct"),
    ("nova-pro", "us.amazon.nova-pro-v1:0"),
    ("nova-pro-v1", "nova-pro-v1"),
    ("claude-sonnet-4.5", "anthropic/claude-4.5-sonnet-20250929"),
    ("Claude Sonnet 4.5", "claude-sonnet-4-5"),
    ("gpt-4o", "GPT-4o (2024-11-20)"),
    ("meta-llama/llama-4-maverick", "meta-llama/llama-4-maverick-17b-128e-instruct"),
    ("qwen3-vl", "Qwen3-VL-235B-A22B-Instruct"),
    # the tuning of an open model
    ("qwen2.5-vl-7b", "Qwen/Qwen2.5-VL-7B-Instruct"),
    ("Qwen/Qwen3-VL-8B-Instruct", "qwen/qwen3-vl-8b"),
    ("gemma-3-27b", "google/gemma-3-27b-it"),
    ("phi-4-multimodal", "microsoft/Phi-4-multimodal-instruct"),
    # an alias
    ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
    ("claude-3-5-sonnet@latest", "claude-3-5-sonnet-20241022"),
    ("grok-4.3-latest", "grok-4.3"),
    ("grok-4.3", "grok-4.3-latest"),
    ("kimi-latest", "kimi-k2.6"),
    ("mistral-large-latest", "mistral-large-2411"),
    ("gpt-5-chat-latest", "gpt-5-chat"),
    ("gemini-flash-latest", "gemini-3.8-flash"),
    ("gemini-flash-latest", "gemini-2.5-flash-preview-09-2025"),
    ("gemini-flash-lite-latest", "gemini-3.5-flash-lite"),
    ("deepseek-flash", "DeepSeek-V4.1-Flash"),
    # an echo, and names that name nothing
    ("my-alias", "my-alias"),
    ("qwen2.5-vl", "/models/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf"),
    ("whatever", "Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf"),
    ("whatever", "C:\\models\\llava.gguf"),
    ("whatever", "/data/checkpoints/step-500"),
    ("whatever", "../checkpoints/step-500"),
    ("zsxkib/molmo-7b", "76ebd700864218a4ca97ac1ccff068be7222272859f9ea2ae1dd4ac073fa8de8"),
    ("owner/name", "hidden"),
    ("tgi", "Qwen/Qwen2.5-VL-7B-Instruct"),
    ("ep-20260915123456-abcde", "doubao-seed-2-1-pro-260915"),
    ("projects/p/locations/l/endpoints/1234567890123", "gemma-4-27b-it"),
    (
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
        "claude-sonnet-4-5-20250929",
    ),
    ("openrouter/auto", "anthropic/claude-sonnet-5-5"),
    ("gpt-4o", "default"),
]
ANOTHER = [
    ("gemini-2.5-flash", "gemini-3.5-flash-lite"),
    ("gemini-2.5-flash", "models/gemini-3.5-flash-lite"),
    ("gemini-2.5-pro", "gemini-3.8-flash"),
    ("gemini-3.5-flash", "gemini-3.6-flash"),
    ("gemini-3.8-flash", "gemini-3.8-flash-lite"),
    ("gemini-3.8-flash-lite", "gemini-3.8-flash"),
    ("gemini-3.8-flash", "gemini-3.8-flash-image"),
    ("gemini-flash-latest", "gemini-3.5-flash-lite"),
    ("gemini-flash-lite-latest", "gemini-3.8-flash"),
    ("gemini-2.5-flash", "gemini-2.5-flash-preview-09-2025"),
    ("deepseek-v4-flash", "deepseek-v4.1-flash"),
    ("deepseek-v4-flash", "DeepSeek-V4.1-Flash"),
    ("deepseek-v4-flash", "deepseek-ai/DeepSeek-V4.1-Flash"),
    ("deepseek-v4-flash", "deepseek-flash"),
    ("deepseek-v4-pro", "deepseek-flash"),
    ("gpt-4o", "gpt-4o-mini"),
    ("gpt-4o", "gpt-4o-mini-2024-07-18"),
    ("gpt-4o-mini", "gpt-4o"),
    ("gpt-4o", "openai/gpt-4o-mini"),
    ("gpt-4o", "gpt-4"),
    ("gpt-4", "gpt-4o"),
    ("gpt-4.1", "gpt-4"),
    ("gpt-4", "gpt-4.1-2025-04-14"),
    ("gpt-4o", "some-other-model"),
    ("gpt-4o-2024-05-13", "gpt-4o-2024-11-20"),
    ("gpt-4o", "ft:gpt-4o-2024-08-06:org::abc"),
    ("ft:gpt-4o-2024-08-06:org::abc", "gpt-4o-2024-08-06"),
    ("claude-3-5-sonnet-latest", "claude-3-7-sonnet-20250219"),
    ("claude-3-5-sonnet-20240620", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("claude-opus-4", "claude-opus-4-1"),
    ("claude-opus-4-1", "claude-opus-4-10"),
    ("claude-sonnet-5", "claude-sonnet-5-5"),
    ("grok-4", "grok-4-fast"),
    ("grok-4.7", "grok-4"),
    ("command-r", "command-r+"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-VL-72B-Instruct"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2-VL-7B-Instruct"),
    ("qwen2.5-vl-7b", "Qwen/Qwen2.5-VL-72B-Instruct"),
    ("qwen3-vl-8b", "Qwen/Qwen3-VL-8B-Thinking"),
    ("gemini-3.8-flash", "gemini-3.8-flash-8b"),
    (
        "gpt-4o",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0",
    ),
    ("gpt-3.5-turbo", "gpt-3.5-turbo-instruct"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct-AWQ"),
    ("qwen2.5vl:7b", "qwen2.5vl:72b"),
    ("gemini-2.0-flash-001", "gemini-2.0-flash-002"),
    ("qwen-vl-max-2025-08-13", "qwen-vl-max-2025-01-25"),
    ("glm-4.5v", "glm-4.5"),
    ("minicpm-v-4", "minicpm-4"),
    ("molmo", "olmo"),
    ("llama-4-maverick", "llama-4-scout-17b-16e-instruct"),
    ("qwen3-vl-8b", "qwen3-vl-32b"),
    ("o3", "o3-mini"),
    ("o1", "o1-preview"),
    ("gpt-5", "gpt-5-mini-2025-08-07"),
    ("gpt-5", "gpt-5.1-2025-11-13"),
    ("gpt-5.6-sol", "gpt-5.6-luna"),
    ("claude-opus-4-5", "claude-sonnet-4-5"),
    ("deepseek-v4.1-flash", "deepseek-v4.1-pro"),
    ("kimi-k2.6", "kimi-k2.5"),
    ("grok-4.7", "grok-4.7-mini"),
    ("glm-5v-turbo", "glm-5v"),
]


@pytest.mark.parametrize(("asked", "served"), SAME)
def test_another_spelling_of_the_model_asked_is_that_model(asked: str, served: str) -> None:
    assert same_model(asked, served)
    assert not is_another_model([asked], served)


@pytest.mark.parametrize(("asked", "served"), ANOTHER)
def test_another_model_is_told_apart(asked: str, served: str) -> None:
    assert not same_model(asked, served)
    assert is_another_model([asked], served)


def test_where_nobody_knows_what_was_asked_nothing_is_another_model() -> None:
    assert not is_another_model((), "gpt-4o")


@pytest.mark.parametrize(
    ("served", "several"),
    [
        ([], False),
        (["gpt-4o"], False),
        (["gpt-4o", "openai/gpt-4o", "GPT-4o"], False),
        (["gpt-4o", "gpt-4o-2024-11-20"], False),
        (["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"], True),
        (["gpt-4o-2024-08-06", "gpt-4o", "gpt-4o-2024-11-20"], True),
        (["gpt-4o", "gpt-4o-mini"], True),
        (["gpt-4o", "default", "unknown"], False),
        (["qwen2.5vl:7b", "qwen2.5vl"], False),
        (["qwen2.5vl:7b", "qwen2.5vl:72b"], True),
        (["/a/llava.gguf", "/b/llava.gguf"], False),
        (["/a/llava.gguf", "/a/qwen.gguf"], True),
        (["/a/llava.gguf", "gpt-4o"], True),
        (["76ebd7" * 10 + "abcd", "86ebd7" * 10 + "abcd"], True),
        ([f"model-{number}" for number in range(10_000)], True),
        (["qwen2.5-vl-7b", "Qwen/Qwen2.5-VL-7B-Instruct"], False),
        (["Qwen3-VL-8B-Instruct", "Qwen3-VL-8B-Thinking"], True),
    ],
)
def test_answers_of_several_models_are_told_from_several_spellings(
    served: list[str], several: bool
) -> None:
    assert several_models(served) is several
    assert several_models(served[::-1]) is several


@pytest.mark.parametrize(
    ("name", "listed", "its"),
    [
        ("gpt-4o-2024-11-20", "gpt-4o", True),
        ("GLM-5.3-Flash", "glm-5.3-flash", True),
        ("grok-4", "grok-4-0709", True),
        ("claude-3-opus-20240229", "claude-3-opus-latest", True),
        ("gemini-3.8-flash-lite", "gemini-3.8-flash", False),
        ("gemini-3.8-flash-image", "gemini-3.8-flash", False),
        ("deepseek-v4-flash-vision-exp", "deepseek-v4-flash", False),
        ("qwen2.5-vl-72b:free", "qwen2.5-vl-72b", False),
        ("qwen3-vl", "qwen3-vl-8b", False),
        ("qwen3-vl-8b", "qwen3-vl", False),
        ("/models/gpt-4o.gguf", "gpt-4o", False),
        ("default", "gpt-4o", False),
    ],
)
def test_a_price_is_that_of_the_model_listed(name: str, listed: str, its: bool) -> None:
    assert names_price_of(name, listed) is its


def test_a_model_goes_by_every_name_that_the_catalog_has_for_it() -> None:
    for model in catalog_models().values():
        names = asked_names(model)
        assert not any(is_another_model(names, name) for name in names)
    short = asked_names(catalog_entry("openai", "gpt-5.6", {}))
    assert not is_another_model(short, "gpt-5.6-sol-2026-07-01")
    assert is_another_model(short, "gpt-5.6-luna")
    groq = asked_names(catalog_entry("openai", "llama-3.3-70b", {}))
    assert not is_another_model(groq, "llama-3.3-70b-versatile")
    assert is_another_model(groq, "llama-3.1-8b-instant")
    own = asked_names(catalog_entry("openai", "mine", {}), "Qwen/Qwen2.5-VL-7B-Instruct")
    assert not is_another_model(own, "Qwen2.5-VL-7B-Instruct")


def test_no_two_models_of_one_vendor_are_taken_for_each_other() -> None:
    models = list(catalog_models().values())
    taken = {
        (one.label, other.label)
        for one in models
        for other in models
        if one.adapter == other.adapter != "replicate"
        and one is not other
        and not is_another_model(asked_names(one), other.name)
    }
    # A name without a date, or without a version, stands for those with one.
    assert {
        (asked, served)
        for asked, served in taken
        if "-20" not in asked + served and "-latest" not in asked + served
        if any(character.isdigit() for character in asked)
    } == set()


def test_names_from_a_server_may_be_anything() -> None:
    draw = random.Random(1)
    for _ in range(3000):
        text = "".join(draw.choices(string.printable + "é漢\0\u202e٣", k=draw.randrange(12)))
        assert same_model(text, text)
        assert same_model("gpt-4o", text) in (True, False)
        assert several_models([text, text, "gpt-4o"]) in (True, False)
        assert names_price_of(text, "gpt-4o") in (True, False)


@pytest.mark.parametrize("piece", ["-", "a-", "1-", "a/", ":", "p1", "-20", "@", "+", "0."])
def test_a_name_of_a_megabyte_is_compared_by_its_end(piece: str) -> None:
    assert same_model("gpt-4o", piece * 1_000_000 + "/gpt-4o-2024-11-20")
    assert is_another_model(["gpt-4o"], piece * 1_000_000 + "/gpt-4o-mini")
