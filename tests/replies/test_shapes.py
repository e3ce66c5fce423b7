"""The shapes in which points and boxes are written: keys, corners, sizes, polygons, prose, tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.geometry import Point
from pointbench.replies import parse

CENTER = Point(512, 300)
SCREEN = (1600, 900)

OBJECTS = [
    # a corner and a size
    '{"x": 502, "y": 290, "width": 20, "height": 20}',
    '{"x": "502", "y": "290", "w": "20", "h": "20"}',
    '{"left": 502, "top": 290, "width": 20, "height": 20}',
    '{"left": 502, "top": 290, "w": 20, "h": 20}',
    '{"x_min": 502, "y_min": 290, "width": 20, "height": 20}',
    '{"bbox_x": 502, "bbox_y": 290, "bbox_width": 20, "bbox_height": 20}',
    '{"bbox": {"x": 502, "y": 290, "w": 20, "h": 20}}',
    '{"bounds": {"x": 502, "y": 290, "width": 20, "height": 20}}',
    '[{"label": "Save", "x": 502, "y": 290, "width": 20, "height": 20}]',
    '{"element": {"x": 502, "y": 290, "width": 20, "height": 20}}',
    '{"x": 502, "y": 290, "size": {"width": 20, "height": 20}}',
    '{"location": {"x": 502, "y": 290}, "size": {"height": 20, "width": 20}}',
    '{"bounds": {"origin": {"x": 502, "y": 290}, "size": {"w": 20, "h": 20}}}',
    '{"x": 502, "y": 290, "right": 522, "bottom": 310}',
    '{"xywh": [502, 290, 20, 20]}',
    '{"bbox_xywh": ["502", "290", "20", "20"]}',
    '{"x": 512, "y": 300, "size": {"width": 1600, "height": 900}}',
    '{"position": [512, 300], "size": [20, 20]}',
    '{"x": 512, "y": 300, "x1": 1, "y1": 2, "x2": 3, "y2": 4}',
    # the middle and a size
    '{"center_x": 512, "center_y": 300, "width": 20, "height": 20}',
    '{"cx": 512, "cy": 300, "w": 20, "h": 20}',
    # names
    '{"pixel_x": 512, "pixel_y": 300}',
    '{"screenX": 512, "screenY": 300}',
    '{"target_x": 512, "target_y": 300}',
    '{"x_px": 512, "y_px": 300}',
    '{"screen_x": 1, "x": 512, "y": 300, "screen_y": 2}',
    '{"col": 512, "row": 300}',
    '{"elementCenter": {"x": 512, "y": 300}}',
    '{"icon_center": [512, 300]}',
    '{"coordinates": {"left": 512, "top": 300}}',
    # corners
    '{"topX": 502, "topY": 290, "bottomX": 522, "bottomY": 310}',
    '{"topLeftX": 502, "topLeftY": 290, "bottomRightX": 522, "bottomRightY": 310}',
    '{"left_x": 502, "top_y": 290, "right_x": 522, "bottom_y": 310}',
    '{"bbox_x1": 502, "bbox_y1": 290, "bbox_x2": 522, "bbox_y2": 310}',
    '{"x0": 502, "y0": 290, "x1": 522, "y1": 310}',
    '{"bounds": "[502,290][522,310]"}',
    # from edge to edge
    '{"x": [502, 522], "y": [290, 310]}',
    '{"x": {"min": 502, "max": 522}, "y": {"min": 290, "max": 310}}',
    '{"x": "502-522", "y": "290-310"}',
    '{"x": [512], "y": [300]}',
    # more numbers, or texts
    '{"point": [512, 300, 1]}',
    '{"bbox": [502, 290, 522, 310, 0.98]}',
    '{"bbox": [502, 290, 522, 310, 0.98, 3]}',
    '{"bbox": [502, 290, 522, 290, 522, 310, 502, 310]}',
    '{"bbox": [502, "290; 522 310;"]}',
    '{"bbox": ["502 290", "522 310"]}',
    '{"bbox": "502;290;522;310"}',
    # polygons
    '{"polygon": [[502, 290], [522, 290], [522, 310], [502, 310]]}',
    '{"polygon": [{"x": 502, "y": 290}, {"x": 522, "y": 290}, {"x": 512, "y": 310}]}',
    '{"segmentation": [[502, 290, 522, 290, 522, 310, 502, 310]]}',
    # JSON in a string
    '{\\"x\\": 512, \\"y\\": 300}',
    '"{\\"point\\": [512, 300]}"',
]


@pytest.mark.parametrize("text", OBJECTS)
@pytest.mark.parametrize("format", ["json-point", "any"])
@pytest.mark.parametrize("sent", [SCREEN, None])
def test_the_middle_of_an_object(text: str, format: str, sent: tuple[float, float] | None) -> None:
    unit = "pixel" if sent else None
    assert parse(text, format, unit=unit, sent=sent).point_in_frame == CENTER


@pytest.mark.parametrize(
    ("text", "unit", "point"),
    [
        ('{"x": 812, "y": 406, "width": 1600, "height": 900}', "pixel", (812, 406)),
        ('{"x": 812, "y": 406, "w": 1920, "h": 1080}', "pixel", (812, 406)),
        ('{"x": 812, "y": 406, "width": 1280, "height": 720}', "pixel", (812, 406)),
        ('{"x": 512, "y": 300, "width": 1000, "height": 1000}', "permille", (512, 300)),
        ('{"x": 512, "y": 300, "width": 1600, "height": 900}', "permille", (512, 300)),
        ('{"x": 0.5, "y": 0.25, "width": 1600, "height": 900}', "unit", (0.5, 0.25)),
        # A large box inside the picture, and one that sticks out a little, are boxes.
        ('{"x": 100, "y": 100, "width": 800, "height": 600}', "pixel", (500, 400)),
        ('{"x": 1580, "y": 10, "width": 22, "height": 20}', "pixel", (1591, 20)),
    ],
)
def test_the_size_of_the_picture_makes_no_box(
    text: str, unit: str, point: tuple[float, float]
) -> None:
    assert parse(text, "json-point", unit=unit, sent=SCREEN).point_in_frame == Point(*point)


def test_without_the_picture_a_screen_around_the_point_makes_no_box() -> None:
    text = '{"x": 812, "y": 406, "width": 1600, "height": 900}'
    assert parse(text, "json-point").point_in_frame == Point(812, 406)


@given(
    x=st.integers(0, 1500),
    y=st.integers(0, 850),
    width=st.integers(0, 90),
    height=st.integers(0, 40),
)
def test_a_corner_and_a_size_mean_the_middle(x: int, y: int, width: int, height: int) -> None:
    text = f'{{"x": {x}, "y": {y}, "width": {width}, "height": {height}}}'
    parsed = parse(text, "json-point", unit="pixel", sent=SCREEN)
    assert parsed.point_in_frame == Point(x + width / 2, y + height / 2)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"bbox": [502, 290, 522, 310], "bbox": [602, 290, 622, 310]}', 2),
        ('{"name": "a", "point": [512, 300], "name": "b", "point": [1, 2], "name": "c", "point": [3, 4]}', 3),
        ('{"x": 512, "y": 300, "x": 1, "y": 2}', 2),
        ('{"x": 512, "x": 1, "y": 300}', 2),
        ('[{"a": {"point": [512, 300], "point": [1, 2]}}]', 2),
    ],
)  # fmt: skip
def test_a_repeated_key_gives_several_points_and_the_first_counts(text: str, count: int) -> None:
    parsed = parse(text, "json-point")
    assert (parsed.point_in_frame, parsed.count, parsed.flags) == (CENTER, count, ("several",))


def test_a_repeated_label_gives_one_point() -> None:
    parsed = parse('{"label": "a", "point": [512, 300], "label": "b"}', "json-point")
    assert (parsed.point_in_frame, parsed.count, parsed.flags) == (CENTER, 1, ())


def test_a_repeated_key_is_seen_in_repaired_json_too() -> None:
    parsed = parse('{"point": [512, 300], "point": [1, 2],}', "json-point")
    assert (parsed.point_in_frame, parsed.flags) == (CENTER, ("several", "repaired"))


@pytest.mark.parametrize("brackets", ["[]", "()", "<>", "{}", "||"])
def test_any_brackets_between_the_tokens_of_a_box(brackets: str) -> None:
    text = f"<|begin_of_box|>{brackets[0]}502,290,522,310{brackets[1]}<|end_of_box|>"
    assert parse(text, "box-tokens").point_in_frame == CENTER


def test_numbers_that_are_tokens_of_their_own_and_lists_in_lists() -> None:
    bins = "<|box_start|><502><290><522><310><|box_end|>"
    assert parse(bins, "box-tokens").point_in_frame == CENTER
    assert parse("<|det|>[245,[234,543,542,244]]<|/det|>", "box-tokens").status == "unparsed"


@pytest.mark.parametrize(
    "text",
    [
        "512 px from the left and 300 px from the top",
        "300 px from the top and 512 px from the left",
        "It is 512 pixels from the left edge, 300 pixels from the top edge.",
        "about 512 px from the left edge of the screen and 300 px from the top",
        "point:\n  - 512\n  - 300",
        "bbox:\n- 502\n- 290\n- 522\n- 310",
        "| x | y |\n|---|---|\n| 512 | 300 |",
        "| Element | X | Y |\n|:--|--:|--:|\n| Save | **512** | 300 |",
        "tap 512 300",
        "```bash\nadb shell input tap 512 300\n```",
        "xdotool mousemove 512 300 click 1",
        "cliclick c:512,300",
    ],
)
@pytest.mark.parametrize("format", ["any", "tuple"])
def test_edges_lists_tables_and_commands(text: str, format: str) -> None:
    assert parse(text, format).point_in_frame == CENTER


@pytest.mark.parametrize(
    "text",
    [
        "adb shell input swipe 1 2 512 300",
        "xdotool mousemove 512 300",
        "tap 2 times",
        "press 3 4 times",
        "point:\n- 1\n- 2\n- 3",
        "| x | y |\n|---|---|\n| left | top |",
    ],
)
def test_what_only_looks_like_a_command_list_or_table(text: str) -> None:
    assert parse(text, "any").status == "unparsed"


@pytest.mark.parametrize("format", ["any", "point-tag", "molmo", "tuple"])
def test_tags_with_a_mention(format: str) -> None:
    box = '<point_box mention="gear"> (502,290) (522,310) </point_box>'
    assert parse(box, format).point_in_frame == CENTER
    point = '<point mention="gear"> (512,300) </point>'
    assert parse(point, format).point_in_frame == CENTER
    several = f'<collection mention="gears">{point} <point> (3,4) </point></collection>'
    corners = "(502,290) (522,290) (522,310) (502,310)"
    assert parse(f'<polygon mention="gear"> {corners} </polygon>', format).point_in_frame == CENTER
    parsed = parse(several, format)
    assert (parsed.point_in_frame, parsed.count, parsed.flags) == (CENTER, 2, ("several",))
    assert parse(several, format, multi_point="last").point_in_frame == Point(3, 4)


@pytest.mark.parametrize(
    "text",
    [
        '{"x": "32%", "y": "33.3%"}',
        '{"point": ["32%", "33.3%"]}',
        "(32 %, 33.3 %)",
        "x = 32%, y = 33.3%",
        "<point>32% 33.3%</point>",
    ],
)
def test_percent_signs_count_under_a_frame_in_percent_only(text: str) -> None:
    assert parse(text, "any", unit="percent").point_in_frame == Point(32, 33.3)
    for unit in ("pixel", "unit", "permille", "grid:999"):
        assert parse(text, "any", unit=unit).status == "unparsed"


def test_percent_signs_elsewhere_do_not_matter() -> None:
    text = '{"x": 512, "y": 300, "confidence": "90%"}'
    assert parse(text, "json-point", unit="pixel").point_in_frame == CENTER


@pytest.mark.parametrize(
    "text",
    [
        "(0,512; 0,3)",
        "[0,512; 0,3]",
        "x = 0,512, y = 0,3",
        "x: 0,512; y: 0,300",
        '{"x": "0,512", "y": "0,3"}',
        '{"x": 0,512, "y": 0,3}',
    ],
)
def test_a_comma_is_decimal_where_it_can_be_nothing_else(text: str) -> None:
    assert parse(text, "any", unit="unit").point_in_frame == Point(0.512, 0.3)


def test_a_comma_elsewhere_separates() -> None:
    assert parse("(502,290; 522,310)", "tuple").point_in_frame == CENTER
    assert parse("(1,024, 768)", "tuple").point_in_frame == Point(1024, 768)
    assert parse("(0,512)", "tuple").point_in_frame == Point(0, 512)
    assert parse('{"x": 955,28}', "json-point").point_in_frame == Point(955, 28)


def test_a_tuple_is_an_answer_in_json_only_if_it_is_all_of_it() -> None:
    assert parse("(300, 512)", "gemini", "yx").point_in_frame == CENTER
    assert parse("I looked at (300, 512).", "gemini", "yx").status == "unparsed"


@given(
    x=st.integers(0, 10**6),
    y=st.integers(0, 10**6),
    label=st.one_of(st.none(), st.text(alphabet="abc {}[]:,1-", max_size=20)),
    around=st.sampled_from(["{}", "[{}]", "```json\n[{}]\n```", "```\n{}\n```", " {}\n"]),
    key=st.sampled_from(["point", "point_2d", "coordinate", "coordinates"]),
)
def test_the_short_way_says_what_the_long_one_says(
    x: int, y: int, label: str | None, around: str, key: str
) -> None:
    about = "" if label is None else f', "label": "{label}"'
    text = around.replace("{}", f'{{"{key}": [{x}, {y}]{about}}}')
    # The short way does not know this key.
    longer = text.replace(f'"{key}"', '"click_point"')
    short, long = parse(text, "json-point"), parse(longer, "json-point")
    assert short == long
    assert short.point_in_frame == Point(x, y)
