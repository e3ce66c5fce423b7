"""Icons found by their marker colors, and their matching with accessible elements."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pointbench.capture.desktop.markers import (
    Color,
    IconMark,
    build,
    find_marks,
    icon_colors,
    icon_names,
    merge_icons,
)
from pointbench.capture.elements import Element
from pointbench.capture.rectangles import Rect
from pointbench.capture.windows import Window

NAMES = tuple(f"icon-{number}" for number in range(20_000))
PALETTE = icon_colors(NAMES[:50])
RED: Color = PALETTE["icon-3"]
SCREEN = Window(1, Rect(0, 0, 400, 300), Rect(0, 0, 400, 300), 1, "", "Thunar", False)


def screen() -> NDArray[np.uint8]:
    return np.full((300, 400, 3), 205, dtype=np.uint8)


def paint(pixels: NDArray[np.uint8], box: Rect, color: Color) -> None:
    pixels[box.top : box.bottom, box.left : box.right] = color


def test_every_name_has_a_color_of_its_own_and_none_is_gray() -> None:
    palette = icon_colors(NAMES)
    assert len(set(palette.values())) == len(NAMES)
    assert all(max(color) - min(color) > 60 for color in palette.values())
    assert icon_colors(NAMES) == palette


def test_two_icons_of_one_name_are_two_marks() -> None:
    marked = screen()
    boxes = [Rect(10, 20, 34, 44), Rect(200, 20, 248, 68)]
    for box in boxes:
        paint(marked, box, RED)
    assert find_marks(marked, screen(), PALETTE) == tuple(IconMark("icon-3", box) for box in boxes)


@pytest.mark.parametrize(
    "box",
    [Rect(10, 10, 20, 20), Rect(10, 10, 110, 40)],
    ids=["too small", "a stripe"],
)
def test_patches_that_no_icon_has_are_passed_over(box: Rect) -> None:
    marked = screen()
    paint(marked, box, RED)
    assert find_marks(marked, screen(), PALETTE) == ()


def test_an_icon_with_a_corner_hidden_by_a_window_is_passed_over() -> None:
    marked = screen()
    paint(marked, Rect(10, 10, 58, 58), RED)
    paint(marked, Rect(30, 30, 90, 90), (205, 205, 205))
    assert find_marks(marked, screen(), PALETTE) == ()


def test_what_has_a_markers_color_anyway_is_no_icon() -> None:
    plain, marked = screen(), screen()
    for pixels in (plain, marked):
        paint(pixels, Rect(100, 100, 116, 116), RED)
    paint(marked, Rect(10, 10, 34, 34), RED)
    assert find_marks(marked, plain, PALETTE) == (IconMark("icon-3", Rect(10, 10, 34, 34)),)


def test_an_icon_that_moved_or_is_of_another_size_with_the_markers_is_passed_over() -> None:
    plain, marked = screen(), screen()
    for left, drawn in ((10, Rect(10, 10, 34, 34)), (110, Rect(116, 16, 140, 40))):
        paint(plain, drawn, (250, 250, 250))
        paint(marked, Rect(left, 10, left + 24, 34), RED)
    paint(plain, Rect(206, 6, 238, 38), (250, 250, 250))
    paint(marked, Rect(210, 10, 234, 34), RED)
    assert find_marks(marked, plain, PALETTE) == (IconMark("icon-3", Rect(10, 10, 34, 34)),)


def test_neighbors_may_touch() -> None:
    plain, marked = screen(), screen()
    for left, color in ((10, RED), (34, PALETTE["icon-7"]), (58, RED)):
        paint(plain, Rect(left, 10, left + 24, 34), (250, 250, 250))
        paint(marked, Rect(left, 10, left + 24, 34), color)
    assert len(find_marks(marked, plain, PALETTE)) == 3


def test_an_icon_belongs_to_the_smallest_element_around_it() -> None:
    toolbar = Element("Toolbar", "push button", Rect(0, 0, 400, 40), "Thunar", 1)
    home = Element("Home", "push button", Rect(50, 4, 82, 36), "Thunar", 1, "tool bar")
    fused = merge_icons((toolbar, home), (IconMark("go-home", Rect(54, 8, 78, 32)),), (SCREEN,))
    assert fused[0].icon_box is None
    assert (fused[1].icon, fused[1].icon_box) == ("go-home", Rect(54, 8, 78, 32))


def test_an_icon_in_no_element_is_an_element_named_by_the_theme_only() -> None:
    box = Rect(47, 100, 95, 148)
    (alone,) = merge_icons((), (IconMark("user-trash", box),), (SCREEN,))
    assert (alone.name, alone.icon, alone.box, alone.icon_box) == ("", "user-trash", box, box)
    assert (alone.role, alone.app) == ("icon", "Thunar")


def test_a_row_of_icons_is_nobodys_icon() -> None:
    row = Element("Row", "list item", Rect(0, 0, 200, 40), "a", 1)
    marks = (IconMark("a", Rect(4, 4, 36, 36)), IconMark("b", Rect(44, 4, 76, 36)))
    assert merge_icons((row,), marks, (SCREEN,)) == (row,)


def test_the_arrow_of_a_list_is_not_its_picture() -> None:
    combo = Element("Zoom", "combo box", Rect(0, 0, 120, 30), "a", 1, "tool bar")
    arrow = IconMark("pan-down-symbolic", Rect(98, 7, 114, 23))
    assert merge_icons((combo,), (arrow,), (SCREEN,)) == (combo,)
    small = Element("Menu", "toggle button", Rect(94, 0, 120, 30), "a", 1, "tool bar")
    assert merge_icons((small,), (arrow,), (SCREEN,))[0].icon_box == arrow.box


def test_an_icon_of_the_window_above_is_not_given_to_the_one_below() -> None:
    below = Element("Save", "push button", Rect(40, 40, 100, 100), "a", 1)
    above = Window(2, Rect(0, 0, 200, 200), Rect(0, 0, 200, 200), 2, "", "Top", False)
    fused = merge_icons((below,), (IconMark("x", Rect(50, 50, 90, 90)),), (SCREEN, above))
    assert fused[0].icon_box is None
    assert fused[1].app == "Top"


def test_names_come_from_theme_folders_without_cursors(tmp_path: Path) -> None:
    for file in (
        "T/16x16/apps/firefox.png",
        "T/scalable/actions/go-up.svg",
        "T/symbolic/go-up.symbolic.png",
        "T/cursors/hand.png",
        "T/index.theme",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert icon_names([tmp_path]) == ("firefox", "go-up")


def test_a_theme_has_one_flat_picture_an_icon(tmp_path: Path) -> None:
    from PIL import Image

    build(tmp_path / "markers", {"go-up": (200, 10, 30)})
    with Image.open(tmp_path / "markers/64x64/all/go-up.png") as picture:
        assert picture.getcolors() == [(64 * 64, (200, 10, 30))]
    assert "Directories=64x64/all" in (tmp_path / "markers/index.theme").read_text()
