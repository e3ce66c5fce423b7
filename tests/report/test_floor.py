"""The floor that every table shows, even for a run that asked none of its pointers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgspec
import pytest

from pointbench.geometry import Box, Point, Polygon, Region
from pointbench.report import breakdowns, numbers, tables
from pointbench.report.entries import ReportRun, report_entries
from pointbench.report.loading import by_suite, load_run
from pointbench.report.text import csv_table, latex, markdown, terminal
from pointbench.runs import RunInfo
from pointbench.summary import dump_summary, summarize, summary_schema
from pointbench.summary.floor import MOST_REGIONS, constant_point, floor_model
from tests.report import sample_run

ONE = ("openai/gpt-4o",)
EXACT = ("local/random", "local/center", "local/best-constant")


@pytest.fixture(scope="module")
def alone(root: Path) -> ReportRun:
    """A run of one vendor's model and nothing else."""
    return sample_run.run(root / "data", "alone", models=tuple(map(sample_run.model, ONE)))


def test_the_floor_is_what_the_pointers_themselves_would_get(alone: ReportRun) -> None:
    floor = alone.summary["floor"]
    point = floor["best-constant"]["point"]
    models = (
        *alone.info.models,
        floor_model("random"),
        floor_model("center"),
        floor_model("best-constant", (point[0], point[1])),
    )
    info: RunInfo = msgspec.structs.replace(alone.info, models=models)
    with_them = summarize(info, alone.targets, alone.records)
    jsonschema.Draft202012Validator(summary_schema()).validate(json.loads(dump_summary(with_them)))
    assert with_them["floor"] == floor
    for exact, block in floor.items():
        model = with_them["models"][f"local/{exact}"]
        for name in ("hit_rate", "accuracy", "macro", "icon_hit_rate", "also_by", "in_a_row"):
            assert block[name] == model[name]
        assert block["hit_rate"]["method"] == "exact"
        assert block["by"] == model["by"] | {"variant": {"as-is": block["hit_rate"]}}
    assert floor["best-constant"]["proven_best"] is True
    best = floor["best-constant"]["hit_rate"]["value"]
    assert best >= floor["center"]["hit_rate"]["value"]


def test_a_run_without_targets_that_are_there_has_an_unknown_floor(alone: ReportRun) -> None:
    absent = [target for target in alone.targets if target.absent]
    floor = json.loads(dump_summary(summarize(alone.info, absent, [])))["floor"]
    assert [block["hit_rate"]["value"] for block in floor.values()] == [None] * 3


def test_every_table_has_one_row_of_guessing_and_one_table_has_them_all(alone: ReportRun) -> None:
    board = tables.leaderboard([alone])
    assert [row.label for row in board.rows if row.guessing] == ["guessing, best point"]
    others = [tables.other_ways([alone]), *breakdowns.breakdowns([alone])]
    for table in [*others, *breakdowns.more_breakdowns([alone])]:
        guessing = [row.label for row in table.rows if row.guessing]
        assert guessing == ["guessing, best point"] or table.columns[-1].title == "best guess"
    whole = tables.guessing([alone])
    assert {row.label for row in whole.rows} == {
        "guessing, best point",
        "guessing, middle",
        "guessing, at random",
    }
    for row in whole.rows:
        facts = alone.summary["floor"][row.key.removeprefix("local/")]
        assert row.cells[0].text == numbers.percent(facts["hit_rate"]["value"], "")


def test_guessing_stands_at_its_place_by_rate(alone: ReportRun) -> None:
    """A model that is worse than a fixed point is listed below it."""
    missed = [
        sample_run.clicked(target, "openai/gpt-4o", 0.5, 0.5, order)
        for order, target in enumerate(alone.targets)
    ]
    summary = summarize(alone.info, alone.targets, missed)
    board = tables.leaderboard([replace(alone, records=tuple(missed), summary=summary)])
    assert [row.guessing for row in board.rows] == [True, False]


def test_every_format_has_it(alone: ReportRun) -> None:
    board = [tables.leaderboard([alone])]
    for text in (
        markdown.render(board),
        latex.render(board).replace("{-}", "-"),
        terminal.render(board, 160),
    ):
        assert "guessing, best point" in text
    suites = by_suite([alone])
    for text in (csv_table.render(suites), csv_table.render_long(suites)):
        assert all(label in text for label in EXACT)


def test_it_is_never_there_twice(run: ReportRun, alone: ReportRun) -> None:
    labels = [entry.label for entry in report_entries([run])]
    assert labels.count("local/random") == 1
    both = [entry.label for entry in report_entries([alone, replace(alone, name="later")])]
    assert [both.count(label) for label in EXACT] == [1, 1, 1]
    assert len([label for label in both if "@" in label]) == 2
    mixed = [entry.label for entry in report_entries([alone, run])]
    assert mixed.count("local/random") == 1


def test_a_model_that_calls_itself_random_is_not_the_floor(alone: ReportRun) -> None:
    liar = msgspec.structs.replace(sample_run.model("x/y"), label="local/random")
    info = msgspec.structs.replace(alone.info, models=(liar,))
    labels = [entry.label for entry in report_entries([replace(alone, info=info)])]
    assert sorted(labels) == sorted([*EXACT, "local/random (computed)"])


def test_a_summary_of_an_earlier_version_is_made_again(alone: ReportRun, tmp_path: Path) -> None:
    earlier = {name: value for name, value in alone.summary.items() if name != "floor"}
    folder = sample_run.write_run(tmp_path / "r", replace(alone, summary=earlier))
    assert load_run(folder).summary == alone.summary


def test_among_very_many_polygons_the_point_is_said_to_be_unproven() -> None:
    corner = Polygon((Point(0, 0), Point(0.5, 0), Point(0, 0.5)))
    few = [Region((corner,))] * 3
    many = [*few, *[Region((Box(0.6, 0.6, 0.7, 0.7),))] * MOST_REGIONS]
    assert constant_point(few)[1] is True
    point, proven = constant_point(many)
    assert proven is False
    assert many[-1].contains(point)


def test_errors_hide_bounds_the_rate_by_all_errors_wrong_and_all_right(alone: ReportRun) -> None:
    spoilt = [
        msgspec.structs.replace(record, outcome="error", correct=None, point=None, distance=None)
        for record in alone.records[:6]
    ]
    records = [*spoilt, *alone.records[6:]]
    present = {target.id for target in alone.targets if not target.absent}
    errors = sum(record.target in present for record in spoilt)
    hits = sum(bool(record.correct) for record in records if record.target in present)
    block = summarize(alone.info, alone.targets, records)["models"]["openai/gpt-4o"]
    assert block["errors_hide"] == {
        "errors": errors,
        "n": 30,
        "all_wrong": hits / 30,
        "all_right": (hits + errors) / 30,
    }
