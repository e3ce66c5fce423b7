"""UI-TARS: ``click(start_box='(x,y)')``, ``click(point='<point>x y</point>')`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.formats import point_tag, tuples
from pointbench.replies.numbers import COMMA_OR_SPACE, coordinates_pattern, values

_VERB = re.compile(r"\b([a-z]\w{1,24}+)\(", re.IGNORECASE)
_CLICKS = re.compile(
    r"\b(?:\w{0,12}_)?(?:click|tap|press|touch|left_single|left_double|right_single)(?:_\w{1,12})?+\("
    r"\s*+(?:start_box|start_point|point|bbox|box|coordinates?)\s?=\s?['\"]{0,2}\s?"
    rf"(?:<\|?\w{{1,12}}\|?>)?\s?{coordinates_pattern(COMMA_OR_SPACE)}\s?"
    r"(?=[<'\")])(?:<[|/]?\w{1,12}\|?>)?['\"]{0,2}\)?",
    re.IGNORECASE,
)
_GIVING_UP = re.compile(r"\b(?:call_user|infeasible|fail)\(\s?\)")


def find(text: str, cut_off: bool) -> Iterator[Answer]:
    answers = [
        Answer((Coordinates(values(m)),), m.start(), m.end()) for m in _CLICKS.finditer(text)
    ]
    if answers:
        return reversed(answers)
    if _VERB.search(text):
        # Some other action: its coordinates, if it has any, are not a click.
        return (Answer((), m.start(), m.end()) for m in _GIVING_UP.finditer(text))
    tagged = list(point_tag.find(text, cut_off))
    return iter(tagged) if tagged else tuples.find(text, cut_off)


def _write(point: Point, order: str) -> str:
    return "Action: click(start_box='({},{})')".format(*pair(point, order))


UI_TARS = Format("ui-tars", find, _write)
