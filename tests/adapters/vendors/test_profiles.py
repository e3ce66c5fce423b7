"""Every profile of the package: complete, and without a number that an answer could repeat."""

from __future__ import annotations

import re

import pytest

from pointbench.geometry import Point, Size
from pointbench.profiles import Profile, known_profiles
from pointbench.profiles.profile import noun_phrase
from pointbench.profiles.sizing import RULES
from pointbench.replies import FORMATS, parse, render

NAMED = (
    "pixel openai-computer openai-json claude-pixel claude-computer claude-json gemini-point "
    "gemini-box moondream-point molmo molmo2 qwen2-vl qwen2.5-vl qwen3-vl ui-tars-1 ui-tars-1.5 "
    "os-atlas uground aguvis showui seeclick internvl deepseek-vl2 glm-4.5v kimi-vl florence-2 "
    "kosmos-2 paligemma holo mai-ui gta1 opencua cogagent blind"
)
PROFILES = list(known_profiles().values())
_DIGIT_PAIR = re.compile(
    r"\d+(?:\.\d+)?\s*[,;:|]\s*\d|\d+(?:\.\d+)?\s+\d|[xX]\D{0,3}\d.{0,12}[yY]\D{0,3}\d{2}"
)


def test_every_family_has_its_profile() -> None:
    assert set(NAMED.split()) <= set(known_profiles())


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profile_names_what_there_is(profile: Profile) -> None:
    assert profile.sizing in RULES
    assert profile.format in FORMATS
    assert profile.description
    assert "{instruction}" in profile.prompt or "{phrase}" in profile.prompt
    # The system turn is sent unchanged.
    assert not re.search(r"\{(instruction|phrase|width|height)\}", profile.system or "")
    if not profile.name.startswith(("pixel", "permille", "blind", "simulated", "local")):
        assert profile.source.startswith("https://")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_prompt_holds_a_number_that_could_be_taken_for_an_answer(profile: Profile) -> None:
    for turn in (profile.prompt, profile.system or ""):
        # The stand-in for "not there" has to be named, and read back it is no click.
        text = turn.replace("[{:g},{:g}]".format(*profile.nothing), "") if profile.nothing else turn
        assert not _DIGIT_PAIR.search(text)
        shown = profile.model_copy(update={"prompt": text}).render("Click it.", 1365, 768)
        for name in {profile.format, "any", "json-point", "tuple"}:
            assert parse(shown, name, profile.order).status != "point"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profiles_own_answers_are_read(profile: Profile) -> None:
    width, height = profile.frame.sides(Size(1000, 500))
    middle = Point(width / 2, height / 4)
    text = render(middle, profile.format, profile.order)
    read = parse(text, profile.format, profile.order).point_in_frame
    step = max(FORMATS[profile.format].step, 1e-6)
    assert read is not None
    assert abs(read.x - middle.x) <= step
    assert abs(read.y - middle.y) <= step


@pytest.mark.parametrize(
    ("instruction", "phrase"),
    [
        ("Click the Firefox icon in the panel.", "Firefox icon in the panel"),
        ("Please double-click on an icon!", "icon"),
        ("Right-click the desktop", "desktop"),
        ("Open the web browser from the bar.", "web browser from the bar"),
        ("find the gear", "gear"),
        ("Close the window.", "Close the window"),
        ("the save button", "the save button"),
        ("Click", "Click"),
        ("  Tap\n the  menu ", "menu"),
        ("Clicker game icon", "Clicker game icon"),
    ],
)
def test_noun_phrases(instruction: str, phrase: str) -> None:
    assert noun_phrase(instruction) == phrase


NATIVE = {
    "kimi": (
        "pyautogui.click(x=0.5, y=0.25)",
        '{"x": 0.5, "y": 0.25}',
        "[0.5, 0.25]",
        "(0.5, 0.25)",
    ),
    "kimi-vl": ("pyautogui.click(x=0.5, y=0.25)",),
    "doubao": (
        "Thought: it is there.\nAction: click(point='<point>500 250</point>')",
        "<point>500 250</point>",
        "<bbox>450 200 550 300</bbox>",
    ),
    "glm-5v": ("<|begin_of_box|>[[450,200,550,300]]<|end_of_box|>", "[450, 200, 550, 300]"),
    "perceptron": ('<point mention="gear"> (500,250) </point>', "<point> (500,250) </point>"),
    "nova": ('{"bbox": [450, 200, 550, 300]}', '[{"gear": [450, 200, 550, 300]}]'),
    "minicpm-v": ("<box>450 200 550 300</box>", "<ref>gear</ref><box>[[450, 200, 550, 300]]</box>"),
    "ui-venus-1.5": ("[500,250]", "[450,200,550,300]"),
    "gelab": (
        "<THINK>the gear</THINK>\nexplain:open it\taction:CLICK\tpoint:500,250\tsummary:opened",
        "action:CLICK\tpoint:500,250",
    ),
    "autoglm": (
        'do(action="Tap", element=[500,250])',
        '<think>there</think><answer>do(action="Tap", element=[500,250])</answer>',
    ),
    "permille": (
        '{"x": 500, "y": 250}',
        '{"name": "left_click", "arguments": {"coordinates": [500, 250]}}',
    ),
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in NATIVE.items() for t in texts])
def test_a_family_is_read_in_the_words_that_it_was_trained_to_answer(name: str, text: str) -> None:
    profile = known_profiles()[name]
    read = parse(text, profile.format, profile.order, multi_point=profile.several).point_in_frame
    side, _ = profile.frame.sides(Size(1000, 1000))
    assert read == Point(side / 2, side / 4)


def test_a_profile_with_evidence_has_a_source() -> None:
    for profile in PROFILES:
        assert (profile.evidence is None) == (profile.source == ""), profile.name


def test_a_profile_comes_back_from_a_run_as_it_was() -> None:
    for profile in PROFILES:
        assert Profile.model_validate(profile.model_dump(mode="json")) == profile
