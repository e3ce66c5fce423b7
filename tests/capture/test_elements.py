"""Elements of an accessibility tree that are accepted as targets."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointbench.capture.elements import (
    Element,
    clean_name,
    joined_rows,
    painted_in,
    unhidden_share,
    unique,
    visible_elements,
)
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Node, Window, origin_of, pane_shift, top_window, window_of

SCREEN = Rect(0, 0, 1280, 720)
DESKTOP = Window(1, SCREEN, SCREEN, 10, "Desktop", "Xfdesktop", False)
FILES = Window(2, Rect(330, 70, 972, 525), Rect(331, 94, 971, 524), 20, "Files", "Thunar", False)
CALCULATOR = Window(
    3, Rect(900, 200, 1254, 555), Rect(901, 224, 1253, 554), 30, "galculator", "Galculator", False
)
MENU = Window(4, Rect(331, 121, 531, 421), Rect(331, 121, 531, 421), 20, "", "Thunar", True)
COVERED = Rect(880, 205, 930, 235)
WINDOWS = (DESKTOP, FILES, CALCULATOR)

SEARCH = Node(
    app="Thunar",
    toolkit="gtk 3.24.38",
    pid=20,
    role="toggle button",
    name="Search for Files...",
    description="",
    box=Rect(800, 125, 831, 156),
    seen=Rect(800, 125, 831, 156),
    window=2,
    ancestors=("tool bar", "panel", "filler", "frame"),
)


def test_a_button_in_sight_becomes_an_element() -> None:
    (element,) = visible_elements([SEARCH], WINDOWS, SCREEN).elements
    assert element == Element(
        "Search for Files", "toggle button", SEARCH.box, "Thunar", 2, "tool bar"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda n: replace(n, role="filler"), "role"),
        (lambda n: replace(n, toolkit="GTK 4.8.3"), "toolkit with unreliable extents"),
        (
            lambda n: replace(n, app="soffice", role="menu", ancestors=("menu bar", "root pane")),
            "role",
        ),
        (lambda n: replace(n, seen=None), "out of sight"),
        (lambda n: replace(n, seen=Rect(800, 125, 831, 140)), "cut off"),
        (lambda n: replace(n, box=Rect(800, 125, 809, 156), seen=Rect(800, 125, 809, 156)), "too small"),
        (lambda n: replace(n, box=Rect(340, 100, 840, 500), seen=Rect(340, 100, 840, 500)), "too large"),
        (lambda n: replace(n, window=None), "no window"),
        (lambda n: replace(n, box=COVERED, seen=COVERED), "hidden by a window"),
    ],
)  # fmt: skip
def test_what_a_person_could_not_click_is_dropped_with_a_reason(
    change: Callable[[Node], Node], reason: str
) -> None:
    selection = visible_elements([change(SEARCH)], WINDOWS, SCREEN)
    assert selection.elements == ()
    assert selection.dropped == {reason: 1}


def test_of_equal_boxes_the_named_one_stays() -> None:
    nameless = replace(SEARCH, name="")
    assert [e.name for e in visible_elements([nameless, SEARCH], WINDOWS, SCREEN).elements] == [
        "Search for Files"
    ]
    assert [e.name for e in visible_elements([SEARCH, nameless], WINDOWS, SCREEN).elements] == [
        "Search for Files"
    ]


def test_a_description_stands_in_for_a_name() -> None:
    node = replace(SEARCH, name="system-search-symbolic", description="Search for files")
    assert visible_elements([node], WINDOWS, SCREEN).elements[0].name == "Search for files"


def test_stacking_is_bottom_to_top() -> None:
    assert top_window(WINDOWS, 950, 300) is CALCULATOR
    assert top_window(WINDOWS, 400, 300) is FILES
    assert top_window(WINDOWS, 20, 20) is DESKTOP
    assert top_window(WINDOWS, 2000, 20) is None


def test_half_hidden_is_half_unhidden() -> None:
    assert unhidden_share(Rect(850, 300, 890, 340), FILES.id, WINDOWS) == 1
    assert unhidden_share(Rect(880, 300, 920, 340), FILES.id, WINDOWS) == pytest.approx(0.4)
    assert unhidden_share(Rect(950, 300, 960, 310), FILES.id, WINDOWS) == 0


@pytest.mark.parametrize("popup", ["menu", "popup menu"], ids=["gtk", "qt"])
def test_an_entry_of_an_open_menu_is_painted_in_the_menu(popup: str) -> None:
    entry = replace(
        SEARCH,
        role="menu item",
        name="Close Window",
        box=Rect(332, 300, 530, 324),
        seen=Rect(332, 300, 530, 324),
        ancestors=(popup, "menu bar", "frame"),
    )
    assert painted_in(entry, (*WINDOWS, MENU)) == MENU.id
    assert painted_in(entry, WINDOWS) == FILES.id
    assert len(visible_elements([entry], (*WINDOWS, MENU), SCREEN).elements) == 1
    under_the_menu = replace(entry, role="push button", ancestors=("tool bar", "frame"))
    assert visible_elements([under_the_menu], (*WINDOWS, MENU), SCREEN).elements == ()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Find\N{HORIZONTAL ELLIPSIS}", "Find"),
        ("Save As...", "Save As"),
        ("Undo (Ctrl+Z)", "Undo"),
        ("Select and transform objects (S)", "Select and transform objects (S)"),
        ("<b>Connection Status</b>", "Connection Status"),
        ("  Open\n a  tab ", "Open a tab"),
        ("0 0", "0"),
        ("\ue8b6", ""),
        ("x_squared", ""),
        ("dialog-error-symbolic", ""),
        ("GtkButton", ""),
        ("QTerminal", "QTerminal"),
        ("letter.txt", "letter.txt"),
        ("C", "C"),
    ],
)
def test_names_are_cleaned_for_people(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_uniqueness_is_over_the_whole_screen_and_ignores_case() -> None:
    names = ("Save", "save", "Open", "")
    elements = tuple(
        Element(name, "push button", Rect(40 * i, 0, 40 * i + 30, 30), "a", 1)
        for i, name in enumerate(names)
    )
    assert [element.name for element in unique(elements)] == ["Open"]


def test_a_rows_picture_and_words_are_one() -> None:
    picture = Element("", "table cell", Rect(347, 190, 371, 214), "Thunar", 2, "table")
    words = Element("Computer", "table cell", Rect(373, 190, 503, 214), "Thunar", 2, "table")
    lonely = Element("Places", "table cell", Rect(373, 161, 503, 188), "Thunar", 2, "table")
    other_window = replace(picture, window=9)
    assert joined_rows((picture, words, lonely, other_window)) == (
        replace(words, box=Rect(347, 190, 503, 214)),
        lonely,
        other_window,
    )


def test_a_toolkit_in_logical_pixels_is_found_by_its_window() -> None:
    window = Window(
        7, Rect(200, 120, 1700, 1260), Rect(204, 160, 1696, 1256), 5, "Files", "T", False
    )
    logical = Rect(102, 80, 848, 628)
    assert window_of(logical, "Files", 5, (window,)) == (window, 2.0)
    assert window_of(Rect(204, 160, 1696, 1256), "Files", 5, (window,)) == (window, 1.0)
    assert window_of(logical, "Files", 6, (window,)) == (None, 1.0)


def test_two_windows_of_one_process_are_told_apart() -> None:
    first = Window(7, Rect(0, 0, 400, 300), Rect(0, 0, 400, 300), 5, "one", "T", False)
    second = Window(8, Rect(0, 0, 400, 310), Rect(0, 0, 400, 310), 5, "two", "T", False)
    assert window_of(Rect(0, 0, 400, 305), "two", 5, (first, second))[0] is second


def test_a_nameless_cell_under_a_named_row_is_the_rows_own() -> None:
    row = Element("Letters", "table cell", Rect(558, 458, 1020, 510), "Thunar", 2, "table")
    column = Element("", "table cell", Rect(558, 458, 1012, 510), "Thunar", 2, "table")
    assert joined_rows((column, row)) == (row,)


def test_the_drawing_of_libreoffice_begins_below_its_menu_bar() -> None:
    panel = Rect(0, 78, 1280, 800)
    assert pane_shift(panel.shifted(0, -27), panel) == (0, 27)
    assert pane_shift(panel, panel) == (0, 0)
    assert pane_shift(Rect(0, 51, 1280, 700), panel) == (0, 0), "not the panel that it fills"


def test_a_window_that_only_tells_its_size_is_found_by_it() -> None:
    frame = Rect(460, 178, 820, 691)
    window = Window(9, frame, frame, 77, "Calculator", "c", False, shadow=(0, 0, 0, 0))
    other = Window(8, Rect(0, 0, 900, 700), Rect(0, 0, 900, 700), 77, "Help", "c", False)
    found = origin_of((350, 503), "Calculator", 77, (other, window), (1.0, 2.0))
    assert found == (window, 1.0, (465, 183))
    assert origin_of((350, 503), "Calculator", 78, (other, window), (1.0,))[0] is None
    shaded = replace(window, shadow=(26, 26, 23, 29))
    assert origin_of((308, 461), "", 77, (shaded,), (1.0,))[2] == (486, 201)
    assert origin_of((175, 252), "", 77, (window,), (1.0, 2.0)) == (window, 2.0, (232, 91))
