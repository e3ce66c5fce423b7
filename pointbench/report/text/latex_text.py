"""Texts for LaTeX: escaped, breakable where they are long, and measured in points. Pure."""

from __future__ import annotations

import re
import unicodedata

from pointbench.report import numbers
from pointbench.report.plain_text import visible

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"{\char34}",  # in every font encoding, unlike \textquotedbl
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "|": r"\textbar{}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "−": r"$-$",
    "×": r"$\times$",
    "·": r"\textperiodcentered{}",
    numbers.THIN: r"\,",
    # After a row's end, "[" would begin an argument.
    "[": "{[}",
    "]": "{]}",
}
_READABLE = frozenset("[]'`")
"""Harmless within a sentence, and hard to read when escaped."""

_TYPESET = frozenset("“”‘’†‡•€™")
_NOT_IN_OT1 = frozenset("ÐÞðþ«»ĄąĐđĘęĮįŊŋŲų")
"""Letters that pdflatex refuses in its default font encoding."""


def _typeset(char: str) -> bool:
    """Whether pdflatex can set this character without a package for its script."""
    if char.isascii() or char in _TYPESET:
        return True
    return "\u00a1" <= char <= "\u017e" and char not in _NOT_IN_OT1


def _written(char: str, special: dict[str, str]) -> str:
    if char in special:
        return special[char]
    if _typeset(char):
        return char
    code = f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
    return code.replace("\\", _SPECIAL["\\"])


def _translated(text: str, special: dict[str, str]) -> str:
    # "--" in a label is two hyphens, not a dash; so is ",," no quotation mark.
    parts = re.split(r"(?<=-)(?=-)|(?<=,)(?=,)", text)
    return "{}".join("".join(_written(char, special) for char in part) for part in parts)


def escape(text: str) -> str:
    """Untrusted text with every character escaped that LaTeX would interpret or cannot set."""
    return _translated(visible(text), _SPECIAL)


def prose(text: str) -> str:
    """The same of a visible sentence, readable as it is; ``'`` and `` ` `` stay, and turn into quotes."""
    return _translated(
        text, {char: written for char, written in _SPECIAL.items() if char not in _READABLE}
    )


LONGEST_WORD = 48.0
"""Points that a word may take without a place to break it."""


def breakable(text: str) -> str:
    """`escape`, with places to break long words: after ``/ ? & @ = _ -``, or every few characters."""
    return " ".join(_breakable_word(word) for word in visible(text).split(" "))


def _breakable_word(word: str) -> str:
    if width(word) <= LONGEST_WORD:
        return escape(word)
    pieces = []
    for piece in re.split(r"(?<=[/?&@=_-])", word):
        rest = piece
        while width(rest) > LONGEST_WORD and len(rest) > 1:
            end = next(
                n for n in range(len(rest), 0, -1) if n == 1 or width(rest[:n]) <= LONGEST_WORD
            )
            pieces.append(rest[:end])
            rest = rest[end:]
        pieces.append(rest)
    # LaTeX itself breaks after a hyphen.
    return "".join(
        escape(piece) + ("" if piece.endswith("-") else r"\allowbreak{}") for piece in pieces
    ).removesuffix(r"\allowbreak{}")


# --- widths ----------------------------------------------------------------------------------

# Computer Modern Roman at 8 pt, of "!" to "~", in hundredths of a point, rounded up; characters that
# `escape` writes as commands at the width of the command's glyph.
_WIDTHS = (
    237, 426, 709, 426, 709, 662, 237, 331, 331, 426, 662, 237, 284, 237, 426,
    426, 426, 426, 426, 426, 426, 426, 426, 426, 426,
    237, 237, 662, 662, 662, 402, 662,
    637, 602, 614, 649, 579, 555, 667, 637, 307, 437, 661, 531, 779, 637, 662, 579, 662, 626,
    473, 614, 637, 637, 873, 637, 637, 520,
    237, 426, 237, 426, 300, 426,
    426, 473, 378, 473, 378, 260, 426, 473, 237, 260, 449, 237, 709, 473, 426, 473, 449, 332,
    336, 331, 473, 449, 614, 449, 449, 378,
    426, 237, 426, 426,
)  # fmt: skip
_OTHER = {" ": 284, "–": 426, "—": 851, "…": 750, "≥": 662, "≈": 662, "−": 662, "×": 662, "·": 237,
          numbers.THIN: 142}  # fmt: skip
_HEX_DIGIT = 473
_SMALL = 0.94
"""``\\scriptsize`` over ``\\footnotesize``; Computer Modern is wider for its size at 7 pt."""
_SLACK = 1.02


def width(text: str, *, small: bool = False) -> float:
    """The width of ``escape(text)`` in points, in ``\\footnotesize`` of a 10 pt document, rounded up.

    >>> round(width("67.0"), 1)
    15.4
    """
    return sum(map(_char_width, visible(text))) / 100 * _SLACK * (_SMALL if small else 1.0)


def _char_width(char: str) -> int:
    if char in _OTHER:
        return _OTHER[char]
    if not _typeset(char):
        return (5 if ord(char) < 0x10000 else 9) * _HEX_DIGIT + 426
    base = unicodedata.normalize("NFKD", char)[0]
    return _WIDTHS[ord(base) - 33] if "!" <= base <= "~" else 873
