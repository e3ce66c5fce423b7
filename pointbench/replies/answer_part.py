"""The part of a reply that is marked as the answer."""

from __future__ import annotations

import re

_TAGGED = re.compile(r"<answer>", re.IGNORECASE)
_MARKER = re.compile(
    r"^[ \t>*#_`(]*+(?:the |my )?(?:final )?"
    r"(?:answer|action|output|result|response|assistant|最终答案|答案|回答|动作|操作|答え|정답|답)"
    r"(?: is)?[ \t*_]*+:",
    re.IGNORECASE | re.MULTILINE,
)


def tagged_part(text: str) -> str:
    """The content of the last ``<answer>`` that is not empty, else the whole text."""
    if "<" not in text:
        return text
    for tag in reversed(list(_TAGGED.finditer(text))):
        end = text.find("</", tag.end())
        while end >= 0 and text[end : end + 9].lower() != "</answer>":
            end = text.find("</", end + 2)
        inside = text[tag.end() :] if end < 0 else text[tag.end() : end]
        if inside.strip():
            return inside
    return text


def marked_part(text: str) -> str:
    """The text after the last ``Answer:`` or ``Action:`` at the start of a line, else all of it."""
    if ":" not in text:
        return text
    for marker in reversed(list(_MARKER.finditer(text))):
        inside = text[marker.end() :]
        if inside.strip(" \t\r\n*_`"):
            return inside
    return text
