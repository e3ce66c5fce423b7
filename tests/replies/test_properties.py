"""Properties that hold for every text, format and order."""

from __future__ import annotations

import math
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.geometry import Point
from pointbench.replies import FORMATS, parse, render
from pointbench.replies.json_text import LONGEST_REPAIR, MOST_REPAIRS, json_values

EXACT = sorted(name for name, format in FORMATS.items() if format.step == 0)
ROUNDED = sorted(set(FORMATS) - set(EXACT))
SIDES = {"florence": 1000, "molmo2": 1000, "paligemma": 1023, "kosmos": 32}

numbers = st.one_of(
    st.integers(-20_000, 20_000).map(float),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.floats(0, 1, allow_nan=False),
)
orders = st.sampled_from(["xy", "yx"])


@pytest.mark.parametrize("format", EXACT)
@given(x=numbers, y=numbers, order=orders)
def test_what_is_written_reads_back_as_the_same_point(
    format: str, x: float, y: float, order: str
) -> None:
    parsed = parse(render(Point(x, y), format, order), format, order)
    assert parsed.status == "point"
    assert parsed.point_in_frame == Point(x, y)
    assert parsed.flags == ()


@pytest.mark.parametrize("format", ROUNDED)
@given(data=st.data(), order=orders)
def test_what_is_rounded_reads_back_within_half_a_step(
    format: str, data: st.DataObject, order: str
) -> None:
    side = SIDES[format]
    x, y = (data.draw(st.floats(0, side, allow_nan=False)) for _ in "xy")
    parsed = parse(render(Point(x, y), format, order), format, order)
    assert parsed.point_in_frame is not None
    step = FORMATS[format].step
    assert abs(parsed.point_in_frame.x - x) <= step / 2 + 1e-9
    assert abs(parsed.point_in_frame.y - y) <= step / 2 + 1e-9


@pytest.mark.parametrize("format", sorted(FORMATS))
@given(x=numbers, y=numbers, before=st.sampled_from(["", "Sure!\n", "<think>(1, 2)</think>\n"]))
def test_words_around_an_answer_change_nothing(
    format: str, x: float, y: float, before: str
) -> None:
    x, y = abs(x) % 31, abs(y) % 31
    alone = parse(render(Point(x, y), format), format)
    within = parse(f"{before}{render(Point(x, y), format)}\nThat is it.", format)
    assert within.point_in_frame == alone.point_in_frame


