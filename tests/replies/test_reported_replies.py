"""Replies as public bug reports and model cards show them, each with what it means.

reported_replies.jsonl holds one reply a line: where its form was seen, the profile it is read under,
the outcome, and the point in pixels of a screenshot of 1600x900. ``decision`` says why, where a
reply could also be read in another way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest

from pointbench.engine.answers import ReplyReader, prompts_of
from pointbench.geometry import Size
from pointbench.profiles import Profile, find_profile, read_profile
from pointbench.suites import AskedTarget

SENT = Size(1600, 900)
INSTRUCTION = "Click the Save icon."

# Conventions that a model's own prompt declares, on top of a profile of the package.
DECLARED: dict[str, dict[str, object]] = {
    "qwen3-vl-json, [-1, -1] for nothing": {"like": "qwen3-vl-json", "nothing": [-1, -1]},
    "pixel, y first": {"like": "pixel", "order": "yx"},
}


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Literal["point", "declined", "unparsed", "out_of_frame"]
    point: tuple[float, float] | None = None
    flags: tuple[str, ...] = ()


class Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    source: str
    profile: str
    text: str
    finish_reason: str | None
    expected: Expected
    decision: str | None = None


ROWS = [
    msgspec.json.decode(line, type=Row)
    for line in Path(__file__).with_name("reported_replies.jsonl").read_bytes().splitlines()
]


def test_every_row_has_an_id_of_its_own() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) > 0


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_a_reported_reply_means_what_its_row_says(row: Row) -> None:
    expected = row.expected
    profile = _profile(row.profile)
    prompt = prompts_of(profile)(INSTRUCTION, *SENT)
    target = _target(expected)
    read = ReplyReader.of(profile).read(
        row.text, row.finish_reason, target, prompt=prompt, sent=SENT, shift=None
    )
    verdict = read.verdict
    assert verdict.outcome == ("hit" if expected.outcome == "point" else expected.outcome), read
    # A refusal is correct on its absent target, a click in its region; nothing else is.
    assert verdict.correct == (expected.outcome in ("point", "declined"))
    if expected.point is None:
        assert verdict.point is None
    else:
        assert verdict.point == pytest.approx(expected.point, abs=0.01)
    assert set(expected.flags) <= set(read.parsed.flags)


def _profile(name: str) -> Profile:
    declared = DECLARED.get(name)
    return read_profile(name, declared, "here") if declared else find_profile(name)


def _target(expected: Expected) -> AskedTarget:
    """The target asked about: absent for a refusal, else 3 px to each side of the point, or the whole
    screenshot where a reply has no point."""
    box: tuple[float, float, float, float] = (0, 0, *SENT)
    if expected.point is not None:
        x, y = (min(max(at, 0), side) for at, side in zip(expected.point, SENT, strict=True))
        box = (x - 3, y - 3, x + 3, y + 3)
    absent = expected.outcome == "declined"
    return AskedTarget(
        suite="reported",
        id="reported/save",
        instruction=INSTRUCTION,
        box=None if absent else box,
        absent=absent,
        screenshot="reported/white.png",
        width=SENT.width,
        height=SENT.height,
    )
