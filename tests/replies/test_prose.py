"""Numbers around an answer: explanations, ranges, the picture's size, the prompt's own numbers."""

from __future__ import annotations

import pytest

from pointbench.geometry import Point
from pointbench.replies import parse

SCREEN = (1600, 900)


@pytest.mark.parametrize(
    "text",
    [
        '{"x": 640, "y": 222}\n\nThe icon goes from [624, 210] to [656, 234].',
        '{"x": 640, "y": 222}\n\nThe icon goes from (624, 210) to (656, 234).',
        '{"x": 640, "y": 222} It is right of [1, 2].',
        '[1, 2] {"point": [640, 222]} [3, 4]',
        'It is in the area [1, 2, 3, 4]: {"point": [640, 222]}',
        '{"bbox": [630, 212, 650, 232]} next to [[560, 290, 580, 310]]',
    ],
)
@pytest.mark.parametrize("format", ["json-point", "any", "gemini", "tool-call"])
def test_a_list_beside_an_object_is_an_explanation(format: str, text: str) -> None:
    assert parse(text, format).point_in_frame == Point(640, 222)


@pytest.mark.parametrize(
    "text",
    [
        '[1, 2], then {"bbox_2d": [502, 290',
        'Box [1, 2, 3, 4]. Then {"point": [512',
        '[1, 2] {"point": [beckz, 300]}',
        '[1, 2] {"x": 512, "y": }',
        '{"x": 512} [1, 2]',
    ],
)
@pytest.mark.parametrize("format", ["json-point", "any"])
@pytest.mark.parametrize("finish_reason", [None, "length"])
def test_a_broken_object_does_not_hand_over_to_a_list(
    text: str, format: str, finish_reason: str | None
) -> None:
    if format == "json-point" or not text.endswith("2]"):
        assert parse(text, format, finish_reason=finish_reason).status == "unparsed"


def test_what_stands_in_or_after_an_object_without_a_place_may_be_the_answer() -> None:
    for text in ('{"point": (640, 222)}', '{"x": } I mean (640, 222).'):
        assert parse(text, "any").point_in_frame == Point(640, 222)


@pytest.mark.parametrize("format", ["json-point", "any"])
def test_a_broken_object_is_mended_by_the_names_in_it(format: str) -> None:
    text = 'coordinates in [0,1000]\n{"action":"click","x":907,"y="499"}'
    parsed = parse(text, format)
    assert (parsed.point_in_frame, "repaired" in parsed.flags) == (Point(907, 499), True)


RANGES = [
    "Coordinates in [0, 1000].",
    "Coordinates must be in [0, 1000].",
    "The values range from [0, 1000].",
    "They are normalized to [0, 1000], as asked.",
    "Both numbers lie between [0, 1].",
    "All numbers are in the range [0, 999].",
    "All values are in [10, 20].",
    "I use a scale of [0, 100].",
    "The coordinate system is [0, 1000].",
    "[0, 1000] is the range of the coordinates.",
    "The screen is [1600, 900].",
    "The picture goes from [0, 0] to [1600, 900].",
    "The frame goes from [0, 0] to [1000, 1000].",
]


@pytest.mark.parametrize("text", RANGES)
@pytest.mark.parametrize("brackets", ["[]", "()"])
def test_a_range_or_a_size_is_no_answer(text: str, brackets: str) -> None:
    text = text.replace("[", brackets[0]).replace("]", brackets[1])
    format = "json-point" if brackets == "[]" else "tuple"
    assert parse(text, format, sent=SCREEN).status == "unparsed"
    # Nor does it replace one, before or behind it.
    answer = f"{brackets[0]}512, 300{brackets[1]}"
    for whole in (f"{answer}\n{text}", f"{text}\nI click at {answer}."):
        assert parse(whole, format, sent=SCREEN).point_in_frame == Point(512, 300)


def test_a_refusal_that_names_the_range_is_a_refusal() -> None:
    text = "I cannot find it. Coordinates must be in [0, 1000]."
    for format in ("json-point", "any", "tuple"):
        assert parse(text, format).status == "declined"


@pytest.mark.parametrize(
    "text",
    [
        "[0, 1000]",
        "The icon is at [0, 1000].",
        "Click [0, 1000]",
        "Position: [0, 1000]",
        "Sure!\n[0, 1000]\nThat is it.",
    ],
)
def test_the_ends_of_a_frame_may_be_an_answer(text: str) -> None:
    assert parse(text, "json-point", sent=SCREEN).point_in_frame == Point(0, 1000)


