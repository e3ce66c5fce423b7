"""Checks everything that a run relies on in an adapter; needs no network and no key.

Some checks need the adapter alone, the others an adapter whose requests can be sent to the loopback
server. The tests of an adapter in its own package::

    from pointbench.testing import Vendors, check_adapter
    from my_package import MyAdapter


    def test_my_adapter_keeps_the_contract():
        check_adapter(MyAdapter, "my-model")


    def test_it_keeps_it_against_a_server_that_fails():
        with Vendors() as server:
            settings = {"base_url": server.base_url("compatible")}
            check_adapter(MyAdapter, "my-model", settings, server=server, vendor="compatible")
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pointbench.adapters.catalog import services
from pointbench.adapters.protocol import Adapter, Facts, Picture, Reply, Request
from pointbench.errors import AskError, GiveUp, OutOfCredit, Retired, RetryLater, one_line
from pointbench.settings import secrets_of
from pointbench.testing.exchange import (
    keys_sent,
    number_lines,
    question_lines,
    reply_lines,
    said,
)
from pointbench.testing.marks import marked_picture
from pointbench.testing.vendors import Vendors

PROMPT = "Click the magenta box. The picture is 640 pixels wide and 480 pixels high."

EXPECTED: Mapping[str, tuple[type[AskError], ...]] = {
    "429-seconds": (RetryLater,),
    "429-sentence": (RetryLater,),
    "500": (RetryLater,),
    "503": (RetryLater,),
    "529": (RetryLater,),
    "reset": (RetryLater,),
    "half-body": (RetryLater,),
    "no-credit": (OutOfCredit,),
    "401-echo": (GiveUp,),
    "404": (Retired, GiveUp),
    "200-error": (RetryLater, GiveUp),
    "garbage": (RetryLater, GiveUp),
    "html": (RetryLater, GiveUp),
}
"""Fault, by the server's name -> the errors that an adapter may raise for it."""

SETTINGS: Mapping[str, float] = {
    "temperature": 0.37,
    "max_tokens": 777,
    "top_p": 0.83,
    "seed": 4711,
    "top_k": 37,
}
"""Setting -> an unusual value, which nothing else in a request has."""

SYSTEM = "You point at things on a screen (system turn 4711)."

_WORDLESS = ("moondream", "station")
"""Endpoints that take a noun phrase, and answer with points only and so have no text to return."""

_NO_SYSTEM = (*_WORDLESS, "replicate")
"""Endpoints without a place for a system turn."""


@dataclass(frozen=True)
class _Subject:
    """How to create the adapter that is checked, and the keys that it must not leak."""

    make: Callable[[], Adapter]
    secrets: tuple[str, ...]


def check_adapter(
    cls: type[Adapter],
    name: str,
    settings: Mapping[str, object] | None = None,
    *,
    server: Vendors | None = None,
    vendor: str | None = None,
    faults: Sequence[str] = tuple(EXPECTED),
    must_answer: bool = True,
) -> None:
    """Raise AssertionError with one line for each broken rule of the contract.

    ``server`` and ``vendor`` identify the endpoint that the adapter, made with ``settings``, calls; with
    them, its requests and its errors on each of ``faults`` are checked, too. Without ``must_answer``,
    an adapter that only raises passes, too, for example one whose server is not running.
    """
    problems = findings(
        cls, name, settings, server=server, vendor=vendor, faults=faults, must_answer=must_answer
    )
    if problems:
        listed = "".join(f"\n- {problem}" for problem in problems)
        raise AssertionError(f"{cls.__name__}({name!r}) does not keep the contract:{listed}")


