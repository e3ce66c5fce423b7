"""The table of suspects in reports, and its chances in words."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from pointbench.cli.shared.results import render
from pointbench.report.entries import ReportRun
from pointbench.report.loading import LoadedRuns, by_suite
from pointbench.report.numbers import count
from pointbench.report.suspects import MOST_ROWS, chance_text, suspects_table
from pointbench.report.view import ReportView, report_view
from pointbench.summary import dump_summary, summarize
from tests.summary.test_suspects import WRONG, planted


def report_run(models: range = range(10), name: str = "grid") -> ReportRun:
    info, targets, records = planted("demo", 0)
    labels = {f"test/{m}" for m in models}
    info = msgspec.structs.replace(info, models=tuple(m for m in info.models if m.label in labels))
    kept = [record for record in records if record.model in labels]
    summary = json.loads(dump_summary(summarize(info, targets, kept)))
    return ReportRun(name, info, tuple(targets), tuple(kept), summary)


def all_of(run: ReportRun) -> ReportView:
    return report_view(LoadedRuns((run,), by_suite([run])), everything=True)


def test_a_report_lists_the_suspects_of_a_run() -> None:
    run = report_run()
    table = suspects_table([run])
    assert table is not None
    assert {row.key for row in table.rows[: len(WRONG)]} == {f"t{i:03}" for i in WRONG}
    first = run.summary["suspects"][0]
    texts = [cell.text for cell in table.rows[0].cells]
    assert texts[0] == chance_text(first["score"])
    assert texts[1] == ", ".join(first["missed_by"])
    assert texts[2] == ", ".join(first["hit_by"])
    assert "would be there by chance alone" in table.footers[0]
    for format_ in ("terminal", "markdown", "latex"):
        assert "Suspects: targets that good models miss" in " ".join(
            render(all_of(run), format_, 80).split()
        )


def test_suspects_of_several_runs_are_by_the_models_of_all_of_them() -> None:
    apart = [report_run(range(5), "worse"), report_run(range(5, 10), "better")]
    together, table = suspects_table([report_run()]), suspects_table(apart)
    assert together is not None
    assert table is not None
    assert [row.key for row in table.rows] == [row.key for row in together.rows]


def test_there_is_no_table_without_suspects_and_a_long_one_is_cut() -> None:
    assert suspects_table([report_run(range(8, 10))]) is None
    run = report_run()
    many = [{**run.summary["suspects"][0], "target": f"x{i}"} for i in range(MOST_ROWS + 5)]
    table = suspects_table([replace(run, summary={**run.summary, "suspects": many})])
    assert table is not None
    assert len(table.rows) == MOST_ROWS
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 5}" in table.footers[-1]


def test_names_of_strangers_are_made_visible() -> None:
    run = report_run()
    hostile = {**run.summary["suspects"][0], "target": "a\x1b[31mb", "hit_by": ["evil\u202e"]}
    table = suspects_table([replace(run, summary={**run.summary, "suspects": [hostile]})])
    assert table is not None
    text = render(
        all_of(replace(run, summary={**run.summary, "suspects": [hostile]})), "terminal", 80
    )
    assert "\x1b[31m" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.0, "1 in 1.0"),
        (0.5, "1 in 3.2"),
        (1.2, "1 in 16"),
        (3.07, "1 in 1200"),
        (4.99, f"1 in {count(98_000)}"),
        (5.0, f"<1 in {count(100_000)}"),
        (300.0, f"<1 in {count(100_000)}"),
    ],
)
def test_chances_in_two_digits(score: float, text: str) -> None:
    assert chance_text(score) == text
