"""Finds the smallest whole number for which a condition holds, by doubling and bisection."""

from __future__ import annotations

from collections.abc import Callable


def first(enough: Callable[[int], bool], start: int = 1, most: int | None = None) -> int:
    """The smallest whole number from ``start`` on for which ``enough`` holds.

    Parameters
    ----------
    enough : function of int
        The condition. Once it holds it must hold for every larger number, too.
    start : int
        The first number that is tried.
    most : int, optional
        The search gives up beyond this number; without it, it goes on until the condition holds.

    Returns
    -------
    int
        Found with about 2 log2(result - start) calls of ``enough``.

    Raises
    ------
    ValueError
        If the condition holds for no number up to ``most``.

    Examples
    --------
    >>> first(lambda n: n * n >= 50)
    8
    """
    step, high = 1, start
    while not enough(high):
        if most is not None and high >= most:
            raise ValueError(f"no number up to {most} is enough")
        high, step = start + step, 2 * step
        if most is not None:
            high = min(high, most)
    # The condition fails at ``low``, or ``low`` is before the first number.
    low = start - 1 if high == start else max(start, start + step // 4)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
