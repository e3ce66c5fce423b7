"""Hits of pointers that do not look at the picture. Pure, and exact if documented as such.

A uniformly random point, the center of the picture, and the one constant point (in shares of the
picture) that lies in the most regions of a set. Every test is the scorer's own, edges included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pointbench.geometry import EDGE_TOLERANCE, Box, Point, Polygon, Region, Shape, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Segment = tuple[Point, Point]


def center_hits(region: Region, size: Size) -> bool:
    """True when the center of a picture of ``size`` pixels lies in ``region`` (same pixels)."""
    return region.contains(Point(size.width / 2, size.height / 2))


def random_hit_share(region: Region, size: Size) -> float:
    """The chance, 0 to 1, that a uniformly random point of the picture lies in ``region``.

    The area of the union of the region's shapes, clipped at the picture's edges, over the picture's
    area; ``region`` is in pixels of the picture of ``size``. Exact but for rounding, even for
    overlapping shapes and for polygons (one that crosses itself counts by the even-odd rule, as in
    `Polygon.contains`).
    """
    frame = Box(0.0, 0.0, float(size.width), float(size.height))
    if len(region.shapes) == 1 and isinstance(region.shapes[0], Box):
        return _clipped(region.shapes[0], frame).area / frame.area
    return _union_area(region.shapes, frame) / frame.area


def best_constant_point(regions_in_shares: Sequence[Region]) -> tuple[Point, int]:
    """The point that lies in the most of ``regions_in_shares``, and the number of regions it lies in.

    Regions and point are in shares of the picture's sides, 0 to 1 in both directions. A region
    counts once, however many of its shapes hold the point. Without regions the result is the
    center, (0.5, 0.5), and 0.

    With boxes only (any number per region) the count is the maximum over the whole picture, edges
    included. With polygons every corner of the arrangement of all edges is examined, and a maximum
    must occur at one of them. Crossings of slanted edges are known only up to rounding, so there
    the count is exact unless it depends on edges that meet within `geometry.EDGE_TOLERANCE`.

    Among equally good places, one with an area is preferred to one where edges merely touch (boxes
    only), then the leftmost, then the topmost; the point is the center of that place. If edges
    merely touch, scaling the point to pixels may round it off one of them.
    """
    regions = [region for region in regions_in_shares if region.shapes]
    if not regions:
        return Point(0.5, 0.5), 0
    if all(isinstance(shape, Box) for region in regions for shape in region.shapes):
        point = _best_in_boxes(regions)
    else:
        point = _best_corner(regions)
    return point, _hits(point, regions)


def _hits(point: Point, regions: Sequence[Region]) -> int:
    return sum(region.contains(point) for region in regions)


# --- boxes -----------------------------------------------------------------------------------


class _Depth(NamedTuple):
    """The deepest place that a sweep found: its number of regions and its top left corner."""

    hits: int
    corner: Point


def _best_in_boxes(regions: Sequence[Region]) -> Point:
    closed = _sweep(regions, closed=True)
    # A sweep without right and bottom edges is equally deep only if the place has an area.
    inner = _sweep(regions, closed=False)
    if inner.hits == closed.hits:
        return _cell(inner.corner, regions, closed=False).center
    return _cell(closed.corner, regions, closed=True).center


def _holds(box: Box, point: Point, *, closed: bool) -> bool:
    if closed:
        return box.contains(point)
    return box.left <= point.x < box.right and box.top <= point.y < box.bottom


def _cell(corner: Point, regions: Sequence[Region], *, closed: bool) -> Box:
    """The intersection of all boxes that hold ``corner``; every point in it is as deep."""
    boxes = [
        box.bounds
        for region in regions
        for box in region.shapes
        if _holds(box.bounds, corner, closed=closed)
    ]
    return Box(
        max(box.left for box in boxes),
        max(box.top for box in boxes),
        min(box.right for box in boxes),
        min(box.bottom for box in boxes),
    )


def _sweep(regions: Sequence[Region], *, closed: bool) -> _Depth:
    """The greatest number of regions over any point, by a sweep from left to right.

    The top left corner of the intersection of any boxes has the left edge of one of them and the
    top edge of one of them, so counting at every top for every left misses nothing. Takes about
    as many steps in numpy as the square of the number of boxes.
    """
    import numpy as np

    boxes = [
        (shape.bounds, number) for number, region in enumerate(regions) for shape in region.shapes
    ]
    if not closed:
        boxes = [(box, number) for box, number in boxes if box.area > 0]
    if not boxes:
        return _Depth(0, Point(0.5, 0.5))
    tops = np.unique([box.top for box, _ in boxes])
    first = np.searchsorted(tops, [box.top for box, _ in boxes], side="left")
    last = np.searchsorted(
        tops, [box.bottom for box, _ in boxes], side="right" if closed else "left"
    )
    # Only regions of several boxes need a record of where they already count.
    several = {number for number, region in enumerate(regions) if len(region.shapes) > 1}
    cover = {number: np.zeros(len(tops), dtype=np.int32) for number in several}
    depth = np.zeros(len(tops), dtype=np.int32)

    def change(index: int, step: int) -> None:
        number, span = boxes[index][1], slice(first[index], last[index])
        if number not in several:
            depth[span] += step
            return
        before = cover[number][span] > 0
        cover[number][span] += step
        depth[span] += (cover[number][span] > 0).astype(np.int32) - before

    arriving = sorted(range(len(boxes)), key=lambda index: boxes[index][0].left)
    leaving = sorted(range(len(boxes)), key=lambda index: boxes[index][0].right)
    best = _Depth(0, Point(0.5, 0.5))
    gone = came = 0
    while came < len(arriving):
        x = boxes[arriving[came]][0].left
        while boxes[leaving[gone]][0].right < x or (
            not closed and boxes[leaving[gone]][0].right == x
        ):
            change(leaving[gone], -1)
            gone += 1
        touched = came
        while came < len(arriving) and boxes[arriving[came]][0].left == x:
            change(arriving[came], +1)
            came += 1
        low = min(first[index] for index in arriving[touched:came])
        high = max(last[index] for index in arriving[touched:came])
        at = low + int(np.argmax(depth[low:high]))
        if depth[at] > best.hits:
            best = _Depth(int(depth[at]), Point(x, float(tops[at])))
    return best


# --- polygons --------------------------------------------------------------------------------


def _best_corner(regions: Sequence[Region]) -> Point:
    """The best corner of the arrangement, moved to the center of its place if that is as good."""
    import numpy as np

    corners = _arrangement_corners(regions)
    bounds = np.array([region.bounds for region in regions])
    limit = _depth_limit(corners, bounds)
    best = 0
    corners_by_regions: dict[frozenset[int], list[Point]] = {}
    # A corner in fewer bounding boxes than the best corner has regions cannot be better.
    for index in np.argsort(-limit, kind="stable"):
        if limit[index] < best:
            break
        corner = Point(float(corners[index, 0]), float(corners[index, 1]))
        around = _around(corner, bounds)
        holding = frozenset(number for number in around if regions[number].contains(corner))
        if len(holding) > best:
            best, corners_by_regions = len(holding), {}
        if len(holding) == best:
            corners_by_regions.setdefault(holding, []).append(corner)
    places = sorted(corners_by_regions.items(), key=lambda place: min(place[1]))
    for holding, place in places:
        center = Point(
            sum(corner.x for corner in place) / len(place),
            sum(corner.y for corner in place) / len(place),
        )
        # The center of a place that is concave or in several parts may lie outside it.
        if len(place) > 2 and all(regions[number].contains(center) for number in holding):
            return center
    return min(places[0][1])


def _around(point: Point, bounds: NDArray[np.float64]) -> list[int]:
    """The numbers of the regions whose bounding box, widened by the tolerance, holds ``point``."""
    slack = EDGE_TOLERANCE
    inside = (
        (bounds[:, 0] - slack <= point.x)
        & (point.x <= bounds[:, 2] + slack)
        & (bounds[:, 1] - slack <= point.y)
        & (point.y <= bounds[:, 3] + slack)
    )
    return [int(number) for number in inside.nonzero()[0]]


def _depth_limit(corners: NDArray[np.float64], bounds: NDArray[np.float64]) -> NDArray[np.int32]:
    """The number of regions whose bounding box, widened by the tolerance, holds each corner."""
    import numpy as np

    slack = EDGE_TOLERANCE
    limit = np.zeros(len(corners), dtype=np.int32)
    x, y = corners[:, 0], corners[:, 1]
    for left, top, right, bottom in bounds:
        limit += (
            (left - slack <= x) & (x <= right + slack) & (top - slack <= y) & (y <= bottom + slack)
        )
    return limit


def _arrangement_corners(regions: Sequence[Region]) -> NDArray[np.float64]:
    """All corners of all shapes and all crossings of their edges, sorted by x, then y."""
    import numpy as np

    edges = np.array(
        [(*a, *b) for region in regions for shape in region.shapes for a, b in _edges(shape)]
    )
    low = np.minimum(edges[:, :2], edges[:, 2:])
    high = np.maximum(edges[:, :2], edges[:, 2:])
    corners = [edges[:, :2]]
    for index, (x0, y0, x1, y1) in enumerate(edges):
        near = np.flatnonzero(
            (low[index + 1 :] <= high[index]).all(axis=1)
            & (high[index + 1 :] >= low[index]).all(axis=1)
        )
        other = edges[index + 1 + near]
        dx, dy = other[:, 2] - other[:, 0], other[:, 3] - other[:, 1]
        cross = (x1 - x0) * dy - (y1 - y0) * dx
        # Parallel edges meet, if at all, at a corner of one of them, which is already listed.
        meets = cross != 0
        other, dx, dy, cross = other[meets], dx[meets], dy[meets], cross[meets]
        along = ((other[:, 0] - x0) * dy - (other[:, 1] - y0) * dx) / cross
        across = ((other[:, 0] - x0) * (y1 - y0) - (other[:, 1] - y0) * (x1 - x0)) / cross
        inside = (along >= 0) & (along <= 1) & (across >= 0) & (across <= 1)
        along = along[inside]
        corners.append(np.column_stack((x0 + along * (x1 - x0), y0 + along * (y1 - y0))))
    return np.unique(np.concatenate(corners), axis=0)


# --- areas -----------------------------------------------------------------------------------


def _clipped(box: Box, frame: Box) -> Box:
    left = min(max(box.left, frame.left), frame.right)
    top = min(max(box.top, frame.top), frame.bottom)
    right = max(left, min(box.right, frame.right))
    bottom = max(top, min(box.bottom, frame.bottom))
    return Box(left, top, right, bottom)


def _corners(shape: Shape) -> tuple[Point, ...]:
    if isinstance(shape, Polygon):
        return shape.corners
    left, top, right, bottom = shape
    return Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)


def _edges(shape: Shape) -> Iterator[Segment]:
    corners = _corners(shape)
    return zip(corners, corners[1:] + corners[:1], strict=True)


def _union_area(shapes: Sequence[Shape], frame: Box) -> float:
    """Area of the union within ``frame``, summed over vertical slabs in which no two edges cross.

    Within such a slab the covered length of a vertical line changes linearly, so the slab's covered
    area is its width times the covered length at its center.
    """
    edges = [edge for shape in (*shapes, frame) for edge in _edges(shape)]
    cuts = {corner.x for edge in edges for corner in edge}
    for number, edge in enumerate(edges):
        cuts.update(_crossings(edge, edges[number + 1 :]))
    xs = sorted(x for x in cuts if frame.left <= x <= frame.right)
    area = 0.0
    for left, right in pairwise(xs):
        middle = (left + right) / 2
        spans = [span for shape in shapes for span in _spans(shape, middle)]
        area += (right - left) * _covered(spans, frame.top, frame.bottom)
    return area


def _crossings(edge: Segment, others: Sequence[Segment]) -> Iterator[float]:
    """The x at which ``edge`` crosses each of ``others`` that it crosses."""
    (x0, y0), (x1, y1) = edge
    for (x2, y2), (x3, y3) in others:
        cross = (x1 - x0) * (y3 - y2) - (y1 - y0) * (x3 - x2)
        if cross == 0:
            continue
        along = ((x2 - x0) * (y3 - y2) - (y2 - y0) * (x3 - x2)) / cross
        across = ((x2 - x0) * (y1 - y0) - (y2 - y0) * (x1 - x0)) / cross
        if 0 <= along <= 1 and 0 <= across <= 1:
            yield x0 + along * (x1 - x0)


def _spans(shape: Shape, x: float) -> Iterator[tuple[float, float]]:
    """The stretches of the vertical line at ``x`` that lie in ``shape``, by the even-odd rule."""
    ys = sorted(
        a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
        for a, b in _edges(shape)
        if (a.x > x) != (b.x > x)
    )
    return zip(ys[::2], ys[1::2], strict=True)


def _covered(spans: Sequence[tuple[float, float]], low: float, high: float) -> float:
    """The length of the union of ``spans`` between ``low`` and ``high``."""
    length, reached = 0.0, low
    for start, end in sorted(spans):
        start, end = max(start, reached), min(end, high)
        if end > start:
            length += end - start
            reached = end
    return length
