"""Runs what was prepared: lanes from the plan, the journal, and the files that end a run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from pointbench.adapters import registry
from pointbench.adapters.protocol import Picture, Reply
from pointbench.adapters.registry import Model
from pointbench.engine import plan
from pointbench.engine.journal import Journal
from pointbench.engine.limits import Pace
from pointbench.engine.runner import Ask, Lane, PriceOf, Watcher, run_lanes
from pointbench.engine.setup import Prepared
from pointbench.errors import RunError
from pointbench.geometry import Shift, Size
from pointbench.pictures import PictureCache
from pointbench.profiles.sizing import sent_size
from pointbench.runs import State, read_lines, write_run_info
from pointbench.suites import AskedTarget
from pointbench.trials import Record, ShiftRecord

DEFAULT_ATTEMPTS = 6


@dataclass(frozen=True)
class Limits:
    """What bounds the asking; None leaves it to the model's own settings."""

    concurrency: int | None = None
    rpm: float | None = None


@dataclass(frozen=True)
class Ending:
    """How a run ended: its state, the trials left unasked, and why a model was stopped."""

    state: State
    unasked: int
    stopped: dict[str, str]
    """Label -> why the model was asked no more."""
    errors: int
    """Trials whose last line is an error."""
    asked: int
    """Trials with a line."""


def execute(
    prepared: Prepared,
    limits: Limits,
    watcher: Watcher,
    stop: threading.Event,
    secrets: tuple[str, ...],
    on_start: Callable[[dict[str, int], list[Record]], None] | None = None,
) -> Ending:
    """Ask every trial of the run that has no answer yet, and bring ``run.json`` up to date.

    ``on_start`` is told, before the first call, the trials that each model has before it and the
    records that are there already. RunError when the journal cannot be written; all that it took
    before stays.
    """
    with Journal(prepared.folder, secrets) as journal:
        kept, answered = _answered(prepared.folder)
        left = {
            model.label: prepared.info.planned - sum(1 for r in kept if r.model == model.label)
            for model in prepared.models
        }
        if on_start:
            on_start(left, kept)
        _set_state(prepared, "running")
        lanes = [_lane(model, prepared, limits, answered, stop) for model in prepared.models]
        cache = PictureCache()
        try:
            run_lanes(lanes, journal, _picture_of(prepared, cache), watcher, stop, secrets)
        except RunError:
            _try_state(prepared, "interrupted")
            raise
        ending = _ending(prepared, lanes)
        _set_state(prepared, ending.state)
        return ending


def _answered(folder: Path) -> tuple[list[Record], set[bytes]]:
    """The records that hold an answer and their keys; errors are asked again."""
    last: dict[str, Record] = {}
    for record in read_lines(folder):
        last[record.key] = record
    kept = [record for record in last.values() if record.outcome != "error"]
    return kept, {bytes.fromhex(record.key) for record in kept}


def _lane(
    model: Model,
    prepared: Prepared,
    limits: Limits,
    answered: set[bytes],
    stop: threading.Event,
) -> Lane:
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    loaded = registry.adapter_class(model.adapter)
    wire = model.wire
    workers = int(wire.get("concurrency") or limits.concurrency or facts.concurrency)
    rpm = wire.get("rpm") or limits.rpm
    return Lane(
        label=model.label,
        profile=model.profile,
        sampling=dict(model.sampling),
        make_adapter=lambda: loaded(model.name, model.settings),
        asks=_asks(model, prepared, answered),
        workers=max(1, min(workers, prepared.info.planned)),
        attempts=int(wire.get("retries", DEFAULT_ATTEMPTS - 1)) + 1,
        pace=Pace(stop, float(rpm) if rpm else None),
        sent_size=lambda target: sent_size(model.profile.sizing, target.size),
        price=_price_of(free=facts.free),
        sees_truth=facts.sees_truth,
    )


def _price_of(*, free: bool) -> PriceOf:
    def price(reply: Reply) -> float | None:  # noqa: ARG001 - vendors' prices are by the token
        return 0.0 if free else None

    return price


def _asks(model: Model, prepared: Prepared, answered: set[bytes]) -> Iterator[Ask]:
    info = prepared.info
    digest_of = lru_cache(maxsize=None)(_file_digest)
    for slot in plan.slots(prepared.targets, info.repeats, info.variants, info.seed):
        target = slot.target
        trial = plan.trial_of(
            slot,
            model=model.label,
            profile=model.profile,
            sampling=dict(model.sampling),
            seed=info.seed,
            screenshot_sha256=target.sha256 or digest_of(prepared.picture_path(target)),
        )
        if bytes.fromhex(trial.key) not in answered:
            yield Ask(trial, target)


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _picture_of(
    prepared: Prepared, cache: PictureCache
) -> Callable[[AskedTarget, Size | None, ShiftRecord | None], Picture]:
    def picture_of(target: AskedTarget, sent: Size | None, shift: ShiftRecord | None) -> Picture:
        moved = None if shift is None else Shift(shift.scale, shift.dx, shift.dy)
        return cache.get(prepared.picture_path(target), sent or target.size, moved)

    return picture_of


def _ending(prepared: Prepared, lanes: list[Lane]) -> Ending:
    last: dict[str, bool] = {}
    for record in read_lines(prepared.folder):
        last[record.key] = record.outcome == "error"
    planned = prepared.info.planned * len(lanes)
    unasked = planned - len(last)
    return Ending(
        state="complete" if unasked == 0 else "interrupted",
        unasked=unasked,
        stopped={lane.label: lane.stopped for lane in lanes if lane.stopped},
        errors=sum(last.values()),
        asked=len(last),
    )


def _set_state(prepared: Prepared, state: State) -> None:
    info = msgspec.structs.replace(prepared.info, state=state)
    try:
        write_run_info(prepared.folder, info)
    except OSError as error:
        raise RunError(
            f"run {prepared.folder.name}: run.json cannot be written: {error.strerror}"
        ) from error


def _try_state(prepared: Prepared, state: State) -> None:
    # The disk has just failed; that error is the one to report.
    try:
        _set_state(prepared, state)
    except RunError:
        return
