"""Every model family's reply styles, as its own logs show them."""

from __future__ import annotations

import pytest

from pointbench.geometry import Point
from pointbench.replies import FORMATS, parse, render

CENTER = Point(512, 300)

SHAPES: dict[str, list[str]] = {
    "json-point": [
        '{"point": [512, 300]}',
        '{"x": 512, "y": 300}',
        '{"y": 300, "label": "ok", "x": 512}',
        '{"X": "512", "Y": "300px"}',
        '{"point_2d": [512, 300], "label": "ok"}',
        '[{"point_2d": [512, 300]}]',
        '{"coordinates": {"x": 512, "y": 300}}',
        '{"coordinate": "[512, 300]"}',
        '{"position": "top right", "click": {"position": {"x": 512, "y": 300}}}',
        '{"action": "click", "target": {"name": "ok", "center": [512, 300]}}',
        '{"thought": "between (0, 0) and [9, 9]", "answer": [512, 300]}',
        "[512, 300]",
        "[[512, 300]]",
        "[512.0, 300.0]",
        '```json\n{\n  "point": [512, 300]\n}\n```\nThis is the button.',
        'Sure! Here it is: {"point": [512, 300]}. Anything else?',
        '<answer>\n{"coordinate":[512,300]}}\n</answer>',
        '{"bbox": [500, 280, 524, 320]}',
        '{"bbox_2d": [500, 280, 524, 320], "label": "ok"}',
        '{"box": {"x1": 500, "y1": 280, "x2": 524, "y2": 320}}',
        '{"box": {"x": 500, "y": 280, "width": 24, "height": 40}}',
        '{"box": [[500, 280], [524, 320]]}',
        '{"bbox": [500, 280, 524, 320], "point": [512, 300]}',
        '{"size": [1920, 1080], "point": [512, 300]}',
        '[{"action_type":"MouseAction","mouse_position":{"width":512,"height":300}},'
        '{"action_type":"KeyboardAction","keyboard_key":"Ctrl+A"}]',
        "{'point': (512, 300)}",
        "{point: [512, 300],}",
        '{"point": [512, 300]',
        '{"point": [512, 300',
        '{"point": [512 300]}',
        '{"action":"click","x":512,300}',
        '{"action":"click","x":512, 300}',
        '{"x": 512 "y": 300}',
        'The 5" panel: {"point": [512, 300]}',
        '[see below] {"point": [512, 300]}',
        '[unclosed prose {"point": [512, 300]}',
    ],
    "gemini": [
        '[{"point": [512, 300], "label": "ok"}]',
        '```json\n[{"box_2d": [500, 280, 524, 320], "label": "ok"}]\n```',
        '{"name": "click_at", "args": {"x": 512, "y": 300}}',
    ],
    "molmo": [
        '<point x="512" y="300" alt="ok">ok</point>',
        "<point x='512' y='300' alt='ok'>ok</point>",
        ' <points x1="512" y1="300" alt="ok">ok</points>',
        'x1="512" y1="300"',
        "x=512, y=300",
        '<point x="512" y="300" alt="x=1, y=2 (3, 4)">ok</point>',
        "Click(512.0, 300.0)",
    ],
    "molmo2": [
        '<points coords="1 1 512 300">ok</points>',
        '<points alt="ok" coords="1 1 512 300"/>',
        '<points coords="1 512 300">ok</points>',
        '<tracks coords="1.0 1 512 300">ok</tracks>',
        '<points coords="1\t1 512 300">ok</points>',
    ],
    "moondream": [
        '{"request_id": "r", "points": [{"x": 512, "y": 300}]}',
        '{"objects": [{"x_min": 500, "y_min": 280, "x_max": 524, "y_max": 320}]}',
    ],
    "qwen-tool": [
        '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
        '"coordinate": [512, 300]}}\n</tool_call>',
        '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
        '"coordinate": [512, 300]}\n</tool_call>',
        '{"name": "computer_use", "arguments": "{\\"action\\": \\"click\\", '
        '\\"coordinate\\": [512, 300]}"}',
        '<grounding_think>near (1, 2)</grounding_think>\n<answer>\n{"coordinate":[512,300]}\n</answer>',
        '```json\n[{"point_2d": [512, 300], "label": "ok"}]\n```',
        '[{"bbox_2d": [500, 280, 524, 320]}]',
        "<tool_call>\n<function=computer_use>\n<parameter=action>\nleft_click\n</parameter>\n"
        "<parameter=coordinate>\n[512, 300]\n</parameter>\n</function>\n</tool_call>",
    ],
    "ui-tars": [
        "Thought: I see (3, 4).\nAction: click(start_box='(512,300)')",
        "Action: click(start_box='<|box_start|>(512,300)<|box_end|>')",
        "Action: click(point='<point>512 300</point>')",
        "Action: click(point='<point>512 300</point>'')",
        "Action: left_double(start_box='[500, 280, 524, 320]')",
        "Action: long_press(start_box='(500,280,524,320)')",
        "<|box_start|>(512,300)<|box_end|>",
        "<point>512 300</point>",
        "(512,300)",
    ],
    "point-tag": [
        "<point>512 300</point>",
        "CLICK <point>[[512, 300]]</point>",
        "<point>(512, 300)</point>",
        "<click>512, 300</click>",
        "<coordinate>x=512, y=300</coordinate>",
        "<point>512 300",
    ],
    "box-tokens": [
        "<|object_ref_start|>ok<|object_ref_end|><|box_start|>(500,280),(524,320)<|box_end|>",
        "500,280),(524,320)<|box_end|><|im_end|>",
        "<box>[[500, 280, 524, 320]]</box>",
        "<box>500 280 524 320</box>",
        "<ref>ok</ref><box>(500,280),(524,320)</box>",
        "<|ref|>ok<|/ref|><|det|>[[500, 280, 524, 320]]<|/det|>",
        "<|begin_of_box|>[500,280,524,320]<|end_of_box|>",
        "open the menu[[512,300]]",
        "CLICK(box=[[500,280,524,320]], element_type='button')",
    ],
    "pyautogui": [
        "pyautogui.click(x=512, y=300)",
        "pyautogui.click(512, 300)",
        "```python\nimport pyautogui\npyautogui.doubleClick(x=512, y=300, button='left')\n```",
        "pyautogui.moveTo(512, 300, duration=0.5)",
        "pyautogui.moveTo(1, 2)\npyautogui.click(512, 300)",
        "pyautogui.click(512, 300)\npyautogui.moveTo(1, 2)",
        "pyautogui.click(y=300, x=512)",
        "pyautogui.click((512, 300))",
        "page.mouse.click(512, 300)",
    ],
    "tool-call": [
        '{"type": "click", "button": "left", "x": 512, "y": 300}',
        '{"type": "computer_call", "actions": [{"type": "screenshot"}, '
        '{"type": "click", "x": 512, "y": 300}]}',
        '{"action": {"type": "double_click", "x": 512, "y": 300}}',
        '{"action": "left_click", "coordinate": [512, 300]}',
        '{"type": "tool_use", "name": "left_click", "input": {"coordinate": [512, 300]}}',
        '{"action": "click_element", "element": "ok", "x": 512, "y": 300}',
    ],
    "tuple": [
        "(512, 300)",
        "(512,300)<|im_end|>",
        "512, 300",
        "[512, 300]",
        "**(512, 300)**",
        "x: 512, y: 300",
        "X = 512px and Y = 300px",
        "x is 512 and y is 300",
        "- **x**: 512\n- **y**: 300",
        "x-coordinate: 512, y-coordinate: 300",
        "y: 300, x: 512",
        "Click(x=512, y=300)",
        "Point(x=512.0, y=300.0)",
        "(5.12e2, 3e+2)",
        "(512; 300)",
        "(512 px, 300 px)",
        r"The answer is $\boxed{(512, 300)}$.",
        r"\boxed{512,\, 300}",
        r"\left(512, 300\right)",
        r"\(512, 300\)",
        "(~512, ~300)",
        "x≈512, y≈300",
        "(512, 300,)",
        "512 300",
        "The coordinates are 512, 300.",
        "Coordinates: **512, 300**",
        "The point is 512, 300",
        "Version 1.2.3 at 10:24, size 1920x1080, line 12, 14: (512, 300)",
    ],
    "any": [
        "(512, 300)",
        '{"x": 512, "y": 300}',
        '```json\n{"point": [512, 300]}\n```',
        "Answer: [512, 300]",
        "pyautogui.click(x=512, y=300)",
        "<point>512 300</point>",
        "Action: click(start_box='(512,300)')",
        "<|box_start|>(500,280),(524,320)<|box_end|>",
        '<point x="512" y="300" alt="ok">ok</point>',
        r"$\boxed{(512, 300)}$",
        '{"action": "click(512, 300)"}',
        "left_click(coordinate=[512, 300])",
        "Well, sure: (512, 300)",
        '{"type": "click", "x": 512, "y": 300}',
    ],
}


