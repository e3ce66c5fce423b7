"""A wrong frame is distinguished from a model that misses, and it changes no score."""

from __future__ import annotations

import random

import pytest

from pointbench.calibration import Sample, diagnose, misfit, sample_of
from pointbench.geometry import Frame, Point, Shift, Size, region

SCREEN = Size(2560, 1440)
SENT = Size(1365, 768)


def samples(
    answers_in: Frame, n: int = 12, *, off: tuple[float, float] = (0, 0), scale: float = 1.0
) -> list[Sample]:
    """Answers about boxes of 40 px all over the screen, by a model that answers in ``answers_in``.

    They are read in the numbers' written order, as a profile would that declares xy.
    """
    rng = random.Random(1)
    answers = []
    for _ in range(n):
        x, y = rng.uniform(100, 2400), rng.uniform(100, 1300)
        point = answers_in.from_picture(Point(x * scale + off[0], y * scale + off[1]), SENT, SCREEN)
        written = point if answers_in.order == "xy" else Point(point.y, point.x)
        answers.append(Sample(written, region([x - 20, y - 20, x + 20, y + 20]), SENT, SCREEN))
    return answers


def test_a_right_frame_is_called_right() -> None:
    diagnosis = diagnose(samples(Frame("pixel")), Frame("pixel"))
    assert diagnosis.better is None
    assert diagnosis.sentence == "all 12 hit: the frame is right"
    assert diagnosis.bias == pytest.approx((0, 0), abs=1e-9)
    assert diagnosis.scale == pytest.approx((1, 1))


@pytest.mark.parametrize(
    ("declared", "really", "words"),
    [
        (Frame("pixel"), Frame("permille"), "0-1000"),
        (Frame("permille"), Frame("pixel"), "pixels of the picture as sent"),
        (Frame("permille"), Frame("permille", "yx"), "0-1000, with x and y swapped"),
        (Frame("unit"), Frame("percent"), "0-100"),
        (Frame("percent"), Frame("unit"), "0-1"),
    ],
)
def test_another_frame_that_fits_is_named(declared: Frame, really: Frame, words: str) -> None:
    diagnosis = diagnose(samples(really), declared)
    assert diagnosis.better is not None
    assert diagnosis.better.guess.description == words
    assert diagnosis.better.hits == 12
    assert f"read as {words}, 12 would" in diagnosis.sentence


def test_pixels_of_the_screenshot_are_told_from_pixels_as_sent() -> None:
    answers = [
        Sample(sample.region.bounds.center, sample.region, SENT, SCREEN)
        for sample in samples(Frame("pixel"))
    ]
    diagnosis = diagnose(answers, Frame("pixel"))
    assert diagnosis.better is not None
    assert diagnosis.better.guess.description == "pixels of the screenshot"


def test_bias_scale_and_spread_are_in_pixels_of_the_screenshot() -> None:
    diagnosis = diagnose(samples(Frame("pixel"), off=(30, -8)), Frame("pixel"))
    assert diagnosis.bias == pytest.approx((30, -8))
    assert diagnosis.spread == pytest.approx(0, abs=1e-6)
    assert diagnose(samples(Frame("pixel"), scale=0.9), Frame("pixel")).scale == pytest.approx(
        (0.9, 0.9)
    )


def test_a_model_that_just_misses_gets_no_other_frame() -> None:
    rng = random.Random(3)
    answers = [
        Sample(Point(rng.uniform(0, 1000), rng.uniform(0, 1000)), sample.region, SENT, SCREEN)
        for sample in samples(Frame("permille"), 40)
    ]
    diagnosis = diagnose(answers, Frame("permille"))
    assert diagnosis.better is None
    assert "no other frame" in diagnosis.sentence
    assert misfit(answers, Frame("permille")) is None


def test_nothing_to_look_at_is_no_diagnosis() -> None:
    with pytest.raises(ValueError, match="no answer"):
        diagnose([], Frame("pixel"))
    assert misfit(samples(Frame("permille"), 4), Frame("pixel")) is None


def test_a_runs_misses_say_what_they_would_be() -> None:
    frame_misfit = misfit(
        [*samples(Frame("permille"), 71), *samples(Frame("unit"), 29)], Frame("pixel")
    )
    assert frame_misfit is not None
    assert (frame_misfit.hits, frame_misfit.misses) == (71, 100)
    assert frame_misfit.sentence.startswith("71% of these misses would be hits read as 0-1000;")


def test_a_records_point_is_taken_back_to_what_the_model_wrote() -> None:
    where = region([100, 200, 140, 240])
    sample = sample_of(Point(1280, 720), where, Frame("permille"), SENT, SCREEN)
    assert sample.point_in_frame == pytest.approx((500, 500))
    assert sample.region is where
    shift = Shift(0.5, 10, 20)
    moved = sample_of(Point(1280, 720), where, Frame("permille"), SENT, SCREEN, shift.to_shown)
    assert moved.point_in_frame == pytest.approx((650 / 2.56, 380 / 1.44))
    assert tuple(moved.region.bounds) == (60, 120, 80, 140)
