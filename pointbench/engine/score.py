"""``score``: scores replies obtained elsewhere, one JSON object per line, as a run."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from pointbench import __version__
from pointbench.engine.answers import (
    OutcomeFields,
    ReplyReader,
    broken_fields,
    broken_off,
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
"""Optional keys, stored if a line has them."""


@dataclass
class Scored:
    """The run made from a file of replies, with its missing targets and ignored keys."""

    info: RunInfo
    targets: list[AskedTarget]
    records: list[Record]
    missing: dict[str, list[str]]
    """Model -> ids of the targets for which it has no line."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Unknown key -> number of lines that have it."""


class _LineFields(OutcomeFields):
    """The fields of a record that follow from a line."""

    sent: SentRecord | None
    reply: ReplyRecord | None


class _LineError(Exception):
    """A faulty line; becomes a UsageError with the line's number."""


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
                except _LineError as error:
                    raise UsageError(one_line(f"{path.name} line {number}: {error}")) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
    if not reader.records:
        raise UsageError(f"{path.name} contains no reply")
    return reader.finished(suites)


class _Reader:
    def __init__(self, stem: str, targets: Sequence[AskedTarget], profile: Profile) -> None:
        self._default_model = f"replies/{stem}"
        self._profile = profile
        self._reader = ReplyReader.of(profile)
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
            raise _LineError('model must be a name, such as "my-model"')
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
            raise _LineError(
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

    def _target(self, row: Mapping[str, object]) -> AskedTarget:
        name = row.get("target")
        if not isinstance(name, str):
            raise _LineError('no target; write "target": "ID" with the id of a target of the suite')
        targets = self._by_id.get(name, [])
        if "suite" in row:
            targets = [target for target in targets if target.suite == row["suite"]]
        if not targets:
            raise _LineError(f"unknown target {name!r:.200}")
        if len(targets) > 1:
            suites = " and ".join(target.suite for target in targets)
            raise _LineError(f"target {name!r:.200} is in {suites}; name one of them as suite")
        return targets[0]

    def _repeat(self, row: Mapping[str, object], model: str, target: AskedTarget) -> int:
        answered = (model, target.suite, target.id)
        repeat = row.get("repeat")
        if repeat is None:
            repeat = self._repeats[answered]
        elif not _is_whole(repeat) or not 0 <= repeat <= MAX_REPEAT:
            raise _LineError(f"repeat must be a whole number from 0 to {MAX_REPEAT}")
        self._repeats[answered] = max(self._repeats[answered], repeat + 1)
        self._lines[answered] += 1
        return repeat

    def _judged(self, row: Mapping[str, object], target: AskedTarget) -> _LineFields:
        answers = [key for key in ("text", "point", "error") if key in row]
        # A null point means declined; a null text or error is only an empty column.
        answers = [key for key in answers if key == "point" or row[key] is not None]
        if len(answers) != 1:
            what = " and ".join(answers) or "none of them"
            raise _LineError(f"a line has one of text, point, error; this one has {what}")
        sent = _sent(row)
        if answers == ["error"]:
            message = one_line(storable_text(_text(row, "error"))) or "error"
            return {**error_fields("reported", message), "sent": sent, "reply": None}
        if answers == ["point"]:
            return {**_point_fields(row["point"], target), "sent": sent, "reply": None}
        text = storable_text(_text(row, "text"))
        finish = None if row.get("finish_reason") is None else _text(row, "finish_reason")
        reply = ReplyRecord(
            text=text,
            finish_reason=finish,
            input_tokens=_count(row, "input_tokens"),
            output_tokens=_count(row, "output_tokens"),
        )
        broken = broken_off(text, finish, reply.output_tokens)
        if broken is not None:
            return {**broken_fields(broken), "sent": sent, "reply": reply}
        size = None if sent is None else Size(sent.width, sent.height)
        prompt = self._prompt(target.instruction, target.width, target.height)
        read = self._reader.read(
            text,
            finish,
            target,
            prompt=prompt,
            sent=size,
            shift=None,
            output_tokens=reply.output_tokens,
        )
        return {**read.fields, "sent": sent, "reply": reply}

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


def _object(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except RecursionError:
        raise _LineError("not JSON: nested too deeply") from None
    except ValueError as error:
        raise _LineError(f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise _LineError("not a JSON object")
    return row


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(row: Mapping[str, object], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise _LineError(f"{key} must be a string")
    return value


def _sent(row: Mapping[str, object]) -> SentRecord | None:
    if row.get("sent_width") is None and row.get("sent_height") is None:
        return None
    width, height = _side(row, "sent_width"), _side(row, "sent_height")
    return SentRecord(width=width, height=height)


def _side(row: Mapping[str, object], key: str) -> int:
    value = row.get(key)
    if not _is_whole(value) or value < 1:
        raise _LineError(f"{key} must be a whole number of pixels; give both sides or neither")
    return value


def _point_fields(value: object, target: AskedTarget) -> OutcomeFields:
    point = _point(value)
    if point is None or all(map(math.isfinite, point)):
        return point_fields(point, target)
    return {**point_fields(None, target), "outcome": "unparsed", "correct": False}


def _point(value: object) -> Point | None:
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(map(_is_number, numbers)):
        raise _LineError("point must be [x, y] in pixels of the screenshot, or null for declined")
    try:
        return Point(float(numbers[0]), float(numbers[1]))
    except OverflowError:
        return Point(math.inf, math.inf)


def _number(row: Mapping[str, object], key: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if not _is_number(value) or not math.isfinite(value) or value < 0:
        raise _LineError(f"{key} must be a number of at least 0")
    return float(value)


def _count(row: Mapping[str, object], key: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if not _is_whole(value) or value < 0:
        raise _LineError(f"{key} must be a whole number of at least 0")
    return value