@pytest.mark.parametrize(
    ("format", "text"), [(format, text) for format, texts in SHAPES.items() for text in texts]
)
def test_every_spelling_of_a_family_gives_its_point(format: str, text: str) -> None:
    parsed = parse(text, format)
    assert parsed.point_in_frame == CENTER
    assert (parsed.status, parsed.count) == ("point", 1)


BINS = [
    ("florence", "ok<loc_100><loc_200><loc_140><loc_240>", (120.5, 220.5), (100, 200, 140, 240)),
    ("florence", "<loc_0><loc_999>", (0.5, 999.5), (0, 999)),
    ("paligemma", "<loc0100><loc0200><loc0140><loc0240> ok", (120, 220), (100, 200, 140, 240)),
    (
        "kosmos",
        "<object><patch_index_0044><patch_index_0863></object>",
        ((12 + 31) / 2 + 0.5, (1 + 26) / 2 + 0.5),
        (44, 863),
    ),
]


@pytest.mark.parametrize(("format", "text", "point", "raw"), BINS)
def test_a_bin_means_its_middle_or_its_place(
    format: str, text: str, point: tuple[float, float], raw: tuple[int, ...]
) -> None:
    parsed = parse(text, format)
    assert (parsed.point_in_frame, parsed.raw) == (point, raw)


