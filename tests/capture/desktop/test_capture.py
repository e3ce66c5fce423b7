"""Capture decisions on a described desktop, and the messages on platforms that cannot be read."""

from collections import Counter
from dataclasses import replace

import pytest
from PIL import Image

from pointbench.capture.desktop.capture import (
    advice_on,
    chosen_window,
    desktop_capture,
    hover_checked,
    quiet_pixel,
    refuse_other_screens,
    sources_of,
    targets_of,
)
from pointbench.capture.desktop.icon_theme import icon_theme_of
from pointbench.capture.desktop.survey import Survey, silent_windows
from pointbench.capture.elements import DISTRUSTED, Element
from pointbench.capture.hover import HoverOutcome
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Node, Window
from pointbench.errors import UsageError
from pointbench.suites import Target

X11 = {"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11"}
FRAME = Rect(100, 100, 500, 400)


def window(id: int, frame: Rect = FRAME, title: str = "", **more: object) -> Window:
    fields = {"pid": id, "wm_class": "prog", "override_redirect": False, "client_id": id + 100}
    client = Rect(frame.left + 2, frame.top + 24, frame.right - 2, frame.bottom - 2)
    return Window(id=id, frame=frame, client=client, title=title, **{**fields, **more})  # type: ignore[arg-type]


EDITOR = window(1, title="garden.txt - Mousepad", wm_class="Mousepad")
FILES = window(2, Rect(400, 200, 900, 600), "garden", wm_class="Thunar")
MENU = window(3, Rect(110, 140, 300, 300), override_redirect=True, pid=1)


def button(name: str, left: int, top: int, id: int = 1, **more: object) -> Element:
    return Element(name, "push button", Rect.from_size(left, top, 40, 24), "app", id, **more)  # type: ignore[arg-type]


def survey_of(*elements: Element, others: tuple[Element, ...] = ()) -> Survey:
    picture = Image.new("RGB", (1000, 700), "navy")
    return Survey(picture, (EDITOR, FILES, MENU), elements, Counter(role=3), others)


