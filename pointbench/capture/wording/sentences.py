"""Words instructions to click one element, as a person would, if they fit no other element. Pure.

Every wording is built together with its claims (a name, an area, a place in a row, a purpose), and
is used only if the claims are true of exactly one visible element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pointbench.capture.elements import Element
from pointbench.capture.rectangles import Rect
from pointbench.capture.targets import THING, kind_of
from pointbench.capture.windows import MENU_ROLES, Window
from pointbench.capture.wording.purposes import Purpose, looks_like, purpose_of

MOST_NAME = 48
"""Maximum number of characters. A longer name is a sentence, and nobody names an element that way."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
IN_LINE = 0.5
"""Minimum overlap of two boxes in one row or column, as a share of the smaller side."""
SAME_PLACE = 0.9
"""Minimum share of an element inside another to count as part of it, so a click there is correct."""
NEXT_TO = 1.5
"""Maximum distance of a neighbor, in multiples of the element's own side length."""
WIDE = 2.4
"""A button more than this many times as wide as its icon has words beside the icon."""
MOST_REWORDINGS = 4

_TIME = re.compile(r"\d{1,2}[:.]\d\d")

Predicate = Callable[[Element], bool]


@dataclass(frozen=True)
class View:
    """Everything that a wording for one picture might mean. Boxes are in pixels of the picture.

    ``elements`` are all visible ones, including those that are not targets.
    """

    elements: tuple[Element, ...]
    windows: tuple[Window, ...]
    screen: Rect

    @cached_property
    def areas(self) -> dict[Element, str]:
        """The part of the screen that each element is in."""
        return {element: _area(element, self.windows) for element in self.elements}

    @cached_property
    def rows(self) -> dict[Element, tuple[Element, ...]]:
        """Each element's row among its siblings, left to right; none for a part of another element."""
        return _lines(self, along_x=True)

    @cached_property
    def columns(self) -> dict[Element, tuple[Element, ...]]:
        """Each element's column among its siblings, top to bottom."""
        return _lines(self, along_x=False)

    @cached_property
    def neighbors(self) -> dict[Element, dict[str, Element]]:
        """Each element's nearest neighbor on the sides that have one."""
        return {element: _neighbors_of(element, self) for element in self.elements}


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence, and the property that it identifies by: "name", "picture", "place" or "purpose"."""

    text: str
    by: str


def wordings(element: Element, view: View) -> tuple[Wording, ...]:
    """Sentences that are true of this element and no other, simplest first.

    At most one each by name, picture, place and purpose; empty if every one would also fit another
    element.
    """
    by_text: dict[str, Wording] = {}
    for text, by, claims in _candidates(element, view):
        if by in {wording.by for wording in by_text.values()}:
            continue
        if text not in by_text and not _fits_another(element, view, claims):
            by_text[text] = Wording(text, by)
    return tuple(by_text.values())[: 1 + MOST_REWORDINGS]


@lru_cache(maxsize=4096)
def names_of(element: Element) -> frozenset[str]:
    """Names that an element may be called by, in lower case: its own and those of its purposes."""
    names = [name for purpose in purposes_of(element) for name in purpose.words()]
    return frozenset(name.casefold() for name in (element.name, *names) if name)


def purposes_of(element: Element) -> tuple[Purpose, ...]:
    """An element's purpose, and the one that its picture suggests."""
    return tuple(p for p in (purpose_of(element), looks_like(element)) if p is not None)


def rivals(text: str, element: Element, view: View) -> tuple[Element, ...]:
    """Other visible elements that a handwritten sentence might also mean.

    The sentence contains a name of theirs that is no shorter than the longest of the element's own
    names in it, and they are in the areas and programs that the sentence names, if any.
    """
    longest = max((len(name) for name in names_of(element) if mentions(text, name)), default=0)
    areas = {area for area in AREAS if mentions(text, AREAS[area][1])}
    programs = {spoken_app(e.app) for e in view.elements}
    named = {app for app in programs if app and mentions(text, app)}
    return tuple(
        other
        for other in _separate(element, view)
        if any(len(name) >= max(longest, 3) and mentions(text, name) for name in names_of(other))
        and (not areas or area_of(other, view) in areas)
        and (not named or spoken_app(other.app) in named)
    )


# --- claims ----------------------------------------------------------------------------------


def _fits_another(element: Element, view: View, claims: Sequence[Predicate]) -> bool:
    # The claims first: nearly every one is false of nearly every element.
    return any(
        all(claim(other) for claim in claims) and _is_separate(other, element)
        for other in view.elements
    )


