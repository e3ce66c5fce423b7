"""``pyautogui.click(x=.., y=..)`` and similar calls, read as text and never evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import NUMBER, number

_CALL = re.compile(
    r"(?<![\w.])(?:\w{1,30}+\.){0,6}+(?:(?P<click>(?:double|triple|right|middle|left)?_?click(?:_at)?|(?:long_?)?(?:tap|press))"
    r"|move_?to|mouse_?move)\(\s*+[(\[]?\s*+"
    rf"(?:(?:x\s?=\s?)(?P<x>{NUMBER})\s*+,\s*+(?:y\s?=\s?)(?P<y>{NUMBER})"
    rf"|(?:y\s?=\s?)(?P<y_first>{NUMBER})\s*+,\s*+(?:x\s?=\s?)(?P<x_last>{NUMBER})"
    rf"|(?P<first>{NUMBER})\s*+,\s*+(?P<second>{NUMBER}))"
    r"\s*+[)\]]?\s*+(?:,[^()\n]{0,120}+\)|\)|(?<=\)))",
    re.IGNORECASE,
)


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - the call must be closed
    calls = list(_CALL.finditer(text))
    # If one call moves and another clicks, the click is the answer.
    clicks = [call for call in calls if call["click"]]
    return (
        Answer((_coordinates(call),), call.start(), call.end())
        for call in reversed(clicks or calls)
    )


def _coordinates(call: re.Match[str]) -> Coordinates:
    if call["first"]:
        return Coordinates((number(call["first"]), number(call["second"])))
    x, y = call["x"] or call["x_last"], call["y"] or call["y_first"]
    return Coordinates((number(x), number(y)), keyed=True)


def _write(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return "pyautogui.click(x={}, y={})".format(*pair(point, "xy"))


PYAUTOGUI = Format("pyautogui", find, _write)
