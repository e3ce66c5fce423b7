"""UI-TARS: ``click(start_box='(x,y)')``, ``click(point='<point>x y</point>')`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format, pair
from pointbench.replies.calls import clicked, code_calls, one_click, parts_of, tagged_calls
from pointbench.replies.formats import json_forms, point_tag, tuples

_VERB = re.compile(r"\b([a-z]\w{1,24}+)\(", re.IGNORECASE)


def find(text: str, cut_off: bool) -> Iterable[Answer]:
    if (click := one_click(text)) is not None:
        return (click,)
    for calls in (tagged_calls(text), code_calls(text)):
        if calls and (answers := list(clicked(parts_of(calls), len(text)))):
            return answers
    if "{" in text:
        parts = list(json_forms.json_parts(text))
        if any(part.points.is_action for part in parts):
            return clicked(parts, len(text))
    if _VERB.search(text):
        # Some other function: its coordinates, if it has any, are not a click.
        return ()
    tagged = list(point_tag.find(text, cut_off))
    return tagged or tuples.find(text, cut_off)


def _write(point: Point, order: str) -> str:
    return "Action: click(start_box='({},{})')".format(*pair(point, order))


UI_TARS = Format("ui-tars", find, _write, reads_calls=True)