def _separate(element: Element, view: View) -> Iterator[Element]:
    """Every other element, except parts of this one."""
    return (other for other in view.elements if _is_separate(other, element))


def _is_separate(other: Element, element: Element) -> bool:
    if other is element or other == element:
        return False
    return other.window != element.window or other.box.covered_by(element.box) < SAME_PLACE


def _candidates(element: Element, view: View) -> Iterator[tuple[str, str, Sequence[Predicate]]]:
    yield from _by_name(element, view)
    yield from _by_picture(element, view)
    yield from _by_place(element, view)
    yield from _by_purpose(element, view)


def _by_name(element: Element, view: View) -> Iterator[tuple[str, str, Sequence[Predicate]]]:
    name = said_name(element)
    if name:
        claim = _called(name)
        for where, claims in _wheres(element, view):
            yield f"Click the {_named(name, element)}{where}.", "name", (*claims, claim)


def _by_picture(element: Element, view: View) -> Iterator[tuple[str, str, Sequence[Predicate]]]:
    purpose = purpose_of(element)
    if purpose is None or kind_of(element) != "icon" or not purpose.shows or not element.icon:
        return
    shows = purpose.shows
    if shows.casefold() == said_name(element).casefold():
        return
    for where, claims in _wheres(element, view):
        yield f"Click the icon with the {shows}{where}.", "picture", (*claims, _called(shows))


def _by_purpose(element: Element, view: View) -> Iterator[tuple[str, str, Sequence[Predicate]]]:
    purpose = purpose_of(element)
    if purpose is None or element.role in MENU_ROLES:
        return
    request = purpose.to[0].upper() + purpose.to[1:]
    for where, claims in _wheres(element, view):
        text = f"{request} with its {_thing(element)}{where}." if where else f"{request}."
        yield text, "purpose", (*claims, _is_for(purpose))


def _by_place(element: Element, view: View) -> Iterator[tuple[str, str, Sequence[Predicate]]]:
    thing = _thing(element)
    corner = _corner(element, view)
    if corner:
        yield f"Click the {thing} in the {corner} corner of the screen.", "place", (_never,)
    wheres = [where for where in _wheres(element, view) if where[0]]
    for words, claim in _ordinals(element, view):
        for where, claims in wheres:
            yield f"Click the {words}{where}.", "place", (*claims, claim)
    for words, claim in _neighbors(element, view):
        for where, claims in [("", ()), *wheres]:
            yield f"Click the {words}{where}.", "place", (*claims, claim)


def _never(_: Element) -> bool:
    """A claim that is true of no other element, because only one can be in a corner."""
    return False


def _called(name: str) -> Predicate:
    folded = name.casefold()
    return lambda other: folded in names_of(other)


def _is_for(purpose: Purpose) -> Predicate:
    return lambda other: purpose in purposes_of(other)


def _wheres(element: Element, view: View) -> Iterator[tuple[str, tuple[Predicate, ...]]]:
    """Phrases to put after an element, with their claims: none, the area, the program, both."""
    yield "", ()
    area, app = area_of(element, view), spoken_app(element.app)

    def there(other: Element) -> bool:
        return area_of(other, view) == area

    def same(other: Element) -> bool:
        return spoken_app(other.app) == app

    words = AREAS[area][0] if area else ""
    if words:
        yield f" {words}", (there,)
    if area == "panel":
        edge = _edge(element, view)

        def at_edge(other: Element) -> bool:
            return there(other) and _edge(other, view) == edge

        if edge:
            yield f" {words} {edge}", (at_edge,)
    elif app and area != "desktop":
        if words:
            yield f" {words} of {app}", (there, same)
        else:
            yield f" in {app}", (same,)


# --- words -----------------------------------------------------------------------------------

AREAS = {
    "panel": ("in the panel", "panel"),
    "desktop": ("on the desktop", "desktop"),
    "tool bar": ("in the toolbar", "toolbar"),
    "menu bar": ("in the menu bar", "menu bar"),
    "menu": ("in the open menu", "open menu"),
    "status bar": ("in the status bar", "status bar"),
    "dialog": ("in the dialog", "dialog"),
    "list": ("in the list", "list"),
}
"""Part of a screen -> the phrase for it after an element, and its name alone."""


