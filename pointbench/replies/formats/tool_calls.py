"""Calls of computer-use tools: only a click counts; no other action gives a point."""

from __future__ import annotations

from pointbench.geometry import Point
from pointbench.replies.answers import Format, pair
from pointbench.replies.formats.json_forms import find


def _write_qwen(point: Point, order: str) -> str:
    return (
        '<tool_call>\n{{"name": "computer_use", "arguments": '
        '{{"action": "left_click", "coordinate": [{}, {}]}}}}\n</tool_call>'
    ).format(*pair(point, order))


def _write_click(point: Point, order: str) -> str:  # noqa: ARG001 - x and y are named
    return '{{"type": "click", "button": "left", "x": {}, "y": {}}}'.format(*pair(point, "xy"))


QWEN_TOOL = Format("qwen-tool", find, _write_qwen, reads_calls=True)
"""``<tool_call>{"name": "computer_use", "arguments": {"action": "left_click", ...}}</tool_call>``."""
TOOL_CALL = Format("tool-call", find, _write_click, reads_calls=True)
"""The arguments of the vendors' computer tools as JSON (OpenAI, Anthropic, Gemini)."""
