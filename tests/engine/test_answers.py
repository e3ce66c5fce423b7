"""From an adapter's reply to what a record may hold."""

from __future__ import annotations

import pytest

from pointbench.adapters.protocol import Reply
from pointbench.engine.answers import checked_reply


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("/home/anna/models/tiny.gguf", "tiny.gguf"),
        ("/home/anna/models/Tiny-7B/", "Tiny-7B"),
        ("~/models/tiny.gguf", "tiny.gguf"),
        ("C:\\Users\\anna\\tiny.gguf", "tiny.gguf"),
        ("c:/Users/anna/tiny.gguf", "tiny.gguf"),
        ("\\\\server\\share\\tiny.gguf", "tiny.gguf"),
        ("file:///home/anna/tiny.gguf", "tiny.gguf"),
        ("/", None),
        ("", ""),
        ("gpt-5.6-2026-08-01", "gpt-5.6-2026-08-01"),
        ("Qwen/Qwen3-VL-8B", "Qwen/Qwen3-VL-8B"),
        ("~anthropic/claude-latest", "~anthropic/claude-latest"),
        ("models/mine", "models/mine"),
        ("ft:gpt-4o:acme::a1b2", "ft:gpt-4o:acme::a1b2"),
        ("arn:aws:bedrock:us-east-1::model/x", "arn:aws:bedrock:us-east-1::model/x"),
        (None, None),
    ],
)
def test_the_name_that_a_server_gives_is_stored_without_its_folders(
    given: str | None, stored: str | None
) -> None:
    assert checked_reply(Reply("x", model=given)).model == stored
