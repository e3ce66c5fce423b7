"""A wrong frame is distinguished from a model that misses, and it changes no score."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from pointbench.calibration import (
    AskedModel,
    FactorGuess,
    FrameGuess,
    Sample,
    SizeGuess,
    diagnose,
    misfit,
    sample_of,
)
from pointbench.geometry import Frame, Point, Shift, Size, region
from pointbench.profiles import find_profile
from pointbench.profiles.sizing import sent_size, with_pixel_limit

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


# --- misfits: other sizes, a factor, and what to type ------------------------------------------

PIXEL = find_profile("pixel")
ELSEWHERE = AskedModel(PIXEL, elsewhere=True)
SCREENS = [Size(2560, 1440), Size(1920, 1080), Size(3840, 2160), Size(1366, 768), Size(1680, 1050)]


def answered(
    size_of: Callable[[Size], Size], n: int = 40, *, seen: Callable[[Size], Size] | None = None
) -> list[Sample]:
    """Right answers in a picture of ``size_of(screenshot)``, read as in one of ``seen(screenshot)``."""
    rng = random.Random(5)
    answers = []
    for number in range(n):
        screen = SCREENS[number % len(SCREENS)]
        x, y = rng.uniform(80, screen.width - 80), rng.uniform(80, screen.height - 80)
        size, read = size_of(screen), screen if seen is None else seen(screen)
        written = Frame("pixel").from_picture(Point(x, y), size, screen)
        answers.append(Sample(written, region([x - 15, y - 15, x + 15, y + 15]), read, screen))
    return answers


def parted(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Misses and hits, as the samples are read."""
    as_read = FrameGuess("pixel", swapped=False)
    hits = [sample for sample in samples if sample.region.contains(as_read.point(sample))]
    return [sample for sample in samples if sample not in hits], hits


@pytest.mark.parametrize("rule", ["claude-standard", "openai-tiles", "uground-1344"])
def test_pixels_of_another_rules_size_are_named_with_the_command(rule: str) -> None:
    misses, hits = parted(answered(lambda size: sent_size(rule, size)))
    found = misfit(misses, Frame("pixel"), hits, asked=ELSEWHERE)
    assert found is not None
    assert found.guess == SizeGuess(rule)
    assert found.hits == found.misses == len(misses)
    assert "pointbench rescore RUN --profile" in found.sentence


@pytest.mark.parametrize(
    ("asked_under", "true", "mend"),
    [
        # The plain profile, not that of a family which reads alike.
        ("pixel", "permille", "--profile permille`"),
        ("permille", "unit", 'like = "permille", unit = "unit"'),
        # Read alike but for its stand-in point is not alike.
        ("ui-venus-1.5", "pixel", 'like = "ui-venus-1.5", unit = "pixel"'),
    ],
)
def test_the_named_profile_reads_like_the_one_asked_under(
    asked_under: str, true: str, mend: str
) -> None:
    profile = find_profile(asked_under)
    answers = [
        replace(
            sample,
            point_in_frame=Frame(true).from_picture(
                sample.region.bounds.center, sample.sent, sample.screenshot
            ),
        )
        for sample in answered(lambda size: size)
    ]
    found = misfit(answers, profile.frame, asked=AskedModel(profile, elsewhere=True))
    assert found is not None
    assert found.guess.unit == true
    assert mend in found.sentence
    assert "name x and y" not in found.sentence


def test_named_coordinates_are_said_not_to_be_swapped_by_a_profile() -> None:
    profile = find_profile("qwen3-vl-json")
    answers = []
    for sample in answered(lambda size: size):
        center = sample.region.bounds.center
        x, y = Frame("permille").from_picture(center, sample.sent, sample.screenshot)
        answers.append(replace(sample, point_in_frame=Point(y, x)))
    found = misfit(answers, profile.frame, asked=AskedModel(profile, elsewhere=True))
    assert found is not None
    assert found.guess.swapped
    assert found.sentence.endswith('order = "yx", except answers that name x and y themselves')


