"""Classifies a vendor's finish reason: the answer is whole, cut off or blocked."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

CUT_OFF = frozenset(
    {
        "length",
        "max_tokens",
        "max_output_tokens",
        "max_completion_tokens",
        "max_new_tokens",
        "max_length",
        "model_length",
        "token_limit",
        "model_context_window_exceeded",
        "context_length_exceeded",
    }
)
"""Reasons, in lower case, for answers whose tokens ran out before they were complete."""

BLOCKED = frozenset(
    {
        "content_filter",
        "content_filtered",
        "content_policy_violation",
        "image_content_policy_violation",
        "misalignment_policy_violation",
        "responsible_ai_policy_violation",
        "guardrail_intervened",
        "moderation",
        "sensitive",
        "refusal",
        "safety",
        "recitation",
        "prohibited_content",
        "blocklist",
        "spii",
        "image_safety",
        "image_prohibited_content",
        "image_recitation",
        "error_toxic",
    }
)
"""Reasons, in lower case, for a refusal by the model or its vendor."""


@lru_cache(maxsize=256)
def classify_finish_reason(finish_reason: str | None) -> Literal["cut-off", "blocked", "whole"]:
    """How the answer ended. Unknown reasons count as whole; case and an enum prefix are ignored."""
    reason = (finish_reason or "").strip().rsplit(".", 1)[-1].lower().replace("-", "_")
    if reason in CUT_OFF:
        return "cut-off"
    return "blocked" if reason in BLOCKED else "whole"
