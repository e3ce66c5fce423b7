"""What a run relies on in an adapter, as checks that need no network and no key of anybody's.

Everything holds for an adapter by itself; the rest is checked where it can be pointed at the
loopback server. The test of an adapter in a package of its own::

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
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
from pointbench.errors import AskError, GiveUp, OutOfCredit, Retired, RetryLater, one_line
from pointbench.settings import secrets_of
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
"""What an adapter should raise when the server plays a fault; the kinds are the server's names."""

_WORDLESS = ("moondream", "station")
"""Endpoints that answer with points alone, and have no words to hand on."""


@dataclass(frozen=True)
class _Subject:
    """What is checked, and how it is made."""

    make: Callable[[], Adapter]
    secrets: tuple[str, ...]


def check_adapter(
    cls: type[Adapter],
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    server: Vendors | None = None,
    vendor: str | None = None,
    faults: Sequence[str] = tuple(EXPECTED),
    must_answer: bool = True,
) -> None:
    """AssertionError with one line for each thing that a run could not rely on.

    ``server`` and ``vendor`` say where the adapter, made with ``settings``, sends its requests;
    with them, what it sends and what it makes of each of ``faults`` is looked at too. With
    ``must_answer`` off, an adapter that only raises is taken as well: one whose server is not there.
    """
    found = findings(
        cls, name, settings, server=server, vendor=vendor, faults=faults, must_answer=must_answer
    )
    if found:
        lines = "".join(f"\n- {line}" for line in found)
        raise AssertionError(f"{cls.__name__}({name!r}) does not keep the contract:{lines}")


def findings(
    cls: type[Adapter],
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    server: Vendors | None = None,
    vendor: str | None = None,
    faults: Sequence[str] = tuple(EXPECTED),
    must_answer: bool = True,
) -> list[str]:
    """What `check_adapter` would say, as lines; [] when all is well."""
    given = dict(settings or {})
    before = repr(given)
    secrets = secrets_of()
    try:
        cls(name, given)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return [f"cannot be made as cls(name, settings): {_said(error)}"]
    subject = _Subject(lambda: cls(name, given), secrets)
    printed = io.StringIO()
    found = _attributes(cls, name, given)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        found += _asked(subject, must_answer=must_answer)
        found += _concurrent(subject)
        if server is not None and vendor is not None:
            found += _sent(subject, server, vendor)
            found += [line for kind in faults for line in _fault(subject, server, vendor, kind)]
    if printed.getvalue():
        found.append(
            f"prints {one_line(printed.getvalue()[:80]).strip()!r}; a run's output is not its own"
        )
    if repr(given) != before:
        found.append("changes the settings it is given")
    return found


def _attributes(cls: type[Adapter], name: str, settings: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    requires = getattr(cls, "requires", None)
    if requires is not None:
        lists = isinstance(requires, Mapping) and all(
            isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)
            for values in requires.values()
        )
        if not lists or set(requires) - {"env", "packages"}:
            found.append('requires is not {"env": [...], "packages": [...]}')
    profile = getattr(cls, "profile", None)
    if not (profile is None or isinstance(profile, str)):
        found.append("profile is not the name of a profile")
    facts = getattr(cls, "facts", None)
    if facts is not None:
        try:
            facts(name, settings)
        except Exception as error:  # noqa: BLE001
            found.append(f"facts(name, settings) raises {_said(error)}")
    return found


def _asked(subject: _Subject, *, must_answer: bool) -> list[str]:
    """One instance: a picture, the same again, no picture, and the end."""
    adapter = subject.make()
    found: list[str] = []
    for request in (_request(), _request()):
        outcome, lines = _outcome(adapter, request, subject.secrets)
        found += lines
        if must_answer and isinstance(outcome, AskError):
            found.append(f"does not answer: {_said(outcome)}")
    blind, lines = _outcome(
        adapter, Request(PROMPT, instruction="the magenta box"), subject.secrets
    )
    found += lines
    if isinstance(blind, AskError) and not isinstance(blind, GiveUp):
        found.append(f"a question without a picture is neither answered nor GiveUp: {_said(blind)}")
    close = getattr(adapter, "close", None)
    if callable(close):
        try:
            close()
        except Exception as error:  # noqa: BLE001
            found.append(f"close() raises {_said(error)}")
    elif close is not None:
        found.append("close is not a method")
    return list(dict.fromkeys(found))


def _concurrent(subject: _Subject, workers: int = 4) -> list[str]:
    """An adapter a worker, all asking at once, as a run does it."""
    found: list[str] = []
    gate = threading.Barrier(workers)

    def work() -> None:
        try:
            with _instance(subject) as adapter:
                gate.wait(60)
                for _ in range(2):
                    found.extend(_outcome(adapter, _request(), subject.secrets)[1])
        except Exception as error:  # noqa: BLE001 - whatever making one raises is the finding
            found.append(f"cannot be made in a thread: {_said(error)}")
            gate.abort()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if any(thread.is_alive() for thread in threads):
        found.append("several instances at once do not come to an end")
    return [f"several at once: {line}" for line in dict.fromkeys(found)]


