"""The output limit that a model is sent which does not reason: in run.json, in no label and no key."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.protocol import Request
from pointbench.adapters.registry import Model, resolve
from pointbench.adapters.vendors.anthropic import message_body
from pointbench.adapters.vendors.openai import OpenAIAdapter
from pointbench.engine.planning.costs import OUTPUT_LIMIT, most_tokens
from pointbench.engine.planning.setup import sent_output_limit
from pointbench.geometry import Size
from pointbench.settings import Config
from tests.adapters.vendor_server import VendorServer


def model_of(text: str) -> Model:
    return resolve(text, Config())


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("openai/gpt-4o", 1024),
        ("openai/gpt-4o-2024-08-06", 1024),
        ("openai/gpt-4.1-nano", 1024),
        ("openai/gpt-4o?base_url=http://127.0.0.1:1/v1", 1024),
        ("openai/gpt-4o?api=responses", 1024),
        ("openai/gpt-4o?reasoning_effort=none", 1024),
        ("anthropic/claude-3-5-sonnet-20241022?profile=blind", 1024),
        ("anthropic/claude-sonnet-4-5?profile=blind&thinking=disabled", 1024),
        # The profile sets one.
        ("anthropic/claude-3-5-sonnet-20241022", 4096),
        # Settings that set a limit, or lift it.
        ("openai/gpt-4o?max_tokens=300", 300),
        ('openai/gpt-4o?extra_body={"max_completion_tokens":50}', 50),
        ("openai/gpt-4o?max_tokens=null", None),
        ('openai/gpt-4o?extra_body={"n":3}', None),
        # Settings that ask it to reason, or leave the vendor's tool room.
        ("anthropic/claude-sonnet-4-5?profile=blind&thinking=4000", 8192),
        ("openai/gpt-4o?reasoning_effort=high", None),
        ('openai/gpt-4o?extra_body={"enable_thinking":true}', None),
        ('openai/gpt-4o?extra_body={"chat_template_kwargs":{"enable_thinking":true}}', None),
        ("openai/gpt-4o?tool=computer", None),
        # Every other model is asked as before.
        ("openai/gpt-5.6-sol", None),
        ("openai/o3", None),
        ("anthropic/claude-sonnet-5-5", 8192),
        ("openai/nobody-knows?base_url=http://127.0.0.1:1/v1", None),
        ("openai/Qwen/Qwen3-VL-8B-Thinking?base_url=http://127.0.0.1:1/v1", None),
        ("google/gemini-3.8-flash", None),
    ],
)
def test_only_models_that_do_not_reason_have_a_limit_of_their_own(
    text: str, limit: int | None
) -> None:
    model = model_of(text)
    assert sent_output_limit(model) == limit
    if limit == 1024:
        assert "1024" not in model.label
        assert "max_tokens" not in model.sampling


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, {"max_completion_tokens": 1024}),
        ({"max_tokens": 300}, {"max_completion_tokens": 300}),
        ({"max_tokens": None}, {}),
        ({"extra_body": {"max_tokens": 50}}, {"max_tokens": 50}),
        ({"reasoning_effort": "low"}, {}),
        ({"api": "responses"}, {"max_output_tokens": 1024}),
    ],
)
def test_the_limit_is_sent_once(
    settings: dict[str, Any],
    sent: dict[str, int],
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
) -> None:
    no_keys.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
    no_keys.setenv("OPENAI_BASE_URL", server.url)
    adapter = OpenAIAdapter("gpt-4o", settings)
    try:
        adapter.ask(Request("Where?"))
    except Exception:  # noqa: BLE001 - only the request matters here
        assert server.received
    body = server.received[0].json
    assert {name: value for name, value in body.items() if "max_" in name} == sent
    adapter.close()


def test_claude_is_sent_it_too() -> None:
    entry = catalog_entry("anthropic", "claude-3-5-sonnet-20241022", {})
    assert message_body(entry, Request("Where?"), {})["max_tokens"] == 1024
    assert message_body(entry, Request("Where?"), {"max_tokens": None})["max_tokens"] == 8192


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("openai/gpt-4o", 1024),
        ("openai/gpt-4o?max_tokens=300", 300),
        ("openai/gpt-5.6-sol", OUTPUT_LIMIT),
        ('openai/gpt-4o?max_tokens=300&extra_body={"n":4}', 1200),
        ('openai/gpt-4o?max_tokens=300&extra_body={"max_tokens":5000}', 5000),
        ("openai/computer-use-preview?tool=computer&max_tokens=300", 600),
        ("anthropic/claude-sonnet-5-5", 8192),
    ],
)
def test_what_a_request_may_cost_follows_the_limit(text: str, output: int) -> None:
    assert most_tokens(model_of(text))("Click it.", Size(640, 360))[1] == output
