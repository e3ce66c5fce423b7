"""Each adapter's requests, byte for byte where it matters, and how it reads a good answer."""

from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest

from pointbench.adapters.protocol import Picture, Reply, Request
from pointbench.adapters.vendors.openai import OpenAIAdapter
from pointbench.profiles import find_profile
from pointbench.replies import parse
from tests.adapters.vendor_cases import (
    ANTHROPIC,
    CHAT,
    GENERATED,
    GOOGLE,
    KEY,
    MESSAGE,
    MOONDREAM,
    OPENAI,
    PREDICTION,
    REPLICATE,
    RESPONSES,
    VENDORS,
    Vendor,
)
from tests.adapters.vendor_server import Answer, VendorServer


def _ask(vendor: Vendor, adapter: Any, picture: Picture | None, **fields: Any) -> Reply:
    reply: Reply = adapter.ask(Request(prompt="Where is it?", picture=picture, **fields))
    return reply


def _data_url(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"


def test_openai_chat(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    server.answers(Answer(CHAT, headers={"x-request-id": "req-7"}))
    settings = {"detail": "high", "max_tokens": 300, "temperature": 0, "seed": 1, "top_p": 0.5}
    reply = _ask(OPENAI, OPENAI.make(server, no_keys, **settings), picture, system="Be brief.")
    [sent] = server.received
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["content-type"] == "application/json"
    assert sent.json == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Where is it?"},
                    {
                        "type": "image_url",
                        "image_url": {"url": _data_url(picture), "detail": "high"},
                    },
                ],
            },
        ],
        "max_completion_tokens": 300,
        "temperature": 0,
        "top_p": 0.5,
        "seed": 1,
    }
    assert reply == Reply(
        '{"x": 12, "y": 34}', "stop", "gpt-4o-2024-11-20", 1105, 17, "req-7", None
    )


def test_the_fast_path_sends_what_the_sdk_would(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(CHAT)
    adapter = OPENAI.make(server, no_keys, detail="high", max_tokens=300, temperature=0.5)
    prompt = 'Clique "ici" \\ sur l’icône\n🎯'
    adapter.ask(Request(prompt=prompt, picture=picture))
    with openai.OpenAI(api_key=KEY, base_url=server.url + "/v1", max_retries=0) as client:
        client.chat.completions.create(
            model="gpt-4o",
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": prompt},
                        {
                            "type": "image_url",
                            "image_url": {"url": _data_url(picture), "detail": "high"},
                        },
                    ],
                }
            ],
            max_completion_tokens=300,
            temperature=0.5,
        )
    ours, theirs = server.received
    assert ours.body == theirs.body
    volatile = {"x-stainless-retry-count", "x-stainless-read-timeout"}
    assert {k: v for k, v in ours.headers.items() if k not in volatile} == {
        k: v for k, v in theirs.headers.items() if k not in volatile
    }


