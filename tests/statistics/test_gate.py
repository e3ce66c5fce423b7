"""Deciding whether a model keeps a stored run's total, while it is asked."""

from __future__ import annotations

import importlib.util
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pointbench.statistics import gate
from pointbench.statistics.betting import DOWN, UP, Bets, Side
from pointbench.statistics.gate import GateClaim, GateTest

Floats = NDArray[np.float64]
Answers = Sequence[int | None]


# The same method written a second time, plainly: one target after the other, hits for both sides,
# capitals in logarithms.

GOALS_UP = {0.25: 0.1, 0.5: 0.2, 1: 0.4, 2: 0.2, 4: 0.1}
GOALS_DOWN = {0.25: 0.1, 0.5: 0.2, 1: 0.25, 2: 0.25, 5: 0.2}


def plain_refuted(
    old: Sequence[float], new: Answers, total: int, unit: float, up: bool, alpha: float
) -> int | None:
    """After how many answers one side refutes the edge of its claim; None if never.

    Going up the claim is a total of at most ``total``, going down one of at least ``total``.
    """
    n = len(old)
    constant = min(old) == max(old)
    goals = GOALS_UP if up else GOALS_DOWN
    logs = dict.fromkeys(goals, 0.0)
    past: list[tuple[float, int]] = []
    squares = hits = 0.0
    for i, answer in enumerate(new):
        b = (0 if up else 1) if answer is None else answer
        a = old[i]
        r = n - i
        mean_left = math.fsum(old[i:]) / r
        n1 = math.fsum(x for x, _ in past)
        n0 = len(past) - n1
        lost = math.fsum(x * (1 - y) for x, y in past)
        won = math.fsum((1 - x) * y for x, y in past)
        gamma = 1 - min(0.9, (lost + 0.6) / (n1 + 20) + (won + 1) / (n0 + 20))
        if constant:
            gamma = 0.0
        beta = (total - hits) / r
        y = b - gamma * (a - mean_left)
        v = (squares + 50 * 0.05) / (len(past) + 50)
        room = beta + gamma * (1 - mean_left) if up else 1 + gamma * mean_left - beta
        for g in goals:
            delta = g * unit / r
            stake = delta / (v + delta**2)
            if room > 0:
                stake = min(stake, 0.99 / room)
            logs[g] += math.log1p(stake * (y - beta) if up else -stake * (y - beta))
        drift = math.fsum(y - x for x, y in past) / len(past) if past else 0.0
        squares += min(1.0, (y - mean_left - drift) ** 2)
        past.append((a, b))
        hits += b
        if (hits > total) if up else (hits + r - 1 < total):
            return i + 1
        largest = max(logs.values())
        capital = largest + math.log(
            math.fsum(weight * math.exp(logs[g] - largest) for g, weight in goals.items())
        )
        if capital >= -math.log(alpha):
            return i + 1
    return None


def plain_gate(claim: GateClaim, new: Answers, alpha: float) -> tuple[str | None, int]:
    old, need, unit = claim.old, claim.need, claim.unit
    passed = plain_refuted(old, new, need - 1, unit, True, alpha)
    failed = plain_refuted(old, new, need, unit, False, alpha)
    if passed is not None and (failed is None or passed < failed):
        return "pass", passed
    return (None, len(new)) if failed is None else ("fail", failed)


def plain_totals(claim: GateClaim, new: Answers, alpha: float) -> tuple[int, int]:
    old, unit, n = claim.old, claim.unit, len(claim.old)
    open_up = [k for k in range(n + 1) if plain_refuted(old, new, k, unit, True, alpha) is None]
    open_down = [k for k in range(n + 1) if plain_refuted(old, new, k, unit, False, alpha) is None]
    return min(open_up), max(open_down)


def fed(claim: GateClaim, new: Answers, confidence: float = 0.95) -> GateTest:
    test = GateTest(claim, confidence)
    for answer in new:
        test.add(answer)
    return test