def test_paligemma_is_y_first_by_its_profile() -> None:
    parsed = parse("<loc0100><loc0200><loc0140><loc0240> ok", "paligemma", "yx")
    assert parsed.point_in_frame == Point(220, 120)


def test_molmos_oldest_spelling_is_in_tenths_of_a_percent() -> None:
    parsed = parse("p=123, 456", "molmo")
    assert (parsed.point_in_frame, parsed.raw) == (Point(12.3, 45.6), (123, 456))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('<points coords="1 1 500 250 2 600 350">ok</points>', 2),
        ('<points coords="1 1 500 250;2 1 600 350">ok</points>', 2),
        ('<points coords="1 1 005 010 2 600 350 3 700 450">ok</points>', 3),
    ],
)
def test_molmo2_counts_every_triple(text: str, count: int) -> None:
    assert parse(text, "molmo2").count == count


NO_POINTS = [
    ("qwen-tool", '{"name": "computer_use", "arguments": {"action": "type", "text": "(5, 6)"}}'),
    ("qwen-tool", '{"action": "scroll", "coordinate": [5, 6], "pixels": -100}'),
    ("qwen-tool", '{"action": "mouse_move", "coordinate": [5, 6]}'),
    ("any", '{"action": "scroll", "coordinate": [5, 6]}'),
    ("tool-call", '{"type": "screenshot"}'),
    ("tool-call", '{"type": "drag", "path": [{"x": 5, "y": 6}, {"x": 7, "y": 8}]}'),
    ("tool-call", '{"name": "type", "input": {"text": "a", "coordinate": [5, 6]}}'),
    ("ui-tars", "Action: type(content='(5,6)')"),
    ("ui-tars", "Action: drag(start_box='(5,6)', end_box='(7,8)')"),
    ("ui-tars", "Action: finished()"),
    ("pyautogui", "pyautogui.write('(5, 6)')"),
    ("pyautogui", "pyautogui.click()"),
    ("pyautogui", "pyautogui.scroll(-5)"),
    ("json-point", "[1, 2, 3]"),
    ("json-point", '{"size": [1920, 1080]}'),
    ("json-point", '{"x": 512}'),
    ("json-point", '{"bbox_2d": [100, 200'),
    ("json-point", '{"points": ['),
    ("json-point", '{"point":'),
    ("json-point", '{"x": true, "y": false}'),
    ("json-point", '[{"mouse_position":{"width":int,"height":int}}]'),
    ("tuple", "(1, 2, 3)"),
    ("tuple", "[100,200,300]"),
    ("tuple", "(12,34,560)"),
    ("tuple", "[1,2,3,4,5]"),
    ("tuple", "Version 1.2.3"),
    ("tuple", "The screen is 1920x1080."),
    ("tuple", "It is 10:24 now."),
    ("tuple", "(10:24, 10:30)"),
    ("tuple", "see line 12, 14"),
    ("tuple", "position: 1,024,768"),
    ("tuple", "The coordinates are 3, 4, 5"),
    ("tuple", "point at 10:24, 10:30"),
    ("tuple", "(line 12, column 5)"),
    ("tuple", "512"),
    ("tuple", "(512, 300"),
    ("molmo", '<point x="10.0" alt="a">'),
    ("florence", "<loc_12>"),
    ("kosmos", "<patch_index_0044>"),
]


