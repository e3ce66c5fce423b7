"""A sample run for tests: drawn screenshots, targets, and records; its summary is the real one."""

from __future__ import annotations

import hashlib
import json
import math
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from pointbench.report.entries import ReportRun
from pointbench.runs import RunInfo, RunModel, RunSuite, write_run_info, write_targets
from pointbench.suites import AskedTarget
from pointbench.summary import dump_summary, summarize
from pointbench.trials import (
    FrameRecord,
    ParsedRecord,
    Record,
    ReplyRecord,
    SentRecord,
    encode_record,
)

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
    " <!-- ]]> \u202egnp.exe\u2028 \x1b[31m =1+1 | `a` _b_ $x$ \\input{/etc/passwd} &amp; \x00"
)
"""Text that a model, a suite or a file name may contain."""

SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
LABELS = ("openai/gpt-4o", "anthropic/claude-sonnet-4?temperature=0", "local/ocr", "local/random")


def model(label: str, **more: Any) -> RunModel:
    adapter, _, name = label.partition("/")
    floor = adapter == "local"
    return RunModel(
        label=label,
        adapter=adapter,
        name=name.partition("?")[0],
        profile={
            "name": "plain",
            "prompt": "Reply with x, y of: {instruction}",
            "unit": "pixel",
            "order": "xy",
        },
        settings={} if floor else {"max_tokens": 64, "temperature": 0},
        wire={},
        floor=floor,
        exact="random" if name == "random" else None,
        **more,
    )


def info(labels: tuple[str, ...] = LABELS, **more: Any) -> RunInfo:
    suite = RunSuite(
        name="made",
        version="1.0.0",
        title="Made by hand",
        license="CC0-1.0",
        digest="ab" * 32,
        screenshots=3,
        present=30,
        absent=3,
    )
    fields: dict[str, Any] = {
        "schema": 1,
        "pointbench": "0.1.0",
        "kind": "run",
        "command": "pointbench run -s made",
        "state": "complete",
        "created_at": "2026-11-22T10:00:00Z",
        "models": tuple(model(label) for label in labels),
        "suites": (suite,),
        "seed": 0,
        "repeats": 1,
        "variants": ("as-is",),
        "limit": None,
        "where": (),
        "max_error_rate": 0.02,
        "planned": 33,
        "platform": {"system": "Linux", "python": "3.11"},
        "data": "../../data",
    }
    return RunInfo(**(fields | more))


def draw(path: Path, size: tuple[int, int], boxes: list[tuple[str, list[float]]]) -> str:
    """A plain desktop with a button in each box; returns the file's SHA-256."""
    width, height = size
    picture = Image.new("RGB", size, (58, 78, 102))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width, height // 22), fill=(38, 42, 48))
    pen.rectangle((width * 0.08, height * 0.1, width * 0.92, height * 0.9), fill=(244, 244, 242))
    for number, (_, box) in enumerate(boxes):
        color = [(205, 92, 72), (88, 140, 190), (120, 160, 96), (190, 160, 80)][number % 4]
        pen.rounded_rectangle(box, radius=(box[2] - box[0]) / 5, fill=color)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def targets(root: Path, each: int = 10, seed: int = 1) -> list[AskedTarget]:
    """``each`` present and one absent target on each of three pictures below ``root``."""
    rng = random.Random(seed)
    asked = []
    for width, height in SIZES:
        boxes = []
        for number in range(each):
            side = height * rng.uniform(0.015, 0.06)
            left = width * (0.1 + 0.8 * rng.random()) - side
            top = height * (0.12 + 0.7 * rng.random())
            wide = side * (3 if number % 2 else 1)
            right, bottom = min(left + wide, width * 0.99), top + side
            boxes.append((f"b{number}", [round(v) for v in (left, top, right, bottom)]))
        name = f"made/desk-{height}p.png"
        digest = draw(root / "screenshots" / name, (width, height), boxes)  # type: ignore[arg-type]
        shared: dict[str, Any] = {
            "suite": "made",
            "screenshot": name,
            "width": width,
            "height": height,
            "sha256": digest,
            "platform": "linux",
            "environment": {"desktop": "Made", "theme": "light", "scale": 1},
        }
        for number, (label, box) in enumerate(boxes):
            fields = {
                "id": f"desk-{height}p/{label}",
                "instruction": f"Click the {('red', 'blue', 'green', 'yellow')[number % 4]} button"
                f" number {number + 1} in the window.",
                "name": f"Button {number + 1}",
                "box": box,
                "kind": "text" if number % 2 else "icon",
                "app": ("files", "editor", "panel")[number % 3],
            }
            asked.append(AskedTarget.model_validate(shared | fields))
        absent = {
            "id": f"desk-{height}p/absent",
            "instruction": "Click the Slack icon.",
            "absent": True,
            "kind": "icon",
        }
        asked.append(AskedTarget.model_validate(shared | absent))
    return sorted(asked, key=lambda target: target.id)