def findings(
    cls: type[Adapter],
    name: str,
    settings: Mapping[str, object] | None = None,
    *,
    server: Vendors | None = None,
    vendor: str | None = None,
    faults: Sequence[str] = tuple(EXPECTED),
    must_answer: bool = True,
) -> list[str]:
    """The lines that `check_adapter` would raise; empty if the adapter keeps the contract."""
    own_settings = dict(settings or {})
    before = repr(own_settings)
    secrets = tuple(secret.value for secret in secrets_of())
    try:
        cls(name, own_settings)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the finding is whatever it raises, exit() too
        return [f"cannot be made as cls(name, settings): {_described(error)}"]
    subject = _Subject(lambda: cls(name, own_settings), secrets)
    printed = io.StringIO()
    problems = _attributes(cls, name, own_settings)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        problems += _asked(subject, must_answer=must_answer)
        problems += _concurrent(subject)
        if server is not None and vendor is not None:
            own = _own_facts(cls, name, own_settings)
            problems += _sent(subject, server, vendor, _settings_taken(own))
            problems += _keys(subject, server, vendor, own_settings, own)
            problems += [line for kind in faults for line in _fault(subject, server, vendor, kind)]
    if printed.getvalue():
        problems.append(
            f"prints {one_line(printed.getvalue()[:80]).strip()!r}; an adapter must not print during a run"
        )
    if repr(own_settings) != before:
        problems.append("changes the settings it is given")
    return problems


def _attributes(cls: type[Adapter], name: str, settings: Mapping[str, object]) -> list[str]:
    problems: list[str] = []
    requires = getattr(cls, "requires", None)
    if requires is not None:
        lists = isinstance(requires, Mapping) and all(
            isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)
            for values in requires.values()
        )
        if not lists or set(requires) - {"env", "packages"}:
            problems.append('requires is not {"env": [...], "packages": [...]}')
    profile = getattr(cls, "profile", None)
    if not (profile is None or isinstance(profile, str)):
        problems.append("profile is not the name of a profile")
    facts = getattr(cls, "facts", None)
    if facts is not None:
        try:
            facts(name, settings)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            problems.append(f"facts(name, settings) raises {_described(error)}")
    return problems


def _own_facts(cls: type[Adapter], name: str, settings: Mapping[str, object]) -> Facts:
    """What the adapter says of itself; nothing if that is broken, which `_attributes` reports."""
    requires = getattr(cls, "requires", None)
    env = requires.get("env", ()) if isinstance(requires, Mapping) else ()
    facts = getattr(cls, "facts", None)
    with contextlib.suppress(Exception, SystemExit):
        known = facts(name, settings) if facts is not None else Facts(env=tuple(env))
        if isinstance(known, Facts):
            return known
    return Facts()


def _settings_taken(facts: Facts) -> dict[str, float]:
    """Two of `SETTINGS` that the adapter takes; fewer if it says that it takes fewer."""
    taken = [name for name in SETTINGS if facts.accepts is None or name in facts.accepts]
    return {name: SETTINGS[name] for name in taken[:2]}


def _asked(subject: _Subject, *, must_answer: bool) -> list[str]:
    """One instance: asks with a picture, again, without a picture, and closes it."""
    adapter = subject.make()
    problems: list[str] = []
    for request in (_request(), _request()):
        outcome, lines = _outcome(adapter, request, subject.secrets)
        problems += lines
        if must_answer and isinstance(outcome, AskError):
            problems.append(f"does not answer: {_described(outcome)}")
    blind, lines = _outcome(
        adapter, Request(PROMPT, instruction="the magenta box"), subject.secrets
    )
    problems += lines
    if isinstance(blind, AskError) and not isinstance(blind, GiveUp):
        problems.append(
            f"a question without a picture is neither answered nor GiveUp: {_described(blind)}"
        )
    close = getattr(adapter, "close", None)
    if callable(close):
        try:
            close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            problems.append(f"close() raises {_described(error)}")
    elif close is not None:
        problems.append("close is not a method")
    return list(dict.fromkeys(problems))


