"""Makes texts from models, suites and file names safe to display.

A model's reply may contain terminal escapes, characters that reverse the reading direction, or half
a megabyte of one letter. Every output format passes text through this module first; escaping for a
format (Markdown, LaTeX ...) is in that format's module.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len

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


_PLAIN = {
    "–": "-",
    "≥": ">=",
    "…": "...",
    "−": "-",
    "×": "x",
    "≈": "~",
    "\u202f": " ",
    "·": "|",
    "•": "*",
    "†": "+",
}
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


def wrapped(line: str, width: int, indent: str = "") -> str:
    """A sentence in lines at most ``width`` cells wide, all but the first after ``indent``.

    A number and its ``%`` stay on one line. A word that is too long is broken after ``/ ? & @ -``, and
    elsewhere only if its parts are too long, too.
    """
    glued = line.replace(" %", "\u00a0%")
    return "\n".join(_filled(glued, max(NARROWEST, width), indent)).replace("\u00a0%", " %")


def label_lines(label: str, width: int) -> list[str]:
    """A label in lines of at most ``width`` cells, broken as `wrapped` breaks a sentence."""
    return _filled(label, width, "")


def _filled(line: str, width: int, indent: str) -> list[str]:
    text = line.lstrip(" ")
    lines = [" " * (len(line) - len(text))]
    # Not split(): that would part the groups of digits, too.
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        pieces = [word] if cell_len(indent + word) <= width else _pieces(word, width - len(indent))
        if lines[-1].strip():
            lines.append(indent)
        for piece in pieces:
            if lines[-1] and cell_len(lines[-1] + piece) > width:
                lines.append(indent)
            lines[-1] += piece
    return [each.rstrip() for each in lines]


def _pieces(word: str, width: int) -> list[str]:
    """The parts of a label that may stand on lines of their own, none wider than ``width`` cells."""
    pieces = []
    for piece in re.split(r"(?<=[/?&@-])", word):
        rest = piece
        while cell_len(rest) > width:
            head = first_cells(rest, width)
            pieces.append(head)
            rest = rest[len(head) :]
        pieces.append(rest)
    return pieces


def first_cells(text: str, width: int) -> str:
    """The longest beginning of at most ``width`` cells, of at least one character."""
    end = 1
    while end < len(text) and cell_len(text[: end + 1]) <= width:
        end += 1
    return text[:end]


def last_cells(text: str, width: int) -> str:
    """The longest end of at most ``width`` cells; it may be empty."""
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= width:
        start -= 1
    return text[start:]


NARROWEST = 40
"""Minimum width in cells that text is laid out for; a narrower terminal wraps it itself."""