def test_openai_with_a_schema_and_extra_fields(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(CHAT)
    adapter = OPENAI.make(
        server,
        no_keys,
        json_schema=True,
        picture_first=True,
        reasoning_effort="low",
        extra_body='{"provider": {"order": ["X"], "allow_fallbacks": false}}',
    )
    _ask(OPENAI, adapter, picture)
    body = server.received[0].json
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["reasoning_effort"] == "low"
    assert body["provider"] == {"order": ["X"], "allow_fallbacks": False}


def test_odd_types_in_a_reply_lose_no_answer(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    usage = {"prompt_tokens": 12.0, "completion_tokens": 3, "total_tokens": None}
    server.answers(CHAT | {"usage": usage, "id": None, "unheard_of": [{}]})
    reply = _ask(OPENAI, OPENAI.make(server, no_keys), picture)
    assert (reply.input_tokens, reply.output_tokens) == (12, 3)


def test_blind_means_text_alone(server: VendorServer, no_keys: pytest.MonkeyPatch) -> None:
    server.answers(CHAT)
    _ask(OPENAI, OPENAI.make(server, no_keys), None)
    assert server.received[0].json == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Where is it?"}],
        "max_completion_tokens": 1024,
    }


def test_a_compatible_server_gets_max_tokens_and_no_key(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(CHAT)
    adapter = OpenAIAdapter("qwen", {"base_url": server.url + "/v1", "max_tokens": 64})
    _ask(OPENAI, adapter, picture)
    adapter.close()
    [sent] = server.received
    assert sent.json["max_tokens"] == 64
    assert "authorization" not in sent.headers


def test_openrouter_says_what_it_cost_and_xai_counts_reasoning_apart(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 305, "cost": 0.0021}
    server.answers(CHAT | {"usage": usage})
    reply = _ask(OPENAI, OPENAI.make(server, no_keys), picture)
    assert (reply.output_tokens, reply.cost_usd) == (205, 0.0021)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.004}}, 0.004),
        ({"cost": 0.1, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.4}}, 0.5),
        # Not the user's own key: the vendor's part is in the cost already.
        ({"cost": 0.1, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.4}}, 0.1),
        ({"cost": 0.1, "cost_details": {"upstream_inference_cost": 0.4}}, 0.1),
        ({"cost": 0.1, "is_byok": None, "cost_details": None}, 0.1),
        # What the user's own key costs is not told.
        ({"cost": 0, "is_byok": True}, None),
        ({"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": None}}, None),
        ({"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": True}}, None),
        ({"cost": 0, "is_byok": True, "cost_details": [1]}, None),
        ({"cost": True}, None),
        ({"cost": "0.1"}, None),
        ({"cost": -1}, None),
    ],
)
def test_an_answer_that_the_users_own_key_pays_costs_what_the_vendor_takes_too(
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
    usage: dict[str, Any],
    dollars: float | None,
) -> None:
    server.answers(CHAT | {"usage": usage})
    reply = _ask(OPENAI, OPENAI.make(server, no_keys), picture)
    assert reply.cost_usd == (None if dollars is None else pytest.approx(dollars))


def test_responses(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    server.answers(RESPONSES)
    adapter = OPENAI.make(
        server,
        no_keys,
        api="responses",
        detail="original",
        max_tokens=4096,
        reasoning_effort="low",
        json_schema=True,
    )
    reply = _ask(OPENAI, adapter, picture, system="Be brief.")
    [sent] = server.received
    assert sent.path == "/v1/responses"
    assert sent.json["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Where is it?"},
                {"type": "input_image", "image_url": _data_url(picture), "detail": "original"},
            ],
        }
    ]
    assert sent.json["store"] is False
    assert sent.json["instructions"] == "Be brief."
    assert sent.json["max_output_tokens"] == 4096
    assert sent.json["reasoning"] == {"effort": "low"}
    assert sent.json["text"]["format"]["type"] == "json_schema"
    assert reply == Reply(
        '{"x": 12, "y": 34}', "completed", "gpt-5.6-sol", 1104, 40, "resp_1", None
    )


CLICK = {"type": "click", "button": "left", "x": 12, "y": 34}


def _computer_call(**fields: Any) -> dict[str, Any]:
    call = {"type": "computer_call", "id": "cu_1", "call_id": "call_1", "status": "completed"}
    reasoning = {"type": "reasoning", "id": "rs_1", "encrypted_content": "x", "summary": []}
    return {**RESPONSES, "output": [reasoning, {**call, **fields}]}


@pytest.mark.parametrize("form", [{"actions": [CLICK]}, {"action": CLICK}])
def test_the_computer_tool(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture, form: dict[str, Any]
) -> None:
    server.answers(_computer_call(**form))
    reply = _ask(OPENAI, OPENAI.make(server, no_keys, tool="computer"), picture)
    assert server.received[0].json["tools"] == [{"type": "computer"}]
    assert json.loads(reply.text) == CLICK
    point = parse(reply.text, "tool-call").point_in_frame
    assert point == (12, 34)


