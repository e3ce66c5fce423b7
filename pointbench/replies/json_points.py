"""Finds the points in a decoded JSON value, from its keys and its lists of numbers."""

from __future__ import annotations

import json
import math
import re

from pointbench.jsontypes import JsonObject, JsonValue
from pointbench.replies.answers import Coordinates
from pointbench.replies.numbers import coordinates_in, single_number
from pointbench.replies.verbs import (
    ARGUMENTS,
    TARGETS,
    Action,
    action_named,
    action_of,
    ends_in_failure,
    snake,
)

DEEPEST = 24
"""Levels of nesting that are searched; nothing deeper is an answer."""

_POINT_KEYS = (
    "point points point_2d points_2d point2d coordinate coordinates coord coords coordinate_2d "
    "coordinates_2d position location click click_point clickpoint click_position "
    "click_coordinate click_coordinates point_coordinates pixel_coordinates pixel_coordinate "
    "center centre center_point centroid center_coordinates xy pos mouse_position "
    "cursor_position target_point target_coordinates screen_position element_position "
    "absolute_coordinates normalized_coordinates start_point answer final_answer prediction "
    "result output loc target_location click_location element_location element_coordinates"
)
_BOX_KEYS = (
    "box bbox bbox_2d box_2d box2d bbox2d boxes bboxes bounding_box boundingbox bounding_boxes "
    "bounding_box_2d bounds rect rectangle start_box region_box"
)
_CORNER_KEYS = (
    ("x1", "x1 x_min xmin left x0"),
    ("y1", "y1 y_min ymin top y0"),
    ("x2", "x2 x_max xmax right"),
    ("y2", "y2 y_max ymax bottom"),
)
_X_KEYS = (
    "x x_coordinate x_coord coord_x coordinate_x center_x x_center cx xcoordinate xcoord centerx "
    "x_pos x_position pos_x posx click_x clickx"
)
_Y_KEYS = (
    "y y_coordinate y_coord coord_y coordinate_y center_y y_center cy ycoordinate ycoord centery "
    "y_pos y_position pos_y posy click_y clicky"
)
_FIRST_CORNER_KEYS = "top_left topleft upper_left upperleft left_top min_corner"
_LAST_CORNER_KEYS = "bottom_right bottomright lower_right lowerright right_bottom max_corner"
KINDS: dict[str, str] = {
    name: kind
    for kind, names in (
        ("point", _POINT_KEYS),
        ("box", _BOX_KEYS),
        ("objects", "objects detections"),
        ("x", _X_KEYS),
        ("y", _Y_KEYS),
        ("first", _FIRST_CORNER_KEYS),
        ("last", _LAST_CORNER_KEYS),
        (
            "verb",
            "action action_type actiontype action_name actionname operation function function_name "
            "tool tool_name command verb recipient_name",
        ),
        ("type", "type"),
        *_CORNER_KEYS,
    )
    for name in names.split()
}
"""Key -> the kind of its value. Keys are compared in lower case, with ``_`` for space and dash."""


