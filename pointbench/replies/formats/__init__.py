"""The reply formats, one module per family."""

from __future__ import annotations

from pointbench.errors import unknown_name
from pointbench.replies.answers import Format
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

FORMATS: dict[str, Format] = {
    format.name: format
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