PIECES = [
    *"[]{}()<>\"'`,;:=|/\\ \n\t.-+−%％，（）１é\ud800\x00",
    *("1", "12", "1e309", "NaN", "Infinity", "-0", "1,024", "512.5", "x", "y", "x=", "y:"),
    *('"point"', '"x":', '"bbox_2d":', "null", "true", "click(", "pyautogui.click(", "start_box='"),
    *("<point>", "</point>", '<point x="', '" y="', '<points coords="', "<loc_1>", "<loc0001>"),
    *("<patch_index_0001>", "<|box_start|>", "<|box_end|>", "<box>", "<tool_call>", "```json\n"),
    *("<think>", "</think>", "<answer>", "</answer>", "\nAnswer:", "not found", "and", "\\boxed{"),
    *("<function=f>", "<parameter=coordinate>", '"action": "', "left_click", "type"),
    *("<tool_call>tap", "<arg_key>x</arg_key>", "<arg_value>", '<invoke name="scroll">', "scroll("),
    *("functions.click:0", "terminate(status='failure')", '{"name": "click", "arguments": ', "do("),
    *('"{\\"x\\": 1', "pyautogui.moveTo(1, 2)", "call_user()", "start_box='", "action='Tap'"),
    *("<|START_THINKING|>", "<|END_THINKING|>", "<|channel>thought", "<channel|>", "[reasoning]"),
    *("<|begin_of_box|>", "<|end_of_box|>", "<action>", "</action>", "<plan>", "</plan>", "%"),
    *(
        '"found": false',
        '"status": "not_found"',
        '"reason": "not here"',
        '"width":',
        '"h":',
        '"x":',
    ),
    *(" to ", "between ", "drag ", "in range ", "(1, 2)", "[0, 1000]", " from the left", "\ntap "),
    *(
        "| x | y |\n",
        "| 1 | 2 |\n",
        "\n- 1",
        "0,5",
        '\\"',
        '"polygon":',
        "<point_box>",
        "</point_box>",
    ),
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@given(
    text=texts,
    format=st.sampled_from(sorted(FORMATS)),
    order=orders,
    prompt=st.one_of(st.just(""), texts),
    multi_point=st.sampled_from(["first", "last"]),
    finish_reason=st.sampled_from([None, "stop", "length", "content_filter", "?"]),
)
@settings(max_examples=1500, deadline=None)
def test_no_text_makes_the_parser_raise(
    text: str, format: str, order: str, prompt: str, multi_point: str, finish_reason: str | None
) -> None:
    parsed = parse(
        text, format, order, prompt=prompt, multi_point=multi_point, finish_reason=finish_reason
    )
    assert (parsed.point_in_frame is not None) == (parsed.status == "point")
    if parsed.point_in_frame is not None:
        assert all(isinstance(value, float) for value in parsed.point_in_frame)
        assert all(map(math.isfinite, (*parsed.point_in_frame, *parsed.raw)))
        assert parsed.count >= 1
        assert parsed.raw


@given(
    text=texts,
    format=st.sampled_from(sorted(FORMATS)),
    order=orders,
    unit=st.sampled_from([None, "pixel", "unit", "percent", "permille", "grid:999"]),
    sent=st.sampled_from([None, (1600, 900), (1, 1)]),
    nothing=st.sampled_from([None, (-1.0, -1.0), (1.0, 1.0)]),
    finish_reason=st.sampled_from([None, "stop", "length"]),
    known_whole=st.booleans(),
    opens_reasoning=st.booleans(),
)
@settings(max_examples=800, deadline=None)
def test_nothing_that_is_known_of_the_question_makes_the_parser_raise(
    text: str,
    format: str,
    order: str,
    unit: str | None,
    sent: tuple[float, float] | None,
    nothing: tuple[float, float] | None,
    finish_reason: str | None,
    known_whole: bool,
    opens_reasoning: bool,
) -> None:
    parsed = parse(
        text,
        format,
        order,
        unit=unit,
        sent=sent,
        nothing=nothing,
        finish_reason=finish_reason,
        known_whole=known_whole,
        opens_reasoning=opens_reasoning,
    )
    assert (parsed.point_in_frame is not None) == (parsed.status == "point")
    assert nothing is None or parsed.point_in_frame != nothing
    if parsed.point_in_frame is not None:
        assert all(map(math.isfinite, (*parsed.point_in_frame, *parsed.raw)))


HARD = [
    *("[", "{", "(", '"', "[1,", '{"a":', "{'", "[}", "{]", '\\"', '{"\\', "(1,2) ", "{a:1}"),
    *("x=1,", "x=", "1,", "1", " ", "\n", "<", "<think>", "</think>", "<answer>", "</"),
    *('x1="1" ', 'coords="1 1 5 5"', "<loc_1>", "click(1,", "click(start_box='(1,", "a_click_"),
    *("type(", "type('", "type('a\\", "click((", "click([", "do(action='Tap',", "a.b(", "click({"),
    *("<function=scroll>", "<tool_call>tap<arg_key>x</arg_key><arg_value>5", '<invoke name="tap">'),
    *("functions.tap:0{", "to=", "[TOOL_CALLS]a[ARGS]{}", '{"name":"f","arguments":"{\'x"}'),
    *('{"action":"left_click"} ', '{"action":"move","x":1,"y":2}', '{"action":{"action":'),
    *("pyautogui.moveTo(1,2)\n", "pyautogui.click()\n", "call_user()", "terminate('fail')"),
    *("not ", "can't a ", "\nAnswer:", "(1,2) and ", "<function=a><parameter=x>1", "\ud800", "（"),
    *("<plan>", "[thinking]", "<think a", "<|channel>thought", "<|END_", "a_think_", "unused94"),
    *("(1,2) to ", "from (1,2) to (3,4) ", "in [1,2] ", "between ", "drag ", "1 px from the left "),
    *("tap 1 2\n", "| x | y |\n| 1 | 2 |\n", "point:\n- 1\n- 2\n", "x=0,1, y=0,2 ", "0,1; ", "0,1"),
    *(
        "<point_box>(1,2) ",
        "<point ",
        "<|begin_of_box|>1",
        "<action>1",
        "<action>",
        "<action>a",
        "<1>",
        "[1,[",
        "][",
        "|",
    ),
    *(
        '{"x":1,"x":2,',
        '{"x":1 "y"=2} ',
        '{"found":false} ',
        '"w":1,',
        '{\\"x\\":1}',
        '{"polygon":[[1,2],',
    ),
]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_parsing_takes_time_linear_in_the_text(format: str) -> None:
    """Four times the text may take ten times as long; quadratic time would take sixteen."""
    for unit in HARD:
        short, long = (unit * (size // len(unit)) for size in (10_000, 40_000))
        # A machine that was busy elsewhere gets a second look.
        assert any(
            _seconds(long, format, tries) < max(10 * _seconds(short, format, tries), 0.1)
            for tries in (1, 5)
        ), repr(unit)


def _seconds(text: str, format: str, tries: int) -> float:
    times = []
    for _ in range(tries):
        start = time.process_time()
        parse(text, format)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_megabyte_and_deep_nesting(format: str) -> None:
    answer = render(Point(5, 9), format)
    expected = parse(answer, format).point_in_frame
    assert parse("word " * 200_000 + "\n" + answer, format).point_in_frame == expected
    for text in ("[" * 100_000, "[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000):
        assert parse(text, format).status == "unparsed"


def test_nesting_does_not_hide_an_answer() -> None:
    text = "[" * 100_000 + ' {"point": [5, 9]}'
    assert parse(text, "json-point").point_in_frame == Point(5, 9)


def test_repair_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import json_repair

    sizes: list[int] = []

    def counted(text: str, **_: object) -> list[object]:
        sizes.append(len(text))
        return []

    monkeypatch.setattr(json_repair, "loads", counted)
    list(json_values('{"a": 1,, "b"} words ' * 1000 + "{" + "a" * 2 * LONGEST_REPAIR + "}"))
    assert len(sizes) == MOST_REPAIRS
    assert max(sizes) <= LONGEST_REPAIR


def test_model_text_is_never_evaluated() -> None:
    before = set(sys.modules)
    for format in FORMATS:
        parse("pyautogui.click(__import__('this'), exit())", format)
        parse("{'point': [__import__('antigravity'), 1]}", format)
    assert not {"this", "antigravity"} & (set(sys.modules) - before)
