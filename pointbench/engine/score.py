"""Replies obtained elsewhere, one JSON object a line, as a run without a call."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pointbench import __version__
from pointbench.engine.answers import (
    ReplyReader,
    error_fields,
    point_fields,
    prompts_of,
    storable_text,
)
from pointbench.engine.planning.setup import DEFAULT_MAX_ERROR_RATE, now, platform_facts, run_suite
from pointbench.errors import UsageError, one_line
from pointbench.geometry import Point, Size
from pointbench.profiles import Profile
from pointbench.runs import SCHEMA, RunInfo, RunModel
from pointbench.suites import AskedTarget, Suite
from pointbench.trials import Record, ReplyRecord, SentRecord, trial_key

MAX_REPEAT = 1_000_000
KEYS = ("target", "text", "point", "error", "model", "repeat", "sent_width", "sent_height")
OPTIONAL = ("suite", "finish_reason", "input_tokens", "output_tokens", "latency_s", "cost_usd")
"""More that is kept where a line has it."""


@dataclass
class Scored:
    """The run that the lines make, and what is to be told about them."""

    info: RunInfo
    targets: list[AskedTarget]
    records: list[Record]
    missing: dict[str, list[str]]
    """Model -> the ids of the targets without a line."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Unknown keys and in how many lines they stand."""


class _Fault(Exception):
    """What is wrong with one line; becomes a UsageError with its number."""


def score_replies(path: Path, suites: Sequence[Suite], profile: Profile) -> Scored:
    """Read, parse and score every line; UsageError with the line number for a faulty one."""
    targets = [target for suite in suites for target in suite.asked()]
    reader = _Reader(path.stem, targets, profile)
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    reader.read(line, number)
                except _Fault as fault:
                    raise UsageError(one_line(f"{path.name} line {number}: {fault}")) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
    if not reader.records:
        raise UsageError(f"{path.name} holds no reply")
    return reader.finished(suites)