@pytest.mark.parametrize(("rule", "limit"), [("qwen-28", 1_003_520), ("qwen-32", 1_310_720)])
def test_a_common_limit_of_pixels_is_named(rule: str, limit: int) -> None:
    samples = answered(lambda size: with_pixel_limit(rule, size, limit))
    misses, hits = parted(samples)
    found = misfit(misses, Frame("pixel"), hits, asked=ELSEWHERE)
    assert found is not None
    assert found.guess == SizeGuess(rule, limit)
    assert f"--sent-size max-pixels={limit}` reads them so" in found.sentence
    assert (
        "--profile qwen2.5-vl-json" if rule == "qwen-28" else "--profile pixel-32"
    ) in found.sentence


def test_a_profile_of_that_family_is_told_of_a_lower_limit_too() -> None:
    qwen = AskedModel(find_profile("qwen2.5-vl"), elsewhere=True)
    samples = answered(
        lambda size: with_pixel_limit("qwen-28", size, 1_003_520),
        seen=lambda size: sent_size("qwen-28", size),
    )
    found = misfit(*_with_frame(samples), asked=qwen)
    assert found is not None
    assert found.guess.unit == "max-pixels:1003520"


def _with_frame(samples: list[Sample]) -> tuple[list[Sample], Frame, list[Sample]]:
    misses, hits = parted(samples)
    return misses, Frame("pixel"), hits


def test_a_constant_factor_is_found_where_no_known_size_fits() -> None:
    def shrunk(size: Size) -> Size:
        return Size(round(size.width * 0.68), round(size.height * 0.68))

    found = misfit(*_with_frame(answered(shrunk)), asked=ELSEWHERE)
    assert found is not None
    assert isinstance(found.guess, FactorGuess)
    assert (found.guess.x, found.guess.y) == pytest.approx((0.68, 0.68), abs=0.002)
    assert "pixels of a picture 0.68 times as large" in found.sentence
    assert "sent_width" in found.sentence
    run = misfit(*_with_frame(answered(shrunk)), asked=AskedModel(PIXEL))
    assert run is not None
    assert "max_pixels" in run.sentence


def test_one_wrong_place_asked_again_and_again_is_no_factor() -> None:
    where = region([1000, 500, 1030, 530])
    samples = [Sample(Point(800, 400), where, SCREEN, SCREEN)] * 30
    assert misfit(samples, Frame("pixel"), asked=ELSEWHERE) is None


def test_a_reading_must_win_more_misses_than_it_loses_hits() -> None:
    rng = random.Random(2)
    samples = []
    for sample in answered(lambda size: size, 400):
        x, y = sample.point_in_frame
        off = Point(x + rng.gauss(0, 14), y + rng.gauss(0, 14))
        samples.append(Sample(off, sample.region, sample.sent, sample.screenshot))
    misses, hits = parted(samples)
    assert len(misses) > 100 < len(hits)
    assert misfit(misses, Frame("pixel"), hits, asked=ELSEWHERE) is None


def test_a_unit_is_named_with_a_profile_that_reads_alike() -> None:
    tool = AskedModel(find_profile("qwen2.5-vl"))
    found = misfit(samples(Frame("permille"), 20), Frame("pixel"), asked=tool)
    assert found is not None
    # qwen3-vl differs in its sizing, too, so it is not the same reading of the same pictures.
    assert 'like = "qwen2.5-vl", unit = "permille"' in found.sentence
    plain = AskedModel(find_profile("openai-computer"))
    swapped = misfit(samples(Frame("permille", "yx"), 20), Frame("pixel"), asked=plain)
    assert swapped is not None
    assert 'unit = "permille", order = "yx"' in swapped.sentence


def test_no_misses_or_too_few_say_nothing() -> None:
    assert misfit([], Frame("pixel"), asked=ELSEWHERE) is None
    misses, hits = parted(answered(lambda size: sent_size("openai-tiles", size)))
    assert misfit(misses[:4], Frame("pixel"), hits, asked=ELSEWHERE) is None
