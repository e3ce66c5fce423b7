"""Areas that the pointer highlights, compared with a box."""

import pytest
from PIL import Image, ImageDraw

from pointbench.capture.hover import HoverOutcome, changed_rect, compare_rects, grown_to, item_rect
from pointbench.capture.rectangles import Rect

BOX = Rect(100, 100, 132, 132)


def screen(lit: Rect | None = None, color: str = "#ffffff") -> Image.Image:
    image = Image.new("RGB", (400, 300), "#303030")
    if lit is not None:
        draw = ImageDraw.Draw(image)
        draw.rectangle((lit.left, lit.top, lit.right - 1, lit.bottom - 1), fill=color)
    return image


def test_the_changed_rectangle_is_exact() -> None:
    lit = Rect(98, 101, 133, 131)
    assert changed_rect(screen(), screen(lit), BOX) == lit


def test_nothing_changed() -> None:
    assert changed_rect(screen(), screen(), BOX) is None
    assert changed_rect(screen(), screen(BOX, "#333333"), BOX) is None, "dithering is no change"


def test_a_tooltip_far_away_is_not_looked_at() -> None:
    assert changed_rect(screen(), screen(Rect(250, 200, 350, 220)), BOX) is None


def test_a_box_at_the_edge_of_the_screen() -> None:
    corner = Rect(380, 280, 400, 300)
    assert changed_rect(screen(), screen(corner), corner) == corner


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        (BOX, HoverOutcome.SAME),
        (Rect(101, 101, 133, 133), HoverOutcome.SAME),
        (Rect(104, 104, 116, 116), HoverOutcome.INSIDE),
        (None, HoverOutcome.NOTHING),
        (Rect(100, 127, 132, 159), HoverOutcome.OTHER),
        (Rect(90, 90, 160, 160), HoverOutcome.OTHER),
    ],
)
def test_what_a_changed_rectangle_says_of_a_box(
    changed: Rect | None, outcome: HoverOutcome
) -> None:
    assert compare_rects(BOX, changed) is outcome


ICON = Rect(47, 22, 95, 70)


def test_a_label_below_an_icon_belongs_to_it() -> None:
    assert item_rect(ICON, Rect(31, 24, 111, 101)) == Rect(31, 22, 111, 101)


def test_a_label_on_the_right_of_an_icon_belongs_to_it() -> None:
    assert item_rect(ICON, Rect(44, 20, 260, 72)) == Rect(44, 20, 260, 72)


@pytest.mark.parametrize(
    "changed",
    [None, ICON, Rect(47, 22, 500, 400), Rect(0, 0, 95, 70)],
    ids=["nothing", "the icon alone", "half the screen", "up and left"],
)
def test_what_cannot_be_icon_and_label(changed: Rect | None) -> None:
    assert item_rect(ICON, changed) is None


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        (Rect(91, 95, 169, 145), True),
        (Rect(100, 100, 160, 140), True),
        (None, False),
        (Rect(100, 100, 150, 140), False),
        (Rect(70, 95, 169, 145), False),
        (Rect(86, 100, 160, 140), False),
    ],
    ids=["padding", "the box", "nothing", "a part", "too wide", "to one side"],
)
def test_what_lights_up_around_a_box_can_be_the_whole_thing(
    changed: Rect | None, fits: bool
) -> None:
    assert grown_to(Rect(100, 100, 160, 140), changed, 14) == (changed if fits else None)