def test_the_computer_tool_may_look_first_and_both_calls_count(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    checks = [{"id": "sc_1", "code": "malicious_instructions", "message": "?"}]
    looking = _computer_call(actions=[{"type": "screenshot"}], pending_safety_checks=checks)
    server.answers(looking, _computer_call(actions=[CLICK]))
    reply = _ask(OPENAI, OPENAI.make(server, no_keys, tool="computer"), picture)
    first, second = (request.json for request in server.received)
    assert second["input"] == [
        *first["input"],
        *looking["output"],
        {
            "type": "computer_call_output",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot", "image_url": _data_url(picture)},
            "acknowledged_safety_checks": checks,
        },
    ]
    assert json.loads(reply.text) == CLICK
    assert (reply.input_tokens, reply.output_tokens) == (2208, 80)


def test_the_computer_tool_is_answered_once_only(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(_computer_call(actions=[{"type": "screenshot"}]))
    reply = _ask(OPENAI, OPENAI.make(server, no_keys, tool="computer"), picture)
    assert len(server.received) == 2
    assert parse(reply.text, "tool-call").status == "unparsed"


def test_anthropic(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    server.answers(Answer(MESSAGE, headers={"request-id": "req_9"}))
    adapter = ANTHROPIC.make(server, no_keys, max_tokens=300, effort="low", thinking=1024)
    reply = _ask(ANTHROPIC, adapter, picture, system="Be brief.")
    [sent] = server.received
    assert (sent.method, sent.path) == ("POST", "/v1/messages")
    assert KEY in (sent.headers.get("authorization", "") + sent.headers.get("x-api-key", ""))
    assert "anthropic-version" in sent.headers
    assert sent.json == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 300,
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {
                            "type": "base64",
                            "media_type": "image/png",
                            "data": base64.b64encode(picture.data).decode(),
                        },
                        "transformations": {"oversized_image": "error"},
                    },
                    {"type": "text", "text": "Where is it?"},
                ],
            }
        ],
        "system": "Be brief.",
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "output_config": {"effort": "low"},
    }
    assert reply == Reply(
        '{"x": 12, "y": 34}',
        "end_turn",
        "claude-sonnet-5-5",
        1200,
        25,
        "req_9",
        reasoning="hm",
        cache_read_tokens=4,
    )


