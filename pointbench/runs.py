"""A run's folder: reads and writes ``run.json`` and ``targets.jsonl``, reads ``trials.jsonl``.

``trials.jsonl`` is written by `pointbench.engine.journal`.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from pointbench.adapters.setting_specs import output_limit_in
from pointbench.errors import RunError, one_line
from pointbench.profiles import Evidence
from pointbench.suites import AskedTarget, dump_asked
from pointbench.suites.faults import problems
from pointbench.trials import VARIANTS, Record, decode_record

SCHEMA = 2
"""The schema of run.json, trials.jsonl and summary.json that this version writes.

2 adds a reply's ``reasoning``, ``cache_read_tokens`` and ``cache_write_tokens``, a model's
``output_limit`` and ``note``, the ``rule`` of a size that nobody stated, and the ``gate`` of a run.
Runs of schema 1 are read: what they lack is null.
"""

BLANK = b"\0 \t\r\n"
"""Bytes around a line of trials.jsonl that are passed over: an editor's, or zeros that a crash left."""

MOST_SHARDS = 100_000
"""Parts that a plan can be divided into."""

T = TypeVar("T")

RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
State = Literal["running", "interrupted", "complete"]
Exact = Literal["random", "center", "best-constant"]


class RunModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of a run: everything that decides its answers, and no secret."""

    label: str
    """As written in every file and table."""
    adapter: str
    name: str
    profile: dict[str, Any]
    """The whole profile, prompt text included (`pointbench.profiles.Profile`)."""
    settings: dict[str, Any]
    """Sampling settings as sent; of replies made elsewhere, those that whoever scored them told."""
    wire: dict[str, Any]
    """Settings that change no answer: base_url, key_env, timeout, concurrency, rpm ..."""
    blind: bool = False
    """True for a model that sees no picture; labeled so in every table."""
    floor: bool = False
    """True for the local pointers, which every table shows as the floor."""
    exact: Exact | None = None
    """Set for pointers whose rates are computed over the run's targets instead of estimated."""
    evidence: Evidence | Literal["unknown"] | None = None
    """How its profile is known to be its own (`pointbench.profiles.Evidence`), or that it is not.

    None for a profile that the user named or that needs no proof, and in runs of 0.1.0 that were never
    resumed.
    """
    best_constant: tuple[float, float] | None = None
    """The point of ``best-constant``, in shares of the picture: the best one in hindsight."""
    note: str | None = None
    """What a person says of replies obtained elsewhere: how they were asked for."""
    output_limit: int | None = None
    """Tokens at which an answer is cut off, as sent with every request; None if no limit is sent.

    Also None in runs of 0.1.0: `cut_off_at` then has what the settings tell.
    """

    @property
    def elsewhere(self) -> bool:
        """True for replies made elsewhere and scored here: nobody was asked."""
        return self.adapter == "replies"

    @property
    def cut_off_at(self) -> int | None:
        """Output tokens at which an answer counts as cut off; None if no limit was sent."""
        return self.output_limit or output_limit_in(self.settings)


class RunSuite(msgspec.Struct, frozen=True, kw_only=True):
    """A suite of a run: digest of the whole suite, and counts of its screenshots and targets in the run."""

    name: str
    version: str
    title: str
    license: str
    digest: str
    screenshots: Count
    present: Count
    absent: Count
    citation: str | None = None
    authors: tuple[str, ...] = ()
    """Who made it; () where nobody says, as in runs of 0.1.0."""
    homepage: str | None = None


LEAST_MISS_RATE = 1e-8
"""A goal that allows fewer misses per click than this would take billions of clicks to decide."""

Chance = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """The goal of ``streak``: ``k`` clicks in a row with a probability of at least ``chance``.

    ValueError if it allows less than `LEAST_MISS_RATE`.
    """

    k: Positive
    chance: Chance
    confidence: Chance | None
    """Asking stops when the goal is decided at this confidence; None for a fixed number of sessions."""
    sessions: Positive | None
    """Maximum number of sessions per model; None if ``cap`` limits the clicks instead."""
    cap: Positive | None
    """Clicks after which an undecided goal stays undecided; None for no limit."""

    def __post_init__(self) -> None:
        if not allows_misses(self.k, self.chance):
            raise ValueError(f"no run could decide a goal of {self.k} in a row with this chance")


