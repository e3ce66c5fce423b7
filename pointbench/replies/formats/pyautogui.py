"""``pyautogui.click(x=.., y=..)`` and similar calls, read as text and never evaluated."""

from __future__ import annotations

from collections.abc import Iterable

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format, pair
from pointbench.replies.calls import clicked, code_calls, one_click, parts_of
from pointbench.replies.formats import json_forms
from pointbench.replies.json_points import Points

_STAYS = ("moveto", "move_to", "mousemove", "mouse_move")


def find(text: str, cut_off: bool) -> Iterable[Answer]:
    if (click := one_click(text)) is not None:
        return (click,)
    calls = code_calls(text)
    if not calls:
        return json_forms.find(text, cut_off)
    answers = list(clicked(parts_of(calls), len(text)))
    if any(answer.coordinates or answer.declines for answer in answers):
        return answers
    last = next((call for call in reversed(calls) if call.action != "pause"), None)
    if last is not None and last.name.rsplit(".", 1)[-1].lower() in _STAYS:
        # A model that was asked to point may stop at the move.
        moved = Points(last.form).pointer
        if moved:
            return [Answer(tuple(moved), last.start, last.end)]
    return answers


def _write(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return "pyautogui.click(x={}, y={})".format(*pair(point, "xy"))


PYAUTOGUI = Format("pyautogui", find, _write, reads_calls=True)
