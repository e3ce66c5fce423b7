"""What a person sees on stderr while a run goes on: a bar a model, or plain lines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markup import escape

from pointbench.cli.shared.bars import ModelProgress, bars, duration, money, rate
from pointbench.cli.shared.terminal import count_of
from pointbench.engine.journal_index import AnswerCounts
from pointbench.errors import one_line
from pointbench.trials import Record

LINE_EVERY_S = 10.0
"""Seconds between plain lines where there is no terminal."""

SHORTEST_S = 1.0
"""Seconds of a wait that is worth a line by itself."""

SAY_EVERY_S = 5.0
"""Seconds between two lines that say why one model waits; what lies between is counted."""

REFRESH_PER_S = 4
"""Drawing costs some milliseconds of CPU each time."""

_SPEED_S = 30.0
"""Seconds over which the speed is taken, so that a pause does not weigh for ever."""


class Reporter:
    """Watches a run (`pointbench.engine.asking.runner.Watcher`) and shows it on ``stream``."""

    def __init__(self, absent: set[tuple[str, str]], *, quiet: bool, stream: TextIO) -> None:
        self._absent = absent
        self._models: dict[str, _Model] = {}
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
        """``left`` trials are still to be asked of each model; ``counts`` is what there is already."""
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
                count = self._models[record.model].count
                count.add(record.outcome, record.cost_usd, absent=absent)
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
        """One line for the person, beside the bars."""
        if self._quiet:
            return
        if self._live:
            self._live.console.print(escape(one_line(text)), highlight=False)
        else:
            self._stream.write(one_line(text) + "\n")
            self._stream.flush()

    def standings(self) -> list[ModelProgress]:
        """Where every model stands now."""
        now = time.monotonic()
        with self._lock:
            return [
                ModelProgress(one_line(label), model.count, model.planned, model.speed(now))
                for label, model in self._models.items()
            ]

    def _lines(self) -> None:
        self._said = time.monotonic()
        for at in self.standings():
            errors = f", {count_of(at.count.errors, 'error')}" if at.count.errors else ""
            cost = f", {money(at.count)}" if money(at.count) else ""
            left = f", {duration(at.seconds_left)} left" if at.seconds_left else ""
            self.say(
                f"{at.label}: {at.count.done} of {at.planned}, hits {rate(at.count)}{errors}, "
                f"{at.per_second:.1f} clicks/s{cost}{left}"
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
    """The counts of one model, and how fast they grow."""

    def __init__(self, count: AnswerCounts, planned: int, now: float) -> None:
        self.count = count
        self.planned = planned
        self.said = -SAY_EVERY_S
        self.unsaid = 0
        self._marks = [(now, count.done)]

    def speed(self, now: float) -> float:
        """Clicks a second over the last `_SPEED_S` seconds."""
        if now - self._marks[-1][0] > 1:
            self._marks.append((now, self.count.done))
            if now - self._marks[1][0] > _SPEED_S:
                del self._marks[0]
        since, before = self._marks[0]
        return (self.count.done - before) / max(now - since, 1e-3)


class _Bars:
    """Drawn anew at every refresh, from the counts as they are then."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = max(1, options.size.height - 1)
        yield from bars(self._reporter.standings(), options.max_width, height)


def stderr_reporter(absent: set[tuple[str, str]], *, quiet: bool) -> Reporter:
    return Reporter(absent, quiet=quiet, stream=sys.stderr)