def allows_misses(k: int, chance: float) -> bool:
    """Whether k in a row with this chance leave room for misses that clicks could show."""
    return bool(1 - chance ** (1 / k) >= LEAST_MISS_RATE)


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a plan: of its positions 0, 1, ... those that leave ``index - 1`` divided by ``of``."""

    index: int
    """From 1 to ``of``."""
    of: int
    trials: Count = 0
    """Trials of each model in the whole plan, once it is made."""

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.of <= MOST_SHARDS:
            raise ValueError(f"a shard is one of 1/1 to {MOST_SHARDS}/{MOST_SHARDS}")

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
GateVerdict = Literal["pass", "fail"]


class GateReference(msgspec.Struct, frozen=True, kw_only=True):
    """The stored run that a gate compares with; what the gate needs of it is in `Gate`."""

    run: str
    """The name of its folder."""
    model: str
    """The label of the model whose answers are compared with."""
    digest: str
    """SHA-256 (hex) of the verdicts compared with, by target."""
    present: Count
    """Its present targets in the suites of the gate: the M of "N of M"."""
    unanswered: Count = 0
    """Of them, those without an answer on the unchanged picture and instruction."""
    changed: Count = 0
    """Of them, those whose instruction, region or picture is another in the suite at hand."""
    absent: Count = 0
    """Its absent targets, which no gate asks."""
    others: Count = 0
    """Its jittered and reworded trials, which are not compared with."""
    repeats: Annotated[float, msgspec.Meta(ge=1, le=10**6)] = 1.0
    """Answers per target, on average."""
    unstable: Share | None = None
    """Share of targets whose verdict changes between two of its repeats; None without repeats."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The claim that a gate decides, everything needed to decide it again, and how it ended."""

    claim: str
    """What ``pass`` says, in words."""
    against: GateReference | None
    margin: Share | None
    """How much lower the hit rate over all targets may be than the stored run's; None without one."""
    min_hit_rate: Share | None
    """The hit rate over all targets that is needed; None if only the stored run counts."""
    confidence: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    seed: Literal["drawn", "pinned"]
    """Whether the run's seed was drawn when the gate started, or given with ``--seed``."""
    verdict: GateVerdict | None = None
    """None while undecided."""
    decided_after: Count | None = None
    """Answers looked at when the verdict fell."""
    asked: Count | None = None
    """Targets asked, those in flight at the verdict included; None until a sitting has ended."""
    old: tuple[Share, ...] = ()
    """The stored run's verdict on each target, in the order of targets.jsonl: the mean of its repeats."""


