"""Removes reasoning, everything between thinking tags, because it is not an answer."""

from __future__ import annotations

import re

_NAMES = (
    r"(?:\w{1,20}[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)"
)
_TAG = re.compile(
    rf"(?P<close><\|?/{_NAMES}\|?>|◁/think▷|\[/THINK\]|<\|end_of_thought\|>"
    r"|<\|channel\|>final<\|message\|>)"
    rf"|<\|?{_NAMES}\|?>|◁think▷|\[THINK\]|<\|channel\|>(?:analysis|commentary)<\|message\|>",
    re.IGNORECASE,
)


def without_reasoning(text: str) -> str:
    """The reply without its reasoning; unclosed reasoning extends to the end.

    A lone closing tag closes reasoning that began in the prompt. An opening tag inside reasoning
    is part of it: models write about their own tags.
    """
    if "<" not in text and "◁" not in text and "THINK]" not in text:
        return text
    parts: list[str] = []
    thinking = False
    position = 0
    for tag in _TAG.finditer(text):
        if tag["close"]:
            if not thinking:
                parts.clear()
            thinking, position = False, tag.end()
        elif not thinking:
            parts.append(text[position : tag.start()])
            thinking = True
    if not thinking:
        parts.append(text[position:])
    return "".join(parts)
