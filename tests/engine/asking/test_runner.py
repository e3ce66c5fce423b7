"""The runner: retries, records, and reasons to stop a model; real threads, real files."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
from pointbench.engine.asking import limits
from pointbench.engine.asking.budget import Budget, ModelBudget
from pointbench.engine.asking.executor import NoRoom, WorkerLost
from pointbench.engine.asking.limits import RateLimiter, backoff
from pointbench.engine.asking.model_queue import BREAKER_ERRORS, ModelQueue
from pointbench.engine.asking.prefetch import PeekableQueue
from pointbench.engine.asking.runner import run_queues
from pointbench.engine.asking.work_item import WorkItem
from pointbench.engine.journal import Journal
from pointbench.engine.planning.plan import slots, trial_of
from pointbench.errors import GiveUp, OutOfCredit, Retired, RetryLater, RunError
from pointbench.geometry import Size
from pointbench.profiles import find_profile
from pointbench.runs import read_records
from pointbench.settings import Secret
from pointbench.suites import AskedTarget, load_suite
from pointbench.trials import Record, ShiftRecord
from tests.conftest import DataRoot, small_suite

HIT = '{"point": [0.5, 0.5]}'


class Scripted:
    """An adapter whose ``ask`` is a function."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self._answer = answer

    def ask(self, request: Request) -> Reply:
        return self._answer(request)