def _concurrent(subject: _Subject, workers: int = 4) -> list[str]:
    """One adapter per worker, all asking at once, as in a run."""
    problems: list[str] = []
    gate = threading.Barrier(workers)

    def work() -> None:
        try:
            with _instance(subject) as adapter:
                gate.wait(60)
                for _ in range(2):
                    problems.extend(_outcome(adapter, _request(), subject.secrets)[1])
        except BaseException as error:  # noqa: BLE001 - the finding is whatever it raises
            problems.append(f"cannot be made in a thread: {_described(error)}")
            gate.abort()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if any(thread.is_alive() for thread in threads):
        problems.append("several instances at once never finish")
    return [f"several at once: {line}" for line in dict.fromkeys(problems)]


def _sent(
    subject: _Subject, server: Vendors, vendor: str, settings: Mapping[str, float]
) -> list[str]:
    """Requests arrive as given, and answers are returned as the server sent them."""
    problems: list[str] = []
    plain = _request()
    assert plain.picture is not None
    with _instance(subject) as adapter:
        start = server.count
        outcome, lines = _exchanged(adapter, plain, subject, server, vendor)
        calls = [call for call in server.calls(vendor) if call.number >= start]
        if not calls:
            return [f"sends nothing to {vendor} of the server it is checked against", *lines]
        if isinstance(outcome, Reply) and not any(call.pictures for call in calls):
            problems.append("sends no picture although it is given one")
        problems += lines
        full = replace(
            plain,
            prompt=f"{PROMPT} This is another question.",
            picture=_picture(another=True),
            instruction="another magenta box",
            settings=settings,
            system=None if vendor in _NO_SYSTEM else SYSTEM,
        )
        problems += _exchanged(adapter, full, subject, server, vendor)[1]
        blind = Request(PROMPT, instruction=plain.instruction)
        problems += _exchanged(adapter, blind, subject, server, vendor)[1]
        for turn in ("wordy", "refusal", "cut-off"):
            if vendor in _WORDLESS:
                break
            server.play(vendor, turn)
            outcome, lines = _exchanged(adapter, plain, subject, server, vendor)
            problems += lines
            text = outcome.text if isinstance(outcome, Reply) else ""
            if turn == "refusal" and "can't help" not in text:
                problems.append("does not return a refusal in the model's own words")
    return list(dict.fromkeys(problems))


def _exchanged(
    adapter: Adapter, request: Request, subject: _Subject, server: Vendors, vendor: str
) -> tuple[Reply | Exception, list[str]]:
    """One question, with the problems that the server's side of it shows."""
    start = server.count
    outcome, problems = _outcome(adapter, request, subject.secrets)
    calls = [call for call in server.calls(vendor) if call.number >= start]
    problems += question_lines(request, calls, SETTINGS, noun_phrase=vendor in _WORDLESS)
    if isinstance(outcome, Reply) and not calls:
        problems.append("answers a question without sending it to the server")
    elif isinstance(outcome, Reply):
        # Replicate bills by the second and sends no cost, so its adapter may compute one.
        problems += reply_lines(outcome, said(calls), priced=vendor == "replicate")
    return outcome, problems


def _keys(
    subject: _Subject,
    server: Vendors,
    vendor: str,
    settings: Mapping[str, object],
    facts: Facts,
) -> list[str]:
    """No key of another vendor goes to an address that stands in the settings."""
    if not settings.get("base_url"):
        return []
    vendors = {service.key_variable for service in services().values()} - {""}
    # A variable of its own may go there, and the one that the user names.
    lent = {str(settings.get("key_env"))} | (set(facts.env) - vendors)
    planted = {name: f"sk-contract-{name.lower()}-0123456789" for name in vendors - lent}
    own = {os.environ.get(name) for name in lent}
    ambient = {
        secret.variable: secret.value
        for secret in secrets_of()
        if secret.distinctive and secret.value not in own
    }
    keys = ambient | planted
    with _environment(planted):
        start = server.count
        with _instance(subject) as adapter:
            _outcome(adapter, _request(), subject.secrets)
        calls = [call for call in server.calls(vendor) if call.number >= start]
    return [
        f"sends {name} to the base_url of its settings; only the variable that key_env names may go there"
        for name in keys_sent(calls, keys)
    ]


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _fault(subject: _Subject, server: Vendors, vendor: str, kind: str) -> list[str]:
    """One request that fails: the correct error, no second request, no key in the message."""
    if vendor in ("compatible", "station") and kind == "no-credit":
        return []
    with _instance(subject) as adapter:
        start = server.count
        server.play(vendor, kind)
        outcome, problems = _outcome(adapter, _request(), subject.secrets)
        calls = [call for call in server.calls(vendor) if call.number >= start]
    expected = EXPECTED.get(kind, (AskError,))
    names = " or ".join(error.__name__ for error in expected)
    if not isinstance(outcome, expected):
        what = "a Reply" if isinstance(outcome, Reply) else type(outcome).__name__
        problems.append(f"{kind}: should raise {names}, gives {what}")
    if kind.startswith("429-") and isinstance(outcome, RetryLater) and outcome.after is None:
        problems.append(f"{kind}: does not pass on how long the server asks to wait")
    if calls and calls[-1].fault != kind:
        problems.append(f"{kind}: asks again by itself; leave retries to the engine")
    return problems


