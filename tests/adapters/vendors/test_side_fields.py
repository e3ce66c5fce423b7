"""Whatever a server puts into the fields beside its answer, the answer is the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.http.fields import (
    as_count,
    finish_word,
    first_by_index,
    reasoning_text,
    written_call,
)
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.http.plain_client import decoded
from pointbench.adapters.protocol import Reply
from pointbench.adapters.vendors.openai_replies import (
    ChatBody,
    ResponseBody,
    chat_reply,
    response_reply,
)
from pointbench.engine.answers import checked_reply
from tests.adapters.vendor_cases import CHAT, RESPONSES

ENTRY = catalog_entry("openai", "gpt-4o", {})
HOST = Host("http://127.0.0.1:1/v1", None, None, own=True, name="the server")
ANSWER = '{"x": 12, "y": 34}'
BESIDE = dict.fromkeys(
    (
        "annotations",
        "audio",
        "tool_calls",
        "function_call",
        "reasoning",
        "reasoning_details",
        "parsed",
    )
)
FULL: dict[str, Any] = copy.deepcopy(CHAT)
FULL["choices"][0]["message"] |= BESIDE

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _chat(content: bytes) -> Reply:
    withheld, body = decoded(content, {}, ChatBody, ENTRY, HOST)
    return withheld or chat_reply(body, None, ENTRY, HOST)


def _respond(content: bytes) -> Reply:
    withheld, body = decoded(content, {}, ResponseBody, ENTRY, HOST)
    return withheld or response_reply(body, None, HOST)


NEEDED = {"choices", "message", "content", "output", "text", "type", "error", "status", "refusal"}
NEEDED |= {"incomplete_details", "finish_reason", "index"}


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        if isinstance(key, str) and key not in NEEDED:
            yield (*path, key)
        yield from _places(inner, (*path, key))


@pytest.mark.parametrize(
    ("read", "good"), [(_chat, FULL), (_respond, RESPONSES)], ids=["chat", "responses"]
)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_side_field_never_loses_an_answer(
    read: Callable[[bytes], Reply], good: dict[str, Any], data: st.DataObject
) -> None:
    body = copy.deepcopy(good)
    *path, key = data.draw(st.sampled_from(list(_places(body))))
    holder: Any = body
    for step in path:
        holder = holder[step]
    holder[key] = data.draw(values)
    assert checked_reply(read(json.dumps(body).encode())).text == ANSWER


@given(values)
@settings(max_examples=200, deadline=None)
def test_no_value_makes_a_reader_raise(value: object) -> None:
    assert as_count(value) is None or as_count(value) >= 0  # type: ignore[operator]
    assert finish_word(value) is None or isinstance(finish_word(value), str)
    assert reasoning_text(value, value) is None or isinstance(reasoning_text(value), str)
    first_by_index(value)
    call = written_call("click", value)
    assert json.loads(call.text)["name"] == "click"


@given(values)
@settings(max_examples=200, deadline=None)
def test_arguments_that_are_json_are_spliced_as_they_are(value: object) -> None:
    raw = json.dumps(value, indent=1)
    call = written_call("click", raw)
    # A null would mean that nothing was found.
    assert call.text.endswith(f"{raw}}}") or (value is None and call.empty)


def test_a_deep_field_and_a_long_list_take_linear_time() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert written_call("click", deep).text
    assert reasoning_text([{"text": "a"}] * 200_000) == "a" * 200_000
    assert first_by_index([{"index": "x"}] * 200_000) == {"index": "x"}
