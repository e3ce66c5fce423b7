"""What a person sees on stderr while a run goes on: a bar a model, or plain lines."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from pointbench.suites import one_line
from pointbench.trials import Record

LINE_EVERY_S = 10.0
"""Seconds between plain lines where there is no terminal."""


@dataclass
class Tally:
    """What is known of one model so far; errors are in no denominator."""

    planned: int
    done: int = 0
    errors: int = 0
    hits: int = 0
    present: int = 0
    cost_usd: float = 0.0
    priced: bool = False

    def add(self, record: Record, *, absent: bool) -> None:
        self.done += 1
        if record.outcome == "error":
            self.errors += 1
        elif not absent:
            self.present += 1
            self.hits += record.outcome == "hit"
        if record.cost_usd is not None:
            self.cost_usd += record.cost_usd
            self.priced = True

    def rate(self) -> str:
        """The hit rate so far with its 95 % interval; trials taken as independent."""
        if not self.present:
            return "–"
        low, high = _wilson(self.hits, self.present)
        return f"{100 * self.hits / self.present:.1f} % ({100 * low:.0f}–{100 * high:.0f})"


class Reporter:
    """Watches a run (`pointbench.engine.runner.Watcher`) and shows it on ``stream``."""

    def __init__(self, absent: set[tuple[str, str]], *, quiet: bool, stream: TextIO) -> None:
        self._absent = absent
        self._tallies: dict[str, Tally] = {}
        self._before: dict[str, int] = {}
        self._quiet = quiet
        self._stream = stream
        self._began = self._said = time.monotonic()
        console = Console(file=stream)
        self._bars = None
        if console.is_terminal and not quiet:
            self._bars = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TextColumn("hits {task.fields[rate]}"),
                TextColumn("{task.fields[errors]}", style="red"),
                TextColumn("{task.fields[speed]}"),
                TextColumn("{task.fields[cost]}"),
                Remaining(),
                console=console,
                transient=True,
            )
        self._tasks: dict[str, TaskID] = {}

    def start(self, planned: dict[str, int], kept: Sequence[Record]) -> None:
        """``planned`` trials are still to be asked of each model; ``kept`` are already there."""
        for label, left in planned.items():
            self._tallies[label] = Tally(left)
        for record in kept:
            tally = self._tallies.get(record.model)
            if tally:
                tally.planned += 1
                tally.add(record, absent=(record.suite, record.target) in self._absent)
        for label, tally in self._tallies.items():
            self._before[label] = tally.done
            if self._bars:
                self._tasks[label] = self._bars.add_task(
                    one_line(label),
                    total=tally.planned,
                    completed=tally.done,
                    rate="–",
                    errors="",
                    speed="",
                    cost="",
                )
        self._began = time.monotonic()

    def done(self, records: list[Record]) -> None:
        for record in records:
            absent = (record.suite, record.target) in self._absent
            self._tallies[record.model].add(record, absent=absent)
        if self._bars:
            for label in {record.model for record in records}:
                self._update_bar(label)
        elif time.monotonic() - self._said > LINE_EVERY_S:
            self._lines()

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        self.say(f"{label} waits {seconds:.1f} s: {reason:.200}")

    def say(self, text: str) -> None:
        """One line for the person, beside the bars."""
        if self._quiet:
            return
        if self._bars:
            self._bars.console.print(escape(one_line(text)), highlight=False)
        else:
            self._stream.write(one_line(text) + "\n")
            self._stream.flush()

    def _update_bar(self, label: str) -> None:
        assert self._bars is not None
        tally = self._tallies[label]
        self._bars.update(
            self._tasks[label],
            completed=tally.done,
            rate=tally.rate(),
            errors=f"{tally.errors} errors" if tally.errors else "",
            speed=f"{self._speed(label):.1f}/s",
            cost=f"${tally.cost_usd:.2f}" if tally.priced and tally.cost_usd else "",
        )

    def _speed(self, label: str) -> float:
        elapsed = max(time.monotonic() - self._began, 1e-3)
        return (self._tallies[label].done - self._before[label]) / elapsed

    def _lines(self) -> None:
        self._said = time.monotonic()
        for label, tally in self._tallies.items():
            errors = f", {tally.errors} errors" if tally.errors else ""
            cost = f", ${tally.cost_usd:.2f}" if tally.priced and tally.cost_usd else ""
            self.say(
                f"{label}: {tally.done} of {tally.planned}, hits {tally.rate()}{errors}, "
                f"{self._speed(label):.1f} clicks/s{cost}"
            )

    def __enter__(self) -> Reporter:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars:
            self._bars.stop()
        if kind is None and not self._quiet:
            self._lines()


def stderr_reporter(absent: set[tuple[str, str]], *, quiet: bool) -> Reporter:
    return Reporter(absent, quiet=quiet, stream=sys.stderr)


def _wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % (Wilson 1927), for the eye only.

    The summary's come from statsmodels, whose import would add 170 MB and seconds to every run.
    """
    z = 1.959963984540054
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)
