"""Regions and every model's point drawn on a screenshot, the legend below it.

Sizes grow with the picture, so that a 4K screenshot scaled to a page reads like a small one. The
legend stands below the picture, where it can cover neither region nor point. A filled mark is a
right answer, a hollow one a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from pointbench.geometry import Box, Point, Size
from pointbench.report import drawing
from pointbench.report.drawing import FAINT, INK, PAPER, Sizes, font, sizes_for
from pointbench.report.markers import Marker, markers_for
from pointbench.report.overlay_legend import list_legend, of_target, target_legend
from pointbench.suites import AskedTarget
from pointbench.trials import Record

NARROWEST = 480
"""Pixels; a smaller screenshot stands in a canvas of this width, so that its legend has room."""


def overlay_target(
    target: AskedTarget,
    records: Sequence[Record],
    picture: Path | None,
    labels: Sequence[str] = (),
) -> Image.Image:
    """One target on its screenshot: its region, each model's points, and what came of them.

    ``records`` of other targets are passed over; ``labels`` gives the models' order, and so their
    colors (`entries.in_color_order`). ``picture`` None is a gray canvas.
    """
    sizes = sizes_for(target.width, target.height)
    mine = of_target(records, target)
    marks = markers_for([*labels, *(record.model for record in records)])
    shot = _shot(picture, target, sizes)
    plain = shot.copy()
    line = sizes.line * 1.5
    if target.region is not None:
        drawing.draw_region(shot, target.region, line)
    _draw_points(shot, mine, marks, sizes.mark)
    width = max(shot.width, NARROWEST)
    inset = _inset(plain, target, mine, marks, sizes) if picture else None
    legend = target_legend(target, mine, marks, sizes, width, inset)
    return _stacked(shot, legend, width)


def overlay_screenshot(
    targets: Sequence[AskedTarget],
    records: Sequence[Record],
    picture: Path | None,
    labels: Sequence[str] = (),
) -> Image.Image:
    """Every target of one screenshot: numbered regions, all points, and the list of targets.

    ``targets`` are of one screenshot, ``records`` of any; absent targets stand in the list only.
    """
    first = targets[0]
    sizes = sizes_for(first.width, first.height)
    marks = markers_for([*labels, *(record.model for record in records)])
    shot = _shot(picture, first, sizes)
    regions = [target.region for target in targets]
    for region in regions:
        if region is not None:
            drawing.draw_region(shot, region, sizes.line)
    bounds = [None if region is None else region.bounds for region in regions]
    _draw_numbers(shot, bounds, sizes)
    for number, target in enumerate(targets, 1):
        mine = of_target(records, target)
        _draw_points(shot, mine, marks, sizes.mark * 0.8, number)
    width = max(shot.width, NARROWEST)
    return _stacked(shot, list_legend(targets, records, marks, sizes, width), width)


# --- the picture -----------------------------------------------------------------------------


def _shot(picture: Path | None, target: AskedTarget, sizes: Sizes) -> Image.Image:
    shot = drawing.open_picture(picture, target.width, target.height)
    return shot or drawing.blank(target.width, target.height, sizes.text)


def _draw_points(
    canvas: Image.Image,
    records: Sequence[Record],
    marks: dict[str, Marker],
    radius: float,
    number: int | None = None,
) -> None:
    """Each record's point; wrong ones below right ones, with the target's number beside them."""
    pen = ImageDraw.Draw(canvas)
    for record in sorted(records, key=lambda record: bool(record.correct)):
        if record.point is None:
            continue
        x, y = record.point
        if not (0 <= x <= canvas.width and 0 <= y <= canvas.height):
            continue
        drawing.paste_mark(canvas, marks[record.model], x, y, radius, bool(record.correct))
        # A miss right beside its region needs no number to say which one was meant.
        near = record.distance is not None and record.distance < 4 * radius
        if number is not None and not record.correct and not near:
            pen.text(
                (x + radius * 1.6, y),
                str(number),
                fill=marks[record.model].color,
                font=font(round(radius * 2)),
                anchor="lm",
                stroke_width=max(1, round(radius / 4)),
                stroke_fill=(255, 255, 255),
            )


def _draw_numbers(canvas: Image.Image, bounds: Sequence[Box | None], sizes: Sizes) -> None:
    """A numbered tag at each region, tied to it by a line where it does not touch it."""
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
    """Where the tag of a region may lie, nearest first: above, below and beside it, then farther."""
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
    """How badly a tag lies there: over other tags, over regions, nearer to another region, far off."""
    area = place.area
    cost = 20 * sum(_shared(place, tag) for tag in tags)
    cost += 2 * sum(_shared(place, region) for region in regions)
    distance = own.distance(place.center)
    mistaken = any(box != own and box.distance(place.center) <= distance for box in regions)
    return cost + area * mistaken + 0.3 * distance * math.sqrt(area)


def _draw_leader(pen: ImageDraw.ImageDraw, tag: Box, box: Box, gap: float, edge: int) -> None:
    """A line from a tag that stands off to the nearest point of its region."""
    middle = tag.center
    foot = (
        min(max(middle.x, box.left), box.right),
        min(max(middle.y, box.top), box.bottom),
    )
    if tag.distance(Point(*foot)) > 1.5 * gap:
        pen.line([tuple(middle), foot], fill=(255, 255, 255), width=3 * edge)
        pen.line([tuple(middle), foot], fill=INK, width=edge)


def _shared(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    tall = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, wide) * max(0.0, tall)


def _inset(
    plain: Image.Image,
    target: AskedTarget,
    records: Sequence[Record],
    marks: dict[str, Marker],
    sizes: Sizes,
) -> Image.Image | None:
    """The region enlarged, with the points near it; None when it is large enough as it is."""
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
            mark = marks[record.model]
            drawing.paste_mark(crop, mark, x, y, sizes.mark * 1.1, bool(record.correct))
    ImageDraw.Draw(crop).rectangle((0, 0, side - 1, side - 1), outline=FAINT)
    return crop


def _inside(
    area: tuple[float, float, float, float], picture: Image.Image
) -> tuple[float, float, float, float]:
    left, top, right, bottom = area
    return left, top, min(right, picture.width), min(bottom, picture.height)


def _stacked(shot: Image.Image, legend: Image.Image, width: int) -> Image.Image:
    canvas = Image.new("RGB", (width, shot.height + legend.height), PAPER)
    canvas.paste(shot, ((width - shot.width) // 2, 0))
    canvas.paste(legend, (0, shot.height))
    return canvas
