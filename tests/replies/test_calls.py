"""Calls of tools in every notation: one rule says which of them click, decline, or mean nothing."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.geometry import Point
from pointbench.replies import parse
from pointbench.replies.calls import code_calls, tagged_calls, without_actions

PLACE = Point(512, 300)
JSON_READERS = ["json-point", "any", "tool-call", "qwen-tool", "ui-tars", "pyautogui"]
CODE_READERS = ["any", "ui-tars", "pyautogui"]
BLIND = ["tuple", "box-tokens", "point-tag"]
"""Formats that read no calls, and must not take the numbers of one for a point."""

ARGUMENTS = {"x": 512, "y": 300}
TEXT = json.dumps(json.dumps(ARGUMENTS))
NOTATIONS = {
    "wire": '{"name": "VERB", "arguments": {"x": 512, "y": 300}}',
    "wire, arguments as text": f'{{"name": "VERB", "arguments": {TEXT}}}',
    "wire, arguments with a tail": '{"name": "VERB", '
    '"arguments": "{\\"coordinate\\": [512, 300]}\\n</tool_call>"}',
    "wire, arguments without an end": '{"name": "VERB", "arguments": "{\\"coordinate\\": [512, 300]"}',
    "wire, arguments in single quotes": '{"name": "VERB", "arguments": "{\'x\': 512, \'y\': 300}"}',
    **{
        f"wire, arguments with {what}": json.dumps({"name": "VERB", "arguments": broken})
        for what, broken in {
            "a comma too many": '{"x": 512, "y": 300,}',
            "a comma too few": '{"x": 512 "y": 300}',
            "a fence": '```json\n{"x": 512, "y": 300}\n```',
            "Python's words": "{'x': 512, 'y': 300, 'button': None, 'double': False}",
        }.items()
    },
    "args": '{"name": "VERB", "args": {"point": [512, 300]}}',
    "content block": '{"type": "tool_use", "id": "t", "name": "VERB", "input": {"coordinate": [512, 300]}}',
    "function": f'{{"function": {{"name": "VERB", "arguments": {TEXT}}}}}',
    "tool calls": f'{{"content": null, "tool_calls": [{{"id": "c", "type": "function", '
    f'"function": {{"name": "VERB", "arguments": {TEXT}}}}}]}}',
    "function call": f'{{"function_call": {{"name": "VERB", "arguments": {TEXT}}}}}',
    "recipient": '{"recipient_name": "functions.VERB", "parameters": {"x": 512, "y": 300}}',
    "tool input": '{"tool": "VERB", "tool_input": {"x": 512, "y": 300}}',
    "action": '{"action": "VERB", "coordinate": [512, 300]}',
    "action of one tool": '{"name": "computer_use", '
    '"arguments": {"action": "VERB", "coordinate": [512, 300]}}',
    "action type": '{"action_type": "VERB", "x": 512, "y": 300}',
    "action as an object": '{"action": {"type": "VERB", "x": 512, "y": 300}}',
    "function tag": "<tool_call>\n<function=VERB>\n<parameter=coordinate>\n[512, 300]\n</parameter>\n"
    "</function>\n</tool_call>",
    "function tag, axes": "<function=VERB><parameter=x>512</parameter>"
    "<parameter=y>300</parameter></function>",
    "function tag of one tool": "<function=computer><parameter=action>VERB</parameter>"
    "<parameter=coordinate>[512, 300]</parameter></function>",
    "function tag, JSON inside": '<function=VERB>{"x": 512, "y": 300}</function>',
    "seed": "<seed:tool_call><function=VERB><parameter=point><point>512 300</point></parameter>"
    "</function></seed:tool_call>",
    "seed, unclosed": "<seed:tool_call><function=VERB><parameter=point><point>512 300</point>",
    "invoke": '<invoke name="VERB"><parameter name="coordinate">[512, 300]</parameter></invoke>',
    "invoke with a namespace": '<ns:function_calls><ns:invoke name="VERB">'
    '<ns:parameter name="x">512</ns:parameter>'
    '<ns:parameter name="y">300</ns:parameter></ns:invoke></ns:function_calls>',
    "argument tags": "<tool_call>VERB\n<arg_key>x</arg_key>\n<arg_value>512</arg_value>\n"
    "<arg_key>y</arg_key>\n<arg_value>300</arg_value>\n</tool_call>",
    "argument tags of one tool": "<tool_call>computer<arg_key>action</arg_key><arg_value>VERB</arg_value>"
    "<arg_key>coordinate</arg_key><arg_value>[512, 300]</arg_value></tool_call>",
    "call tokens": "<|tool_calls_section_begin|><|tool_call_begin|>functions.VERB:0"
    '<|tool_call_argument_begin|>{"x": 512, "y": 300}<|tool_call_end|>',
    "other call tokens": "<｜tool▁call▁begin｜>function<｜tool▁sep｜>VERB\n```json\n"
    '{"x": 512, "y": 300}\n```<｜tool▁call▁end｜>',
    "name tag": '<tool_use><name>VERB</name><parameters>{"x": 512, "y": 300}</parameters></tool_use>',
    "bracket tokens": '[TOOL_CALLS]VERB[ARGS]{"x": 512, "y": 300}',
    "channel": 'to=functions.VERB <|constrain|>json<|message|>{"x": 512, "y": 300}<|call|>',
}  # fmt: skip
CODE = [
    "VERB(start_box='(512,300)')",
    "VERB(start_box='<|box_start|>(512,300)<|box_end|>')",
    "VERB(start_box='[502, 290, 522, 310]')",
    "VERB(start_box='(502,290),(522,310)')",
    "VERB(point='<point>512 300</point>')",
    "VERB(point='<point>512 300</point>'')",
    "VERB(x=512, y=300)",
    "VERB(x: 512, y: 300)",
    "VERB(y=300, x=512)",
    "VERB(x=512, y=300, button='left', clicks=len([1, 2]))",
    "VERB(coordinate=[512, 300])",
    "VERB(box=(512, 300))",
    "VERB(box=[[502,290,522,310]], element_info='Save (1, 2)')",
    "VERB(\n    x=512,\n    y=300,\n)",
    'do(action="VERB", element=[512,300])',
    'computer(action="VERB", coordinate=[512, 300])',
]
POSITIONAL = ["VERB(512, 300)", "VERB((512, 300))", "VERB([512, 300])", "pyautogui.VERB(512, 300)"]


def _words(text: str) -> list[str]:
    return text.split()


CLICKS = _words(
    "click left_click double_click triple_click right_click middle_click tap press long_press "
    "click_at click_absolute left_single right_single left_double touch select leftClick "
    "doubleClick CLICK mouse_click browser_click point_click double_tap long_press_at"
)
OTHERS = _words(
    "scroll hover type drag swipe scroll_down mouse_scroll left_click_drag dragTo HOVER moveRel "
    "scroll_at type_text_at hover_at drag_and_drop swipe_up mouse_down mouse_move input_text"
)
NOUNS = _words("key wait screenshot open answer navigate input search home back zoom")
"""Actions whose words are names of elements as well: ``Home(512, 300)``."""


def _read(text: str, format: str) -> Point | str:
    parsed = parse(text, format)
    return parsed.point_in_frame or parsed.status


def _misread(texts: list[str], formats: list[str], meaning: Point | str) -> list[object]:
    """Every reading that is not the meaning, so that one failure names them all."""
    return [
        (format, text, read)
        for text in texts
        for format in formats
        if (read := _read(text, format)) != meaning
    ]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_click_in_any_notation_is_a_point(notation: str) -> None:
    texts = [NOTATIONS[notation].replace("VERB", verb) for verb in CLICKS]
    assert _misread(texts, JSON_READERS, PLACE) == []


@pytest.mark.parametrize("notation", NOTATIONS)
def test_another_action_in_any_notation_is_no_point(notation: str) -> None:
    nouns = [] if notation == "action as an object" else NOUNS
    texts = [NOTATIONS[notation].replace("VERB", verb) for verb in OTHERS + nouns]
    formats = JSON_READERS + (BLIND if "<" in texts[0] and "{" not in texts[0] else [])
    assert _misread(texts, formats, "unparsed") == []


@pytest.mark.parametrize("code", CODE + POSITIONAL)
def test_a_click_in_code_is_a_point(code: str) -> None:
    calls = [code.replace("VERB", verb) for verb in CLICKS]
    fenced = [f"```python\nimport pyautogui\n{call}\ntime.sleep(1)\n```" for call in calls]
    assert _misread([*calls, *fenced], CODE_READERS, PLACE) == []


@pytest.mark.parametrize("code", CODE + POSITIONAL)
def test_another_action_in_code_is_no_point(code: str) -> None:
    # A move alone stays as the format of code reads it, and a noun may be a label.
    verbs = [verb for verb in OTHERS if verb != "mouse_move"]
    verbs += [] if code in POSITIONAL else NOUNS
    texts = [code.replace("VERB", verb) for verb in verbs]
    assert _misread(texts, [*CODE_READERS, *BLIND, "json-point"], "unparsed") == []


@pytest.mark.parametrize(
    "name",
    [
        "functions.click:0",
        "computer.click",
        "LEFT-CLICK",
        "mcp__computer__left_click",
        "tools/click",
    ],
)
def test_namespaces_numbers_case_and_dashes_do_not_matter(name: str) -> None:
    for notation in ("wire", "content block", "function tag", "invoke", "argument tags"):
        assert _misread([NOTATIONS[notation].replace("VERB", name)], JSON_READERS, PLACE) == []
        other = (
            name.replace("left_click", "hover")
            .replace("click", "hover")
            .replace("LEFT-CLICK", "Scroll-At")
        )
        assert (
            _misread([NOTATIONS[notation].replace("VERB", other)], JSON_READERS, "unparsed") == []
        )


@pytest.mark.parametrize(
    "text",
    [
        "call_user()",
        "call_user(content='Which one, (1, 2)?')",
        "FAIL()",
        "infeasible()",
        "terminate(status='failure')",
        'computer.terminate(status="failure")',
        "computer.terminate(status='infeasible')",
        "terminate('failure')",
        "terminate(status='fail', info='at (1, 2)')",
        "terminate(status='Impossible')",
        "finished(status='failed')",
        "done(success=False)",
        "functions.call_user()",
        "do(action='Fail', message='(1, 2)')",
        "<function=terminate><parameter=status>failure</parameter></function>",
        "<function=computer_use><parameter=action>terminate</parameter><parameter=status>fail</parameter></function>",
        "<seed:tool_call><function=call_user><parameter=content>At <point>1 2</point>?</parameter></function>"
        "</seed:tool_call>",
        "<tool_call>call_user\n<arg_key>content</arg_key><arg_value>where (1,2)</arg_value></tool_call>",
        "<tool_call>fail</tool_call>",
        '<invoke name="terminate"><parameter name="status">failure</parameter></invoke>',
    ],
)
def test_giving_up_as_a_call_declines_in_every_format(text: str) -> None:
    assert _misread([text], [*JSON_READERS, *BLIND, "molmo"], "declined") == []
    assert parse(text, "any", finish_reason="length").status == "unparsed"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "call_user", "arguments": {"content": "at (1, 2)?"}}',
        '{"name": "fail", "arguments": null}',
        '{"type": "function", "function": {"name": "infeasible", "arguments": "{}"}}',
        '{"action": "terminate", "status": "fail"}',
        '{"name": "computer_use", "arguments": {"action": "terminate", "status": "infeasible"}}',
        '{"name": "terminate", "arguments": {"status": "failure"}}',
        '{"name": "terminate", "arguments": "{\\"status\\": \\"failed\\"}"}',
        '{"name": "functions.terminate", "args": {"status": "FAILURE"}}',
        '{"name": "finished", "arguments": {"status": "failure"}}',
        '{"action_type": "status", "goal_status": "infeasible"}',
        '{"action": "impossible", "point": [-100, -100]}',
        '{"done": {"success": false, "text": "x"}}',
        "<|tool_call_begin|>functions.call_user:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
        "<|tool_call_begin|>functions.terminate:0<|tool_call_argument_begin|>"
        '{"status": "failure"}<|tool_call_end|>',
    ],
)
def test_giving_up_as_a_call_in_json_declines(text: str) -> None:
    assert _misread([text], JSON_READERS, "declined") == []


@pytest.mark.parametrize(
    "text",
    [
        "terminate(status='success')",
        'computer.terminate(status="success")',
        "finished(content='ok (1,2)')",
        "done()",
        # ScaleCUA asks its user a question and goes on.
        "callUser(message='which?')",
        '{"action": "terminate", "status": "success"}',
        '{"name": "terminate", "arguments": {"status": "success"}}',
        '{"name": "finished", "arguments": {}}',
        '{"name": "left_click", "arguments": {}}',
        "<function=terminate><parameter=status>success</parameter></function>",
        '{"done": {"success": true}}',
        '{"action": "press", "keys": "enter"}',
    ],
)
def test_an_end_or_an_action_without_a_place_is_unparsed(text: str) -> None:
    assert _misread([text], JSON_READERS, "unparsed") == []


MOVES = [
    ('{"action": "mouse_move", "coordinate": [512, 300]}', '{"action": "left_click"}'),
    ('{"type": "move", "x": 512, "y": 300}', '{"type": "click", "button": "left"}'),
    ('{"name": "mouse_move", "arguments": {"x": 512, "y": 300}}', '{"name": "left_click", "arguments": {}}'),
    (
        '{"name": "computer_use", "arguments": {"action": "mouse_move", "coordinate": [512, 300]}}',
        '{"name": "computer_use", "arguments": {"action": "left_click"}}',
    ),
    (
        "<function=mouse_move><parameter=coordinate>[512, 300]</parameter></function>",
        "<function=left_click></function>",
    ),
    (
        "<tool_call>mouse_move<arg_key>coordinate</arg_key><arg_value>[512,300]</arg_value></tool_call>",
        "<tool_call>left_click</tool_call>",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("move", "click"), MOVES)
def test_a_click_without_a_place_is_where_the_pointer_was_moved(move: str, click: str) -> None:
    together = [f"{move}\n{click}", f"I go there: {move}. And I click: {click}."]
    if move[0] == "{":
        together += [
            f"[{move}, {click}]",
            f'{{"actions": [{move}, {{"action": "wait"}}, {click}]}}',
        ]
        together += [f'{move}\n{{"action": "key", "text": "ctrl"}}\n{click}']
    assert _misread(together, JSON_READERS, PLACE) == []
    assert _misread([move, click, f"{click}\n{move}"], JSON_READERS, "unparsed") == []


@pytest.mark.parametrize(
    "between",
    [
        '{"action": "left_click_drag", "start_coordinate": [1, 2], "coordinate": [3, 4]}',
        '{"action": "scroll", "coordinate": [7, 8]}',
        '{"name": "move_relative", "arguments": {"x": 1, "y": 2}}',
        '{"action": "hover", "coordinate": [7, 8]}',
    ],
)
def test_nobody_knows_where_other_actions_leave_the_pointer(between: str) -> None:
    move, click = MOVES[0]
    texts = [f"{move}\n{between}\n{click}", f"[{move}, {between}, {click}]"]
    assert _misread(texts, JSON_READERS, "unparsed") == []


@pytest.mark.parametrize("click", ['"index": 4', '"coordinate": "[beckz, 5]"', '"ref": "e7"'])
def test_a_click_on_something_else_is_not_where_the_pointer_is(click: str) -> None:
    text = f'{MOVES[0][0]}\n{{"action": "left_click", {click}}}'
    assert parse(text, "tool-call").status == "unparsed"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("pyautogui.moveTo(512, 300)", PLACE),
        ("pyautogui.moveTo(512, 300)\ntime.sleep(1)", PLACE),
        ("pyautogui.moveTo(512, 300)\npyautogui.click()", PLACE),
        ("pyautogui.moveTo(1, 2)\npyautogui.moveTo(512, 300)\npyautogui.doubleClick()", PLACE),
        ("pyautogui.moveTo(512, 300)\npyautogui.scroll(-5)\npyautogui.click()", PLACE),
        ("pyautogui.moveTo(1, 2)\npyautogui.click(512, 300)", PLACE),
        ("pyautogui.click(512, 300)\npyautogui.dragTo(1, 2)", PLACE),
        ("pyautogui.click(512, 300)\npyautogui.write('(1, 2)')", PLACE),
        ("print(default_api.click(x=512, y=300))", PLACE),
        ("pyautogui.moveTo(512, 300)\npyautogui.dragTo(900, 500, duration=1.0)", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.scroll(-5)", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.hotkey('ctrl', 'c')", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.press('enter')", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.mouseDown()", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.dragTo(1, 2)\npyautogui.click()", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.move(5, 6)\npyautogui.click()", "unparsed"),
        ("pyautogui.moveRel(10, 20)\npyautogui.click()", "unparsed"),
        ("pyautogui.moveTo(512, 300)\npyautogui.click('save.png')", "unparsed"),
        ("pyautogui.type('click(512, 300)')", "unparsed"),
    ],
)
def test_pyautogui_moves_drags_and_scrolls(code: str, meaning: Point | str) -> None:
    assert _misread([code], ["pyautogui", "any"], meaning) == []


def test_a_call_without_its_end_is_no_call_of_code() -> None:
    assert (
        _misread(["pyautogui.click(x=512, y=30", "click((512, 30"], ["pyautogui"], "unparsed") == []
    )


def test_without_code_the_code_format_reads_json() -> None:
    for text in (
        "[512, 300]",
        '{"point": [512, 300]}',
        '{"name": "click", "arguments": {"x": 512, "y": 300}}',
    ):
        assert _read(text, "pyautogui") == PLACE


@pytest.mark.parametrize(
    "text",
    [
        '{"action": "click", "x": 512, "y": 300}',
        '{"type": "button", "point": [512, 300]}',
        '{"type": "search", "point": [512, 300]}',
        '{"type": "input", "point": [512, 300]}',
        '{"type": "scroll bar", "point": [512, 300]}',
        '{"label": "scroll", "point": [512, 300]}',
        '{"name": "Home", "point": [512, 300]}',
        '{"name": "search", "input": "text field", "point": [512, 300]}',
        '{"home": {"x": 512, "y": 300}}',
        '{"answer": {"x": 512, "y": 300}}',
        '{"status": "done", "x": 512, "y": 300}',
        '{"action": "open the settings menu", "point": [512, 300]}',
        '{"action": "Click on the scroll bar", "point": [512, 300]}',
        '{"action": "close", "point": [512, 300]}',
        '{"name": "locate", "arguments": {"x": 512, "y": 300}}',
        '{"name": "ground_element", "arguments": {"point": [512, 300]}}',
        '{"name": "click", "arguments": [512, 300]}',
        '{"name": "click", "arguments": "512, 300"}',
    ],
)
def test_a_word_that_is_no_verb_leaves_an_answer_an_answer(text: str) -> None:
    assert _misread([text], ["json-point", "any", "tool-call", "qwen-tool"], PLACE) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"scroll": {"x": 512, "y": 300}}',
        '{"action": [{"hover": {"x": 512, "y": 300}}]}',
        '{"action": "scroll down", "point": [512, 300]}',
        '{"action": "hover over the icon", "point": [512, 300]}',
        'scroll({"x": 512, "y": 300})',
    ],
)
def test_a_verb_may_be_a_key_or_begin_a_sentence(text: str) -> None:
    assert _misread([text], JSON_READERS, "unparsed") == []


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("Home(512, 300)", "any"),
        ("Search(512, 300)", "tuple"),
        ("Does open() help? No: (512, 300)", "any"),
        ('{"thought": "not by type(", "point": [512, 300], "rest": ")"}', "json-point"),
        ('{"thought": "I could drag([1, 2], [3, 4])", "point": [512, 300]}', "any"),
        ('click({"x": 512, "y": 300})', "json-point"),
        ("<action>\nClick(box=(512, 300))\n</action>", "any"),
        ("Grounded Operation: CLICK(box=[[502,290,522,310]])", "box-tokens"),
        ("left_click(start_box='[512,300]', element_info='Page (1, 2)')", "box-tokens"),
    ],
)
def test_calls_in_and_beside_other_answers(text: str, format: str) -> None:
    assert _read(text, format) == PLACE


def test_the_words_in_a_click_are_no_place() -> None:
    for text in (
        "click('Save (1, 2)')",
        "click(text='(1, 2)')",
        "click(element='Page (1, 2)', button='left')",
    ):
        assert _misread([text], [*CODE_READERS, "box-tokens"], "unparsed") == []


def test_giving_up_takes_back_the_words_before_it() -> None:
    assert parse("It might be (512, 300).\nterminate(status='failure')", "any").status == "declined"
    assert _read("terminate(status='failure')? No: (512, 300)", "any") == PLACE


def test_a_mended_argument_string_is_flagged() -> None:
    text = '{"name": "click", "arguments": "{\\"x\\": 512, \\"y\\": 300}</tool_call>"}'
    assert parse(text, "tool-call").flags == ("repaired",)
    cut = '{"name": "click", "arguments": "{\\"x\\": 512, \\"y\\": 30"}'
    assert parse(cut, "tool-call").status == "unparsed"


def test_two_clicks_are_several() -> None:
    for text in (
        "<function=click><parameter=point>[1, 2]</parameter></function>\n"
        "<function=click><parameter=point>[3, 4]</parameter></function>",
        '{"name": "click", "arguments": {"x": 1, "y": 2}}\n{"name": "click", "arguments": {"x": 3, "y": 4}}',
    ):
        parsed = parse(text, "tool-call")
        assert (parsed.point_in_frame, parsed.count, parsed.flags) == (Point(1, 2), 2, ("several",))


@pytest.mark.parametrize("format", ["ui-tars", "pyautogui"])
@given(
    before=st.sampled_from(
        ["", "Thought: it.\nAction: ", "```python\n", "a", "not.", "[1, 2] ", "é"]
    ),
    call=st.sampled_from(
        ["click", "left_click", "pyautogui.click", "pyautogui.doubleClick", "Click"]
    ),
    values=st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)),
    written=st.sampled_from(["(start_box='({},{})')", "(x={}, y={})", "(start_box='({}, {})')"]),
    after=st.sampled_from(["", "\n```", " (1, 2)", "\ntype(content='a')", "\nclick()", ")", " so"]),
)
def test_the_short_way_to_one_click_is_that_of_all_calls(
    format: str, before: str, call: str, values: tuple[int, int], written: str, after: str
) -> None:
    text = before + call + written.format(*values) + after
    # Longer than any text that is read the short way.
    assert parse(text, format) == parse(f"{'The screen. ' * 100}\n{text}", format)


PIECES = (
    *("click(", "scroll(", "type('", "do(action='Tap', ", "terminate(", ")", "(1, 2)", "[5, 6]"),
    *("x=1, ", "'", '"', ",", "\n", "status='failure'", "<function=click>", "<function=scroll>"),
    *("<parameter=x>", "</parameter>", "</function>", "<tool_call>click", "<arg_key>x</arg_key>"),
    *("<arg_value>7", "</tool_call>", '<invoke name="tap">', '{"x": 1, "y": 2}', "functions.tap:0"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_blanking_keeps_every_offset_and_calls_do_not_overlap(text: str) -> None:
    blanked = without_actions(text)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    for calls in (tagged_calls(text), code_calls(text)):
        assert all(a.end <= b.start for a, b in pairwise(calls))


@pytest.mark.parametrize("arguments", ['{"x": 512, "y": 30', '{"point": [512, 30', '{"x": 512,'])
def test_arguments_that_end_in_a_number_are_not_closed(arguments: str) -> None:
    text = json.dumps({"name": "click", "arguments": arguments})
    for finish_reason in ("tool_calls", None):
        assert parse(text, "any", finish_reason=finish_reason).status == "unparsed"


def test_an_argument_string_of_any_length_takes_linear_time() -> None:
    for part in ("{", "{'", '{"x": 1 ', "{" + "```json" * 3, "{ ,", '{"a" '):
        text = json.dumps({"name": "click", "arguments": part * 20_000})
        parse(text, "any")
