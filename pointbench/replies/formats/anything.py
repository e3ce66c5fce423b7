"""``any``: for models that follow no format in particular.

The families are tried from the most to the least specific, each only if its marker is in the
text, and the first that finds an answer counts: Molmo's attributes, UI-TARS calls, box and point
tags, JSON (points, and clicks of tools), pyautogui calls, and last plain coordinates. Bins are
excluded: they mean nothing outside their own frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format
from pointbench.replies.calls import gives_up, may_hold_calls, without_actions
from pointbench.replies.formats.box_tokens import BOX_TOKENS
from pointbench.replies.formats.json_forms import unread_place
from pointbench.replies.formats.molmo import MOLMO
from pointbench.replies.formats.molmo2 import MOLMO2
from pointbench.replies.formats.point_tag import POINT_TAG
from pointbench.replies.formats.pyautogui import PYAUTOGUI
from pointbench.replies.formats.tool_calls import TOOL_CALL
from pointbench.replies.formats.tuples import TUPLE
from pointbench.replies.formats.ui_tars import UI_TARS

TRIED: tuple[tuple[Format, re.Pattern[str]], ...] = (
    (MOLMO2, re.compile(r"\bcoords\s?=")),
    (MOLMO, re.compile(r"<points?\s")),
    (TOOL_CALL, re.compile(r"<(?:function[=\s]|\w{0,12}:?invoke\s|tool_call>\s*+\w|arg_key>)")),
    (UI_TARS, re.compile(r"\b(?:start_box|start_point|point|b?box)\s?=\s?['\"(\[]")),
    (POINT_TAG, re.compile(r"<(?:point|click|coord|position)", re.IGNORECASE)),
    (BOX_TOKENS, re.compile(r"<\|?(?:bbox|box|det|begin_of_box)\b|<\|?box_|box_end\|>|\bbox\s?=")),
    (TOOL_CALL, re.compile(r"[{,]\s*+[\"'“]?\w{1,40}[\"'”]?\s*+:|tool_call\w*\|>")),
    (PYAUTOGUI, re.compile(r"\w\(")),
    (TUPLE, re.compile(r"\d|nan|inf", re.IGNORECASE)),
)
"""The families in the order in which they are tried, each with a pattern for its marker."""

_CODE = (UI_TARS, PYAUTOGUI)


def find(text: str, cut_off: bool) -> Iterable[Answer]:
    calls = may_hold_calls(text)
    without = without_actions(text) if calls else text
    for family, sign in TRIED:
        source = text if family.reads_calls else without
        if not sign.search(source):
            continue
        answers = [answer._replace(format=family.name) for answer in family.find(source, cut_off)]
        if calls and family is TUPLE and (given_up := gives_up(text)) is not None:
            # Giving up takes back what the words before it weighed.
            answers = [answer for answer in answers if answer.start > given_up]
        if family is TUPLE and (unread := unread_place(source)) >= 0:
            # What comes before a broken answer is no answer.
            answers = [answer for answer in answers if answer.start > unread]
        if any(answer.coordinates for answer in answers):
            return answers
        # Another call in code does not hide what is said elsewhere; one in JSON is the answer.
        if answers and family not in _CODE:
            return answers
    return ()


def _write(point: Point, order: str) -> str:
    return TUPLE.write(point, order)


ANY = Format("any", find, _write, marked=True, reads_calls=True)
