"""The one place where commands write to stdout and stderr.

Texts from models, suites, run folders, pointbench.toml and servers may hold terminal escapes (a
window title, the clipboard, a link) or characters that reverse the reading direction. Everything
written here shows such characters as escapes, ``\\x1b`` and ``\\u202e``; no other module writes.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLE = re.compile(r"(\x1b\[[0-9;]{0,16}m)")
"""Colors and weights, the only escape sequences that pointbench itself writes."""


def out(text: str, *, end: str = "\n") -> None:
    """Write text to stdout."""
    _write(sys.stdout, safe(text) + end)


def err(text: str, *, end: str = "\n") -> None:
    """Write text to stderr, at once."""
    _write(sys.stderr, safe(text) + end)


def message(text: str) -> None:
    """Write ``pointbench: text`` to stderr."""
    err(f"pointbench: {text}")


def styled(text: str) -> None:
    """Write a text laid out for the terminal to stdout; its colors stay if stdout is a terminal."""
    parts = _STYLE.split(text) if sys.stdout.isatty() else [text]
    _write(
        sys.stdout, "".join(part if index % 2 else safe(part) for index, part in enumerate(parts))
    )


def rich(*renderables: RenderableType) -> None:
    """Lay out rich tables and texts for stdout and write them."""
    from rich.console import Console
    from rich.segment import Segment, Segments

    terminal = Console(highlight=False)
    for renderable in renderables:
        # rich itself lets an escape inside a text through.
        clean = [
            part if part.control else Segment(safe(part.text), part.style)
            for part in terminal.render(renderable)
        ]
        terminal.print(Segments(clean), end="")


def json_out(value: object) -> None:
    """Write a value to stdout as JSON."""
    json_document(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def json_document(document: str) -> None:
    """Write a JSON document to stdout; characters that a terminal would obey become JSON escapes."""
    document = json_safe(document)
    try:
        document.encode(_encoding(sys.stdout))
    except (UnicodeEncodeError, LookupError):
        document = "".join(char if char.isascii() else _escaped(char) for char in document)
    _write(sys.stdout, document)


def file_out(text: str) -> None:
    """Write a file for programs (CSV, Markdown ...) to stdout: UTF-8, whatever the terminal's encoding."""
    data = text.encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(data)
    else:
        # A stream in memory takes text only.
        sys.stdout.write(data.decode())
    sys.stdout.flush()


def safe(text: str) -> str:
    """The text with every control and formatting character but line breaks and tabs made visible."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    from pointbench.report.plain_text import visible

    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def json_safe(document: str) -> str:
    """A JSON document with control and formatting characters as ``\\uXXXX``: the same values."""
    if document.replace("\n", "").isprintable():
        return document
    from pointbench.report.plain_text import visible

    return "".join(
        char if char == "\n" or visible(char) == char else _escaped(char) for char in document
    )


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1]


def _encoding(stream: TextIO) -> str:
    """The stream's encoding; a stream in memory has none and takes everything."""
    return stream.encoding or "utf-8"


def _write(stream: TextIO, text: str) -> None:
    if not text.isascii():
        from pointbench.report.plain_text import to_encoding

        text = to_encoding(text, _encoding(stream))
    stream.write(text)
    stream.flush()