def _outcome(
    adapter: Adapter, request: Request, secrets: tuple[str, ...]
) -> tuple[Reply | Exception, list[str]]:
    """The reply to one question or the error it raised, and the problems with it."""
    try:
        reply: object = adapter.ask(request)
    except AskError as error:
        return error, _leaks(error, secrets)
    except KeyboardInterrupt:
        raise
    except Exception as error:  # noqa: BLE001
        line = f"raises {_described(error)}; a run retries only RetryLater and handles only the four errors"
        return error, [line, *_leaks(error, secrets)]
    except BaseException as error:  # noqa: BLE001
        line = f"raises {_described(error)}; an adapter must not end the program"
        return RuntimeError(_described(error)), [line, *_leaks(error, secrets)]
    if not isinstance(reply, Reply):
        return TypeError("no Reply"), [f"returns {type(reply).__name__}, not a Reply"]
    return reply, _field_lines(reply)


def _field_lines(reply: Reply) -> list[str]:
    problems: list[str] = []
    text: object = reply.text
    if not isinstance(text, str):
        problems.append(f"Reply.text is {type(text).__name__}, not str: return the model's words")
    kinds: dict[str, type | tuple[type, ...]] = {
        "finish_reason": str,
        "model": str,
        "input_tokens": int,
        "output_tokens": int,
        "request_id": str,
        "cost_usd": (int, float),
        "latency_s": (int, float),
        "reasoning": str,
        "cache_read_tokens": int,
        "cache_write_tokens": int,
    }
    for name, kind in kinds.items():
        value = getattr(reply, name)
        if value is not None and not isinstance(value, kind):
            problems.append(f"Reply.{name} is {type(value).__name__}")
    return problems + number_lines(reply)


def _leaks(error: BaseException | None, secrets: tuple[str, ...]) -> list[str]:
    """A line if an error, or one that it was raised from, contains a key of the environment."""
    while error is not None:
        text = f"{error} {error!r}"
        if any(secret in text for secret in secrets):
            return [f"a {type(error).__name__} contains an API key from the environment"]
        error = error.__cause__
    return []


def _request() -> Request:
    return Request(PROMPT, picture=_picture(), instruction="the magenta box", seed=1)


@cache
def _picture(*, another: bool = False) -> Picture:
    at = (400, 300) if another else (200, 120)
    return marked_picture(640, 480, mark=16, at=at).picture


@contextlib.contextmanager
def _instance(subject: _Subject) -> Iterator[Adapter]:
    adapter = subject.make()
    try:
        yield adapter
    finally:
        _close(adapter)


def _close(adapter: Adapter) -> None:
    close = getattr(adapter, "close", None)
    if callable(close):
        # What close() raises is checked once, in `_asked`.
        with contextlib.suppress(Exception, SystemExit):
            close()


def _described(error: BaseException) -> str:
    text, name = str(error), type(error).__name__
    return one_line(f"{name}: {text}" if text else name)[:300]
