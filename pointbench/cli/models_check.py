"""``pointbench models check`` and ``calibrate``: live questions about pictures with one obvious mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import write_key_destinations
from pointbench.cli.shared.marked_questions import MarkedAnswer, MarkPlace, ask_all
from pointbench.errors import UsageError
from pointbench.geometry import Size

if TYPE_CHECKING:
    from pointbench.adapters.protocol import Reply
    from pointbench.adapters.registry import Model
    from pointbench.calibration import Diagnosis
    from pointbench.profiles.seen import PictureCheck, Seen
    from pointbench.settings import Config

CHECK: MarkPlace = (1920, 1080, 48, (1190, 402))
LARGE: MarkPlace = (3840, 2160, 96, (2980, 1604))
"""A picture above the limits that servers often have; only asked where a shrunk one is noticed."""
CALIBRATION: tuple[MarkPlace, ...] = tuple(
    (width, height, 40, (round(width * x) - 20, round(height * y) - 20))
    for (width, height), places in {
        (1366, 768): ((0.06, 0.13), (0.37, 0.78), (0.71, 0.29), (0.93, 0.9)),
        (2560, 1440): ((0.9, 0.08), (0.12, 0.55), (0.52, 0.4), (0.64, 0.93)),
        (1200, 1920): ((0.2, 0.05), (0.85, 0.35), (0.33, 0.66), (0.6, 0.94)),
    }.items()
    for x, y in places
)
"""Non-square sizes not near 1000 px, with marks off the diagonal, so a wrong frame or axis order shows."""


def refresh(models: Sequence[str], config: Config, json: bool) -> int:
    """Compare the catalog with the vendors' own lists of models; no model is asked.

    Returns 0 if nothing has changed, otherwise 1. With ``models``, only their vendors are asked, and
    each needs its key; without, every vendor whose key is there. UsageError for a missing key, for a
    model whose vendor has no list, and if no list comes.
    """
    import datetime

    from pointbench.adapters.catalog import catalog_date
    from pointbench.adapters.http.hosts import key_destinations
    from pointbench.adapters.vendors.model_lists import compare, served_models

    today = datetime.datetime.now(datetime.UTC).date()
    vendors = _vendors_of(models, config)
    for vendor in vendors:
        for line in key_destinations(vendor, "", {}, vendor):
            console.message(line)
    found = [compare(vendor, served_models(vendor), today) for vendor in vendors]
    if json:
        _write_json([asdict(comparison) for comparison in found])
    else:
        for comparison in found:
            console.out(
                f"{comparison.vendor}: {comparison.served} models in its list; the catalog is of "
                f"{catalog_date().isoformat()}"
            )
            lines = [*comparison.changes, *(f"new: {name}" for name in comparison.new)]
            for line in lines or ["nothing has changed"]:
                console.out(f"  {line}")
    return 1 if any(comparison.changes for comparison in found) else 0


def _vendors_of(models: Sequence[str], config: Config) -> list[str]:
    """The vendors whose lists to ask: those of the models, else those whose key is there."""
    import os

    from pointbench.adapters import registry
    from pointbench.adapters.catalog import catalog_entry, services
    from pointbench.adapters.vendors.model_lists import VENDORS

    vendors = []
    for model in registry.resolve_all(models, config):
        service = catalog_entry(model.adapter, model.name, model.settings).service.name
        if service not in VENDORS or model.adapter != service:
            raise UsageError(
                f"{model.label}: only {', '.join(VENDORS)} have a list of models that is asked"
            )
        vendors.append(service)
    if models:
        return list(dict.fromkeys(vendors))
    keys = {vendor: services()[vendor].key_variable for vendor in VENDORS}
    ready = [vendor for vendor, key in keys.items() if os.environ.get(key)]
    if not ready:
        raise UsageError(
            f"--refresh needs a key in the environment (or in .env): {' or '.join(keys.values())}"
        )
    for vendor in sorted(set(VENDORS) - set(ready)):
        console.message(f"{vendor} is not asked: it needs {keys[vendor]}")
    return ready


def check(models: Sequence[str], config: Config, json: bool) -> int:
    """Make one live call per model on a marked picture; returns 0 if all hit, 1 if one missed or failed.

    A second call, on a large picture, where the model answers in pixels and its input tokens tell whether
    its server shrank the picture. A blind model cannot see the mark: it passes if its answer contains a
    point. UsageError listing all missing keys and packages, or if no model is named.
    """
    from pointbench.profiles.seen import PictureCheck

    if not models:
        raise UsageError("models check needs a MODEL, or --refresh")
    rows = []
    passed = True
    for model in _ready_models(models, config):
        picture_check = PictureCheck.of(model.profile)
        answer, *larger = ask_all(model, (CHECK, LARGE) if picture_check else (CHECK,))
        pointed = answer.parsed is not None and bool(answer.parsed.point_in_frame)
        passed = passed and (answer.hit or (model.profile.blind and pointed))
        passed = passed and all(large.hit for large in larger)
        if json:
            large_rows = [_row(model, large, picture_check) for large in larger]
            row = _row(model, answer, picture_check)
            rows.append({**row, "large": large_rows[0] if large_rows else None})
        else:
            for each in (answer, *larger):
                _write_check(model, each, picture_check)
    if json:
        _write_json(rows)
    return 0 if passed else 1


def calibrate(models: Sequence[str], config: Config, json: bool) -> int:
    """Ask each model for a dozen marks; print the bias, scale and frame that fit its answers.

    Returns 0 if no other frame fits better and every question was answered, otherwise 1. Never
    changes a score.
    """
    from pointbench.calibration import Sample, diagnose

    ready = _ready_models(models, config)
    blind = [model.label for model in ready if model.profile.blind]
    if blind:
        raise UsageError(f"{', '.join(blind)}: without a picture there is nothing to calibrate")
    rows = []
    passed = True
    for model in ready:
        answers = ask_all(model, CALIBRATION)
        samples = [
            Sample(
                answer.parsed.point_in_frame,
                answer.marked.region,
                Size(answer.sent.width, answer.sent.height),
                answer.marked.size,
            )
            for answer in answers
            if answer.sent and answer.parsed and answer.parsed.point_in_frame
        ]
        diagnosis = diagnose(samples, model.profile.frame) if samples else None
        errors = [answer.error for answer in answers if answer.error]
        passed = passed and diagnosis is not None and diagnosis.better is None and not errors
        cost = _sum([answer.cost_usd for answer in answers if answer.reply])
        if json:
            rows.append(_calibration_row(model, answers, len(samples), errors, cost, diagnosis))
        else:
            _write_calibration(model, len(answers), len(samples), errors, cost, diagnosis)
    if json:
        _write_json(rows)
    return 0 if passed else 1


def _ready_models(texts: Sequence[str], config: Config) -> list[Model]:
    from pointbench.adapters import registry
    from pointbench.engine.planning.setup import check_models

    models = check_models(registry.resolve_all(texts, config))
    write_key_destinations(models)
    return models


# --- output ----------------------------------------------------------------------------------


def _calibration_row(
    model: Model,
    answers: Sequence[MarkedAnswer],
    with_point: int,
    errors: Sequence[str],
    cost: float | None,
    diagnosis: Diagnosis | None,
) -> dict[str, object]:
    return {
        "model": model.label,
        "profile": model.profile.name,
        "asked": len(answers),
        "with_point": with_point,
        "errors": errors,
        "cost_usd": cost,
        "diagnosis": None if diagnosis is None else _diagnosis_row(diagnosis),
    }


def _diagnosis_row(diagnosis: Diagnosis) -> dict[str, object]:
    better = diagnosis.better
    return {
        "verdict": diagnosis.sentence,
        "hits": diagnosis.declared.hits,
        "bias_px": list(diagnosis.bias),
        "spread_px": diagnosis.spread,
        "scale": list(diagnosis.scale),
        "better": None
        if better is None
        else {
            "unit": better.guess.unit,
            "swapped": better.guess.swapped,
            "hits": better.hits,
        },
    }


def _row(
    model: Model, answer: MarkedAnswer, picture_check: PictureCheck | None
) -> dict[str, object]:
    sent, reply, parsed, verdict = answer.sent, answer.reply, answer.parsed, answer.verdict
    return {
        "model": model.label,
        "profile": model.profile.name,
        "outcome": _outcome(answer),
        "blind": model.profile.blind,
        "screenshot": list(answer.marked.size),
        "mark": list(answer.marked.box),
        "sent": None
        if sent is None
        else {
            "width": sent.width,
            "height": sent.height,
            "media_type": sent.media_type,
            "bytes": len(sent.data),
        },
        "prompt": answer.prompt,
        "text": reply.text if reply else None,
        "finish_reason": reply.finish_reason if reply else None,
        "answered_by": reply.model if reply else None,
        "input_tokens": reply.input_tokens if reply else None,
        "output_tokens": reply.output_tokens if reply else None,
        "picture_tokens": _picture_tokens(picture_check, answer),
        "seen": _seen(picture_check, answer),
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
        "error": answer.error,
        "latency_s": round(answer.seconds, 3),
        "cost_usd": answer.cost_usd,
    }


def _outcome(answer: MarkedAnswer) -> str:
    return "error" if answer.verdict is None else answer.verdict.outcome


def _picture_tokens(picture_check: PictureCheck | None, answer: MarkedAnswer) -> int | None:
    if picture_check is None or answer.sent is None:
        return None
    return picture_check.tokens(Size(answer.sent.width, answer.sent.height))


def _seen(picture_check: PictureCheck | None, answer: MarkedAnswer) -> Seen | None:
    if picture_check is None or answer.sent is None or answer.reply is None:
        return None
    size = Size(answer.sent.width, answer.sent.height)
    return picture_check.seen(size, answer.prompt, answer.reply.input_tokens)


def _write_check(model: Model, answer: MarkedAnswer, picture_check: PictureCheck | None) -> None:
    profile, sent, size = model.profile, answer.sent, answer.marked.size
    large = " (a large picture)" if size.width > CHECK[0] else ""
    lines = [f"{model.label}: {_outcome(answer)}{large}"]
    if profile.blind:
        lines.append("  sent      no picture: a blind model, which is only asked to answer")
    elif sent is not None:
        lines.append(
            f"  sent      {sent.width}x{sent.height} {sent.media_type}, "
            f"{len(sent.data) / 1000:.0f} KB, of a {size.width}x{size.height} screenshot; "
            f"profile {profile.name}"
        )
    if answer.reply is None:
        lines.append(f"  error     {answer.error}")
    else:
        lines += _answer_lines(model, answer, answer.reply)
        if picture_check is not None and sent is not None:
            lines.append(f"  picture   {_picture_words(picture_check, answer, answer.reply)}")
    lines.append(f"  cost      {_dollars(answer.cost_usd)}")
    console.out("\n".join(lines))


def _answer_lines(model: Model, answer: MarkedAnswer, reply: Reply) -> list[str]:
    parsed, verdict = answer.parsed, answer.verdict
    tokens = f"{_known(reply.input_tokens)} + {_known(reply.output_tokens)} tokens"
    lines = [
        f"  answered  {reply.text.strip()!r}",
        f"            {_known(reply.finish_reason)}, {_known(reply.model)}, {tokens}, "
        f"{answer.seconds:.1f} s",
    ]
    if parsed is None or parsed.point_in_frame is None:
        lines.append("  read as   no point")
    else:
        read_as = f"{list(parsed.raw)} in {model.profile.unit}, {model.profile.order}"
        where = "a point outside any screenshot"
        if verdict is not None and verdict.point is not None:
            where = f"({verdict.point.x:.1f}, {verdict.point.y:.1f}) on the screenshot"
        lines.append(f"  read as   {read_as}: {where}")
    left, top, right, bottom = answer.marked.box
    off = f", {verdict.distance:.1f} px away" if verdict and verdict.distance else ""
    return [*lines, f"  the mark  [{left:g}, {top:g}, {right:g}, {bottom:g}]{off}"]


def _picture_words(picture_check: PictureCheck, answer: MarkedAnswer, reply: Reply) -> str:
    """What the input tokens of an answer tell of the picture as sent."""
    from pointbench.profiles.seen import UNCOUNTED

    tokens = _picture_tokens(picture_check, answer)
    match _seen(picture_check, answer):
        case "whole":
            return f"nothing says that the server shrank it: it alone has {tokens:,} tokens"
        case "smaller":
            assert answer.sent is not None, "nothing was seen otherwise"
            size = Size(answer.sent.width, answer.sent.height)
            return picture_check.warning(reply.input_tokens or 0, size)
        case "uncounted":
            return UNCOUNTED
    return "the server reports no input tokens, so nothing tells whether it shows it whole"


def _write_calibration(
    model: Model,
    asked: int,
    with_point: int,
    errors: Sequence[str],
    cost: float | None,
    diagnosis: Diagnosis | None,
) -> None:
    lines = [f"{model.label}, profile {model.profile.name}"]
    if diagnosis is None:
        lines.append(f"  none of {asked} answers contained a point")
    else:
        (dx, dy), (sx, sy) = diagnosis.bias, diagnosis.scale
        lines += [
            f"  {diagnosis.sentence}",
            f"  bias {dx:+.1f}, {dy:+.1f} px; spread {diagnosis.spread:.1f} px; "
            f"scale {_ratio(sx)} across, {_ratio(sy)} down",
        ]
        if with_point < asked:
            lines.append(f"  {asked - with_point} answers without a point were ignored")
    lines += [f"  error: {error}" for error in dict.fromkeys(errors)]
    lines.append(f"  cost {_dollars(cost)}")
    console.out("\n".join(lines))


def _write_json(rows: list[dict[str, object]]) -> None:
    console.json_out(rows)


def _sum(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def _known(value: object) -> str:
    return "?" if value is None else str(value)


def _ratio(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:.4f}"
