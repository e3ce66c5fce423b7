"""Finds the points in a decoded JSON value, from its keys and its lists of numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pointbench.jsontypes import JsonObject, JsonValue
from pointbench.replies.absence import Field, field_of, says_absent
from pointbench.replies.answers import Coordinates
from pointbench.replies.json_text import Repeated, json_values
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
    "result output loc target_location click_location element_location element_coordinates "
    "tap touch pt at_coordinate start_coordinate"
)
_BOX_KEYS = (
    "box bbox bbox_2d box_2d box2d bbox2d boxes bboxes bounding_box boundingbox bounding_boxes "
    "bounding_box_2d bounds rect rectangle start_box region_box region"
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
_POLYGON_KEYS = (
    "polygon poly polygon_2d polygons quad quadrilateral quad_2d vertices corners contour outline "
    "segmentation rotated_box obb"
)
_FIRST_CORNER_KEYS = "top_left topleft upper_left upperleft left_top min_corner"
_LAST_CORNER_KEYS = "bottom_right bottomright lower_right lowerright right_bottom max_corner"
KINDS: dict[str, str] = {
    name: kind
    for kind, names in (
        ("point", _POINT_KEYS),
        ("box", _BOX_KEYS),
        ("polygon", _POLYGON_KEYS),
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
        ("column", "col column"),
        ("row", "row"),
        ("xywh", "xywh bbox_xywh box_xywh rect_xywh ltwh bbox_ltwh tlwh"),
        ("size", "size dimensions"),
        ("width", "width w box_width bbox_width"),
        ("height", "height h box_height bbox_height"),
        *_CORNER_KEYS,
    )
    for name in names.split()
}
"""Key -> the kind of its value. Keys are compared in lower case, with ``_`` for space and dash."""
_BESIDE_WORDS = (
    "pixel pixels px screen page client mouse target element object icon button image item tap touch "
    "click point cursor abs absolute location loc pos position coord coordinate coordinates norm "
    "normalized center centre mid middle val value in at of the bounding"
)
_BESIDE = frozenset(_BESIDE_WORDS.split())
"""Words of a key that do not change what its value is: ``screenX`` is an x, ``icon_center`` a center."""
_POINT_WORDS = (
    "point",
    "coordinate",
    "coordinates",
    "coords",
    "center",
    "centre",
    "position",
    "location",
    "xy",
)
_BOX_WORDS = ("box", "bbox", "bounds", "rect", "rectangle")
_LAST_WORDS = {**dict.fromkeys(_POINT_WORDS, "point"), **dict.fromkeys(_BOX_WORDS, "box")}
_NEAR, _FAR = (
    frozenset(("left", "top", "upper", "min")),
    frozenset(("right", "bottom", "lower", "max")),
)
_AXIS_OF = {"left": "x", "right": "x", "top": "y", "upper": "y", "bottom": "y", "lower": "y"}
_NUMBERED = re.compile(r"([xyXY])_?([012])$")
_KEY_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _kind_by_words(key: str) -> str | None:
    """The kind of a key that `KINDS` does not list: ``screenX``, ``topX``, ``element_center``."""
    words: list[str] = [word.lower() for word in _KEY_WORD.findall(key)]
    if corner := _NUMBERED.search(key):
        # "bbox_x1", "box_x2": the far corner is the second one.
        beside = set(words[:-1]) <= _BESIDE | {"corner", "box", "bbox"}
        end = "2" if corner[2] == "2" else "1"
        return f"{corner[1].lower()}{end}" if beside else None
    axes = [word for word in words if word in ("x", "y")]
    rest = [word for word in words if word not in _BESIDE and word not in ("x", "y")]
    if len(axes) != 1:
        last = _LAST_WORDS.get(words[-1]) if len(words) > 1 and not axes else None
        return last if set(words[:-1]) <= _BESIDE else None
    if len(words) > 5:
        return None
    if not rest:
        return axes[0]
    rest = [word for word in rest if word not in ("corner", "box", "bbox")]
    if not rest:
        # "bbox_x" is that of its corner.
        return axes[0] + "1"
    if not set(rest) <= _NEAR | _FAR:
        return None
    # Of "top_right_x" the side that x belongs to decides; "topX" has only the other one.
    sides = [word for word in rest if _AXIS_OF.get(word) == axes[0]] or rest
    return axes[0] + ("1" if sides[0] in _NEAR else "2")


@lru_cache(maxsize=4096)
def _meaning(key: str) -> tuple[str | None, str | None, Field | None]:
    """The kind of a key that is listed, the one that its words suggest, and what it may deny."""
    kind = KINDS.get(key) or KINDS.get(snake(key))
    return kind, None if kind else _kind_by_words(key), field_of(key)


class Points:
    """The points and boxes of one JSON value, in its order.

    ``attempted`` is True if a key of coordinates holds numbers that make no point. ``declines`` is
    True if the value states that there are none, ``other_action`` if it holds an action that does
    not click. Actions are read in their order: ``pointer`` is where the last of
    them leaves the pointer, as a list that is empty if nobody knows, and None if nothing moved it.
    ``waits`` is True if a click is where an action before this value left the pointer.
    """

    __slots__ = (
        "_places_only",
        "attempted",
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
        self.attempted = False
        self.other_action = False
        self.pointer: list[Coordinates] | None = None
        self.waits = False
        self.repaired = repaired
        # Of an action that does not click, only where it leaves the pointer is read.
        self._places_only = places_only
        if isinstance(value, dict):
            self._read_object(value, 0)
        elif isinstance(value, list):
            self._read_value(value, "bare", 0)
            # A bare [] may be any list in a text; an empty list under a key means there are none.
            self.declines = self.declines and any(isinstance(part, dict) for part in value)
        self.declines = self.declines and not self.coordinates

    def _read_object(self, entries: JsonObject, level: int) -> None:
        kinds: dict[str, list[JsonValue]] = {}
        guessed: dict[str, list[JsonValue]] = {}
        fields: list[tuple[Field, JsonValue]] = []
        told = False
        for key, value in entries.items():
            if len(key) > _LONGEST_KEY:
                continue
            kind, likely, field = _meaning(key)
            if kind is not None:
                kinds.setdefault(kind, []).append(value)
            elif likely is not None:
                guessed.setdefault(likely, []).append(value)
            if field is not None:
                fields.append((field, value))
                told = told or field != "words"
        for likely, values in guessed.items():
            kinds.setdefault(likely, values)
        action = None
        verbs, types = kinds.get("verb", ()), kinds.get("type", ())
        if (verbs or types or "name" in entries) and not self._places_only:
            action = action_of(verbs, types, entries)
            if action is not None and self._acts(action, entries):
                return
        known = len(self.coordinates)
        self._read_places(entries, kinds, level)
        self._read_fields(fields if told or _is_stand_in(self.coordinates, known) else (), known)
        if len(self.coordinates) == known and not (self.attempted or self.declines):
            places = (value for kind in _NUMBERED_KINDS & kinds.keys() for value in kinds[kind])
            # Of an object that breaks off after such a key, the repair makes an empty text.
            self.attempted = any(
                _holds_digits(value) or (value == "" and self.repaired) for value in places
            )
        if type(entries) is Repeated:
            self._read_repeated(entries, known, level)
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

    def _read_fields(self, fields: Sequence[tuple[Field, JsonValue]], known: int) -> None:
        """Drops the coordinates after the ``known`` ones if a field says that there is nothing."""
        if fields and says_absent(
            fields, [number for place in self.coordinates[known:] for number in place.numbers]
        ):
            del self.coordinates[known:]
            self.declines = True

    def _read_repeated(self, entries: Repeated, known: int, level: int) -> None:
        first = self.coordinates[known:]
        for other in entries.others:
            count = len(self.coordinates)
            self._read_object(other, level)
            if self.coordinates[count:] == first:
                # Another key is repeated, not that of the coordinates.
                del self.coordinates[count:]

    def _read_places(
        self, entries: JsonObject, kinds: dict[str, list[JsonValue]], level: int
    ) -> None:
        known = len(self.coordinates)
        if "size" in kinds and "width" not in kinds:
            self._read_size(kinds["size"][0], kinds, entries)
        for value in kinds.get("xywh", ()):
            if len(numbers := _numbers(value)) == 4:
                x, y, width, height = numbers
                self._add_sized(x, y, {"width": [width], "height": [height]})
        if len(self.coordinates) > known:
            return
        for kind in ("point", "axes", "box", "polygon", "objects"):
            if kind == "axes":
                self._read_axes(kinds, entries)
                self._read_corners(kinds)
            for value in kinds.get(kind, ()):
                self._read_value(value, kind, level + 1)
                if len(self.coordinates) > known:
                    break
            if len(self.coordinates) > known:
                break
        else:
            self._read_nested(entries, level)

    def _read_size(
        self, size: JsonValue, kinds: dict[str, list[JsonValue]], entries: JsonObject
    ) -> None:
        """``{"location": {"x": .., "y": ..}, "size": {"width": .., "height": ..}}``, as browsers give it."""
        if not isinstance(size, dict):
            return
        sides = [
            [value for key, value in size.items() if KINDS.get(snake(key)) == kind][:1]
            for kind in ("width", "height")
        ]
        if not all(sides):
            return
        kinds["width"], kinds["height"] = sides
        corner = next((entries[key] for key in _CORNERS if key in entries), None)
        if isinstance(corner, dict) and corner.keys() == {"x", "y"}:
            self._add_sized(corner["x"], corner["y"], kinds)

    def _read_axes(self, kinds: dict[str, list[JsonValue]], entries: JsonObject) -> None:
        x, y = kinds.get("x", kinds.get("column")), kinds.get("y", kinds.get("row"))
        if x is not None and ("x" in kinds or y is not None):
            self._read_pair(x[0], None if y is None else y[0], kinds, entries)
            return
        x1, y1 = kinds.get("x1", ()), kinds.get("y1", ())
        if not x1 or not y1:
            return
        x2, y2 = kinds.get("x2", x1[1:]), kinds.get("y2", y1[1:])
        if x2 and y2:
            # {"x0", "y0", "x1", "y1"} names the far corner x1, too.
            self._add([x1[0], y1[0], x2[0], y2[0]])
        elif "width" in kinds and "height" in kinds:
            self._add_sized(x1[0], y1[0], kinds)
        elif not x2 and not y2 and entries.keys() >= {"left", "top"} and not self.repaired:
            # So far from the left and from the top: a point.
            self._add([x1[0], y1[0]])

    def _read_pair(
        self,
        x: JsonValue,
        y: JsonValue,
        kinds: dict[str, list[JsonValue]],
        entries: JsonObject,
    ) -> None:
        if x is None and y is None:
            self.declines = True
        elif "width" in kinds and "height" in kinds and not _names_a_center(entries):
            if not self._add_sized(x, y, kinds):
                self._add([x, y])
        elif kinds.keys() >= {"x2", "y2"} and not kinds.keys() & {"x1", "y1"}:
            # {"x", "y", "right", "bottom"}: the near corner has the plain names.
            if _names_a_center(entries) or not self._add([x, y, kinds["x2"][0], kinds["y2"][0]]):
                self._add([x, y])
        elif self._add([x, y]):
            return
        elif y is None:
            # {"x": [512, 300]} and {"x": "955,28"} hold both numbers under one key.
            self._add(x)
        else:
            # {"x": [502, 522], "y": [290, 310]}: from one edge to the other.
            across, down = _ends(x), _ends(y)
            if across and down:
                wide = len(across) + len(down) > 2
                numbers = (across[0], down[0], across[-1], down[-1])
                self.coordinates.append(Coordinates(numbers if wide else numbers[:2], keyed=True))

    def _add(self, value: JsonValue) -> bool:
        """Adds named coordinates; False if the value holds none."""
        numbers = _numbers(value)
        if numbers:
            self.coordinates.append(Coordinates(numbers, keyed=True, percent=_has_percent(value)))
        return bool(numbers)

    def _add_sized(self, x: JsonValue, y: JsonValue, kinds: dict[str, list[JsonValue]]) -> bool:
        corner, size = [x, y], [kinds["width"][0], kinds["height"][0]]
        near, far = _numbers(corner), _numbers(size)
        if not near or not far or min(far) < 0:
            return False
        box = (*near, near[0] + far[0], near[1] + far[1])
        percent = _has_percent(corner)
        self.coordinates.append(Coordinates(box, keyed=True, percent=percent, sized=True))
        return True

    def _read_corners(self, kinds: dict[str, list[JsonValue]]) -> None:
        """``{"top_left": .., "bottom_right": ..}``, each a list or an object with x and y."""
        if "first" not in kinds:
            return
        first = Points(kinds["first"]).coordinates
        if "last" not in kinds:
            if len(first) == 1 and "width" in kinds and "height" in kinds:
                self._add_sized(first[0].numbers[0], first[0].numbers[1], kinds)
            return
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
                self.coordinates.append(Coordinates(numbers, percent=_has_percent(value)))
        elif isinstance(value, list):
            if kind != "bare" and (place := _longer(value, kind)):
                self.coordinates.append(place)
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
        if kind == "box":
            left, top = value.get("x", value.get("left")), value.get("y", value.get("top"))
            width, height = value.get("width", value.get("w")), value.get("height", value.get("h"))
            corner, size = _numbers([left, top]), _numbers([width, height])
            if corner and size:
                box = (*corner, corner[0] + size[0], corner[1] + size[1])
                percent = _has_percent([left, top])
                self.coordinates.append(Coordinates(box, keyed=True, percent=percent))
                return
        elif kind == "point" and len(value) == 2:
            # ScreenAgent's form: {"mouse_position": {"width": 512, "height": 300}}.
            if self._add([value.get("width"), value.get("height")]):
                return
            if self._add([value.get("left"), value.get("top")]):
                return
        self._read_object(value, level)

    def _read_nested(self, entries: JsonObject, level: int) -> None:
        if level > DEEPEST:
            return
        for key, value in entries.items():
            if (KINDS.get(key) or KINDS.get(snake(key))) in _SEARCHED:
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
            elif isinstance(value, str) and value.lstrip()[:1] in ("{", "`"):
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
    for attempt in _attempts(text):
        try:
            value, end = _DECODER.raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value, attempt is text and end == len(text)
    return None, False


def _attempts(text: str) -> Iterator[str]:
    """A string that should be an object, and that string with its common breaks mended, in linear time."""
    yield text
    text = _FENCE.sub("", text)
    if text[-1:] in ("]", '"', "}"):
        yield text + "}"
    text = _LOST_COMMA.sub(",", _TRAILING_COMMA.sub("", text))
    yield text
    # An object as Python writes it.
    yield _PYTHON_WORD.sub(lambda word: _JSON_WORDS[word[0]], text.replace("'", '"'))


_FENCE = re.compile(r"^```\w{0,12}\s*+")
_TRAILING_COMMA = re.compile(r",(?=\s*+[}\]])")
_LOST_COMMA = re.compile(r"(?<=[\d\]\"])\s++(?=[\"'])")
_JSON_WORDS = {"None": "null", "True": "true", "False": "false"}
_PYTHON_WORD = re.compile(r"\b(?:None|True|False)\b")
_DECODER = json.JSONDecoder(strict=False)
_PLACES = frozenset(("point", "box", "x", "y", "x1", "y1", "x2", "y2", "first", "last"))


def denied(text: str) -> bool:
    """True if an object in a text says that the thing is not there, and none has coordinates."""
    found = [Points(match.value, repaired=match.repaired) for match in json_values(text)]
    return any(points.declines for points in found) and not any(
        points.coordinates for points in found
    )


_LONGEST_KEY = 48
_CORNERS = ("origin", "location", "position")
_TAGS = re.compile(r"</?\w{1,12}>")
_NOTHING = frozenset(("none", "null", "n/a"))
_SEARCHED = frozenset(("point", "box", "polygon", "objects"))
_NUMBERED_KINDS = _SEARCHED | {"x", "y", "x1", "y1", "x2", "y2", "first", "last"}
_DIGIT = re.compile(r"\d")
_CENTER = re.compile(r"(?:^|_)(?:cent(?:er|re)|mid|middle|click|tap|cx|cy)|cent(?:er|re)")
_RANGE = re.compile(r"\s*+([-+]?\d[\d.]{0,24})\s*+(?:-|–|—|to|\.\.)\s*+([-+]?\d[\d.]{0,24})\s*+")
_RANGE_ENDS = (("min", "max"), ("start", "end"), ("from", "to"), ("low", "high"), ("left", "right"))
_LIST = re.compile(r"[\s\d.,;eE+-]{3,200}")
_MOST_CORNERS = 2000


def _holds_digits(value: JsonValue) -> bool:
    if isinstance(value, list):
        return any(_holds_digits(part) for part in value[:8] if not isinstance(part, list | dict))
    if isinstance(value, str):
        return _DIGIT.search(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names_a_center(entries: JsonObject) -> bool:
    """True if x and y are named as those of the middle (``cx``, ``center_x``), beside a size."""
    return any(_CENTER.search(snake(key)) for key in entries)


def _is_stand_in(coordinates: list[Coordinates], known: int) -> bool:
    """True if the first number after the ``known`` ones is zero or negative, as a stand-in's is."""
    return len(coordinates) > known and coordinates[known].numbers[0] <= 0