def random_case(rng: np.random.Generator, most: int) -> tuple[GateClaim, list[int | None], float]:
    """A stored run with or without repeats, new answers with or without errors, and a margin."""
    n = int(rng.integers(1, most))
    repeats = int(rng.choice([1, 1, 2, 3, 5]))
    old = rng.binomial(repeats, np.where(rng.random(n) < 0.1, 0.5, rng.random(n) < 0.7)) / repeats
    flipped = rng.random(n) < rng.choice([0.0, 0.05, 0.3])
    new: list[int | None] = [
        None if error else int((verdict > 0.5) != flip)
        for verdict, flip, error in zip(
            old, flipped, rng.random(n) < rng.choice([0.0, 0.05]), strict=True
        )
    ]
    margin = float(rng.choice([0.0, 0.01, 0.02, 0.05, 0.1]))
    alpha = float(rng.choice([0.01, 0.05, 0.1, 0.001]))
    if rng.random() < 0.2:
        rate = float(rng.uniform(0.3, 0.9))
        known = old.tolist() if rng.random() < 0.5 else None
        return GateClaim.of_minimum(n, rate, known), new, alpha
    return GateClaim.of_margin(old.tolist(), margin), new, alpha


def test_verdict_and_clicks_equal_a_second_implementation_in_200_random_cases() -> None:
    rng = np.random.default_rng(7)
    seen: set[str | None] = set()
    for _ in range(200):
        claim, new, alpha = random_case(rng, 120)
        test = fed(claim, new, 1 - alpha)
        if not 1 <= claim.need <= len(claim.old):
            assert test.clicks == 0
            continue
        assert (test.verdict, test.clicks) == plain_gate(claim, new, alpha)
        assert test.decided_after == (None if test.verdict is None else test.clicks)
        seen.add(test.verdict)
    assert seen == {"pass", "fail", None}


def test_bounds_equal_a_second_implementation() -> None:
    rng = np.random.default_rng(8)
    for _ in range(12):
        claim, new, alpha = random_case(rng, 40)
        test = GateTest(claim, 1 - alpha)
        for answer in new[: int(rng.integers(0, len(new) + 1))]:
            test.add(answer)
        if test.clicks:
            assert test.totals() == plain_totals(claim, new[: test.clicks], alpha)


@pytest.mark.parametrize("seed", range(4))
def test_low_reaches_the_need_exactly_where_the_gate_passes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(10):
        claim, new, alpha = random_case(rng, 300)
        n = len(claim.old)
        test = GateTest(claim, 1 - alpha)
        before = (0, n)
        for place, answer in enumerate(new):
            test.add(answer)
            if place % 7 == 0 or test.verdict is not None:
                low, high = test.totals()
                assert 0 <= low <= high <= n
                assert (test.verdict == "pass") == (low >= claim.need)
                assert (test.verdict == "fail") == (high < claim.need)
                if test.verdict is None:  # never wider than before
                    assert before[0] <= low
                    assert high <= before[1]
                before = low, high
            if test.verdict is not None:
                break
        low, high = test.totals()
        old = sum(claim.old)
        assert test.bounds() == pytest.approx(((low - old) / n, (high - old) / n))
        assert test.bounds_rate() == pytest.approx((low / n, high / n))


def test_bounds_asked_for_late_are_those_asked_for_all_along() -> None:
    rng = np.random.default_rng(5)
    claim, new, alpha = random_case(rng, 200)
    once, often = GateTest(claim, 1 - alpha), GateTest(claim, 1 - alpha)
    for answer in new:
        once.add(answer)
        often.add(answer)
        often.bounds()
    assert once.bounds() == often.bounds()


