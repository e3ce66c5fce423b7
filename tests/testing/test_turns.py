"""The turns of the loopback vendors as the adapters see them, on every wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pointbench.adapters.protocol import Reply, Request
from pointbench.adapters.registry import adapter_class
from pointbench.engine.asking.question import ask_adapter
from pointbench.errors import AskError
from pointbench.testing.marks import marked_picture
from pointbench.testing.vendors import Vendors

WIRES = {
    "openai": ("openai", "openai", "gpt-4o", {}),
    "responses": ("openai", "openai", "gpt-4o", {"api": "responses"}),
    "compatible": ("compatible", "openai", "qwen2.5-vl-7b", {}),
    "anthropic": ("anthropic", "anthropic", "claude-sonnet-5-5", {}),
    "google": ("google", "google", "gemini-2.5-flash", {}),
    "replicate": ("replicate", "replicate", "zsxkib/molmo-7b", {}),
    "moondream": ("moondream", "moondream", "moondream3-preview", {}),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def _ask(server: Vendors, wire: str, turn: str | None, environment: pytest.MonkeyPatch) -> Reply:
    vendor, adapter, model, settings = WIRES[wire]
    for name in ("OPENAI", "ANTHROPIC", "GEMINI", "MOONDREAM"):
        environment.setenv(f"{name}_API_KEY", "sk-planted-0123456789")
    environment.setenv("REPLICATE_API_TOKEN", "sk-planted-0123456789")
    base = server.base_url(vendor)
    made = adapter_class(adapter)(
        model, {**settings, "base_url": base, "key_env": "OPENAI_API_KEY"}
    )
    try:
        if turn:
            server.play(vendor, turn)
        picture = marked_picture(640, 480, mark=16, at=(200, 120)).picture
        request = Request("Click the magenta box.", picture=picture, instruction="the magenta box")
        return ask_adapter(made, request, ())
    finally:
        close = getattr(made, "close", None)
        if callable(close):
            close()


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_broken_off_is_an_error_on_every_wire(
    wire: str, server: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AskError):
        _ask(server, wire, "abort", monkeypatch)


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire not in ("replicate", "moondream")])
def test_reasoning_and_cached_tokens_arrive(
    wire: str, server: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _ask(server, wire, None, monkeypatch)
    empty = _ask(server, wire, "reasoning-only", monkeypatch)
    assert empty.text == ""
    assert empty.reasoning is not None
    assert empty.reasoning.endswith(plain.text)
    cached = _ask(server, wire, "cached", monkeypatch)
    assert cached.text == plain.text
    assert cached.input_tokens == plain.input_tokens
    assert cached.input_tokens is not None
    assert cached.cache_read_tokens == cached.input_tokens - 16
    assert not plain.cache_read_tokens
