"""Words as they are compared: without case, signs, or the letters that look alike in pixels. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SHORT_AND_DIFFERENT = 10.0
"""Taken off labels of three or four characters that differ: Edit is not Exit."""

_WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*|[&+]|[^\w\s]", re.UNICODE)
_LOOKALIKE = str.maketrans("1i|!0", "llllo")  # what a reader of pixels cannot tell apart


@dataclass(frozen=True)
class Words:
    """The words of a text as they are compared, and where each stands in it."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def spaced(self) -> str:
        return " ".join(self.words)

    @property
    def glued(self) -> str:
        return "".join(self.words)


def words_of(text: str) -> Words:
    """Letters and digits alone, in one case, ``&`` as ``and``; signs count only without those."""
    found = list(_WORD.finditer(text))
    speaking = [one for one in found if one[0][0].isalnum() or one[0] == "&"]
    kept = speaking if any(one[0][0].isalnum() for one in speaking) else found
    folded = [_fold(one[0]) for one in kept]
    return Words(tuple(folded), tuple(one.span() for one in kept))


def _fold(word: str) -> str:
    word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    return "and" if word == "&" else word


def similarity(label: str, text: str) -> float:
    """How alike two folded texts are, 0 to 100, spaces aside; short ones must be equal."""
    from rapidfuzz import fuzz

    if label == text:
        return 100.0
    glued, other = label.replace(" ", ""), text.replace(" ", "")
    if glued == other:
        return 99.0
    if glued.translate(_LOOKALIKE) == other.translate(_LOOKALIKE):
        return 97.0
    if min(len(glued), len(other)) <= 2:
        return 0.0
    alike = max(fuzz.ratio(label, text), fuzz.ratio(glued, other) - 1)
    return alike - SHORT_AND_DIFFERENT if min(len(glued), len(other)) <= 4 else alike