class Points:
    """The points and boxes of one JSON value, in its order.

    ``declines`` is True if the value states that there are none, ``other_action`` if it holds an
    action that does not click. Actions are read in their order: ``pointer`` is where the last of
    them leaves the pointer, as a list that is empty if nobody knows, and None if nothing moved it.
    ``waits`` is True if a click is where an action before this value left the pointer.
    """

    __slots__ = (
        "_places_only",
        "coordinates",
        "declines",
        "is_action",
        "other_action",
        "pointer",
        "repaired",
        "waits",
    )

    def __init__(self, value: object, *, repaired: bool = False, places_only: bool = False) -> None:
        self.coordinates: list[Coordinates] = []
        self.declines = False
        self.is_action = False
        self.other_action = False
        self.pointer: list[Coordinates] | None = None
        self.waits = False
        self.repaired = repaired
        # Of an action that does not click, only where it leaves the pointer is read.
        self._places_only = places_only
        if isinstance(value, dict):
            self._read_object(value, 0)
        elif isinstance(value, list):
            self._read_value(value, "point", 0)
            # A bare [] may be any list in a text; an empty list under a key means there are none.
            self.declines = self.declines and any(isinstance(part, dict) for part in value)
        self.declines = self.declines and not self.coordinates

    def _read_object(self, entries: JsonObject, level: int) -> None:
        kinds: dict[str, list[JsonValue]] = {}
        for key, value in entries.items():
            kind = KINDS.get(key) or KINDS.get(snake(key))
            if kind:
                kinds.setdefault(kind, []).append(value)
        action = None
        verbs, types = kinds.get("verb", ()), kinds.get("type", ())
        if (verbs or types or "name" in entries) and not self._places_only:
            action = action_of(verbs, types, entries)
            if action is not None and self._acts(action, entries):
                return
        known = len(self.coordinates)
        self._read_places(entries, kinds, level)
        if action is None:
            return
        if len(self.coordinates) == known:
            self._read_bare_arguments(entries)
        if len(self.coordinates) > known:
            self.pointer = self.coordinates[-1:]
        elif action == "click" and not _says_where(entries, 0):
            self._click_where_the_pointer_is()

    def _acts(self, action: Action, entries: JsonObject) -> bool:
        """Notes what an action does; True if its numbers are no click, whatever they are."""
        self.is_action = True
        if action in ("click", "tap"):
            return False
        self.other_action = True
        if action == "gives-up":
            self.declines = True
        elif action == "displace":
            self.pointer = []
        elif action != "pause":
            place = Points(entries, places_only=True).coordinates[:1]
            if action == "move":
                self.pointer = place
            elif place:
                # A scroll or some text at a place takes the pointer there, on its own terms.
                self.pointer = []
        return True

    def _read_bare_arguments(self, entries: JsonObject) -> None:
        """``{"name": "click", "arguments": [512, 300]}``."""
        for key in ARGUMENTS & entries.keys():
            if numbers := _numbers(entries[key]):
                self.coordinates.append(Coordinates(numbers))
                return

    def _click_where_the_pointer_is(self) -> None:
        if self.pointer:
            self.coordinates.append(self.pointer[0])
        elif self.pointer is None and not self.coordinates:
            self.waits = True

    def _read_places(
        self, entries: JsonObject, kinds: dict[str, list[JsonValue]], level: int
    ) -> None:
        known = len(self.coordinates)
        for kind in ("point", "axes", "box", "objects"):
            if kind == "axes":
                self._read_axes(kinds)
                self._read_corners(kinds)
            for value in kinds.get(kind, ()):
                self._read_value(value, kind, level + 1)
                if len(self.coordinates) > known:
                    break
            if len(self.coordinates) > known:
                return
        self._read_nested(entries, level)

    def _read_axes(self, kinds: dict[str, list[JsonValue]]) -> None:
        if "x" in kinds:
            x, y = kinds["x"][0], kinds.get("y", [None])[0]
            if x is None and y is None:
                self.declines = True
            elif (numbers := _numbers([x, y])) or (y is None and (numbers := _numbers(x))):
                # {"x": [512, 300]} and {"x": "955,28"} hold both numbers under one key.
                self.coordinates.append(Coordinates(numbers, keyed=True))
        elif all(corner in kinds for corner in ("x1", "y1", "x2", "y2")):
            corners = [kinds[corner][0] for corner in ("x1", "y1", "x2", "y2")]
            if numbers := _numbers(corners):
                self.coordinates.append(Coordinates(numbers, keyed=True))

    def _read_corners(self, kinds: dict[str, list[JsonValue]]) -> None:
        """``{"top_left": .., "bottom_right": ..}``, each a list or an object with x and y."""
        if "first" not in kinds or "last" not in kinds:
            return
        first = Points(kinds["first"]).coordinates
        last = Points(kinds["last"]).coordinates
        if len(first) == len(last) == 1 and len(first[0].numbers) == len(last[0].numbers) == 2:
            self.coordinates.append(
                Coordinates(first[0].numbers + last[0].numbers, keyed=first[0].keyed)
            )

    def _read_value(self, value: JsonValue, kind: str, level: int) -> None:
        """Reads the value under a key of points or boxes, or at the top of the text."""
        if level > DEEPEST:
            return
        if isinstance(value, dict):
            self._read_extent(value, kind, level)
        elif numbers := _numbers(value):
            # Half of a box whose end is missing is not a point.
            if not (self.repaired and kind == "box" and len(numbers) == 2):
                self.coordinates.append(Coordinates(numbers))
        elif isinstance(value, list):
            corners = (
                [_numbers(part) for part in value] if kind == "box" and len(value) == 2 else []
            )
            if corners and all(len(corner) == 2 for corner in corners):
                self.coordinates.append(Coordinates(corners[0] + corners[1]))
                return
            # An empty list that the repair closed may be one whose numbers were cut off.
            empty = not value and not self.repaired
            self.declines = self.declines or empty or value == [None, None]
            for part in value:
                if isinstance(part, dict | list):
                    self._read_value(part, kind, level + 1)
        elif value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING):
            self.declines = True

    def _read_extent(self, value: JsonObject, kind: str, level: int) -> None:
        size = _numbers([value.get("width"), value.get("height")])
        left, top = value.get("x", value.get("left")), value.get("y", value.get("top"))
        corner = _numbers([left, top])
        if kind == "box" and size and corner:
            far = (corner[0] + size[0], corner[1] + size[1])
            self.coordinates.append(Coordinates(corner + far, keyed=True))
        elif kind == "point" and size and len(value) == 2:
            # ScreenAgent's form: {"mouse_position": {"width": 512, "height": 300}}.
            self.coordinates.append(Coordinates(size, keyed=True))
        else:
            self._read_object(value, level)

    def _read_nested(self, entries: JsonObject, level: int) -> None:
        if level > DEEPEST:
            return
        for key, value in entries.items():
            if (KINDS.get(key) or KINDS.get(snake(key))) in ("point", "box", "objects"):
                continue
            if isinstance(value, dict):
                # {"scroll": {"x": .., "y": ..}}: the verb may be the key of its arguments.
                action = None if self._places_only else action_named(key, element=True)
                if ends_in_failure(key, value):
                    action = "gives-up"
                if action is None or not self._acts(action, value):
                    self._read_object(value, level + 1)
            elif isinstance(value, list):
                for part in value:
                    if isinstance(part, dict):
                        self._read_object(part, level + 1)
            elif isinstance(value, str) and value.lstrip()[:1] == "{":
                # Tool calls may carry their arguments as JSON in a string.
                inner, whole = _object_in(value)
                if inner is not None:
                    self.repaired = self.repaired or not whole
                    self._read_object(inner, level + 1)


