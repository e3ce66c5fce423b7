"""Compares what an adapter was given and gave with what the loopback server got and said."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pointbench.adapters.protocol import Reply, Request
from pointbench.errors import one_line
from pointbench.testing.vendors.call import Call

REFUSED = "refusal"
"""Finish reason that an adapter may give where a field of its own holds the refusal."""

_SHOWN = 60
"""Characters of a text that a finding quotes."""


@dataclass(frozen=True)
class Asked:
    """The words of a request as they arrived."""

    user: tuple[str, ...]
    system: tuple[str, ...]

    @property
    def prompt(self) -> str:
        """The user's turn as one text."""
        return "".join(self.user)


@dataclass(frozen=True)
class Said:
    """An answer as the server sent it; empty or None where its protocol has no such field."""

    text: str | None = None
    """None if the answer is not in words: points, or the call of a tool."""
    points: tuple[float, ...] = ()
    finish_reasons: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    request_ids: frozenset[str] = frozenset()
    input_tokens: frozenset[int] = frozenset()
    output_tokens: frozenset[int] = frozenset()
    costs: frozenset[float] = frozenset()


def asked(call: Call) -> Asked | None:
    """The words of a request that asks a model; None for any other, such as an upload or a poll."""
    body = call.body
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("object"), str):
        return Asked((body["object"],), ())
    if isinstance(inputs := body.get("input"), dict):
        texts = (text for text in inputs.values() if isinstance(text, str))
        words = tuple(text for text in texts if not text.startswith(("data:", "http")))
        return Asked(words, ())
    if "contents" in body:
        system = body.get("systemInstruction", body.get("system_instruction"))
        return Asked(tuple(_texts(body["contents"])), tuple(_texts(system)))
    if "input" in body:
        user, system = _turns(body["input"])
        return Asked(user, (*_texts(body.get("instructions")), *system))
    if "messages" in body:
        user, system = _turns(body["messages"])
        return Asked(user, (*_texts(body.get("system")), *system))
    return None


