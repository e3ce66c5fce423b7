"""Converts masks to polygons exactly: a point is in a polygon if and only if its pixel is set.

Every 4-connected part of the mask becomes one polygon along the edges of its pixels. A hole is
joined to the ring left of it by a zero-width cut along set pixels, so one ring contains both and
the even-odd rule excludes the hole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]


MAX_PIXELS = 100_000_000
"""Maximum number of pixels of a mask that is outlined."""


def run_length_mask(counts: object, size: object) -> NDArray[np.bool_]:
    """COCO's run-length mask as [row, column]; ValueError says in a few words what it is instead.

    ``counts`` are lengths of runs of unset and set pixels in turn, down each column, as a list or in
    the packed text of pycocotools; ``size`` is [height, width].
    """
    if not isinstance(size, list) or len(size) != 2 or not all(map(_is_whole, size)):
        raise ValueError("a run-length mask without a size [height, width]")
    height, width = size
    if not (height > 0 and width > 0 and height * width <= MAX_PIXELS):
        raise ValueError(f"a run-length mask of {height} by {width} pixels")
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(map(_is_whole, runs)):
        raise ValueError("a run-length mask whose counts are no list of whole numbers")
    if min(runs, default=0) < 0 or sum(runs) != height * width:
        raise ValueError("a run-length mask whose counts do not add up to its size")
    lengths = np.array(runs, dtype=np.int64)
    set_ = np.arange(len(lengths)) % 2 == 1
    return np.asarray(np.repeat(set_, lengths).reshape(width, height).T)


def _unpacked(text: str) -> list[int]:
    """The counts in pycocotools' packed text: groups of 5 bits, differences from the third count on."""
    runs: list[int] = []
    value = shift = 0
    for char in text:
        bits = ord(char) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError("a run-length mask whose text is not packed counts")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(eq=False)
class _Node:
    """A corner of a ring. The ring is a doubly linked list, so joining two rings copies nothing."""

    at: Corner
    before: _Node = None  # type: ignore[assignment]
    after: _Node = None  # type: ignore[assignment]


def outlines(mask: NDArray[np.bool_]) -> list[list[int]]:
    """The polygons of a mask [row, column], each as x, y, x, y ... in pixels, top left first."""
    rings = _rings(mask)
    # Left edges run upward; a hole can be joined at the node at the upper end of a left edge.
    upper = {node.at: node for ring in rings for node in _nodes(ring) if _rises(node)}
    outer = [ring for ring in rings if _area(ring) > 0]
    for hole in (ring for ring in rings if _area(ring) < 0):
        _join(hole, mask, upper)
    starts = sorted((_top_left(ring) for ring in outer), key=lambda node: (node.at[1], node.at[0]))
    return [[number for corner in _straight(ring) for number in corner] for ring in starts]


def _rings(mask: NDArray[np.bool_]) -> list[_Node]:
    """Closed walks along the edges of set pixels, with the pixels on the right."""
    leaving = _edges(mask)
    rings = []
    for start in list(leaving):
        while leaving.get(start):
            rings.append(_walk(leaving, start))
    return rings


def _edges(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """Corner -> the corners that its edges lead to, clockwise around the set pixels."""
    padded = np.pad(mask, 1)
    leaving: dict[Corner, list[Corner]] = {}
    # Per side: the neighbor (down, right), and the edge's start and end, from the pixel's corner.
    sides = (
        ((-1, 0), (0, 0), (1, 0)),
        ((0, 1), (1, 0), (1, 1)),
        ((1, 0), (1, 1), (0, 1)),
        ((0, -1), (0, 1), (0, 0)),
    )
    height, width = mask.shape
    for (down, right), (x0, y0), (x1, y1) in sides:
        beside = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        for y, x in np.argwhere(mask & ~beside).tolist():
            leaving.setdefault((x + x0, y + y0), []).append((x + x1, y + y1))
    return leaving


def _walk(leaving: dict[Corner, list[Corner]], start: Corner) -> _Node:
    first = node = _Node(start)
    heading = (0, 0)
    while True:
        ends = leaving[node.at]
        # If two pixels touch at a corner, the right turn stays with the same pixel.
        right = (node.at[0] - heading[1], node.at[1] + heading[0])
        end = ends.pop(ends.index(right) if right in ends else 0)
        heading = (end[0] - node.at[0], end[1] - node.at[1])
        if end == start and not _goes_on(leaving, start, heading):
            node.after, first.before = first, node
            return first
        node.after = _Node(end, before=node)
        node = node.after


def _goes_on(leaving: dict[Corner, list[Corner]], at: Corner, heading: Corner) -> bool:
    """True when a walk that is back at its start passes through it again."""
    return (at[0] - heading[1], at[1] + heading[0]) in leaving[at]


def _join(hole: _Node, mask: NDArray[np.bool_], upper: dict[Corner, _Node]) -> None:
    """Splice a hole into the ring to the left of its top left corner."""
    inner = _top_left(hole)
    x, y = inner.at
    row = mask[y]
    while x > 0 and row[x - 1]:
        x -= 1
    outer = upper[(x, y)]
    back_outer, back_inner = _Node(outer.at), _Node(inner.at)
    inner.before.after, back_inner.before = back_inner, inner.before
    back_inner.after, back_outer.before = back_outer, back_inner
    back_outer.after, outer.after.before = outer.after, back_outer
    outer.after, inner.before = inner, outer


def _nodes(ring: _Node) -> list[_Node]:
    nodes, node = [ring], ring.after
    while node is not ring:
        nodes.append(node)
        node = node.after
    return nodes


def _rises(node: _Node) -> bool:
    return node.before.at == (node.at[0], node.at[1] + 1)


def _top_left(ring: _Node) -> _Node:
    return min(_nodes(ring), key=lambda node: (node.at[1], node.at[0]))


def _area(ring: _Node) -> int:
    """Twice the area; positive clockwise as seen on a screen."""
    pairs = ((node.at, node.after.at) for node in _nodes(ring))
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)


def _straight(ring: _Node) -> list[Corner]:
    """The corners where the ring turns, or turns back."""
    return [node.at for node in _nodes(ring) if _heading(node.before) != _heading(node)]


def _heading(node: _Node) -> Corner:
    (x0, y0), (x1, y1) = node.at, node.after.at
    return (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