class _Reader:
    def __init__(self, stem: str, targets: Sequence[AskedTarget], profile: Profile) -> None:
        self._default_model = f"replies/{stem}"
        self._profile = profile
        self._reading = ReplyReader.of(profile)
        self._prompt = prompts_of(profile)
        self._targets = targets
        self._by_id: dict[str, list[AskedTarget]] = {}
        for target in targets:
            self._by_id.setdefault(target.id, []).append(target)
        self.records: list[Record] = []
        self._answered: dict[str, int] = {}
        self._repeats: Counter[tuple[str, str, str]] = Counter()
        self._lines: Counter[tuple[str, str, str]] = Counter()
        self._orders: Counter[str] = Counter()
        self._ignored: Counter[str] = Counter()

    def read(self, line: str, number: int) -> None:
        row = _object(line)
        target = self._target(row)
        model = self._default_model if row.get("model") is None else row["model"]
        if not isinstance(model, str) or not model.strip():
            raise _Fault("model is not a name")
        repeat = self._repeat(row, model, target)
        key = trial_key(
            model=model,
            profile=self._profile.name,
            prompt="",
            sampling={},
            suite=target.suite,
            target=target.id,
            screenshot_sha256=target.sha256,
            variant="as-is",
            repeat=repeat,
            session=None,
        )
        if key in self._answered:
            raise _Fault(
                f"{model} answered repeat {repeat} of {target.id} already in line "
                f"{self._answered[key]}"
            )
        fields = self._judged(row, target)
        if fields["outcome"] != "error":
            self._answered[key] = number
        self._ignored.update(set(row) - set(KEYS) - set(OPTIONAL))
        self.records.append(
            Record(
                key=key,
                model=model,
                suite=target.suite,
                target=target.id,
                screenshot=target.screenshot,
                repeat=repeat,
                variant="as-is",
                order=self._orders[model],
                session=None,
                instruction=target.instruction,
                shift=None,
                attempts=1,
                latency_s=_number(row, "latency_s"),
                cost_usd=_number(row, "cost_usd"),
                started_at=None,
                **fields,
            )
        )
        self._orders[model] += 1

    def _target(self, row: Mapping[str, Any]) -> AskedTarget:
        name = row.get("target")
        if not isinstance(name, str):
            raise _Fault("target is missing")
        found = self._by_id.get(name, [])
        if "suite" in row:
            found = [target for target in found if target.suite == row["suite"]]
        if not found:
            raise _Fault(f"unknown target {name!r:.200}")
        if len(found) > 1:
            suites = " and ".join(target.suite for target in found)
            raise _Fault(f"target {name!r:.200} is in {suites}; say which with suite")
        return found[0]

    def _repeat(self, row: Mapping[str, Any], model: str, target: AskedTarget) -> int:
        counted = (model, target.suite, target.id)
        if row.get("repeat") is None:
            repeat = self._repeats[counted]
        else:
            repeat = row["repeat"]
            plain = isinstance(repeat, int) and not isinstance(repeat, bool)
            if not plain or not 0 <= repeat <= MAX_REPEAT:
                raise _Fault(f"repeat is not a whole number from 0 to {MAX_REPEAT}")
        self._repeats[counted] = max(self._repeats[counted], repeat + 1)
        self._lines[counted] += 1
        return repeat

    def _judged(self, row: Mapping[str, Any], target: AskedTarget) -> dict[str, Any]:
        given = [key for key in ("text", "point", "error") if key in row]
        # A null point means declined; a null text or error is only an empty column.
        given = [key for key in given if key == "point" or row[key] is not None]
        if len(given) != 1:
            what = " and ".join(given) or "none of them"
            raise _Fault(f"a line has one of text, point, error; this one has {what}")
        sent = _sent(row)
        kept: dict[str, Any] = {"sent": sent, "reply": None}
        if given == ["error"]:
            if not isinstance(row["error"], str):
                raise _Fault("error is not a text")
            message = one_line(storable_text(row["error"])) or "error"
            return {**kept, "frame": None, **error_fields("reported", message)}
        if given == ["point"]:
            point = _point(row["point"])
            if point is not None and not all(map(math.isfinite, point)):
                return {
                    **kept,
                    **point_fields(None, target),
                    "outcome": "unparsed",
                    "correct": False,
                }
            return {**kept, **point_fields(point, target)}
        if not isinstance(row["text"], str):
            raise _Fault("text is not a text")
        text = storable_text(row["text"])
        finish = row.get("finish_reason")
        if finish is not None and not isinstance(finish, str):
            raise _Fault("finish_reason is not a text")
        size = None if sent is None else Size(sent.width, sent.height)
        prompt = self._prompt(target.instruction, target.width, target.height)
        fields = self._reading.fields(text, finish, target, prompt=prompt, sent=size, shift=None)
        reply = ReplyRecord(
            text=text,
            finish_reason=finish,
            input_tokens=_count(row, "input_tokens"),
            output_tokens=_count(row, "output_tokens"),
        )
        return {**kept, **fields, "reply": reply}

    def finished(self, suites: Sequence[Suite]) -> Scored:
        models = sorted({record.model for record in self.records})
        replied = {(record.model, record.suite, record.target) for record in self.records}
        missing = {
            model: [
                target.id
                for target in self._targets
                if (model, target.suite, target.id) not in replied
            ]
            for model in models
        }
        profile = self._profile.model_dump(mode="json")
        info = RunInfo(
            schema=SCHEMA,
            pointbench=__version__,
            kind="score",
            command=f"pointbench score -s {' -s '.join(suite.name for suite in suites)} "
            f"--profile {self._profile.name}",
            state="complete",
            created_at=now(),
            models=tuple(
                RunModel(
                    label=model,
                    adapter="replies",
                    name=model,
                    profile=profile,
                    settings={},
                    wire={},
                    blind=self._profile.blind,
                )
                for model in models
            ),
            suites=tuple(run_suite(suite, self._targets) for suite in suites),
            seed=0,
            repeats=max(self._lines.values()),
            variants=("as-is",),
            limit=None,
            where=(),
            max_error_rate=DEFAULT_MAX_ERROR_RATE,
            planned=len(self._targets),
            platform=platform_facts(),
        )
        return Scored(info, list(self._targets), self.records, missing, self._ignored)


def _object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except RecursionError:
        raise _Fault("not JSON: nested too deeply") from None
    except ValueError as error:
        raise _Fault(f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise _Fault("not a JSON object")
    return row


def _sent(row: Mapping[str, Any]) -> SentRecord | None:
    width, height = row.get("sent_width"), row.get("sent_height")
    if width is None and height is None:
        return None
    for name, value in (("sent_width", width), ("sent_height", height)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise _Fault(f"{name} is not a whole number of pixels; give both sides or neither")
    assert isinstance(width, int)
    assert isinstance(height, int)
    return SentRecord(width=width, height=height)


def _point(value: Any) -> Point | None:
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    plain = all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    if len(numbers) != 2 or not plain:
        raise _Fault("point is not [x, y] in pixels of the screenshot, or null")
    try:
        return Point(float(numbers[0]), float(numbers[1]))
    except OverflowError:
        return Point(math.inf, math.inf)


def _number(row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not math.isfinite(value) or value < 0:
        raise _Fault(f"{key} is not a number from 0")
    return float(value)


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise _Fault(f"{key} is not a whole number from 0")
    return value
