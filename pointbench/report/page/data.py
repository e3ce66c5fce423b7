"""What the page's script reads: models, screenshots, targets and trials as one JSON block."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pointbench.geometry import Box
from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker
from pointbench.report.page.charts import shape_path
from pointbench.report.page.pictures import PagePicture
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, VARIANTS, Record

LONGEST_REPLY = 20_000
"""Characters of a reply that the page carries; what is left out is said and is in the run."""


def page_data(
    runs: Sequence[ReportRun],
    found: Sequence[Entry],
    marks: Mapping[str, Marker],
    shots: Sequence[PagePicture],
) -> dict[str, Any]:
    """Everything of the gallery; numbers for people are rounded here, never by the script."""
    targets = runs[0].targets
    target_numbers = {(item.suite, item.id): at for at, item in enumerate(targets)}
    shot_numbers = {shot.name: at for at, shot in enumerate(shots)}
    models = {(entry.run, entry.model.label): at for at, entry in enumerate(found)}
    instructions = [target.instruction for target in targets]
    return {
        "outcomes": [name.replace("_", " ") for name in OUTCOMES],
        "variants": VARIANTS,
        "models": [_model(entry, marks[entry.label]) for entry in found],
        "shots": [_picture(shot) for shot in shots],
        "targets": [_target(target, shot_numbers) for target in targets],
        "trials": [
            _trial(record, at, models[run.name, record.model], instructions[at])
            for run in runs
            for record in run.records
            if (at := target_numbers.get((record.suite, record.target), -1)) >= 0
        ],
    }


def to_script(data: Mapping[str, Any]) -> str:
    """JSON that no HTML parser takes for anything else, in ASCII only."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _model(entry: Entry, mark: Marker) -> dict[str, Any]:
    profile = entry.model.profile
    return {
        "label": entry.label,
        "marks": list(entry.marks),
        "color": mark.color_number,
        "path": shape_path(mark.shape),
        "prompt": profile.get("prompt") or "",
        "system": profile.get("system") or "",
        "profile": profile.get("name") or "",
    }


def _picture(shot: PagePicture) -> dict[str, Any]:
    return {"name": shot.name, "size": [shot.width, shot.height], "data": shot.data}


def _target(target: AskedTarget, shots: Mapping[str, int]) -> dict[str, Any]:
    shapes = target.region.shapes if target.region else ()
    return {"shot": shots[target.screenshot]} | _known(
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


def _trial(record: Record, target: int, model: int, instruction: str) -> dict[str, Any]:
    reply, sent, parsed = record.reply, record.sent, record.parsed
    text = reply.text if reply else None
    frame = record.frame
    return {
        "t": target,
        "m": model,
        "o": OUTCOMES.index(record.outcome),
    } | _known(
        ok=None if record.correct is None else int(record.correct) + 1,
        at=None if record.point is None else [round(value, 2) for value in record.point],
        off=None if not record.distance else numbers.pixels(record.distance),
        variant=VARIANTS.index(record.variant),
        repeat=record.repeat,
        session=None if not record.session else [record.session.number, record.session.click],
        said=record.instruction if record.instruction != instruction else None,
        shift=None if not record.shift else [record.shift.scale, record.shift.dx, record.shift.dy],
        format=parsed.format if parsed else None,
        raw=None if not parsed else " ".join(str(value) for value in parsed.raw),
        count=parsed.count if parsed else None,
        frame=None if not frame else f"{frame.unit} {frame.order}",
        size=None if not sent else [sent.width, sent.height],
        sent=None if not sent else _sent(sent.media_type, sent.bytes),
        reply=None if text is None else text[:LONGEST_REPLY],
        cut=None if text is None or len(text) <= LONGEST_REPLY else len(text) - LONGEST_REPLY,
        finish=reply.finish_reason if reply else None,
        served=reply.model if reply else None,
        tokens=None if not reply else _tokens(reply.input_tokens, reply.output_tokens),
        took=None if record.latency_s is None else numbers.seconds(record.latency_s),
        cost=None if record.cost_usd is None else numbers.dollars(record.cost_usd),
        tries=record.attempts if record.attempts > 1 else None,
        error=None if not record.error else f"{record.error.type}: {record.error.message}",
    )


def _sent(media_type: str | None, size: int | None) -> str:
    return " ".join(part for part in (media_type, numbers.size(size) if size else None) if part)


def _tokens(received: int | None, given: int | None) -> str | None:
    if received is None and given is None:
        return None
    return f"{numbers.count(received)} in, {numbers.count(given)} out"


def _known(**fields: Any) -> dict[str, Any]:
    """The fields that say something; nothing, zero and empty are what the script assumes."""
    return {name: value for name, value in fields.items() if value}