@pytest.mark.parametrize(("format", "text"), NO_POINTS)
def test_what_is_no_point(format: str, text: str) -> None:
    assert parse(text, format).status == "unparsed"


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("moondream", '{"points": []}'),
        ("moondream", '{"objects": []}'),
        ("qwen-tool", '{"action": "terminate", "status": "failure"}'),
        ("ui-tars", "Action: call_user()"),
    ],
)
def test_a_familys_own_way_to_decline(format: str, text: str) -> None:
    assert parse(text, format).status == "declined"


def test_any_names_the_family_that_matched() -> None:
    assert parse("pyautogui.click(x=1, y=2)", "any").format == "pyautogui"
    assert parse("(1, 2)", "tuple").format == "tuple"


def test_named_coordinates_do_not_follow_the_order() -> None:
    for text, format in [
        ('{"x": 5, "y": 9}', "json-point"),
        ("x=5, y=9", "tuple"),
        ('<point x="5" y="9">', "molmo"),
        ("pyautogui.click(x=5, y=9)", "pyautogui"),
    ]:
        assert parse(text, format, "yx").point_in_frame == Point(5, 9)


def test_repair_is_flagged() -> None:
    assert parse('{"point": [5, 9],}', "json-point").flags == ("repaired",)
    assert parse('{"point": [5, 9]}', "json-point").flags == ()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'json-pont'; did you mean 'json-point'\?.*ui-tars"):
        parse("(1, 2)", "json-pont")
    with pytest.raises(ValueError, match=r"unknown reply format 'zzz'\. Known: json-point, "):
        parse("(1, 2)", "zzz")
    with pytest.raises(ValueError, match="order 'zx'"):
        parse("(1, 2)", "tuple", "zx")
    with pytest.raises(ValueError, match="'middle'"):
        parse("(1, 2)", "tuple", multi_point="middle")


def test_every_format_has_its_own_name_and_spellings_here() -> None:
    assert all(format.name == name for name, format in FORMATS.items())
    assert set(SHAPES) | {"florence", "paligemma", "kosmos"} == set(FORMATS)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("molmo", ' <point x="52.3" y="31" alt="target">target</point>'),
        ("ui-tars", "Action: click(start_box='(52.3,31)')"),
        ("molmo2", '<points coords="1 1 052 031">target</points>'),
        ("florence", "target<loc_52><loc_31><loc_52><loc_31>"),
    ],
)
def test_render_writes_as_the_model_does(format: str, text: str) -> None:
    assert render(Point(52.3, 31.0), format) == text
