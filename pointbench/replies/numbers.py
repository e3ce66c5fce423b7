"""Numbers as models write them: read from text, and written back."""

from __future__ import annotations

import math
import re

NUMBER = (
    r"(?:[-+]?(?:(?<!\d,)[1-9]\d?,\d{3}(?!\d|,\d)(?:\.\d++)?"  # 1,024
    r"|\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
    r"|(?i:nan|[-+]?inf(?:inity)?)\b)"
)
"""One number, signed, decimal or scientific, without a group. Possessive, to bound backtracking.

A comma separates thousands only if the next number follows a comma and a space: ``1,024, 768``
is two numbers, ``10,204,768`` is a list of three.
NaN and infinity match, so an answer made of them is found and then refused.
"""

_UNIT = r"(?:\s?(?:px|pixels?|%))?"
_LONGEST = 400
"""Maximum number of digits; a longer number is not a coordinate, and ``float`` should not read a megabyte."""

_LOOKALIKES = str.maketrans(
    {
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code != 0xFF02},
        **{
            chr(start + digit): str(digit) for start in (0x660, 0x6F0, 0x966) for digit in range(10)
        },
        **dict.fromkeys("−﹣", "-"),  # U+2212 and U+FE63
        **dict.fromkeys("、،﹐", ","),
        **dict.fromkeys("【〔", "["),
        **dict.fromkeys("】〕", "]"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u200b\u202f\u3000\ufeff", " "),
    }
)


def plain(text: str) -> str:
    """The text with full-width digits, signs and brackets as ASCII; offsets stay the same."""
    return text if text.isascii() else text.translate(_LOOKALIKES)


_FRACTION = r"(?:0,\d++|\d{1,4},\d{1,2}(?!\d))"
# (0,512; 0,3): a semicolon separates, so the commas are decimal where both numbers begin with 0.
_SEPARATED = re.compile(r"(?<![\d.,;])(?:0|1(?=,0)),\d++\s*+;\s*+(?:0|1(?=,0)),\d++(?!\s*+[\d.,;])")
# x = 0,512, y = 0,3: with both named, the comma inside a number can only be decimal.
_X_AND_Y = re.compile(
    rf"(?<!\w)[xX][\"'*`]{{0,3}}\s?[=:]\s?[\"'*`]?-?{_FRACTION}[^\w\n]{{1,8}}"
    rf"[yY][\"'*`]{{0,3}}\s?[=:]\s?[\"'*`]?-?{_FRACTION}(?!,?\d)"
)
_INSIDE = re.compile(r"(?<=\d),(?=\d)")


def with_decimal_points(text: str) -> str:
    """The text with a point for every comma that is decimal beyond doubt; offsets stay the same."""
    if "," not in text:
        return text
    if ";" in text:
        text = _SEPARATED.sub(_pointed, text)
    return _X_AND_Y.sub(_pointed, text) if "y" in text or "Y" in text else text


def _pointed(match: re.Match[str]) -> str:
    return _INSIDE.sub(".", match[0])


def number(text: str) -> float:
    """The value of a text that `NUMBER` matched; an int if it is written as one, infinity if
    it is too long."""
    if len(text) < 16 and text.isdecimal():
        return int(text)
    if len(text) > _LONGEST:
        return math.inf
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() and len(digits) < 16 else float(digits)


def written(value: float) -> str:
    """The shortest text that reads back as ``value``: ``512``, ``0.25``."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def coordinates_pattern(separator: str) -> str:
    """A pattern of two or four numbers with ``separator`` between them, in brackets or not.

    It has four groups; the last two are empty for a point. ``x=`` and ``y:`` may precede the first
    two numbers.
    """
    a_number = rf"({NUMBER}){_UNIT}"
    x, y = r"(?:x\s?[=:]\s?)?", r"(?:y\s?[=:]\s?)?"
    corner = rf"(?:{separator}{a_number}{separator}{a_number})?"
    return rf"[(\[]{{0,2}}\s*+{x}{a_number}{separator}{y}{a_number}{corner}\s*+[)\]]{{0,2}}"


COMMA = r"\s*+(?:\\[,;! ])?[,;]\s*+(?:\\[,;! ]\s*+)?"
"""A comma or semicolon, also with LaTeX's thin spaces."""
COMMA_OR_SPACE = r"(?:\s*+,\s*+|\s++)"

_SINGLE = re.compile(rf"\s*+({NUMBER}){_UNIT}\s*+", re.IGNORECASE)
_COORDINATES = re.compile(coordinates_pattern(COMMA_OR_SPACE), re.IGNORECASE)


def coordinates_in(text: str) -> tuple[float, ...]:
    """The two or four numbers of a short text that is coordinates and nothing else; else empty."""
    if len(text) > 200:
        return ()
    match = _COORDINATES.fullmatch(text.strip())
    return values(match) if match else ()


def single_number(text: str) -> float | None:
    """The value of a short text that is one number, with or without unit: ``512``, ``"52 %"``."""
    match = _SINGLE.fullmatch(text) if len(text) < 40 else None
    return number(match[1]) if match else None


def values(match: re.Match[str]) -> tuple[float, ...]:
    """The numbers of the groups that took part in a match, in order."""
    return tuple([number(group) for group in match.groups() if group is not None])