class Limits(msgspec.Struct, frozen=True):
    """Limits of a run's asking; None means the limit in the model's own settings, or none."""

    concurrency: int | None = None
    """Requests in flight at once per model."""
    rpm: float | None = None
    """Requests per minute per model."""
    max_cost: float | None = None
    """Dollars for the whole run, over all its sittings."""

    def __post_init__(self) -> None:
        for limit in (self.concurrency, self.rpm, self.max_cost):
            if limit is not None and not 0 <= limit < math.inf:
                raise ValueError("limits must be numbers from 0 up")


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What one model has cost over all sittings of a run, in dollars."""

    known_usd: float
    """The sum of the costs that are known, also of replies that were no answers."""
    at_most_usd: float | None
    """The same, with the highest possible cost of every request whose cost is not known.

    While a run is under way it is ahead by a few requests. None if a request had no highest cost.
    """

    def __post_init__(self) -> None:
        for dollars in (self.known_usd, self.at_most_usd):
            if dollars is not None and not 0 <= dollars < math.inf:
                raise ValueError("dollars spent must be numbers from 0 up")


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """``run.json``: everything that decides the outcome, and the state of the run."""

    schema: int
    pointbench: str
    """The package's version."""
    kind: Literal["run", "streak", "gate", "score", "rescore"]
    command: str
    state: State
    created_at: str
    models: tuple[RunModel, ...]
    suites: tuple[RunSuite, ...]
    seed: int
    repeats: Count
    variants: tuple[str, ...]
    limit: int | None
    where: tuple[str, ...]
    max_error_rate: float
    planned: Count
    """Trials planned for each model."""
    platform: dict[str, str]
    data: str | None = None
    """The data root relative to the run's folder; None if that path would reveal a person's name."""
    source: str | None = None
    """For ``rescore``, the run whose replies were read; for ``score``, the name of the file."""
    goal: Goal | None = None
    """For ``streak`` only."""
    limits: Limits = Limits()
    spent: dict[str, Spent] = msgspec.field(default_factory=dict)
    """Label -> what the model has cost; empty in runs that asked nothing, and in those of 0.1.0."""
    shard: Shard | None = None
    """The part of the plan that this run asks; None for the whole one."""
    merged: tuple[str, ...] = ()
    """For ``merge``, the runs that it was made of."""
    shift_in_keys: bool = True
    """False in runs begun by 0.1.0: the keys of their jittered trials leave out the shift."""
    gate: Gate | None = None
    """For ``gate``, and for a rescored run of one."""

    @property
    def asked(self) -> bool:
        """False if all replies were made elsewhere: seed, repeats and variants then say nothing."""
        return not all(model.elsewhere for model in self.models)


def is_partial_gate(info: RunInfo) -> bool:
    """Whether this is the run of a gate that did not ask all its targets.

    Where it stopped depends on the answers, so its rates are biased: it has no place in a ranking.
    """
    return info.gate is not None and info.gate.asked != info.planned


