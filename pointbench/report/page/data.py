"""The data of the page's script: models, screenshots, targets and trials as one JSON block."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pointbench.geometry import Box
from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import shape_path
from pointbench.report.page.pictures import PagePicture
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, VARIANTS, Record

LONGEST_REPLY = 2_000
"""Most bytes (UTF-8) of a reply, its reasoning or an error in the page, which gives the number of
further characters in trials.jsonl."""


def page_data(
    runs: Sequence[ReportRun],
    entries: Sequence[Entry],
    markers: Markers,
    pictures: Sequence[PagePicture],
) -> dict[str, object]:
    """Everything the gallery needs; numbers for display are rounded here, never by the script."""
    targets = runs[0].targets
    target_numbers = {(item.suite, item.id): number for number, item in enumerate(targets)}
    picture_numbers = {picture.name: number for number, picture in enumerate(pictures)}
    models = {(entry.run, entry.model.label): number for number, entry in enumerate(entries)}
    instructions = [target.instruction for target in targets]
    return {
        "outcomes": [name.replace("_", " ") for name in OUTCOMES],
        "variants": VARIANTS,
        "models": [_model(entry, markers[entry.label]) for entry in entries],
        "shots": [_picture(picture) for picture in pictures],
        "targets": [_target(target, picture_numbers) for target in targets],
        "trials": [
            _trial(record, number, models[run.name, record.model], instructions[number])
            for run in runs
            for record in run.records
            if (number := target_numbers.get((record.suite, record.target), -1)) >= 0
        ],
    }


def to_script(data: Mapping[str, object]) -> str:
    """JSON in ASCII that is safe inside a ``<script>`` element."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _model(entry: Entry, marker: Marker) -> dict[str, object]:
    # Nobody knows the prompts of replies made elsewhere.
    profile = {} if entry.model.elsewhere else entry.model.profile
    return {
        "label": entry.label,
        "tags": list(entry.tags),
        "color": marker.color_number,
        "path": shape_path(marker.shape),
        "prompt": profile.get("prompt") or "",
        "system": profile.get("system") or "",
        "profile": entry.facts.get("profile") or "",
        "elsewhere": entry.model.elsewhere,
    }


def _picture(picture: PagePicture) -> dict[str, object]:
    size = [picture.width, picture.height]
    return {"name": picture.name, "size": size, "data": picture.data}


def _target(target: AskedTarget, picture_numbers: Mapping[str, int]) -> dict[str, object]:
    shapes = target.region.shapes if target.region else ()
    return {"shot": picture_numbers[target.screenshot]} | _non_empty(
        id=target.id,
        suite=target.suite,
        text=target.instruction,
        name=target.name,
        kind=target.kind,
        app=target.app,
        role=target.role,
        absent=target.absent,
        tags=list(target.tags),
        boxes=[list(shape) for shape in shapes if isinstance(shape, Box)],
        polygons=[
            [list(corner) for corner in shape.corners]
            for shape in shapes
            if not isinstance(shape, Box)
        ],
    )


def _trial(record: Record, target: int, model: int, instruction: str) -> dict[str, object]:
    reply, sent, parsed = record.reply, record.sent, record.parsed
    text, left = beginning(reply.text) if reply else (None, 0)
    error = f"{record.error.type}: {record.error.message}" if record.error else ""
    message, more = beginning(error)
    thought, rest = beginning((reply.reasoning or "") if reply else "")
    frame = record.frame
    return {
        "t": target,
        "m": model,
        "o": OUTCOMES.index(record.outcome),
    } | _non_empty(
        ok=None if record.correct is None else int(record.correct) + 1,
        at=None if record.point is None else [round(value, 2) for value in record.point],
        off=None if not record.distance else numbers.pixels(record.distance),
        variant=VARIANTS.index(record.variant),
        repeat=record.repeat,
        session=None if not record.session else [record.session.number, record.session.click],
        instruction=record.instruction if record.instruction != instruction else None,
        shift=None if not record.shift else [record.shift.scale, record.shift.dx, record.shift.dy],
        format=parsed.format if parsed else None,
        raw=None if not parsed else " ".join(str(value) for value in parsed.raw),
        count=parsed.count if parsed else None,
        frame=None if not frame else f"{frame.unit} {frame.order}",
        size=None if not sent else [sent.width, sent.height],
        sent=None if not sent else _sent(sent.media_type, sent.bytes),
        given=reply is None and not error,
        reply=text,
        cut=left,
        thought=thought,
        thoughtCut=rest,
        finish=reply.finish_reason if reply else None,
        served=reply.model if reply else None,
        tokens=None if not reply else _tokens(reply.input_tokens, reply.output_tokens),
        took=None if record.latency_s is None else numbers.seconds(record.latency_s),
        cost=None if record.cost_usd is None else numbers.dollars(record.cost_usd),
        tries=record.attempts if record.attempts > 1 else None,
        error=message + (f"\n… {more} more characters are in trials.jsonl" if more else ""),
    )


def beginning(text: str) -> tuple[str, int]:
    """The part of a text that the page shows, and the number of characters after it."""
    if len(text) <= LONGEST_REPLY // 4:
        return text, 0
    start = text[:LONGEST_REPLY].encode("utf-8", "surrogatepass")[:LONGEST_REPLY]
    # A character that the limit divides is left out.
    shown = start.decode("utf-8", "ignore")
    return shown, len(text) - len(shown)


def _sent(media_type: str | None, bytes_: int | None) -> str:
    return " ".join(part for part in (media_type, numbers.size(bytes_) if bytes_ else None) if part)


def _tokens(input_tokens: int | None, output_tokens: int | None) -> str | None:
    if input_tokens is None and output_tokens is None:
        return None
    return f"{numbers.count(input_tokens)} in, {numbers.count(output_tokens)} out"


def _non_empty(**fields: object) -> dict[str, object]:
    """The fields that are not None, zero or empty; the script assumes those values for the rest."""
    return {name: value for name, value in fields.items() if value}
