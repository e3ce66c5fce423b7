"""Replies that other harnesses misread, row by row: a text, its declared format, its meaning."""

from __future__ import annotations

import pytest

from pointbench.geometry import Point
from pointbench.replies import parse

OPUS = '(Prefix your response with "Answer: ")\n\nAnswer: (270, 670)'
PROSE = "It lies between (0, 0) and (1024, 768), near the middle. I would click (512,384)."

POINTS = [
    ("unit-box-with-spaces", "[[0.1, 0.2, 0.3, 0.4]]", "box-tokens", (0.2, 0.3)),
    ("box-is-its-center", "[[100,200,140,240]]", "box-tokens", (120, 220)),
    ("box-is-its-center-json", "[[100,200,140,240]]", "json-point", (120, 220)),
    (
        "box-after-a-step-number",
        "step 1: the target is [100,200,140,240]",
        "box-tokens",
        (120, 220),
    ),
    ("box-after-a-step-number-prose", "step 1: the target [100,200,140,240]", "tuple", (120, 220)),
    ("molmo-points-tag", '<points x1="10.0" y1="20.0" alt="a">', "molmo", (10.0, 20.0)),
    ("percent-decimals", "(52.35, 31.10)", "molmo", (52.35, 31.10)),
    ("percent-integers", "(52, 31)", "molmo", (52, 31)),
    ("keys-without-space", "x=512,y=300", "tuple", (512, 300)),
    ("permille-by-declaration", "[500, 500]", "json-point", (500, 500)),
    ("corner-one", "(1, 1)", "tuple", (1, 1)),
    ("corner-zero", "(0, 0)", "tuple", (0, 0)),
    ("list-of-objects", '[{"point":[7,9]}]', "json-point", (7, 9)),
    ("object", '{"point":[7,9]}', "json-point", (7, 9)),
    ("bare-list", "[7,9]", "json-point", (7, 9)),
    ("answer-after-echo", OPUS, "tuple", (270, 670)),
    ("reasoning", "<think>maybe (10,20)?</think> (300,400)", "tuple", (300, 400)),
    ("last-of-prose", PROSE, "tuple", (512, 384)),
    ("ui-tars-point", "click(point='<point>510 274</point>')", "ui-tars", (510, 274)),
    ("ui-tars-start-box", "click(start_box='(510,274)')", "ui-tars", (510, 274)),
    ("above-the-frame", '{"coordinate": [1210, 700]}', "qwen-tool", (1210, 700)),
    ("negative", "(-5, 300)", "tuple", (-5, 300)),
    ("minus-sign", "(−5, 300)", "tuple", (-5, 300)),
    ("full-width", "（５１２，３００）", "tuple", (512, 300)),
    ("full-width-json", '{"point"：［５１２，３００］}', "json-point", (512, 300)),
    ("thousands", "1,024, 768", "tuple", (1024, 768)),
    ("thousands-in-brackets", "(1,024, 1,768)", "tuple", (1024, 1768)),
    ("percent-signs", "(52 %, 31%)", "tuple", (52, 31)),
    ("broken-json", '{"action":"click","x":955,28}', "json-point", (955, 28)),
]


@pytest.mark.parametrize(
    ("text", "format", "point"),
    [row[1:] for row in POINTS],
    ids=[row[0] for row in POINTS],
)
def test_a_text_that_other_harnesses_misread_means_its_point(
    text: str, format: str, point: tuple[float, float]
) -> None:
    parsed = parse(text, format)
    assert parsed.status == "point"
    assert parsed.point_in_frame == pytest.approx(point)


def test_gemini_writes_y_first() -> None:
    parsed = parse('[{"point": [300, 512], "label": "x"}]', "gemini", "yx")
    assert parsed.point_in_frame == Point(512, 300)
    assert parsed.raw == (300, 512)


def test_two_points_are_counted_and_flagged() -> None:
    text = '<points x1="10" y1="20" x2="30" y2="40" alt="a">a</points>'
    first, last = parse(text, "molmo"), parse(text, "molmo", multi_point="last")
    assert (first.point_in_frame, last.point_in_frame) == (Point(10, 20), Point(30, 40))
    assert (first.count, first.flags) == (2, ("several",))


def test_reversed_corners_are_accepted_and_flagged() -> None:
    parsed = parse("[[140,240,100,200]]", "box-tokens")
    assert parsed.point_in_frame == Point(120, 220)
    assert parsed.flags == ("reversed-box",)
    assert parsed.raw == (140, 240, 100, 200)


UNPARSED = [
    ("word-for-a-number", "(beckz, 670)", "tuple"),
    ("another-word", "(beckoned, 670)", "tuple"),
    ("word-in-json", '{"point": [beckz, 670]}', "json-point"),
    ("word-after-candidates", "Either (10, 20) or (30, 40).\nAnswer: (beckz, 670)", "tuple"),
    ("nan", '{"point": [NaN, 5]}', "json-point"),
    ("nan-tuple", "(NaN, 5)", "tuple"),
    ("infinity", '{"x": Infinity, "y": 5}', "json-point"),
    ("overflow", "[1e309, 5]", "json-point"),
    ("overflow-tuple", "(1e309, 5)", "tuple"),
    ("overflow-any", "(5, 1e309)", "any"),
    ("huge-integer", f"[{'9' * 400}, 5]", "json-point"),
    ("more-digits-than-python-converts", f"[{'9' * 5000}, 5]", "json-point"),
    ("last-answer-is-nan", "(10, 20) no, wait: (NaN, NaN)", "tuple"),
    ("expression", "(__import__('os').getpid(), 300)", "tuple"),
    ("arithmetic", "(500+12, 300)", "tuple"),
    ("api-error", "[LMMS_EVAL_REQUEST_FAILED after 5 retries] Error code: 429", "any"),
    ("empty", "", "json-point"),
    ("blank", " \n\t", "any"),
    ("ui-tars-by-another-parser", "click(start_box='(510,274)')", "json-point"),
]


@pytest.mark.parametrize(
    ("text", "format"), [row[1:] for row in UNPARSED], ids=[row[0] for row in UNPARSED]
)
def test_what_nobody_can_read(text: str, format: str) -> None:
    parsed = parse(text, format)
    assert (parsed.status, parsed.point_in_frame) == ("unparsed", None)


@pytest.mark.parametrize(
    "text",
    [
        "Target not existent",
        "not found",
        "I'm sorry, but I can't help with that.",
        "The Slack icon is not visible in this screenshot.",
        "It doesn't exist in the image.",
        "None",
        "null",
        "N/A.",
        '{"point": null}',
        '{"x": null, "y": null}',
        '{"points": []}',
        '{"found": false}',
        '{"coordinate": [null, null]}',
        "[]",
        "```json\n[]\n```",
        "Answer: []",
        "This isn't in the image.",
        "This isn’t in the image.",
        "There are none.",
        "There is no Slack icon on this desktop.",
        "I cannot find a settings button.",
        "I am unable to identify the element.",
        "没有找到该图标。",
        "目标不存在",
        "アイコンが見つかりません。",
        "찾을 수 없습니다",
        "Das Symbol ist nicht vorhanden.",
        "L'élément est introuvable.",
        "No se encuentra el botón.",
        "Элемент не найден",
    ],
)
@pytest.mark.parametrize("format", ["json-point", "tuple", "any"])
def test_a_refusal_in_words_is_declined(text: str, format: str) -> None:
    assert parse(text, format).status == "declined"


def test_a_point_is_a_point_whatever_the_words() -> None:
    text = "The label is not visible, so I click where it should be: (512, 300)"
    assert parse(text, "tuple").point_in_frame == Point(512, 300)
