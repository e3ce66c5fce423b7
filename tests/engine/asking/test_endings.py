"""Answers that their server broke off or cut off, and replies that hold a key: what becomes of the trial."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.protocol import Reply, Request
from pointbench.engine.answers import ReplyReader, reread
from pointbench.engine.asking import limits
from pointbench.engine.asking.budget import Budget, ModelBudget
from pointbench.profiles import find_profile
from pointbench.runs import read_records
from pointbench.settings import Secret
from pointbench.suites import AskedTarget, load_suite
from pointbench.trials import Record
from tests.conftest import DataRoot, small_suite
from tests.engine.asking.test_runner import queue_of, run_all

KEY = "sk-planted-0123456789"
HIT = '{"point": [0.5, 0.5]}'
HALF = '{"x": 512, "y": 38'
REFUSAL = "not found"


@pytest.fixture
def targets(root: DataRoot) -> list[AskedTarget]:
    small_suite(root, screenshots=1, each=10)
    return load_suite(root.path, "small").asked()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FIRST_WAIT_S", 0.001)


def asked(
    folder: Path, targets: list[AskedTarget], *replies: Reply, limit: int | None = None
) -> Record:
    """The record of one trial whose adapter gives these replies in turn, the last one forever."""
    stop = threading.Event()
    script = list(replies)

    def answer(request: Request) -> Reply:
        return script.pop(0) if len(script) > 1 else script[0]

    queue = queue_of(targets[:1], answer, stop, workers=1, profile="blind")
    queue.output_limit = limit
    queue.price = lambda reply: (reply.output_tokens or 0) / 1000
    secrets = (Secret("OPENAI_API_KEY", KEY), Secret("LOCAL_API_KEY", "x"))
    run_all(folder, [queue], stop, secrets=secrets)
    (record,) = read_records(folder)
    return record


@pytest.mark.parametrize(
    "broken",
    [
        Reply("", finish_reason="abort"),
        Reply(HIT, finish_reason="error"),
        Reply("", finish_reason="engine_dead"),
        Reply(" ", finish_reason="something-new"),
        Reply("", finish_reason="OTHER"),
    ],
    ids=lambda reply: str(reply.finish_reason),
)
def test_an_answer_that_its_server_broke_off_is_asked_again(
    targets: list[AskedTarget], tmp_path: Path, broken: Reply
) -> None:
    paid = replace(broken, output_tokens=7)
    record = asked(tmp_path, targets, paid, paid, Reply(HIT, finish_reason="stop", output_tokens=9))
    assert record.outcome in ("hit", "miss")
    assert record.attempts == 3
    # What was broken off was billed, too.
    assert record.cost_usd == pytest.approx(0.023)


def test_one_that_is_broken_off_every_time_is_an_error_and_keeps_what_came(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    record = asked(tmp_path, targets, Reply(HIT, finish_reason="abort", output_tokens=7))
    assert (record.outcome, record.correct, record.point) == ("error", None, None)
    assert record.error is not None
    assert record.error.type == "BrokenOff"
    assert "abort" in record.error.message
    assert record.reply is not None
    assert record.reply.text == HIT
    assert record.attempts == 4
    assert record.cost_usd == pytest.approx(0.028)


def test_a_broken_answer_is_settled_at_its_cost_not_at_its_most(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    budget = Budget(10.0, 0.0, stop)
    queue = queue_of(
        targets[:1],
        lambda _: Reply("", finish_reason="abort", input_tokens=1, output_tokens=1),
        stop,
        workers=1,
        attempts=2,
    )
    queue.budget = ModelBudget(budget, lambda _input, _output: 1.0)
    queue.price = lambda _: 0.25
    run_all(tmp_path, [queue], stop)
    assert budget.spent == pytest.approx(0.5)


@pytest.mark.parametrize("reason", [None, "", "stop", "MALFORMED_FUNCTION_CALL"])
def test_an_empty_answer_that_nothing_is_known_against_is_the_models_own(
    targets: list[AskedTarget], tmp_path: Path, reason: str | None
) -> None:
    record = asked(tmp_path, targets, Reply("", finish_reason=reason))
    assert (record.outcome, record.correct, record.attempts) == ("unparsed", False, 1)


@pytest.mark.parametrize("reason", ["completed", "stop", "end_turn", "done", None])
def test_at_the_limit_half_a_number_is_no_click_and_rescoring_agrees(
    targets: list[AskedTarget], tmp_path: Path, reason: str | None
) -> None:
    cut = Reply(HALF, finish_reason=reason, output_tokens=12)
    record = asked(tmp_path, targets, cut, limit=12)
    assert record.outcome == "unparsed"
    assert record.reply is not None
    assert record.reply.finish_reason == reason  # as the server said it
    reader = ReplyReader.of(find_profile("blind"), 12)
    assert reread(record, targets[0], reader, prompt="") == record
    # A refusal that was cut off might have gone on to a point.
    refused = Reply(REFUSAL, finish_reason=reason, output_tokens=12)
    assert asked(tmp_path / "b", targets, refused, limit=12).outcome == "unparsed"
    assert asked(tmp_path / "c", targets, refused, limit=13).outcome == "declined"


def test_a_whole_point_counts_even_at_the_limit(targets: list[AskedTarget], tmp_path: Path) -> None:
    whole = Reply('{"x": 512, "y": 38}', finish_reason="stop", output_tokens=12)
    assert asked(tmp_path, targets, whole, limit=12).point is not None


def test_a_broken_reply_of_an_older_run_becomes_an_error_when_rescored(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    record = asked(tmp_path, targets, Reply(REFUSAL, finish_reason="stop", output_tokens=3))
    assert record.reply is not None
    reader = ReplyReader.of(find_profile("blind"))
    from msgspec.structs import replace as changed

    old = changed(record, reply=changed(record.reply, finish_reason="abort"))
    again = reread(old, targets[0], reader, prompt="")
    assert (again.outcome, again.correct) == ("error", None)
    assert again.reply == old.reply
    assert reread(again, targets[0], reader, prompt="") == again


@pytest.mark.parametrize("name", ["text", "reasoning", "finish_reason", "model", "request_id"])
def test_a_reply_that_holds_a_key_is_an_error_that_names_the_variable(
    targets: list[AskedTarget], tmp_path: Path, name: str
) -> None:
    fields: dict[str, Any] = {"text": HIT, "output_tokens": 7, name: f"{HIT} Bearer {KEY}."}
    reply = Reply(**fields)
    record = asked(tmp_path, targets, reply)
    assert (record.outcome, record.correct, record.reply, record.attempts) == (
        "error",
        None,
        None,
        1,
    )
    assert record.error is not None
    assert record.error.type == "KeyInReply"
    assert "OPENAI_API_KEY" in record.error.message
    assert record.cost_usd == pytest.approx(0.007)
    assert KEY.encode() not in (tmp_path / "trials.jsonl").read_bytes()


def test_part_of_a_longer_word_is_no_key_and_nothing_is_altered(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    text = f'{{"x": 500, "y": 400, "note": "{KEY}abc"}}'
    record = asked(tmp_path, targets, Reply(text, finish_reason="stop", output_tokens=3))
    assert record.reply is not None
    assert record.reply.text == text
    assert record.point == (500.0, 400.0)


def test_bytes_that_are_no_text_are_flagged_with_and_without_a_point(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    with_point = asked(tmp_path, targets, Reply('\ud800 {"x": 10, "y": 20}', output_tokens=3))
    assert with_point.point == (10.0, 20.0)
    assert with_point.parsed is not None
    assert with_point.parsed.flags == ("not-text",)
    without = asked(tmp_path / "b", targets, Reply("\ufffd", output_tokens=3))
    assert without.outcome == "unparsed"
    assert without.parsed is not None
    assert (without.parsed.raw, without.parsed.flags) == ((), ("not-text",))
