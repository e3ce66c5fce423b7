"""What the input tokens of a reply tell of the picture that it is about."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.geometry import Size
from pointbench.profiles import find_profile, known_profiles
from pointbench.profiles.seen import PictureCheck, Seen
from pointbench.profiles.sizing import TOKEN_BUDGETS, image_tokens, sent_size

UHD = Size(3836, 2156)
PROMPT = find_profile("qwen2.5-vl").render("Click the Firefox icon in the panel.", 3836, 2156)


def check(profile: str = "qwen2.5-vl", **fields: object) -> PictureCheck:
    found = PictureCheck.of(find_profile(profile).model_copy(update=fields))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("input_tokens", "seen"),
    [
        (None, None),
        (0, "uncounted"),
        (40, "uncounted"),
        # Qwen's own tokenizer makes about this many of the text.
        (340, "uncounted"),
        # The least picture that a server would show: 256 tokens.
        (340 + 256, "smaller"),
        (5282, "smaller"),
        (10_548, "smaller"),
        (10_549, "whole"),
        (10_900, "whole"),
        (10**15, "whole"),
    ],
)
def test_fewer_tokens_than_the_picture_alone_prove_a_smaller_one(
    input_tokens: int | None, seen: Seen | None
) -> None:
    assert check().tokens(UHD) == 10_549
    assert check().seen(UHD, PROMPT, input_tokens) == seen


def test_characters_that_take_more_than_a_token_each_are_the_texts_own() -> None:
    # 200 ideographs are up to 300 tokens, and their bytes 600.
    assert check("qwen2.5-vl-json").seen(UHD, "\u54c1" * 200, 400) == "uncounted"


def test_digits_are_a_token_each() -> None:
    # Each of these sentences is about 60 tokens, 44 of them digits.
    text = "Click the row 192.168.10.25:8080, 2026-11-29T14:33:02Z, 1234567890123456. " * 3
    assert check("opencua").seen(UHD, text, 200) == "uncounted"


def test_only_pixels_under_a_rule_whose_tokens_are_known_are_checked() -> None:
    checked = {name for name, profile in known_profiles().items() if PictureCheck.of(profile)}
    assert {"qwen2.5-vl", "ui-tars-1.5", "mimo-vl", "pixel-28", "pixel-32", "gta1"} <= checked
    for name in checked:
        profile = known_profiles()[name]
        assert profile.unit == "pixel"
        assert profile.sizing in TOKEN_BUDGETS
    # A vendor's own service shrinks nothing that its rule lets through, and shares stay shares.
    assert not checked & {"pixel", "blind", "openai-tiles", "openai-high", "claude-pixel", "kimi"}
    assert PictureCheck.of(find_profile("qwen2.5-vl").model_copy(update={"unit": "unit"})) is None
    assert PictureCheck.of(find_profile("qwen2.5-vl").model_copy(update={"blind": True})) is None


@pytest.mark.parametrize("size", [(28_000, 28), (0, 0), (-28, 280), (0, 5), (10**400, 10**400)])
def test_a_size_that_no_server_shows_is_not_checked(size: tuple[int, int]) -> None:
    assert check().seen(Size(*size), PROMPT, 700) is None


@pytest.mark.parametrize("rule", TOKEN_BUDGETS)
@settings(deadline=None)  # a busy machine is not the fault of the rule
@given(
    screenshot=st.builds(Size, st.integers(320, 5120), st.integers(320, 5120)),
    text=st.integers(0, 3000),
)
def test_a_picture_seen_whole_is_never_called_smaller(
    rule: str, screenshot: Size, text: int
) -> None:
    sent = sent_size(rule, screenshot)
    tokens = image_tokens(rule, screenshot)
    assert tokens is not None
    assert check(sizing=rule).seen(sent, PROMPT, tokens + text) == "whole"


def test_the_mend_names_the_numbers_of_the_rule() -> None:
    mend = check().mend()
    assert "--image-max-tokens 16384" in mend
    assert '"max_pixels": 12845056' in mend
    assert "4096 for llama.cpp" in mend
    mend = check(sizing="qwen-32-4096").mend()
    assert "--image-max-tokens 4096" in mend
    assert '"max_pixels": 4194304' in mend
    assert "below 4096" in mend
    assert "--sent-size" in check().mend(elsewhere=True)