def gates(
    n: int,
    lost: int,
    won: int,
    margin: float = 0.02,
    rate: float = 0.66,
    runs: int = 400,
    confidence: float = 0.95,
    seed: int = 20261129,
) -> tuple[float, float, float]:
    """Shares of pass and fail and mean clicks in random orders of a bank with these flips."""
    hits = round(rate * n)
    old = np.zeros(n)
    old[:hits] = 1
    new = old.copy()
    new[:lost] = 0
    new[hits : hits + won] = 1
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (runs, 1)), axis=1)
    claim = GateClaim.of_margin(old.tolist(), margin)
    verdicts, clicks = gate.decide_orders(
        old[order], new[order], claim.need, claim.unit, confidence
    )
    return float((verdicts == 1).mean()), float((verdicts == -1).mean()), float(clicks.mean())


def test_at_the_margin_few_verdicts_are_wrong() -> None:
    assert gates(470, 10, 0)[0] <= 0.085  # one target beyond the margin
    assert gates(470, 17, 8)[1] <= 0.085  # one target within it
    assert gates(470, 24, 0, margin=0.05, confidence=0.8)[0] <= 0.27


@pytest.mark.parametrize(
    ("lost", "won", "verdict", "share", "clicks"),
    [
        (32, 32, "pass", 0.98, 545),
        (6, 6, "pass", 0.99, 280),
        (76, 13, "fail", 0.98, 370),
        (139, 13, "fail", 0.99, 130),
    ],
)
def test_clear_cases_are_decided_early(
    lost: int, won: int, verdict: str, share: float, clicks: int
) -> None:
    passed, failed, mean = gates(1264, lost, won)
    assert (passed if verdict == "pass" else failed) >= share
    assert mean <= clicks


def test_many_gates_at_once_decide_like_each_alone() -> None:
    rng = np.random.default_rng(3)
    for _ in range(8):
        claim, new, alpha = random_case(rng, 120)
        n = len(new)
        if not 1 <= claim.need <= n:
            continue
        numbers = np.array([np.nan if answer is None else answer for answer in new])
        order = rng.permuted(np.tile(np.arange(n), (6, 1)), axis=1)
        old = np.array(claim.old)[order]
        verdicts, clicks = gate.decide_orders(
            old, numbers[order], claim.need, claim.unit, 1 - alpha
        )
        for run, places in enumerate(order):
            alone = fed(
                GateClaim(old[run].tolist(), claim.need, claim.unit),
                [new[place] for place in places],
                1 - alpha,
            )
            said = {"pass": 1, "fail": -1, None: 0}[alone.verdict]
            assert (said, alone.clicks) == (verdicts[run], clicks[run])