def test_anthropic_leaves_room_for_thinking(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(MESSAGE)
    _ask(ANTHROPIC, ANTHROPIC.make(server, no_keys), picture)
    assert server.received[0].json["max_tokens"] >= 4096


def test_other_models_that_speak_the_messages_api_get_a_small_limit(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(MESSAGE)
    other = Vendor(**{**vars(ANTHROPIC), "model": "Qwen/Qwen3-VL-8B-Instruct"})
    _ask(other, other.make(server, no_keys, base_url=server.url), picture)
    assert server.received[0].json["max_tokens"] == 1024


def test_anthropic_takes_a_base_url_with_or_without_v1(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(MESSAGE)
    adapter = ANTHROPIC.make(server, no_keys, base_url=server.url + "/v1")
    _ask(ANTHROPIC, adapter, picture)
    assert server.received[0].path == "/v1/messages"


def test_the_toolset_offers_a_left_click_alone(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    block = {
        "type": "tool_use",
        "id": "t1",
        "toolset_name": "computer",
        "name": "left_click",
        "input": {"coordinate": [12, 34]},
    }
    server.answers(MESSAGE | {"content": [block], "stop_reason": "tool_use"})
    adapter = ANTHROPIC.make(server, no_keys, tool="computer_toolset_20260801")
    reply = _ask(ANTHROPIC, adapter, picture)
    [tool] = server.received[0].json["tools"]
    assert "display_width_px" not in tool
    assert tool["configs"]["screenshot"] == {"enabled": False}
    assert "left_click" not in tool["configs"]
    assert "anthropic-beta" not in server.received[0].headers
    assert parse(reply.text, "tool-call").point_in_frame == (12, 34)


def test_an_older_computer_tool_may_look_first(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    look = {"type": "tool_use", "id": "t1", "name": "computer", "input": {"action": "screenshot"}}
    click = {
        "type": "tool_use",
        "id": "t2",
        "name": "computer",
        "input": {"action": "left_click", "coordinate": [12, 34]},
    }
    server.answers(MESSAGE | {"content": [look]}, MESSAGE | {"content": [click]})
    adapter = ANTHROPIC.make(server, no_keys, tool="computer_20251124")
    reply = _ask(ANTHROPIC, adapter, picture)
    first, second = server.received
    assert first.headers["anthropic-beta"] == "computer-use-2025-11-24"
    assert first.json["tools"] == [
        {
            "type": "computer_20251124",
            "name": "computer",
            "display_width_px": 1365,
            "display_height_px": 768,
        }
    ]
    assert second.json["messages"][1] == {"role": "assistant", "content": [look]}
    [result] = second.json["messages"][2]["content"]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", "t1")
    assert result["content"] == first.json["messages"][0]["content"][:1]
    assert json.loads(reply.text) == click["input"]
    assert (reply.input_tokens, reply.output_tokens) == (2400, 50)


def test_temperature_goes_to_claude_only_where_the_api_takes_it(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(MESSAGE)
    older = Vendor(**{**vars(ANTHROPIC), "model": "claude-haiku-4-5"})
    _ask(older, older.make(server, no_keys, temperature=0), picture)
    assert server.received[0].json["temperature"] == 0
    assert server.received[0].headers["anthropic-version"] == "2023-06-01"


def test_gemini(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    server.answers(GENERATED)
    adapter = GOOGLE.make(
        server,
        no_keys,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        seed=3,
        max_tokens=4096,
        thinking_budget=0,
        media_resolution="high",
        json=True,
    )
    reply = _ask(GOOGLE, adapter, picture, system="Be brief.")
    [sent] = server.received
    assert sent.path == "/v1beta/models/gemini-3.8-flash:generateContent"
    assert sent.headers["x-goog-api-key"] == KEY
    assert sent.json == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {
                        "inlineData": {
                            "mimeType": "image/png",
                            "data": base64.b64encode(picture.data).decode(),
                        }
                    },
                    {"text": "Where is it?"},
                ],
            }
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "maxOutputTokens": 4096,
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 5,
            "seed": 3,
            "thinkingConfig": {"thinkingBudget": 0},
            "mediaResolution": "MEDIA_RESOLUTION_HIGH",
            "responseMimeType": "application/json",
        },
    }
    # Thoughts are billed as output but are not part of the answer.
    assert reply == Reply(
        '[{"point": [34, 12], "label": "a"}]',
        "STOP",
        "gemini-3.8-flash",
        1120,
        220,
        "r-1",
        reasoning="thinking",
    )


def test_geminis_computer_tool_names_x_and_y(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    call = {"functionCall": {"name": "click_at", "args": {"x": 512, "y": 300}}}
    candidate = {"content": {"parts": [{"text": "I click."}, call]}, "finishReason": "STOP"}
    server.answers({"candidates": [candidate]})
    reply = _ask(GOOGLE, GOOGLE.make(server, no_keys, tool="computer"), picture)
    assert server.received[0].json["tools"] == [
        {"computerUse": {"environment": "ENVIRONMENT_DESKTOP"}}
    ]
    assert parse(reply.text, "tool-call").point_in_frame == (512, 300)


def test_moondream(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    server.answers(MOONDREAM.good)
    adapter = MOONDREAM.make(server, no_keys, temperature=0, max_objects=1)
    prompt = find_profile("moondream-point").render("Click the gear icon in the panel.", 1, 1)
    reply = adapter.ask(Request(prompt=prompt, picture=picture))
    [sent] = server.received
    assert sent.path == "/v1/point"
    assert sent.headers["x-moondream-auth"] == KEY
    assert sent.json == {
        "model": "moondream3-preview",
        "image_url": _data_url(picture),
        "object": "gear icon in the panel",
        "settings": {"temperature": 0, "max_objects": 1},
    }
    assert parse(reply.text, "moondream").point_in_frame == (0.51, 0.12)
    assert reply.request_id == "m-1"


def test_moondream_finds_nothing_and_boxes(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers({"points": []})
    reply = _ask(MOONDREAM, MOONDREAM.make(server, no_keys), picture)
    assert parse(reply.text, "moondream").status == "declined"
    box = {"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4}
    server.answers({"objects": [box]})
    reply = _ask(MOONDREAM, MOONDREAM.make(server, no_keys, endpoint="detect"), picture)
    assert server.received[-1].path == "/v1/detect"
    assert parse(reply.text, "moondream").point_in_frame == pytest.approx((0.2, 0.3))


def test_replicate(server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture) -> None:
    running = PREDICTION | {"status": "starting", "output": None, "metrics": {}}
    server.answers(
        Answer(running, 202), Answer(running | {"status": "processing"}), Answer(PREDICTION)
    )
    adapter = REPLICATE.make(server, no_keys, top_k=1, max_tokens=100, price={"per_second": 0.001})
    reply = _ask(REPLICATE, adapter, picture)
    create, *polls = server.received
    assert (create.method, create.path) == ("POST", "/v1/predictions")
    assert create.headers["authorization"] == f"Bearer {KEY}"
    assert create.headers["prefer"] == "wait=60"
    assert create.json == {
        "version": "76ebd700864218a4ca97ac1ccff068be7222272859f9ea2ae1dd4ac073fa8de8",
        "input": {
            "text": "Where is it?",
            "image": _data_url(picture),
            "top_k": 1,
            "max_new_tokens": 100,
        },
    }
    # Never the address that the answer names, or the key would be sent there.
    assert [poll.path for poll in polls] == ["/v1/predictions/p1"] * 2
    assert parse(reply.text, "molmo").point_in_frame == (10, 20)
    assert reply.cost_usd == pytest.approx(0.0015)
    assert (reply.finish_reason, reply.request_id) == ("succeeded", "p1")


def test_a_failed_poll_does_not_lose_a_prediction(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    running = PREDICTION | {"status": "processing", "output": None}
    throttled = Answer({"detail": "Your rate limit resets in ~0.1s."}, 429)
    server.answers(Answer(running, 201), throttled, Answer(b"", 502), Answer(PREDICTION))
    reply = _ask(REPLICATE, REPLICATE.make(server, no_keys), picture)
    assert reply.text == PREDICTION["output"]
    assert [request.method for request in server.received] == ["POST", "GET", "GET", "GET"]


def test_replicate_uploads_a_large_picture_once(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    large = Picture(picture.data * 30, "image/png", 1365, 768, "d" * 64)
    stored = {"id": "f1", "urls": {"get": "https://files.test/f1"}}
    server.script = lambda request: Answer(
        stored if request.path == "/v1/files" else PREDICTION, 201
    )
    adapter = REPLICATE.make(server, no_keys)
    for _ in range(3):
        adapter.ask(Request(prompt="?", picture=large))
    paths = [request.path for request in server.received]
    assert paths == ["/v1/files", *["/v1/predictions"] * 3]
    assert large.data in server.received[0].body
    assert server.received[1].json["input"]["image"] == "https://files.test/f1"


def test_other_models_on_replicate(server: VendorServer, no_keys: pytest.MonkeyPatch) -> None:
    server.answers(PREDICTION | {"output": ["a", "b"]})
    official = Vendor(**{**vars(REPLICATE), "model": "acme/official"})
    adapter = official.make(server, no_keys, prompt_input="question", input={"seed": 1})
    assert adapter.ask(Request(prompt="?")).text == "ab"
    assert server.received[0].path == "/v1/models/acme/official/predictions"
    assert server.received[0].json == {"input": {"question": "?", "seed": 1}}
    pinned = Vendor(**{**vars(REPLICATE), "model": "acme/own:abc"})
    pinned.make(server, no_keys).ask(Request(prompt="?"))
    assert server.received[1].json["version"] == "abc"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_the_pictures_bytes_arrive_untouched(
    vendor: Vendor, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(vendor.good)
    _ask(vendor, vendor.make(server, no_keys), picture)
    assert base64.b64encode(picture.data) in server.received[0].body


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_settings_of_the_request_hold_over_those_of_the_adapter(
    vendor: Vendor, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(vendor.good)
    changed = {"max_objects": 3} if vendor is MOONDREAM else {"max_tokens": 77}
    start = {"max_objects": 1} if vendor is MOONDREAM else {"max_tokens": 5}
    _ask(vendor, vendor.make(server, no_keys, **start), picture, settings=changed)
    assert str(next(iter(changed.values()))).encode() in server.received[0].body
