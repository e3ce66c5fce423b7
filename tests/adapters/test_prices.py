"""Cost of replies: by list prices, by the user's own, and None if no price is known."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pointbench.adapters.prices import price_of, price_per_second
from pointbench.adapters.protocol import Reply


def _cost(adapter: str, name: str, tokens: tuple[int | None, int | None], **settings: Any) -> Any:
    return price_of(adapter, name, settings)(
        Reply("", input_tokens=tokens[0], output_tokens=tokens[1])
    )


@pytest.mark.parametrize(
    ("adapter", "name", "dollars"),
    [
        ("openai", "gpt-4o", 2.5e-3 + 1e-3),
        ("openai", "gpt-4o-2024-11-20", 2.5e-3 + 1e-3),
        ("openai", "gpt-5.6-sol", 4e-3 + 2e-3),
        ("anthropic", "claude-sonnet-5-5", 2e-3 + 1e-3),
        ("anthropic", "claude-3-5-sonnet-20241022", 3e-3 + 1.5e-3),
        ("google", "gemini-3.8-flash", 0.75e-3 + 0.375e-3),
        ("openai", "grok-4.7", 2e-3 + 0.6e-3),
    ],
)
def test_list_prices(adapter: str, name: str, dollars: float) -> None:
    assert _cost(adapter, name, (1000, 100)) == pytest.approx(dollars)


def test_each_request_is_priced_by_its_own_length() -> None:
    # gpt-5.4 costs more beyond a length; a thousand short requests are priced as short ones.
    short = _cost("openai", "gpt-5.4", (1000, 0))
    assert short == pytest.approx(2.5e-3)
    assert _cost("openai", "gpt-5.4", (1_000_000, 0)) > 1000 * short


@pytest.mark.parametrize(
    ("adapter", "name", "read", "write", "dollars"),
    [
        # As genai-prices itself extracts it from the vendors' own answers.
        ("openai", "gpt-5.6-sol", 2176, None, 0.0016224),
        ("anthropic", "claude-sonnet-5-5", 2000, None, 0.000928),
        ("anthropic", "claude-sonnet-5-5", None, 2000, 0.005728),
        ("google", "gemini-3.8-flash", 2000, None, 0.000423),
        # No part of the input: priced as fresh, never too low.
        ("openai", "gpt-5.6-sol", 9999, None, 0.009456),
        ("openai", "gpt-5.6-sol", 2176, 2176, 0.009456),
        ("openai", "gpt-5.6-sol", None, None, 0.009456),
        ("openai", "gpt-5.6-sol", 0, 0, 0.009456),
    ],
)
def test_cached_input_is_priced_as_such(
    adapter: str, name: str, read: int | None, write: int | None, dollars: float
) -> None:
    reply = Reply(
        "", input_tokens=2304, output_tokens=12, cache_read_tokens=read, cache_write_tokens=write
    )
    assert price_of(adapter, name, {})(reply) == pytest.approx(dollars)


def test_unknown_is_none() -> None:
    assert _cost("openai", "gpt-6.2-sol", (1000, 100)) is None
    assert _cost("openai", "gpt-4o", (1000, None)) is None
    assert _cost("openai", "gpt-4o", (None, 10)) is None
    assert _cost("moondream", "moondream-2", (1000, 100)) is None
    assert _cost("replicate", "zsxkib/molmo-7b", (1000, 100)) is None
    # A server elsewhere has its own prices, whatever its model is called.
    assert _cost("openai", "gpt-4o", (1000, 100), base_url="http://gate.example.com/v1") is None
    assert _cost("a-third-partys-own", "gpt-4o", (1000, 100)) is None


def test_a_public_host_in_settings_has_its_own_list() -> None:
    url = "https://api.groq.com/openai/v1"
    assert _cost(
        "openai", "llama-3.3-70b-versatile", (1_000_000, 0), base_url=url
    ) == pytest.approx(0.59)


def test_the_users_own_price() -> None:
    price = {"input": 2, "output": 10}
    assert _cost("openai", "gpt-4o", (1_000_000, 100_000), price=price) == pytest.approx(3.0)
    assert _cost("openai", "x", (1000, 100), price='{"input": 1, "output": 0}') == pytest.approx(
        1e-3
    )
    assert _cost("replicate", "a/b", (1, 1), price={"per_second": 0.001}) is None
    assert price_per_second({"price": {"per_second": 0.001}}) == 0.001
    assert price_per_second({"price": price}) is None


@pytest.mark.parametrize(
    ("adapter", "name", "answered", "per_million"),
    [
        ("google", "gemini-2.5-flash", None, 0.30),
        ("google", "gemini-2.5-flash", "", 0.30),
        ("google", "gemini-2.5-flash", "models/gemini-2.5-flash", 0.30),
        # The vendor lets another model answer under the old name.
        ("google", "gemini-2.5-flash", "gemini-3.5-flash-lite", 0.30),
        ("google", "gemini-2.5-flash", "gemini-3.8-flash", 0.75),
        ("google", "gemini-2.5-computer-use-preview-10-2025", "gemini-3.8-flash", 0.75),
        # The list takes these for gemini-3.8-flash, whose name they begin with.
        ("google", "gemini-3.8-flash-lite", None, None),
        ("google", "gemini-3.8-flash-image", None, None),
        ("google", "gemini-3.8-flash", "gemini-3.8-flash-lite", None),
        ("google", "gemini-3.8-flash-lite", "gemini-3.8-flash", 0.75),
        ("google", "gemini-flash-latest", None, 0.75),
        ("google", "gemini-flash-latest", "gemini-2.5-flash-lite", 0.10),
        ("openai", "gpt-4o", "gpt-4o-2024-11-20", 2.5),
        ("openai", "gpt-4o", "gpt-4o-2024-05-13", 5),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13", 5),
        ("openai", "gpt-4o", "gpt-4o-mini-2024-07-18", 0.15),
        ("openai", "gpt-4o", "some-other-model", None),
        ("openai", "gpt-4o", "/models/llava.gguf", None),
        ("openai", "gpt-4o", "x" * 1_000_000, None),
        ("openai", "computer-use-preview", "computer-use-preview-2025-03-11", 3),
        ("openai", "gpt-5.6", None, 4),
        ("anthropic", "claude-3-opus-20240229", "claude-3-opus-20240229", 15),
        ("anthropic", "claude-sonnet-4-20250514", "claude-sonnet-4-20250514", 3),
        ("anthropic", "claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", 3),
        ("openai", "glm-5.3-flash", "GLM-5.3-Flash", 0.15),
        ("openai", "glm-5v-turbo", "glm-5v-turbo", None),
        ("openai", "deepseek-v4-flash-vision-exp", "deepseek-v4-flash-vision-exp", 0.15),
    ],
)
def test_a_list_price_is_that_of_the_model_that_answered(
    adapter: str, name: str, answered: str | None, per_million: float | None
) -> None:
    reply = Reply("", model=answered, input_tokens=1000, output_tokens=0)
    dollars = price_of(adapter, name, {})(reply)
    expected = None if per_million is None else pytest.approx(per_million / 1000)
    assert dollars == expected


def test_the_servers_own_cost_comes_before_the_list() -> None:
    reply = Reply("", input_tokens=1000, output_tokens=100, cost_usd=0.5)
    assert price_of("openai", "gpt-4o", {})(reply) == 0.5
    assert price_of("openai", "gpt-4o", {"base_url": "http://127.0.0.1:1/v1"})(reply) == 0.5
    assert price_of("replicate", "a/b", {"price": {"per_second": 1}})(reply) == 0.5


@pytest.mark.parametrize("reported", [0.0, 0.001, 5.0])
def test_the_users_own_price_comes_before_the_servers_cost(reported: float) -> None:
    price = price_of("openai", "openai/gpt-4o", {"price": {"input": 2.5, "output": 10}})
    reply = Reply("", input_tokens=1_000_000, output_tokens=100_000, cost_usd=reported)
    assert price(reply) == pytest.approx(3.5)
    # Without the tokens the user's price gives nothing, and the server's word counts no more for that.
    assert price(Reply("", cost_usd=reported)) is None


def test_a_reply_is_priced_in_microseconds() -> None:
    price = price_of("openai", "gpt-4o", {})
    reply = Reply("", input_tokens=1105, output_tokens=17)
    price(reply)
    began = time.perf_counter()
    for _ in range(1000):
        price(reply)
    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000", "localhost", "[::1]:8000", "10.1.2.3", "192.168.0.9:1234", "172.16.0.1",
        "gpu7:8000", "0.0.0.0:8000", "box.local", "vllm.lan", "a.internal", "api.localhost",
        "100.64.3.4", "[fd00::1]",
        "169.254.1.1", "[fe80::1%25eth0]", "[::ffff:10.0.0.1]", "LOCALHOST", "host.docker.internal",
    ],
)  # fmt: skip
def test_a_server_of_ones_own_is_free_unless_the_very_name_is_listed(host: str) -> None:
    url = f"http://{host}/v1"
    assert _cost("openai", "my-vlm", (1000, 100), base_url=url) == 0
    assert _cost("openai", "my-vlm", (None, None), base_url=url) == 0
    assert _cost("openai", "gpt-4o", (1000, 100), base_url=url) == pytest.approx(3.5e-3)
    assert _cost("openai", "gpt-4o", (None, None), base_url=url) is None
    price = {"price": {"input": 1, "output": 1}}
    assert _cost("openai", "my-vlm", (1000, 100), base_url=url, **price) == pytest.approx(1.1e-3)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "api.example.com", "localhost.evil.com", "[2001:4860::1]"]
)
def test_a_server_elsewhere_is_not_free(host: str) -> None:
    assert _cost("openai", "my-vlm", (1000, 100), base_url=f"http://{host}/v1") is None
    urls = ["http://127.0.0.1/v1", f"http://{host}/v1"]
    assert _cost("openai", "my-vlm", (1000, 100), base_url=urls) is None


def test_a_vendors_service_stays_the_vendors_behind_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OPENAI", "MOONDREAM", "LLAMA"):
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:8000/v1")
    assert _cost("openai", "nobody-knows", (1000, 100)) is None
    # These need no key there: Moondream Station, and whatever serves Llama.
    assert _cost("moondream", "moondream-2", (1000, 100)) == 0
    assert _cost("openai", "llama-3.3-70b", (1000, 100)) == 0


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("gpt-4o", True),
        ("openai/gpt-4o-2024-08-06", True),
        ("anthropic/claude-sonnet-4-5", True),
        ("claude-3-5-sonnet-20241022", True),
        ("gemini/gemini-2.5-flash", True),
        ("grok-4.7", True),
        ("gpt-4o-my-finetune", False),
        ("Qwen/Qwen2.5-VL-7B-Instruct", False),
        ("meta-llama/llama-4-maverick", False),
        ("/models/gpt-4o.gguf", False),
        ("gemma3:4b", False),
        # Open weights, too, where their makers list that very name: a line says so.
        ("zai-org/GLM-4.6V", True),
    ],
)
def test_which_names_at_home_are_a_vendors(name: str, listed: bool) -> None:
    cost = _cost("openai", name, (1000, 100), base_url="http://127.0.0.1:4000")
    assert (cost > 0) is listed