def read_run_info(folder: Path) -> RunInfo:
    """``run.json`` of a run; RunError, in one line, when this version cannot read it."""
    path = folder / "run.json"
    try:
        with open_regular(path) as file:
            raw = msgspec.json.decode(file.read())
    except FileNotFoundError:
        raise RunError(
            f"{folder.name} is not a run: it has no run.json (runs are in --out, default results)"
        ) from None
    except (OSError, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise RunError(one_line(f"run {folder.name}: run.json cannot be read: {error}")) from error
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise RunError(f"run {folder.name}: run.json has no valid schema number")
    if schema > SCHEMA:
        raise RunError(
            f"run {folder.name} has schema {schema}, but this pointbench reads up to {SCHEMA}; upgrade it"
        )
    if schema == 1:
        raw.setdefault("shift_in_keys", False)
    try:
        info = msgspec.convert(raw, RunInfo)
    except msgspec.ValidationError as error:
        raise RunError(one_line(f"run {folder.name}: run.json is damaged: {error}")) from error
    for variant in info.variants:
        if variant not in VARIANTS:
            raise RunError(
                one_line(f"run {folder.name}: run.json is damaged: no variant {variant!r:.60}")
            )
    return info


_NUMBERS = re.compile(r"\[\n\s+-?[\d.eE+-]+(?:,\n\s+-?[\d.eE+-]+)*\n\s+\]")
"""A list of numbers, one a line; no string of a JSON document has a line break in it."""


def write_run_info(folder: Path, info: RunInfo) -> None:
    text = json.dumps(msgspec.to_builtins(info), indent=1, ensure_ascii=False) + "\n"
    # A gate keeps a number for every target, which no reader wants on lines of their own.
    text = _NUMBERS.sub(lambda found: re.sub(r"\n\s+", " ", found[0]), text)
    write_atomically(folder / "run.json", text.encode())


def write_targets(folder: Path, targets: Iterable[AskedTarget]) -> None:
    lines = [json.dumps(dump_asked(target), ensure_ascii=False) + "\n" for target in targets]
    write_atomically(folder / "targets.jsonl", "".join(lines).encode())


def read_targets(folder: Path) -> list[AskedTarget]:
    """The run's own copy of its targets; RunError naming a damaged line."""
    path = folder / "targets.jsonl"
    targets = []
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    target = AskedTarget.model_validate(msgspec.json.decode(line))
                except (ValueError, msgspec.DecodeError, RecursionError) as error:
                    raise _damaged_target(folder, number, str(error)) from error
                # A path that leaves screenshots/ is no fault here: `picture_path` opens no such picture.
                for field, problem in problems(target, target.size):
                    raise _damaged_target(folder, number, f"{field} {problem}")
                targets.append(target)
    except OSError as error:
        raise RunError(
            f"run {folder.name}: targets.jsonl cannot be read: {error.strerror}"
        ) from error
    return targets


def _damaged_target(folder: Path, number: int, problem: str) -> RunError:
    return RunError(
        f"run {folder.name}: targets.jsonl line {number} is damaged: {one_line(problem):.200}"
    )


def read_lines(folder: Path) -> Iterator[Record]:
    """Every line of ``trials.jsonl`` in order; blank lines and an incomplete last line are skipped.

    RunError for a damaged line that is not the last.
    """
    return read_lines_as(folder, decode_record)


def read_lines_as(folder: Path, decode: Callable[[bytes], T]) -> Iterator[T]:
    """`read_lines` with another decoder, for callers that need only some of the fields."""
    path = folder / "trials.jsonl"
    try:
        with open_regular(path) as lines:
            for number, line in enumerate(lines, 1):
                content = line.strip(BLANK)
                if not content:
                    continue
                try:
                    yield decode(content)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    if not line.endswith(b"\n"):
                        return
                    raise RunError(
                        f"run {folder.name}: trials.jsonl line {number} is damaged: {error}; "
                        f"fix or delete that line"
                    ) from error
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(
            f"run {folder.name}: trials.jsonl cannot be read: {error.strerror}"
        ) from error


def read_records(folder: Path) -> list[Record]:
    """The trials that count: the last line of each key, in the order of the keys' first lines.

    Each costs what its earlier lines cost, too: errors that were paid for, and asked again.
    """
    last: dict[str, Record] = {}
    for record in read_lines(folder):
        earlier = last.get(record.key)
        last[record.key] = record if earlier is None else _with_cost_of(earlier, record)
    return list(last.values())


def open_regular(path: Path) -> io.BufferedReader:
    """A file opened for reading; OSError for anything else, such as a device or a pipe without end."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    return os.fdopen(file, "rb")


def _with_cost_of(earlier: Record, record: Record) -> Record:
    """The record with the known cost of an earlier line; an answer of unknown cost stays unknown."""
    if not earlier.cost_usd or (record.cost_usd is None and record.outcome != "error"):
        return record
    total = earlier.cost_usd + (record.cost_usd or 0.0)
    return msgspec.structs.replace(record, cost_usd=total)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file atomically: no reader ever sees a partial file, not even after a crash.

    OSError if it cannot be written; the old file then stays.
    """
    # In the same folder, because a rename is atomic only within one file system.
    temporary = path.with_name(path.name + ".part")
    # A link left there, in a folder from elsewhere, would have its target overwritten.
    temporary.unlink(missing_ok=True)
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def find_run(name: str, out: Path) -> Path:
    """The folder of a run given as a path or as a name under ``out``; RunError when there is none."""
    for folder in (Path(name), out / name):
        if (folder / "run.json").is_file():
            return folder
    names = sorted(path.parent.name for path in out.glob("*/run.json"))[-5:]
    hint = f"; {out.name} has: {', '.join(names)}" if names else ""
    raise RunError(
        one_line(f"no run {name!r}: neither a run's folder nor a name under --out{hint}")
    )


def stored_root(folder: Path, info: RunInfo) -> Path | None:
    """The data root that the run's ``--data`` named; None if ``run.json`` names none.

    Also None for an absolute path, and for a root whose ``screenshots/`` is a link out of it: ``run.json``
    may come from a stranger, and no link of theirs may lead to pictures of their reader.
    """
    if info.data is None or re.match(r"^([A-Za-z]:|[/\\])", info.data):
        return None
    root = folder / info.data
    try:
        inside = (root / "screenshots").resolve().is_relative_to(root.resolve())
        return root if inside else None
    except (OSError, ValueError):
        return None
