"""Tables before rendering: the contents of the leaderboard and the breakdowns."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from pointbench.report import breakdowns, footers, numbers, tables
from pointbench.report.entries import Entry, ReportRun, entry_markers, report_entries
from pointbench.report.loading import LoadedRuns, by_suite
from pointbench.report.page.html_tables import data_table
from pointbench.report.text import latex, markdown, terminal
from pointbench.report.view import report_view
from pointbench.summary import summarize


def test_every_model_has_a_row_the_best_first_and_guessing_has_one(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    assert [(row.label, row.tags) for row in table.rows] == [
        ("anthropic/claude-sonnet-4?temperature=0", ()),
        ("local/ocr", ("baseline",)),
        ("openai/gpt-4o", ()),
        ("guessing, best point", ()),
    ]
    assert [row.guessing for row in table.rows] == [False, False, False, True]


def test_the_numbers_are_those_of_the_summary(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    columns = [column.key for column in table.columns]
    for row in table.rows[:3]:
        facts = run.summary["models"][row.key]
        rate, kinds = facts["hit_rate"], facts["by"]["kind"]
        cells = dict(zip(columns, row.cells, strict=True))
        assert cells["hit_rate"].value == numbers.percent(rate["value"], "")
        assert cells["hit_rate"].interval == numbers.ends(
            rate["low"], rate["high"], rate.get("approximate", False)
        )
        assert cells["hit_rate"].text == f"{cells['hit_rate'].value} ({cells['hit_rate'].interval})"
        assert cells["icons"].text == numbers.whole_percent(kinds["icon"]["value"], "")
        assert cells["text"].text == numbers.whole_percent(kinds["text"]["value"], "")
        assert cells["in_a_row_10"].text == numbers.chance(facts["in_a_row"]["10"]["value"])
        horizon = facts["horizon"]["0.5"]["value"]
        assert cells["horizon_0.5"].value == numbers.even_chance(horizon, short=True)


def test_the_row_of_outcomes_adds_up_on_present_and_absent_targets(run: ReportRun) -> None:
    for entry in report_entries([run]):
        if not entry.asked:
            continue
        present = entry.facts["outcomes_present"]
        absent = entry.facts["outcomes_absent"]
        assert entry.asked_on("present") == sum(present.values()) == 30
        assert entry.asked_on("absent") == sum(absent.values()) == 3
        assert present["hit"] == (entry.facts["hit_rate"].get("hits") or present["hit"])
    table = tables.outcomes([run])
    columns = [column.title for column in table.columns]
    titles = [column.title for column in tables.OUTCOME_COLUMNS]
    assert "clicked what is not there" in titles
    assert len(set(titles)) == len(titles)
    # No answer was outside the picture: the column is left out, and a sentence says so.
    assert "outside the picture" not in columns
    assert any(
        note.startswith("0 for all: ") and "outside the picture" in note for note in table.footers
    )


def test_a_chance_too_small_for_a_float_is_not_never(run: ReportRun) -> None:
    by_label = {entry.label: entry for entry in report_entries([run])}
    entry = by_label["openai/gpt-4o"]
    assert entry.number("in_a_row", "1000") == 0.0
    assert tables.row_cell(entry, 1000).text == "<1 in 100\u202f000"
    assert tables.row_cell(entry, 1000, brief=True).text == "<1 in 100\u202f000"


def test_a_column_that_is_unknown_or_the_same_for_all_becomes_a_sentence(run: ReportRun) -> None:
    entries = report_entries([run])
    columns = (
        tables.Column[Entry]("a", "same", "x", lambda _: tables.Cell("7"), leaves="alike"),
        tables.Column[Entry]("b", "unknown", "x", lambda _: tables.Cell("–"), leaves="unknown"),
        tables.Column[Entry]("c", "kept", "x", lambda _: tables.Cell("7")),
        tables.Column[Entry]("d", "differs", "x", lambda e: tables.Cell(e.label), leaves="alike"),
    )
    rows = tables.model_rows(columns, entries)
    slim = tables.slim(tables.Table("t", "T", "model", columns, rows))
    assert [column.title for column in slim.columns] == ["kept", "differs"]
    assert slim.footers == ("The same for all: same 7.", "Not known: unknown.")


def test_two_sentences_say_what_the_numbers_speak_for_and_methods_say_how(run: ReportRun) -> None:
    text = "\n".join(tables.leaderboard([run]).footers)
    assert "Ranks in one group are not told apart" in text
    assert "95 %: for more screenshots of these apps." in text
    methods = "\n".join(footers.of_runs([run]))
    assert "clustered by screenshot" in methods
    assert "like those of the 3 asked" in methods
    assert "max_tokens 64, temperature 0" in methods
    assert "baseline: a pointer on this machine" in methods
    assert "made 1.0.0 (sha256 abababababab" in methods


def test_errors_over_the_limit_missing_targets_and_an_unfinished_run_are_warnings(
    run: ReportRun,
) -> None:
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
    (suite,) = report_view(LoadedRuns((changed,), by_suite([changed]))).suites
    first, *others, last = suite.warnings
    assert first.startswith(
        "Failed calls may hide hits or misses: 15.2 % of the calls of openai/gpt-4o (with them "
    )
    assert "5 targets have no reply of openai/gpt-4o: its rate is over 26." in others
    assert last == "Run made-run is interrupted: these are the trials so far."


def test_blind_models_are_labeled(run: ReportRun) -> None:
    first, *others = run.info.models
    info = msgspec.structs.replace(
        run.info, models=(msgspec.structs.replace(first, blind=True), *others)
    )
    changed = replace(run, info=info)
    table = tables.leaderboard([changed])
    assert {row.label: row.tags for row in table.rows}["openai/gpt-4o"] == ("saw no picture",)
    assert any(line.startswith("saw no picture: ") for line in footers.of_runs([changed]))


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
    # One suite, one platform and one variant divide nothing; no target has a tag.
    assert set(by_key) == {"kind", "short_side", "size_quartile", "app"}
    kind = by_key["kind"]
    assert kind.title == "Icons and text: hits, % (95 %)"
    assert [column.title for column in kind.columns] == ["icon", "text"]
    sizes = by_key["size_quartile"]
    cuts = [numbers.plain(cut) for cut in run.summary["run"]["size_quartiles_px2"]]
    assert [column.title for column in sizes.columns] == [
        f"up to {cuts[0]} px²",
        f"to {cuts[1]}",
        f"to {cuts[2]}",
        "above",
    ]
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
        "local/ocr",
        "openai/gpt-4o",
        "guessing",
    ]
    assert table.footers[0].startswith("Best guess: ")


def test_pieces_keep_all_columns_and_groups_together(run: ReportRun) -> None:
    table = tables.leaderboard([run])
    parts = tables.pieces(table, 4)
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
    page = data_table(table.pick(["tokens_in"]), entries, entry_markers(entries))
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
    picked = whole.pick(["icons", "hit_rate"])
    assert [column.title for column in picked.columns] == ["icons", "hits, % (95 %)"]
    icons, rate = (
        [column.key for column in whole.columns].index(key) for key in ("icons", "hit_rate")
    )
    assert [row.cells for row in picked.rows] == [
        (row.cells[icons], row.cells[rate]) for row in whole.rows
    ]
    with pytest.raises(KeyError):
        whole.pick(["no such column"])
