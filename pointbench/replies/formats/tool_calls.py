"""Calls of computer-use tools: only a click counts; no other action gives a point."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Format, pair
from pointbench.replies.formats.json_forms import json_answers
from pointbench.replies.json_points import Points

_XML_CALL = re.compile(r"<function=[\w.-]{1,64}>")
_XML_ARGUMENT = re.compile(r"<parameter=(\w{1,64})>\s*+(?:<point>)?([^<]{0,400})")


def find(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - closed brackets are whole
    if "<function=" in text:
        return _xml_answers(text)
    return json_answers(text, clicks_only=True)


def _xml_answers(text: str) -> Iterator[Answer]:
    """``<function=computer_use><parameter=coordinate>[x, y]</parameter>...``, as Qwen3.5 writes it."""
    end = len(text)
    for call in reversed(list(_XML_CALL.finditer(text))):
        entries = {
            name: value.strip() for name, value in _XML_ARGUMENT.findall(text, call.end(), end)
        }
        points = Points(entries, clicks_only=True)
        if points.coordinates or points.declines:
            yield Answer(tuple(points.coordinates), call.start(), end)
        end = call.start()


def _write_qwen(point: Point, order: str) -> str:
    return (
        '<tool_call>\n{{"name": "computer_use", "arguments": '
        '{{"action": "left_click", "coordinate": [{}, {}]}}}}\n</tool_call>'
    ).format(*pair(point, order))


def _write_click(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return '{{"type": "click", "button": "left", "x": {}, "y": {}}}'.format(*pair(point, "xy"))


QWEN_TOOL = Format("qwen-tool", find, _write_qwen)
"""``<tool_call>{"name": "computer_use", "arguments": {"action": "left_click", ...}}</tool_call>``."""
TOOL_CALL = Format("tool-call", find, _write_click)
"""The arguments of the vendors' computer tools as JSON (OpenAI, Anthropic, Gemini)."""
