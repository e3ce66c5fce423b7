"""Plain coordinates in prose: ``(512, 300)``, ``x=512, y=300``, ``[512, 300]``, ``52 %``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import COMMA, NUMBER, number, values

_ONE = rf"[~≈]?\s?({NUMBER})(?:\s?(?:px|pixels?|%))?"
_QUOTES = r"[\"'*_`]{0,3}"
_IS = (
    rf"{_QUOTES}\s?(?:[-_ ]?(?:coord(?:inate)?|value|pos(?:ition)?|axis)\s?)?{_QUOTES}\s?"
    rf"(?:[=:≈]|is\b)\s*+{_QUOTES}\s*+"
)
_BETWEEN = rf"{_QUOTES}[\s,;|&]*+(?:and\s++)?(?:[-*•]\s*+)?(?:the\s)?{_QUOTES}"
_TUPLE = re.compile(
    # two or four numbers in brackets of any kind
    rf"[(\[{{]\s*+(?:x\s?[=:]\s?)?{_ONE}{COMMA}(?:y\s?[=:]\s?)?{_ONE}"
    rf"(?:{COMMA}{_ONE}{COMMA}{_ONE})?\s*+,?\s*+(?:\\(?:right)?)?[)\]}}]"
    # x and y by name, in either order
    rf"|\b(?P<x>x){_IS}{_ONE}{_BETWEEN}y{_IS}{_ONE}"
    rf"|\b(?P<y>y){_IS}{_ONE}{_BETWEEN}x{_IS}{_ONE}"
    rf"|<(?P<tag>x)>\s*+{_ONE}\s*+</x>\s*+<y>\s*+{_ONE}\s*+</y>",
    re.IGNORECASE,
)
_BARE = re.compile(rf"[\s*_`\"'$.]*+{_ONE}(?:{COMMA}|\s++){_ONE}[\s*_`\"'$.]*+", re.IGNORECASE)
_LABELED = re.compile(
    r"\b(?:coord(?:inate)?s?\s?(?:is|are|at|of|:|=)?|(?:point|position|location)\s?(?:is|are|at|:|=)"
    r"|(?:click|tap)(?:ing)?\s?at)"
    rf"{_QUOTES}\s*+{_QUOTES}{_ONE}{COMMA}{_ONE}(?!\s?[,:;x/]\s?\d|[\d:])",
    re.IGNORECASE,
)


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - the end is trimmed before
    bracketed = [Answer((_coordinates(m),), m.start(), m.end()) for m in _TUPLE.finditer(text)]
    return reversed(
        bracketed or [Answer((Coordinates(values(m)),), m.start(), m.end()) for m in _naked(text)]
    )


def _naked(text: str) -> list[re.Match[str]]:
    """Two unbracketed numbers that make up the whole answer, or follow a word such as "coordinates"."""
    bare = _BARE.fullmatch(text) if len(text) < 200 else None
    return [bare] if bare else list(_LABELED.finditer(text))


def _coordinates(match: re.Match[str]) -> Coordinates:
    numbers = tuple(
        number(group) for group in match.groups() if group is not None and group not in "xyXY"
    )
    if match["y"]:
        return Coordinates((numbers[1], numbers[0]), keyed=True)
    keyed = bool(match["x"] or match["tag"]) or match[0].lstrip("([{ \t\r\n")[:1] in "xX"
    return Coordinates(numbers, keyed=keyed)


def _write(point: Point, order: str) -> str:
    return "({}, {})".format(*pair(point, order))


TUPLE = Format("tuple", find, _write, marked=True)
