"""Every known error of every vendor, over a real socket: the trial's outcome and the message."""

from __future__ import annotations

import datetime
import re
import socket
from typing import Any

import pytest

from pointbench.adapters.http.errors import failure_of, meaning
from pointbench.adapters.protocol import Picture, Reply, Request
from pointbench.errors import AskError, GiveUp, OutOfCredit, Retired, RetryLater
from tests.adapters.vendor_cases import (
    ANTHROPIC,
    CHAT,
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

BLOCKED = Reply("", finish_reason="content_filter")


def _error(
    status: int,
    message: str,
    code: str | None = None,
    type: str | None = None,
    **headers: str,
) -> Answer:
    body = {"error": {"message": message, "type": type, "param": None, "code": code}}
    return Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def _claude(status: int, type: str, message: str, **headers: str) -> Answer:
    error = {"type": type, "message": message, "details": {"error_code": None}}
    body = {"type": "error", "error": error, "request_id": "req_1"}
    return Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def _gemini(status: int, word: str, message: str, *details: Any) -> Answer:
    error = {"code": status, "message": message, "status": word, "details": list(details)}
    return Answer({"error": error}, status)


CASES: list[tuple[Vendor, Answer, type[AskError] | Reply, float | None]] = [
    # OpenAI, and servers with a compatible API
    (
        OPENAI,
        _error(500, "image input is not supported - hint: you may need to provide the mmproj"),
        GiveUp,
        None,
    ),
    (OPENAI, _error(500, "This model does not support images."), GiveUp, None),
    (OPENAI, _error(501, "Images are not supported by this server"), GiveUp, None),
    (OPENAI, _error(404, "No endpoints found that support image input"), GiveUp, None),
    (OPENAI, _error(500, "The image could not be loaded, please retry"), RetryLater, None),
    (
        OPENAI,
        Answer(b'{"error": {"code": "content_policy_violation", "message": "\xff"}}', 400),
        BLOCKED,
        None,
    ),
    (OPENAI, _error(400, "Invalid type for 'x'.", "invalid_type"), GiveUp, None),
    (OPENAI, _error(401, "Incorrect API key provided", "invalid_api_key"), GiveUp, None),
    (OPENAI, _error(403, "Country not supported", "unsupported_country"), GiveUp, None),
    (OPENAI, _error(404, "The model `x` does not exist", "model_not_found"), Retired, None),
    (OPENAI, _error(404, "model 'x' not found, try pulling it first"), Retired, None),
    (OPENAI, Answer({"error": "model 'x' not found"}, 404), Retired, None),
    (OPENAI, Answer({"detail": "Not Found"}, 404), GiveUp, None),
    (OPENAI, Answer(b"<html>404</html>", 404, {"content-type": "text/html"}), GiveUp, None),
    (
        OPENAI,
        _error(
            400,
            "The model `llama3-70b` has been decommissioned and is no longer supported.",
            "model_decommissioned",
        ),
        Retired,
        None,
    ),
    (
        OPENAI,
        _error(400, "'max_tokens' is deprecated, use max_completion_tokens with this model."),
        GiveUp,
        None,
    ),
    (OPENAI, Answer({"detail": "gone"}, 410), Retired, None),
    (OPENAI, _error(408, "Timeout"), RetryLater, None),
    (OPENAI, _error(409, "Conflict"), RetryLater, None),
    (OPENAI, _error(413, "Request Entity Too Large", "request_too_large"), GiveUp, None),
    (
        OPENAI,
        _error(413, "Request too large on tokens per minute (TPM)", "rate_limit_exceeded"),
        GiveUp,
        None,
    ),
    (OPENAI, _error(422, "Unprocessable"), GiveUp, None),
    (OPENAI, _error(429, "Slow down", "rate_limit_exceeded", retry_after="3"), RetryLater, 3.0),
    (OPENAI, _error(429, "Slow down", retry_after_ms="1500"), RetryLater, 1.5),
    (OPENAI, _error(429, "Please try again in 7.66s.", "rate_limit_exceeded"), RetryLater, 7.66),
    (OPENAI, _error(429, "Request too large for gpt-4o: Limit 30000"), GiveUp, None),
    (
        OPENAI,
        _error(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        OutOfCredit,
        None,
    ),
    (OPENAI, _error(429, "no", x_should_retry="false"), GiveUp, None),
    (OPENAI, _error(400, "odd", x_should_retry="true"), RetryLater, None),
    (OPENAI, _error(500, "The server had an error", type="server_error"), RetryLater, None),
    (OPENAI, Answer(b"<html>Bad gateway</html>", 502), RetryLater, None),
    (OPENAI, Answer(b"", 503, {"retry-after": "10"}), RetryLater, 10.0),
    (OPENAI, Answer(b"\xff\xfe not text", 504), RetryLater, None),
    (OPENAI, _error(501, "Not implemented"), GiveUp, None),
    (OPENAI, Answer({}, 307, {"location": "http://127.0.0.1:9/v1"}), GiveUp, None),
    (OPENAI, _error(402, "Insufficient Balance"), OutOfCredit, None),
    (
        OPENAI,
        Answer({"code": "denied", "error": "Your team has used all available credits."}, 403),
        OutOfCredit,
        None,
    ),
    (OPENAI, _error(400, "Your request was rejected", "content_policy_violation"), BLOCKED, None),
    (OPENAI, _error(400, "Rejected", "image_content_policy_violation"), BLOCKED, None),
    (OPENAI, _error(403, "Stopped", "misalignment_policy_violation"), BLOCKED, None),
    (
        OPENAI,
        Answer(
            {
                "error": {
                    "code": "content_filter",
                    "message": "The response was filtered due to the prompt triggering Azure "
                    "OpenAI's content management policy.",
                    "status": 400,
                    "innererror": {"code": "ResponsibleAIPolicyViolation"},
                }
            },
            400,
        ),
        BLOCKED,
        None,
    ),
    (
        OPENAI,
        Answer(
            {
                "error": {
                    "code": 403,
                    "message": "Your chosen model requires moderation and your input was flagged",
                    "metadata": {"reasons": ["violence"], "provider_name": "X"},
                }
            },
            403,
        ),
        BLOCKED,
        None,
    ),
    # a 200 that is an error
    (OPENAI, Answer({"error": {"message": "Provider down", "code": 502}}), RetryLater, None),
    (OPENAI, Answer({"error": {"message": "No credits", "code": 402}}), OutOfCredit, None),
    (OPENAI, Answer({"error": {"message": "Odd", "code": 400}}), GiveUp, None),
    (OPENAI, Answer({"error": "overloaded_error"}), GiveUp, None),
    (OPENAI, Answer({"error": {"type": "overloaded_error", "message": "x"}}), RetryLater, None),
    (OPENAI, Answer(CHAT | {"choices": []}), RetryLater, None),
    (OPENAI, Answer(CHAT | {"choices": None}), RetryLater, None),
    (OPENAI, Answer({"object": "list", "data": []}), RetryLater, None),
    (
        OPENAI,
        Answer(
            CHAT | {"choices": [{"finish_reason": "error", "error": {"code": 502, "message": "x"}}]}
        ),
        RetryLater,
        None,
    ),
    (OPENAI, Answer(b'{"id": "chatcmpl-1", "choi'), RetryLater, None),
    (OPENAI, Answer(b"[1, 2]"), RetryLater, None),
    (OPENAI, Answer(b""), RetryLater, None),
    (OPENAI, Answer(b"<html>Welcome</html>", 200, {"content-type": "text/html"}), GiveUp, None),
    # Anthropic
    (ANTHROPIC, _claude(400, "invalid_request_error", "messages: bad"), GiveUp, None),
    (
        ANTHROPIC,
        _claude(
            400,
            "invalid_request_error",
            "image dimensions 4000x4000 exceed the maximum image size of a model named on this "
            "request and would be downsized to 1092x1092",
        ),
        GiveUp,
        None,
    ),
    (
        ANTHROPIC,
        _claude(400, "invalid_request_error", "Your credit balance is too low to access the API."),
        OutOfCredit,
        None,
    ),
    (
        ANTHROPIC,
        _claude(400, "invalid_request_error", "Output blocked by content filtering policy"),
        BLOCKED,
        None,
    ),
    (ANTHROPIC, _claude(401, "authentication_error", "invalid x-api-key"), GiveUp, None),
    (ANTHROPIC, _claude(402, "billing_error", "Pay"), OutOfCredit, None),
    (ANTHROPIC, _claude(403, "permission_error", "no"), GiveUp, None),
    (ANTHROPIC, _claude(404, "not_found_error", "model: claude-3-5-sonnet"), Retired, None),
    (ANTHROPIC, _claude(404, "not_found_error", "Not found"), GiveUp, None),
    (ANTHROPIC, _claude(413, "request_too_large", "32 MB"), GiveUp, None),
    (ANTHROPIC, _claude(429, "rate_limit_error", "x", retry_after="300"), RetryLater, 300.0),
    (ANTHROPIC, _claude(500, "api_error", "x"), RetryLater, None),
    (ANTHROPIC, _claude(529, "overloaded_error", "Overloaded"), RetryLater, None),
    (ANTHROPIC, _claude(200, "overloaded_error", "Overloaded"), RetryLater, None),
    (ANTHROPIC, Answer(MESSAGE | {"content": None}), RetryLater, None),
    # Google
    (GOOGLE, _gemini(400, "INVALID_ARGUMENT", "API key not valid."), GiveUp, None),
    (GOOGLE, _gemini(403, "PERMISSION_DENIED", "no"), GiveUp, None),
    (
        GOOGLE,
        _gemini(404, "NOT_FOUND", "models/gemini-1.5-pro is not found for API version v1beta"),
        Retired,
        None,
    ),
    (
        GOOGLE,
        _gemini(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}],
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "22s"},
        ),
        RetryLater,
        22.0,
    ),
    (
        GOOGLE,
        _gemini(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota.",
            {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
        ),
        OutOfCredit,
        None,
    ),
    (GOOGLE, _gemini(500, "INTERNAL", "x"), RetryLater, None),
    (GOOGLE, _gemini(503, "UNAVAILABLE", "overloaded"), RetryLater, None),
    (GOOGLE, Answer({"candidates": []}), RetryLater, None),
    (GOOGLE, Answer({"error": {"code": 503, "message": "x"}}), RetryLater, None),
    (GOOGLE, Answer({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), BLOCKED, None),
    # Moondream, the cloud and Station
    (MOONDREAM, _error(400, "object is required"), GiveUp, None),
    (MOONDREAM, _error(401, "no", type="authentication_error"), GiveUp, None),
    (MOONDREAM, _error(402, "You are out of credits."), OutOfCredit, None),
    (MOONDREAM, _error(429, "Rate limit exceeded."), RetryLater, None),
    (MOONDREAM, Answer({"error": "Function 'point' not found"}), GiveUp, None),
    (MOONDREAM, Answer({"detail": "Inference service not running"}, 503), RetryLater, None),
    (MOONDREAM, Answer({"request_id": "x"}), RetryLater, None),
    # Replicate
    (
        REPLICATE,
        Answer(
            {"detail": "Request was throttled. Your rate limit resets in ~30s.", "status": 429},
            429,
        ),
        RetryLater,
        30.0,
    ),
    (
        REPLICATE,
        Answer({"title": "Insufficient credit", "detail": "Pay", "status": 402}, 402),
        OutOfCredit,
        None,
    ),
    (REPLICATE, Answer({"title": "Unauthenticated", "status": 401}, 401), GiveUp, None),
    (
        REPLICATE,
        Answer(
            {
                "title": "Invalid version or not permitted",
                "detail": "The specified version does not exist",
                "status": 422,
            },
            422,
        ),
        Retired,
        None,
    ),
    (REPLICATE, Answer(PREDICTION | {"status": "canceled"}), RetryLater, None),
    (REPLICATE, Answer(PREDICTION | {"status": "aborted"}), RetryLater, None),
    (REPLICATE, Answer(PREDICTION | {"status": "failed", "error": "bad input"}), GiveUp, None),
    (
        REPLICATE,
        Answer(PREDICTION | {"status": "failed", "error": "Prediction interrupted; please retry"}),
        RetryLater,
        None,
    ),
    (
        REPLICATE,
        Answer(PREDICTION | {"status": "failed", "error": "NSFW content detected"}),
        BLOCKED,
        None,
    ),
    (REPLICATE, Answer({"ok": True}), RetryLater, None),
]


NO_PICTURES = [
    # llama.cpp and llamafile
    "image input is not supported by this server",
    "The server was not compiled with vision support",
    "no vision projector loaded",
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    "Multimodal data provided, but model does not support multimodal requests.",
    "The server was not compiled for multimodal or the model projector can't be loaded.",
    # Ollama, LM Studio, Jan
    "this model is missing data required for image input",
    "Model does not support images. Please use a model that does.",
    "this model does not support image input (ref: 0b5d)",
    "Detected an image, but the following model does not support images: tiny",
    # vLLM, SGLang, mlx-lm, TabbyAPI
    "tiny is not a multimodal model",
    "At most 0 image(s) may be provided in one prompt.",
    "Only 'text' content type is supported.",
    "Vision is not enabled for this model.",
    # services and gateways
    "No endpoints found that support image input",
    'model "tiny" not supported for vision',
    "Invalid content type. image_url is only supported by certain models.",
    "unknown variant `image_url`, expected `text` at line 1 column 90",
    "messages.content.type is invalid, allowed values: ['text']",
    "Image input modality is not enabled for models/tiny",
    "This model doesn't support vision.",
    "images aren't supported here",
    "Image understanding is not available for this model",
    "vision is unavailable with the model tiny",
    "`image_url` is not supported",
    "tiny is a text-only model",
    "The model has no vision support",
    "The model does not have vision capabilities",
    "tiny does not accept images",
    "This model can't handle image inputs",
    "This server cannot process images",
    "Unsupported content type: image_url",
    "Unsupported modality 'image'",
    "litellm.InternalServerError: tiny can not currently support pictures",
    "该模型不支持图片输入",
]
PASSING = [
    "image input is not supported at the moment, try again later",
    "the vision worker is temporarily not enabled",
    "the vision worker is not available",
    "failed to process image: worker restarted",
    "too many images in flight; this server does not support image bursts",
    "no worker is free for image input",
    "the image encoder ran out of memory",
    "could not process image",
    "not ready: loading the vision encoder",
    "internal error while the picture was decoded",
]


@pytest.mark.parametrize("status", [200, 400, 404, 422, 500, 501, 503])
@pytest.mark.parametrize("words", NO_PICTURES)
def test_a_server_that_takes_no_pictures_is_not_asked_again(words: str, status: int) -> None:
    for body in (
        {"error": {"code": status, "message": words, "type": "server_error"}},
        {"error": words},
        {"detail": words},
    ):
        assert meaning(failure_of(body, status)) == "give-up", body


@pytest.mark.parametrize("words", PASSING)
def test_a_picture_that_was_not_taken_this_time_is_sent_again(words: str) -> None:
    for status in (500, 503, 429):
        assert meaning(failure_of({"error": {"message": words}}, status)) == "retry"


@pytest.mark.parametrize(
    ("vendor", "answer", "expected", "after"),
    CASES,
    ids=[
        f"{vendor.adapter}-{answer.status}-{at}" for at, (vendor, answer, _, _) in enumerate(CASES)
    ],
)
def test_what_becomes_of_it(
    vendor: Vendor,
    answer: Answer,
    expected: type[AskError] | Reply,
    after: float | None,
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
) -> None:
    server.answers(answer)
    adapter = vendor.make(server, no_keys)
    request = Request(prompt="?", picture=picture)
    if isinstance(expected, Reply):
        reply = adapter.ask(request)
        assert (reply.text, reply.finish_reason) == (expected.text, expected.finish_reason)
    else:
        with pytest.raises(AskError) as caught:
            adapter.ask(request)
        assert type(caught.value) is expected, caught.value
        if isinstance(caught.value, RetryLater):
            assert caught.value.after == after
        assert "\n" not in str(caught.value)
        assert re.search(r"the server that \w+ names|prediction p1", str(caught.value))
        # Messages are stored with the run, so they must not reveal a private server's address.
        assert server.host not in str(caught.value)
    # An adapter never asks twice: waiting and retrying are up to the engine.
    assert len(server.received) == 1


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
@pytest.mark.parametrize("shape", ["error", "detail", "text", "page", "inside a 200"])
def test_a_key_that_the_vendor_echoes_is_in_no_message(
    vendor: Vendor,
    shape: str,
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
) -> None:
    message = f"Your key {KEY} is wrong, {KEY}"
    body: Any = {
        "error": {"error": {"message": message, "code": KEY}},
        "detail": {"detail": message, "title": message},
        "text": message.encode(),
        "page": f"<html>{message}</html>".encode(),
        "inside a 200": {"error": {"message": message}},
    }[shape]
    server.answers(Answer(body, 200 if shape == "inside a 200" else 401))
    with pytest.raises(AskError) as caught:
        vendor.make(server, no_keys).ask(Request(prompt="?", picture=picture))
    assert KEY not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_a_wrong_key_is_called_by_its_variable(
    vendor: Vendor, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(_error(401, "no"))
    with pytest.raises(GiveUp, match=vendor.key_variable):
        vendor.make(server, no_keys).ask(Request(prompt="?", picture=picture))


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_nobody_there(
    vendor: Vendor, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    adapter = vendor.make(server, no_keys, base_url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(RetryLater, match=r"the server cannot be reached \(\w+\)") as caught:
        adapter.ask(Request(prompt="?", picture=picture))
    # For the terminal; the message is stored, and must not reveal a private server's address.
    assert caught.value.address == f"127.0.0.1:{port}"
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_silence_ends_at_the_time_out(
    vendor: Vendor, server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    if vendor is REPLICATE:
        no_keys.setattr("pointbench.adapters.vendors.replicate.SILENCE_S", 0.0)
    server.answers(Answer({}, after_s=1.0))
    with pytest.raises(RetryLater, match="did not answer in time"):
        vendor.make(server, no_keys, timeout=0.2).ask(Request(prompt="?", picture=picture))


def test_a_prediction_is_followed_to_its_limit_and_canceled(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    server.answers(PREDICTION | {"status": "processing", "output": None})
    with pytest.raises(RetryLater, match=r"still processing after 0.6 s"):
        REPLICATE.make(server, no_keys, timeout=0.6).ask(Request(prompt="?", picture=picture))
    assert server.received[-1].path == "/v1/predictions/p1/cancel"


def test_a_failed_response_is_an_error_or_a_block(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    adapter = OPENAI.make(server, no_keys, api="responses")
    failed = RESPONSES | {"status": "failed", "output": []}
    server.answers(failed | {"error": {"code": "image_content_policy_violation", "message": "x"}})
    assert adapter.ask(Request(prompt="?", picture=picture)).finish_reason == "content_filter"
    server.answers(failed | {"error": {"code": "server_error", "message": "x"}})
    with pytest.raises(RetryLater):
        adapter.ask(Request(prompt="?", picture=picture))
    server.answers(failed | {"error": {"code": "image_too_large", "message": "x"}})
    with pytest.raises(GiveUp):
        adapter.ask(Request(prompt="?", picture=picture))
    server.answers(RESPONSES | {"status": "in_progress"})
    with pytest.raises(RetryLater):
        adapter.ask(Request(prompt="?", picture=picture))


def test_answers_of_the_model_are_no_errors(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    def chat(message: dict[str, Any], reason: str) -> Reply:
        server.answers(CHAT | {"choices": [{"message": message, "finish_reason": reason}]})
        return OPENAI.make(server, no_keys).ask(Request(prompt="?", picture=picture))

    refused = chat({"content": None, "refusal": "I cannot."}, "stop")
    assert (refused.text, refused.finish_reason) == ("I cannot.", "refusal")
    assert chat({"content": None}, "content_filter").finish_reason == "content_filter"
    cut_off = chat({"content": '{"x": 1'}, "length")
    assert (cut_off.text, cut_off.finish_reason) == ('{"x": 1', "length")
    assert chat({"content": ""}, "stop").text == ""
    parts = [{"type": "text", "text": "(1, "}, {"type": "text", "text": "2)"}]
    assert chat({"content": parts}, "stop").text == "(1, 2)"
    call = {"type": "function", "function": {"name": "click", "arguments": '{"x": 1, "y": 2}'}}
    called = chat({"content": None, "tool_calls": [call]}, "tool_calls")
    assert called.text == '{"name": "click", "arguments": {"x": 1, "y": 2}}'

    server.answers(MESSAGE | {"content": [], "stop_reason": "refusal"})
    reply = ANTHROPIC.make(server, no_keys).ask(Request(prompt="?", picture=picture))
    assert (reply.text, reply.finish_reason) == ("", "refusal")
    server.answers({"candidates": [{"finishReason": "SAFETY"}]})
    reply = GOOGLE.make(server, no_keys).ask(Request(prompt="?", picture=picture))
    assert (reply.text, reply.finish_reason) == ("", "SAFETY")
    incomplete = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    server.answers(RESPONSES | incomplete | {"output": []})
    adapter = OPENAI.make(server, no_keys, api="responses")
    assert adapter.ask(Request(prompt="?")).finish_reason == "max_output_tokens"


def test_a_retired_model_says_when_and_what_follows_it(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    old = Vendor(**{**vars(ANTHROPIC), "model": "claude-3-5-sonnet-20241022"})
    server.answers(_claude(404, "not_found_error", "model: claude-3-5-sonnet-20241022"))
    with pytest.raises(Retired) as caught:
        old.make(server, no_keys).ask(Request(prompt="?", picture=picture))
    assert caught.value.successor == "anthropic/claude-sonnet-5-5"
    words = "was retired on 2025-10-28; its successor is anthropic/claude-sonnet-5-5"
    assert words in str(caught.value)
    assert re.search(r"answered 404: model: claude-3-5", str(caught.value))
    server.answers(_claude(404, "not_found_error", "Not found"))
    with pytest.raises(Retired, match="2025-10-28"):
        old.make(server, no_keys).ask(Request(prompt="?", picture=picture))
    assert datetime.date(2025, 10, 28) < datetime.datetime.now(datetime.UTC).date()
