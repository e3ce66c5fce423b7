"""Progress output during a run: bars that fit, and lines that do not flood."""

from __future__ import annotations

import io

import pytest

from pointbench.cli.shared.bars import ModelProgress, Pace, bars, duration, shortened
from pointbench.cli.shared.progress import Reporter
from pointbench.engine.journal_index import AnswerCounts

LONG = "openai/Qwen/Qwen2.5-VL-72B-Instruct-AWQ?profile=qwen2.5-vl&temperature=0.7"


def at(label: str, done: int = 12_345, planned: int = 100_000) -> ModelProgress:
    count = AnswerCounts(
        done, errors=123, hits=11_000, present=12_000, cost_usd=1234.56, priced=True
    )
    return ModelProgress(label, count, planned, 51.2)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_bars_fit_every_width_and_stand_in_columns(width: int) -> None:
    lines = [line.plain for line in bars([at(LONG), at("local/center", 100_000)], width, 24)]
    assert len(lines) == 2
    assert max(map(len, lines)) < max(width, 28)
    assert lines[0].index("12345/") == lines[1].index("100000/") + 1


def test_at_80_columns_nothing_that_matters_is_left_out() -> None:
    (line,) = [line.plain for line in bars([at(LONG)], 80, 24)]
    assert "12345/100000 91.7 % 28m33s" in line
    assert "123 err" in line
    assert line.startswith("open")


def test_more_models_than_lines_are_counted() -> None:
    lines = bars([at(f"m/{n}") for n in range(30)], 80, 10)
    assert len(lines) == 10
    assert lines[-1].plain == "and 21 more models"


def test_the_first_answer_of_a_screenshot_does_not_stand_for_the_others() -> None:
    """Two of 12 screenshots are read in 30 s each, others answer at once: five minutes are left."""
    pace = Pace(unread=10, first_s=30.0, later_s=0.1, at_once=1.0)
    assert pace.seconds_left(400) == pytest.approx(10 * 30 + 390 * 0.1)
    assert Pace(0, 30.0, 0.1, 2.0).seconds_left(100) == pytest.approx(5.0)
    # As long as no later answer has come, nobody knows what they take.
    assert Pace(10, 30.0, None, 1.0).seconds_left(400) is None
    assert Pace(10, 30.0, None, 1.0).seconds_left(10) == pytest.approx(300)


def test_only_changed_lines_are_printed() -> None:
    stream = io.StringIO()
    with Reporter(set(), quiet=False, stream=stream) as reporter:
        reporter.start(
            {"m/done": 0, "m/two": 5}, {"m/done": AnswerCounts(5), "m/two": AnswerCounts()}
        )
        reporter._lines()
        reporter._models["m/two"].count.add("hit", None, absent=False)
    lines = stream.getvalue().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["m/done", "m/two", "m/two"]


def test_a_label_keeps_both_its_ends() -> None:
    assert shortened("openai/gpt-4o", 20) == "openai/gpt-4o"
    assert shortened(LONG, 11) == "opena…e=0.7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.2, "1s"), (61, "1m01s"), (3600, "1h00m"), (90_000, "1d01h")],
)
def test_time_left(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_waits_are_told_now_and_then_and_counted_between() -> None:
    stream = io.StringIO()
    reporter = Reporter(set(), quiet=False, stream=stream)
    reporter.start({"m/one": 5}, {"m/one": AnswerCounts()})
    reporter.waiting("m/one", 0.2, "too short to tell")
    for _ in range(50):
        reporter.waiting("m/one", 20.0, "answered 429: slow down")
    assert stream.getvalue().splitlines() == [
        "m/one waits 20.0 s: answered 429: slow down (and 1 more wait)"
    ]
