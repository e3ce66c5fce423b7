"""Marks of reasoning in every spelling, and numbers at the end of a text that may have been cut off."""

from __future__ import annotations

import pytest

from pointbench.geometry import Point
from pointbench.replies import parse

HEX = "51bce0c785ca2f68081bfa7d91973934"
MARKS = [
    ("<think>", "</think>"),
    ("<think >", "</think >"),
    ('<think duration="3">', "</think>"),
    ("<THINKING>", "</THINKING>"),
    (f"<think_never_used_{HEX}>", f"</think_never_used_{HEX}>"),
    ("<think_start>", "<think_end>"),
    ("<|thought_start|>", "<|thought_end|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    ("<|START_THINKING|>", "<|START_RESPONSE|>"),
    ("<|begin_of_thinking|>", "<|end_of_thinking|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|><|begin_of_solution|>"),
    ("<|startofthought|>", "<|endofthought|>"),
    ("<｜begin▁of▁thinking｜>", "<｜end▁of▁thinking｜>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<inner_monologue>", "</inner_monologue>"),
    ("<reasoning_content>", "</reasoning_content>"),
    ("<gui_think>", "</gui_think>"),
    ("<seed:think>", "</seed:think>"),
    ("<plan>", "</plan>"),
    ("<observation>", "</observation>"),
    ("[THINK]", "[/THINK]"),
    ("[reasoning]", "[/reasoning]"),
    ("◁think▷", "◁/think▷"),
]


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_reasoning_between_its_marks_never_counts(opening: str, closing: str) -> None:
    thought = 'Maybe {"x": 100, "y": 100}, or (100, 100)? No.'
    answer = '\n{"x": 512, "y": 300}'
    assert parse(f"{opening}{thought}{closing}{answer}", "any").point_in_frame == Point(512, 300)
    assert parse(f"{opening}{thought}{closing}\nnot found", "any").status == "declined"
    # The opening may have stood in the prompt.
    assert parse(f"{thought}{closing}\nnot found", "any").status == "declined"
    assert parse(f"{opening}{thought} Or is it", "any", finish_reason="length").status == "unparsed"


@pytest.mark.parametrize("opening", ["<plan>", "<observation>", "[reasoning]"])
def test_a_mark_that_other_things_have_needs_its_end(opening: str) -> None:
    assert parse(f"{opening} Click it. (512, 300)", "any").point_in_frame == Point(512, 300)


def test_what_a_cut_off_text_says_in_passing_is_no_answer_of_a_json_format() -> None:
    text = "Okay, the Save icon could be at [100, 120]. Let me look again at the"
    assert parse(text, "json-point", finish_reason="length").status == "unparsed"
    assert parse(text, "json-point").point_in_frame == Point(100, 120)
    for whole in (
        "[100, 120]. The button",
        "```json\n[100, 120]\n```\nIt is",
        "[[100, 120]] is wh",
    ):
        assert parse(whole, "json-point", finish_reason="length").status == "point"


def test_a_prompt_that_opens_the_reasoning() -> None:
    thought = 'It may be {"point": [100, 120]}. Or is it'
    assert parse(thought, "json-point", finish_reason="length").status == "point"
    cut = parse(thought, "json-point", finish_reason="length", opens_reasoning=True)
    assert cut.status == "unparsed"
    # With an end mark, or with all of its tokens, the answer is read as ever.
    text = f'{thought}?</think>{{"point": [512, 300]}}, beca'
    closed = parse(text, "json-point", finish_reason="length", opens_reasoning=True)
    assert closed.point_in_frame == Point(512, 300)
    whole = parse('{"point": [512, 300]}', "json-point", finish_reason="stop", opens_reasoning=True)
    assert whole.point_in_frame == Point(512, 300)


OPEN = [
    ('{"x": 512, "y": 38', "json-point"),
    ('{"x": 512, "y": 38', "any"),
    ('{"point": [512, 38', "json-point"),
    ('{"bbox_2d": [1, 2, 512, 38', "json-point"),
    ("[512, 38", "json-point"),
    (
        '<tool_call>{"name": "f", "arguments": {"action": "click", "coordinate": [512, 38',
        "qwen-tool",
    ),
    ("x=512, y=38", "any"),
    ("The middle is at x: 512, y: 38", "tuple"),
    ('<point x="51.2" y="38', "molmo"),
    ("<point>512 38", "point-tag"),
]


@pytest.mark.parametrize(("text", "format"), OPEN)
def test_a_number_that_nothing_closes_counts_only_in_a_whole_answer(text: str, format: str) -> None:
    for reason in ("stop", "completed", "end_turn", "what?"):
        assert parse(text, format, finish_reason=reason).status == "unparsed"
        assert parse(text, format, finish_reason=reason, known_whole=True).status == "point"
    assert parse(text, format, finish_reason="length").status == "unparsed"
    # Logs without a finish reason are read as they always were.
    assert parse(text, format).status == "point"


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ('{"x": 512, "y": 300}', "json-point"),
        ('{"x": 512, "y": 300\n', "json-point"),
        ('{"point": [512, 300]', "json-point"),
        ("(512, 300)", "tuple"),
        ("512, 300", "tuple"),
        ("The coordinates are 512, 300", "any"),
        ("x = 512, y = 300.", "any"),
        ("<point>512 300</point> 1", "point-tag"),
    ],
)
def test_what_is_closed_or_has_no_end_of_its_own_counts(text: str, format: str) -> None:
    assert parse(text, format, finish_reason="stop").point_in_frame == Point(512, 300)
