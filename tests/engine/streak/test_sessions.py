"""Sessions: the next click, the decision, and how often it is wrong; no model, no file."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from benchmarks.sequential import MISSES, Thresholds, new_test, old_test, simulate, wrong
from pointbench.engine.streak.scheduler import CAP_FACTOR, goal_of
from pointbench.engine.streak.sessions import Sessions, sampled_slot
from pointbench.errors import UsageError
from pointbench.runs import Goal
from pointbench.statistics.goal import fixed_clicks, hits_to_meet
from pointbench.statistics.intervals import clopper_pearson
from pointbench.statistics.sequential import decide, goal_rate, verdict
from pointbench.suites import AskedTarget, load_suite
from pointbench.trials import SessionRecord
from tests.conftest import DataRoot

PLAIN = Goal(k=10, chance=0.5, confidence=None, sessions=6, cap=None)
DECIDING = Goal(k=10, chance=0.5, confidence=0.95, sessions=None, cap=600)


def answer(rate: float, errors: float, seed: int, at: SessionRecord) -> bool | None:
    """A made-up model's outcome at a place, the same whenever it is asked there."""
    draw = random.Random(repr((seed, at.number, at.click)))
    failed, aim = draw.random(), draw.random()
    return None if failed < errors else aim < rate


def play(
    goal: Goal, rate: float, width: int, errors: float = 0.0, seed: int = 1
) -> tuple[Sessions, list[SessionRecord]]:
    """Ask ``width`` clicks at once, answered in any order, until the sessions are over."""
    sessions = Sessions(goal, width)
    order = random.Random(seed)
    flying: list[SessionRecord] = []
    asked: list[SessionRecord] = []
    while True:
        while len(flying) < width and (at := sessions.next_click()) is not None:
            flying.append(at)
            asked.append(at)
        if not flying:
            return sessions, asked
        at = flying.pop(order.randrange(len(flying)))
        sessions.record(at, answer(rate, errors, seed, at))


@pytest.mark.parametrize("width", [1, 3, 16])
@pytest.mark.parametrize("rate", [0.0, 0.6, 0.95, 1.0])
def test_sessions_end_at_the_first_failure_or_the_goal(rate: float, width: int) -> None:
    sessions, asked = play(PLAIN, rate, width)
    assert sessions.over
    assert sessions.left == 0
    assert len(set(asked)) == len(asked)
    by_session: dict[int, list[int]] = {}
    for at in asked:
        by_session.setdefault(at.number, []).append(at.click)
    assert sorted(by_session) == list(range(6))
    for number, clicks in by_session.items():
        assert clicks == list(range(len(clicks))), "clicks of a session follow each other"
        right = [answer(rate, 0.0, 1, SessionRecord(number=number, click=c)) for c in clicks]
        assert all(right[:-1])
        assert len(clicks) == 10 or not right[-1]


def test_an_error_censors_its_session_and_counts_for_nothing() -> None:
    sessions = Sessions(PLAIN, 1)
    for correct in (True, True, None):
        at = sessions.next_click()
        assert at is not None
        sessions.record(at, correct)
    assert (sessions.counted, sessions.hits, sessions.sessions[0].ended) == (2, 2, "error")
    assert sessions.next_click() == SessionRecord(number=1, click=0)


@pytest.mark.parametrize("width", [1, 2, 8, 32])
@pytest.mark.parametrize(("rate", "errors"), [(1.0, 0), (0.99, 0.05), (0.9, 0), (0.5, 0.1), (0, 0)])
def test_only_the_planned_order_decides_however_many_are_asked_at_once(
    rate: float, errors: float, width: int
) -> None:
    sessions, _ = play(DECIDING, rate, width, errors)
    one_by_one, _ = play(DECIDING, rate, 1, errors)
    assert (sessions.verdict, sessions.counted, sessions.hits) == (
        one_by_one.verdict,
        one_by_one.counted,
        one_by_one.hits,
    )
    in_order = [
        bool(answer(rate, errors, 1, SessionRecord(number=number, click=click)))
        for number, session in enumerate(one_by_one.sessions)
        for click in range(session.scored)
    ]
    again = decide(in_order[:600], goal_rate(10, 0.5), 0.95)
    assert (again.outcome, again.clicks, again.hits) == (
        sessions.verdict,
        sessions.counted,
        sessions.hits,
    )


@pytest.mark.parametrize("width", [1, 8, 64])
def test_a_flawless_row_wastes_no_click(width: int) -> None:
    sessions, asked = play(DECIDING, 1.0, width)
    assert sessions.verdict == "met"
    assert len(asked) == sessions.counted == hits_to_meet(0, 0, goal_rate(10, 0.5))


def test_the_cap_and_the_most_sessions_leave_it_undecided() -> None:
    capped = Goal(k=10, chance=0.5, confidence=0.95, sessions=None, cap=20)
    sessions, _ = play(capped, 0.93, 4)
    assert (sessions.verdict, sessions.counted, sessions.left) == ("undecided", 20, 0)
    bounded = Goal(k=10, chance=0.5, confidence=0.95, sessions=3, cap=None)
    sessions, asked = play(bounded, 1.0, 4)
    assert (sessions.verdict, len(asked), sessions.left) == ("undecided", 30, 0)


