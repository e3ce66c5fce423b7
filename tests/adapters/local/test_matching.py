"""Matching an instruction to lines of text and a place. Pure: no picture, no OCR."""

from __future__ import annotations

import pytest

from pointbench.adapters.local.instruction import Label, Query, read_instruction
from pointbench.adapters.local.matching import Line, find
from pointbench.adapters.local.words import similarity
from pointbench.geometry import Box, Point, Size

pytest.importorskip("rapidfuzz", reason="the ocr extra is not installed (rapidfuzz)")

SIZE = Size(1000, 800)
ENOUGH = 70.0


def line(text: str, left: float, top: float, width: float | None = None) -> Line:
    """A line 20 pixels high and 10 pixels wide per character."""
    width = 10.0 * len(text) if width is None else width
    return Line(text, Box(left, top, left + width, top + 20), 0.99)


def texts(query: Query) -> list[str]:
    return [label.text for label in query.labels]


@pytest.mark.parametrize(
    ("instruction", "label"),
    [
        ("Click the Save button", "Save"),
        ("click on Save.", "Save"),
        ("Please double-click the Save icon", "Save"),
        ("Tap Sign in", "Sign in"),
        ("Click the Log in button in the toolbar", "Log in"),
        ('Click the "Log in" button in the toolbar.', "Log in"),
        ("Click the 'Don't ask again' check box", "Don't ask again"),
        ("Click the button labeled Apply now", "Apply now"),
        ("Open the File menu", "File"),
        ("Open Terminal", "Open Terminal"),
        ("Open Terminal", "Terminal"),
        ("Click the Document menu of the text editor", "Document"),
        ("Click the icon of Firefox", "Firefox"),
        ("Click the window button of the Pictures folder in the panel", "Pictures"),
        ("Choose the style Arc-Dark in the Appearance window", "Arc-Dark"),
        ("Select the file notes.txt", "notes.txt"),
        ("Press the digit 3 on the calculator", "3"),
        ("Press the plus key of the calculator", "+"),
        ("In the Files window, click the Home folder", "Home"),
        ('Click the Close button of the "Files" window', "Close"),
        ("Open the terminal's preferences", "preferences"),
        ("Click the clock icon named Recent in the side pane", "Recent"),
    ],
)
def test_the_label_is_among_the_readings(instruction: str, label: str) -> None:
    assert label in texts(read_instruction(instruction))


@pytest.mark.parametrize(
    ("instruction", "wrong"),
    [
        ('Click the "Log in" button', "Log"),
        ("Click the Log in button in the toolbar", "Log"),
        ("Click the back arrow in Firefox", "Firefox"),
        ("Click the paste icon in the toolbar, not in the menu", "menu"),
    ],
)
def test_what_is_not_a_label_is_not_among_them(instruction: str, wrong: str) -> None:
    assert wrong not in texts(read_instruction(instruction))


@pytest.mark.parametrize(
    ("instruction", "nearby", "place"),
    [
        ("Click Close in the Files window", ("Files",), ()),
        ("In the Files window, click Close", ("Files",), ()),
        ("Click the Copy icon in the terminal's toolbar", ("terminal",), ()),
        ("Click Home in the side pane of the file manager", ("file manager",), ()),
        ('Select "Save As..." from the "File" menu', ("File",), ()),
        ("Click the Firefox icon in the panel at the bottom", (), ("panel", "bottom")),
        ("Click OK in the lower right corner", (), ("bottom", "right")),
        ("Click OK", (), ()),
    ],
)
def test_the_surroundings_are_understood(
    instruction: str, nearby: tuple[str, ...], place: tuple[str, ...]
) -> None:
    query = read_instruction(instruction)
    assert (query.nearby, query.place) == (nearby, place)


@pytest.mark.parametrize(
    ("instruction", "label"),
    [
        ("Click the second Delete link", Label("Delete", 2)),
        ('Click the last "Delete" link in the table', Label("Delete", -1)),
        ("Click the 3rd row", Label("row", 3)),
        ("Click the top-left Save button", Label("Save", None, ("top", "left"))),
    ],
)
def test_ordinals_and_places_belong_to_the_label(instruction: str, label: Label) -> None:
    found = [(one.text, one.ordinal, one.place) for one in read_instruction(instruction).labels]
    assert (label.text, label.ordinal, label.place) in found


@pytest.mark.parametrize("instruction", ["", " ", "...", "Click", '""', "Click the", "«", "\ue000"])
def test_no_instruction_is_an_error(instruction: str) -> None:
    read_instruction(instruction)
    find(instruction, [line("Save", 0, 0)], SIZE)


@pytest.mark.parametrize(
    ("label", "text", "low", "high"),
    [
        ("save", "save", 100, 100),
        ("save as", "saveas", 99, 99),
        ("help l0", "help lo", 97, 97),
        ("edit", "exit", 0, 69),
        ("edit", "edif", 0, 69),
        ("b", "d", 0, 0),
        ("ok", "okay", 0, 0),
        ("preferences", "preferenoes", 85, 95),
        ("save", "firefox", 0, 40),
    ],
)
def test_similarity(label: str, text: str, low: float, high: float) -> None:
    assert low <= similarity(label, text) <= high


