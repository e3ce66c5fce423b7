"""The legend below an overlay: the instruction, the models' markers, and each one's outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PIL import Image, ImageDraw

from pointbench.report import drawing, numbers
from pointbench.report.drawing import FAINT, INK, PAPER, RULE, Sizes, font
from pointbench.report.markers import Marker, Markers
from pointbench.report.plain_text import latin
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, Record


def of_target(records: Sequence[Record], target: AskedTarget) -> list[Record]:
    return [
        record for record in records if record.target == target.id and record.suite == target.suite
    ]


def outcome_text(records: Sequence[Record], absent: bool = False) -> str:
    """The outcome of a model's trial, ``miss, 34 px off``; for several trials ``3 hit, 2 miss``."""
    if not records:
        return "not asked"
    if len(records) > 1:
        counts = Counter(record.outcome for record in records)
        return ", ".join(
            f"{counts[name]} {name.replace('_', ' ')}" for name in OUTCOMES if counts[name]
        )
    record = records[0]
    text = record.outcome.replace("_", " ")
    if record.outcome == "miss" and record.distance is not None:
        text += f", {numbers.pixels(record.distance)} off"
    if absent and record.outcome in ("declined", "miss"):
        text += " (right: nothing to click)" if record.correct else " (nothing is there)"
    return text


def target_legend(
    target: AskedTarget,
    records: Sequence[Record],
    markers: Markers,
    sizes: Sizes,
    width: int,
    inset: Image.Image | None,
) -> Image.Image:
    pad = sizes.margin
    left = pad + (inset.width + pad if inset else 0)
    room = width - left - pad
    title_size = round(sizes.text * 1.35)
    title = drawing.wrap(target.instruction, title_size, room)
    about = drawing.fit(_about(target), round(sizes.text * 0.85), room)
    cell = min(room, sizes.text * 28)
    columns = max(1, room // cell)
    rows = -(-len(markers) // columns)
    height = pad + round(len(title) * title_size * 1.3) + sizes.row + rows * sizes.row + pad
    canvas = _strip(width, max(height, (inset.height + 2 * pad) if inset else 0))
    if inset:
        canvas.paste(inset, (pad, pad))
    pen = ImageDraw.Draw(canvas)
    y = float(pad)
    for line in title:
        pen.text((left, y), line, fill=INK, font=font(title_size))
        y += title_size * 1.3
    pen.text((left, y), about, fill=FAINT, font=font(round(sizes.text * 0.85)))
    y += sizes.row
    for number, (label, marker) in enumerate(markers.items()):
        answers = [record for record in records if record.model == label]
        x = left + (number % columns) * cell
        middle = y + (number // columns) * sizes.row + sizes.row / 2
        right = bool(answers) and all(record.correct for record in answers)
        _legend_row(
            canvas,
            x,
            middle,
            marker,
            right,
            label,
            outcome_text(answers, target.absent),
            sizes,
            cell,
        )
    return canvas


def _legend_row(
    canvas: Image.Image,
    x: float,
    y: float,
    marker: Marker,
    filled: bool,
    label: str,
    outcome: str,
    sizes: Sizes,
    room: int,
) -> None:
    radius = sizes.text * 0.42
    drawing.paste_marker(canvas, marker, x + sizes.text * 0.6, y, radius, filled)
    pen = ImageDraw.Draw(canvas)
    start = x + sizes.text * 1.6
    left = room - sizes.text * 2.4
    outcome = latin(outcome)
    # The outcomes are the legend's purpose, so a long label is cut to make room for them.
    name = drawing.fit(
        label, sizes.text, left - drawing.text_width(outcome, sizes.text) - sizes.text
    )
    pen.text((start, y), name, fill=INK, font=font(sizes.text), anchor="lm")
    after = start + drawing.text_width(name, sizes.text) + sizes.text * 0.8
    pen.text((after, y), outcome, fill=FAINT, font=font(sizes.text), anchor="lm")


def list_legend(
    targets: Sequence[AskedTarget],
    records: Sequence[Record],
    markers: Markers,
    sizes: Sizes,
    width: int,
) -> Image.Image:
    """The models with their markers, then every target with a small marker per model's answer."""
    pad, row = sizes.margin, sizes.row
    room = width - 2 * pad
    model_cell = min(room, sizes.text * 22)
    per_line = max(1, room // model_cell)
    model_rows = -(-len(markers) // per_line)
    columns = max(1, min(3, room // (sizes.text * 32)))
    cell = room // columns
    list_rows = -(-len(targets) // columns)
    head = pad + row + model_rows * row + (row // 2 if markers else 0)
    canvas = _strip(width, head + list_rows * row + pad)
    pen = ImageDraw.Draw(canvas)
    about = f"{targets[0].screenshot}, {targets[0].width} x {targets[0].height}"
    if markers:
        about += "   filled: right   hollow: wrong   small number: the target that was asked for"
    pen.text((pad, pad), drawing.fit(about, sizes.text, room), fill=FAINT, font=font(sizes.text))
    keys = {(target.suite, target.id) for target in targets}
    for number, (label, marker) in enumerate(markers.items()):
        x = pad + (number % per_line) * model_cell
        y = pad + row + (number // per_line) * row + row / 2
        answers = [
            record
            for record in records
            if record.model == label and (record.suite, record.target) in keys
        ]
        right = sum(bool(record.correct) for record in answers)
        text = f"{right} of {len(answers)} right"
        _legend_row(canvas, x, y, marker, True, label, text, sizes, model_cell)
    for number, target in enumerate(targets, 1):
        x = pad + ((number - 1) // list_rows) * cell
        y = head + ((number - 1) % list_rows) * row + row / 2
        answers = of_target(records, target)
        _list_row(canvas, (x, y), number, target, answers, markers, sizes, cell)
    return canvas


def _list_row(
    canvas: Image.Image,
    place: tuple[float, float],
    number: int,
    target: AskedTarget,
    records: Sequence[Record],
    markers: Markers,
    sizes: Sizes,
    room: int,
) -> None:
    x, y = place
    pen = ImageDraw.Draw(canvas)
    small = round(sizes.text * 0.9)
    pen.text((x + sizes.text * 1.4, y), str(number), fill=FAINT, font=font(small), anchor="rm")
    for place_number, (label, marker) in enumerate(markers.items()):
        answers = [record for record in records if record.model == label]
        at = x + sizes.text * (2.3 + 1.25 * place_number)
        if any(record.correct is not None for record in answers):
            right = all(record.correct for record in answers if record.correct is not None)
            drawing.paste_marker(canvas, marker, at, y, sizes.text * 0.32, right)
        else:
            pen.text((at, y), "-", fill=FAINT, font=font(small), anchor="mm")
    start = x + sizes.text * (2.3 + 1.25 * len(markers))
    text = f"{target.instruction}{' (absent)' if target.absent else ''}"
    left = room - (start - x) - sizes.text
    pen.text((start, y), drawing.fit(text, small, left), fill=INK, font=font(small), anchor="lm")


def _strip(width: int, height: int) -> Image.Image:
    strip = Image.new("RGB", (width, height), PAPER)
    ImageDraw.Draw(strip).line((0, 0, width, 0), fill=RULE, width=2)
    return strip


def _about(target: AskedTarget) -> str:
    parts = [target.id, target.app, target.kind]
    if target.region is None:
        parts.append("absent: not on the screen")
    else:
        box = target.region.bounds
        parts.append(f"{round(box.right - box.left, 1):g} x {round(box.bottom - box.top, 1):g} px")
    return "   ".join(part for part in parts if part)
