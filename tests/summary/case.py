"""Small runs for the tests of the summary, built by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from pointbench.geometry import Point
from pointbench.runs import RunInfo, RunModel, RunSuite
from pointbench.suites import AskedTarget
from pointbench.trials import (
    FrameRecord,
    Outcome,
    ParsedRecord,
    Record,
    ReplyRecord,
    SessionRecord,
    Variant,
)

PROFILE = {"name": "plain", "unit": "pixel", "order": "xy", "prompt": "{instruction}"}


def target(
    id: str,
    box: Sequence[float] | None = (100, 100, 140, 120),
    *,
    shot: str = "a.png",
    suite: str = "demo",
    **more: Any,
) -> AskedTarget:
    """A target of a 1000 x 500 screenshot; absent where ``box`` is None."""
    fields: dict[str, Any] = {
        "suite": suite,
        "screenshot": shot,
        "width": 1000,
        "height": 500,
        "id": id,
        "instruction": f"Click {id}.",
        **more,
    }
    if box is None:
        fields["absent"] = True
    elif "polygon" not in more and "regions" not in more:
        fields["box"] = tuple(float(side) for side in box)
    return AskedTarget.model_validate(fields)


def model(label: str = "test/a", **more: Any) -> RunModel:
    adapter, name = label.split("/", 1)
    return RunModel(
        label=label, adapter=adapter, name=name, profile=PROFILE, settings={}, wire={}, **more
    )


def run_info(*models: RunModel, repeats: int = 1, **more: Any) -> RunInfo:
    info = RunInfo(
        schema=1,
        pointbench="0.1.0",
        kind="run",
        command="pointbench run",
        state="complete",
        created_at="2026-11-22T10:00:00Z",
        models=models or (model(),),
        suites=(
            RunSuite(
                name="demo",
                version="1",
                title="Demo",
                license="CC0-1.0",
                digest="0" * 64,
                screenshots=1,
                present=1,
                absent=0,
            ),
        ),
        seed=0,
        repeats=repeats,
        variants=("as-is",),
        limit=None,
        where=(),
        max_error_rate=0.02,
        planned=1,
        platform={},
    )
    return msgspec.structs.replace(info, **more)


def record(
    of: AskedTarget,
    outcome: Outcome = "hit",
    *,
    order: int = 0,
    model: str = "test/a",
    repeat: int = 0,
    variant: Variant = "as-is",
    session: tuple[int, int] | None = None,
    point: tuple[float, float] | None = None,
    latency: float | None = 1.0,
    cost: float | None = None,
    tokens: tuple[int, int] | None = None,
) -> Record:
    """A trial of ``of``; a hit is at the center of its region unless ``point`` says where."""
    region = of.region
    if outcome == "hit" and point is None and region is not None:
        point = region.shapes[0].center
    distance = None
    if point is not None and region is not None:
        distance = region.distance(Point(*point))
    correct = None if outcome == "error" else outcome == ("declined" if of.absent else "hit")
    failed = outcome == "error"
    key = f"{model}|{of.suite}|{of.id}|{variant}|{repeat}|{session}|{order}"
    reply = ReplyRecord(
        text="(1, 2)",
        input_tokens=None if tokens is None else tokens[0],
        output_tokens=None if tokens is None else tokens[1],
    )
    return Record(
        key=hashlib.sha256(key.encode()).hexdigest(),
        model=model,
        suite=of.suite,
        target=of.id,
        screenshot=of.screenshot,
        repeat=repeat,
        variant=variant,
        order=order,
        session=None if session is None else SessionRecord(number=session[0], click=session[1]),
        instruction=of.instruction,
        shift=None,
        outcome=outcome,
        correct=correct,
        point=point,
        distance=distance,
        parsed=None if failed else ParsedRecord(format="plain", raw=(), count=1),
        frame=FrameRecord(unit="pixel", order="xy"),
        sent=None,
        reply=None if failed else reply,
        latency_s=None if failed else latency,
        attempts=1,
        cost_usd=cost,
        started_at=None,
        error=None,
    )
