"""A gate's answers are looked at in planned order, whatever arrives first."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointbench.engine.asking.work_item import WorkItem
from pointbench.engine.gate.claims import GateTests, gate_of
from pointbench.engine.gate.progress import GateProgress
from pointbench.engine.gate.result import result_of
from pointbench.engine.gate.scheduler import GateQueue
from pointbench.engine.planning.plan import slots
from pointbench.errors import UsageError
from pointbench.runs import Gate, GateReference
from pointbench.statistics.gate import decide_orders, need_for_margin
from pointbench.suites import AskedTarget


def reference(old: Sequence[float]) -> GateReference:
    return GateReference(run="old", model="m", digest="0", present=len(old))


def gate(old: Sequence[float], **claims: float | None) -> Gate:
    numbers: dict[str, float | None] = {"margin": 0.05, "min_hit_rate": None, **claims}
    return gate_of(
        "m",
        len(old),
        reference(old),
        old,
        margin=numbers["margin"],
        min_hit_rate=numbers["min_hit_rate"],
        confidence=numbers.get("confidence") or 0.95,
        seed="drawn",
    )


def progress_on(old: Sequence[float], **claims: float | None) -> GateProgress:
    return GateProgress(GateTests(gate(old, **claims), old))


def fed(progress: GateProgress, answers: Sequence[tuple[int, bool | None]]) -> GateProgress:
    for position, correct in answers:
        progress.record(position, correct)
    return progress


OLD = [float(number % 3 != 0) for number in range(200)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(1, 64), st.integers(0, 12))
def test_the_verdict_is_the_same_whatever_arrives_first(seed: int, width: int, lost: int) -> None:
    draw = random.Random(seed)
    hits = [i for i, old in enumerate(OLD) if old]
    missed = set(draw.sample(hits, lost))
    new = [bool(old) and i not in missed for i, old in enumerate(OLD)]
    planned = fed(progress_on(OLD), list(enumerate(new)))

    shuffled = progress_on(OLD)
    ahead: list[int] = []
    following = 0
    while not shuffled.over:
        while len(ahead) < width and following < len(new):
            ahead.append(following)
            following += 1
        # Misses come late.
        place = max(ahead, key=lambda position: (new[position], draw.random()))
        ahead.remove(place)
        shuffled.record(place, new[place])
    assert shuffled.verdict == planned.verdict
    assert shuffled.decided_after == planned.decided_after
    assert shuffled.looked_as == planned.looked_as


def test_an_answer_that_is_out_blocks_those_behind_it() -> None:
    progress = fed(progress_on(OLD), [(i, bool(OLD[i])) for i in range(1, 150)])
    assert (progress.looked, progress.verdict, progress.ahead) == (0, None, 149)
    progress.record(0, False)
    assert progress.verdict == "pass"
    assert progress.decided_after is not None
    assert progress.decided_after < 100


def test_an_error_is_given_up_once_it_fails_again_after_another_answer() -> None:
    progress = fed(progress_on(OLD), [(0, None), (0, None)])
    assert list(progress.due()) == []
    assert progress.looked == 0  # nothing was answered in between: that may be an outage
    progress.record(1, True)
    assert list(progress.due()) == [0]
    progress.record(0, None)
    assert progress.looked_as == [None, 1]
    assert progress.in_error == 1


def test_an_error_is_given_up_once_it_fails_again_and_nothing_else_is_left() -> None:
    before, last = 3, 4
    answered = [(position, True) for position in range(before)]
    progress = fed(progress_on([1.0] * 5), [*answered, (before, None), (last, None)])
    assert progress.given_up == set()
    progress.record(before, None)
    progress.record(last, None)
    assert progress.given_up == {before, last}
    assert progress.looked == progress.total


def test_an_error_that_is_answered_when_it_is_asked_again_counts_as_the_answer() -> None:
    progress = fed(progress_on(OLD), [(0, None), (1, True), (0, True)])
    assert progress.looked_as == [1, 1]
    assert progress.in_error == 0


def test_a_late_answer_counts_in_the_exact_verdict_alone() -> None:
    old = [1.0] * 20
    # Of 20 hits a margin of 1 may be lost, and two are in error: both verdicts are open at the end.
    answers: list[tuple[int, bool | None]] = [
        (0, None), (2, True), (0, None), (1, None), (3, True), (1, None),
        *((position, True) for position in range(4, 20)),
    ]  # fmt: skip
    progress = fed(progress_on(old), answers)
    assert progress.looked == 20
    assert progress.verdict is None
    progress.record(0, True)
    assert progress.looked_as[0] is None
    assert progress.verdict == "pass"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_same_lines_always_give_the_same_verdict(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 30))
    verdicts = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n - 1, max_size=n - 1)
    old = [1.0, *data.draw(verdicts)]
    position = st.integers(0, n - 1)
    lines = data.draw(
        st.lists(st.tuples(position, st.sampled_from([True, False, None])), max_size=90)
    )
    claims = data.draw(st.sampled_from([{"margin": 0.0}, {"margin": 0.02, "min_hit_rate": 0.5}]))
    one, other = progress_on(old, **claims), progress_on(old, **claims)
    fed(one, lines)
    cut = data.draw(st.integers(0, len(lines)))
    fed(other, lines[:cut])
    fed(other, lines[cut:])
    assert (one.verdict, one.decided_after, one.looked_as) == (
        other.verdict, other.decided_after, other.looked_as,
    )  # fmt: skip
    # Recomputed from the definition: the answers not looked at yet that are known.
    assert one.ahead == sum(position >= one.looked for position in one.correct)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_with_all_targets_answered_the_verdict_is_exact(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 25))
    bits = st.lists(st.booleans(), min_size=n, max_size=n)
    old, new = [True, *data.draw(bits)[1:]], data.draw(bits)
    margin = data.draw(st.sampled_from([0.0, 0.01, 0.02]))
    progress = progress_on([float(bit) for bit in old], margin=margin, confidence=1 - 1e-12)
    fed(progress, list(enumerate(new)))
    loses = sum(old) - sum(new)
    assert progress.verdict == ("pass" if loses <= margin * n + 1e-9 else "fail")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_bound_that_bears_the_verdict_says_the_same(data: st.DataObject) -> None:
    """low >= need where it passes, high < need where it fails, neither while it is open."""
    n = data.draw(st.integers(2, 40))
    verdicts = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n - 1, max_size=n - 1)
    old = [1.0, *data.draw(verdicts)]
    targets = [
        AskedTarget.model_construct(
            suite="s", id=f"t{i:02}", screenshot="s/a.png", app=None, kind=None
        )
        for i in range(n)
    ]
    margin = data.draw(st.sampled_from([0.0, 0.01, 0.02]))
    claim = gate(old, margin=margin, confidence=data.draw(st.sampled_from([0.5, 0.8, 0.95])))
    progress = GateProgress(GateTests(claim, old))
    outcomes = st.sampled_from([True, False, None])
    lines = data.draw(st.lists(st.tuples(st.integers(0, n - 1), outcomes), max_size=4 * n))
    fed(progress, lines)
    result = result_of(progress, claim, targets, old)
    assert result.difference is not None
    need = need_for_margin(old, margin) - sum(old)
    low, high = n * result.difference.low, n * result.difference.high
    assert (low >= need - 1e-6) is (result.verdict == "pass")
    assert (high < need - 1e-6) is (result.verdict == "fail")


def test_both_claims_must_hold_and_each_can_fail() -> None:
    new = [(i, bool(old)) for i, old in enumerate(OLD)]
    assert fed(progress_on(OLD, min_hit_rate=0.5), new).verdict == "pass"
    assert fed(progress_on(OLD, min_hit_rate=0.9), new).verdict == "fail"
    assert fed(progress_on(OLD, min_hit_rate=133 / 200), new).verdict == "pass"
    assert fed(progress_on(OLD, min_hit_rate=134 / 200), new).verdict == "fail"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_known_for_certain_outweighs_a_claim_decided_early(data: st.DataObject) -> None:
    """At this confidence nearly the first answer decides; the other claim runs on to the end."""
    n = data.draw(st.integers(2, 40))
    new = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    margin, minimum = 0.3, data.draw(st.sampled_from([0.4, 0.7, 0.9]))
    progress = progress_on([1.0] * n, margin=margin, min_hit_rate=minimum, confidence=0.05)
    fed(progress, list(enumerate(new)))
    hits = sum(new[: progress.looked])
    most, needs = (
        hits + n - progress.looked,
        [need_for_margin([1.0] * n, margin), math.ceil(minimum * n - 1e-9)],
    )
    if hits >= max(needs):
        assert progress.verdict == "pass"
    elif most < max(needs):
        assert progress.verdict == "fail"


def test_a_margin_that_passed_early_fails_once_all_targets_say_so() -> None:
    """11 hits are lost where 10 may be, most of them late; the minimum is just met, by the last answer."""
    truth = [(1.0, True)] * 139 + [(1.0, False)] * 11 + [(0.0, False)] * 50
    draw = random.Random(133)
    draw.shuffle(truth)
    old, new = [before for before, _ in truth], [(i, now) for i, (_, now) in enumerate(truth)]
    rate = 139 / 200
    progress = fed(progress_on(old, margin=0.05, min_hit_rate=rate), new)
    assert progress.tests.margin is not None
    assert progress.tests.margin.verdict == "pass"
    assert progress.verdict == "fail"
    targets = [
        AskedTarget.model_construct(
            suite="s", id=f"t{i:03}", screenshot="s/a.png", app=None, kind=None
        )
        for i in range(200)
    ]
    claim = gate(old, margin=0.05, min_hit_rate=rate)
    result = result_of(progress, claim, targets, old)
    assert result.difference is not None
    assert result.difference.high * 200 < -10


def test_another_model_that_answers_voids_the_verdict() -> None:
    progress = progress_on(OLD)
    progress.record(0, True, "gpt-4o-2024-08-06")
    progress.record(1, True, "gpt-4o-2024-08-06")
    assert not progress.over
    progress.record(2, True, "gpt-4o-2024-11-20")
    assert progress.over


def targets_on_screens(n: int, screens: int) -> list[AskedTarget]:
    return [
        AskedTarget.model_construct(
            suite="s", id=f"t{number:04d}", screenshot=f"s/{number % screens}.png"
        )
        for number in range(n)
    ]


@pytest.mark.parametrize("screens", [10, 40])
def test_a_loss_on_whole_screens_passes_no_more_often_than_it_may(screens: int) -> None:
    """In the order that the plan gives; blocks of screens would pass it in most seeds."""
    n, margin, orders = 300, 0.05, 200
    targets = targets_on_screens(n, screens)
    old = {target.id: 1.0 for target in targets}
    need = need_for_margin(list(old.values()), margin)
    # One hit more than the margin is lost, screen by screen.
    by_screen = sorted(targets, key=lambda target: (target.screenshot, target.id))
    lost = {target.id for target in by_screen[: n - need + 1]}
    rows = [[slot.target.id for slot in slots(targets, 1, ("as-is",), s)] for s in range(orders)]
    new = np.array([[0.0 if identity in lost else 1.0 for identity in row] for row in rows])
    verdicts, _ = decide_orders(np.ones_like(new), new, need, margin * n)
    assert (verdicts == 1).mean() <= 0.085


@pytest.mark.parametrize(
    ("old", "claims", "says"),
    [
        ([0.0] * 50, {}, "hit only 0 of these 50 targets"),
        ([1.0] + [0.0] * 49, {"margin": 0.02}, "not more than a margin of 2 points is"),
        ([1.0], {}, "a single target cannot be compared"),
        ([], {}, "none of its 0 present targets can be compared"),
    ],
)
def test_a_claim_that_says_nothing_is_refused(
    old: list[float], claims: dict[str, float], says: str
) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        gate(old, **claims)
    assert "\n" not in str(refused.value)


def test_a_tie_with_the_margin_passes() -> None:
    old = [1.0] * 60 + [0.0] * 40
    for lost, verdict in ((7, "pass"), (8, "fail")):
        new = [i >= lost and i < 60 for i in range(100)]
        progress = progress_on(old, margin=0.07, confidence=1 - 1e-12)
        assert fed(progress, list(enumerate(new))).verdict == verdict


def test_a_trial_that_was_put_back_is_the_next_one_again() -> None:
    queue = GateQueue(progress_on(OLD), item_at, 3, threading.Event())
    taken = [queue.take() for _ in range(3)]
    queue.put_back(taken[1])  # type: ignore[arg-type]
    assert queue.take() is taken[1]


def item_at(position: int) -> WorkItem:
    target = AskedTarget.model_construct(suite="s", id=f"t{position}")
    return WorkItem(SimpleNamespace(order=position), target)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [1, 3, 16])
@pytest.mark.parametrize("broken", [set(), {0}, {5, 6, 7}, set(range(0, 200, 9))])
def test_threads_ask_no_more_than_they_must(width: int, broken: set[int]) -> None:
    """Real threads: every wait ends, and few answers are asked in vain."""
    progress = progress_on(OLD, margin=0.2)
    queue = GateQueue(progress, item_at, width, threading.Event())
    asked: list[int] = []

    def work() -> None:
        while (item := queue.take()) is not None:
            position = item.trial.order
            asked.append(position)
            time.sleep(random.random() / 2000)
            correct = None if position in broken else bool(OLD[position])
            line = SimpleNamespace(order=position, correct=correct, reply=None, error=None)
            queue.record(line)  # type: ignore[arg-type]

    threads = [threading.Thread(target=work) for _ in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert progress.verdict == "pass"
    errors = len({position for position in asked if position in broken})
    assert len(set(asked)) <= progress.looked + width - 1 + errors


def test_a_resumed_gate_with_fewer_at_once_asks_what_is_missing() -> None:
    progress = progress_on(OLD)
    for position in range(3, 40):
        progress.record(position, bool(OLD[position]))
    queue = GateQueue(progress, item_at, 2, threading.Event())
    taken = [queue.take() for _ in range(1)]
    assert [item.trial.order for item in taken if item] == [0]
    for position in range(3):
        progress.record(position, bool(OLD[position]))
    assert progress.looked == 40
