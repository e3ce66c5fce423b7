"""Tables before rendering: the contents of the leaderboard and the breakdowns."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from pointbench.report import breakdowns, numbers, tables
from pointbench.report.entries import Entry, ReportRun, entry_markers, report_entries
from pointbench.report.page.html_tables import model_table
from pointbench.report.text import latex, markdown, terminal
from pointbench.summary import summarize


def test_every_model_has_a_row_the_best_first_and_the_floor_last(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    assert [row.label for row in table.rows] == [
        "anthropic/claude-sonnet-4?temperature=0",
        "openai/gpt-4o",
        "local/ocr",
        "local/best-constant",
        "local/random",
        "local/center",
    ]
    assert [row.tags for row in table.rows[2:]] == [
        ("floor",),
        ("floor", "exact", "hindsight"),
        ("floor", "exact"),
        ("floor", "exact"),
    ]


def test_the_numbers_are_those_of_the_summary(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    columns = [column.key for column in table.columns]
    for row in table.rows[:3]:
        facts = run.summary["models"][row.key]
        rate = facts["hit_rate"]
        cells = dict(zip(columns, (cell.text for cell in row.cells), strict=True))
        assert cells["hit_rate"] == numbers.percent_with_interval(
            rate["value"], rate.get("low"), rate.get("high"), rate.get("approximate", False)
        )
        exact = rate["method"] == "exact"
        assert cells["hits"] == ("exact" if exact else f"{rate['hits']}/{rate['n']}")
        assert cells["longest"] == str(facts["longest_streak"])
        assert cells["seconds"] == numbers.seconds(facts["latency_s"]["p50"])
        assert cells["cost"] == numbers.dollars(facts["cost_usd"])
        for outcome, count in facts["outcomes"].items():
            assert cells[outcome] == str(count)


def test_footers_say_what_the_numbers_speak_for(run: ReportRun) -> None:
    text = "\n".join(tables.leaderboard([run]).footers)
    assert "95 % intervals" in text
    assert "clustered by screenshot" in text
    assert "like those of the 3 asked" in text
    assert "max_tokens 64, temperature 0" in text
    assert "floor: a pointer on this machine" in text
    assert "made 1.0.0 (sha256 abababababab" in text
    assert "Error rate" not in text
    assert "is complete" not in text


def test_errors_over_the_limit_and_an_unfinished_run_come_first(run: ReportRun) -> None:
    asked = list(run.targets)
    bad = [
        msgspec.structs.replace(
            record, outcome="error", correct=None, point=None, distance=None, reply=None
        )
        for record in run.records[:5]
    ]
    records = (*bad, *run.records[5:])
    info = msgspec.structs.replace(run.info, state="interrupted")
    summary = summarize(info, asked, list(records))
    changed = replace(run, info=info, records=records, summary=summary)
    first, second, third, *_ = tables.leaderboard([changed]).footers
    assert first == "Run made-run is interrupted: these are the trials so far."
    assert second.startswith("Error rate over the limit of 2.0 %: openai/gpt-4o 15.2 %")
    assert third == "Targets without a reply, not scored: openai/gpt-4o 5."


def test_blind_models_are_labeled(run: ReportRun) -> None:
    first, *others = run.info.models
    info = msgspec.structs.replace(
        run.info, models=(msgspec.structs.replace(first, blind=True), *others)
    )
    table = tables.leaderboard([replace(run, info=info)])
    assert {row.label: row.tags for row in table.rows}["openai/gpt-4o"] == ("blind",)
    assert any(line.startswith("blind: ") for line in table.footers)


def test_over_several_runs_a_model_is_told_apart(run: ReportRun) -> None:
    other = replace(run, name="again")
    labels = [entry.label for entry in report_entries([run, other])]
    assert "openai/gpt-4o@made-run" in labels
    assert "openai/gpt-4o@again" in labels
    assert len(labels) == len(set(labels)) == 10


def test_each_dimension_with_several_groups_has_a_table_with_a_column_per_group(
    run: ReportRun,
) -> None:
    by_key = {table.key: table for table in breakdowns.breakdowns([run])}
    # One suite, one platform and one variant divide nothing.
    assert set(by_key) == {"kind", "size_quartile", "app"}
    assert all(row.cells[0].note == "exact" for row in by_key["kind"].rows[3:])
    kind = by_key["kind"]
    assert [column.title for column in kind.columns] == ["icon", "text"]
    assert kind.rows[-1].cells[0].note == "exact"
    sizes = by_key["size_quartile"]
    assert [column.title for column in sizes.columns] == ["smallest", "small", "large", "largest"]
    assert all(table.footers for table in by_key.values())


def test_many_groups_become_the_rows(run: ReportRun) -> None:
    targets = [
        target.model_copy(update={"app": f"app {number % 9}"})
        for number, target in enumerate(run.targets)
    ]
    summary = summarize(run.info, targets, list(run.records))
    changed = replace(run, targets=tuple(targets), summary=summary)
    table = breakdowns.breakdown([changed], "app", "By app")
    assert table is not None
    assert table.head == "app"
    assert [row.label for row in table.rows] == [f"app {number}" for number in range(9)]
    assert [column.key for column in table.columns] == [
        "anthropic/claude-sonnet-4?temperature=0",
        "openai/gpt-4o",
        "local/ocr",
        "floor",
    ]
    floor = run.summary["models"]["local/random"]["by"]
    assert floor
    assert table.footers[0].startswith("Floor, the best of it")


def test_pieces_keep_all_columns_and_groups_together(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    parts = tables.pieces(table, 8)
    assert sum((part.columns for part in parts), ()) == table.columns
    assert [bool(part.footers) for part in parts] == [False, True]


def test_a_column_added_to_the_leaderboard_is_in_every_format_and_can_be_picked(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tables.Column[Entry](
        "tokens_in",
        "tokens in",
        "far",
        lambda entry: tables.Cell(numbers.count(entry.tokens("input"))),
    )
    monkeypatch.setattr(tables, "LEADERBOARD", (*tables.LEADERBOARD, tokens))
    table = tables.leaderboard([run])
    total = numbers.count(run.summary["models"]["openai/gpt-4o"]["tokens"]["input"])
    entries = report_entries([run])
    page = model_table(table.pick(["tokens_in"]), entries, entry_markers(entries))
    for text in (
        terminal.render([table], 80),
        markdown.render([table]),
        latex.render([table]).replace(r"\,", numbers.THIN),
        page,
    ):
        assert "tokens in" in text
        assert total in text


def test_picked_columns_come_in_the_order_of_their_keys(run: ReportRun) -> None:
    whole = tables.leaderboard([run])
    picked = whole.pick(["cost", "hit_rate"])
    assert [column.title for column in picked.columns] == ["cost", "hit rate (95 %)"]
    cost = [column.key for column in whole.columns].index("cost")
    assert [row.cells for row in picked.rows] == [
        (row.cells[cost], row.cells[0]) for row in whole.rows
    ]
    with pytest.raises(KeyError):
        whole.pick(["no such column"])