def _says_where(entries: JsonObject, level: int) -> bool:
    """True if a click gives a place, however broken, or names its target in another way."""
    for key, value in entries.items():
        if value is None:
            continue
        name = snake(key)
        if KINDS.get(name) in _PLACES or name in TARGETS:
            return True
        if name in ARGUMENTS and isinstance(value, list | str) and value not in ([], "", "{}"):
            return True
        if isinstance(value, dict) and level < 3 and _says_where(value, level + 1):
            return True
    return False


def _object_in(text: str) -> tuple[JsonObject | None, bool]:
    """The object at the start of a string, and whether the string is that object and nothing else."""
    text = text.strip()
    for attempt in (text, text + "}" if text[-1] in ']"}' else "", text.replace("'", '"')):
        try:
            value, end = _DECODER.raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value, attempt is text and end == len(text)
    return None, False


_DECODER = json.JSONDecoder(strict=False)
_PLACES = frozenset(("point", "box", "x", "y", "x1", "y1", "x2", "y2", "first", "last"))
_TAGS = re.compile(r"</?\w{1,12}>")
_NOTHING = frozenset(("none", "null", "n/a"))


def _numbers(value: object) -> tuple[float, ...]:
    """The two or four numbers of a list or a string; empty for anything else."""
    if isinstance(value, str):
        return coordinates_in(_TAGS.sub(" ", value) if "<" in value else value)
    if not isinstance(value, list) or len(value) not in (2, 4):
        return ()
    if type(value[0]) is type(value[1]) is int and len(value) == 2 and max(map(abs, value)) < 2**53:
        return (value[0], value[1])
    numbers: list[float] = []
    for part in value:
        value_of = single_number(part) if isinstance(part, str) else part
        if isinstance(value_of, bool) or not isinstance(value_of, int | float):
            return ()
        # An integer too large for a float would raise wherever it is used. NaN stays NaN.
        numbers.append(math.inf if abs(value_of) > 1e300 else value_of)
    return tuple(numbers)