class Recorder:
    """A `RunObserver` that keeps records and waits."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.waits: list[tuple[str, float, str]] = []

    def done(self, records: list[Record]) -> None:
        self.records += records

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        self.waits.append((label, seconds, reason))


@pytest.fixture
def targets(root: DataRoot) -> list[AskedTarget]:
    small_suite(root, screenshots=4, each=10)
    return load_suite(root.path, "small").asked()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FIRST_WAIT_S", 0.001)


def picture_of(target: AskedTarget, sent: Size | None, shift: ShiftRecord | None) -> Picture:
    raise AssertionError("a blind profile was sent a picture")


def queue_of(
    targets: list[AskedTarget],
    answer: Callable[[Request], Reply],
    stop: threading.Event,
    *,
    label: str = "test/one",
    workers: int = 4,
    attempts: int = 4,
    make: Callable[[], Any] | None = None,
    profile: str = "local-unit",
) -> ModelQueue:
    chosen = find_profile(profile)
    items = (
        WorkItem(
            trial_of(
                slot,
                model=label,
                profile=chosen,
                sampling={},
                seed=0,
                screenshot_sha256=slot.target.sha256,
            ),
            slot.target,
        )
        for slot in slots(targets, 1, ["as-is"], 0)
    )
    return ModelQueue(
        label=label,
        profile=chosen,
        sampling={},
        make_adapter=make or (lambda: Scripted(answer)),
        source=PeekableQueue(items),
        workers=workers,
        attempts=attempts,
        rate_limiter=RateLimiter(stop),
        sent_size=lambda _: None,
        price=lambda _: None,
    )


def run_all(
    folder: Path,
    queues: list[ModelQueue],
    stop: threading.Event,
    picture: Any = picture_of,
    grace_s: float = 5.0,
    secrets: tuple[Secret, ...] = (),
) -> Recorder:
    recorder = Recorder()
    with Journal(folder) as journal:
        run_queues(queues, journal, picture, recorder, stop, secrets, grace_s)
    return recorder


def test_every_trial_is_asked_once_and_journalled(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    recorder = run_all(tmp_path, [queue_of(targets, lambda _: Reply(HIT), stop)], stop)
    stored = read_records(tmp_path)
    assert len(stored) == len(recorder.records) == len(targets) == 41
    assert {record.target for record in stored} == {target.id for target in targets}
    assert {record.attempts for record in stored} == {1}


def test_what_may_succeed_later_is_asked_again(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()
    asked: Counter[int] = Counter()

    def answer(request: Request) -> Reply:
        asked[request.seed] += 1
        if asked[request.seed] < 3:
            raise RetryLater(message="busy")
        return Reply(HIT)

    recorder = run_all(tmp_path, [queue_of(targets, answer, stop)], stop)
    assert {record.attempts for record in recorder.records} == {3}
    assert {record.outcome for record in recorder.records} <= {"hit", "miss"}
    assert len(recorder.waits) == 2 * len(targets)
    assert recorder.waits[0][2] == "busy"


def test_the_wait_that_a_server_asks_for_is_kept(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    times: list[float] = []

    def answer(request: Request) -> Reply:
        times.append(time.monotonic())
        if len(times) == 1:
            raise RetryLater(0.3)
        return Reply(HIT)

    run_all(tmp_path, [queue_of(targets[:3], answer, stop, workers=1)], stop)
    assert times[1] - times[0] >= 0.3
    assert len(times) == 4


def test_attempts_end(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        raise RetryLater(message="still busy")

    recorder = run_all(tmp_path, [queue_of(targets[:2], answer, stop, attempts=3)], stop)
    assert [(r.outcome, r.attempts, r.correct, r.point) for r in recorder.records] == [
        ("error", 3, None, None)
    ] * 2
    assert recorder.records[0].error is not None
    assert recorder.records[0].error.type == "RetryLater"
    assert recorder.records[0].error.message == "still busy"


@pytest.mark.parametrize("raised", [GiveUp("no"), ValueError("no"), KeyError("no"), GiveUp()])
def test_anything_else_is_recorded_and_not_retried(
    targets: list[AskedTarget], tmp_path: Path, raised: Exception
) -> None:
    stop = threading.Event()
    asked = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        raise raised

    recorder = run_all(tmp_path, [queue_of(targets[:1], answer, stop)], stop)
    assert len(asked) == 1
    assert recorder.records[0].error is not None
    assert recorder.records[0].error.type == type(raised).__name__


@pytest.mark.parametrize("answer", [None, "a text", Reply(None), Reply(b"x")])  # type: ignore[arg-type]
def test_an_adapter_that_returns_no_reply_is_an_error(
    targets: list[AskedTarget], tmp_path: Path, answer: Any
) -> None:
    stop = threading.Event()
    recorder = run_all(tmp_path, [queue_of(targets[:1], lambda _: answer, stop)], stop)
    assert recorder.records[0].outcome == "error"


@pytest.mark.parametrize("raised", [OutOfCredit("pay"), Retired("test/new")])
def test_some_errors_stop_their_model_at_once_and_no_other(
    targets: list[AskedTarget], tmp_path: Path, raised: Exception
) -> None:
    stop = threading.Event()

    def poor(request: Request) -> Reply:
        raise raised

    queues = [
        queue_of(targets, poor, stop, label="test/poor", workers=1),
        queue_of(targets, lambda _: Reply(HIT), stop, label="test/rich"),
    ]
    recorder = run_all(tmp_path, queues, stop)
    counts = Counter(record.model for record in recorder.records)
    assert counts == {"test/poor": 1, "test/rich": 41}
    assert queues[0].stopped == str(raised)
    assert queues[1].stopped is None


def test_a_model_that_only_fails_is_asked_no_more(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        raise GiveUp("bad key")

    broken = queue_of(targets, answer, stop, workers=2)
    recorder = run_all(tmp_path, [broken], stop)
    assert BREAKER_ERRORS <= len(recorder.records) <= BREAKER_ERRORS + 2
    assert broken.stopped == "10 errors in a row, the last: bad key"


def test_errors_with_answers_between_them_stop_nothing(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    numbers = iter(range(1000))

    def answer(request: Request) -> Reply:
        if next(numbers) % 5:
            raise GiveUp("no")
        return Reply(HIT)

    flaky = queue_of(targets, answer, stop, workers=1)
    assert len(run_all(tmp_path, [flaky], stop).records) == 41
    assert flaky.stopped is None


def test_an_adapter_that_cannot_be_made_stops_its_model(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def make() -> Adapter:
        raise RuntimeError("no such model")

    broken = queue_of(targets, lambda _: Reply(HIT), stop, make=make)
    assert run_all(tmp_path, [broken], stop).records == []
    assert broken.stopped == "its adapter cannot be created: no such model"


def test_a_worker_that_cannot_be_made_leaves_the_others_asking(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    rooms = iter([True, True])

    def make() -> Adapter:
        if not next(rooms, False):
            raise NoRoom("there is room for 2 workers")
        return Scripted(lambda _: Reply(HIT))

    crowded = queue_of(targets, lambda _: Reply(HIT), stop, workers=8, make=make)
    assert len(run_all(tmp_path, [crowded], stop).records) == 41
    assert crowded.stopped is None


def test_a_lost_worker_is_no_attempt_and_its_trial_is_asked_elsewhere(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    calls = iter(range(1000))

    def answer(request: Request) -> Reply:
        if next(calls) in (3, 4, 20):
            raise WorkerLost("its node is gone")
        return Reply(HIT)

    recorder = run_all(tmp_path, [queue_of(targets, answer, stop, workers=2, attempts=1)], stop)
    assert len({record.key for record in recorder.records}) == len(recorder.records) == 41
    assert {(record.error, record.attempts) for record in recorder.records} == {(None, 1)}


def test_a_trial_that_loses_every_worker_stays_in_error_and_the_others_are_asked(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    fatal = targets[0].instruction

    def answer(request: Request) -> Reply:
        if fatal in request.prompt:
            raise WorkerLost("its node is gone")
        return Reply(HIT)

    recorder = run_all(tmp_path, [queue_of(targets, answer, stop)], stop)
    wrong = [record for record in recorder.records if record.outcome == "error"]
    assert [record.instruction for record in wrong] == [fatal]
    assert wrong[0].error is not None
    assert wrong[0].error.message == "its node is gone"
    assert len(recorder.records) == 41


def test_a_model_whose_last_worker_cannot_be_made_again_is_stopped(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    made = iter([True])
    calls = iter(range(1000))

    def answer(request: Request) -> Reply:
        if next(calls) == 40:
            raise WorkerLost("its node is gone")
        return Reply(HIT)

    def make() -> Adapter:
        if not next(made, False):
            raise NoRoom("no node is left")
        return Scripted(answer)

    queue = queue_of(targets, answer, stop, workers=1, make=make)
    assert len(run_all(tmp_path, [queue], stop).records) == 40
    assert queue.stopped == "its adapter cannot be created: no node is left"


def test_an_adapter_that_exits_in_its_constructor_stops_its_model(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def make() -> Adapter:
        raise SystemExit(4)

    broken = queue_of(targets, lambda _: Reply(HIT), stop, make=make)
    assert run_all(tmp_path, [broken], stop).records == []
    assert broken.stopped == "its adapter cannot be created: the adapter called exit(4)"


def test_answers_on_their_way_land_when_the_run_stops(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        stop.set()
        time.sleep(0.3)
        return Reply(HIT)

    recorder = run_all(tmp_path, [queue_of(targets, answer, stop, workers=3)], stop)
    assert 1 <= len(recorder.records) <= 3
    assert len(read_records(tmp_path)) == len(recorder.records)


def test_grace_has_an_end(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop, never = threading.Event(), threading.Event()

    def answer(request: Request) -> Reply:
        stop.set()
        never.wait(20)
        return Reply(HIT)

    began = time.monotonic()
    recorder = run_all(tmp_path, [queue_of(targets, answer, stop, workers=2)], stop, grace_s=0.2)
    never.set()
    assert recorder.records == []
    assert time.monotonic() - began < 10


def test_a_worker_that_waits_for_a_retry_stops_at_once(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        threading.Timer(0.1, stop.set).start()
        raise RetryLater(60)

    began = time.monotonic()
    recorder = run_all(tmp_path, [queue_of(targets[:1], answer, stop)], stop)
    assert recorder.records == []  # not answered, so not recorded: asked again on resume
    assert time.monotonic() - began < 10


def test_a_journal_that_fails_ends_the_run(
    targets: list[AskedTarget], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()

    def full(self: Journal, records: list[Record]) -> None:
        raise RunError("disk full")

    monkeypatch.setattr(Journal, "append", full)
    with pytest.raises(RunError, match="disk full"):
        run_all(tmp_path, [queue_of(targets, lambda _: Reply(HIT), stop)], stop)
    assert stop.is_set()


def test_each_worker_has_its_own_adapter_and_closes_it(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    adapters: list[Any] = []

    class Counted(Scripted):
        closed = 0
        users: set[int]

        def __init__(self) -> None:
            self.users = set()
            adapters.append(self)

        def ask(self, request: Request) -> Reply:
            self.users.add(threading.get_ident())
            time.sleep(0.001)
            return Reply(HIT)

        def close(self) -> None:
            self.closed += 1

    run_all(
        tmp_path, [queue_of(targets, lambda _: Reply(HIT), stop, workers=5, make=Counted)], stop
    )
    assert len(adapters) == 5
    assert [adapter.closed for adapter in adapters] == [1] * 5
    assert all(len(adapter.users) <= 1 for adapter in adapters)


def test_secrets_never_reach_a_record(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()
    secret = "sk-planted-0123456789"

    def answer(request: Request) -> Reply:
        if request.seed % 2:
            raise GiveUp(f"401: the key {secret} is not valid")
        return Reply(f"your key is {secret} {HIT}")

    secrets = (Secret("OPENAI_API_KEY", secret),)
    recorder = run_all(tmp_path, [queue_of(targets[:8], answer, stop)], stop, secrets=secrets)
    assert len(recorder.records) == 8
    assert all(record.outcome == "error" for record in recorder.records)
    messages = [record.error.message for record in recorder.records if record.error]
    assert any("OPENAI_API_KEY" in message for message in messages)
    assert secret not in repr(recorder.records)
    assert secret.encode() not in (tmp_path / "trials.jsonl").read_bytes()


def test_lone_surrogates_are_stored(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()
    recorder = run_all(
        tmp_path, [queue_of(targets[:1], lambda _: Reply(HIT + "\ud800"), stop)], stop
    )
    assert recorder.records[0].reply is not None
    assert recorder.records[0].reply.text.startswith(HIT)
    assert len(read_records(tmp_path)) == 1


def test_a_picture_that_cannot_be_made_is_an_error_of_its_trial(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def broken(*_: Any) -> Picture:
        raise OSError("gone")

    recorder = run_all(
        tmp_path,
        [queue_of(targets[:2], lambda _: Reply(HIT), stop, profile="local-ocr")],
        stop,
        picture=broken,
    )
    assert [record.outcome for record in recorder.records] == ["error", "error"]


def test_rpm_spaces_the_requests() -> None:
    limiter = RateLimiter(threading.Event(), rpm=1200)
    began = time.monotonic()
    assert all(limiter.wait() for _ in range(5))
    assert time.monotonic() - began >= 4 * 0.05


@pytest.mark.parametrize(
    ("attempt", "after", "low", "high"),
    [(1, None, 0, 1), (4, None, 0, 8), (30, None, 0, 120), (1, 5.0, 5, 5.5), (1, 3600.0, 120, 120)],
)
def test_backoff_has_jitter_and_a_ceiling(
    attempt: int, after: float | None, low: float, high: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    monkeypatch.setattr(limits, "FIRST_WAIT_S", 1.0)
    waits = {backoff(attempt, after, random.Random(seed)) for seed in range(50)}
    assert low <= min(waits) <= max(waits) <= high
    assert len(waits) > 1 or low == high


def test_settings_reach_the_adapter_with_each_request(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    settings: list[Mapping[str, Any]] = []

    def answer(request: Request) -> Reply:
        settings.append(request.settings)
        return Reply(HIT)

    queue = queue_of(targets[:1], answer, stop)
    queue.sampling = {"temperature": 0}
    run_all(tmp_path, [queue], stop)
    assert settings == [{"temperature": 0}]


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"input_tokens": 1.5, "output_tokens": "7"}, (None, None)),
        ({"input_tokens": 1105.0, "output_tokens": -3}, (1105, None)),
        ({"input_tokens": float("nan"), "output_tokens": True}, (None, None)),
        ({"model": 7, "finish_reason": ["stop"], "request_id": b"x"}, (None, None)),
        ({"cost_usd": -1.0, "latency_s": float("inf")}, (None, None)),
        ({"input_tokens": 10**30}, (None, None)),
    ],
)
def test_odd_facts_beside_the_text_are_not_known_and_the_answer_is_kept(
    targets: list[AskedTarget], tmp_path: Path, fields: dict[str, Any], stored: tuple[Any, Any]
) -> None:
    stop = threading.Event()
    run_all(tmp_path, [queue_of(targets[:1], lambda _: Reply(HIT, **fields), stop)], stop)
    (record,) = read_records(tmp_path)
    assert record.outcome in ("hit", "miss")
    assert record.reply is not None
    assert (record.reply.input_tokens, record.reply.output_tokens) == stored
    assert record.cost_usd is None


def test_a_secret_that_is_a_word_of_the_journal_spoils_nothing(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    values = ("started_at", "screenshot", "as-is", "x", "5", "EMPTY", "point")
    secrets = tuple(Secret("LOCAL_API_KEY", value) for value in values)
    reply = Reply(f"as-is {HIT}", model="screenshot-1")
    run_all(tmp_path, [queue_of(targets[:1], lambda _: reply, stop)], stop, secrets=secrets)
    (record,) = read_records(tmp_path)
    assert record.variant == "as-is"
    assert record.reply is not None
    assert record.reply.text == f"as-is {HIT}"
    assert record.reply.model == "screenshot-1"


def test_an_adapter_that_exits_is_an_error(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        raise SystemExit(3)

    recorder = run_all(tmp_path, [queue_of(targets[:2], answer, stop)], stop)
    assert [r.error.message for r in recorder.records if r.error] == [
        "the adapter called exit(3)"
    ] * 2


def test_an_adapter_that_exits_gives_its_reservation_back(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        raise SystemExit(3)

    budget = Budget(1000.0, 0.0, stop)
    queue = queue_of(targets[:2], answer, stop, workers=1)
    queue.budget = ModelBudget(budget, lambda _input, _output: 1.0)
    # If it were kept, the second request would wait for the first one forever.
    deadline = threading.Timer(20, stop.set)
    deadline.start()
    assert len(run_all(tmp_path, [queue], stop).records) == 2
    deadline.cancel()
    assert budget.spent == 2.0


def test_the_servers_own_clock_is_believed(targets: list[AskedTarget], tmp_path: Path) -> None:
    stop = threading.Event()
    recorder = run_all(
        tmp_path, [queue_of(targets[:1], lambda _: Reply(HIT, latency_s=0.25), stop)], stop
    )
    assert recorder.records[0].latency_s == 0.25


def test_being_too_fast_is_forgiven_more_often_than_other_failures(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()

    def answer(request: Request) -> Reply:
        raise RetryLater(message="too many requests", status=429)

    recorder = run_all(tmp_path, [queue_of(targets[:1], answer, stop, attempts=3, workers=1)], stop)
    assert recorder.records[0].attempts == 5


def test_threads_take_turns_quickly_while_asking_and_as_before_afterwards(
    targets: list[AskedTarget], tmp_path: Path
) -> None:
    stop = threading.Event()
    before = sys.getswitchinterval()
    turns: list[float] = []

    def answer(request: Request) -> Reply:
        turns.append(sys.getswitchinterval())
        return Reply(HIT)

    run_all(tmp_path, [queue_of(targets, answer, stop)], stop)
    assert max(turns) < before
    assert sys.getswitchinterval() == before
