"""Each vendor's normal answer, and how to make its adapter against a test's server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pointbench.adapters.protocol import Adapter
from pointbench.adapters.registry import adapter_class
from tests.adapters.vendor_server import VendorServer

KEY = "sk-planted-0123456789abcdef"

MADE: list[Any] = []
"""Adapters of the running test, closed after it."""

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-2024-11-20",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": '{"x": 12, "y": 34}', "refusal": None},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1105, "completion_tokens": 17, "total_tokens": 1122},
}
RESPONSES: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "model": "gpt-5.6-sol",
    "status": "completed",
    "error": None,
    "output": [
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "x", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": '{"x": 12, "y": 34}', "annotations": []}],
        },
    ],
    "usage": {"input_tokens": 1104, "output_tokens": 40},
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": '{"x": 12, "y": 34}'},
    ],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1196, "output_tokens": 25, "cache_read_input_tokens": 4},
}
GENERATED: dict[str, Any] = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "thinking", "thought": True},
                    {"text": '[{"point": [34, 12], "label": "a"}]'},
                ],
            },
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 1120,
        "candidatesTokenCount": 20,
        "thoughtsTokenCount": 200,
        "totalTokenCount": 1340,
    },
    "modelVersion": "gemini-3.8-flash",
    "responseId": "r-1",
}
POINTS: dict[str, Any] = {"request_id": "m-1", "points": [{"x": 0.51, "y": 0.12}]}
PREDICTION: dict[str, Any] = {
    "id": "p1",
    "status": "succeeded",
    "output": ' <point x="10.0" y="20.0" alt="gear">gear</point>',
    "error": None,
    "metrics": {"predict_time": 1.5},
    "urls": {"get": "https://elsewhere.test/v1/predictions/p1"},
    "version": "76eb",
}


@dataclass(frozen=True)
class Vendor:
    """One adapter, a model of it, and the variables of its key and address."""

    adapter: str
    model: str
    key_variable: str
    url_variable: str
    path: str
    """The path in its ``_BASE_URL``."""
    good: Mapping[str, Any]

    def make(
        self, server: VendorServer, environment: pytest.MonkeyPatch, **settings: Any
    ) -> Adapter:
        """The adapter, with its key, asking ``server`` as if it were the vendor's own host."""
        environment.setenv(self.key_variable, KEY)
        environment.setenv(self.url_variable, server.url + self.path)
        adapter = adapter_class(self.adapter)(self.model, settings)
        MADE.append(adapter)
        return adapter


OPENAI = Vendor("openai", "gpt-4o", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1", CHAT)
ANTHROPIC = Vendor(
    "anthropic", "claude-sonnet-5-5", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "", MESSAGE
)
GOOGLE = Vendor("google", "gemini-3.8-flash", "GEMINI_API_KEY", "GEMINI_BASE_URL", "", GENERATED)
MOONDREAM = Vendor(
    "moondream", "moondream3-preview", "MOONDREAM_API_KEY", "MOONDREAM_BASE_URL", "/v1", POINTS
)
REPLICATE = Vendor(
    "replicate",
    "zsxkib/molmo-7b",
    "REPLICATE_API_TOKEN",
    "REPLICATE_BASE_URL",
    "/v1",
    PREDICTION,
)
VENDORS = (OPENAI, ANTHROPIC, GOOGLE, MOONDREAM, REPLICATE)
