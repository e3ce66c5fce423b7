"""Rate limiter, adaptive concurrency, budget, stall detector and event log."""

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
from pointbench.engine.asking.prefetch import PeekableQueue
from pointbench.engine.asking.runner import STALL_S, StallDetector
from pointbench.engine.log import EventLog
from pointbench.engine.planning.costs import EXPECTED_SECONDS, expected_price, token_price
from pointbench.errors import GiveUp, OutOfCredit, Retired, RetryLater, UsageError
from pointbench.profiles import find_profile
from pointbench.settings import Config, Secret


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_tokens_a_minute_space_the_requests() -> None:
    limiter = RateLimiter(threading.Event(), tpm=60_000)
    began = time.monotonic()
    assert all(limiter.wait(100) for _ in range(3))
    assert time.monotonic() - began >= 2 * 0.1


def test_tokens_that_were_not_used_are_given_back() -> None:
    limiter = RateLimiter(threading.Event(), tpm=60)
    assert limiter.wait(3600)
    limiter.correct(3600, 0)
    began = time.monotonic()
    assert limiter.wait(1)
    assert time.monotonic() - began < 30


def test_a_refusal_halves_what_is_under_way_once_a_round() -> None:
    concurrency = AdaptiveConcurrency(threading.Event(), 16)
    began = []
    for _ in range(16):
        assert concurrency.enter()
        began.append(time.monotonic())
    cuts = [concurrency.leave(at, too_fast=True) for at in began]
    assert sum(cuts) == 1
    assert concurrency.limit == 8


def test_answers_bring_the_requests_at_once_back() -> None:
    concurrency = AdaptiveConcurrency(threading.Event(), 16)
    for _ in range(8):
        concurrency.enter()
        concurrency.leave(time.monotonic(), too_fast=True)
    assert concurrency.limit == 1
    for _ in range(400):
        concurrency.enter()
        concurrency.leave(time.monotonic(), answered=True)
    assert concurrency.limit == 16


def test_no_more_than_the_limit_are_let_in() -> None:
    stop = threading.Event()
    concurrency = AdaptiveConcurrency(stop, 1)
    assert concurrency.enter()
    entered = threading.Event()

    def enter() -> None:
        if concurrency.enter():
            entered.set()

    thread = in_thread(enter)
    assert not entered.wait(0.1)
    concurrency.leave(time.monotonic(), answered=True)
    assert entered.wait(10)
    thread.join()
    stop.set()
    assert not concurrency.enter()


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
    model_budget = ModelBudget(budget, a_dollar_a_token)
    first = model_budget.reserve(3, 3)
    assert first is not None
    model_budget.answered(first, 1.0, 1, 0)
    second = model_budget.reserve(3, 3)
    assert second is not None
    # Nine dollars are left and six are reserved; six more fit only once those cost less.
    taken: list[object] = []
    third = in_thread(lambda: taken.append(model_budget.reserve(3, 3)))
    third.join(0.3)
    assert third.is_alive()
    model_budget.answered(second, 2.0, 1, 1)
    third.join(10)
    assert taken[0] is not None
    assert budget.spent == 3.0


def test_a_request_that_can_never_fit_is_refused_at_once() -> None:
    budget = Budget(10.0, 8.0, threading.Event())
    assert ModelBudget(budget, a_dollar_a_token).reserve(2, 1) is None


def test_the_first_answer_is_awaited_and_raises_the_estimate() -> None:
    budget = Budget(1000.0, 0.0, threading.Event())
    model_budget = ModelBudget(budget, a_dollar_a_token)
    first = model_budget.reserve(10, 0)
    assert first is not None
    taken: list[object] = []
    second = in_thread(lambda: taken.append(model_budget.reserve(10, 0)))
    second.join(0.3)
    assert second.is_alive()  # the tokens of a picture are not known yet
    model_budget.answered(first, 40.0, 40, 0)
    second.join(10)
    assert getattr(taken[0], "dollars", None) == 40.0


def test_an_unknown_cost_counts_at_its_most() -> None:
    budget = Budget(100.0, 0.0, threading.Event())
    model_budget = ModelBudget(budget, a_dollar_a_token)
    reservation = model_budget.reserve(5, 5)
    assert reservation is not None
    model_budget.answered(reservation, None, None, None)
    assert budget.spent == 10.0


@pytest.mark.parametrize(
    ("error", "free"),
    [
        (GiveUp("api.x answered 400"), True),
        (GiveUp("api.x answered 400", status=400), True),
        (GiveUp("an error in a 200", status=200), False),
        (GiveUp("api.x answered 501", status=501), False),
        (OutOfCredit(status=402), True),
        (Retired(status=404), True),
        (RetryLater(1.0), True),
        (RetryLater(1.0, status=429), True),
        (RetryLater(status=409), True),
        (RetryLater(status=408), False),
        (RetryLater(status=500), False),
        (RetryLater(status=502), False),
        (RetryLater(1.0, status=503), False),
        (RetryLater(status=504), False),
        (RetryLater(status=524), False),
        (RetryLater(status=529), False),
        (RetryLater(status=200), False),
        (RetryLater(reached=False), True),
        (RetryLater(message="api.x did not answer in time"), False),
        (ValueError("half a body"), False),
    ],
)
def test_only_what_was_refused_is_surely_free(error: Exception, free: bool) -> None:
    assert never_billed(error) is free
    budget = Budget(100.0, 0.0, threading.Event())
    model_budget = ModelBudget(budget, a_dollar_a_token)
    reservation = model_budget.reserve(5, 0)
    assert reservation is not None
    model_budget.failed(reservation, error)
    assert budget.spent == (0.0 if free else 5.0)


def test_a_budget_that_waits_ends_with_the_run() -> None:
    stop = threading.Event()
    model_budget = ModelBudget(Budget(10.0, 0.0, stop), a_dollar_a_token)
    assert model_budget.reserve(6, 0)
    waiting = in_thread(lambda: model_budget.reserve(6, 0))
    stop.set()
    waiting.join(10)
    assert not waiting.is_alive()


# --- stall and log ---------------------------------------------------------------------------


def silent_queue() -> ModelQueue:
    stop = threading.Event()
    return ModelQueue(
        label="test/one",
        profile=find_profile("local-unit"),
        sampling={},
        make_adapter=lambda: None,  # type: ignore[arg-type, return-value]
        source=PeekableQueue(()),
        workers=1,
        attempts=1,
        rate_limiter=RateLimiter(stop),
        sent_size=lambda _: None,
        price=lambda _: None,
    )


def test_a_silence_is_told_with_what_is_under_way_and_its_age() -> None:
    queue = silent_queue()
    queue.last_response_at = 100.0
    detector = StallDetector([queue])
    assert detector.new_stalls(100.0 + STALL_S) == []  # nothing is under way
    queue.in_flight = {1: 90.0, 2: 100.0}
    assert detector.new_stalls(99.0 + STALL_S) == []
    (stall,) = detector.new_stalls(101.0 + STALL_S)
    assert (stall.label, stall.seconds) == ("test/one", 71.0)
    assert stall.reason == "2 requests under way, no answer for 61 s"
    assert detector.new_stalls(110.0 + STALL_S) == []  # not twice in a minute
    assert len(detector.new_stalls(170.0 + STALL_S)) == 1


def test_the_log_is_json_lines_without_keys(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    log = EventLog(path, (Secret("OPENAI_API_KEY", "sk-planted-0123456789"),))
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
