"""Targets whose region may be wrong: models that are good on the others miss them, bad ones hit them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict

from pointbench.statistics.reversals import reversals
from pointbench.summary.comparisons import Answers
from pointbench.summary.schema_parts import Schema, obj
from pointbench.summary.table import Targets

SMALLEST_CHANCE = 1e-300


class Suspect(TypedDict):
    """A target whose region may be wrong."""

    suite: str
    target: str
    missed_by: list[str]
    hit_by: list[str]
    score: float
    """-log10 of the chance of verdicts so far the wrong way round: 3 is one in a thousand."""


class Suspects(NamedTuple):
    """The suspects, best evidence first, and how many of them chance alone would list."""

    targets: list[Suspect]
    by_chance: float
    voters: int
    """Models that count, one served twice as one; of several suites, the most of any."""

    def missed_by(self, label: str) -> list[str]:
        """The ids of those that a model missed, in the same order."""
        return list(
            dict.fromkeys(each["target"] for each in self.targets if label in each["missed_by"])
        )


def find_suspects(judges: Sequence[Answers], targets: Targets) -> Suspects:
    """The suspects among present targets of one suite, by the as-is verdicts of ``judges``.

    Models are compared on targets of the same kind, since many are better at text than others.
    """
    import numpy as np

    present = np.flatnonzero(targets.present)
    if not judges or not len(present):
        return Suspects([], 0.0, 0)
    rates = np.array([answers.tally.rates[present] for answers in judges])
    found = reversals(rates, targets.groups["kind"].codes[present])
    suspects: list[Suspect] = [
        {
            "suite": targets.asked[present[i]].suite,
            "target": targets.asked[present[i]].id,
            "missed_by": _labels(judges, rates[:, i] < 0.5),
            "hit_by": _labels(judges, rates[:, i] > 0.5),
            "score": -math.log10(max(float(found.chance[i]), SMALLEST_CHANCE)),
        }
        for i in found.listed.tolist()
    ]
    return Suspects(suspects, found.expected, found.voters)


def _labels(judges: Sequence[Answers], which: Iterable[bool]) -> list[str]:
    return [answers.label for answers, chosen in zip(judges, which, strict=True) if chosen]


def all_suspects(parts: Iterable[Suspects]) -> Suspects:
    """The suspects of several suites as one list, best evidence first."""
    parts = list(parts)
    targets = [suspect for part in parts for suspect in part.targets]
    targets.sort(key=lambda suspect: -suspect["score"])
    voters = max((part.voters for part in parts), default=0)
    return Suspects(targets, sum(part.by_chance for part in parts), voters)


def suspects_schemas() -> dict[str, Schema]:
    """The schemas of ``suspects`` and ``suspects_by_chance`` of summary.json."""
    labels = {"type": "array", "items": {"type": "string"}}
    return {
        "suspects": {
            "type": "array",
            "description": (
                "Present targets that good models miss and bad ones hit, more than chance explains, best "
                "evidence first: their region may be wrong. Empty with fewer than three independent "
                "models; pointers of this machine do not count."
            ),
            "items": obj(
                {
                    "suite": {"type": "string"},
                    "target": {"type": "string"},
                    "missed_by": labels | {"description": "Models with less than half hits."},
                    "hit_by": labels | {"description": "Models with more than half hits."},
                    "score": {
                        "type": "number",
                        "minimum": 0,
                        "description": (
                            "-log10 of the chance of verdicts so far the wrong way round: 3 is one in "
                            "a thousand."
                        ),
                    },
                }
            ),
        },
        "suspects_by_chance": {
            "type": "number",
            "minimum": 0,
            "description": "How many suspects chance alone would list; at most a fifth of them.",
        },
    }


def missed_suspects_schema() -> Schema:
    """The schema of ``suspects`` of a model's block."""
    return {
        "type": "array",
        "items": {"type": "string"},
        "description": "The ids of the suspects that this model missed, best evidence first.",
    }
