"""How an answer ended: whole, cut off, blocked, or broken off by its server."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Ending = Literal["cut-off", "blocked", "broken", "whole", "unknown"]

CUT_OFF = frozenset(
    {
        "length",
        "max_len",
        "max_tokens",
        "max_output_tokens",
        "max_completion_tokens",
        "max_new_tokens",
        "max_length",
        "max_context",
        "model_length",
        "token_limit",
        "error_limit",
        "limit",
        "model_context_window_exceeded",
        "context_length_exceeded",
        # A server that gives no reason beside it means its limit.
        "incomplete",
        "not_finished",
        "pause_turn",
        # The model repeats itself, and the server ends that.
        "repetition",
        "repetition_truncation",
    }
)
"""Reasons, in lower case, for answers that ended before they were complete."""

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
        # Gemini's other ways to withhold an answer; asked again, it withholds it again.
        "language",
        "no_image",
        "image_other",
        "escalation",
    }
)
"""Reasons, in lower case, for a refusal by the model or its vendor."""

BROKEN = frozenset(
    {
        "abort",
        "aborted",
        "error",
        "failed",
        "cancel",
        "canceled",
        "cancelled",
        "user_cancel",
        "timeout",
        "time_limit",
        "server_error",
        "internal",
        "internal_error",
        "engine_dead",
        "engine_error",
        "network_error",
        "insufficient_system_resource",
        "out_of_memory",
        "rate_limit",
        "rate_limited",
        # Handed on before the answer was complete.
        "in_progress",
        "queued",
        "pending",
        "running",
        # LM Studio: a person stopped it.
        "user_stopped",
        "interrupted",
        "preempted",
        "shutdown",
        "disconnected",
        # Ollama: the model was only loaded, or was unloaded before it answered.
        "load",
        "unload",
        # Gemini refuses the request itself.
        "missing_thought_signature",
    }
)
"""Reasons, in lower case, for an answer that its server broke off: nothing the model decided."""

WHOLE = frozenset(
    {
        "stop",
        "stopped",
        "stop_sequence",
        "stop_token",
        "stop_word",
        "stop_words",
        "stop_string",
        "stop_string_found",
        "end_turn",
        "end",
        "end_id",
        "end_of_text",
        "end_of_turn",
        "eos",
        "eos_found",
        "eos_token",
        "eos_token_found",
        "eot",
        "complete",
        "completed",
        "done",
        "finish",
        "finished",
        "normal",
        "succeeded",
        "success",
        "tool_calls",
        "tool_call",
        "tool_use",
        "function_call",
    }
)
"""Reasons, in lower case, for an answer that the model itself ended."""

OWN_FAULT = frozenset(
    {
        "malformed_function_call",
        "malformed_response",
        "malformed_model_output",
        "malformed_tool_use",
        "unexpected_tool_call",
        "too_many_tool_calls",
    }
)
"""Reasons for an answer that the model itself spoiled: it is read as far as it goes, and not asked again."""

_LONGEST = 200
_ENUM = re.compile(r"^(?:[A-Za-z]\w*\.)+(?=\w)")
_PREFIX = re.compile(r"^(?:finish_reason|stop_reason|reason)_")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BROKEN_WORDS = frozenset(
    {
        "abort",
        "aborted",
        "aborting",
        "cancel",
        "canceled",
        "cancelled",
        "crash",
        "crashed",
        "dead",
        "deadline",
        "died",
        "disconnect",
        "disconnected",
        "drained",
        "error",
        "evicted",
        "exception",
        "fail",
        "failed",
        "failure",
        "fault",
        "interrupt",
        "interrupted",
        "kill",
        "killed",
        "lost",
        "oom",
        "overloaded",
        "preempted",
        "preemption",
        "quota",
        "reset",
        "restart",
        "shutdown",
        "terminated",
        "timeout",
        "unavailable",
        "unloaded",
    }
)
"""Words that mark a reason that is not listed above as that of an answer broken off."""
_BLOCKED_WORDS = frozenset(
    {
        # Vertex AI's MODEL_ARMOR
        "armor",
        "blocked",
        "censored",
        "copyright",
        "denylist",
        "filter",
        "filtered",
        "flagged",
        "guardrail",
        "guardrails",
        "harmful",
        "jailbreak",
        "moderated",
        "moderation",
        "nsfw",
        "policy",
        "prohibited",
        "refuse",
        "refused",
        "safety",
        "unsafe",
        "violation",
    }
)
_CUT_OFF_WORDS = frozenset({"truncated", "truncation", "length", "limit"})
_NEGATIONS = frozenset({"no", "non", "not", "without"})


def classify_finish_reason(finish_reason: str | None) -> Ending:
    """How the answer ended, by the server's word for it; case and an enum's prefix are ignored.

    ``broken`` is an answer that the server broke off, ``whole`` one that is known to be complete, and
    ``unknown`` any other word, or none.
    """
    # Nobody's word for it is longer, and a server may send anything.
    return _kind(finish_reason[:_LONGEST]) if finish_reason else "unknown"


@lru_cache(maxsize=256)
def _kind(finish_reason: str) -> Ending:
    reason = _normalized(finish_reason)
    for kind, reasons in _LISTED:
        if reason in reasons:
            return kind
    words = set(reason.split("_"))
    if reason in OWN_FAULT:
        return "unknown"
    if words & _BLOCKED_WORDS:
        return "blocked"
    if (words & _BROKEN_WORDS and not words & _NEGATIONS) or {"timed", "out"} <= words:
        return "broken"
    cut_off = words & _CUT_OFF_WORDS or {"context", "window"} <= words
    return "cut-off" if cut_off or reason.startswith("max_") else "unknown"


_LISTED: tuple[tuple[Ending, frozenset[str]], ...] = (
    ("whole", WHOLE),
    ("cut-off", CUT_OFF),
    ("blocked", BLOCKED),
    ("broken", BROKEN),
)


def ending(
    text: str,
    finish_reason: str | None,
    output_tokens: int | None = None,
    output_limit: int | None = None,
) -> Ending:
    """How the answer ended, by everything that is known of it.

    An answer whose ``output_tokens`` reached the ``output_limit`` that was sent is cut off, whatever
    its server says: several servers call it complete. An unknown reason without a text is a break.
    """
    kind = classify_finish_reason(finish_reason)
    if kind in ("whole", "unknown") and _reached(output_tokens, output_limit):
        return "cut-off"
    if kind == "unknown" and finish_reason and not text.strip():
        reason = _normalized(finish_reason)
        return "broken" if reason and reason not in OWN_FAULT else "unknown"
    return kind


def known_whole(kind: Ending, output_tokens: int | None, output_limit: int | None) -> bool:
    """True if an answer of this `ending` is surely complete.

    The server says so, and the tokens that it counted are under the limit that was sent, if any was.
    """
    return (
        kind == "whole" and output_tokens is not None and not _reached(output_tokens, output_limit)
    )


def _reached(tokens: int | None, limit: int | None) -> bool:
    return tokens is not None and limit is not None and tokens >= limit


def _normalized(finish_reason: str) -> str:
    """The reason as the lists above have it: ``FinishReason.MAX_TOKENS`` as ``max_tokens``."""
    words = finish_reason[:_LONGEST].strip()
    if not words.isupper():
        words = _CAMEL.sub("_", words)
    reason = re.sub(r"[\W_]+", "_", _ENUM.sub("", words).lower()).strip("_")
    return "" if reason in ("null", "none") else _PREFIX.sub("", reason)
