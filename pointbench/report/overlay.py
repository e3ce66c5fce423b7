"""Draws regions and every model's point on a screenshot, with the legend below it.

Sizes grow with the picture, so a 4K screenshot scaled to a page is as legible as a small one. The
legend is below the picture, where it covers neither region nor point. A filled marker is a correct
answer, a hollow one a wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from pointbench.geometry import Box, Point, Size
from pointbench.report import drawing
from pointbench.report.drawing import FAINT, INK, PAPER, Sizes, font, sizes_for
from pointbench.report.markers import Markers, markers_for
from pointbench.report.overlay_legend import list_legend, of_target, target_legend
from pointbench.suites import AskedTarget
from pointbench.trials import Record

NARROWEST = 480
"""Minimum width of an overlay in pixels, so the legend of a small screenshot has room."""


def overlay_target(
    target: AskedTarget,
    records: Sequence[Record],
    picture: Path | None,
    markers: Markers | None = None,
) -> Image.Image:
    """One target on its screenshot: its region, each model's points, and their outcomes.

    ``records`` of other targets are ignored; ``markers`` are those of the run's models
    (`entries.model_markers`), by default of those in ``records``. Without a ``picture`` the canvas is
    gray.
    """
    sizes = sizes_for(target.width, target.height)
    answers = of_target(records, target)
    markers = markers or markers_for(record.model for record in records)
    screenshot = _screenshot(picture, target, sizes)
    plain = screenshot.copy()
    line = sizes.line * 1.5
    if target.region is not None:
        drawing.draw_region(screenshot, target.region, line)
    _draw_points(screenshot, answers, markers, sizes.marker)
    width = max(screenshot.width, NARROWEST)
    inset = _inset(plain, target, answers, markers, sizes) if picture else None
    legend = target_legend(target, answers, markers, sizes, width, inset)
    return _stacked(screenshot, legend, width)


def overlay_screenshot(
    targets: Sequence[AskedTarget],
    records: Sequence[Record],
    picture: Path | None,
    markers: Markers | None = None,
) -> Image.Image:
    """Every target of one screenshot: regions numbered as one reads, all points, and the list of targets.

    ``targets`` are of one screenshot; ``records`` may come from any. Absent targets appear only in
    the list.
    """
    targets = by_place(targets)
    first = targets[0]
    sizes = sizes_for(first.width, first.height)
    markers = markers or markers_for(record.model for record in records)
    screenshot = _screenshot(picture, first, sizes)
    regions = [target.region for target in targets]
    for region in regions:
        if region is not None:
            drawing.draw_region(screenshot, region, sizes.line)
    bounds = [None if region is None else region.bounds for region in regions]
    _draw_numbers(screenshot, bounds, sizes)
    for number, target in enumerate(targets, 1):
        answers = of_target(records, target)
        _draw_points(screenshot, answers, markers, sizes.marker * 0.8, number)
    width = max(screenshot.width, NARROWEST)
    return _stacked(screenshot, list_legend(targets, records, markers, sizes, width), width)


BANDS = 30
"""Lines of a screenshot: targets whose middles are in one of them are numbered from left to right."""


def by_place(targets: Sequence[AskedTarget]) -> list[AskedTarget]:
    """The targets as one reads them, from top to bottom and left to right; absent ones last."""

    def place(target: AskedTarget) -> tuple[bool, int, float, str]:
        if target.region is None:
            return True, 0, 0.0, target.id
        middle = target.region.bounds.center
        return False, int(middle.y * BANDS / max(target.height, 1)), middle.x, target.id

    return sorted(targets, key=place)


# --- the picture -----------------------------------------------------------------------------


def _screenshot(picture: Path | None, target: AskedTarget, sizes: Sizes) -> Image.Image:
    screenshot = drawing.open_picture(picture, target.width, target.height)
    return screenshot or drawing.blank(target.width, target.height, sizes.text)


def _draw_points(
    canvas: Image.Image,
    records: Sequence[Record],
    markers: Markers,
    radius: float,
    number: int | None = None,
) -> None:
    """Draws each record's point, correct over wrong; wrong ones get the target's number beside them."""
    pen = ImageDraw.Draw(canvas)
    for record in sorted(records, key=lambda record: bool(record.correct)):
        if record.point is None:
            continue
        x, y = record.point
        if not (0 <= x <= canvas.width and 0 <= y <= canvas.height):
            continue
        drawing.paste_marker(canvas, markers[record.model], x, y, radius, bool(record.correct))
        # A miss close to its region needs no number: it is clear which region was meant.
        near = record.distance is not None and record.distance < 4 * radius
        if number is not None and not record.correct and not near:
            pen.text(
                (x + radius * 1.6, y),
                str(number),
                fill=markers[record.model].color,
                font=font(round(radius * 2)),
                anchor="lm",
                stroke_width=max(1, round(radius / 4)),
                stroke_fill=(255, 255, 255),
            )


def _draw_numbers(canvas: Image.Image, bounds: Sequence[Box | None], sizes: Sizes) -> None:
    """Draws a numbered tag at each region, with a line to the region if they do not touch."""
    pen = ImageDraw.Draw(canvas)
    regions = [box for box in bounds if box is not None]
    tags: list[Box] = []
    small = max(11, round(sizes.text * 0.8))
    gap = 3 * sizes.line + 1
    edge = max(1, round(sizes.line))
    for number, box in enumerate(bounds, 1):
        if box is None:
            continue
        tag = Size(round(drawing.text_width(str(number), small) + small * 0.6), round(small * 1.25))
        places = [
            place
            for place in _places(box, tag, gap)
            if place.left >= 0 and place.right <= canvas.width
            if place.top >= 0 and place.bottom <= canvas.height
        ] or [Box(box.left, box.top, box.left + tag.width, box.top + tag.height)]
        best = min(places, key=lambda place: _clutter(place, box, regions, tags))
        tags.append(best)
        _draw_leader(pen, best, box, gap, edge)
        pen.rounded_rectangle(
            best, radius=small * 0.25, fill=INK, outline=(255, 255, 255), width=edge
        )
        middle = best.center
        pen.text(middle, str(number), fill=(255, 255, 255), font=font(small), anchor="mm")


def _places(box: Box, tag: Size, gap: float) -> Iterator[Box]:
    """Places for the tag of a region, nearest first: above, below and beside it, then farther."""
    middle = box.center
    lefts = (middle.x - tag.width / 2, box.left - gap, box.right + gap - tag.width)
    for ring in range(4):
        away = gap + ring * (tag.height + gap)
        for top in (box.top - away - tag.height, box.bottom + away):
            for left in lefts:
                yield Box(left, top, left + tag.width, top + tag.height)
        for left in (box.left - away - tag.width, box.right + away):
            top = middle.y - tag.height / 2
            yield Box(left, top, left + tag.width, top + tag.height)


def _clutter(place: Box, own: Box, regions: Sequence[Box], tags: Sequence[Box]) -> float:
    """Cost of a place for a tag: overlap with tags or regions, nearness to another region, distance."""
    area = place.area
    cost = 20 * sum(_overlap(place, tag) for tag in tags)
    cost += 2 * sum(_overlap(place, region) for region in regions)
    distance = own.distance(place.center)
    mistaken = any(box != own and box.distance(place.center) <= distance for box in regions)
    return cost + area * mistaken + 0.3 * distance * math.sqrt(area)


def _draw_leader(pen: ImageDraw.ImageDraw, tag: Box, box: Box, gap: float, edge: int) -> None:
    """Draws a line from a tag to the nearest point of its region, if they are far apart."""
    middle = tag.center
    foot = (
        min(max(middle.x, box.left), box.right),
        min(max(middle.y, box.top), box.bottom),
    )
    if tag.distance(Point(*foot)) > 1.5 * gap:
        pen.line([tuple(middle), foot], fill=(255, 255, 255), width=3 * edge)
        pen.line([tuple(middle), foot], fill=INK, width=edge)


def _overlap(a: Box, b: Box) -> float:
    """The area that two boxes share, in square pixels."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(0.0, width) * max(0.0, height)


