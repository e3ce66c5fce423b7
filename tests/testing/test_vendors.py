"""The loopback server: strict like the vendors, able to see, and breakable on request."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from pointbench.testing.marks import MarkedPicture, marked_picture
from pointbench.testing.vendors import BASES, FATAL, FAULTS, Fault, Vendors, Weather
from pointbench.testing.vendors.faults import Throttle

KEY = {"authorization": "Bearer sk-test-key-0001"}
PICTURE = marked_picture(1280, 720, mark=12, at=(301, 407), seed=5)
CENTER = (307, 413)


@pytest.fixture(scope="module")
def server() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


class Response:
    """A response, read completely."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def send(
    url: str,
    body: Any = None,
    headers: Mapping[str, str] = KEY,
    method: str = "POST",
    timeout: float = 10,
) -> Response:
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    data = None if body is None else json.dumps(body).encode()
    try:
        connection.request(
            method,
            url[url.index(parts.path) :],
            data,
            {"content-type": "application/json", **headers},
        )
        return Response(connection.getresponse())
    finally:
        connection.close()


def data_url(picture: MarkedPicture = PICTURE) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.data).decode()


def chat(model: str = "gpt-4o", picture: MarkedPicture = PICTURE, **more: Any) -> dict[str, Any]:
    url = {"url": data_url(picture), "detail": more.pop("detail", "high")}
    parts = [{"type": "text", "text": "Click it."}, {"type": "image_url", "image_url": url}]
    return {"model": model, "messages": [{"role": "user", "content": parts}], **more}


def claude(model: str = "claude-sonnet-4-5", picture: MarkedPicture = PICTURE, **more: Any) -> Any:
    source = {"type": "base64", "media_type": "image/png", "data": data_url(picture)[22:]}
    image = {"type": "image", "source": source, **more.pop("image", {})}
    text = {"type": "text", "text": "Click it."}
    messages = [{"role": "user", "content": [image, text]}]
    return {"model": model, "max_tokens": 300, "messages": messages, **more}


CLAUDE = {"x-api-key": "sk-ant-test-0001", "anthropic-version": "2023-06-01"}


def gemini(**config: Any) -> dict[str, Any]:
    inline = {"mimeType": "image/png", "data": data_url()[22:]}
    parts = [{"inlineData": inline}, {"text": "Click it."}]
    return {"contents": [{"parts": parts}], "generationConfig": config}


# --- what each model answers ------------------------------------------------------------------


def answer_of(server: Vendors, model: str, picture: MarkedPicture = PICTURE, **more: Any) -> str:
    url = server.base_url("compatible") + "/chat/completions"
    response = send(url, chat(model, picture, **more), {})
    assert response.status == 200
    text: str = response.body["choices"][0]["message"]["content"]
    return text


def test_gpt_answers_in_pixels_of_what_it_sees(server: Vendors) -> None:
    big = marked_picture(1920, 1080, mark=24, at=(960, 540), seed=1)
    response = send(server.base_url("openai") + "/chat/completions", chat(picture=big))
    # 1920x1080 is shrunk to 1365x768: the center (972, 552) is (691, 393) there.
    assert response.body["choices"][0]["message"]["content"] == '{"point": [691, 393]}'
    assert response.body["usage"]["prompt_tokens"] > 1100


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("Qwen/Qwen3-VL-8B", '"coordinate": [240, 574]'),
        ("Qwen/Qwen2.5-VL-7B-Instruct", '"coordinate": [309, 418]'),
        ("allenai/Molmo-7B-D-0924", '<point x="24" y="57.4"'),
        ("allenai/Molmo2-8B", 'coords="1 1 240 574"'),
        ("ByteDance/UI-TARS-1.5-7B", "(309,418)"),
        ("gemini-2.5-flash", '"point": [574, 240]'),
        ("OS-Copilot/OS-Atlas-Base-7B", "(240,574),(240,574)"),
        ("anything-else", '"point": [307, 413]'),
    ],
)
def test_each_family_answers_in_its_own_frame_and_words(
    server: Vendors, model: str, text: str
) -> None:
    assert text in answer_of(server, model)


