"""Texts from models, suites and file names, made harmless to look at.

Whatever a model writes may hold terminal escapes, marks that turn the reading direction, or half a
megabyte of one letter. Escaping for a medium (Markdown, LaTeX ...) is that medium's own module;
this is what all of them do first.
"""

from __future__ import annotations

import textwrap
import unicodedata

# Controls, formatting marks (bidi, zero width), lone surrogates, private use, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """One line in which nothing is invisible: ``\\x1b`` and ``\\u202e`` are written out."""
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char in "\n\r\t":
        return " "
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, length: int) -> str:
    """At most ``length`` characters, the middle left out: the ends tell labels apart."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    tail = length - 1 - head
    return text[:head] + "…" + (text[-tail:] if tail else "")


_PLAIN = {"–": "-", "≥": ">=", "…": "...", "−": "-", "×": "x", "≈": "~", "\u202f": " ", "·": "|"}
_ASCII = str.maketrans(_PLAIN | dict.fromkeys("─━═", "-") | dict.fromkeys("█▏▎▍▌▋▊▉", "#"))


def to_encoding(text: str, encoding: str | None) -> str:
    """``text`` with what the encoding lacks written in plainer characters."""
    name = encoding or "ascii"
    try:
        text.encode(name)
    except (UnicodeEncodeError, LookupError):
        pass
    else:
        return text
    try:
        return text.translate(_ASCII).encode(name, "backslashreplace").decode(name)
    except LookupError:
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def latin(text: str) -> str:
    """``text`` in the letters that Pillow's own font has, accents dropped, the rest as ``?``."""
    folded = unicodedata.normalize("NFKD", visible(text).translate(_ASCII))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode()


def wrapped(line: str, width: int) -> str:
    """A sentence in lines at most ``width`` cells wide; no number is parted from its per cent."""
    glued = line.replace(" %", "\u00a0%")
    lines = textwrap.fill(glued, max(NARROWEST, width), break_on_hyphens=False)
    return lines.replace("\u00a0%", " %")


NARROWEST = 40
