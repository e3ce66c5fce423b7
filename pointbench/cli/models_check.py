"""``pointbench models check`` and ``calibrate``: made pictures with one obvious mark, asked for real."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pointbench.cli.shared.marked_questions import MarkedAnswer, MarkPlace, ask_all, ready_models
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model
    from pointbench.calibration import Diagnosis
    from pointbench.settings import Config

CHECK: tuple[MarkPlace, ...] = ((1920, 1080, 48, (1190, 402)),)
CALIBRATION: tuple[MarkPlace, ...] = tuple(
    (width, height, 40, (round(width * x) - 20, round(height * y) - 20))
    for (width, height), places in {
        (1366, 768): ((0.06, 0.13), (0.37, 0.78), (0.71, 0.29), (0.93, 0.9)),
        (2560, 1440): ((0.9, 0.08), (0.12, 0.55), (0.52, 0.4), (0.64, 0.93)),
        (1200, 1920): ((0.2, 0.05), (0.85, 0.35), (0.33, 0.66), (0.6, 0.94)),
    }.items()
    for x, y in places
)
"""Not square, away from 1000 px, and off the diagonal: no wrong frame or order can hide."""


def check(models: Sequence[str], config: Config, json: bool) -> int:
    """One live call to each model on a made picture: 0 when all hit, 1 when one missed or failed.

    A blind model cannot see the mark: it passes when its answer holds a point. UsageError, listing
    all of them, where a key or a package is missing.
    """
    rows = []
    passed = True
    for model in ready_models(models, config):
        (asked,) = ask_all(model, CHECK)
        good = asked.hit or (
            model.profile.blind and asked.parsed is not None and bool(asked.parsed.point_in_frame)
        )
        passed = passed and good
        rows.append(_row(model, asked))
        if not json:
            _write_check(model, asked)
    if json:
        _write_json(rows)
    return 0 if passed else 1


def calibrate(models: Sequence[str], config: Config, json: bool) -> int:
    """A dozen marks to each model; bias, scale and the frame that its answers fit.

    0 when no other frame fits better and every question was answered, else 1. Never changes a score.
    """
    from pointbench.calibration import Sample, diagnose
    from pointbench.geometry import Size

    ready = ready_models(models, config)
    blind = [model.label for model in ready if model.profile.blind]
    if blind:
        raise UsageError(f"{', '.join(blind)}: without a picture there is nothing to calibrate")
    rows = []
    passed = True
    for model in ready:
        asked = ask_all(model, CALIBRATION)
        samples = [
            Sample(
                one.parsed.point_in_frame,
                one.marked.region,
                Size(one.sent.width, one.sent.height),
                one.marked.size,
            )
            for one in asked
            if one.sent and one.parsed and one.parsed.point_in_frame
        ]
        diagnosis = diagnose(samples, model.profile.frame) if samples else None
        passed = passed and diagnosis is not None and diagnosis.better is None
        passed = passed and not any(one.error for one in asked)
        row = _calibration_row(model, asked, len(samples), diagnosis)
        rows.append(row)
        if not json:
            _write_calibration(row)
    if json:
        _write_json(rows)
    return 0 if passed else 1


# --- what is shown ---------------------------------------------------------------------------


def _calibration_row(
    model: Model, asked: Sequence[MarkedAnswer], with_point: int, diagnosis: Diagnosis | None
) -> dict[str, Any]:
    better = diagnosis.better if diagnosis else None
    found = None
    if diagnosis is not None:
        found = {
            "verdict": diagnosis.verdict,
            "hits": diagnosis.declared.hits,
            "bias_px": list(diagnosis.bias),
            "spread_px": diagnosis.spread,
            "scale": list(diagnosis.scale),
            "better": None,
        }
        if better is not None:
            found["better"] = {
                "unit": better.reading.unit,
                "swapped": better.reading.swapped,
                "hits": better.hits,
            }
    return {
        "model": model.label,
        "profile": model.profile.name,
        "asked": len(asked),
        "with_point": with_point,
        "errors": [one.error for one in asked if one.error],
        "cost_usd": _sum([one.cost_usd for one in asked if one.reply]),
        "diagnosis": found,
    }


def _row(model: Model, asked: MarkedAnswer) -> dict[str, Any]:
    from pointbench.adapters.registry import key_variables
    from pointbench.settings import redact, secrets_of

    sent, reply, parsed, verdict = asked.sent, asked.reply, asked.parsed, asked.verdict
    return {
        "model": model.label,
        "profile": model.profile.name,
        "outcome": "error" if verdict is None else verdict.outcome,
        "blind": model.profile.blind,
        "screenshot": list(asked.marked.size),
        "mark": list(asked.marked.box),
        "sent": None
        if sent is None
        else {
            "width": sent.width,
            "height": sent.height,
            "media_type": sent.media_type,
            "bytes": len(sent.data),
        },
        "prompt": asked.prompt,
        "text": None if reply is None else redact(reply.text, secrets_of(key_variables([model]))),
        "finish_reason": reply.finish_reason if reply else None,
        "answered_by": reply.model if reply else None,
        "input_tokens": reply.input_tokens if reply else None,
        "output_tokens": reply.output_tokens if reply else None,
        "read_as": None
        if parsed is None or parsed.point_in_frame is None
        else {
            "format": parsed.format,
            "raw": list(parsed.raw),
            "unit": model.profile.unit,
            "order": model.profile.order,
        },
        "point": None if verdict is None or verdict.point is None else list(verdict.point),
        "distance": None if verdict is None else verdict.distance,
        "error": asked.error,
        "latency_s": round(asked.seconds, 3),
        "cost_usd": asked.cost_usd,
    }


def _write_check(model: Model, asked: MarkedAnswer) -> None:
    row = _row(model, asked)
    lines = [f"{model.label}: {row['outcome']}"]
    sent = row["sent"]
    if sent is None:
        lines.append("  sent      no picture: a blind model, which is only asked to answer")
    else:
        width, height = row["screenshot"]
        lines.append(
            f"  sent      {sent['width']}x{sent['height']} {sent['media_type']}, "
            f"{sent['bytes'] / 1000:.0f} KB, of a {width}x{height} screenshot; "
            f"profile {row['profile']}"
        )
    if row["error"]:
        lines.append(f"  error     {row['error']}")
    else:
        tokens = f"{_known(row['input_tokens'])} + {_known(row['output_tokens'])} tokens"
        lines.append(f"  answered  {row['text'].strip()!r}")
        lines.append(
            f"            {_known(row['finish_reason'])}, {_known(row['answered_by'])}, {tokens}, "
            f"{row['latency_s']:.1f} s"
        )
        if row["read_as"] is None:
            lines.append("  read as   no point")
        else:
            x, y = row["point"]
            lines.append(
                f"  read as   {row['read_as']['raw']} in {row['read_as']['unit']}, "
                f"{row['read_as']['order']}: ({x:.1f}, {y:.1f}) on the screenshot"
            )
        left, top, right, bottom = row["mark"]
        off = f", {row['distance']:.1f} px away" if row["distance"] else ""
        lines.append(f"  the mark  [{left:g}, {top:g}, {right:g}, {bottom:g}]{off}")
    lines.append(f"  cost      {_dollars(row['cost_usd'])}")
    sys.stdout.write("\n".join(lines) + "\n")


def _write_calibration(row: dict[str, Any]) -> None:
    lines = [f"{row['model']}, profile {row['profile']}"]
    found = row["diagnosis"]
    if found is None:
        lines.append(f"  none of {row['asked']} answers held a point")
    else:
        (dx, dy), (sx, sy) = found["bias_px"], found["scale"]
        lines += [
            f"  {found['verdict']}",
            f"  bias {dx:+.1f}, {dy:+.1f} px; spread {found['spread_px']:.1f} px; "
            f"scale {_ratio(sx)} across, {_ratio(sy)} down",
        ]
        if row["with_point"] < row["asked"]:
            lines.append(f"  {row['asked'] - row['with_point']} answers without a point left out")
    lines += [f"  error: {error}" for error in dict.fromkeys(row["errors"])]
    lines.append(f"  cost {_dollars(row['cost_usd'])}")
    sys.stdout.write("\n".join(lines) + "\n")


def _write_json(rows: list[dict[str, Any]]) -> None:
    sys.stdout.write(json_module.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def _sum(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def _known(value: object) -> str:
    return "?" if value is None else str(value)


def _ratio(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:.4f}"