def test_claude_shrinks_unless_it_is_told_not_to(server: Vendors) -> None:
    big = marked_picture(3840, 2160, mark=24, at=(1000, 500), seed=1)
    url = server.base_url("anthropic") + "/v1/messages"
    response = send(url, claude(picture=big), CLAUDE)
    assert response.body["content"][0]["text"] == '{"point": [384, 194]}'
    settings = {"transformations": {"oversized_image": "error"}}
    refused = send(url, claude(picture=big, image=settings), CLAUDE)
    assert refused.status == 400
    error = refused.body["error"]
    assert "would be downsized to 1456x819" in error["message"]
    assert error["details"]["error_code"] == "image_dimensions_too_large"
    assert send(url, claude(image=settings), CLAUDE).status == 200


def test_claude_thinks_first_and_runs_out_of_a_small_limit(server: Vendors) -> None:
    url = server.base_url("anthropic") + "/v1/messages"
    response = send(url, claude("claude-sonnet-5-5", max_tokens=60), CLAUDE).body
    assert response["stop_reason"] == "max_tokens"
    assert [block["type"] for block in response["content"]] == ["thinking"]
    response = send(url, claude("claude-sonnet-5-5", max_tokens=4096), CLAUDE).body
    assert [block["type"] for block in response["content"]] == ["thinking", "text"]


def test_computer_tools_click_in_pixels(server: Vendors) -> None:
    tools = [{"type": "computer_toolset_20260801", "configs": {"zoom": {"enabled": False}}}]
    url = server.base_url("anthropic") + "/v1/messages"
    response = send(url, claude(tools=tools), CLAUDE).body
    block = response["content"][-1]
    assert (response["stop_reason"], block["name"], block["toolset_name"]) == (
        "tool_use",
        "left_click",
        "computer",
    )
    assert block["input"] == {"coordinate": list(CENTER)}
    parts = [
        {"type": "input_text", "text": "Click it."},
        {"type": "input_image", "image_url": data_url(), "detail": "original"},
    ]
    body = {"model": "gpt-5.6-sol", "input": [{"role": "user", "content": parts}]}
    url = server.base_url("openai") + "/responses"
    call = send(url, {**body, "tools": [{"type": "computer"}]}).body["output"][0]
    x, y = CENTER
    assert call["actions"] == [{"type": "click", "button": "left", "x": x, "y": y}]
    body["model"] = "gpt-4o"
    parts[1]["detail"] = "high"
    assert send(url, {**body, "tools": [{"type": "computer"}]}).status == 400


def test_a_computer_may_ask_for_a_screenshot_first(server: Vendors) -> None:
    url = server.base_url("openai") + "/responses"
    body = {"model": "gpt-5.6-sol", "input": "Click it.", "tools": [{"type": "computer"}]}
    server.play("openai", "screenshot-first")
    first = send(url, body).body
    assert first["output"][0]["actions"] == [{"type": "screenshot"}]
    output = {"type": "computer_screenshot", "image_url": data_url()}
    answer = {"type": "computer_call_output", "call_id": "call_1", "output": output}
    body = {**body, "input": [answer], "previous_response_id": first["id"]}
    action = send(url, body).body["output"][0]["actions"][0]
    assert (action["x"], action["y"]) == CENTER


def test_a_schema_is_answered_to_the_letter(server: Vendors) -> None:
    number = {"type": ["integer", "null"]}
    schema = {
        "type": "object",
        "properties": {"found": {"type": "boolean"}, "x": number, "y": number},
        "required": ["found", "x", "y"],
        "additionalProperties": False,
    }
    named = {"name": "click", "strict": True, "schema": schema}
    form = {"type": "json_schema", "json_schema": named}
    url = server.base_url("openai") + "/chat/completions"
    response = send(url, chat(response_format=form)).body
    text = response["choices"][0]["message"]["content"]
    assert json.loads(text) == {"found": True, "x": 307, "y": 413}
    server.play("openai", "not-found")
    response = send(url, chat(response_format=form)).body
    text = response["choices"][0]["message"]["content"]
    assert json.loads(text) == {"found": False, "x": None, "y": None}
    loose = {**named, "schema": {**schema, "required": ["x"]}}
    form = {"type": "json_schema", "json_schema": loose}
    assert send(url, chat(response_format=form)).status == 400


