"""Says what a run waits for when nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointbench.engine.lane import Lane

STALL_S = 60.0
"""Seconds without a word from a model's server, after which a person is told."""


@dataclass(frozen=True)
class Stalled:
    """A model whose requests are under way and unanswered."""

    label: str
    seconds: float
    """Age of the oldest request."""
    reason: str


class Stalls:
    """Looks after the lanes of a run; says of each one in `STALL_S` at most once that it waits."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._said: dict[str, float] = {}

    def look(self, now: float) -> list[Stalled]:
        """The models that have been silent for `STALL_S` seconds at ``now`` (`time.monotonic`)."""
        stalled = []
        for lane in self._lanes:
            if now - max(lane.heard_at, self._said.get(lane.label, 0.0)) < STALL_S:
                continue
            # Copied at once: workers come and go meanwhile.
            began = list(lane.under_way.values())
            if not began:
                continue
            self._said[lane.label] = now
            count = f"{len(began)} request{'s' if len(began) > 1 else ''} under way"
            reason = f"{count}, no answer for {now - lane.heard_at:.0f} s"
            stalled.append(Stalled(lane.label, now - min(began), reason))
        return stalled