def _inset(
    plain: Image.Image,
    target: AskedTarget,
    records: Sequence[Record],
    markers: Markers,
    sizes: Sizes,
) -> Image.Image | None:
    """The region enlarged, with the points near it; None if the region is large enough."""
    region = target.region
    if region is None:
        return None
    box = region.bounds
    across = max(box.right - box.left, box.bottom - box.top)
    side = sizes.text * 13
    span = max(across * 2.2, 48.0)
    scale = side / span
    if scale < 1.5 or target.width < 2 * side:
        return None
    left = min(max(box.center.x - span / 2, 0), max(0, target.width - span))
    top = min(max(box.center.y - span / 2, 0), max(0, target.height - span))
    area = (left, top, left + span, top + span)
    crop = plain.resize((side, side), Image.Resampling.BICUBIC, box=_inside(area, plain))
    drawing.draw_region(crop, region, sizes.line * 1.5, scale, -left * scale, -top * scale)
    for record in sorted(records, key=lambda record: bool(record.correct)):
        if record.point is None:
            continue
        x, y = (record.point[0] - left) * scale, (record.point[1] - top) * scale
        if 0 <= x <= side and 0 <= y <= side:
            marker = markers[record.model]
            drawing.paste_marker(crop, marker, x, y, sizes.marker * 1.1, bool(record.correct))
    ImageDraw.Draw(crop).rectangle((0, 0, side - 1, side - 1), outline=FAINT)
    return crop


def _inside(
    area: tuple[float, float, float, float], picture: Image.Image
) -> tuple[float, float, float, float]:
    left, top, right, bottom = area
    return left, top, min(right, picture.width), min(bottom, picture.height)


def _stacked(screenshot: Image.Image, legend: Image.Image, width: int) -> Image.Image:
    canvas = Image.new("RGB", (width, screenshot.height + legend.height), PAPER)
    canvas.paste(screenshot, ((width - screenshot.width) // 2, 0))
    canvas.paste(legend, (0, screenshot.height))
    return canvas