def said_name(element: Element) -> str:
    """The name to say, or "": sentences, times of day and single symbols do not count as names."""
    name = element.name
    if not name:
        purpose = purpose_of(element)
        return "" if purpose is None else purpose.called
    if len(name) > MOST_NAME or len(name.split()) > 7 or _TIME.search(name):
        return ""
    return name if any(char.isalnum() for char in name) or len(name) == 1 else ""


def area_of(element: Element, view: View) -> str:
    """The part of the screen that an element is in, a key of AREAS, or the empty string."""
    return view.areas.get(element) or _area(element, view.windows)


def _area(element: Element, windows: Sequence[Window]) -> str:
    window = next((w for w in windows if w.id == element.window), None)
    if element.role in MENU_ROLES and element.place == "menu":
        return "menu"
    if window is not None and window.type in ("dock", "desktop"):
        return "panel" if window.type == "dock" else "desktop"
    place = _AREA_OF_PLACE.get(element.place, element.place)
    return place if place in AREAS else ""


_AREA_OF_PLACE = {"alert": "dialog", "table": "list", "tree table": "list"}
"""Place -> a person's name for that area."""


def spoken_app(app: str) -> str:
    """A program's name as a person says it, or "" if nobody names it."""
    name = app.rsplit(".", 1)[-1].removesuffix("-esr")
    if name.casefold() in _PROGRAMS:
        return _PROGRAMS[name.casefold()]
    return name if name != name.lower() else name.capitalize()


_PROGRAMS = {
    "soffice": "LibreOffice",
    "kcalc": "KCalc",
    "mate-calc": "the calculator",
    "gnome-calculator": "the calculator",
    "gnome-text-editor": "the text editor",
    "eom": "Eye of MATE",
    "xfce4-terminal": "the terminal",
    "mate-terminal": "the terminal",
    "pcmanfm-qt": "PCManFM",
    "xfdesktop": "",
    "unknown": "",
}


def _thing(element: Element) -> str:
    thing = THING.get(element.role, "item")
    if thing == "menu entry" and element.place == "menu bar":
        return "menu"  # Qt reports the menus of a menu bar as items
    if thing == "button" and _has_words_beside(element):
        return thing  # nobody counts a button with words among the icons
    if kind_of(element) == "icon" and thing in ("button", "check box", "item", "option", "icon"):
        return "icon"
    return thing


def _has_words_beside(element: Element) -> bool:
    icon = element.icon_box
    return icon is not None and element.box.width > WIDE * icon.width


def _named(name: str, element: Element) -> str:
    thing = _thing(element)
    quoted = name if any(char.isalnum() for char in name) else f'"{name}"'
    return quoted if name.casefold().split()[-1] == thing else f"{quoted} {thing}"


def mentions(text: str, name: str) -> bool:
    """Whether a text contains a name as whole words, ignoring case."""
    pattern = re.escape(name.casefold())
    return re.search(rf"(?<!\w){pattern}(?!\w)", text.casefold()) is not None


# --- places ----------------------------------------------------------------------------------


def elements_in_area(area: str, view: View) -> list[Element]:
    return [element for element in view.elements if area_of(element, view) == area]


def _edge(element: Element, view: View) -> str:
    """The edge of the screen that the element's window is at, as a phrase, or ""."""
    window = next((w for w in view.windows if w.id == element.window), None)
    if window is None:
        return ""
    frame, screen = window.frame, view.screen
    if frame.width >= 2 * frame.height:
        top = frame.center[1] < screen.center[1]
        return "at the top of the screen" if top else "at the bottom of the screen"
    if frame.height >= 2 * frame.width:
        left = frame.center[0] < screen.center[0]
        return f"at the {'left' if left else 'right'} edge of the screen"
    return ""


def _corner(element: Element, view: View) -> str:
    """The corner of the screen that the element fills, such as "lower left", or ""."""
    screen = view.screen
    corners = {
        "upper left": (screen.left, screen.top),
        "upper right": (screen.right, screen.top),
        "lower left": (screen.left, screen.bottom),
        "lower right": (screen.right, screen.bottom),
    }
    for words, corner in corners.items():
        own = _distance(element.box, *corner)
        near = min(element.box.width, element.box.height)
        if own > near / 2:
            continue
        if all(
            _distance(other.box, *corner) > own + near / 2 for other in _separate(element, view)
        ):
            return words
    return ""


def _distance(box: Rect, x: float, y: float) -> float:
    """Distance in pixels from a point to a box along the axis where it is larger; 0 inside."""
    return max(box.left - x, x - box.right, box.top - y, y - box.bottom, 0)