def _sent(subject: _Subject, server: Vendors, vendor: str) -> list[str]:
    """The picture arrives byte for byte, and the model's words come back as they are."""
    found: list[str] = []
    request = _request()
    assert request.picture is not None
    with _instance(subject) as adapter:
        start = server.count
        outcome, _ = _outcome(adapter, request, subject.secrets)
        calls = [call for call in server.calls(vendor) if call.number >= start]
        if not calls:
            return [f"sends nothing to {vendor} of the server it is checked against"]
        digests = {seen.sha256 for call in calls for seen in call.pictures}
        if isinstance(outcome, Reply) and not digests:
            found.append("sends no picture although it is given one")
        elif digests - {request.picture.sha256}:
            found.append("changes the picture's bytes before it sends them")
        if vendor not in _WORDLESS:
            server.play(vendor, "refusal")
            refused, lines = _outcome(adapter, request, subject.secrets)
            found += lines
            text = refused.text if isinstance(refused, Reply) else ""
            if "can't help" not in text:
                found.append("does not hand on a refusal in the model's own words")
    return found


def _fault(subject: _Subject, server: Vendors, vendor: str, kind: str) -> list[str]:
    """One request that fails: the right error, no second request, no key in its words."""
    if vendor in ("compatible", "station") and kind == "no-credit":
        return []
    with _instance(subject) as adapter:
        start = server.count
        server.play(vendor, kind)
        outcome, found = _outcome(adapter, _request(), subject.secrets)
        calls = [call for call in server.calls(vendor) if call.number >= start]
    expected = EXPECTED.get(kind, (AskError,))
    names = " or ".join(error.__name__ for error in expected)
    if not isinstance(outcome, expected):
        what = "a Reply" if isinstance(outcome, Reply) else type(outcome).__name__
        found.append(f"{kind}: should raise {names}, gives {what}")
    if kind.startswith("429-") and isinstance(outcome, RetryLater) and outcome.after is None:
        found.append(f"{kind}: does not hand on when the server wants to be asked again")
    if calls and calls[-1].fault != kind:
        found.append(f"{kind}: asks again by itself; retrying is the engine's")
    return found


def _outcome(
    adapter: Adapter, request: Request, secrets: tuple[str, ...]
) -> tuple[Reply | Exception, list[str]]:
    """What came of one question, and what is wrong with that."""
    try:
        reply: object = adapter.ask(request)
    except AskError as error:
        return error, _leaks(error, secrets)
    except Exception as error:  # noqa: BLE001
        line = (
            f"raises {_said(error)}; a run retries only RetryLater and knows only the four errors"
        )
        return error, [line, *_leaks(error, secrets)]
    if not isinstance(reply, Reply):
        return TypeError("no Reply"), [f"returns {type(reply).__name__}, not a Reply"]
    return reply, _reply_lines(reply)


def _reply_lines(reply: Reply) -> list[str]:
    found: list[str] = []
    text: object = reply.text
    if not isinstance(text, str):
        found.append(f"Reply.text is {type(text).__name__}, not str: hand on what was said")
    kinds: dict[str, type | tuple[type, ...]] = {
        "finish_reason": str,
        "model": str,
        "input_tokens": int,
        "output_tokens": int,
        "request_id": str,
        "cost_usd": (int, float),
    }
    for name, kind in kinds.items():
        value = getattr(reply, name)
        if value is not None and not isinstance(value, kind):
            found.append(f"Reply.{name} is {type(value).__name__}")
    return found


def _leaks(error: BaseException | None, secrets: tuple[str, ...]) -> list[str]:
    """Whether a key of the environment stands in an error or in what it was raised from."""
    while error is not None:
        text = f"{error} {error!r}"
        if any(secret in text for secret in secrets):
            return [f"a {type(error).__name__} holds a key of the environment"]
        error = error.__cause__
    return []


def _request() -> Request:
    return Request(PROMPT, picture=_picture(), instruction="the magenta box", seed=1)


_PICTURES: list[Picture] = []


def _picture() -> Picture:
    if not _PICTURES:
        _PICTURES.append(marked_picture(640, 480, mark=16, at=(200, 120)).picture)
    return _PICTURES[0]


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
        # What close() raises is looked at once, where it is the question.
        with contextlib.suppress(Exception):
            close()


def _said(error: BaseException) -> str:
    return one_line(f"{type(error).__name__}: {error}")[:300]
