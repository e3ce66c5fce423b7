"""Which part of a reply counts, and what its finish reason implies."""

from __future__ import annotations

import pytest

from pointbench.geometry import Point
from pointbench.replies import BLOCKED, CUT_OFF, parse

PROMPT = (
    "Click the Firefox icon. The screenshot is 1365 pixels wide and 768 high.\n"
    'Answer with JSON only, like {"point": [10, 760]}, in pixels of the screenshot.'
)


@pytest.mark.parametrize(
    "text",
    [
        "<think>(1, 2)</think>(300, 400)",
        "<thinking>(1, 2)</thinking>\n(300, 400)",
        "<reasoning>(1, 2)</reasoning>(300, 400)",
        "◁think▷(1, 2)◁/think▷(300, 400)",
        "[THINK](1, 2)[/THINK](300, 400)",
        "<seed:think>(1, 2)</seed:think>(300, 400)",
        "(1, 2) hm</think>(300, 400)",
        "<think>a <think> tag (1, 2)</think>(300, 400)",
        "(300, 400)<think>or (1, 2)?</think>",
        "(300, 400) <think> or is it (1, 2)",
        "<|channel|>analysis<|message|>(1, 2)<|end|><|channel|>final<|message|>(300, 400)",
        "<answer>(1, 2)</answer> no: <answer>(300, 400)</answer> of (1920, 1080)",
        "(1, 2)\n**Final Answer:** (300, 400)",
        "(1, 2)\n答案：（300，400）",
    ],
)
def test_reasoning_and_the_answer_part(text: str) -> None:
    assert parse(text, "tuple").point_in_frame == Point(300, 400)


def test_reasoning_without_an_end_is_no_answer() -> None:
    assert parse("<think>I could click (10, 20), or", "tuple").status == "unparsed"
    assert parse("<think>It is not visible, or", "tuple").status == "unparsed"


def test_a_closing_tag_alone_leaves_nothing_of_what_was_before() -> None:
    for before in ("maybe (10, 20)", "(10, 20) <think>hm</think> no"):
        assert parse(f"{before}</think> It is not visible.", "tuple").status == "declined"


def test_an_answer_part_without_a_point_is_not_made_up_for_elsewhere() -> None:
    assert parse("Maybe (10, 20).\nAnswer: not found", "tuple").status == "declined"
    assert parse("(10, 20)\nAnswer:", "tuple").point_in_frame == Point(10, 20)


@pytest.mark.parametrize(
    ("text", "format", "count"),
    [
        ("(10, 20), (30, 40)", "tuple", 2),
        ("(10, 20) and (30, 40)", "tuple", 2),
        ("1. (10, 20)\n2. (30, 40)\n3. (50, 60)", "tuple", 3),
        ('{"point": [10, 20]}\n{"point": [30, 40]}', "json-point", 2),
        ('[{"point": [10, 20]}, {"point": [30, 40]}]', "json-point", 2),
        ("[[10, 20], [30, 40]]", "json-point", 2),
        ("[[0, 10, 20, 30], [20, 30, 40, 50]]", "box-tokens", 2),
        ("pyautogui.click(10, 20)\npyautogui.click(30, 40)", "pyautogui", 2),
        (
            '<tool_call>{"action": "click", "coordinate": [10, 20]}</tool_call>\n'
            '<tool_call>{"action": "click", "coordinate": [30, 40]}</tool_call>',
            "qwen-tool",
            2,
        ),
        ('<point x="10" y="20">a</point>\n<point x="30" y="40">b</point>', "molmo", 2),
    ],
)
def test_points_side_by_side_are_one_answer(text: str, format: str, count: int) -> None:
    first, last = parse(text, format), parse(text, format, multi_point="last")
    assert first.point_in_frame == Point(10, 20)
    assert (first.count, last.count) == (count, count)
    assert last.point_in_frame not in (None, Point(10, 20))
    assert "several" in first.flags


def test_a_range_is_two_answers() -> None:
    assert parse("from (0, 0)-(1024, 768)", "tuple").count == 1


def test_points_with_words_between_are_answers_of_their_own() -> None:
    parsed = parse("First I thought of (10, 20), but it is (30, 40)", "tuple")
    assert (parsed.point_in_frame, parsed.count, parsed.flags) == (Point(30, 40), 1, ())


def test_the_same_point_twice_is_counted_and_not_flagged() -> None:
    parsed = parse("(10, 20), (10, 20)", "tuple")
    assert (parsed.count, parsed.flags) == (2, ())


def test_an_echo_of_the_prompt_is_no_answer() -> None:
    assert parse(PROMPT, "json-point", prompt=PROMPT).status == "unparsed"
    text = f'{PROMPT}\n{{"point": [5, 9]}}'
    assert parse(text, "json-point", prompt=PROMPT).point_in_frame == Point(5, 9)
    # Also if the copy comes last.
    assert parse(f"(5, 9)\n{PROMPT}", "any", prompt=PROMPT).point_in_frame == Point(5, 9)