def _lines(view: View, along_x: bool) -> dict[Element, tuple[Element, ...]]:
    """For each element, the elements in line with it, in the same area of the same window.

    Elements inside another one are excluded, so they have no line.
    """
    groups: dict[tuple[int | None, str], list[Element]] = {}
    for element in view.elements:
        groups.setdefault((element.window, view.areas[element]), []).append(element)
    lines = {}
    for near in groups.values():
        whole = [e for e in near if not any(_inside(e, larger) for larger in near)]
        whole.sort(key=lambda e: e.box.left if along_x else e.box.top)
        for element in whole:
            lines[element] = tuple(
                other
                for other in whole
                if _shared(element.box, other.box, across_y=along_x) >= IN_LINE
            )
    return lines


def _inside(element: Element, larger: Element) -> bool:
    return larger.box.area > element.box.area and element.box.covered_by(larger.box) >= SAME_PLACE


def _shared(box: Rect, other: Rect, across_y: bool) -> float:
    """Overlap of two boxes along one axis, as a share of the smaller side, at most 1."""
    if across_y:
        common = min(box.bottom, other.bottom) - max(box.top, other.top)
        smaller = min(box.height, other.height)
    else:
        common = min(box.right, other.right) - max(box.left, other.left)
        smaller = min(box.width, other.width)
    return common / smaller if smaller else 0.0


def _ordinals(element: Element, view: View) -> Iterator[tuple[str, Predicate]]:
    """Phrases such as "second icon from the left", if nothing else could be counted instead."""
    row, column = view.rows.get(element, ()), view.columns.get(element, ())
    if not area_of(element, view) or min(len(row), len(column)) != 1:
        return  # nobody counts in a grid
    along_x = len(row) > 1
    line = row if along_x else column
    if len(line) < 3:
        return
    at = line.index(element)
    ends = ("left", "right") if along_x else ("top", "bottom")
    counts = [(at, ends[0], line[:at]), (len(line) - 1 - at, ends[1], line[at + 1 :])]
    for count, end, before in sorted(counts, key=lambda c: c[0]):
        thing = _thing(element)
        if count >= len(ORDINALS) or any(_thing(other) != thing for other in before):
            continue
        words = f"{ORDINALS[count]} {thing} from the {end}"
        yield words, _ranked(view, along_x, count, from_start=end == ends[0])


def _ranked(view: View, along_x: bool, count: int, from_start: bool) -> Predicate:
    lines = view.rows if along_x else view.columns

    def claim(other: Element) -> bool:
        line = lines.get(other, ())
        return bool(line) and (line if from_start else line[::-1]).index(other) == count

    return claim


def _neighbors(element: Element, view: View) -> Iterator[tuple[str, Predicate]]:
    """Phrases such as "icon just to the right of the Save icon"."""
    for side in ("left", "right", "top", "bottom"):
        anchor = _beside(element, view, side)
        if anchor is None:
            continue
        name = said_name(anchor)
        if not name or _fits_another(anchor, view, (_called(name),)):
            continue
        words = f"{_thing(element)} {_DIRECTIONS[side]} the {_named(name, anchor)}"
        yield words, _next_to(anchor, view, side)


_DIRECTIONS = {
    "left": "just to the right of",
    "right": "just to the left of",
    "top": "just below",
    "bottom": "just above",
}
"""Side of an element that its neighbor is on -> the element's position relative to the neighbor."""


def _next_to(anchor: Element, view: View, side: str) -> Predicate:
    return lambda other: _beside(other, view, side) == anchor


def _beside(element: Element, view: View, side: str) -> Element | None:
    """The nearest element of the same window on one side, if it is a neighbor."""
    known = view.neighbors.get(element)
    return (_neighbors_of(element, view) if known is None else known).get(side)


def _neighbors_of(element: Element, view: View) -> dict[str, Element]:
    box = element.box
    nearest: dict[str, tuple[int, Element]] = {}
    for other in view.elements:
        if other.window != element.window or other == element:
            continue
        gaps = {
            "left": box.left - other.box.right,
            "right": other.box.left - box.right,
            "top": box.top - other.box.bottom,
            "bottom": other.box.top - box.bottom,
        }
        for side, gap in gaps.items():
            along_x = side in ("left", "right")
            own = box.width if along_x else box.height
            if not -own / 4 <= gap <= NEXT_TO * own:
                continue
            if side in nearest and gap >= nearest[side][0]:
                continue
            if _shared(box, other.box, across_y=along_x) >= IN_LINE:
                nearest[side] = (gap, other)
    return {side: other for side, (_, other) in nearest.items()}
