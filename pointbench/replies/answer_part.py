"""The part of a reply that is marked as the answer."""

from __future__ import annotations

import re

from pointbench.replies.refusals import declines

_TAGGED = re.compile(r"<answer>", re.IGNORECASE)
_INNER = (
    (re.compile(r"<action>", re.IGNORECASE), "</action>", "ction>"),
    (re.compile(r"<\|begin_of_box\|>"), "<|end_of_box|>", "begin_of_box"),
)
_ANSWERS = re.compile(r"\d|\w\(")
_MARKER = re.compile(
    r"^[ \t>*#_`(]*+(?:the |my )?(?:final )?"
    r"(?:answer|action|output|result|response|assistant|最终答案|答案|回答|动作|操作|答え|정답|답)"
    r"(?: is)?[ \t*_]*+:",
    re.IGNORECASE | re.MULTILINE,
)


def tagged_part(text: str) -> str:
    """The content of the last ``<answer>`` that is not empty, else the whole text.

    Of that, the last ``<action>`` or the last box of GLM (``<|begin_of_box|>``, with its tokens)
    that holds a number, a call or a refusal.
    """
    if "<" not in text:
        return text
    tags = list(_TAGGED.finditer(text)) if "nswer>" in text or "NSWER>" in text else []
    for tag in reversed(tags):
        inside = text[tag.end() : _closing(text, tag.end(), "</answer>", len(text))]
        if inside.strip():
            text = inside
            break
    for opening, closing, names in _INNER:
        if names not in text:
            continue
        limit = len(text)
        for tag in reversed(list(opening.finditer(text))):
            # Not beyond the tag that follows, so that many of them take linear time.
            end = _closing(text, tag.end(), closing, limit)
            limit = tag.start()
            if _ANSWERS.search(text, tag.end(), end) or declines(text[tag.end() : end]):
                # Formats of boxes look at the tokens around the numbers.
                return text[tag.start() : end + len(closing)]
    return text


def _closing(text: str, start: int, closing: str, limit: int) -> int:
    """Where a closing tag begins, in any case; ``limit`` if there is none before it."""
    end = text.find(closing[:2], start, limit)
    while end >= 0 and text[end : end + len(closing)].lower() != closing:
        end = text.find(closing[:2], end + 2, limit)
    return limit if end < 0 else end


def marked_part(text: str) -> str:
    """The text after the last ``Answer:`` or ``Action:`` at the start of a line, else all of it."""
    if ":" not in text:
        return text
    for marker in reversed(list(_MARKER.finditer(text))):
        inside = text[marker.end() :]
        if inside.strip(" \t\r\n*_`"):
            return inside
    return text
