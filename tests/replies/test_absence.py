"""An object that says that the thing is not there declines, whatever numbers stand beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.geometry import Point
from pointbench.replies import parse

JSON_FORMATS = ("json-point", "any", "gemini", "qwen-tool", "tool-call")
ABSENT = [
    '{"found": false, "x": 812, "y": 406}',
    '{"isFound": false, "x": 812, "y": 406}',
    '{"target_exists": "no", "x": 812, "y": 406}',
    '{"is_present": "false", "point": [812, 406]}',
    '{"visible": 0, "point": [812, 406]}',
    '{"elementVisible": false, "bbox": [1, 2, 3, 4]}',
    '{"in_frame": false, "point": [812, 406]}',
    '{"target_visible_in_screenshot": false, "point": [812, 406]}',
    '{"isElementPresentInTheImage": "no", "point": [812, 406]}',
    '{"does_exist": false, "point": [812, 406]}',
    '{"not_in_image": true, "point": [812, 406]}',
    '{"absent": true, "x": 812, "y": 406}',
    '{"not_found": "yes", "x": 812, "y": 406}',
    '{"target_missing": 1, "x": 812, "y": 406}',
    '{"status": "not_found", "x": 812, "y": 406}',
    '{"status": "Failure", "x": 812, "y": 406}',
    '{"state": "element absent", "x": 812, "y": 406}',
    '{"result": "not visible", "x": 812, "y": 406}',
    '{"error": "element not found", "x": 812, "y": 406}',
    '{"error": {"code": "NOT_FOUND"}, "x": 812, "y": 406}',
    '{"error": "Timeout", "x": 0, "y": 0}',
    '{"x": 0, "y": 0, "reason": "The Save icon is not on this screen."}',
    '{"x": 0, "y": 0, "explanation": "No icon with this name is shown."}',
    '[{"point": [0, 0], "label": "not found"}]',
    '{"point": [-1, -1], "thought": "找不到"}',
    '{"found": false, "element": {"x": 812, "y": 406}}',
    '{"result": {"found": false}, "x": 812, "y": 406}',
    '[{"found": false, "x": 0, "y": 0}, {"found": false, "x": 1, "y": 1}]',
    '```json\n{"exists": false, "x": 0, "y": 0}\n```',
    "{'found': False, 'x': 0, 'y': 0}",
    '{"found": false, "x": 0, "y": 0',
    'I looked twice: {"found": false, "x": 0, "y": 0}. Sorry.',
]
THERE = [
    '{"x": 812, "y": 406, "reason": "not in the menu, it is in the toolbar"}',
    '{"x": 812, "y": 406, "message": "The menu does not exist, so I click the toolbar"}',
    '{"label": "Not found", "point": [812, 406]}',
    '{"found": true, "x": 812, "y": 406}',
    '{"found": null, "x": 812, "y": 406}',
    '{"label_visible_in_screenshot": false, "fully_visible": false, "x": 812, "y": 406}',
    '{"visible": true, "ambiguous": false, "disabled": false, "x": 812, "y": 406}',
    '{"not_found": false, "absent": "no", "x": 812, "y": 406}',
    '{"error": null, "x": 812, "y": 406}',
    '{"error": "", "x": 812, "y": 406}',
    '{"error": "none", "x": 812, "y": 406}',
    '{"error": "low confidence", "x": 812, "y": 406}',
    '{"status": "success", "x": 812, "y": 406}',
    '{"state": "unchecked", "x": 812, "y": 406}',
    '{"No": 1, "name": "No", "x": 812, "y": 406}',
    '[{"found": false, "x": 0, "y": 0}, {"found": true, "x": 812, "y": 406}]',
]


@pytest.mark.parametrize("text", ABSENT)
@pytest.mark.parametrize("format", JSON_FORMATS)
def test_what_says_that_it_is_absent_declines(format: str, text: str) -> None:
    assert parse(text, format).status == "declined"


@pytest.mark.parametrize("text", THERE)
@pytest.mark.parametrize("format", JSON_FORMATS)
def test_other_fields_and_reasons_leave_a_click_a_click(format: str, text: str) -> None:
    assert parse(text, format).point_in_frame == Point(812, 406)


@pytest.mark.parametrize(
    "text",
    [
        '{"x": 0, "y": 0}',
        '{"x": 0, "y": 0, "confidence": 0.0}',
        '{"label": "Save", "point": [0, 0]}',
    ],
)
def test_zeros_alone_are_the_upper_left_corner(text: str) -> None:
    assert parse(text, "json-point").point_in_frame == Point(0, 0)


def test_formats_of_boxes_and_prose_do_not_click_into_such_an_object() -> None:
    text = '{"found": false, "bbox": [0, 0, 0, 0]}'
    for format in ("box-tokens", "tuple"):
        assert parse(text, format).status == "declined"


numbers = st.integers(-10_000, 10_000)


@given(
    x=numbers, y=numbers, flag=st.sampled_from(["found", "is_visible", "targetExists", "present"])
)
def test_a_flag_declines_beside_any_numbers(x: int, y: int, flag: str) -> None:
    assert parse(f'{{"{flag}": false, "x": {x}, "y": {y}}}', "json-point").status == "declined"
    there = parse(f'{{"{flag}": true, "x": {x}, "y": {y}}}', "json-point")
    assert there.point_in_frame == Point(x, y)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("[-1,-1]", "json-point"),
        ('{"point_2d": [-1, -1], "label": "save"}', "json-point"),
        ("[[-1, -1]]", "json-point"),
        ("[-1, -1, -1, -1]", "json-point"),
        ("(-1, -1)", "tuple"),
        ("x=-1, y=-1", "any"),
        ("<point>-1 -1</point>", "point-tag"),
        ("pyautogui.click(x=-1, y=-1)", "pyautogui"),
    ],
)
def test_a_declared_stand_in_point_declines_and_an_undeclared_one_does_not(
    text: str, format: str
) -> None:
    assert parse(text, format, nothing=(-1, -1)).status == "declined"
    assert parse(text, format).point_in_frame == Point(-1, -1)


def test_a_stand_in_point_is_x_first_in_every_order() -> None:
    assert parse("[0, 5]", "json-point", "yx", nothing=(5, 0)).status == "declined"
    assert parse("[5, 0]", "json-point", "yx", nothing=(5, 0)).status == "point"


def test_a_stand_in_point_beside_a_real_one_is_left_out() -> None:
    parsed = parse("[[-1, -1], [5, 9]]", "json-point", nothing=(-1, -1))
    assert (parsed.point_in_frame, parsed.count, parsed.flags) == (Point(5, 9), 1, ())
