"""The fields of a profile that say how a family declines and where its reasoning begins."""

from __future__ import annotations

import math

import pytest

from pointbench.engine.answers import ReplyReader
from pointbench.errors import UsageError
from pointbench.geometry import Size
from pointbench.profiles import Profile, find_profile, known_profiles, read_profile
from pointbench.suites import AskedTarget

TARGET = AskedTarget(
    suite="made", id="made/none", instruction="Click it.", absent=True,
    screenshot="made/white.png", width=1600, height=900,
)  # fmt: skip


def made(**fields: object) -> Profile:
    return read_profile("mine", {"like": "qwen3-vl-json", **fields}, "pointbench.toml")


def outcome(reader: ReplyReader, text: str, reason: str | None = None) -> str:
    sent = Size(1600, 900)
    return reader.read(text, reason, TARGET, prompt="", sent=sent, shift=None).verdict.outcome


def test_a_stand_in_point_is_two_numbers_and_survives_storing() -> None:
    profile = made(nothing=[-1, -1])
    assert profile.nothing == (-1.0, -1.0)
    assert Profile.model_validate(profile.model_dump(mode="json")) == profile
    assert find_profile("qwen3-vl-json").nothing is None


@pytest.mark.parametrize(
    "nothing", [[-1], [1, 2, 3], "-1, -1", [True, 1], ["0", "0"], [math.nan, 1]]
)
def test_anything_else_is_refused_in_one_line(nothing: object) -> None:
    with pytest.raises(
        UsageError, match=r"^pointbench\.toml: profile mine: nothing: .*\[-1, -1\]$"
    ):
        made(nothing=nothing)


def test_a_reader_takes_the_stand_in_point_for_no_point() -> None:
    declared = ReplyReader.of(made(nothing=[-1, -1]))
    for text in ("[-1,-1]", '{"point_2d": [-1, -1], "label": "save"}'):
        assert outcome(declared, text) == "declined"
        assert outcome(ReplyReader.of(made()), text) == "out_of_frame"


def test_a_reader_knows_where_the_prompt_opens_the_reasoning() -> None:
    text = 'It may be {"point_2d": [100, 120]}. Or is it'
    assert outcome(ReplyReader.of(made()), text, "length") == "miss"
    assert outcome(ReplyReader.of(made(opens_reasoning=True)), text, "length") == "unparsed"


def test_a_reader_knows_the_unit_and_the_size_of_the_picture() -> None:
    reader = ReplyReader.of(find_profile("pixel"))
    assert outcome(reader, '{"x": "32%", "y": "33%"}') == "unparsed"
    assert outcome(reader, "The screenshot is (1600, 900).") == "unparsed"
    # A size of the whole picture makes no box, whose center would be out of the frame.
    assert outcome(reader, '{"x": 812, "y": 406, "width": 1600, "height": 900}') == "miss"


def test_profiles_without_the_fields_read_as_before() -> None:
    stored = find_profile("pixel").model_dump(mode="json", exclude={"nothing", "opens_reasoning"})
    assert Profile.model_validate(stored) == find_profile("pixel")
    assert all(profile.opens_reasoning is None for profile in known_profiles().values())
