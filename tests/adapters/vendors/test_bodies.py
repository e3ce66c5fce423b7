"""Bodies of status 200 as servers really send them: what is read, what is kept beside it, what is an error.

A body that holds an answer is never asked for again because of a field beside it: the answer is paid for.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pointbench.adapters.protocol import Picture, Reply, Request
from pointbench.engine.asking.question import ask_adapter
from pointbench.errors import AskError
from pointbench.replies import parse
from tests.adapters.vendor_cases import (
    ANTHROPIC,
    CHAT,
    GENERATED,
    GOOGLE,
    MESSAGE,
    MOONDREAM,
    OPENAI,
    POINTS,
    PREDICTION,
    REPLICATE,
    RESPONSES,
    Vendor,
)
from tests.adapters.vendor_server import Answer, VendorServer

HIT = '{"x": 512, "y": 300}'
POINT = (512, 300)
THOUGHT = f"The icon is at {HIT}"


def _outcome(
    vendor: Vendor,
    body: object,
    server: VendorServer,
    environment: pytest.MonkeyPatch,
    picture: Picture,
    **settings: Any,
) -> tuple[object, Reply | None]:
    """The point, or ``declined``, ``unparsed`` or ``error``; and the reply."""
    server.answers(body if isinstance(body, Answer) else Answer(body))
    adapter = vendor.make(server, environment, **settings)
    try:
        reply = ask_adapter(adapter, Request(prompt="?", picture=picture), ())
    except AskError:
        return "error", None
    finally:
        assert len(server.received) == 1
    format_, order = ("gemini", "yx") if vendor is GOOGLE else ("any", "xy")
    parsed = parse(reply.text, format_, order, finish_reason=reply.finish_reason)
    return parsed.point_in_frame or parsed.status, reply


def chat(message: object = None, reason: object = "stop", **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": HIT} if message is None else message
    return CHAT | {"choices": [{"index": 0, "message": message, "finish_reason": reason}]} | more


def call(name: object, arguments: object, content: object = None) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    tool_calls = [{"id": "c1", "type": "function", "function": function}]
    return chat({"content": content, "tool_calls": tool_calls}, "tool_calls")


CHAT_BODIES: dict[str, tuple[object, object]] = {
    # Reasoning is never the answer.
    "reasoning_content alone": (chat({"content": None, "reasoning_content": THOUGHT}), "unparsed"),
    "reasoning_content at the limit": (
        chat({"content": None, "reasoning_content": THOUGHT}, "length"),
        "unparsed",
    ),
    "reasoning details": (
        chat({"content": HIT, "reasoning_details": [{"type": "reasoning.text", "text": "(1, 2)"}]}),
        POINT,
    ),
    "thinking parts": (
        chat(
            {"content": [{"type": "thinking", "thinking": "(1, 2)"}, {"type": "text", "text": HIT}]}
        ),
        POINT,
    ),
    "reasoning parts with a text": (
        chat({"content": [{"type": "reasoning", "text": "(1, 2)"}, {"type": "text", "text": HIT}]}),
        POINT,
    ),
    **{
        f"{kind} parts": (
            chat({"content": [{"type": kind, "text": "(1, 2)"}, {"type": "text", "text": HIT}]}),
            POINT,
        )
        for kind in ("reasoning_text", "thought", "analysis", "reasoning.summary")
    },
    "a part marked as a thought": (
        chat({"content": [{"type": "text", "text": HIT, "thought": True}]}),
        "unparsed",
    ),
    "a text part with a value": (
        chat({"content": [{"type": "text", "text": {"value": HIT, "annotations": []}}]}),
        POINT,
    ),
    # Broken off, empty, refused.
    "abort": (chat({"content": ""}, "abort"), "error"),
    "abort behind an answer": (chat(None, "abort"), "error"),
    "finish reason error": (chat({"content": ""}, "error"), "error"),
    "an unknown reason without a text": (chat({"content": ""}, "gone"), "error"),
    "an unknown reason with a text": (chat(None, "gone"), POINT),
    "no reason, empty": (chat({"content": ""}, None), "unparsed"),
    "stop, empty": (chat({"content": ""}), "unparsed"),
    "a refusal": (chat({"content": None, "refusal": "I cannot."}), "declined"),
    "an empty refusal": (chat({"content": HIT, "refusal": ""}), POINT),
    "refusal false": (chat({"content": HIT, "refusal": False}), POINT),
    "refusal 0, empty": (chat({"content": "", "refusal": 0}), "unparsed"),
    "refusal true, empty": (chat({"content": "", "refusal": True}), "unparsed"),
    "a finish reason in a list": (chat({"content": ""}, ["abort"]), "error"),
    "a refusal as a part": (
        chat({"content": [{"type": "refusal", "refusal": "I cannot."}]}),
        "declined",
    ),
    # Calls.
    "arguments as an object": (call("click", {"x": 512, "y": 300}), POINT),
    "arguments as text": (call("click", HIT), POINT),
    "arguments null": (call("click", None), "unparsed"),
    "arguments null beside content": (call("click", None, HIT), POINT),
    "arguments empty": (call("click", ""), "unparsed"),
    "arguments empty beside content": (call("click", "", HIT), POINT),
    "an empty object beside content": (call("click", "{}", HIT), POINT),
    "arguments beside content": (call("click", HIT, "At (1, 2)."), POINT),
    "a call that scrolls": (call("scroll", HIT), "unparsed"),
    "a call without a name": (call(None, HIT), POINT),
    "an empty call without a name": (call(None, None), "unparsed"),
    "a legacy function_call": (
        chat({"content": None, "function_call": {"name": "click", "arguments": HIT}}),
        POINT,
    ),
    "a custom tool": (
        chat(
            {
                "content": None,
                "tool_calls": [{"type": "custom", "custom": {"name": "click", "input": HIT}}],
            }
        ),
        POINT,
    ),
    "no tool calls": (chat({"content": HIT, "tool_calls": []}), POINT),
    "tool_calls {}": (chat({"content": HIT, "tool_calls": {}}), POINT),
    "tool_calls of nothing": (chat({"content": HIT, "tool_calls": [None, {}, 3]}), POINT),
    "tool_calls as an object": (
        chat({"content": None, "tool_calls": {"function": {"name": "click", "arguments": HIT}}}),
        POINT,
    ),
    # Content in other shapes.
    "text parts": (
        chat({"content": [{"type": "text", "text": HIT[:9]}, {"type": "text", "text": HIT[9:]}]}),
        POINT,
    ),
    "an output_text part": (chat({"content": [{"type": "output_text", "text": HIT}]}), POINT),
    "parts that are text": (chat({"content": [HIT]}), POINT),
    "content as one part": (chat({"content": {"type": "text", "text": HIT}}), POINT),
    "content as the decoded answer": (chat({"content": {"x": 512, "y": 300}}), POINT),
    "parsed beside null content": (
        chat({"content": None, "parsed": {"x": 512, "y": 300}}),
        POINT,
    ),
    "content a number": (chat({"content": 5}), "unparsed"),
    "content {}": (chat({"content": {}}), "unparsed"),
    # Side fields of other types.
    "a numeric id": (chat(id=5), POINT),
    "an id that is a list": (chat(id=["x"]), POINT),
    "usage as text": (chat(usage="12 tokens"), POINT),
    "usage null": (chat(usage=None), POINT),
    "usage []": (chat(usage=[]), POINT),
    "usage of odd counts": (
        chat(
            usage={"prompt_tokens": [], "completion_tokens": "x", "total_tokens": -1, "cost": True}
        ),
        POINT,
    ),
    "token details null": (chat(usage={"prompt_tokens": 5, "prompt_tokens_details": None}), POINT),
    "model null": (chat(model=None), POINT),
    "model an object": (chat(model={"name": "x"}), POINT),
    "finish_reason an object": (chat(None, {"type": "stop", "matched": 2}), POINT),
    "finish_reason an object that says abort": (chat(None, {"type": "abort"}), "error"),
    "finish_reason false": (chat(None, False), POINT),
    "finish_reason a list": (chat(None, ["stop"]), POINT),
    "annotations": (chat({"content": HIT, "annotations": {}, "audio": 1, "role": None}), POINT),
    "logprobs": (chat(system_fingerprint=1, created="now", object=3), POINT),
    "an error that says nothing": (chat(error={"code": 0, "message": None}), POINT),
    "error {}": (chat(error={}), POINT),
    # Choices.
    "choices in another order": (
        CHAT
        | {
            "choices": [
                {"index": 1, "message": {"content": "(1, 2)"}, "finish_reason": "stop"},
                {"index": 0, "message": {"content": HIT}, "finish_reason": "stop"},
            ]
        },
        POINT,
    ),
    "choices without an index": (
        CHAT | {"choices": [{"message": {"content": HIT}}, {"message": {"content": "(1, 2)"}}]},
        POINT,
    ),
    "choices as an object": (CHAT | {"choices": {"message": {"content": HIT}}}, POINT),
    "choices with a text alone": (CHAT | {"choices": [{"text": HIT}]}, "error"),
    "no choices": (CHAT | {"choices": []}, "error"),
    "choices as text": (CHAT | {"choices": "x"}, "error"),
    "a list": ([chat()], "error"),
    "an error": ({"error": {"message": "boom", "type": "server_error"}}, "error"),
    "an error as text": ({"error": "boom"}, "error"),
    "an error in the choice": (
        CHAT | {"choices": [{"error": {"code": 502, "message": "boom"}, "message": None}]},
        "error",
    ),
    "an event stream": (
        Answer(b'data: {"choices": []}\n\n', headers={"content-type": "text/event-stream"}),
        "error",
    ),
    # Bytes.
    "a byte order mark": (Answer(b"\xef\xbb\xbf" + json.dumps(chat()).encode()), POINT),
    "NaN in the usage": (Answer(json.dumps(chat(usage={"cost": float("nan")})).encode()), POINT),
    "a lone surrogate": (
        Answer(json.dumps(chat({"content": f"\ud800 {HIT}"})).encode()),
        POINT,
    ),
    "invalid UTF-8": (
        Answer(json.dumps(chat({"content": f"@ {HIT}"})).encode().replace(b"@", b"\xff\xc3")),
        POINT,
    ),
}


@pytest.mark.parametrize("name", CHAT_BODIES)
def test_a_body_of_chat_completions(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    body, expected = CHAT_BODIES[name]
    outcome, _ = _outcome(OPENAI, body, server, no_keys, picture)
    assert outcome == expected


def respond(*items: object, **more: Any) -> dict[str, Any]:
    return RESPONSES | {"output": list(items)} | more


def message(*parts: object) -> dict[str, Any]:
    return {"type": "message", "content": list(parts)}


SAID = message({"type": "output_text", "text": HIT})

RESPONSES_BODIES: dict[str, tuple[object, object]] = {
    "an answer": (respond(SAID), POINT),
    "content as text": (respond({"type": "message", "content": HIT}), POINT),
    "items that are no objects": (respond(None, 5, SAID), POINT),
    "no status": (respond(SAID, status=None), POINT),
    "an incomplete one without a reason": (respond(SAID, status="incomplete"), POINT),
    "cut off": (
        respond(
            message({"type": "output_text", "text": HIT[:-3]}),
            status="incomplete",
            incomplete_details={"reason": "max_output_tokens"},
        ),
        "unparsed",
    ),
    "a filter": (
        respond(status="incomplete", incomplete_details={"reason": "content_filter"}),
        "declined",
    ),
    "odd side fields": (
        respond(SAID, id=5, model=3, usage=[], incomplete_details=[], error={}, created_at="x"),
        POINT,
    ),
    "usage as text": (respond(SAID, usage="12"), POINT),
    "a function call": (
        respond({"type": "function_call", "name": "click", "arguments": HIT}),
        POINT,
    ),
    "a function call that scrolls": (
        respond({"type": "function_call", "name": "scroll", "arguments": HIT}),
        "unparsed",
    ),
    "an empty call beside content": (
        respond(SAID, {"type": "function_call", "name": "click", "arguments": None}),
        POINT,
    ),
    "a refusal": (respond(message({"type": "refusal", "refusal": "I cannot."})), "declined"),
    "reasoning alone": (
        respond({"type": "reasoning", "content": [{"type": "reasoning_text", "text": THOUGHT}]}),
        "unparsed",
    ),
    "a message of reasoning": (
        respond(message({"type": "reasoning_text", "text": THOUGHT})),
        "unparsed",
    ),
    "one item that is no list": (RESPONSES | {"output": SAID}, POINT),
    "cancelled": (respond(SAID, status="cancelled"), "error"),
    "aborted": (respond(SAID, status="aborted"), "error"),
    "no output": (RESPONSES | {"output": None}, "error"),
}


@pytest.mark.parametrize("name", RESPONSES_BODIES)
def test_a_body_of_responses(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    body, expected = RESPONSES_BODIES[name]
    outcome, _ = _outcome(OPENAI, body, server, no_keys, picture, api="responses")
    assert outcome == expected


def claude(*blocks: object, **more: Any) -> dict[str, Any]:
    return MESSAGE | {"content": list(blocks)} | more


TEXT = {"type": "text", "text": HIT}

ANTHROPIC_BODIES: dict[str, tuple[object, object]] = {
    "an answer": (claude(TEXT), POINT),
    "thinking before it": (claude({"type": "thinking", "thinking": "(1, 2)"}, TEXT), POINT),
    "thinking alone": (claude({"type": "thinking", "thinking": THOUGHT}), "unparsed"),
    "content as text": (MESSAGE | {"content": HIT}, POINT),
    "content as one block": (MESSAGE | {"content": TEXT}, POINT),
    "blocks of nothing": (claude(None, 3, {"type": "text", "text": None}, TEXT), POINT),
    "an unknown block": (claude({"type": "later", "text": "(1, 2)"}, TEXT), POINT),
    "odd side fields": (claude(TEXT, id=5, model=[], usage=[], stop_reason={}, error={}), POINT),
    "usage as text": (claude(TEXT, usage="12"), POINT),
    "usage of odd counts": (
        claude(TEXT, usage={"input_tokens": "x", "output_tokens": None}),
        POINT,
    ),
    "a call": (
        claude({"type": "tool_use", "name": "click", "input": {"x": 512, "y": 300}}),
        POINT,
    ),
    "a call that scrolls": (
        claude({"type": "tool_use", "name": "scroll", "input": {"x": 512, "y": 300}}),
        "unparsed",
    ),
    "an empty call beside text": (claude(TEXT, {"type": "tool_use", "name": "click"}), POINT),
    "refusal": (claude(stop_reason="refusal"), "declined"),
    "aborted": (claude(TEXT, stop_reason="aborted"), "error"),
    "no content": (MESSAGE | {"content": None}, "error"),
    "an error": ({"type": "error", "error": {"type": "api_error", "message": "boom"}}, "error"),
}


@pytest.mark.parametrize("name", ANTHROPIC_BODIES)
def test_a_body_of_messages(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    body, expected = ANTHROPIC_BODIES[name]
    outcome, _ = _outcome(ANTHROPIC, body, server, no_keys, picture)
    assert outcome == expected


def gemini(*parts: object, reason: object = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}
    return GENERATED | {"candidates": [candidate]} | more


PLACE = {"text": '[{"point": [300, 512], "label": "a"}]'}

GOOGLE_BODIES: dict[str, tuple[object, object]] = {
    "an answer": (gemini(PLACE), POINT),
    "thoughts": (gemini({"text": "[1, 2]", "thought": True}, PLACE), POINT),
    "thoughts alone": (gemini({"text": PLACE["text"], "thought": True}), "unparsed"),
    "a text that is null": (gemini({"text": None}, PLACE), POINT),
    "code beside the text": (
        gemini({"executableCode": {"code": "x"}}, {"codeExecutionResult": {"output": "1"}}, PLACE),
        POINT,
    ),
    "STOP without parts": (gemini(), "unparsed"),
    "STOP without content": (GENERATED | {"candidates": [{"finishReason": "STOP"}]}, "unparsed"),
    "a reason alone that is not given": (GENERATED | {"candidates": [{}]}, "unparsed"),
    # The model itself spoiled its call.
    "MALFORMED_FUNCTION_CALL": (gemini(reason="MALFORMED_FUNCTION_CALL"), "unparsed"),
    "UNEXPECTED_TOOL_CALL": (gemini(reason="UNEXPECTED_TOOL_CALL"), "unparsed"),
    "TOO_MANY_TOOL_CALLS": (gemini(reason="TOO_MANY_TOOL_CALLS"), "unparsed"),
    # Nobody says why there is no answer: asked again.
    "OTHER": (gemini(reason="OTHER"), "error"),
    "OTHER with an answer": (gemini(PLACE, reason="OTHER"), POINT),
    "FINISH_REASON_UNSPECIFIED": (gemini(reason="FINISH_REASON_UNSPECIFIED"), "error"),
    "MISSING_THOUGHT_SIGNATURE": (gemini(reason="MISSING_THOUGHT_SIGNATURE"), "error"),
    # The vendor withholds the answer, and would withhold it again.
    "LANGUAGE": (gemini(reason="LANGUAGE"), "declined"),
    "NO_IMAGE": (gemini(reason="NO_IMAGE"), "declined"),
    "IMAGE_OTHER": (gemini(reason="IMAGE_OTHER"), "declined"),
    "SAFETY": (gemini(reason="SAFETY"), "declined"),
    "blocked before": (
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": None},
        "declined",
    ),
    "a call": (gemini({"functionCall": {"name": "click", "args": {"x": 512, "y": 300}}}), POINT),
    "two calls": (
        gemini(
            {"functionCall": {"name": "click", "args": {"x": 512, "y": 300}}},
            {"functionCall": {"name": "type", "args": {"text": "a"}}},
        ),
        POINT,
    ),
    "odd side fields": (
        gemini(PLACE, usageMetadata=[], modelVersion=3, responseId=5, promptFeedback=[], error={}),
        POINT,
    ),
    "candidates in another order": (
        GENERATED
        | {
            "candidates": [
                {"index": 1, "content": {"parts": [{"text": "[1, 2]"}]}, "finishReason": "STOP"},
                {"index": 0, "content": {"parts": [PLACE]}, "finishReason": "STOP"},
            ]
        },
        POINT,
    ),
    "candidates in another order, the first without its 0": (
        GENERATED
        | {
            "candidates": [
                {"index": 1, "content": {"parts": [{"text": "[1, 2]"}]}, "finishReason": "STOP"},
                {"content": {"parts": [PLACE]}, "finishReason": "STOP"},
            ]
        },
        POINT,
    ),
    "no candidates": (GENERATED | {"candidates": []}, "error"),
    "an error": ({"error": {"code": 503, "message": "boom", "status": "UNAVAILABLE"}}, "error"),
}


@pytest.mark.parametrize("name", GOOGLE_BODIES)
def test_a_body_of_generate_content(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    body, expected = GOOGLE_BODIES[name]
    outcome, _ = _outcome(GOOGLE, body, server, no_keys, picture)
    assert outcome == expected


OTHER_BODIES: dict[str, tuple[Vendor, object, object]] = {
    "moondream's odd side fields": (
        MOONDREAM,
        POINTS | {"request_id": 5, "finish_reason": {}, "metrics": [], "model": 3, "error": {}},
        (0.51, 0.12),
    ),
    "moondream without a reason": (MOONDREAM, {"points": []}, "declined"),
    "moondream's abort": (MOONDREAM, POINTS | {"finish_reason": "abort"}, "error"),
    "moondream's points as text": (MOONDREAM, {"points": "x"}, "error"),
    "moondream without points": (MOONDREAM, {"request_id": "m"}, "error"),
    "replicate's odd side fields": (
        REPLICATE,
        PREDICTION | {"id": 5, "version": [], "metrics": [], "error": {}, "urls": 3, "output": HIT},
        POINT,
    ),
    "replicate's odd metrics": (
        REPLICATE,
        PREDICTION | {"output": HIT, "metrics": {"predict_time": True, "input_token_count": "12"}},
        POINT,
    ),
    "replicate's decoded output": (
        REPLICATE,
        PREDICTION | {"output": {"x": 512, "y": 300}},
        POINT,
    ),
    "replicate's tokens with an end that is null": (
        REPLICATE,
        PREDICTION | {"output": [HIT[:8], HIT[8:], None]},
        POINT,
    ),
    "replicate without an output": (REPLICATE, PREDICTION | {"output": None}, "unparsed"),
    "replicate aborted": (REPLICATE, PREDICTION | {"status": "aborted"}, "error"),
}


@pytest.mark.parametrize("name", OTHER_BODIES)
def test_a_body_of_the_other_vendors(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    vendor, body, expected = OTHER_BODIES[name]
    outcome, _ = _outcome(vendor, body, server, no_keys, picture)
    assert outcome == expected


REASONING: dict[str, tuple[Vendor, object, dict[str, Any]]] = {
    "reasoning_content": (OPENAI, chat({"content": HIT, "reasoning_content": "hm"}), {}),
    "reasoning": (OPENAI, chat({"content": HIT, "reasoning": "hm"}), {}),
    "reasoning in two fields": (
        OPENAI,
        chat({"content": HIT, "reasoning": "hm", "reasoning_details": [{"text": "hm"}]}),
        {},
    ),
    "reasoning_details": (
        OPENAI,
        chat(
            {"content": HIT, "reasoning_details": [{"summary": "h"}, {"data": "x"}, {"text": "m"}]}
        ),
        {},
    ),
    "a thinking part of parts": (
        OPENAI,
        chat(
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": HIT},
                ]
            }
        ),
        {},
    ),
    "a summary": (
        OPENAI,
        respond({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}, SAID),
        {"api": "responses"},
    ),
    "reasoning items": (
        OPENAI,
        respond({"type": "reasoning", "summary": [], "content": [{"text": "hm"}]}, SAID),
        {"api": "responses"},
    ),
    "a message of reasoning": (
        OPENAI,
        respond(message({"type": "reasoning_text", "text": "hm"}), SAID),
        {"api": "responses"},
    ),
    "reasoning blocks": (ANTHROPIC, claude({"type": "reasoning", "text": "hm"}, TEXT), {}),
    "thinking blocks": (ANTHROPIC, claude({"type": "thinking", "thinking": "hm"}, TEXT), {}),
    "thoughts": (GOOGLE, gemini({"text": "hm", "thought": True}, PLACE), {}),
    "moondream's": (MOONDREAM, POINTS | {"reasoning": {"text": "hm", "grounding": []}}, {}),
}


@pytest.mark.parametrize("name", REASONING)
def test_reasoning_is_kept_beside_the_text(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    vendor, body, settings = REASONING[name]
    _, reply = _outcome(vendor, body, server, no_keys, picture, **settings)
    assert reply is not None
    assert reply.reasoning == "hm"
    assert "hm" not in reply.text


CACHED: dict[str, tuple[Vendor, object, dict[str, Any], tuple[int | None, ...]]] = {
    "chat": (
        OPENAI,
        chat(
            usage={
                "prompt_tokens": 2304,
                "completion_tokens": 12,
                "prompt_tokens_details": {"cached_tokens": 2176},
            }
        ),
        {},
        (2304, 2176, None),
    ),
    "DeepSeek": (
        OPENAI,
        chat(
            usage={
                "prompt_tokens": 50,
                "prompt_cache_hit_tokens": 40,
                "prompt_cache_miss_tokens": 10,
            }
        ),
        {},
        (50, 40, None),
    ),
    "a gateway": (
        OPENAI,
        chat(
            usage={
                "prompt_tokens": 50,
                "cache_read_input_tokens": 40,
                "cache_creation_input_tokens": 5,
            }
        ),
        {},
        (50, 40, 5),
    ),
    "Responses": (
        OPENAI,
        respond(SAID, usage={"input_tokens": 90, "input_tokens_details": {"cached_tokens": 64}}),
        {"api": "responses"},
        (90, 64, None),
    ),
    "Anthropic": (
        ANTHROPIC,
        claude(
            TEXT,
            usage={
                "input_tokens": 10,
                "cache_read_input_tokens": 1000,
                "cache_creation_input_tokens": 200,
            },
        ),
        {},
        (1210, 1000, 200),
    ),
    "Gemini": (
        GOOGLE,
        gemini(PLACE, usageMetadata={"promptTokenCount": 1120, "cachedContentTokenCount": 1024}),
        {},
        (1120, 1024, None),
    ),
    "nothing told": (OPENAI, chat(usage={"prompt_tokens": 5}), {}, (5, None, None)),
}


@pytest.mark.parametrize("name", CACHED)
def test_cached_tokens_are_kept_and_are_part_of_the_input(
    name: str, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    vendor, body, settings, expected = CACHED[name]
    _, reply = _outcome(vendor, body, server, no_keys, picture, **settings)
    assert reply is not None
    assert (reply.input_tokens, reply.cache_read_tokens, reply.cache_write_tokens) == expected


def test_arguments_stay_as_the_model_wrote_them(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    def text(*arguments: object) -> str:
        calls = [{"function": {"name": "click", "arguments": each}} for each in arguments]
        body = chat({"content": None, "tool_calls": calls}, "tool_calls")
        server.received.clear()
        _, reply = _outcome(OPENAI, body, server, no_keys, picture)
        assert reply is not None
        return reply.text

    # A key that stands twice, and numbers as they were written.
    twice = '{"x": 5.10, "x": 7, "y": 1e2}'
    assert text(twice) == f'{{"name": "click", "arguments": {twice}}}'
    broken = '{"x": 512, "y": 300} there'
    assert json.loads(text(broken)) == {"name": "click", "arguments": broken}
    cut = '{"x": 512, "y": 3'
    assert json.loads(text(cut)) == {"name": "click", "arguments": cut}
    assert len(text(HIT, HIT).splitlines()) == 2
    assert text("{}") == '{"name": "click", "arguments": {}}'
