"""Each generated instruction is true of its element alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.capture.elements import Element
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Window
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.purposes import plain_icon, purpose_of, purposes
from pointbench.capture.wording.sentences import SAME_PLACE, View, names_of, rivals, wordings

SCREEN = Rect(0, 0, 800, 600)


def window(id: int, frame: Rect, kind: str = "normal", title: str = "") -> Window:
    return Window(id, frame, frame, id, title, "", False, type=kind)


PANEL = window(1, Rect(0, 570, 800, 600), "dock")
DESKTOP = window(2, SCREEN, "desktop")
EDITOR = window(3, Rect(100, 50, 700, 500), title="garden.txt")
WINDOWS = (DESKTOP, EDITOR, PANEL)


def launcher(at: int, name: str, icon: str = "") -> Element:
    box = Rect.from_size(4 + 34 * at, 571, 28, 28)
    return Element(name, "push button", box, "xfce4-panel", 1, "", box.grown(-2), icon or "x")


def tool(at: int, name: str, icon: str, app: str = "mousepad") -> Element:
    box = Rect.from_size(110 + 40 * at, 80, 32, 32)
    return Element(name, "push button", box, app, 3, "tool bar", box.grown(-4), icon)


FIREFOX = launcher(0, "Firefox ESR", "firefox-esr")
FILES = launcher(1, "Thunar File Manager", "org.xfce.thunar")
NAMELESS = launcher(2, "")
TERMINAL = launcher(3, "Xfce Terminal", "org.xfce.terminal")
SAVE = tool(0, "Save", "document-save")
CUT = tool(1, "Cut", "edit-cut")
PASTE = tool(2, "Paste", "edit-paste")
FIND = tool(3, "", "edit-find")
TRASH = Element(
    "", "icon", Rect(20, 20, 68, 68), "xfdesktop", 2, "", Rect(20, 20, 68, 68), "user-trash"
)
ALL = (FIREFOX, FILES, NAMELESS, TERMINAL, SAVE, CUT, PASTE, FIND, TRASH)


def view(*elements: Element) -> View:
    return View(elements or ALL, WINDOWS, SCREEN)


def texts_by_kind(element: Element, among: View) -> dict[str, str]:
    return {wording.by: wording.text for wording in wordings(element, among)}


def test_a_thing_is_asked_for_by_name_picture_place_and_purpose() -> None:
    assert texts_by_kind(CUT, view()) == {
        "name": "Click the Cut icon.",
        "picture": "Click the icon with the scissors.",
        "place": "Click the second icon from the left in the toolbar.",
        "purpose": "Cut out what is selected.",
    }
    assert texts_by_kind(FIREFOX, view())["purpose"] == "Open the web browser."
    assert texts_by_kind(TRASH, view())["name"] == "Click the trash can icon."
    assert texts_by_kind(FIND, view())["picture"] == "Click the icon with the magnifying glass."


def test_two_alike_are_told_apart_by_where_they_are() -> None:
    other = Element("Save", "menu item", Rect(300, 300, 400, 320), "mousepad", 3, "menu")
    both = view(*ALL, other)
    assert texts_by_kind(SAVE, both)["name"] == "Click the Save icon in the toolbar."
    assert texts_by_kind(other, both)["name"] == "Click the Save menu entry in the open menu."
    elsewhere = replace(SAVE, box=Rect(400, 400, 432, 432), app="gnumeric", window=9)
    assert (
        texts_by_kind(SAVE, view(*ALL, elsewhere))["name"]
        == "Click the Save icon in the toolbar of Mousepad."
    )


def test_what_nothing_tells_apart_is_not_asked_for() -> None:
    twins = [
        Element("Edit", "push button", Rect.from_size(120 + 90 * x, 200 + 90 * y, 60, 20), "app", 3)
        for x in range(3)
        for y in range(3)
    ]
    assert wordings(twins[4], view(*twins)) == ()


def test_a_nameless_thing_is_asked_for_by_its_place() -> None:
    assert texts_by_kind(NAMELESS, view()) == {
        "place": "Click the second icon from the right in the panel."
    }


def test_nobody_counts_past_something_that_is_no_such_thing() -> None:
    field = Element("Address", "entry", Rect(150, 80, 230, 112), "mousepad", 3, "tool bar")
    last = Element("", "push button", Rect(240, 80, 272, 112), "mousepad", 3, "tool bar")
    row = view(SAVE, field, last, tool(5, "Quit", "application-exit"))
    texts = [wording.text for wording in wordings(last, row)]
    assert texts == ["Click the second icon from the right in the toolbar."]


def test_a_corner_holds_one_thing() -> None:
    corner = replace(NAMELESS, box=Rect(772, 572, 798, 598))
    assert texts_by_kind(corner, view(FIREFOX, FILES, corner))["place"] == (
        "Click the icon in the lower right corner of the screen."
    )


@pytest.mark.parametrize("name", ["10:24", "Shows the time and the date of today in words", "#!"])
def test_times_sentences_and_signs_are_no_names(name: str) -> None:
    assert "name" not in texts_by_kind(replace(NAMELESS, name=name), view(FIREFOX, NAMELESS))


def test_hand_written_words_that_mean_two_things_are_found() -> None:
    desktop = replace(TRASH, name="Firefox ESR", icon="firefox-esr", box=Rect(20, 120, 68, 168))
    both = view(*ALL, desktop)
    assert rivals("Click the Firefox icon.", FIREFOX, both) == (desktop,)
    assert rivals("Click the Firefox icon in the panel.", FIREFOX, both) == ()
    assert rivals("Click the icon left of the file manager.", FIREFOX, both) == (FILES,)
    assert rivals("Click the Save icon.", SAVE, both) == ()


def test_absent_things_are_nowhere_on_the_screen() -> None:
    offers = absent_things(view(), 30, "seed")
    assert len(offers) == 30
    assert len({offer.name for offer in offers}) == 30
    known = {name for element in ALL for name in names_of(element)}
    assert not [offer for offer in offers if offer.name.casefold() in known]
    assert any("toolbar of Mousepad" in offer.text for offer in offers)
    assert any("on the desktop" in offer.text for offer in offers)
    assert offers == absent_things(view(), 30, "seed")
    assert offers != absent_things(view(), 30, "another")


def test_nothing_is_said_to_be_missing_from_a_panel_that_is_not_there() -> None:
    assert absent_things(view(SAVE, CUT), 50, "s")
    assert all("toolbar" in offer.text for offer in absent_things(view(SAVE, CUT), 50, "s"))
    assert absent_things(view(replace(SAVE, place="")), 50, "s") == ()


NAMES = st.sampled_from(["", "Save", "Cut", "Home", "Firefox", "Trash", "Open", "7", "Notes"])
ICONS = st.sampled_from(
    ["", "document-save", "edit-cut", "go-home", "firefox", "user-trash", "odd"]
)


@st.composite
def things(draw: st.DrawFn) -> Element:
    box = Rect.from_size(
        draw(st.integers(0, 18)) * 40,
        draw(st.integers(0, 14)) * 40,
        20 + draw(st.integers(0, 40)),
        24,
    )
    icon = draw(ICONS)
    return Element(
        draw(NAMES),
        draw(st.sampled_from(["push button", "icon", "menu item", "table cell"])),
        box,
        draw(st.sampled_from(["mousepad", "gnumeric"])),
        draw(st.sampled_from([1, 2, 3, 4])),
        draw(st.sampled_from(["", "tool bar", "menu", "list"])),
        box if icon else None,
        icon,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(things(), min_size=1, max_size=14, unique_by=lambda e: e.box))
def test_no_sentence_is_given_to_two_things(elements: list[Element]) -> None:
    whole = view(*elements)
    given_to: dict[str, list[Element]] = {}
    for element in elements:
        sentences = wordings(element, whole)
        assert len({wording.by for wording in sentences}) == len(sentences)
        for wording in sentences:
            given_to.setdefault(wording.text, []).append(element)
            assert wording.text.isprintable()
    for text, sharing in given_to.items():
        for element in sharing:
            for other in sharing:
                nested = other.box.covered_by(element.box) >= SAME_PLACE
                nested = nested or element.box.covered_by(other.box) >= SAME_PLACE
                assert element is other or nested, text


@settings(max_examples=40, deadline=None)
@given(st.lists(things(), min_size=2, max_size=8, unique_by=lambda e: e.box))
def test_the_order_of_the_tree_changes_no_words(elements: list[Element]) -> None:
    forth, back = view(*elements), view(*reversed(elements))
    assert [wordings(e, forth) for e in elements] == [wordings(e, back) for e in elements]


def test_no_icon_stands_for_two_purposes() -> None:
    times = Counter(icon for purpose in purposes() for icon in purpose.icons)
    assert [icon for icon, count in times.items() if count > 1] == []
    assert len(purposes()) > 200


def test_every_purpose_can_be_said() -> None:
    for purpose in purposes():
        assert purpose.to, purpose.key
        assert purpose.to[0].islower(), purpose.key
        assert not purpose.to.endswith("."), purpose.key
        assert purpose.names or purpose.called, purpose.key


def test_an_icons_name_is_known_however_it_is_drawn() -> None:
    assert plain_icon("document-save-symbolic") == "document-save"
    assert plain_icon("gtk-media-play-ltr") == "gtk-media-play"
    saving = purpose_of(replace(SAVE, icon="gtk-save", name=""))
    assert saving is not None
    assert saving.key == "document-save"
    named = purpose_of(replace(SAVE, name="Open the pod bay doors"))
    assert named is None, "the name speaks against what the icon usually means"


def test_the_menus_of_a_qt_menu_bar_are_menus() -> None:
    bar = [
        Element(
            name, "menu item", Rect.from_size(110 + 50 * at, 55, 48, 20), "kcalc", 3, "menu bar"
        )
        for at, name in enumerate(("File", "Edit", "Settings"))
    ]
    entry = replace(bar[1], name="Copy", box=Rect.from_size(160, 78, 90, 20), place="menu")
    elements = (*bar, entry)
    texts = [[wording.text for wording in wordings(e, view(*elements))] for e in elements]
    assert texts[2][0] == "Click the Settings menu."
    assert any(
        "third menu from the left" in text or "first menu from the right" in text
        for text in texts[2]
    )
    assert "menu entry" in texts[3][0]


class Counted(tuple[Element, ...]):
    """Elements that count how often somebody goes through them."""

    passes = 0

    def __iter__(self) -> Iterator[Element]:
        type(self).passes += 1
        return super().__iter__()


@pytest.mark.parametrize("side", [8, 16])
def test_a_full_screen_is_gone_through_a_few_times_for_each_element(side: int) -> None:
    grid = Counted(
        Element(f"Button {x} {y}", "push button", Rect.from_size(45 * x, 30 * y, 40, 25), "", None)
        for x in range(side)
        for y in range(side)
    )
    Counted.passes = 0
    among = View(grid, (), SCREEN)
    for element in grid:
        assert wordings(element, among)
    assert Counted.passes < 20 * len(grid)
