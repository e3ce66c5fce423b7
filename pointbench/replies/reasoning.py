"""Removes reasoning, everything between thinking marks, because it is not an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURE = r"think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis|cot|(?:inner_)?monologue"
_MAYBE = r"plan(?:ning)?|observations?|rationale"
"""Names that other things have, too: without an end mark they are reasoning only in a cut-off text."""
_PREFIX = r"(?:[a-z]\w{0,19}[:_▁-])?"
_SUFFIX = r"(?:[_▁-](?:contents?|process|trace|steps?|block|section|never_used_\w{1,64}))?"
_SURE_NAME = rf"{_PREFIX}(?:{_SURE}){_SUFFIX}"
_ANY_NAME = rf"{_PREFIX}(?:{_SURE}|{_MAYBE}){_SUFFIX}"
_BEGIN = r"(?:begin|start|open)(?:[_▁-]?of)?[_▁-]?"
_END = r"(?:end|stop|close|finish)(?:[_▁-]?of)?[_▁-]?"
_REST = r"(?:\s[^<>]{0,200})?"
"""Attributes of a tag; bounded, so that the search stays linear."""
_HIDDEN = r"(?:thoughts?|think(?:ing)?|reasoning|analysis|commentary)"

_MARK = re.compile(
    # End marks first: <|END_THINKING|> and <think_end> hold the name of an opening.
    rf"(?P<close><[|｜]?/{_ANY_NAME}{_REST}[|｜]?>|\[/(?:{_SURE})\]|◁/think▷"
    rf"|<[|｜]?/?{_END}{_ANY_NAME}[|｜]?>|<[|｜]?/?{_ANY_NAME}[_▁-](?:end|stop|close)[|｜]?>"
    rf"|\[{_END}(?:{_SURE})\]"
    r"|<\|inner_suffix\|>|<unused95>"
    r"|<\|(?:start|begin(?:_of)?)_(?:response|solution|answer)\|>"
    r"|<channel\|>|<\|channel\|?>\s?(?:final|answer|response)\b(?:<\|?message\|>)?)"
    rf"|(?P<maybe><[|｜]?(?:{_BEGIN})?{_PREFIX}(?:{_MAYBE}){_SUFFIX}{_REST}[|｜]?>"
    r"|\[(?:thinking|thoughts?|reasoning|reflection|scratchpad)\])"
    rf"|<[|｜]?(?:{_BEGIN})?{_SURE_NAME}(?:[_▁-](?:start|begin|open))?{_REST}[|｜]?>"
    r"|◁think▷|\[THINK\]|<\|inner_prefix\|>|<unused94>\s?thought\b"
    rf"|<\|channel>\s?{_HIDDEN}\b(?:<\|?message\|>)?|<\|channel\|>{_HIDDEN}<\|message\|>",
    re.IGNORECASE,
)
_HINT_WORDS = (
    "think thought reason plan analysis reflection observation scratchpad rationale monologue cot "
    "inner_ unused9 channel _response| _solution| _answer|"
)
_HINTS = tuple(_HINT_WORDS.split())
"""Parts of the marks' names; a text without any of them holds no mark."""
_SIGN = re.compile(r"<(?!/?answer>)|\[(?=[/A-Za-z])|◁")
"""Where a mark may begin: not at a list of numbers, and not at the tag around most answers."""


def _marks(text: str) -> Iterator[re.Match[str]]:
    # Twice as fast as finditer with the whole pattern, which has no first character in common.
    sign = _SIGN.search(text)
    while sign:
        mark = _MARK.match(text, sign.start())
        if mark:
            yield mark
        sign = _SIGN.search(text, mark.end() if mark else sign.end())


def _may_be_marked(text: str) -> bool:
    if "<" not in text and "[" not in text and "◁" not in text:
        return False
    lowered = text.lower()
    for hint in _HINTS:  # noqa: SIM110 - a loop takes a third of the time of any()
        if hint in lowered:
            return True
    return False


def without_reasoning(text: str, *, cut_off: bool = False, opened: bool = False) -> str:
    """The reply without its reasoning; unclosed reasoning extends to the end.

    A lone closing mark closes reasoning that began in the prompt. An opening mark inside reasoning
    is part of it: models write about their own marks. ``opened`` says that the prompt always opens
    the reasoning: then a text that was ``cut_off`` without an end mark is reasoning as a whole.
    """
    opened = opened and cut_off
    if not _may_be_marked(text):
        return "" if opened else text
    parts: list[str] = []
    thinking = closed = False
    unsure = -1
    position = 0
    for mark in _marks(text):
        if mark["close"]:
            if not thinking:
                parts.clear()
            thinking, closed, position = False, True, mark.end()
        elif not thinking or (unsure >= 0 and not mark["maybe"]):
            if thinking:
                # Surely reasoning, inside what may be some.
                position = unsure
            parts.append(text[position : mark.start()])
            thinking = True
            unsure = mark.start() if mark["maybe"] else -1
    if opened and not closed:
        return ""
    if not thinking:
        parts.append(text[position:])
    elif unsure >= 0 and not cut_off:
        parts.append(text[unsure:])
    return "".join(parts)
