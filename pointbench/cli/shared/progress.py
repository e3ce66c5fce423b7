"""Progress on stderr while a run is under way: one bar per model, or plain lines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markup import escape

from pointbench.cli.shared.bars import ModelProgress, Pace, bars, duration, money, rate
from pointbench.cli.shared.terminal import count_of
from pointbench.engine.journal_index import AnswerCounts
from pointbench.errors import one_line
from pointbench.trials import Record

LINE_EVERY_S = 10.0
"""Seconds between plain lines when stderr is not a terminal."""

SHORTEST_S = 1.0
"""Shortest wait, in seconds, that gets its own line."""

SAY_EVERY_S = 5.0
"""Minimum seconds between two lines about one model's waits; the waits in between are counted."""

REFRESH_PER_S = 4
"""Redraws of the bars per second; each takes a few milliseconds of CPU."""

_SPEED_S = 30.0
"""Seconds over which the speed is averaged, so old pauses stop counting."""


class Reporter:
    """Observes a run (`pointbench.engine.asking.model_queue.RunObserver`) and shows it on ``stream``."""

    def __init__(
        self,
        absent: set[tuple[str, str]],
        *,
        quiet: bool,
        stream: TextIO,
        warning_of: Callable[[Record], str | None] = lambda _record: None,
        screenshots: int | None = None,
    ) -> None:
        """``warning_of`` returns what a user should know of an answer, or None; said once a model.

        ``screenshots`` is how many the plan has, None if that is not known: the time left depends on
        those that are still to be read.
        """
        self._screenshots = screenshots
        self._absent = absent
        self._warning_of = warning_of
        self._warned: set[str] = set()
        self._models: dict[str, _Model] = {}
        self._printed: dict[str, int] = {}
        """Label -> the answers at its last plain line, so that a finished model is not told again."""
        self._quiet = quiet
        self._stream = stream
        self._began = self._said = time.monotonic()
        self._lock = threading.Lock()
        console = Console(file=stream)
        self._live = None
        if console.is_terminal and not quiet:
            self._live = Live(
                _Bars(self), console=console, refresh_per_second=REFRESH_PER_S, transient=True
            )

    def start(self, left: Mapping[str, int], counts: Mapping[str, AnswerCounts]) -> None:
        """Begin with the trials left per model, and the counts of those answered already."""
        with self._lock:
            self._began = time.monotonic()
            self._models = {
                label: _Model(counts[label], counts[label].done + trials, self._began)
                for label, trials in left.items()
            }

    def done(self, records: list[Record]) -> None:
        with self._lock:
            for record in records:
                absent = (record.suite, record.target) in self._absent
                model = self._models[record.model]
                model.count.add(record.outcome, record.cost_usd, absent=absent)
                model.note(record)
        for record in records:
            if record.model not in self._warned and (warning := self._warning_of(record)):
                self._warned.add(record.model)
                self._write(f"pointbench: {record.model}: {warning}")
        if self._live is None and time.monotonic() - self._said > LINE_EVERY_S:
            self._lines()

    def waiting(self, label: str, seconds: float, reason: str) -> None:
        model = self._models.get(label)
        if model is None:
            return
        now = time.monotonic()
        if seconds < SHORTEST_S or now - model.said < SAY_EVERY_S:
            model.unsaid += 1
            return
        more = f" (and {count_of(model.unsaid, 'more wait')})" if model.unsaid else ""
        model.said, model.unsaid = now, 0
        self.say(f"{label} waits {seconds:.1f} s: {reason:.200}{more}")

    def say(self, text: str) -> None:
        """Print one line above the bars, unless the user wants none."""
        if not self._quiet:
            self._write(text)

    def _write(self, text: str) -> None:
        if self._live:
            self._live.console.print(escape(one_line(text)), highlight=False)
        else:
            self._stream.write(one_line(text) + "\n")
            self._stream.flush()

    def progress(self) -> list[ModelProgress]:
        """The progress of every model now."""
        now = time.monotonic()
        with self._lock:
            return [
                ModelProgress(
                    one_line(label),
                    model.count,
                    model.planned,
                    model.speed(now),
                    model.pace(now, self._screenshots),
                )
                for label, model in self._models.items()
            ]

    def _lines(self) -> None:
        self._said = time.monotonic()
        for model in self.progress():
            if self._printed.get(model.label) == model.count.done:
                continue
            self._printed[model.label] = model.count.done
            errors = f", {count_of(model.count.errors, 'error')}" if model.count.errors else ""
            cost = f", {money(model.count)}" if money(model.count) else ""
            left = f", {duration(model.seconds_left)} left" if model.seconds_left else ""
            self.say(
                f"{model.label}: {model.count.done} of {model.planned}, hits {rate(model.count)}{errors}, "
                f"{model.per_second:.1f} clicks/s{cost}{left}"
            )

    def __enter__(self) -> Reporter:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()
        if kind is None and not self._quiet:
            self._lines()


class _Model:
    """The counts of one model, and the speed at which they grow."""

    def __init__(self, count: AnswerCounts, planned: int, now: float) -> None:
        self.count = count
        self.planned = planned
        self.said = -SAY_EVERY_S
        self.unsaid = 0
        self._samples = [(now, count.done)]
        self._began = now
        self._seen: set[tuple[str, str]] = set()
        # Of the first answers of a screenshot, and of the others: seconds, and how many.
        self._first, self._later = [0.0, 0], [0.0, 0]

    def note(self, record: Record) -> None:
        """Count the seconds of an answer."""
        place = (record.suite, record.screenshot)
        kind = self._later if place in self._seen else self._first
        self._seen.add(place)
        if record.latency_s is not None:
            kind[0] += record.latency_s
            kind[1] += 1

    def pace(self, now: float, screenshots: int | None) -> Pace | None:
        """How long its answers take; None if screenshots are not known or nothing was timed."""
        spent = self._first[0] + self._later[0]
        if screenshots is None or spent <= 0:
            return None
        means = [total / n if n else None for total, n in (self._first, self._later)]
        return Pace(
            max(0, screenshots - len(self._seen)),
            means[0],
            means[1],
            spent / max(now - self._began, 1e-3),
        )

    def speed(self, now: float) -> float:
        """Clicks per second over the last `_SPEED_S` seconds."""
        if now - self._samples[-1][0] > 1:
            self._samples.append((now, self.count.done))
            if now - self._samples[1][0] > _SPEED_S:
                del self._samples[0]
        since, before = self._samples[0]
        return (self.count.done - before) / max(now - since, 1e-3)


class _Bars:
    """Renders the bars from the current counts at every refresh."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = max(1, options.size.height - 1)
        yield from bars(self._reporter.progress(), options.max_width, height)


def stderr_reporter(
    absent: set[tuple[str, str]],
    *,
    quiet: bool,
    warning_of: Callable[[Record], str | None],
    screenshots: int | None = None,
) -> Reporter:
    """A reporter on stderr; the arguments are `Reporter`'s."""
    return Reporter(
        absent, quiet=quiet, stream=sys.stderr, warning_of=warning_of, screenshots=screenshots
    )
