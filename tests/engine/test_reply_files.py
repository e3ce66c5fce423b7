"""Files of replies from anywhere: every row gives a reply, a named leftover, or one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointbench.adapters.protocol import Reply
from pointbench.engine.reply_files import FORMATS
from pointbench.engine.reply_files.found import FoundReply, GivenError, KeyNames, Unjoined
from pointbench.engine.reply_files.openai_batch import answer_of
from pointbench.engine.reply_files.reading import read_replies
from pointbench.engine.reply_files.rows import MISSING, lookup, read_rows
from pointbench.engine.score import ScoreOptions, score_replies
from pointbench.errors import UsageError
from pointbench.profiles import find_profile
from pointbench.suites import Suite, load_suite
from tests.conftest import DataRoot

WORDS = [
    "target", "text", "point", "error", "model", "repeat", "sent_width", "sent_height", "suite",
    "finish_reason", "output_tokens", "max_tokens", "latency_s", "cost_usd", "custom_id", "response",
    "status_code", "body", "choices", "message", "content", "output", "usage", "details", "img_path",
    "prompt_to_evaluate", "bbox", "pred", "raw_response", "gt_type", "correctness", "id", "status",
]  # fmt: skip
TEXTS = [
    "shot0/t0", "shot0/gone", "shot0/t0#1", "x/shot0.png", "Click square 0 of screen 0.", "negative",
    '{"x": 40, "y": 60}', "stop", "abort", "completed", "correct", "",
]  # fmt: skip
leaves = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-5, 1000)
    | st.integers()
    | st.sampled_from(TEXTS)
    | st.text(max_size=5)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=10,
)
rows = st.dictionaries(st.sampled_from(WORDS), values, max_size=8)


@pytest.mark.parametrize("form", FORMATS)
@settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(row=rows, fields=st.dictionaries(st.sampled_from(WORDS), st.sampled_from(TEXTS), max_size=4))
def test_no_file_makes_score_raise(
    form: str, row: dict[str, Any], fields: dict[str, Any], small: DataRoot
) -> None:
    path = small.path / "made.jsonl"
    path.write_text(json.dumps({**row, **fields}) + "\n")
    suites = [load_suite(small.path, "small")]
    assert _records_or_refusal(path, suites, form) in (1, "one line")


def _records_or_refusal(path: Path, suites: list[Suite], form: str) -> object:
    options = ScoreOptions(form=form)
    try:
        return len(score_replies(path, suites, find_profile("pixel"), options).records)
    except UsageError as error:
        return "one line" if path.name in str(error) and "\n" not in str(error) else str(error)


@settings(deadline=None, max_examples=300)
@given(rows)
def test_a_batch_row_is_always_a_reply_or_an_error(row: dict[str, Any]) -> None:
    assert isinstance(answer_of(row), Reply | GivenError)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("a", {"b": [10, {"c": "x"}]}),
        ("a.b.1.c", "x"),
        ("a.b.0", 10),
        ("a.b.2", MISSING),
        ("a.b.-1", MISSING),
        ("a.b.c", MISSING),
        ("a.", MISSING),
        (".", MISSING),
        ("", MISSING),
        ("d.e", 5),
        ("a." * 10_000, MISSING),
    ],
)
def test_a_key_is_a_field_or_a_path(key: str, found: object) -> None:
    assert lookup({"a": {"b": [10, {"c": "x"}]}, "d.e": 5, "d": {"e": 6}}, key) == found


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}\n',
        '\n\n{"a": 1}\r\n\r\n{"a": 2}',
        '[{"a": 1}, {"a": 2}]',
        '[\n {"a": 1},\n {"a": 2}\n]\n',
        '{"rows": [{"a": 1}, {"a": 2}]}',
        '{\n "rows": [{"a": 1}, {"a": 2}],\n "more": 5}',
        '\ufeff{"a": 1}\n{"a": 2}',
    ],
)
def test_every_layout_of_rows(text: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, encoding="utf-8")
    assert [row.values for row in read_rows(path, "rows")] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "content",
    [b"[", b"{", b"[1]", b'{"rows": 5}\n', b"nothing", b"\xff", b'[{"a": 1}', b"[" * 9999],
)
def test_what_holds_no_rows_is_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        # A row without the key of a target is a fault as well.
        list(read_replies(path, "lines", [], KeyNames()))
    assert "\n" not in str(raised.value)
    assert "f.json" in str(raised.value)


def test_a_run_may_take_answers_in_by_the_key_of_the_trial(tmp_path: Path) -> None:
    key = "ab" * 32
    body = {"choices": [{"message": {"content": "(1, 2)"}, "finish_reason": "stop"}]}
    row = {"custom_id": key, "response": {"status_code": 200, "body": body}, "error": None}
    (tmp_path / "out.jsonl").write_text(json.dumps(row))
    (found,) = read_replies(tmp_path / "out.jsonl", "openai-batch", [], KeyNames())
    assert not isinstance(found, Unjoined)
    assert isinstance(found, FoundReply)
    assert (found.custom_id, found.answer) == (key, Reply("(1, 2)", finish_reason="stop"))
