"""Rounds numbers for people; no other module does. Files for programs have them unrounded.

The rule, for every sentence, table, page and picture:

- A share is a percentage with one decimal, its interval in brackets: ``34.6 % (28.1–41.7)``. Only
  exactly none and exactly all are written ``0.0 %`` and ``100.0 %``; values that merely round to
  them are ``<0.1 %`` and ``>99.9 %``. An interval whose ends look alike is left out.
- The chance of a row of clicks has two digits, ``45 %``, ``1.8 %``; below 1 % it is ``1 in 9900``.
- Counts are whole, grouped by a narrow space from 10 000 on. Hits over trials: ``83/240``.
- Seconds have two decimals below 10, one below 100, none above. Pixels and clicks have one decimal
  below 10, none above. Dollars have two decimals from 1 on, two significant digits below.
- A negative number has a minus sign, ``−0.2``. ``–`` means not known or not applicable, ``≥`` a lower
  bound. An approximate interval begins with ``≈``: ``(≈28.1–41.7)``.

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
MINUS = "\u2212"

RAREST = 1e-5
"""Chances below this are ``<1 in 100 000``: no benchmark has the trials to tell them apart."""


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


def ends(low: float | None, high: float | None, approximate: bool = False) -> str:
    """Both ends of a share's interval, ``28.1–41.7``; empty if one is unknown or both look alike."""
    if low is None or high is None:
        return ""
    first, last = percent(low, ""), percent(high, "")
    return "" if first == last else f"{APPROXIMATE if approximate else ''}{first}–{last}"


def interval(low: float | None, high: float | None, approximate: bool = False) -> str:
    """The same in brackets, ``(28.1–41.7)``."""
    text = ends(low, high, approximate)
    return f"({text})" if text else ""


def percent_with_interval(
    share: float | None,
    low: float | None = None,
    high: float | None = None,
    approximate: bool = False,
) -> str:
    """A share with its interval, ``34.6 % (28.1–41.7)``; without brackets if there is no interval."""
    return " ".join(part for part in (percent(share), interval(low, high, approximate)) if part)


def whole_percent(share: float | None, unit: str = " %") -> str:
    """A share as a whole percentage, for a table's minor columns and for sentences: ``44 %``.

    One decimal from where whole numbers would say none or all: ``0.4 %``, ``99.7 %``.
    """
    if share is None or not 0.005 <= share < 0.995:
        return percent(share, unit).replace(".0", "", 1)
    return f"{share * 100:.0f}{unit}"


def chance(share: float | None) -> str:
    """The chance of a row of clicks: ``45 %``, ``1.8 %``, below 1 % ``1 in 9900``.

    Two digits; ``<1 in 100 000`` below `RAREST`, ``>99.9 %`` where only rounding would say all.
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if share >= 0.01:
        return _two_digits(share, " %")
    if share <= 0:
        return "0 %"
    if share < RAREST:
        return f"<1 in {count(1 / RAREST)}"
    return f"1 in {count(float(f'{1 / share:.1e}'))}"


def chance_with_interval(share: float | None, low: float | None, high: float | None) -> str:
    """A chance with its interval, ``1.8 % (1.3–2.6)`` or ``1 in 1100 (1 in 1700 to 1 in 670)``.

    Without brackets if an end is unknown, or if the interval would say no more than the chance.
    """
    text = chance(share)
    if (
        share is None
        or low is None
        or high is None
        or share < RAREST
        or chance(low) == chance(high)
    ):
        return text
    if low < 0.001 or share < 0.01:
        return f"{text} ({chance(low)} to {chance(high)})"
    return f"{text} ({_two_digits(low, '')}–{_two_digits(high, '')})"


def _two_digits(share: float, unit: str) -> str:
    """``45 %``, ``9.9 %``, ``0.4 %``."""
    if 0.0995 <= share < 0.995:
        return f"{share * 100:.0f}{unit}"
    return percent(share, unit) if 0 < share < 1 else f"{share * 100:.0f}{unit}"


def even_chance(clicks_: float | None, at_least: float | None = None, short: bool = False) -> str:
    """How many clicks an even chance lasts: ``1.7``, ``14``, ``under 1`` (``<1`` if ``short``).

    ``at_least`` is the lower bound, for a model that missed nothing: ``≥ 340``.
    """
    if clicks_ is not None and clicks_ < 1:
        return "<1" if short else "under 1"
    if clicks_ is None and at_least is not None and at_least < 1:
        return UNKNOWN
    return clicks(clicks_, at_least)


def even_chance_ends(clicks_: float | None, low: float | None, high: float | None) -> str:
    """The ends of an even chance's interval, ``1.6–1.9``, ``12 or more``; empty if they say nothing."""
    if clicks_ is None or low is None:
        return ""
    if high is None:
        return f"{plain(low)} or more"
    first, last = plain(low), plain(high)
    return "" if first == last or high < 1 else f"{first}–{last}"


def points(share: float, sign: bool = False) -> str:
    """A difference of two shares in percentage points: ``17.4``, ``−0.2``, with ``sign`` ``+17.4``."""
    text = f"{abs(share) * 100:.1f}"
    if text == "0.0":
        return text
    return f"{MINUS if share < 0 else '+' if sign else ''}{text}"


def about(number: float) -> str:
    """A large count that is only known roughly, to two digits: ``4900``, ``12 000``."""
    return count(float(f"{number:.1e}"))


def count(number: float | None) -> str:
    """A whole number, grouped from 10 000 on."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    whole = round(number)
    text = f"{abs(whole):,}".replace(",", THIN) if abs(whole) >= 10_000 else str(abs(whole))
    return f"{MINUS}{text}" if whole < 0 else text


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
        return "<0.1" if number > 0 else f">{MINUS}0.1"
    # 9.96 would round to 10.0, which is written 10.
    return count(number) if abs(number) >= 9.95 else f"{number:.1f}".replace("-", MINUS)


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
    return ("+" if number > 0 else MINUS) + (text if abs(number) < 9.95 else count(abs(number)))


def size(bytes_: int) -> str:
    """A file's size in kB or MB, powers of ten."""
    return f"{bytes_ / 1e6:.1f} MB" if bytes_ >= 999_500 else f"{max(1, round(bytes_ / 1e3))} kB"
