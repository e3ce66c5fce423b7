"""Pace, throttle, budget, stall and log: what holds the asking back, and what is said of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pointbench.adapters.registry import resolve
from pointbench.engine.asking.budget import Budget, ModelBudget, never_billed
from pointbench.engine.asking.limits import AdaptiveConcurrency, RateLimiter
from pointbench.engine.asking.model_queue import ModelQueue
from pointbench.engine.asking.runner import STALL_S, StallDetector
from pointbench.engine.log import EventLog
from pointbench.engine.planning.costs import EXPECTED_SECONDS, expected_price, token_price
from pointbench.errors import GiveUp, RetryLater, UsageError
from pointbench.profiles import find_profile
from pointbench.settings import Config


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_tokens_a_minute_space_the_requests() -> None:
    pace = RateLimiter(threading.Event(), tpm=60_000)
    began = time.monotonic()
    assert all(pace.wait(100) for _ in range(3))
    assert time.monotonic() - began >= 2 * 0.1


def test_tokens_that_were_not_used_are_given_back() -> None:
    pace = RateLimiter(threading.Event(), tpm=60)
    assert pace.wait(3600)
    pace.correct(3600, 0)
    began = time.monotonic()
    assert pace.wait(1)
    assert time.monotonic() - began < 30


def test_a_refusal_halves_what_is_under_way_once_a_round() -> None:
    throttle = AdaptiveConcurrency(threading.Event(), 16)
    began = []
    for _ in range(16):
        assert throttle.enter()
        began.append(time.monotonic())
    cuts = [throttle.leave(at, too_fast=True) for at in began]
    assert sum(cuts) == 1
    assert throttle.limit == 8


def test_answers_bring_the_requests_at_once_back() -> None:
    throttle = AdaptiveConcurrency(threading.Event(), 16)
    for _ in range(8):
        throttle.enter()
        throttle.leave(time.monotonic(), too_fast=True)
    assert throttle.limit == 1
    for _ in range(400):
        throttle.enter()
        throttle.leave(time.monotonic(), answered=True)
    assert throttle.limit == 16


def test_no_more_than_the_limit_are_let_in() -> None:
    stop = threading.Event()
    throttle = AdaptiveConcurrency(stop, 1)
    assert throttle.enter()
    entered = threading.Event()

    def enter() -> None:
        if throttle.enter():
            entered.set()

    thread = in_thread(enter)
    assert not entered.wait(0.1)
    throttle.leave(time.monotonic(), answered=True)
    assert entered.wait(10)
    thread.join()
    stop.set()
    assert not throttle.enter()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryLater(2.0), True),
        (RetryLater(status=429), True),
        (RetryLater(status=529), True),
        (RetryLater(status=503), False),
        (RetryLater(message="api.x answered 429: words decide nothing"), False),
    ],
)
def test_what_speaks_of_the_rate(error: RetryLater, expected: bool) -> None:
    assert error.too_fast is expected


# --- money -----------------------------------------------------------------------------------


def a_dollar_a_token(input_tokens: int, output_tokens: int) -> float:
    return float(input_tokens + output_tokens)


def test_what_is_under_way_counts_at_its_most() -> None:
    budget = Budget(10.0, 0.0, threading.Event())
    purse = ModelBudget(budget, a_dollar_a_token)
    first = purse.reserve(3, 3)
    assert first is not None
    purse.answered(first, 1.0, 1, 0)
    second = purse.reserve(3, 3)
    assert second is not None
    # Nine dollars are left and six of them may go; only when they did not is there room for six.
    taken: list[object] = []
    third = in_thread(lambda: taken.append(purse.reserve(3, 3)))
    third.join(0.3)
    assert third.is_alive()
    purse.answered(second, 2.0, 1, 1)
    third.join(10)
    assert taken[0] is not None
    assert budget.spent == 3.0


def test_a_request_that_can_never_fit_is_refused_at_once() -> None:
    budget = Budget(10.0, 8.0, threading.Event())
    assert ModelBudget(budget, a_dollar_a_token).reserve(2, 1) is None


def test_the_first_answer_is_awaited_and_raises_the_estimate() -> None:
    budget = Budget(1000.0, 0.0, threading.Event())
    purse = ModelBudget(budget, a_dollar_a_token)
    first = purse.reserve(10, 0)
    assert first is not None
    taken: list[object] = []
    second = in_thread(lambda: taken.append(purse.reserve(10, 0)))
    second.join(0.3)
    assert second.is_alive()  # nobody knows yet what a picture takes
    purse.answered(first, 40.0, 40, 0)
    second.join(10)
    assert getattr(taken[0], "dollars", None) == 40.0


def test_an_unknown_cost_counts_at_its_most() -> None:
    budget = Budget(100.0, 0.0, threading.Event())
    purse = ModelBudget(budget, a_dollar_a_token)
    reserved = purse.reserve(5, 5)
    assert reserved is not None
    purse.answered(reserved, None, None, None)
    assert budget.spent == 10.0


@pytest.mark.parametrize(
    ("error", "free"),
    [
        (GiveUp("api.x answered 400"), True),
        (RetryLater(1.0), True),
        (RetryLater(status=503), True),
        (RetryLater(status=200), False),
        (RetryLater(reached=False), True),
        (RetryLater(message="api.x did not answer in time"), False),
        (ValueError("half a body"), False),
    ],
)
def test_only_what_was_refused_is_surely_free(error: Exception, free: bool) -> None:
    assert never_billed(error) is free
    budget = Budget(100.0, 0.0, threading.Event())
    purse = ModelBudget(budget, a_dollar_a_token)
    reserved = purse.reserve(5, 0)
    assert reserved is not None
    purse.failed(reserved, error)
    assert budget.spent == (0.0 if free else 5.0)


def test_a_budget_that_waits_ends_with_the_run() -> None:
    stop = threading.Event()
    purse = ModelBudget(Budget(10.0, 0.0, stop), a_dollar_a_token)
    assert purse.reserve(6, 0)
    waiting = in_thread(lambda: purse.reserve(6, 0))
    stop.set()
    waiting.join(10)
    assert not waiting.is_alive()


# --- stall and log ---------------------------------------------------------------------------


def silent_lane() -> ModelQueue:
    stop = threading.Event()
    return ModelQueue(
        label="test/one",
        profile=find_profile("local-unit"),
        sampling={},
        make_adapter=lambda: None,  # type: ignore[arg-type, return-value]
        asks=iter(()),
        workers=1,
        attempts=1,
        pace=RateLimiter(stop),
        sent_size=lambda _: None,
        price=lambda _: None,
    )


def test_a_silence_is_told_with_what_is_under_way_and_its_age() -> None:
    lane = silent_lane()
    lane.heard_at = 100.0
    stalls = StallDetector([lane])
    assert stalls.look(100.0 + STALL_S) == []  # nothing is under way
    lane.under_way = {1: 90.0, 2: 100.0}
    assert stalls.look(99.0 + STALL_S) == []
    (stalled,) = stalls.look(101.0 + STALL_S)
    assert (stalled.label, stalled.seconds) == ("test/one", 71.0)
    assert stalled.reason == "2 requests under way, no answer for 61 s"
    assert stalls.look(110.0 + STALL_S) == []  # not twice in a minute
    assert len(stalls.look(170.0 + STALL_S)) == 1


def test_the_log_is_json_lines_without_keys(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    log = EventLog(path, ("sk-planted-0123456789",))
    log.write("retry", "openai/x", "ab" * 32, reason="401: sk-planted-0123456789 is not valid")
    log.close()
    log.write("late", None, None)  # after the end nothing is written and nothing raised
    (line,) = path.read_text().splitlines()
    read = json.loads(line)
    assert read["event"] == "retry"
    assert read["reason"] == "401: *** is not valid"


def test_a_log_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--log"):
        EventLog(tmp_path / "no" / "run.log")


def test_a_price_by_the_second_counts_at_the_longest_that_an_answer_may_take() -> None:
    price = {"price": {"per_second": 0.001}}
    usual = replace(resolve("replicate/a/b", Config()), wire=price)
    most, expected = token_price(usual, free=False), expected_price(usual, free=False)
    assert most is not None
    assert expected is not None
    assert most(1, 1) == pytest.approx(0.6)  # ten minutes, the adapter's own time-out
    assert expected(1, 1) == pytest.approx(0.001 * EXPECTED_SECONDS)
    shorter = token_price(replace(usual, wire={**price, "timeout": 30}), free=False)
    assert shorter is not None
    assert shorter(1, 1) == pytest.approx(0.03)