def record(target: AskedTarget, label: str, order: int = 0, **more: Any) -> Record:
    """A trial that declined, unless ``more`` overrides it."""
    fields: dict[str, Any] = {
        "key": hashlib.sha256(
            f"{label} {target.id} {order} {more.get('repeat', 0)}".encode()
        ).hexdigest(),
        "model": label,
        "suite": target.suite,
        "target": target.id,
        "screenshot": target.screenshot,
        "repeat": 0,
        "variant": "as-is",
        "order": order,
        "session": None,
        "instruction": target.instruction,
        "shift": None,
        "outcome": "declined",
        "correct": target.absent,
        "point": None,
        "distance": None,
        "parsed": ParsedRecord(format=None, raw=(), count=0),
        "frame": FrameRecord(unit="pixel", order="xy"),
        "sent": SentRecord(
            width=target.width, height=target.height, media_type="image/png", bytes=301222
        ),
        "reply": ReplyRecord(
            text="I cannot find it.", finish_reason="stop", input_tokens=1105, output_tokens=17
        ),
        "latency_s": 1.83,
        "attempts": 1,
        "cost_usd": None if label.startswith("local/") else 0.0029,
        "started_at": "2026-11-22T10:00:00.123Z",
        "error": None,
    }
    return Record(**(fields | more))


def clicked(target: AskedTarget, label: str, x: float, y: float, order: int = 0) -> Record:
    """A trial that clicked at (x, y) in the screenshot, scored."""
    from pointbench.geometry import Point

    region = target.region
    hit = region is not None and region.contains(Point(x, y))
    return record(
        target,
        label,
        order,
        outcome="hit" if hit else "miss",
        correct=hit,
        point=(x, y),
        distance=None if region is None else region.distance(Point(x, y)),
        parsed=ParsedRecord(format="json-point", raw=(round(x), round(y)), count=1),
        reply=ReplyRecord(
            text=json.dumps({"x": round(x), "y": round(y)}),
            finish_reason="stop",
            input_tokens=1105,
            output_tokens=17,
        ),
    )


SKILL = {"openai/gpt-4o": 1.1, "anthropic/claude-sonnet-4?temperature=0": 0.35, "local/ocr": 0.9}


def records(asked: list[AskedTarget], labels: tuple[str, ...] = LABELS) -> list[Record]:
    """Clicks that scatter about the target by each model's skill; some decline."""
    rng = random.Random(2)
    trials = []
    for label in labels:
        for order, target in enumerate(asked):
            region = target.region
            if label != "local/random" and (region is None or rng.random() < 0.04):
                trials.append(record(target, label, order))
                continue
            if region is None or label == "local/random" or rng.random() < 0.1:
                x, y = rng.random() * target.width, rng.random() * target.height
            else:
                box = region.bounds
                scatter = SKILL.get(label, 1.0) * math.sqrt(box.area) / 2
                x = min(max(box.center.x + rng.gauss(0, scatter), 0), target.width)
                y = min(max(box.center.y + rng.gauss(0, scatter), 0), target.height)
            trials.append(clicked(target, label, round(x, 2), round(y, 2), order))
    return trials


def run(root: Path, name: str = "made-run", **more: Any) -> ReportRun:
    """A complete run over pictures below ``root``."""
    asked, about = targets(root), info(**more)
    trials = records(asked, tuple(item.label for item in about.models))
    return ReportRun(name, about, tuple(asked), tuple(trials), summarize(about, asked, trials))


def write_run(folder: Path, report_run: ReportRun) -> Path:
    """The run's files in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_run_info(folder, report_run.info)
    write_targets(folder, report_run.targets)
    lines = b"".join(encode_record(item) + b"\n" for item in report_run.records)
    (folder / "trials.jsonl").write_bytes(lines)
    (folder / "summary.json").write_bytes(dump_summary(dict(report_run.summary)))
    return folder
