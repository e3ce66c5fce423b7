"""Earlier gates of the same pair: whoever asks again until a gate passes should see it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pointbench.errors import RunError
from pointbench.runs import Gate, RunModel, open_regular, read_run_info


@dataclass(frozen=True)
class Pair:
    """A model, and the stored run and model that it is compared with.

    Without such a run: the suites and the hit rate that is needed.
    """

    model: str
    """What was asked: a label alone may stand for another model today."""
    against: tuple[str, str] | None
    suites: frozenset[str]
    min_hit_rate: float | None

    @classmethod
    def of(cls, asked: RunModel, suites: Collection[str], gate: Gate) -> Pair:
        parts = (asked.label, asked.adapter, asked.name, asked.profile, asked.settings)
        model = json.dumps(parts, sort_keys=True)
        if gate.against is not None:
            return cls(model, (gate.against.run, gate.against.model), frozenset(), None)
        return cls(model, None, frozenset(suites), gate.min_hit_rate)


def earlier_gates(out: Path, run: str, created_at: str, pair: Pair) -> dict[str, int]:
    """Verdict -> gates of the pair under ``out`` that began no later than the run named ``run``."""
    counts: Counter[str] = Counter()
    for path in sorted(out.glob("*/run.json")):
        folder = path.parent
        if folder.resolve().name == run or not _is_gate(path):
            continue
        try:
            info = read_run_info(folder)
        except RunError:
            continue
        if info.kind != "gate" or not info.gate or len(info.models) != 1:
            continue
        names = [suite.name for suite in info.suites]
        if Pair.of(info.models[0], names, info.gate) == pair and info.created_at <= created_at:
            counts[info.gate.verdict or "undecided"] += 1
    return {
        verdict: counts[verdict] for verdict in ("pass", "fail", "undecided") if counts[verdict]
    }


class _Kind(msgspec.Struct):
    kind: str = ""


def _is_gate(path: Path) -> bool:
    """Whether a run.json is a gate's, without reading the rest of it."""
    try:
        with open_regular(path) as file:
            return msgspec.json.decode(file.read(), type=_Kind).kind == "gate"
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
