"""Location tokens: each side of the picture is cut into bins, and each bin has its own token.

The value of a bin ``n`` in the declared frame:

- Florence-2 has 1000 bins and reads a token as the middle of its bin, ``(n + 0.5) / 1000`` of the
  side. The value is ``n + 0.5`` in the frame ``grid:1000``.
- Kosmos-2 names two cells of a 32 x 32 grid: a box's upper left and lower right one. The middle of
  the box lies between the middles of the two cells, column and row ``+ 0.5`` in ``grid:32``.
- PaliGemma has 1024 bins, y first. Its published encoder rounds ``1023 x share`` and its readers
  divide by 1024, so a token means the place that was rounded to it, not an interval. The
  value is ``n`` in ``grid:1024``, without a half. The three conceivable rules (``n / 1024``,
  ``n / 1023``, ``(n + 0.5) / 1024``) differ by less than one bin: a thousandth of the side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format

KOSMOS_SIDE = 32

_FLORENCE = re.compile(r"<loc_(\d{1,4})>")
_PALIGEMMA = re.compile(r"<loc(\d{4})>")
_KOSMOS = re.compile(r"<patch_index_(\d{1,4})>\s?<patch_index_(\d{1,4})>")


def _finder(token: re.Pattern[str], half: float) -> Callable[[str, bool], Iterator[Answer]]:
    def find(text: str, cut_off: bool) -> Iterator[Answer]:
        runs = _runs(list(token.finditer(text)))
        if cut_off and runs and len(runs[-1]) % 4 and _ends_in_tokens(text, runs[-1]):
            # The token limit cut off a box: drop the incomplete part.
            del runs[-1][len(runs[-1]) // 4 * 4 :]
        for run in reversed(runs):
            coordinates = tuple(_coordinates([int(match[1]) for match in run], half))
            if coordinates:
                yield Answer(coordinates, run[0].start(), run[-1].end())

    return find


def _runs(tokens: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """The tokens grouped into uninterrupted runs."""
    runs = [[token] for token in tokens[:1]]
    for before, token in pairwise(tokens):
        if before.end() == token.start():
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _ends_in_tokens(text: str, run: list[re.Match[str]]) -> bool:
    return "loc".startswith(text[run[-1].end() :].strip(" <_\n"))


def _coordinates(bins: list[int], half: float) -> Iterator[Coordinates]:
    """One box per four bins, or one point if there are just two."""
    width = 2 if len(bins) == 2 else 4
    for at in range(0, len(bins) - width + 1, width):
        group = tuple(bins[at : at + width])
        yield Coordinates(tuple(n + half for n in group), raw=group)


def _find_kosmos(text: str, cut_off: bool) -> Iterator[Answer]:  # noqa: ARG001 - pairs are whole
    answers = [
        Answer((_kosmos_box(int(m[1]), int(m[2])),), m.start(), m.end())
        for m in _KOSMOS.finditer(text)
    ]
    return reversed(answers)


def _kosmos_box(upper_left: int, lower_right: int) -> Coordinates:
    (top, left), (bottom, right) = divmod(upper_left, KOSMOS_SIDE), divmod(lower_right, KOSMOS_SIDE)
    box = (left + 0.5, top + 0.5, right + 0.5, bottom + 0.5)
    return Coordinates(box, keyed=True, raw=(upper_left, lower_right))


def _bin(value: float, bins: int) -> int:
    return min(max(int(value), 0), bins - 1)


def _write_florence(point: Point, order: str) -> str:
    numbers = (point.x, point.y) if order == "xy" else (point.y, point.x)
    return "target" + "".join(f"<loc_{_bin(value, 1000)}>" for value in numbers) * 2


def _write_paligemma(point: Point, order: str) -> str:
    numbers = (point.x, point.y) if order == "xy" else (point.y, point.x)
    return "".join(f"<loc{_bin(round(value), 1024):04d}>" for value in numbers) * 2 + " target"


def _write_kosmos(point: Point, order: str) -> str:  # noqa: ARG001 - a cell has no order
    cell = _bin(point.y, KOSMOS_SIDE) * KOSMOS_SIDE + _bin(point.x, KOSMOS_SIDE)
    return f"<phrase>target</phrase><object>{f'<patch_index_{cell:04d}>' * 2}</object>"


FLORENCE = Format("florence", _finder(_FLORENCE, 0.5), _write_florence, step=1.0)
PALIGEMMA = Format("paligemma", _finder(_PALIGEMMA, 0.0), _write_paligemma, step=1.0)
KOSMOS = Format("kosmos", _find_kosmos, _write_kosmos, step=1.0)
