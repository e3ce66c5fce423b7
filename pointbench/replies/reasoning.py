"""Reasoning is not an answer: everything a model wrote between thinking tags is taken out."""

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
    """What is left of a reply: after a closing tag, before an opening one that is never closed.

    A closing tag on its own closes reasoning that began in the prompt. A second opening tag inside
    reasoning is part of it: models write about their own tags.
    """
    if "<" not in text and "◁" not in text and "THINK]" not in text:
        return text
    kept: list[str] = []
    thinking = False
    position = 0
    for tag in _TAG.finditer(text):
        if tag["close"]:
            if not thinking:
                kept.clear()
            thinking, position = False, tag.end()
        elif not thinking:
            kept.append(text[position : tag.start()])
            thinking = True
    if not thinking:
        kept.append(text[position:])
    return "".join(kept)
