"""Makes texts from models, suites and file names safe to display.

A model's reply may contain terminal escapes, characters that reverse the reading direction, or half
a megabyte of one letter. Every output format passes text through this module first; escaping for a
format (Markdown, LaTeX ...) is in that format's module.
"""

from __future__ import annotations

import textwrap
import unicodedata

# Controls, formatting marks (bidi, zero width), lone surrogates, private use, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text on one line, with invisible characters escaped, as ``\\x1b`` and ``\\u202e``."""
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
    """At most ``length`` characters; the middle is left out, because labels differ at their ends."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    tail = length - 1 - head
    return text[:head] + "…" + (text[-tail:] if tail else "")


_PLAIN = {"–": "-", "≥": ">=", "…": "...", "−": "-", "×": "x", "≈": "~", "\u202f": " ", "·": "|"}
_ASCII = str.maketrans(_PLAIN | dict.fromkeys("─━═", "-") | dict.fromkeys("█▏▎▍▌▋▊▉", "#"))


def to_encoding(text: str, encoding: str | None) -> str:
    """``text`` with simpler characters in place of those that the encoding lacks."""
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
    """``text`` in letters of Pillow's bundled font: accents dropped, other characters as ``?``."""
    folded = unicodedata.normalize("NFKD", visible(text).translate(_ASCII))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode()


def wrapped(line: str, width: int) -> str:
    """A sentence in lines at most ``width`` cells wide; a number and its ``%`` stay on one line."""
    glued = line.replace(" %", "\u00a0%")
    lines = textwrap.fill(glued, max(NARROWEST, width), break_on_hyphens=False)
    return lines.replace("\u00a0%", " %")


NARROWEST = 40
"""Minimum width in cells that text is laid out for; a narrower terminal wraps it itself."""