def test_a_label_that_stands_alone_is_hit_in_its_middle() -> None:
    match = find("Click the Save button", [line("Save", 100, 200)], SIZE)
    assert match is not None
    assert (match.point, match.text) == (Point(120, 210), "Save")
    assert match.confidence > 95


@pytest.mark.parametrize(
    ("instruction", "written"),
    [
        ("Click Find & Replace", "Find and Replace"),
        ("Click Find and Replace", "Find & Replace…"),
        ("Click SAVE AS", "Save As..."),
        ("Click Save as", "Save As... Ctrl+Shift+S"),
        ("Click Print", "Print Ctrl + P"),
        ("Click Full Screen", "Full Screen F11"),
        ("Click don't save", "Don’t Save"),
        ("Click 'Check for updates'", "Checkfor updates"),
        ("Click the notes_2024.txt file", "notes_2024.txt"),
        ("Click the Bookmarks menu", "_Bookmarks"),
        ("Click the Document Viewer icon", "Document Vie..."),
    ],
)
def test_case_signs_shortcuts_and_ellipses_do_not_matter(instruction: str, written: str) -> None:
    match = find(instruction, [line("Cancel", 0, 0), line(written, 300, 300)], SIZE)
    assert match is not None
    assert match.text in written
    assert match.confidence >= ENOUGH


@pytest.mark.parametrize(
    ("instruction", "written"),
    [
        ("Click the Slack icon", "Stack overflow in thread main"),
        ("Click the Exit button", "Edit"),
        ("Click the B button", "Bold"),
        ("Click the play icon", "New Playlist"),
        ("Click the File Manager icon", "File"),
        ("Click the Show Desktop icon at the right end of the panel", "Desktop"),
    ],
)
def test_what_is_not_there_gets_little_confidence(instruction: str, written: str) -> None:
    match = find(instruction, [line(written, 300, 300)], SIZE)
    assert match is None or match.confidence < ENOUGH


def test_without_text_there_is_no_place() -> None:
    assert find("Click Save", [], SIZE) is None
    assert find("Click Save", [line("  ", 0, 0)], SIZE) is None


def test_menus_read_as_one_line_are_told_apart() -> None:
    spaced = find("Open the View menu", [line("File Edit View Help", 0, 0)], SIZE)
    glued = find("Open the View menu", [line("FileEditViewHelp", 0, 0)], SIZE)
    assert spaced is not None
    assert glued is not None
    assert 100 <= spaced.point.x <= 140
    assert 80 <= glued.point.x <= 120
    assert min(spaced.confidence, glued.confidence) >= ENOUGH


def test_a_label_alone_is_preferred_to_the_same_word_in_prose() -> None:
    prose = line("Do not forget to save your work before you leave", 0, 0)
    match = find("Click Save", [prose, line("Save", 500, 500)], SIZE)
    assert match is not None
    assert match.point == Point(520, 510)


def test_a_label_on_two_lines_is_one_label() -> None:
    upper, lower = line("Document", 100, 100), line("Viewer", 110, 122)
    match = find("Click the Document Viewer icon", [upper, lower], SIZE)
    assert match is not None
    assert match.confidence > 90
    assert 100 <= match.point.x <= 180
    assert 100 <= match.point.y <= 142


@pytest.mark.parametrize(
    ("instruction", "y"),
    [
        ("Click the first Delete link", 110),
        ("Click the second Delete link", 210),
        ("Click the last Delete link", 310),
        ("Click Delete in the row of beta.txt", 210),
        ('Click "Delete" next to gamma.txt', 310),
        ("Click the bottom Delete link", 310),
        ("Click Delete", 110),
    ],
)
def test_equal_labels_are_told_apart_by_what_is_said_about_them(instruction: str, y: float) -> None:
    rows = [
        line(text, left, top)
        for top, name in ((100, "alpha.txt"), (200, "beta.txt"), (300, "gamma.txt"))
        for left, text in ((50, name), (600, "Delete"))
    ]
    match = find(instruction, rows, SIZE)
    assert match is not None
    assert match.point == Point(630, y)


@pytest.mark.parametrize(("window", "x"), [("Notes", 70), ("Terminal", 570)])
def test_a_menu_is_looked_for_below_its_windows_title(window: str, x: float) -> None:
    lines = [
        line("Notes", 200, 100), line("File", 50, 130), line("Edit", 110, 130),
        line("View", 170, 130), line("Terminal", 700, 100), line("File", 550, 130),
        line("Edit", 610, 130), line("View", 670, 130), line("Notes", 50, 770),
        line("Terminal", 200, 770),
    ]  # fmt: skip
    match = find(f"Open the File menu of the {window} window.", lines, SIZE)
    assert match is not None
    assert match.point == Point(x, 140)


def test_the_order_of_the_lines_does_not_matter() -> None:
    lines = [line("Save", 10, 300), line("Save", 10, 100), line("Save all", 10, 200)]
    assert find("Click Save", lines, SIZE) == find("Click Save", lines[::-1], SIZE)