def _turns(messages: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of the user's turns, and those of system turns."""
    if not isinstance(messages, list):
        return tuple(_texts(messages)), ()
    user: list[str] = []
    system: list[str] = []
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        (system if role in ("system", "developer") else user).extend(_texts(message))
    return tuple(user), tuple(system)


def _texts(value: object) -> Iterator[str]:
    """The texts of a turn, whether it is a string, a list of parts or an object that holds either."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)
    elif isinstance(value, dict):
        for name in ("text", "content", "parts"):
            yield from _texts(value.get(name))


def said(calls: Sequence[Call]) -> Said:
    """The answer to the last of these requests that got one with status 200 or 201."""
    for call in reversed(calls):
        answer = call.answer
        if answer is None or answer.status not in (200, 201):
            continue
        try:
            body = json.loads(answer.body)
        except ValueError:
            continue
        if isinstance(body, dict):
            ids = {value for name, value in answer.headers if name.endswith("request-id")}
            ids |= {str(body[name]) for name in _IDS if body.get(name)}
            return _said(body, frozenset(ids))
    return Said()


_IDS = ("id", "responseId", "request_id")


def _said(body: Mapping[str, object], ids: frozenset[str]) -> Said:
    models = frozenset(
        str(body[name]) for name in ("model", "modelVersion", "version") if body.get(name)
    )
    if "choices" in body:
        choice = _first(body["choices"])
        message = _object(choice.get("message"))
        usage = _object(body.get("usage"))
        text = None if message.get("tool_calls") else _joined(message, "content", "refusal")
        return Said(
            text,
            (),
            _words(choice.get("finish_reason"), REFUSED if message.get("refusal") else None),
            models,
            ids,
            _counts(usage, "prompt_tokens"),
            _counts(usage, "completion_tokens"),
            _costs(usage),
        )
    if "candidates" in body:
        candidate = _first(body["candidates"])
        parts = _objects(_object(candidate.get("content")).get("parts"))
        called = any("functionCall" in part for part in parts)
        usage = _object(body.get("usageMetadata"))
        return Said(
            None if called else "".join(_joined(p, "text") for p in parts if not p.get("thought")),
            (),
            _words(candidate.get("finishReason")),
            models,
            ids,
            _counts(usage, "promptTokenCount", "toolUsePromptTokenCount"),
            _counts(usage, "candidatesTokenCount", "thoughtsTokenCount"),
        )
    if "content" in body:
        blocks = _objects(body["content"])
        called = any(block.get("type") == "tool_use" for block in blocks)
        spoken = [block for block in blocks if block.get("type") == "text"]
        usage = _object(body.get("usage"))
        cached = ("cache_read_input_tokens", "cache_creation_input_tokens")
        return Said(
            None if called else "".join(_joined(block, "text") for block in spoken),
            (),
            _words(body.get("stop_reason")),
            models,
            ids,
            _counts(usage, "input_tokens", *cached),
            _counts(usage, "output_tokens"),
        )
    if isinstance(body.get("output"), list) and "object" in body:
        items = _objects(body["output"])
        called = any(str(item.get("type", "")).endswith("_call") for item in items)
        parts = [
            part
            for item in items
            if item.get("type") == "message"
            for part in _objects(item.get("content"))
        ]
        refused = any(part.get("type") == "refusal" for part in parts)
        usage = _object(body.get("usage"))
        reason = _object(body.get("incomplete_details")).get("reason")
        return Said(
            None if called else "".join(_joined(part, "text", "refusal") for part in parts),
            (),
            _words(body.get("status"), reason, REFUSED if refused else None),
            models,
            ids,
            _counts(usage, "input_tokens"),
            _counts(usage, "output_tokens"),
            _costs(usage),
        )
    metrics = _object(body.get("metrics"))
    for name in ("points", "objects"):
        if name in body:
            return Said(
                None,
                tuple(_numbers(body[name])),
                _words(body.get("finish_reason")),
                models,
                ids,
                _counts(metrics, "input_tokens"),
                _counts(metrics, "output_tokens"),
            )
    output = body.get("output")
    return Said(output if isinstance(output, str) else None, models=models, request_ids=ids)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _first(value: object) -> Mapping[str, object]:
    return next(iter(_objects(value)), {})


def _joined(value: Mapping[str, object], *names: str) -> str:
    """The first of these fields that holds text."""
    return next((text for name in names if isinstance(text := value.get(name), str) and text), "")


def _words(*values: object) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str))


def _counts(usage: Mapping[str, object], *names: str) -> frozenset[int]:
    """The sum of these counts; nothing if the server sent none of them."""
    known = [count for name in names if isinstance(count := usage.get(name), int)]
    return frozenset([sum(known)]) if known else frozenset()


def _costs(usage: Mapping[str, object]) -> frozenset[float]:
    costs = frozenset(_numbers(usage.get("cost")))
    details = usage.get("cost_details")
    if usage.get("is_byok") is not True or not isinstance(details, dict):
        return costs
    upstream = list(_numbers(details.get("upstream_inference_cost")))
    return frozenset(fee + more for fee in costs for more in upstream)


def _numbers(value: object) -> Iterator[float]:
    """All numbers in decoded JSON."""
    if isinstance(value, dict):
        for entry in value.values():
            yield from _numbers(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def question_lines(
    request: Request, calls: Iterable[Call], marks: Mapping[str, float], *, noun_phrase: bool
) -> list[str]:
    """What the server got, against the request: prompt, system turn, settings and picture.

    ``marks`` are all settings that a request may have, with values that nothing else in it has.

    With ``noun_phrase`` the endpoint may be sent the instruction instead of the prompt, and has no
    place for a system turn.
    """
    calls = list(calls)
    found = next(((words, call) for call in calls if (words := asked(call))), None)
    if found is None:
        return []
    words, call = found
    problems: list[str] = []
    given = (request.prompt, request.instruction) if noun_phrase else (request.prompt,)
    whole = "".join((*words.system, *words.user))
    if request.system is None:
        if words.prompt not in given:
            what = "adds words to" if request.prompt in words.prompt else "does not send"
            problems.append(f"{what} request.prompt: the server got {_quoted(words.prompt)}")
        if words.system:
            problems.append(f"sends a system turn of its own: {_quoted(''.join(words.system))}")
    else:
        if request.system not in whole and not noun_phrase:
            problems.append("does not send request.system")
        if not any(text in whole for text in given):
            problems.append(
                f"does not send request.prompt beside request.system: the server got {_quoted(whole)}"
            )
    sent = set(_numbers(call.body))
    for name, value in marks.items():
        if name in request.settings and value not in sent:
            problems.append(f"does not send the setting {name!r} of request.settings")
        elif name not in request.settings and value in sent:
            problems.append(f"sends the setting {name!r}, which belongs to an earlier request")
    digests = {seen.sha256 for one in calls for seen in one.pictures}
    if request.picture is None and digests:
        problems.append("sends a picture although it is given none")
    elif request.picture is not None and digests - {request.picture.sha256}:
        problems.append("changes the picture's bytes before it sends them")
    return problems


def reply_lines(reply: Reply, answer: Said, *, priced: bool) -> list[str]:
    """What the adapter gave, against what the server said; ``priced`` allows a cost of its own."""
    problems: list[str] = []
    text: object = reply.text
    if isinstance(text, str):
        if answer.text is not None and text != answer.text:
            problems.append(_changed(text, answer.text))
        if not all(str(number) in text for number in answer.points):
            problems.append(
                f"does not return the points that the server sent: Reply.text is {_quoted(text)}"
            )
    if answer.finish_reasons and reply.finish_reason is None:
        reasons = " or ".join(sorted(answer.finish_reasons))
        problems.append(f"does not return the finish reason: the server said {reasons!r}")
    told: dict[str, frozenset[str] | frozenset[int] | frozenset[float]] = {
        "model": answer.models,
        "request_id": answer.request_ids,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "finish_reason": answer.finish_reasons,
    }
    for name, values in told.items():
        value = getattr(reply, name)
        if value is not None and values and value not in values:
            right = " or ".join(map(str, sorted(values)))
            problems.append(f"Reply.{name} is {value!r}, but the server said {right}")
    if reply.cost_usd is not None and not priced and reply.cost_usd not in answer.costs:
        right = " or ".join(map(str, sorted(answer.costs))) or "none"
        problems.append(f"Reply.cost_usd is {reply.cost_usd!r}, but the server said {right}")
    return problems


def _changed(text: str, said_text: str) -> str:
    if said_text.startswith(text) and text:
        return f"returns only the first {len(text)} of {len(said_text)} characters of the answer"
    return (
        f"changes the answer: the server said {_quoted(said_text)}, Reply.text is {_quoted(text)}"
    )


_NUMBERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost_usd",
    "latency_s",
)


def number_lines(reply: Reply) -> list[str]:
    """Counts, costs and times that no server can have sent: below 0, or not finite."""
    problems: list[str] = []
    for name in _NUMBERS:
        value = getattr(reply, name)
        if value is None or not isinstance(value, int | float):
            continue
        if isinstance(value, bool):
            problems.append(f"Reply.{name} is bool")
        elif not math.isfinite(value) or value < 0:
            problems.append(f"Reply.{name} is {value!r}, not a finite number from 0")
    return problems


def keys_sent(calls: Iterable[Call], keys: Mapping[str, str]) -> list[str]:
    """The variables whose values arrived anywhere in these requests."""
    arrived = "\n".join(
        " ".join((*call.headers.values(), *call.query.values(), json.dumps(call.body)))
        for call in calls
    )
    return sorted(name for name, value in keys.items() if value in arrived)


def _quoted(text: str) -> str:
    shown = one_line(text)
    return repr(shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}...")