@pytest.mark.parametrize(
    ("environment", "platform", "words"),
    [
        (X11, "darwin", "macOS"),
        (X11, "win32", "Windows"),
        (X11 | {"WAYLAND_DISPLAY": "wayland-0"}, "linux", "XWayland would show black"),
        (X11 | {"XDG_SESSION_TYPE": "wayland"}, "linux", "log in to an X11"),
        ({}, "linux", "DISPLAY is not set"),
    ],
)
def test_where_nothing_can_be_read_it_says_what_to_do(
    environment: dict[str, str], platform: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        refuse_other_screens(environment, platform)
    assert "\n" not in str(caught.value)


def test_an_x11_session_is_let_pass() -> None:
    refuse_other_screens(X11, "linux")


@pytest.mark.parametrize(
    ("said", "theme"),
    [("XFCE", "xfce"), ("MATE", "mate"), ("ubuntu:XFCE", "xfce"), ("GNOME", ""), ("", "")],
)
def test_the_icon_theme_of_two_desktops_can_be_changed(said: str, theme: str) -> None:
    if theme:
        assert icon_theme_of({"XDG_CURRENT_DESKTOP": said}).desktop == theme
    else:
        with pytest.raises(UsageError, match="leave --icons out"):
            icon_theme_of({"XDG_CURRENT_DESKTOP": said})


@pytest.mark.parametrize(
    ("text", "id"),
    [("0x65", 1), ("1", 1), ("102", 2), ("garden", 2), ("mousepad", 1), ("GARDEN.TXT", 1)],
)
def test_a_window_is_named_by_id_title_or_program(text: str, id: int) -> None:
    assert chosen_window(text, (EDITOR, FILES, MENU)).id == id


@pytest.mark.parametrize(("text", "words"), [("chess", "no such window"), ("ar", "say which id")])
def test_a_window_that_is_not_one_is_said_with_what_there_is(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        chosen_window(text, (EDITOR, window(2, title="garden\x1b[2J\n")))
    assert str(caught.value).isprintable()
    assert "0x65" in str(caught.value)


def test_the_picture_of_one_window_holds_its_own_things_only() -> None:
    own, menus = button("Save", 110, 130), button("Paste", 120, 150, 3)
    other, far = button("Home", 420, 210, 2), button("Quit", 800, 500, 2)
    capture = desktop_capture(survey_of(own, menus, other, far), EDITOR)
    assert capture.picture.size == (400, 300)
    assert [e.name for e, _ in capture.targets] == ["Save", "Paste"]
    assert capture.targets[0][0].box == Rect(10, 30, 50, 54)
    assert capture.dropped == Counter({"of another window": 2, "role": 3})
    assert [e.name for e in capture.view.elements] == ["Save", "Paste", "Home"]


def test_what_cannot_be_told_apart_is_left_out_and_counted() -> None:
    twins = [button("Edit", 130 + 100 * x, 150 + 60 * y) for x in range(3) for y in range(3)]
    capture = desktop_capture(survey_of(*twins, button("", 900, 20)))
    assert capture.targets == ()
    assert capture.dropped["every wording fits something else too"] == 9
    assert capture.dropped["without a name that can be said"] == 1


def test_words_may_not_fit_something_that_is_no_target_itself() -> None:
    hidden = button("Save", 500, 450, 2)
    alone = desktop_capture(survey_of(button("Save", 110, 130)))
    both = desktop_capture(survey_of(button("Save", 110, 130), others=(hidden,)))
    assert alone.targets[0][1][0].text == "Click the Save button."
    assert both.targets == ()


def test_an_icon_of_a_title_bar_is_no_target() -> None:
    box = Rect(104, 104, 120, 120)
    icon = Element("", "icon", box, "Mousepad", 1, "", box, "accessories-calculator")
    assert desktop_capture(survey_of(icon)).dropped["of a title bar"] == 1
    inside = Rect(204, 204, 220, 220)
    icon = Element("", "icon", inside, "Mousepad", 1, "", inside, "accessories-calculator")
    assert len(desktop_capture(survey_of(icon)).targets) == 1


def test_targets_are_sound_and_say_what_they_rest_on() -> None:
    save = button("Save", 110, 130, icon_box=Rect(112, 132, 130, 150), icon="document-save")
    quit = button("Quit", 200, 130)
    capture = desktop_capture(survey_of(save, quit))
    targets = targets_of(
        capture, "screen", {save.box: HoverOutcome.SAME, quit.box: HoverOutcome.NOTHING}
    )
    assert [t["id"] for t in targets] == ["screen/save", "screen/quit"]
    assert [t["verified"]["hover"] for t in targets] == ["box", "none"]
    assert targets[0]["extra"]["sources"] == ["at-spi", "marker theme", "hover"]
    assert targets[1]["extra"]["sources"] == ["at-spi"]
    assert targets[0]["rewordings"]
    for target in targets:
        Target.model_validate(target)


def test_what_is_absent_gets_an_id_of_its_own() -> None:
    bar = [button("Save", 110, 130, place="tool bar"), button("No Print", 200, 130)]
    targets = targets_of(desktop_capture(survey_of(*bar)), "screen", None, 40)
    assert len({t["id"] for t in targets}) == len(targets) > 20
    assert all(t["absent"] for t in targets[2:])


def test_a_marker_alone_is_no_word_of_the_tree() -> None:
    box = Rect(10, 10, 58, 58)
    assert sources_of(Element("", "icon", box, "", 1, "", box, "user-home"), None) == [
        "marker theme"
    ]


def test_programs_that_say_nothing_are_named_with_what_helps() -> None:
    browser = window(7, wm_class="firefox-esr")
    frame = Node("app", "", 7, "frame", "", "", FRAME, FRAME, 7, ())
    inner = Node("app", "", 1, "button", "", "", FRAME, FRAME, 1, ("frame",))
    assert silent_windows([frame, inner], [EDITOR, browser, MENU]) == (browser,)
    assert "GNOME_ACCESSIBILITY=1" in advice_on(browser)
    assert "renderer-accessibility" in advice_on(window(8, wm_class="Chromium"))
    assert "--icons" in advice_on(window(9, wm_class="Xfdesktop", type="desktop"))


class Lights:
    """A screen on which a rectangle lights up while the pointer is in a box."""

    rect = Rect(0, 0, 1000, 700)

    def __init__(self, effects: dict[Rect, Rect]) -> None:
        self.pointer, self.effects = (5.0, 6.0), effects

    def move_pointer(self, x: float, y: float) -> None:
        self.pointer = (x, y)

    def grab(self) -> Image.Image:
        picture = Image.new("RGB", (1000, 700), "navy")
        for box, effect in self.effects.items():
            if box.holds(*self.pointer):
                picture.paste("white", effect.as_tuple())
        return picture


def test_a_box_is_left_out_when_something_else_lights_up() -> None:
    good, wrong, dull = button("Save", 110, 130), button("Open", 110, 200), button("Cut", 110, 300)
    display = Lights({good.box: good.box, wrong.box: wrong.box.shifted(0, 27)})
    capture = desktop_capture(survey_of(good, wrong, dull), EDITOR)
    checked, outcomes = hover_checked(capture, display, 1.0)  # type: ignore[arg-type]
    assert [e.name for e, _ in checked.targets] == ["Save", "Cut"]
    assert checked.dropped["something else lit up under the pointer"] == 1
    assert list(outcomes.values()) == [HoverOutcome.SAME, HoverOutcome.NOTHING]
    assert display.pointer == (5.0, 6.0), "the pointer is put back"
    hovers = [t["verified"]["hover"] for t in targets_of(checked, "s", outcomes)]
    assert hovers == ["box", "none"]


def test_a_thing_of_which_only_the_inside_is_known_takes_what_lights_up() -> None:
    inside, still = button("Undo", 120, 130), button("Redo", 220, 130)
    survey = replace(survey_of(others=(inside, still)), unsure=(inside, still))
    survey.dropped[DISTRUSTED] = 2
    capture = desktop_capture(survey, EDITOR)
    assert capture.targets == ()
    checked, outcomes = hover_checked(capture, Lights({inside.box: inside.box.grown(6)}), 1.0)  # type: ignore[arg-type]
    assert [(e.name, e.box) for e, _ in checked.targets] == [("Undo", Rect(14, 24, 66, 60))]
    assert checked.dropped[DISTRUSTED] == 1
    assert targets_of(checked, "s", outcomes)[0]["verified"]["hover"] == "box"


def test_the_pointer_waits_where_nothing_is() -> None:
    boxes = [Rect(0, 0, 1000, 300), Rect(0, 300, 400, 700)]
    x, y = quiet_pixel(boxes, Rect(0, 0, 1000, 700))
    assert x > 600
    assert y > 450
