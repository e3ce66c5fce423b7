"""Gemini's computer tool: its environments, the actions of 2026 and 2025, and the second call."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.protocol import Picture, Reply, Request
from pointbench.adapters.registry import resolve
from pointbench.adapters.vendors.google import environment_of
from pointbench.cli import main
from pointbench.errors import UsageError
from pointbench.replies import parse
from pointbench.settings import Config
from pointbench.testing import Vendors
from pointbench.testing.suites import marked_suite
from pointbench.testing.vendors import Weather
from tests.adapters.vendor_cases import GOOGLE, Vendor
from tests.adapters.vendor_server import VendorServer

OLD = "gemini-2.5-computer-use-preview-10-2025"
LOOK = {"name": "take_screenshot", "args": {"intent": "See the screen."}, "id": "c1"}
CLICK = {"name": "click", "args": {"y": 300, "x": 512, "intent": "Save."}, "id": "c2"}
USAGE = {"promptTokenCount": 1000, "candidatesTokenCount": 20, "thoughtsTokenCount": 30}


def said(*calls: dict[str, Any], **more: object) -> dict[str, Any]:
    """An answer with these calls, each with its signature."""
    parts: list[dict[str, Any]] = [{"text": "Hm.", "thought": True, "thoughtSignature": "s0"}]
    parts += [{"functionCall": call, "thoughtSignature": "s1"} for call in calls]
    content = {"role": "model", "parts": parts}
    return {
        "candidates": [{"content": content, "finishReason": "STOP"}],
        "usageMetadata": USAGE,
        **more,
    }


def ask(
    server: VendorServer,
    patch: pytest.MonkeyPatch,
    picture: Picture | None,
    *,
    model: str = GOOGLE.model,
    platform: str | None = None,
    **settings: object,
) -> Reply:
    vendor = Vendor(**{**vars(GOOGLE), "model": model})
    adapter = vendor.make(server, patch, tool="computer")
    reply: Reply = adapter.ask(Request("Click it.", picture, settings, platform=platform))
    return reply


def environment_in(body: Any) -> object:
    [tool] = body["tools"]
    return tool["computerUse"]["environment"]


@pytest.mark.parametrize(
    ("platform", "environment"),
    [
        (None, "desktop"),
        ("", "desktop"),
        *((name, "desktop") for name in ("linux", "windows", "macOS", "os_mac", "os_linux", "x")),
        *((name, "desktop") for name in ("chromeos", "ubuntu")),
        *((name, "browser") for name in ("web", "Web", "os_web", "browser", "web/chrome", "shop")),
        *((name, "browser") for name in ("Firefox", "chrome 140", "webapp")),
        *(
            (name, "mobile")
            for name in ("android", "iOS", "os_ios", "mobile", "Android 16", "iphone", "iPadOS")
        ),
        ("mobile web", "mobile"),
        ("\udcff\x00 цель", "desktop"),
    ],
)
def test_the_environment_goes_by_the_platform(
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
    platform: str | None,
    environment: str,
) -> None:
    assert environment_of(platform) == environment
    server.answers(said(CLICK), said(CLICK))
    for settings in ({}, {"environment": "auto"}):
        ask(server, no_keys, picture, platform=platform, **settings)
        assert environment_in(server.received[-1].json) == f"ENVIRONMENT_{environment.upper()}"


@pytest.mark.parametrize("environment", ["desktop", "browser", "mobile"])
def test_a_named_environment_is_sent_whatever_the_platform(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture, environment: str
) -> None:
    server.answers(said(CLICK))
    ask(server, no_keys, picture, platform="web", environment=environment)
    assert environment_in(server.received[0].json) == f"ENVIRONMENT_{environment.upper()}"


def test_gemini_2_5_controls_a_browser_only(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(said({"name": "click_at", "args": {"x": 512, "y": 300}}))
    reply = ask(server, no_keys, picture, model=OLD, platform="linux")
    assert environment_in(server.received[0].json) == "ENVIRONMENT_BROWSER"
    assert parse(reply.text, "tool-call").point_in_frame == (512, 300)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gemini?environment=phone", "environment must be one of auto, desktop, browser, mobile"),
        ("gemini?environment=browser", "is for the computer tool"),
        ("gemini?environment=mobile&profile=gemini-box", "is for the computer tool"),
        (f"google/{OLD}?environment=desktop", "a browser only"),
        (f"google/{OLD}?environment=mobile&profile=gemini-computer", "a browser only"),
    ],
)
def test_an_environment_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        resolve(text, Config())
    assert "\n" not in str(caught.value)


def test_an_environment_that_can_be_is_taken() -> None:
    for text in (
        "gemini?profile=gemini-computer&environment=mobile",
        f"google/{OLD}?environment=browser",
        f"google/{OLD}",
        "gemini?tool=computer&environment=desktop",
        "gemini?environment=auto",
    ):
        resolve(text, Config())
    own = Config(profiles={}, models={})
    assert resolve("gemini?profile=gemini-computer", own).sampling == {
        "tool": "computer",
        "environment": "auto",
    }


@pytest.mark.parametrize(
    ("call", "read"),
    [
        (CLICK, "point"),
        ({"name": "click_at", "args": {"y": 300, "x": 512}}, "point"),
        ({"name": "double_click", "args": {"y": 300, "x": 512, "intent": "at (1, 2)"}}, "point"),
        ({"name": "long_press", "args": {"y": 300, "x": 512, "seconds": 2}}, "point"),
        ({"name": "move", "args": {"y": 300, "x": 512, "intent": "x"}}, "unparsed"),
        ({"name": "hover_at", "args": {"y": 300, "x": 512}}, "unparsed"),
        ({"name": "mouse_down", "args": {"y": 300, "x": 512}}, "unparsed"),
        ({"name": "scroll", "args": {"y": 300, "x": 512, "direction": "up"}}, "unparsed"),
        ({"name": "type_text_at", "args": {"y": 300, "x": 512, "text": "a"}}, "unparsed"),
        ({"name": "list_apps", "args": {"intent": "(512, 300)", "x": 1, "y": 2}}, "unparsed"),
    ],
)
def test_actions_of_2026_and_2025_are_read(
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
    call: dict[str, Any],
    read: str,
) -> None:
    server.answers(said(call))
    parsed = parse(ask(server, no_keys, picture).text, "tool-call")
    assert parsed.status == read
    assert len(server.received) == 1
    if read == "point":
        assert parsed.point_in_frame == (512, 300)


@pytest.mark.parametrize("name", ["take_screenshot", "open_web_browser", "wait", "wait_5_seconds"])
def test_a_call_that_only_looks_is_answered_with_the_picture(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture, name: str
) -> None:
    first = said({**LOOK, "name": name}, modelVersion="m", responseId="r1")
    server.answers(first, said(CLICK, modelVersion="m", responseId="r2"))
    reply = ask(server, no_keys, picture, platform="linux")
    asked, again = (received.json for received in server.received)
    assert again["tools"] == asked["tools"]
    question, call, screen = again["contents"]
    assert question == asked["contents"][0]
    # Thoughts, ids and signatures go back as they came.
    assert call == first["candidates"][0]["content"]
    data = base64.b64encode(picture.data).decode()
    assert screen == {
        "role": "user",
        "parts": [
            {
                "functionResponse": {
                    "name": name,
                    "id": "c1",
                    "response": {"url": ""},
                    "parts": [{"inlineData": {"mimeType": picture.media_type, "data": data}}],
                }
            }
        ],
    }
    assert parse(reply.text, "tool-call").point_in_frame == (512, 300)
    # Both calls were paid for.
    assert (reply.input_tokens, reply.output_tokens) == (2000, 100)
    assert reply.request_id == "r2"


def test_every_looking_call_is_answered_and_a_question_of_safety_acknowledged(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    decision = {"decision": "require_confirmation", "explanation": "Is it yours?"}
    wait = {"name": "wait", "args": {"seconds": 1, "safety_decision": decision}}
    server.answers(said(wait, LOOK), said(CLICK))
    ask(server, no_keys, picture)
    answers = [part["functionResponse"] for part in server.received[1].json["contents"][2]["parts"]]
    assert [answer["name"] for answer in answers] == ["wait", "take_screenshot"]
    assert answers[0]["response"] == {"url": "", "safety_acknowledgement": True}
    assert "id" not in answers[0]


def test_a_model_that_keeps_looking_is_answered_once(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(said(LOOK), said(LOOK))
    reply = ask(server, no_keys, picture)
    assert len(server.received) == 2
    assert parse(reply.text, "tool-call").status == "unparsed"


@pytest.mark.parametrize(
    "answer",
    [
        said(LOOK, CLICK),
        said(),
        {"candidates": [{"finishReason": "SAFETY"}]},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        said({"name": ["take_screenshot"], "args": [1]}),
        {"candidates": [{"content": {"parts": {"functionCall": "take_screenshot"}}}]},
        {"candidates": [{"content": [LOOK], "finishReason": 7}]},
    ],
)
def test_nothing_else_is_asked_twice(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture, answer: dict[str, Any]
) -> None:
    server.answers(answer)
    ask(server, no_keys, picture)
    assert len(server.received) == 1


def test_without_a_picture_there_is_nothing_to_show(
    server: VendorServer, no_keys: pytest.MonkeyPatch
) -> None:
    server.answers(said(LOOK))
    ask(server, no_keys, None)
    assert len(server.received) == 1


@pytest.mark.parametrize("platform", ["linux", "web", "android", None])
def test_a_run_hits_every_mark_though_the_model_looks_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platform: str | None,
) -> None:
    data = tmp_path / "data"
    marked_suite(data, count=6, marks=(24, 40))
    for annotation in (data / "targets" / "marks").glob("*.json"):
        fields = {**json.loads(annotation.read_text()), "platform": platform}
        annotation.write_text(json.dumps({k: v for k, v in fields.items() if v is not None}))
    with Vendors(weather=Weather(0.4, ["screenshot-first"], seed=1)) as server:
        monkeypatch.setenv("GEMINI_BASE_URL", server.base_url("google"))
        monkeypatch.setenv("GEMINI_API_KEY", "test-key-of-google")
        model = "gemini?profile=gemini-computer"
        where = ["--data", str(data), "--out", str(tmp_path), "--name", "r"]
        assert main(["run", "-m", model, "-s", "marks", *where, "--quiet"]) == 0
        log = server.calls("google")
    assert all(call.status == 200 for call in log)
    expected = f"ENVIRONMENT_{environment_of(platform).upper()}"
    assert {environment_in(call.body) for call in log} == {expected}
    looked = sum(
        call.fault == "screenshot-first" and len(call.body["contents"]) == 1 for call in log
    )
    assert looked
    assert len(log) == 6 + looked
    lines = (tmp_path / "r" / "trials.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert Counter(record["outcome"] for record in records) == {"hit": 6}
    assert sum(record["reply"]["output_tokens"] for record in records) == len(log) * 220
    assert all(record["cost_usd"] for record in records)