def test_the_icon_may_be_in_a_place() -> None:
    assert parse("It is located in (512, 300).", "tuple").point_in_frame == Point(512, 300)
    text = "The normalized coordinates are (512, 300)."
    assert parse(text, "tuple").point_in_frame == Point(512, 300)
    assert parse("Click at (1600, 900).", "tuple", sent=SCREEN).point_in_frame == Point(1600, 900)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("The button spans (502, 290) to (522, 310).", (512, 300)),
        ("It goes from (502, 290) - (522, 310)", (512, 300)),
        ("It lies between (502, 290) and (522, 310).", (512, 300)),
        ("It goes from its top-left (502, 290) to the bottom-right (522, 310).", (512, 300)),
        ("Top left: (502, 290), bottom right: (522, 310)", (512, 300)),
        ("Upper left corner at (502, 290) and lower right corner at (522, 310).", (512, 300)),
        ("Center: (511, 301), size: (20, 20)", (511, 301)),
        ("Click (511, 301); the icon has a size of (20, 20).", (511, 301)),
        ("Its dimensions are (20, 20), and it is at (511, 301).", (511, 301)),
        ("The bottom right icon is at (511, 301).", (511, 301)),
        ("It spans (502, 290) to (522, 310), so its center is (511, 301).", (511, 301)),
        ("Its center is (511, 301); it spans (502, 290) to (522, 310).", (511, 301)),
        ("Click at (511, 301). The screenshot is (1600, 900).", (511, 301)),
    ],
)
def test_two_corners_are_a_box_where_there_is_no_point(
    text: str, point: tuple[float, float]
) -> None:
    for format in ("tuple", "any"):
        assert parse(text, format, sent=SCREEN).point_in_frame == Point(*point)
    listed = text.replace("(", "[").replace(")", "]")
    assert parse(listed, "json-point", sent=SCREEN).point_in_frame == Point(*point)


def test_a_size_alone_may_be_the_name_of_a_field_but_not_that_of_the_picture() -> None:
    assert parse("Font size: (511, 301)", "any", sent=SCREEN).point_in_frame == Point(511, 301)
    assert parse("The resolution is (1600, 900).", "any", sent=SCREEN).status == "unparsed"


def test_the_ends_of_a_drag_are_no_box() -> None:
    assert parse("Drag from (502, 290) to (522, 310).", "any").status == "unparsed"


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (
            "<action>\nClick(box=(640, 222))\n</action>\n<conclusion>Now at (1, 2)</conclusion>",
            "any",
        ),
        ("<ACTION>click(x=640, y=222)</ACTION> left of (1, 2)", "any"),
        ("<action>Click it</action> <point>640 222</point>", "any"),
        (
            "<|begin_of_box|>[[630,212,650,232]]<|end_of_box|>, left of [560,290,580,310]",
            "box-tokens",
        ),
        ("<|begin_of_box|>[[630,212,650,232]]<|end_of_box|>, left of [560,290,580,310]", "any"),
        ('<|begin_of_box|>{"x": 640, "y": 222}<|end_of_box|>\nMemory: [{"a": [1, 2]}]', "any"),
        (
            "<answer>It is <|begin_of_box|>(640,222)<|end_of_box|> (1,2)</answer> (3,4)",
            "box-tokens",
        ),
        ("The <|begin_of_box|>Save<|end_of_box|> icon is at [630,212,650,232]", "box-tokens"),
    ],
)
def test_an_action_and_a_box_are_answer_parts(text: str, format: str) -> None:
    assert parse(text, format).point_in_frame == Point(640, 222)


def test_a_refusal_in_a_box_is_the_answer() -> None:
    text = "<|begin_of_box|>not found<|end_of_box|>, unlike [560,290,580,310]"
    assert parse(text, "box-tokens").status == "declined"


@pytest.mark.parametrize(
    ("text", "format", "prompt"),
    [
        ("It is (512, 300), not (10, 760) as in the example.", "any", "Answer like (10, 760)."),
        (
            '{"point": [512, 300]} as in {"point": [10, 760]}',
            "json-point",
            'Like {"point": [10, 760]}.',
        ),
    ],
)
def test_numbers_of_the_prompt_are_tried_last(text: str, format: str, prompt: str) -> None:
    parsed = parse(text, format, prompt=prompt)
    assert (parsed.point_in_frame, parsed.flags) == (Point(512, 300), ())
    alone = parse(text[text.index("10") - 1 :], "any", prompt=prompt)
    assert alone.flags == ("prompt-example",)