def _has_percent(value: object) -> bool:
    if not isinstance(value, list):
        return isinstance(value, str) and "%" in value
    for part in value:  # noqa: SIM110 - faster than any(), and every reply comes here
        if isinstance(part, str) and "%" in part:
            return True
    return False


def _single(value: object) -> float | None:
    """The value of one number, or of a text that is one; None for anything else."""
    value_of = single_number(value) if isinstance(value, str) else value
    if isinstance(value_of, bool) or not isinstance(value_of, int | float):
        return None
    # An integer too large for a float would raise wherever it is used. NaN stays NaN.
    return math.inf if abs(value_of) > 1e300 else value_of


def _numbers(value: object) -> tuple[float, ...]:
    """The two or four numbers of a list or a string; empty for anything else."""
    if isinstance(value, str):
        # Android writes bounds as "[502,290][522,310]".
        text = value.replace("][", ",").replace(";", ",").rstrip(" ,")
        return coordinates_in(_TAGS.sub(" ", text) if "<" in text else text)
    if not isinstance(value, list) or len(value) not in (2, 4):
        return ()
    if type(value[0]) is type(value[1]) is int and len(value) == 2 and max(map(abs, value)) < 2**53:
        return (value[0], value[1])
    numbers: list[float] = []
    for part in value:
        number_of = _single(part)
        if number_of is None:
            return ()
        numbers.append(number_of)
    return tuple(numbers)


