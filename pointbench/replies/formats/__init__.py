"""The reply formats, one module per family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pointbench.errors import unknown_name
from pointbench.replies.answers import Answer, Format
from pointbench.replies.calls import gives_up, may_hold_calls, without_actions
from pointbench.replies.formats.anything import ANY
from pointbench.replies.formats.bins import FLORENCE, KOSMOS, PALIGEMMA
from pointbench.replies.formats.box_tokens import BOX_TOKENS
from pointbench.replies.formats.json_forms import GEMINI, JSON_POINT, MOONDREAM
from pointbench.replies.formats.molmo import MOLMO
from pointbench.replies.formats.molmo2 import MOLMO2
from pointbench.replies.formats.point_tag import POINT_TAG
from pointbench.replies.formats.pyautogui import PYAUTOGUI
from pointbench.replies.formats.tool_calls import QWEN_TOOL, TOOL_CALL
from pointbench.replies.formats.tuples import TUPLE
from pointbench.replies.formats.ui_tars import UI_TARS


def _heeding_calls(format: Format) -> Format:
    """The format, blind to the numbers of other actions than clicks; a call may also give up in it."""

    def find(text: str, cut_off: bool) -> Iterable[Answer]:
        if not may_hold_calls(text):
            return format.find(text, cut_off)
        source = text if format.reads_calls else without_actions(text)
        return _or_given_up(format.find(source, cut_off), text)

    return replace(format, find=find)


def _or_given_up(answers: Iterable[Answer], text: str) -> Iterator[Answer]:
    """The answers; if none of them points or declines, a call that gives up is the answer."""
    answered = False
    for answer in answers:
        answered = answered or bool(answer.coordinates) or answer.declines
        if answered or gives_up(text) is None:
            yield answer
    if not answered and gives_up(text) is not None:
        yield Answer((), 0, len(text))


FORMATS: dict[str, Format] = {
    format.name: _heeding_calls(format)
    for format in (
        JSON_POINT,
        GEMINI,
        MOLMO,
        MOLMO2,
        MOONDREAM,
        QWEN_TOOL,
        UI_TARS,
        POINT_TAG,
        BOX_TOKENS,
        FLORENCE,
        PALIGEMMA,
        KOSMOS,
        PYAUTOGUI,
        TOOL_CALL,
        TUPLE,
        ANY,
    )
}
"""Reply formats by name, as declared in a profile's ``format``."""


def format_named(name: str) -> Format:
    """The format named ``name``; ValueError, with the known names, for an unknown one."""
    try:
        return FORMATS[name]
    except KeyError:
        raise ValueError(unknown_name("reply format", name, FORMATS)) from None