def test_gemini_answers_in_thousandths_y_first(server: Vendors) -> None:
    url = server.base_url("google") + "/models/gemini-3.8-flash:generateContent"
    key = {"x-goog-api-key": "gm-test-0001"}
    response = send(url, gemini(maxOutputTokens=4096), key).body
    assert '"point": [574, 240]' in response["candidates"][0]["content"]["parts"][0]["text"]
    assert response["usageMetadata"]["thoughtsTokenCount"] == 200
    response = send(url, gemini(maxOutputTokens=100), key).body
    assert response["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert "parts" not in response["candidates"][0]["content"]


GEMINI_KEY = {"x-goog-api-key": "gm-test-0001"}


def computer(model: str, server: Vendors, environment: str, *turns: object) -> Response:
    """Gemini's answer with its computer tool, after ``turns``."""
    body = gemini()
    body["contents"] = [*body["contents"], *turns]
    body["tools"] = [{"computerUse": {"environment": f"ENVIRONMENT_{environment}"}}]
    url = f"{server.base_url('google')}/models/{model}:generateContent"
    return send(url, body, GEMINI_KEY)


@pytest.mark.parametrize(
    ("model", "environment", "name"),
    [
        *(("gemini-3.8-flash", place, "click") for place in ("DESKTOP", "BROWSER", "MOBILE")),
        ("gemini-2.5-computer-use-preview-10-2025", "BROWSER", "click_at"),
    ],
)
def test_geminis_computer_tool_clicks(
    server: Vendors, model: str, environment: str, name: str
) -> None:
    [part] = computer(model, server, environment).body["candidates"][0]["content"]["parts"]
    call = part["functionCall"]
    assert call["name"] == name
    assert {axis: call["args"][axis] for axis in "xy"} == {"x": 240, "y": 574}
    assert ("intent" in call["args"]) == ("thoughtSignature" in part) == (name == "click")


@pytest.mark.parametrize(
    ("model", "environment"),
    [
        ("gemini-3.8-flash", "UNSPECIFIED"),
        ("gemini-3.8-flash", "LINUX"),
        ("gemini-2.5-computer-use-preview-10-2025", "DESKTOP"),
        ("gemini-2.5-computer-use-preview-10-2025", "MOBILE"),
    ],
)
def test_gemini_refuses_an_environment_that_it_does_not_know(
    server: Vendors, model: str, environment: str
) -> None:
    assert computer(model, server, environment).status == 400


def test_gemini_clicks_once_it_has_its_screenshot(server: Vendors) -> None:
    server.play("google", "screenshot-first")
    model = "gemini-3.8-flash"
    turn = computer(model, server, "DESKTOP").body["candidates"][0]["content"]
    [part] = turn["parts"]
    called = part["functionCall"]
    assert called["name"] == "take_screenshot"
    blob = {"mimeType": "image/png", "data": base64.b64encode(PICTURE.data).decode()}
    shown = [{"inlineData": blob}]
    whole = {"name": "take_screenshot", "id": called["id"], "response": {"url": ""}, "parts": shown}

    def answered(*answers: object, call: object = turn) -> Response:
        parts = [{"functionResponse": answer} for answer in answers]
        return computer(model, server, "DESKTOP", call, {"role": "user", "parts": parts})

    server.play("google", "screenshot-first")
    click = answered(whole).body["candidates"][0]["content"]["parts"][0]["functionCall"]
    assert (click["args"]["x"], click["args"]["y"]) == (240, 574)
    unsigned = {**turn, "parts": [{"functionCall": called}]}
    for refused in (
        answered(),
        answered(whole, whole),
        answered("take_screenshot"),
        answered({**whole, "name": "click"}),
        answered({**whole, "id": "call_of_another"}),
        answered({**whole, "response": "done"}),
        answered({**whole, "response": {}}),
        answered({**whole, "parts": []}),
        answered({**whole, "parts": [{"inlineData": {**blob, "mimeType": "image/jpeg"}}]}),
        answered({**whole, "parts": [{"inlineData": {**blob, "data": "no picture"}}]}),
        answered({**whole, "screenshot": blob}),
        answered(whole, call=unsigned),
        computer(model, server, "DESKTOP", turn),
        computer(
            model, server, "DESKTOP", {"role": "user", "parts": [{"functionResponse": whole}]}
        ),
    ):
        assert refused.status == 400
        assert refused.body["error"]["status"] == "INVALID_ARGUMENT"


def test_moondream_points_in_shares(server: Vendors) -> None:
    body = {"model": "moondream3-preview", "image_url": data_url(), "object": "mark"}
    key = {"x-moondream-auth": "md-test-0001"}
    point = send(server.base_url("moondream") + "/point", body, key).body["points"][0]
    assert abs(point["x"] - CENTER[0] / 1280) < 1 / 2048
    assert (point["x"] * 1024).is_integer()
    server.play("moondream", "not-found")
    assert send(server.base_url("moondream") + "/point", body, key).body["points"] == []
    box = send(server.base_url("moondream") + "/detect", body, key).body["objects"][0]
    assert (box["x_min"] + box["x_max"]) / 2 == pytest.approx(point["x"])
    del body["model"]
    assert send(server.base_url("station") + "/point", body, {}).status == 200


def test_a_prediction_is_polled_and_takes_a_file(server: Vendors) -> None:
    base = server.base_url("replicate")
    boundary = "xyz"
    form = (
        b'--xyz\r\nContent-Disposition: form-data; name="content"; filename="s.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PICTURE.data + b"\r\n--xyz--\r\n"
    )
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(
        "POST",
        "/replicate/v1/files",
        form,
        {**KEY, "content-type": f"multipart/form-data; boundary={boundary}"},
    )
    file = json.loads(connection.getresponse().read())["urls"]["get"]
    connection.close()
    version = "zsxkib/molmo-7b:" + "7" * 64
    for image in (data_url(), file):
        body = {"version": version, "input": {"image": image, "text": "Point to it"}}
        created = send(f"{base}/predictions", body, {**KEY, "prefer": "wait=5"})
        assert (created.status, created.body["status"]) == (202, "starting")
        polls = [send(created.body["urls"]["get"], method="GET").body for _ in range(2)]
        assert [poll["status"] for poll in polls] == ["processing", "succeeded"]
        assert polls[-1]["output"].startswith(' <point x="24" y="57.4"')
        assert polls[-1]["metrics"]["predict_time"] > 0
    assert server.calls("replicate")[-4].pictures or server.calls("replicate")[-3].pictures
    assert send(f"{base}/predictions", {"input": {}}).status == 422
    assert send(f"{base}/predictions/nobody", method="GET").status == 404


def test_a_blind_question_is_answered_with_the_middle(server: Vendors) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "1920 wide and 1080 high"}]}
    response = send(server.base_url("openai") + "/chat/completions", body).body
    assert response["choices"][0]["message"]["content"] == '{"point": [960, 540]}'


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"detail": "ultra"}, 400, "ultra"),
        ({"detail": "original"}, 400, "original"),
        ({"temperature": 9}, 400, "temperature"),
        ({"max_completion_tokens": 0}, 400, "max_completion_tokens"),
        ({"color": "red"}, 400, "color"),
        ({"messages": []}, 400, "messages"),
        ({"model": "gpt-5.6-sol", "temperature": 0}, 400, "temperature"),
        ({"model": "gpt-5.6-sol", "max_tokens": 300}, 400, "max_completion_tokens"),
        ({"model": "gpt-4-turbo"}, 404, "does not exist"),
        ({"model": "meta-llama/Llama-3.3-70B-Instruct"}, 404, "image"),
    ],
)
def test_openai_refuses_what_it_does_not_know(
    server: Vendors, change: dict[str, Any], status: int, word: str
) -> None:
    response = send(server.base_url("openai") + "/chat/completions", chat(**change))
    assert response.status == status
    assert word in response.body["error"]["message"]


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"max_tokens": None}, 400, "max_tokens"),
        ({"model": "claude-3-5-sonnet-20241022"}, 404, "claude-3-5"),
        ({"model": "claude-sonnet-5-5", "temperature": 0}, 400, "temperature"),
        ({"tools": [{"type": "computer_20251124", "name": "computer"}]}, 400, "beta"),
        ({"image": {"transformations": {"oversized_image": "crop"}}}, 400, "oversized_image"),
        ({"image": {"detail": "high"}}, 400, "detail"),
    ],
)
def test_anthropic_refuses_what_it_does_not_know(
    server: Vendors, change: dict[str, Any], status: int, word: str
) -> None:
    response = send(server.base_url("anthropic") + "/v1/messages", claude(**change), CLAUDE)
    assert response.status == status
    assert response.body["type"] == "error"
    assert word in response.body["error"]["message"]


