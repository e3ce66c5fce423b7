"""Words normalized for comparison: lower case, no symbols, look-alike letters equal. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SHORT_AND_DIFFERENT = 10.0
"""Penalty for labels of three or four characters that differ: Edit is not Exit."""

_WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*|[&+]|[^\w\s]", re.UNICODE)
_LOOKALIKE = str.maketrans("1i|!0", "llllo")  # characters that OCR confuses


@dataclass(frozen=True)
class Words:
    """The normalized words of a text, and the span of each in it."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def spaced(self) -> str:
        return " ".join(self.words)

    @property
    def glued(self) -> str:
        return "".join(self.words)


def words_of(text: str) -> Words:
    """Words of letters and digits, in lower case, ``&`` as ``and``; symbols only if there are no words."""
    tokens = list(_WORD.finditer(text))
    words = [token for token in tokens if token[0][0].isalnum() or token[0] == "&"]
    if not any(word[0][0].isalnum() for word in words):
        words = tokens
    return Words(tuple(_fold(word[0]) for word in words), tuple(word.span() for word in words))


def _fold(word: str) -> str:
    word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    return "and" if word == "&" else word


def similarity(label: str, text: str) -> float:
    """Similarity of two normalized texts, 0 to 100, ignoring spaces; short ones must be equal."""
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
