"""Small runs for the tests of the summary, built by hand."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema
import msgspec

from pointbench.geometry import Point
from pointbench.runs import RunInfo, RunModel, RunSuite
from pointbench.suites import AskedTarget
from pointbench.summary import dump_summary, summarize, summary_schema
from pointbench.trials import (
    OUTCOMES,
    FrameRecord,
    Outcome,
    ParsedRecord,
    Record,
    ReplyRecord,
    SessionRecord,
    Variant,
)

LABEL = "test/a"
"""The label of the model in runs that have only one."""

PROFILE = {"name": "plain", "unit": "pixel", "order": "xy", "prompt": "{instruction}"}


def target(
    id: str,
    box: Sequence[float] | None = (100, 100, 140, 120),
    *,
    shot: str = "a.png",
    suite: str = "demo",
    **more: Any,
) -> AskedTarget:
    """A target of a 1000 x 500 screenshot; absent if ``box`` is None."""
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
    """A trial of ``of``; a hit is at the center of its region unless ``point`` is given."""
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


def with_reply(trial: Record, **fields: Any) -> Record:
    """The trial with other fields of its reply."""
    assert trial.reply is not None
    return msgspec.structs.replace(trial, reply=msgspec.structs.replace(trial.reply, **fields))


def separate_targets(count: int, **more: Any) -> list[AskedTarget]:
    """``count`` targets, each on its own screenshot."""
    return [target(f"t{i:03}", shot=f"s{i:03}.png", **more) for i in range(count)]


def trials(targets: list[AskedTarget], outcomes: str) -> list[Record]:
    """One trial per target, in order; letters: h hit, m miss, d declined, e error ..."""
    by_letter: dict[str, Outcome] = {name[0]: name for name in OUTCOMES}
    return [
        record(asked, by_letter[letter], order=i)
        for i, (asked, letter) in enumerate(zip(targets, outcomes, strict=True))
    ]


def assert_keeps_to_schema(summary: Mapping[str, object]) -> None:
    jsonschema.Draft202012Validator(summary_schema()).validate(json.loads(dump_summary(summary)))


def checked_summary(
    info: RunInfo, targets: list[AskedTarget], records: list[Record]
) -> dict[str, Any]:
    """A summary, validated against its schema and read back from its file."""
    summary = summarize(info, targets, records)
    assert_keeps_to_schema(summary)
    document: dict[str, Any] = json.loads(dump_summary(summary))
    return document


def model_block(
    targets: list[AskedTarget], records: list[Record], info: RunInfo | None = None
) -> dict[str, Any]:
    """The block of the one model in a `checked_summary`."""
    block: dict[str, Any] = checked_summary(info or run_info(), targets, records)["models"][LABEL]
    return block


def mixed_run(seed: int = 1) -> tuple[RunInfo, list[AskedTarget], list[Record]]:
    """Two models with 3 repeats of 65 targets of all kinds, with random outcomes."""
    rng = random.Random(seed)
    targets = [
        target(
            f"t{i:03}",
            (i % 20 * 40, i % 9 * 40, i % 20 * 40 + 12 + i % 30, i % 9 * 40 + 20),
            shot=f"s{i // 5}.png",
            app=f"app{i % 7}",
        )
        for i in range(60)
    ]
    targets += [target(f"gone{i}", None, shot=f"s{i}.png") for i in range(5)]
    labels = ["test/b", "test/a"]
    on_present: list[Outcome] = ["hit", "hit", "hit", "miss", "declined", "error"]
    records = []
    for label in labels:
        for order in range(3 * len(targets)):
            repeat, asked = divmod(order, len(targets))
            of = targets[asked]
            outcome: Outcome = rng.choice(["miss", "declined"] if of.absent else on_present)
            at = (rng.uniform(0, 1000), rng.uniform(0, 500)) if outcome == "miss" else None
            records.append(
                record(
                    of,
                    outcome,
                    order=order,
                    repeat=repeat,
                    model=label,
                    point=at,
                    latency=rng.random(),
                    cost=rng.random(),
                )
            )
    return run_info(*map(model, labels), repeats=3), targets, records
