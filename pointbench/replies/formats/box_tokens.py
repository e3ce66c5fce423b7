"""Boxes between special tokens, or bare: Qwen2-VL, OS-Atlas, InternVL, DeepSeek-VL2, CogAgent, GLM."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.numbers import COMMA, COMMA_OR_SPACE, NUMBER, values

# Without its bracket, a number must not begin inside a word or another number.
_CORNER = rf"(?:\(\s?|(?<![\w.,+-]))({NUMBER}){COMMA}({NUMBER})\s?\)"
_BOX = re.compile(
    # (x1,y1),(x2,y2); the first bracket is lost if a decoder skips the token before it
    rf"{_CORNER}\s*+,?\s*+\(\s?({NUMBER}){COMMA}({NUMBER})\s?\)"
    # [[x1,y1],[x2,y2]]
    rf"|\[\s*+\[\s*+({NUMBER}){COMMA}({NUMBER})\s*+\]\s*+,"
    rf"\s*+\[\s*+({NUMBER}){COMMA}({NUMBER})\s*+\]\s*+\]"
    # [x1,y1,x2,y2] or [x,y]
    rf"|\[\s*+({NUMBER}){COMMA}({NUMBER})(?:{COMMA}({NUMBER}){COMMA}({NUMBER}))?\s*+\]"
    # (x1,y1,x2,y2) or (x,y)
    rf"|\(\s*+({NUMBER}){COMMA}({NUMBER})(?:{COMMA}({NUMBER}){COMMA}({NUMBER}))?\s*+\)"
    # <x1,y1,x2,y2> or {x1,y1,x2,y2}: the brackets of one family vary
    rf"|<\s*+({NUMBER}){COMMA}({NUMBER}){COMMA}({NUMBER}){COMMA}({NUMBER})\s*+>"
    rf"|\{{\s*+({NUMBER}){COMMA}({NUMBER}){COMMA}({NUMBER}){COMMA}({NUMBER})\s*+\}}"
    # <x1><y1><x2><y2>: each number is a token of its own
    r"|<(\d{1,4})><(\d{1,4})>(?:<(\d{1,4})><(\d{1,4})>)?(?=<\||\s*+\Z)"
    # <box>x1 y1 x2 y2</box>
    rf"|>\s?\|?({NUMBER}){COMMA_OR_SPACE}({NUMBER})"
    rf"(?:{COMMA_OR_SPACE}({NUMBER}){COMMA_OR_SPACE}({NUMBER}))?\|?\s?(?=<)"
)
_AFTER_NUMBER = re.compile(r"\[\s?[-+\d.]{1,12}\s?,\s?\Z")


def find(text: str, cut_off: bool) -> Iterator[Answer]:
    answers = [
        Answer((Coordinates(values(m)),), m.start(), m.end())
        for m in _BOX.finditer(text)
        if text[m.start()] != "[" or not _is_nested(m.start(), text)
    ]
    if cut_off and answers and _is_half(answers[-1], text):
        answers.pop()
    return reversed(answers)


def _is_nested(start: int, text: str) -> bool:
    """True for a list inside a list that begins with a number: ``[245,[234,543,542,244]]``."""
    return _AFTER_NUMBER.search(text, max(0, start - 24), start) is not None


def _is_half(answer: Answer, text: str) -> bool:
    """One corner in round brackets with no token after it: the token limit cut off a box."""
    is_corner = len(answer.coordinates[0].numbers) == 2 and text[answer.end - 1] == ")"
    return is_corner and not text[answer.end :].lstrip().startswith("<")


def _write(point: Point, order: str) -> str:
    first, second = pair(point, order)
    return f"<|box_start|>({first},{second}),({first},{second})<|box_end|>"


BOX_TOKENS = Format("box-tokens", find, _write)
