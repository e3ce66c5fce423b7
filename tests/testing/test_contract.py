"""The contract checks find every way in which an adapter can break the contract, and only those."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from pointbench import Reply, Request
from pointbench.adapters.local import LocalPointer
from pointbench.errors import GiveUp, OutOfCredit, RetryLater
from pointbench.testing import Vendors, check_adapter
from pointbench.testing.contract import findings


class Good:
    """An adapter of a compatible server in as few lines as possible."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name, self.settings = name, settings

    def ask(self, request: Request) -> Reply:
        content: list[dict[str, Any]] = [{"type": "text", "text": request.prompt}]
        if request.picture is not None:
            data = base64.b64encode(self.bytes_of(request)).decode()
            url = f"data:{request.picture.media_type};base64,{data}"
            content.append({"type": "image_url", "image_url": {"url": url}})
        status, body = self.post({"role": "user", "content": content})
        if status == 429:
            raise RetryLater(0.1, "too many requests")
        if status >= 500:
            raise RetryLater(None, f"status {status}")
        if status >= 400:
            raise GiveUp(f"status {status}")
        try:
            return Reply(json.loads(body)["choices"][0]["message"]["content"])
        except (ValueError, KeyError) as error:
            raise RetryLater(None, "not an answer") from error

    def bytes_of(self, request: Request) -> bytes:
        assert request.picture is not None
        return request.picture.data

    def post(self, message: dict[str, Any]) -> tuple[int, bytes]:
        parts = urlsplit(self.settings["base_url"])
        assert parts.hostname
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        body = json.dumps({"model": self.name, "messages": [message]}).encode()
        try:
            headers = {"content-type": "application/json"}
            connection.request("POST", parts.path + "/chat/completions", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise RetryLater(None, type(error).__name__) from error
        finally:
            connection.close()


def against_server(cls: type[Any]) -> list[str]:
    with Vendors() as server:
        settings = {"base_url": server.base_url("compatible")}
        return findings(cls, "my-model", settings, server=server, vendor="compatible")


def test_a_good_adapter_passes_every_check() -> None:
    assert against_server(Good) == []


@pytest.mark.parametrize("name", ["random", "center"])
def test_the_local_pointers_pass(name: str) -> None:
    check_adapter(LocalPointer, name)


class Retries(Good):
    def ask(self, request: Request) -> Reply:
        try:
            return super().ask(request)
        except RetryLater:
            return super().ask(request)


class Repaints(Good):
    def bytes_of(self, request: Request) -> bytes:
        from pointbench.testing import marked_picture

        return marked_picture(640, 480, seed=9).data


class Parses(Good):
    def ask(self, request: Request) -> Reply:
        reply = super().ask(request)
        try:
            x, y = json.loads(reply.text)["point"]
        except ValueError:
            return Reply("")
        return Reply(f"{x},{y}")


@pytest.mark.parametrize(
    ("cls", "line"),
    [
        (Retries, "503: asks again by itself"),
        (Repaints, "changes the picture's bytes"),
        (Parses, "refusal in the model's own words"),
    ],
)
def test_what_only_a_server_can_see_is_found(cls: type[Any], line: str) -> None:
    assert any(line in problem_lines for problem_lines in against_server(cls))


class Answering:
    """Answers by a function; covers the ways an adapter can be wrong by itself."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def ask(self, request: Request) -> Reply:
        return Reply("(1, 2)")


def replying(**fields: Any) -> Any:
    return lambda self, request: Reply(**fields)


def breaking(ask: Any = None, **attributes: Any) -> type[Any]:
    members = {**attributes, **({"ask": ask} if ask else {})}
    return type("Breaking", (Answering,), members)


def raising(error: Exception) -> Any:
    def ask(self: Any, request: Request) -> Reply:
        raise error

    return ask


def printing(self: Any, request: Request) -> Reply:
    print("asked")
    return Reply("(1, 2)")


def blind_crash(self: Any, request: Request) -> Reply:
    if request.picture is None:
        raise RetryLater(None, "no picture")
    return Reply("(1, 2)")


def meddling(self: Any, request: Request) -> Reply:
    self.settings["temperature"] = 0
    return Reply("(1, 2)")


@pytest.mark.parametrize(
    ("cls", "line"),
    [
        (breaking(lambda self, request: "(1, 2)"), "returns str, not a Reply"),
        (breaking(replying(text=None)), "Reply.text is NoneType"),
        (breaking(replying(text="", input_tokens="9")), "Reply.input_tokens is str"),
        (breaking(raising(KeyError("choices"))), "raises KeyError"),
        (breaking(raising(OutOfCredit())), "does not answer: OutOfCredit"),
        (breaking(printing), "prints 'asked"),
        (breaking(blind_crash), "without a picture is neither"),
        (breaking(meddling), "changes the settings"),
        (breaking(requires=["KEY"]), "requires is not"),
        (breaking(profile=7), "profile is not"),
        (breaking(close=raising(ValueError())), "close"),
        (breaking(__init__=lambda self: None), "cannot be made"),
    ],
)
def test_each_broken_promise_is_named(cls: type[Any], line: str) -> None:
    problem_lines = findings(cls, "x")
    assert any(line in problem for problem in problem_lines), problem_lines
    with pytest.raises(AssertionError, match="does not keep the contract"):
        check_adapter(cls, "x")


def test_a_key_in_an_error_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", "sk-planted-0001")
    leaky = breaking(raising(GiveUp("401: sk-planted-0001 is not a key")))
    assert any("contains an API key" in line for line in findings(leaky, "x"))


def test_an_adapter_that_only_raises_may_be_let_through() -> None:
    assert findings(breaking(raising(GiveUp("no server"))), "x", must_answer=False) == []
