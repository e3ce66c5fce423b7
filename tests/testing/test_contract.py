"""The contract checks find every way in which an adapter can break the contract, and only those."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from pointbench import Reply, Request
from pointbench.adapters.local import LocalPointer
from pointbench.adapters.protocol import Facts
from pointbench.errors import GiveUp, OutOfCredit, RetryLater
from pointbench.testing import Vendors, check_adapter
from pointbench.testing.contract import findings


class Good:
    """An adapter of a compatible server in as few lines as possible."""

    key_variable = ""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name, self.settings = name, settings

    def ask(self, request: Request) -> Reply:
        content: list[dict[str, Any]] = [{"type": "text", "text": self.prompt_of(request)}]
        if request.picture is not None:
            data = base64.b64encode(self.bytes_of(request)).decode()
            url = f"data:{request.picture.media_type};base64,{data}"
            content.append({"type": "image_url", "image_url": {"url": url}})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if system := self.system_of(request):
            messages.insert(0, {"role": "system", "content": system})
        status, body = self.post({"messages": messages, **self.settings_of(request)})
        if status == 429:
            raise RetryLater(0.1, "too many requests")
        if status >= 500:
            raise RetryLater(None, f"status {status}")
        if status >= 400:
            raise GiveUp(f"status {status}")
        try:
            answer = json.loads(body)
            return self.reply_of(answer, answer["choices"][0])
        except (ValueError, KeyError) as error:
            raise RetryLater(None, "not an answer") from error

    def prompt_of(self, request: Request) -> str:
        return request.prompt

    def system_of(self, request: Request) -> str | None:
        return request.system

    def settings_of(self, request: Request) -> Mapping[str, Any]:
        return request.settings

    def bytes_of(self, request: Request) -> bytes:
        assert request.picture is not None
        return request.picture.data

    def reply_of(self, answer: dict[str, Any], choice: dict[str, Any]) -> Reply:
        usage = answer["usage"]
        return Reply(
            choice["message"]["content"],
            finish_reason=choice["finish_reason"],
            model=answer["model"],
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
            request_id=answer["id"],
        )

    def post(self, fields: dict[str, Any]) -> tuple[int, bytes]:
        parts = urlsplit(self.settings["base_url"])
        assert parts.hostname
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        body = json.dumps({"model": self.name, **fields}).encode()
        headers = {"content-type": "application/json"}
        if key := os.environ.get(self.key_variable):
            headers["authorization"] = f"Bearer {key}"
        try:
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


class Remembers(Good):
    """Sends the first picture that it was given with every later question."""

    first: bytes = b""

    def bytes_of(self, request: Request) -> bytes:
        self.first = self.first or super().bytes_of(request)
        return self.first


class Caches(Good):
    reply: Reply | None = None

    def ask(self, request: Request) -> Reply:
        self.reply = self.reply or super().ask(request)
        return self.reply


class SharesState(Good):
    last: ClassVar[list[Mapping[str, Any]]] = [{}]

    def settings_of(self, request: Request) -> Mapping[str, Any]:
        """A request keeps the settings of earlier ones."""
        self.last[0] = {**self.last[0], **request.settings}
        return self.last[0]


class Swallows(Good):
    def ask(self, request: Request) -> Reply:
        try:
            return super().ask(request)
        except RetryLater:
            return Reply("")


class OwnPrompt(Good):
    def prompt_of(self, request: Request) -> str:
        return f"Where is {request.instruction}? Answer in JSON."


class AddsToThePrompt(Good):
    def prompt_of(self, request: Request) -> str:
        return request.prompt + " Think step by step."


class DropsSystem(Good):
    def system_of(self, request: Request) -> str | None:
        return None


class OwnSystem(Good):
    def system_of(self, request: Request) -> str | None:
        return request.system or "You are a helpful assistant."


class DropsSettings(Good):
    def settings_of(self, request: Request) -> Mapping[str, Any]:
        return {}


class DropsOneSetting(Good):
    def settings_of(self, request: Request) -> Mapping[str, Any]:
        return {name: value for name, value in request.settings.items() if name != "temperature"}


class Parses(Good):
    """Turns points into other words, and passes on what is no point."""

    def reply_of(self, answer: dict[str, Any], choice: dict[str, Any]) -> Reply:
        reply = super().reply_of(answer, choice)
        try:
            x, y = json.loads(reply.text)["point"]
            return replace(reply, text=f"{x},{y}")
        except ValueError:
            return reply


class ParsesAll(Parses):
    """Has no words for what is no point."""

    def reply_of(self, answer: dict[str, Any], choice: dict[str, Any]) -> Reply:
        reply = super().reply_of(answer, choice)
        return replace(reply, text="".join(char for char in reply.text if not char.isalpha()))


def changing(change: Callable[[Reply], Reply]) -> type[Any]:
    """An adapter that does everything right and then changes its reply."""

    class Changing(Good):
        def reply_of(self, answer: dict[str, Any], choice: dict[str, Any]) -> Reply:
            return change(super().reply_of(answer, choice))

    return Changing


class LendsAKey(Good):
    key_variable = "OPENAI_API_KEY"


class SaysItNeedsTheKeyItLends(LendsAKey):
    requires: Mapping[str, list[str]] = {"env": ["OPENAI_API_KEY"]}


class SendsTheKeyInTheBody(Good):
    def settings_of(self, request: Request) -> Mapping[str, Any]:
        return {**request.settings, "user": os.environ["COMPANY_GATEWAY_TOKEN"]}


BROKEN: list[tuple[type[Any], str]] = [
    (Retries, "503: asks again by itself"),
    (Repaints, "changes the picture's bytes"),
    (Remembers, "changes the picture's bytes"),
    (Caches, "answers a question without sending it to the server"),
    (SharesState, "sends the setting 'temperature', which belongs to an earlier request"),
    (Swallows, "503: should raise RetryLater, gives a Reply"),
    (OwnPrompt, "does not send request.prompt: the server got 'Where is the magenta box"),
    (AddsToThePrompt, "adds words to request.prompt: the server got"),
    (DropsSystem, "does not send request.system"),
    (OwnSystem, "sends a system turn of its own: 'You are a helpful assistant.'"),
    (DropsSettings, "does not send the setting 'max_tokens' of request.settings"),
    (DropsOneSetting, "does not send the setting 'temperature' of request.settings"),
    (ParsesAll, "refusal in the model's own words"),
    (Parses, "changes the answer: the server said"),
    (changing(lambda reply: replace(reply, text=reply.text[:40])), "only the first 40 of"),
    (changing(lambda reply: replace(reply, text=reply.text.strip())), "changes the answer"),
    (
        changing(lambda reply: replace(reply, text=reply.text.replace("\r\n", "\n"))),
        "changes the answer",
    ),
    (
        changing(lambda reply: replace(reply, finish_reason=None)),
        "does not return the finish reason: the server said 'stop'",
    ),
    (
        changing(lambda reply: replace(reply, finish_reason="stop")),
        "Reply.finish_reason is 'stop', but the server said length",
    ),
    (
        changing(
            lambda reply: replace(
                reply, input_tokens=reply.output_tokens, output_tokens=reply.input_tokens
            )
        ),
        "Reply.input_tokens is",
    ),
    (changing(lambda reply: replace(reply, input_tokens=-5)), "Reply.input_tokens is -5, not a"),
    (changing(lambda reply: replace(reply, cost_usd=float("nan"))), "Reply.cost_usd is nan, not a"),
    (changing(lambda reply: replace(reply, cost_usd=-0.01)), "Reply.cost_usd is -0.01, not a"),
    (changing(lambda reply: replace(reply, cost_usd=0.01)), "but the server said none"),
    (changing(lambda reply: replace(reply, latency_s=float("inf"))), "Reply.latency_s is inf"),
    (changing(lambda reply: replace(reply, output_tokens=True)), "Reply.output_tokens is bool"),
    (changing(lambda reply: replace(reply, model="gpt-4o")), "Reply.model is 'gpt-4o', but"),
    (changing(lambda reply: replace(reply, request_id="1")), "Reply.request_id is '1', but"),
    (LendsAKey, "sends OPENAI_API_KEY to the base_url of its settings"),
    (SendsTheKeyInTheBody, "sends COMPANY_GATEWAY_TOKEN to the base_url of its settings"),
    (SaysItNeedsTheKeyItLends, "sends OPENAI_API_KEY to the base_url of its settings"),
]


@pytest.mark.parametrize(("cls", "line"), BROKEN, ids=[f"{c.__name__}: {x}" for c, x in BROKEN])
def test_what_only_a_server_can_see_is_found(
    cls: type[Any], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPANY_GATEWAY_TOKEN", "gw-planted-0123456789")
    monkeypatch.setenv("DUMMY_API_KEY", "magenta box")  # an ordinary word, found in every request
    problem_lines = against_server(cls)
    assert any(line in problem for problem in problem_lines), problem_lines
    assert all("\n" not in problem for problem in problem_lines)


def test_a_key_of_its_own_and_one_that_the_user_names_may_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WithItsOwnKey(Good):
        key_variable = "ACME_API_KEY"
        requires: Mapping[str, list[str]] = {"env": ["ACME_API_KEY"]}

    monkeypatch.setenv("ACME_API_KEY", "sk-acme-0123456789")
    assert against_server(WithItsOwnKey) == []
    with Vendors() as server:
        settings = {"base_url": server.base_url("compatible"), "key_env": "OPENAI_API_KEY"}
        assert findings(LendsAKey, "m", settings, server=server, vendor="compatible") == []


def test_the_environment_is_as_before() -> None:
    before = dict(os.environ)
    assert against_server(LendsAKey)
    assert dict(os.environ) == before


def test_settings_that_an_adapter_says_it_does_not_take_are_not_asked_for() -> None:
    class TakesOne(DropsOneSetting):
        @staticmethod
        def facts(name: str, settings: Mapping[str, Any]) -> Facts:
            return Facts(accepts=frozenset(["max_tokens"]))

    assert against_server(TakesOne) == []


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


def quits(self: Any, *_: Any) -> Any:
    sys.exit("I am done")


def cancels(self: Any, request: Request) -> Reply:
    raise asyncio.CancelledError


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
        (breaking(quits), "raises SystemExit: I am done; an adapter must not end the program"),
        (breaking(cancels), "raises CancelledError; an adapter must not end the program"),
        (breaking(__init__=quits), "cannot be made as cls(name, settings): SystemExit"),
        (breaking(close=quits), "close() raises SystemExit"),
        (breaking(facts=staticmethod(quits)), "facts(name, settings) raises SystemExit"),
        (breaking(replying(text="", input_tokens=-1)), "Reply.input_tokens is -1, not a finite"),
        (breaking(replying(text="", cost_usd=float("nan"))), "Reply.cost_usd is nan"),
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