def test_an_echoed_line_is_no_answer_where_there_is_another() -> None:
    line = PROMPT.splitlines()[1]
    parsed = parse(f'{{"point": [5, 9]}}\n{line}', "json-point", prompt=PROMPT)
    assert (parsed.point_in_frame, parsed.flags) == (Point(5, 9), ())


def test_the_prompts_example_is_flagged() -> None:
    parsed = parse('{"point": [10, 760]}', "json-point", prompt=PROMPT)
    assert (parsed.point_in_frame, parsed.flags) == (Point(10, 760), ("prompt-example",))
    assert parse('{"point": [10, 761]}', "json-point", prompt=PROMPT).flags == ()
    # The numbers of the prompt that are not an example: its width and height.
    assert parse('{"point": [1365, 768]}', "json-point", prompt=PROMPT).flags == ()


@pytest.mark.parametrize("reason", [*sorted(CUT_OFF), "MAX_TOKENS", "FinishReason.MAX_TOKENS"])
def test_a_cut_off_number_is_no_number(reason: str) -> None:
    assert parse('{"x": 512, "y": 30', "json-point", finish_reason=reason).status == "unparsed"


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ('{"point": [512, 30', "json-point"),
        ('{"bbox_2d": [100, 200, ', "json-point"),
        ('{"bbox_2d": [100, 200, 140, 24', "json-point"),
        ('{"x": 512, "y": 30', "json-point"),
        ("[512, 300", "json-point"),
        ("(512, 30", "tuple"),
        ("x=512, y=30", "tuple"),
        ("512, 30", "tuple"),
        ('<point x="10.0" y="20.', "molmo"),
        ('<points coords="1 1 500 25', "molmo2"),
        ("click(start_box='(100,200,14", "ui-tars"),
        ("click(point='<point>510 27", "ui-tars"),
        ("<point>510 27", "point-tag"),
        ("<|box_start|>(100,200),(14", "box-tokens"),
        ("<|box_start|>(100,200)", "box-tokens"),
        ("<box>100 200", "box-tokens"),
        ("<loc_100><loc_200><loc_14", "florence"),
        ("<loc_100><loc_200>", "florence"),
        ("<loc0100><loc0200><loc", "paligemma"),
        ("<patch_index_0044><patch_in", "kosmos"),
        ("pyautogui.click(x=512, y=30", "pyautogui"),
        ("I cannot find the", "json-point"),
        ("", "json-point"),
        ("<think>I wonder whether (10, 20)", "tuple"),
    ],
)
def test_cut_off_without_a_whole_point(text: str, format: str) -> None:
    assert parse(text, format, finish_reason="length").status == "unparsed"


@pytest.mark.parametrize(
    ("text", "format", "point"),
    [
        ('{"point": [512, 300], "label": "the but', "json-point", (512, 300)),
        ('[{"point": [512, 300]}, {"point": [1', "json-point", (512, 300)),
        ('{"x": 512, "y": 300, "lab', "json-point", (512, 300)),
        ("(512, 300), because the", "tuple", (512, 300)),
        ('<point x="10.0" y="20.0" alt="ge', "molmo", (10, 20)),
        ("<loc_10><loc_20><loc_30><loc_40><loc_5", "florence", (20.5, 30.5)),
        ("<|box_start|>(100,200),(140,240)<|box_", "box-tokens", (120, 220)),
        ("click(start_box='(510,274)')\nThen", "ui-tars", (510, 274)),
    ],
)
def test_cut_off_after_a_whole_point(text: str, format: str, point: tuple[float, float]) -> None:
    assert parse(text, format, finish_reason="length").point_in_frame == point


@pytest.mark.parametrize("reason", [*sorted(BLOCKED), "SAFETY", "content-filter"])
def test_blocked_is_declined(reason: str) -> None:
    assert parse("", "json-point", finish_reason=reason).status == "declined"
    assert parse("Hmm", "tuple", finish_reason=reason).status == "declined"
    assert parse("(5, 9)", "tuple", finish_reason=reason).point_in_frame == Point(5, 9)


@pytest.mark.parametrize("reason", [None, "stop", "STOP", "end_turn", "tool_calls"])
def test_an_ordinary_end(reason: str | None) -> None:
    assert parse("", "tuple", finish_reason=reason).status == "unparsed"
    assert parse("not found", "tuple", finish_reason=reason).status == "declined"


@pytest.mark.parametrize(
    "text",
    [
        "The icon is at the top right of the window.",
        "There is no doubt: the icon is in the panel.",
        "Click the button that does not open a new tab.",
        "It is found in the panel.",
        "No problem! The button is blue.",
    ],
)
def test_prose_that_is_no_refusal(text: str) -> None:
    assert parse(text, "tuple").status == "unparsed"


def test_an_explicit_none_is_the_last_answer() -> None:
    text = 'I first saw {"point": [10, 20]}, which is something else. {"point": null}'
    assert parse(text, "json-point").status == "declined"