# Orders, as benchmarks/gate.py simulates them


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    script = Path(__file__).resolve().parents[2] / "benchmarks" / "gate.py"
    spec = importlib.util.spec_from_file_location("pointbench_gate_benchmark", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_slow_misses_do_not_matter_to_answers_read_in_planned_order(benchmark: ModuleType) -> None:
    rng = np.random.default_rng(9)
    pair = benchmark.simulated(1264, 0.66, 45, 19)  # one target beyond the margin
    claim = GateClaim.of_margin(pair.old.tolist(), 0.02)
    orders = next(benchmark.random_orders(pair, 100, rng))
    arrived = np.array([benchmark.arrival(pair, order, 64, 5, rng) for order in orders])
    planned, clicks = gate.decide_orders(pair.old[orders], pair.new[orders], claim.need, claim.unit)
    assert (planned == 1).mean() <= 0.12
    for run in range(5):
        test = benchmark.in_planned_order(pair, orders[run], arrived[run])
        assert test.verdict == {1: "pass", -1: "fail"}[planned[run]]
        assert test.clicks == clicks[run]
    # Read as they arrive, the same answers pass most of the time.
    read, _ = gate.decide_orders(pair.old[arrived], pair.new[arrived], claim.need, claim.unit)
    assert (read == 1).mean() >= 0.7


def test_targets_asked_in_blocks_make_a_gate_err(benchmark: ModuleType) -> None:
    rng = np.random.default_rng(9)
    n, blocks = 1040, np.repeat(np.arange(26), 40)
    old = (rng.random(n) < 0.66).astype(float)
    new = old.copy()
    new[np.flatnonzero(old)[: int(0.02 * n) + 1]] = 0  # all within one block
    pair = benchmark.Pair(old, new)
    assert benchmark.gates(pair, 0.02, 200, rng).passed <= 0.1
    assert benchmark.decide(pair, 0.02, benchmark.in_blocks(blocks, 200, rng)).passed >= 0.5


# The law that the error rate rests on, for every bank of few targets and every order of it.


def arrangements(kinds: Sequence[tuple[float, int]]) -> tuple[Floats, Floats]:
    """All orders of targets with these (old, new) verdicts; alike targets are not told apart."""
    orders = np.array(sorted(set(itertools.permutations(kinds))), dtype=float)
    return np.ascontiguousarray(orders[:, :, 0]), np.ascontiguousarray(orders[:, :, 1])


def banks(n: int, olds: Sequence[float]) -> Iterator[tuple[tuple[float, int], ...]]:
    return itertools.combinations_with_replacement(list(itertools.product(olds, (0, 1))), n)


@pytest.mark.parametrize(
    ("n", "olds"), [(1, (0, 1)), (4, (0, 1)), (6, (0, 1)), (4, (0, 0.5, 1)), (3, (0.2, 0.7))]
)
@pytest.mark.parametrize("side", [UP, DOWN], ids=["up", "down"])
def test_the_capital_is_a_supermartingale(n: int, olds: Sequence[float], side: Side) -> None:
    for kinds in banks(n, olds):
        old, new = arrangements(kinds)
        if side.mirrored:
            old, new = 1 - old, 1 - new
        total = int(new[0].sum())
        for claimed in {total, min(total + 1, n), n}:
            for unit in (0.02 * n, 1.0):
                bets = Bets(side, np.array([float(claimed)]), unit, bool(np.ptp(old) == 0))
                for place in range(n):
                    rest = old[:, place:].mean(axis=1)
                    bets.add(new[:, place], old[:, place], rest, n - place)
                    capital = bets.capital()
                    assert (capital >= 0).all()
                    assert capital.mean() <= 1 + 1e-12, (kinds, claimed)


@given(st.integers(0, 2**32), st.sampled_from([UP, DOWN]))
@settings(deadline=None, max_examples=60)
def test_the_capital_falls_as_the_claimed_total_grows(seed: int, side: Side) -> None:
    # What is not refuted is therefore an interval, and the bounds are its ends.
    rng = np.random.default_rng(seed)
    claim, new, _ = random_case(rng, 50)
    n = len(new)
    old = np.array(claim.old)
    told = np.array([0 if answer is None else answer for answer in new], dtype=float)
    if side.mirrored:
        old, told = 1 - old, 1 - told
    bets = Bets(side, np.arange(n + 1.0), claim.unit, constant=False)
    hits = 0.0
    for place in range(n):
        one = slice(place, place + 1)
        bets.add(told[one], old[one], old[place:].mean(keepdims=True), n - place)
        hits += told[place]
        capital = bets.capital()[int(hits) :]  # fewer are refuted by counting
        assert (np.diff(capital) <= 1e-9 * capital[:-1]).all()


@pytest.mark.parametrize(("n", "olds"), [(2, (0, 1)), (7, (0, 1)), (4, (0, 0.5, 1))])
def test_no_bank_is_judged_wrongly_more_often_than_allowed(n: int, olds: Sequence[float]) -> None:
    for kinds in banks(n, olds):
        old, new = arrangements(kinds)
        total = int(new[0].sum())
        for need in {total, total + 1} & set(range(1, n + 1)):
            wrong = -1 if total >= need else 1
            for confidence in (0.4, 0.8, 0.95):
                verdicts, clicks = gate.decide_orders(old, new, need, 1.0, confidence)
                assert (verdicts == wrong).mean() <= 1 - confidence, (kinds, need)
                assert (verdicts != 0).all()  # with the last answer at the latest
                assert (clicks <= n).all()


def test_bets_decide_even_banks_of_few_targets_early_and_sometimes_wrongly() -> None:
    # Else the two tests above would hold for a gate that only counts.
    old, new = arrangements([(0, 0)] * 6 + [(0, 1)])
    verdicts, clicks = gate.decide_orders(old, new, 1, 1.0, 0.4)
    assert (verdicts == -1).mean() == pytest.approx(4 / 7)
    assert (clicks < 7).any()


# Exactness


def test_with_the_last_answer_the_verdict_is_exact_at_a_tie() -> None:
    old = [1] * 60 + [0] * 40
    for lost, verdict in ((7, "pass"), (8, "fail")):  # 0.07 * 100 is a little more than 7
        new = [0] * lost + [1] * (60 - lost) + [0] * 40
        order = [*range(20, 100), *range(20)]
        test = GateTest(GateClaim.of_margin([old[i] for i in order], 0.07), confidence=1 - 1e-12)
        for i in order:
            test.add(new[i])
        assert test.verdict == verdict
        assert test.clicks > 80


def test_needs_are_whole_numbers_despite_rounding() -> None:
    old = [1] * 60 + [0] * 40
    assert gate.need_for_margin(old, 0.07) == 53
    assert gate.need_for_margin(old, 0.069) == 54
    assert gate.need_for_margin(old, 0.0) == 60
    assert gate.need_for_margin([1 / 3, 1 / 3, 1 / 3] * 10, 0.1) == 7
    assert gate.need_for_margin([0.2, 0.9], 0.0) == 2
    assert gate.need_for_minimum(100, 0.07) == 7
    assert gate.need_for_minimum(3, 1.0) == 3
    assert gate.need_for_minimum(7, 0.5) == 4


@given(
    st.lists(st.sampled_from([0.0, 0.2, 0.5, 1.0]), min_size=1, max_size=60),
    st.integers(0, 100),
)
def test_the_need_is_the_least_total_within_the_margin(old: list[float], points: int) -> None:
    from fractions import Fraction

    total = sum(Fraction(verdict).limit_denominator(10) for verdict in old)
    allowed = Fraction(points, 100) * len(old)
    need = gate.need_for_margin(old, points / 100)
    assert need - total >= -allowed
    assert need - 1 - total < -allowed


@pytest.mark.parametrize(
    ("verdict", "said"), [(1, "pass"), (0, "fail"), (None, None)], ids=["hit", "miss", "error"]
)
def test_one_target(verdict: int | None, said: str | None) -> None:
    test = fed(GateClaim.of_margin([1], 0.02), [verdict])
    assert test.verdict == said
    assert test.totals() == {"pass": (1, 1), "fail": (0, 0), None: (0, 1)}[said]


def test_needs_out_of_reach_are_decided_without_a_click() -> None:
    nothing_lost = GateTest(GateClaim.of_margin([0, 0, 1], 0.5))
    assert (nothing_lost.verdict, nothing_lost.decided_after) == ("pass", 0)
    assert nothing_lost.totals() == (0, 3)
    too_much = GateTest(GateClaim([0, 0, 1], need=4, unit=1.0))
    assert (too_much.verdict, too_much.decided_after) == ("fail", 0)
    assert too_much.totals() == (0, 3)
    too_much.add(1)
    assert too_much.clicks == 0


def test_answers_after_the_verdict_change_nothing() -> None:
    test = fed(GateClaim.of_margin([1, 0] * 100, 0.1), [1, 0] * 60)
    assert test.verdict == "pass"
    before = test.clicks, test.bounds(), test.flips
    for _ in range(500):
        test.add(0)
    assert test.verdict == "pass"
    assert (test.clicks, test.bounds(), test.flips) == before


# Answers in error


def test_an_error_is_a_miss_for_pass_and_a_hit_for_fail() -> None:
    claim = GateClaim.of_margin([1, 1, 0, 0], 0.0)
    assert fed(claim, [1, None, 0, 0]).verdict is None
    assert fed(claim, [1, None, 1, 0]).verdict == "pass"
    assert fed(claim, [0, None, 0, 0]).verdict == "fail"
    assert fed(claim, [None, None, None, None]).totals() == (0, 4)


def test_errors_on_the_lost_targets_do_not_make_a_gate_pass() -> None:
    n, hits, lost, errors = 1264, 834, 26, 25
    old = np.zeros(n)
    old[:hits] = 1
    new = old.copy()
    new[:lost] = 0
    hidden = new.copy()
    hidden[:errors] = np.nan
    claim = GateClaim.of_margin(old.tolist(), 0.02)
    order = np.random.default_rng(4).permuted(np.tile(np.arange(n), (200, 1)), axis=1)
    kept, _ = gate.decide_orders(old[order], hidden[order], claim.need, claim.unit)
    assert (kept == 1).mean() <= 0.1
    # Dropped errors would: the rest has lost a single target.
    rest = GateClaim.of_margin(old[errors:].tolist(), 0.02)
    order = np.random.default_rng(4).permuted(np.tile(np.arange(errors, n), (200, 1)), axis=1)
    dropped, _ = gate.decide_orders(old[order], new[order], rest.need, rest.unit)
    assert (dropped == 1).mean() >= 0.99


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_only_errors_leave_a_gate_open_after_the_last_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    claim, new, _ = random_case(rng, 30)
    some = [None if rng.random() < 0.3 else answer for answer in new]
    test = fed(claim, some, 1 - 1e-9)
    if test.verdict is None:
        hits, errors = some.count(1), some.count(None)
        assert hits < claim.need <= hits + errors
        assert test.totals() == (hits, hits + errors)


# Confidence, two claims, wrong input


def test_more_confidence_takes_more_clicks_and_gives_wider_bounds() -> None:
    claim = GateClaim.of_margin([1, 0, 1] * 200, 0.05)
    tests = [fed(claim, [1, 0, 1] * 200, confidence) for confidence in (0.5, 0.95, 0.999)]
    clicks = [test.clicks for test in tests]
    assert clicks == sorted(set(clicks))
    widths = []
    for confidence in (0.5, 0.95, 0.999):
        test = fed(claim, [1, 0, 1] * 6, confidence)
        low, high = test.totals()
        widths.append(high - low)
    assert widths == sorted(set(widths))


def test_each_of_two_claims_may_fail_at_half_the_error_rate() -> None:
    claim = GateClaim.of_margin([1, 1, 0] * 100, 0.02)
    for new, verdict, like in (([0, 1, 0], "fail", 0.975), ([1, 1, 0], "pass", 0.95)):
        halved = GateTest(claim, alpha_down=0.025)
        for answer in new * 100:
            halved.add(answer)
        assert halved.verdict == verdict
        assert halved.clicks == fed(claim, new * 100, like).clicks
    assert fed(claim, [0, 1, 0] * 100).clicks < fed(claim, [0, 1, 0] * 100, 0.975).clicks


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GateClaim([], 0, 1.0), "at least one target"),
        (lambda: GateClaim([0.5, 1.5], 1, 1.0), "between 0 and 1"),
        (lambda: GateClaim([math.nan], 1, 1.0), "between 0 and 1"),
        (lambda: GateClaim([1], 1, 0.0), "unit must be positive"),
        (lambda: GateTest(GateClaim([1], 1, 1.0), confidence=1.0), "strictly between"),
        (lambda: GateTest(GateClaim([1], 1, 1.0), alpha_down=0.0), "strictly between"),
        (lambda: GateTest(GateClaim([1], 1, 1.0)).add(2), "0, 1 or None"),
        (lambda: fed(GateClaim([1], 1, 1.0), [None, 1]), "answered already"),
    ],
)
def test_wrong_input_is_named(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# What is said beside the verdict


def test_flips_are_counted_over_answers() -> None:
    test = GateTest(GateClaim([1, 0, 0.5, 1], need=3, unit=0.1), confidence=0.999)
    assert test.flips is None
    test.add(None)
    assert test.flips is None
    test.add(1)
    test.add(1)
    assert test.flips == pytest.approx(1.5 / 2)


def test_an_unchanged_model_fails_as_often_as_simulated() -> None:
    # 15 % of the targets differ between two runs: unstable ones are hit with a chance from 0.1 to 0.9.
    rng = np.random.default_rng(2)
    n, margin, differ = 470, 0.02, 0.15
    for repeats in (1, 5):
        chance = rng.uniform(0.1, 0.9, (2000, n))
        chance[rng.random((2000, n)) >= differ / (2 * (0.25 - 0.64 / 12))] = 1.0
        old = (rng.binomial(repeats, chance) / repeats).sum(axis=1)
        new = rng.binomial(1, chance).sum(axis=1)
        seen = float((old - new > margin * n + 1e-9).mean())
        assert gate.unchanged_fails(n, margin, differ, repeats) == pytest.approx(seen, abs=0.02)


def test_chances_that_an_unchanged_model_fails() -> None:
    assert gate.unchanged_fails(1264, 0.02, 0.049) == pytest.approx(0.0006, abs=1e-4)
    assert gate.unchanged_fails(470, 0.02, 0.049) == pytest.approx(0.024, abs=5e-4)
    assert gate.unchanged_fails(470, 0.01, 0.049) == pytest.approx(0.174, abs=1e-3)
    assert gate.unchanged_fails(100, 0.07, 0.0) == 0.0
    # floor(0.07 * 100) is 7, not 6
    assert gate.unchanged_fails(100, 0.07, 0.1) == pytest.approx(math.erfc(7.5 / math.sqrt(20)) / 2)


def test_expected_clicks_are_those_of_simulated_gates() -> None:
    claim = GateClaim.of_margin([1] * 834 + [0] * 430, 0.02)
    mean, q90 = gate.expected_clicks(claim, flips=0.05)
    assert mean == pytest.approx(gates(1264, 32, 32)[2], rel=0.12)
    assert mean < q90 < 1264
    lost, _ = gate.expected_clicks(claim, flips=0.07, lost=0.05)
    assert lost == pytest.approx(gates(1264, 76, 13)[2], rel=0.15)
    assert gate.expected_clicks(claim, flips=0.05) == (mean, q90)
    assert gate.expected_clicks(claim, flips=0.05, seed=1) != (mean, q90)
    # The claim's order plays no part but through the draws.
    turned = GateClaim.of_margin([0] * 430 + [1] * 834, 0.02)
    assert gate.expected_clicks(turned, flips=0.05)[0] == pytest.approx(mean, rel=0.12)


def test_expected_clicks_at_the_ends() -> None:
    assert gate.expected_clicks(GateClaim([1], need=1, unit=0.1), flips=0.0) == (1.0, 1.0)
    assert gate.expected_clicks(GateClaim([1], need=0, unit=0.1), flips=0.0) == (0.0, 0.0)
    assert gate.expected_clicks(GateClaim([1, 1], need=3, unit=0.1), flips=0.0) == (0.0, 0.0)
    # More lost than there is to lose.
    mean, _ = gate.expected_clicks(GateClaim.of_margin([1] * 20 + [0] * 80, 0.02), 0.0, lost=0.5)
    assert mean < 40
    # A bare minimum of 80 %, asked of a model with 95 %.
    sure, _ = gate.expected_clicks(GateClaim.of_minimum(500, 0.8), 0.0, lost=-0.95)
    near, _ = gate.expected_clicks(GateClaim.of_minimum(500, 0.8), 0.0, lost=-0.82)
    assert sure < 60 < near
    # Means over repeats.
    means = GateClaim.of_margin([1.0, 0.6, 0.2, 0.0] * 100, 0.05)
    assert 50 < gate.expected_clicks(means, flips=0.0)[0] < 400
