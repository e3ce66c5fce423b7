"""``merge``: shards, or runs of one plan, as one run; asks nothing and needs no suite.

Only the places of the lines are kept in memory, not the lines, so a merge of millions of trials takes
little more memory than their number.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pointbench.engine.journal import is_in_use
from pointbench.engine.planning.identity import first_difference
from pointbench.engine.planning.setup import new_folder
from pointbench.engine.stored_run import write_stored_run
from pointbench.errors import RunError, one_line
from pointbench.runs import (
    BLANK,
    SCHEMA,
    RunInfo,
    RunSuite,
    Spent,
    open_regular,
    read_run_info,
    read_targets,
)
from pointbench.suites import AskedTarget
from pointbench.trials import decode_record

Place = tuple[str, str, int, str]
"""Suite, target, repeat and variant of a trial."""


class _Line(msgspec.Struct, gc=False):
    """The fields of a record that decide where its line belongs."""

    key: str
    model: str
    suite: str
    target: str
    repeat: int
    variant: str
    order: int
    outcome: str


_decode = msgspec.json.Decoder(_Line).decode


@dataclass(frozen=True)
class Merged:
    """A merged run."""

    folder: Path
    missing: dict[str, int]
    """Label -> trials of the whole plan that have no answer; only models with any."""
    absent_shards: tuple[str, ...]
    """Shards of the plan that were not given, such as ``3/4``."""
    twice: int
    """Lines that were in two runs, and are in the merged one once."""


@dataclass
class _Part:
    """One run to be merged."""

    folder: Path
    info: RunInfo
    targets: list[AskedTarget]

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def whole(self) -> int:
        """Trials of each model in the whole plan."""
        return self.info.planned if self.info.shard is None else self.info.shard.trials


def merge_runs(folders: Sequence[Path], *, out: Path, name: str | None = None) -> Merged:
    """Write one run of the trials of several; RunError, naming run and line, if they do not fit.

    The lines come in the plan's order, each model's after the one before it in run.json at every place;
    errors of a trial come before its answer. Two different answers to one trial are refused.
    """
    parts = [_Part(folder, read_run_info(folder), read_targets(folder)) for folder in folders]
    _refuse_alien(parts)
    targets = _targets(parts)
    folder = new_folder(out, name)
    with ExitStack() as stack:
        lines = _Lines(parts, {(target.suite, target.id) for target in targets}, stack)
        order, twice = lines.in_plan_order()
        answered = lines.answered()
        info = _info(parts, targets, answered)
        labels = [model.label for model in info.models]
        missing = {label: info.planned - answered.get(label, 0) for label in labels}
        write_stored_run(folder, info, targets, map(lines.content, order))
    return Merged(
        folder,
        {label: count for label, count in missing.items() if count},
        _absent_shards(parts),
        twice,
    )


# --- what fits together ----------------------------------------------------------------------


def _refuse_alien(parts: Sequence[_Part]) -> None:
    """RunError for runs that are not of one plan, or that are given twice or still being asked."""
    first = parts[0]
    names = [part.name for part in parts]
    for part in parts:
        if names.count(part.name) > 1:
            raise RunError(f"run {part.name} is given twice, or two runs have its name")
        if part.info.kind != "run":
            raise RunError(
                f"run {part.name} was made by `{part.info.kind}`; only runs of `run` are merged"
            )
        if is_in_use(part.folder):
            raise RunError(f"run {part.name} is still being asked; merge it when it has ended")
        different = first_difference(first.info, part.info)
        if different is None and part.whole != first.whole:
            different = f"another number of trials ({part.whole}, not {first.whole})"
        if different is not None:
            raise RunError(
                one_line(f"run {part.name} has another plan than {first.name}: {different}")
            )


def _targets(parts: Sequence[_Part]) -> list[AskedTarget]:
    """All targets, sorted as a plan has them; RunError for one that differs between two runs."""
    found: dict[tuple[str, str], tuple[AskedTarget, str]] = {}
    for part in parts:
        for target in part.targets:
            there, where = found.setdefault((target.suite, target.id), (target, part.name))
            if there != target:
                raise RunError(
                    one_line(
                        f"target {target.id} of {target.suite} differs between the runs {where} and "
                        f"{part.name}"
                    )
                )
    return [found[place][0] for place in sorted(found)]


def _absent_shards(parts: Sequence[_Part]) -> tuple[str, ...]:
    shards = [part.info.shard for part in parts]
    if None in shards or len({shard.of for shard in shards if shard}) != 1:
        return ()
    there = {shard.index for shard in shards if shard}
    of = next(shard.of for shard in shards if shard)
    return tuple(f"{index}/{of}" for index in range(1, of + 1) if index not in there)


def _info(
    parts: Sequence[_Part], targets: Sequence[AskedTarget], answered: Mapping[str, int]
) -> RunInfo:
    first = parts[0].info
    planned = parts[0].whole
    complete = all(answered.get(model.label, 0) >= planned for model in first.models)
    beside = {part.folder.resolve().parent for part in parts}
    return msgspec.structs.replace(
        first,
        schema=SCHEMA,
        command=f"pointbench merge {' '.join(part.name for part in parts)}",
        state="complete" if complete else "interrupted",
        created_at=min(part.info.created_at for part in parts),
        suites=tuple(_counted(suite, targets) for suite in first.suites),
        planned=planned,
        shard=None,
        merged=tuple(part.name for part in parts),
        limits=type(first.limits)(),
        spent=_spent(parts),
        # It is relative to the folder of the run.
        data=first.data if len(beside) == 1 and len({p.info.data for p in parts}) == 1 else None,
    )


def _counted(suite: RunSuite, targets: Sequence[AskedTarget]) -> RunSuite:
    own = [target for target in targets if target.suite == suite.name]
    absent = sum(1 for target in own if target.absent)
    return msgspec.structs.replace(
        suite,
        screenshots=len({target.screenshot for target in own}),
        present=len(own) - absent,
        absent=absent,
    )


def _spent(parts: Sequence[_Part]) -> dict[str, Spent]:
    """What each model has cost in all runs; its most is unknown if it is in one of them."""
    spent: dict[str, Spent] = {}
    for part in parts:
        for label, own in part.info.spent.items():
            before = spent.get(label, Spent(known_usd=0.0, at_most_usd=0.0))
            unknown = before.at_most_usd is None or own.at_most_usd is None
            spent[label] = Spent(
                known_usd=before.known_usd + own.known_usd,
                at_most_usd=None
                if unknown
                else (before.at_most_usd or 0.0) + (own.at_most_usd or 0.0),
            )
    return spent


# --- lines -----------------------------------------------------------------------------------


class _Lines:
    """The lines of all runs: where each is, and where it belongs."""

    def __init__(
        self, parts: Sequence[_Part], targets: set[tuple[str, str]], stack: ExitStack
    ) -> None:
        self._parts = parts
        self._targets = targets
        self._labels = [model.label for model in parts[0].info.models]
        self._models = {label: number for number, label in enumerate(self._labels)}
        self._maps: list[mmap.mmap | bytes] = []
        # One entry per line: its run, the bytes that it takes there, its place and its model.
        self._run, self._start, self._end = array("H"), array("Q"), array("Q")
        self._order, self._model, self._failed = array("Q"), array("H"), array("B")
        self._keys: dict[str, list[int]] = {}
        """Key -> its lines, for keys that have more than one."""
        self._first: dict[str, int] = {}
        self._places: dict[int, tuple[Place, str]] = {}
        """Position in the plan -> what is asked there, and the run that says so."""
        for number, part in enumerate(parts):
            self._maps.append(_mapped(part.folder / "trials.jsonl", part.name, stack))
            self._read(number, part)

    def _read(self, run: int, part: _Part) -> None:
        content = self._maps[run]
        start = number = 0
        size = len(content)
        while start < size:
            number += 1
            end = content.find(b"\n", start)
            whole_line = end >= 0
            end = end if whole_line else size
            raw = bytes(content[start:end])
            stripped = raw.strip(BLANK)
            if stripped:
                try:
                    line = _decode(stripped)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    if not whole_line:
                        return  # a crash cut it off, and its trial has no answer
                    raise RunError(
                        f"run {part.name}: trials.jsonl line {number} is damaged: {error}; fix or "
                        f"delete that line"
                    ) from error
                skipped = len(raw) - len(raw.lstrip(BLANK))
                self._add(run, part, number, line, start + skipped, start + skipped + len(stripped))
            start = end + 1

    def _add(self, run: int, part: _Part, number: int, line: _Line, start: int, end: int) -> None:
        where = f"run {part.name}: trials.jsonl line {number}"
        model = self._models.get(line.model)
        if model is None or (line.suite, line.target) not in self._targets:
            what = f"model {line.model!r:.80}" if model is None else f"target {line.target!r:.80}"
            file = "run.json" if model is None else "targets.jsonl"
            raise RunError(one_line(f"{where} has a trial of the {what}, which is not in {file}"))
        if not 0 <= line.order < part.whole:
            raise RunError(f"{where}: no place {line.order} in a plan of {part.whole} trials")
        shard = part.info.shard
        if shard is not None and line.order % shard.of != shard.index - 1:
            raise RunError(f"{where}: place {line.order} of the plan is not in shard {shard}")
        place: Place = (line.suite, line.target, line.repeat, line.variant)
        there, said_by = self._places.setdefault(line.order, (place, part.name))
        if there != place:
            raise RunError(
                one_line(
                    f"{where} asks {line.target} at place {line.order} of the plan, where {said_by} "
                    f"asks {there[1]}"
                )
            )
        index = len(self._run)
        first = self._first.setdefault(line.key, index)
        if first != index:
            self._keys.setdefault(line.key, [first]).append(index)
        self._run.append(run)
        self._start.append(start)
        self._end.append(end)
        self._order.append(line.order)
        self._model.append(model)
        self._failed.append(line.outcome == "error")

    def content(self, line: int) -> bytes:
        """The bytes of a line, without its end."""
        return bytes(self._maps[self._run[line]][self._start[line] : self._end[line]])

    def in_plan_order(self) -> tuple[list[int], int]:
        """The lines that stay, in the order of the plan; and how many were there twice.

        RunError for a key with two answers that differ.
        """
        dropped: set[int] = set()
        for key, lines in self._keys.items():
            dropped |= self._repeated(key, lines)
        stays = [line for line in range(len(self._run)) if line not in dropped]
        stays.sort(key=lambda line: (self._order[line], self._model[line], not self._failed[line]))
        return stays, len(dropped)

    def _repeated(self, key: str, lines: Sequence[int]) -> set[int]:
        seen: dict[bytes, int] = {}
        dropped = set()
        for line in lines:
            if seen.setdefault(self.content(line), line) != line:
                dropped.add(line)
        answers = [line for line in seen.values() if not self._failed[line]]
        if len(answers) > 1:
            one, other = answers[:2]
            record = decode_record(self.content(one))
            where = " and ".join(
                dict.fromkeys(self._parts[self._run[line]].name for line in (one, other))
            )
            raise RunError(
                one_line(
                    f"two different answers to one trial, {record.target} asked of {record.model} (key "
                    f"{key[:16]}), in {where}: merge without one of the runs"
                )
            )
        return dropped

    def answered(self) -> dict[str, int]:
        """Label -> places of the plan that have an answer."""
        places: dict[int, set[int]] = {}
        for line in range(len(self._run)):
            if not self._failed[line]:
                places.setdefault(self._model[line], set()).add(self._order[line])
        return {self._labels[model]: len(orders) for model, orders in places.items()}


def _mapped(path: Path, name: str, stack: ExitStack) -> mmap.mmap | bytes:
    """The file's bytes, read when they are needed; none for a run that has no answer yet."""
    try:
        with open_regular(path) as file:
            file.seek(0, 2)
            if file.tell() == 0:
                return b""
            return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise RunError(f"run {name}: trials.jsonl cannot be read: {error.strerror}") from error