def test_a_picture_that_is_not_what_it_says_is_refused(server: Vendors) -> None:
    body = chat()
    url = body["messages"][0]["content"][1]["image_url"]
    url["url"] = url["url"].replace("image/png", "image/jpeg")
    address = server.base_url("openai") + "/chat/completions"
    assert "appears to be a image/png" in send(address, body).body["error"]["message"]
    url["url"] = "data:image/png;base64,AAAA"
    assert "not a picture" in send(address, body).body["error"]["message"]
    url["url"] = "https://example.org/a.png"
    assert send(address, body).status == 400


@pytest.mark.parametrize(
    ("vendor", "path", "body"),
    [
        ("openai", "/chat/completions", chat()),
        ("openai", "/responses", {"model": "gpt-4o", "input": "Hello"}),
        ("anthropic", "/v1/messages", claude()),
        ("google", "/models/gemini-2.5-flash:generateContent", gemini()),
        ("moondream", "/point", {}),
        ("replicate", "/predictions", {}),
    ],
)
def test_without_a_key_it_is_401_in_the_vendors_words(
    server: Vendors, vendor: str, path: str, body: Any
) -> None:
    response = send(server.base_url(vendor) + path, body, {})
    assert response.status == 401
    assert "API key" in response.raw.decode()


def test_only_the_expected_key_is_taken() -> None:
    with Vendors(keys={"openai": "sk-right-0001"}) as server:
        url = server.base_url("openai") + "/chat/completions"
        assert send(url, chat()).status == 401
        assert send(url, chat(), {"authorization": "Bearer sk-right-0001"}).status == 200


