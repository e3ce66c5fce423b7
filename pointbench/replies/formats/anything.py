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
from pointbench.replies.formats.box_tokens import BOX_TOKENS
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
    (UI_TARS, re.compile(r"\b(?:start_box|start_point|point)\s?=\s?['\"]")),
    (POINT_TAG, re.compile(r"<(?:point|click|coord|position)", re.IGNORECASE)),
    (BOX_TOKENS, re.compile(r"<\|?(?:bbox|box|det|begin_of_box)\b|<\|?box_|box_end\|>|\bbox\s?=")),
    (TOOL_CALL, re.compile(r"[{,]\s*+[\"'“]?\w{1,40}[\"'”]?\s*+:|<function=")),
    (PYAUTOGUI, re.compile(r"(?:click|tap|press|move_?to|mouse_?move)\(", re.IGNORECASE)),
    (TUPLE, re.compile(r"\d|nan|inf", re.IGNORECASE)),
)
"""The families in the order in which they are tried, each with a pattern for its marker."""


def find(text: str, cut_off: bool) -> Iterable[Answer]:
    for family, sign in TRIED:
        if sign.search(text):
            answers = [answer._replace(format=family.name) for answer in family.find(text, cut_off)]
            if answers:
                return answers
    return ()


def _write(point: Point, order: str) -> str:
    return TUPLE.write(point, order)


ANY = Format("any", find, _write, marked=True)
