"""What each family of servers makes of a picture's size, as pure functions of the size alone.

A rule takes the size of the screenshot and gives the size to send, so that sent equals seen.
"""

from __future__ import annotations

from collections.abc import Callable

from pointbench.geometry import Size

Sizing = Callable[[Size], Size]


def as_is(size: Size) -> Size:
    """The server sees every size as it is, or answers in shares of it."""
    return size


RULES: dict[str, Sizing] = {"as-is": as_is}


def sent_size(rule: str, size: Size) -> Size:
    """The size to send under a named rule; ValueError for a name that is not in `RULES`."""
    if rule not in RULES:
        raise ValueError(f"unknown sizing rule {rule!r}: {', '.join(RULES)}")
    return RULES[rule](size)