# --- what breaks ------------------------------------------------------------------------------

ENDPOINTS = {
    "openai": ("/chat/completions", chat(), KEY),
    "compatible": ("/chat/completions", chat("my-model"), {}),
    "anthropic": ("/v1/messages", claude(), CLAUDE),
    "google": ("/models/gemini-2.5-flash:generateContent", gemini(), {"x-goog-api-key": "gm-0001"}),
    "moondream": (
        "/point",
        {"model": "moondream3-preview", "image_url": data_url(), "object": "mark"},
        {"x-moondream-auth": "md-0001"},
    ),
    "replicate": (
        "/predictions",
        {"version": "7" * 64, "input": {"image": data_url(), "text": "Point to it"}},
        KEY,
    ),
}


@pytest.mark.parametrize("vendor", ENDPOINTS)
@pytest.mark.parametrize("kind", [*FAULTS, *FATAL])
def test_every_fault_breaks_what_it_says_and_nothing_after_it(
    server: Vendors, vendor: str, kind: str
) -> None:
    path, body, headers = ENDPOINTS[vendor]
    server.play(vendor, kind)
    url = server.base_url(vendor) + path
    try:
        response = send(url, body, headers, timeout=0.3 if kind == "hang" else 10)
    except (OSError, http.client.HTTPException):
        assert kind in ("reset", "half-body", "half-chunks", "hang")
    else:
        assert kind not in ("reset", "half-body", "half-chunks", "hang")
        if kind.startswith("429"):
            assert response.status == 429
            waits = {"429-seconds": "retry-after", "429-date": "retry-after"}
            if kind in waits:
                assert response.headers[waits[kind]]
            if kind == "429-sentence":
                assert "0.05" in response.raw.decode() or "50ms" in response.raw.decode()
        elif kind in ("200-error", "garbage", "html", "empty-body"):
            assert response.status == 200
        else:
            assert response.status >= 400
        if kind == "401-echo" and vendor != "compatible":
            assert next(iter(headers.values())) in response.raw.decode()
    assert server.log[-1].fault == kind
    again = send(url, body, headers)
    assert again.status in (200, 202)


