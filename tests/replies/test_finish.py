"""How an answer ended, by the server's word for it and by the tokens that it counted."""

from __future__ import annotations

import pytest

from pointbench.replies.finish import (
    BLOCKED,
    BROKEN,
    CUT_OFF,
    OWN_FAULT,
    WHOLE,
    classify_finish_reason,
    ending,
    known_whole,
)

WORDS = {
    "whole": "stop STOP end_turn completed eos_token tool_calls TOOL_CALL function_call endTurn "
    "FinishReason.STOP FINISH_REASON_STOP REASON_TOOL_CALLS stop_sequence COMPLETE succeeded "
    "eosFound stopStringFound stop_words end_id end-of-turn END_OF_TEXT toolCalls",
    "cut-off": "length MAX_TOKENS maxTokens max_output_tokens REASON_MAX_LEN ERROR_LIMIT pause_turn "
    "model_context_window_exceeded max_answer_length truncated incomplete repetition "
    "limit contextLengthReached maxPredictedTokensReached length_limit context_window truncation",
    "blocked": "content_filter Content-Filter SAFETY refusal sensitive ERROR_TOXIC NO_IMAGE IMAGE_OTHER "
    "LANGUAGE ESCALATION content_blocked policy_violation finish_reason.RECITATION "
    "MODEL_ARMOR flagged copyright jailbreak unsafe nsfw guardrails DENYLIST",
    "broken": "abort aborted Aborted. error ERROR cancelled canceled timeout timed_out time_limit "
    "server_error internal_server_error engine_dead network_error insufficient_system_resource "
    "worker_died connection_error abort(client) MISSING_THOUGHT_SIGNATURE load unload failed "
    "userStopped modelUnloaded OOM out_of_memory preemption deadline_exceeded rate_limited "
    "connection_reset in_progress",
    "unknown": "OTHER FINISH_REASON_UNSPECIFIED MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL "
    "TOO_MANY_TOOL_CALLS null none whatever no_error",
}


@pytest.mark.parametrize(
    ("word", "kind"), [(word, kind) for kind, words in WORDS.items() for word in words.split()]
)
def test_every_word_of_a_server(word: str, kind: str) -> None:
    assert classify_finish_reason(word) == kind


def test_phrases_and_no_word() -> None:
    assert classify_finish_reason("error: engine v1.2 died") == "broken"
    assert classify_finish_reason("content filter") == "blocked"
    assert {classify_finish_reason(word) for word in (None, "", "  ", "...")} == {"unknown"}
    assert classify_finish_reason("x" * 100_000) == "unknown"


def test_no_reason_is_listed_twice() -> None:
    lists = (CUT_OFF, BLOCKED, BROKEN, WHOLE, OWN_FAULT)
    assert len(frozenset().union(*lists)) == sum(map(len, lists))


@pytest.mark.parametrize(
    ("text", "reason", "tokens", "limit", "kind"),
    [
        ("", "whatever", None, None, "broken"),
        (" \n", "OTHER", 3, 10, "broken"),
        ("(1, 2)", "OTHER", 3, 10, "unknown"),
        ("", None, None, None, "unknown"),
        ("", "null", None, None, "unknown"),
        ("", "MALFORMED_FUNCTION_CALL", None, None, "unknown"),
        ("", "stop", 5, 10, "whole"),
        ("(1, 2)", "abort", 5, 10, "broken"),
        ("(1, 2)", "abort", 10, 10, "broken"),
        # At the limit that was sent, an answer is cut off, whatever the server calls it.
        ("(1, 2", "completed", 10, 10, "cut-off"),
        ("(1, 2", "stop", 11, 10, "cut-off"),
        ("(1, 2", None, 10, 10, "cut-off"),
        ("", "whatever", 10, 10, "cut-off"),
        ("", "content_filter", 10, 10, "blocked"),
        ("(1, 2", "stop", 9, 10, "whole"),
        ("(1, 2", "stop", None, 10, "whole"),
        ("(1, 2", "stop", 10, None, "whole"),
        ("(1, 2", "length", 3, 10, "cut-off"),
    ],
)
def test_how_an_answer_ended(
    text: str, reason: str | None, tokens: int | None, limit: int | None, kind: str
) -> None:
    assert ending(text, reason, tokens, limit) == kind


def test_only_what_is_known_to_be_complete_is() -> None:
    assert known_whole("whole", 9, 10)
    assert known_whole("whole", 9, None)
    assert not known_whole("whole", None, 10)
    assert not known_whole("unknown", 9, 10)
    assert not known_whole("cut-off", 10, 10)
