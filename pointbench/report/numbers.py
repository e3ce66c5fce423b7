"""Rounds numbers for display; no other module does. Files for programs have them unrounded.

The rule, for every table, page and picture:

- A share is a percentage with one decimal, its interval in brackets: ``34.6 % (28.1–41.7)``. Only
  exactly none and exactly all are written ``0.0 %`` and ``100.0 %``; values that merely round to
  them are ``<0.1 %`` and ``>99.9 %``.
- Counts are whole, grouped by a narrow space from 10 000 on. Hits over trials: ``83/240``.
- Seconds have two decimals below 10, one below 100, none above. Pixels and clicks have one decimal
  below 10, none above. Dollars have two decimals from 1 on, two significant digits below.
- ``–`` means not known or not applicable, ``≥`` a lower bound. An approximate interval begins with
  ``≈``: ``(≈28.1–41.7)``.

The stored binary value is rounded to nearest, independently of the locale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

UNKNOWN = "–"
AT_LEAST = "≥"
APPROXIMATE = "≈"
THIN = "\u202f"
"""Narrow no-break space, between groups of three digits."""


def percent(share: float | None, unit: str = " %") -> str:
    """A share 0-1 as a percentage with one decimal."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if 0 < share < 0.0005:
        return f"<0.1{unit}"
    if 0.9995 <= share < 1:
        return f">99.9{unit}"
    return f"{share * 100:.1f}{unit}"


def short_percent(share: float) -> str:
    """A percentage without decimals that are zero, for levels and chances: ``95 %``, ``99.5 %``."""
    return percent(share).replace(".0 ", " ")


def interval(low: float | None, high: float | None, approximate: bool = False) -> str:
    """Both ends of a share's interval, ``(28.1–41.7)``; empty if one is unknown."""
    if low is None or high is None:
        return ""
    mark = APPROXIMATE if approximate else ""
    return f"({mark}{percent(low, '')}–{percent(high, '')})"


def percent_with_interval(
    share: float | None,
    low: float | None = None,
    high: float | None = None,
    approximate: bool = False,
) -> str:
    """A share with its interval, ``34.6 % (28.1–41.7)``; without brackets if there is no interval."""
    return " ".join(part for part in (percent(share), interval(low, high, approximate)) if part)


def count(number: float | None) -> str:
    """A whole number, grouped from 10 000 on."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    whole = round(number)
    return f"{whole:,}".replace(",", THIN) if abs(whole) >= 10_000 else str(whole)


def counted(number: int, noun: str) -> str:
    """A count with its noun, plural unless the count is 1: ``1 target``, ``240 targets``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def hits_of(hits: int | None, n: int | None) -> str:
    """Hits over trials: ``83/240``."""
    if hits is None or n is None:
        return UNKNOWN
    return f"{count(hits)}/{count(n)}"


def plain(number: float | None) -> str:
    """One decimal below 10, none above: the rule that pixels and clicks share."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if number == 0:
        return "0"
    if 0 < abs(number) < 0.05:
        return "<0.1" if number > 0 else ">−0.1"
    # 9.96 would round to 10.0, which is written 10.
    return count(number) if abs(number) >= 9.95 else f"{number:.1f}".replace("-", "−")


def pixels(number: float | None) -> str:
    """A distance in pixels: ``3.4 px``, ``317 px``."""
    text = plain(number)
    return text if text == UNKNOWN else f"{text} px"


def clicks(number: float | None, at_least: float | None = None) -> str:
    """A number of clicks, or ``≥ at_least`` if only a lower bound is known."""
    if number is None and at_least is not None:
        return f"{AT_LEAST} {plain(at_least)}"
    return plain(number)


def seconds(number: float | None) -> str:
    """Two decimals below 10, one below 100, none above: ``1.83 s``, ``12.3 s``."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if number == 0:
        return "0 s"
    if number < 0.005:
        return "<0.01 s"
    decimals = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{decimals}f} s"


def dollars(number: float | None) -> str:
    """Two decimals from 1 on, two significant digits below: ``$12.40``, ``$0.0029``."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if number == 0:
        return "$0"
    # The exponent after rounding: 0.0999 becomes 0.10, whose decimals are two.
    exponent = int(f"{number:.1e}".partition("e")[2])
    return f"${number:,.{max(2, 1 - exponent)}f}".replace(",", THIN)


def offset(pair: Sequence[float] | None) -> str:
    """A mean offset (dx, dy) in pixels, right and down positive: ``+1.2, −0.4 px``."""
    if pair is None or len(pair) != 2:
        return UNKNOWN
    return f"{_signed(pair[0])}, {_signed(pair[1])} px"


def _signed(number: float) -> str:
    """One decimal below 10, none above, and a sign unless it rounds to zero."""
    text = f"{abs(number):.1f}"
    if text == "0.0":
        return text
    return ("+" if number > 0 else "−") + (text if abs(number) < 9.95 else count(abs(number)))


def size(bytes_: int) -> str:
    """A file's size in kB or MB, powers of ten."""
    return f"{bytes_ / 1e6:.1f} MB" if bytes_ >= 999_500 else f"{max(1, round(bytes_ / 1e3))} kB"