def _ends(value: JsonValue) -> tuple[float, ...]:
    """Where an interval begins and ends, or its only number; empty for anything else."""
    if isinstance(value, dict):
        names = next((ends for ends in _RANGE_ENDS if value.keys() >= set(ends)), None)
        value = [value[name] for name in names] if names else None
    elif isinstance(value, str) and (match := _RANGE.fullmatch(value)):
        value = [match[1], match[2]]
    parts = value if isinstance(value, list) else [value]
    numbers = [_single(part) for part in parts[:3]]
    given = tuple(number_of for number_of in numbers if number_of is not None)
    return given if len(given) == len(parts) <= 2 else ()


def _longer(value: list[JsonValue], kind: str) -> Coordinates | None:
    """The point or box of a list that is not just two or four numbers.

    A third number of a point is a depth or a score, a fifth or sixth of a box a score or a class.
    Corners, from two pairs on, and the eight numbers of a turned box mean the box around them.
    """
    if not 2 <= len(value) <= _MOST_CORNERS:
        return None
    numbers = [_single(part) for part in value]
    flat = [number_of for number_of in numbers if number_of is not None]
    if len(flat) == len(value):
        if kind == "point":
            return Coordinates((flat[0], flat[1])) if len(flat) == 3 else None
        if kind == "box" and len(flat) in (5, 6):
            return Coordinates(tuple(flat[:4]))
        if len(flat) == 8 or (kind == "polygon" and len(flat) >= 6 and len(flat) % 2 == 0):
            return _around(flat[::2], flat[1::2], keyed=False)
        return None
    if any(isinstance(part, str) for part in value):
        if any(isinstance(part, list | dict) for part in value):
            return None
        # ["502, 290", "522, 310"] and [502, "290; 522 310;"] are four numbers, too.
        text = " ".join(str(part) for part in value)
        found = _LIST.fullmatch(text) and re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
        numbers = [_single(part) for part in found or ()]
        flat = [number_of for number_of in numbers if number_of is not None]
        return Coordinates(tuple(flat)) if len(flat) == len(numbers) in (2, 4) else None
    if kind == "point":
        return None
    places = Points(value).coordinates if isinstance(value[0], dict) else _pairs(value)
    if len(places) != len(value) or any(len(place.numbers) != 2 for place in places):
        return None
    if kind == "box" and len(places) == 2 and not places[0].keyed:
        return Coordinates(places[0].numbers + places[1].numbers)
    across = [place.numbers[0] for place in places]
    return _around(across, [place.numbers[1] for place in places], keyed=places[0].keyed)


def _pairs(value: list[JsonValue]) -> list[Coordinates]:
    return [Coordinates(numbers) for part in value if (numbers := _numbers(part))]


def _around(first: list[float], second: list[float], *, keyed: bool) -> Coordinates | None:
    if any(math.isnan(number_of) for number_of in (*first, *second)):
        return None
    return Coordinates((min(first), min(second), max(first), max(second)), keyed=keyed)