def test_what_was_answered_before_a_stop_leads_to_the_same_end() -> None:
    whole, asked = play(DECIDING, 0.97, 1)
    begun = Sessions(DECIDING, 4)
    for at in asked[: len(asked) // 2]:
        begun.record(at, answer(0.97, 0.0, 1, at))
    while (after := begun.next_click()) is not None:
        begun.record(after, answer(0.97, 0.0, 1, after))
    assert (begun.verdict, begun.counted) == (whole.verdict, whole.counted)


@pytest.fixture
def targets(small: DataRoot) -> list[AskedTarget]:
    return [target for target in load_suite(small.path, "small").asked() if not target.absent]


def test_targets_are_drawn_evenly_with_replacement_and_by_the_seed(
    targets: list[AskedTarget],
) -> None:
    places = [SessionRecord(number=n, click=c) for n in range(300) for c in range(10)]
    slots = [sampled_slot(targets, PLAIN, 7, at) for at in places]
    counts = Counter(slot.target.id for slot in slots)
    assert set(counts) == {target.id for target in targets}
    # 3,000 draws of 10 targets: 300 each, with a standard deviation of 16.
    assert max(abs(count - 300) for count in counts.values()) < 80
    assert slots == [sampled_slot(targets, PLAIN, 7, at) for at in places]
    other = [sampled_slot(targets, PLAIN, 8, at).target.id for at in places]
    assert other != [slot.target.id for slot in slots]
    assert [slot.order for slot in slots] == list(range(3000))


def test_a_fixed_plan_is_the_fewest_clicks_with_the_stated_power() -> None:
    from scipy.stats import binom

    rate = goal_rate(10, 0.5)

    def power(n: int) -> float:
        """The chance that half the allowed misses are few enough, by Clopper-Pearson alone."""
        enough = [m for m in range(n) if clopper_pearson(n - m, n)[0] > rate]
        return float(binom.cdf(max(enough), n, (1 - rate) / 2)) if enough else 0.0

    n = fixed_clicks(rate)
    assert power(n) >= 0.8
    assert power(n - 1) < 0.8
    assert goal_of(10, 0.5, None, 0.95).cap == CAP_FACTOR * n


def test_a_fixed_plan_of_more_clicks_than_32_bits_hold() -> None:
    # Poisson misses: clicks are in proportion to 1 / the misses allowed.
    small, large = (fixed_clicks(1 - allowed) for allowed in (1e-5, 1e-8))
    assert large == pytest.approx(1000 * small, rel=1e-3)
    assert large > 2**31


def test_hits_to_meet_is_the_first_moment() -> None:
    rate = goal_rate(20, 0.8)
    for hits, n in ((0, 0), (50, 52), (10, 20)):
        more = hits_to_meet(hits, n, rate)
        assert verdict(hits + more, n + more, rate) == "met"
        assert verdict(hits + more - 1, n + more - 1, rate) != "met"


def test_a_goal_that_nothing_could_tell_is_refused() -> None:
    for chance, confidence in ((1.0, None), (0.0, None), (0.5, 1.0), (0.5, 0.0)):
        with pytest.raises(UsageError, match="above 0 and below 1"):
            goal_of(10, chance, None, confidence)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fixed_clicks(1.0)


@pytest.mark.parametrize(("k", "chance"), [(1, 0.05), (1, 0.9), (10, 0.5), (100, 0.5)])
def test_looking_after_every_click_keeps_the_error_rate(k: int, chance: float) -> None:
    """A short version of benchmarks/sequential.py, whose output is next to it."""
    rate = goal_rate(k, chance)
    thresholds = Thresholds(new_test(rate, 0.95))
    rng = np.random.default_rng(5)
    cap = CAP_FACTOR * fixed_clicks(rate)
    for multiple in MISSES:
        outcome = simulate(thresholds, min(1.0, multiple * (1 - rate)), cap, 1000, rng)
        # 5 % allowed; three standard errors of 1,000 rows are 2.1 %.
        assert wrong(outcome, multiple) <= 0.05 + 0.021
    longer = simulate(thresholds, 1 - rate, 10 * cap, 1000, rng)
    assert max(longer.met, longer.not_met) <= 0.05 + 0.021


@pytest.mark.parametrize(("k", "expected"), [(10, 304), (100, 3248)])
def test_half_the_allowed_misses_take_two_thirds_of_the_clicks_of_the_old_test(
    k: int, expected: int
) -> None:
    rate = goal_rate(k, 0.5)
    cap = CAP_FACTOR * fixed_clicks(rate)
    new, old = (
        simulate(Thresholds(test(rate, 0.95)), (1 - rate) / 2, cap, 2000, np.random.default_rng(6))
        for test in (new_test, old_test)
    )
    assert new.clicks == pytest.approx(expected, rel=0.06)
    assert new.clicks <= 0.65 * old.clicks
    assert new.met > old.met


def test_the_benchmark_decides_as_the_command_does() -> None:
    """Rows drawn click by click, against the benchmark's thresholds."""
    rate = goal_rate(10, 0.5)
    thresholds = Thresholds(new_test(rate, 0.95))
    draw = random.Random(2)
    for _ in range(30):
        row = [draw.random() < draw.choice((0.8, rate, 0.99)) for _ in range(400)]
        decision = decide(row, rate, 0.95)
        misses = 0
        expected = ("undecided", 400)
        for n, right in enumerate(row, 1):
            misses += not right
            if right and n >= thresholds.met(misses):
                expected = ("met", n)
                break
            if not right and n <= thresholds.not_met(misses):
                expected = ("not met", n)
                break
        assert (decision.outcome, decision.clicks) == expected