def test_weather_is_the_same_for_the_same_seed() -> None:
    weather = Weather(0.3, seed=4)
    faults = [weather.fault(number) for number in range(2000)]
    assert [weather.fault(number) for number in range(2000)] == faults
    failed = [fault.kind for fault in faults if fault]
    assert 500 < len(failed) < 700
    assert set(failed) == set(FAULTS)


def test_an_unknown_fault_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown fault 'rain'\. Known: 429, "):
        Fault("rain")
    with pytest.raises(ValueError, match=r"'429-second'; did you mean '429-seconds'\? Known: "):
        Fault("429-second")


def test_a_throttle_lets_in_its_rate_and_says_when_to_come_back() -> None:
    throttle = Throttle(2.0)
    assert [throttle.wait_s(at) for at in (0.0, 0.0)] == [0.0, 0.0]
    assert throttle.wait_s(0.0) == pytest.approx(0.5)
    assert throttle.wait_s(0.5) == 0.0
    with Vendors(throttle=1.0) as server:
        url = server.base_url("openai") + "/chat/completions"
        statuses = [send(url, chat()) for _ in range(2)]
        assert [response.status for response in statuses] == [200, 429]
        assert 0 < int(statuses[1].headers["retry-after-ms"]) <= 1000


def test_turns_are_answers_of_another_kind(server: Vendors) -> None:
    url = server.base_url("openai") + "/chat/completions"
    turns = ["refusal", "blocked", "blocked-400", "empty", "cut-off", "slow", "chunked"]
    server.play("openai", *turns)
    response = {turn: send(url, chat()) for turn in turns}
    choice = {turn: response[turn].body["choices"][0] for turn in turns if turn != "blocked-400"}
    assert choice["refusal"]["message"]["refusal"].startswith("I'm sorry")
    assert choice["blocked"]["finish_reason"] == "content_filter"
    assert response["blocked-400"].body["error"]["code"] == "content_policy_violation"
    assert choice["empty"]["message"]["content"] == ""
    assert choice["cut-off"]["finish_reason"] == "length"
    assert choice["slow"] == choice["chunked"]


# --- many at once, and as a process -----------------------------------------------------------


def test_latency_is_kept_with_many_at_once() -> None:
    body = json.dumps(chat()).encode()
    with Vendors(latency=0.1, log=False) as server:

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            for _ in range(3):
                connection.request(
                    "POST",
                    "/openai/v1/chat/completions",
                    body,
                    {**KEY, "content-type": "application/json"},
                )
                assert connection.getresponse().read()
            connection.close()

        began = time.monotonic()
        threads = [threading.Thread(target=ask) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Three in sequence take at least 0.3 s, and nothing like 192 x 0.1 s.
        assert 0.3 <= time.monotonic() - began < 9.6
        assert server.count == 192
        assert server.log == []


def test_models_can_be_slower_than_others() -> None:
    with Vendors(latencies={"gpt-4o-mini": 0.4}) as server:
        url = server.base_url("openai") + "/chat/completions"
        began = time.monotonic()
        send(url, chat("gpt-4o-mini"))
        assert time.monotonic() - began >= 0.4


def test_the_log_holds_what_arrived_without_the_bytes(server: Vendors) -> None:
    send(server.base_url("openai") + "/chat/completions", chat())
    call = server.log[-1]
    assert (call.vendor, call.model, call.status) == ("openai", "gpt-4o", 200)
    assert call.headers["authorization"] == KEY["authorization"]
    assert call.pictures[0].sha256 == PICTURE.picture.sha256
    assert call.pictures[0].size == (1280, 720)
    assert len(json.dumps(call.body)) < 1000


def test_it_runs_as_a_process() -> None:
    module = [sys.executable, "-m", "pointbench.testing.vendors"]
    command = [*module, "--latency", "0.01", "--log", "/dev/stderr"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout
    addresses = json.loads(process.stdout.readline())
    assert set(addresses) == {"port", *BASES}
    assert send(addresses["openai"] + "/chat/completions", chat()).status == 200
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(errors.splitlines()[-1])[:4] == [0, "openai", "gpt-4o", 200]
