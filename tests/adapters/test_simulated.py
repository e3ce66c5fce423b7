"""The simulated pointer follows its settings, and repeats itself for the same seed."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from pointbench import Request
from pointbench.adapters.protocol import Truth
from pointbench.adapters.simulated import SETTINGS, Behavior, SimulatedPointer, behavior_of
from pointbench.errors import GiveUp, RetryLater, UsageError
from pointbench.geometry import Point, Shift, Size, region

SCREEN = Size(1920, 1080)
TRUTH = Truth(region([100, 200, 140, 220]), SCREEN)


def answer(truth: Truth | None, seed: int, **settings: Any) -> str:
    request = Request("Click it.", seed=seed, truth=truth)
    return SimulatedPointer("s", settings).ask(request).text


def points(truth: Truth, *, n: int = 500, **settings: Any) -> list[Point]:
    model = SimulatedPointer("s", settings)
    texts = (model.ask(Request("Click it.", seed=seed, truth=truth)).text for seed in range(n))
    shares = (json.loads(text)["point"] for text in texts)
    return [Point(x * truth.size.width, y * truth.size.height) for x, y in shares]


def hits(truth: Truth, **settings: Any) -> float:
    assert truth.region is not None
    return sum(truth.region.contains(point) for point in points(truth, **settings)) / 500


def test_without_settings_it_hits_the_middle() -> None:
    assert all(abs(x - 120) < 1e-9 and abs(y - 210) < 1e-9 for x, y in points(TRUTH, n=5))


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_the_rate_of_hits_is_the_one_asked_for(rate: float) -> None:
    assert abs(hits(TRUTH, rate=rate) - rate) < 4 * math.sqrt(0.25 / 500)


def test_bias_and_spread_are_in_pixels_of_the_screenshot() -> None:
    aimed = points(TRUTH, bias_x=7, bias_y=-3, spread=5)
    mean = Point(sum(p.x for p in aimed) / 500, sum(p.y for p in aimed) / 500)
    assert abs(mean.x - 127) < 1
    assert abs(mean.y - 207) < 1
    deviation = math.sqrt(sum((p.x - mean.x) ** 2 for p in aimed) / 500)
    assert 4 < deviation < 6


def test_the_same_seed_gives_the_same_answer_and_another_setting_keeps_the_draws() -> None:
    assert answer(TRUTH, 3, rate=0.5) == answer(TRUTH, 3, rate=0.5)
    outcomes = [answer(TRUTH, seed, rate=0.5) for seed in range(200)]
    declined = [answer(TRUTH, seed, rate=0.5, decline=0.2) for seed in range(200)]
    changed = [a != b for a, b in zip(outcomes, declined, strict=True)]
    assert 0 < sum(changed) < 80


def test_difficulty_varies_between_targets_and_not_within_one() -> None:
    behavior = Behavior(rate=0.8, difficulty=2.0)
    chances = [behavior.chance(Truth(region([x, 0, x + 9, 9]), SCREEN)) for x in range(50)]
    assert min(chances) < 0.6 < 0.95 < max(chances)
    assert behavior.chance(TRUTH) == behavior.chance(TRUTH)


def test_an_absent_target_is_declined_at_the_rate() -> None:
    absent = Truth(None, SCREEN)
    assert "Not found" in answer(absent, 1)
    assert "point" in answer(absent, 1, rate=0)


def test_a_jittered_picture_is_answered_where_it_shows_the_target() -> None:
    shift = Shift(0.9, 12, -5)
    point = points(Truth(TRUTH.region, SCREEN, shift), n=1)[0]
    back = shift.to_screenshot(point)
    assert abs(back.x - 120) < 1e-9
    assert abs(back.y - 210) < 1e-9


def test_a_frame_error_is_an_answer_in_thousandths() -> None:
    x, y = json.loads(answer(TRUTH, 1, frame_error=1))["point"]
    assert (round(x, 6), round(y, 6)) == (62.5, round(210 / 1.08, 6))


def test_it_fails_garbles_and_refuses_to_guess() -> None:
    with pytest.raises(RetryLater) as raised:
        answer(TRUTH, 1, fail=1, fail_after=0.5)
    assert raised.value.after == 0.5
    assert not any(character.isdigit() for character in answer(TRUTH, 1, garble=1))
    with pytest.raises(GiveUp, match="right answer"):
        answer(None, 1)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_settings_that_mean_nothing_are_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        behavior_of({name: "much"})
    with pytest.raises(UsageError, match=name):
        behavior_of({name: math.nan})


def test_a_drifting_model_moves_with_its_place_in_the_plan() -> None:
    pointer = SimulatedPointer("a", {"drift": 100})
    place, size = region([100, 100, 140, 140]), Size(1000, 500)
    xs = [
        json.loads(pointer.ask(Request("", truth=Truth(place, size, None, order))).text)["point"][0]
        for order in (0, 500, 1000)
    ]
    assert [round(x * size.width, 6) for x in xs] == [120, 170, 220]
